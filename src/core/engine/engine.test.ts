import { expect, test } from 'vitest';
import { authorBody, renderStored } from '../record/body.ts';
import { parseJson } from '../base/json.ts';
import { revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING, type RecordStore, type Visibility } from '../record/store.ts';
import type { Actor } from './engine.ts';
import { ANYONE, criteria, jsonOf, mrn, named, NOW, overMemory, patient } from './over-memory.test-kit.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const jsonPatch = (...operations: object[]) => ({ form: 'json-patch', text: JSON.stringify(operations) }) as const;

test('[EN1] what is not valid is refused with every fault, and nothing of it is stored', async () => {
  const over = overMemory();
  const wrong = [
    patient({ gender: 'mail', birthDate: 'yesterday' }),
    '{"resourceType":"Patient",',
    '{"resourceType":"Patient","active":true,"active":false}',
    '{"resourceType":"Observation","status":"final","code":{"text":"x"}}',
    '[]',
    'null',
    '',
    '{"resourceType":"Patient","meta":[]}',
    '{"resourceType":"Patient","multipleBirthInteger":1.0}',
    '{"resourceType":"Patient","id":7}',
  ];
  for (const text of wrong) {
    const refusal = await over.refused({ kind: 'create', type: 'Patient', text });
    expect(refusal.kind, text).toBe('invalid');
    if (refusal.kind === 'invalid') expect(refusal.faults.some((fault) => fault.severity === 'error')).toBe(true);
  }
  const both = await over.refused({ kind: 'create', type: 'Patient', text: wrong[0] ?? '' });
  expect(both.kind === 'invalid' && both.faults.map((fault) => fault.path)).toEqual(
    expect.arrayContaining(['Patient.gender', 'Patient.birthDate']),
  );
  expect(await over.store.feed(0, 10)).toEqual([]);
});

test('[EN1] warnings go along with the outcome', async () => {
  const warning = {
    severity: 'warning',
    type: 'informational',
    path: 'Patient',
    rule: 'w',
    message: 'm',
    spec: 's',
  } as const;
  const over = overMemory({ validate: () => [warning] });
  expect((await over.do({ kind: 'create', type: 'Patient', text: patient() })).warnings).toEqual([warning]);
});

test('[EN2] changes given together land in one commit, or none does and the refusal says which', async () => {
  const over = overMemory();
  const good = { kind: 'create', type: 'Patient', text: patient() } as const;
  const bad = { kind: 'create', type: 'Patient', text: patient({ gender: 'x' }) } as const;
  const missing = { kind: 'patch', type: 'Patient', id: 'none', patch: jsonPatch() } as const;
  const one = await over.engine.change([good, bad], ANYONE);
  expect(one.ok ? undefined : [one.error.index, one.error.refusal.kind]).toEqual([1, 'invalid']);
  const two = await over.engine.change([good, good, missing], ANYONE);
  expect(two.ok ? undefined : [two.error.index, two.error.refusal.kind]).toEqual([2, 'not-found']);
  expect(await over.store.feed(0, 10)).toEqual([]);
  const all = await over.engine.change(
    [good, good, { kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') }],
    ANYONE,
  );
  expect(all.ok && all.value.map((outcome) => outcome.did)).toEqual(['created', 'created', 'created']);
  const feed = await over.store.feed(0, 10);
  expect(feed.map((commit) => commit.revisions.length)).toEqual([3]);
});

test('[EN2] the same resource twice, or the same criteria twice, is refused', async () => {
  const over = overMemory();
  const put = { kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') } as const;
  const create = { kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') } as const;
  for (const pair of [
    [put, put],
    [put, { kind: 'delete', type: 'Patient', id: 'p' } as const],
    [create, create],
  ]) {
    const refused = await over.engine.change(pair, ANYONE);
    expect(refused.ok ? undefined : [refused.error.index, refused.error.refusal.kind]).toEqual([1, 'invalid']);
  }
  expect(await over.store.feed(0, 10)).toEqual([]);
});

test('[EN3] of many updates at once without ifMatch, each lands on the one before', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'first') });
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      over.engine.change([{ kind: 'update', type: 'Patient', id: 'p', text: named('p', `n${n}`) }], ANYONE),
    ),
  );
  expect(done.every((each) => each.ok)).toBe(true);
  const { versions } = await over.store.history({ type: 'Patient', id: 'p', count: 50 }, EVERYTHING);
  expect(versions).toHaveLength(21);
  versions.forEach((version, i) =>
    expect(version.parents).toEqual(versions[i + 1] ? [versions[i + 1]?.versionId] : []),
  );
  expect((await over.get('Patient/p'))?.heads).toHaveLength(1);
});

