// How the machines of this room act on the world: they do not. They yield what they need, a driver does it and passes the answer
// in. A driver that drops a machine half-way has crashed it; nothing is kept but what the store wrote.
import type { Reply, Request } from './messages.ts';
import type { Awaitable, SyncReads, SyncStore } from './ports.ts';

export type Effect =
  | { readonly kind: 'read'; readonly run: (store: SyncReads) => Awaitable<unknown> }
  /** The answer is passed in when the disk has it, not before (SY1). */
  | { readonly kind: 'write'; readonly run: (store: SyncStore) => Awaitable<unknown> }
  /** `version`: the protocol's, in which the request is printed. */
  | { readonly kind: 'ask'; readonly request: Request; readonly version: number };

export type Machine<T> = Generator<Effect, T, unknown>;

export function* read<T>(run: (store: SyncReads) => Awaitable<T>): Machine<T> {
  return (yield { kind: 'read', run }) as T;
}
export function* write<T>(run: (store: SyncStore) => Awaitable<T>): Machine<T> {
  return (yield { kind: 'write', run }) as T;
}
export function* ask(request: Request, version: number): Machine<Reply> {
  return (yield { kind: 'ask', request, version }) as Reply;
}
