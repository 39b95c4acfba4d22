// One suite for every SyncStore (specs/store.md RS34 to RS42). Each adapter's test calls it with a way to open an empty one.
import { afterEach, describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import type { Digest } from '../base/ports.ts';
import { pureDigest } from '../base/sha256.ts';
import { Dice, keyOf, revision, Scribe, T0 } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING, type RecordStore } from '../record/store.ts';
import { Elsewhere, history, part, roughCommit, roughRevision } from './commits-elsewhere.test-kit.ts';
import type { CarriedCommit, CarriedRevision, SyncStore } from './ports.ts';
import { namesAndLinks } from './sync-store-links.test-kit.ts';

export interface OpenedSyncStore {
  readonly store: SyncStore;
  /** The record over the same data; absent where the store has none. */
  readonly record?: RecordStore;
  /** Closes both as a crash would and opens the same data again. */
  readonly reopen?: () => Promise<Pick<OpenedSyncStore, 'store' | 'record'>>;
  readonly dispose?: () => Promise<void>;
}

export interface SyncContractOptions {
  readonly digest?: Digest;
  /** What reads are not kept: a store that keeps skeletons alone, say. */
  readonly seeds?: readonly number[];
}

const ALL = 1_000;
const BYTES = 10_000_000;

const STORED = { result: 'stored' } as const;
const DUP = { result: 'dup' } as const;