test('[EN4] with ifMatch a change lands only on that version', async () => {
  const over = overMemory();
  const first = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'a') });
  const second = await over.do({
    kind: 'update',
    type: 'Patient',
    id: 'p',
    text: named('p', 'b'),
    ifMatch: first.versionId,
  });
  expect(second.did).toBe('updated');
  const stale = { kind: 'stale', key: { type: 'Patient', id: 'p' }, have: second.versionId, sent: first.versionId };
  const aimed = { type: 'Patient', id: 'p', ifMatch: first.versionId } as const;
  expect(await over.refused({ kind: 'update', ...aimed, text: named('p', 'c') })).toEqual(stale);
  expect(await over.refused({ kind: 'delete', ...aimed })).toEqual(stale);
  expect(await over.refused({ kind: 'patch', ...aimed, patch: jsonPatch() })).toEqual(stale);
  const none = await over.refused({ kind: 'update', type: 'Patient', id: 'q', text: named('q', 'c'), ifMatch: 'x' });
  expect(none).toMatchObject({ kind: 'stale', have: '', sent: 'x' });
  expect(jsonOf(await over.get('Patient/p'))).toMatchObject({ name: [{ family: 'b' }] });
});

test('[EN4] of many with one ifMatch at once, one lands and the others are stale', async () => {
  const over = overMemory();
  const { versionId: ifMatch } = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'a') });
  const done = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      over.engine.change([{ kind: 'update', type: 'Patient', id: 'p', text: named('p', `n${n}`), ifMatch }], ANYONE),
    ),
  );
  expect(done.filter((each) => each.ok)).toHaveLength(1);
  expect(done.flatMap((each) => (each.ok ? [] : [each.error.refusal.kind]))).toEqual(Array(9).fill('stale'));
});

test('[EN5] a create gets a new UUIDv7 whatever the text says, or the id that was given', async () => {
  const over = overMemory();
  const made = await over.do({ kind: 'create', type: 'Patient', text: named('mine', 'A') });
  expect(made.key.id).toMatch(UUID_V7);
  expect(made.did).toBe('created');
  expect(jsonOf(made.stored)['id']).toBe(made.key.id);
  expect(await over.get('Patient/mine')).toBeUndefined();
  const given = await over.do({ kind: 'create', type: 'Patient', text: patient(), id: 'given' });
  expect(given.key.id).toBe('given');
  const taken = await over.refused({ kind: 'create', type: 'Patient', text: patient(), id: 'given' });
  expect(taken).toMatchObject({ kind: 'stale', have: given.versionId });
});

test('[EN5] an update creates under its own id, which its text must carry', async () => {
  const over = overMemory();
  const put = (id: string, text: string) => ({ kind: 'update', type: 'Patient', id, text }) as const;
  expect((await over.do(put('p', named('p', 'A')))).did).toBe('created');
  expect((await over.do(put('p', named('p', 'B')))).did).toBe('updated');
  expect((await over.refused(put('q', named('p', 'A')))).kind).toBe('invalid');
  expect((await over.refused(put('q', patient()))).kind).toBe('invalid');
  expect((await over.refused(put('no/id', named('p', 'A')))).kind).toBe('invalid');
  const gone = await over.do({ kind: 'delete', type: 'Patient', id: 'p' });
  const back = await over.do(put('p', named('p', 'B')));
  expect(back.did).toBe('created');
  const [version] = (await over.store.history({ type: 'Patient', id: 'p', count: 1 }, EVERYTHING)).versions;
  expect(version?.parents).toEqual([gone.versionId]);
});

