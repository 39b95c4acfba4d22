// What a store keeps: commits, exact bodies, chains, heads, versions, siblings, limits.
import { expect, test } from 'vitest';
import type { Digest } from '../../base/ports.ts';
import { renderStored } from '../body.ts';
import {
  bodyHashOf,
  commitHash,
  decodeCommit,
  decodeRevision,
  isOrigin,
  revisionHash,
  versionIdOf,
} from '../envelope.ts';
import { installOf, nodeScope } from '../scope.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import { COMMIT_BYTES_MAX, EVERYTHING, type ArrivedCommit, type RecordStore } from '../store.ts';
import { bodyOf, keyOf, query, revision, Scribe, T0, token } from './scribe.test-kit.ts';

const NASTY: readonly string[] = [
  '{"resourceType":"Observation","id":"n","valueQuantity":{"value":1.00,"x":0.10,"y":-0.0,"z":1e-07,"w":12345678901234567890.12345}}',
  ' {\r\n\t"resourceType" : "Observation" ,\n "id":"n", "a" : [ ] , "b":{ } }\n\n',
  '{"resourceType":"Observation","id":"n","note":[{"text":"é ñ 漢字 😀 ﷽ \u2028 \u200b \\u0000 \\ud83d\\ude00 \\/ \\" \\\\ \\n \u007f"}]}',
  '{"resourceType":"Observation","id":"n","t":"\' \'\' \\\\ $1 ${x} %s :a ? ; -- /* */ \\\\x00 E\'\\\\n\'"}',
  '{"resourceType":"Observation","id":"n","__proto__":{"polluted":true},"constructor":{"prototype":1}}',
  `{"resourceType":"Observation","id":"n","long":"${'a\\u00e9€😀'.repeat(20_000)}"}`,
];

