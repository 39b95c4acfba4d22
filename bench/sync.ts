// `npm run bench:sync`: the backlog of many practices meets one region that goes on answering clinicians.
//
//   1. The region is the `holdfast start --tier region` that ships, with its database, over HTTP. The practices speak the session that
//      ships over stores that make up what they wrote (`sync-practice.ts`), all in this one process on the same cores.
//   2. Latency with and without the backlog is measured in the same run, at the same rate of clinical requests.
//   3. Nothing is left out because it looks bad.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LINK_RULES } from '../src/core/sync/link-rules.ts';
import { session, type SessionEnd } from '../src/core/sync/session.ts';
import { nodePorts } from '../src/server/ports/node-ports.ts';
import { driveMachine } from '../src/core/sync/drive-session.ts';
import { enrolAtParent } from '../src/server/sync-api/enrol-at-parent.ts';
import { drawNodeKeys } from '../src/server/sync-api/node-keys.ts';
import { nodeTransport, type NodeTransport } from '../src/server/sync-api/node-transport.ts';
import { commitOf } from '../drills/report.ts';
import { undoing, type Undo } from '../drills/undo.ts';
import { steadyLoad, type SteadyLoad } from './sync-load.ts';
import { Practice } from './sync-practice.ts';
import { renderSync, type Round, type SyncReport } from './sync-report.ts';

const HELP = `npm run bench:sync -- [options]: the backlog of many practices meets one region

  --practices N    how many (default 50)
  --days N         of backlog, 200 writes a day each (default 3: 30,000 commits; 30 is the full 300,000)
  --patients N     of each practice (default 100)
  --load N         clinical requests a second at the region (default 20)
  --seconds N      how long the region is measured alone (default 20)
  --out FOLDER     where the page goes (default bench/results)
  --help           this text
`;
const WRITES_A_DAY = 200;
const PAGE = 500;
const HOST = '127.0.0.1';

interface Member {
  readonly practice: Practice;
  readonly transport: NodeTransport;
  readonly parent: string;
}

export async function benchSync(args: readonly string[], say: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      practices: { type: 'string', default: '50' },
      days: { type: 'string', default: '3' },
      patients: { type: 'string', default: '100' },
      load: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '20' },
      out: { type: 'string', default: 'bench/results' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const [practices, days, patients, perSecond, seconds] = [
    values.practices,
    values.days,
    values.patients,
    values.load,
    values.seconds,
  ].map(Number) as [number, number, number, number, number];
  if (![practices, days, patients, perSecond, seconds].every((value) => value > 0)) {
    say(HELP);
    return 2;
  }
  return undoing(say, async (undo, stopped) => {
    const region = await startRegion(undo, say);
    const each = Math.round(days * WRITES_A_DAY);
    const members = await enrolAll(region, practices, patients, say, stopped);
    const charts = await fillCharts(region);
    const load = await steadyLoad({ host: HOST, port: region.port, token: region.token, perSecond, patients: charts });
    undo.add('load', () => load.stop());
    await sleep(5_000, undefined, { signal: stopped });
    load.take();
    await sleep(seconds * 1_000, undefined, { signal: stopped });
    const alone = load.take();
    say(`region alone: p50 ${alone.p50Ms.toFixed(1)} ms, p95 ${alone.p95Ms.toFixed(1)} ms`);

    // A region believes the register for some seconds: the first session of each is not the bench's.
    for (const member of members) if (!stopped.aborted) await meet(member);
    const rounds: Round[] = [];
    const few = Math.min(10, practices - 1);
    const begin = Math.max(1, Math.round(each / 10));
    const plan = [
      { members: members.slice(0, 1), upTo: begin },
      ...(few > 1 ? [{ members: members.slice(1, 1 + few), upTo: begin }] : []),
      ...(practices > 1 + few ? [{ members: members.slice(1 + few), upTo: begin }] : []),
      { members, upTo: Math.round(each / 3) },
      { members, upTo: each },
    ];
    let held = 0;
    for (const { members: some, upTo } of plan) {
      const round = await playRound(some, upTo, load, stopped);
      held += round.commits;
      const reconcile = await reconcileCost(some[0], stopped);
      rounds.push({ ...round, recordAfter: held, reconcile });
      say(
        `${String(some.length)} practices to ${String(upTo)} commits each: ${(round.commits / round.seconds).toFixed(0)} commits/s, region p95 ${round.during.p95Ms.toFixed(1)} ms`,
      );
    }
    load.take();
    const idle = await idleCost(members, stopped);
    const after = load.take();
    await load.stop();
    const report: SyncReport = {
      at: new Date().toISOString(),
      commit: commitOf(),
      practices,
      days,
      patients,
      perSecond,
      commits: held,
      alone,
      rounds,
      idle: { ...idle, during: after },
      fanOut: members.reduce((sum, { practice }) => sum + practice.got.revisions, 0),
    };
    const out = resolve(values.out);
    mkdirSync(out, { recursive: true });
    const name = join(out, `${report.at.slice(0, 10)}-${report.commit}-sync.md`);
    const page = renderSync(report);
    writeFileSync(name, page);
    say(page);
    say(`written to ${name}`);
    return 0;
  });
}

interface Region {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly command: (args: readonly string[]) => string;
}

