// What changed, told to screens in batches: a meeting that brings a thousand resources is one piece of news.
import type { News } from './device.ts';

const SOON_MS = 20;
/** More are told as all. */
const PATIENTS_MAX = 200;

export class NewsDesk {
  readonly #heard = new Set<(news: News) => void>();
  readonly #homes = new Set<string>();
  readonly #before: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `before`: called when the record changed, before anybody is told. */
  constructor(before: () => void) {
    this.#before = before;
  }

  listen(heard: (news: News) => void): () => void {
    // Each its own, also where the same function listens twice.
    const own = (news: News): void => heard(news);
    this.#heard.add(own);
    return () => void this.#heard.delete(own);
  }
  tell(news: News): void {
    for (const heard of this.#heard) heard(news);
  }
  /** `home`: `Patient/1`, '' for what is no patient's. */
  touched(home: string): void {
    this.#homes.add(home);
    this.#timer ??= setTimeout(() => this.#flush(), SOON_MS);
  }
  /** Another person, or nobody: all is to be read again. */
  everything(): void {
    this.#homes.clear();
    this.tell({ what: 'record', patients: 'all' });
  }
  close(): void {
    clearTimeout(this.#timer);
    this.#heard.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const patients = [...this.#homes].filter((home) => home !== '').map((home) => home.slice('Patient/'.length));
    this.#homes.clear();
    this.#before();
    this.tell({ what: 'record', patients: patients.length > PATIENTS_MAX ? 'all' : patients });
  }
}