export function keepingContract(open: OpenStore, digest: Digest): void {
  test('[RS3] a body comes back as the exact text that was appended', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    let parents: readonly string[] = [];
    for (const text of NASTY) {
      const [written] = await scribe.land(revision('Observation/n', text, { parents }));
      const stored = await scribe.get('Observation/n');
      expect(stored?.text).toBe(text);
      expect(stored?.splice).toBe(bodyOf(text, 'n').splice);
      const version = await store.readVersion(keyOf('Observation/n'), written?.versionId ?? '', EVERYTHING);
      expect(version?.text).toBe(text);
      const [latest] = (await scribe.history('Observation/n')).versions;
      expect(latest?.text).toBe(text);
      expect(latest?.splice).toBe(stored?.splice);
      parents = stored?.heads ?? [];
    }
    const sent = (await store.feed(0, 100)).flatMap((commit) => commit.revisions.map((each) => each.text));
    expect(sent).toEqual(NASTY);
  });

  test('[RS3] a search answers the exact text too, and what is read renders with its version', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const plain = '{"resourceType":"Observation","id":"n","status":"final","valueQuantity":{"value":2.50}}';
    const { versionId, lastUpdatedAt } = await scribe.create('Observation/n', plain);
    const [hit] = (await scribe.page(query('Observation', [token('status', 'final')]))).hits;
    expect(hit?.stored.text).toBe(plain);
    if (hit === undefined) throw new Error('nothing found');
    expect(renderStored(hit.stored)).toBe(
      `{"resourceType":"Observation","id":"n","meta":{"versionId":"${versionId}","lastUpdated":"2024-01-01T00:00:01.000Z"},"status":"final","valueQuantity":{"value":2.50}}`,
    );
    expect(lastUpdatedAt).toBe(T0 + 1000);
  });

  test('[RS25] what cannot be kept exactly never lands', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const good = revision('Basic/1', {});
    const wrong = (text: string): typeof good => ({
      ...good,
      body: { text, splice: 0, resource: { resourceType: 'Basic', id: '1' } },
    });
    const bad = [
      [wrong('{"resourceType":"Basic","id":"1","x":"\0"}')],
      [wrong('{"resourceType":"Basic","id":"1","x":"\ud800"}')],
      [{ ...good, key: { type: 'Basic', id: 'a/b' } }],
      [{ ...good, key: { type: 'Basic', id: 'x'.repeat(65) } }],
      [good, good],
      [],
    ];
    for (const revisions of bad) await expect(store.append(scribe.draft(...revisions))).rejects.toThrow();
    await expect(store.append(scribe.draft(revision('Basic/2', {}), wrong('"\0"')))).rejects.toThrow();
    expect(await store.read([keyOf('Basic/1'), keyOf('Basic/2')], EVERYTHING)).toEqual([undefined, undefined]);
    expect(await store.feed(0, 10)).toEqual([]);
    await scribe.create('Basic/1', {});
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[EV10] what is for the node alone says so in its header, and what deletes it or is of a patient has its own scope', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.land(
      { ...revision('Binary/b', {}), scope: 'node' },
      revision('Patient/p', {}),
      revision('Basic/1', {}),
    );
    const [binary] = (await scribe.get('Binary/b'))?.heads ?? [];
    await scribe.land(revision('Binary/b', undefined, { parents: [binary ?? ''] }));
    const commits = await store.feed(0, 10);
    const install = installOf(commits[0]?.origin ?? '');
    expect(install).not.toBe('');
    const scopes = commits.flatMap(({ revisions }) =>
      revisions.map(({ header }) => {
        const read = decodeRevision(header);
        return read.ok ? read.value.scope : undefined;
      }),
    );
    const own = [nodeScope(install)];
    expect(scopes).toEqual([own, ['demog', 'pat/p'], [], own]);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[RS24] a commit of more than the limit is refused whole', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const big = `{"resourceType":"Basic","id":"2","x":"${'é'.repeat(COMMIT_BYTES_MAX / 2)}"}`;
    const refused = await store.append(scribe.draft(revision('Basic/1', {}), revision('Basic/2', big)));
    if (refused.ok || refused.error.kind !== 'too-large') throw new Error('not refused as too large');
    expect(refused.error.bytes).toBeGreaterThan(COMMIT_BYTES_MAX);
    expect(refused.error.limit).toBe(COMMIT_BYTES_MAX);
    expect(await store.read([keyOf('Basic/1'), keyOf('Basic/2')], EVERYTHING)).toEqual([undefined, undefined]);
    const fits = `{"resourceType":"Basic","id":"2","x":"${'x'.repeat(COMMIT_BYTES_MAX - 2000)}"}`;
    await scribe.create('Basic/2', fits);
    expect((await scribe.get('Basic/2'))?.text).toBe(fits);
  });

  test('[RS2] a commit is there whole or not at all, also to readers who look meanwhile', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const names = Array.from({ length: 20 }, (_, i) => `Basic/r${i}`);
    const keys = names.map(keyOf);
    let seen = 0;
    const work = { done: false };
    const watch = (async () => {
      while (!work.done) {
        const there = (await store.read(keys, EVERYTHING)).filter((each) => each !== undefined);
        if (there.length > 0) expect(new Set(there.map((each) => each.text.includes('"n":')))).toEqual(new Set([true]));
        const values = new Set(there.map((each) => /"n":(\d+)/.exec(each.text)?.[1]));
        expect(values.size).toBeLessThanOrEqual(1);
        expect([0, names.length]).toContain(there.length);
        seen++;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    })();
    for (let n = 0; n < 15; n++) {
      const heads = await store.read(keys, EVERYTHING);
      await scribe.land(...names.map((name, i) => revision(name, { n }, { parents: heads[i]?.heads ?? [] })));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    work.done = true;
    await watch;
    expect(seen).toBeGreaterThan(0);
  });

  test('[RS4] commits are numbered from 1 without gaps and chained, also when many write at once', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const draft = scribe.draft(revision(`Basic/c${i}`, { n: i }));
        const landed = await store.append(draft);
        expect(landed.ok).toBe(true);
      }),
    );
    // Refusals leave no hole.
    expect((await store.append(scribe.draft(revision('Basic/c1', {})))).ok).toBe(false);
    await scribe.create('Basic/last', {});
    const commits = await feedAll(store);
    expect(commits).toHaveLength(41);
    expectChained(commits, digest);
  });

  test('[RS4] [RS11] append tells the place in the chain and the version of each resource', async () => {
    const { store } = await open();
    const landed = await store.append({
      revisions: [revision('Basic/b', {}), revision('Basic/a', {})],
      receivedAt: T0,
    });
    if (!landed.ok) throw new Error('refused');
    const { origin, seq, hash, written } = landed.value;
    expect([seq, isOrigin(origin)]).toEqual([1, true]);
    expect(written.map((each) => [each.key.id, each.lastUpdatedAt])).toEqual([
      ['b', T0],
      ['a', T0],
    ]);
    const [commit] = await store.feed(0, 10);
    expect(commit).toMatchObject({ origin, seq, hash, prev: '' });
    expect(commit?.revisions.map((each) => each.hash)).toEqual(written.map((each) => each.versionId));
  });

  test('[RS5] expected heads that are no longer the heads: stale, and nothing changed', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const first = await scribe.create('Basic/1', { n: 1 });
    const second = await scribe.update('Basic/1', { n: 2 });
    const heads = [second.versionId];
    const key = keyOf('Basic/1');
    const attempts = [
      revision('Basic/1', { n: 3 }, { parents: [first.versionId] }),
      revision('Basic/1', { n: 3 }),
      revision('Basic/1', { n: 3 }, { parents: heads, expect: [first.versionId, second.versionId] }),
      revision('Basic/1', undefined, { parents: [first.versionId] }),
    ];
    for (const attempt of attempts) {
      const landed = await store.append(scribe.draft(revision('Basic/other', {}), attempt));
      expect(landed).toEqual({ ok: false, error: { kind: 'stale', key, heads } });
    }
    const absent = await store.append(scribe.draft(revision('Basic/none', {}, { parents: heads })));
    expect(absent).toEqual({ ok: false, error: { kind: 'stale', key: keyOf('Basic/none'), heads: [] } });
    expect((await scribe.get('Basic/1'))?.text).toContain('"n":2');
    expect(await scribe.get('Basic/other')).toBeUndefined();
    expect(await store.feed(0, 10)).toHaveLength(2);
  });

  test('[RS5] of many who update from the same head at once, one lands', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const { versionId } = await scribe.create('Basic/1', { n: 0 });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store.append(scribe.draft(revision('Basic/1', { n: n + 1 }, { parents: [versionId] }))),
      ),
    );
    expect(results.filter((each) => each.ok)).toHaveLength(1);
    for (const each of results) if (!each.ok) expect(each.error.kind).toBe('stale');
    expect((await scribe.history('Basic/1')).total).toBe(2);
  });

  test('[RS14] the same id under two types is two resources, and ids differ in case', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const long = `${'A-z.9'.repeat(12)}A-z.`;
    expect(long).toHaveLength(64);
    const names = [`Patient/${long}`, `Basic/${long}`, `Basic/${long.toLowerCase()}`, 'Basic/.', 'Basic/-'];
    for (const name of names) await scribe.create(name, { language: name.length > 20 ? 'de' : 'fr' });
    await scribe.remove(`Basic/${long}`);
    expect((await scribe.get(`Patient/${long}`))?.deleted).toBe(false);
    expect((await scribe.get(`Basic/${long}`))?.deleted).toBe(true);
    expect((await scribe.get(`Basic/${long.toLowerCase()}`))?.deleted).toBe(false);
    const found = await scribe.find(query(['Patient', 'Basic'], [{ kind: 'id', ids: [long, '.'] }]));
    expect(found).toEqual(['Basic/.', `Patient/${long}`]);
    const read = await store.read(names.map(keyOf), EVERYTHING);
    expect(read.map((each) => each?.key)).toEqual(names.map(keyOf));
  });

  test('[RS10] [RS12] siblings are welcome without an expectation; the view is a conflict until one descends from both', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const base = await scribe.create('Basic/1', { n: 0 });
    const parents = [base.versionId];
    const [left] = await scribe.land(revision('Basic/1', { n: 1 }, { parents, expect: 'any' }));
    expect((await scribe.get('Basic/1'))?.conflict).toBe(false);
    const [right] = await scribe.land(revision('Basic/1', { n: 2 }, { parents, expect: 'any' }));
    const history = await scribe.history('Basic/1');
    const siblings = history.versions.slice(0, 2).map((each) => each.versionId);
    const both = await scribe.get('Basic/1');
    expect(both).toMatchObject({ conflict: true, deleted: false, versionId: versionIdOf(digest, siblings) });
    expect(both?.heads).toEqual([...siblings].sort());
    expect(right?.versionId).toBe(both?.versionId);
    expect(left?.versionId).not.toBe(right?.versionId);
    // Alike in generation: the later hybrid time is shown.
    expect(both?.text).toContain('"n":2');
    expect(siblings).toContain(both?.displayed);
    await scribe.land(revision('Basic/1', { n: 3 }, { parents: both?.heads ?? [], kind: 'resolve' }));
    expect(await scribe.get('Basic/1')).toMatchObject({ conflict: false });
    expect((await scribe.history('Basic/1')).versions[0]?.kind).toBe('resolve');
  });

  test('[RS12] a tombstone beside an update hides nothing; alike bodies are no conflict; two tombstones are deleted', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const fork = async (name: string, ...contents: (object | undefined)[]): Promise<void> => {
      const { versionId } = await scribe.create(name, { n: 0 });
      for (const content of contents) {
        const json = content === undefined ? undefined : { ...content };
        await scribe.land(revision(name, json, { parents: [versionId], expect: 'any' }));
      }
    };
    await fork('Basic/gone-beside', { n: 1 }, undefined);
    expect(await scribe.get('Basic/gone-beside')).toMatchObject({ deleted: false, conflict: true });
    await fork('Basic/alike', { n: 1 }, { n: 1 });
    expect(await scribe.get('Basic/alike')).toMatchObject({ deleted: false, conflict: false });
    expect((await scribe.get('Basic/alike'))?.heads).toHaveLength(2);
    await fork('Basic/both-gone', undefined, undefined);
    expect(await scribe.get('Basic/both-gone')).toMatchObject({ deleted: true, conflict: false, text: '', splice: 0 });
    await fork('Basic/deep', undefined);
    // A higher generation is shown before a later time.
    const { versionId: root } = await scribe.create('Basic/high', { n: 0 });
    await scribe.update('Basic/high', { n: 1 });
    const second = await scribe.update('Basic/high', { n: 3 });
    await scribe.land(revision('Basic/high', { n: 2 }, { parents: [root], expect: 'any' }));
    expect(await scribe.get('Basic/high')).toMatchObject({ displayed: second.versionId, conflict: true });
  });

  test('[RS10] a sibling of an ancestor and a second root are heads of their own', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const root = await scribe.create('Basic/1', { n: 0 });
    await scribe.update('Basic/1', { n: 1 });
    await scribe.update('Basic/1', { n: 2 });
    await scribe.land(revision('Basic/1', { n: 3 }, { parents: [root.versionId], expect: 'any' }));
    expect((await scribe.get('Basic/1'))?.heads).toHaveLength(2);
    await scribe.land(revision('Basic/1', { n: 4 }, { expect: 'any' }));
    expect((await scribe.get('Basic/1'))?.heads).toHaveLength(3);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[RS11] every revision and every head set that was current is a version for ever; nothing else is', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const key = keyOf('Basic/1');
    const one = await scribe.create('Basic/1', { n: 1 });
    const two = await scribe.update('Basic/1', { n: 2 });
    const [fork] = await scribe.land(revision('Basic/1', { n: 3 }, { parents: [one.versionId], expect: 'any' }));
    const heads = (await scribe.get('Basic/1'))?.heads ?? [];
    const own = heads.find((head) => head !== two.versionId) ?? '';
    const gone = await scribe.land(revision('Basic/1', undefined, { parents: heads }));
    const read = (id: string) => store.readVersion(key, id, EVERYTHING);
    expect((await read(one.versionId))?.text).toContain('"n":1');
    expect(await read(two.versionId)).toMatchObject({ versionId: two.versionId, lastUpdatedAt: two.lastUpdatedAt });
    expect(await read(fork?.versionId ?? '')).toMatchObject({ conflict: true, heads });
    expect(await read(own)).toMatchObject({ conflict: false, versionId: own, heads: [own] });
    expect((await read(own))?.text).toContain('"n":3');
    expect(await read(gone[0]?.versionId ?? '')).toMatchObject({ deleted: true, text: '' });
    for (const none of ['', '1', 'x'.repeat(64), "'", versionIdOf(digest, [one.versionId, two.versionId])]) {
      expect(await read(none)).toBeUndefined();
    }
    expect(await store.readVersion(keyOf('Basic/2'), one.versionId, EVERYTHING)).toBeUndefined();
    expect(await store.readVersion(keyOf('Patient/1'), one.versionId, EVERYTHING)).toBeUndefined();
  });

  test('[RS15] lastUpdated is the receivedAt of the commit that brought the version', async () => {
    const { store } = await open();
    await store.append({ revisions: [revision('Basic/1', {})], receivedAt: T0 + 7 });
    const scribe = new Scribe(store);
    const stored = await scribe.get('Basic/1');
    expect(stored?.lastUpdatedAt).toBe(T0 + 7);
    await store.append({
      revisions: [revision('Basic/1', undefined, { parents: stored?.heads ?? [] })],
      receivedAt: T0 + 9,
    });
    expect((await scribe.get('Basic/1'))?.lastUpdatedAt).toBe(T0 + 9);
    expect((await store.readVersion(keyOf('Basic/1'), stored?.versionId ?? '', EVERYTHING))?.lastUpdatedAt).toBe(
      T0 + 7,
    );
  });

  test('[RS13] a deleted resource is read as deleted and comes back by an update', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Basic/1', { language: 'de' });
    const gone = await scribe.remove('Basic/1');
    expect(await scribe.get('Basic/1')).toMatchObject({ deleted: true, text: '', versionId: gone.versionId });
    expect(await scribe.find(query('Basic', []))).toEqual([]);
    await scribe.update('Basic/1', { language: 'fr' });
    expect(await scribe.get('Basic/1')).toMatchObject({ deleted: false });
    expect(await scribe.find(query('Basic', []))).toEqual(['Basic/1']);
    expect((await scribe.history('Basic/1')).versions.map((each) => each.deleted)).toEqual([false, true, false]);
  });
}

