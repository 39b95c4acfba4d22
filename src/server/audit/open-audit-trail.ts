// The audit trail of one process, put together: write down, batch, index, answer, sign.
//
//   record() ──> journal file ──(a second, or full)──> batch in the record ──> index ──> search()
//
//   1. Nothing here ever refuses care: trouble is told by `state` and the log, and by `gap` entries in the trail itself.
//   2. Any process may be killed at any time; what it wrote down is sent on by another, or by the next.
import { join } from 'node:path';
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance, Clock, Digest } from '../../core/base/ports.ts';
import type { AuditIndex } from '../../core/access/audit-index.ts';
import { encodeBounded } from '../../core/access/audit-lines.ts';
import type { AuditEntry, AuditPage, AuditQuery, AuditReader, AuditTrail } from '../../core/access/audit-trail.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { CheckpointWriter } from './checkpoints.ts';
import { RefusalCounter } from './count-refusals.ts';
import { nodeDisk, type Disk } from './disk.ts';
import { IndexFiller } from './fill-index.ts';
import { Journal } from './journal.ts';
import { ownJournal, releaseJournal } from './owners.ts';
import { searchAudit } from './search-audit.ts';
import { BatchSender } from './send-batches.ts';

const SEND_MS = 1_000;
const ADOPT_MS = 5_000;
const FILL_MS = 2_000;
const FILL_MS_MAX = 20_000;
/** The turn to fill the index in the background, so that one process does it. */
const TURN_MS = 30_000;
/** Of the time that a page of the index took, how many times as long it rests: filling takes a twentieth of a core at most. */
const REST = 19;
const CHECKPOINT_MS = 60_000;

export interface AuditTrailOptions {
  readonly store: RecordStore;
  /** Over the same database. The trail does not close it. */
  readonly index: AuditIndex;
  /** The data folder: journals go to `audit/` in it, checkpoints beside that. */
  readonly data: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  readonly log: (fields: Readonly<Record<string, string | number | undefined>>, message: string) => void;
  readonly disk?: Disk;
  /** False: nothing happens by itself (tests, commands). */
  readonly background?: boolean;
}
/** For the health page. */
export interface AuditState {
  /** Entries cannot be written down, or not be brought into the record, at present. */
  readonly degraded: boolean;
  /** Entries lost since the process began. */
  readonly lost: number;
  /** Entries in memory alone, until the disk takes them. */
  readonly waiting: number;
}
export interface OpenAuditTrail extends AuditTrail, AuditReader {
  /** What was recorded is in the record, what others left too, and the index knows. Throws what the store throws. */
  flush(): Promise<void>;
  /** Signs how far the chains are; false where they did not grow. */
  checkpoint(): Promise<boolean>;
  /** Forgets the index and fills it anew from the record. */
  rebuildIndex(): Promise<void>;
  state(): AuditState;
  /** Everything is in the record, unless the store refuses: then it waits in the folder for the next process. */
  close(): Promise<void>;
}

/** The folder of the journals of a data folder. */
export const journalFolder = (data: string): string => join(data, 'audit');

export function openAuditTrail(options: AuditTrailOptions): OpenAuditTrail {
  const trail = new Trail(options);
  if (options.background ?? true) trail.start();
  return trail;
}

