import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json-types.ts';
import { accessOf } from './access-of.ts';
import { batchId, eventId } from './audit-lines.ts';
import { ACCOUNT_SYSTEM, ACCESS_SYSTEM } from './names.ts';
import type { Principal } from './principal.ts';
import { concept, doctor, duty, label, note, NOW, nurse, principal, service } from './small-hospital.test-kit.ts';

const it = principal([duty('it')]);
const clerk = principal([duty('ward-clerk')]);
const refused = (who: Principal, before: JsonObject | undefined, after: JsonObject | undefined): boolean =>
  accessOf(who, NOW).judgeWrite({ ...(before && { before }), ...(after && { after }) }) !== undefined;
const of = (resourceType: string, more: JsonObject = {}): JsonObject => ({ resourceType, ...more });
const composition = (more: JsonObject = {}): JsonObject => of('Composition', note('Patient/p1', more));

test('[AC31] the labels of the node are neither set nor removed nor touched, by anybody', () => {
  for (const code of ['credential', 'audit-batch']) {
    const labelled = of('Binary', {
      meta: { security: [{ system: 'https://holdfast.example/fhir/CodeSystem/security', code }] },
    });
    for (const who of [service, it, doctor]) {
      expect(refused(who, undefined, labelled)).toBe(true);
      expect(refused(who, labelled, of('Binary'))).toBe(true);
      expect(refused(who, of('Binary'), labelled)).toBe(true);
      expect(refused(who, labelled, undefined)).toBe(true);
    }
  }
  expect(refused(service, undefined, of('Binary'))).toBe(false);
});

test('[AC31] nor is a Basic that is an account', () => {
  const account = of('Basic', { code: concept(ACCOUNT_SYSTEM, 'account') });
  expect(refused(service, undefined, account)).toBe(true);
  expect(refused(service, account, of('Basic', { code: concept('urn:x', 'y') }))).toBe(true);
  expect(refused(service, undefined, of('Basic', { code: concept('urn:x', 'account') }))).toBe(false);
});

test('[AC42] nothing is written under a name that the audit trail will use', () => {
  const journal = 'abcdefghijklmnop';
  for (const who of [service, doctor]) {
    for (const id of [batchId({ journal, number: 7 }), eventId({ journal, number: 7 }, 0)]) {
      for (const type of ['Binary', 'AuditEvent']) {
        expect(refused(who, undefined, of(type, { id }))).toBe(true);
      }
    }
  }
  expect(refused(service, undefined, of('Binary', { id: 'audit-1' }))).toBe(false);
  expect(refused(service, undefined, of('Basic', { id: batchId({ journal, number: 7 }) }))).toBe(false);
});

test('[AC32] break-glass is made and changed by its operations alone', () => {
  for (const type of ['Task', 'Flag']) {
    const made = of(type, {
      code: {
        coding: [
          { system: 'urn:x', code: 'y' },
          { system: ACCESS_SYSTEM, code: 'break-glass' },
        ],
      },
    });
    for (const who of [service, doctor, nurse]) {
      expect(refused(who, undefined, made)).toBe(true);
      expect(refused(who, made, of(type))).toBe(true);
      expect(refused(who, of(type), made)).toBe(true);
      expect(refused(who, made, undefined)).toBe(true);
    }
    expect(refused(nurse, undefined, of(type, { code: concept('urn:x', 'break-glass') }))).toBe(false);
  }
});

test('[AC33] labels of protection are taken off or lowered by doctors and services', () => {
  const secret = composition(label('conf', 'R'));
  const verySecret = composition(label('conf', 'V'));
  const mental = composition(label('act', 'MH'));
  const staff = of('Patient', label('act', 'EMP'));
  const off: readonly (readonly [JsonObject, JsonObject | undefined])[] = [
    [secret, composition()],
    [verySecret, secret],
    [mental, composition(label('act', 'HIV'))],
    [staff, of('Patient')],
    [secret, undefined],
  ];
  for (const [before, after] of off) {
    for (const who of [nurse, clerk, it]) expect(refused(who, before, after)).toBe(true);
    for (const who of [doctor, service]) expect(refused(who, before, after)).toBe(false);
  }
});

test('[AC33] who may write may raise, and change what is labelled', () => {
  expect(refused(nurse, composition(), composition(label('conf', 'R')))).toBe(false);
  expect(refused(nurse, composition(label('conf', 'R')), composition(label('conf', 'V')))).toBe(false);
  expect(refused(nurse, undefined, composition(label('conf', 'V')))).toBe(false);
  expect(refused(nurse, composition(label('conf', 'R')), composition({ ...label('conf', 'R'), title: 'x' }))).toBe(
    false,
  );
  expect(refused(nurse, composition(label('conf', 'N')), composition())).toBe(false);
});

test('[AC34] AuditEvent and Provenance are created and never changed', () => {
  for (const type of ['AuditEvent', 'Provenance']) {
    expect(refused(service, undefined, of(type))).toBe(false);
    expect(refused(service, of(type), of(type))).toBe(true);
    expect(refused(service, of(type), undefined)).toBe(true);
  }
});

test('[AC35] nobody writes a role of their own, however it is referred to', () => {
  const role = (reference: string): JsonObject => of('PractitionerRole', { practitioner: { reference } });
  for (const reference of ['Practitioner/me', 'Practitioner/me/_history/3', 'https://here.org/fhir/Practitioner/me']) {
    expect(refused(it, undefined, role(reference))).toBe(true);
    expect(refused(it, role(reference), role('Practitioner/you'))).toBe(true);
    expect(refused(it, role('Practitioner/you'), role(reference))).toBe(true);
  }
  expect(refused(it, undefined, role('Practitioner/you'))).toBe(false);
  expect(refused(it, undefined, role('Practitioner/me2'))).toBe(false);
});

test('[AC35] a place is put under another by IT or a service alone', () => {
  const bed = (under: string, more: JsonObject = {}): JsonObject =>
    of('Location', { partOf: { reference: under }, ...more });
  const at = bed('Location/ward-a');
  expect(refused(clerk, at, bed('Location/ward-a', { operationalStatus: { code: 'O' } }))).toBe(false);
  expect(refused(clerk, at, { ...at, partOf: { reference: 'Location/ward-a', display: 'Ward A' } })).toBe(false);
  expect(refused(clerk, at, bed('Location/ward-b'))).toBe(true);
  expect(refused(clerk, at, of('Location'))).toBe(true);
  expect(refused(clerk, of('Location'), at)).toBe(true);
  expect(refused(clerk, at, { ...at, managingOrganization: { reference: 'Organization/2' } })).toBe(true);
  expect(refused(clerk, at, { ...at, partOf: { identifier: { value: 'x' } } })).toBe(true);
  for (const who of [it, service]) expect(refused(who, at, bed('Location/ward-b'))).toBe(false);
});
