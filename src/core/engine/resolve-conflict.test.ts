import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { pureDigest } from '../base/sha256.ts';
import { carePolicies } from '../care/merge/care-policies.ts';
import { POLICY_VERSION } from '../care/merge/policies.ts';
import { keyOf, revision } from '../record/contract/scribe.test-kit.ts';
import { decodeRevision } from '../record/envelope.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { EVERYTHING, type Visibility } from '../record/store.ts';
import type { Actor } from './engine.ts';
import { ANYONE, overMemory, type OverMemory } from './over-memory.test-kit.ts';
import { KEPT_APART_EXTENSION, resolveConflict, type Resolution } from './resolve-conflict.ts';

const dose = (status: string, value: string, more: string = ''): string =>
  `{"resourceType":"MedicationAdministration","id":"1","status":"${status}","medicationCodeableConcept":{"text":"morphine"},` +
  `"subject":{"reference":"Patient/1"},"effectiveDateTime":"2024-06-01T08:00:00Z"${more},"dosage":{"dose":{"value":${value},"unit":"mg"}}}`;
const flag = (status: string): string =>
  `{"resourceType":"Flag","id":"1","status":"${status}","code":{"text":"falls"},"subject":{"reference":"Patient/1"}}`;

interface Forked extends OverMemory {
  resolve(chosen: Resolution['chosen'], actor?: Actor): ReturnType<typeof resolveConflict>;
}
/** `name` with one side for each of `sides`, over `base`; undefined deletes. Without a base each side is a root. */
async function forked(name: string, base: string | undefined, sides: readonly (string | undefined)[]): Promise<Forked> {
  const store = createMemoryStore({ digest: pureDigest, origin: 'test.1', policies: carePolicies() });
  const over = overMemory({ store });
  let receivedAt = 1;
  const land = async (text: string | undefined, parents: readonly string[]): Promise<void> => {
    const draft = { ...revision(name, text, { parents, expect: 'any' }), authoredAt: ++receivedAt };
    const landed = await store.append({ revisions: [draft], receivedAt });
    if (!landed.ok) throw new Error('a sibling lands');
  };
  if (base !== undefined) await land(base, []);
  const parents = (await over.get(name))?.heads ?? [];
  for (const side of sides) await land(side, parents);
  return {
    ...over,
    resolve: async (chosen, actor = ANYONE) => {
      const ifMatch = (await over.get(name))?.versionId ?? '';
      return resolveConflict({ key: keyOf(name), ifMatch, chosen }, actor, over);
    },
  };
}
const bodiesOf = async ({ store }: OverMemory): Promise<readonly JsonObject[]> => {
  const query = {
    types: ['MedicationAdministration'],
    where: [],
    sort: [],
    count: 9,
    total: 'none',
    include: [],
  } as const;
  const found = await store.search(query, EVERYTHING, { includes: 0, ms: 1000 });
  if (!found.ok) throw new Error('found');
  return found.value.hits.map(({ stored }) => JSON.parse(stored.text) as JsonObject);
};

test('[CW7] a decision descends from all sides, of kind resolve, with the version of the policies, and closes the conflict', async () => {
  const over = await forked('Flag/1', flag('active'), [
    flag('active').replace('falls', 'falls, hip'),
    flag('inactive'),
  ]);
  const shown = await over.get('Flag/1');
  expect(shown).toMatchObject({ conflict: true, severity: 'S2' });
  const done = await over.resolve({ text: flag('active') });
  expect(done.ok && done.value.outcome.did).toBe('updated');
  const now = await over.get('Flag/1');
  expect([now?.conflict, now?.heads.length, now?.text]).toEqual([false, 1, flag('active')]);
  const [newest] = (await over.store.history({ type: 'Flag', id: '1', count: 1 }, EVERYTHING)).versions;
  expect([newest?.kind, newest?.parents]).toEqual(['resolve', [...(shown?.heads ?? [])].sort()]);
  const feed = await over.store.feed(0, 100);
  const header = decodeRevision(feed.at(-1)?.revisions[0]?.header ?? '');
  expect(header.ok && header.value.policy).toBe(POLICY_VERSION);
});

