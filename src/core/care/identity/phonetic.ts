// How a name sounds, whoever spells it: names of one hospital come from many languages (downtime DT27). Pure.
//
//   WB20  Codes are those of Daitch-Mokotoff, over what is left when spellings of one sound in one language are made alike.
//
// Daitch-Mokotoff (https://www.avotaynu.com/soundex.htm) was made for one name in Slavic, Germanic, Hebrew and English spelling: it knows
// sch, cz, szcz, ph, th, keeps both readings of ch, c, ck, j and rs as two codes, and tells the start of a name from the rest. It is open,
// small, and needs no dictionary of languages, which Beider-Morse does. What it does not know is made alike first: endings that French,
// mute letters that English, and letters that Spanish, Portuguese, Irish and German write otherwise; Arabic, Cyrillic and Greek letters
// are read as Latin ones.
import { fold } from '../../fhir/search/fold.ts';
import { distance } from './similar-patients.ts';

type Spelling = readonly (readonly [RegExp, string])[];
/** One sound, as several languages spell it. Applied in this order to the folded word; each is a way to hear it of its own. */
const SPELLINGS: readonly Spelling[] = [
  [],
  // English: mute letters.
  [
    [/^kn|^gn|^pn/, 'n'],
    [/^wr/, 'r'],
    [/^ps/, 's'],
    [/^wh/, 'w'],
    [/(?<![ao])ugh|ew/g, 'u'],
    [/eigh|igh/g, 'i'],
    [/augh|ough|egh/g, 'e'],
    [/ght/g, 't'],
    [/mb$/, 'm'],
    [/mp(?=[st])/g, 'm'],
    [/ck/g, 'k'],
    [/c(?=[eiy])/g, 's'],
    [/c(?!h)/g, 'k'],
    [/dge?/g, 'j'],
    [/lm/g, 'm'],
    [/h(?![aeiouy])/g, ''],
    [/mc|mac/g, 'mk'],
    [/ee|ea|ie|y/g, 'i'],
    [/([^aeious])es?$/, '$1'],
  ],
  // French: endings that nobody hears.
  [
    [/(?:e?au[xltd]?|ault|auds?|auts?|ots?|o[sx]|ods?)$/, 'o'],
    [/(?:et|ay|ais|ait|ez|er|e)s?$/, 'e'],
    [/[stdxp]$/, ''],
    [/eau|au/g, 'o'],
    [/qu/g, 'k'],
    [/ph/g, 'f'],
    [/g(?=[eiy])|j/g, 'zh'],
    [/c(?=[eiy])/g, 's'],
    [/c(?!h)/g, 'k'],
    [/ch/g, 'sh'],
    [/h(?![aeiouy])|^h/g, ''],
    [/illi?|y/g, 'i'],
    [/gn/g, 'ni'],
  ],
  // Spanish, Portuguese, Italian.
  [
    [/^h/, ''],
    [/ll|lh|ly(?=[aeo])|gli/g, 'li'],
    [/nh|ny(?=[aeo])|gn/g, 'ni'],
    [/x|j|g(?=[ei])/g, 'h'],
    [/qu/g, 'k'],
    [/gu(?=[ei])/g, 'g'],
    [/[cz](?=[ei])|z|ss/g, 's'],
    [/c(?!h)/g, 'k'],
    [/b/g, 'v'],
    [/y/g, 'i'],
  ],
  // German, Dutch, Nordic.
  [
    [/ae/g, 'e'],
    [/oe/g, 'o'],
    [/ue/g, 'u'],
    [/dt|tth|th/g, 't'],
    [/ij|ei|ey|ay|ai/g, 'ei'],
    [/(?:sj|skj)/g, 'sh'],
    [/(?:ss?on|sen|zen)$/, 'sen'],
    [/h(?![aeiouy])/g, ''],
  ],
  // Irish and Welsh.
  [
    [/^eoi/, 'ove'],
    [/^o(?=[bcdfghjklmnprst])/, ''],
    [/[bm]h/g, 'v'],
    [/^si|se(?=[aou])/g, 'sh'],
    [/[dg]h/g, 'y'],
    [/aoi/g, 'i'],
    [/fh/g, ''],
    [/w/g, 'v'],
    [/ff/g, 'f'],
    [/dd/g, 'th'],
    [/ll/g, 'l'],
  ],
  // Slavic: ą and ę were folded to a and e.
  [
    [/om(?=[bp])|on(?=[dtkgcsz])/g, 'a'],
    [/em(?=[bp])|en(?=[dtkgcsz])/g, 'e'],
    [/rz/g, 'zh'],
    [/w/g, 'v'],
    [/ff/g, 'v'],
    [/sk(?:y|a|ij|iy)$/, 'ski'],
  ],
  // Arabic, Persian, Turkish, Urdu and South Asian names in Latin letters; twice, for what th is.
  ...(['t', 's'] as const).map((th): Spelling => [
    [/^(?:al|el|ul|as|ad|an|ar|ash)(?=[bcdfghjklmnpqrstwxz])/, ''],
    [/ou|oo|u|o/g, 'u'],
    [/ee|y|i|e/g, 'i'],
    [/gh|kh|q|g|ck|c(?!h)/g, 'k'],
    [/dh|th/g, th],
    [/d(?=$)|t(?=$)/g, 't'],
    [/v|w/g, 'u'],
    [/zh|ch|j|dj|sh/g, 'sh'],
    [/h$|h(?![aeiou])/g, ''],
    [/z/g, 's'],
  ]),
  // East Asian.
  [
    [/^n(?:gu?y|y?ug)[ue]?e?n$/, 'nuen'],
    [/^(?:x|hs|sh)/, 's'],
    [/^(?:zh|j|ch|c|q)/, 'ch'],
    [/ee|ei|ie|i|y/g, 'i'],
    [/oo|ou|u/g, 'u'],
    [/r(?=k)/g, ''],
    [/^g/, 'k'],
    [/tt/g, 't'],
    [/h$/, ''],
  ],
];

