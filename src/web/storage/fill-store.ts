// A store that is used while it is being filled from the parts of its log.
//
//   BS8  What is read is what the full store would show: whatever touches a patient whose part is not here waits for that part, and
//        whatever cannot be said to touch some patients alone waits for all. Writes likewise: none is judged by half a record.
//   BS10 A patient's part lands in one step, before or after any read, and the patients that somebody asks for come first.
import type { Kept } from '../../core/record/memory-kept.ts';
import { keptOf, type MemoryRecord } from '../../core/record/memory-record.ts';
import type { RecordStore, ResourceKey } from '../../core/record/store.ts';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { BrowserLog, Filling, LogPart } from './storage.ts';

/** `store` was opened with `log.front`. Begins at once. */
export function fillStore(store: MemorySyncStore, log: BrowserLog): Filling {
  const filler = new Filler(store, log);
  return {
    store: gated(store, filler),
    patient: (id) => filler.patient(id),
    prefer: (patients) => filler.prefer(patients),
    whole: filler.whole,
    isWhole: () => filler.isWhole,
    progress: () => filler.progress(),
    stop: () => filler.stop(),
  };
}

interface Waiting extends LogPart {
  readonly here: Promise<void>;
  land(): void;
  fail(error: unknown): void;
}

class Filler {
  readonly whole: Promise<void>;
  isWhole = false;
  readonly #store: MemorySyncStore;
  readonly #log: BrowserLog;
  readonly #of: number;
  readonly #byPatient = new Map<string, Waiting[]>();
  /** Those that nobody asked for, in the log's order. */
  readonly #left = new Set<Waiting>();
  readonly #asked: Waiting[] = [];
  readonly #reading = new Map<Waiting, Promise<readonly LogEntry[]>>();
  /** What the front has the newer half of. */
  readonly #halves: readonly Kept[];
  #isStopped = false;

  constructor(store: MemorySyncStore, log: BrowserLog) {
    this.#store = store;
    this.#log = log;
    this.#of = log.parts.length;
    for (const part of log.parts) {
      const waiting = newWaiting(part);
      this.#left.add(waiting);
      for (const patient of part.patients) {
        const known = this.#byPatient.get(patient);
        if (known === undefined) this.#byPatient.set(patient, [waiting]);
        else known.push(waiting);
      }
    }
    this.#halves = log.parts.length === 0 ? [] : [...everything(store.record)].filter(isHalf);
    this.whole = this.#run();
    // Whoever waits is told; nobody waiting is no fault.
    this.whole.catch(() => undefined);
  }

