// `npm run isolation`: a hospital of 120 beds alone for 72 hours at full rate, then its region comes back. Real processes; the
// hospital's clock runs fast, so that three days pass in minutes and everything that can run out does.
//
//   1. Full rate is 250 clinical writes a bed and day (DR13). All of them are made; only the hours between them are short.
//   2. In the middle the hospital's machine loses its power once.
//   3. For the merging the clocks run at their own rate again, three days ahead: what is measured is seconds (DR14).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SeededChance } from '../test/simulator/seeded-chance.ts';
import { syncStatus } from './converge.ts';
import type { DrillNode } from './drill-node.ts';
import type { Client } from './http-client.ts';
import { isolationFindings, renderIsolation, type IsolationReport } from './isolation-report.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { listMarks } from './list-marks.ts';
import { startMembers } from './network-of-nodes.ts';
import { openNetwork } from './network.ts';
import { doseText, vitalText, type Chart } from './people.ts';
import { commitOf, holds } from './report.ts';
import { undoing } from './undo.ts';

const HELP = `npm run isolation -- [options]: a hospital without its region for 72 hours, at full rate

  --beds N         of the demo hospital (default 120)
  --hours N        of isolation (default 72)
  --minutes N      that they take (default 10)
  --seed N         default 20240719
  --out FOLDER     where the page goes (default drills/results)
  --network KIND   namespaces, or proxies on loopback
  --keep           leaves data folders where they are
  --help           this text
`;
const WRITES_PER_BED_AND_DAY = 250;
const HOUR_MS = 3_600_000;
const HOSPITAL = 'St Mary';
const WORKERS = 16;
const READ_SHARE = 0.25;
const ANSWER_WITHIN_MS = 30_000;
const MERGED_WITHIN_MS = 30 * 60_000;
/** Requests a second while it merges: what 120 beds ask for on a busy ward round. */
const MERGE_LOAD_PER_SECOND = 15;

