// A page with the storage of a device in it, for tests to work with from outside. Everything that crosses is plain data.
import { pureDigest } from '../../../../src/core/base/sha256.ts';
import { keyOf, revision, Scribe } from '../../../../src/core/record/contract/scribe.test-kit.ts';
import { createMemoryStore } from '../../../../src/core/record/memory-store.ts';
import { EVERYTHING, type RecordStore } from '../../../../src/core/record/store.ts';
import { recordStoreContract } from '../../../../src/core/record/store-contract.test-kit.ts';
import type { CarriedCommit } from '../../../../src/core/sync/ports.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../../../src/core/sync/memory-sync-store.ts';
import { rescueLines } from '../../../../src/web/offline/rescue-file.ts';
import { browserPorts } from '../../../../src/web/ports/browser-ports.ts';
import { openBrowserLog } from '../../../../src/web/storage/browser-log.ts';
import { fillStore } from '../../../../src/web/storage/fill-store.ts';
import { keepingOf, probeStorage, roomLeft } from '../../../../src/web/storage/probe.ts';
import { hkdfKey, Sealer } from '../../../../src/web/storage/sealing.ts';
import {
  StorageTrouble,
  type BrowserLog,
  type Filling,
  type Secret,
  type Vault,
} from '../../../../src/web/storage/storage.ts';
import { openVaultStore } from '../../../../src/web/storage/vault-store.ts';
import { expect, gathered, runGathered } from './in-page-vitest.ts';

const ports = browserPorts();
const { chance } = ports;

/** Every transaction that wrote, by how it was asked to. */
const transactions: string[] = [];
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode, options): IDBTransaction {
  if (mode === 'readwrite')
    transactions.push(`${this.name} ${[stores].flat().join('+')} ${options?.durability ?? 'default'}`);
  return begin.call(this, stores, mode, options);
};

/** How a wall clock of a test runs. */
let stoppedAt: number | undefined;
const clock = { now: () => stoppedAt ?? Date.now() };

let vault: Vault | undefined;
let log: BrowserLog | undefined;
let store: MemorySyncStore | undefined;
let filling: Filling | undefined;
const open = <T>(thing: T | undefined): T => {
  if (thing === undefined) throw new Error('nothing is open');
  return thing;
};
const vaults = openVaultStore({ chance, clock });

const troubleOf = (error: unknown): string =>
  error instanceof StorageTrouble ? error.kind : error instanceof Error ? error.name : String(error);

async function openStore(): Promise<{
  readonly parts: number;
  readonly spoiled: number;
  readonly cameUpEmpty: boolean;
}> {
  log = await openBrowserLog({ vault: open(vault) });
  store = openMemorySyncStore({ digest: pureDigest, clock, chance, node: open(vault).node }, log, log.front);
  filling = fillStore(store, log);
  return { parts: log.parts.length, spoiled: log.spoiled(), cameUpEmpty: log.cameUpEmpty };
}

async function unlock(who: string, secret: Secret) {
  const done = await (await vaults).unlock(who, secret);
  if (done.ok) vault = done.value;
  return done.ok ? { kind: 'ok', profile: done.value.profile(), node: done.value.node } : done.error;
}
/** What an authenticator would give. */
const passkeyOf = (fill: number): Secret => ({
  way: 'passkey',
  credential: 'key-1',
  prf: new Uint8Array(32).fill(fill),
});

