// History, the feed, verification and life after a reopening.
import { expect, test } from 'vitest';
import type { Digest } from '../../base/ports.ts';
import { decodeRevision } from '../envelope.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import { EVERYTHING, type HistoryPage, type HistoryQuery, type RecordStore, type VerifyFinding } from '../store.ts';
import { expectChained, feedAll } from './keeping.test-kit.ts';
import { keyOf, nameOf, query, revision, Scribe, T0 } from './scribe.test-kit.ts';

export function historyContract(open: OpenStore, digest: Digest): void {
  test('[RS16] the history of a resource tells every revision, the latest first, with kind and parents', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const one = await scribe.create('Basic/1', { n: 1 });
    const two = await scribe.update('Basic/1', { n: 2 });
    const three = await scribe.remove('Basic/1');
    await scribe.create('Basic/2', {});
    await scribe.create('Patient/1', {});
    const { versions, total, next } = await scribe.history('Basic/1');
    expect([total, next]).toEqual([3, undefined]);
    expect(versions.map((each) => [each.versionId, each.kind, each.parents, each.deleted])).toEqual([
      [three.versionId, 'tombstone', [two.versionId], true],
      [two.versionId, 'put', [one.versionId], false],
      [one.versionId, 'put', [], false],
    ]);
    expect(versions.map((each) => each.text.includes('"n":'))).toEqual([false, true, true]);
    expect(versions.map((each) => each.lastUpdatedAt)).toEqual([three, two, one].map((each) => each.lastUpdatedAt));
    expect(await scribe.history('Basic/none')).toEqual({ versions: [], total: 0 });
    expect(await scribe.history('Observation/1')).toEqual({ versions: [], total: 0 });
  });

  test('[RS16] ancestry comes before time: a parent never stands before its child, whatever the clock did', async () => {
    const { store } = await open();
    const scribe = new Scribe(store, T0 + 1_000_000);
    const one = await scribe.create('Basic/1', { n: 1 });
    scribe.now = T0;
    const two = await scribe.update('Basic/1', { n: 2 });
    expect(two.lastUpdatedAt).toBeLessThan(one.lastUpdatedAt);
    const { versions } = await scribe.history('Basic/1');
    expect(versions.map((each) => each.versionId)).toEqual([two.versionId, one.versionId]);
    const ofType = await store.history({ type: 'Basic', count: 10 }, EVERYTHING);
    expect(ofType.versions.map((each) => each.versionId)).toEqual([one.versionId, two.versionId]);
  });

  test('[RS16] the history of a type and of all is by time, the latest first, and a type is exact', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    for (const name of ['Basic/1', 'Patient/1', 'Basic/2', 'Patient/2']) await scribe.create(name, {});
    await scribe.update('Basic/1', { language: 'de' });
    await scribe.remove('Patient/1');
    const names = async (asked: Partial<HistoryQuery>): Promise<string[]> =>
      (await store.history({ count: 50, ...asked }, EVERYTHING)).versions.map((each) => nameOf(each.key));
    expect(await names({ type: 'Basic' })).toEqual(['Basic/1', 'Basic/2', 'Basic/1']);
    expect(await names({ type: 'Patient' })).toEqual(['Patient/1', 'Patient/2', 'Patient/1']);
    expect(await names({})).toEqual(['Patient/1', 'Basic/1', 'Patient/2', 'Basic/2', 'Patient/1', 'Basic/1']);
    expect(await names({ type: 'Observation' })).toEqual([]);
  });

  test('[RS16] of what came in one millisecond, the child still stands before its parent', async () => {
    const { store } = await open();
    const at = T0 + 5;
    let parents: readonly string[] = [];
    const order: string[] = [];
    for (let n = 0; n < 6; n++) {
      const landed = await store.append({ revisions: [revision('Basic/1', { n }, { parents })], receivedAt: at });
      if (!landed.ok) throw new Error('refused');
      parents = landed.value.written.map((each) => each.versionId);
      order.unshift(...parents);
    }
    for (const asked of [{}, { type: 'Basic' }, { type: 'Basic', id: '1' }]) {
      const { versions } = await store.history({ ...asked, count: 10 }, EVERYTHING);
      expect(versions.map((each) => each.versionId)).toEqual(order);
    }
  });

  test('[RS17] since takes what was updated at or after it; total counts all that match', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    for (let n = 0; n < 5; n++) await scribe.create(`Basic/${n}`, {});
    const page = await store.history({ since: T0 + 3000, count: 2 }, EVERYTHING);
    expect(page.total).toBe(3);
    expect(page.versions.map((each) => each.key.id)).toEqual(['4', '3']);
    const none = await store.history({ since: T0 + 9000, count: 2 }, EVERYTHING);
    expect(none).toEqual({ versions: [], total: 0 });
    const only = await store.history({ count: 0 }, EVERYTHING);
    expect([only.total, only.versions.length]).toEqual([5, 0]);
  });

  test('[RS17] at takes the versions that were current at some time in the span', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Basic/1', { n: 1 }); // from T0 + 1 s
    await scribe.update('Basic/1', { n: 2 }); // from T0 + 2 s
    await scribe.remove('Basic/1'); // from T0 + 3 s
    await scribe.create('Basic/2', { n: 9 }); // from T0 + 4 s
    const at = async (lo: number, hi: number, id?: string): Promise<(string | undefined)[]> => {
      const asked = id === undefined ? {} : { type: 'Basic', id };
      const page = await store.history({ ...asked, at: { lo: T0 + lo, hi: T0 + hi }, count: 10 }, EVERYTHING);
      expect(page.total).toBe(page.versions.length);
      return page.versions.map((each) => (each.deleted ? 'gone' : /"n":(\d)/.exec(each.text)?.[1]));
    };
    expect(await at(0, 1000)).toEqual([]);
    expect(await at(0, 1001)).toEqual(['1']);
    expect(await at(1500, 1501)).toEqual(['1']);
    expect(await at(1999, 2000)).toEqual(['1']);
    expect(await at(2000, 2001)).toEqual(['2']);
    expect(await at(1500, 2500)).toEqual(['2', '1']);
    expect(await at(5000, 6000)).toEqual(['9', 'gone']);
    expect(await at(0, 9000, '1')).toEqual(['gone', '2', '1']);
  });

  test('[RS18] pages of history follow each other without gap or repetition while others write', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    for (let n = 0; n < 6; n++) await scribe.create(`Basic/${n}`, { n });
    for (let n = 0; n < 6; n++) await scribe.update('Basic/0', { n: 10 + n });
    for (const asked of [{}, { type: 'Basic' }, { type: 'Basic', id: '0' }]) {
      const before = await store.history({ ...asked, count: 100 }, EVERYTHING);
      const paged: string[] = [];
      let page: HistoryPage = await store.history({ ...asked, count: 3 }, EVERYTHING);
      for (;;) {
        paged.push(...page.versions.map((each) => each.versionId));
        if (page.next === undefined) break;
        expect(paged.length).toBeLessThan(1000);
        await scribe.update('Basic/0', { n: scribe.now });
        page = await store.history({ ...asked, count: 3, after: page.next }, EVERYTHING);
      }
      expect(paged).toEqual(before.versions.map((each) => each.versionId));
    }
  });

  test('[RS8] a reader of the feed has every commit in the end, once, while many write', async () => {
    const { store, second } = await open();
    const stores = [store, ...(second ? [await second()] : [])];
    const seen: string[] = [];
    let after = 0;
    let writing = true;
    const reader = (async () => {
      for (;;) {
        const last = !writing;
        const more = await store.feed(after, 5);
        seen.push(...more.map((commit) => commit.hash));
        for (const commit of more) {
          expect(commit.arrival).toBeGreaterThan(after);
          after = commit.arrival;
        }
        if (more.length === 0 && last) return;
        if (more.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const written = await Promise.all(
      Array.from({ length: 8 }, async (_, w) => {
        const hashes: string[] = [];
        const mine = stores[w % stores.length] ?? store;
        for (let n = 0; n < 12; n++) {
          const landed = await mine.append({ revisions: [revision(`Basic/w${w}n${n}`, {})], receivedAt: T0 + n });
          if (landed.ok) hashes.push(landed.value.hash);
        }
        return hashes;
      }),
    );
    writing = false;
    await reader;
    expect(written.flat()).toHaveLength(96);
    expect([...seen].sort()).toEqual(written.flat().sort());
    expectChained(await feedAll(store), digest);
  });

  test('[RS26] headers of the feed say what was appended', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const author = { practitioner: 'Practitioner/1', session: 's' };
    const draft = {
      ...revision('Observation/1', { subject: { reference: 'Patient/7' } }),
      author,
      zoneMin: 120,
      authoredAt: T0 - 5,
    };
    const [created] = await scribe.land(draft);
    await scribe.remove('Observation/1');
    await scribe.create('ValueSet/v', {});
    const commits = await feedAll(store);
    expectChained(commits, digest);
    const headers = commits.flatMap((commit) => commit.revisions).map((each) => decodeRevision(each.header));
    const [put, tombstone, catalogue] = headers.map((each) => (each.ok ? each.value : undefined));
    expect(put).toMatchObject({
      type: 'Observation',
      id: '1',
      parents: [],
      kind: 'put',
      author,
      scope: ['pat/7'],
      policy: '',
    });
    expect(put?.authored).toMatchObject({ wallMs: T0 - 5, zoneMin: 120 });
    expect(tombstone).toMatchObject({ kind: 'tombstone', parents: [created?.versionId], scope: ['pat/7'] });
    expect(catalogue?.scope).toEqual(['cat/ValueSet']);
    expect((tombstone?.authored.hlc ?? '') > (put?.authored.hlc ?? 'z')).toBe(true);
    expect(commits.map((commit) => commit.revisions.map((each) => each.text === undefined))).toEqual([
      [false],
      [true],
      [false],
    ]);
    const [version] = (await scribe.history('Observation/1')).versions.slice(1);
    expect(version?.author).toEqual(author);
  });

  test('[RS1] what was acknowledged is there after reopening: bodies, versions, history, feed, search', async () => {
    const { store, reopen } = await open();
    if (reopen === undefined) return;
    const scribe = new Scribe(store);
    await scribe.create('Basic/1', { language: 'de' });
    await scribe.update('Basic/1', { language: 'fr' });
    await scribe.create('Basic/2', { language: 'fr' });
    await scribe.remove('Basic/2');
    const look = async (at: RecordStore): Promise<unknown> => {
      const other = new Scribe(at);
      return [
        await at.read([keyOf('Basic/1'), keyOf('Basic/2')], EVERYTHING),
        await at.history({ count: 10 }, EVERYTHING),
        await at.feed(0, 10),
        await other.find(query('Basic', [])),
      ];
    };
    const before = await look(store);
    const again = await reopen();
    expect(await look(again)).toEqual(before);
    const late = new Scribe(again, scribe.now);
    await late.update('Basic/1', { language: 'it' });
    await late.create('Basic/3', {});
    const commits = await feedAll(again);
    expect(commits).toHaveLength(6);
    expectChained(commits, digest);
    expect((await again.verify()).findings).toEqual([]);
  });

  test('[RS27] verify of an untouched record finds nothing and counts what is there', async () => {
    const { store } = await open();
    expect(await store.verify()).toEqual({ commits: 0, revisions: 0, resources: 0, findings: [] });
    const scribe = new Scribe(store);
    const base = await scribe.create('Patient/1', { name: [{ family: 'Ó Néill', given: ['Áine'] }], active: true });
    await scribe.land(revision('Patient/1', { active: false }, { parents: [base.versionId], expect: 'any' }));
    await scribe.land(revision('Patient/1', { gender: 'other' }, { parents: [base.versionId], expect: 'any' }));
    await scribe.create('Observation/1', { status: 'final', subject: { reference: 'Patient/1' } });
    await scribe.remove('Observation/1');
    let calls = 0;
    const report = await store.verify((done, of) => {
      calls++;
      expect(done).toBeLessThanOrEqual(of);
    });
    expect(report).toEqual({ commits: 5, revisions: 5, resources: 2, findings: [] });
    expect(calls).toBeGreaterThan(0);
  });

  test('[RS27] verify finds what was changed behind the store, and quotes no content', async () => {
    const found = new Map<string, readonly VerifyFinding[]>();
    for (const what of ['body', 'header', 'chain', 'head', 'index', 'home'] as const) {
      const { store, damage } = await open();
      if (damage === undefined) return;
      const scribe = new Scribe(store);
      await scribe.create('Patient/1', { name: [{ family: 'Secretname' }] });
      await scribe.update('Patient/1', { name: [{ family: 'Secretname' }], active: true });
      await scribe.create('Patient/2', { active: true });
      await damage(what, keyOf('Patient/1'));
      found.set(what, (await store.verify()).findings);
    }
    const wanted = { body: 'body', header: 'revision', chain: 'chain', head: 'head', index: 'index', home: 'index' };
    for (const [what, kind] of Object.entries(wanted)) {
      const findings = found.get(what) ?? [];
      expect(
        findings.map((each) => each.what),
        what,
      ).toContain(kind);
      expect(JSON.stringify(findings)).not.toContain('Secretname');
    }
  });
}
