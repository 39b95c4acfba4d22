// What a drill says of itself: the ledger, what counts as holding, and the figure. Real processes are in `machines.test.ts`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differences, type Listing } from '../../drills/converge.ts';
import { failedOutside, PRACTICE, type DayPlayed } from '../../drills/day.ts';
import { findingsOf } from '../../drills/findings.ts';
import { isolationFindings, type IsolationReport } from '../../drills/isolation-report.ts';
import { createLedger, type Acknowledged } from '../../drills/ledger.ts';
import { clearLeftovers, mayMakeNamespaces, openNetwork } from '../../drills/network.ts';
import { chartsOf } from '../../drills/people.ts';
import { holds } from '../../drills/report.ts';
import { EVENTS, scheduleOf } from '../../drills/schedule.ts';
import { stepsOf } from '../../drills/staff.ts';
import { byMinute, createTally } from '../../drills/tally.ts';
import { renderTimeline, type Box } from '../../drills/timeline.ts';
import { createUndo, undoing } from '../../drills/undo.ts';

const entry = (mark: string, by = 'Site'): Acknowledged => ({
  mark,
  by,
  type: 'Observation',
  id: `o-${mark}`,
  tier: 'site',
  durability: 'D1',
  atMs: 1,
  home: 'Site',
  patient: 'p',
});

test('[DR1] what nobody answered is counted, and cannot be lost', async () => {
  const ledger = createLedger();
  ledger.acknowledge(entry('a'));
  ledger.unanswered();
  expect(ledger.entries).toHaveLength(1);
  expect(ledger.unansweredCount()).toBe(1);
  expect((await ledger.judge(ledger.entries, async () => undefined)).lost.map(({ mark }) => mark)).toEqual(['a']);
});
test('[DR2] a resource of that name without the mark is not the write', async () => {
  const ledger = createLedger();
  ledger.acknowledge(entry('mark.1.'));
  const other = await ledger.judge(ledger.entries, async () => '{"id":"o-mark.1","identifier":"mark.10."}');
  expect(other.lost).toHaveLength(1);
  expect((await ledger.judge(ledger.entries, async () => '{"identifier":"mark.1."}')).lost).toEqual([]);
});
test('[DR3] [DR4] only what was on the destroyed disk alone is excused, and it is shown', async () => {
  const ledger = createLedger();
  for (const mark of ['only.', 'both.']) ledger.acknowledge(entry(mark, 'Struck'));
  ledger.acknowledge(entry('elsewhere.', 'Other'));
  const only = await ledger.beforeDestruction('Struck', async ({ mark }) => (mark === 'both.' ? mark : undefined));
  expect(only).toBe(1);
  const judged = await ledger.judge(ledger.entries, async () => undefined);
  expect(judged.excused.map(({ mark }) => mark)).toEqual(['only.']);
  expect(judged.lost.map(({ mark }) => mark)).toEqual(['both.', 'elsewhere.']);
});

