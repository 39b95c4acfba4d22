// The rules of access over PostgreSQL say what they say over the memory store, for every role, resource and action.
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/base/json-types.ts';
import { breakGlass } from '../../src/core/access/break-glass.ts';
import { ROLES, type Principal } from '../../src/core/access/principal.ts';
import { accessOf } from '../../src/core/access/access-of.ts';
import {
  about,
  concept,
  duty,
  hospital,
  hospitalIn,
  label,
  medicine,
  note,
  NOW,
  principal,
  STANDING,
} from '../../src/core/access/small-hospital.test-kit.ts';
import { keyOf, query } from '../../src/core/record/contract/scribe.test-kit.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import { startTemporaryPostgres } from '../../src/server/storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore } from '../../src/server/storage/postgres-store.ts';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function postgres(): Promise<PostgresStore> {
  const server = await startTemporaryPostgres({});
  closing.push(() => server.stop());
  const store = await openPostgresStore({ url: await server.createDatabase('access'), ...nodePorts(), connections: 2 });
  closing.push(() => store.close());
  return store;
}

const shut = (patient: string, more: JsonObject): JsonObject => ({
  status: 'active',
  scope: { text: 'privacy' },
  category: [concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTOUT')],
  patient: { reference: patient },
  ...more,
});
function glass(patient: string): JsonObject {
  const made = breakGlass({ patient, who: 'Practitioner/me', name: 'Me', reason: 'arrest call' }, NOW);
  if (!made.ok) throw new Error(made.error);
  const { resourceType: _, ...task } = made.value.task;
  return task;
}
const lab = (patient: string): JsonObject => ({
  status: 'final',
  code: { text: 'K' },
  category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
  ...about(patient),
});
const MORE: readonly (readonly [string, JsonObject])[] = [
  ['Composition/secret-p1', note('Patient/p1', label('conf', 'R'))],
  ['MedicationRequest/secret-p1', medicine('Patient/p1', label('act', 'HIV'))],
  ['Observation/lab-p1', lab('Patient/p1')],
  ['Observation/lab-p5', lab('Patient/p5')],
  [
    'CareTeam/t',
    { status: 'active', ...about('Patient/p3'), participant: [{ member: { reference: 'Practitioner/me' } }] },
  ],
  ['Consent/p2', shut('Patient/p2', {})],
  ['Task/glass', glass('Patient/p5')],
  [
    'Patient/p6',
    { name: [{ family: 'p6' }], ...label('act', 'EMP'), generalPractitioner: [{ reference: 'Organization/site' }] },
  ],
  ['Composition/note-p6', note('Patient/p6')],
  ['Patient/p7', { name: [{ family: 'p7' }], generalPractitioner: [{ reference: 'Practitioner/me' }] }],
  ['Composition/note-p7', note('Patient/p7')],
  [
    'Consent/p7',
    shut('Patient/p7', {
      provision: { actor: [{ role: { text: 'x' }, reference: { reference: 'Practitioner/me' } }] },
    }),
  ],
];

test('[AC14] [AC18] a store of SQL evaluates the rules of every role as the memory store does', async () => {
  const oracle = await hospital(...MORE);
  const house = await hospitalIn(await postgres(), MORE);
  const rows = [...STANDING, ...MORE];
  const names = rows.map(([name]) => name);
  const types = [...new Set(names.map((name) => keyOf(name).type))];
  const asking: readonly Principal[] = [
    ...ROLES.map((role) =>
      principal([duty(role, { supervisor: role === 'doctor' })], role === 'patient' ? { who: 'Patient/p1' } : {}),
    ),
    principal([duty('nurse', { places: [] })]),
    principal([duty('doctor')], {
      scopes: ['patient/*.rs', 'user/Observation.rs?category=laboratory'],
      launchPatient: 'Patient/p1',
    }),
    principal([]),
  ];
  let seen = 0;
  for (const who of asking) {
    const said = `${who.duties[0]?.role ?? 'nobody'} ${who.scopes?.join(' ') ?? ''}`;
    const expected = await oracle.sees(who, names);
    expect(await house.sees(who, names), said).toEqual(expected);
    seen += expected.length;
    const { visible, care } = accessOf(who, NOW);
    for (const type of types) {
      const [mine, theirs] = await Promise.all(
        [house, oracle].map(({ scribe }) => scribe.findAll(query(type, []), visible)),
      );
      expect(mine?.toSorted(), `${said} ${type}`).toEqual(theirs?.toSorted());
    }
    if (care !== undefined) expect(await house.sees(care, names), said).toEqual(await oracle.sees(care, names));
    for (const [name, content] of rows) {
      for (const action of ['create', 'update'] as const) {
        expect(await house.may(who, action, name, content), `${said} ${action} ${name}`).toBe(
          await oracle.may(who, action, name, content),
        );
      }
    }
  }
  expect(seen).toBeGreaterThan(150);
});
