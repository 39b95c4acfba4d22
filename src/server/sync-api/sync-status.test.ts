// What a node says of its links, over memory stores and a clock that the test moves.
import { fastify } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import { LINK_RULES } from '../../core/sync/link-rules.ts';
import { session } from '../../core/sync/session.ts';
import { pureDigest } from '../../core/base/sha256.ts';
import { ok } from '../../core/base/result.ts';
import { driveMachine } from '../../core/sync/drive-session.ts';
import { bedNode, enrolled, transportOf, write, type BedNode } from './link-bed.test-kit.ts';
import { writeLinkState } from './link-state.ts';
import type { ParentRecord } from './link-types.ts';
import { registerSyncStatus } from './register-sync-status.ts';
import { statusText } from './status-text.ts';
import { openSyncMetrics } from './sync-metrics.ts';
import { ALARM_MS, durabilityOf, summaryOf, syncStatus, type StatusDeps } from './sync-status.ts';

const open: BedNode[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
const bed = async (): Promise<{ region: BedNode; site: BedNode; parent: ParentRecord }> => {
  const region = bedNode('region', 'region');
  const site = bedNode('site', 'site');
  open.push(region, site);
  await region.listen();
  return { region, site, parent: await enrolled(region, site) };
};
const NOTHING = { commits: 0, byReason: {}, unread: 0, notKept: 0 };
const depsOf = (node: BedNode, parent: ParentRecord | undefined, more: Partial<StatusDeps> = {}): StatusDeps => ({
  store: node.store,
  rows: node.rows,
  clock: node.clock,
  register: node.register,
  sightings: node.sightings,
  parent: () => parent,
  wantsParent: parent !== undefined,
  node: node.node,
  name: `Name of ${node.node}`,
  tier: node.tier === 'region' ? 'region' : 'site',
  version: '1',
  incarnation: 'i',
  age: async () => undefined,
  quarantine: async () => NOTHING,
  conflicts: async () => ({ S1: { open: 0 }, S2: { open: 0 } }),
  freeBytes: async () => undefined,
  ...more,
});
const STATE = {
  parent: 'region',
  phase: 'idle',
  queue: 0,
  sessions: 1,
  rebuilds: 0,
  handed: 0,
  rescued: 0,
  bytesUp: 0,
  bytesDown: 0,
} as const;

test('[NL31] a commit is on this disk until the parent says that it has it, and in the backup when the marks say so', async () => {
  const { region, site, parent } = await bed();
  const { origin, seq } = await write(site, 'Basic', 'a');
  const deps = depsOf(site, parent);
  const classNow = () => durabilityOf(deps, origin, seq);
  expect(await classNow()).toBe('D1');
  expect((await syncStatus(deps)).carried).toEqual({ D1: 1 });
  const way = transportOf(site, parent);
  const talk = async (): Promise<void> => {
    const machine = session({
      digest: pureDigest,
      now: 1,
      rules: LINK_RULES,
      hasChildren: true,
      page: 100,
      peer: 'region',
    });
    const done = await driveMachine(machine, site.store, async (request) => {
      const said = await way.exchange(request);
      return said.ok ? ok(said.value.reply) : said;
    });
    expect(done.ok && done.value.end).toBe('done');
  };
  await talk();
  expect(await classNow()).toBe('D2');
  expect((await syncStatus(deps)).carried).toEqual({ D2: 1 });
  await region.store.learn([[origin, seq]], []);
  await talk();
  expect(await classNow()).toBe('D3');
  expect(await durabilityOf(deps, origin, seq + 1)).toBeUndefined();
  expect(await durabilityOf(deps, 'nobody.1', 1)).toBeUndefined();
  expect(await durabilityOf(depsOf(region, undefined), origin, seq)).toBe('D3');
  way.reset();
});

test('[NL32] [NL34] each trouble is named with what to do, and only what people must act upon is urgent', async () => {
  const { region, site, parent } = await bed();
  const deps = depsOf(site, parent);
  const now = site.clock.now();
  const kinds = async (of: StatusDeps): Promise<Record<string, boolean>> =>
    Object.fromEntries((await syncStatus(of)).attention.map(({ kind, urgent }) => [kind, urgent]));
  const state = (more: object): Promise<void> =>
    writeLinkState(site.rows, { ...STATE, since: now, contactAt: now, successAt: now, ...more }, now);
  await state({});
  expect(await kinds(deps)).toEqual({});
  const trouble = (kind: string) => ({ trouble: { kind, text: 'what to do', since: now } });
  await state(trouble('unreachable'));
  expect(await kinds(deps)).toEqual({ 'link-down': false });
  await state({ ...trouble('unreachable'), successAt: now - ALARM_MS - 1, unsentSince: now - ALARM_MS - 1, queue: 3 });
  expect(await kinds(deps)).toEqual({ 'link-down': true, unsent: true });
  await state(trouble('retired'));
  expect(await kinds(deps)).toEqual({ refused: true });
  await state(trouble('disk'));
  expect(await kinds(deps)).toEqual({ disk: true });
  await state({ skewMs: 5 * 60_000 });
  expect(await kinds(deps)).toEqual({ clock: false });
  await state({ skewMs: -86_400_000 });
  expect(await kinds(deps)).toEqual({ clock: true });
  await state({});
  expect(await kinds(depsOf(site, undefined, { wantsParent: true }))).toEqual({ 'not-enrolled': true });
  expect(await kinds(depsOf(site, parent, { freeBytes: async () => 1 }))).toEqual({ disk: true });
  const aside = { ...NOTHING, commits: 2, byReason: { 'false-hash': 2 } };
  expect(await kinds(depsOf(site, parent, { quarantine: async () => aside }))).toEqual({ quarantine: true });
  const harm = async () => ({ S1: { open: 1, oldestAt: now }, S2: { open: 0 } });
  expect(await kinds(depsOf(site, parent, { conflicts: harm }))).toEqual({ conflicts: false });
  region.clock.at += ALARM_MS + 1;
  expect(await kinds(depsOf(region, undefined))).toEqual({ 'child-silent': false });
  const first = transportOf(site, parent, 'first');
  const second = transportOf(site, parent, 'second');
  for (const way of [first, second, first]) {
    region.clock.at += 10_000;
    await way.exchange({ kind: 'offer', names: [] });
  }
  expect(await kinds(depsOf(region, undefined))).toEqual({ clone: true });
  const { attention } = await syncStatus(depsOf(region, undefined));
  expect(attention[0]?.text).toContain('holdfast node rekey');
  for (const one of attention) expect(one.see).toMatch(/^docs\/operations\.md#[a-z-]+$/);
  first.reset();
  second.reset();
});

test('[NL32] names of nodes are for IT and the incident lead; everybody else hears how it stands', async () => {
  const { region, site, parent } = await bed();
  const now = site.clock.now();
  await writeLinkState(
    site.rows,
    { ...STATE, since: now, trouble: { kind: 'unreachable', text: `${parent.name} is away`, since: now } },
    now,
  );
  const app = fastify();
  registerSyncStatus(app, {
    status: () => syncStatus(depsOf(site, parent)),
    store: site.store,
    tier: 'site',
    maySeeDetails: async (request) => request.headers.authorization === 'it',
  });
  const all = await app.inject({ url: '/sync/status', headers: { authorization: 'it' } });
  expect(all.json()).toMatchObject({ parent: { node: 'region', url: region.url } });
  const some = await app.inject('/sync/status');
  expect(some.body).not.toContain('region"');
  expect(some.body).not.toContain(region.url);
  expect(some.json()).toMatchObject({ tier: 'site', attention: [{ kind: 'link-down' }] });
  const { origin } = await write(site, 'Basic', 'a');
  expect((await app.inject(`/sync/status?commit=${origin}:1`)).json()).toMatchObject({ commit: { durability: 'D1' } });
  expect((await app.inject('/sync/status?commit=what')).statusCode).toBe(400);
  await app.close();
});

test('[NL33] neither status nor its text nor metrics hold anything of a patient', async () => {
  const { site, parent } = await bed();
  await write(site, 'Patient', 'p-4711', 'secret-language');
  const now = site.clock.now();
  await writeLinkState(
    site.rows,
    { ...STATE, since: now, contactAt: now, successAt: now, skewMs: 3_000, queue: 1 },
    now,
  );
  const status = await syncStatus(depsOf(site, parent));
  const registry = new Registry();
  const metrics = openSyncMetrics(registry, async () => status);
  metrics.exchanged({ kind: 'push', status: 200, seconds: 0.1, bytes: 100 });
  const figures = await registry.metrics();
  expect(figures).toContain('holdfast_sync_parent_reachable 1');
  expect(figures).toContain('holdfast_sync_clock_skew_seconds 3');
  expect(figures).toContain('holdfast_sync_carried_commits{durability="D1"} 1');
  const said = [JSON.stringify(status), JSON.stringify(summaryOf(status)), statusText(status), figures].join('\n');
  expect(said).toContain('Name of site');
  for (const word of ['4711', 'secret-language', 'pat/', 'Patient']) expect(said).not.toContain(word);
  expect(figures).not.toContain('site');
});

test('[DV16] commits that a device did not sign as it should are told by who brought them, and nothing is refused for it', async () => {
  const { region } = await bed();
  const value = JSON.stringify({ peer: 'dev-x', count: 3, origin: 'dev-x.1', seq: 4, why: 'not-signed', at: 1 });
  await region.rows.put('UnprovedCommit', 'dev-x', value, { expiresAt: region.clock.now() + 60_000 });
  const { attention } = await syncStatus(depsOf(region, undefined));
  expect(attention).toMatchObject([
    { kind: 'unproved', urgent: false, text: expect.stringContaining('dev-x') as string },
  ]);
});

test('[SC24] patients of the house whose record is not all here are counted for whoever must act, and in the figures', async () => {
  const age = { patients: 40, incomplete: 3, level: 'alert' } as const;
  const { site, parent } = await bed();
  const status = await syncStatus(depsOf(site, parent, { age: async () => age }));
  expect(status.attention).toContainEqual({
    kind: 'records-missing',
    urgent: true,
    text: expect.stringContaining('3 of 40 patients') as string,
    summary: 'some records are not all here',
    see: 'docs/operations.md#records-are-not-all-here',
  });
  const whole = { patients: 40, incomplete: 0, maxMs: 5_000, p99Ms: 4_000, level: 'fine' } as const;
  const after = await syncStatus(depsOf(site, parent, { age: async () => whole }));
  expect(after.attention.map(({ kind }) => kind)).not.toContain('records-missing');
  const registry = new Registry();
  openSyncMetrics(registry, async () => after);
  const said = await registry.metrics();
  expect(said).toContain('holdfast_data_age_seconds{quantile="0.99"} 4');
  expect(said).toContain('holdfast_data_incomplete_patients 0');
});