async function startRegion(undo: Undo, say: (line: string) => void): Promise<Region> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-sync-'));
  undo.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await new Promise<number>((done) => {
    const probe = createServer().listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
  const entry = resolve(import.meta.dirname, '..', 'src', 'server', 'main.js');
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(HOLDFAST_|NODE_|npm_)/.test(key))),
    HOLDFAST_DATA: join(folder, 'data'),
    HOLDFAST_PORT: String(port),
    HOLDFAST_DEMO: 'off',
    HOLDFAST_LOG: 'error',
  };
  const child = spawn(process.execPath, [entry, 'start', '--tier', 'region'], { env, stdio: 'ignore' });
  undo.add('region', async () => {
    if (child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await Promise.race([gone, sleep(20_000)]);
  });
  const url = `http://${HOST}:${String(port)}`;
  for (let tries = 0; ; tries += 1) {
    const answers = await fetch(`${url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (answers) break;
    if (child.exitCode !== null || tries > 600) throw new Error('the region does not start');
    await sleep(100);
  }
  const command = (args: readonly string[]): string => {
    const ran = spawnSync(process.execPath, [entry, ...args], { env, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`holdfast ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  say(`region at ${url}`);
  return { url, port, token: command(['token', '--minutes', '720']).trim(), command };
}

async function enrolAll(
  region: Region,
  practices: number,
  patients: number,
  say: (line: string) => void,
  stopped: AbortSignal,
): Promise<readonly Member[]> {
  const { clock, digest } = nodePorts();
  const members: Member[] = [];
  for (let number = 1; number <= practices && !stopped.aborted; number += 1) {
    const code = region.command(['node', 'invite', '--name', `Practice ${String(number)}`, '--tier', 'site']).trim();
    const keys = drawNodeKeys();
    const node = `benchpractice${String(number)}`;
    const enrolled = await enrolAtParent({ url: region.url, code, node, tier: 'site', keys, clock });
    if (!enrolled.ok) throw new Error(`practice ${String(number)} was not enrolled: ${enrolled.error.text}`);
    members.push({
      practice: new Practice({ digest, node, number, patients, since: Date.parse('2026-10-01T00:00:00Z') }),
      transport: nodeTransport({ parent: enrolled.value, keys, incarnation: `bench${String(number)}`, clock }),
      parent: enrolled.value.node,
    });
  }
  say(`${String(members.length)} practices are enrolled`);
  return members;
}

/** Patients whom clinicians at the region ask about. */
async function fillCharts(region: Region): Promise<readonly string[]> {
  const ids = Array.from({ length: 100 }, (_, n) => `bench-region-p${String(n)}`);
  const headers = { authorization: `Bearer ${region.token}`, 'content-type': 'application/fhir+json' };
  for (const id of ids) {
    const body = `{"resourceType":"Patient","id":"${id}","name":[{"family":"Bench"}]}`;
    const { status } = await fetch(`${region.url}/fhir/Patient/${id}`, { method: 'PUT', headers, body });
    if (status >= 300) throw new Error(`a patient was refused: ${String(status)}`);
  }
  return ids;
}

/** One session to its end. */
async function meet(member: Member): Promise<SessionEnd> {
  const { clock, digest } = nodePorts();
  for (let tries = 0; ; tries += 1) {
    const machine = session({
      digest,
      now: clock.now(),
      rules: LINK_RULES,
      hasChildren: false,
      page: PAGE,
      peer: member.parent,
    });
    const ended = await driveMachine(machine, member.practice, async (request) => {
      const exchanged = await member.transport.exchange(request);
      return exchanged.ok ? { ok: true, value: exchanged.value.reply } : exchanged;
    });
    if (ended.ok && ended.value.end === 'done') return ended.value;
    if (tries > 200) throw new Error(`a session did not end well: ${JSON.stringify(ended)}`);
    await sleep(ended.ok ? 50 : (ended.error.retryAfterMs ?? 200));
  }
}

/** All of `some` catch up at once, until nothing of theirs is left. */
async function playRound(
  some: readonly Member[],
  upTo: number,
  load: SteadyLoad,
  stopped: AbortSignal,
): Promise<Omit<Round, 'recordAfter' | 'reconcile'>> {
  load.take();
  const began = performance.now();
  const written = some.map(({ practice }) => practice.writeUpTo(upTo));
  await Promise.all(
    some.map(async (member) => {
      for (let left = 1; left > 0 && !stopped.aborted;) {
        const end = await meet(member);
        left = end.end === 'done' ? end.left : 0;
      }
    }),
  );
  return {
    practices: some.length,
    commits: written.reduce((sum, count) => sum + count, 0),
    seconds: (performance.now() - began) / 1_000,
    during: load.take(),
  };
}

const LOST = 100;

/** What it takes to compare with nothing different, and with a hundred revisions that were lost. */
async function reconcileCost(member: Member | undefined, stopped: AbortSignal): Promise<Round['reconcile']> {
  if (member === undefined || stopped.aborted) return { names: 0, equalMs: 0, differingMs: 0, fetched: 0 };
  const { practice } = member;
  await meet(member);
  practice.forgetLink();
  let began = performance.now();
  await meet(member);
  const equalMs = performance.now() - began;
  practice.lose(LOST);
  practice.forgetLink();
  const before = practice.got.revisions;
  began = performance.now();
  await meet(member);
  return {
    names: practice.heldCount,
    equalMs,
    differingMs: performance.now() - began,
    fetched: practice.got.revisions - before,
  };
}

/** Sessions with nothing to say: what every site costs a region all day long. */
async function idleCost(members: readonly Member[], stopped: AbortSignal): Promise<Omit<SyncReport['idle'], 'during'>> {
  for (const member of members) if (!stopped.aborted) await meet(member);
  const costs: { readonly sites: number; readonly perSecond: number }[] = [];
  for (const sites of [1, 10, members.length]) {
    if (sites > members.length || stopped.aborted) continue;
    const until = performance.now() + 5_000;
    let count = 0;
    await Promise.all(
      members.slice(0, sites).map(async (member) => {
        while (performance.now() < until) {
          await meet(member);
          count += 1;
        }
      }),
    );
    costs.push({ sites, perSecond: count / 5 });
  }
  return { sessions: costs };
}
