// The text of one search value to what it asks for (http://hl7.org/fhir/R4/search.html#escaping, #prefix, #number …).
//
//   FS16  `\,` `\|` `\$` `\\` stand for the character itself; nothing else is special after a backslash.
//   FS17  A value that is not of its parameter's form is refused, never guessed at.
//   FS18  A number's precision is that of its digits: 100 asks for [99.5, 100.5), 100.0 for [99.95, 100.05), 1e2 for
//         [50, 150). Prefixes that order ignore it.
//   FS48  `code` and boolean elements imply the system of their value set.
//   FS19  `ap` widens by a tenth: of the number, or of the time between the date and now.
import type { Instant } from '../../base/ports.ts';
import { definitions } from '../definitions/r4.ts';
import { dateRange } from '../instant.ts';
import { isId, parseReference } from '../reference.ts';
import { fold } from './fold.ts';
import type { ParamInfo } from './param-info.ts';
import type { ComponentValue, DateValue, NumberValue, Prefix, QuantityValue, ReferenceValue } from './query.ts';
import type { SearchValue, TokenValue } from './query.ts';
import { wordsOf } from './words.ts';

export interface ValueContext {
  readonly now: Instant;
  readonly baseUrls: readonly string[];
}

/** The parts of `text` between unescaped separators, escapes left in. At least one. */
export function splitUnescaped(text: string, separator: string): readonly string[] {
  if (!text.includes(separator)) return [text];
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\') i += 1;
    else if (char === separator) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const ESCAPED = /\\([,|$\\])/gu;
export const unescape = (text: string): string => (text.includes('\\') ? text.replace(ESCAPED, '$1') : text);

const PREFIXES: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']);
const isPrefix = (text: string): text is Prefix => PREFIXES.has(text);

/** `ge2010` → ge and 2010. Only before something that can begin a number or a date. */
function splitPrefix(text: string): { readonly prefix: Prefix; readonly rest: string } {
  const prefix = text.slice(0, 2);
  if (isPrefix(prefix) && /^[-+.0-9]/u.test(text.charAt(2))) return { prefix, rest: text.slice(2) };
  return { prefix: 'eq', rest: text };
}

/** A date with its prefix. A blank where the zone's sign should be is a plus that a URL turned into one. */
export function parseDate(text: string, now: Instant): DateValue | undefined {
  const { prefix, rest } = splitPrefix(text);
  const span = dateRange(rest.includes('T') ? rest.replace(' ', '+') : rest);
  if (span === undefined) return undefined;
  if (prefix !== 'ap') return { kind: 'date', prefix, ...span };
  const lo = span.lo - Math.abs(now - span.lo) / 10;
  const hi = span.hi + Math.abs(now - span.hi) / 10;
  return { kind: 'date', prefix, lo: Math.floor(lo), hi: Math.ceil(hi) };
}

const NUMBER = /^([-+]?)([0-9]{1,60})(?:\.([0-9]{1,60}))?(?:[eE]([-+]?[0-9]{1,3}))?$/u;

/** A number with its prefix and the range of its precision. */
export function parseNumber(text: string): NumberValue | undefined {
  const { prefix, rest } = splitPrefix(text);
  const match = NUMBER.exec(rest);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText) - fraction.length;
  const magnitude = BigInt(whole + fraction);
  const units = sign === '-' ? -magnitude : magnitude;
  // Decimal arithmetic on the digits: halves of a decimal unit have no exact binary form, sums of them would drift.
  const at = (tenths: bigint): number => Number(`${tenths}e${exponent - 1}`);
  const value = at(units * 10n);
  if (!Number.isFinite(value)) return undefined;
  let lo = at(units * 10n - 5n);
  let hi = at(units * 10n + 5n);
  if (prefix === 'ap') {
    lo = Math.min(lo, value - Math.abs(value) / 10);
    hi = Math.max(hi, value + Math.abs(value) / 10);
  }
  return { kind: 'number', prefix, value, lo, hi };
}

/** `5.4|http://unitsofmeasure.org|mg`, `5.4||mg`, `5.4|http://unitsofmeasure.org` or `5.4`. */
export function parseQuantity(text: string): QuantityValue | undefined {
  const [numberText = '', systemText, codeText, ...more] = splitUnescaped(text, '|');
  const number = parseNumber(numberText);
  if (number === undefined || more.length > 0) return undefined;
  const system = unescape(systemText ?? '');
  const code = unescape(codeText ?? '');
  return {
    ...number,
    kind: 'quantity',
    ...(system === '' ? undefined : { system }),
    ...(code === '' ? undefined : { code }),
  };
}

/** `code`, `system|code`, `|code` or `system|`. */
export function parseToken(text: string): TokenValue | undefined {
  const parts = splitUnescaped(text, '|').map(unescape);
  const [first = '', second] = parts;
  if (parts.length > 2) return undefined;
  if (second === undefined) return first === '' ? undefined : { kind: 'token', code: first };
  if (second === '') return first === '' ? undefined : { kind: 'token', system: first };
  return { kind: 'token', system: first, code: second };
}

