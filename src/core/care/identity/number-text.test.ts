import { describe, expect, test } from 'vitest';
import { base32, checkCharacter, DIGITS, LANES, numberText, readNumber } from './number-text.ts';
import { ceilingOf, drawLane, floorOf, identifierOf, RATE, siteCodeOf } from './number-series.ts';

const ALL = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const SEED = 20_261_123;

function rng(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
/** Numbers of every length, site and lane. */
function some(count: number): readonly string[] {
  const random = rng(SEED);
  const pick = (most: number): number => Math.floor(random() * most);
  const made: string[] = [];
  while (made.length < count) {
    const site = Array.from({ length: 2 + pick(5) }, () => ALL.charAt(pick(36))).join('');
    const counter = pick(2) === 0 ? pick(100_000) : Math.floor(random() * 2 ** 40);
    const text = numberText({ site, lane: base32(pick(LANES), 3), counter, temporary: pick(4) === 0 });
    if (text !== undefined) made.push(text);
  }
  return made;
}
const isFound = (wrong: string): boolean => readNumber(wrong) === undefined;

describe('numbers as they read', () => {
  test('[ID1] the check character tells every single error and every transposition, over all values and places', () => {
    // The sum is linear in the values, so two texts of one length are told apart by one pair of values at its places: all of them.
    let tried = 0;
    for (let place = 0; place < 20; place++) {
      const before = 'A'.repeat(place);
      for (let a = 0; a < 36; a++) {
        for (let b = 0; b < 36; b++) {
          if (a === b) continue;
          tried += 2;
          const [x, y] = [ALL.charAt(a), ALL.charAt(b)];
          expect(checkCharacter(before + x + '0000') === checkCharacter(before + y + '0000')).toBe(false);
          expect(checkCharacter(before + x + y + '00') === checkCharacter(before + y + x + '00')).toBe(false);
          // Also where other characters stand between the two.
          expect(checkCharacter(before + x + '7K' + y) === checkCharacter(before + y + '7K' + x)).toBe(false);
        }
      }
    }
    expect(tried).toBe(20 * 36 * 35 * 2);
  });

  test(`[ID1] whole numbers: every wrong character and every two that changed places are found (seed ${SEED})`, () => {
    let tried = 0;
    for (const text of some(300)) {
      for (let i = 0; i < text.length; i++) {
        if (text.charAt(i) === '-') continue;
        for (const other of ALL) {
          const wrong = text.slice(0, i) + other + text.slice(i + 1);
          if (wrong === text) continue;
          tried++;
          expect(isFound(wrong), `${wrong} for ${text}`).toBe(true);
        }
        for (let j = i + 1; j < text.length; j++) {
          if (text.charAt(j) === '-' || text.charAt(j) === text.charAt(i)) continue;
          const swapped = text.slice(0, i) + text.charAt(j) + text.slice(i + 1, j) + text.charAt(i) + text.slice(j + 1);
          tried++;
          expect(isFound(swapped), `${swapped} for ${text}`).toBe(true);
        }
      }
    }
    expect(tried).toBeGreaterThan(150_000);
  });

  test('[ID2] what is printed can be read out; case and blanks do not count, an O for a 0 does', () => {
    for (const text of some(2_000)) {
      const behind = text.replace(/^(T-)?[A-Z0-9]{2,6}-/, '');
      expect([...behind].every((each) => each === '-' || DIGITS.includes(each))).toBe(true);
      const parsed = readNumber(text);
      expect(parsed?.text).toBe(text);
      expect(numberText(parsed?.parts ?? { site: 'XX', lane: '000', counter: 0, temporary: false })).toBe(text);
    }
    const [text = ''] = some(50).filter((each) => /-[0-9A-Z]{7,}-/.test(each) && each.slice(8).includes('0'));
    const at = text.lastIndexOf('0');
    expect(readNumber(` ${text.toLowerCase().replace('-', ' - ')}`)?.text).toBe(text);
    expect(readNumber(text.slice(0, at) + 'O' + text.slice(at + 1))).toBeUndefined();
    for (const wrong of ['', 'KIS', 'KIS-7QX-0DD5X2K', 'K-7QX-0DD5X2K-C', 'KIS-7QX-U000000-0', '*'])
      expect(readNumber(wrong)).toBeUndefined();
  });
});

describe('series', () => {
  test('[ID3] incarnations that follow one another have no number in common, whatever they remember', () => {
    const random = rng(SEED);
    let at = Date.UTC(2026, 10, 23);
    for (let i = 0; i < 5_000; i++) {
      const startedAt = at;
      const endedAt = startedAt + 1_000 + Math.floor(random() * 1e8);
      const nextStart = endedAt + Math.floor(random() * 1e6);
      expect(ceilingOf(startedAt, endedAt)).toBeLessThanOrEqual(floorOf(nextStart));
      at = nextStart;
    }
    // A clock that was set back inside an incarnation gives no room, and takes none away.
    expect(ceilingOf(at, at - 5_000)).toBe(ceilingOf(at, at));
    expect(ceilingOf(at, at) - floorOf(at)).toBe(RATE);
    expect(floorOf(Date.UTC(2010, 0, 1))).toBe(0);
  });

  test('[ID4] a lane is any of 32,768', () => {
    const lane = (high: number, low: number): string => drawLane({ bytes: () => new Uint8Array([high, low]) });
    expect(lane(0, 0)).toBe('000');
    expect(lane(0xff, 0xff)).toBe('ZZZ');
    expect(lane(0x7f, 0xff)).toBe('ZZZ');
    expect(lane(0, 33)).toBe('011');
    expect(LANES).toBe(32_768);
  });

  test('[ID5] a number as an identifier is of its series and site; a site without a code has one of its install', () => {
    expect(identifierOf('patient', 'KIS', 'KIS-7QX-0DD5X2K-C')).toEqual({
      use: 'official',
      type: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }],
        text: 'Medical record number',
      },
      system: 'https://holdfast.example/number/patient/kis',
      value: 'KIS-7QX-0DD5X2K-C',
    });
    expect(identifierOf('temporary', 'KIS', 'x').use).toBe('temp');
    expect(siteCodeOf('abcdefgh2345')).toBe('ABCDE');
    expect(siteCodeOf('tbcdefgh2345')).toBe('ZBCDE');
  });
});
