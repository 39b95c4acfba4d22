// JSON Patch (RFC 6902) on the text of a resource.
//
// Invariants (specs/patch.md)
//   PT1  All operations or none: a fault leaves nothing done.
//   PT2  What no operation touches keeps its value and its numbers their text.
//   PT3  Pointers reach own members only, and array indexes are strict.
//   PT4  Work and depth are bounded: `copy` cannot double a body for ever.
import { JsonNumber, parseJson, printJson } from '../../base/json.ts';
import type { JsonValue } from '../../base/json-types.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Fault } from '../fault.ts';
import {
  depthMax,
  isList,
  isObject,
  nestsWithin,
  operationsMax,
  patchFault,
  PatchRefused,
  setMember,
} from './patch-fault.ts';

const spec = 'https://www.rfc-editor.org/rfc/rfc6902';
/** Values and characters that all `copy` operations of a patch may make together. */
const copiedMax = 2_000_000;

/** Applies `patchText` to `text`; gives the new text (compact) or what is wrong. */
export function applyJsonPatch(text: string, patchText: string): Result<string, readonly Fault[]> {
  const target = parseJson(text, { numbers: 'lossless' });
  if (!target.ok) return err([patchFault(new PatchRefused('patch-path', 'the resource is no JSON'), '', spec)]);
  const patch = parseJson(patchText, { numbers: 'lossless' });
  if (!patch.ok) {
    const { line, column, message } = patch.error;
    return err([patchFault(new PatchRefused('patch-syntax', `line ${line}, column ${column}: ${message}`), '', spec)]);
  }
  const document = new Document(target.value.value);
  let path = '';
  try {
    const operations = patch.value.value;
    if (!isList(operations)) throw new PatchRefused('patch-syntax', 'a JSON Patch is an array of operations');
    if (operations.length > operationsMax)
      throw new PatchRefused('patch-limit', `a patch has at most ${operationsMax} operations`);
    for (const [i, operation] of operations.entries()) {
      path = `Patch[${i}]`;
      document.apply(operation);
    }
    path = '';
    if (!isObject(document.root)) throw new PatchRefused('patch-path', 'a resource is an object, also after the patch');
    return ok(printJson(document.root));
  } catch (thrown) {
    if (thrown instanceof PatchRefused) return err([patchFault(thrown, path, spec)]);
    throw thrown;
  }
}

type Pointer = readonly string[];

class Document {
  root: JsonValue;
  private copied = 0;

  constructor(root: JsonValue) {
    this.root = root;
  }

  apply(operation: JsonValue): void {
    if (!isObject(operation)) throw new PatchRefused('patch-syntax', 'an operation is an object');
    const path = pointerIn(operation, 'path');
    switch (own(operation, 'op')) {
      case 'add':
        return this.add(path, valueIn(operation));
      case 'remove':
        this.remove(path);
        return;
      case 'replace':
        return this.replace(path, valueIn(operation));
      case 'move':
        return this.move(pointerIn(operation, 'from'), path);
      case 'copy':
        return this.add(path, this.copyOf(this.get(pointerIn(operation, 'from'))));
      case 'test':
        if (!sameValue(this.get(path), valueIn(operation)))
          throw new PatchRefused('patch-test', 'the tested value is another');
        return;
      default:
        throw new PatchRefused('patch-syntax', 'op must be add, remove, replace, move, copy or test');
    }
  }

  private get(pointer: Pointer): JsonValue {
    let value = this.root;
    for (const token of pointer) value = step(value, token);
    return value;
  }

  private add(pointer: Pointer, value: JsonValue): void {
    if (!nestsWithin(value, depthMax - pointer.length))
      throw new PatchRefused('patch-limit', `nesting is deeper than ${depthMax}`);
    const last = pointer.at(-1);
    if (last === undefined) {
      this.root = value;
      return;
    }
    const parent = this.get(pointer.slice(0, -1));
    if (isObject(parent)) setMember(parent, last, value);
    else if (isList(parent)) parent.splice(last === '-' ? parent.length : indexOf(last, parent.length), 0, value);
    else throw notThere();
  }

