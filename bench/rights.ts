// What it costs that somebody must be there, may see it, and that it is written down: the same requests to one server
// process as it ships and to one without, in turn, in the same run.
//
//   B4  Without: nobody is looked up, the store shows everything, nothing is written to the audit (`rights-server.ts`). All
//       else is the same in both: headers, budgets, counters, and the jobs that follow the record.
//   B5  Both are loaded in turn, several times; the figures are the medians, so that what else the machine does hits both.
//   B6  Each has a database of its own, of one PostgreSQL, filled with the same hospital: what one writes the other's jobs do
//       not digest. The audit of the one that has it is in its record, so its jobs digest that too: it belongs to the price.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { printJson } from '../src/core/base/json.ts';
import { generateDemo } from '../src/server/demo/generate-demo.ts';
import { load, openConnection, requestBytes } from './http-load.ts';

export interface RightsLine {
  readonly what: string;
  readonly who: string;
  /** A second, medians over the rounds. */
  readonly open: number;
  readonly whole: number;
  readonly ratio: number;
  /** The lowest and the highest of the rounds: how far to believe the median. */
  readonly spread: readonly [number, number];
}
/** Of the throughput without. */
export const RIGHTS_BUDGET = 0.8;

const HOST = '127.0.0.1';
const SEED = 'bench';
const BEDS = 60;
const PATIENTS = 300;
const CLIENTS = 32;
const ROUNDS = 9;

interface Started {
  readonly port: number;
  readonly tokens: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
}

async function start(form: 'open' | 'whole', databaseUrl: string, data: string): Promise<Started> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'rights-server.js'), form, databaseUrl, data, SEED],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const line = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const end = printed.indexOf('\n');
      if (end >= 0) resolve(printed.slice(0, end));
    });
    child.once('exit', (code) => reject(new Error(`the ${form} server ended with ${String(code)}`)));
  });
  const { port, tokens }: { port: number; tokens: Record<string, string> } = JSON.parse(line);
  return { port, tokens, child };
}

interface Filled {
  readonly observations: readonly string[];
  readonly patients: readonly string[];
  /** Observations to create, as texts. */
  readonly creates: readonly string[];
}

/**
 * The demo hospital as of `now`, through an open server that ends afterwards, so that what is measured starts alike in both. What is
 * measured is about its inpatients: whom the doctor reaches.
 */
