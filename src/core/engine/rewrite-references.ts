// References between the entries of a transaction, rewritten in the text itself.
//
//   EN18  A fullUrl becomes Type/id where the standard says so: references, uris, links of narratives. Nowhere else.
//   EN19  No other byte changes: edits are splices.
//   EN20  A relative reference is read against the base of its entry's fullUrl.
//
// Most texts hold references under `reference` alone, and every string of R4 under that name is a reference or a uri. So
// one pass over the quotes of a text, without parsing, is enough; only where a fullUrl stands under another name is
// the text walked again with the types of the definitions.
import { ok, type Result } from '../base/result.ts';
import { uriStringsOf } from './uri-strings.ts';

/** What stands for what: fullUrl → `Type/id`. */
export interface Renaming {
  readonly names: ReadonlyMap<string, string>;
  /** Lengths of the fullUrls: most strings are of another. */
  readonly lengths: ReadonlySet<number>;
}
export interface Splice {
  /** From the opening quote to the closing one, both included. */
  readonly from: number;
  readonly to: number;
  readonly put: string;
}
/** A conditional reference as it stands: `Patient?identifier=x`. */
export interface Asked {
  readonly from: number;
  readonly to: number;
  readonly criteria: string;
}
export interface Found {
  readonly splices: readonly Splice[];
  readonly asked: readonly Asked[];
}

export const renamingOf = (names: ReadonlyMap<string, string>): Renaming => ({
  names,
  lengths: new Set([...names.keys()].map((name) => name.length)),
});

const BACKSLASH = 0x5c;
const COLON = 0x3a;
const CONDITIONAL = /^[A-Z][A-Za-z]*\?./;

const REFERENCE = 1;
const DIV = 2;
const OTHER = 0;

/**
 * What is to change in `text`, in order. `base` is that of the entry's fullUrl, with a slash at its end; '' without.
 * Of a text that is no JSON the answer means nothing, and the text will be refused when it is parsed.
 */
export function findReferences(text: string, renaming: Renaming, base: string): Found {
  const splices: Splice[] = [];
  const asked: Asked[] = [];
  let isElsewhere = false;
  let under = OTHER;
  // The next backslash of the text: it tells, without a look at each string, which of them are written with escapes.
  let slash = text.indexOf('\\');
  for (let from = text.indexOf('"'); from >= 0;) {
    const to = endOfString(text, from);
    if (to < 0) break;
    if (slash >= 0 && slash < from) slash = text.indexOf('\\', from);
    const isEscaped = slash >= 0 && slash < to;
    if (isName(text, to)) under = kindOfName(text, from, to, isEscaped);
    else if (under === REFERENCE) {
      const value = unquoted(text, from, to);
      const put = renamed(value, renaming, base);
      if (put !== undefined) splices.push({ from, to, put: JSON.stringify(put) });
      else if (CONDITIONAL.test(value)) asked.push({ from, to, criteria: value });
    } else if (under === DIV) {
      const put = renamedLinks(text, from, to, renaming, base);
      if (put !== undefined) splices.push({ from, to, put });
    } else if (!isElsewhere && (isEscaped || renaming.lengths.has(to - from - 2))) {
      isElsewhere = renaming.names.has(unquoted(text, from, to));
    }
    from = text.indexOf('"', to);
  }
  if (!isElsewhere) return { splices, asked };
  const more = uriStringsOf(text).flatMap(({ from, to }) => {
    const put = renaming.names.get(unquoted(text, from, to));
    return put === undefined ? [] : [{ from, to, put: JSON.stringify(put) }];
  });
  const known = new Set(splices.map(({ from }) => from));
  return {
    splices: [...splices, ...more.filter(({ from }) => !known.has(from))].sort((a, b) => a.from - b.from),
    asked,
  };
}

/** `text` with what was found, and each conditional reference as `resolve` says. The first that it refuses ends it. */
export function spliced<E>(
  text: string,
  { splices, asked }: Found,
  resolve: (criteria: string) => Result<string, E>,
): Result<string, E> {
  if (splices.length === 0 && asked.length === 0) return ok(text);
  const all: Splice[] = [...splices];
  for (const { from, to, criteria } of asked) {
    const resolved = resolve(criteria);
    if (!resolved.ok) return resolved;
    all.push({ from, to, put: JSON.stringify(resolved.value) });
  }
  if (asked.length > 0) all.sort((a, b) => a.from - b.from);
  let out = '';
  let at = 0;
  for (const { from, to, put } of all) {
    out += text.slice(at, from) + put;
    at = to;
  }
  return ok(out + text.slice(at));
}

/** The offset after the closing quote of the string that opens at `from`; -1 where there is none. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = at - 1;
    while (text.charCodeAt(slashes) === BACKSLASH) slashes--;
    if ((at - 1 - slashes) % 2 === 0) return at + 1;
  }
  return -1;
}

/** Whether the string that ends before `to` is a member's name: a colon follows. */
export function isName(text: string, to: number): boolean {
  let at = to;
  let code = text.charCodeAt(at);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
  return code === COLON;
}

function kindOfName(text: string, from: number, to: number, isEscaped: boolean): number {
  if (isEscaped) {
    const name = unquoted(text, from, to);
    return name === 'reference' ? REFERENCE : name === 'div' ? DIV : OTHER;
  }
  const length = to - from - 2;
  if (length === 9 && text.startsWith('reference', from + 1)) return REFERENCE;
  return length === 3 && text.startsWith('div', from + 1) ? DIV : OTHER;
}

/** What the string token means. A broken escape means itself: the parser will refuse it. */
export function unquoted(text: string, from: number, to: number): string {
  const inside = text.slice(from + 1, to - 1);
  if (!inside.includes('\\')) return inside;
  try {
    return JSON.parse(text.slice(from, to)) as string;
  } catch {
    return inside;
  }
}

function renamed(value: string, { names }: Renaming, base: string): string | undefined {
  return names.get(value) ?? (base === '' || value.startsWith('#') ? undefined : names.get(base + value));
}

const LINK = /\b(href|src)(\s*=\s*)("[^"]*"|'[^']*')/g;

/** A narrative's token with its links renamed; undefined where none is. */
function renamedLinks(text: string, from: number, to: number, renaming: Renaming, base: string): string | undefined {
  const raw = text.slice(from, to);
  if (!raw.includes('href') && !raw.includes('src')) return undefined;
  const div = unquoted(text, from, to);
  const changed = div.replace(LINK, (whole, name: string, equals: string, quoted: string) => {
    const put = renamed(quoted.slice(1, -1).replaceAll('&amp;', '&'), renaming, base);
    return put === undefined ? whole : `${name}${equals}${quoted.charAt(0)}${put}${quoted.charAt(0)}`;
  });
  return changed === div ? undefined : JSON.stringify(changed);
}
