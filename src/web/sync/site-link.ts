// The link of a browser to its site: when to meet, and what is told of how the meetings went.
//
//   idle ──a write, a want, focus, the network, the time──> meeting ──done──> idle
//                                                              └──nobody──> idle, for longer each time
//
//   BD23  A write, a look for somebody's record, the page coming to the front and the network coming back begin a meeting at once.
//   BD24  What is said of the site is what it said last, signed, or that it does not answer; a refusal is told and stops nothing.
import type { Instant } from '../../core/base/ports.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { LinkTrouble, ParentRecord } from '../../core/sync/link-words.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { Reply } from '../../core/sync/messages.ts';
import { ParentLinks, type LinkTransport } from '../../core/sync/parent-links.ts';
import type { BrowserPorts } from '../ports/browser-ports.ts';
import type { SiteNow } from './site-now.ts';

export interface LinkNews {
  /** `live`: the site answers and its region answers it; `site`: the site alone; `device`: nobody. */
  readonly place?: 'live' | 'site' | 'device';
  readonly downtime?: boolean;
  readonly site?: string;
  readonly siteCode?: string;
  /** The site told everything that it had, at that time. */
  readonly asOf?: Instant;
  /** Null: everything is here. */
  readonly filling?: { readonly done: number; readonly of: number } | null;
  /** The site does not take this device: retired, or unknown to it. */
  readonly isRefused?: boolean;
}
export interface SiteLinkOptions {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly ports: BrowserPorts;
  readonly parent: ParentRecord;
  readonly transport: LinkTransport;
  /** What the site says of itself; undefined: it does not answer. */
  readonly askNow: () => Promise<SiteNow | undefined>;
  readonly told: (news: LinkNews) => void;
  /** Everything that is on the disk is in the store. */
  readonly ready?: Promise<unknown>;
  /** Before each meeting: what waits for one is written. */
  readonly before?: () => Promise<void>;
  /** After a meeting that came to its end. */
  readonly after?: () => Promise<void>;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 5_000;
const HIDDEN_MS = 60_000;
const AWAY_MS_MAX = 15_000;
const NOW_MS = 10_000;
const SILENT_MS = 10_000;
const SOON_MS = 50;
const NOTHING_NEW = { done: 0, of: 0, isNew: false };
const REFUSED: ReadonlySet<LinkTrouble['kind']> = new Set(['retired', 'unknown-node']);

export class SiteLink {
  readonly #on: SiteLinkOptions;
  readonly #links: ParentLinks;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #meeting: Promise<void> | undefined;
  #isWakened = false;
  #isShown = true;
  #isClosed = false;
  #misses = 0;
  #progress = NOTHING_NEW;
  #region: SiteNow['region'] = 'none';
  #askedNowAt = Number.NEGATIVE_INFINITY;

  constructor(options: SiteLinkOptions) {
    this.#on = options;
    const { store, clock, ports, parent, transport } = options;
    this.#links = new ParentLinks({
      store,
      clock,
      monotonic: ports.monotonic,
      digest: ports.digest,
      parents: () => [{ name: parent.name, tier: parent.tier, transport }],
      silentMs: SILENT_MS,
      heard: (reply) => this.#heard(reply),
    });
  }

  start(): void {
    this.#later(0);
  }
  /** There is something to hand over, or somebody to look for. */
  wake(): void {
    this.#isWakened = true;
    if (this.#meeting === undefined && this.#misses === 0) this.#later(SOON_MS);
  }
  /** The page came to the front or the network came back: the site may answer now, whatever it did before. */
  hope(): void {
    this.#misses = 0;
    if (this.#meeting === undefined) this.#later(0);
  }
  /** Whether anybody looks at the page. */
  shown(isShown: boolean): void {
    const isNews = isShown && !this.#isShown;
    this.#isShown = isShown;
    if (isNews) this.hope();
  }
  /** One meeting; waits for one that is under way, and has another. */
  async meet(): Promise<void> {
    while (this.#meeting !== undefined) await this.#meeting;
    if (!this.#isClosed) await this.#begin();
  }
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#on.transport.reset();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#meetAndGoOn(), ms);
  }
  async #meetAndGoOn(): Promise<void> {
    await this.meet();
    const { intervalMs = INTERVAL_MS, ports } = this.#on;
    const away = Math.min(intervalMs * 2 ** Math.min(this.#misses, 8), Math.max(intervalMs, AWAY_MS_MAX));
    // A whole ward that comes back at once must not ask in one moment.
    const jitter = 0.75 + (ports.chance.bytes(1)[0] ?? 0) / 512;
    const isDue = this.#isWakened && this.#misses === 0;
    this.#later(isDue ? SOON_MS : Math.round((this.#isShown ? away : HIDDEN_MS) * jitter));
  }
  #begin(): Promise<void> {
    this.#isWakened = false;
    const meeting = this.#met().finally(() => (this.#meeting = undefined));
    this.#meeting = meeting;
    return meeting;
  }

  /** Never throws: what a full disk could not write down is asked for again. */
  async #met(): Promise<void> {
    const { ready, before, after, told, clock, ports } = this.#on;
    try {
      await ready;
      await before?.();
      const startedAt = ports.monotonic();
      this.#progress = NOTHING_NEW;
      const met = await this.#links.meet();
      if (this.#isClosed) return;
      if (met.met === 'nobody') {
        this.#misses += 1;
        // A site that is busy answers all the same.
        if (met.kind === 'busy') return;
        told({ place: 'device', isRefused: met.kind !== undefined && REFUSED.has(met.kind) });
        return;
      }
      this.#misses = 0;
      const asOf = clock.now() - Math.ceil(ports.monotonic() - startedAt);
      await this.#askNow();
      told({ place: this.#region === 'ok' ? 'live' : 'site', asOf, filling: null, isRefused: false });
      await after?.();
    } catch {
      this.#misses += 1;
    }
  }
  async #askNow(): Promise<void> {
    const { ports, askNow, told } = this.#on;
    if (ports.monotonic() - this.#askedNowAt < NOW_MS) return;
    this.#askedNowAt = ports.monotonic();
    const now = await askNow();
    if (now === undefined) return;
    this.#region = now.region;
    told({ downtime: now.downtime, site: now.site, ...(now.code === undefined ? {} : { siteCode: now.code }) });
  }
  /** How far a filling is, from the moment that something came which was not here: a comparison that finds nothing is none. */
  #heard(reply: Reply): void {
    if (reply.kind === 'ordered') this.#progress = { done: reply.done, of: reply.of, isNew: this.#progress.isNew };
    if (reply.kind === 'fetched' && reply.commits.length > 0) this.#progress = { ...this.#progress, isNew: true };
    const { done, of, isNew } = this.#progress;
    if (isNew && done < of && (reply.kind === 'ordered' || reply.kind === 'fetched'))
      this.#on.told({ filling: { done, of } });
  }
}
