import { describe, expect, test } from 'vitest';
import { definitions } from '../fhir/definitions/r4.ts';
import { accessOf, typesOf } from './access-of.ts';
import { CLASS_NAMES, classOf, DATA_CLASSES, OF_NO_PATIENT } from './data-classes.ts';
import { ROLES } from './principal.ts';
import { ACTIONS, CLINICIANS, mayByRole, rightOf, ROLE_TABLE } from './roles.ts';
import { duty, NOW, principal } from './small-hospital.test-kit.ts';

test('[AC1] every resource type of R4 is in exactly one class', () => {
  const classed = CLASS_NAMES.flatMap((name): readonly string[] => DATA_CLASSES[name]);
  expect(classed.toSorted()).toEqual(definitions.resourceTypes);
  expect(classOf('Patient')).toBe('identity');
  expect(classOf('constructor')).toBeUndefined();
});

describe.each(ROLES)('[AC2] %s', (role) => {
  test('what the rules of a role open is exactly what its row says', () => {
    const who = role === 'patient' ? 'Patient/p1' : role === 'service' ? 'Device/d' : 'Practitioner/me';
    const access = accessOf(principal([duty(role)], { who }), NOW);
    for (const action of ACTIONS) {
      const opened = typesOf(action === 'read' ? access.visible : access[action]);
      const expected = definitions.resourceTypes.filter((type) => {
        const right = rightOf(role, type, action);
        // Of a class with a department only what has categories; of a patient's devices only those that name one.
        if (right?.of !== undefined)
          return type === 'Observation' || type === 'DiagnosticReport' || type === 'ServiceRequest';
        // A patient's part of the audit is told apart from what else they see (AC36).
        if (right?.reach === 'self' && classOf(type) === 'audit') return false;
        return right !== undefined && !(right.reach === 'self' && classOf(type) === 'device' && type !== 'Device');
      });
      expect([...opened].toSorted(), `${role} ${action}`).toEqual(expected);
    }
  });
});

test('[AC2] the rows say what a hospital expects', () => {
  expect(mayByRole('nurse', 'MedicationAdministration', 'create')).toBe('ward');
  expect(mayByRole('nurse', 'MedicationRequest', 'create')).toBe('never');
  expect(mayByRole('nurse', 'MedicationRequest', 'update')).toBe('never');
  expect(mayByRole('doctor', 'MedicationRequest', 'create')).toBe('site');
  expect(mayByRole('receptionist', 'Patient', 'create')).toBe('everyone');
  expect(mayByRole('pharmacist', 'MedicationDispense', 'create')).toBe('site');
  expect(mayByRole('doctor', 'MedicationDispense', 'create')).toBe('never');
  expect(mayByRole('it', 'PractitionerRole', 'update')).toBe('everyone');
  expect(mayByRole('service', 'Basic', 'update')).toBe('everyone');
  expect(mayByRole('patient', 'Observation', 'read')).toBe('self');
  expect(mayByRole('doctor', 'PractitionerRole', 'update')).toBe('never');
  expect(mayByRole('doctor', 'Patient', '$everything')).toBe('everyone');
  expect(mayByRole('doctor', 'Patient', 'toString')).toBe('never');
});

test('[AC2] receptionist, billing, incident lead and IT see no clinical content', () => {
  const clinical = [
    'alert',
    'allergy',
    'prescription',
    'administration',
    'dispense',
    'medication',
    'order',
    'observation',
    'specimen',
    'report',
    'imaging',
    'note',
    'binary',
    'form',
    'problem',
  ] as const;
  for (const role of ['receptionist', 'billing', 'incident-lead', 'it'] as const) {
    for (const name of clinical) expect(ROLE_TABLE[role][name], `${role} ${name}`).toBeUndefined();
  }
  const ofIt = CLASS_NAMES.filter((name) => ROLE_TABLE.it[name] !== undefined && !OF_NO_PATIENT.has(name));
  expect(ofIt).toEqual(['audit']);
});

test('[AC3] no clinical role deletes; clerks delete slots alone', () => {
  for (const role of ROLES) {
    const deletes = CLASS_NAMES.filter((name) => ROLE_TABLE[role][name]?.delete !== undefined);
    if (CLINICIANS.has(role) || role === 'patient' || role === 'it') expect(deletes, role).toEqual([]);
    else if (role !== 'service')
      expect(
        deletes.filter((name) => name !== 'calendar'),
        role,
      ).toEqual([]);
  }
  expect(mayByRole('receptionist', 'Slot', 'delete')).toBe('everyone');
});
