// Who may see, in PostgreSQL: what hidden and absent things cost, what is asked together, what is remembered, and the home column.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { AROUND_WORLDS, patient, SECRET, weight, write } from '../../core/record/contract/around.test-kit.ts';
import {
  keyOf,
  param,
  query,
  reference,
  revision,
  Scribe,
  text,
  token,
} from '../../core/record/contract/scribe.test-kit.ts';
import { EVERYTHING, type ResourceFilter, type Visibility, type VisibilityRule } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { compartments } from './internal/hashes.ts';
import { exactly } from './internal/visible-sql.ts';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
let databases = 0;
const open: PostgresStore[] = [];

beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const store of open.splice(0)) await store.close();
});
afterAll(() => server.stop());

const newDatabase = (): Promise<string> => server.createDatabase(`v${++databases}`);
async function opened(url: string, more: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
  const store = await openPostgresStore({ url, ...ports, connections: 1, ...more });
  open.push(store);
  return store;
}

/** The texts of all statements that `work` sends, without those by which commits get their numbers meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const spy = vi.spyOn(Client.prototype, 'query');
  try {
    await work();
    const texts = spy.mock.calls.map(([asked]: readonly unknown[]) =>
      typeof asked === 'object' && asked !== null && 'text' in asked ? String(asked.text) : String(asked),
    );
    return texts.filter((each) => each.startsWith('SELECT') && !each.includes('advisory'));
  } finally {
    spy.mockRestore();
  }
}

const TEAM: ResourceFilter = { types: ['CareTeam'], where: [reference('participant', 'Practitioner/me')] };
const VIP: ResourceFilter = { types: ['Condition'], where: [token('code', 'vip')] };
const REACH: VisibilityRule = { related: [[TEAM]], unrelated: [VIP], withoutSecurity: ['urn:sec|R'] };
const RIGHTS: Visibility = {
  see: 'some',
  rules: [
    { types: ['Patient'] },
    REACH,
    { types: ['Observation'], matching: [{ types: ['Observation'], where: [token('status', 'amended')] }] },
  ],
};
const mine = (subject: string) => ({
  subject: { reference: subject },
  participant: [{ member: { reference: 'Practitioner/me' } }],
});

/** Patient/a is in reach, Patient/b is not. */
async function filled(store: PostgresStore): Promise<Scribe> {
  const scribe = new Scribe(store);
  await scribe.create('Patient/a', patient('Adams'));
  await scribe.create('Patient/b', patient('Baker'));
  await scribe.create('CareTeam/a', mine('Patient/a'));
  await scribe.create('Observation/a', weight('Patient/a', 60));
  await scribe.create('Observation/labelled', weight('Patient/a', 61, SECRET));
  await scribe.update('Observation/a', weight('Patient/a', 60, SECRET));
  await scribe.update('Observation/a', weight('Patient/a', 60));
  await scribe.create('Observation/b', weight('Patient/b', 62));
  await scribe.create('Observation/gone', weight('Patient/b', 63));
  await scribe.remove('Observation/gone');
  await scribe.create('Observation/group', weight('Group/g', 64));
  await scribe.create('Observation/moved', weight('Patient/a', 65));
  await scribe.update('Observation/moved', weight('Patient/b', 65));
  const first = await scribe.create('Observation/conflict', weight('Patient/b', 66));
  for (const value of [67, 68]) {
    await scribe.land(
      revision('Observation/conflict', weight('Patient/b', value), { parents: [first.versionId], expect: 'any' }),
    );
  }
  return scribe;
}
const HIDDEN = ['labelled', 'b', 'gone', 'group', 'moved', 'conflict'].map((id) => `Observation/${id}`);

