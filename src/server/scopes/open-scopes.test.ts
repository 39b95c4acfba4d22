// Grants as they come about, and what a node says of its own copy: over a PostgreSQL.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { revision, Scribe, T0 } from '../../core/record/contract/scribe.test-kit.ts';
import { KEEPS_WARD_EXTENSION, ROLE_SYSTEM } from '../../core/access/names.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import type { Instant } from '../../core/base/ports.ts';
import { CATALOGUE_SCOPES, installOf } from '../../core/record/scope.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { openMemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../storage/embedded/start-temporary.test-kit.ts';
import { openGrants, type OpenGrants } from '../storage/grants.ts';
import { openPostgresStore, type PostgresStore } from '../storage/postgres-store.ts';
import { openScopes, type OpenScopes } from './open-scopes.ts';
import type { ScopeTables } from './ports.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
let databases = 0;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await startTemporaryPostgres({});
});
// A database takes a hundred sessions: each test gives its own back.
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => server.stop());

class Node {
  now: Instant = T0;
  readonly told: string[] = [];
  readonly url: string;
  readonly store: PostgresStore;
  readonly tables: OpenGrants;
  readonly scribe: Scribe;
  readonly scopes: OpenScopes;

  private constructor(url: string, store: PostgresStore, tables: OpenGrants) {
    this.url = url;
    this.store = store;
    this.tables = tables;
    this.scribe = new Scribe(store);
    this.scopes = this.open();
  }

  static async fresh(): Promise<Node> {
    const url = await server.createDatabase(`s${++databases}`);
    const store = await openPostgresStore({ url, ...ports, connections: 2 });
    const tables = await openGrants({ url, digest: ports.digest });
    closing.push(
      () => store.close(),
      () => tables.close(),
    );
    return new Node(url, store, tables);
  }

  /** As one more process. */
  open(): OpenScopes {
    const { store, tables } = this;
    const clock = { now: () => this.now };
    return openScopes({
      store,
      sync: store.sync,
      tables,
      install: installOf(store.origin),
      clock,
      log: (text) => this.told.push(text),
    });
  }

  async run(): Promise<void> {
    while (await this.scopes.step());
  }

  /** Patients that the peer was granted. */
  async patientsOf(peer: string): Promise<readonly string[]> {
    const scopes = await this.scopes.grantsOf(peer);
    return scopes === 'all' ? ['all'] : scopes.filter((key) => key.startsWith('pat/')).map((key) => key.slice(4));
  }
}

/** The tables with some answers of its own. */
const instead = (tables: OpenGrants, own: Partial<ScopeTables>): ScopeTables =>
  new Proxy<ScopeTables>(tables, {
    get: (_target, name) => {
      const found: unknown = Reflect.get(own, name) ?? Reflect.get(tables, name);
      return typeof found === 'function' ? found.bind(tables) : found;
    },
  });

const at = (name: string) => ({ reference: name });
const of = (patient: string, more: JsonObject = {}): JsonObject => ({ subject: at(`Patient/${patient}`), ...more });

