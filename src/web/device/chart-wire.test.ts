import { expect, test } from 'vitest';
import { crossed, crossing } from './chart-wire.ts';
import type { Chart, Shown } from './device.ts';

const shown = (type: string, id: string, more: object): Shown => {
  const text = JSON.stringify({ resourceType: type, id, ...more });
  const resource = JSON.parse(text) as Shown['resource'];
  return { key: { type, id }, versionId: `v-${id}`, lastUpdatedAt: 7, text, resource, conflict: false, safe: 'D0' };
};

test('[BD33] a chart is on the other side of the wire what it was on this one', () => {
  const patient = shown('Patient', 'p', { active: true });
  const chart: Chart = {
    patient,
    all: [shown('Observation', 'o', { valueQuantity: { value: 1.5 } }), patient],
    held: 'whole',
    asOf: 12,
    beyondReach: false,
  };
  const sent = structuredClone(crossing(chart));
  expect(sent.all.every((each) => !('resource' in each))).toBe(true);
  expect(crossed(sent)).toEqual(chart);
  const unknown: Chart = { patient: undefined, all: [], held: 'unknown', beyondReach: false };
  expect(crossed(structuredClone(crossing(unknown)))).toEqual(unknown);
});
