// What the rescue page brings out of a browser: every database of ours as it stands, encrypted as it is, as lines of JSON.
//
//   {"holdfast":"rescue 1","origin":…,"at":…,"databases":[{"name","version","stores":[{"name","keyPath","autoIncrement","count"}]}]}
//   {"db":…,"store":…,"key":…,"value":…}          one for each record; bytes are {"$b64":"…"}
//   {"end":true,"records":12}                     a file without it was cut off
//
//   WU39  It needs no key and opens nothing. A record that cannot be written down is named with why; the others stand.
import { toBase64 } from './base64.ts';

export interface RescueDatabase {
  readonly name: string;
  readonly version: number;
  readonly stores: readonly RescueStore[];
}
export interface RescueStore {
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly count: number;
}
export const RESCUE_FORMAT = 'rescue 1';
const OURS = 'holdfast';
const PAGE = 500;

/** The databases of ours in this browser. */
export async function databasesHere(factory: IDBFactory): Promise<readonly RescueDatabase[]> {
  const found: RescueDatabase[] = [];
  for (const { name } of await factory.databases()) {
    if (name === undefined || !name.startsWith(OURS)) continue;
    const db = await open(factory, name);
    const stores: RescueStore[] = [];
    for (const store of db.objectStoreNames) {
      const { keyPath, autoIncrement } = db.transaction(store).objectStore(store);
      const count = await done(db.transaction(store).objectStore(store).count());
      stores.push({ name: store, keyPath, autoIncrement, count });
    }
    found.push({ name, version: db.version, stores });
    db.close();
  }
  return found;
}

/** The file, line by line, without line ends. `at`: ISO 8601. */
export async function* rescueLines(factory: IDBFactory, origin: string, at: string): AsyncGenerator<string> {
  const databases = await databasesHere(factory);
  yield JSON.stringify({ holdfast: RESCUE_FORMAT, origin, at, databases });
  let records = 0;
  for (const { name, stores } of databases) {
    const db = await open(factory, name);
    for (const { name: store } of stores) {
      let after: IDBValidKey | undefined;
      for (;;) {
        const range = after === undefined ? undefined : IDBKeyRange.lowerBound(after, true);
        const from = db.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([
          done(from.getAllKeys(range, PAGE)),
          done<unknown[]>(from.getAll(range, PAGE)),
        ]);
        for (const [index, key] of keys.entries()) {
          yield JSON.stringify({ db: name, store, key: plain(key), value: plain(values[index]) });
          records += 1;
        }
        if (keys.length < PAGE) break;
        after = keys.at(-1);
      }
    }
    db.close();
  }
  yield JSON.stringify({ end: true, records });
}

/** As JSON can hold it. */
export function plain(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { $b64: toBase64(new Uint8Array(value)) };
  if (ArrayBuffer.isView(value)) {
    return { $b64: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  }
  if (value instanceof Date) return { $date: value.toISOString() };
  // Keys that the browser keeps to itself.
  if (typeof CryptoKey !== 'undefined' && value instanceof CryptoKey) return { $key: 'stays in this browser' };
  if (value instanceof Map) return { $map: [...value].map(([key, one]) => [plain(key), plain(one)]) };
  if (value instanceof Set) return { $set: [...value].map(plain) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return { $big: String(value) };
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  }
  return value;
}

const open = (factory: IDBFactory, name: string): Promise<IDBDatabase> => done(factory.open(name));
function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the database does not answer')));
  });
}