const bed = {
  transactions: () => transactions,
  stopClock: (at: number) => void (stoppedAt = at),

  // ---- keys
  people: async () => (await vaults).people(),
  found: async (who: string, name: string, secret: Secret, profile = '{}') => {
    const done = await (await vaults).found({ who, name, profile, secret });
    if (done.ok) vault = done.value;
    return done.ok ? 'ok' : done.error.kind;
  },
  unlock,
  unlockByPasskey: (who: string, fill: number) => unlock(who, passkeyOf(fill)),
  admitByPasskey: async (who: string, fill: number) => {
    const done = await open(vault).admit({ who, name: who, profile: '{}', secret: passkeyOf(fill) });
    return done.ok ? 'ok' : done.error.kind;
  },
  admit: async (who: string, name: string, secret: Secret) => {
    const done = await open(vault).admit({ who, name, profile: `{"who":"${who}"}`, secret });
    return done.ok ? 'ok' : done.error.kind;
  },
  join: async (opened: readonly number[], who: string, secret: Secret) => {
    const done = await (await vaults).join(Uint8Array.from(opened), { who, name: who, profile: '{}', secret });
    if (done.ok) vault = done.value;
    return done.ok ? 'ok' : done.error.kind;
  },
  dismiss: (who: string) => open(vault).dismiss(who),
  keep: (name: string, text: string) => open(vault).keep(name, text),
  kept: (name: string) => open(vault).kept(name),
  escrow: async (seal: string) => [...(await open(vault).escrowTo(seal))],
  putDraft: (name: string, value: string) => open(vault).drafts.put({ name, value, at: clock.now() }),
  drafts: () => open(vault).drafts.all(),
  rewriteKeys: () => open(vault).rewrite(),
  lock: () => open(vault).lock(),

  // ---- the record
  openStore,
  closeLog: () => open(log).close(),
  write: async (name: string, content: object) => {
    try {
      const draft = revision(name, JSON.stringify({ resourceType: keyOf(name).type, id: keyOf(name).id, ...content }), {
        expect: 'any',
      });
      const done = await open(filling).store.append({ revisions: [draft], receivedAt: clock.now() });
      return done.ok ? `${done.value.origin} ${done.value.seq}` : done.error.kind;
    } catch (error) {
      return troubleOf(error);
    }
  },
  /** What a site would send: `each` observations of each patient, some in a commit. */
  receive: async (patients: readonly string[], each: number, text: string) => {
    const site = createMemoryStore({ digest: pureDigest, origin: `site.${patients.join('')}${each}` });
    const scribe = new Scribe(site, clock.now());
    for (const patient of patients) {
      await scribe.create(`Patient/${patient}`, { name: [{ text }] });
      const about = { status: 'final', subject: { reference: `Patient/${patient}` }, note: [{ text }] };
      const names = Array.from({ length: each }, (_, i) => `Observation/${patient}-${i}`);
      for (let at = 0; at < names.length; at += 50)
        await scribe.land(...names.slice(at, at + 50).map((name) => revision(name, about)));
    }
    const commits = (await site.feed(0, 100_000)).map(({ arrival: _arrival, ...commit }): CarriedCommit => commit);
    const verdicts = await open(store).receive(commits, 'above');
    return verdicts.filter(({ result }) => result === 'stored').length;
  },
  texts: async (names: readonly string[]) =>
    (await open(filling).store.read(names.map(keyOf), EVERYTHING)).map((stored) => stored?.text),
  patient: async (id: string) => {
    await open(filling).patient(id);
    return open(store).record.homes.get(`Patient/${id}`)?.size ?? 0;
  },
  whole: () => open(filling).whole,
  progress: () => open(filling).progress(),
  verify: async () => (await open(filling).store.verify()).findings,
  counts: () => open(store).counts(),
  compact: () => open(store).compact(),
  sizes: () => open(log).sizes(),
  isFull: () => open(log).isFull(),
  spoiled: () => open(log).spoiled(),
  lost: () => open(log).lost,
  reopen: () => open(log).reopen(),

  // ---- keeping
  probe: async (more: { readonly expected?: boolean; readonly skipRestart?: boolean }) => {
    const found = await probeStorage({ chance, ...more });
    return { ...found, keeping: keepingOf(found) };
  },
  room: roomLeft,

  // ---- behind its back
  raw: async (database: string, table: string) => {
    const db = await opened(database);
    const [keys, values] = await Promise.all([
      answered(db.transaction(table).objectStore(table).getAllKeys()),
      answered(db.transaction(table).objectStore(table).getAll()),
    ]);
    db.close();
    return JSON.stringify({ keys, values });
  },
  rescue: async () => {
    const lines: string[] = [];
    for await (const line of rescueLines(indexedDB, location.origin, 'now')) lines.push(line);
    return lines.join('\n');
  },
  putInTheClear: async (text: string) => {
    const request = indexedDB.open('control', 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore('rows'));
    const db = await answered(request);
    await answered(begin.call(db, ['rows'], 'readwrite').objectStore('rows').put(text, 'text'));
    db.close();
  },
  /** Changes one record in the given way. */
  spoil: async (table: string, at: number, how: 'byte' | 'delete' | 'swap') => {
    const db = await opened('holdfast-record');
    const read = db.transaction(table).objectStore(table);
    const [keys, values] = await Promise.all([answered(read.getAllKeys()), answered(read.getAll())]);
    const writing = begin.call(db, [table], 'readwrite').objectStore(table);
    const [key, other] = [keys[at], keys[at + 1]];
    const value = values[at] as { readonly sealed: Uint8Array; readonly size: number };
    if (key === undefined) throw new Error('no such record');
    if (how === 'delete') await answered(writing.delete(key));
    else if (how === 'swap' && other !== undefined) {
      await answered(writing.put(values[at + 1], key));
      await answered(writing.put(value, other));
    } else {
      value.sealed[value.sealed.length - 20] = (value.sealed[value.sealed.length - 20] ?? 0) ^ 1;
      await answered(writing.put(value, key));
    }
    db.close();
  },

  // ---- the contract
  /** The matchers of the page refuse what is not so. */
  refuses: async () => {
    for (const check of [
      () => expect(1).toEqual(2),
      () => expect([1]).toHaveLength(2),
      () => expect({ a: 1 }).toMatchObject({ a: 2 }),
      () => expect('a').toMatch(/b/),
      () => expect(Promise.resolve(1)).rejects.toThrow(),
    ])
      try {
        await check();
        return false;
      } catch {
        continue;
      }
    return true;
  },
  contract: () => gathered.map(({ name }) => name),
  runContract: runGathered,
};

const opened = (name: string): Promise<IDBDatabase> => answered(indexedDB.open(name));
const answered = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
  });

let suffixes = 0;
recordStoreContract('the record store of a browser', async (more = {}) => {
  const suffix = `-contract-${++suffixes}`;
  const data = await hkdfKey(new Uint8Array(32).fill(7));
  const kept = new Map<string, string>();
  const own = {
    sealer: (purpose: string) => new Sealer(data, purpose, chance),
    kept: async (name: string) => kept.get(name),
    keep: async (name: string, text: string) => void kept.set(name, text),
  };
  const logs: BrowserLog[] = [];
  let last: MemorySyncStore | undefined;
  const opening = async (): Promise<RecordStore> => {
    // What was there is read from a snapshot every other time, from the tail the others.
    if (logs.length % 2 === 1) await last?.compact();
    const its = await openBrowserLog({ vault: own, suffix });
    logs.push(its);
    last = openMemorySyncStore(
      { digest: pureDigest, clock: ports.clock, chance, node: 'device', ...more },
      its,
      its.front,
    );
    return fillStore(last, its).store;
  };
  return {
    store: await opening(),
    reopen: opening,
    dispose: async () => {
      for (const each of logs) await each.close();
      indexedDB.deleteDatabase(`holdfast-record${suffix}`);
    },
  };
});

export type Bed = typeof bed;
declare global {
  interface Window {
    bed: Bed;
  }
}
window.bed = bed;