test('[EN6] what is kept is the text that was given, to the byte', async () => {
  const over = overMemory();
  const text =
    '{ "resourceType":"Observation",\n "id":"o", "meta":{"versionId":"9","tag":[{"code":"x"}],"lastUpdated":"2020-01-01T00:00:00Z"},"status":"final", "code":{"text":"\\u00e9 é"},\t"valueQuantity":{"value":1.00} }';
  const put = await over.do({ kind: 'update', type: 'Observation', id: 'o', text });
  const kept =
    '{ "resourceType":"Observation",\n "id":"o", "meta":{"tag":[{"code":"x"}]},"status":"final", "code":{"text":"\\u00e9 é"},\t"valueQuantity":{"value":1.00} }';
  expect(put.stored?.text).toBe(kept);
  expect(await over.get('Observation/o')).toEqual(put.stored);
});

test('[EN7] an update that changes no byte makes no revision', async () => {
  const over = overMemory();
  const first = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') });
  const again = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') });
  expect(again).toEqual({ ...first, did: 'nothing', commit: undefined });
  if (first.stored === undefined) throw new Error('not stored');
  const asRead = await over.do({
    kind: 'update',
    type: 'Patient',
    id: 'p',
    text: renderStored(first.stored),
    ifMatch: first.versionId,
  });
  expect(asRead.did).toBe('nothing');
  const stale = await over.refused({
    kind: 'update',
    type: 'Patient',
    id: 'p',
    text: named('p', 'A'),
    ifMatch: 'other',
  });
  expect(stale.kind).toBe('stale');
  const space = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A').replace(',', ', ') });
  expect(space.did).toBe('updated');
  expect((await over.store.feed(0, 10)).length).toBe(2);
});

/** Patient/p with two heads that differ. */
async function forked(store: RecordStore): Promise<void> {
  const scribe = new Scribe(store, NOW - 10_000);
  const base = await scribe.create('Patient/p', { gender: 'other' });
  for (const gender of ['male', 'female']) {
    await scribe.land(revision('Patient/p', { gender }, { parents: [base.versionId], expect: 'any' }));
  }
}

test('[EN8] in a conflict, an update and a delete descend from the displayed head, and the conflict stays', async () => {
  const over = overMemory();
  await forked(over.store);
  const before = await over.get('Patient/p');
  expect(before).toMatchObject({ conflict: true });
  const text = patient({ id: 'p', gender: 'unknown' });
  const put = await over.do({ kind: 'update', type: 'Patient', id: 'p', text, ifMatch: before?.versionId ?? '' });
  const after = await over.get('Patient/p');
  expect(after).toMatchObject({ conflict: true, versionId: put.versionId });
  expect(put.stored).toEqual(after);
  expect(jsonOf(after)['gender']).toBe('unknown');
  const other = before?.heads.find((head) => head !== before.displayed);
  expect(after?.heads).toContain(other);
  // A delete takes the displayed head alone: the other, which nobody saw, comes to light.
  const gone = await over.do({ kind: 'delete', type: 'Patient', id: 'p' });
  expect(gone.did).toBe('deleted');
  expect(await over.get('Patient/p')).toMatchObject({ deleted: false, conflict: true, displayed: other });
});

test('[EN8] marked as a resolution it needs ifMatch, and descends from all heads', async () => {
  const over = overMemory();
  await forked(over.store);
  const text = patient({ id: 'p', gender: 'female' });
  const update = { kind: 'update', type: 'Patient', id: 'p', text, resolves: true } as const;
  expect((await over.refused(update)).kind).toBe('invalid');
  expect((await over.refused({ ...update, ifMatch: 'old' })).kind).toBe('stale');
  const before = await over.get('Patient/p');
  const done = await over.do({ ...update, ifMatch: before?.versionId ?? '' });
  expect(done.stored).toMatchObject({ conflict: false });
  const [version] = (await over.store.history({ type: 'Patient', id: 'p', count: 1 }, EVERYTHING)).versions;
  expect([version?.kind, [...(version?.parents ?? [])].sort()]).toEqual(['resolve', before?.heads]);
});

