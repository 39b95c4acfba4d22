// How the device stands, as one object that stays the same until something of it changes.
//
//   BD6  What is told of safety is never more than what others last said; counts are of this device's own commits.
import { installOf } from '../../core/record/scope.ts';
import type { Visibility } from '../../core/record/store.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { Place, Session, Status, Trouble } from './device.ts';
import type { NewsDesk } from './news-desk.ts';

export interface BoardOptions {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly node: string;
  readonly news: NewsDesk;
  readonly fixed: Pick<Status, 'keeping' | 'site' | 'siteCode' | 'build'>;
  readonly session: () => Session;
  readonly visible: () => Visibility | undefined;
}

const NO_CONFLICTS: Status['conflicts'] = { S1: 0, S2: 0 };
const TICK_MS = 10_000;
const SOON_MS = 20;

export class StatusBoard {
  readonly #options: BoardOptions;
  readonly #troubles = new Set<Trouble>();
  readonly #ticking: ReturnType<typeof setInterval>;
  #place: Place = 'device';
  #downtime = false;
  #filling: Status['filling'];
  #elsewhere = false;
  #fixed: Partial<Pick<Status, 'keeping' | 'site' | 'siteCode'>> = {};
  #conflicts: Status['conflicts'] = NO_CONFLICTS;
  /** What the conflicts were counted at: of whom, and of which edition. */
  #counted: { readonly edition: number; readonly visible: Visibility | undefined } | undefined;
  #status: Status | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#ticking = setInterval(() => this.look(), TICK_MS);
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
  stands(at: {
    readonly place?: Place;
    readonly downtime?: boolean;
    readonly filling?: Status['filling'] | null;
  }): void {
    this.#place = at.place ?? this.#place;
    this.#downtime = at.downtime ?? this.#downtime;
    if (at.filling !== undefined) this.#filling = at.filling ?? undefined;
    this.#change();
  }
  elsewhere(isElsewhere: boolean): void {
    this.#elsewhere = isElsewhere;
    this.#change();
  }
  known(fixed: Partial<Pick<Status, 'keeping' | 'site' | 'siteCode'>>): void {
    this.#fixed = { ...this.#fixed, ...fixed };
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
  #change(): void {
    const before = this.#status;
    const made = this.#made();
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(made)) return;
    const hasMoved =
      before !== undefined && JSON.stringify([before.own, before.asOf]) !== JSON.stringify([made.own, made.asOf]);
    this.#status = made;
    const { news } = this.#options;
    news.tell({ what: 'status' });
    if (hasMoved) news.tell({ what: 'safety' });
  }

  #made(): Status {
    const { store, clock, fixed, session } = this.#options;
    const below = (least: 'D1' | 'D1m' | 'D2' | 'D3'): number =>
      this.#own(least).reduce((sum, { from, to }) => sum + to + 1 - from, 0);
    const [D0, D1, D1m, D2] = [below('D1'), below('D1m'), below('D2'), below('D3')];
    const ages = this.#own('D1').flatMap(({ origin, from }) => store.receivedAt(origin, from) ?? []);
    const { ms, suspect } = clock.skew();
    const asOf = Number(store.noted('as-of') ?? '0');
    const troubles = [...this.#troubles, ...(suspect ? (['clock-suspect'] as const) : [])].toSorted();
    return {
      session: session(),
      place: this.#place,
      downtime: this.#downtime,
      ...fixed,
      ...this.#fixed,
      now: clock.now(),
      ...(asOf === 0 ? {} : { asOf }),
      own: { D0, D1: D1 - D0, D1m: D1m - D1, D2: D2 - D1m },
      ...(ages.length === 0 ? {} : { oldestUnsentAt: Math.min(...ages) }),
      clock: { skewMs: ms, suspect },
      conflicts: session().kind === 'open' ? this.#conflicts : NO_CONFLICTS,
      wards: wardsIn(store.noted('wards')),
      ...(this.#filling === undefined ? {} : { filling: this.#filling }),
      elsewhere: this.#elsewhere,
      troubles,
    };
  }
  #own(least: 'D1' | 'D1m' | 'D2' | 'D3'): ReturnType<MemorySyncStore['below']> {
    const { store, node } = this.#options;
    return store.below(least).filter(({ origin }) => installOf(origin) === node);
  }
}

const wardsIn = (note: string | undefined): readonly string[] =>
  note === undefined ? [] : (JSON.parse(note) as string[]);
