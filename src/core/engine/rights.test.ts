import { expect, test } from 'vitest';
import type { Criterion } from '../fhir/search/query.ts';
import { revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING, type RecordStore, type Visibility } from '../record/store.ts';
import type { Actor, Change, WriteRights } from './engine.ts';
import { criteria, jsonOf, mrn, named, NOW, overMemory, patient } from './over-memory.test-kit.ts';
import { runTransaction } from './transaction.ts';

const NOBODY: Visibility = { see: 'some', rules: [] };
const label = (code: string): object => ({ meta: { security: [{ system: 's', code }] } });
const without = (...codes: string[]): Visibility => ({
  see: 'some',
  rules: [{ withoutSecurity: codes.map((code) => `s|${code}`) }],
});
const inside = (...homes: string[]): Visibility => ({ see: 'some', rules: [{ compartments: homes }] });
const rights = (more: Partial<WriteRights> = {}): WriteRights => ({
  create: EVERYTHING,
  update: EVERYTHING,
  delete: EVERYTHING,
  putCreates: true,
  judge: () => undefined,
  ...more,
});
const actor = (more: Partial<WriteRights>, visible: Visibility = EVERYTHING): Actor => ({ visible, may: rights(more) });
const jsonPatch = (...operations: object[]) => ({ form: 'json-patch', text: JSON.stringify(operations) }) as const;
const put = (id: string, family: string): Change => ({ kind: 'update', type: 'Patient', id, text: named(id, family) });
const observation = (id: string, subject: string): string =>
  JSON.stringify({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    subject: { reference: subject },
  });

test('[EN27] what is seen but not within the right is forbidden, with why, and nothing is stored', async () => {
  const over = overMemory();
  await over.do(put('p', 'A'));
  const before = (await over.store.feed(0, 100)).length;
  const cases: readonly (readonly [Change, Partial<WriteRights>])[] = [
    [{ kind: 'create', type: 'Patient', text: patient() }, { create: NOBODY }],
    [put('new', 'N'), { create: NOBODY }],
    [put('p', 'B'), { update: NOBODY }],
    [put('p', 'A'), { update: NOBODY }],
    [
      { kind: 'patch', type: 'Patient', id: 'p', patch: jsonPatch({ op: 'add', path: '/active', value: true }) },
      { update: NOBODY },
    ],
    [{ kind: 'delete', type: 'Patient', id: 'p' }, { delete: NOBODY }],
  ];
  for (const [change, may] of cases) {
    const refusal = await over.refused(change, actor(may));
    expect([change.kind, refusal.kind]).toEqual([change.kind, 'forbidden']);
    expect(refusal.kind === 'forbidden' && refusal.why).toMatch(/^None of your roles may/);
  }
  expect(await over.store.feed(0, 100)).toHaveLength(before);
  // Each right is its own.
  expect((await over.do(put('p', 'B'), actor({ create: NOBODY, delete: NOBODY }))).did).toBe('updated');
  expect(
    (await over.do({ kind: 'delete', type: 'Patient', id: 'p' }, actor({ create: NOBODY, update: NOBODY }))).did,
  ).toBe('deleted');
  // What was deleted comes back by the right to create.
  expect((await over.refused(put('p', 'C'), actor({ create: NOBODY }))).kind).toBe('forbidden');
  expect((await over.do(put('p', 'C'), actor({ update: NOBODY, delete: NOBODY }))).did).toBe('created');
});

test('[EN27] an update is judged as it is and as it will be', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Observation', id: 'o', text: observation('o', 'Patient/a') });
  const move: Change = { kind: 'update', type: 'Observation', id: 'o', text: observation('o', 'Patient/b') };
  expect((await over.refused(move, actor({ update: inside('Patient/a') }))).kind).toBe('forbidden');
  expect((await over.refused(move, actor({ update: inside('Patient/b') }))).kind).toBe('forbidden');
  expect((await over.do(move, actor({ update: inside('Patient/a', 'Patient/b') }))).did).toBe('updated');
  const patched = jsonPatch({ op: 'replace', path: '/subject/reference', value: 'Patient/c' });
  const patch: Change = { kind: 'patch', type: 'Observation', id: 'o', patch: patched };
  expect((await over.refused(patch, actor({ update: inside('Patient/a', 'Patient/b') }))).kind).toBe('forbidden');
  // Also where the right is the very set that is seen, which the resource as it is need not be asked about.
  const seen = inside('Patient/a', 'Patient/b');
  expect((await over.refused(patch, actor({ update: seen }, seen))).kind).toBe('forbidden');
});

