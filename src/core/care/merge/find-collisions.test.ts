import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DUE_TIME_EXTENSION,
  findAsNeededExcess,
  findBedCollisions,
  findDoubleDoses,
  findDoublePayments,
  findOverDispense,
  findRepeatedForms,
  findSharedIdentifiers,
  findSplitCustody,
  type Shown,
} from './find-collisions.ts';

const dose = (
  name: string,
  node: string,
  status: string,
  due: string | undefined,
  request = 'MedicationRequest/1',
): Shown => ({
  name,
  node,
  body: {
    resourceType: 'MedicationAdministration',
    status,
    request: { reference: request },
    ...(due === undefined ? {} : { extension: [{ url: DUE_TIME_EXTENSION, valueDateTime: due }] }),
  },
});
const given = (name: string, when: string, value: number, unit = 'mg'): Shown => ({
  name,
  node: 'a',
  body: {
    status: 'completed',
    effectiveDateTime: when,
    dosage: { dose: { value, unit } },
    request: { reference: 'MedicationRequest/1' },
  },
});

test('[MG30] CR6: two doses for one request and due time from different nodes are found, whatever zone they are written in', () => {
  const found = findDoubleDoses([
    dose('A/1', 'site', 'completed', '2026-01-01T08:00:00Z'),
    dose('A/2', 'device', 'completed', '2026-01-01T10:00:00+02:00'),
    dose('A/3', 'device', 'completed', '2026-01-01T12:00:00Z'),
    dose('A/4', 'device', 'completed', '2026-01-01T08:00:00Z', 'MedicationRequest/2'),
    dose('A/5', 'third', 'not-done', '2026-01-01T12:00:00Z'),
    dose('A/6', 'site', 'completed', undefined),
  ]);
  expect(found).toMatchObject([{ kind: 'double-dose', severity: 'S1', names: ['A/1', 'A/2'] }]);
});

test('[MG30] CR6: it only finds: every given dose stays, in any order, and one of unknown outcome counts', () => {
  const statuses = fc.constantFrom(
    'completed',
    'in-progress',
    'stopped',
    'unknown',
    'on-hold',
    'not-done',
    'entered-in-error',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('x', 'y'), statuses), { maxLength: 6 }), (rows) => {
      const doses = rows.map(([node, status], i) => dose(`A/${i}`, node, status, '2026-01-01T08:00:00Z'));
      const found = findDoubleDoses(doses);
      expect(findDoubleDoses([...doses].reverse())).toEqual(found);
      const counted = doses.filter((_, i) => !['not-done', 'entered-in-error'].includes(rows[i]?.[1] ?? ''));
      const isDouble = new Set(counted.map(({ node }) => node)).size > 1;
      expect(found.map(({ names }) => names)).toEqual(isDouble ? [counted.map(({ name }) => name)] : []);
    }),
  );
});

test('[MG31] CR6: as-needed doses too close, above the maximum of any 24 hours, or that cannot be added up', () => {
  const limits = { minutesApart: 240, in24Hours: { value: 4, unit: 'mg' } };
  expect(
    findAsNeededExcess([given('A/1', '2026-01-01T08:00:00Z', 2), given('A/2', '2026-01-01T12:00:00Z', 2)], limits),
  ).toEqual([]);
  const soon = findAsNeededExcess(
    [given('A/2', '2026-01-01T11:59:00Z', 2), given('A/1', '2026-01-01T08:00:00Z', 2)],
    limits,
  );
  expect(soon).toMatchObject([{ kind: 'dose-too-soon', severity: 'S1', names: ['A/1', 'A/2'] }]);
  const over = [
    given('A/1', '2026-01-01T08:00:00Z', 2),
    given('A/2', '2026-01-01T20:00:00Z', 2),
    given('A/3', '2026-01-02T07:59:00Z', 1),
  ];
  expect(findAsNeededExcess(over, limits)).toMatchObject([{ kind: 'dose-over-maximum', names: ['A/1', 'A/2', 'A/3'] }]);
  expect(findAsNeededExcess([given('A/1', '2026-01-01T08:00:00Z', 1, 'ml')], limits)).toMatchObject([
    { kind: 'dose-over-maximum' },
  ]);
});

