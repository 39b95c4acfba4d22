// Grants and what is here, over a PostgreSQL of its own; the clinical order of a record in it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, revision, Scribe, T0 } from '../../core/record/contract/scribe.test-kit.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { CATALOGUE_SCOPES } from '../../core/record/scope.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openGrants, type OpenGrants } from './grants.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
let databases = 0;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await startTemporaryPostgres({});
});
afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await server.stop();
});

async function fresh(): Promise<{ url: string; grants: OpenGrants }> {
  const url = await server.createDatabase(`g${++databases}`);
  const grants = await openGrants({ url, digest: ports.digest });
  closing.push(() => grants.close());
  return { url, grants };
}
async function storeAt(url: string): Promise<PostgresStore> {
  const store = await openPostgresStore({ url, ...ports, connections: 2 });
  closing.push(() => store.close());
  return store;
}

const SITE = ['', 'cred', 'demog', 'nodes', 'site/a', ...CATALOGUE_SCOPES].sort();

test('[SC1] a site has identity, staff, catalogues and its own audit; a device no credentials; others have nothing', async () => {
  const { grants } = await fresh();
  expect(await grants.grantsOf('a')).toEqual([]);
  await grants.enrol('a', 'site', ['Organization/1']);
  expect(await grants.grantsOf('a')).toEqual(SITE);
  await grants.enrol('a', 'device', []);
  expect(await grants.grantsOf('a')).toEqual(SITE.filter((key) => key !== 'cred'));
  expect(await grants.grantsOf('b')).toEqual([]);
  await grants.grant('a', ['pat/1'], 'pushed', T0);
  await grants.retire('a');
  expect(await grants.grantsOf('a')).toEqual([]);
  expect(await grants.peers()).toEqual([]);
  // What it had is remembered, and is its own again when it comes back.
  await grants.enrol('a', 'site', []);
  expect(await grants.grantsOf('a')).toEqual([...SITE, 'pat/1'].sort());
});

test('[SC2] what a peer may have is ascending, the same array until it changes, and new at once in every process', async () => {
  const { url, grants } = await fresh();
  const other = await openGrants({ url, digest: ports.digest });
  closing.push(() => other.close());
  await grants.enrol('a', 'site', []);
  const before = await other.grantsOf('a');
  expect(await other.grantsOf('a')).toBe(before);
  const keys = Array.from({ length: 5_000 }, (_, i) => `pat/${(i * 7919) % 5_000}`);
  expect((await grants.grant('a', keys, 'visit', T0)).length).toBe(5_000);
  const after = await other.grantsOf('a');
  expect(after).toEqual([...SITE, ...keys].sort());
  expect(await other.grantsOf('a')).toBe(after);
  expect(await grants.grant('a', keys, 'visit', T0)).toEqual([]);
  expect(await other.grantsOf('a')).toBe(after);
  expect(await other.withdraw('a', ['pat/17', 'pat/none'])).toEqual(['pat/17']);
  expect(await grants.grantsOf('a')).not.toContain('pat/17');
});

test('[SC3] a grant keeps when and why it was given first', async () => {
  const { grants } = await fresh();
  await grants.enrol('a', 'site', []);
  await grants.enrol('b', 'site', []);
  expect(await grants.grant('a', ['pat/1', 'pat/1'], 'pushed', T0)).toEqual(['pat/1']);
  await grants.grant('a', ['pat/1', 'pat/2'], 'by-hand', T0 + 5);
  expect(await grants.granted('a', 10)).toEqual([
    { key: 'pat/2', since: T0 + 5, why: 'by-hand' },
    { key: 'pat/1', since: T0, why: 'pushed' },
  ]);
  expect(await grants.countGranted('a')).toBe(2);
  expect(await grants.holders(['pat/1', 'pat/3'])).toEqual([{ peer: 'a', key: 'pat/1' }]);
});

test('[SC6] a site that comes back under another name is granted what its predecessor at the same places had', async () => {
  const { grants } = await fresh();
  await grants.enrol('old', 'site', ['Organization/1']);
  await grants.enrol('other', 'site', ['Organization/2']);
  await grants.enrol('nowhere', 'site', []);
  await grants.grant('old', ['pat/1'], 'pushed', T0);
  await grants.grant('other', ['pat/2'], 'pushed', T0);
  await grants.grant('nowhere', ['pat/3'], 'pushed', T0);
  await grants.retire('old');
  await grants.enrol('new', 'site', ['Organization/1']);
  await grants.enrol('newer', 'site', []);
  expect(await grants.granted('new', 9)).toEqual([{ key: 'pat/1', since: T0, why: 'pushed' }]);
  expect(await grants.granted('newer', 9)).toEqual([]);
});

test('[SC10] a node that is asked for what it has not got asks the node above', async () => {
  const { grants } = await fresh();
  await grants.enrol('tablet', 'device', []);
  await grants.lookUp('tablet', ['pat/1'], T0);
  expect(await grants.wants()).toEqual([]);
  await grants.confirm('region', T0);
  await grants.setHeld(['pat/2'], [], T0);
  await grants.lookUp('tablet', ['pat/1', 'pat/2'], T0);
  expect(await grants.wants()).toEqual(['pat/1']);
  expect(await grants.countGranted('tablet')).toBe(2);
});

