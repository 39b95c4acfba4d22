// A device at work: writes, what it says of their safety, and what it does by itself.
//
//   DV1   A write is answered when the outbox has it.
//   DV15  Every revision says what is known of the clock that it was written by.
//   DV19  What is told of a write's safety is never more than what others last said.
//
// Meetings with parents and hand-overs to the ward run beside each other: a parent that is silent for long holds up nobody.
import { ok } from '../../core/base/result.ts';
import type { Chance } from '../../core/base/ports.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import type { Actor, Change, Outcome, RecordEngine } from '../../core/engine/engine.ts';
import { runTransaction, type TransactionEntry } from '../../core/engine/transaction.ts';
import { patchers } from '../../core/fhir/patch/patchers.ts';
import { notingStore } from '../../core/record/noting-store.ts';
import { parsedSearch } from '../../core/record/parse-here.ts';
import { installOf, patientScope } from '../../core/record/scope.ts';
import { EVERYTHING, type Author, type RecordStore, type Stored } from '../../core/record/store.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { NodePublicKeys } from '../sync-api/node-keys.ts';
import type { Acknowledged, Address, Device, DeviceStatus, Safety, Unsent } from './device.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { HandOver } from './hand-over.ts';
import type { OutboxFiles } from './outbox-files.ts';
import type { ParentLinks } from '../../core/sync/parent-links.ts';
import { searchHere } from './search-here.ts';
import type { WardListener } from './ward-listener.ts';

export interface RunningOptions {
  readonly node: string;
  readonly publicKeys: NodePublicKeys;
  readonly user: Pick<Author, 'practitioner' | 'session'>;
  readonly chance: Chance;
  readonly clock: DeviceClock;
  readonly monotonic: () => number;
  readonly store: MemorySyncStore;
  readonly outbox: OutboxFiles;
  readonly links: ParentLinks;
  readonly handOver: HandOver;
  readonly silentMs: number;
  readonly intervalMs?: number;
  readonly enrol: Device['enrol'];
  /** The folder is this process's no more. */
  readonly ended: () => void;
}

export const CLOCK_NOTE = 'clock';
const INTERVAL_MS = 2_000;
const AWAY_MS_MAX = 15_000;
const CLOCK_NOTE_MS = 10 * 60_000;
const COMPACT_BYTES = 8 * 1024 * 1024;
const COMPACT_FILES = 32;

