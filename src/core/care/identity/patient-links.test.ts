import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { faultsOf, linksOf, mergeFault, neighboursOf, placesOfLink, survivorOf } from './patient-links.ts';

const patient = (id: string, links: Readonly<Record<string, 'replaces' | 'replaced-by'>> = {}): ResourceJson => ({
  resourceType: 'Patient',
  id,
  link: Object.entries(links).map(([other, type]) => ({ other: { reference: `Patient/${other}` }, type })),
});
const records = (...patients: ResourceJson[]) => patients.map(linksOf);

describe('links of patients', () => {
  test('[ID20] links are read from either side, and only those that name a record of this kind', () => {
    const odd: ResourceJson = {
      resourceType: 'Patient',
      id: 'a',
      link: [
        { other: { reference: 'Patient/b' }, type: 'replaces' },
        { other: { reference: 'Patient/b' }, type: 'replaces' },
        { other: { reference: 'RelatedPerson/c' }, type: 'replaced-by' },
        { other: { reference: 'Patient/d' }, type: 'seealso' },
        { other: { display: 'x' }, type: 'replaces' },
      ],
    };
    expect(linksOf(odd)).toEqual({ id: 'a', replacedBy: [], replaces: ['b'] });
    expect(neighboursOf(linksOf(odd))).toEqual(['b']);
    expect(placesOfLink(odd, 'replaces', 'b')).toEqual([1, 0]);
    expect(linksOf({ resourceType: 'Patient' })).toEqual({ id: '', replacedBy: [], replaces: [] });
  });

  test('[ID21] the survivor is the one whom the others were given up for, also where only one side says so', () => {
    expect(survivorOf(records(patient('b'), patient('a', { b: 'replaced-by' })))).toBe('b');
    expect(survivorOf(records(patient('z', { a: 'replaces' }), patient('a')))).toBe('z');
    const chain = records(patient('a', { m: 'replaced-by' }), patient('m', { z: 'replaced-by' }), patient('z'));
    expect(survivorOf(chain)).toBe('z');
    expect(faultsOf(chain)).toEqual([]);
    expect(survivorOf([])).toBeUndefined();
  });

  test('[ID21] competing survivors and circles are told, and the lowest id is shown, in whatever order they are read', () => {
    const competing = records(patient('m', { x: 'replaced-by', b: 'replaced-by' }), patient('x'), patient('b'));
    expect(faultsOf(competing)).toEqual([{ kind: 'competing', id: 'm', survivors: ['b', 'x'] }]);
    expect(survivorOf(competing)).toBe('b');
    expect(survivorOf(competing.toReversed())).toBe('b');
    const circle = records(patient('m', { x: 'replaced-by' }), patient('x', { m: 'replaced-by' }));
    expect(faultsOf(circle)).toEqual([{ kind: 'circle', ids: ['m', 'x'] }]);
    expect(survivorOf(circle)).toBe('m');
    expect(survivorOf(circle.toReversed())).toBe('m');
  });

  test('[ID21] what would make a circle or a second survivor is refused where it is known', () => {
    const merged = records(patient('a', { b: 'replaced-by' }), patient('b', { a: 'replaces' }), patient('c'));
    expect(mergeFault('c', 'b', merged)).toBeUndefined();
    expect(mergeFault('c', 'a', merged)).toMatch(/target was itself merged/);
    expect(mergeFault('a', 'c', merged)).toMatch(/merged into another/);
    expect(mergeFault('a', 'b', merged)).toMatch(/already/);
    expect(mergeFault('b', 'a', merged)).toMatch(/target was itself/);
    expect(mergeFault('a', 'a', merged)).toMatch(/itself/);
    // b may be given up for c: a goes along.
    expect(mergeFault('b', 'c', merged)).toBeUndefined();
  });
});
