import { expect, test } from 'vitest';
import { custodyWords, holdersOf, takeCustody, type Where } from './mar-custody.ts';

const take = (where: Where, after: readonly string[] = []) =>
  takeCustody({ patient: 'Patient/1', stay: 'Encounter/1', where, since: '2026-01-01T07:10:00.000Z', after });
const HERE = { on: 'site', site: 'KIS' } as const;
const PAPER = { on: 'paper', site: 'KIS' } as const;
const TABLET = { on: 'device', device: 'Device/tablet' } as const;

test('[MG39] who takes it takes it over from all that are known; those who did not know of each other both have it', () => {
  const first = { name: 'Task/1', body: take(HERE) };
  const tablet = { name: 'Task/2', body: take(TABLET, ['Task/1']) };
  const paper = { name: 'Task/3', body: take(PAPER, ['Task/1']) };
  const names = (...tasks: readonly (typeof first)[]) => holdersOf('Encounter/1', tasks).map(({ task }) => task);
  expect(names(first)).toEqual(['Task/1']);
  expect(names(first, tablet)).toEqual(['Task/2']);
  expect(names(paper, first, tablet)).toEqual(['Task/2', 'Task/3']);
  expect(names(paper, first, tablet, { name: 'Task/4', body: take(HERE, ['Task/3', 'Task/2']) })).toEqual(['Task/4']);
  expect(names({ ...first, body: { ...first.body, status: 'cancelled' } })).toEqual([]);
  expect(holdersOf('Encounter/2', [first])).toEqual([]);
});

test('[MG40] the words say where doses are charted, since when they are not shown, and that two chart them', () => {
  const has = (...wheres: readonly Where[]) =>
    holdersOf(
      'Encounter/1',
      wheres.map((where, i) => ({ name: `Task/${i}`, body: take(where) })),
    );
  expect(custodyWords([], HERE)).toBe('nobody has taken custody of the doses');
  expect(custodyWords(has(HERE), HERE)).toBe('doses are charted here');
  expect(custodyWords(has(TABLET), TABLET)).toBe('doses are charted here');
  expect(custodyWords(has(PAPER), HERE)).toBe(
    'doses are charted on paper at site KIS; not shown since 2026-01-01 07:10 UTC',
  );
  expect(custodyWords(has(TABLET), HERE)).toBe(
    'doses are charted on Device/tablet; not shown since 2026-01-01 07:10 UTC',
  );
  expect(custodyWords(has(HERE), { on: 'site', site: 'MUL' })).toContain('charted on site KIS; not shown since');
  expect(custodyWords(has(HERE, TABLET), HERE)).toBe(
    'two chart the doses: site KIS and Device/tablet; check both before a dose is given',
  );
});
