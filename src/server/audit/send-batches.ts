// From ended files to commits: each file is one Binary, chained to the one before of its journal, and goes when that is durable.
//
// Invariants (specs/audit.md)
//   AU13 A batch lands once, however often it is sent and by whomever: it is named after its file and expects not to be there.
//   AU14 What a process left when it died is sent on by another; what a power cut tore is counted in the batch itself.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../core/base/assert.ts';
import type { Clock, Digest, Hash } from '../../core/base/ports.ts';
import { batchHash, batchId, batchText, type Batch } from '../../core/access/audit-lines.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { packBatch, unpackBatch } from './batch-binary.ts';
import type { Journal } from './journal.ts';
import { adoptJournal, dropAdoption, isOfEarlierBoot, leftJournals, releaseJournal } from './owners.ts';
import { linesOf, listSegments, readLeftSegment, readOwnSegment, segmentFile, type Lines } from './segments.ts';

export interface SenderOptions {
  readonly store: Pick<RecordStore, 'append' | 'read'>;
  readonly folder: string;
  /** The name of `journal`. */
  readonly name: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** A journal that another process left. */
export interface Adopted {
  readonly journal: string;
  /** The machine went down meanwhile: up to a second of entries may never have reached the disk. */
  readonly isOfEarlierBoot: boolean;
}

export class BatchSender {
  readonly #options: SenderOptions;
  /** Of the last batch of our own journal. */
  #prev: Hash = '';

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Sends the files of our own journal that have ended. Throws what the store throws; what is not sent stays. */
  async sendOwn(): Promise<void> {
    const { journal, folder, name } = this.#options;
    for (const { number, bytes, lines } of journal.ended) {
      const content = readOwnSegment(folder, { journal: name, number }, bytes, lines);
      this.#prev = await this.#send({ journal: name, number, prev: this.#prev }, content);
      await this.#remove(name, number);
      journal.forget(number);
    }
  }

  /** Sends what dead processes left. Answers which journals are now all in the record. */
  async adopt(): Promise<readonly Adopted[]> {
    const { folder, name } = this.#options;
    const done: Adopted[] = [];
    for (const journal of leftJournals(folder)) {
      if (journal === name || !adoptJournal(folder, journal)) continue;
      try {
        await this.#sendLeft(journal);
        done.push({ journal, isOfEarlierBoot: isOfEarlierBoot(folder, journal) });
        releaseJournal(folder, journal);
      } finally {
        dropAdoption(folder, journal);
      }
    }
    return done;
  }

  async #sendLeft(journal: string): Promise<void> {
    const { folder } = this.#options;
    let prev: Hash | undefined;
    for (const { number } of listSegments(folder).filter((each) => each.journal === journal)) {
      const lines = readLeftSegment(folder, { journal, number });
      if (lines === undefined) continue;
      prev ??= await this.#hashBefore(journal, number);
      prev = await this.#send({ journal, number, prev }, linesOf(lines));
      await this.#remove(journal, number);
    }
  }

  /** The batch's hash, once it is in the record. */
  async #send(batch: Omit<Batch, 'lines'>, { text: lines, count }: Lines): Promise<Hash> {
    const { store, clock, digest } = this.#options;
    const text = batchText(batch, count, lines);
    const body = await packBatch(batch, text);
    const at = clock.now();
    const key = { type: 'Binary', id: batchId(batch) };
    // Who read what at this node is nothing for its neighbours: it goes up, never down.
    const revision = {
      key,
      kind: 'put',
      parents: [],
      expectedHeads: [],
      body,
      authoredAt: at,
      scope: 'node',
    } as const;
    const sent = await store.append({ revisions: [revision], receivedAt: at });
    if (sent.ok) return batchHash(digest, text);
    assert(sent.error.kind === 'stale', 'a batch is smaller than a commit may be');
    // It was there already: sent by a process that died before it could remove the file.
    const there = await this.#stored(batch);
    assert(there !== undefined, 'what stands under a name of a batch is that batch');
    return there;
  }

  async #hashBefore(journal: string, number: number): Promise<Hash> {
    if (number === 1) return '';
    // A record restored from an older backup does not have it: `verify` says so.
    return (await this.#stored({ journal, number: number - 1 })) ?? this.#options.digest.sha256('');
  }

  async #stored(name: { readonly journal: string; readonly number: number }): Promise<Hash | undefined> {
    const { store, digest } = this.#options;
    // Nobody else sees a batch.
    const [stored] = await store.read([{ type: 'Binary', id: batchId(name) }], EVERYTHING);
    const unpacked = stored === undefined ? undefined : await unpackBatch(stored.text);
    return unpacked && batchHash(digest, unpacked.text);
  }

  /** Not in the event loop's time: the system may take milliseconds for it. */
  #remove(journal: string, number: number): Promise<void> {
    return rm(join(this.#options.folder, segmentFile({ journal, number })), { force: true });
  }
}