test('[PG18] what is hidden costs the statements of what was never there, the first time and again', async () => {
  const store = await opened(await newDatabase());
  const scribe = await filled(store);
  await scribe.get('Observation/a', RIGHTS);
  const reading = (name: string) => statementsOf(() => scribe.get(name, RIGHTS));
  const absent = await reading('Observation/nothing');
  expect(absent).toHaveLength(2);
  for (const name of HIDDEN) {
    for (let n = 0; n < 3; n++) {
      expect(await reading(name), name).toEqual(absent);
      expect(await reading('Observation/nothing')).toEqual(absent);
    }
    expect(await scribe.get(name, RIGHTS), name).toBeUndefined();
  }
  // Several at once cost what several that are absent cost.
  const many = (names: readonly string[]) => statementsOf(() => store.read(names.map(keyOf), RIGHTS));
  expect(await many(HIDDEN)).toEqual(await many(HIDDEN.map((_, n) => `Observation/nothing-${n}`)));
});

test('[PG18] a version that is hidden costs the statement of one that never was', async () => {
  const store = await opened(await newDatabase());
  const scribe = await filled(store);
  const asking = (name: string, version: string) => statementsOf(() => store.readVersion(keyOf(name), version, RIGHTS));
  const absent = await asking('Observation/nothing', 'x');
  expect(absent).toHaveLength(1);
  expect(await asking('Observation/a', 'x')).toEqual(absent);
  let asked = 0;
  for (const name of [...HIDDEN, 'Observation/a']) {
    for (const { versionId, text: body } of (await scribe.history(name)).versions) {
      if (name === 'Observation/a' && !body.includes('urn:sec')) continue;
      asked++;
      expect(await asking(name, versionId), name).toEqual(absent);
    }
  }
  expect(asked).toBeGreaterThan(HIDDEN.length);
});

test('[PG18] a search about a patient out of reach costs the statements of one about nobody', async () => {
  const store = await opened(await newDatabase());
  const scribe = await filled(store);
  const asking = (id: string) =>
    statementsOf(() =>
      scribe.page(query('Observation', [reference('subject', `Patient/${id}`), token('code', 'w')]), RIGHTS),
    );
  const absent = await asking('nobody');
  expect(absent).toHaveLength(2);
  expect(await asking('b')).toEqual(absent);
});

test('[PG19] a search of one patient looks around once, and then reads one range of the hot table', async () => {
  const store = await opened(await newDatabase());
  const scribe = await filled(store);
  const asked = query('Observation', [reference('subject', 'Patient/a'), token('code', 'w')], {
    sort: [{ param: 'date', type: 'date', descending: true }],
    count: 1,
  });
  const [look, page] = await statementsOf(() => scribe.page(asked, RIGHTS));
  expect(look).toContain('EXISTS');
  const pageOf = (sql: string | undefined) => sql?.slice(sql.indexOf('LEFT JOIN ('));
  expect(pageOf(page)).toMatch(
    /FROM \(SELECT c, main, rid FROM hot WHERE hash = \$\d+::bigint AND c = \$\d+::bigint\) h /,
  );
  expect(pageOf(page)).not.toContain('EXISTS');
  const [plain] = await statementsOf(() => scribe.page(asked, EVERYTHING));
  const range = (sql = '') => sql.slice(0, sql.indexOf('NOT r.deleted')).replaceAll(/\$\d+/g, '$');
  expect(range(pageOf(page))).toBe(range(pageOf(plain)));
});

test('[PG19] reads by several who see different things go to the database together', async () => {
  const store = await opened(await newDatabase());
  const scribe = await filled(store);
  const others: Visibility = { see: 'some', rules: [{ withoutSecurity: ['urn:sec|R'] }] };
  const names = ['Observation/a', 'Observation/labelled', 'Observation/b', 'Patient/a', 'Observation/nothing'];
  let found: readonly (readonly boolean[])[] = [];
  const sent = await statementsOf(async () => {
    found = await Promise.all(
      [EVERYTHING, RIGHTS, others].map((visible) =>
        Promise.all(names.map(async (name) => (await scribe.get(name, visible)) !== undefined)),
      ),
    );
  });
  expect(found).toEqual([
    [true, true, true, true, false],
    [true, false, false, true, false],
    [true, false, true, true, false],
  ]);
  expect(sent).toHaveLength(2);
});