export async function isolation(args: readonly string[], say: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      beds: { type: 'string', default: '120' },
      hours: { type: 'string', default: '72' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '20240719' },
      out: { type: 'string', default: 'drills/results' },
      network: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [beds, hours, minutes, seed] = [values.beds, values.hours, values.minutes, values.seed].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const kind = values.network;
  if (values.help || ![beds, hours, minutes, seed].every((value) => value > 0)) {
    say(HELP);
    return values.help ? 0 : 2;
  }
  if (kind !== undefined && kind !== 'namespaces' && kind !== 'proxies') {
    say(HELP);
    return 2;
  }
  return undoing(say, async (undo, stopped) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-isolation-'));
    undo.add('folder', () => {
      if (values.keep) say(`left in ${folder}`);
      else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    const network = await openNetwork(undo, kind);
    const members = await startMembers({
      network,
      folder,
      region: 'Region',
      sites: [HOSPITAL],
      undo,
      say,
      settings: (name) => (name === HOSPITAL ? { HOLDFAST_PROCESSES: '2' } : {}),
      demoBeds: (name) => (name === HOSPITAL ? beds : undefined),
    });
    const hospital = members.nodeOf(HOSPITAL);
    const client = hospital.client(ANSWER_WITHIN_MS);
    const region = members.region.client(ANSWER_WITHIN_MS);
    const charts = await inpatients(client, stopped);
    say(`${String(charts.length)} inpatients; the region catches up with the hospital as it is …`);
    await untilQueueEmpty(client, stopped, say);

    members.region.kill();
    const rate = (hours * HOUR_MS) / (minutes * 60_000);
    const from = Date.now();
    const clock = (): Readonly<Record<string, string>> => ({
      HOLDFAST_DRILL_CLOCK: `0,${rate.toFixed(4)},${String(from)}`,
    });
    await hospital.stop();
    await hospital.start(clock());
    const total = Math.round((WRITES_PER_BED_AND_DAY * beds * hours) / 24);
    say(
      `the region is gone; ${total.toLocaleString('en-GB')} writes in ${String(hours)} h, which take ${String(minutes)} minutes`,
    );
    const ledger = createLedger();
    const alone = await workAlone({ hospital, client, charts, ledger, total, minutes, seed, clock, stopped, say });

    const taken = ledger.entries.length;
    // Three days later, at the pace of everybody else's clock.
    const ahead = { HOLDFAST_DRILL_CLOCK: `${String(Math.round((Date.now() - from) * (rate - 1)))},1` };
    await hospital.stop();
    await hospital.start(ahead);
    hospital.renewToken(ahead);
    const queued = (await syncStatus(client))?.queued ?? 0;
    say(`${queued.toLocaleString('en-GB')} commits wait; the region comes back`);
    await members.region.start(ahead);
    members.region.renewToken(ahead);
    const merged = await merge(client, charts, seed, ledger, stopped, say);
    say('merged; every write is looked up …');
    const found = await listMarks(region, ['Observation', 'MedicationAdministration'], 'urn:holdfast:drill');
    const judged = await ledger.judge(ledger.entries, async ({ type, id }) => found.get(`${type}/${id}`));
    const report: IsolationReport = {
      at: new Date().toISOString(),
      commit: commitOf(),
      seed,
      beds,
      hours,
      minutes,
      network: network.says,
      wanted: total,
      taken,
      ...alone,
      queued,
      ...merged,
      acknowledged: ledger.entries.length,
      unanswered: ledger.unansweredCount(),
      lost: judged.lost.length,
    };
    const out = resolve(values.out);
    mkdirSync(out, { recursive: true });
    const name = join(out, `isolation-${report.at.slice(0, 10)}-${report.commit}.md`);
    const page = renderIsolation(report);
    writeFileSync(name, page);
    say(page);
    say(`written to ${name}`);
    return holds(isolationFindings(report)) ? 0 : 1;
  });
}

/** Whoever lies in a bed. Waits until the demo hospital is filled. */
async function inpatients(client: Client, stopped: AbortSignal): Promise<readonly Chart[]> {
  const list = async (): Promise<readonly string[]> => {
    const { status, text } = await client.send(
      'GET',
      '/fhir/Encounter?status=in-progress&class=IMP&_count=1000&_elements=subject',
    );
    if (status !== 200) throw new Error(`inpatients cannot be listed: ${String(status)}`);
    return [...text.matchAll(/"reference":\s*"Patient\/([A-Za-z0-9.-]+)"/g)].map((found) => found[1] ?? '');
  };
  const found = [...new Set(await list())];
  stopped.throwIfAborted();
  if (found.length === 0) throw new Error('nobody lies in the demo hospital');
  return found.map((patient) => ({ patient, home: HOSPITAL, alsoAt: [] }));
}

interface Alone {
  readonly reads: number;
  readonly failed: number;
  readonly outageMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** All writes of the days alone, evenly; in the middle the power fails once. */
async function workAlone(options: {
  readonly hospital: DrillNode;
  readonly client: Client;
  readonly charts: readonly Chart[];
  readonly ledger: Ledger;
  readonly total: number;
  readonly minutes: number;
  readonly seed: number;
  readonly clock: () => Readonly<Record<string, string>>;
  readonly stopped: AbortSignal;
  readonly say: (line: string) => void;
}): Promise<Alone> {
  const { hospital, client, charts, ledger, total, stopped } = options;
  const began = performance.now();
  const gapMs = (options.minutes * 60_000) / total;
  const latencies: number[] = [];
  const chance = new SeededChance(options.seed);
  let next = 0;
  let reads = 0;
  let failed = 0;
  let outage: Promise<void> | undefined;
  let outageMs = 0;
  const powerCut = async (): Promise<void> => {
    const cutAt = performance.now();
    hospital.kill();
    await hospital.start(options.clock());
    outageMs = performance.now() - cutAt;
    options.say(`the power failed and came back: ${(outageMs / 1_000).toFixed(1)} s`);
  };
  // Tokens of a terminal are good for a day of the hospital's clock at most.
  const renewing = setInterval(() => {
    if (hospital.isUp() && outage === undefined) hospital.renewToken(options.clock());
  }, 60_000);
  hospital.renewToken(options.clock());
  const worker = async (): Promise<void> => {
    for (let n = next++; n < total && !stopped.aborted; n = next++) {
      const wait = began + n * gapMs - performance.now();
      if (wait > 0) await sleep(wait);
      if (n === Math.floor(total / 2)) {
        outage = powerCut().finally(() => {
          outage = undefined;
        });
      }
      if (outage !== undefined) await outage;
      const chart = chance.pick(charts) ?? charts[0];
      if (chart === undefined) return;
      const mark = `alone.${String(options.seed)}.${String(n)}.`;
      const isDose = chance.happens(0.15);
      const type = isDose ? 'MedicationAdministration' : 'Observation';
      try {
        if (chance.happens(READ_SHARE)) {
          const answer = await client.send(
            'GET',
            `/fhir/Observation?patient=Patient/${chart.patient}&_sort=-date&_count=20`,
          );
          latencies.push(answer.ms);
          reads += 1;
          if (answer.status !== 200) failed += 1;
        }
        const text = isDose ? doseText(chart, mark) : vitalText(chart, mark, chance);
        const answer = await client.send('POST', `/fhir/${type}`, text, { prefer: 'return=minimal' });
        latencies.push(answer.ms);
        const id = /\/([A-Za-z0-9.-]+)\/_history\//.exec(answer.headers.location ?? '')?.[1];
        if (answer.status !== 201 || id === undefined) {
          failed += 1;
          continue;
        }
        ledger.acknowledge({
          mark,
          type,
          id,
          by: HOSPITAL,
          tier: 'site',
          durability: 'D1',
          atMs: performance.now() - began,
          home: HOSPITAL,
          patient: chart.patient,
        });
      } catch {
        ledger.unanswered();
        if (outage === undefined && hospital.isUp()) failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  clearInterval(renewing);
  stopped.throwIfAborted();
  return { reads, failed, outageMs, ...percentiles(latencies) };
}

/** Until the region has everything, while the wards go on asking. */
async function merge(
  client: Client,
  charts: readonly Chart[],
  seed: number,
  ledger: Ledger,
  stopped: AbortSignal,
  say: (line: string) => void,
): Promise<{
  readonly mergeMs: number;
  readonly mergeRequests: number;
  readonly mergeFailed: number;
  readonly mergeP95Ms: number;
}> {
  const over = new AbortController();
  const latencies: number[] = [];
  const chance = new SeededChance(seed + 1);
  let failed = 0;
  const asking = (async () => {
    const pending: Promise<void>[] = [];
    for (let n = 0; !over.signal.aborted && !stopped.aborted; n += 1) {
      const chart = chance.pick(charts);
      if (chart === undefined) return;
      const mark = `merge.${String(seed)}.${String(n)}.`;
      const asked =
        n % 3 === 0
          ? client.send('POST', '/fhir/Observation', vitalText(chart, mark, chance), { prefer: 'return=minimal' })
          : client.send('GET', `/fhir/Observation?patient=Patient/${chart.patient}&_sort=-date&_count=20`);
      pending.push(
        asked.then(
          ({ ms, status, headers }) => {
            latencies.push(ms);
            if (status >= 300) failed += 1;
            const id = /\/([A-Za-z0-9.-]+)\/_history\//.exec(headers.location ?? '')?.[1];
            if (status !== 201 || id === undefined) return;
            const entry = { mark, type: 'Observation', id, by: HOSPITAL, tier: 'site', durability: 'D1' } as const;
            ledger.acknowledge({ ...entry, atMs: 0, home: HOSPITAL, patient: chart.patient });
          },
          () => {
            failed += 1;
          },
        ),
      );
      await sleep(1_000 / MERGE_LOAD_PER_SECOND);
    }
    await Promise.all(pending);
  })();
  const began = performance.now();
  let mergeMs = 0;
  try {
    await untilQueueEmpty(client, stopped, say, 20);
    mergeMs = performance.now() - began;
  } finally {
    over.abort();
    await asking;
  }
  await untilQueueEmpty(client, stopped, say);
  return { mergeMs, mergeRequests: latencies.length, mergeFailed: failed, mergeP95Ms: percentiles(latencies).p95Ms };
}

/** Until at most `left` commits wait: under load some always do. */
async function untilQueueEmpty(
  client: Client,
  stopped: AbortSignal,
  say: (line: string) => void,
  left = 0,
): Promise<void> {
  const until = performance.now() + MERGED_WITHIN_MS;
  let said = performance.now();
  for (;;) {
    const status = await syncStatus(client);
    if (status !== undefined && status.queued <= left) return;
    if (performance.now() > until)
      throw new Error(`after ${String(MERGED_WITHIN_MS / 60_000)} minutes commits wait still`);
    if (performance.now() - said > 15_000) {
      said = performance.now();
      say(`${String(status?.queued ?? '?')} commits wait`);
    }
    await sleep(500, undefined, { signal: stopped });
  }
}

function percentiles(latencies: readonly number[]): { readonly p50Ms: number; readonly p95Ms: number } {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}