export class RunningDevice implements Device {
  readonly node: string;
  readonly publicKeys: NodePublicKeys;
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  listener: WardListener | undefined;
  readonly #on: RunningOptions;
  #meetTimer: NodeJS.Timeout | undefined;
  #handTimer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #meeting: Promise<unknown> | undefined;
  #handing: Promise<unknown> | undefined;
  #wakened = false;
  #isClosed = false;
  #misses = 0;
  #metAt: number;
  #clockNotedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RunningOptions) {
    this.#on = options;
    this.node = options.node;
    this.publicKeys = options.publicKeys;
    this.store = this.#noting().store;
    this.engine = this.#engineOver(this.store);
    this.#metAt = options.monotonic();
  }

  // ---- what people do

  async write(changes: readonly Change[]): ReturnType<Device['write']> {
    const { store, commit } = this.#noting();
    const done = await this.#engineOver(store).change(changes, this.#actor());
    return done.ok ? ok(this.#acknowledged(done.value, commit())) : done;
  }
  async transaction(entries: readonly TransactionEntry[]): ReturnType<Device['transaction']> {
    const { clock, chance } = this.#on;
    const { store, commit } = this.#noting();
    const engine = this.#engineOver(store);
    const criteria: Parameters<typeof runTransaction>[0]['criteria'] = async (type, query) => {
      const parsed = parsedSearch(type, query, clock.now(), false);
      if (parsed.ok) return ok({ ...parsed.value.query, sort: [], count: 2, total: 'none', include: [] });
      const fault = {
        severity: 'error',
        type: 'invalid',
        path: type,
        rule: 'criteria',
        message: parsed.error,
      } as const;
      return { ok: false, error: [{ ...fault, spec: 'http://hl7.org/fhir/R4/http.html#trules' }] };
    };
    const done = await runTransaction({ engine, store, clock, chance, criteria }, entries, this.#actor());
    return done.ok ? ok(this.#acknowledged(done.value, commit())) : done;
  }
  async read(type: string, id: string): Promise<Stored | undefined> {
    const [stored] = await this.#on.store.read([{ type, id }], EVERYTHING);
    return stored;
  }
  search(query: string, after?: string): ReturnType<Device['search']> {
    return searchHere(this.#on.store, query, this.#on.clock.now(), after);
  }
  async want(patientId: string): Promise<void> {
    await this.#on.store.want([patientScope(patientId)]);
    this.wake();
  }

  // ---- what they are told

  safetyOf({ origin, seq }: Address): Safety {
    const { store, handOver } = this.#on;
    return { class: store.durabilityOf(origin, seq), alsoOn: handOver.alsoOn(origin, seq) };
  }
  unsent(): Unsent {
    const { store } = this.#on;
    const due = this.#own('D1');
    const ages = due.flatMap(({ origin, from }) => store.receivedAt(origin, from) ?? []);
    const count = due.reduce((sum, { from, to }) => sum + to + 1 - from, 0);
    return ages.length === 0 ? { count } : { count, oldestAt: Math.min(...ages) };
  }
  status(): DeviceStatus {
    const { node, clock, store, links, handOver, outbox } = this.#on;
    const below = (least: 'D1' | 'D1m' | 'D2' | 'D3'): number =>
      this.#own(least).reduce((sum, { from, to }) => sum + to + 1 - from, 0);
    const [D0, D1, D1m, D2] = [below('D1'), below('D1m'), below('D2'), below('D3')];
    const { ms, suspect } = clock.skew();
    const { bytes, files } = outbox.sizes();
    return {
      node,
      now: clock.now(),
      unsent: this.unsent(),
      classes: { D0, D1: D1 - D0, D1m: D1m - D1, D2: D2 - D1m },
      parents: links.states(),
      copiesOn: handOver.copies(),
      carried: store.sealedSize(),
      clock: { wallAt: clock.wall(), skewMs: ms, suspect },
      spoiled: outbox.spoiled,
      aside: store.aside().length,
      record: store.counts(),
      disk: { bytes, files },
      ...(this.listener === undefined ? {} : { wardPort: this.listener.port }),
    };
  }

  // ---- what it does by itself

  start(): void {
    this.#isRunning = true;
    this.#meetLater(0);
    this.#handLater();
  }
  /** There is something to hand over. */
  wake(): void {
    this.#wakened = true;
    if (this.#isRunning && this.#meeting === undefined && this.#misses === 0) this.#meetLater(0);
  }

  async syncNow(): ReturnType<Device['syncNow']> {
    while (this.#meeting !== undefined) await this.#meeting;
    const met = await this.#meet();
    const left = this.#own('D1').length === 0 ? 0 : this.unsent().count;
    return met.met === 'done' ? { met: met.parent.name, left } : { trouble: met.trouble, left };
  }
  async handOverNow(): Promise<boolean> {
    while (this.#handing !== undefined) await this.#handing;
    return this.#handOver();
  }
  compact(): Promise<void> {
    return this.#on.store.compact();
  }
  async enrol(url: string, code: string): ReturnType<Device['enrol']> {
    const done = await this.#on.enrol(url, code);
    if (done.ok) this.wake();
    return done;
  }
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isRunning = false;
    clearTimeout(this.#meetTimer);
    clearTimeout(this.#handTimer);
    await this.listener?.close();
    this.#on.handOver.close();
    const { store, outbox, ended } = this.#on;
    ended();
    await Promise.allSettled([this.#meeting, this.#handing]);
    await store.close();
    outbox.close();
  }

  // ----

  #own(least: 'D1' | 'D1m' | 'D2' | 'D3'): ReturnType<MemorySyncStore['below']> {
    return this.#on.store.below(least).filter(({ origin }) => installOf(origin) === this.node);
  }
  #actor(): Actor {
    return { visible: EVERYTHING, author: { device: this.node, ...this.#on.user } };
  }
  #acknowledged(outcomes: readonly Outcome[], commit: Address | undefined): Acknowledged {
    if (commit === undefined) return { outcomes, class: 'D0' };
    this.wake();
    return { outcomes, commit, class: this.#on.store.durabilityOf(commit.origin, commit.seq) };
  }
  #engineOver(store: RecordStore): RecordEngine {
    const { clock, chance } = this.#on;
    return createEngine({ store, clock, chance, patch: patchers });
  }

  /** The store, with the clock's error in what is written, and the place of what was. */
  #noting(): { readonly store: RecordStore; readonly commit: () => Address | undefined } {
    const { store, clock } = this.#on;
    return notingStore(store, () => ({ authoredAt: clock.wall(), zoneMin: zoneMin(), skew: clock.skew() }));
  }

  #meetLater(afterMs: number): void {
    clearTimeout(this.#meetTimer);
    if (this.#isRunning) this.#meetTimer = setTimeout(() => void this.#meetAndGoOn(), afterMs);
  }
  async #meetAndGoOn(): Promise<void> {
    const { intervalMs = INTERVAL_MS, chance } = this.#on;
    try {
      await this.syncNow();
    } catch {
      // A disk that is full ends a meeting, never the device: what it could not write down it asks for again.
      this.#misses += 1;
    }
    const away = Math.min(intervalMs * 2 ** Math.min(this.#misses, 8), Math.max(intervalMs, AWAY_MS_MAX));
    // A whole ward that comes back at once must not ask in one moment.
    const jitter = 0.75 + (chance.bytes(1)[0] ?? 0) / 512;
    this.#meetLater(this.#wakened && this.#misses === 0 ? 0 : Math.round(away * jitter));
  }
  #handLater(): void {
    const { silentMs, intervalMs = INTERVAL_MS } = this.#on;
    if (this.#isRunning)
      this.#handTimer = setTimeout(() => void this.#handAndGoOn(), Math.max(intervalMs, silentMs / 2));
  }
  async #handAndGoOn(): Promise<void> {
    const { silentMs, monotonic } = this.#on;
    try {
      if (monotonic() - this.#metAt >= silentMs && this.#own('D2').length > 0) await this.handOverNow();
    } catch {
      // As above: the copies that were taken stand, and are noted the next time.
    }
    this.#handLater();
  }

  #meet(): ReturnType<ParentLinks['meet']> {
    this.#wakened = false;
    const meeting = this.#metWith();
    this.#meeting = meeting;
    return meeting.finally(() => (this.#meeting = undefined));
  }
  async #metWith(): ReturnType<ParentLinks['meet']> {
    const { links, monotonic, store, clock, outbox } = this.#on;
    const met = await links.meet();
    if (met.met === 'nobody') {
      this.#misses += 1;
      return met;
    }
    this.#misses = 0;
    this.#metAt = monotonic();
    if (this.#metAt - this.#clockNotedAt >= CLOCK_NOTE_MS) {
      this.#clockNotedAt = this.#metAt;
      await store.note(CLOCK_NOTE, String(clock.now()));
    }
    const { bytes, snapshotBytes, files } = outbox.sizes();
    if (files > COMPACT_FILES || bytes > 2 * snapshotBytes + COMPACT_BYTES) await store.compact();
    return met;
  }
  #handOver(): Promise<boolean> {
    const handing = this.#on.handOver.toTheWard();
    this.#handing = handing;
    return handing.finally(() => (this.#handing = undefined));
  }
}

const zoneMin = (): number => -new Date().getTimezoneOffset();
