// Numbers given by nodes that are killed, restored from old copies, cloned, and whose clocks are wrong.
import { describe, expect, test } from 'vitest';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import { readNumber } from '../../core/care/identity/number-text.ts';
import type { Series } from '../../core/care/identity/number-series.ts';
import { copyOfNumberDisk, emptyNumberDisk, memoryNumberRows, type NumberDisk } from '../ports/memory-number-rows.ts';
import { issueNumbers, type NumberSource } from './issue-numbers.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_123);
const T0 = Date.UTC(2026, 10, 23, 6);

function chanceOf(seed: number): Chance & { real(): number } {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff), real: () => next() / 2 ** 32 };
}

/** A node over `disk`, started now. */
function start(disk: NumberDisk, clock: Clock, chance: Chance, siteCode = 'KIS'): NumberSource {
  const incarnation = [...chance.bytes(8)].join('.');
  return { rows: memoryNumberRows(disk), clock, chance, node: { siteCode, incarnation, startedAt: clock.now() } };
}
const give = (source: NumberSource, count: number, series: Series = 'patient'): Promise<readonly string[]> =>
  issueNumbers(series, count, source);

class Given {
  readonly all = new Set<string>();
  count = 0;
  add(numbers: readonly string[]): void {
    for (const number of numbers) this.all.add(number);
    this.count += numbers.length;
  }
  get twice(): number {
    return this.count - this.all.size;
  }
}

describe('numbers that are given once', () => {
  test(`[ID5] starts, kills, restores of old copies: a thousand histories, no number twice (seed ${SEED})`, async () => {
    const chance = chanceOf(SEED);
    let restores = 0;
    for (let history = 0; history < 1_000; history++) {
      let now: Instant = T0;
      const clock: Clock = { now: () => now };
      const given = new Given();
      let disk = emptyNumberDisk();
      const copies: NumberDisk[] = [];
      for (let life = 0; life < 6; life++) {
        // One lane for all: what keeps lives apart here is the clock, not the draw.
        const source = start(disk, clock, {
          bytes: (count) => (count === 2 ? new Uint8Array([1, life % 2]) : chance.bytes(count)),
        });
        now += 1_000;
        for (let i = 0; i < 4; i++) {
          given.add(await give(source, 1 + Math.floor(chance.real() * 12)));
          now += Math.floor(chance.real() * 10_000);
          if (chance.real() < 0.3) copies.push(copyOfNumberDisk(disk));
        }
        now += 10;
        const old = copies[Math.floor(chance.real() * copies.length)];
        if (chance.real() < 0.5 && old !== undefined) {
          restores++;
          disk = copyOfNumberDisk(old);
        }
      }
      expect(given.twice, `history ${history}`).toBe(0);
    }
    expect(restores).toBeGreaterThan(500);
  }, 60_000);

  test('[ID4] a restored copy whose clock was set back, and clones that run at once, share no lane', async () => {
    const chance = chanceOf(SEED + 1);
    let now: Instant = T0;
    const clock: Clock = { now: () => now };
    const disk = emptyNumberDisk();
    const first = start(disk, clock, chance);
    const given = new Given();
    now += 5_000;
    given.add(await give(first, 50));
    const copy = copyOfNumberDisk(disk);
    given.add(await give(first, 100));
    // The copy starts at the very moment at which the first did.
    now = T0;
    const clones = [copy, copyOfNumberDisk(copy), copyOfNumberDisk(copy)].map((each) => start(each, clock, chance));
    now += 5_000;
    for (const clone of [...clones, ...clones]) given.add(await give(clone, 100));
    expect(given.twice).toBe(0);
    // The printed lane says which incarnation gave it.
    const lanes = new Set([...given.all].map((number) => readNumber(number)?.parts.lane));
    expect(lanes.size).toBeGreaterThanOrEqual(4);
  });

  test('[ID9] a clock that is set back, or stands still, stops nothing and gives nothing twice', async () => {
    const chance = chanceOf(SEED + 2);
    let now: Instant = T0;
    const clock: Clock = { now: () => now };
    const source = start(emptyNumberDisk(), clock, chance);
    const given = new Given();
    given.add(await give(source, 500));
    now -= 86_400_000;
    given.add(await give(source, 500));
    now = Date.UTC(2010, 0, 1);
    given.add(await give(source, 5_000));
    now = T0 + 1;
    given.add(await give(source, 500));
    expect(given.twice).toBe(0);
    expect(given.count).toBe(6_500);
  });

  test('[ID5] five sites apart for seven days, a million numbers of several processes each: none twice (DT25)', async () => {
    const chance = chanceOf(SEED + 3);
    let now: Instant = T0;
    const clock: Clock = { now: () => now };
    const given = new Given();
    const nodes = ['KIS', 'MBA', 'GUL', 'ARU', 'LIR'].map((code) => {
      const disk = emptyNumberDisk();
      const one = start(disk, clock, chance, code);
      return [one, { ...one, rows: memoryNumberRows(disk) }];
    });
    for (let hour = 0; hour < 7 * 24; hour++) {
      now += 3_600_000;
      for (const processes of nodes) for (const each of processes) given.add(await give(each, 596));
    }
    expect(given.count).toBeGreaterThan(1_000_000);
    expect(given.twice).toBe(0);
  }, 60_000);

  test('[ID7] series never share a number, and lanes that are all known are used again from where they ended', async () => {
    const chance = chanceOf(SEED + 4);
    let now: Instant = T0;
    const clock: Clock = { now: () => now };
    const disk = emptyNumberDisk();
    const source = start(disk, clock, chance);
    const given = new Given();
    for (const series of ['patient', 'encounter', 'invoice'] as const) given.add(await give(source, 100, series));
    expect(given.twice).toBe(0);
    const temporary = await give(source, 3, 'temporary');
    expect(temporary.every((number) => number.startsWith('T-KIS-'))).toBe(true);
    // Only one lane can ever be drawn.
    const narrow: Chance = { bytes: (count) => (count === 2 ? new Uint8Array([0, 1]) : chance.bytes(count)) };
    const small = emptyNumberDisk();
    for (let life = 0; life < 3; life++) {
      given.add(await give(start(small, clock, narrow, 'ONE'), 6));
      // Even in the same millisecond.
    }
    now += 1;
    expect(given.twice).toBe(0);
  });
});
