// 19 July 2024, played: a region, two hospitals and a practice at work; the region dies, the WAN is cut, a server loses its disk
// and gets an old copy of it, a clock goes wrong by a day; staff read and write all the while; then everything heals and every
// promise is looked up. What must hold at the end is DR5 to DR7.
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookForConflicts, provokeConflicts, type Provoked, type ShownConflicts } from './conflicts.ts';
import { differences, listShown, syncStatus, textWithHistory, type Difference } from './converge.ts';
import type { DrillNode } from './drill-node.ts';
import type { Client } from './http-client.ts';
import { createLedger, inParallel, type Acknowledged, type Judgement, type Ledger } from './ledger.ts';
import { startMembers, type Members } from './network-of-nodes.ts';
import type { Network } from './network.ts';
import { chartBundle, chartsOf, type Chart } from './people.ts';
import { scheduleOf, type Event } from './schedule.ts';
import { workAtBedside, workAtDesk, type Handheld, type Workplace } from './staff.ts';
import { createTally, failedWithin, type Tally } from './tally.ts';
import type { Span } from './timeline.ts';
import type { Undo } from './undo.ts';

export const REGION = 'Region';
export const STRUCK = 'St Mary';
export const CITY = 'City Hospital';
export const PRACTICE = 'Mill Lane GP';
const HOMES = [
  { name: STRUCK, also: [] },
  { name: CITY, also: [PRACTICE] },
  { name: PRACTICE, also: [CITY] },
] as const;
const CHARTS_EACH = 24;
const SHARED_EACH = 3;
const DESKS = { [REGION]: 3, [STRUCK]: 4, [CITY]: 4, [PRACTICE]: 3 } as Readonly<Record<string, number>>;
const DEVICES = { [STRUCK]: 2, [CITY]: 2, [PRACTICE]: 1 } as Readonly<Record<string, number>>;
const THINK_MS = 900;
const BUCKET_MS = 2_000;
const ANSWER_WITHIN_MS = 15_000;
const CONVERGED_WITHIN_MS = 180_000;
const DAY_MS = 86_400_000;
/** Until answers that were on their way have arrived. */
const LAST_ANSWERS_MS = 500;
const LOOKS = 10;

export interface DayOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly folder: string;
  readonly network: Network;
  readonly undo: Undo;
  readonly stopped: AbortSignal;
  readonly say: (line: string) => void;
  readonly openHandheld: (site: DrillNode, name: string, charts: readonly Chart[]) => Promise<Handheld>;
}
export interface DayPlayed {
  readonly members: Members;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly spans: readonly Span[];
  readonly totalMs: number;
  readonly provoked: readonly Provoked[];
  readonly conflicts: readonly ShownConflicts[];
  readonly judgements: readonly (Judgement & { readonly node: string })[];
  readonly differing: readonly Difference[];
  readonly queued: number;
  readonly struck: Readonly<Record<string, boolean>>;
  readonly failedAtSites: number;
  readonly backlogMs: number | undefined;
  readonly convergedMs: number | undefined;
  readonly handhelds: number;
  /** Acknowledged by the node whose disk was destroyed, and by then at no other server. */
  readonly onlyOnDisk: number;
}

