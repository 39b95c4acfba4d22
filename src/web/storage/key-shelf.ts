// The database of keys with all of it in memory: rows and sealed texts are few and small.
//
//   BS15 What is in memory can be written again where the browser took the database away.
import type { IDBPDatabase } from 'idb';
import { openKeysDatabase, troubleOf, written, type KeysSchema } from './database.ts';
import type { Row } from './key-rows.ts';
import type { Bytes } from './sealing.ts';

export interface KeyChange {
  /** undefined forgets it. */
  readonly rows?: Readonly<Record<string, Row | undefined>>;
  readonly sealed?: Readonly<Record<string, Bytes | undefined>>;
}

export class KeyShelf {
  readonly rows = new Map<string, Row>();
  readonly sealed = new Map<string, Bytes>();
  readonly #suffix: string;
  #db: IDBPDatabase<KeysSchema>;

  private constructor(suffix: string, db: IDBPDatabase<KeysSchema>) {
    this.#suffix = suffix;
    this.#db = db;
  }

  static async open(suffix: string): Promise<KeyShelf> {
    const shelf = new KeyShelf(suffix, await opened(suffix));
    await shelf.#load('rows', shelf.rows);
    await shelf.#load('sealed', shelf.sealed);
    return shelf;
  }

  /** All of it, or nothing; resolves when the disk has it. */
  async change({ rows = {}, sealed = {} }: KeyChange): Promise<void> {
    await written(this.#db, ['rows', 'sealed'], (transaction) => [
      ...Object.entries(rows).map(([name, row]) =>
        row === undefined
          ? transaction.objectStore('rows').delete(name)
          : transaction.objectStore('rows').put(row, name),
      ),
      ...Object.entries(sealed).map(([name, bytes]) =>
        bytes === undefined
          ? transaction.objectStore('sealed').delete(name)
          : transaction.objectStore('sealed').put(bytes, name),
      ),
    ]);
    for (const [name, row] of Object.entries(rows)) set(this.rows, name, row);
    for (const [name, bytes] of Object.entries(sealed)) set(this.sealed, name, bytes);
  }

  /** Opens the database again and puts everything into it that is not there. */
  async rewrite(): Promise<void> {
    this.#db.close();
    this.#db = await opened(this.#suffix);
    await this.change({ rows: Object.fromEntries(this.rows), sealed: Object.fromEntries(this.sealed) });
  }
  close(): void {
    this.#db.close();
  }

  async #load<T>(store: 'rows' | 'sealed', into: Map<string, T>): Promise<void> {
    const transaction = this.#db.transaction(store);
    const [names, values] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
    names.forEach((name, at) => into.set(name, values[at] as T));
  }
}

async function opened(suffix: string): Promise<IDBPDatabase<KeysSchema>> {
  try {
    return await openKeysDatabase(suffix);
  } catch (error) {
    throw troubleOf(error);
  }
}

function set<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}
