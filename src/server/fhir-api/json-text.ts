// Finding parts of JSON text without making values of them, so that a Bundle's resources keep their exact bytes.
// All functions expect text that `parseJson` has accepted.

const quote = 0x22;
const backslash = 0x5c;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function skipSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** The offset after the string that begins at `at`. */
function skipString(text: string, at: number): number {
  let end = at;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** The offset after the value that begins at `at`. */
export function skipValue(text: string, at: number): number {
  let i = at;
  let depth = 0;
  for (; i < text.length;) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = skipString(text, i);
      if (depth === 0) return i;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return i;
      depth--;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && (code === 0x2c || isSpace(code))) return i;
    i++;
  }
  return i;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the items of the array that begins at `at` stand. */
export function itemSpans(text: string, at: number): readonly Span[] {
  const spans: Span[] = [];
  let i = skipSpace(text, at + 1);
  while (text.charCodeAt(i) !== 0x5d) {
    const end = skipValue(text, i);
    spans.push({ start: i, end });
    i = skipSpace(text, end);
    if (text.charCodeAt(i) === 0x2c) i = skipSpace(text, i + 1);
  }
  return spans;
}

/** Where the value of member `name` of the object that begins at `at` stands. Names with escapes are not found. */
export function memberSpan(text: string, at: number, name: string): Span | undefined {
  let i = skipSpace(text, at + 1);
  while (text.charCodeAt(i) !== 0x7d) {
    const nameEnd = skipString(text, i);
    const found = text.slice(i + 1, nameEnd - 1) === name;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    if (found) return { start, end };
    i = skipSpace(text, end);
    if (text.charCodeAt(i) === 0x2c) i = skipSpace(text, i + 1);
  }
  return undefined;
}