class Trail implements OpenAuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #sender: BatchSender;
  readonly #filler: IndexFiller;
  readonly #refusals: RefusalCounter;
  readonly #checkpoints: CheckpointWriter;
  readonly #name: string;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Sending goes one at a time. */
  #sending: Promise<void> = Promise.resolve();
  #unsent = false;
  /** The page of the index that is being filled in the background. */
  #filling: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: AuditTrailOptions) {
    const { store, index, data, clock, chance, digest, log, disk = nodeDisk } = options;
    this.#options = options;
    this.#folder = journalFolder(data);
    this.#name = toBase32(chance.bytes(10));
    this.#journal = new Journal({
      folder: this.#folder,
      name: this.#name,
      disk,
      clock,
      own: () => ownJournal(this.#folder, this.#name),
      onFull: () => this.#soon(() => this.#send(false)),
      onTrouble: (code) => log({ code }, 'the disk refuses audit entries'),
    });
    this.#sender = new BatchSender({
      store,
      folder: this.#folder,
      name: this.#name,
      journal: this.#journal,
      clock,
      digest,
    });
    this.#filler = new IndexFiller({ store, index, digest });
    this.#refusals = new RefusalCounter((entry) => void this.#journal.record(encodeBounded(entry)));
    this.#checkpoints = new CheckpointWriter(data, digest);
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#refusals.takes(entry) ? Promise.resolve() : this.#journal.record(encodeBounded(entry));
  }

  async search(query: AuditQuery): Promise<AuditPage> {
    const { store, index, digest } = this.#options;
    this.#refusals.flush();
    this.#journal.flush();
    return searchAudit({ store, index, digest, filler: this.#filler, folder: this.#folder }, query);
  }

  async flush(): Promise<void> {
    await this.#send(true);
    await this.#adopt();
    await this.#filler.catchUp();
  }

  async checkpoint(): Promise<boolean> {
    const { index, clock } = this.#options;
    return this.#checkpoints.write(await index.tips(), clock.now());
  }

  async rebuildIndex(): Promise<void> {
    await this.#options.index.clear();
    await this.#filler.catchUp();
  }

  state(): AuditState {
    const { broken, waiting, lost } = this.#journal.state;
    return { degraded: broken || this.#unsent, lost, waiting };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#refusals.flush();
    await this.#filling;
    await this.#journal.close();
    try {
      await this.#send(true);
      if (this.#journal.ended.length === 0) releaseJournal(this.#folder, this.#name);
      await this.checkpoint();
    } catch (error) {
      this.#tell(error, 'audit entries stay in the folder until the next start');
    }
  }

  start(): void {
    this.#every(SEND_MS, () => this.#send(false));
    this.#every(ADOPT_MS, () => this.#adopt());
    this.#every(CHECKPOINT_MS, async () => {
      this.#refusals.flush();
      await this.checkpoint();
    });
    this.#fillLater(FILL_MS);
  }

  /** `all`: also what the open file holds, whatever waits already. */
  #send(all: boolean): Promise<void> {
    const sent = this.#sending.then(async () => {
      if (all) this.#refusals.flush();
      // While the database is away the files grow to their full size, instead of one a second.
      if (all || this.#journal.ended.length === 0) this.#journal.seal();
      try {
        await this.#sender.sendOwn();
        this.#unsent = false;
      } catch (error) {
        this.#unsent = true;
        throw error;
      }
    });
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  #adopt(): Promise<void> {
    const adopted = this.#sending.then(async () => {
      for (const { isOfEarlierBoot } of await this.#sender.adopt()) {
        if (!isOfEarlierBoot) continue;
        const detail = 'the machine went down: entries of its last second may be missing';
        await this.record({ at: this.#options.clock.now(), act: 'gap', ok: false, detail });
      }
    });
    this.#sending = adopted.catch(() => undefined);
    return adopted;
  }

  #fillLater(ms: number): void {
    this.#later(ms, async () => {
      const startedAt = performance.now();
      let wait = FILL_MS;
      try {
        const filling = this.#fillPage();
        this.#filling = filling.catch(() => undefined);
        if (await filling) wait = Math.min(FILL_MS_MAX, (performance.now() - startedAt) * REST);
      } catch (error) {
        this.#tell(error, 'the audit index is not filled');
        wait = FILL_MS_MAX;
      }
      if (!this.#closed) this.#fillLater(wait);
    });
  }

  /** One page of the index, where there is one and this process has the turn. */
  async #fillPage(): Promise<boolean> {
    const { index, clock } = this.#options;
    if ((await index.tail(await index.cursor(), 1)).length === 0) return false;
    const now = clock.now();
    if (!this.#hasTurn(now) && !(await index.claimTurn(now, now + TURN_MS))) return false;
    if (!this.#hasTurn(now)) this.#turnUntil = now + TURN_MS;
    return this.#filler.step();
  }
  #turnUntil = 0;
  /** Until a little before it ends, so that a slow page is not doubled by the next process. */
  #hasTurn(now: number): boolean {
    return now < this.#turnUntil - TURN_MS / 3;
  }

  #every(ms: number, work: () => Promise<void>): void {
    this.#later(ms, async () => {
      try {
        await work();
      } catch (error) {
        this.#tell(error, 'the audit trail cannot be brought into the record');
      }
      if (!this.#closed) this.#every(ms, work);
    });
  }
  #soon(work: () => Promise<void>): void {
    this.#later(0, () =>
      work().catch((error: unknown) => this.#tell(error, 'the audit trail cannot be brought into the record')),
    );
  }
  #later(ms: number, work: () => Promise<void>): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void work();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  #tell(error: unknown, message: string): void {
    this.#options.log({ error: error instanceof Error ? error.name : 'unknown' }, message);
  }
}