/** Letter and Latin sound, as `ب:ba`. */
const spelt = (pairs: string): readonly (readonly [string, string])[] =>
  pairs.split(' ').map((pair) => {
    const [letter = '', sound = ''] = pair.split(':');
    return [letter, sound];
  });
/** Arabic with Persian and Urdu letters, whose consonants carry an unwritten vowel; Cyrillic; Greek. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  spelt(
    'ا:a أ:a إ:i آ:a ى:a ة:a ء: ئ:i ؤ:u ي:i ی:i و:u ب:ba ت:ta ث:tha ج:ja ح:ha خ:kha د:da ذ:dha ر:ra ز:za س:sa ' +
      'ش:sha ص:sa ض:da ط:ta ظ:za ع:a غ:gha ف:fa ق:qa ك:ka ک:ka ل:la م:ma ن:na ه:ha ہ:ha پ:pa چ:cha ژ:zha گ:ga ٹ:ta ڈ:da ے:e ' +
      'а:a б:b в:v г:g ґ:g д:d е:e є:ie ж:zh з:z и:i і:i ї:i й:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ' +
      'ц:ts ч:ch ш:sh щ:shch ъ: ы:i ь: э:e ю:iu я:ia ' +
      'α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s τ:t υ:i φ:f χ:ch ψ:ps ω:o',
  ),
);

/** A folded word in Latin letters; '' where its script has no letters here. */
function latin(word: string): string {
  if (/^[a-z]+$/.test(word)) return word;
  return [...word]
    .map((letter) => (/[a-z]/.test(letter) ? letter : (LETTERS.get(letter) ?? '')))
    .join('')
    .replace(/a{2,}|ai?a(?=i)/g, 'a');
}

/** Pattern, code at the start, before a vowel, elsewhere. `|` parts two readings. Longest pattern first. */
const TABLE: readonly (readonly [string, string, string, string])[] = (
  [
    ['schtsch schtsh schtch', '2', '4', '4'],
    ['shtch shch shtsh stsch stch', '2', '4', '4'],
    ['szcz szcs zhdzh zdzh', '2', '4', '4'],
    ['strz strs stsh', '2', '4', '4'],
    ['sht scht schd szt shd szd sd st', '2', '43', '43'],
    ['zd zhd', '2', '43', '43'],
    ['zdz', '2', '4', '4'],
    ['sc', '2', '4', '4'],
    ['ttsch ttch tch tsch tsh', '4', '4', '4'],
    ['ttsz tts ts tc ttz tzs tsz tz trz trs', '4', '4', '4'],
    ['drz drs dsh dsz ds dzh dzs dz', '4', '4', '4'],
    ['csz czs cz cs', '4', '4', '4'],
    ['sch sh sz', '4', '4', '4'],
    ['zsch zsh zh zs', '4', '4', '4'],
    ['chs ks x', '5', '54', '54'],
    ['rz rs', '94|4', '94|4', '94|4'],
    ['ch', '5|4', '5|4', '5|4'],
    ['ck', '5|45', '5|45', '5|45'],
    ['c', '5|4', '5|4', '5|4'],
    ['ai aj ay', '0', '1', ''],
    ['ei ej ey', '0', '1', ''],
    ['oi oj oy', '0', '1', ''],
    ['ui uj uy', '0', '1', ''],
    ['au', '0', '7', ''],
    ['eu', '1', '1', ''],
    ['ia ie io iu', '1', '', ''],
    ['ue', '0', '', ''],
    ['a', '0', '', ''],
    ['e', '0', '', ''],
    ['i', '0', '', ''],
    ['o', '0', '', ''],
    ['u', '0', '', ''],
    ['y', '1', '', ''],
    ['j', '1|4', '|4', '|4'],
    ['pf ph fb p b f v w', '7', '7', '7'],
    ['th dt d t', '3', '3', '3'],
    ['kh k g q', '5', '5', '5'],
    ['h', '5', '5', ''],
    ['mn nm', '66', '66', '66'],
    ['m n', '6', '6', '6'],
    ['l', '8', '8', '8'],
    ['r', '9', '9', '9'],
    ['s z', '4', '4', '4'],
  ] as const
)
  .flatMap(([patterns, ...codes]) => patterns.split(' ').map((pattern) => [pattern, ...codes] as const))
  .toSorted((a, b) => b[0].length - a[0].length);