test('[EN8] heads that are alike are no conflict and are all descended from', async () => {
  const over = overMemory();
  const scribe = new Scribe(over.store, NOW - 10_000);
  const base = await scribe.create('Patient/p', { gender: 'other' });
  for (let n = 0; n < 2; n++) {
    await scribe.land(revision('Patient/p', { gender: 'male' }, { parents: [base.versionId], expect: 'any' }));
  }
  const same = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: patient({ id: 'p', gender: 'male' }) });
  expect(same.did).toBe('nothing');
  const done = await over.do({
    kind: 'update',
    type: 'Patient',
    id: 'p',
    text: patient({ id: 'p', gender: 'female' }),
  });
  expect(done.stored?.heads).toEqual([done.versionId]);
  expect(await over.get('Patient/p')).toEqual(done.stored);
});

test('[EN9] a patch keeps decimals, sees the text as read, and its result is validated', async () => {
  const over = overMemory();
  const text =
    '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.00}}';
  const { versionId } = await over.do({ kind: 'update', type: 'Observation', id: 'o', text });
  const aimed = { kind: 'patch', type: 'Observation', id: 'o' } as const;
  const done = await over.do({
    ...aimed,
    patch: jsonPatch(
      { op: 'test', path: '/meta/versionId', value: versionId },
      { op: 'replace', path: '/status', value: 'amended' },
    ),
  });
  expect(done.did).toBe('updated');
  expect(done.stored?.text).toContain('"value":1.00');
  expect(done.stored?.text).not.toContain('versionId');
  expect(jsonOf(await over.get('Observation/o'))['status']).toBe('amended');
  for (const operation of [
    { op: 'replace', path: '/status', value: 'nonsense' },
    { op: 'replace', path: '/id', value: 'other' },
    { op: 'remove', path: '/id' },
    { op: 'replace', path: '/resourceType', value: 'Patient' },
    { op: 'test', path: '/status', value: 'final' },
    { op: 'remove', path: '/nothing' },
  ]) {
    expect((await over.refused({ ...aimed, patch: jsonPatch(operation) })).kind, JSON.stringify(operation)).toBe(
      'invalid',
    );
  }
  expect((await over.get('Observation/o'))?.versionId).toBe(done.versionId);
  await over.do({ kind: 'delete', type: 'Observation', id: 'o' });
  expect((await over.refused({ ...aimed, patch: jsonPatch() })).kind).toBe('deleted');
  expect((await over.refused({ ...aimed, id: 'none', patch: jsonPatch() })).kind).toBe('not-found');
});

test('[EN9] a FHIRPath patch works alike', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: patient({ id: 'p', gender: 'male' }) });
  const part = (name: string, value: object) => ({ name, ...value });
  const text = JSON.stringify({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          part('type', { valueCode: 'replace' }),
          part('path', { valueString: 'Patient.gender' }),
          part('value', { valueCode: 'female' }),
        ],
      },
    ],
  });
  const done = await over.do({ kind: 'patch', type: 'Patient', id: 'p', patch: { form: 'fhirpath-patch', text } });
  expect(jsonOf(done.stored)['gender']).toBe('female');
});

test('[EN10] a delete is a tombstone; again, or of what never was, it is nothing', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') });
  const remove = { kind: 'delete', type: 'Patient', id: 'p' } as const;
  const gone = await over.do(remove);
  expect(gone).toMatchObject({ did: 'deleted', warnings: [] });
  expect(gone.stored).toBeUndefined();
  expect(await over.get('Patient/p')).toMatchObject({ deleted: true, versionId: gone.versionId });
  expect(await over.do(remove)).toEqual({ ...gone, did: 'nothing', commit: undefined });
  expect(await over.do({ ...remove, id: 'none' })).toMatchObject({ did: 'nothing', versionId: '' });
  expect(await over.store.feed(0, 10)).toHaveLength(2);
});

