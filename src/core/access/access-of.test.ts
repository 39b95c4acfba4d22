import { describe, expect, test } from 'vitest';
import { accessOf } from './access-of.ts';
import { ROLES, type Principal } from './principal.ts';
import { ACTIONS } from './roles.ts';
import { doctor, duty, NOW, nurse, patient, principal, service } from './small-hospital.test-kit.ts';

test('[AC36] supervisors enrol and review; they, IT and services see every AuditEvent, patients their own', () => {
  const charge = principal([duty('nurse', { supervisor: true })]);
  expect(accessOf(charge, NOW)).toMatchObject({ mayEnrol: true, mayReviewBreakGlass: true, audit: 'all' });
  expect(accessOf(nurse, NOW)).toMatchObject({ mayEnrol: false, mayReviewBreakGlass: false, audit: 'none' });
  expect(accessOf(principal([duty('it')]), NOW)).toMatchObject({ mayEnrol: false, audit: 'all' });
  expect(accessOf(service, NOW).audit).toBe('all');
  expect(accessOf(patient('p1'), NOW)).toMatchObject({ audit: 'own', mayBreakGlass: false });
  for (const who of [charge, principal([duty('it')]), patient('p1')]) {
    expect(accessOf(who, NOW).refuses({ name: 'search-type', type: 'AuditEvent' })).toBeUndefined();
  }
  expect(accessOf(nurse, NOW).refuses({ name: 'search-type', type: 'AuditEvent' })?.by).toBe('role');
  expect(accessOf({ ...charge, scopes: ['user/*.cruds'] }, NOW)).toMatchObject({
    mayEnrol: false,
    mayReviewBreakGlass: false,
  });
});

test('[AC41] an application sees of the audit what its scopes say', () => {
  const charge = principal([duty('nurse', { supervisor: true })]);
  const auditOf = (who: Principal, scopes: readonly string[], launchPatient?: string): unknown => {
    const { audit, auditOf: of } = accessOf(
      { ...who, scopes, ...(launchPatient === undefined ? {} : { launchPatient }) },
      NOW,
    );
    return of === undefined ? audit : of.patient;
  };
  expect(auditOf(charge, ['user/*.rs'])).toBe('all');
  expect(auditOf(charge, ['user/AuditEvent.read', 'patient/*.rs'], 'Patient/p1')).toBe('all');
  expect(auditOf(charge, ['user/Observation.rs'])).toBe('none');
  expect(auditOf(charge, ['user/AuditEvent.c'])).toBe('none');
  expect(auditOf(charge, ['user/AuditEvent.rs?action=R'])).toBe('none');
  expect(auditOf(charge, ['patient/*.rs'], 'Patient/p1')).toBe('Patient/p1');
  expect(auditOf(charge, ['patient/*.rs'])).toBe('none');
  expect(auditOf(service, ['system/*.rs'])).toBe('all');
  expect(auditOf(patient('p1'), ['patient/*.rs'], 'Patient/p1')).toBe('Patient/p1');
  expect(auditOf(patient('p1'), ['patient/*.rs'], 'Patient/p2')).toBe('none');
  expect(auditOf(nurse, ['patient/*.rs'], 'Patient/p1')).toBe('none');
});

test('[AC37] the same person, duties and scopes in the same minute have the same rules', () => {
  const first = accessOf(nurse, NOW + 1);
  expect(accessOf(nurse, NOW + 59_999)).toBe(first);
  const later = { ...nurse, asOf: NOW + 5000, session: 'another', duties: nurse.duties.map((each) => ({ ...each })) };
  const second = accessOf(later, NOW + 5000);
  expect(second.principal).toBe(later);
  for (const part of ['visible', 'create', 'update', 'delete', 'care'] as const) expect(second[part]).toBe(first[part]);
  for (const more of [
    { who: 'Practitioner/other' },
    { duties: [duty('doctor')] },
    { scopes: [] },
    { scopes: ['user/*.rs'] },
    { launchPatient: 'Patient/p1' },
  ]) {
    expect(accessOf({ ...nurse, ...more }, NOW).visible, JSON.stringify(more)).not.toBe(first.visible);
  }
  expect(accessOf(nurse, NOW + 60_000).visible).not.toBe(first.visible);
  expect(accessOf(nurse, NOW).visible).not.toBe(first.visible);
});

test('[AC39] who is unconfirmed may do what they may', () => {
  for (const who of [nurse, doctor, principal([duty('nurse', { supervisor: true })])]) {
    const confirmed = accessOf({ ...who }, NOW);
    const unconfirmed = accessOf({ ...who, unconfirmed: true }, NOW);
    for (const part of ['visible', 'create', 'update', 'delete', 'mayBreakGlass', 'mayEnrol', 'audit'] as const) {
      expect(unconfirmed[part]).toEqual(confirmed[part]);
    }
  }
});

describe('[AC38] few rules', () => {
  test.each(ROLES)('%s', (role) => {
    const access = accessOf(
      principal([duty(role), duty(role, { places: ['Location/ward-b'] })], {
        who: role === 'patient' ? 'Patient/p1' : 'Practitioner/me',
      }),
      NOW,
    );
    for (const action of ACTIONS) {
      const visible = action === 'read' ? access.visible : access[action];
      expect(visible.see === 'some' ? visible.rules.length : 0, action).toBeLessThanOrEqual(
        role === 'imaging' || role === 'laboratory' ? 16 : 8,
      );
    }
  });
  test('a service has one for reading', () => {
    const { visible } = accessOf(service, NOW);
    expect(visible).toMatchObject({ see: 'some', rules: [{ withoutSecurity: expect.any(Array) as unknown }] });
    expect(visible.see === 'some' && visible.rules[0]).not.toHaveProperty('types');
  });
  test('a doctor under a patient scope has no more than without', () => {
    const app = accessOf(
      { ...doctor, scopes: ['patient/*.rs', 'patient/Patient.r', 'openid'], launchPatient: 'Patient/p1' },
      NOW,
    );
    const whole = accessOf(doctor, NOW);
    if (app.visible.see !== 'some' || whole.visible.see !== 'some') throw new Error('rules');
    expect(app.visible.rules.length).toBeLessThanOrEqual(whole.visible.rules.length + 1);
  });
});
