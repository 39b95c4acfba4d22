import { describe, expect, test } from 'vitest';
import { failingTexts } from './failing-texts.ts';
import { byUrgency, FAILINGS, whatFails } from './what-fails.ts';

const PLACES = ['live', 'site', 'device'] as const;

describe('the state of things', () => {
  test('[SR35] live, nothing fails; in every other state something does, and a downtime says its plan first', () => {
    for (const place of PLACES) {
      const failing = whatFails({ place, downtime: false, keeping: 'kept' });
      expect(failing.length === 0).toBe(place === 'live');
      expect(whatFails({ place, downtime: true, keeping: 'kept' })[0]).toBe('downtimePlan');
    }
    expect(whatFails({ place: 'device', downtime: false, keeping: 'thin' })).toContain('nothingKept');
  });
  test('[SR35] everything that can fail has words, and words for what to do instead; nothing is named that never fails', () => {
    const english: Readonly<Record<string, string>> = failingTexts.byLanguage.en;
    for (const name of FAILINGS) {
      expect(english[name], name).toBeTruthy();
      expect(english[`${name}Do`], name).toBeTruthy();
    }
    const all = PLACES.flatMap((place) =>
      [true, false].flatMap((downtime) =>
        (['kept', 'thin'] as const).flatMap((keeping) => whatFails({ place, downtime, keeping })),
      ),
    );
    expect(new Set(all)).toEqual(new Set(FAILINGS));
  });
  test('[SR36] the gravest trouble stands first, each has a remedy, one without words is not dropped', () => {
    expect(byUrgency(['update-waiting', 'clock-suspect', 'store-lost'])).toEqual([
      'store-lost',
      'clock-suspect',
      'update-waiting',
    ]);
    const unknown = 'of-a-newer-device' as 'quota-low';
    expect(byUrgency([unknown, 'quota-low'])).toEqual(['quota-low', unknown]);
    const english: Readonly<Record<string, string>> = failingTexts.byLanguage.en;
    const named = Object.keys(english).filter((key) => /^trouble-.*(?<!-do)$/.test(key));
    expect(named.length).toBeGreaterThan(8);
    for (const key of named) expect(english[`${key}-do`], key).toBeTruthy();
  });
});