export async function playDay(options: DayOptions): Promise<DayPlayed> {
  const { seed, folder, network, undo, stopped, say } = options;
  const members = await startMembers({
    network,
    folder,
    region: REGION,
    sites: HOMES.map(({ name }) => name),
    undo,
    say,
  });
  const nodes = [members.region, ...members.sites];
  const charts = chartsOf(HOMES, CHARTS_EACH, SHARED_EACH);
  const clients = new Map(nodes.map((node) => [node.name, node.client(ANSWER_WITHIN_MS)] as const));
  undo.add('connections', () => {
    for (const client of clients.values()) client.close();
  });
  const clientOf = (name: string): Client => clients.get(name) ?? members.nodeOf(name).client(ANSWER_WITHIN_MS);
  await admit(charts, clientOf, seed);
  say(`${String(charts.length)} patients are admitted`);
  const chartsAt = ({ name, tier }: DrillNode): readonly Chart[] =>
    charts.filter(({ home }) => tier === 'region' || home === name);
  const handhelds: { readonly node: string; readonly handheld: Handheld }[] = [];
  for (const node of nodes) {
    for (let n = 1; n <= (DEVICES[node.name] ?? 0); n += 1) {
      const handheld = await options.openHandheld(node, `${node.name} device ${String(n)}`, chartsAt(node));
      undo.add(handheld.name, () => handheld.close());
      handhelds.push({ node: node.name, handheld });
    }
  }
  say(`${String(handhelds.length)} devices hold the charts of their wards; the day begins`);

  const began = performance.now();
  const nowMs = (): number => performance.now() - began;
  const totalMs = options.minutes * 60_000;
  const ledger = createLedger();
  const tally = createTally(BUCKET_MS, nowMs);
  for (const { name, tier } of nodes) {
    tally.lane({ name, tier });
    if ((DEVICES[name] ?? 0) > 0) tally.lane({ name: `${name}: devices`, tier: 'device' });
  }

  // Staff.
  const over = new AbortController();
  // Everybody at work listens for its end.
  setMaxListeners(0, over.signal, stopped);
  stopped.addEventListener('abort', () => over.abort());
  const working: Promise<void>[] = [];
  for (const node of nodes) {
    const place: Workplace = {
      node: node.name,
      tier: node.tier,
      charts: chartsAt(node),
      ledger,
      tally,
      nowMs,
      seed,
      thinkMs: THINK_MS,
    };
    const own = handhelds.filter((one) => one.node === node.name).map(({ handheld }) => handheld);
    own.forEach((handheld, n) =>
      working.push(workAtBedside(`${node.name} nurse ${String(n + 1)}`, place, handheld, over.signal)),
    );
    for (let n = 0; n < (DESKS[node.name] ?? 0); n += 1) {
      const client = node.client(ANSWER_WITHIN_MS);
      const pocket = own.length === 0 ? undefined : own[n % own.length];
      working.push(workAtDesk(`${node.name} desk ${String(n + 1)}`, place, client, pocket, over.signal));
    }
  }
  const watching = watchQueues(members, handhelds, tally, clientOf, over.signal);

  // The script.
  const spans: Span[] = [];
  const open = new Map<string, Omit<Span, 'toMs'>>();
  const begin = (key: string, span: Omit<Span, 'toMs' | 'fromMs'>): void =>
    void open.set(key, { ...span, fromMs: nowMs() });
  const end = (key: string): void => {
    const span = open.get(key);
    if (span !== undefined) spans.push({ ...span, toMs: nowMs() });
    open.delete(key);
  };
  const moment = (what: string, kind: Span['kind']): void =>
    void spans.push({ what, kind, lanes: [], fromMs: nowMs(), toMs: nowMs() });
  const struckNode = members.nodeOf(STRUCK);
  const practice = members.nodeOf(PRACTICE);
  const oldCopy = join(folder, 'old-copy');
  let provoked: readonly Provoked[] = [];
  let onlyOnDisk = 0;
  let healedMs = 0;
  let cutMs = 0;
  const struck: Record<string, boolean> = {};
  const steps: Readonly<Record<Event, () => Promise<void>>> = {
    'copy the disk': async () => {
      struckNode.copyDisk(oldCopy);
      moment(`copy of ${STRUCK}’s disk`, 'fault');
    },
    'kill the region': async () => {
      members.region.kill();
      begin('region', { what: 'region killed', lanes: [REGION], kind: 'outage' });
      struck['the region was killed'] = (await syncStatus(clientOf(REGION))) === undefined;
    },
    'cut the WAN': async () => {
      for (const { place } of nodes) place.cut();
      cutMs = nowMs();
      begin('wan', { what: 'WAN cut: every site on its own', lanes: 'all', kind: 'outage' });
    },
    'provoke conflicts': async () => {
      provoked = await provokeConflicts(
        charts.filter(({ alsoAt }) => alsoAt.length > 0),
        clientOf,
      );
    },
    'start the region': async () => {
      await members.region.start();
      end('region');
    },
    'destroy a disk': async () => {
      // The power first: what is acknowledged while others are looked through would be on that disk alone, and not be known to be.
      struckNode.kill();
      begin('struck', { what: `${STRUCK}’s server killed, disk destroyed`, lanes: [STRUCK], kind: 'outage' });
      await sleep(LAST_ANSWERS_MS);
      onlyOnDisk = await ledger.beforeDestruction(STRUCK, (entry) => look(clientOf(REGION), entry));
      say(
        `${String(onlyOnDisk)} acknowledged writes are on the disk of ${STRUCK} and at no other server; it is destroyed`,
      );
      rmSync(struckNode.data, { recursive: true, force: true });
    },
    'start from the old copy': async () => {
      struckNode.putDisk(oldCopy);
      await struckNode.start();
      end('struck');
      moment('serves from the old copy', 'good');
      const known = ledger.entries.filter(({ by }) => by === STRUCK).slice(-20);
      const found = await Promise.all(known.map((entry) => look(clientOf(STRUCK), entry)));
      struck['a disk was restored from an old copy'] = found.some(
        (text, n) => text?.includes(known[n]?.mark ?? '') !== true,
      );
    },
    'set a clock wrong': async () => {
      practice.kill();
      begin('practice', { what: `${PRACTICE} restarts`, lanes: [PRACTICE], kind: 'outage' });
      const tomorrow = { HOLDFAST_DRILL_CLOCK: `${String(DAY_MS)},1` };
      await practice.start(tomorrow);
      // To a clock that leapt a day, everybody's session is a day old: they sign in again.
      practice.renewToken(tomorrow);
      end('practice');
      begin('clock', { what: `${PRACTICE}’s clock a day ahead`, lanes: [PRACTICE], kind: 'fault' });
    },
    'heal the WAN': async () => {
      struck['the WAN was cut'] = await nothingCrossed(ledger, cutMs, clientOf(REGION));
      struck['a clock was wrong'] = await showsTomorrow(clientOf(PRACTICE));
      for (const { place } of nodes) place.heal();
      healedMs = nowMs();
      end('wan');
      moment('everything heals', 'good');
    },
    'end the load': async () => moment('the load ends', 'good'),
  };
  let backlog: Promise<number | undefined> = Promise.resolve(undefined);
  for (const { event, atMs } of scheduleOf(seed, totalMs)) {
    await sleep(Math.max(0, atMs - nowMs()), undefined, { signal: stopped });
    say(`${clockOf(nowMs())}  ${event}`);
    await steps[event]();
    if (event === 'heal the WAN') backlog = untilAtRegion(ledger, healedMs, nowMs, clientOf(REGION), over.signal);
  }
  over.abort();
  await Promise.all(working);
  await watching;
  end('clock');
  const loadEndedMs = nowMs();
  say(
    `${clockOf(loadEndedMs)}  the load has ended: ${String(ledger.entries.length)} acknowledged writes; until all nodes are equal …`,
  );
  const met = await untilEqual(members, handhelds, charts, clientOf, stopped);
  const convergedMs = met.differing.length === 0 && met.queued === 0 ? nowMs() - loadEndedMs : undefined;
  if (convergedMs !== undefined) moment('all nodes equal', 'good');
  const backlogMs = await backlog;

  const judgements = await judgeAll(ledger, charts, nodes, clientOf);
  const conflicts: ShownConflicts[] = [];
  for (const { name, tier } of nodes) {
    const expected = provoked.filter(({ nodes: at }) => tier === 'region' || at.includes(name));
    if (expected.length > 0) conflicts.push(await lookForConflicts(name, clientOf(name), expected));
  }
  const ownOutages = (name: string): readonly Span[] =>
    spans.filter(({ lanes, kind }) => kind === 'outage' && lanes !== 'all' && lanes.includes(name));
  const failedAtSites = tally.lanes
    .filter(({ tier }) => tier === 'site')
    .reduce((sum, lane) => sum + failedOutside(lane, ownOutages(lane.name), nowMs()), 0);
  return {
    members,
    ledger,
    tally,
    spans,
    totalMs: nowMs(),
    provoked,
    conflicts,
    judgements,
    ...met,
    struck,
    failedAtSites,
    backlogMs,
    convergedMs,
    handhelds: handhelds.length,
    onlyOnDisk,
  };
}

