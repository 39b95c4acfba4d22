// Group commit, lost connections, restoring: what is PostgreSQL's own beside the contract.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, query, reference, revision, Scribe, T0, token } from '../../core/record/contract/scribe.test-kit.ts';
import type { ArrivedCommit, CommitDraft } from '../../core/record/store.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { hashOf } from './internal/hashes.ts';
import { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';

const ports = nodePorts();
let server: TemporaryPostgres;
let databases = 0;
const open: PostgresStore[] = [];
const lines: (() => void)[] = [];

beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(async () => {
  for (const store of open) await store.close().catch(() => undefined);
  for (const close of lines) close();
  await server.stop();
});

const newDatabase = (): Promise<string> => server.createDatabase(`w${++databases}`);
async function opened(url: string, more: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
  const store = await openPostgresStore({ url, ...ports, connections: 2, ...more });
  open.push(store);
  return store;
}
async function admin<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const draft = (name: string, content = {}, more = {}): CommitDraft => ({
  revisions: [revision(name, content, more)],
  receivedAt: T0,
});
async function allOfFeed(store: PostgresStore): Promise<readonly ArrivedCommit[]> {
  const commits: ArrivedCommit[] = [];
  for (;;) {
    const more = await store.feed(commits.at(-1)?.arrival ?? 0, 500);
    if (more.length === 0) return commits;
    commits.push(...more);
  }
}

/** A line to the database whose two ends can be cut apart. */
async function proxyTo(url: string) {
  const encoded = /host=([^&]*)/.exec(url)?.[1] ?? '';
  const target = decodeURIComponent(encoded);
  const folder = mkdtempSync('/tmp/holdfast-line-');
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(join(target, '.s.PGSQL.5432'));
    clients.add(client);
    servers.add(upstream);
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => client.write(data));
    upstream.on('close', () => client.destroy());
    for (const each of [client, upstream]) each.on('error', () => undefined);
    client.on('end', () => upstream.end());
  });
  await new Promise<void>((resume) => proxy.listen(join(folder, '.s.PGSQL.5432'), resume));
  lines.push(() => {
    proxy.close();
    for (const each of [...clients, ...servers]) each.destroy();
    rmSync(folder, { recursive: true });
  });
  const cut = (ends: Set<Socket>) => () => {
    for (const each of ends) each.destroy();
    ends.clear();
  };
  return {
    url: url.replace(encoded, encodeURIComponent(folder)),
    cutClients: cut(clients),
    cutServers: cut(servers),
  };
}

test('[PG5] [PG8] what comes in together lands in one transaction, and one that is stale leaves the others', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  await store.append(draft('Basic/0'));
  const landed = await Promise.all([
    ...Array.from({ length: 20 }, (_, n) => store.append(draft(`Basic/n${n}`))),
    store.append(draft('Basic/0', { n: 1 })),
  ]);
  expect(landed.map((each) => each.ok)).toEqual([...Array.from({ length: 20 }, () => true), false]);
  const transactions = await admin(url, async (client) => {
    const { rows } = await client.query<{ n: string }>(
      'SELECT count(DISTINCT xmin::text) AS n FROM commit WHERE seq > 1',
    );
    return Number(rows[0]?.n);
  });
  expect(transactions).toBe(1);
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG7] two processes that change the same at once: one lands each time, and nobody waits for ever', async () => {
  const url = await newDatabase();
  const [one, two] = [await opened(url), await opened(url)];
  const scribe = new Scribe(one);
  await scribe.create('Basic/a', {});
  await scribe.create('Basic/b', {});
  for (let n = 0; n < 20; n++) {
    const heads = new Map(
      (await one.read([keyOf('Basic/a'), keyOf('Basic/b')], EVERYTHING)).map((s) => [s?.key.id, s?.heads ?? []]),
    );
    const change = (...names: readonly string[]): CommitDraft => ({
      revisions: names.map((name) => revision(name, { n }, { parents: heads.get(keyOf(name).id) ?? [] })),
      receivedAt: T0 + n,
    });
    const results = await Promise.all([
      one.append(change('Basic/a', 'Basic/b')),
      two.append(change('Basic/b', 'Basic/a')),
    ]);
    expect(results.filter((each) => each.ok)).toHaveLength(1);
    const made = await Promise.all([one, two].map((store) => store.append(draft(`Basic/same${n}`))));
    expect(made.filter((each) => each.ok)).toHaveLength(1);
  }
  expect((await one.verify()).findings).toEqual([]);
});