test('[SC10] what is wanted waits until it is answered', async () => {
  const { grants } = await fresh();
  await grants.want(['pat/2', 'pat/1'], T0);
  await grants.want(['pat/1'], T0 + 1);
  expect(await grants.wants()).toEqual(['pat/1', 'pat/2']);
  await grants.settleWants(['pat/2', 'pat/1'], ['pat/2']);
  expect(await grants.wants()).toEqual([]);
  // What the parent has granted is awaited until it is here.
  expect(await grants.wantedOf(['pat/1', 'pat/2'])).toEqual(['pat/2']);
  await grants.setHeld(['pat/2'], [], T0);
  expect(await grants.wantedOf(['pat/1', 'pat/2'])).toEqual([]);
});

test('[SC20] what is here is what was filled from above and what was born here', async () => {
  const { url, grants } = await fresh();
  const store = await storeAt(url);
  const scribe = new Scribe(store);
  await scribe.create('Patient/here', {});
  await scribe.create('Observation/o', { status: 'final', code: {}, subject: { reference: 'Patient/else' } });
  await grants.setHeld(['pat/1', 'demog'], [], T0);
  await grants.noteBorn(['pat/2'], T0);
  expect((await grants.heldOf(['pat/1', 'pat/2', 'pat/3', 'demog'])).toSorted()).toEqual(['demog', 'pat/1', 'pat/2']);
  expect((await grants.filled()).toSorted()).toEqual(['demog', 'pat/1']);
  await grants.setHeld([], ['pat/1'], T0);
  expect(await grants.heldOf(['pat/1', 'pat/2'])).toEqual(['pat/2']);
  expect(await grants.takenOf(['pat/1', 'pat/2'])).toEqual(['pat/1']);
  expect(await grants.filled()).toEqual(['demog']);
  // What the node above once filled is its to take away, whoever began it.
  await grants.setHeld(['pat/2', 'pat/1'], [], T0);
  await grants.setHeld([], ['pat/2'], T0);
  expect(await grants.heldOf(['pat/1', 'pat/2'])).toEqual(['pat/1']);
  const install = store.origin.split('.')[0] ?? '';
  expect(await grants.bornHere(['here', 'else', 'none'], install)).toEqual(['here']);
  expect(await grants.bornHere(['here'], 'another')).toEqual([]);
});

test('[SC21] what one parent confirmed says nothing of another', async () => {
  const { grants } = await fresh();
  expect(await grants.state()).toEqual({ read: 0 });
  await grants.setParent('region');
  await grants.setFilling(3, 9);
  expect(await grants.state()).toEqual({ read: 0, parent: 'region', filling: { done: 3, of: 9 } });
  await grants.setHeld(['pat/1'], [], T0);
  await grants.noteBorn(['pat/2'], T0);
  await grants.confirm('region', T0);
  expect(await grants.state()).toEqual({ read: 0, parent: 'region', confirmedAt: T0 });
  await grants.setParent('region');
  expect((await grants.state()).confirmedAt).toBe(T0);
  expect(await grants.heldOf(['pat/1', 'pat/2'])).toHaveLength(2);
  await grants.setParent('other');
  expect(await grants.state()).toEqual({ read: 0, parent: 'other' });
  expect(await grants.heldOf(['pat/1', 'pat/2'])).toEqual(['pat/2']);
});

