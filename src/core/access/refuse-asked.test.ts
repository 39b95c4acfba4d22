import { describe, expect, test } from 'vitest';
import { definitions } from '../fhir/definitions/r4.ts';
import { accessOf } from './access-of.ts';
import { ROLES } from './principal.ts';
import { INTERACTION_ACTIONS, mayByRole } from './roles.ts';
import { doctor, duty, NOW, nurse, patient, principal, service } from './small-hospital.test-kit.ts';

describe.each(ROLES)('[AC29] %s', (role) => {
  test('is refused by role exactly what the table never gives', () => {
    const { refuses } = accessOf(principal([duty(role)]), NOW);
    for (const type of definitions.resourceTypes) {
      for (const name of Object.keys(INTERACTION_ACTIONS)) {
        const denial = refuses({ name, type, id: 'x' });
        expect(denial?.by, `${role} ${name} ${type}`).toBe(
          mayByRole(role, type, name) === 'never' ? 'role' : undefined,
        );
      }
    }
  });
});

test('[AC29] batches, transactions and the whole system are judged by their parts', () => {
  for (const who of [nurse, patient('p1'), { ...doctor, scopes: ['user/Patient.r'] }]) {
    const { refuses } = accessOf(who, NOW);
    for (const name of [
      'batch',
      'transaction',
      'history-system',
      'search-system',
      'capabilities',
      '$meta',
      '$validate',
    ]) {
      expect(refuses({ name }), name).toBeUndefined();
    }
    expect(refuses({ name: '$validate', type: 'Claim' })).toBeUndefined();
  }
});

test('[AC29] an operation that no row names is for services', () => {
  expect(accessOf(nurse, NOW).refuses({ name: '$reindex' })?.by).toBe('role');
  expect(accessOf(nurse, NOW).refuses({ name: '$new', type: 'Patient' })?.by).toBe('role');
  expect(accessOf(nurse, NOW).refuses({ name: 'constructor', type: 'Patient' })?.by).toBe('role');
  expect(accessOf(service, NOW).refuses({ name: '$new', type: 'Patient' })).toBeUndefined();
});

test('[AC4] without a duty everything is refused but what the server can do', () => {
  const { refuses } = accessOf(principal([]), NOW);
  for (const name of ['read', 'batch', 'search-system', '$validate', '$break-glass'])
    expect(refuses({ name, type: 'Patient' })?.by).toBe('role');
  expect(refuses({ name: 'capabilities' })).toBeUndefined();
});

test('[AC29] scopes are asked after roles, and say so', () => {
  const app = accessOf({ ...nurse, scopes: ['user/Observation.rs'] }, NOW);
  expect(app.refuses({ name: 'read', type: 'Observation' })).toBeUndefined();
  expect(app.refuses({ name: 'create', type: 'Observation' })?.by).toBe('scope');
  expect(app.refuses({ name: 'read', type: 'Patient' })?.by).toBe('scope');
  expect(app.refuses({ name: 'read', type: 'Claim' })?.by).toBe('role');
  expect(app.refuses({ name: '$everything', type: 'Patient' })?.by).toBe('scope');
});

test('[AC29] a denial does not depend on the id, and quotes nothing of it', () => {
  const { refuses } = accessOf(nurse, NOW);
  expect(refuses({ name: 'delete', type: 'Patient', id: 'a' })).toEqual(
    refuses({ name: 'delete', type: 'Patient', id: 'b' }),
  );
});

test('[AC30] an update creates for services that see everything, and for nobody else', () => {
  const puts = (who: Parameters<typeof accessOf>[0]) => accessOf(who, NOW).putCreates;
  expect(puts(service)).toBe(true);
  expect(puts({ ...service, scopes: ['system/*.cruds'] })).toBe(true);
  expect(puts({ ...service, scopes: ['system/*.*'] })).toBe(true);
  for (const scope of ['system/*.cud', 'system/Patient.cruds', 'user/*.cruds', 'system/*.cruds?_tag=x']) {
    expect(puts({ ...service, scopes: [scope] }), scope).toBe(false);
  }
  for (const who of [nurse, doctor, patient('p1'), principal([duty('it')])]) expect(puts(who)).toBe(false);
});
