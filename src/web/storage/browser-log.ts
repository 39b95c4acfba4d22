// The log of a device in a browser: sealed records in IndexedDB.
//
//   snapshot   the directory (record 0), then records of the front and of the parts by patient; of one generation
//   tail       one record for each append, or some for a large one, by number
//   state      which generation stands, and from where the tail goes on
//
//   BS1  What `append` answered is there after the browser was killed: it was one strict transaction.
//   BS2  Many entries take few records.
//   BS4  A record opens at its own place alone.
//   BS5  What is spoiled or missing costs itself alone: it is counted, and set aside as it was.
//   BS6  A disk that is full refuses the write, and nothing of it is there.
//   BS7  `replace` puts the new snapshot in the place of the old one in one transaction; what is appended meanwhile stands after it.
import type { IDBPDatabase } from 'idb';
import type { Hash } from '../../core/base/ports.ts';
import { READING } from '../../core/record/read-revision.ts';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import { openRecordDatabase, troubleOf, written, type RecordSchema, type RecordState } from './database.ts';
import {
  batches,
  charsOfEntry,
  charsOfItem,
  cutByPatient,
  entriesOfItems,
  isPlain,
  namesOf,
  packed,
  unpacked,
  type PartItem,
  type PlainEntry,
} from './log-records.ts';
import { Locked, Sealer, type Bytes } from './sealing.ts';
import { StorageTrouble, type BrowserLog, type LogPart, type LostStore, type Vault } from './storage.ts';

export interface BrowserLogOptions {
  readonly vault: Pick<Vault, 'sealer' | 'kept' | 'keep'>;
  /** Tells stores of tests and demos apart. */
  readonly suffix?: string;
}

/** What stands in record 0 of a snapshot. */
interface Directory {
  /** `READING` when it was written: under another, everything is read anew. */
  readonly reading: number;
  /** Records of the front: from 1 on. Of the names of what is in parts: from there on. */
  readonly front: number;
  readonly names: number;
  readonly parts: readonly Part[];
}
interface Part extends LogPart {
  readonly from: number;
  readonly to: number;
}
type Mutable = Omit<Directory, 'names' | 'parts'> & { names: number; parts: Part[] };
/** Resources of which there is something in a part. */
interface Names {
  readonly part: number;
  readonly names: readonly string[];
}
interface Sealed {
  readonly sealed: Bytes;
  readonly size: number;
}

const START: RecordState = { generation: 0, tailFrom: 1, records: 0, bytes: 0 };
/** So many chars of small records go into one part with others. */
const PART_CHARS_MIN = 64 * 1024;
const NAME_CHARS = 50;
/** Records of a snapshot in one transaction. */
const WRITE_RECORDS = 32;

/** What the vault remembers of the log. */
const MARK = 'log';

const tailPlace = (number: number): string => `tail ${number}`;
const snapshotPlace = (generation: number, number: number): string => `snapshot ${generation} ${number}`;

/** Opens the log, or makes one. Reads the front; the parts are read as they are asked for. */
export async function openBrowserLog(options: BrowserLogOptions): Promise<BrowserLog> {
  const log = new StoredLog(options);
  await log.open();
  return log;
}

class StoredLog implements BrowserLog {
  front: readonly LogEntry[] = [];
  parts: readonly Part[] = [];
  readonly replacesAside = true;
  cameUpEmpty = false;
  readonly #vault: BrowserLogOptions['vault'];
  readonly #suffix: string;
  readonly #sealer: Sealer;
  readonly #partOf = new Map<string, number>();
  readonly #shells = new Map<Hash, PlainEntry>();
  #db: IDBPDatabase<RecordSchema> | undefined;
  #state = START;
  #next = 1;
  #tailBytes = 0;
  #tailRecords = 0;
  #spoiled = 0;
  #isClosed = false;
  #isBegun = false;
  #isFull = false;
  #isReadAnew = false;
  #lost = newLoss();
  #replacing: Promise<unknown> = Promise.resolve();

  constructor({ vault, suffix }: BrowserLogOptions) {
    this.#vault = vault;
    this.#suffix = suffix ?? '';
    this.#sealer = vault.sealer('log');
  }

  get lost(): Promise<LostStore> {
    return this.#lost.told;
  }