describe('the clinical order', () => {
  const of = (patient: string) => ({ subject: { reference: `Patient/${patient}` } });
  const isNow = T0;
  const day = (ago: number): string => new Date(isNow - ago * 86_400_000).toISOString();
  const RECORD: readonly (readonly [name: string, content: Parameters<typeof revision>[1]])[] = [
    ['Observation/new', { status: 'final', code: {}, ...of('1'), effectiveDateTime: day(2) }],
    ['Observation/old', { status: 'final', code: {}, ...of('1'), effectiveDateTime: day(4_000) }],
    ['Observation/mid', { status: 'final', code: {}, ...of('1'), effectiveDateTime: day(400) }],
    ['Encounter/now', { status: 'in-progress', class: {}, ...of('1') }],
    ['Encounter/over', { status: 'finished', class: {}, ...of('1'), period: { start: day(10) } }],
    ['Condition/active', { ...of('1') }],
    ['Condition/gone', { ...of('1'), clinicalStatus: { coding: [{ code: 'resolved' }] }, recordedDate: day(800) }],
    ['MedicationRequest/taken', { status: 'active', intent: 'order', ...of('2') }],
    ['MedicationRequest/stopped', { status: 'stopped', intent: 'order', ...of('2') }],
    ['Patient/1', {}],
    ['Patient/2', {}],
    ['Patient/3', {}],
    ['AllergyIntolerance/3', { patient: { reference: 'Patient/3' } }],
    ['Observation/of3', { status: 'final', code: {}, ...of('3') }],
    ['Consent/1', { status: 'active', patient: { reference: 'Patient/1' } }],
    ['ValueSet/v', { status: 'active' }],
    ['Organization/o', { name: 'x' }],
  ];

  async function filled() {
    const { url, grants } = await fresh();
    const store = await storeAt(url);
    const scribe = new Scribe(store);
    for (const [name, content] of RECORD) await scribe.create(name, content ?? {});
    const named = new Map<string, string>();
    for (const { revisions } of await store.feed(0, 1000))
      for (const { hash, header } of revisions) {
        const read = decodeRevision(header);
        if (read.ok) named.set(hash, `${read.value.type}/${read.value.id}`);
      }
    return { grants, store, scribe, named };
  }

  test('[SC12] who it is and what harms come first, then what goes on, then the rest, newest first', async () => {
    const { grants, named } = await filled();
    const scopes = ['', 'demog', 'pat/1', 'pat/2', ...CATALOGUE_SCOPES].sort();
    const page = await grants.foremost(scopes, '', 1000);
    expect({ ...page, names: page.names.length }).toEqual({ names: 16, next: '', done: 16, of: 16 });
    const names = page.names.map((name) => named.get(name) ?? '');
    const places = (...of: string[]): readonly number[] => of.map((name) => names.indexOf(name));
    expect(names).not.toContain('Observation/of3');
    const groups = [
      ['Organization/o'],
      ['Patient/1', 'Patient/2', 'Patient/3'],
      ['AllergyIntolerance/3'],
      ['Consent/1'],
      ['MedicationRequest/taken'],
      ['Condition/active'],
      ['Encounter/now'],
      ['ValueSet/v'],
      ['Observation/new', 'Encounter/over', 'MedicationRequest/stopped'],
      ['Observation/mid'],
      ['Observation/old', 'Condition/gone'],
    ];
    let next = 0;
    for (const group of groups) {
      const found = places(...group).toSorted((a, b) => a - b);
      expect(found, group.join()).toEqual(group.map((_, i) => next + i));
      next += group.length;
    }
  });

  test('[SC13] [SC17] pages of any size tell the same names once, and only those that the scopes permit', async () => {
    const { grants, scribe, named } = await filled();
    // Two heads of one resource are both told.
    await scribe.land(revision('Condition/active', { ...of('1'), note: [] }, { expect: 'any' }));
    for (const scopes of [['pat/1', 'pat/2'], ['demog'], ['cat/ValueSet'], [''], [], 'all'] as const) {
      const all = (await grants.foremost(scopes, '', 1000)).names;
      for (const limit of [1, 2, 5]) {
        const names: string[] = [];
        let after = '';
        let done = 0;
        do {
          const page = await grants.foremost(scopes, after, limit);
          names.push(...page.names);
          expect(page.done).toBeGreaterThanOrEqual(done);
          ({ done, next: after } = { done: page.done, next: page.next });
        } while (after !== '');
        expect(names).toEqual(all);
      }
      expect(new Set(all).size).toBe(all.length);
      const types = new Set(all.map((name) => named.get(name)?.split('/')[0]));
      if (scopes === 'all') expect(all.length).toBe(RECORD.length + 1);
      else if (scopes[0] === 'demog') expect([...types].toSorted()).toEqual(['AllergyIntolerance', 'Patient']);
      else if (scopes[0] === '') expect([...types]).toEqual(['Organization']);
      else if (scopes[0] === 'cat/ValueSet') expect([...types]).toEqual(['ValueSet']);
      else if (scopes.length === 0) expect(all).toEqual([]);
      else expect(all.map((name) => named.get(name))).not.toContain('Patient/3');
    }
  });

  test('a cursor of elsewhere begins anew', async () => {
    const { grants } = await filled();
    expect((await grants.foremost(['pat/1'], 'x', 3)).names).toEqual((await grants.foremost(['pat/1'], '', 3)).names);
  });
});

test('[SC7] one process has the turn, and a place is left once', async () => {
  const { grants } = await fresh();
  expect(await grants.claimTurn(1_000, 2_000)).toBe(true);
  expect(await grants.claimTurn(1_500, 2_500)).toBe(false);
  expect(await grants.claimTurn(2_000, 3_000)).toBe(true);
  await grants.advance(0, 7);
  await grants.advance(0, 9);
  expect((await grants.state()).read).toBe(7);
});

test('[SC9] records that a resource was ever in are told where they are several', async () => {
  const { url, grants } = await fresh();
  const store = await storeAt(url);
  const scribe = new Scribe(store);
  const about = (patient: string) => ({ status: 'final', code: {}, subject: { reference: `Patient/${patient}` } });
  await scribe.create('Observation/moved', about('a'));
  await scribe.update('Observation/moved', about('b'));
  await scribe.create('Observation/stayed', about('a'));
  const [found, ...more] = await grants.homesOf([keyOf('Observation/moved'), keyOf('Observation/stayed')]);
  expect(more).toEqual([]);
  expect(found?.key).toEqual(keyOf('Observation/moved'));
  expect(found?.patients.toSorted()).toEqual(['a', 'b']);
});