test('[EN11] a conditional create makes one, answers the one it finds, and refuses several', async () => {
  const over = overMemory();
  const create = { kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') } as const;
  const made = await over.do(create);
  expect(made.did).toBe('created');
  expect(await over.do(create)).toEqual({ ...made, did: 'nothing', commit: undefined });
  await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  expect(await over.refused(create)).toMatchObject({ kind: 'many-matches', type: 'Patient', count: 2 });
  expect(await over.store.feed(0, 10)).toHaveLength(2);
});

test('[EN12] a conditional update changes the one it finds, creates where there is none, refuses several', async () => {
  const over = overMemory();
  const where = criteria('1');
  const put = (text: string) => ({ kind: 'update', type: 'Patient', where, text }) as const;
  const made = await over.do(put(mrn('1')));
  expect([made.did, UUID_V7.test(made.key.id)]).toEqual(['created', true]);
  const updated = await over.do(put(mrn('1', { active: true })));
  expect([updated.did, updated.key]).toEqual(['updated', made.key]);
  expect((await over.do(put(mrn('1', { active: false, id: made.key.id })))).key).toEqual(made.key);
  expect((await over.refused(put(mrn('1', { id: 'another' })))).kind).toBe('invalid');
  const own = await over.do({ kind: 'update', type: 'Patient', where: criteria('2'), text: mrn('2', { id: 'own' }) });
  expect([own.did, own.key.id]).toEqual(['created', 'own']);
  const taken = await over.refused({
    kind: 'update',
    type: 'Patient',
    where: criteria('3'),
    text: mrn('3', { id: 'own' }),
  });
  expect(taken.kind).toBe('invalid');
  await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  expect((await over.refused(put(mrn('1')))).kind).toBe('many-matches');
});

test('[EN12] a conditional patch needs one; a conditional delete takes one, or many when told', async () => {
  const over = overMemory();
  const where = criteria('1');
  const patch = {
    kind: 'patch',
    type: 'Patient',
    where,
    patch: jsonPatch({ op: 'add', path: '/active', value: true }),
  } as const;
  const remove = { kind: 'delete', type: 'Patient', where } as const;
  expect(await over.refused(patch)).toEqual({ kind: 'not-found', key: { type: 'Patient', id: '' } });
  expect(await over.do(remove)).toMatchObject({ did: 'nothing', versionId: '' });
  const made = await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  expect((await over.do(patch)).key).toEqual(made.key);
  expect(await over.do(remove)).toMatchObject({ did: 'deleted', key: made.key });
  for (let n = 0; n < 3; n++) await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  expect((await over.refused(patch)).kind).toBe('many-matches');
  expect((await over.refused(remove)).kind).toBe('many-matches');
  const all = await over.do({ ...remove, many: true });
  expect([all.did, all.also?.length]).toEqual(['deleted', 2]);
  expect(await over.do({ ...remove, many: true })).toMatchObject({ did: 'nothing' });
});

test('[EN13] of twenty conditional creates at once one makes the resource, and all answer with it', async () => {
  const over = overMemory();
  const create = { kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') } as const;
  const done = await Promise.all(Array.from({ length: 20 }, () => over.do(create)));
  expect(done.filter((each) => each.did === 'created')).toHaveLength(1);
  expect(new Set(done.map((each) => each.key.id)).size).toBe(1);
  const updates = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      over.do({
        kind: 'update',
        type: 'Patient',
        where: criteria('2'),
        text: mrn('2', { name: [{ family: `n${n}` }] }),
      }),
    ),
  );
  expect(new Set(updates.map((each) => each.key.id)).size).toBe(1);
  expect(updates.filter((each) => each.did === 'created')).toHaveLength(1);
});