test('[CW7] a side is kept as it was written; to keep the side that deleted is a deletion', async () => {
  const sides = [flag('active').replace('falls', 'falls, hip'), undefined];
  const kept = await forked('Flag/1', flag('active'), sides);
  const heads = (await kept.store.siblings(keyOf('Flag/1'), EVERYTHING))?.heads ?? [];
  const live = heads.find(({ text }) => text !== undefined)?.hash ?? '';
  expect((await kept.resolve({ keep: live })).ok).toBe(true);
  expect((await kept.get('Flag/1'))?.text).toBe(sides[0]);

  const gone = await forked('Flag/1', flag('active'), sides);
  const tombstone = heads.find(({ text }) => text === undefined)?.hash ?? '';
  const done = await gone.resolve({ keep: tombstone });
  expect(done.ok && done.value.outcome.did).toBe('deleted');
  expect((await gone.get('Flag/1'))?.deleted).toBe(true);
});

test('[CW6] another version, a side that is none, what is not in conflict and what is not there are refused', async () => {
  const over = await forked('Flag/1', flag('active'), [flag('active').replace('falls', 'hip'), flag('inactive')]);
  const asked = { key: keyOf('Flag/1'), ifMatch: 'older', chosen: { text: flag('active') } };
  const stale = await resolveConflict(asked, ANYONE, over);
  expect(!stale.ok && stale.error.kind).toBe('stale');
  const none = await over.resolve({ keep: 'none' });
  expect(!none.ok && none.error).toMatchObject({ kind: 'invalid', faults: [{ rule: 'no-such-side' }] });
  await over.resolve({ text: flag('active') });
  const closed = await over.resolve({ text: flag('active') });
  expect(!closed.ok && closed.error).toMatchObject({ kind: 'invalid', faults: [{ rule: 'not-in-conflict' }] });
  const absent = await resolveConflict({ ...asked, key: keyOf('Flag/2') }, ANYONE, over);
  expect(!absent.ok && absent.error.kind).toBe('not-found');
});

test('[CW6] who does not see every side decides nothing, and rights to update hold', async () => {
  const of = (patient: string, status: string): string => flag(status).replace('Patient/1', `Patient/${patient}`);
  const over = await forked('Flag/1', flag('active'), [of('2', 'active'), flag('active').replace('falls', 'hip')]);
  const home = (await over.get('Flag/1'))?.home ?? '';
  const visible: Visibility = { see: 'some', rules: [{ compartments: [home] }] };
  const partly = await over.resolve({ text: flag('active') }, { visible });
  expect(!partly.ok && partly.error.kind).toBe('forbidden');
  const nothing: Visibility = { see: 'some', rules: [] };
  const may = { create: EVERYTHING, update: nothing, delete: nothing, putCreates: true, judge: () => undefined };
  const refused = await over.resolve({ text: flag('active') }, { visible: EVERYTHING, may });
  expect(!refused.ok && refused.error.kind).toBe('forbidden');
  expect((await over.get('Flag/1'))?.conflict).toBe(true);
});

test('[CW8] [MG23] two who gave under one id gave two doses: both stay, each as a resource of its own, to the digit', async () => {
  const name = 'MedicationAdministration/1';
  for (const base of [undefined, dose('in-progress', '0').replace('in-progress', 'not-done')]) {
    const over = await forked(name, base, [dose('completed', '2.50'), dose('completed', '5.0')]);
    const [first] = (await over.store.siblings(keyOf(name), EVERYTHING))?.heads ?? [];
    const done = await over.resolve({ keep: first?.hash ?? '' });
    expect(done.ok && done.value.apart.length).toBe(1);
    const bodies = await bodiesOf(over);
    expect(bodies.map(({ status }) => status)).toEqual(['completed', 'completed']);
    const apart = await over.get(done.ok ? `MedicationAdministration/${done.value.apart[0]?.id}` : '');
    expect((await over.get(name))?.text).toBe(first?.text);
    expect(apart?.text).toMatch(first?.text?.includes('2.50') === true ? /"value":5\.0,/ : /"value":2\.50,/);
    expect(apart?.text).toContain(KEPT_APART_EXTENSION);
    // In the same commit.
    expect((await over.store.feed(0, 100)).at(-1)?.revisions.length).toBe(2);
  }
});

