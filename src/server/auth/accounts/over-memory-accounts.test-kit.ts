// Accounts over a memory store: a clock that is moved by hand, cheap scrypt, an audit that is a list, and a small hospital.
import { randomFillSync } from 'node:crypto';
import type { AuditEntry } from '../../../core/access/audit-trail.ts';
import { ROLE_SYSTEM, SUPERVISOR_CODE } from '../../../core/access/names.ts';
import type { Duty, Principal, Role } from '../../../core/access/principal.ts';
import type { JsonObject } from '../../../core/base/json-types.ts';
import type { Clock } from '../../../core/base/ports.ts';
import { pureDigest } from '../../../core/base/sha256.ts';
import { createEngine } from '../../../core/engine/create-engine.ts';
import type { RecordEngine } from '../../../core/engine/engine.ts';
import { patchers } from '../../../core/fhir/patch/patchers.ts';
import { createMemoryStore } from '../../../core/record/memory-store.ts';
import { EVERYTHING, type RecordStore } from '../../../core/record/store.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import type { Accounts, From } from './accounts.ts';
import { openAccounts } from './open-accounts.ts';
import { passwordHashing, type PasswordHashing } from './password-hash.ts';

export const T0 = Date.UTC(2026, 10, 23, 8);
export const HOUR = 3_600_000;
export const DESK: From = { address: '10.0.0.7' };
export const SITE = 'Organization/site';
export const OTHER_SITE = 'Organization/other';
export const WARD = 'Location/ward-a';

export interface Hospital {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly rows: ExpiringRows;
  readonly accounts: Accounts;
  readonly audit: AuditEntry[];
  readonly clock: Clock & { now: () => number; set(at: number): void };
  /** How often scrypt was asked to compare, and whether there was a verifier. */
  readonly compared: boolean[];
  put(resource: JsonObject & { readonly resourceType: string; readonly id: string }): Promise<void>;
  get(type: string, id: string): Promise<JsonObject | undefined>;
}

export async function hospital(
  hashing: PasswordHashing = passwordHashing(4),
  isDemo?: () => boolean,
): Promise<Hospital> {
  const store = createMemoryStore({ digest: pureDigest, origin: 'test.1' });
  let at = T0;
  const clock = { now: () => at, set: (to: number) => void (at = to) };
  const chance = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };
  const engine = createEngine({ store, clock, chance, patch: patchers });
  const rows = memoryExpiringRows(clock);
  const audit: AuditEntry[] = [];
  const compared: boolean[] = [];
  const accounts = openAccounts({
    store,
    engine,
    clock,
    chance,
    rows,
    ...(isDemo === undefined ? {} : { isDemo }),
    audit: { record: async (entry) => void audit.push(entry) },
    hashing: {
      ...hashing,
      verify: (password, verifier, source) => {
        compared.push(verifier !== undefined);
        return hashing.verify(password, verifier, source);
      },
    },
  });
  const put: Hospital['put'] = async (resource) => {
    const done = await engine.change(
      [{ kind: 'update', type: resource.resourceType, id: resource.id, text: JSON.stringify(resource) }],
      { visible: EVERYTHING },
    );
    if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  };
  const get: Hospital['get'] = async (type, id) => {
    const [stored] = await store.read([{ type, id }], EVERYTHING);
    return stored === undefined || stored.deleted ? undefined : JSON.parse(stored.text);
  };
  await put({ resourceType: 'Organization', id: 'site', name: 'Site' });
  await put({ resourceType: 'Organization', id: 'other', name: 'Other site' });
  const place = (id: string, site: string, partOf?: string) =>
    put({
      resourceType: 'Location',
      id,
      name: id,
      managingOrganization: { reference: site },
      ...(partOf === undefined ? {} : { partOf: { reference: `Location/${partOf}` } }),
    });
  await place('house', SITE);
  await place('ward-a', SITE, 'house');
  await place('ward-b', SITE, 'house');
  await place('bed-a1', SITE, 'ward-a');
  await place('far-ward', OTHER_SITE);
  return { store, engine, rows, accounts, audit, clock, compared, put, get };
}

/** A PractitionerRole as it stands in the record. */
export const roleOf = (
  id: string,
  who: string,
  role: Role,
  more: JsonObject & { readonly supervisor?: boolean; readonly site?: string; readonly ward?: string } = {},
): JsonObject & { readonly resourceType: string; readonly id: string } => {
  const { supervisor, site, ward, ...others } = more;
  return {
    resourceType: 'PractitionerRole',
    id,
    practitioner: { reference: who },
    organization: { reference: site ?? SITE },
    code: [role, ...(supervisor === true ? [SUPERVISOR_CODE] : [])].map((code) => ({
      coding: [{ system: ROLE_SYSTEM, code }],
    })),
    ...(ward === undefined ? {} : { location: [{ reference: ward }] }),
    ...others,
  };
};

export const duty = (role: Role, more: Partial<Duty> = {}): Duty => ({
  role,
  site: SITE,
  places: [],
  supervisor: false,
  ...more,
});
export const principal = (...duties: readonly Duty[]): Principal => ({
  who: 'Practitioner/boss',
  name: 'Bo Boss',
  duties,
  client: 'holdfast-web',
  session: 'session-1',
  asOf: T0,
});
/** Supervisor of a ward, and of the whole site. */
export const WARD_BOSS = principal(duty('nurse', { places: [WARD, 'Location/bed-a1'], supervisor: true }));
export const SITE_BOSS = principal(duty('nurse', { supervisor: true }));
export const PASSWORD = 'correct horse battery';

/** Somebody with an account and this password. */
export async function member(
  there: Hospital,
  userName: string,
  more: {
    readonly until?: number;
    readonly password?: string;
    readonly role?: Role;
    readonly site?: string;
    readonly ward?: string;
    readonly supervisor?: boolean;
  } = {},
): Promise<string> {
  const made = await there.accounts.enrol(
    {
      givenName: userName,
      familyName: 'Test',
      role: more.role ?? 'nurse',
      site: more.site ?? SITE,
      userName,
      password: more.password ?? PASSWORD,
      ...(more.ward === undefined ? {} : { ward: more.ward }),
      ...(more.supervisor === undefined ? {} : { supervisor: more.supervisor }),
      ...(more.until === undefined ? {} : { until: more.until }),
    },
    'terminal',
  );
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value.accountId;
}