test('[EN27] the label of any head of a conflict counts', async () => {
  const over = overMemory();
  const first = await over.do(put('p', 'A'));
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: patient({ id: 'p', name: [{ family: 'B' }] }) });
  const labelled = patient({ id: 'p', ...label('R'), gender: 'male', name: [{ family: 'C' }] });
  const sibling = revision('Patient/p', labelled, { parents: [first.versionId], expect: 'any' });
  await new Scribe(over.store, NOW - 10_000).land(sibling);
  const stored = await over.get('Patient/p');
  expect(stored?.heads).toHaveLength(2);
  expect((await over.refused(put('p', 'D'), actor({ update: without('R') }))).kind).toBe('forbidden');
  expect((await over.do(put('p', 'D'), actor({ update: without('S') }))).did).toBe('updated');
});

test('[EN27] conditional changes are judged alike, each of the several that a delete takes too', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'a', text: mrn('1', { id: 'a' }) });
  await over.do({ kind: 'update', type: 'Patient', id: 'b', text: mrn('1', { id: 'b', ...label('R') }) });
  await over.do({ kind: 'update', type: 'Patient', id: 'c', text: mrn('2', { id: 'c', ...label('R') }) });
  const many: Change = { kind: 'delete', type: 'Patient', where: criteria('1'), many: true };
  expect(await over.refused(many, actor({ delete: without('R') }))).toMatchObject({
    kind: 'forbidden',
    key: { id: 'b' },
  });
  expect((await over.get('Patient/a'))?.deleted).toBe(false);
  const put2: Change = { kind: 'update', type: 'Patient', where: criteria('2'), text: mrn('2') };
  expect((await over.refused(put2, actor({ update: without('R') }))).kind).toBe('forbidden');
  const create: Change = { kind: 'create', type: 'Patient', text: mrn('3'), unless: criteria('3') };
  expect((await over.refused(create, actor({ create: NOBODY }))).kind).toBe('forbidden');
  // What a conditional create finds is seen, and nothing is written.
  const found: Change = { kind: 'create', type: 'Patient', text: mrn('2'), unless: criteria('2') };
  expect((await over.do(found, actor({ create: NOBODY, update: NOBODY }))).did).toBe('nothing');
});

test('[EN27] one write of a transaction that is forbidden takes all of it along, and says which', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'b', text: patient({ id: 'b', ...label('R') }) });
  const before = (await over.store.feed(0, 100)).length;
  const entries = [
    { change: { kind: 'create', type: 'Patient', text: patient() } },
    { change: { kind: 'update', type: 'Patient', id: 'b', text: named('b', 'X') } },
  ] as const;
  const done = await runTransaction(over.deps, entries, actor({ update: without('R') }));
  expect(done.ok ? undefined : [done.error.index, done.error.refusal.kind]).toEqual([1, 'forbidden']);
  expect(await over.store.feed(0, 100)).toHaveLength(before);
});

test('[EN27] the writes of a commit are asked about at once, and only of who has rights', async () => {
  const asked: number[] = [];
  const counting = (store: RecordStore): RecordStore =>
    Object.assign(Object.create(store), {
      wouldSee: (...given: Parameters<RecordStore['wouldSee']>) => {
        asked.push(given[0].length);
        return store.wouldSee(...given);
      },
    });
  const over = overMemory({ store: counting(overMemory().store) });
  await over.engine.change([put('p', 'A'), put('q', 'B')], { visible: EVERYTHING });
  expect(asked).toEqual([]);
  const open = without('R');
  const all = await over.engine.change(
    [put('p', 'C'), put('q', 'D'), put('r', 'E')],
    actor({ update: open, create: open }),
  );
  expect(all.ok).toBe(true);
  expect(asked).toEqual([1, 4]);
});

