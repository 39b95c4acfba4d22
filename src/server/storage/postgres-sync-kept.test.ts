// What a replicated record on PostgreSQL keeps: it can be proved, restored from its feed, and put in the place of an older one.
import { expect, test } from 'vitest';
import { assert } from '../../core/base/assert.ts';
import { keyOf, revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { roughCommit, roughRevision } from '../../core/sync/commits-elsewhere.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { PostgresStore } from './postgres-store.ts';
import { foreign, rows, storesOnPostgres } from './stores-on-postgres.test-kit.ts';

const { digest } = nodePorts();
const { newDatabase, opened } = storesOnPostgres();

test('[PG31] verify names what should be here and is not, and what is not what its name says', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  const commits = await foreign(async (other) => {
    await other.land(revision('Patient/1', {}), revision('Patient/2', {}));
    await other.update('Patient/1', { active: true });
  });
  const odd = roughCommit(digest, 'third.1', undefined, [
    roughRevision(digest, 'Patient/9', 'no JSON'),
    ...(commits[0]?.revisions ?? []),
  ]);
  await store.sync.receive([...commits, odd], 'below');
  expect((await store.verify()).findings).toEqual([]);
  const damage = async (text: string, undo: string): Promise<readonly string[]> => {
    await rows(url, text);
    const { findings } = await store.verify();
    await rows(url, undo);
    return findings.map(({ message }) => message);
  };
  expect(await damage('UPDATE commit SET lacks = 1 WHERE seq = 2', 'UPDATE commit SET lacks = 0')).toEqual([
    'the revisions are not those of the header',
  ]);
  expect(await damage("UPDATE unread SET body = 'other'", "UPDATE unread SET body = 'no JSON'")).toEqual([
    'what is carried is not what its name says',
  ]);
  expect(
    await damage(
      'UPDATE revision SET generation = generation + 1 WHERE n = 2',
      'UPDATE revision SET generation = n WHERE n = 2',
    ),
  ).toEqual(['a generation is not that of the ancestry']);
  expect(await damage("UPDATE bearer SET name = repeat('a', 52) WHERE entry = 1", 'SELECT 1')).toEqual(
    expect.arrayContaining(['1 revisions of commits are not to be found']),
  );
});

test('[PG16] a node that holds filtered, forked, wrapped and unread commits is restored from its feed', async () => {
  const store = await opened(await newDatabase());
  const one = await foreign(async (other) => {
    await other.land(revision('Patient/1', {}), revision('Patient/2', {}));
    await other.update('Patient/1', { active: true });
    await other.create('Patient/3', {});
  });
  const [first, second, third] = one;
  assert(first !== undefined && second !== undefined && third !== undefined, 'three were written');
  const [fork] = await foreign((other) => other.create('Patient/4', { active: false }));
  assert(fork !== undefined, 'one was written');
  const wrap = roughCommit(digest, 'third.1', undefined, first.revisions.slice(1));
  const later = { ...wrap, header: wrap.header.replace('"c1"', '"c2"') };
  const future = { ...later, origin: 'fourth.1', hash: digest.sha256(later.header), signature: 'signed' };
  const odd = roughCommit(digest, 'fifth.1', undefined, [roughRevision(digest, 'Patient/9', 'no JSON')]);
  const half = { ...first, revisions: first.revisions.slice(1) };
  await store.sync.receive([third, half, wrap, future, odd, fork, second], 'above');
  await store.sync.receive([first], 'above');
  await new Scribe(store).create('Patient/own', {});
  const commits = await store.feed(0, 100);
  expect(commits).toHaveLength(9);
  const copy = await opened(await newDatabase());
  for (let i = 0; i < commits.length; i += 4) await copy.acceptCommits(commits.slice(i, i + 4));
  expect(await copy.feed(0, 100)).toEqual(commits);
  const keys = ['Patient/1', 'Patient/2', 'Patient/3', 'Patient/4', 'Patient/9', 'Patient/own'].map(keyOf);
  const said = async (from: PostgresStore): Promise<unknown> =>
    (await from.read(keys, EVERYTHING)).map((stored) => stored && { ...stored, lastUpdatedAt: 0 });
  expect(await said(copy)).toEqual(await said(store));
  expect((await copy.verify()).findings).toEqual([]);
  // What was not handed over before the backup was taken is handed over after.
  expect((await copy.sync.carried()).map(({ origin, seq }) => [origin, seq])).toEqual(
    expect.arrayContaining([
      ['other.1', 3],
      [store.origin, 1],
    ]),
  );
  expect((await new Scribe(copy).create('Patient/new', {})).versionId).toBeTruthy();
});

test('[PG32] a node whose record is restored takes its old name, and no record loses the name that it has', async () => {
  const url = await newDatabase();
  const store = await opened(url);
  await store.becomeInstall('the-old-name');
  await new Scribe(await opened(url)).create('Patient/1', {});
  const again = await opened(url);
  expect(again.install).toBe('the-old-name');
  expect(again.origin.startsWith('the-old-name.')).toBe(true);
  await expect(again.becomeInstall('another')).rejects.toThrow('not empty');
  expect((await opened(url)).install).toBe('the-old-name');
});