/** Two sites of one owner, a ward with a bed, a service and a role. */
const PLACES: readonly (readonly [name: string, content: JsonObject])[] = [
  ['Organization/owner', {}],
  ['Organization/a', { partOf: at('Organization/owner') }],
  ['Organization/b', { partOf: at('Organization/owner') }],
  ['Organization/a-unit', { partOf: at('Organization/a') }],
  ['Location/a-ward', { managingOrganization: at('Organization/a-unit') }],
  ['Location/a-bed', { partOf: at('Location/a-ward') }],
  ['Location/b-ward', { managingOrganization: at('Organization/b') }],
  ['HealthcareService/a-clinic', { providedBy: at('Organization/a') }],
  ['PractitionerRole/a-doctor', { organization: at('Organization/a') }],
];
/** Each way in which a patient becomes one of site a, by a patient of its own. */
const VISITS: readonly (readonly [name: string, content: JsonObject])[] = [
  ['Encounter/1', of('1', { status: 'in-progress', class: {}, serviceProvider: at('Organization/a') })],
  ['Encounter/2', of('2', { status: 'finished', class: {}, location: [{ location: at('Location/a-bed') }] })],
  [
    'Appointment/3',
    { status: 'booked', participant: [{ actor: at('Patient/3') }, { actor: at('HealthcareService/a-clinic') }] },
  ],
  ['EpisodeOfCare/4', { status: 'active', patient: at('Patient/4'), managingOrganization: at('Organization/a-unit') }],
  ['ServiceRequest/5', of('5', { status: 'active', intent: 'order', locationReference: [at('Location/a-ward')] })],
  ['ServiceRequest/6', of('6', { status: 'active', intent: 'order', performer: [at('PractitionerRole/a-doctor')] })],
  ['CareTeam/7', of('7', { managingOrganization: [at('Organization/a')] })],
  ['CareTeam/8', of('8', { participant: [{ onBehalfOf: at('Organization/a') }] })],
  ['Task/9', { status: 'requested', intent: 'order', for: at('Patient/9'), owner: at('Organization/a') }],
  ['Patient/10', { generalPractitioner: [at('Organization/a')] }],
  ['Patient/11', { managingOrganization: at('Organization/a') }],
];
const OF_A = VISITS.map((_visit, i) => String(i + 1)).toSorted();
/** Nothing of these is anything of site a. */
const ELSEWHERE: readonly (readonly [name: string, content: JsonObject])[] = [
  ['Encounter/b', of('b', { status: 'in-progress', class: {}, location: [{ location: at('Location/b-ward') }] })],
  ['Encounter/owner', of('owner', { status: 'finished', class: {}, serviceProvider: at('Organization/owner') })],
  ['Observation/c', of('c', { status: 'final', code: {}, performer: [at('Organization/a')] })],
  ['Encounter/none', { status: 'planned', class: {}, serviceProvider: at('Organization/a') }],
];

test('[SC5] visits, orders, teams and the patient itself make a patient the site’s, through whatever place leads up to it', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  await node.tables.enrol('site-b', 'site', ['Organization/b']);
  for (const [name, content] of [...PLACES, ...VISITS, ...ELSEWHERE]) await node.scribe.create(name, content);
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(OF_A);
  expect(await node.patientsOf('site-b')).toEqual(['b']);
  expect(await node.tables.granted('site-b', 10)).toEqual([{ key: 'pat/b', since: T0, why: 'visit' }]);
});