/** The whole feed, in small pages. */
export async function feedAll(store: RecordStore, limit = 7): Promise<ArrivedCommit[]> {
  const all: ArrivedCommit[] = [];
  for (
    let more = await store.feed(0, limit);
    more.length > 0;
    more = await store.feed(all.at(-1)?.arrival ?? 0, limit)
  ) {
    expect(more.length).toBeLessThanOrEqual(limit);
    all.push(...more);
  }
  return all;
}

/** RS4 and RS26 of what a feed gave. */
export function expectChained(commits: readonly ArrivedCommit[], digest: Digest): void {
  const tips = new Map<string, { seq: number; hash: string }>();
  const bySeq = [...commits].sort((a, b) => a.seq - b.seq);
  for (const commit of bySeq) {
    const tip = tips.get(commit.origin) ?? { seq: 0, hash: '' };
    expect(commit.seq).toBe(tip.seq + 1);
    expect(commit.prev).toBe(tip.hash);
    expect(commitHash(digest, commit.header)).toBe(commit.hash);
    tips.set(commit.origin, { seq: commit.seq, hash: commit.hash });
    const header = decodeCommit(commit.header);
    if (!header.ok) throw new Error('a commit header does not decode');
    expect(header.value.entries).toEqual(commit.revisions.map((each) => each.hash));
    expect([header.value.origin, header.value.seq, header.value.prev]).toEqual([
      commit.origin,
      commit.seq,
      commit.prev,
    ]);
    for (const { hash, header: line, text } of commit.revisions) {
      expect(decodeRevision(line).ok).toBe(true);
      expect(revisionHash(digest, line, bodyHashOf(digest, text))).toBe(hash);
    }
  }
  for (let i = 1; i < commits.length; i++) {
    expect(commits[i]?.arrival).toBeGreaterThan(commits[i - 1]?.arrival ?? 0);
  }
}
