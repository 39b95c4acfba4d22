// What one process writes down before it answers: files of lines, one after the other, until each is a batch in the record.
//
//   (none) --first line--> OPEN --seal(), or full--> ENDED --its batch landed--> (none)
//
// Invariants (specs/audit.md)
//   AU6  `record` resolves when its line is in the system's page cache: a kill of the process no longer takes it.
//   AU7  What comes in one turn of the event loop is one write.
//   AU8  Disk trouble makes nobody wait: the promise resolves, lines wait in memory up to a limit, beyond it they are counted, and
//        the count is the first line that can be written again.
//   AU9  fdatasync follows within a second, so that a power cut takes no more than that.
import { join } from 'node:path';
import { encodeEntry } from '../../core/access/audit-lines.ts';
import type { Clock } from '../../core/base/ports.ts';
import { errorCode, type Disk } from './disk.ts';
import { encodeHeading, segmentFile } from './segments.ts';

/** A file ends when it holds as much. */
const LINES_MAX = 1_000;
const BYTES_MAX = 1_000_000;
/** Lines that wait in memory while the disk takes none. */
export const WAITING_MAX = 5_000;
const SYNC_MS = 1_000;

export interface JournalOptions {
  readonly folder: string;
  /** The name of the journal; no other process has the same. */
  readonly name: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Called before the first file is made, until it succeeds: tells others that the journal has an owner. May throw. */
  readonly own: () => void;
  /** A file ended because it was full. */
  readonly onFull: () => void;
  /** The disk began to refuse. */
  readonly onTrouble: (code: string) => void;
}
export interface JournalState {
  /** The disk takes no entries at present. */
  readonly broken: boolean;
  /** Entries in memory alone. */
  readonly waiting: number;
  /** Entries lost since the process began. */
  readonly lost: number;
}
/** A file that takes no more lines. */
export interface EndedFile {
  readonly number: number;
  /** How much of it is whole; most are so to their end. */
  readonly bytes: number;
  readonly lines: number;
}
interface OpenFile {
  readonly number: number;
  readonly file: number;
  bytes: number;
  lines: number;
}