test('[MG32] an identifier on two patients is found, unless a link makes them one', () => {
  const patient = (id: string, value: string, link?: string): Shown => ({
    name: `Patient/${id}`,
    node: 'a',
    body: {
      identifier: [{ system: 's', value }, { value: 'no system' }],
      ...(link === undefined ? {} : { link: [{ type: 'replaced-by', other: { reference: link } }] }),
    },
  });
  expect(findSharedIdentifiers([patient('2', '1'), patient('1', '1'), patient('3', '2')])).toMatchObject([
    { kind: 'same-identifier', severity: 'S1', names: ['Patient/1', 'Patient/2'], about: 's|1' },
  ]);
  expect(findSharedIdentifiers([patient('1', '1', 'Patient/2'), patient('2', '1')])).toEqual([]);
  // A ring of links ends.
  expect(findSharedIdentifiers([patient('1', '1', 'Patient/2'), patient('2', '1', 'Patient/1')])).toEqual([]);
});

test('[MG33] one bed with two patients, one patient with two beds', () => {
  const stay = (id: string, patient: string, bed: string, status = 'in-progress'): Shown => ({
    name: `Encounter/${id}`,
    node: 'a',
    body: {
      status,
      subject: { reference: patient },
      location: [{ location: { reference: 'Location/ward' } }, { location: { reference: bed } }],
    },
  });
  const isBed = (location: string): boolean => location !== 'Location/ward';
  const stays = [
    stay('1', 'Patient/1', 'Location/a'),
    stay('2', 'Patient/2', 'Location/a'),
    stay('3', 'Patient/3', 'Location/b'),
    stay('4', 'Patient/3', 'Location/c'),
  ];
  expect(findBedCollisions(stays, isBed)).toMatchObject([
    { kind: 'same-bed', names: ['Encounter/1', 'Encounter/2'], about: 'Location/a' },
    { kind: 'two-beds', names: ['Encounter/3', 'Encounter/4'], about: 'Patient/3' },
  ]);
  expect(
    findBedCollisions([stay('1', 'Patient/1', 'Location/a'), stay('2', 'Patient/2', 'Location/a', 'finished')], isBed),
  ).toEqual([]);
});

test('[MG34] CR7: custody that two took without knowing of each other', () => {
  const paper = { name: 'c/1', of: 'Encounter/1', custodian: 'site', after: [] };
  const device = { name: 'c/2', of: 'Encounter/1', custodian: 'device', after: ['c/1'] };
  const other = { name: 'c/3', of: 'Encounter/1', custodian: 'paper', after: ['c/1'] };
  expect(findSplitCustody([paper, device])).toEqual([]);
  expect(findSplitCustody([other, device, paper])).toMatchObject([
    { kind: 'split-custody', severity: 'S1', names: ['c/2', 'c/3'], about: 'Encounter/1' },
  ]);
  expect(
    findSplitCustody([
      paper,
      device,
      other,
      { name: 'c/4', of: 'Encounter/1', custodian: 'site', after: ['c/2', 'c/3'] },
    ]),
  ).toEqual([]);
});

test('[MG35] more dispensed than asked for, one form completed twice for a visit, one bill paid twice', () => {
  const shown = (name: string, body: Shown['body']): Shown => ({ name, node: 'a', body });
  const request = shown('MedicationRequest/1', {
    dispenseRequest: { quantity: { value: 30, unit: 'tab' }, numberOfRepeatsAllowed: 1 },
  });
  const dispense = (name: string, value: number, unit = 'tab', status = 'completed'): Shown =>
    shown(name, { status, quantity: { value, unit }, authorizingPrescription: [{ reference: 'MedicationRequest/1' }] });
  const within = [
    dispense('D/1', 30),
    dispense('D/2', 30),
    dispense('D/3', 30, 'tab', 'cancelled'),
    dispense('D/4', 1, 'ml'),
  ];
  expect(findOverDispense([request], within)).toEqual([]);
  expect(findOverDispense([request], [...within, dispense('D/5', 1)])).toMatchObject([
    { kind: 'over-dispense', severity: 'S2', names: ['D/1', 'D/2', 'D/5', 'MedicationRequest/1'] },
  ]);
  const form = (name: string, status: string, visit = 'Encounter/1'): Shown =>
    shown(name, { status, questionnaire: 'http://x.org/q', encounter: { reference: visit } });
  const forms = [
    form('Q/1', 'completed'),
    form('Q/2', 'amended'),
    form('Q/3', 'in-progress'),
    form('Q/4', 'completed', 'Encounter/2'),
  ];
  expect(findRepeatedForms(forms)).toMatchObject([{ kind: 'same-form', severity: 'S2', names: ['Q/1', 'Q/2'] }]);
  const paid = (name: string, status: string): Shown => shown(name, { status, request: { reference: 'Invoice/1' } });
  expect(findDoublePayments([paid('P/1', 'active'), paid('P/2', 'active'), paid('P/3', 'cancelled')])).toMatchObject([
    { kind: 'double-payment', severity: 'S3', names: ['P/1', 'P/2'] },
  ]);
});
