// The audit trail of this device: what people looked at, written down before they are answered, and brought into the record in batches.
//
//   record() ──> note of the log (on the disk) ──full, before a meeting, after a while──> a batch: one Binary of this device's origin
//
//   BD13  An entry is on the disk before `record` resolves; what a killed device had not batched, its next opening does, each entry once.
//   BD14  Batches are chained, stand in this device's own scope, and are found whole at the site; people's looks here are in its answers.
//   BD15  A disk that refuses makes nobody wait: entries wait in memory, and how many were lost is the first that can be written again.
import { batchHash, batchId, batchText, decodeBatch, encodeBounded } from '../../core/access/audit-lines.ts';
import type { AuditEntry, AuditTrail } from '../../core/access/audit-trail.ts';
import { batchBody, readBatchBody } from '../../core/access/batch-body.ts';
import { assert } from '../../core/base/assert.ts';
import { toBase32 } from '../../core/base/base32.ts';
import { fromBase64url, toBase64url } from '../../core/base/base64url.ts';
import type { Chance, Digest, Hash } from '../../core/base/ports.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { packText, unpackText } from '../sync/pack-text.ts';

export interface DeviceTrailOptions {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly chance: Chance;
  readonly digest: Digest;
  readonly zoneMin: (at: number) => number;
  readonly batchMs?: number;
}

/** What the log remembers of the trail: the batch that is being filled. */
interface Waiting {
  readonly journal: string;
  readonly number: number;
  readonly prev: Hash;
  readonly lines: readonly string[];
}

export const AUDIT_NOTE = 'audit';
const LINES_MAX = 60;
const WAITING_MAX = 5_000;
const BATCH_MS = 30_000;
const JOURNAL_BYTES = 10;

export class DeviceTrail implements AuditTrail {
  readonly #on: DeviceTrailOptions;
  #journal: string;
  #number = 1;
  #prev: Hash = '';
  #lines: string[] = [];
  #lost = 0;
  /** Writes, one after the other; those of one turn are one. */
  #writing: Promise<void> = Promise.resolve();
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: DeviceTrailOptions) {
    this.#on = options;
    this.#journal = toBase32(options.chance.bytes(JOURNAL_BYTES));
  }

  /** What an earlier opening left becomes a batch of its journal. Before anything else is asked of the trail. */
  async adopt(): Promise<void> {
    const { store, digest } = this.#on;
    const left = readWaiting(store.noted(AUDIT_NOTE));
    if (left === undefined || left.lines.length === 0) return;
    let { number, prev, lines } = left;
    // It may have landed before the note was written anew; what came after it did not.
    const landed = await this.#landed(left);
    if (landed !== undefined)
      [number, prev, lines] = [number + 1, batchHash(digest, landed.text), lines.slice(landed.count)];
    if (lines.length > 0) await this.#land({ journal: left.journal, number, prev, lines });
    await store.note(AUDIT_NOTE, '');
  }

  record(entry: AuditEntry): Promise<void> {
    if (this.#lines.length >= WAITING_MAX) this.#lost += 1;
    else this.#lines.push(encodeBounded(entry));
    if (this.#isDue) return this.#writing;
    this.#isDue = true;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** What waits becomes a batch now. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#batch());
    return this.#writing;
  }
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  async #write(): Promise<void> {
    this.#isDue = false;
    const { store, clock, batchMs = BATCH_MS } = this.#on;
    if (this.#lost > 0 && this.#lines.length < WAITING_MAX) {
      const count = this.#lost;
      this.#lost = 0;
      this.#lines.unshift(encodeBounded({ at: clock.now(), act: 'gap', ok: false, count }));
    }
    if (this.#lines.length >= LINES_MAX) return this.#batch();
    try {
      await store.note(AUDIT_NOTE, this.#waiting());
    } catch {
      // Care never waits for a full disk: the lines stay in memory, and are tried with the next.
    }
    if (!this.#isClosed) this.#timer ??= setTimeout(() => void this.flush(), batchMs);
  }
  async #batch(): Promise<void> {
    if (this.#lines.length === 0) return;
    const { store } = this.#on;
    const lines = [...this.#lines];
    try {
      this.#prev = await this.#land({ journal: this.#journal, number: this.#number, prev: this.#prev, lines });
      this.#number += 1;
      this.#lines = this.#lines.slice(lines.length);
      await store.note(AUDIT_NOTE, this.#lines.length === 0 ? '' : this.#waiting());
    } catch {
      // As above.
    }
  }
  #waiting(): string {
    const waiting: Waiting = { journal: this.#journal, number: this.#number, prev: this.#prev, lines: this.#lines };
    return JSON.stringify(waiting);
  }

  /** The batch's hash, once it is in the record. */
  async #land({ journal, number, prev, lines }: Waiting): Promise<Hash> {
    const { store, clock, digest, zoneMin } = this.#on;
    const heading = { journal, number, prev };
    const text = batchText(heading, lines.length, lines.map((line) => `${line}\n`).join(''));
    const packed = toBase64(await packText(text));
    const authoredAt = clock.wall();
    const appended = await store.append({
      receivedAt: clock.now(),
      revisions: [
        {
          key: { type: 'Binary', id: batchId(heading) },
          kind: 'put',
          parents: [],
          expectedHeads: [],
          body: batchBody(heading, packed),
          authoredAt,
          zoneMin: zoneMin(authoredAt),
          skew: clock.skew(),
          // Who read what at this device is nothing for other devices: it goes up, never down.
          scope: 'node',
        },
      ],
    });
    assert(appended.ok, 'a batch has a name of its own and is smaller than a commit may be');
    return batchHash(digest, text);
  }
  async #landed({ journal, number }: Waiting): Promise<{ readonly text: string; readonly count: number } | undefined> {
    const key = { type: 'Binary', id: batchId({ journal, number }) };
    // Nobody else sees a batch.
    const [stored] = await this.#on.store.read([key], EVERYTHING);
    const body = stored === undefined ? undefined : readBatchBody(stored.text);
    const bytes = body === undefined ? undefined : fromBase64(body.packed);
    const text = bytes === undefined ? undefined : await unpackText(bytes);
    if (text?.ok !== true) return undefined;
    const batch = decodeBatch(text.value);
    return batch.ok ? { text: text.value, count: batch.value.lines.length } : undefined;
  }
}

function readWaiting(note: string | undefined): Waiting | undefined {
  return note === undefined || note === '' ? undefined : (JSON.parse(note) as Waiting);
}

/** RFC 4648 4, as FHIR wants it. */
function toBase64(bytes: Uint8Array): string {
  const text = toBase64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}
const fromBase64 = (text: string): Uint8Array | undefined =>
  fromBase64url(text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
