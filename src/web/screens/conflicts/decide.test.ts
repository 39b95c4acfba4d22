import { afterEach, expect, test } from 'vitest';
import { doctor, NOW, STANDING } from '../../../core/access/small-hospital.test-kit.ts';
import { assert } from '../../../core/base/assert.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { pageDeviceFor } from '../../device/page-device.test-kit.ts';
import type { PageDevice } from '../../device/page-device.ts';
import type { ConflictShown } from '../../device/device.ts';
import { browserPorts } from '../../ports/browser-ports.ts';
import { decide, readDecision, type Decision } from './decide.ts';

const RESOURCES: readonly ResourceJson[] = STANDING.map(([name, content]) => {
  const [resourceType = '', id = ''] = name.split('/');
  return { resourceType, id, ...content };
});
const ports = { ...browserPorts(), clock: { now: () => NOW }, monotonic: () => 0, zoneMin: () => 60 };
const open: PageDevice[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.close();
});
async function disputed(
  base: ResourceJson | undefined,
  sides: readonly ResourceJson[],
): Promise<{ readonly device: PageDevice; readonly conflict: ConflictShown }> {
  const resources = base === undefined ? RESOURCES : [...RESOURCES, base];
  const device = await pageDeviceFor({ resources, conflicts: [sides], person: doctor, asOf: NOW - 60_000, ports });
  open.push(device);
  const [conflict] = await device.conflicts();
  assert(conflict !== undefined, 'it is in conflict');
  return { device, conflict };
}
const decision = (more: Partial<Decision>): Decision => ({
  way: '',
  picked: {},
  ids: ['kept-apart-0', 'kept-apart-1'],
  ...more,
});
const of = async (device: PageDevice, type: string): Promise<readonly ResourceJson[]> =>
  (await device.chart('p1')).all.filter(({ key }) => key.type === type).map(({ resource }) => resource);

const allergy = (words: string, criticality: string): ResourceJson => ({
  resourceType: 'AllergyIntolerance',
  id: 'al-new',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: words },
  criticality,
  patient: { reference: 'Patient/p1' },
});
test('[CH54] two facts that are both true are kept as two, and a second press writes nothing twice', async () => {
  const { device, conflict } = await disputed(allergy('latex', 'low'), [
    allergy('latex', 'high'),
    allergy('kiwi', 'low'),
  ]);
  const both = decision({ way: 'both' });
  expect(await decide(device, conflict, both)).toMatchObject({ ok: true });
  expect(await device.conflicts()).toEqual([]);
  const found = (await of(device, 'AllergyIntolerance')).filter(({ id }) => id !== 'al-p1');
  expect(found.map((one) => JSON.stringify(one['code'])).toSorted()).toEqual(['{"text":"kiwi"}', '{"text":"latex"}']);
  // The page is old now: nothing more is written.
  expect(await decide(device, conflict, both)).toMatchObject({ ok: false });
  expect((await of(device, 'AllergyIntolerance')).length).toBe(found.length + 1);
});
test('[CH54] of two doses that were given both stay, whichever is kept (CR6)', async () => {
  const dose = (mg: number): ResourceJson => ({
    resourceType: 'MedicationAdministration',
    id: 'dose-1',
    status: 'completed',
    medicationCodeableConcept: { text: 'morphine' },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-01-01T10:00:00Z',
    dosage: { dose: { value: mg, unit: 'mg' } },
  });
  const { device, conflict } = await disputed(undefined, [dose(5), dose(10)]);
  expect(await decide(device, conflict, decision({ way: 'keep 0' }))).toMatchObject({ ok: true });
  const doses = await of(device, 'MedicationAdministration');
  expect(
    doses.map((one) => JSON.stringify(one['dosage'])).filter((text) => /"value":(5|10)\b/.test(text)),
  ).toHaveLength(2);
});
test('[CH51] field by field: one from a side, one anew, one as before', async () => {
  const { device, conflict } = await disputed({ ...allergy('latex', 'low'), onsetString: 'childhood' }, [
    { ...allergy('latex', 'high'), onsetString: 'at 5' },
    { ...allergy('latex gloves', 'low'), onsetString: 'at 6' },
  ]);
  const done = await decide(
    device,
    conflict,
    decision({
      way: 'fields',
      picked: {
        criticality: { from: 'side', side: conflict.sides.findIndex(({ text }) => text.includes('"high"')) },
        code: { from: 'anew', typed: { 'code.text': 'natural rubber latex' } },
        onset: { from: 'base' },
      },
    }),
  );
  expect(done).toMatchObject({ ok: true });
  const [found] = (await of(device, 'AllergyIntolerance')).filter(({ id }) => id === 'al-new');
  expect(found).toMatchObject({
    criticality: 'high',
    code: { text: 'natural rubber latex' },
    onsetString: 'childhood',
  });
});
test('[CH55] a kept draft of a decision is read back, and nothing else is taken for one', () => {
  const kept = decision({ way: 'fields', picked: { status: { from: 'base' } } });
  expect(readDecision(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  for (const wrong of [undefined, null, 'x', { way: 1, picked: {}, ids: [] }, { way: '', ids: [] }]) {
    expect(readDecision(wrong)).toBeUndefined();
  }
});
