// `npx holdfast bench`: our server beside the limits of the machine it runs on, in one run.
//
//   B1  Every figure stands beside its limit (bare node:http, raw PostgreSQL) or its budget, measured in the same run.
//   B2  Nothing is left out because it looks bad: a missed budget is printed as missed.
//   B3  The load generator is a process of its own on the same cores; limits are loaded by the same generator.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, openSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { performance } from 'node:perf_hooks';
import { brotliDecompressSync } from 'node:zlib';
import { Client } from 'pg';
import { load, openConnection, requestBytes, type LoadResult, type Request } from './http-load.ts';
import { rawCommits, rawInserts, startBareServer } from './limits.ts';
import { renderReport, type Line, type Report } from './report.ts';
import { startDatabase } from './database.ts';
import { locatorCost } from './locator.ts';
import { renderRights, rightsCost } from './rights.ts';
import { importCurve, type CurvePoint } from './curve.ts';

const HELP = `holdfast bench: measures this server beside the limits of this machine, and writes a table.

  --seconds N     how long each load lasts (default 6)
  --patients N    Synthea patients to import, or demo patients where ../shared is absent (default 300)
  --resources N   also import N resources of the demo generator and draw the rate as a curve (default 0: no curve)
  --warm N        seconds of load before each measurement, for the compilers of both sides (default 10)
  --clients LIST  numbers of clients (default 1,8,32)
  --out FOLDER    where the table goes (default bench/results)
  --rights        only what sign-in, rights and audit cost
  --help          this text

Takes about twelve minutes; with --resources 1000000 about ten more. Nothing leaves this machine.
`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    warm: { type: 'string', default: '10' },
    patients: { type: 'string', default: '300' },
    resources: { type: 'string', default: '0' },
    clients: { type: 'string', default: '1,8,32' },
    out: { type: 'string', default: 'bench/results' },
    rights: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const seconds = Number(options.seconds);
const warm = Number(options.warm);
const clientCounts = options.clients.split(',').map(Number);
const HOST = '127.0.0.1';
const processes = cpus().length;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

/** In databases of their own: their hospital is another. */
async function measureRights(): Promise<string> {
  const own = await startDatabase(join(folder, 'rights-postgres'));
  try {
    const databaseUrl = { open: await own.beside('open'), whole: await own.beside('whole') };
    const data = { open: join(folder, 'rights-open'), whole: join(folder, 'rights-whole') };
    for (const one of [data.open, data.whole]) mkdirSync(one, { mode: 0o700 });
    return renderRights(await rightsCost({ databaseUrl, data }, seconds, warm, say));
  } finally {
    await own.stop();
  }
}
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${String(processes)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`;
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
if (options.rights) {
  try {
    const at = new Date().toISOString().slice(0, 10);
    const page = `# Rights, ${at}, commit ${commit}\n\n${machine}; Node ${process.version}. Load generator on the same cores.\n\n${await measureRights()}`;
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, `${at}-${commit}-rights.md`), page);
    process.stdout.write(page);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(0);
}

