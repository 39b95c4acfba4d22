// Notices a link that is up and gets nowhere. Pure: the driver tells it what happened and when.
//
//   SY24  A queue, a peer that answers and no progress for `patienceMs`: the link is rebuilt, its record forgotten.
import type { Instant } from '../base/ports.ts';

export interface WatchState {
  /** Something was last taken in, handed over or found to be complete. */
  readonly progressAt: Instant;
  /** The peer answered last. */
  readonly answeredAt: Instant;
  readonly rebuilds: number;
}
export type WatchEvent =
  | { readonly kind: 'answered'; readonly now: Instant }
  | { readonly kind: 'progress'; readonly now: Instant }
  /** `queue`: commits to hand over. */
  | { readonly kind: 'tick'; readonly now: Instant; readonly queue: number };

export const PATIENCE_MS = 5 * 60_000;

export const watchStart = (now: Instant): WatchState => ({ progressAt: now, answeredAt: 0, rebuilds: 0 });

/** `rebuild` is to be obeyed: tear down the connection, forget the link's record, begin with hello. */
export function watch(
  state: WatchState,
  event: WatchEvent,
  patienceMs: number = PATIENCE_MS,
): { readonly state: WatchState; readonly rebuild: boolean } {
  const { now } = event;
  if (event.kind !== 'tick') {
    const progressAt = event.kind === 'progress' ? now : state.progressAt;
    return { state: { ...state, progressAt, answeredAt: now }, rebuild: false };
  }
  // A clock that was put back must not silence it.
  if (event.queue === 0 || now < state.progressAt) return { state: { ...state, progressAt: now }, rebuild: false };
  const isWedged = now - state.progressAt >= patienceMs && state.answeredAt > state.progressAt;
  if (!isWedged) return { state, rebuild: false };
  return { state: { ...state, progressAt: now, rebuilds: state.rebuilds + 1 }, rebuild: true };
}