/** Requests that failed in a lane while its own server was up (DR7). */
export function failedOutside(lane: Tally['lanes'][number], outages: readonly Span[], untilMs: number): number {
  const edges = [
    0,
    ...outages.toSorted((a, b) => a.fromMs - b.fromMs).flatMap(({ fromMs, toMs }) => [fromMs, toMs + BUCKET_MS]),
  ];
  let failed = 0;
  for (let n = 0; n < edges.length; n += 2)
    failed += failedWithin(lane, BUCKET_MS, edges[n] ?? 0, edges[n + 1] ?? untilMs + BUCKET_MS);
  return failed;
}

async function admit(charts: readonly Chart[], clientOf: (name: string) => Client, seed: number): Promise<void> {
  await inParallel(4, charts, async (chart) => {
    const { status, text } = await clientOf(chart.home).send('POST', '/fhir', chartBundle(chart, seed));
    if (status !== 200)
      throw new Error(`a chart was refused at ${chart.home}: ${String(status)} ${text.slice(0, 300)}`);
  });
}

/** Asks again where nobody answers: a lookup that fails says nothing of the write. */
async function look(client: Client, entry: Acknowledged): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await textWithHistory(client, entry.type, entry.id, entry.mark);
    } catch (error) {
      if (tries === LOOKS) throw error;
      await sleep(1_000);
    }
  }
}

