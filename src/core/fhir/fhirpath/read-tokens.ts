// The words of FHIRPath (http://hl7.org/fhirpath/N1/grammar.html, the lexer's half).
import { err, ok, type Result } from '../../base/result.ts';

export type TokenKind =
  | 'symbol'
  | 'name'
  | 'quotedName'
  | 'string'
  | 'number'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'constant'
  | 'variable'
  | 'end';
export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  /** The meaning: without quotes, `@`, `%` and escapes. */
  readonly text: string;
}

const pattern = new RegExp(
  [
    String.raw`(?<space>(?:[ \t\r\n]+|//[^\n\r]*|/\*[^]*?\*/)+)`,
    String.raw`@(?<dateTime>\d{4}(?:-\d\d(?:-\d\d)?)?T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)`,
    String.raw`@(?<date>\d{4}(?:-\d\d(?:-\d\d)?)?)`,
    String.raw`@T(?<time>\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)`,
    String.raw`(?<number>\d+(?:\.\d+)?)`,
    // Names with a hyphen as R4 writes them without quotes: %vs-name, %ext-name (http://hl7.org/fhir/R4/fhirpath.html).
    String.raw`%(?<constant>(?:vs|ext)-[A-Za-z0-9-]+|[A-Za-z_][A-Za-z0-9_]*)`,
    String.raw`(?<variable>\$this|\$index|\$total)`,
    String.raw`(?<name>[A-Za-z_][A-Za-z0-9_]*)`,
    String.raw`(?<symbol><=|>=|!=|!~|[-+*/&|<>=~.,()[\]{}])`,
  ].join('|'),
  'y',
);

const escapes: ReadonlyMap<string, string> = new Map(
  Object.entries({ "'": "'", '"': '"', '`': '`', '\\': '\\', '/': '/', f: '\f', n: '\n', r: '\r', t: '\t' }),
);

/** The words of an expression and an `end`. */
export function readTokens(
  text: string,
): Result<readonly Token[], { readonly offset: number; readonly message: string }> {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const constantQuote = text[at] === '%' && (text[at + 1] === "'" || text[at + 1] === '`' || text[at + 1] === '"');
    const quote = constantQuote ? text[at + 1] : text[at];
    if (quote === "'" || quote === '`' || (quote === '"' && constantQuote)) {
      const quoted = readQuoted(text, constantQuote ? at + 1 : at);
      if (!quoted.ok) return quoted;
      tokens.push({
        kind: constantQuote ? 'constant' : quote === "'" ? 'string' : 'quotedName',
        at,
        text: quoted.value.text,
      });
      at = quoted.value.end;
      continue;
    }
    pattern.lastIndex = at;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return err({ offset: at, message: 'this character has no meaning here' });
    for (const [kind, found] of Object.entries(groups)) {
      if (found !== undefined && kind !== 'space') tokens.push({ kind: kind as TokenKind, at, text: found });
    }
    at = pattern.lastIndex;
  }
  tokens.push({ kind: 'end', at: text.length, text: '' });
  return ok(tokens);
}

function readQuoted(
  text: string,
  start: number,
): Result<{ readonly text: string; readonly end: number }, { readonly offset: number; readonly message: string }> {
  const quote = text[start];
  let built = '';
  let at = start + 1;
  for (;;) {
    const unit = text[at];
    if (unit === undefined) return err({ offset: start, message: 'the closing quote is missing' });
    if (unit === quote) return ok({ text: built, end: at + 1 });
    if (unit !== '\\') {
      built += unit;
      at++;
      continue;
    }
    const kind = text[at + 1] ?? '';
    const plain = escapes.get(kind);
    const hex = kind === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 2, at + 6))?.[0] : undefined;
    if (plain !== undefined) {
      built += plain;
      at += 2;
    } else if (hex !== undefined) {
      built += String.fromCharCode(Number.parseInt(hex, 16));
      at += 6;
    } else return err({ offset: at, message: 'this escape is not one of FHIRPath' });
  }
}
