// The device as a page has it whose record is held in a worker, or in another tab.
//
//   BD33  Reads of a host that went are asked again of the next; a write is never repeated by itself: it may have been done.
import type { ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Durability } from '../../core/sync/ports.ts';
import {
  WholeShown,
  type BareChart,
  type BareConflict,
  type BarePage,
  type BareSaved,
  type BareShown,
} from './bare-shown.ts';
import { Caller, HostGone, type Told, type Wire } from './calls.ts';
import type { Device, News, NotRead, NotSaved, Saved, Status } from './device.ts';

/** Whether it was written is not known: another tab had the record, and went. */
const UNKNOWN: NotSaved = {
  kind: 'contended',
  text: 'The tab that held the record was closed while this was being saved. Look whether it is there before you save it again.',
};
const WATCHED_MAX = 500;

export class RemoteDevice implements Device {
  readonly caller: Caller;
  readonly #heard = new Set<(news: News) => void>();
  /** Classes of commits that somebody asked about. */
  readonly #classes = new Map<string, Durability>();
  readonly #whole = new WholeShown();
  #status: Status;

  constructor(wire: Wire, status: Status) {
    this.#status = status;
    this.caller = new Caller(wire, (told) => this.#told(told));
  }

  /** Resolves when the host said how it stands. */
  async begin(): Promise<void> {
    const status = await this.#look<Status>('status', []);
    this.#told({ status });
    this.#tell({ what: 'status' });
  }
  status(): Status {
    return this.#status;
  }
  listen(heard: (news: News) => void): () => void {
    const own = (news: News): void => heard(news);
    this.#heard.add(own);
    return () => void this.#heard.delete(own);
  }

  async read(...asked: Parameters<Device['read']>): ReturnType<Device['read']> {
    return this.#whole.each(await this.#look<readonly (BareShown | undefined)[]>('read', asked));
  }
  async search(...asked: Parameters<Device['search']>): ReturnType<Device['search']> {
    const page = await this.#look<Result<BarePage, NotRead>>('search', asked);
    if (!page.ok) return page;
    const found = page.value.found.map((one) => ({ ...this.#whole.of(one), mode: one.mode }));
    return ok({ ...page.value, found });
  }
  async chart(...asked: Parameters<Device['chart']>): ReturnType<Device['chart']> {
    return this.#whole.chart(await this.#look<BareChart>('chart', asked));
  }
  /** Versions of one resource: none is the one that is shown elsewhere. */
  async history(...asked: Parameters<Device['history']>): ReturnType<Device['history']> {
    const found = await this.#look<readonly BareShown[]>('history', asked);
    return found.map((one) => ({ ...one, resource: JSON.parse(one.text) as ResourceJson }));
  }
  async conflicts(): ReturnType<Device['conflicts']> {
    const found = await this.#look<readonly BareConflict[]>('conflicts', []);
    return found.map((one) => ({ ...one, shown: this.#whole.of(one.shown) }));
  }
  drafts(): ReturnType<Device['drafts']> {
    return this.#look('drafts', []);
  }
  save(...asked: Parameters<Device['save']>): ReturnType<Device['save']> {
    return this.#write('save', asked);
  }
  saveTogether(...asked: Parameters<Device['saveTogether']>): ReturnType<Device['saveTogether']> {
    return this.#write('saveTogether', asked);
  }
  resolve(...asked: Parameters<Device['resolve']>): ReturnType<Device['resolve']> {
    return this.#write('resolve', asked);
  }
  takeCustody(...asked: Parameters<Device['takeCustody']>): ReturnType<Device['takeCustody']> {
    return this.#write('takeCustody', asked);
  }
  breakGlass(...asked: Parameters<Device['breakGlass']>): ReturnType<Device['breakGlass']> {
    return this.#write('breakGlass', asked);
  }
  safetyOf(commit: Parameters<Device['safetyOf']>[0]): Durability {
    const place = `${commit.origin}:${commit.seq}`;
    const known = this.#classes.get(place);
    if (known === undefined) {
      if (this.#classes.size >= WATCHED_MAX) this.#classes.clear();
      this.#classes.set(place, 'D0');
      void this.#askClasses([place]);
    }
    return known ?? 'D0';
  }
  printed(...asked: Parameters<Device['printed']>): Promise<void> {
    return this.#look('printed', asked);
  }
  keepWards(...asked: Parameters<Device['keepWards']>): Promise<void> {
    return this.#look('keepWards', asked);
  }
  syncNow(): Promise<void> {
    return this.#look('syncNow', []);
  }
  putDraft(...asked: Parameters<Device['putDraft']>): Promise<void> {
    return this.#look('putDraft', asked);
  }
  lock(...asked: Parameters<Device['lock']>): Promise<void> {
    return this.#look('lock', asked);
  }

  /** What comes to the same however often it is asked. */
  async #look<T>(call: string, args: readonly unknown[]): Promise<T> {
    for (;;) {
      try {
        return await this.caller.ask<T>(call, ...args);
      } catch (error) {
        if (!(error instanceof HostGone)) throw error;
      }
    }
  }
  async #write(call: string, args: readonly unknown[]): Promise<Result<Saved, NotSaved>> {
    try {
      const done = await this.caller.ask<Result<BareSaved, NotSaved>>(call, ...args);
      if (!done.ok) return done;
      const { commit, safe, shown } = done.value;
      if (commit !== undefined) this.#classes.set(`${commit.origin}:${commit.seq}`, safe);
      return ok({ ...done.value, shown: this.#whole.each(shown) });
    } catch (error) {
      if (error instanceof HostGone) return err(UNKNOWN);
      throw error;
    }
  }
  async #askClasses(places: readonly string[]): Promise<void> {
    const asked = places.map((place) => {
      const at = place.lastIndexOf(':');
      return { origin: place.slice(0, at), seq: Number(place.slice(at + 1)) };
    });
    const classes = await this.#look<readonly Durability[]>('safeties', [asked]);
    let isNew = false;
    for (const [i, place] of places.entries()) {
      const found = classes[i];
      if (found === undefined || this.#classes.get(place) === found) continue;
      this.#classes.set(place, found);
      isNew = true;
    }
    if (isNew) this.#tell({ what: 'safety' });
  }
  #told(told: Told): void {
    if ('status' in told) {
      this.#status = told.status;
      if (told.status.session.kind !== 'open') this.#whole.forget();
    } else if ('news' in told) {
      if (told.news.what === 'safety' && this.#classes.size > 0) void this.#askClasses([...this.#classes.keys()]);
      else this.#tell(told.news);
    } else this.#tell({ what: 'record', patients: 'all' });
  }
  #tell(news: News): void {
    for (const heard of this.#heard) heard(news);
  }
}
