// A hospital of five patients over the memory store, and the questions that the tests of access ask of it.
//
//   p1 on ward A now · p2 on ward B now, same site · p3 long gone · p4 known to nobody · p5 at another site.
import { assert } from '../base/assert.ts';
import type { JsonObject, ResourceJson } from '../base/json-types.ts';
import { pureDigest } from '../base/sha256.ts';
import { keyOf, revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import type { RecordStore, Visibility } from '../record/store.ts';
import { accessOf } from './access-of.ts';
import type { Access } from './access.ts';
import { ACT_CODE_SYSTEM, CONFIDENTIALITY_SYSTEM } from './names.ts';
import type { Duty, Principal, Role } from './principal.ts';
import type { Action } from './roles.ts';

export const NOW = Date.UTC(2026, 10, 23, 2, 10);
const DAY = 86_400_000;
/** A FHIR dateTime, `days` from now. */
export const day = (days: number): string => new Date(NOW + days * DAY).toISOString();

export const label = (system: 'conf' | 'act', code: string): JsonObject => ({
  meta: { security: [{ system: system === 'conf' ? CONFIDENTIALITY_SYSTEM : ACT_CODE_SYSTEM, code }] },
});
export const about = (patient: string): JsonObject => ({ subject: { reference: patient } });
export const concept = (system: string, code: string): JsonObject => ({ coding: [{ system, code }] });

export const stay = (patient: string, more: JsonObject): JsonObject => ({
  status: 'in-progress',
  class: { code: 'IMP' },
  ...about(patient),
  period: { start: day(-2) },
  ...more,
});
export const at = (place: string): JsonObject => ({ location: [{ location: { reference: `Location/${place}` } }] });
export const by = (site: string): JsonObject => ({ serviceProvider: { reference: `Organization/${site}` } });
export const note = (patient: string, more: JsonObject = {}): JsonObject => ({
  status: 'final',
  type: { text: 'note' },
  ...about(patient),
  date: day(-1),
  author: [{ reference: 'Practitioner/author' }],
  title: 'Note',
  ...more,
});
export const medicine = (patient: string, more: JsonObject = {}): JsonObject => ({
  status: 'active',
  intent: 'order',
  ...about(patient),
  ...more,
});

const PATIENTS = ['p1', 'p2', 'p3', 'p4', 'p5'] as const;

/** Everything that each patient has: the note `note-p1`, the medicine `rx-p1`, the allergy `al-p1` and so on. */
export const STANDING: readonly (readonly [string, JsonObject])[] = [
  ...PATIENTS.flatMap((p): (readonly [string, JsonObject])[] => [
    [`Patient/${p}`, { name: [{ family: p }] }],
    [`Composition/note-${p}`, note(`Patient/${p}`)],
    [`MedicationRequest/rx-${p}`, medicine(`Patient/${p}`)],
    [`AllergyIntolerance/al-${p}`, { patient: { reference: `Patient/${p}` } }],
    [`Flag/flag-${p}`, { status: 'active', code: { text: 'x' }, ...about(`Patient/${p}`) }],
  ]),
  ['Encounter/e1', stay('Patient/p1', { ...at('ward-a-bed-1'), ...by('site') })],
  ['Encounter/e2', stay('Patient/p2', { ...at('ward-b'), ...by('site') })],
  [
    'Encounter/e3',
    stay('Patient/p3', {
      ...at('ward-a'),
      ...by('site'),
      status: 'finished',
      period: { start: day(-900), end: day(-800) },
    }),
  ],
  ['Encounter/e5', stay('Patient/p5', { ...at('elsewhere'), ...by('other-site') })],
  ['Task/trolley', { status: 'requested', intent: 'order', description: 'restock' }],
  ['Location/ward-a', { name: 'A' }],
  ['Device/pump', { deviceName: [{ name: 'pump', type: 'other' }] }],
  ['Device/pacemaker', { patient: { reference: 'Patient/p4' } }],
];

export const WARD_A = ['Location/ward-a', 'Location/ward-a-bed-1'];

export const duty = (role: Role, more: Partial<Duty> = {}): Duty => ({
  role,
  site: 'Organization/site',
  places: WARD_A,
  supervisor: false,
  ...more,
});
export const principal = (duties: readonly Duty[], more: Partial<Principal> = {}): Principal => ({
  who: 'Practitioner/me',
  name: 'Me',
  duties,
  client: 'c',
  session: 's',
  asOf: NOW,
  ...more,
});
export const nurse = principal([duty('nurse')]);
export const doctor = principal([duty('doctor')]);
export const patient = (id: string): Principal =>
  principal([{ role: 'patient', places: [], supervisor: false }], { who: `Patient/${id}` });
export const service = principal([{ role: 'service', places: [], supervisor: false }], { who: 'Device/backend' });

export interface Hospital {
  readonly scribe: Scribe;
  add(name: string, content: JsonObject): Promise<void>;
  /** Of `names`, those that `who` sees. */
  sees(who: Principal | Visibility, names: readonly string[], now?: number): Promise<readonly string[]>;
  /** Whether `who` may do that with the resource as it is here or would be. */
  may(who: Principal, action: Exclude<Action, 'read'>, name: string, content: JsonObject): Promise<boolean>;
}

export const hospital = (...more: readonly (readonly [string, JsonObject])[]): Promise<Hospital> =>
  hospitalIn(createMemoryStore({ digest: pureDigest, origin: 'test.1' }), more);

/** In an empty store. */
export async function hospitalIn(
  store: RecordStore,
  more: readonly (readonly [string, JsonObject])[],
): Promise<Hospital> {
  const scribe = new Scribe(store);
  for (const [name, content] of [...STANDING, ...more]) await scribe.land(revision(name, content));
  return {
    scribe,
    add: async (name, content) => void (await scribe.update(name, content)),
    sees: async (who, names, now = NOW) => {
      const visible = 'see' in who ? who : accessOf(who, now).visible;
      const found = await scribe.store.read(names.map(keyOf), visible);
      return names.filter((_, i) => found[i] !== undefined);
    },
    may: async (who, action, name, content) => {
      const access: Access = accessOf(who, NOW);
      const key = keyOf(name);
      const resource: ResourceJson = { resourceType: key.type, id: key.id, ...content };
      const [answer] = await scribe.store.wouldSee([{ key, resource }], access[action]);
      assert(answer !== undefined, 'every candidate is answered');
      return answer;
    },
  };
}