test('[SC30] [SC31] a device says whose patients it keeps, by the hand of somebody who works there', async () => {
  const node = await Node.fresh();
  for (const [name, content] of PLACES) await node.scribe.create(name, content);
  const role = (who: string, where: string): JsonObject => ({
    practitioner: at(`Practitioner/${who}`),
    code: [{ coding: [{ system: ROLE_SYSTEM, code: 'nurse' }] }],
    ...(where.startsWith('Location/') ? { location: [at(where)] } : { organization: at(where) }),
  });
  await node.scribe.create('PractitionerRole/of-a', role('of-a', 'Location/a-ward'));
  await node.scribe.create('PractitionerRole/of-b', role('of-b', 'Organization/b'));
  const stay = (patient: string, place: string): JsonObject =>
    of(patient, { status: 'in-progress', class: {}, location: [{ location: at(place) }] });
  await node.scribe.create('Encounter/in-a', stay('in-a', 'Location/a-bed'));
  await node.scribe.create('Encounter/in-b', stay('in-b', 'Location/b-ward'));
  await node.tables.enrol('tablet', 'device', []);
  const device = openMemorySyncStore(
    { digest: ports.digest, chance: ports.chance, clock: { now: () => T0 }, node: 'tablet' },
    { append: async () => undefined, replace: async () => undefined },
  );
  const scribe = new Scribe(device);
  const says = async (who: string | undefined, wards: readonly string[], id = 'tablet'): Promise<void> => {
    const extension = wards.map((ward) => ({ url: KEEPS_WARD_EXTENSION, valueReference: at(ward) }));
    const author = who === undefined ? {} : { author: { practitioner: `Practitioner/${who}`, device: 'tablet' } };
    const [known] = await device.read([{ type: 'Device', id }], EVERYTHING);
    const heads = known?.heads ?? [];
    await scribe.land({ ...revision(`Device/${id}`, { extension }), parents: heads, expectedHeads: heads, ...author });
    await node.store.sync.receive(device.commits(device.identity().origin, 1, 100), 'below', undefined, 'tablet');
    await node.run();
  };
  const places = async (): Promise<readonly string[]> => (await node.tables.peers())[0]?.places ?? [];
  await says(undefined, ['Location/a-ward']);
  await says('of-b', ['Location/a-ward']);
  await says('of-a', ['Location/a-ward'], 'another-device');
  expect(await places()).toEqual([]);
  await says('of-a', ['Location/a-ward', 'Location/b-ward']);
  expect(await places()).toEqual(['Location/a-ward']);
  expect(await node.patientsOf('tablet')).toEqual(['in-a']);
  await node.scribe.create('Encounter/new', stay('newcomer', 'Location/a-bed'));
  await node.run();
  expect(await node.patientsOf('tablet')).toEqual(['in-a', 'newcomer']);
  await says('of-b', ['Location/a-ward', 'Location/b-ward']);
  expect(await places()).toEqual(['Location/a-ward', 'Location/b-ward']);
  expect(await node.patientsOf('tablet')).toEqual(['in-a', 'in-b', 'newcomer']);
  await says('of-b', []);
  expect(await places()).toEqual([]);
  await node.tables.retire('tablet');
  await node.tables.setPlaces('tablet', ['Location/a-ward']);
  expect(await node.tables.grantsOf('tablet')).toEqual([]);
});

test('[SC5] a device is given what goes on at its ward', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('tablet', 'device', ['Organization/a']);
  await node.tables.enrol('of-the-ward', 'device', ['Location/a-ward']);
  for (const [name, content] of [...PLACES, ...VISITS]) await node.scribe.create(name, content);
  await node.run();
  expect(await node.patientsOf('tablet')).toEqual(OF_A.filter((id) => id !== '2'));
  expect(await node.patientsOf('of-the-ward')).toEqual(['5']);
});

test('[SC6] the patients of before are looked for when a site is enrolled', async () => {
  const node = await Node.fresh();
  for (const [name, content] of [...PLACES, ...VISITS, ...ELSEWHERE]) await node.scribe.create(name, content);
  // Nobody below: the job passes what came.
  await node.store.feed(Number.MAX_SAFE_INTEGER, 1);
  await node.run();
  expect((await node.scopes.state()).read).toBe(PLACES.length + VISITS.length + ELSEWHERE.length);
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(OF_A);
  // Enrolled again with other places, it keeps what it had.
  await node.tables.enrol('site-a', 'site', ['Organization/b']);
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual([...OF_A, 'b'].toSorted());
});

test('[SC6] a place that comes later, or is given to another, brings its patients', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  await node.tables.enrol('site-b', 'site', ['Organization/b']);
  for (const [name, content] of [...VISITS, ...ELSEWHERE]) await node.scribe.create(name, content);
  await node.run();
  // What names the Organization itself is known already.
  expect(await node.patientsOf('site-a')).toEqual(['1', '10', '11', '7', '8', '9']);
  for (const [name, content] of PLACES.toReversed()) await node.scribe.create(name, content);
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(OF_A);
  await node.scribe.update('Organization/a-unit', { partOf: at('Organization/b') });
  await node.run();
  expect(await node.patientsOf('site-b')).toEqual(['2', '4', '5', 'b']);
});

