import { expect, test } from 'vitest';
import { EVERYTHING, type Visibility } from '../record/store.ts';
import { ANYONE, NOW, overMemory } from './over-memory.test-kit.ts';
import { marCustody, takeMarCustody, type CustodyWish } from './mar-custody.ts';

const HERE = { on: 'site', site: 'KIS' } as const;
const TABLET = { on: 'device', device: 'Device/tablet' } as const;
const stay = (id: string, status = 'in-progress'): string =>
  `{"resourceType":"Encounter","id":"${id}","status":"${status}","class":{"code":"IMP"},"subject":{"reference":"Patient/1"}}`;

async function ward() {
  const over = overMemory();
  const { store, engine } = over;
  const put = (type: string, id: string, text: string) => over.do({ kind: 'update', type, id, text });
  await put('Patient', '1', '{"resourceType":"Patient","id":"1"}');
  await put('Device', 'tablet', '{"resourceType":"Device","id":"tablet"}');
  await put('Encounter', 'old', stay('old', 'finished'));
  const deps = { store, engine, clock: { now: () => NOW } };
  return {
    ...over,
    put,
    take: (wish: Partial<CustodyWish> = {}, actor = ANYONE) =>
      takeMarCustody({ patient: '1', where: HERE, ...wish }, actor, deps),
    has: async () => (await marCustody('1', HERE, EVERYTHING, store))?.custodies,
  };
}

test('[CW28] custody is taken for the stay that goes on, by who may give the patient a dose, for a device that is known', async () => {
  const { take, put, has } = await ward();
  expect(await take()).toMatchObject({ error: { kind: 'no-stay' } });
  await put('Encounter', '1', stay('1'));
  const nothing: Visibility = { see: 'some', rules: [] };
  const may = { create: nothing, update: EVERYTHING, delete: nothing, putCreates: true, judge: () => undefined };
  expect(await take({}, { visible: EVERYTHING, may })).toMatchObject({ error: { kind: 'may-not-administer' } });
  expect(await take({}, { visible: nothing })).toMatchObject({ error: { kind: 'not-found' } });
  expect(await take({ where: { on: 'device', device: 'Device/none' } })).toMatchObject({
    error: { kind: 'no-such-device' },
  });
  expect(await take({ stay: 'Encounter/old' })).toMatchObject({ error: { kind: 'no-stay' } });
  expect(await has()).toMatchObject([{ words: 'nobody has taken custody of the doses' }]);
  expect((await take()).ok).toBe(true);
  expect(await has()).toMatchObject([{ stay: 'Encounter/1', words: 'doses are charted here' }]);
  await put('Encounter', '2', stay('2'));
  expect(await take()).toMatchObject({ error: { kind: 'several-stays' } });
  expect((await take({ stay: 'Encounter/2' })).ok).toBe(true);
});

test('[CW29] it is taken over from all that have it, in one commit, and handed back; nobody who may not see it reads that there is none; [CW30] with the stay it ends', async () => {
  const { take, put, has, store } = await ward();
  await put('Encounter', '1', stay('1'));
  const first = await take();
  const second = await take({ where: TABLET }, { ...ANYONE, author: { practitioner: 'Practitioner/n' } });
  expect([first.ok, second.ok]).toEqual([true, true]);
  expect((await store.feed(0, 99)).at(-1)?.revisions).toHaveLength(2);
  expect(await has()).toMatchObject([
    { holders: [{ where: 'Device/tablet', who: 'Practitioner/n', since: '2024-06-01T00:00:00.000Z' }] },
  ]);
  expect((await has())?.[0]?.words).toContain('not shown since 2024-06-01 00:00 UTC');
  const some: Visibility = { see: 'some', rules: [{ types: ['Patient', 'Encounter'] }] };
  expect((await marCustody('1', HERE, some, store))?.custodies).toMatchObject([
    { holders: [], words: 'who charts the doses is not shown to you: ask who gives them' },
  ]);
  await take();
  expect(await has()).toMatchObject([{ words: 'doses are charted here', holders: [{ where: 'site KIS' }] }]);
  await put('Encounter', '1', stay('1', 'finished'));
  expect(await has()).toEqual([]);
});
