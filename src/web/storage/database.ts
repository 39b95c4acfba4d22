// The browser's databases of this device, opened in one way: strict writes, and what a broken one is called.
//
//   BS1  A write is answered when the transaction is on the disk (`durability: 'strict'`; Chromium's own default is not).
//   BS6  What the browser refuses for want of room is `full`, and nothing of it is there; a store that went away is `lost`.
//
// Databases are named `holdfast…`, hold plain data, and change in ways that an older version can still read.
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type StoreNames } from 'idb';
import type { Bytes } from './sealing.ts';
import { StorageTrouble } from './storage.ts';

export interface RecordSchema extends DBSchema {
  /** What came since the last snapshot, by number; numbers are never used twice. */
  tail: { key: number; value: { readonly sealed: Bytes; readonly size: number } };
  /** The records of snapshots, by generation and number. */
  snapshot: { key: [generation: number, number: number]; value: { readonly sealed: Bytes; readonly size: number } };
  state: { key: 'now'; value: RecordState };
  /** What could not be read, as it was, by its place. */
  spoiled: { key: string; value: Bytes };
}
export interface RecordState {
  /** 0: there is no snapshot yet. */
  readonly generation: number;
  /** Of the first of the tail that the snapshot does not hold. */
  readonly tailFrom: number;
  /** Records of the snapshot, its directory, number 0, included. */
  readonly records: number;
  readonly bytes: number;
}
export interface KeysSchema extends DBSchema {
  /** `device`, `person Practitioner/1`, `tries …`: see `vault-store.ts`. */
  rows: { key: string; value: unknown };
  /** What the vault keeps by name, and drafts: encrypted. */
  sealed: { key: string; value: Bytes };
}

const RECORD = 'holdfast-record';
const KEYS = 'holdfast-keys';

/** `suffix` tells stores of tests and demos apart. */
export const openRecordDatabase = (suffix: string, terminated: () => void): Promise<IDBPDatabase<RecordSchema>> =>
  openDB<RecordSchema>(`${RECORD}${suffix}`, 1, {
    upgrade(db) {
      db.createObjectStore('tail');
      db.createObjectStore('snapshot');
      db.createObjectStore('state');
      db.createObjectStore('spoiled');
    },
    terminated,
  });

export const openKeysDatabase = (suffix: string): Promise<IDBPDatabase<KeysSchema>> =>
  openDB<KeysSchema>(`${KEYS}${suffix}`, 1, {
    upgrade(db) {
      db.createObjectStore('rows');
      db.createObjectStore('sealed');
    },
  });

/** For tests and for a device that was handed over whole. */
export async function deleteDatabases(suffix: string): Promise<void> {
  for (const name of [RECORD, KEYS]) await deleteDB(`${name}${suffix}`);
}

type Writing<S extends DBSchema> = ReturnType<typeof beginWriting<S>>;
function beginWriting<S extends DBSchema>(db: IDBPDatabase<S>, stores: StoreNames<S>[]) {
  return db.transaction(stores, 'readwrite', { durability: 'strict' });
}

/**
 * One strict transaction: `work` puts everything in at once and awaits nothing else. Resolves when the disk has all of it. Throws
 * `StorageTrouble`, and nothing is there.
 */
export async function written<S extends DBSchema>(
  db: IDBPDatabase<S>,
  stores: StoreNames<S>[],
  work: (transaction: Writing<S>) => readonly Promise<unknown>[],
): Promise<void> {
  let done: readonly PromiseSettledResult<unknown>[];
  try {
    const transaction = beginWriting(db, stores);
    done = await Promise.allSettled([transaction.done, ...work(transaction)]);
  } catch (error) {
    throw troubleOf(error);
  }
  // Why the transaction failed says more than why a request of it did.
  for (const each of done) if (each.status === 'rejected') throw troubleOf(each.reason);
}

/** What a failure of the database means to whoever stands before it. */
export function troubleOf(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (error.name === 'QuotaExceededError') return new StorageTrouble('full', error);
  // Closed by the browser, deleted under it, or a disk that answers no more.
  const isLost = [
    'InvalidStateError',
    'NotFoundError',
    'UnknownError',
    'AbortError',
    'TransactionInactiveError',
  ].includes(error.name);
  return isLost ? new StorageTrouble('lost', error) : error;
}
