// Replication on PostgreSQL: what is its own beside the contract of sync stores.
import { expect, test } from 'vitest';
import { assert } from '../../core/base/assert.ts';
import { keyOf, query, reference, revision, Scribe, T0, token } from '../../core/record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { decodeCarriedLine } from '../../core/sync/messages.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { roughCommit, roughRevision } from '../../core/sync/commits-elsewhere.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { openPostgresAuditIndex } from './audit-index.ts';
import { Connection } from './internal/connections.ts';
import { putAside } from './internal/quarantine.ts';
import { foreign, patientsOf, rows, storesOnPostgres } from './stores-on-postgres.test-kit.ts';

const { digest } = nodePorts();
const { newDatabase, opened } = storesOnPostgres();
const STORED = { result: 'stored' } as const;
const FORK = { result: 'fork' } as const;

test('[PG22] [PG11] what comes lands in short transactions, numbered in them, and local writes land meanwhile', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  await scribe.create('Patient/p0', {});
  const commits = await patientsOf(1_200);
  const events: string[] = [];
  const receiving = store.sync.receive(commits, 'below').then((verdicts) => {
    events.push('received');
    return verdicts;
  });
  for (let n = 0; n < 10; n++) {
    await scribe.create(`Basic/${n}`, { n });
    events.push('written');
  }
  // A resource that both are writing to.
  await store.append(scribe.draft(revision('Patient/p7', { gender: 'male' }, { expect: 'any' })));
  expect(await receiving).toEqual(commits.map(() => STORED));
  expect(events.indexOf('received'), events.join()).toBeGreaterThan(0);
  const transactions = await rows<string>(
    url,
    `SELECT DISTINCT a.xmin::text FROM arrival a JOIN origin g ON g.o = a.o WHERE g.name = 'other.1'`,
  );
  expect(transactions).toHaveLength(3);
  const feed = await store.feed(0, 1_000);
  expect(feed.map(({ arrival }) => arrival)).toEqual(feed.map((_, i) => i + 1));
  expect(feed.filter(({ origin }) => origin === 'other.1').map(({ seq }) => seq)).toEqual(
    commits.map(({ seq }) => seq),
  );
  expect((await scribe.get('Patient/p7'))?.heads).toHaveLength(2);
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG22] receivers in two processes and a writer that change the same resources lose nothing', async () => {
  const url = await newDatabase();
  const [one, two] = [await opened(url), await opened(url)];
  const scribe = new Scribe(one);
  for (let n = 0; n < 20; n++) await scribe.create(`Patient/p${n}`, { active: true });
  const from = (origin: string): Promise<readonly CarriedCommit[]> =>
    foreign(async (other) => {
      for (let round = 0; round < 12; round++) {
        const names = Array.from({ length: 20 }, (_, n) => `Patient/p${origin === 'a.1' ? n : 19 - n}`);
        await other.land(...names.map((name) => revision(name, { n: `${origin} ${round}` }, { expect: 'any' })));
      }
    }, origin);
  const [a, b] = [await from('a.1'), await from('b.1')];
  const writes = Array.from({ length: 40 }, (_, n) =>
    scribe.land(revision(`Patient/p${n % 20}`, { own: n }, { expect: 'any' })),
  );
  const [fromA, fromB] = await Promise.all([one.sync.receive(a, 'below'), two.sync.receive(b, 'below'), ...writes]);
  expect([fromA, fromB]).toEqual([a.map(() => STORED), b.map(() => STORED)]);
  expect((await scribe.get('Patient/p3'))?.heads).toHaveLength(1 + 12 + 12 + 2);
  expect((await one.verify()).findings).toEqual([]);
});

