// What stores tell of conflicts: which are open, in order, by visibility, and what each side of one says.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import { conflictFigures, type ConflictQuery } from '../conflicts.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import { EVERYTHING, type Visibility } from '../store.ts';
import type { Policies } from '../view.ts';
import { keyOf, nameOf, revision, Scribe, T0 } from './scribe.test-kit.ts';

/** Conditions are S2; of everything else any difference is S1. */
const POLICIES: Policies = new Map([
  ['Condition', ([lead]) => ({ displayed: lead?.hash ?? '', deleted: false, conflict: true, severity: 'S2' as const })],
]);

async function fork(scribe: Scribe, name: string, contents: readonly (JsonObject | undefined)[]): Promise<void> {
  const base = await scribe.create(name, { ...contents[0], language: 'en' });
  for (const content of contents) {
    await scribe.land(revision(name, content, { parents: [base.versionId], expect: 'any' }));
  }
}
const of = (patient: string, more: JsonObject = {}): JsonObject => ({ subject: { reference: patient }, ...more });

export function conflictsContract(open: OpenStore): void {
  const listed = async (scribe: Scribe, query: Partial<ConflictQuery>, visible: Visibility = EVERYTHING) => {
    const names: string[] = [];
    let after: string | undefined;
    let total: number;
    do {
      const asked: ConflictQuery = { order: 'worst', count: 100, ...query, ...(after === undefined ? {} : { after }) };
      const page = await scribe.store.conflicts(asked, visible);
      names.push(...page.conflicts.map(({ key, severity }) => `${nameOf(key)} ${severity}`));
      after = page.next;
      total = page.total;
    } while (after !== undefined);
    expect(total).toBe(names.length);
    return names;
  };

  test('[CW1] open conflicts come worst or newest first, page by page, by type, patient and severity, and go when they are settled', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    for (const id of ['a', 'b']) await scribe.create(`Patient/${id}`, { active: true });
    await fork(scribe, 'Condition/1', [of('Patient/a'), of('Patient/a', { language: 'fr' })]);
    await fork(scribe, 'Observation/1', [of('Patient/a'), of('Patient/a', { language: 'fr' })]);
    await fork(scribe, 'Condition/2', [of('Patient/b'), of('Patient/b', { language: 'fr' })]);
    await fork(scribe, 'Observation/2', [of('Patient/b'), undefined]);
    await fork(scribe, 'Observation/3', [of('Patient/b'), of('Patient/b')]);
    const all = ['Observation/1 S1', 'Observation/2 S1', 'Condition/1 S2', 'Condition/2 S2'];
    for (const count of [100, 1, 3]) {
      expect(await listed(scribe, { count })).toEqual(all);
      expect(await listed(scribe, { count, order: 'newest' })).toEqual([all[1], all[3], all[0], all[2]]);
      expect(await listed(scribe, { count, homes: ['Patient/a'] })).toEqual([all[0], all[2]]);
      expect(await listed(scribe, { count, types: ['Condition', 'Flag'] })).toEqual([all[2], all[3]]);
      expect(await listed(scribe, { count, severity: 'S1' })).toEqual([all[0], all[1]]);
      expect(await listed(scribe, { count, severity: 'S2', homes: ['Patient/b', 'Patient/c'] })).toEqual([all[3]]);
    }
    const hiding: Visibility = { see: 'some', rules: [{ compartments: ['Patient/b'] }] };
    expect(await listed(scribe, {}, hiding)).toEqual([all[1], all[3]]);
    expect(await listed(scribe, {}, { see: 'some', rules: [] })).toEqual([]);
    const figures = await conflictFigures(store);
    expect([figures.S1.open, figures.S2.open]).toEqual([2, 2]);
    const [worst] = (await store.conflicts({ order: 'worst', count: 1 }, EVERYTHING)).conflicts;
    expect(worst?.since).toBe(figures.S1.oldestAt);
    expect(worst).toMatchObject({
      home: 'Patient/a',
      severity: 'S1',
      versionId: (await scribe.get('Observation/1'))?.versionId,
    });

    await store.reindex();
    expect(await listed(scribe, {})).toEqual(all);
    const heads = (await scribe.get('Observation/1'))?.heads ?? [];
    await scribe.land(revision('Observation/1', of('Patient/a'), { parents: heads, kind: 'resolve' }));
    expect(await listed(scribe, {})).toEqual(all.slice(1));
    await scribe.remove('Observation/2');
    await scribe.remove('Condition/1');
    await scribe.remove('Condition/2');
    expect(await conflictFigures(store)).toEqual({ S1: { open: 0 }, S2: { open: 0 } });
  });

  test('[CW1] a conflict is as old as the fork, however often a side is written on', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const name = 'Observation/1';
    const base = await scribe.create(name, { language: 'en' });
    for (const language of ['fr', 'de']) {
      await scribe.land(revision(name, { language }, { parents: [base.versionId], expect: 'any' }));
    }
    const forkedAt = scribe.now;
    const heads = (await scribe.get(name))?.heads ?? [];
    await scribe.land(revision(name, { language: 'it' }, { parents: heads.slice(0, 1), expect: 'any' }));
    const page = await store.conflicts({ order: 'worst', count: 5 }, EVERYTHING);
    expect(page.conflicts.map(({ since }) => since)).toEqual([forkedAt]);
    expect((await store.siblings(keyOf(name), EVERYTHING))?.since).toBe(forkedAt);
  });

  test('[CW2] the sides tell who wrote them, when by which clock, and by which commit they came; ancestors come with them', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const name = 'Observation/1';
    const base = await scribe.create(name, { language: 'en' });
    const parents = [base.versionId];
    const author = { practitioner: 'Practitioner/1', device: 'Device/ward-4' };
    const left = {
      ...revision(name, { language: 'fr' }, { parents, expect: 'any' }),
      author,
      zoneMin: 60,
      authoredAt: T0 + 7,
    };
    await scribe.land(left);
    const leftAt = scribe.now;
    await scribe.land(revision(name, undefined, { parents, expect: 'any' }));
    const found = await store.siblings(keyOf(name), EVERYTHING);
    expect(found?.hidden).toBe(0);
    expect(found?.heads.map(({ hash }) => hash)).toEqual([...(found?.stored.heads ?? [])].sort());
    const side = found?.heads.find(({ text }) => text !== undefined);
    expect(side).toMatchObject({
      text: left.body?.text,
      kind: 'put',
      parents,
      by: author,
      author: 'Practitioner/1',
      receivedAt: leftAt,
      seq: 2,
      authored: { wallMs: T0 + 7, zoneMin: 60 },
    });
    expect(side?.origin).toMatch(/^.+\..+$/);
    expect(found?.heads.find(({ text }) => text === undefined)?.kind).toBe('tombstone');
    expect(found?.ancestors.map(({ hash, text }) => [hash, text?.includes('"en"')])).toEqual([[base.versionId, true]]);
    // Of one head, it is that head; of nothing, nothing.
    await scribe.create('Observation/2', {});
    expect((await store.siblings(keyOf('Observation/2'), EVERYTHING))?.heads.length).toBe(1);
    expect(await store.siblings(keyOf('Observation/3'), EVERYTHING)).toBeUndefined();
  });

  test('[CW2] a side that the reader may not see is not told, only that there is one; of what is hidden nothing is told', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    await fork(scribe, 'Observation/1', [of('Patient/a'), of('Patient/b'), of('Patient/b', { language: 'fr' })]);
    const shown = await scribe.get('Observation/1');
    const visible: Visibility = { see: 'some', rules: [{ compartments: ['Patient/b'] }] };
    expect(shown?.home).toBe('Patient/b');
    const found = await store.siblings(keyOf('Observation/1'), visible);
    expect([found?.hidden, found?.heads.length, found?.ancestors.length]).toEqual([1, 2, 0]);
    expect(JSON.stringify(found?.heads)).not.toContain('Patient/a');
    const other: Visibility = { see: 'some', rules: [{ compartments: ['Patient/a'] }] };
    expect(await store.siblings(keyOf('Observation/1'), other)).toBeUndefined();
  });
}