test('[EN14] what the actor cannot see is not matched, not patched, not deleted, and cannot be overwritten', async () => {
  const over = overMemory();
  const secret = { meta: { security: [{ system: 's', code: 'R' }] } };
  const kept = await over.do({ kind: 'update', type: 'Patient', id: 'p', text: mrn('1', { id: 'p', ...secret }) });
  const visible: Visibility = { see: 'some', rules: [{ withoutSecurity: ['s|R'] }] };
  const blind: Actor = { visible };
  const put = { kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') } as const;
  expect(await over.refused(put, blind)).toEqual({ kind: 'not-found', key: kept.key });
  expect((await over.refused({ kind: 'patch', type: 'Patient', id: 'p', patch: jsonPatch() }, blind)).kind).toBe(
    'not-found',
  );
  expect((await over.do({ kind: 'delete', type: 'Patient', id: 'p' }, blind)).did).toBe('nothing');
  expect((await over.do({ kind: 'delete', type: 'Patient', where: criteria('1') }, blind)).did).toBe('nothing');
  const made = await over.do({ kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') }, blind);
  expect(made.did).toBe('created');
  expect((await over.get('Patient/p'))?.versionId).toBe(kept.versionId);
});

test('[EN15] a text or a commit above the limit is too large', async () => {
  const over = overMemory({ bytesMax: 200 });
  const long = patient({ name: [{ family: 'é'.repeat(100) }] });
  expect(await over.refused({ kind: 'create', type: 'Patient', text: long })).toMatchObject({
    kind: 'too-large',
    limit: 200,
  });
  expect(
    (await over.do({ kind: 'create', type: 'Patient', text: patient({ name: [{ family: 'e'.repeat(100) }] }) })).did,
  ).toBe('created');
  const wide = overMemory();
  const big = patient({ name: [{ family: 'x'.repeat(950_000) }, { family: 'y'.repeat(950_000) }] });
  const changes = Array.from({ length: 3 }, () => ({ kind: 'create', type: 'Patient', text: big }) as const);
  const refused = await wide.engine.change(changes, ANYONE);
  expect(refused.ok ? undefined : refused.error.refusal.kind).toBe('too-large');
  expect(await wide.store.feed(0, 10)).toEqual([]);
});

test('[EN16] whoever is always outrun is told so in the end, and nothing was stored', async () => {
  const inner = overMemory();
  let attempts = 0;
  const always: RecordStore = Object.assign(Object.create(inner.store) as RecordStore, {
    append: async () => {
      attempts++;
      return { ok: false, error: { kind: 'criteria-changed', guard: 0 } };
    },
  });
  const over = overMemory({ store: always });
  expect((await over.refused({ kind: 'create', type: 'Patient', text: patient() })).kind).toBe('contended');
  expect(attempts).toBe(40);
  expect(await inner.store.feed(0, 1)).toEqual([]);
});

test('[EN17] a revision carries the actor as its author, and the clock of the engine', async () => {
  const over = overMemory();
  const author = { practitioner: 'Practitioner/1' };
  const made = await over.do(
    { kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') },
    { author, visible: EVERYTHING },
  );
  expect(made.lastUpdatedAt).toBe(NOW);
  const [version] = (await over.store.history({ count: 1 }, EVERYTHING)).versions;
  expect(version?.author).toEqual(author);
  const [commit] = await over.store.feed(0, 1);
  expect(commit?.revisions[0]?.header).toContain(`"Practitioner/1"`);
  expect(commit?.revisions[0]?.header).toContain(`[${NOW},"`);
});

test('[EN6] what an outcome says is stored is what is stored', async () => {
  const over = overMemory();
  for (const text of [named('p', 'A'), named('p', 'B'), ' {"resourceType":"Patient","id":"p"}']) {
    const { stored } = await over.do({ kind: 'update', type: 'Patient', id: 'p', text });
    expect(stored).toEqual(await over.get('Patient/p'));
    const parsed = parseJson(text);
    expect(parsed.ok && authorBody(text, parsed.value, 'p').splice).toBe(stored?.splice);
  }
});

test('[EN15] a text made to be slow is judged as fast as any other', async () => {
  const over = overMemory();
  const digits = '1'.repeat(900_000);
  for (const family of [
    `:${digits}`,
    `,-${digits}.${digits.slice(0, 9)}`,
    `[${' '.repeat(900_000)}`,
    '\\"'.repeat(300_000),
    ':1.'.repeat(300_000),
  ]) {
    const done = await over.engine.change(
      [{ kind: 'create', type: 'Patient', text: patient({ name: [{ family }] }) }],
      ANYONE,
    );
    expect(done.ok || done.error.refusal.kind === 'invalid').toBe(true);
  }
});
