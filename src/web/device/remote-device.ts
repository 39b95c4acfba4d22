// The device as a page has it whose record is held in a worker, or in another tab.
//
//   BD33  Reads of a host that went are asked again of the next; a write is never repeated by itself: it may have been done.
import { err, type Result } from '../../core/base/result.ts';
import type { Durability } from '../../core/sync/ports.ts';
import { Caller, HostGone, type Told, type Wire } from './calls.ts';
import { crossed, type CrossingChart } from './chart-wire.ts';
import type { Device, News, NotSaved, Saved, Status } from './device.ts';

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

  read(...asked: Parameters<Device['read']>): ReturnType<Device['read']> {
    return this.#look('read', asked);
  }
  search(...asked: Parameters<Device['search']>): ReturnType<Device['search']> {
    return this.#look('search', asked);
  }
  async chart(...asked: Parameters<Device['chart']>): ReturnType<Device['chart']> {
    return crossed(await this.#look<CrossingChart>('chart', asked));
  }
  history(...asked: Parameters<Device['history']>): ReturnType<Device['history']> {
    return this.#look('history', asked);
  }
  conflicts(): ReturnType<Device['conflicts']> {
    return this.#look('conflicts', []);
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
      const done = await this.caller.ask<Result<Saved, NotSaved>>(call, ...args);
      if (done.ok && done.value.commit !== undefined)
        this.#classes.set(`${done.value.commit.origin}:${done.value.commit.seq}`, done.value.safe);
      return done;
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
    if ('status' in told) this.#status = told.status;
    else if ('news' in told) {
      if (told.news.what === 'safety' && this.#classes.size > 0) void this.#askClasses([...this.#classes.keys()]);
      else this.#tell(told.news);
    } else this.#tell({ what: 'record', patients: 'all' });
  }
  #tell(news: News): void {
    for (const heard of this.#heard) heard(news);
  }
}