const bucket = (served: number, failed = 0): { served: number; failed: number; queued: undefined } => ({
  served,
  failed,
  queued: undefined,
});
const lane = (name: string, tier: 'region' | 'site' | 'device', buckets: readonly ReturnType<typeof bucket>[]) => ({
  name,
  tier,
  buckets,
});
type Played = Parameters<typeof findingsOf>[0];
const fine: Played = {
  judgements: [{ node: 'Region', acknowledged: 3, lost: [], excused: [] }],
  differing: [],
  queued: 0,
  provoked: [{ key: 'Flag/f', what: 'code status', nodes: ['A', 'B'], patient: 'p' }],
  conflicts: [{ node: 'Region', listed: 1, warned: 1, missing: [], open: 1 }],
  struck: { 'the WAN was cut': true },
  failedAtSites: 0,
  handhelds: 1,
  backlogMs: 5,
  tally: {
    bucketMs: 1_000,
    reasons: new Map(),
    lane: () => ({ served: () => undefined, failed: () => undefined, queued: () => undefined }),
    lanes: [lane('R', 'region', [bucket(1)]), lane('S', 'site', [bucket(1)]), lane('D', 'device', [bucket(1)])],
  },
};
test.each([
  ['a lost write', { judgements: [{ node: 'Region', acknowledged: 3, lost: [entry('x')], excused: [] }] }],
  ['nothing looked up', { judgements: [] }],
  ['a difference', { differing: [{ site: 'A', key: 'Flag/f', what: 'another version' }] }],
  ['a queue', { queued: 1 }],
  ['no conflict provoked', { provoked: [] }],
  ['a conflict that nobody sees', { conflicts: [{ node: 'R', listed: 0, warned: 1, missing: ['Flag/f'], open: 0 }] }],
  ['a reader who is not warned', { conflicts: [{ node: 'R', listed: 1, warned: 0, missing: [], open: 1 }] }],
  ['a fault that did not strike', { struck: { 'the WAN was cut': false } }],
  ['a failed request at a site', { failedAtSites: 1 }],
  ['a tier that did nothing', { tally: { ...fine.tally, lanes: fine.tally.lanes.slice(0, 2) } }],
  [
    'a device that refused',
    { tally: { ...fine.tally, lanes: [...fine.tally.lanes, lane('E', 'device', [bucket(1, 1)])] } },
  ],
  ['a backlog that never came', { backlogMs: undefined }],
] satisfies readonly (readonly [string, Partial<DayPlayed>])[])('[DR5] %s: the drill does not hold', (_, change) => {
  expect(holds(findingsOf(fine))).toBe(true);
  expect(holds(findingsOf({ ...fine, ...change }))).toBe(false);
});

test('[DR6] another version, a resource too many and one too few are differences; what is of nobody there is not', () => {
  const listing = (shown: Record<string, string>, patients: Record<string, string> = {}): Listing => ({
    shown: new Map(Object.entries(shown)),
    patientOf: new Map(Object.entries(patients)),
  });
  const charts = chartsOf(
    [
      { name: 'A', also: [] },
      { name: 'B', also: ['A'] },
    ],
    2,
    1,
  );
  const own = charts[0]?.patient ?? '';
  const shared = charts[2]?.patient ?? '';
  const foreign = charts[3]?.patient ?? '';
  const region = listing(
    { 'Observation/1': 'v1', 'Observation/2': 'v', 'Observation/3': 'v', 'Observation/4': 'v', 'Flag/5': 'v' },
    {
      'Observation/1': own,
      'Observation/2': own,
      'Observation/3': shared,
      'Observation/4': foreign,
      'Flag/5': foreign,
    },
  );
  const site = listing({ 'Observation/1': 'v2', 'Observation/9': 'v' });
  expect(differences('A', site, region, charts).map(({ key, what }) => `${key} ${what}`)).toEqual([
    'Observation/1 another version',
    'Observation/9 only at the site',
    'Observation/2 not at the site',
    'Observation/3 not at the site',
    'Flag/5 not at the site',
  ]);
  expect(differences('A', region, region, charts)).toEqual([]);
});
test('[DR7] a failure counts against a site but while its own server was down', () => {
  const site = lane('A', 'site', [bucket(1), bucket(0, 2), bucket(0, 3), bucket(1), bucket(1, 1)]);
  const down = { what: 'down', fromMs: 2_000, toMs: 4_000, lanes: ['A'], kind: 'outage' } as const;
  expect(failedOutside(site, [], 10_000)).toBe(6);
  expect(failedOutside(site, [down], 10_000)).toBe(1);
});
test('[DR8] requests count in the minute and at the tier that answered, failures where they were asked', () => {
  let now = 0;
  const tally = createTally(2_000, () => now);
  const site = tally.lane({ name: 'A', tier: 'site' });
  site.served();
  now = 61_000;
  site.failed('A: ECONNREFUSED');
  tally.lane({ name: 'A: devices', tier: 'device' }).served();
  expect(byMinute(tally)).toEqual([
    {
      minute: 0,
      byTier: { region: { served: 0, failed: 0 }, site: { served: 1, failed: 0 }, device: { served: 0, failed: 0 } },
    },
    {
      minute: 1,
      byTier: { region: { served: 0, failed: 0 }, site: { served: 0, failed: 1 }, device: { served: 1, failed: 0 } },
    },
  ]);
  expect([...tally.reasons]).toEqual([['A: ECONNREFUSED', 1]]);
});

