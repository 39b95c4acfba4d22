// How strong a passphrase is, told in words while it is typed.
//
//   WU51  Five words of three letters, or 14 characters: what outlives whoever has the disk. Figures alone do not, however many fingers know them.

export type Judged =
  | { readonly kind: 'empty' }
  /** Figures alone, fewer than the characters that are wanted. */
  | { readonly kind: 'pin' }
  /** How many more words would do. */
  | { readonly kind: 'short'; readonly words: number; readonly characters: number }
  | { readonly kind: 'good'; readonly by: 'words' | 'characters'; readonly count: number };

export const WORDS_MIN = 5;
export const CHARACTERS_MIN = 14;
const WORD_CHARACTERS_MIN = 3;

export function judgePassphrase(typed: string): Judged {
  const text = typed.normalize('NFKC').trim().replace(/\s+/gu, ' ');
  const characters = [...text].length;
  const words = text.split(' ').filter((word) => [...word].length >= WORD_CHARACTERS_MIN).length;
  if (characters === 0) return { kind: 'empty' };
  if (words >= WORDS_MIN) return { kind: 'good', by: 'words', count: words };
  if (characters >= CHARACTERS_MIN) return { kind: 'good', by: 'characters', count: characters };
  if (/^[\p{Nd} ]+$/u.test(text)) return { kind: 'pin' };
  return { kind: 'short', words: WORDS_MIN - words, characters: CHARACTERS_MIN - characters };
}
