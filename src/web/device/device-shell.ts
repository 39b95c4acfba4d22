// The device as screens hold it, whether anybody unlocked what is behind it or not.
//
//   BD5  While nothing is open it answers as a locked device: nothing of a patient, nothing written.
import { err } from '../../core/base/result.ts';
import type { Clock } from '../../core/base/ports.ts';
import type { Chart, Device, News, NotRead, Session, Status } from './device.ts';
import { LOCKED } from './not-saved.ts';
import type { Standing } from './status-board.ts';

const NOT_READ: NotRead = { kind: 'locked', text: LOCKED.text };
const NO_CHART: Chart = { patient: undefined, all: [], held: 'unknown', beyondReach: false };

export class DeviceShell implements Device {
  readonly #heard = new Set<(news: News) => void>();
  readonly #clock: Clock;
  readonly #lockNow: (why: 'idle' | 'person') => Promise<void>;
  #inside: Device | undefined;
  #deaf: (() => void) | undefined;
  #closed: Status;

  /** `lockNow`: takes what is inside away. */
  constructor(clock: Clock, build: string, lockNow: (why: 'idle' | 'person') => Promise<void>) {
    this.#clock = clock;
    this.#lockNow = lockNow;
    this.#closed = {
      session: { kind: 'none' },
      place: 'device',
      downtime: false,
      keeping: 'thin',
      site: '',
      now: clock.now(),
      own: { D0: 0, D1: 0, D1m: 0, D2: 0 },
      clock: { skewMs: null, suspect: false },
      conflicts: { S1: 0, S2: 0 },
      wards: [],
      elsewhere: false,
      troubles: [],
      build,
    };
  }

  /** What is behind it from now on; undefined: nothing is open. */
  put(inside: Device | undefined): void {
    this.#deaf?.();
    this.#inside = inside;
    this.#deaf = inside?.listen((news) => this.#tell(news));
    this.#tell({ what: 'status' });
    this.#tell({ what: 'record', patients: 'all' });
  }
  /** What is said of it while nothing is open. */
  stands(at: Omit<Standing, 'filling'> & { readonly session?: Session; readonly elsewhere?: boolean }): void {
    this.#closed = { ...this.#closed, ...at, now: this.#clock.now() };
    if (this.#inside === undefined) this.#tell({ what: 'status' });
  }

  status(): Status {
    return this.#inside?.status() ?? this.#closed;
  }
  listen(heard: (news: News) => void): () => void {
    const own = (news: News): void => heard(news);
    this.#heard.add(own);
    return () => void this.#heard.delete(own);
  }
  async read(keys: Parameters<Device['read']>[0]): ReturnType<Device['read']> {
    return this.#inside?.read(keys) ?? keys.map(() => undefined);
  }
  async search(query: string, after?: string): ReturnType<Device['search']> {
    return this.#inside?.search(query, after) ?? err(NOT_READ);
  }
  async chart(patient: string): Promise<Chart> {
    return this.#inside?.chart(patient) ?? NO_CHART;
  }
  async history(key: Parameters<Device['history']>[0]): ReturnType<Device['history']> {
    return this.#inside?.history(key) ?? [];
  }
  async conflicts(): ReturnType<Device['conflicts']> {
    return this.#inside?.conflicts() ?? [];
  }
  async save(changes: Parameters<Device['save']>[0]): ReturnType<Device['save']> {
    return this.#inside?.save(changes) ?? err(LOCKED);
  }
  async saveTogether(entries: Parameters<Device['saveTogether']>[0]): ReturnType<Device['saveTogether']> {
    return this.#inside?.saveTogether(entries) ?? err(LOCKED);
  }
  async resolve(...asked: Parameters<Device['resolve']>): ReturnType<Device['resolve']> {
    return this.#inside?.resolve(...asked) ?? err(LOCKED);
  }
  async takeCustody(...asked: Parameters<Device['takeCustody']>): ReturnType<Device['takeCustody']> {
    return this.#inside?.takeCustody(...asked) ?? err(LOCKED);
  }
  async breakGlass(patient: string, reason: string): ReturnType<Device['breakGlass']> {
    return this.#inside?.breakGlass(patient, reason) ?? err(LOCKED);
  }
  safetyOf(commit: Parameters<Device['safetyOf']>[0]): ReturnType<Device['safetyOf']> {
    return this.#inside?.safetyOf(commit) ?? 'D0';
  }
  async printed(patients: readonly string[], what: string): Promise<void> {
    await this.#inside?.printed(patients, what);
  }
  async keepWards(wards: readonly string[]): Promise<void> {
    await this.#inside?.keepWards(wards);
  }
  async syncNow(): Promise<void> {
    await this.#inside?.syncNow();
  }
  async drafts(): ReturnType<Device['drafts']> {
    return this.#inside?.drafts() ?? [];
  }
  async putDraft(name: string, value: string): Promise<void> {
    await this.#inside?.putDraft(name, value);
  }
  async lock(why: 'idle' | 'person'): Promise<void> {
    if (this.#inside !== undefined) await this.#lockNow(why);
  }

  #tell(news: News): void {
    for (const heard of this.#heard) heard(news);
  }
}
