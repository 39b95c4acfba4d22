// The one normal form in which strings are compared, by every store and every index
// (http://hl7.org/fhir/R4/search.html#string).
//
//   FS5  Case, accents, punctuation and repeated white space do not count; letters of every script do.

// Accents proper of Latin, Greek, Cyrillic, Hebrew and Arabic. Not all of \p{M}: vowel signs of Indic scripts and the
// voiced sound marks of kana tell words apart.
const ACCENTS =
  /[\u0300-\u036f]|[\u0483-\u0487]|[\u0591-\u05c7]|[\u064b-\u065f]|\u0670|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u200c\u200d]|[\u20d0-\u20ff]|[\ufe00-\ufe0f]|[\ufe20-\ufe2f]/gu;
// Letters that no Unicode decomposition takes apart, though people type the plain ones.
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  þ: 'th',
  ŧ: 't',
  ς: 'σ',
};
const LETTER = /[ßæœøđðħıłþŧς]/gu;
const PLAIN = /^[a-z0-9]*(?: [a-z0-9]+)*$/u;
const ASCII = /^[\u0000-\u007f]*$/u;
const PUNCTUATION = /\p{P}/gu;
const SPACES = /\s+/gu;

/** `text` as strings are compared: `fold('  Ó’Brien-MÜLLER ') === 'obrienmuller'`. Idempotent. May be empty. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text;
  let folded = text;
  if (!ASCII.test(text)) {
    folded = folded.normalize('NFKD').toLowerCase().normalize('NFKD').replace(ACCENTS, '');
    folded = folded.replace(LETTER, (letter) => LETTERS[letter] ?? letter);
  } else {
    folded = folded.toLowerCase();
  }
  return folded.replace(PUNCTUATION, '').replace(SPACES, ' ').trim();
}