  private remove(pointer: Pointer): JsonValue {
    const last = pointer.at(-1);
    if (last === undefined) throw new PatchRefused('patch-path', 'the whole resource cannot be removed');
    const parent = this.get(pointer.slice(0, -1));
    const value = step(parent, last);
    if (isList(parent)) parent.splice(Number(last), 1);
    else if (isObject(parent)) delete parent[last];
    return value;
  }

  private replace(pointer: Pointer, value: JsonValue): void {
    const last = pointer.at(-1);
    if (last === undefined) return this.add(pointer, value);
    if (!nestsWithin(value, depthMax - pointer.length))
      throw new PatchRefused('patch-limit', `nesting is deeper than ${depthMax}`);
    const parent = this.get(pointer.slice(0, -1));
    step(parent, last);
    // In place, so that the member keeps its position in the text.
    if (isList(parent)) parent[Number(last)] = value;
    else if (isObject(parent)) setMember(parent, last, value);
  }

  private move(from: Pointer, path: Pointer): void {
    const isInside = from.length < path.length && from.every((token, i) => token === path[i]);
    if (isInside) throw new PatchRefused('patch-path', 'a value cannot be moved into itself');
    const value = this.get(from);
    if (from.length === path.length && from.every((token, i) => token === path[i])) return;
    this.remove(from);
    this.add(path, value);
  }

  private copyOf(value: JsonValue): JsonValue {
    this.copied += typeof value === 'string' ? value.length + 1 : 1;
    if (this.copied > copiedMax) throw new PatchRefused('patch-limit', 'the patch copies too much');
    if (isList(value)) return value.map((item) => this.copyOf(item));
    if (!isObject(value)) return value;
    const copy: Record<string, JsonValue> = {};
    for (const [name, member] of Object.entries(value)) {
      this.copied += name.length;
      setMember(copy, name, this.copyOf(member));
    }
    return copy;
  }
}

const notThere = (): PatchRefused => new PatchRefused('patch-path', 'the pointer leads to nothing in this resource');

function step(value: JsonValue, token: string): JsonValue {
  if (isList(value)) {
    const item = value[indexOf(token, value.length - 1)];
    if (item === undefined) throw notThere();
    return item;
  }
  const member = isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
  if (member === undefined) throw notThere();
  return member;
}

/** RFC 6901: digits without leading zeros, and no further than `max`. */
function indexOf(token: string, max: number): number {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(token))
    throw new PatchRefused('patch-path', 'an array is entered by an index: digits, no leading zeros');
  const index = Number(token);
  if (index > max) throw notThere();
  return index;
}

function own(operation: Record<string, JsonValue>, name: string): JsonValue | undefined {
  return Object.hasOwn(operation, name) ? operation[name] : undefined;
}

function valueIn(operation: Record<string, JsonValue>): JsonValue {
  const value = own(operation, 'value');
  if (value === undefined) throw new PatchRefused('patch-syntax', 'this operation needs a value');
  return value;
}

function pointerIn(operation: Record<string, JsonValue>, name: string): Pointer {
  const text = own(operation, name);
  if (typeof text !== 'string') throw new PatchRefused('patch-syntax', `this operation needs ${name}, a JSON pointer`);
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text))
    throw new PatchRefused('patch-syntax', `${name} is no JSON pointer`);
  const tokens = text.slice(1).split('/');
  if (tokens.length > depthMax) throw new PatchRefused('patch-limit', `nesting is deeper than ${depthMax}`);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** RFC 6902, 4.6: numbers by value (exactly, however they are written), objects without regard to order. */
function sameValue(a: JsonValue, b: JsonValue): boolean {
  const number = numberText(a);
  if (number !== undefined) return number === numberText(b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i] ?? null));
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameValue(a[name] ?? null, b[name] ?? null));
}

/** One text for each number: its digits without zeros at either end, and its exponent. */
function numberText(value: JsonValue): string | undefined {
  const text = typeof value === 'number' ? String(value) : value instanceof JsonNumber ? value.text : undefined;
  if (text === undefined) return undefined;
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - part.length + (digits.length - significant.length)}`;
}