  /** The part that has something of a resource. */
  async resource({ type, id }: ResourceKey): Promise<void> {
    const number = this.#log.partOf(`${type}/${id}`);
    if (number !== undefined) await this.#landing([...this.#left].filter((part) => part.number === number));
  }
  async patient(id: string): Promise<void> {
    if (this.isWhole) return;
    await this.#landing((this.#byPatient.get(id) ?? []).filter((part) => this.#left.has(part)));
    if (this.#lacksAncestors(id)) await this.whole;
  }
  prefer(patients: readonly string[]): void {
    const wanted = patients.flatMap((id) => this.#byPatient.get(id) ?? []).filter((part) => this.#left.has(part));
    this.#asked.push(...wanted);
  }
  progress(): { readonly done: number; readonly of: number } {
    return { done: this.#of - this.#left.size, of: this.#of };
  }
  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    // The first reads are asked for before anything is begun.
    await Promise.resolve();
    try {
      for (let part = this.#next(); part !== undefined; part = this.#next()) {
        if (this.#isStopped) throw new Error('The store was closed before all of it was read.');
        const read = this.#read(part);
        // The disk and the keys work on the next one meanwhile; a chart that is asked for goes before it.
        const following = this.#asked.find((each) => each !== part && this.#left.has(each)) ?? second(this.#left, part);
        const entries = await read;
        if (following !== undefined) void this.#read(following);
        await this.#store.load(entries);
        this.#reading.delete(part);
        this.#left.delete(part);
        part.land();
        await pause();
      }
    } catch (error) {
      for (const each of this.#left) each.fail(error);
      throw error;
    }
    this.isWhole = true;
  }
  #read(part: Waiting): Promise<readonly LogEntry[]> {
    let reading = this.#reading.get(part);
    if (reading === undefined) {
      reading = this.#log.part([part.number]);
      // Whoever waits for it is told; until then it is no fault.
      reading.catch(() => undefined);
      this.#reading.set(part, reading);
    }
    return reading;
  }
  async #landing(parts: readonly Waiting[]): Promise<void> {
    this.#asked.unshift(...parts);
    await Promise.all(parts.map(({ here }) => here));
  }
  #next(): Waiting | undefined {
    for (let part = this.#asked.shift(); part !== undefined; part = this.#asked.shift())
      if (this.#left.has(part)) return part;
    const [first] = this.#left;
    return first;
  }

  /** Something was corrected to this patient from another since the snapshot: its older half is in the other's part. */
  #lacksAncestors(id: string): boolean {
    return this.#halves.some(({ key }) => {
      const kept = keptOf(this.#store.record, key);
      return kept !== undefined && isHalf(kept) && kept.seen.home === `Patient/${id}`;
    });
  }
}

function* everything(record: MemoryRecord): Iterable<Kept> {
  for (const ofType of record.kept.values()) yield* ofType.values();
}
const isHalf = ({ revisions }: Kept): boolean =>
  [...revisions.values()].some(({ parents }) => parents.some((parent) => !revisions.has(parent)));

function second(left: ReadonlySet<Waiting>, first: Waiting): Waiting | undefined {
  for (const part of left) if (part !== first) return part;
  return undefined;
}

/** Lets a message in between two parts: a chart that is asked for comes next. Timers of a browser wait longer than that. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

function newWaiting(part: LogPart): Waiting {
  let land: Waiting['land'] = () => undefined;
  let fail: Waiting['fail'] = () => undefined;
  const here = new Promise<void>((resolve, reject) => {
    land = resolve;
    fail = reject;
  });
  here.catch(() => undefined);
  return { ...part, here, land, fail };
}

function gated(store: MemorySyncStore, filler: Filler): RecordStore {
  /** Until all of those keys, and what stands around them, are here. */
  const forKeys = async (keys: readonly ResourceKey[]): Promise<void> => {
    for (const key of keys) {
      if (!filler.isWhole) await filler.resource(key);
      for (let waited: string | undefined; !filler.isWhole;) {
        const kept = keptOf(store.record, key);
        // In no part: it is not there.
        if (kept === undefined) break;
        const { home } = kept.seen;
        if (home === '' || home === waited) break;
        await filler.patient(home.slice('Patient/'.length));
        waited = home;
      }
    }
  };
  return {
    append: async (draft) => {
      if ((draft.guards ?? []).length > 0) await filler.whole;
      else await forKeys(draft.revisions.map(({ key }) => key));
      return store.append(draft);
    },
    read: async (keys, visible) => {
      await forKeys(keys);
      return store.read(keys, visible);
    },
    readVersion: async (key, version, visible) => {
      await forKeys([key]);
      return store.readVersion(key, version, visible);
    },
    history: async (query, visible) => {
      if (query.type === undefined || query.id === undefined) await filler.whole;
      else await forKeys([{ type: query.type, id: query.id }]);
      return store.history(query, visible);
    },
    search: async (query, visible, limits) => {
      await filler.whole;
      return store.search(query, visible, limits);
    },
    conflicts: async (query, visible) => {
      await filler.whole;
      return store.conflicts(query, visible);
    },
    siblings: async (key, visible) => {
      await forKeys([key]);
      return store.siblings(key, visible);
    },
    wouldSee: async (candidates, visible) => {
      if (visible.see !== 'everything') await filler.whole;
      return store.wouldSee(candidates, visible);
    },
    feed: async (after, limit) => {
      await filler.whole;
      return store.feed(after, limit);
    },
    verify: async (progress) => {
      await filler.whole;
      return store.verify(progress);
    },
    reindex: async (progress) => {
      await filler.whole;
      return store.reindex(progress);
    },
    close: () => store.close(),
  };
}