test('[PG23] revisions of one resource that come together are one row of what is, and one of history each', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const commits = await foreign(async (other) => {
    await other.create('Patient/1', { n: 0 });
    for (let n = 1; n < 50; n++) await other.update('Patient/1', { n });
  });
  await store.sync.receive(commits, 'below');
  expect(await rows(url, 'SELECT ctid::text FROM resource')).toEqual(['(0,1)']);
  expect(await rows(url, 'SELECT count(*)::int FROM revision')).toEqual([50]);
  const history = await store.history({ ...keyOf('Patient/1'), count: 100 }, EVERYTHING);
  expect(history.versions.map(({ versionId }) => versionId)).toEqual(
    commits.map(({ revisions }) => revisions[0]?.hash).reverse(),
  );
  for (const at of [0, 20, 48]) {
    const name = commits[at]?.revisions[0]?.hash ?? '';
    expect((await store.readVersion(keyOf('Patient/1'), name, EVERYTHING))?.text).toContain(`"n":${at}`);
  }
  expect((await store.verify()).findings).toEqual([]);
});

test('what was received is found: by search, in its compartment, also where it moved there and somebody just looked', async () => {
  const store = await opened(await newDatabase(), { rememberMs: 60_000 });
  const scribe = new Scribe(store);
  const visible = {
    see: 'some',
    rules: [{ types: ['Observation'], related: [[{ types: ['Encounter'], where: [token('status', 'in-progress')] }]] }],
  } as const;
  const first = await foreign(async (other) => {
    await other.create('Patient/1', {});
    await other.create('Observation/1', { status: 'final', subject: { reference: 'Patient/1' } });
  });
  await store.sync.receive(first, 'above');
  const [observation] = await store.read([keyOf('Observation/1')], visible);
  expect(observation).toBeUndefined();
  const more = await foreign(async (other) => {
    await other.create('Encounter/1', { status: 'in-progress', subject: { reference: 'Patient/1' } });
    await other.create('Observation/2', { status: 'final', subject: { reference: 'Patient/2' } });
    await other.update('Observation/2', { status: 'amended', subject: { reference: 'Patient/1' } });
  }, 'third.1');
  await store.sync.receive(more.slice(0, 2), 'above');
  expect((await store.read([keyOf('Observation/1')], visible))[0]).toBeDefined();
  expect(await scribe.find(query('Observation', [reference('patient', 'Patient/2')]))).toEqual(['Observation/2']);
  await store.sync.receive(more, 'above');
  expect(await scribe.find(query('Observation', [reference('patient', 'Patient/1')]))).toEqual([
    'Observation/1',
    'Observation/2',
  ]);
  expect(await scribe.find(query('Observation', [reference('patient', 'Patient/2')]))).toEqual([]);
  expect((await store.read([keyOf('Observation/2')], visible))[0]?.home).toBe('Patient/1');
  expect((await store.verify()).findings).toEqual([]);
});

test('[RS15] what another node wrote has the time at which it came here; restored, the time of its header', async () => {
  const now = T0 + 9_000_000;
  const clock = { now: () => now };
  const store = await opened(await newDatabase(), { clock });
  const commits = await foreign((other) => other.create('Patient/1', {}));
  await store.sync.receive(commits, 'below');
  expect((await store.read([keyOf('Patient/1')], EVERYTHING))[0]?.lastUpdatedAt).toBe(now);
  const copy = await opened(await newDatabase(), { clock });
  await copy.acceptCommits(await store.feed(0, 10));
  expect((await copy.read([keyOf('Patient/1')], EVERYTHING))[0]?.lastUpdatedAt).toBe(T0 + 1000);
});