test('[DR9] a seed gives the same faults and the same work; another gives others', () => {
  const charts = chartsOf([{ name: 'A', also: [] }], 5, 0);
  const work = (seed: number): readonly string[] => {
    const steps: string[] = [];
    for (const { kind, chart, mark, thinkMs } of stepsOf('nurse', { charts, seed, thinkMs: 100 })) {
      steps.push(`${kind} ${chart.patient} ${mark} ${String(thinkMs)}`);
      if (steps.length === 50) break;
    }
    return steps;
  };
  expect(work(3)).toEqual(work(3));
  expect(work(3)).not.toEqual(work(4));
  expect(scheduleOf(3, 300_000)).toEqual(scheduleOf(3, 300_000));
  expect(scheduleOf(3, 300_000)).not.toEqual(scheduleOf(4, 300_000));
  for (let seed = 0; seed < 200; seed += 1) {
    const schedule = scheduleOf(seed, 300_000);
    expect(schedule.map(({ event }) => event)).toEqual(EVENTS.map(([event]) => event));
    expect(schedule.every(({ atMs }, n) => n === 0 || atMs > (schedule[n - 1]?.atMs ?? 0))).toBe(true);
  }
});
test('[DR10] behind proxies a cut WAN lets nothing through, and what it carried is dropped; the report says which network it was', async () => {
  const undo = createUndo();
  try {
    const network = await openNetwork(undo, 'proxies');
    expect(network.kind).toBe('proxies');
    expect(network.says).toContain('proxies');
    const region = await network.place('Region');
    const site = await network.place('Site');
    const server = createServer((socket) => socket.on('error', () => undefined).write('hello'));
    await new Promise<void>((done) => server.listen(Number(region.env['HOLDFAST_PORT']), '127.0.0.1', done));
    undo.add('server', () => void server.close());
    const port = Number(new URL(await region.wanUrl(site)).port);
    const call = (): Promise<'hello' | 'nothing'> & { dropped?: Promise<void> } => {
      const socket = connect({ port, host: '127.0.0.1' });
      const dropped = new Promise<void>((done) => socket.on('close', () => done()));
      socket.on('error', () => undefined);
      return Object.assign(
        new Promise<'hello' | 'nothing'>((done) => {
          socket.once('data', () => done('hello'));
          socket.once('close', () => done('nothing'));
        }),
        { dropped },
      );
    };
    for (const place of [region, site]) {
      const before = call();
      expect(await before).toBe('hello');
      place.cut();
      await before.dropped;
      expect(await call()).toBe('nothing');
      place.heal();
      expect(await call()).toBe('hello');
    }
  } finally {
    expect(await undo.run()).toEqual([]);
  }
});

test('[DR11] everything is undone once, last first, and what fails stops nothing', async () => {
  const undo = createUndo();
  const order: string[] = [];
  undo.add('first', () => void order.push('first'));
  undo.add('broken', () => {
    throw new Error('no');
  });
  undo.add('last', () => void order.push('last'));
  const [failed, again] = await Promise.all([undo.run(), undo.run()]);
  expect(order).toEqual(['last', 'first']);
  expect(failed).toEqual(['broken: no']);
  expect(again).toEqual(failed);
  expect(await undo.run()).toEqual([]);
});
test('[DR11] a failure cleans up and says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-drill-'));
  const said: string[] = [];
  const code = await undoing(
    (line) => void said.push(line),
    async (undo) => {
      undo.add('folder', () => rmSync(folder, { recursive: true }));
      throw new Error('the script broke');
    },
  );
  expect(code).toBe(1);
  expect(said.join('\n')).toContain('the script broke');
  expect(existsSync(folder)).toBe(false);
});
const namespaces = mayMakeNamespaces();
test.skipIf(!namespaces)(
  `[DR11] namespaces of a dead drill are cleared by the next, those of a living one are left${namespaces ? '' : ' (skipped: no network namespaces here)'}`,
  () => {
    const dead = spawnSync('true').pid;
    const [gone, own] = [`hfd${String(dead)}a`, `hfd${String(process.pid)}keep`];
    for (const name of [gone, own]) expect(spawnSync('ip', ['netns', 'add', name]).status).toBe(0);
    try {
      expect(clearLeftovers()).toContain(gone);
      const left = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
      expect(left).not.toContain(gone);
      expect(left).toContain(own);
    } finally {
      spawnSync('ip', ['netns', 'del', own]);
    }
  },
);

