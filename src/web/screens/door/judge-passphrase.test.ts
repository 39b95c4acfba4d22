import { array, assert, constantFrom, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { isStrong } from '../../storage/passphrase.ts';
import { judgePassphrase } from './judge-passphrase.ts';
import { lockTimes, readMinutes } from './lock-time.ts';

test('[WU51] a PIN is refused with why; five words or 14 characters are good; what is missing is said', () => {
  expect(judgePassphrase('')).toEqual({ kind: 'empty' });
  expect(judgePassphrase('123456')).toEqual({ kind: 'pin' });
  expect(judgePassphrase('١٢٣٤٥٦')).toEqual({ kind: 'pin' });
  expect(judgePassphrase('tall lamp')).toEqual({ kind: 'short', words: 3, characters: 5 });
  expect(judgePassphrase('tall lamp orbit seven boats')).toEqual({ kind: 'good', by: 'words', count: 5 });
  expect(judgePassphrase('a b c d e')).toMatchObject({ kind: 'short' });
  expect(judgePassphrase('correcthorseba')).toEqual({ kind: 'good', by: 'characters', count: 14 });
});

test('[WU51] what the screen calls good is what the vault takes, and nothing else', () => {
  assert(
    property(
      array(constantFrom('tall', 'lamp', '7', ' ', '  ', 'ß', 'حبر', '12345'), { maxLength: 9 }),
      string(),
      (some, end) => {
        const typed = some.join(' ') + end;
        expect(judgePassphrase(typed).kind === 'good').toBe(isStrong(typed));
      },
    ),
  );
});

test('[WU54] 2 to 5 minutes, 3 unless set; 30 in a downtime', () => {
  expect([null, '2', '5', '1', '60', 'x'].map(readMinutes)).toEqual([3, 2, 5, 3, 3, 3]);
  expect(lockTimes(3, false)).toEqual({ coverMs: 90_000, idleMs: 180_000 });
  expect(lockTimes(5, true)).toEqual({ coverMs: 150_000, idleMs: 30 * 60_000 });
});