test('[PG24] what the database itself will not have is carried unread, and everything around it lands', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  await rows(
    url,
    `CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF new.header LIKE '%poison%' THEN RAISE EXCEPTION 'no' USING ERRCODE = '22P05'; END IF; RETURN new; END $$`,
  );
  await rows(url, 'CREATE TRIGGER never BEFORE INSERT ON revision FOR EACH ROW EXECUTE FUNCTION never()');
  const commits = await foreign(async (other) => {
    await other.create('Patient/1', {});
    await other.land(revision('Patient/poison', {}), revision('Patient/2', {}));
    await other.create('Patient/3', {});
  });
  expect(await store.sync.receive(commits, 'below')).toEqual(commits.map(() => STORED));
  const read = await store.read(['Patient/1', 'Patient/poison', 'Patient/3'].map(keyOf), EVERYTHING);
  expect(read.map((stored) => stored !== undefined)).toEqual([true, false, true]);
  expect(await store.sync.commits('other.1', 1, 10, 1_000_000)).toEqual(commits);
  expect((await store.sync.unread(10)).map(({ reason, seq }) => [reason, seq])).toEqual([
    ['unkept', 2],
    ['unkept', 2],
  ]);
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG24] a body of which nobody can make a view is carried unread, and everything around it lands', async () => {
  const byType = new Map([
    [
      'Flag',
      (): undefined => {
        throw new TypeError('a policy meets what no validator saw');
      },
    ],
  ]);
  const store = await opened(await newDatabase(), { policies: { byType, version: 'test' } });
  const one = await foreign((other) => other.create('Flag/1', { a: 1 }));
  const two = await foreign(async (other) => {
    await other.create('Patient/1', {});
    await other.create('Flag/1', { a: 2 });
    await other.create('Patient/2', {});
  }, 'third.1');
  expect(await store.sync.receive([...one, ...two], 'below')).toEqual([STORED, STORED, STORED, STORED]);
  expect((await store.sync.unread(10)).map(({ reason, origin }) => [reason, origin])).toEqual([['unkept', 'third.1']]);
  const read = await store.read(['Flag/1', 'Patient/1', 'Patient/2'].map(keyOf), EVERYTHING);
  expect(read.map((stored) => stored?.heads.length)).toEqual([1, 1, 1]);
  expect(await store.sync.commits('third.1', 1, 10, 1_000_000)).toEqual(two);
});

test('[RS17] a version whose child came before it was never current here', async () => {
  let now = T0;
  const store = await opened(await newDatabase(), { clock: { now: () => now } });
  const [parent, child] = await foreign(async (other) => {
    await other.create('Patient/1', { active: false });
    await other.update('Patient/1', { active: true });
  });
  assert(parent !== undefined && child !== undefined, 'two were written');
  for (const each of [child, parent]) {
    now += 10_000;
    await store.sync.receive([each], 'above');
  }
  const at = { lo: T0 + 15_000, hi: T0 + 99_000 };
  const { versions } = await store.history({ ...keyOf('Patient/1'), at, count: 10 }, EVERYTHING);
  expect(versions.map(({ versionId }) => versionId)).toEqual([child.revisions[0]?.hash]);
});

test('[PG25] an origin that is being written takes no commit from elsewhere, and its writer takes another one', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  await scribe.create('Patient/1', {});
  const { origin } = store;
  const [mine] = (await store.feed(0, 10)) as readonly CarriedCommit[];
  const theirs = roughCommit(digest, origin, mine, [
    roughRevision(digest, 'Patient/2', '{"resourceType":"Patient","id":"2"}'),
  ]);
  expect(await store.sync.receive([theirs], 'above')).toEqual([FORK]);
  expect((await store.read([keyOf('Patient/2')], EVERYTHING))[0]).toBeDefined();
  await scribe.create('Patient/3', {});
  expect(store.origin).not.toBe(origin);
  const feed = await store.feed(0, 10);
  expect(feed.map((commit) => [commit.origin, commit.seq])).toEqual([
    [origin, 1],
    [origin, 2],
    [store.origin, 1],
  ]);
  expect((await store.sync.syncStatus()).quarantine.byReason).toEqual({ fork: 1 });
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG25] where the number of its next commit is taken, a writer goes on under another origin', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  await scribe.create('Patient/1', {});
  const { origin } = store;
  await rows(url, 'INSERT INTO commit (o, seq, hash, header) SELECT o, 2, hash, header FROM commit');
  await scribe.create('Patient/2', {});
  await scribe.update('Patient/2', { active: true });
  expect(store.origin).not.toBe(origin);
  expect((await scribe.get('Patient/2'))?.text).toContain('true');
});