export function syncStoreContract(
  name: string,
  open: () => Promise<OpenedSyncStore>,
  options: SyncContractOptions = {},
): void {
  const digest = options.digest ?? pureDigest;
  const elsewhere = (origin = 'other.1'): Elsewhere => new Elsewhere(origin, digest);

  describe(`${name} keeps the contract of a sync store`, () => {
    const openedStores: OpenedSyncStore[] = [];
    const opening = async (): Promise<OpenedSyncStore> => {
      const each = await open();
      openedStores.push(each);
      return each;
    };
    afterEach(async () => {
      for (const each of openedStores.splice(0)) await each.dispose?.();
    });
    const feedOf = async (store: SyncStore): Promise<readonly CarriedCommit[]> =>
      (await store.feed(0, ALL, BYTES)).map(({ arrival: _arrival, ...commit }): CarriedCommit => commit);

    test('[RS36] commits of another node come out as they went in, and are there to be read; again they change nothing', async () => {
      const { store, record } = await opening();
      const other = elsewhere();
      await other.scribe.create('Patient/1', '{"resourceType":"Patient","id":"1","multipleBirthInteger":1.00}');
      await other.scribe.update('Patient/1', { active: true });
      await other.scribe.create('Observation/1', { status: 'final', subject: { reference: 'Patient/1' } });
      await other.scribe.remove('Observation/1');
      const commits = await other.commits();
      expect(await store.receive(commits, 'below')).toEqual(commits.map(() => STORED));
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual(commits);
      expect(await store.commits('other.1', 3, 1, BYTES)).toEqual(commits.slice(2, 3));
      expect(await feedOf(store)).toEqual(commits);
      const arrival = await store.arrival();
      expect(await store.receive(commits, 'below')).toEqual(commits.map(() => DUP));
      expect(await store.receive(commits, 'above')).toEqual(commits.map(() => DUP));
      expect(await store.arrival()).toBe(arrival);
      expect(await feedOf(store)).toEqual(commits);
      if (record === undefined) return;
      const [patient, observation] = await record.read([keyOf('Patient/1'), keyOf('Observation/1')], EVERYTHING);
      const there = await other.scribe.get('Patient/1');
      expect({ ...patient, lastUpdatedAt: 0 }).toEqual({ ...there, lastUpdatedAt: 0 });
      expect(observation?.deleted).toBe(true);
      expect(observation?.home).toBe('Patient/1');
      expect((await record.verify()).findings).toEqual([]);
    });

    test('[RS36] a page ends with the commit that passes its bytes, and the pages together are all', async () => {
      const { store } = await opening();
      const other = elsewhere();
      for (let n = 0; n < 6; n++) await other.scribe.create(`Basic/${n}`, { note: 'x'.repeat(500) });
      const commits = await other.commits();
      await store.receive(commits, 'below');
      const found: CarriedCommit[] = [];
      for (let after = 0, pages = 0; pages < 10; pages++) {
        const page = await store.feed(after, ALL, 700);
        if (page.length === 0) break;
        expect(page.length).toBeLessThan(4);
        for (const { arrival, ...commit } of page) {
          after = arrival;
          found.push(commit);
        }
      }
      expect(found).toEqual(commits);
      const few = await store.commits('other.1', 1, ALL, 700);
      expect(few.length).toBeGreaterThan(0);
      expect(few).toEqual(commits.slice(0, few.length));
      expect(few.length).toBeLessThan(4);
    });

    test('[RS35] whatever the order in which revisions come, heads, versions and views are the same', async () => {
      for (const seed of [1, 2, ...(options.seeds ?? [Math.floor(Math.random() * 1e9)])]) {
        console.log(`order of arrival: seed ${seed}`);
        const dice = new Dice(seed);
        const written = await history(dice, digest);
        const one = await opening();
        const two = await opening();
        await one.store.receive(written, 'above');
        const shuffled = [...written].sort(() => dice.roll(3) - 1);
        for (let at = 0; at < shuffled.length;) {
          const size = 1 + dice.roll(4);
          await two.store.receive(shuffled.slice(at, at + size), 'above');
          at += size;
        }
        const names = await one.store.names('', 'all', '', ALL);
        expect(await two.store.names('', 'all', '', ALL), `seed ${seed}`).toEqual(names);
        expect(names).toHaveLength(new Set(written.flatMap(({ revisions }) => revisions.map(({ hash }) => hash))).size);
        if (one.record === undefined || two.record === undefined) continue;
        for (const key of [keyOf('Patient/1'), keyOf('Patient/2'), keyOf('Flag/1')]) {
          const [a, b] = [await one.record.read([key], EVERYTHING), await two.record.read([key], EVERYTHING)];
          expect({ ...b[0], lastUpdatedAt: 0 }, `seed ${seed}`).toEqual({ ...a[0], lastUpdatedAt: 0 });
          const [h, i] = await Promise.all(
            [one, two].map((each) => each.record?.history({ ...key, count: ALL }, EVERYTHING)),
          );
          expect(
            i?.versions.map(({ versionId }) => versionId),
            `seed ${seed}`,
          ).toEqual(h?.versions.map(({ versionId }) => versionId));
        }
        expect((await one.record.verify()).findings, `seed ${seed}`).toEqual([]);
        expect((await two.record.verify()).findings, `seed ${seed}`).toEqual([]);
      }
    });

    test('[RS35] an ancestor that comes late is no head, and a local write on the head goes on from it', async () => {
      const { store, record } = await opening();
      if (record === undefined) return;
      const other = elsewhere();
      await other.scribe.create('Patient/1', { active: true });
      await other.scribe.update('Patient/1', { active: false });
      await other.scribe.update('Patient/1', { gender: 'other' });
      const [first, second, third] = await other.commits();
      assert(first !== undefined && second !== undefined && third !== undefined, 'three were written');
      await store.receive([third], 'above');
      await store.receive([first], 'above');
      const scribe = new Scribe(record, T0 + 60_000);
      expect((await scribe.get('Patient/1'))?.heads).toHaveLength(2);
      await store.receive([second], 'above');
      const now = await scribe.get('Patient/1');
      expect(now?.heads).toEqual([third.revisions[0]?.hash]);
      expect(now?.conflict).toBe(false);
      expect(now?.text).toContain('other');
      const next = await scribe.update('Patient/1', { gender: 'male' });
      expect((await scribe.get('Patient/1'))?.heads).toEqual([next.versionId]);
      const { versions } = await scribe.history('Patient/1');
      expect(versions.map(({ versionId }) => versionId)).toEqual([
        next.versionId,
        ...[third, second, first].map(({ revisions }) => revisions[0]?.hash),
      ]);
      expect((await record.verify()).findings).toEqual([]);
      await record.reindex();
      expect((await scribe.get('Patient/1'))?.heads).toEqual([next.versionId]);
      expect((await record.verify()).findings).toEqual([]);
    });

    test('[RS34] what cannot be read is carried byte for byte, and stops nothing', async () => {
      const { store, record } = await opening();
      const good = roughRevision(digest, 'Patient/1', '{"resourceType":"Patient","id":"1"}', { scope: ['pat/1'] });
      const rough = [
        roughRevision(digest, 'Patient/2', 'no JSON \u0000 at all'),
        roughRevision(digest, 'Patient/3', '{"resourceType":"Patient","id":"other"}'),
        roughRevision(digest, 'Patient/4', '{"resourceType":"Patient","id":"4","meta":{"versionId":"x"}}'),
        roughRevision(digest, 'Patient/5', String.raw`{"resourceType":"Patient","id":"5","gender":"a\u0000b"}`),
        roughRevision(digest, 'Patient/6', undefined),
        roughRevision(digest, 'Patient/7', '{"resourceType":"Patient","id":"7"}', { kind: 'tombstone' }),
      ];
      const header = good.header.replace('"r1"', '"r9"');
      const later: CarriedRevision = {
        hash: digest.sha256(`${header}${digest.sha256('later')}`),
        header,
        text: 'later',
      };
      const first = roughCommit(digest, 'other.1', undefined, [...rough, good]);
      const second = roughCommit(digest, 'other.1', first, [later]);
      const plain = roughCommit(digest, 'other.1', second, [
        roughRevision(digest, 'Basic/1', '{"resourceType":"Basic","id":"1"}'),
      ]);
      const future = { ...plain, header: plain.header.replace('"c1"', '"c2"') };
      const third = { ...future, hash: digest.sha256(future.header) };
      const fourth = roughCommit(digest, 'other.1', third, [
        roughRevision(digest, 'Basic/2', '{"resourceType":"Basic","id":"2"}'),
      ]);
      const commits = [first, second, third, fourth];
      expect(await store.receive(commits, 'below')).toEqual([
        STORED,
        { result: 'quarantined', reason: 'unread-revision', inPlace: true },
        { result: 'quarantined', reason: 'unknown-version', inPlace: true },
        STORED,
      ]);
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual(commits);
      expect(await feedOf(store)).toEqual(commits);
      const all = commits.flatMap(({ revisions }) => revisions.map(({ hash }) => hash)).sort();
      expect(await store.names('', 'all', '', ALL)).toEqual(all);
      expect(await store.lacking([later.hash, 'a'.repeat(52)])).toEqual(['a'.repeat(52)]);
      expect(await store.bearing([later.hash])).toEqual([second]);
      expect(await store.receive(commits, 'below')).toEqual(commits.map(() => DUP));
      if (record === undefined) return;
      const keys = [
        'Patient/1',
        'Patient/2',
        'Patient/3',
        'Patient/4',
        'Patient/5',
        'Patient/6',
        'Patient/7',
        'Basic/2',
      ];
      const read = await record.read(keys.map(keyOf), EVERYTHING);
      expect(read.map((stored) => stored !== undefined)).toEqual([
        true,
        false,
        false,
        false,
        false,
        false,
        false,
        true,
      ]);
      expect((await record.verify()).findings).toEqual([]);
    });

    test('[RS37] a commit whose revisions are here under another one is kept and told with its own bytes', async () => {
      const { store, record } = await opening();
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', { active: true }), revision('Basic/1', { n: 1 }));
      const wrap = roughCommit(digest, 'third.1', undefined, [...first.revisions].reverse());
      const mixed = roughCommit(digest, 'third.1', wrap, [
        ...first.revisions.slice(0, 1),
        roughRevision(digest, 'Basic/3', '{"resourceType":"Basic","id":"3"}'),
      ]);
      expect(await store.receive([first], 'below')).toEqual([STORED]);
      expect(await store.receive([wrap, mixed], 'below')).toEqual([STORED, STORED]);
      expect(await store.commits('third.1', 1, ALL, BYTES)).toEqual([wrap, mixed]);
      expect(await feedOf(store)).toEqual([first, wrap, mixed]);
      expect(await store.names('', 'all', '', ALL)).toHaveLength(3);
      if (record === undefined) return;
      expect((await record.history({ ...keyOf('Patient/1'), count: 9 }, EVERYTHING)).total).toBe(1);
      expect((await record.verify()).findings).toEqual([]);
      // The other way about: the wrap comes first, and both in one call.
      const late = await opening();
      await late.store.receive([wrap, first, mixed], 'below');
      expect(await feedOf(late.store)).toEqual([wrap, first, mixed]);
      expect((await late.record?.verify())?.findings).toEqual([]);
    });

    test('[RS38] a filtered commit is no whole one: it is completed when the rest comes, and arrives again then', async () => {
      const { store, record } = await opening();
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', {}), revision('Patient/2', {}), revision('Patient/3', {}));
      const second = await other.write(revision('Patient/4', {}));
      expect(await store.receive([part(first, 1), second], 'above')).toEqual([STORED, STORED]);
      expect(await store.places([[first.origin, 1]])).toEqual([
        { contiguous: 0, tip: '', held: { hash: first.hash, whole: false } },
      ]);
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual([]);
      expect(await feedOf(store)).toEqual([part(first, 1), second]);
      const arrival = await store.arrival();
      expect(await store.receive([part(first, 1)], 'above')).toEqual([STORED]);
      expect(await store.arrival(), 'nothing new came').toBe(arrival);
      expect(await store.receive([part(first, 0)], 'above')).toEqual([STORED]);
      const again = (await store.feed(arrival, ALL, BYTES)).map(({ hash, revisions }) => [hash, revisions.length]);
      expect(again).toEqual([[first.hash, 2]]);
      expect(await store.receive([first], 'above')).toEqual([STORED]);
      expect(await store.places([[first.origin, 2]])).toEqual([
        { contiguous: 2, tip: second.hash, held: { hash: second.hash, whole: true } },
      ]);
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual([first, second]);
      expect((await record?.verify())?.findings ?? []).toEqual([]);
    });

    test('[RS38] two parts of a commit may come together, of a fork too', async () => {
      const { store, record } = await opening();
      const first = await elsewhere().write(
        revision('Patient/1', {}),
        revision('Patient/2', {}),
        revision('Patient/3', {}),
      );
      expect(await store.receive([part(first, 2), part(first, 0), part(first, 2)], 'above')).toEqual([
        STORED,
        STORED,
        STORED,
      ]);
      expect(await store.receive([first], 'above')).toEqual([STORED]);
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual([first]);
      const fork = await elsewhere().write(revision('Patient/4', {}), revision('Patient/5', {}));
      for (const each of [part(fork, 1), part(fork, 1), part(fork, 0), fork])
        expect(await store.receive([each], 'above')).toEqual([{ result: 'fork' }]);
      expect(await store.bearing([fork.revisions[0]?.hash ?? ''])).toEqual([fork]);
      expect(await store.names('', 'all', '', ALL)).toHaveLength(5);
      expect((await record?.verify())?.findings ?? []).toEqual([]);
    });

    test('[RS38] of a commit of a later version nobody knows what is lacking: a part that comes later is taken', async () => {
      const { store, record } = await opening();
      const plain = await elsewhere().write(
        revision('Patient/1', {}),
        revision('Patient/2', {}),
        revision('Patient/3', {}),
      );
      const header = plain.header.replace('"c1"', '"c2"');
      const later = { ...plain, header, hash: digest.sha256(header) };
      const ASIDE = { result: 'quarantined', reason: 'unknown-version', inPlace: true };
      expect(await store.receive([part(later, 0)], 'above')).toEqual([ASIDE]);
      expect(await store.receive([part(later, 0)], 'above')).toEqual([DUP]);
      expect(await store.receive([part(later, 1), part(later, 2), later], 'above')).toEqual([
        ASIDE,
        ASIDE,
        expect.anything(),
      ]);
      expect(await store.names('', 'all', '', ALL)).toHaveLength(3);
      expect(await store.receive([later], 'above')).toEqual([DUP]);
      expect((await feedOf(store)).every((commit) => commit.header === header)).toBe(true);
      expect((await store.feed(0, ALL, BYTES)).at(-1)?.revisions).toHaveLength(3);
      expect((await record?.verify())?.findings ?? []).toEqual([]);
    });

    test('[RS38] from below nothing is taken in part, and an origin grows by one', async () => {
      const { store } = await opening();
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', {}), revision('Patient/2', {}));
      const second = await other.write(revision('Patient/3', {}));
      const third = await other.write(revision('Patient/4', {}));
      expect(await store.receive([second, part(first, 0), first, third, second, third], 'below')).toEqual([
        { result: 'gap', need: 1 },
        { result: 'quarantined', reason: 'incomplete', inPlace: false },
        STORED,
        { result: 'gap', need: 2 },
        STORED,
        STORED,
      ]);
      expect(await store.carried()).toEqual([{ origin: 'other.1', seq: 3, hash: third.hash }]);
    });

    test('[SY22] a fork never takes the place of what is here: from above it is kept beside it', async () => {
      const { store, record } = await opening();
      const one = elsewhere();
      const two = elsewhere();
      const mine = await one.write(revision('Patient/1', { active: true }));
      const theirs = await two.write(revision('Patient/2', { active: false }));
      await store.receive([mine], 'below');
      expect(await store.receive([theirs], 'below')).toEqual([{ result: 'fork' }]);
      expect(await store.lacking([theirs.revisions[0]?.hash ?? ''])).toHaveLength(1);
      expect(await store.receive([theirs], 'above')).toEqual([{ result: 'fork' }]);
      expect(await store.receive([theirs], 'above')).toEqual([{ result: 'fork' }]);
      expect(await feedOf(store)).toEqual([mine, theirs]);
      expect(await store.commits('other.1', 1, ALL, BYTES)).toEqual([mine]);
      expect(await store.bearing([theirs.revisions[0]?.hash ?? ''])).toEqual([theirs]);
      if (record === undefined) return;
      expect((await record.read([keyOf('Patient/2')], EVERYTHING))[0]).toBeDefined();
      expect((await record.verify()).findings).toEqual([]);
    });

    test('[SY20] [SY7] what is not what it says leaves nothing, and stops nothing', async () => {
      const { store, record } = await opening();
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', { active: true }));
      const changed = {
        ...first,
        revisions: first.revisions.map((each) => ({ ...each, text: `${each.text ?? ''} ` })),
      };
      const nowhere = { ...first, origin: 'no origin \u0000', seq: -1 };
      const sound = await elsewhere('third.1').write(revision('Patient/2', {}));
      expect(await store.receive([changed, nowhere, sound, changed], 'below')).toEqual([
        { result: 'quarantined', reason: 'false-hash', inPlace: false },
        { result: 'quarantined', reason: 'malformed', inPlace: false },
        STORED,
        { result: 'quarantined', reason: 'false-hash', inPlace: false },
      ]);
      expect(await feedOf(store)).toEqual([sound]);
      expect(await store.receive([first], 'below')).toEqual([STORED]);
      expect((await record?.verify())?.findings ?? []).toEqual([]);
    });

    test('[RS39] an origin is had up to the floor, or the last whole commit without a gap; what is stable is carried no more', async () => {
      const { store } = await opening();
      const other = elsewhere();
      for (let n = 0; n < 5; n++) await other.scribe.create(`Basic/${n}`, { n });
      const commits = await other.commits();
      const [, , third, fourth, fifth] = commits;
      assert(third !== undefined && fourth !== undefined && fifth !== undefined, 'five were written');
      expect(await store.places([['other.1', 1]])).toEqual([{ contiguous: 0, tip: '' }]);
      await store.receive([fourth], 'above');
      await store.learn([], [['other.1', 3]]);
      expect(await store.places([['other.1', 2]])).toEqual([{ contiguous: 4, tip: fourth.hash }]);
      await store.learn([], [['other.1', 2]]);
      expect((await store.places([['other.1', 2]]))[0]?.contiguous).toBe(4);
      expect(await store.receive(commits, 'below')).toEqual([DUP, DUP, DUP, DUP, STORED]);
      expect(await store.carried()).toEqual([{ origin: 'other.1', seq: 5, hash: fifth.hash }]);
      await store.learn([['other.1', 4]], []);
      expect(await store.stable()).toContainEqual(['other.1', 4]);
      expect(await store.carried()).toHaveLength(1);
      await store.learn(
        [
          ['other.1', 5],
          ['unknown.1', 7],
        ],
        [],
      );
      await store.learn([['other.1', 1]], []);
      expect(new Map(await store.stable())).toEqual(
        new Map([
          ['other.1', 5],
          ['unknown.1', 7],
        ]),
      );
      expect(await store.carried()).toEqual([]);
    });

    test('[RS39] what a peer says of where origins are safe replaces what it said before', async () => {
      const { store } = await opening();
      await store.noteHeld('region', [
        ['other.1', 5, 'D2'],
        ['other.1', 3, 'D1'],
      ]);
      expect(await store.held(['other.1', 'none.1'])).toEqual(expect.arrayContaining([['other.1', 5, 'D2']]));
      await store.noteHeld('region', [['other.1', 4, 'D2']]);
      expect((await store.held(['other.1'])).filter(([, , durability]) => durability === 'D2')).toEqual([
        ['other.1', 4, 'D2'],
      ]);
      // Whoever was asked before may have been restored since: the last word alone counts.
      await store.noteHeld('site', [['other.1', 2, 'D1']]);
      expect((await store.held(['other.1'])).filter(([, , durability]) => durability === 'D2')).toEqual([]);
    });

    namesAndLinks(opening, elsewhere, digest);

    test('[RS42] what is wrapped stands in commits of an own origin, one for each group, and is carried', async () => {
      const { store, record } = await opening();
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', {}), revision('Patient/2', {}));
      const second = await other.write(revision('Patient/3', {}));
      await store.receive([first, second], 'above');
      const before = await store.identity();
      await store.author([first.revisions, second.revisions.slice(0, 1)], T0);
      const { origin } = await store.identity();
      expect(origin).toBe(before.origin);
      expect(origin.startsWith(`${before.node}.`)).toBe(true);
      const wrapped = await store.commits(origin, 1, ALL, BYTES);
      expect(wrapped.map(({ revisions }) => revisions)).toEqual([first.revisions, second.revisions]);
      expect(wrapped.map(({ seq, prev }) => [seq, prev])).toEqual([
        [1, ''],
        [2, wrapped[0]?.hash],
      ]);
      expect((await store.carried()).filter((tip) => tip.origin === origin)).toEqual([
        { origin, seq: 2, hash: wrapped[1]?.hash },
      ]);
      expect(await store.names('', 'all', '', ALL)).toHaveLength(3);
      await store.renewOrigin();
      const renewed = (await store.identity()).origin;
      expect(renewed).not.toBe(origin);
      await store.author([first.revisions], T0);
      expect((await store.commits(renewed, 1, ALL, BYTES)).map(({ seq }) => seq)).toEqual([1]);
      expect((await record?.verify())?.findings ?? []).toEqual([]);
    });

    test('[RS41] what was acknowledged is there after a crash', async () => {
      const { store, reopen } = await opening();
      if (reopen === undefined) return;
      const other = elsewhere();
      const first = await other.write(revision('Patient/1', {}), revision('Patient/2', {}));
      const second = await other.write(revision('Patient/3', {}));
      await store.receive([part(first, 0)], 'above');
      await store.learn([['x.1', 3]], [['y.1', 2]]);
      await store.noteHeld('region', [['other.1', 1, 'D2']]);
      const before = [
        await feedOf(store),
        await store.stable(),
        await store.places([
          ['other.1', 1],
          ['y.1', 1],
        ]),
      ];
      const again = await reopen();
      expect([
        await feedOf(again.store),
        await again.store.stable(),
        await again.store.places([
          ['other.1', 1],
          ['y.1', 1],
        ]),
      ]).toEqual(before);
      expect(await again.store.receive([first, second], 'below')).toEqual([STORED, STORED]);
    });
  });
}
