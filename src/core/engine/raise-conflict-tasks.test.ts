import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { pureDigest } from '../base/sha256.ts';
import { carePolicies } from '../care/merge/care-policies.ts';
import { DUE_TIME_EXTENSION } from '../care/merge/find-collisions.ts';
import { patchers } from '../fhir/patch/patchers.ts';
import { memoryCollisionRows } from '../record/collision-rows.ts';
import { keyOf, revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import { accepted, unsealed } from '../record/memory-accept.ts';
import { keptOf, newMemoryRecord } from '../record/memory-record.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { EVERYTHING, type Stored } from '../record/store.ts';
import { createEngine } from './create-engine.ts';
import { followCollisions } from './follow-collisions.ts';
import { raiseConflictTasks } from './raise-conflict-tasks.ts';
import { resolveConflict } from './resolve-conflict.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const policies = carePolicies();
const clock = { at: START, now: (): number => clock.at };

/** A node with a record of its own. */
function nodeOf(name: string, waits: (home: string) => number | undefined = () => 0) {
  const record = newMemoryRecord();
  const store = createMemoryStore({ digest: pureDigest, origin: `${name}.1`, policies }, record);
  let count = 0;
  const chance = {
    bytes: (length: number) => new Uint8Array(length).fill(++count + (name.codePointAt(0) ?? 0)),
  };
  const engine = createEngine({ store, clock, chance, patch: patchers });
  const rows = memoryCollisionRows();
  const scribe = new Scribe(store, clock.now());
  const remembered = new Map();
  const fork = async (at: string, base: JsonObject | undefined, ...sides: readonly (JsonObject | undefined)[]) => {
    scribe.now = clock.now();
    const parents = base === undefined ? [] : [(await scribe.create(at, base)).versionId];
    for (const side of sides) await scribe.land(revision(at, side, { parents, expect: 'any' }));
    clock.at = Math.max(clock.at, scribe.now);
  };
  return {
    record,
    store,
    engine,
    rows,
    scribe,
    fork,
    /** `behind`: what came of late was not looked at yet. */
    raise: async (behind = false): Promise<number> => {
      if (!behind) while (await followCollisions(store, rows, clock.now()));
      return raiseConflictTasks({
        store,
        engine,
        rows,
        clock,
        digest: pureDigest,
        remembered,
        waits: async (home) => waits(home),
      });
    },
    /** Takes what `from` has, but commits for which `without` says so. */
    take: (from: { readonly record: typeof record }, without: (text: string) => boolean = () => false): void => {
      for (const commit of from.record.commits) {
        if (record.commits.some(({ origin, seq }) => origin === commit.origin && seq === commit.seq)) continue;
        if (commit.revisions.some(({ text }) => text !== undefined && without(text))) continue;
        record.commits.push({ ...commit, arrival: record.commits.length + 1 });
        for (const carried of commit.revisions) {
          const sealed = unsealed(pureDigest, carried);
          if (sealed === undefined) throw new Error('readable');
          const { type, id } = sealed.draft.key;
          const making = { digest: pureDigest, policies, extracting: {} };
          const kept = accepted(making, keptOf(record, { type, id }), sealed, clock.now());
          const ofType = record.kept.get(type) ?? new Map();
          record.kept.set(type, ofType.set(id, kept));
        }
      }
    },
    tasks: async (): Promise<readonly JsonObject[]> => (await tasksIn(store)).map(({ text }) => JSON.parse(text)),
    /** Names in conflict. */
    open: async (): Promise<readonly string[]> =>
      (await store.conflicts({ order: 'worst', count: 99 }, EVERYTHING)).conflicts.map(({ key }) => key.type),
    decide: async (name: string, text: JsonObject) => {
      const key = keyOf(name);
      const [stored] = await store.read([key], EVERYTHING);
      const whole = JSON.stringify({ resourceType: key.type, id: key.id, ...text });
      const wish = { key, ifMatch: stored?.versionId ?? '', chosen: { text: whole } };
      const done = await resolveConflict(wish, { visible: EVERYTHING }, { store, engine });
      expect(done.ok).toBe(true);
    },
  };
}
type TestNode = ReturnType<typeof nodeOf>;
async function tasksIn(store: TestNode['store']): Promise<readonly Stored[]> {
  const query = { types: ['Task'], where: [], sort: [], count: 99, total: 'none', include: [] } as const;
  const found = await store.search(query, EVERYTHING, { includes: 0, ms: 1_000 });
  if (!found.ok) throw new Error('found');
  return found.value.hits.map(({ stored }) => stored);
}
function meet(one: TestNode, other: TestNode): void {
  one.take(other);
  other.take(one);
}
const PATIENT = { reference: 'Patient/1' };
const order = (status: string, medicine = 'heparin', more: JsonObject = {}): JsonObject => ({
  status,
  intent: 'order',
  medicationCodeableConcept: { text: medicine },
  subject: PATIENT,
  ...more,
});
const dose = (due: string, status = 'completed'): JsonObject => ({
  status,
  medicationCodeableConcept: { text: 'paracetamol' },
  subject: PATIENT,
  request: { reference: 'MedicationRequest/m' },
  effectiveDateTime: due,
  extension: [{ url: DUE_TIME_EXTENSION, valueDateTime: due }],
});
const NOTE = { note: [{ text: 'rate raised' }] };

test('[CW21] [CW24] [CW25] two nodes raise, escalate and complete at once: one task, and never a conflict about it', async () => {
  const [site, region] = [nodeOf('site'), nodeOf('region')];
  await site.fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
  region.take(site);
  expect([await site.raise(), await region.raise()]).toEqual([1, 1]);
  clock.at += 5_000;
  meet(site, region);
  for (const node of [site, region]) {
    expect(await node.tasks()).toMatchObject([
      {
        status: 'requested',
        priority: 'asap',
        for: PATIENT,
        focus: { reference: 'MedicationRequest/m' },
        reasonCode: { text: 'stop disputed: call prescriber' },
      },
    ]);
    expect(await node.open()).toEqual(['MedicationRequest']);
    expect(await node.raise()).toBe(0);
  }
  clock.at += 14 * MINUTE;
  expect([await site.raise(), await region.raise()]).toEqual([0, 0]);
  clock.at += MINUTE;
  expect(await site.raise()).toBe(1);
  clock.at += 1_000;
  expect(await region.raise()).toBe(1);
  meet(site, region);
  for (const node of [site, region]) {
    expect(await node.tasks()).toMatchObject([
      { priority: 'stat', businessStatus: { text: 'escalated: not settled within 15 minutes' } },
    ]);
    expect(await node.open()).toEqual(['MedicationRequest']);
    expect(await node.raise()).toBe(0);
  }
  await site.decide('MedicationRequest/m', order('stopped'));
  meet(site, region);
  expect(await site.raise()).toBe(1);
  clock.at += 1_000;
  expect(await region.raise()).toBe(1);
  meet(site, region);
  for (const node of [site, region]) {
    expect(await node.tasks()).toMatchObject([{ status: 'completed' }]);
    expect(await node.open()).toEqual([]);
    expect(await node.raise()).toBe(0);
  }
});

test('[CW21] a node leaves to others what is not its own, and raises it where they did not', async () => {
  const site = nodeOf('site', (home) => (home === 'Patient/1' ? undefined : 0));
  const region = nodeOf('region', () => 2 * MINUTE);
  await site.fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
  region.take(site);
  expect([await site.raise(), await region.raise()]).toEqual([0, 0]);
  clock.at += 2 * MINUTE;
  expect([await site.raise(), await region.raise()]).toEqual([0, 1]);
});

test('[CW22] what was ended is not raised again; the same that arises anew is', async () => {
  const node = nodeOf('site');
  await node.fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
  const base = (await node.scribe.history('MedicationRequest/m')).versions.at(-1)?.versionId ?? '';
  await node.raise();
  const [raised] = await node.tasks();
  clock.at += 1_000;
  // A person ends it, undecided; another writes on one side.
  node.scribe.now = clock.now();
  await node.scribe.update(`Task/${String(raised?.['id'])}`, { ...raised, status: 'completed' });
  clock.at += 20 * MINUTE;
  expect(await node.raise()).toBe(0);
  const more = revision('MedicationRequest/m', order('active', 'heparin', { note: [{ text: 'asked' }] }), {
    parents: [base],
    expect: 'any',
  });
  node.scribe.now = clock.now();
  await node.scribe.land(more);
  expect(await node.raise()).toBe(0);
  await node.decide('MedicationRequest/m', order('stopped'));
  expect(await node.raise()).toBe(0);
  // A side from a device that was away, of the same beginning.
  clock.at += MINUTE;
  node.scribe.now = clock.now();
  await node.scribe.land(
    revision('MedicationRequest/m', order('on-hold', 'heparin'), { parents: [base], expect: 'any' }),
  );
  clock.at = node.scribe.now;
  expect(await node.raise()).toBe(1);
  expect((await node.tasks()).map(({ status }) => status).toSorted()).toEqual(['completed', 'requested']);
  expect(await node.raise()).toBe(0);
});

test('[CW25] a node that has not got the sides does not complete it; [CW26] who ends one while it escalates makes no conflict', async () => {
  const [site, region] = [nodeOf('site'), nodeOf('region')];
  await site.fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
  await site.raise();
  region.take(site, (text) => text.includes('rate raised'));
  clock.at += 10 * MINUTE;
  expect(await region.raise()).toBe(0);
  meet(site, region);
  const [raised] = await region.tasks();
  const id = String(raised?.['id']);
  region.scribe.now = clock.now();
  await region.scribe.update(`Task/${id}`, { ...raised, status: 'completed' });
  clock.at += 10 * MINUTE;
  expect(await site.raise()).toBe(1);
  meet(site, region);
  clock.at += MINUTE;
  for (let round = 0; round < 3; round++) {
    for (const node of [site, region]) await node.raise();
    clock.at += 1_000;
    meet(site, region);
  }
  for (const node of [site, region]) {
    expect(await node.open()).toEqual(['MedicationRequest']);
    expect(await node.raise()).toBe(0);
  }
});

test('[CW21] [CW23] what collides has a task for each patient, that says nothing of the other, and ends with it', async () => {
  const node = nodeOf('site');
  node.scribe.now = clock.now();
  for (const id of ['1', '2'])
    await node.scribe.create(`Patient/${id}`, { identifier: [{ system: 'urn:mrn', value: 'Z-7' }] });
  expect(await node.raise()).toBe(2);
  const raised = await node.tasks();
  for (const task of raised) {
    const own = (task['for'] as JsonObject)['reference'];
    expect(task).toMatchObject({ focus: { reference: own }, priority: 'urgent', status: 'requested' });
    expect(JSON.stringify(task)).not.toContain(own === 'Patient/1' ? 'Patient/2' : 'Patient/1');
    expect(JSON.stringify(task)).not.toContain('Z-7');
  }
  clock.at += 30 * MINUTE;
  expect(await node.raise()).toBe(2);
  node.scribe.now = clock.now();
  await node.scribe.update('Patient/2', {});
  expect(await node.raise()).toBe(2);
  expect((await node.tasks()).map(({ status }) => status)).toEqual(['completed', 'completed']);
  expect(await node.raise()).toBe(0);
});

test('[CW21] [CW22] two doses that met: both nodes raise one task; what a person ended stays ended', async () => {
  const [site, ward] = [nodeOf('site'), nodeOf('ward')];
  for (const node of [site, ward]) node.scribe.now = clock.now();
  await site.scribe.create('MedicationAdministration/a', dose('2026-01-01T08:00:00Z'));
  await ward.scribe.create('MedicationAdministration/b', dose('2026-01-01T08:00:00Z'));
  meet(site, ward);
  expect([await site.raise(), await ward.raise()]).toEqual([1, 1]);
  meet(site, ward);
  const [task, ...more] = await site.tasks();
  expect(more).toEqual([]);
  expect(task).toMatchObject({ priority: 'urgent', focus: { reference: 'MedicationAdministration/a' } });
  clock.at += 1_000;
  site.scribe.now = clock.now();
  await site.scribe.update(`Task/${String(task?.['id'])}`, { ...task, status: 'completed' });
  meet(site, ward);
  clock.at += 60 * MINUTE;
  expect([await site.raise(), await ward.raise()]).toEqual([0, 0]);
  expect([await site.open(), await ward.open()]).toEqual([[], []]);
});

test('[CW21] [CW25] a node that is behind in looking for what collides raises conflicts, and completes nothing that it has not looked at', async () => {
  const [site, ward] = [nodeOf('site'), nodeOf('ward')];
  for (const node of [site, ward]) node.scribe.now = clock.now();
  await site.scribe.create('MedicationAdministration/a', dose('2026-01-01T08:00:00Z'));
  await ward.scribe.create('MedicationAdministration/b', dose('2026-01-01T08:00:00Z'));
  clock.at = ward.scribe.now;
  ward.take(site);
  expect(await ward.raise()).toBe(1);
  clock.at += 5 * MINUTE;
  site.take(ward);
  expect(await site.raise(true)).toBe(0);
  await site.fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
  expect(await site.raise(true)).toBe(1);
  expect((await site.tasks()).map(({ status }) => status)).toEqual(['requested', 'requested']);
  expect(await site.raise()).toBe(0);
});

test('[CW21] [CW26] whatever two nodes do, and whenever they meet: an open S1 has one open task, nothing else a conflict, and it comes to rest', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  for (let run = 0; run < 12; run++) {
    const nodes = [nodeOf('site'), nodeOf('region')] as const;
    await nodes[0].fork('MedicationRequest/m', order('active'), order('stopped'), order('active', 'heparin', NOTE));
    const base = (await nodes[0].scribe.history('MedicationRequest/m')).versions.at(-1)?.versionId ?? '';
    meet(...nodes);
    for (let step = 0; step < 14; step++) {
      const node = nodes[random(2)] ?? nodes[0];
      clock.at += random(10) * MINUTE + 1_000;
      node.scribe.now = clock.now();
      const act = random(7);
      if (act <= 2) await node.raise();
      else if (act === 3) meet(...nodes);
      else if (act === 4 && (await node.open()).includes('MedicationRequest')) {
        await node.decide('MedicationRequest/m', order('stopped', 'heparin', { note: [{ text: `decided ${step}` }] }));
      } else if (act === 5) {
        const late = order('active', 'heparin', { note: [{ text: `late ${step}` }] });
        await node.scribe.land(revision('MedicationRequest/m', late, { parents: [base], expect: 'any' }));
      } else if (act === 6) {
        // Somebody takes it up.
        const task = (await node.tasks()).find(({ status }) => status === 'requested');
        const taken = { ...task, status: 'accepted', owner: { reference: `Practitioner/${step}` } };
        if (task !== undefined) await node.scribe.update(`Task/${String(task['id'])}`, taken);
      }
      clock.at = Math.max(clock.at, node.scribe.now);
    }
    for (let round = 0; round < 6; round++) {
      meet(...nodes);
      clock.at += 5 * MINUTE;
      for (const node of nodes) await node.raise();
    }
    for (const node of nodes) {
      const said = `seed ${seed} run ${run}`;
      const open = await node.open();
      expect([await node.raise(), open.filter((type) => type === 'Task')], said).toEqual([0, []]);
      const isOpen = (await node.tasks()).filter(({ status }) => status !== 'completed').length;
      expect(isOpen, said).toBe(open.includes('MedicationRequest') ? 1 : 0);
    }
  }
});