  async open(): Promise<void> {
    const db = await this.#connect();
    this.#state = (await db.get('state', 'now')) ?? START;
    await this.#clearLeftovers(db);
    const front: LogEntry[] = [];
    if (this.#state.generation > 0) await this.#readSnapshot(db, front);
    await this.#readTail(db, front);
    this.front = front;
    this.#isBegun = (await this.#vault.kept(MARK)) !== undefined;
    this.cameUpEmpty = this.#isBegun && this.#state.generation === 0 && this.#next === 1;
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#begin();
    const sealed: { readonly number: number; readonly value: Sealed }[] = [];
    // A number that was not written is used by the next append: the nonce is another.
    let number = this.#next;
    for (const batch of batches(entries, charsOfEntry)) {
      sealed.push({ number, value: await this.#sealed(batch, tailPlace(number)) });
      number += 1;
    }
    await this.#writing((db) =>
      written(db, ['tail'], (transaction) =>
        sealed.map((each) => transaction.objectStore('tail').add(each.value, each.number)),
      ),
    );
    this.#next = number;
    this.#tailRecords += sealed.length;
    for (const { value } of sealed) this.#tailBytes += value.size;
  }

  replace(entries: Iterable<LogEntry>): Promise<void> {
    // Appends from here on are not in `entries`, and stand after them.
    const all = [...entries];
    const tailFrom = this.#next;
    const done = this.#replacing.then(() => this.#replace(all, tailFrom));
    this.#replacing = done.catch(() => undefined);
    return done;
  }

  partOf(name: string): number | undefined {
    return this.#partOf.get(name);
  }
  async part(numbers: readonly number[]): Promise<readonly LogEntry[]> {
    const items: PartItem[] = [];
    for (const number of numbers) {
      const part = this.parts.find((each) => each.number === number);
      if (part === undefined) continue;
      items.push(...(await this.#readRecords<PartItem>(this.#connected(), part.from, part.to)));
    }
    const entries = entriesOfItems(items, this.#shells);
    return this.#isReadAnew ? entries.map(judgedAnew) : entries;
  }

  spoiled(): number {
    return this.#spoiled;
  }
  isFull(): boolean {
    return this.#isFull;
  }
  sizes(): ReturnType<BrowserLog['sizes']> {
    const { bytes, records } = this.#state;
    return {
      bytes: bytes + this.#tailBytes,
      tailBytes: this.#tailBytes,
      records: records + this.#tailRecords,
    };
  }

  async reopen(): Promise<'whole' | 'empty'> {
    this.#db?.close();
    this.#db = undefined;
    this.#lost = newLoss();
    const db = await this.#connect();
    const state = (await db.get('state', 'now')) ?? START;
    const lastKey = await db.transaction('tail').store.openKeyCursor(null, 'prev');
    const isSame =
      state.generation === this.#state.generation && (lastKey?.key ?? state.tailFrom - 1) === this.#next - 1;
    if (isSame) return 'whole';
    // Numbers go on: what stood there before may come back with a restored profile.
    this.#state = START;
    [this.#tailBytes, this.#tailRecords] = [0, 0];
    return 'empty';
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#replacing;
    this.#db?.close();
    this.#db = undefined;
    this.#sealer.forget();
  }

  // ---- writing

  /** Says outside of this database that there is something in it: one that comes up empty was lost. */
  async #begin(): Promise<void> {
    if (this.#isBegun) return;
    await this.#vault.keep(MARK, 'begun');
    this.#isBegun = true;
  }

  async #replace(entries: readonly LogEntry[], tailFrom: number): Promise<void> {
    await this.#begin();
    const generation = Math.max(this.#state.generation, await this.#lastGeneration()) + 1;
    const { front, parts } = cutByPatient(entries);
    let number = 0;
    let bytes = 0;
    let waiting: { readonly number: number; readonly value: Sealed }[] = [];
    const flush = async (): Promise<void> => {
      const some = waiting;
      waiting = [];
      await this.#writing((db) =>
        written(db, ['snapshot'], (transaction) =>
          some.map((each) => transaction.objectStore('snapshot').put(each.value, [generation, each.number])),
        ),
      );
    };
    const put = async (batch: readonly unknown[]): Promise<void> => {
      number += 1;
      const value = await this.#sealed(batch, snapshotPlace(generation, number));
      bytes += value.size;
      waiting.push({ number, value });
      if (waiting.length >= WRITE_RECORDS) await flush();
    };
    try {
      for (const batch of batches(front, charsOfEntry)) await put(batch);
      const lots = [...together(parts)];
      const directory: Mutable = { reading: READING, front: number, names: 0, parts: [] };
      const named = lots.map(({ items }, at): Names => ({ part: at + 1, names: [...namesOf(items)] }));
      for (const batch of batches(named, ({ names }) => names.length * NAME_CHARS)) await put(batch);
      directory.names = number - directory.front;
      for (const [at, { patients, items }] of lots.entries()) {
        const from = number + 1;
        for (const batch of batches(items, charsOfItem)) await put(batch);
        directory.parts.push({ number: at + 1, patients, from, to: number });
      }
      await flush();
      const value = await this.#sealed([directory], snapshotPlace(generation, 0));
      const state: RecordState = { generation, tailFrom, records: number + 1, bytes: bytes + value.size };
      await this.#writing((db) =>
        written(db, ['snapshot', 'tail', 'state'], (transaction) => {
          const snapshot = transaction.objectStore('snapshot');
          return [
            snapshot.put(value, [generation, 0]),
            snapshot.delete(IDBKeyRange.upperBound([generation, 0], true)),
            transaction.objectStore('tail').delete(IDBKeyRange.upperBound(tailFrom, true)),
            transaction.objectStore('state').put(state, 'now'),
          ];
        }),
      );
      this.#state = state;
      await this.#measureTail();
    } catch (error) {
      await this.#forgetGeneration(generation);
      throw error;
    }
  }

  async #sealed(items: readonly unknown[], place: string): Promise<Sealed> {
    const sealed = await this.#sealer.seal(await packed(items), place);
    return { sealed, size: sealed.length };
  }

  async #writing(write: (db: IDBPDatabase<RecordSchema>) => Promise<void>): Promise<void> {
    try {
      await write(this.#connected());
      this.#isFull = false;
    } catch (error) {
      if (error instanceof StorageTrouble && error.kind === 'full') this.#isFull = true;
      if (error instanceof StorageTrouble && error.kind === 'lost') this.#lost.tell({ why: 'broken' });
      throw error;
    }
  }

  // ---- reading

  async #readSnapshot(db: IDBPDatabase<RecordSchema>, front: LogEntry[]): Promise<void> {
    const { generation } = this.#state;
    const [directory] = await this.#read<Directory>(
      await db.get('snapshot', [generation, 0]),
      snapshotPlace(generation, 0),
    );
    // Without its directory everything is front: slow, and right.
    const frontTo = directory?.front ?? this.#state.records - 1;
    this.parts = directory?.parts ?? [];
    this.#isReadAnew = directory?.reading !== READING;
    const [read, named] = await Promise.all([
      this.#readRecords<LogEntry | PartItem | Names>(db, 1, frontTo),
      this.#readRecords<Names>(db, frontTo + 1, frontTo + (directory?.names ?? 0)),
    ]);
    for (const { part, names } of named) for (const name of names) this.#partOf.set(name, part);
    for (const item of read) {
      if ('names' in item && !('put' in item)) continue;
      if ('of' in item) {
        front.push(...entriesOfItems([item], this.#shells));
        continue;
      }
      if (isPlain(item)) this.#shells.set(item.commit.hash, item);
      front.push(this.#isReadAnew ? judgedAnew(item) : item);
    }
  }

  async #readRecords<T>(db: IDBPDatabase<RecordSchema>, from: number, to: number): Promise<readonly T[]> {
    if (to < from) return [];
    const { generation } = this.#state;
    const range = IDBKeyRange.bound([generation, from], [generation, to]);
    const transaction = db.transaction('snapshot');
    const [keys, values] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)]);
    const byNumber = new Map(keys.map(([, number], at) => [number, values[at]]));
    const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    const read = await Promise.all(
      numbers.map((number) => this.#read<T>(byNumber.get(number), snapshotPlace(generation, number))),
    );
    return read.flat();
  }

  async #readTail(db: IDBPDatabase<RecordSchema>, front: LogEntry[]): Promise<void> {
    const { tailFrom } = this.#state;
    const range = IDBKeyRange.lowerBound(tailFrom);
    const transaction = db.transaction('tail');
    const [keys, values] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)]);
    this.#next = (keys.at(-1) ?? tailFrom - 1) + 1;
    const read = await Promise.all(keys.map((number, at) => this.#read<LogEntry>(values[at], tailPlace(number))));
    // Appends follow each other without a gap.
    this.#spoiled += this.#next - tailFrom - keys.length;
    this.#tailRecords = keys.length;
    this.#tailBytes = values.reduce((sum, { size }) => sum + size, 0);
    for (const entries of read) front.push(...entries);
  }

  /** [] where it cannot be read: then it is counted and set aside. */
  async #read<T>(value: Sealed | undefined, place: string): Promise<readonly T[]> {
    if (value === undefined) {
      this.#spoiled += 1;
      return [];
    }
    const bytes = await this.#sealer.open(value.sealed, place);
    if (bytes !== undefined) {
      try {
        return await unpacked<T>(bytes);
      } catch {
        // Sealed by us and no record: as good as spoiled.
      }
    }
    this.#spoiled += 1;
    await this.#connected().put('spoiled', value.sealed, place);
    return [];
  }

  // ---- the database

  async #connect(): Promise<IDBPDatabase<RecordSchema>> {
    try {
      const db = await openRecordDatabase(this.#suffix, () => this.#terminated());
      this.#db = db;
      return db;
    } catch (error) {
      throw troubleOf(error);
    }
  }
  #connected(): IDBPDatabase<RecordSchema> {
    if (this.#isClosed) throw new Locked();
    if (this.#db === undefined) throw new StorageTrouble('lost');
    return this.#db;
  }
  #terminated(): void {
    this.#db = undefined;
    if (!this.#isClosed) this.#lost.tell({ why: 'gone' });
  }
  /** What a `replace` left that did not come to its end, or did, and was killed before it could clear up. */
  async #clearLeftovers(db: IDBPDatabase<RecordSchema>): Promise<void> {
    const { generation } = this.#state;
    const others = [IDBKeyRange.upperBound([generation], true), IDBKeyRange.lowerBound([generation + 1])];
    for (const range of others) if ((await db.count('snapshot', range)) > 0) await db.delete('snapshot', range);
  }
  async #lastGeneration(): Promise<number> {
    const cursor = await this.#connected().transaction('snapshot').store.openKeyCursor(null, 'prev');
    return cursor?.key[0] ?? 0;
  }
  async #forgetGeneration(generation: number): Promise<void> {
    // Where this fails too, the next opening clears it.
    await this.#db?.delete('snapshot', IDBKeyRange.bound([generation], [generation + 1])).catch(() => undefined);
  }
  async #measureTail(): Promise<void> {
    const values = await this.#connected().getAll('tail', IDBKeyRange.lowerBound(this.#state.tailFrom));
    this.#tailRecords = values.length;
    this.#tailBytes = values.reduce((sum, { size }) => sum + size, 0);
  }
}