/** `system|code|value` of :of-type: the type's system and code, and the identifier's value. */
export function parseOfType(text: string): TokenValue | undefined {
  const [system = '', code = '', value = '', ...more] = splitUnescaped(text, '|').map(unescape);
  if (system === '' || code === '' || value === '' || more.length > 0) return undefined;
  return { kind: 'token', code: value, ofType: { system, code } };
}

/** The system of booleans, which is never written down either. */
const SPECIAL_VALUES = 'http://hl7.org/fhir/special-values';

/**
 * A `code` or boolean element has no system of its own, yet its value set implies one: a search for that system and code
 * finds it. Its entries have no system, so such a value asks for the code without one.
 */
export function withImpliedSystem(token: TokenValue, info: ParamInfo): readonly TokenValue[] {
  const { system, code } = token;
  if (system === undefined || system === '') return [token];
  const implied =
    system === SPECIAL_VALUES
      ? info.systemless
      : info.bindings.some((binding) => {
          const codes = definitions.codes(binding);
          if (codes === undefined) return false;
          if (code !== undefined) return codes.has(`${system}|${code}`);
          return [...codes].some((each) => each.startsWith(`${system}|`));
        });
  if (!implied) return [token];
  const plain: TokenValue = code === undefined ? { kind: 'token', system: '' } : { kind: 'token', system: '', code };
  return info.systemless ? [plain] : [token, plain];
}

/**
 * A reference: an id (of any type in `targets`), `Type/id`, an absolute URL, a urn, or a canonical with or without its
 * version. `type` is the modifier that named one, if any.
 */
export function parseReferenceValue(
  text: string,
  targets: readonly string[],
  context: ValueContext,
  type?: string,
): ReferenceValue | undefined {
  const plain = unescape(text);
  if (isId(plain)) {
    const types = type === undefined ? targets : [type];
    return { kind: 'reference', targets: types.map((type) => ({ type, id: plain })) };
  }
  const parsed = parseReference(plain, context.baseUrls);
  const versioned = 'version' in parsed && parsed.version !== undefined ? { version: parsed.version } : undefined;
  switch (parsed.kind) {
    case 'local':
      if (type !== undefined && parsed.type !== type) return undefined;
      // Where a store does not know this server's URL, an absolute reference to it is kept as the URL that it is.
      return {
        kind: 'reference',
        targets: [{ type: parsed.type, id: parsed.id }],
        ...(plain.includes('://') ? { url: plain.split('/_history/', 1)[0] ?? plain } : undefined),
        ...versioned,
      };
    case 'remote':
      if (type !== undefined && parsed.type !== type) return undefined;
      return { kind: 'reference', targets: [], url: parsed.url, ...versioned };
    case 'url':
      return { kind: 'reference', targets: [], url: parsed.url, ...versioned };
    case 'urn':
      return { kind: 'reference', targets: [], url: parsed.urn };
    default:
      return undefined;
  }
}

/**
 * One value (between commas) of a parameter without modifier; several where an implied system makes them. `undefined`
 * when the text is not of the parameter's form.
 */
export function parseValue(text: string, info: ParamInfo, context: ValueContext): readonly SearchValue[] | undefined {
  const one = (value: SearchValue | undefined): readonly SearchValue[] | undefined =>
    value === undefined ? undefined : [value];
  switch (info.type) {
    case 'string':
      return fold(unescape(text)) === '' ? undefined : [{ kind: 'string', value: unescape(text) }];
    case 'token': {
      const token = parseToken(text);
      return token === undefined ? undefined : withImpliedSystem(token, info);
    }
    case 'uri':
      return [{ kind: 'uri', value: unescape(text) }];
    case 'date':
      return one(parseDate(text, context.now));
    case 'number':
      return one(parseNumber(text));
    case 'quantity':
      return one(parseQuantity(text));
    case 'reference':
      return one(parseReferenceValue(text, info.targets, context));
    case 'composite':
      return parseComposite(text, info, context);
    case 'text': {
      const words = wordsOf(unescape(text));
      return words.length === 0 ? undefined : [{ kind: 'words', words }];
    }
    default:
      return undefined;
  }
}

function parseComposite(text: string, info: ParamInfo, context: ValueContext): readonly SearchValue[] | undefined {
  const parts = splitUnescaped(text, '$');
  if (parts.length !== info.components.length) return undefined;
  let combinations: readonly (readonly ComponentValue[])[] = [[]];
  for (const [i, component] of info.components.entries()) {
    const values = parseValue(parts[i] ?? '', component.info, context);
    if (values === undefined) return undefined;
    const { code: param, type } = component.info;
    combinations = combinations.flatMap((before) => values.map((value) => [...before, { param, type, value }]));
  }
  return combinations.map((components) => ({ kind: 'composite', components }));
}
