import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { pureDigest } from '../base/sha256.ts';
import { recordStoreContract } from '../record/store-contract.test-kit.ts';
import { keyOf, revision, Scribe, T0 } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING, type ArrivedCommit } from '../record/store.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import type { LogEntry, OutboxLog } from './memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncOptions, type MemorySyncStore } from './memory-sync-store.ts';
import type { CarriedCommit } from './ports.ts';
import { syncStoreContract } from './sync-store-contract.test-kit.ts';

let drawn = 0;
const options: MemorySyncOptions = {
  digest: pureDigest,
  clock: { now: () => T0 },
  chance: {
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(length - 4, ++drawn);
      return bytes;
    },
  },
  node: 'device',
};

/** A log that is an array, as text, so that nothing but what can be written down survives. */
class ListLog implements OutboxLog {
  lines: string[] = [];
  broken = false;
  async append(entries: readonly LogEntry[]): Promise<void> {
    if (this.broken) throw new Error('the disk is full');
    this.lines.push(...entries.map((entry) => JSON.stringify(entry)));
  }
  async replace(entries: Iterable<LogEntry>): Promise<void> {
    this.lines = [...entries].map((entry) => JSON.stringify(entry));
  }
  entries(upTo = this.lines.length): readonly LogEntry[] {
    return this.lines.slice(0, upTo).map((line) => JSON.parse(line) as LogEntry);
  }
}

recordStoreContract('the memory store that syncs', async (more = {}) => {
  const log = new ListLog();
  return {
    store: openMemorySyncStore({ ...options, ...more }, log),
    reopen: async () => openMemorySyncStore({ ...options, ...more }, log, log.entries()),
  };
});

syncStoreContract('the memory store that syncs', async () => {
  const log = new ListLog();
  const store = openMemorySyncStore(options, log);
  const reopen = async (): Promise<{ readonly store: MemorySyncStore; readonly record: MemorySyncStore }> => {
    const again = openMemorySyncStore(options, log, log.entries());
    return { store: again, record: again };
  };
  return { store, record: store, reopen };
});

const opened = (log = new ListLog()): { log: ListLog; store: MemorySyncStore; scribe: Scribe } => {
  const store = openMemorySyncStore(options, log, log.entries());
  return { log, store, scribe: new Scribe(store) };
};

/** Commits that another node wrote. */
async function foreign(
  work: (scribe: Scribe) => Promise<unknown>,
  origin = 'site.1',
): Promise<readonly CarriedCommit[]> {
  const store = createMemoryStore({ digest: pureDigest, origin });
  await work(new Scribe(store));
  return (await store.feed(0, 1000)).map(({ arrival: _arrival, ...commit }: ArrivedCommit): CarriedCommit => commit);
}
const versions = async (store: MemorySyncStore, name: string): Promise<readonly string[]> => {
  const [stored] = await store.read([keyOf(name)], EVERYTHING);
  return stored?.heads ?? [];
};

describe('what is written down', () => {
  test('[DV1] nothing is shown of a write that the log did not take, and the next one lands', async () => {
    const { log, store, scribe } = opened();
    log.broken = true;
    await expect(scribe.create('Patient/1', {})).rejects.toThrow('disk');
    expect(await scribe.get('Patient/1')).toBeUndefined();
    expect(store.carried()).toEqual([]);
    log.broken = false;
    await scribe.create('Patient/1', {});
    expect(store.carried()).toMatchObject([{ seq: 1 }]);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[DV2] every beginning of the log opens, verifies, and holds what was acknowledged by then', async () => {
    const { log, store, scribe } = opened();
    const acknowledged: { readonly lines: number; readonly name: string }[] = [];
    for (let i = 0; i < 12; i++) {
      await scribe.create(`Patient/${i}`, { active: i % 2 === 0 });
      acknowledged.push({ lines: log.lines.length, name: `Patient/${i}` });
      if (i === 5) {
        const commits = await foreign(async (other) => {
          await other.create('Patient/a', {});
          await other.update('Patient/a', { active: true });
        });
        const record = { incarnation: 'i', arrival: 2, scopes: ['pat/a'], forked: [], deferred: [] };
        await store.receive(commits, 'above', { peer: 'site', record });
      }
    }
    for (let upTo = 0; upTo <= log.lines.length; upTo++) {
      const again = openMemorySyncStore(options, new ListLog(), log.entries(upTo));
      expect((await again.verify()).findings).toEqual([]);
      for (const { lines, name } of acknowledged)
        if (lines <= upTo) expect(await versions(again, name)).toEqual(await versions(store, name));
      const isLinked = again.link('site') !== undefined;
      if (isLinked) expect(await versions(again, 'Patient/a')).toEqual(await versions(store, 'Patient/a'));
    }
  });

  test('[DV3] each opening has an origin and an incarnation of its own, and hands over what the ones before wrote', async () => {
    const first = opened();
    await first.scribe.create('Patient/1', {});
    const second = opened(first.log);
    await second.scribe.create('Patient/2', {});
    expect(second.store.identity().incarnation).not.toBe(first.store.identity().incarnation);
    expect(new Set(second.store.carried().map(({ origin }) => origin)).size).toBe(2);
    expect(second.store.carried().map(({ seq }) => seq)).toEqual([1, 1]);
  });
});

