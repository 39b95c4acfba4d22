import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { identifierOf } from './number-series.ts';
import { madeUpName, MOTHER, newbornPatients, unknownPatient } from './temporary-identity.ts';

const NUMBER = 'T-KIS-7QX-0DD5X2K-C';
const identifier = identifierOf('temporary', 'KIS', NUMBER);
const errors = (resource: object): readonly string[] =>
  validateResource(resource as ResourceJson, { now: Date.UTC(2026, 10, 23) })
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);

describe('people whom nobody knows', () => {
  test('[ID14] a record that is valid, plainly of nobody known, with what was guessed marked as guessed', () => {
    const patient = unknownPatient({ gender: 'male', age: 40, note: 'bus stop' }, identifier, 5, 2026);
    expect(errors(patient)).toEqual([]);
    expect(patient).toMatchObject({ gender: 'male', birthDate: '1986', name: [{ use: 'temp', family: 'UNKNOWN' }] });
    expect(JSON.stringify(patient)).toContain('about 40 years old');
    const bare = unknownPatient({ gender: 'unknown' }, identifier, 6, 2026);
    expect(errors(bare)).toEqual([]);
    expect(bare['birthDate']).toBeUndefined();
  });

  test('[ID14] made-up names of people brought in together differ in both words, and none has the same word twice', () => {
    const names = Array.from({ length: 4_096 }, (_, i) => madeUpName(i));
    expect(new Set(names.map((name) => name.join(' '))).size).toBeGreaterThan(3_900);
    for (let i = 0; i < names.length; i++) {
      const [first, second] = names[i] ?? [];
      expect(first).toMatch(/^[A-Z][a-z]+$/);
      expect(second).toMatch(/^[A-Z][a-z]+$/);
      expect(first).not.toBe(second);
      // A coach holds fifty.
      for (let j = i + 1; j < Math.min(i + 30, names.length); j++)
        expect(names[j]?.[0], `${i} and ${j}`).not.toBe(first);
    }
  });

  test('[ID15] twins: told apart by order, each with the mother, found by her numbers', () => {
    const mother: ResourceJson = {
      resourceType: 'Patient',
      id: 'm',
      identifier: [{ system: 'urn:n', value: '1' }],
      name: [{ family: 'Okello', given: ['Grace'] }],
    };
    const made = newbornPatients(
      { genders: ['female', 'male'], mother, born: '2026-11-23T00:20:00+03:00' },
      [identifier, { ...identifier, value: 'other' }],
      ['a', 'b'],
    );
    expect(made.map((each) => errors(each))).toEqual([[], [], [], []]);
    expect(made.map(({ resourceType }) => resourceType)).toEqual([
      'Patient',
      'RelatedPerson',
      'Patient',
      'RelatedPerson',
    ]);
    expect(made[0]).toMatchObject({
      id: 'a',
      birthDate: '2026-11-23',
      multipleBirthInteger: 1,
      name: [{ text: 'Girl 1 of Grace Okello', family: 'Okello' }],
      extension: [{ url: MOTHER, valueReference: { reference: 'Patient/m', display: 'Grace Okello' } }],
    });
    expect(made[2]).toMatchObject({ multipleBirthInteger: 2, name: [{ text: 'Boy 2 of Grace Okello' }] });
    expect(made[3]).toMatchObject({ patient: { reference: 'Patient/b' }, identifier: mother['identifier'] });
    const [single] = newbornPatients(
      { genders: ['unknown'], mother: { resourceType: 'Patient', id: 'm' }, born: '2026-11-23T00:20:00Z' },
      [identifier],
      ['a'],
    );
    expect(single).toMatchObject({ name: [{ text: 'Baby of an unknown mother' }] });
    expect(single?.['multipleBirthInteger']).toBeUndefined();
  });
});
