// Carries out what the machines of the protocol ask for: reads and writes on a store, exchanges with a peer.
//
//   1. A machine that is dropped half-way has lost nothing: the store wrote what counts (SY3, SY16).
import { ok, type Result } from '../base/result.ts';
import type { Effect, Machine } from './effects.ts';
import type { Reply, Request } from './messages.ts';
import type { SyncStore } from './ports.ts';

/** An exchange that failed ends the machine; the error is the driver's answer. */
export type Ask<E> = (request: Request) => Promise<Result<Reply, E>>;

/** Runs a machine to its end, or to the first exchange that fails. A store that throws ends it with that. */
export async function driveMachine<T, E>(machine: Machine<T>, store: SyncStore, ask: Ask<E>): Promise<Result<T, E>> {
  let step = machine.next();
  while (step.done !== true) {
    const effect: Effect = step.value;
    if (effect.kind === 'ask') {
      const reply = await ask(effect.request);
      if (!reply.ok) return reply;
      step = machine.next(reply.value);
    } else {
      step = machine.next(await effect.run(store));
    }
  }
  return ok(step.value);
}
