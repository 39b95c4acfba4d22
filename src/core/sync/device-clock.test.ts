import { expect, test } from 'vitest';
import { deviceClock, SUSPECT_MS } from './device-clock.ts';

const DAY = 24 * 3_600_000;
const TODAY = Date.UTC(2026, 10, 23);

test('[DV14] once a parent told its time, a wall clock that jumps moves nothing', () => {
  let [wall, elapsed] = [TODAY, 0];
  const clock = deviceClock({ now: () => wall }, () => elapsed, 0);
  expect(clock.now()).toBe(TODAY);
  expect(clock.skew()).toEqual({ ms: null, suspect: false });
  clock.measured(5_000);
  expect(clock.now()).toBe(TODAY + 5_000);
  expect(clock.skew()).toEqual({ ms: -5_000, suspect: false });
  wall += 20 * 365 * DAY;
  elapsed += 1_000;
  expect(clock.now()).toBe(TODAY + 6_000);
  expect(clock.skew()).toMatchObject({ suspect: true });
  wall = 0;
  expect(clock.now()).toBe(TODAY + 6_000);
  expect(clock.skew()).toEqual({ ms: -TODAY - 6_000, suspect: true });
});

test('[DV15] without a parent, what cannot be right by what was written before is doubtful, and time goes on from that', () => {
  for (const [wall, suspect] of [
    [TODAY - 3 * 60_000, true],
    [TODAY - 60_000, false],
    [TODAY + 30 * DAY, false],
    [TODAY + 40 * DAY, true],
    [TODAY + 3650 * DAY, true],
    [Date.UTC(2010, 0, 1), true],
  ] as const) {
    let elapsed = 100;
    const clock = deviceClock({ now: () => wall }, () => elapsed, TODAY);
    elapsed += 7;
    expect(clock.skew(), String(wall)).toEqual({ ms: null, suspect });
    expect(clock.now()).toBe(suspect ? TODAY + 7 : wall);
    expect(clock.wall()).toBe(wall);
  }
});

test('[DV15] a quarter of an hour is the line', () => {
  const clock = deviceClock({ now: () => TODAY }, () => 0, 0);
  clock.measured(SUSPECT_MS);
  expect(clock.skew().suspect).toBe(false);
  clock.measured(-SUSPECT_MS - 1);
  expect(clock.skew()).toEqual({ ms: SUSPECT_MS + 1, suspect: true });
});