const BY_LETTER: ReadonlyMap<string, typeof TABLE> = new Map(
  [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [letter, TABLE.filter(([pattern]) => pattern.startsWith(letter))]),
);
const LENGTH = 6;
const BRANCHES_MAX = 16;

/** The Daitch-Mokotoff codes of a word of a to z: six digits each, one for each way to read it. */
export function daitchMokotoff(word: string): readonly string[] {
  let branches: readonly { readonly code: string; readonly last: string }[] = [{ code: '', last: '' }];
  for (let at = 0; at < word.length;) {
    const rule = BY_LETTER.get(word.charAt(at))?.find(([pattern]) => word.startsWith(pattern, at));
    if (rule === undefined) {
      at += 1;
      continue;
    }
    const [pattern, start, beforeVowel, elsewhere] = rule;
    const next = word.charAt(at + pattern.length);
    const said = (at === 0 ? start : /[aeiou]/.test(next) ? beforeVowel : elsewhere).split('|');
    const seen = new Map<string, { readonly code: string; readonly last: string }>();
    for (const { code, last } of branches) {
      for (const one of said) {
        // Neighbours of one code are heard once; mn and nm are two.
        const added = one !== '' && (one !== last || one === '66') ? one : '';
        const grown = { code: (code + added).slice(0, LENGTH), last: one };
        seen.set(`${grown.code} ${grown.last}`, grown);
      }
    }
    branches = [...seen.values()].slice(0, BRANCHES_MAX);
    at += pattern.length;
  }
  return [...new Set(branches.map(({ code }) => code.padEnd(LENGTH, '0')))];
}

/** `3:658300`, the way of spelling and the code, with what was heard. Empty: of a script that is not read here, or a single letter. */
export type Sounds = ReadonlyMap<string, string>;

const known = new Map<string, Sounds>();
const KNOWN_MAX = 20_000;

/** All that a word of a name may sound like. */
export function soundsOf(word: string): Sounds {
  const before = known.get(word);
  if (before !== undefined) return before;
  const folded = fold(word);
  const plain = latin(folded);
  const sounds = new Map<string, string>();
  if (plain.length > 1) {
    for (const [way, spelling] of SPELLINGS.entries()) {
      const heard = spelling.reduce((text, [spelt, sound]) => text.replace(spelt, sound), plain);
      if (heard.length < 2) continue;
      for (const code of daitchMokotoff(heard)) sounds.set(`${way}:${code}`, heard);
    }
  }
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(word, sounds);
  return sounds;
}

/** They share a code, and what was heard is not mostly another word: short codes are shared by too many names. */
export function soundAlike(a: string, b: string): boolean {
  const ours = soundsOf(a);
  const theirs = soundsOf(b);
  // Vowels of some scripts are not written: there only consonants are compared.
  const isWritten = LATIN.test(fold(a)) && LATIN.test(fold(b));
  for (const [sound, heard] of theirs) {
    const other = ours.get(sound);
    if (other !== undefined && isNearly(heard, other, isWritten)) return true;
  }
  return false;
}
const LATIN = /^[a-z ]*$/;

function isNearly(a: string, b: string, isWritten: boolean): boolean {
  if (a === b) return true;
  const [one, other] = isWritten ? [a, b] : [consonantsOf(a), consonantsOf(b)];
  const long = Math.max(one.length, other.length);
  if (isWritten && long < 4) return false;
  return distance(one, other) <= (isWritten ? Math.floor((long - 1) / 2) : Math.floor(long / 3));
}
const consonantsOf = (word: string): string => word.replace(/[aeiouy]/g, '').replace(/(.)\1+/g, '$1');

/** One is the other with a slip of the pen, or its beginning: Fletcer, Max for Maximilian. Both folded. */
export function isSlip(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length >= 4 && long.startsWith(short)) return true;
  const allowed = short.length >= 7 ? 2 : short.length >= 4 ? 1 : 0;
  return long.length - short.length <= allowed && allowed > 0 && distance(a, b) <= allowed;
}