/** Not one of the last writes of the others is at the region. */
async function nothingCrossed(ledger: Ledger, sinceMs: number, region: Client): Promise<boolean> {
  const written = ledger.entries.filter(({ atMs, by }) => atMs > sinceMs && (by === CITY || by === PRACTICE));
  const texts = await Promise.all(written.slice(-10).map((entry) => look(region, entry)));
  return written.length > 0 && texts.every((text, n) => text?.includes(written.slice(-10)[n]?.mark ?? '') !== true);
}

/** What is written there now is said to have been written tomorrow. */
async function showsTomorrow(client: Client): Promise<boolean> {
  const text = '{"resourceType":"Basic","id":"drill-clock","code":{"text":"what time is it"}}';
  const answer = await client.send('PUT', '/fhir/Basic/drill-clock', text, { prefer: 'return=representation' });
  const updated = /"lastUpdated":"([^"]+)"/.exec(answer.text)?.[1];
  return updated !== undefined && Date.parse(updated) > Date.now() + DAY_MS / 2;
}

async function watchQueues(
  members: Members,
  handhelds: readonly { readonly node: string; readonly handheld: Handheld }[],
  tally: Tally,
  clientOf: (name: string) => Client,
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    for (const { name } of members.sites) {
      const status = await syncStatus(clientOf(name));
      if (status !== undefined) tally.lane({ name, tier: 'site' }).queued(status.queued);
      const own = handhelds.filter(({ node }) => node === name);
      if (own.length > 0) {
        tally
          .lane({ name: `${name}: devices`, tier: 'device' })
          .queued(own.reduce((sum, { handheld }) => sum + handheld.queued(), 0));
      }
    }
    await sleep(BUCKET_MS / 2, undefined, { signal: stopped }).catch(() => undefined);
  }
}

/** How long after healing all that had been acknowledged before it was at the region; what cannot come is left out by the ledger. */
async function untilAtRegion(
  ledger: Ledger,
  healedMs: number,
  nowMs: () => number,
  region: Client,
  stopped: AbortSignal,
): Promise<number | undefined> {
  let missing: readonly Acknowledged[] = ledger.entries.filter(({ atMs }) => atMs < healedMs);
  for (let tries = 0; tries < 240; tries += 1) {
    missing = (await ledger.judge(missing, (entry) => look(region, entry))).lost;
    if (missing.length === 0) return nowMs() - healedMs;
    await sleep(1_000, undefined, { signal: stopped }).catch(() => undefined);
  }
  return undefined;
}

async function untilEqual(
  members: Members,
  handhelds: readonly { readonly handheld: Handheld }[],
  charts: readonly Chart[],
  clientOf: (name: string) => Client,
  stopped: AbortSignal,
): Promise<{ readonly differing: readonly Difference[]; readonly queued: number }> {
  const until = performance.now() + CONVERGED_WITHIN_MS;
  for (;;) {
    let queued = handhelds.reduce((sum, { handheld }) => sum + handheld.queued(), 0);
    for (const { name } of members.sites) queued += (await syncStatus(clientOf(name)))?.queued ?? 1;
    const late = performance.now() > until;
    if (queued === 0 || late) {
      const region = await listShown(clientOf(REGION));
      const differing: Difference[] = [];
      for (const { name } of members.sites)
        differing.push(...differences(name, await listShown(clientOf(name)), region, charts));
      if (differing.length === 0 || late) return { differing, queued };
    }
    await sleep(1_000, undefined, { signal: stopped });
  }
}

/** At the region everything; at a site what is of its patients. */
async function judgeAll(
  ledger: Ledger,
  charts: readonly Chart[],
  nodes: readonly DrillNode[],
  clientOf: (name: string) => Client,
): Promise<readonly (Judgement & { readonly node: string })[]> {
  const sharedWith = new Map(charts.map(({ patient, alsoAt }) => [patient, alsoAt]));
  const judgements: (Judgement & { readonly node: string })[] = [];
  for (const { name, tier } of nodes) {
    const inScope = ledger.entries.filter(
      ({ home, patient }) => tier === 'region' || home === name || sharedWith.get(patient)?.includes(name) === true,
    );
    judgements.push({ node: name, ...(await ledger.judge(inScope, (entry) => look(clientOf(name), entry))) });
  }
  return judgements;
}

export const clockOf = (ms: number): string =>
  `${String(Math.floor(ms / 60_000))}:${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, '0')}`;
