import { expect, test } from 'vitest';
import { ROLE_SYSTEM, SUPERVISOR_CODE } from '../../core/access/names.ts';
import { ROLES } from '../../core/access/principal.ts';
import { demoUsers } from './demo-users.ts';
import { AFTERNOON, list, readDemo, text } from './read-demo.test-kit.ts';

const demo = readDemo({ seed: 'holdfast', now: AFTERNOON });
const codesOf = (role: unknown): readonly string[] =>
  list(role, 'code')
    .flatMap((concept) => list(concept, 'coding'))
    .filter((coding) => text(coding, 'system') === ROLE_SYSTEM)
    .map((coding) => text(coding, 'code'));

test('[DM29] every member of staff has a known role; wards, practice and hospital have supervisors', () => {
  const known = new Set<string>([...ROLES, SUPERVISOR_CODE]);
  const supervised = new Set<string>();
  for (const role of demo.of('PractitionerRole')) {
    const codes = codesOf(role);
    expect(codes.filter((code) => code !== SUPERVISOR_CODE).length, role.id).toBeGreaterThan(0);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
    if (codes.includes(SUPERVISOR_CODE)) supervised.add(text(role, 'location', 0, 'reference'));
  }
  const wards = demo.of('Encounter').flatMap((encounter) => {
    const bed = text(list(encounter, 'location').at(-1), 'location', 'reference');
    const ward = text(demo.get(bed), 'partOf', 'reference');
    return ward.startsWith('Location/ward-') ? [ward] : [];
  });
  expect(wards.length).toBeGreaterThan(50);
  for (const place of [...new Set(wards), 'Location/gp-practice', 'Location/hospital'])
    expect(supervised, place).toContain(place);
});
test('[DM30] there is a demo user of every kind, and each is somebody in the demo', () => {
  const users = demoUsers({ seed: 'holdfast' });
  const roles = new Set<string>();
  for (const { subject, userName, password } of users) {
    expect(demo.get(subject), userName).toBeDefined();
    expect(password.length).toBeGreaterThanOrEqual(10);
    if (subject.startsWith('Patient/')) roles.add('patient');
    for (const code of codesOf(demo.get(`PractitionerRole/${subject.slice('Practitioner/'.length)}-role`)))
      roles.add(code);
  }
  for (const role of ROLES) if (role !== 'service') expect(roles, role).toContain(role);
  expect(new Set(users.map(({ userName }) => userName)).size).toBe(users.length);
  expect(demo.of('Basic')).toEqual([]);
});