test('[CW8] a new text stands for the dose that leads; corrections of one dose are one; what takes both away is refused', async () => {
  const name = 'MedicationAdministration/1';
  const fresh = await forked(name, undefined, [dose('completed', '2.50'), dose('completed', '5.0')]);
  expect((await fresh.resolve({ text: dose('completed', '2.5', ',"note":[{"text":"checked"}]') })).ok).toBe(true);
  expect((await bodiesOf(fresh)).length).toBe(2);

  for (const status of ['entered-in-error', 'not-done']) {
    const taking = await forked(name, undefined, [dose('completed', '2.50'), dose('in-progress', '5.0')]);
    const refused = await taking.resolve({ text: dose(status, '2.50') });
    expect(!refused.ok && refused.error).toMatchObject({ kind: 'invalid', faults: [{ rule: 'two-given-doses' }] });
    expect((await taking.get(name))?.conflict).toBe(true);
  }
  const corrected = await forked(name, dose('completed', '5'), [dose('completed', '2.50'), dose('completed', '5.0')]);
  const done = await corrected.resolve({ text: dose('completed', '2.50') });
  expect(done.ok && done.value.apart).toEqual([]);
  expect((await bodiesOf(corrected)).length).toBe(1);
  // Of a dose that one side gave and one did not, one was given.
  const half = await forked(name, dose('not-done', '5'), [dose('completed', '2.50'), dose('not-done', '5.0')]);
  expect((await half.resolve({ text: dose('completed', '2.50') })).ok).toBe(true);
  expect((await bodiesOf(half)).length).toBe(1);
});

test('[CW8] a change that only claims to resolve does not decide about doses', async () => {
  const name = 'MedicationAdministration/1';
  const over = await forked(name, undefined, [dose('completed', '2.50'), dose('completed', '5.0')]);
  const ifMatch = (await over.get(name))?.versionId ?? '';
  const aimed = { type: 'MedicationAdministration', id: '1', ifMatch, resolves: true } as const;
  expect((await over.refused({ kind: 'update', ...aimed, text: dose('completed', '2.50') })).kind).toBe('invalid');
  expect((await over.refused({ kind: 'delete', ...aimed })).kind).toBe('invalid');
});

test('[CW7] two who decide differently, apart, are a conflict again, and an update without the mark leaves the other sides', async () => {
  const over = await forked('Flag/1', flag('active'), [flag('active').replace('falls', 'hip'), flag('inactive')]);
  const shown = await over.get('Flag/1');
  const at = async (code: string): Promise<void> => {
    const text = flag('active').replace('falls', code);
    const draft = { ...revision('Flag/1', text, { parents: shown?.heads ?? [], kind: 'resolve', expect: 'any' }) };
    await over.store.append({ revisions: [draft], receivedAt: 99 });
  };
  await at('one');
  expect((await over.get('Flag/1'))?.conflict).toBe(false);
  await at('other');
  const again = await over.get('Flag/1');
  expect([again?.conflict, again?.heads.length]).toEqual([true, 2]);
  await over.do({ kind: 'update', type: 'Flag', id: '1', text: flag('active').replace('falls', 'third') });
  const after = await over.get('Flag/1');
  expect([after?.conflict, after?.heads.length]).toEqual([true, 2]);
  expect(after?.heads.filter((head) => again?.heads.includes(head)).length).toBe(1);
});
