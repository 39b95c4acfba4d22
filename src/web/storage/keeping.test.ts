import { describe, expect, test } from 'vitest';
import { isStrong } from './passphrase.ts';
import { keepingOf, QUOTA_LOW_BYTES, roomOf } from './probe.ts';

describe('what is asked of a passphrase', () => {
  test.each([
    ['five words', 'one two three four five', true],
    ['five words in another script', 'قلب شمس بحر قمر نار', true],
    ['fourteen characters', 'Xq7!pL2#vZ9$mK', true],
    ['thirteen characters', 'Xq7!pL2#vZ9$m', false],
    ['three words', 'sea sky sun', false],
    ['five letters', 'a b c d e', false],
    ['a PIN', '123456', false],
    ['spaces that are no characters', '  abc         def    ', false],
    ['nothing', '', false],
  ])('[BS12] %s', (_what, passphrase, strong) => {
    expect(isStrong(passphrase)).toBe(strong);
  });
});

describe('what a browser can keep', () => {
  test('[BS20] what is not proved or not promised is unprotected, what failed is thin, little room is told', () => {
    const room = { bytesFree: null, quotaLow: false };
    const kept = { canary: 'proved', persisted: true, storeLost: false, ...room } as const;
    expect(keepingOf(kept)).toBe('kept');
    expect(keepingOf({ ...kept, persisted: false })).toBe('unprotected');
    expect(keepingOf({ ...kept, canary: 'begun' })).toBe('unprotected');
    expect(keepingOf({ ...kept, canary: 'failed' })).toBe('thin');
    expect(roomOf({})).toEqual({ bytesFree: null, quotaLow: false });
    expect(roomOf({ quota: 100, usage: 200 })).toEqual({ bytesFree: 0, quotaLow: true });
    expect(roomOf({ quota: QUOTA_LOW_BYTES + 10, usage: 10 })).toEqual({ bytesFree: QUOTA_LOW_BYTES, quotaLow: false });
    expect(roomOf({ quota: QUOTA_LOW_BYTES + 9, usage: 10 })).toMatchObject({ quotaLow: true });
  });
});
