import { expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Taken } from '../vitals/read-vitals.ts';
import { vitalStrip } from './vital-strip.ts';

let last = 0;
const taken = (code: string, at: string, value: JsonObject, conflict = false, status = 'final'): Taken => {
  last += 1;
  const resource: ResourceJson = {
    resourceType: 'Observation',
    id: `o${last}`,
    status,
    code: { coding: [{ code }] },
    effectiveDateTime: at,
    ...value,
  };
  return { resource, conflict };
};
const quantity = (value: number, unit: string): JsonObject => ({ valueQuantity: { value, unit } });
const EARLY = '2026-11-23T08:00:00Z';
const LATE = '2026-11-23T12:00:00Z';

test('[CH60] of each sign the newest value with its time, and the score with the one before', () => {
  const strip = vitalStrip([
    taken('9279-1', EARLY, quantity(18, '/min')),
    taken('9279-1', LATE, quantity(26, '/min')),
    taken('8310-5', EARLY, quantity(38.6, '°C')),
    taken('8867-4', LATE, quantity(111, '/min'), true),
    taken('8867-4', '2026-11-23T13:00:00Z', quantity(40, '/min'), false, 'entered-in-error'),
    taken('85354-9', LATE, {
      component: [
        { code: { coding: [{ code: '8480-6' }] }, ...quantity(95, 'mmHg') },
        { code: { coding: [{ code: '8462-4' }] }, ...quantity(60, 'mmHg') },
      ],
    }),
    taken('acvpu', LATE, { valueCodeableConcept: { coding: [{ code: 'new-confusion' }] } }),
    taken('news2', EARLY, { valueInteger: 3 }),
    taken('news2', LATE, { valueInteger: 9 }),
  ]);
  expect(strip.map(({ key, words, weight }) => [key, words, weight])).toEqual([
    ['score', '9', 3],
    ['breaths', '26', 3],
    ['pressure', '95/60', 2],
    ['pulse', '111', 2],
    ['consciousness', 'C', 3],
    ['temperature', '38.6', 1],
  ]);
  expect(strip[0]).toMatchObject({ before: 3, at: Date.parse(LATE) });
  expect(strip[3]?.isDisputed).toBe(true);
  expect(strip[5]?.at).toBe(Date.parse(EARLY));
});
test('[CH60] without a recorded score nothing is weighed: a child is no small adult', () => {
  expect(vitalStrip([taken('8867-4', LATE, quantity(150, '/min'))])).toMatchObject([{ key: 'pulse', weight: 0 }]);
  expect(vitalStrip([])).toEqual([]);
  const oxygen = (at: string): Taken => taken('3151-8', at, quantity(2, 'L/min'));
  const saturation = taken('59408-5', LATE, quantity(97, '%'));
  expect(vitalStrip([oxygen(EARLY), saturation]).map(({ key }) => key)).toEqual(['saturation']);
  expect(vitalStrip([oxygen(LATE), saturation]).map(({ key }) => key)).toEqual(['saturation', 'oxygen']);
});