test('[PG9] a full queue refuses with BusyError and changes nothing', async () => {
  const store = await opened(await newDatabase(), { limits: { queue: 3 } });
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => store.append(draft(`Basic/${n}`))));
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const each of refused) expect(each.reason).toMatchObject({ name: 'BusyError' });
  const { resources } = await store.verify();
  expect(resources).toBe(10 - refused.length);
  expect((await store.append(draft('Basic/after'))).ok).toBe(true);
});

test('[PG6] sessions that are killed in the middle: no false answer, no gap, no fork, and the store goes on', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const killing = new AbortController();
  let kills = 0;
  const killer = admin(url, async (client) => {
    while (!killing.signal.aborted) {
      const { rows } = await client.query<{ killed: string }>(
        `SELECT count(pg_terminate_backend(pid)) AS killed FROM pg_stat_activity
         WHERE application_name = 'holdfast' AND state = 'active' AND query LIKE '%ins_commit%'`,
      );
      kills += Number(rows[0]?.killed);
      await new Promise((resume) => setTimeout(resume, 7));
    }
  });
  const acknowledged = new Set<string>();
  const failed = new Set<string>();
  await Promise.all(
    Array.from({ length: 8 }, async (_, w) => {
      for (let n = 0; n < 60; n++) {
        const name = `Basic/w${w}n${n}`;
        const filler = 'x'.repeat(20_000);
        try {
          const landed = await store.append(draft(name, { language: 'de', filler }));
          if (landed.ok) acknowledged.add(name);
        } catch {
          failed.add(name);
        }
      }
    }),
  );
  killing.abort();
  await killer;
  expect(kills).toBeGreaterThan(0);
  const report = await store.verify();
  expect(report.findings).toEqual([]);
  const there = new Set<string>();
  for (const commit of await allOfFeed(store)) {
    for (const { header } of commit.revisions) there.add(`Basic/${String(JSON.parse(header)[2])}`);
  }
  // Every answer is true: what was acknowledged is there, what failed is not.
  expect([...acknowledged].filter((name) => !there.has(name))).toEqual([]);
  expect([...failed].filter((name) => there.has(name))).toEqual([]);
  expect(there.size).toBe(acknowledged.size);
  expect((await store.append(draft('Basic/after'))).ok).toBe(true);
});