async function fill(databaseUrl: string, data: string, now: number): Promise<Filled> {
  const { port, child } = await start('open', databaseUrl, data);
  const connection = await openConnection(HOST, port);
  const observations: string[] = [];
  const patients: string[] = [];
  const creates: string[] = [];
  for (const { kind, resources } of generateDemo({ seed: SEED, now, beds: BEDS, patients: PATIENTS })) {
    const entry = resources.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    const body = printJson({ resourceType: 'Bundle', type: 'transaction', entry });
    const answer = await connection.send(requestBytes({ method: 'POST', path: '/fhir', body }, HOST));
    if (answer.status !== 200) throw new Error(`the demo was refused with ${String(answer.status)}`);
    if (kind !== 'inpatient') continue;
    for (const resource of resources) {
      if (resource.resourceType === 'Patient') patients.push(resource.id);
      if (resource.resourceType !== 'Observation') continue;
      observations.push(resource.id);
      creates.push(printJson(resource));
    }
  }
  connection.close();
  const gone = new Promise((done) => child.once('exit', done));
  child.stdin?.end();
  await gone;
  return { observations, patients, creates };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

export interface RightsPlaces {
  /** An empty database each. */
  readonly databaseUrl: Readonly<Record<'open' | 'whole', string>>;
  /** An empty data folder each. */
  readonly data: Readonly<Record<'open' | 'whole', string>>;
}

/** Takes about six minutes. `seconds` is how long each load of each round lasts. */
export async function rightsCost(
  { databaseUrl, data }: RightsPlaces,
  seconds: number,
  warm: number,
  say: (text: string) => void,
): Promise<readonly RightsLine[]> {
  const now = Date.now();
  const { observations, patients, creates } = await fill(databaseUrl.open, data.open, now);
  await fill(databaseUrl.whole, data.whole, now);
  const open = await start('open', databaseUrl.open, data.open);
  const whole = await start('whole', databaseUrl.whole, data.whole);
  const pick = (list: readonly string[], n: number): string => list[(n * 7919) % list.length] ?? '';
  const request = (token: string | undefined, method: string, path: string, body?: string): Buffer =>
    requestBytes(
      {
        method,
        path,
        ...(body === undefined ? {} : { body }),
        headers: { authorization: `Bearer ${token ?? 'nobody-asks-for-this-one-but-it-is-as-long-as-any'}` },
      },
      HOST,
    );
  const cases: readonly (readonly [
    what: string,
    who: string,
    next: (token: string | undefined, n: number) => Buffer,
  ])[] = [
    ['read by id', 'service', (token, n) => request(token, 'GET', `/fhir/Observation/${pick(observations, n)}`)],
    ['read by id', 'doctor', (token, n) => request(token, 'GET', `/fhir/Observation/${pick(observations, n)}`)],
    [
      'search by patient and category, sorted, page of 20',
      'doctor',
      (token, n) =>
        request(
          token,
          'GET',
          `/fhir/Observation?patient=${pick(patients, n)}&category=vital-signs&_sort=-date&_count=20`,
        ),
    ],
    [
      'create of one Observation',
      'service',
      (token, n) => request(token, 'POST', '/fhir/Observation', pick(creates, n)),
    ],
    [
      'create of one Observation',
      'doctor',
      (token, n) => request(token, 'POST', '/fhir/Observation', pick(creates, n)),
    ],
  ];
  const lines: RightsLine[] = [];
  try {
    for (const [what, who, next] of cases) {
      const rates: Record<'open' | 'whole', number[]> = { open: [], whole: [] };
      const one = async (form: 'open' | 'whole', length: number): Promise<number> => {
        const { port } = form === 'open' ? open : whole;
        const token = form === 'open' ? undefined : whole.tokens[who];
        const result = await load({ host: HOST, port }, CLIENTS, length, (n) => next(token, n));
        if (result.failed > 0) throw new Error(`${what} as ${who}, ${form}: ${String(result.failed)} requests failed`);
        return result.perSecond;
      };
      for (const form of ['open', 'whole'] as const) await one(form, warm / 2);
      for (let round = 0; round < ROUNDS; round++) {
        for (const form of round % 2 === 0 ? (['open', 'whole'] as const) : (['whole', 'open'] as const))
          rates[form].push(await one(form, seconds / 2));
      }
      const line = { what, who, open: median(rates.open), whole: median(rates.whole) };
      const ratios = rates.open.map((rate, round) => (rates.whole[round] ?? 0) / rate);
      const ratio = median(ratios);
      lines.push({ ...line, ratio, spread: [Math.min(...ratios), Math.max(...ratios)] });
      say(`${what} as ${who}: ${line.whole.toFixed(0)}/s of ${line.open.toFixed(0)}/s without, ${ratio.toFixed(2)}`);
    }
  } finally {
    for (const { child } of [open, whole]) child.stdin?.end();
  }
  return lines;
}

/** A section of the page. */
export const renderRights = (lines: readonly RightsLine[]): string =>
  [
    '## What sign-in, rights and audit cost',
    '',
    `One server process as it ships beside one where nobody is looked up, the store shows everything and nothing is written to the audit, each over its own database of the same hospital, with the same jobs; ${String(CLIENTS)} clients, in turn, medians of ${String(ROUNDS)} rounds. A doctor's rights are filters on where the patient lies.`,
    '',
    '| what | as | without/s | with/s | share | of single rounds | budget | |',
    '|---|---|---:|---:|---:|---|---|---|',
    ...lines.map(
      (line) =>
        `| ${line.what} | ${line.who} | ${line.open.toFixed(0)} | ${line.whole.toFixed(0)} | ${line.ratio.toFixed(2)} | ${line.spread.map((share) => share.toFixed(2)).join(' to ')} | ${String(RIGHTS_BUDGET)} | ${line.ratio >= RIGHTS_BUDGET ? 'kept' : '**missed**'} |`,
    ),
    '',
  ].join('\n');
