// Writes that are refused for what is there, or for what was sent.
import { expect, test } from 'vitest';
import { named, overMemory, patient } from './over-memory.test-kit.ts';

test('[EN25] with ifNoneMatch a change lands only where that is not what is there', async () => {
  const over = overMemory();
  const put = { kind: 'update', type: 'Patient', id: 'p' } as const;
  const first = await over.do({ ...put, text: named('p', 'a'), ifNoneMatch: 'any' });
  expect(first.did).toBe('created');
  expect(await over.refused({ ...put, text: named('p', 'b'), ifNoneMatch: 'any' })).toMatchObject({
    kind: 'stale',
    have: first.versionId,
  });
  expect(await over.refused({ ...put, text: named('p', 'b'), ifNoneMatch: [first.versionId] })).toMatchObject({
    kind: 'stale',
  });
  expect((await over.do({ ...put, text: named('p', 'b'), ifNoneMatch: ['x'] })).did).toBe('updated');
  await over.do({ kind: 'delete', type: 'Patient', id: 'p' });
  expect((await over.do({ ...put, text: named('p', 'c'), ifNoneMatch: 'any' })).did).toBe('created');
});

test('[EN26] a part of a resource is not stored as the whole', async () => {
  const over = overMemory();
  const text = patient({ meta: { tag: [{ code: 'other' }, { code: 'SUBSETTED' }] } });
  const refusal = await over.refused({ kind: 'create', type: 'Patient', text });
  expect(refusal.kind === 'invalid' && refusal.faults.map(({ path, type }) => [path, type])).toEqual([
    ['Patient.meta.tag', 'business-rule'],
  ]);
  expect(
    (await over.do({ kind: 'create', type: 'Patient', text: patient({ meta: { tag: [{ code: 'other' }] } }) })).did,
  ).toBe('created');
});

test('[EN4] with ifMatch * a change lands on whatever is there', async () => {
  const over = overMemory();
  const any = { type: 'Patient', ifMatch: '*' } as const;
  expect(await over.refused({ kind: 'update', ...any, id: 'p', text: named('p', 'a') })).toMatchObject({ sent: '*' });
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'a') });
  expect((await over.do({ kind: 'update', ...any, id: 'p', text: named('p', 'b') })).did).toBe('updated');
  await over.do({ kind: 'delete', ...any, id: 'p' });
  expect(await over.refused({ kind: 'update', ...any, id: 'p', text: named('p', 'a') })).toMatchObject({
    kind: 'stale',
  });
});