test('[DR12] no label of the timeline lies on another, and light and dark have colours of their own', () => {
  const minute = 60_000;
  const { svg, labels } = renderTimeline({
    title: '19 July 2024, played in six minutes',
    verdict: ['HELD: 10,213 requests served', '3,120 writes acknowledged, 0 lost'],
    holds: true,
    bucketMs: 2_000,
    totalMs: 6 * minute,
    lanes: ['Region', PRACTICE, `${PRACTICE}: devices`].map((name, n) =>
      lane(
        name,
        (['region', 'site', 'device'] as const)[n] ?? 'site',
        Array.from({ length: 180 }, (_, at) => bucket(at % 9, at % 50 === 0 ? 3 : 0)),
      ),
    ),
    spans: Array.from({ length: 12 }, (_, n) => ({
      what: `what happened here, number ${String(n)}`,
      fromMs: (n * minute) / 3,
      toMs: (n * minute) / 3 + (n % 3) * minute,
      lanes: 'all' as const,
      kind: 'outage' as const,
    })),
  });
  expect(labels.length).toBeGreaterThan(25);
  const meet = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  const overlaps = labels.flatMap((a, n) =>
    labels.slice(n + 1).flatMap((b) => (meet(a, b) ? [`${a.text} / ${b.text}`] : [])),
  );
  expect(overlaps).toEqual([]);
  expect(labels.filter(({ x, width }) => x < 0 || x + width > 1_240)).toEqual([]);
  // The margin is as wide as the names in it: what stands beside the bands does not reach into them.
  const bands = labels.filter(({ text }) => /served, |^peak |^Mill Lane|^Region$/.test(text));
  expect(bands.length).toBe(9);
  expect(bands.filter(({ x, width }) => x + width > 196)).toEqual([]);
  expect(svg).toContain('prefers-color-scheme:dark');
});

const alone: IsolationReport = {
  at: '2026-01-01T00:00:00Z',
  commit: 'abc',
  seed: 1,
  beds: 120,
  hours: 72,
  minutes: 10,
  network: 'namespaces',
  wanted: 90_000,
  taken: 90_000,
  acknowledged: 90_000,
  unanswered: 4,
  lost: 0,
  reads: 20_000,
  failed: 0,
  outageMs: 5_000,
  p50Ms: 4,
  p95Ms: 20,
  queued: 90_000,
  mergeMs: 300_000,
  mergeRequests: 4_000,
  mergeFailed: 0,
  mergeP95Ms: 400,
};
test.each([
  ['fewer writes than full rate', { taken: 80_000 }],
  ['too many writes in the air', { taken: 89_000, unanswered: 1_000 }],
])('[DR13] %s: it does not hold', (_, change) => {
  expect(holds(isolationFindings(alone))).toBe(true);
  expect(holds(isolationFindings({ ...alone, ...change }))).toBe(false);
});
test.each([
  ['a lost write', { lost: 1 }],
  ['a request that failed', { failed: 1 }],
  ['a merge that took longer', { mergeMs: 541_000 }],
  ['nothing to merge', { queued: 0 }],
  ['a site that answered late', { mergeP95Ms: 1_001 }],
  ['a site that did not answer', { mergeFailed: 1 }],
  ['nobody who asked', { mergeRequests: 0 }],
])('[DR14] %s: it does not hold', (_, change) => {
  expect(holds(isolationFindings({ ...alone, ...change }))).toBe(false);
});