export class Journal {
  readonly #options: JournalOptions;
  #lines: string[] = [];
  #flushing: Promise<void> | undefined;
  #open: OpenFile | undefined;
  #owned = false;
  /** The last file that was made. */
  #number = 0;
  readonly #ended = new Map<number, EndedFile>();
  /** Ended files that are open because nobody synced them yet. Most are in the record, and gone, before that is due. */
  readonly #unsynced = new Map<number, number>();
  /** Syncs and closes, one after the other: a file is not closed while it is synced. */
  #disk: Promise<void> = Promise.resolve();
  #syncing = false;
  #broken = false;
  #lost = 0;
  #untold = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** `line`: of `encodeEntry`. Lines of one turn of the event loop share a write and a promise. Never rejects. */
  record(line: string): Promise<void> {
    if (this.#broken && this.#lines.length >= WAITING_MAX) {
      this.#lost += 1;
      this.#untold += 1;
    } else this.#lines.push(line);
    this.#flushing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#flushing = undefined;
        this.flush();
        resolve();
      });
    });
    return this.#flushing;
  }

  /** Writes what waits, at once. Never throws. */
  flush(): void {
    if (this.#lines.length === 0 && this.#untold === 0) return;
    try {
      this.#write();
      this.#broken = false;
    } catch (error) {
      if (!this.#broken) this.#options.onTrouble(errorCode(error) ?? 'unknown');
      this.#broken = true;
      // What is beyond the limit will not be kept.
      const beyond = this.#lines.splice(WAITING_MAX).length;
      this.#lost += beyond;
      this.#untold += beyond;
    }
    this.#syncSoon();
  }

  /** Ends the open file, where it holds anything. */
  seal(): void {
    this.flush();
    if (this.#open !== undefined && this.#open.lines > 0) this.#end(this.#open);
  }

  /** The files that take no more lines, in order. */
  get ended(): readonly EndedFile[] {
    return [...this.#ended.values()];
  }
  /** What an ended file held is in the record. */
  forget(number: number): void {
    this.#ended.delete(number);
    const file = this.#unsynced.get(number);
    this.#unsynced.delete(number);
    // Behind a sync of it that may be under way.
    if (file !== undefined) this.#disk = this.#disk.then(() => this.#close(file));
  }

  get state(): JournalState {
    return { broken: this.#broken, waiting: this.#lines.length, lost: this.#lost };
  }

  async close(): Promise<void> {
    this.seal();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#syncEnded();
    await this.#disk;
  }

  #write(): void {
    while (this.#lines.length > 0 || this.#untold > 0) {
      const open = this.#open ?? this.#create();
      let units = 0;
      let count = 0;
      const room = LINES_MAX - open.lines;
      for (; count < this.#lines.length && count < room && units < BYTES_MAX; count++)
        units += this.#lines[count]?.length ?? 0;
      this.#append(open, [...this.#gap(), ...this.#lines.slice(0, count)]);
      this.#untold = 0;
      this.#lines.splice(0, count);
      if (open.lines >= LINES_MAX || open.bytes >= BYTES_MAX) {
        this.#end(open);
        this.#options.onFull();
      }
    }
  }

  #gap(): readonly string[] {
    if (this.#untold === 0) return [];
    const detail = 'the disk took no entries';
    return [encodeEntry({ at: this.#options.clock.now(), act: 'gap', ok: false, count: this.#untold, detail })];
  }

  #append(open: OpenFile, lines: readonly string[]): void {
    const { disk, clock, name } = this.#options;
    const { file, number } = open;
    const heading = open.bytes === 0 ? `${encodeHeading({ journal: name, number }, clock.now())}\n` : '';
    const bytes = Buffer.from(`${heading}${lines.join('\n')}\n`);
    try {
      disk.append(file, bytes);
    } catch (error) {
      this.#cutBack(open);
      throw error;
    }
    open.bytes += bytes.length;
    open.lines += lines.length;
  }

  /** A write that failed may have left a part of itself: the next line must not be added to it. */
  #cutBack(open: OpenFile): void {
    try {
      this.#options.disk.truncate(open.file, open.bytes);
    } catch {
      // Then nothing is added to that file any more, and its batch is read up to what is whole.
      this.#end(open);
    }
  }

  #create(): OpenFile {
    const { disk, folder, name, own } = this.#options;
    const number = this.#number + 1;
    if (!this.#owned) own();
    this.#owned = false;
    const file = disk.create(join(folder, segmentFile({ journal: name, number })));
    this.#owned = true;
    this.#number = number;
    this.#open = { number, file, bytes: 0, lines: 0 };
    return this.#open;
  }

  #end(open: OpenFile): void {
    const { number, bytes, lines, file } = open;
    this.#open = undefined;
    this.#ended.set(number, { number, bytes, lines });
    this.#unsynced.set(number, file);
    this.#syncSoon();
  }

  /** What nobody sent meanwhile: its batch may be long in coming, where the database is away. */
  #syncEnded(): void {
    for (const [number, file] of this.#unsynced) {
      this.#unsynced.delete(number);
      this.#disk = this.#disk.then(() => this.#sync(file)).then(() => this.#close(file));
    }
  }

  async #sync(file: number): Promise<void> {
    this.#syncing = true;
    try {
      await this.#options.disk.sync(file);
    } catch (error) {
      this.#options.onTrouble(errorCode(error) ?? 'unknown');
    } finally {
      this.#syncing = false;
    }
  }

  #close(file: number): void {
    try {
      this.#options.disk.close(file);
    } catch (error) {
      this.#options.onTrouble(errorCode(error) ?? 'unknown');
    }
  }

  #syncSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // The disk may take again what it refused, also where nobody asks for anything.
      this.flush();
      this.#syncEnded();
      const open = this.#open;
      if (open === undefined) return;
      if (this.#syncing) this.#syncSoon();
      else this.#disk = this.#disk.then(() => this.#sync(open.file));
    }, SYNC_MS);
    this.#timer.unref();
  }
}