test('[SC5] places in a ring end', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  await node.scribe.create('Organization/x', { partOf: at('Organization/y') });
  await node.scribe.create('Organization/y', { partOf: at('Organization/x') });
  await node.scribe.create(
    'Encounter/1',
    of('1', { status: 'planned', class: {}, serviceProvider: at('Organization/y') }),
  );
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual([]);
  await node.scribe.update('Organization/x', { partOf: at('Organization/a') });
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(['1']);
});

test('[SC7] killed at any point and begun anew, by several processes at once, the grants are the same', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  for (const [name, content] of [...PLACES, ...VISITS, ...ELSEWHERE]) await node.scribe.create(name, content);
  // A step that ends before its place is kept.
  const dying = openScopes({
    store: node.store,
    sync: node.store.sync,
    tables: instead(node.tables, { advance: () => Promise.reject(new Error('killed')) }),
    install: 'x',
    clock: ports.clock,
    log: () => undefined,
  });
  await expect(dying.step()).rejects.toThrow('killed');
  expect((await node.scopes.state()).read).toBe(0);
  const others = [node.open(), node.open(), node.open()];
  for (let i = 0; i < 4; i++) await Promise.all(others.map((each) => each.step()));
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(OF_A);
  const before = await node.tables.granted('site-a', 100);
  await node.tables.advance((await node.scopes.state()).read, 0);
  node.now += 1000;
  await node.run();
  expect(await node.tables.granted('site-a', 100)).toEqual(before);
});

test('[SC8] linked patients come together, whichever of them says so, through any number of links', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  const link = (other: string) => ({ link: [{ other: at(`Patient/${other}`), type: 'seealso' }] });
  await node.scribe.create('Patient/p', link('q'));
  await node.scribe.create('Patient/q', {});
  await node.scribe.create('Patient/r', link('q'));
  await node.scribe.create('Patient/far', {});
  await node.run();
  await node.tables.grant('site-a', ['pat/p'], 'by-hand', T0);
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(['p', 'q', 'r']);
  // A link that comes later.
  await node.scribe.update('Patient/far', link('r'));
  await node.run();
  expect(await node.patientsOf('site-a')).toEqual(['far', 'p', 'q', 'r']);
});

test('[SC9] whoever had what was moved to another record is granted that one', async () => {
  const node = await Node.fresh();
  for (const peer of ['a', 'b', 'c']) await node.tables.enrol(peer, 'site', ['Organization/none']);
  await node.tables.grant('a', ['pat/wrong'], 'pushed', T0);
  await node.tables.grant('b', ['pat/right'], 'pushed', T0);
  await node.scribe.create('Observation/o', of('wrong', { status: 'final', code: {} }));
  await node.run();
  await node.scribe.update('Observation/o', of('right', { status: 'final', code: {} }));
  await node.run();
  expect(await node.patientsOf('a')).toEqual(['right', 'wrong']);
  expect(await node.patientsOf('b')).toEqual(['right', 'wrong']);
  expect(await node.patientsOf('c')).toEqual([]);
});

test('[SC4] a peer is granted the patients that it sends anything of', async () => {
  const node = await Node.fresh();
  const other = await Node.fresh();
  await node.tables.enrol('site-a', 'site', []);
  await other.scribe.land(
    revision('Patient/1', {}),
    revision('Observation/2', of('2', { status: 'final', code: {} })),
    revision('Organization/o', {}),
  );
  await other.scribe.land({ ...revision('Binary/b', {}), scope: 'node' });
  await node.scopes.noteReceived('site-a', await other.store.feed(0, 10));
  expect(await node.patientsOf('site-a')).toEqual(['1', '2']);
  // Nobody gets the audit of others by sending something that is said to be theirs.
  expect(await node.scopes.grantsOf('site-a')).not.toContain(`site/${installOf(other.store.origin)}`);
  // Devices carry each other's entries.
  await node.tables.enrol('tablet', 'device', []);
  await node.scopes.noteReceived('tablet', await other.store.feed(0, 10));
  expect(await node.patientsOf('tablet')).toEqual([]);
  const own = installOf(other.store.origin);
  await node.tables.enrol(own, 'device', []);
  await node.scopes.noteReceived(own, await other.store.feed(0, 10));
  expect(await node.patientsOf(own)).toEqual(['1', '2']);
  expect((await node.tables.granted('site-a', 9)).map(({ why }) => why)).toEqual(['pushed', 'pushed']);
});