test('[RS32] what shows is remembered for a moment, until the process itself writes there; what hides is not', async () => {
  const url = await newDatabase();
  const store = await opened(url, { rememberMs: 60_000 });
  const elsewhere = new Scribe(await opened(url));
  const scribe = await filled(store);
  const reading = (name: string) => statementsOf(() => scribe.get(name, RIGHTS));
  expect(await reading('Observation/a')).toHaveLength(2);
  expect(await reading('Observation/a')).toHaveLength(1);
  // Given by another process: had at once, for what would be hidden is asked anew.
  expect(await scribe.get('Observation/b', RIGHTS)).toBeUndefined();
  await elsewhere.create('CareTeam/b', mine('Patient/b'));
  expect(await scribe.get('Observation/b', RIGHTS)).toBeDefined();
  // Taken by this one: gone at once.
  await scribe.remove('CareTeam/a');
  expect(await scribe.get('Observation/a', RIGHTS)).toBeUndefined();
  const asked = query('Observation', [reference('subject', 'Patient/a')]);
  expect(await scribe.find(asked, RIGHTS)).toEqual([]);
  await scribe.create('CareTeam/aa', mine('Patient/a'));
  expect(await scribe.find(asked, RIGHTS)).toEqual(['Observation/a']);
});

test('[PG17] a filter that SQL is not sure of is replaced by what it finds, every other stays as it is', async () => {
  const tools = {
    digest: ports.digest,
    compartment: compartments(ports.digest),
    baseUrls: [],
    policies: new Map(),
    policyVersion: '',
  };
  const when = param('period', 'date', [{ kind: 'date', prefix: 'ap', lo: 0, hi: 1 }]);
  const sure: readonly ResourceFilter[] = [
    { types: ['Task'], where: [token('code', 'x', 'urn:s'), reference('requester', 'Practitioner/me'), when] },
    {
      types: ['Encounter', 'Task'],
      where: [{ kind: 'any', of: [token('status', 'a'), token('status', 'b', undefined, 'not')] }],
    },
    { types: ['Patient'], where: [token('_security', 'R', 'urn:sec'), { kind: 'id', ids: ['a'] }] },
  ];
  const unsure: readonly ResourceFilter[] = [
    { types: ['Patient'], where: [text('family', 'Adams', 'exact')] },
    {
      types: ['Task'],
      where: [{ kind: 'any', of: [when, param('code', 'token', [{ kind: 'token', system: 'urn:s' }])] }],
    },
  ];
  const asked: ResourceFilter[] = [];
  const names = (filter: ResourceFilter) => {
    asked.push(filter);
    return Promise.resolve([`${filter.types[0] ?? ''}/1`]);
  };
  const plain: Visibility = { see: 'some', rules: [{ matching: sure, related: [sure], unrelated: sure }] };
  expect(await exactly(tools, plain, names)).toBe(plain);
  expect(asked).toEqual([]);
  const mixed: Visibility = { see: 'some', rules: [{ matching: [...sure, ...unsure], related: [unsure] }] };
  const made = await exactly(tools, mixed, names);
  expect(asked).toEqual(unsure);
  const named = unsure.map(({ types }) => ({ types, where: [{ kind: 'id', ids: [`${types[0] ?? ''}/1`] }] }));
  expect(made).toEqual({ see: 'some', rules: [{ matching: [...sure, ...named], related: [named] }] });
});

test('[PG20] migrating a record that is there fills the homes, and verify agrees', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  await filled(store);
  for (const { rows } of AROUND_WORLDS.slice(0, 1))
    await write(
      store,
      rows.filter(({ name }) => name.startsWith('Task')),
      true,
    );
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const homes = async () => (await client.query('SELECT type, id, home FROM resource ORDER BY type, id')).rows;
    const before = await homes();
    const each = before.map(({ home }: { home: string }) => home);
    expect(new Set(each)).toEqual(new Set(['', 'Patient/a', 'Patient/b', 'Patient/d']));
    await client.query('ALTER TABLE resource DROP COLUMN home');
    await client.query(readFileSync(fileURLToPath(new URL('migrations/0002-home.sql', import.meta.url)), 'utf8'));
    expect(await homes()).toEqual(before);
  } finally {
    await client.end();
  }
  expect((await store.verify()).findings).toEqual([]);
});