test('[PG25] an origin of a run before grows by what comes back of it, and what it had is numbered first', async () => {
  const url = await newDatabase();
  const first = await opened(url);
  await new Scribe(first).create('Patient/1', {});
  const { origin } = first;
  await first.close();
  const store = await opened(url);
  const [mine] = (await store.feed(0, 10)) as readonly CarriedCommit[];
  await rows(url, 'DELETE FROM arrival');
  const lost = roughCommit(digest, origin, mine, [
    roughRevision(digest, 'Patient/2', '{"resourceType":"Patient","id":"2"}'),
  ]);
  expect(await store.sync.receive([lost], 'above')).toEqual([STORED]);
  expect((await store.sync.places([[origin, 2]]))[0]).toMatchObject({ contiguous: 2, tip: lost.hash });
  expect((await store.feed(0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG25] [SY22] every process leaves an origin of which the peer above holds another history', async () => {
  const url = await newDatabase();
  const [one, two] = [await opened(url), await opened(url)];
  const scribes = [new Scribe(one), new Scribe(two)];
  for (const [n, scribe] of scribes.entries()) await scribe.create(`Patient/${n}`, {});
  const before = [one.origin, two.origin];
  const record = { incarnation: 'i', arrival: 0, scopes: [], forked: [...before, 'other.1'].sort(), deferred: [] };
  await one.sync.setLink({ peer: 'region', record });
  for (const [n, scribe] of scribes.entries()) await scribe.create(`Basic/${n}`, {});
  const now = [one.origin, two.origin];
  expect(now.filter((origin) => before.includes(origin))).toEqual([]);
  // Said again, it changes nothing.
  await two.sync.setLink({ peer: 'region', record });
  for (const [n, scribe] of scribes.entries()) await scribe.create(`Flag/${n}`, {});
  expect([one.origin, two.origin]).toEqual(now);
  expect((await one.verify()).findings).toEqual([]);
});

test('[PG26] what is kept aside is listed once with who and why, its bytes can be had, and what had no room is counted', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const [sound] = await foreign((other) => other.create('Patient/1', {}));
  assert(sound !== undefined, 'there is a commit');
  const changed = { ...sound, revisions: sound.revisions.map((each) => ({ ...each, text: 'secret' })) };
  for (let n = 0; n < 3; n++) await store.sync.receive([changed], 'below', undefined, 'site-9');
  const [aside, ...others] = await store.sync.quarantined(10);
  expect(others).toEqual([]);
  expect(aside).toMatchObject({ reason: 'false-hash', origin: 'other.1', seq: 1, peer: 'site-9', seen: 3, kept: true });
  expect(decodeCarriedLine((await store.sync.quarantinedLine(aside?.id ?? 0)) ?? '')).toEqual(changed);
  const connection = await Connection.open({ url, statementMs: 1000, connectMs: 1000, label: 'test' }, true);
  const put = (text: string, max: { rows: number; bytes: number }): Promise<void> =>
    putAside(
      connection,
      [{ commit: { ...changed, hash: text }, reason: 'malformed', isElsewhere: false }],
      'x',
      T0,
      max,
    );
  await put('without room', { rows: 10, bytes: 1 });
  await put('without a row', { rows: 2, bytes: 1_000_000 });
  await connection.close();
  const { quarantine } = await store.sync.syncStatus();
  expect(quarantine).toEqual({ commits: 2, byReason: { 'false-hash': 1, malformed: 1 }, unread: 0, notKept: 2 });
  expect(await store.sync.dismiss(aside?.id ?? 0)).toBe(true);
  expect((await store.sync.quarantined(10)).map(({ kept }) => kept)).toEqual([false]);
});

test('[PG27] a feed for some scopes passes what is out of them, headers whole', async () => {
  const store = await opened(await newDatabase());
  const commits = await foreign(async (other) => {
    await other.land(revision('Patient/1', {}), revision('Patient/2', {}));
    await other.create('Observation/1', { status: 'final', subject: { reference: 'Patient/2' } });
    await other.create('Observation/2', { status: 'final', subject: { reference: 'Patient/1' } });
  });
  await store.sync.receive(commits, 'below');
  const feed = await store.sync.feed(0, 10, 1_000_000, ['pat/1']);
  expect(feed.map(({ header }) => header)).toEqual(commits.map(({ header }) => header));
  expect(feed.map(({ revisions }) => revisions.length)).toEqual([1, 0, 1]);
  expect(feed[2]?.revisions).toEqual(commits[2]?.revisions);
});

test('[PG28] names of what was just written are there, two processes fill the table once, and reindex makes it anew', async () => {
  const url = await newDatabase();
  const [one, two] = [await opened(url), await opened(url)];
  const scribe = new Scribe(one);
  for (let n = 0; n < 30; n++) await scribe.create(`Patient/${n}`, {});
  const [a, b] = await Promise.all([one.sync.names('', 'all', '', 100), two.sync.names('', 'all', '', 100)]);
  expect(a).toHaveLength(30);
  expect(b).toEqual(a);
  const { versionId } = await scribe.create('Basic/x', {});
  expect(await two.sync.lacking([versionId])).toEqual([]);
  expect(await rows(url, 'SELECT count(*)::int FROM named')).toEqual([61]);
  await rows(url, 'DELETE FROM named');
  expect((await one.verify()).findings.map(({ where }) => where)).toEqual(['named']);
  await one.reindex();
  expect(await one.sync.names('', 'all', '', 100)).toHaveLength(31);
  expect((await one.verify()).findings).toEqual([]);
});

test('[PG29] what waits for a peer is told with its age, and a commit has the highest class that is known of it', async () => {
  const clock = { now: () => T0 + 5_000 };
  const store = await opened(await newDatabase(), { clock });
  const commits = await foreign(async (other) => {
    for (let n = 0; n < 3; n++) await other.create(`Patient/${n}`, {});
  });
  await store.sync.receive(commits, 'below');
  const record = { incarnation: 'i', arrival: 0, scopes: [], forked: [], deferred: [] };
  await store.sync.setLink({ peer: 'region', record });
  expect((await store.sync.syncStatus()).queues).toEqual([{ peer: 'region', commits: 3, oldestAt: T0 + 5_000 }]);
  const scribe = new Scribe(store, T0);
  await scribe.create('Patient/own', {});
  await store.sync.noteHeld('region', [['other.1', 2, 'D2']]);
  expect((await store.sync.syncStatus()).queues).toEqual([{ peer: 'region', commits: 2, oldestAt: T0 + 1_000 }]);
  await store.sync.setLink({ peer: 'region', record: { ...record, forked: ['other.1'] } });
  expect((await store.sync.syncStatus()).queues).toEqual([{ peer: 'region', commits: 1, oldestAt: T0 + 1_000 }]);
  await store.sync.learn([['other.1', 1]], []);
  const classes = await Promise.all([1, 2, 3, 4].map((seq) => store.sync.durabilityOf('other.1', seq)));
  expect(classes).toEqual(['D3', 'D2', 'D1', undefined]);
  await store.append(scribe.draft(revision('Patient/0', { gender: 'male' }, { expect: 'any' })));
  expect((await store.sync.syncStatus()).conflicts).toBe(1);
  expect(new Map(await store.sync.heldMarks())).toEqual(
    new Map([
      ['other.1', 3],
      [store.origin, 2],
    ]),
  );
});

test('[RS38] [AU12] the audit trail is told of each revision once, whatever parts its commit came in', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const [whole] = await foreign((other) => other.land(revision('Patient/1', {}), revision('Patient/2', {})));
  assert(whole !== undefined, 'there is a commit');
  for (const at of [1, 0])
    await store.sync.receive([{ ...whole, revisions: whole.revisions.filter((_, i) => i === at) }], 'above');
  const index = await openPostgresAuditIndex({ url, digest });
  const tail = await index.tail(0, 10);
  await index.close();
  expect(tail.map(({ arrival, entry, origin }) => [arrival, entry, origin])).toEqual([
    [1, 1, 'other.1'],
    [2, 0, 'other.1'],
  ]);
});

test('[PG29] what a second disk holds is D1m, as far as it arrived without a gap', async () => {
  const store = await opened(await newDatabase(), { mirrored: async () => 2 });
  const commits = await foreign(async (other) => {
    for (let n = 0; n < 4; n++) await other.create(`Patient/${n}`, {});
  });
  await store.sync.receive(commits, 'below');
  expect(await store.sync.held(['other.1', 'none.1'])).toEqual([['other.1', 2, 'D1m']]);
  expect(await store.sync.durabilityOf('other.1', 2)).toBe('D1m');
  expect(await store.sync.durabilityOf('other.1', 3)).toBe('D1');
});
