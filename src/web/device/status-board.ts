// How the device stands, as one object that stays the same until something of it changes.
//
//   BD6  What is told of safety is never more than what others last said; counts are of this device's own commits.
import { readBatchBody } from '../../core/access/batch-body.ts';
import type { Instant } from '../../core/base/ports.ts';
import { installOf } from '../../core/record/scope.ts';
import type { Visibility } from '../../core/record/store.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { Keeping, Place, Session, Status, Trouble } from './device.ts';
import type { NewsDesk } from './news-desk.ts';

export interface BoardOptions {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly node: string;
  readonly news: NewsDesk;
  readonly fixed: Pick<Status, 'keeping' | 'site' | 'siteCode' | 'self' | 'build'>;
  readonly session: () => Session;
  readonly visible: () => Visibility | undefined;
}

const NO_CONFLICTS: Status['conflicts'] = { S1: 0, S2: 0 };
/** Commits that are remembered. */
const WRITTEN_MAX = 20_000;
const TICK_MS = 10_000;
const SOON_MS = 20;

/** What is told of the device from outside; what is absent stays as it was. */
export interface Standing {
  readonly place?: Place;
  readonly downtime?: boolean;
  /** Null: everything is here. */
  readonly filling?: Status['filling'] | null;
  readonly asOf?: Instant;
  readonly site?: string;
  readonly siteCode?: string;
  readonly keeping?: Keeping;
}

export class StatusBoard {
  readonly #options: BoardOptions;
  readonly #troubles = new Set<Trouble>();
  readonly #ticking: ReturnType<typeof setInterval>;
  #place: Place = 'device';
  #downtime = false;
  #asOf: Instant | undefined;
  #filling: Status['filling'];
  #elsewhere = false;
  #fixed: Partial<Pick<Status, 'keeping' | 'site' | 'siteCode'>> = {};
  #conflicts: Status['conflicts'] = NO_CONFLICTS;
  /** What the conflicts were counted at: of whom, and of which edition. */
  #counted: { readonly edition: number; readonly visible: Visibility | undefined } | undefined;
  #status: Status | undefined;
  /** Of commits of this device: when they were written; undefined for batches of the audit. */
  readonly #written = new Map<string, { readonly at: Instant | undefined }>();
  #soon: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#ticking = setInterval(() => this.#change(true), TICK_MS);
  }

  status(): Status {
    return (this.#status ??= this.#made());
  }
  /** Something may have changed: looked at soon, once for many. */
  look(): void {
    if (!this.#isClosed) this.#soon ??= setTimeout(() => void this.#look(), SOON_MS);
  }
  /** At once: who is in, and what was just written. */
  now(): void {
    this.#change();
    this.look();
  }
  trouble(trouble: Trouble, isThere: boolean): void {
    if (this.#troubles.has(trouble) === isThere) return;
    if (isThere) this.#troubles.add(trouble);
    else this.#troubles.delete(trouble);
    this.#change();
  }
  stands(at: Standing): void {
    const { place, downtime, filling, asOf, site, siteCode, keeping } = at;
    this.#place = place ?? this.#place;
    this.#downtime = downtime ?? this.#downtime;
    this.#asOf = asOf ?? this.#asOf;
    if (filling !== undefined) this.#filling = filling ?? undefined;
    this.#fixed = {
      ...this.#fixed,
      ...(site === undefined ? {} : { site }),
      ...(siteCode === undefined ? {} : { siteCode }),
      ...(keeping === undefined ? {} : { keeping }),
    };
    this.#change();
  }
  elsewhere(isElsewhere: boolean): void {
    this.#elsewhere = isElsewhere;
    this.#change();
  }
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    clearTimeout(this.#soon);
  }

  async #look(): Promise<void> {
    this.#soon = undefined;
    const { store, visible } = this.#options;
    const now = { edition: store.record.edition, visible: visible() };
    if (this.#counted?.edition !== now.edition || this.#counted.visible !== now.visible) {
      this.#counted = now;
      const count = async (severity: 'S1' | 'S2'): Promise<number> =>
        now.visible === undefined
          ? 0
          : (await store.conflicts({ severity, order: 'worst', count: 1 }, now.visible)).total;
      this.#conflicts = { S1: await count('S1'), S2: await count('S2') };
    }
    if (!this.#isClosed) this.#change();
  }
  /** That time went on is told now and then, not with everything that was looked at. */
  #change(isTick = false): void {
    const before = this.#status;
    const made = this.#made();
    const isSame = before !== undefined && JSON.stringify({ ...before, now: made.now }) === JSON.stringify(made);
    if (isSame && !isTick) return;
    const hasMoved =
      before !== undefined && JSON.stringify([before.own, before.asOf]) !== JSON.stringify([made.own, made.asOf]);
    this.#status = made;
    const { news } = this.#options;
    news.tell({ what: 'status' });
    if (hasMoved) news.tell({ what: 'safety' });
  }

  #made(): Status {
    const { store, clock, fixed, session } = this.#options;
    const [D0, D1, D1m, D2] = [this.#own('D1'), this.#own('D1m'), this.#own('D2'), this.#own('D3')];
    const [oldest] = D0.toSorted((a, b) => a - b);
    const { ms, suspect } = clock.skew();
    const asOf = this.#asOf ?? Number(store.noted('as-of') ?? '0');
    const troubles = [...this.#troubles, ...(suspect ? (['clock-suspect'] as const) : [])].toSorted();
    return {
      session: session(),
      place: this.#place,
      downtime: this.#downtime,
      ...fixed,
      ...this.#fixed,
      now: clock.now(),
      ...(asOf === 0 ? {} : { asOf }),
      own: {
        D0: D0.length,
        D1: D1.length - D0.length,
        D1m: D1m.length - D1.length,
        D2: D2.length - D1m.length,
      },
      ...(oldest === undefined ? {} : { oldestUnsentAt: oldest }),
      clock: { skewMs: ms, suspect },
      conflicts: session().kind === 'open' ? this.#conflicts : NO_CONFLICTS,
      wards: wardsIn(store.noted('wards')),
      ...(this.#filling === undefined ? {} : { filling: this.#filling }),
      elsewhere: this.#elsewhere,
      troubles,
    };
  }
  /** When each was written of what people wrote here and nobody is known to hold at `least`; the audit's batches are not counted. */
  #own(least: 'D1' | 'D1m' | 'D2' | 'D3'): readonly Instant[] {
    const { store, node } = this.#options;
    const times: Instant[] = [];
    for (const { origin, from, to } of store.below(least)) {
      if (installOf(origin) !== node) continue;
      for (let seq = from; seq <= to; seq++) {
        const at = this.#writtenAt(origin, seq);
        if (at !== undefined) times.push(at);
      }
    }
    return times;
  }
  #writtenAt(origin: string, seq: number): Instant | undefined {
    const { store } = this.#options;
    const place = `${origin}:${seq}`;
    const known = this.#written.get(place);
    if (known !== undefined) return known.at;
    const commit = store.commitAt(origin, seq);
    const isAudit =
      commit?.revisions.every(({ text }) => text !== undefined && readBatchBody(text) !== undefined) ?? false;
    const at = isAudit ? undefined : (store.receivedAt(origin, seq) ?? 0);
    if (this.#written.size >= WRITTEN_MAX) this.#written.clear();
    this.#written.set(place, { at });
    return at;
  }
}

const wardsIn = (note: string | undefined): readonly string[] =>
  note === undefined ? [] : (JSON.parse(note) as string[]);