test('[SC20] [SC21] what is here is whole where it was filled or begun here, as of the last full word from above', async () => {
  const node = await Node.fresh();
  expect(await node.scopes.of(['1'])).toBeUndefined();
  expect(await node.scopes.overall()).toBeUndefined();
  expect(await node.scopes.ask('1')).toBeUndefined();
  expect(await node.scopes.age()).toBeUndefined();
  await node.scopes.setParent('region');
  await node.scribe.create('Patient/here', {});
  const never = { holding: 'coming', hasAlerts: false };
  expect(await node.scopes.of(['here', 'there'])).toEqual([{ holding: 'whole', hasAlerts: true }, never]);

  const scopes = ['', 'demog', 'pat/there', ...CATALOGUE_SCOPES].sort();
  await node.scopes.confirmed('region', T0 + 5, scopes);
  node.now = T0 + 60_000;
  const whole = { holding: 'whole', hasAlerts: true, asOf: T0 + 5 };
  expect(await node.scopes.of(['here', 'there', 'other'])).toEqual([
    whole,
    whole,
    { holding: 'elsewhere', hasAlerts: true, asOf: T0 + 5 },
  ]);
  // Taken away again.
  await node.scopes.confirmed('region', T0 + 9, ['', 'demog']);
  expect((await node.scopes.of(['there']))?.[0]).toEqual({ holding: 'elsewhere', hasAlerts: true, asOf: T0 + 9 });
  // What was begun here and is granted no more grows old like anything else.
  await node.scopes.confirmed('region', T0 + 10, ['', 'demog', 'pat/here']);
  expect((await node.scopes.of(['here']))?.[0]?.holding).toBe('whole');
  await node.scopes.confirmed('region', T0 + 11, ['', 'demog']);
  expect((await node.scopes.of(['here']))?.[0]?.holding).toBe('elsewhere');
  // Another parent has said nothing yet, and nothing of its predecessor's word counts.
  await node.scopes.setParent('other');
  expect(await node.scopes.of(['here', 'there'])).toEqual([{ holding: 'whole', hasAlerts: true }, never]);
});

test('[SC20] what a node below began is whole here', async () => {
  const [site, device] = [await Node.fresh(), await Node.fresh()];
  await site.scopes.setParent('region');
  await site.tables.enrol(installOf(device.store.origin), 'device', []);
  await device.scribe.create('Patient/new', {});
  await device.scribe.create('Observation/o', of('old', { status: 'final', code: {} }));
  await site.scopes.noteReceived(installOf(device.store.origin), await device.store.feed(0, 10));
  await site.scopes.confirmed('region', T0, ['demog']);
  expect((await site.scopes.of(['new', 'old']))?.map(({ holding }) => holding)).toEqual(['whole', 'elsewhere']);
});

