// What is read from left to right wherever it stands: dates, times, ages, numbers of people, quantities.
//
//   SR19  In a text from right to left each of them keeps its own order. Without this a browser draws `23-Nov-2026` as `Nov-2026-23` and the
//         groups of a person's number back to front (Unicode's bidirectional algorithm takes the parts for words of the sentence).
import { isRightToLeft } from './define-texts.ts';
import { currentLanguage } from './language.ts';

const LEFT_TO_RIGHT = '\u2066';
const BY_ITS_LETTERS = '\u2068';
const END = '\u2069';

/** Isolated, where the language of this client is written from right to left; as it is everywhere else. */
export const inOwnOrder = (text: string): string => isolated(text, LEFT_TO_RIGHT);
/** A name: in the direction of its own letters. */
export const inOwnDirection = (text: string): string => isolated(text, BY_ITS_LETTERS);

const isolated = (text: string, how: string): string =>
  text === '' || !isRightToLeft(currentLanguage()) ? text : `${how}${text}${END}`;
