import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { isLikeWord, likenessOf, nearBirths } from './similar-patients.ts';

const person = (family: string, given: string, birthDate?: string, more: object = {}): ResourceJson => ({
  resourceType: 'Patient',
  name: [{ family, given: given.split(' ') }],
  ...(birthDate === undefined ? {} : { birthDate }),
  ...more,
});
const BORN = '1979-03-08';

describe('hints of duplicates', () => {
  test('[ID12] the same identifier is a hint whatever else they say; a temporary one is none', () => {
    const number = { identifier: [{ system: 'urn:n', value: '7' }] };
    expect(likenessOf(person('A', 'Bea', BORN, number), person('Zed', 'Xi', '2001-01-01', number))).toBe(
      'same-identifier',
    );
    const temporary = { identifier: [{ system: 'urn:n', value: '7', use: 'temp' }] };
    expect(
      likenessOf(person('Aaa', 'Bea', BORN, temporary), person('Zed', 'Xi', '2001-01-01', temporary)),
    ).toBeUndefined();
  });

  test('[ID12] a name and a date of birth: the same, like, or with a slip in the date', () => {
    const one = person('Mustermann', 'Erika', BORN);
    expect(likenessOf(one, person('MUSTERMANN', 'Erika', BORN))).toBe('same-name-and-birth');
    expect(likenessOf(one, person('Musterman', 'Erica', BORN))).toBe('like-name-and-birth');
    expect(likenessOf(one, person('Mustermann', 'Erika', '1979-08-03'))).toBe('like-name-near-birth');
    expect(likenessOf(one, person('Mustermann', 'Erika', '1979'))).toBe('like-name-near-birth');
    expect(likenessOf(one, person('Mustermann', 'Erika', '1955-12-30'))).toBeUndefined();
    expect(likenessOf(one, person('Mustermann', 'Erika'))).toBeUndefined();
    expect(likenessOf(one, person('Okello', 'Grace', BORN))).toBeUndefined();
    expect(nearBirths(BORN)).toEqual(
      expect.arrayContaining([BORN, '1979-08-03', '1979-03-07', '1978-03-08', '1969-03-08']),
    );
    expect(nearBirths('1979')).toEqual(['1979']);
  });

  // What people at a desk hear and write down for one name.
  const PAIRS: readonly (readonly [string, string])[] = [
    ['meier', 'mayer'],
    ['schmidt', 'schmitt'],
    ['mohammed', 'muhamad'],
    ['muller', 'mueller'],
    ['stephen', 'steven'],
    ['catherine', 'katrin'],
    ['philipp', 'filip'],
    ['nguyen', 'nguyan'],
    ['okello', 'okelo'],
    ['garcia', 'gracia'],
    ['smith', 'smyth'],
    ['johnson', 'johnsen'],
    ['abdallah', 'abdullah'],
    ['szymanski', 'simanski'],
    ['clark', 'clarke'],
    ['thompson', 'tompson'],
    ['yusuf', 'jusuf'],
    ['maximilian', 'max'],
    ['wojcik', 'vojcik'],
    ['fischer', 'fisher'],
  ];
  test('[ID13] names that sound or are written alike are alike; others are not', () => {
    expect(PAIRS.filter(([a, b]) => !isLikeWord(a, b) || !isLikeWord(b, a))).toEqual([]);
    // Schmidt and Smith sound alike: a hint too many, which does no harm.
    const apart = [...new Set(PAIRS.map(([a]) => a))].filter((a) => a !== 'smith');
    const wrong = apart.flatMap((a, i) =>
      apart
        .slice(i + 1)
        .filter((b) => isLikeWord(a, b))
        .map((b) => `${a} ${b}`),
    );
    expect(wrong).toEqual([]);
  });

  test('[ID13] accents, order, double names and middle names do not hide a likeness', () => {
    const one = person('Núñez-Ortega', 'María José', BORN);
    for (const other of [
      person('Nunez Ortega', 'Maria', BORN),
      person('Ortega', 'Maria Jose', BORN),
      person('Maria', 'Nunez', BORN),
      { resourceType: 'Patient', name: [{ text: 'Maria Nunez' }], birthDate: BORN } as ResourceJson,
    ])
      expect(likenessOf(one, other), JSON.stringify(other)).toBe('like-name-and-birth');
    expect(likenessOf(one, { resourceType: 'Patient', birthDate: BORN })).toBeUndefined();
  });
});
