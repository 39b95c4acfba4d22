// JSON text to values and back, in one pass and without loss.
//
// Invariants (specs/json.md)
//   JS1 JS2  What is accepted means what JSON.parse says; what RFC 8259 does not allow is refused.
//   JS3 JS4  Duplicate names and halves of surrogate pairs are refused: two readers would read two records.
//   JS5      Recursion is bounded by `depthMax`, which is bounded itself.
//   JS6      `__proto__` is an own member like any other.
//   JS8      Faults never quote content.
//
// Why not JSON.parse: it takes the last of two equal names, loses `1.50`, and does not say where members stand.
import { assert } from './assert.ts';
import type { JsonValue } from './json-types.ts';
import { err, ok, type Result } from './result.ts';

/** A number whose text JavaScript would not print back: `1.50`, `1e3`, `-0`, more than 17 digits. Lossless mode only. */
export class JsonNumber {
  readonly [name: string]: JsonValue | undefined;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Where a member stands: `nameStart` is the name's opening quote, `valueEnd` the offset after the value's last character. */
export interface MemberSpan {
  readonly name: string;
  readonly nameStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}
export interface ParsedJson {
  readonly value: JsonValue;
  /** The root object's members in the order of the text; [] when the root is no object. */
  readonly members: readonly MemberSpan[];
  /** The members of the root's `meta`; [] when it is absent or no object. */
  readonly metaMembers: readonly MemberSpan[];
}
export interface JsonFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** From 0, in UTF-16 units. */
  readonly offset: number;
  /** What was expected; never what stood there. */
  readonly message: string;
}
export interface JsonOptions {
  /** Nested objects and arrays, the root counted: 100 unless told, 1,000 at most. */
  readonly depthMax?: number;
  /** `native` (default): JavaScript numbers. `lossless`: `JsonNumber` where the text would not survive. */
  readonly numbers?: 'native' | 'lossless';
}

const depthMaxDefault = 100;
const depthMaxHighest = 1_000;

/** Parses RFC 8259 JSON. Never throws on input; asserts that `depthMax` is at most 1,000. */
export function parseJson(text: string, options?: JsonOptions): Result<ParsedJson, JsonFault> {
  const depthMax = options?.depthMax ?? depthMaxDefault;
  assert(depthMax >= 0 && depthMax <= depthMaxHighest, 'depthMax is out of range');
  const reader = new Reader(text, depthMax, options?.numbers === 'lossless');
  try {
    const value = reader.document();
    return ok({ value, members: reader.members, metaMembers: reader.metaMembers });
  } catch (thrown) {
    if (thrown instanceof Refused) return err(locate(text, thrown));
    throw thrown;
  }
}

/** Prints as JSON.stringify does, `JsonNumber` by its text. `indent` in spaces. Members that are undefined are left out. */
export function printJson(value: JsonValue, indent = 0): string {
  return print(value, indent, indent > 0 ? '\n' : '');
}

/** The value as a JavaScript number, with whatever loss that brings; undefined when it is no number. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof JsonNumber ? Number(value.text) : undefined;
}

/** Leaves the parser from any depth; turned into a `JsonFault` by `parseJson`. */
class Refused {
  readonly offset: number;
  readonly message: string;
  constructor(offset: number, message: string) {
    this.offset = offset;
    this.message = message;
  }
}

function locate(text: string, refused: Refused): JsonFault {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < refused.offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: refused.offset - lineStart + 1, offset: refused.offset, message: refused.message };
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

// Member names repeat in every resource. Finding one again by its hash saves cutting the string and looking it up among
// the engine's names, a third of the time. A name is 1 to 64 characters here, and the table never grows.
const knownNames: (string | undefined)[] = Array.from({ length: 4096 }, () => undefined);
const knownNameLengthMax = 64;

type Building = Record<string, JsonValue>;

class Reader {
  members: MemberSpan[] = [];
  metaMembers: MemberSpan[] = [];
  private readonly text: string;
  private readonly lossless: boolean;
  private readonly depthMax: number;
  private at = 0;

  constructor(text: string, depthMax: number, lossless: boolean) {
    this.text = text;
    this.depthMax = depthMax;
    this.lossless = lossless;
  }

  document(): JsonValue {
    if (this.text.charCodeAt(0) === 0xfeff) this.refuse('a byte order mark must not stand before JSON', 0);
    const first = this.skipSpace();
    let value: JsonValue;
    if (first === openBrace) value = this.spannedObject();
    else value = this.value(first, 0);
    this.skipSpace();
    if (this.at < this.text.length) this.refuse('nothing may follow the JSON value');
    return value;
  }

  private refuse(message: string, offset = this.at): never {
    throw new Refused(offset, message);
  }

  /** Moves to the next character that is no white space and returns its code, NaN at the end. */
  private skipSpace(): number {
    const text = this.text;
    let at = this.at;
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    this.at = at;
    return code;
  }