test('[EN28] where nothing is seen, an update under a chosen id is not found, whatever is there', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'hidden', text: mrn('1', { id: 'hidden', ...label('R') }) });
  await over.do({ kind: 'update', type: 'Patient', id: 'gone', text: mrn('2', { id: 'gone', ...label('R') }) });
  await over.do({ kind: 'delete', type: 'Patient', id: 'gone' });
  const seen = without('R');
  const weak = actor({ putCreates: false }, seen);
  const strong = actor({}, seen);
  const by = (id: string): readonly Change[] => [
    put(id, 'X'),
    { kind: 'update', type: 'Patient', id, text: named(id, 'X'), ifMatch: '*' },
    { kind: 'update', type: 'Patient', id, text: named(id, 'X'), ifNoneMatch: 'any' },
    { kind: 'update', type: 'Patient', where: criteria('9'), text: mrn('9', { id }) },
    { kind: 'patch', type: 'Patient', id, patch: jsonPatch() },
    { kind: 'patch', type: 'Patient', where: criteria('1'), patch: jsonPatch() },
    { kind: 'delete', type: 'Patient', id },
    { kind: 'delete', type: 'Patient', id, ifMatch: '*' },
    { kind: 'delete', type: 'Patient', where: criteria('1') },
  ];
  const answers = async (id: string, who: Actor): Promise<readonly string[]> => {
    const said: string[] = [];
    for (const change of by(id)) {
      const done = await over.engine.change([change], who);
      said.push(done.ok ? (done.value[0]?.did ?? '') : done.error.refusal.kind);
    }
    return said;
  };
  const absent = await answers('absent', weak);
  expect(absent).toEqual([
    'not-found',
    'stale',
    'not-found',
    'not-found',
    'not-found',
    'not-found',
    'nothing',
    'stale',
    'nothing',
  ]);
  expect(await answers('hidden', weak)).toEqual(absent);
  expect(await answers('gone', weak)).toEqual(absent);
  expect(jsonOf(await over.get('Patient/hidden'))['id']).toBe('hidden');
  // Criteria that find nothing to be seen make a new resource, under an id that nobody chose.
  const fresh: Change = { kind: 'update', type: 'Patient', where: criteria('1'), text: mrn('1') };
  expect((await over.do(fresh, weak)).did).toBe('created');
  expect((await over.do(put('mine', 'X'), strong)).did).toBe('created');
  expect((await over.refused(put('hidden', 'X'), strong)).kind).toBe('not-found');
});

test('[EN29] the judge sees before and after of what is within its right, and its text is the reason', async () => {
  const over = overMemory();
  await over.do(put('p', 'A'));
  const asked: (readonly [string, boolean, boolean])[] = [];
  const judge: WriteRights['judge'] = ({ key, before, after }) => {
    asked.push([key.id, before !== undefined, after !== undefined]);
    return after?.['active'] === false ? 'Patients are not made inactive.' : undefined;
  };
  await over.do(put('p', 'B'), actor({ judge }));
  await over.do({ kind: 'delete', type: 'Patient', id: 'p' }, actor({ judge }));
  await over.do(put('q', 'B'), actor({ judge }));
  expect(asked).toEqual([
    ['p', true, true],
    ['p', true, false],
    ['q', false, true],
  ]);
  const off = jsonPatch({ op: 'add', path: '/active', value: false });
  expect(await over.refused({ kind: 'patch', type: 'Patient', id: 'q', patch: off }, actor({ judge }))).toEqual({
    kind: 'forbidden',
    key: { type: 'Patient', id: 'q' },
    why: 'Patients are not made inactive.',
  });
  asked.length = 0;
  const outside = { type: 'Patient', id: 'q' };
  await over.refused({ kind: 'delete', ...outside }, actor({ judge, delete: NOBODY }));
  expect(asked).toEqual([]);
});

const criterion: Criterion = { kind: 'id', ids: ['a'] };
test('[EN27] conditions that a right puts on the resource itself hold for what it is about to be', async () => {
  const over = overMemory();
  const only: Visibility = { see: 'some', rules: [{ matching: [{ types: ['Patient'], where: [criterion] }] }] };
  expect((await over.do(put('a', 'A'), actor({ create: only }))).did).toBe('created');
  expect((await over.refused(put('b', 'A'), actor({ create: only }))).kind).toBe('forbidden');
});
