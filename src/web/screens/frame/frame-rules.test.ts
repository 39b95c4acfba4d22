import { describe, expect, test } from 'vitest';
import { parsePreferences, USUAL } from './preferences.ts';
import { ShortcutDesk } from './shortcuts.ts';
import { isStale, onlyHere, safeAt, STAND_ICON, STALE_MS, standOf } from './state-words.ts';

describe('where we stand', () => {
  test('[SR24] a declared downtime stands before what answers; each stand has a shape of its own', () => {
    expect(standOf({ place: 'live', downtime: true })).toBe('downtime');
    expect(standOf({ place: 'device', downtime: false })).toBe('device');
    const shapes = Object.values(STAND_ICON);
    expect(new Set(shapes).size).toBe(4);
  });
  test('[SR25] old from 30 minutes on, and where the site never confirmed', () => {
    expect(isStale(0, STALE_MS)).toBe(false);
    expect(isStale(0, STALE_MS + 1)).toBe(true);
    expect(isStale(undefined, 0)).toBe(true);
  });
  test('[SR26] where a new entry will be kept', () => {
    expect(safeAt({ place: 'live', keeping: 'thin' })).toBe('region');
    expect(safeAt({ place: 'site', keeping: 'thin' })).toBe('site');
    expect(safeAt({ place: 'device', keeping: 'kept' })).toBe('device');
    expect(safeAt({ place: 'device', keeping: 'unprotected' })).toBe('device');
    expect(safeAt({ place: 'device', keeping: 'thin' })).toBe('nowhere');
    expect(onlyHere({ own: { D0: 3, D1: 5, D1m: 0, D2: 9 } })).toBe(3);
  });
});

describe('what was chosen', () => {
  test.each([null, '', '{', '[]', '"x"', 'null', '{"textSize":"huge","scheme":1,"shortcuts":"yes"}'])(
    '[SR21] %j is as usual',
    (text) => expect(parsePreferences(text)).toEqual(USUAL),
  );
  test('[SR21] what this version knows holds, whatever else is there', () => {
    const kept = { textSize: 'large', scheme: 'dark', shortcuts: false, wall: true, newer: 1 };
    expect(parsePreferences(JSON.stringify(kept))).toEqual({
      textSize: 'large',
      scheme: 'dark',
      shortcuts: false,
      wall: true,
    });
  });
});

describe('keys', () => {
  function desk(): { readonly desk: ShortcutDesk; readonly did: string[] } {
    const did: string[] = [];
    const made = new ShortcutDesk();
    for (const keys of ['/', 'g v', 'g m', 'x']) made.add(() => ({ keys, label: keys, run: () => did.push(keys) }));
    return { desk: made, did };
  }
  test('[SR22] one key, or two after each other; a long pause makes the first a letter again', () => {
    const { desk: keys, did } = desk();
    expect(keys.press('/', 0)).toBe(true);
    expect(keys.press('g', 100)).toBe(true);
    expect(keys.press('v', 300)).toBe(true);
    expect(keys.press('g', 1000)).toBe(true);
    expect(keys.press('m', 5000)).toBe(false);
    expect(keys.press('g', 6000)).toBe(true);
    expect(keys.press('x', 6100)).toBe(false);
    expect(keys.press('q', 6200)).toBe(false);
    expect(did).toEqual(['/', 'g v']);
  });
  test('[SR22] the youngest of the same keys wins, and gives them back', () => {
    const { desk: keys, did } = desk();
    const gone = keys.add(() => ({ keys: 'x', label: 'own', run: () => did.push('own') }));
    keys.press('x', 0);
    gone();
    keys.press('x', 1);
    expect(did).toEqual(['own', 'x']);
    expect(keys.all().map((s) => s.keys)).toEqual(['/', 'g v', 'g m', 'x']);
  });
});
