// Calls between a page and the host of its device, as messages of plain data: what is asked, what is answered, and what is told unasked.
//
//   page ──{id, call, args}──> host        host ──{id, value} or {id, error}──> page        host ──{status}, {news}──> page
//
//   BD33  Whatever crosses is plain data. An answer goes to whoever asked; a host that is gone answers nothing for ever, and whoever
//         waits is told so.
import type { News, Status } from './device.ts';

/** Something that carries messages of plain data, in order. */
export interface Wire {
  post(message: unknown): void;
  listen(heard: (message: unknown) => void): void;
}

interface Asked {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}
interface Answered {
  readonly id: number;
  readonly value?: unknown;
  /** Why it threw, by name: never what it was about. */
  readonly error?: string;
}
export type Told =
  | { readonly status: Status }
  | { readonly news: News }
  /** Who held the record is gone: what was asked and not answered may have been done, or not. */
  | { readonly gone: true };

export class HostGone extends Error {
  override readonly name = 'HostGone';
}

/** Host: what may be called, by name. */
export type Served = Readonly<Record<string, (...args: never[]) => unknown>>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Answers what comes over `wire`. The answer tells others. */
export function serveCalls(served: Served, wire: Wire): (told: Told) => void {
  wire.listen((message) => {
    if (!isRecord(message) || typeof message['call'] !== 'string' || typeof message['id'] !== 'number') return;
    const { id, call, args } = message as unknown as Asked;
    const act = Object.hasOwn(served, call) ? served[call] : undefined;
    const answer = async (): Promise<void> => {
      try {
        if (act === undefined) throw new Error('there is no such call');
        const value = await (act as (...given: readonly unknown[]) => unknown)(...args);
        wire.post({ id, value } satisfies Answered);
      } catch (error) {
        wire.post({
          id,
          error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
        } satisfies Answered);
      }
    };
    void answer();
  });
  return (told) => wire.post(told);
}

/** Page: asks over `wire`, hears what is told. */
export class Caller {
  readonly #wire: Wire;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(wire: Wire, told: (told: Told) => void) {
    this.#wire = wire;
    wire.listen((message) => {
      if (!isRecord(message)) return;
      if (typeof message['id'] === 'number' && !('call' in message)) this.#answered(message as unknown as Answered);
      else if ('gone' in message) {
        this.abandon();
        told({ gone: true });
      } else if ('status' in message || 'news' in message) told(message as unknown as Told);
    });
  }

  ask<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    const id = (this.#last += 1);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#wire.post({ id, call, args } satisfies Asked);
    });
  }
  /** Whoever waits is told that nobody will answer. */
  abandon(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new HostGone('the record is held elsewhere now'));
  }

  #answered({ id, value, error }: Answered): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
