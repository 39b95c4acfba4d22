// What a password must be (NIST SP 800-63B 3.1.1.2): long enough, not everybody's first idea, and nothing else. No rules of
// composition, and no end of its time: both make people write passwords down.
import type { PasswordRefusal } from './accounts.ts';

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 256;

/** What is tried first, in lower case and with the letters back that people write as figures. */
const OBVIOUS: readonly string[] = [
  'password',
  'passwort',
  'passphrase',
  'qwerty',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'letmein',
  'welcome',
  'iloveyou',
  'sunshine',
  'princess',
  'football',
  'liverpool',
  'chelsea',
  'arsenal',
  'superman',
  'dragon',
  'monkey',
  'abcdefghij',
  'abcdefghijkl',
  'changeme',
  'secret',
  'default',
  'administrator',
  'admin',
  'hospital',
  'holdfast',
  'nurse',
  'doctor',
  'medical',
  'healthcare',
  'summer',
  'winter',
  'autumn',
  'spring',
  'january',
  'monday',
];
const LETTER_OF: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** The refusal, if the password will not do for this user. Lengths are in characters as people count them. */
export function judgePassword(password: string, userName: string): PasswordRefusal | undefined {
  const length = [...password.normalize('NFKC')].length;
  if (length < PASSWORD_MIN) return { kind: 'too-short', min: PASSWORD_MIN };
  if (length > PASSWORD_MAX) return { kind: 'too-long', max: PASSWORD_MAX };
  return isObvious(password, userName) ? { kind: 'too-easy' } : undefined;
}

function isObvious(password: string, userName: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  const name = userName.toLowerCase();
  // One or two letters over and over, or a run along the keyboard or the figures.
  if (new Set(plain).size <= 2 || isRun(plain)) return true;
  // `Password2026!` is `password`, and so are `P4ssw0rd!!` and `$ecret99` what they look like.
  for (const core of [bare(plain), bare(lettersBack(plain)), lettersBack(bare(plain))]) {
    if (core === name || core === [...name].toReversed().join('')) return true;
    // The same word twice is no better than once.
    const half = core.slice(0, core.length / 2);
    const once = half + half === core ? half : core;
    if (OBVIOUS.includes(once) || once === name) return true;
  }
  return name.length >= 3 && plain.replaceAll(name, '').length < 4;
}

/** Without figures and signs at its ends. */
const bare = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
const lettersBack = (text: string): string => [...text].map((letter) => LETTER_OF[letter] ?? letter).join('');

const RUNS = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];
const isRun = (text: string): boolean =>
  RUNS.some((run) => run.includes(text) || [...run].toReversed().join('').includes(text));