test('[SC10] what is asked for waits for the parent, and is coming until it is here', async () => {
  const node = await Node.fresh();
  await node.scopes.confirmed('region', T0, ['demog']);
  const elsewhere = { holding: 'elsewhere', hasAlerts: true, asOf: T0 };
  expect(await node.scopes.of(['1'])).toEqual([elsewhere]);
  expect(await node.scopes.ask('1')).toEqual({ ...elsewhere, holding: 'coming' });
  expect(await node.tables.wants()).toEqual(['pat/1']);
  // A process that is started anew knows it too.
  expect(await node.open().of(['1'])).toEqual([{ ...elsewhere, holding: 'coming' }]);
  await node.tables.settleWants(['pat/1'], ['pat/1']);
  expect((await node.open().of(['1']))?.[0]?.holding).toBe('coming');
  await node.scopes.confirmed('region', T0 + 1, ['demog', 'pat/1']);
  expect((await node.scopes.of(['1']))?.[0]?.holding).toBe('whole');
  expect((await node.scopes.ask('1'))?.holding).toBe('whole');
  expect(await node.tables.wants()).toEqual([]);
});

test('[SC24] age is told of the patients in the house and those of the next five days', async () => {
  const node = await Node.fresh();
  const day = (days: number): string => new Date(T0 + days * 86_400_000).toISOString();
  const appointment = (id: string, start: string, status = 'booked') =>
    node.scribe.create(`Appointment/${id}`, {
      status,
      start,
      end: start,
      participant: [{ actor: at(`Patient/${id}`) }],
    });
  await node.scribe.create('Encounter/in', of('in', { status: 'in-progress', class: {} }));
  await node.scribe.create('Encounter/out', of('out', { status: 'finished', class: {} }));
  await appointment('soon', day(4));
  await appointment('late', day(9));
  await appointment('past', day(-9));
  await appointment('off', day(2), 'cancelled');
  await node.scopes.setParent('region');
  expect(await node.scopes.age()).toEqual({ patients: 2, incomplete: 2, level: 'alert' });
  await node.scopes.confirmed('region', T0, ['pat/in', 'pat/soon']);
  const told = async (minutes: number) => {
    node.now = T0 + minutes * 60_000;
    return node.scopes.age();
  };
  expect(await told(2)).toEqual({ patients: 2, incomplete: 0, maxMs: 120_000, p99Ms: 120_000, level: 'fine' });
  expect((await told(5))?.level).toBe('fine');
  expect((await told(6))?.level).toBe('late');
  expect((await told(15))?.level).toBe('alert');
  // A clock that was set back makes nothing young.
  expect(await told(-60)).toEqual({ patients: 2, incomplete: 0, level: 'alert' });
  node.now = T0 + 15 * 60_000;
  await node.scopes.confirmed('region', node.now, ['pat/in']);
  expect(await node.scopes.age()).toEqual({ patients: 2, incomplete: 1, level: 'alert' });
});

test('[SC13] how far a filling is, is told while it goes on', async () => {
  const node = await Node.fresh();
  await node.scopes.setParent('region');
  await node.scopes.noteFilling(10, 40);
  expect(await node.scopes.overall()).toEqual({ hasAlerts: false, filling: { done: 10, of: 40 } });
  await node.scopes.confirmed('region', T0, ['demog']);
  expect(await node.scopes.overall()).toEqual({ hasAlerts: true, asOf: T0 });
});

test('[SC7] the job goes on by itself, also after trouble, and stands still when it is closed', async () => {
  const node = await Node.fresh();
  await node.tables.enrol('site-a', 'site', ['Organization/a']);
  for (const [name, content] of [...PLACES, ...VISITS]) await node.scribe.create(name, content);
  let failures = 0;
  const trouble = instead(node.tables, {
    peers: () => (failures++ === 0 ? Promise.reject(new Error('away')) : node.tables.peers()),
  });
  const scopes = openScopes({
    store: node.store,
    sync: node.store.sync,
    tables: trouble,
    install: 'x',
    clock: ports.clock,
    log: (text) => node.told.push(text),
  });
  scopes.start();
  await expect.poll(() => node.patientsOf('site-a'), { timeout: 30_000 }).toEqual(OF_A);
  await scopes.close();
  expect(node.told.length).toBe(1);
  expect(failures).toBeGreaterThan(1);
});