test('[PG6] a session that dies between its COMMIT and the answer: the commit is found and acknowledged', async () => {
  const url = await newDatabase();
  const line = await proxyTo(url);
  const store = await opened(line.url);
  await store.append(draft('Basic/first'));
  // The deferred trigger makes COMMIT itself wait, so that the client is gone when it is done.
  await admin(url, async (client) => {
    await client.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_lock_shared(77); PERFORM pg_advisory_unlock_shared(77); RETURN NULL; END $$`);
    await client.query(
      'CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON commit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()',
    );
    await client.query('SELECT pg_advisory_lock(77)');
    const landing = store.append(draft('Basic/second'));
    await new Promise((resume) => setTimeout(resume, 300));
    // The client's end of the connection goes; the server's goes on with its COMMIT.
    line.cutClients();
    await new Promise((resume) => setTimeout(resume, 200));
    await client.query('SELECT pg_advisory_unlock(77)');
    await client.query('DROP TRIGGER slow ON commit');
    line.cutServers();
    const landed = await landing;
    expect(landed.ok && landed.value.seq).toBe(2);
  });
  expect((await store.append(draft('Basic/third'))).ok).toBe(true);
  const report = await store.verify();
  expect([report.commits, report.findings]).toEqual([3, []]);
});

test('[PG11] [PG12] [PG13] arrival numbers have no gaps, follow the chains, and change no other row', async () => {
  const url = await newDatabase();
  const stores = [await opened(url), await opened(url), await opened(url)];
  await Promise.all(Array.from({ length: 60 }, (_, n) => stores[n % 3]?.append(draft(`Basic/${n}`))));
  const versionsOf = (client: Client) =>
    client.query('SELECT c.xmin::text, c.ctid::text FROM commit c ORDER BY o, seq').then(({ rows }) => rows);
  const before = await admin(url, versionsOf);
  const feeds = await Promise.all(stores.map(allOfFeed));
  expect(await admin(url, versionsOf)).toEqual(before);
  for (const commits of feeds) {
    expect(commits.map((commit) => commit.arrival)).toEqual(commits.map((_, i) => i + 1));
    const last = new Map<string, number>();
    for (const { origin, seq } of commits) {
      expect(seq).toBe((last.get(origin) ?? 0) + 1);
      last.set(origin, seq);
    }
    expect(last.size).toBe(3);
  }
});

test('[PG3] correcting the patient moves the resource, its history and its index in the same commit', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  const seen = { see: 'some', rules: [{ compartments: ['Patient/b'] }] } as const;
  await scribe.create('Observation/1', { status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' } });
  await scribe.update('Observation/1', { status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/b' } });
  // What it was with the other patient is for those who see both (RS33).
  expect((await scribe.history('Observation/1', seen)).total).toBe(1);
  expect((await scribe.history('Observation/1')).total).toBe(2);
  expect((await scribe.get('Observation/1', seen))?.deleted).toBe(false);
  const places = await admin(url, async (client) => {
    const { rows } = await client.query<{ c: string }>(
      'SELECT c FROM resource UNION SELECT c FROM revision UNION SELECT c FROM locator UNION SELECT c FROM hot',
    );
    return rows.length;
  });
  expect(places).toBe(1);
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG16] a record is restored from its feed, commit by commit, to the same answers', async () => {
  const source = await opened(await newDatabase());
  const scribe = new Scribe(source);
  const base = await scribe.create('Patient/1', { active: true, gender: 'female' });
  for (const gender of ['male', 'other']) {
    await scribe.land(revision('Patient/1', { gender }, { parents: [base.versionId], expect: 'any' }));
  }
  await scribe.create('Observation/1', { status: 'final', subject: { reference: 'Patient/1' } });
  await scribe.remove('Observation/1');
  const commits = await allOfFeed(source);
  const copy = await opened(await newDatabase());
  for (let i = 0; i < commits.length; i += 2) await copy.acceptCommits(commits.slice(i, i + 2));
  expect(await allOfFeed(copy)).toEqual(commits);
  const keys = [keyOf('Patient/1'), keyOf('Observation/1')];
  expect(await copy.read(keys, EVERYTHING)).toEqual(await source.read(keys, EVERYTHING));
  expect(await copy.history({ count: 50 }, EVERYTHING)).toEqual(await source.history({ count: 50 }, EVERYTHING));
  expect(await new Scribe(copy).find(query('Patient', [token('gender', 'other')]))).toEqual(['Patient/1']);
  expect((await copy.verify()).findings).toEqual([]);
  expect((await copy.append(draft('Basic/new'))).ok).toBe(true);
});

test('[PG16] a changed body, header or chain is refused, and nothing of the call is kept', async () => {
  const source = await opened(await newDatabase());
  const scribe = new Scribe(source);
  for (let n = 0; n < 3; n++) await scribe.create(`Basic/${n}`, { n });
  const commits = await allOfFeed(source);
  const changed = (at: number, change: (commit: ArrivedCommit) => ArrivedCommit): readonly ArrivedCommit[] =>
    commits.map((commit, i) => (i === at ? change(commit) : commit));
  const bad: readonly (readonly ArrivedCommit[])[] = [
    changed(2, (c) => ({
      ...c,
      revisions: c.revisions.map((r) => ({ ...r, text: r.text?.replace('"n":2', '"n":3') })),
    })),
    changed(2, (c) => ({ ...c, header: c.header.replace('"c1"', '"c1" ') })),
    commits.filter((_, i) => i !== 1),
  ];
  const copy = await opened(await newDatabase());
  for (const each of bad) await expect(copy.acceptCommits(each)).rejects.toMatchObject({ name: 'NotAsHashed' });
  expect(await copy.verify()).toEqual({ commits: 0, revisions: 0, resources: 0, findings: [] });
});

test('[PG10] a collision of hashes finds nothing that the body does not say', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  await scribe.create('Patient/1', { gender: 'male' });
  const wrong = hashOf('\u0003female', hashOf('Patient.gender'));
  await admin(url, (client) => client.query('UPDATE resource SET tokens = tokens || $1::bigint', [wrong]));
  expect(await scribe.find(query('Patient', [token('gender', 'female')]))).toEqual([]);
  expect(await scribe.find(query('Patient', [token('gender', 'male')]))).toEqual(['Patient/1']);
  expect((await store.verify()).findings.map((each) => each.what)).toEqual(['index']);
  await store.reindex();
  expect((await store.verify()).findings).toEqual([]);
});

test('[PG15] a search beyond its time is too costly', async () => {
  const url = await newDatabase();
  const store = await opened(url, { statementMs: 300 });
  await store.append(draft('Patient/1', { gender: 'male' }));
  const asked = query('Patient', [token('gender', 'male')]);
  const late = await store.search(asked, EVERYTHING, { includes: 10, ms: -1 });
  expect(late).toMatchObject({ ok: false, error: { kind: 'too-costly' } });
  await admin(url, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE resource IN ACCESS EXCLUSIVE MODE');
    const held = await store.search(asked, EVERYTHING, { includes: 10, ms: 60_000 });
    expect(held).toMatchObject({ ok: false, error: { kind: 'too-costly' } });
    await client.query('ROLLBACK');
  });
  expect((await store.search(asked, EVERYTHING, { includes: 10, ms: 60_000 })).ok).toBe(true);
});

test('[PG10] a reverse chain over several types tells a type from another of the same id', async () => {
  const store = await opened(await newDatabase());
  const scribe = new Scribe(store);
  for (const name of ['Patient/1', 'Device/1', 'Patient/2', 'Device/2']) await scribe.create(name, {});
  for (const [n, subject] of ['Patient/1', 'Device/2'].entries()) {
    await scribe.create(`Observation/${n}`, {
      status: 'final',
      code: { coding: [{ code: 'x' }] },
      subject: { reference: subject },
    });
  }
  const asked = query(
    ['Patient', 'Device'],
    [{ kind: 'has', type: 'Observation', param: 'subject', where: token('code', 'x') }],
  );
  expect(await scribe.find(asked)).toEqual(['Device/2', 'Patient/1']);
});

test('[PG21] what siblings say of two patients stands in the hot table for each, and goes when people have decided', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const scribe = new Scribe(store);
  const of = (patient: string) => ({ status: 'final', subject: { reference: patient } });
  const hot = (): Promise<unknown> =>
    admin(url, async (client) => {
      const { rows } = await client.query(
        'SELECT count(*)::int AS rows, count(DISTINCT h.c)::int AS homes FROM hot h JOIN resource r USING (c, rid)',
      );
      return rows[0];
    });
  const first = await scribe.create('Observation/o', of('Patient/a'));
  const plain = await hot();
  expect(plain).toEqual({ rows: 3, homes: 1 });
  await scribe.land(revision('Observation/o', of('Patient/a'), { parents: [first.versionId], expect: 'any' }));
  await scribe.land(revision('Observation/o', of('Patient/b'), { parents: [first.versionId], expect: 'any' }));
  expect(await hot()).toEqual({ rows: 5, homes: 1 });
  for (const patient of ['Patient/a', 'Patient/b']) {
    expect(await scribe.find(query('Observation', [reference('subject', patient)]))).toEqual(['Observation/o']);
  }
  await scribe.update('Observation/o', of('Patient/a'));
  expect(await hot()).toEqual(plain);
});

test('[PG14] pages of a patient and a hot token follow each other exactly, in every order', async () => {
  const store = await opened(await newDatabase());
  const scribe = new Scribe(store);
  const names: string[] = [];
  for (let n = 0; n < 13; n++) {
    const name = `Observation/o${String.fromCodePoint(97 + ((n * 5) % 13))}`;
    names.push(name);
    await scribe.create(name, {
      status: 'final',
      code: { coding: [{ system: 'urn:c', code: 'x' }] },
      subject: { reference: 'Patient/p' },
      ...(n % 4 === 0 ? {} : { effectiveDateTime: `2024-01-0${1 + (n % 3)}` }),
    });
  }
  const where = [
    token('code', 'x', 'urn:c'),
    {
      kind: 'param',
      param: 'patient',
      type: 'reference',
      values: [{ kind: 'reference', targets: [{ type: 'Patient', id: 'p' }] }],
    },
  ] as const;
  for (const criteria of [where, where.slice(0, 1), where.slice(1)]) {
    for (const descending of [true, false, undefined]) {
      const sort = descending === undefined ? [] : [{ param: 'date', type: 'date', descending } as const];
      const whole = await scribe.findAll(query('Observation', criteria, { sort, count: 100 }));
      const paged = await scribe.findAll(query('Observation', criteria, { sort, count: 3 }));
      expect(paged).toEqual(whole);
      expect([...paged].sort()).toEqual([...names].sort());
    }
  }
});

test('[PG6] after a crash of the database the store goes on by itself', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  expect((await store.append(draft('Basic/before'))).ok).toBe(true);
  server.kill();
  const late = Date.now() + 90_000;
  let isBack = false;
  while (!isBack && Date.now() < late) {
    await new Promise((resume) => setTimeout(resume, 100));
    // A session of the old server may live a moment longer than it: only a new one shows that the database is back.
    isBack = await admin(url, (client) => client.query('SELECT 1')).then(
      () => true,
      () => false,
    );
  }
  isBack = await store.append(draft('Basic/after')).then(
    (each) => each.ok,
    () => false,
  );
  if (!isBack) isBack = (await store.append(draft('Basic/after'))).ok;
  expect(isBack).toBe(true);
  const [before] = await store.read([keyOf('Basic/before')], EVERYTHING);
  expect(before?.deleted).toBe(false);
  expect((await store.verify()).findings).toEqual([]);
});