  private value(code: number, depth: number): JsonValue {
    switch (code) {
      case quote:
        return this.string();
      case openBrace:
        return this.object(depth + 1);
      case openBracket:
        return this.array(depth + 1);
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      default:
        if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number(code);
        return this.refuse(
          this.at >= this.text.length ? 'the text ends where a value must stand' : 'a value must stand here',
        );
    }
  }

  private word<T extends JsonValue>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.refuse('a value must stand here');
    this.at += word.length;
    return value;
  }

  private array(depth: number): JsonValue {
    if (depth > this.depthMax) this.refuse(`nesting is deeper than ${this.depthMax}`);
    this.at++;
    const list: JsonValue[] = [];
    let code = this.skipSpace();
    if (code === closeBracket) {
      this.at++;
      return list;
    }
    for (;;) {
      list.push(this.value(code, depth));
      code = this.skipSpace();
      if (code === comma) {
        this.at++;
        code = this.skipSpace();
      } else if (code === closeBracket) {
        this.at++;
        return list;
      } else this.refuse('a comma or ] must stand here');
    }
  }

  private object(depth: number): JsonValue {
    if (depth > this.depthMax) this.refuse(`nesting is deeper than ${this.depthMax}`);
    this.at++;
    const built: Building = {};
    let code = this.skipSpace();
    if (code === closeBrace) {
      this.at++;
      return built;
    }
    for (;;) {
      if (code !== quote) this.refuse('a name in quotes must stand here');
      const nameStart = this.at;
      const name = this.name();
      code = this.skipSpace();
      if (code !== colon) this.refuse('a colon must stand here');
      this.at++;
      // Read before the value so that a duplicate is refused at its name; a prototype's members take the slow way too.
      const clash = built[name] !== undefined;
      if (clash && Object.hasOwn(built, name)) this.refuse('this name stands twice in its object', nameStart);
      const value = this.value(this.skipSpace(), depth);
      if (clash) define(built, name, value);
      else built[name] = value;
      code = this.skipSpace();
      if (code === comma) {
        this.at++;
        code = this.skipSpace();
      } else if (code === closeBrace) {
        this.at++;
        return built;
      } else this.refuse('a comma or } must stand here');
    }
  }

  /** The root object: as `object`, and it writes down where its members and those of `meta` stand. */
  private spannedObject(): JsonValue {
    return this.recordedObject(1, this.members);
  }

  private recordedObject(depth: number, spans: MemberSpan[]): JsonValue {
    if (depth > this.depthMax) this.refuse(`nesting is deeper than ${this.depthMax}`);
    this.at++;
    const built: Building = {};
    let code = this.skipSpace();
    if (code === closeBrace) {
      this.at++;
      return built;
    }
    for (;;) {
      if (code !== quote) this.refuse('a name in quotes must stand here');
      const nameStart = this.at;
      const name = this.name();
      code = this.skipSpace();
      if (code !== colon) this.refuse('a colon must stand here');
      this.at++;
      if (Object.hasOwn(built, name)) this.refuse('this name stands twice in its object', nameStart);
      code = this.skipSpace();
      const valueStart = this.at;
      const isMeta = depth === 1 && name === 'meta' && code === openBrace;
      define(built, name, isMeta ? this.recordedObject(2, this.metaMembers) : this.value(code, depth));
      spans.push({ name, nameStart, valueStart, valueEnd: this.at });
      code = this.skipSpace();
      if (code === comma) {
        this.at++;
        code = this.skipSpace();
      } else if (code === closeBrace) {
        this.at++;
        return built;
      } else this.refuse('a comma or } must stand here');
    }
  }

  private name(): string {
    const text = this.text;
    const start = this.at + 1;
    let at = start;
    let hash = 0;
    let code = text.charCodeAt(at);
    while (code !== quote) {
      // Escapes, other alphabets, control characters and the end (NaN) are left to the careful reader.
      if (!(code >= 0x20 && code < 0x7f) || code === backslash) return this.string();
      hash = (Math.imul(hash, 31) + code) | 0;
      code = text.charCodeAt(++at);
    }
    this.at = at + 1;
    const length = at - start;
    if (length > knownNameLengthMax) return text.slice(start, at);
    const slot = (hash ^ (hash >>> 12)) & 4095;
    const known = knownNames[slot];
    if (known !== undefined && known.length === length && text.startsWith(known, start)) return known;
    const name = text.slice(start, at);
    knownNames[slot] = name;
    return name;
  }

  private string(): string {
    const text = this.text;
    const start = this.at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        return text.slice(start, at);
      }
      if (code === backslash) return this.escapedString(start, at);
      if (code >= 0xd800 && code <= 0xdfff) at = this.pair(at, code);
      else if (code >= 0x20) at++;
      else this.refuseInString(at);
    }
  }

  /** The offset after a raw surrogate pair that begins at `at`. */
  private pair(at: number, code: number): number {
    const low = this.text.charCodeAt(at + 1);
    if (code > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) this.refuse('half of a surrogate pair is no character', at);
    return at + 2;
  }

  private refuseInString(at: number): never {
    if (at >= this.text.length) this.refuse('the text ends inside a string', at);
    this.refuse('a control character must be escaped in a string', at);
  }

  private escapedString(start: number, firstEscape: number): string {
    const text = this.text;
    let built = text.slice(start, firstEscape);
    let at = firstEscape;
    let runStart = at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        return built + text.slice(runStart, at);
      }
      if (code === backslash) {
        built += text.slice(runStart, at);
        const kind = text.charCodeAt(at + 1);
        if (kind === 0x75) {
          const unit = this.hex(at);
          if (unit >= 0xd800 && unit <= 0xdfff) {
            const isPair = unit <= 0xdbff && text.charCodeAt(at + 6) === backslash && text.charCodeAt(at + 7) === 0x75;
            const low = isPair ? this.hex(at + 6) : 0;
            if (!(low >= 0xdc00 && low <= 0xdfff)) this.refuse('half of a surrogate pair is no character', at);
            built += String.fromCharCode(unit, low);
            at += 12;
          } else {
            built += String.fromCharCode(unit);
            at += 6;
          }
        } else {
          const plain = unescaped(kind);
          if (plain === undefined) this.refuse('this escape is not one of JSON', at);
          built += plain;
          at += 2;
        }
        runStart = at;
      } else if (code >= 0xd800 && code <= 0xdfff) at = this.pair(at, code);
      else if (code >= 0x20) at++;
      else this.refuseInString(at);
    }
  }

  /** The unit of the escape `\uXXXX` that begins at `at`. */
  private hex(at: number): number {
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const code = this.text.charCodeAt(i);
      const isDigit = code >= 0x30 && code <= 0x39;
      const lower = code | 0x20;
      if (!isDigit && !(lower >= 0x61 && lower <= 0x66)) this.refuse('four hexadecimal digits must follow', i);
      unit = unit * 16 + (isDigit ? code - 0x30 : lower - 0x57);
    }
    return unit;
  }

  private number(first: number): JsonValue {
    const text = this.text;
    const start = this.at;
    let at = start;
    let code = first;
    if (code === 0x2d) code = text.charCodeAt(++at);
    if (code === 0x30) {
      code = text.charCodeAt(++at);
      if (code >= 0x30 && code <= 0x39) this.refuse('a number has no leading zeros', at);
    } else at = this.digits(at);
    const wholeEnd = at;
    code = text.charCodeAt(at);
    if (code === 0x2e) {
      at = this.digits(at + 1);
      code = text.charCodeAt(at);
    }
    if (code === 0x65 || code === 0x45) {
      const sign = text.charCodeAt(at + 1);
      at = this.digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
    }
    this.at = at;
    const digits = text.slice(start, at);
    const value = Number(digits);
    if (!this.lossless || (at === wholeEnd && at - start < 16 && first !== 0x2d)) return value;
    return String(value) === digits ? value : new JsonNumber(digits);
  }

  private digits(from: number): number {
    const text = this.text;
    let at = from;
    let code = text.charCodeAt(at);
    if (!(code >= 0x30 && code <= 0x39)) this.refuse('a digit must stand here', at);
    while (code >= 0x30 && code <= 0x39) code = text.charCodeAt(++at);
    return at;
  }
}

function define(built: Building, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(built, name, { value, writable: true, enumerable: true, configurable: true });
  } else built[name] = value;
}

function unescaped(kind: number): string | undefined {
  switch (kind) {
    case 0x22:
      return '"';
    case 0x5c:
      return '\\';
    case 0x2f:
      return '/';
    case 0x62:
      return '\b';
    case 0x66:
      return '\f';
    case 0x6e:
      return '\n';
    case 0x72:
      return '\r';
    case 0x74:
      return '\t';
    default:
      return undefined;
  }
}

function print(value: JsonValue, indent: number, lineBreak: string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'JSON has no word for a number that is not finite');
    return String(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.text;
  const inner = lineBreak === '' ? '' : lineBreak + ' '.repeat(indent);
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value) parts.push(print(item, indent, inner));
    return parts.length === 0 ? '[]' : `[${inner}${parts.join(`,${inner}`)}${lineBreak}]`;
  }
  const gap = lineBreak === '' ? ':' : ': ';
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) parts.push(JSON.stringify(name) + gap + print(member, indent, inner));
  }
  return parts.length === 0 ? '{}' : `{${inner}${parts.join(`,${inner}`)}${lineBreak}}`;
}
