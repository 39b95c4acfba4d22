import { expect, test } from 'vitest';
import { PATIENCE_MS, watch, watchStart, type WatchEvent, type WatchState } from './watchdog.ts';

/** The instants at which it wants the link rebuilt. */
function rebuilds(events: readonly WatchEvent[]): readonly number[] {
  let state: WatchState = watchStart(0);
  return events.flatMap((event) => {
    const next = watch(state, event);
    state = next.state;
    return next.rebuild ? [event.now] : [];
  });
}
const minute = 60_000;
const ticks = (count: number, queue: number, isAnswering: boolean): readonly WatchEvent[] =>
  Array.from({ length: count }, (_, i): WatchEvent[] => [
    ...(isAnswering ? [{ kind: 'answered', now: (i + 1) * minute } as const] : []),
    { kind: 'tick', now: (i + 1) * minute, queue },
  ]).flat();

test('[SY24] a peer that answers while nothing moves: rebuilt, once in each span of patience', () =>
  expect(rebuilds(ticks(11, 3, true))).toEqual([PATIENCE_MS, 2 * PATIENCE_MS]));
test('[SY24] an empty queue, a peer that is away and progress are no reasons', () => {
  expect(rebuilds(ticks(30, 0, true))).toEqual([]);
  expect(rebuilds(ticks(30, 3, false))).toEqual([]);
  const moving = ticks(30, 3, true).flatMap((event): WatchEvent[] => [{ kind: 'progress', now: event.now }, event]);
  expect(rebuilds(moving)).toEqual([]);
});
test('[SY24] a clock that was put back delays it by one span', () => {
  const events: WatchEvent[] = [
    { kind: 'progress', now: 10 * PATIENCE_MS },
    { kind: 'tick', now: 5, queue: 1 },
    { kind: 'answered', now: 6 },
    { kind: 'tick', now: 5 + PATIENCE_MS, queue: 1 },
  ];
  expect(rebuilds(events)).toEqual([5 + PATIENCE_MS]);
});
