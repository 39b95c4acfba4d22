import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { codeFaultText, printCode, printOf, readCode } from './enrolment-code.ts';

const FINGERPRINT = Array.from(randomBytes(32), (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
const secret = randomBytes(10);
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

test('[NL21] a code holds a secret of 80 bits, and 100 bits of the fingerprint where there is one', () => {
  const long = printCode(secret, FINGERPRINT);
  const read = readCode(long);
  expect(read.ok && Buffer.from(read.value.secret)).toEqual(secret);
  expect(read.ok && read.value.print).toBe(printOf(FINGERPRINT));
  expect(printOf(FINGERPRINT)).toHaveLength(25);
  const short = readCode(printCode(secret, undefined));
  expect(short).toEqual({ ok: true, value: { secret: Uint8Array.from(secret) } });
});

test('[NL20] small letters, spaces and look-alikes are taken as what they stand for', () => {
  const code = printCode(Uint8Array.from([0, 17, 34, 1, 0, 255, 8, 66, 4, 33]), undefined);
  const typed = code.toLowerCase().replaceAll('1', 'l').replaceAll('0', 'O').replaceAll('-', ' ');
  expect(readCode(` ${typed}  `)).toEqual(readCode(code));
  expect(readCode(code).ok).toBe(true);
});

test('[NL20] every wrong letter is found, and the group is named', () => {
  const code = printCode(secret, FINGERPRINT);
  for (let at = 0; at < code.length; at += 1) {
    if (code[at] === '-') continue;
    const group = Math.floor(at / 6) + 1;
    for (const letter of LETTERS) {
      if (letter === code[at]) continue;
      const read = readCode(code.slice(0, at) + letter + code.slice(at + 1));
      expect(!read.ok && read.error.kind === 'group' && read.error.group, `${letter} at ${at}`).toBe(group);
    }
  }
});

test('[NL20] two letters of a group, and two groups, that changed places are found', () => {
  const groups = printCode(secret, FINGERPRINT).split('-');
  for (const [at, group] of groups.entries()) {
    for (let a = 0; a < group.length; a += 1) {
      for (let b = a + 1; b < group.length; b += 1) {
        if (group[a] === group[b]) continue;
        const letters = [...group];
        [letters[a], letters[b]] = [group[b] ?? '', group[a] ?? ''];
        expect(readCode(groups.with(at, letters.join('')).join('-')).ok).toBe(false);
      }
    }
    for (let other = at + 1; other < groups.length; other += 1) {
      const swapped = groups.with(at, groups[other] ?? '').with(other, group);
      expect(readCode(swapped.join('-')).ok).toBe(false);
    }
  }
});

test('[NL20] a letter that is missing and one that no code holds are said in words', () => {
  const code = printCode(secret, undefined);
  const missing = readCode(code.slice(0, 8) + code.slice(9));
  expect(!missing.ok && codeFaultText(missing.error)).toMatch(/Group 2|Group 3|has 20 or 45/);
  const strange = readCode(code.replace(/.$/, 'U'));
  expect(!strange.ok && codeFaultText(strange.error)).toContain('"U"');
  const none = readCode('');
  expect(!none.ok && codeFaultText(none.error)).toContain('not 0');
});
