// http://hl7.org/fhirpath/N1/#string-manipulation
import { FhirPathError } from '../fhirpath.ts';
import { booleanItems, integerItems, none, stringItems, type Items } from '../item.ts';
import {
  integerArg,
  ofCollection,
  ofItem,
  textArg,
  textOf,
  type FunctionRule,
  type FunctionTable,
} from './function.ts';

/** A function of a string and of string arguments: empty when any of them is. */
function ofText(count: number, run: (text: string, first: string, second: string) => Items): FunctionRule {
  return ofItem([count, count], (item, args) => {
    const text = textOf(item);
    const first = count > 0 ? textArg(args[0]) : '';
    const second = count > 1 ? textArg(args[1]) : '';
    return text === undefined || first === undefined || second === undefined ? none : run(text, first, second);
  });
}

// Rules use a few dozen patterns; those of clients must not fill the memory.
const expressions = new Map<string, RegExp>();
const expressionsMax = 500;

function expressionOf(pattern: string, flags: string): RegExp {
  const key = flags + pattern;
  const known = expressions.get(key);
  if (known !== undefined) {
    known.lastIndex = 0;
    return known;
  }
  const made = makeExpression(pattern, flags);
  if (expressions.size >= expressionsMax) expressions.clear();
  expressions.set(key, made);
  return made;
}

/** Unicode mode first; R4's own patterns escape more than it allows (`\/\-_`), so they are read in the older mode. */
function makeExpression(pattern: string, flags: string): RegExp {
  for (const mode of ['u', '']) {
    try {
      return new RegExp(pattern, flags + mode);
    } catch (cause) {
      if (mode === '')
        throw new FhirPathError(
          `a regular expression is wrong (${cause instanceof SyntaxError ? 'syntax' : 'unknown'})`,
        );
    }
  }
  throw new FhirPathError('a regular expression is wrong');
}

export const strings: FunctionTable = {
  indexOf: ofText(1, (text, part) => integerItems(text.indexOf(part))),
  lastIndexOf: ofText(1, (text, part) => integerItems(text.lastIndexOf(part))),
  startsWith: ofText(1, (text, part) => booleanItems(text.startsWith(part))),
  endsWith: ofText(1, (text, part) => booleanItems(text.endsWith(part))),
  contains: ofText(1, (text, part) => booleanItems(text.includes(part))),
  upper: ofText(0, (text) => stringItems(text.toUpperCase())),
  lower: ofText(0, (text) => stringItems(text.toLowerCase())),
  trim: ofText(0, (text) => stringItems(text.trim())),
  length: ofText(0, (text) => integerItems(text.length)),
  toChars: ofText(0, (text) => Array.from(text).flatMap(stringItems)),
  split: ofText(1, (text, separator) => text.split(separator).flatMap(stringItems)),
  replace: ofText(2, (text, part, put) => stringItems(text.replaceAll(part, () => put))),
  matches: ofText(1, (text, pattern) => booleanItems(expressionOf(pattern, 's').test(text))),
  matchesFull: ofText(1, (text, pattern) => booleanItems(expressionOf(`^(?:${pattern})$`, 's').test(text))),
  replaceMatches: ofText(2, (text, pattern, put) =>
    stringItems(pattern === '' ? text : text.replace(expressionOf(pattern, 'gs'), put)),
  ),
  substring: ofItem([1, 2], (item, args) => {
    const text = textOf(item);
    const start = integerArg(args[0]);
    const length = integerArg(args[1]);
    if (text === undefined || start === undefined || start < 0 || start >= text.length) return none;
    return stringItems(length === undefined ? text.slice(start) : text.slice(start, start + Math.max(0, length)));
  }),
  join: ofCollection([0, 1], (input, args) => {
    if (input.length === 0) return none;
    return stringItems(input.map((item) => textOf(item) ?? '').join(textArg(args[0]) ?? ''));
  }),
};
