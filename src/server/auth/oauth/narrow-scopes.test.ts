import { expect, test } from 'vitest';
import { narrowScopes, needPatient } from './narrow-scopes.ts';

const narrow = (asked: string, registered: string | undefined, change: object = {}): string =>
  narrowScopes({ asked, registered, for: 'person', launched: true, ...change }).join(' ');

test('[SM11] what is registered takes in what is asked, or it is left out', () => {
  const table: readonly (readonly [registered: string, asked: string, granted: boolean])[] = [
    ['patient/*.rs', 'patient/Observation.rs', true],
    ['patient/*.rs', 'patient/Observation.r', true],
    ['patient/*.rs', 'patient/*.rs', true],
    ['patient/*.rs', 'patient/*.read', true],
    ['patient/*.read', 'patient/Observation.rs', true],
    ['patient/*.*', 'patient/Observation.cruds', true],
    ['patient/*.write', 'patient/Observation.cud', true],
    ['patient/*.rs', 'patient/Observation.cruds', false],
    ['patient/*.read', 'patient/Observation.write', false],
    ['patient/*.rs', 'user/Observation.rs', false],
    ['patient/Observation.rs', 'patient/*.rs', false],
    ['patient/Observation.rs', 'patient/Condition.rs', false],
    ['patient/Observation.rs', 'patient/Observation.rs?category=laboratory', true],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=laboratory', true],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs', false],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=vital-signs', false],
    ['patient/*.rs', 'openid', false],
    ['openid', 'openid', true],
    ['openid', 'offline_access', false],
  ];
  for (const [registered, asked, granted] of table) {
    expect([registered, asked, narrow(asked, registered)]).toEqual([registered, asked, granted ? asked : '']);
  }
});
test('[SM11] what SMART does not know is left out, also for the node’s own client', () => {
  const odd = [
    'patient/*.sr',
    'patient/*.x',
    'patient/*.',
    'patient/Nothing.rs',
    'Patient/*.rs',
    'patient/*.rs#x',
    '*',
    'patient/*',
  ];
  for (const each of odd) expect([each, narrow(each, undefined)]).toEqual([each, '']);
});
test('[SM11] system/ is for services, the rest for people, launch for a launch', () => {
  const all = 'openid launch launch/encounter system/*.rs user/*.rs';
  expect(narrow(all, undefined)).toBe('openid launch launch/encounter user/*.rs');
  expect(narrow(all, undefined, { launched: false })).toBe('openid user/*.rs');
  expect(narrow(all, undefined, { for: 'service' })).toBe('system/*.rs');
});
test('[SM12] the order and the words are those of the request, each once', () => {
  const asked = 'user/Patient.read openid user/Patient.read patient/Observation.rs?category=a&status=final';
  expect(narrow(asked, undefined)).toBe('user/Patient.read openid patient/Observation.rs?category=a&status=final');
});
test('[SM17] a patient is needed for launch/patient and for every scope about one', () => {
  expect(needPatient(['openid', 'user/*.rs'])).toBe(false);
  expect(needPatient(['launch/patient'])).toBe(true);
  expect(needPatient(['patient/Observation.r'])).toBe(true);
});