const database = await startDatabase(join(folder, 'postgres'));
let server: ChildProcess | undefined;
/** What scripts of whoever may read the data folder use. */
let authorization = '';

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((done) => {
    const probe = createServer().listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function startServer(): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort();
  const log = openSync(join(folder, 'server.log'), 'a');
  const env = {
    ...process.env,
    HOLDFAST_PORT: String(port),
    HOLDFAST_HOST: HOST,
    HOLDFAST_DATA: join(folder, 'data'),
    HOLDFAST_DATABASE_URL: database.url,
    HOLDFAST_DEMO: 'off',
    HOLDFAST_LOG: 'warn',
  };
  const child = spawn(process.execPath, ['dist/src/server/main.js', 'start'], {
    env,
    stdio: ['ignore', log, log],
  });
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      const answer = await fetch(`http://${HOST}:${String(port)}/health`);
      if (answer.ok) {
        const token = execFileSync(process.execPath, ['dist/src/server/main.js', 'token', '--minutes', '600'], {
          env,
          encoding: 'utf8',
        });
        authorization = `Bearer ${token.trim()}`;
        return { port, child };
      }
    } catch {
      // Not listening yet.
    }
    if (performance.now() > until || child.exitCode !== null) {
      throw new Error(`the server did not start:\n${readFileSync(join(folder, 'server.log'), 'utf8')}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Resident memory of a process and all its children, in MiB. */
function memoryMiB(pid: number): number {
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const family = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const [child, parent] of rows) {
      if (child !== undefined && parent !== undefined && family.has(parent) && !family.has(child)) {
        family.add(child);
        grew = true;
      }
    }
  }
  return (
    rows.reduce((sum, [child, , rss]) => sum + (child !== undefined && family.has(child) ? (rss ?? 0) : 0), 0) / 1024
  );
}

/** Transaction bundles, one text each: Synthea's where they are, else the demo generator's. */
async function bundles(count: number): Promise<{ source: string; texts: string[] }> {
  const synthea = resolve('../shared/conformance/synthea-r4');
  try {
    const texts: string[] = [];
    for (const file of readdirSync(synthea)
      .filter((name) => name.startsWith('patients-'))
      .sort()) {
      if (texts.length >= count) break;
      texts.push(
        ...brotliDecompressSync(readFileSync(join(synthea, file)))
          .toString()
          .trim()
          .split('\n'),
      );
    }
    return { source: 'Synthea patients', texts: texts.slice(0, count) };
  } catch {
    const { loadBundles } = await import('./curve.ts');
    const texts: string[] = [];
    for (const { text } of loadBundles(count * 250)) texts.push(text);
    return { source: 'demo generator', texts };
  }
}

interface BundleJson {
  readonly entry: readonly { readonly resource: { readonly resourceType: string } }[];
}

const lines: Line[] = [];
const add = (line: Line): void => {
  lines.push(line);
  say(`${line.what}, ${String(line.clients)} clients: ${line.ours.toFixed(0)}/s, limit ${line.limit.toFixed(0)}/s`);
};
const fromLoad = (
  what: string,
  clients: number,
  ours: LoadResult,
  limitName: string,
  limit: number,
  budget: number,
  aim: number,
): void => {
  if (ours.failed > 0) throw new Error(`${what}: ${String(ours.failed)} of ${String(ours.requests)} requests failed`);
  add({ what, clients, ours: ours.perSecond, p50Ms: ours.p50Ms, p99Ms: ours.p99Ms, limitName, limit, budget, aim });
};

try {
  say(`database: ${database.version}; server: ${String(processes)} processes`);
  const started = await startServer();
  server = started.child;
  const target = { host: HOST, port: started.port };
  const hostHeader = `${HOST}:${String(started.port)}`;
  const base = `http://${hostHeader}/fhir`;
  const asked = (request: Request): Buffer => requestBytes({ ...request, headers: { authorization } }, hostHeader);

  // Import: transaction bundles over four connections.
  const input = await bundles(Number(options.patients));
  const parsed = input.texts.map((text) => JSON.parse(text) as BundleJson);
  const bodies = parsed.flatMap((bundle) => bundle.entry.map((entry) => JSON.stringify(entry.resource)));
  say(`importing ${String(input.texts.length)} bundles, ${String(bodies.length)} resources (${input.source})`);
  const idsByType = new Map<string, string[]>();
  // The first stretch warms the compilers of the server's processes, as the load before each measurement below does.
  const warmBundles = Math.floor(input.texts.length * 0.25);
  const warmResources = parsed.slice(0, warmBundles).reduce((sum, bundle) => sum + bundle.entry.length, 0);
  let next = 0;
  const importFrom = async (until: number): Promise<void> => {
    const importer = async (): Promise<void> => {
      const connection = await openConnection(HOST, started.port);
      while (next < until) {
        const n = next++;
        const answer = await connection.send(asked({ method: 'POST', path: '/fhir', body: input.texts[n] ?? '' }));
        const text = answer.body.toString();
        const split = text.indexOf('\r\n\r\n') + 4;
        if (answer.status !== 200)
          throw new Error(
            `bundle ${String(n)} was refused with ${String(answer.status)}: ${text.slice(split, split + 500)}`,
          );
        for (const [, type, id] of text
          .slice(split)
          .matchAll(/"location":\s*"(?:[^"]*\/)?([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})\/_history/g)) {
          if (type === undefined || id === undefined) continue;
          const list = idsByType.get(type);
          if (list === undefined) idsByType.set(type, [id]);
          else list.push(id);
        }
      }
      connection.close();
    };
    await Promise.all([importer(), importer(), importer(), importer()]);
  };
  await importFrom(warmBundles);
  const importStart = performance.now();
  await importFrom(input.texts.length);
  const importPerSecond = (bodies.length - warmResources) / ((performance.now() - importStart) / 1000);
  const rawMany = await rawInserts(database.config, 4, bodies, 250);
  add({
    what: 'import of transaction bundles, resources',
    clients: 4,
    ours: importPerSecond,
    limitName: 'raw multi-row inserts of the same bytes',
    limit: rawMany,
    budget: 0.15,
    aim: 0.25,
  });

  const client = new Client(database.config);
  await client.connect();
  await client.query('CHECKPOINT');
  await client.query('VACUUM ANALYZE');
  const size = Number(
    (await client.query<{ s: string }>('SELECT pg_database_size(current_database()) AS s')).rows[0]?.s ?? 0,
  );
  await client.end();
  const bytesPerResource = size / bodies.length;
  const meanBody = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length;

  const locator = await locatorCost(database.config, 5000);

  // Reads by id.
  const observations = idsByType.get('Observation') ?? [];
  const patients = idsByType.get('Patient') ?? [];
  const pick = <T>(list: readonly T[], n: number): T => {
    const item = list[(n * 7919) % list.length];
    if (item === undefined) throw new Error('nothing to read');
    return item;
  };
  const sample = await (
    await fetch(`${base}/Observation/${pick(observations, 1)}`, { headers: { authorization } })
  ).text();
  const bare = await startBareServer(sample, processes);
  const readNext = (n: number): Buffer => asked({ method: 'GET', path: `/fhir/Observation/${pick(observations, n)}` });
  const bareNext = (): Buffer => asked({ method: 'GET', path: '/x' });
  await load({ host: HOST, port: bare.port }, 32, warm / 4, bareNext);
  await load(target, 32, warm, readNext);
  for (const clients of clientCounts) {
    const limit = await load({ host: HOST, port: bare.port }, clients, seconds, bareNext);
    const ours = await load(target, clients, seconds, readNext);
    fromLoad('read by id', clients, ours, 'bare node:http, same bytes', limit.perSecond, 0.3, 0.5);
  }
  bare.stop();

  // Search by patient and code, newest first, a page of 20.
  const codeOf = 'http://loinc.org|8302-2';
  const searchPath = (n: number): string =>
    `/fhir/Observation?patient=${pick(patients, n)}&code=${encodeURIComponent(codeOf)}&_sort=-date&_count=20`;
  const page = await (await fetch(`http://${hostHeader}${searchPath(3)}`, { headers: { authorization } })).text();
  const barePage = await startBareServer(page, processes);
  const searchNext = (n: number): Buffer => asked({ method: 'GET', path: searchPath(n) });
  await load({ host: HOST, port: barePage.port }, 32, warm / 4, bareNext);
  await load(target, 32, warm, searchNext);
  for (const clients of clientCounts) {
    const limit = await load({ host: HOST, port: barePage.port }, clients, seconds, bareNext);
    const ours = await load(target, clients, seconds, searchNext);
    fromLoad(
      'search by patient and code, sorted, page of 20',
      clients,
      ours,
      'bare node:http, a page of the same bytes',
      limit.perSecond,
      0.1,
      0.2,
    );
  }
  barePage.stop();

  const everything = await load(target, 8, seconds, (n) =>
    asked({ method: 'GET', path: `/fhir/Patient/${pick(patients, n)}/$everything?_count=1000` }),
  );

  // Creates of one Observation each.
  const creates = bodies
    .filter((body) => body.startsWith('{"resourceType":"Observation"'))
    .slice(0, 2000)
    .map((body) =>
      body
        .replaceAll(/urn:uuid:[0-9a-f-]{36}/g, () => `Patient/${pick(patients, body.length)}`)
        .replace(/"encounter":\{"reference":"Patient\//, '"encounter":{"reference":"Encounter/'),
    );
  const createBytes = creates.map((body) => asked({ method: 'POST', path: '/fhir/Observation', body }));
  await load(target, 32, warm, (n) => createBytes[n % createBytes.length]);
  for (const clients of clientCounts) {
    const limit = await rawCommits(database.config, clients, seconds, creates);
    const ours = await load(target, clients, seconds, (n) => createBytes[n % createBytes.length]);
    fromLoad(
      'create of one Observation',
      clients,
      ours,
      'raw single-row commits, same bytes',
      limit.perSecond,
      0.15,
      0.2,
    );
  }
  const memory = memoryMiB(started.child.pid ?? 0);

  let curve: readonly CurvePoint[] = [];
  if (Number(options.resources) > 0) curve = await importCurve(target, asked, Number(options.resources), say);

  const rights = await measureRights();
  const report: Report = {
    at: new Date().toISOString(),
    commit,
    dirty: execFileSync('git', ['status', '--porcelain', 'src', 'bench'], { encoding: 'utf8' }).trim() !== '',
    machine,
    node: process.version,
    database: database.version,
    source: input.source,
    resources: bodies.length,
    warmSeconds: warm,
    meanBody,
    bytesPerResource,
    memoryMiB: memory,
    locator,
    everything: { perSecond: everything.perSecond, p50Ms: everything.p50Ms, p99Ms: everything.p99Ms },
    lines,
    curve,
  };
  mkdirSync(options.out, { recursive: true });
  const name = join(options.out, `${report.at.slice(0, 10)}-${report.commit}`);
  writeFileSync(`${name}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  const table = `${renderReport(report)}\n${rights}`;
  writeFileSync(`${name}.md`, table);
  process.stdout.write(table);
  say(`written to ${name}.md and .json`);
} finally {
  if (server !== undefined) {
    const gone = new Promise((done) => server?.once('exit', done));
    server.kill('SIGTERM');
    await Promise.race([gone, new Promise((done) => setTimeout(done, 10_000))]);
  }
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