describe('what comes from elsewhere', () => {
  test('[DV4] children may come before their parents: the heads are the same', async () => {
    const commits = await foreign(async (other) => {
      await other.create('Patient/a', {});
      await other.update('Patient/a', { active: true });
      await other.update('Patient/a', { active: false });
    });
    const { store } = opened();
    await store.receive([...commits].reverse(), 'above');
    const [last] = commits.at(-1)?.revisions ?? [];
    expect(await versions(store, 'Patient/a')).toEqual([last?.hash]);
    const { versions: history } = await store.history({ type: 'Patient', id: 'a', count: 10 }, EVERYTHING);
    expect(history.map(({ versionId }) => versionId)).toEqual(
      commits.map(({ revisions }) => revisions[0]?.hash).reverse(),
    );
    expect((await store.verify()).findings).toEqual([]);
    expect(await store.receive(commits, 'above')).toEqual(commits.map(() => ({ result: 'dup' })));
  });

  test('[DV4] a filtered commit is put together with the rest of it', async () => {
    const [whole] = await foreign((other) =>
      other.land(revision('Patient/a', {}), revision('Patient/b', {}), revision('Patient/c', {})),
    );
    assert(whole !== undefined, 'there is a commit');
    const part = (...at: readonly number[]): CarriedCommit => ({
      ...whole,
      revisions: at.flatMap((i) => whole.revisions[i] ?? []),
    });
    const { store, log } = opened();
    expect(await store.receive([part(2)], 'above')).toEqual([{ result: 'stored' }]);
    expect((await store.places([[whole.origin, 1]]))[0]?.held?.whole).toBe(false);
    expect(await store.receive([part(0, 1)], 'above')).toEqual([{ result: 'stored' }]);
    expect((await store.places([[whole.origin, 1]]))[0]?.held?.whole).toBe(true);
    expect((await store.verify()).findings).toEqual([]);
    expect(opened(log).store.commitAt(whole.origin, 1)).toEqual(whole);
  });

  test('[DV4] what cannot be read is carried as it is and not shown', async () => {
    const [commit] = await foreign((other) => other.create('Patient/a', {}));
    assert(commit !== undefined, 'there is a commit');
    const header = commit.header.replace('"c1"', '"c2"');
    const later = { ...commit, header, hash: pureDigest.sha256(header) };
    const { store } = opened();
    expect(await store.receive([later], 'below')).toEqual([
      { result: 'quarantined', reason: 'unknown-version', inPlace: true },
    ]);
    expect(await store.commits(commit.origin, 1, 10)).toEqual([later]);
    // It came filtered: who can say, of a later version? The rest of it is taken in.
    const [other] = await foreign((scribe) => scribe.create('Patient/b', {}));
    const rest = { ...later, revisions: other?.revisions ?? [] };
    expect(await store.receive([rest], 'above')).toMatchObject([{ result: 'quarantined', inPlace: true }]);
    expect(await store.receive([rest, later], 'above')).toEqual([{ result: 'dup' }, { result: 'dup' }]);
    expect(store.commitAt(commit.origin, 1)?.revisions).toHaveLength(2);
    expect(await store.receive([{ ...commit, seq: 7 }], 'below')).toMatchObject([
      { result: 'quarantined', inPlace: false },
    ]);
    expect(store.aside()).toMatchObject([{ seq: 7 }]);
  });

  test('[DV5] what leaves is stable, not granted and not queued; no ancestor is left standing as the latest', async () => {
    const commits = await foreign(async (other) => {
      await other.create('Patient/a', {});
      await other.create('Observation/o', { status: 'final', subject: { reference: 'Patient/a' } });
      await other.create('Patient/b', {});
      await other.update('Observation/o', { status: 'final', subject: { reference: 'Patient/b' } });
    });
    const { store, scribe, log } = opened();
    await store.receive(commits, 'above');
    await scribe.create('Patient/own', {});
    await store.release([]);
    expect(await versions(store, 'Patient/a')).toHaveLength(1);
    await store.learn([['site.1', 4]], []);
    await store.release(['pat/a']);
    expect(await versions(store, 'Patient/b')).toEqual([]);
    expect(await versions(store, 'Patient/own')).toHaveLength(1);
    // Its first version is of a patient who is granted: the correction stays with it.
    expect(await versions(store, 'Observation/o')).toEqual([commits[3]?.revisions[0]?.hash]);
    expect((await store.verify()).findings).toEqual([]);
    await store.compact();
    const again = opened(log).store;
    expect((await again.verify()).findings).toEqual([]);
    expect(await versions(again, 'Observation/o')).toEqual(await versions(store, 'Observation/o'));
    expect(again.carried()).toEqual(store.carried());
    await again.receive(commits, 'above');
    expect(await versions(again, 'Patient/b')).toHaveLength(1);
  });

  test('[DV6] sealed copies are carried and handed over from where their author stands, and never shown', async () => {
    const commits = await foreign(async (other) => {
      for (let i = 1; i <= 6; i++) await other.create(`Patient/${i}`, {});
    }, 'other.1');
    const { store, log } = opened();
    expect(await store.carry(commits.slice(3))).toEqual([
      { result: 'stored' },
      { result: 'stored' },
      { result: 'stored' },
    ]);
    expect(await store.carry(commits.slice(4))).toEqual([{ result: 'dup' }, { result: 'dup' }]);
    const again = opened(log).store;
    for (const each of [store, again]) {
      expect(await versions(each, 'Patient/5')).toEqual([]);
      expect(each.names('', 'all')).toEqual([]);
      expect(each.carried()).toMatchObject([{ origin: 'other.1', seq: 6 }]);
      expect(each.commits('other.1', 4, 10)).toEqual(commits.slice(3));
      expect(each.namesOutside('all')).toHaveLength(3);
    }
    // The parent gives it back: now it is this device's to show.
    await again.receive(commits.slice(4, 5), 'above');
    expect(await versions(again, 'Patient/5')).toHaveLength(1);
    expect(again.names('', 'all')).toHaveLength(1);
    await again.learn([['other.1', 6]], []);
    await again.release('all');
    expect(again.namesOutside('all')).toEqual([]);
    expect(await versions(again, 'Patient/5')).toHaveLength(1);
  });
});

describe('how safe a write is', () => {
  test('[DV7] the class is what a peer last said, and may fall', async () => {
    const { store, scribe } = opened();
    await scribe.create('Patient/1', {});
    const { origin } = store.identity();
    expect(store.durabilityOf(origin, 1)).toBe('D0');
    await store.noteHeld('site', [[origin, 1, 'D1']]);
    expect(store.durabilityOf(origin, 1)).toBe('D1');
    await store.noteHeld('site', [[origin, 0, 'D1']]);
    expect(store.durabilityOf(origin, 1)).toBe('D0');
    await store.noteHeld('region', [[origin, 1, 'D2']]);
    expect(store.durabilityOf(origin, 1)).toBe('D2');
    // What another one said before is not known to be so any more.
    await store.noteHeld('site', [[origin, 1, 'D1']]);
    expect(store.durabilityOf(origin, 1)).toBe('D1');
    await store.learn([[origin, 1]], []);
    expect(store.durabilityOf(origin, 1)).toBe('D3');
    expect(store.durabilityOf(origin, 2)).toBe('D0');
  });
});