/** As if it had come now. */
function judgedAnew(entry: LogEntry): LogEntry {
  if (entry.put !== 'commit') return entry;
  const { plain: _plain, ...rest } = entry;
  return rest;
}

interface Loss {
  readonly told: Promise<LostStore>;
  tell(lost: LostStore): void;
}
function newLoss(): Loss {
  let tell: Loss['tell'] = () => undefined;
  const told = new Promise<LostStore>((resolve) => (tell = resolve));
  return { told, tell };
}

/** Patients of whom there is little share a part; who has much has one alone. */
function* together(
  parts: ReadonlyMap<string, readonly PartItem[]>,
): Iterable<{ readonly patients: readonly string[]; readonly items: readonly PartItem[] }> {
  let patients: string[] = [];
  let items: PartItem[] = [];
  let chars = 0;
  for (const [patient, own] of parts) {
    const size = own.reduce((sum, item) => sum + charsOfItem(item), 0);
    if (size >= PART_CHARS_MIN) {
      yield { patients: [patient], items: own };
      continue;
    }
    patients.push(patient);
    items.push(...own);
    chars += size;
    if (chars < PART_CHARS_MIN) continue;
    yield { patients, items };
    [patients, items, chars] = [[], [], 0];
  }
  if (patients.length > 0) yield { patients, items };
}
