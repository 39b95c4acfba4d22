// A FHIR value as lines that people read: paths below the element and what stands there, every digit as written.
//
//   CH53  Nothing of a value is left out; codes stand beside their words.
import { JsonNumber, printJson } from '../../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../../core/base/json-types.ts';
import { isObject } from '../../../core/care/merge/clinical-words.ts';

export interface ValueLine {
  /** `timing.repeat.frequency`, `[0].code`; '' for the value itself. */
  readonly path: string;
  readonly words: string;
}

/** Of undefined no line. */
export function valueLines(value: JsonValue | undefined, path = ''): readonly ValueLine[] {
  if (value === undefined || value === null) return [];
  if (value instanceof JsonNumber) return [{ path, words: value.text }];
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    return list.flatMap((one, n) => valueLines(one, list.length === 1 ? path : `${path}[${n + 1}]`));
  }
  if (!isObject(value)) return [{ path, words: typeof value === 'string' ? value : printJson(value) }];
  const short = shortWords(value);
  if (short !== undefined) return [{ path, words: short }];
  return Object.entries(value).flatMap(([name, member]) => valueLines(member, path === '' ? name : `${path}.${name}`));
}

const only = (value: JsonObject, names: readonly string[]): boolean =>
  Object.entries(value).every(([name, member]) => member === undefined || names.includes(name));
const text = (value: JsonValue | undefined): string =>
  value === undefined || (isObject(value) && !(value instanceof JsonNumber))
    ? ''
    : value instanceof JsonNumber
      ? value.text
      : typeof value === 'string'
        ? value
        : printJson(value);

/** Of the data types that everybody reads as one thing; undefined for what must be told member by member. */
function shortWords(value: JsonObject): string | undefined {
  if (only(value, ['value', 'unit', 'system', 'code', 'comparator']) && value['value'] !== undefined) {
    return [text(value['comparator']), text(value['value']), text(value['unit']) || text(value['code'])]
      .filter(Boolean)
      .join(' ');
  }
  if (only(value, ['system', 'code', 'display', 'version', 'userSelected']) && value['code'] !== undefined) {
    const display = text(value['display']);
    return display === '' ? text(value['code']) : `${display} (${text(value['code'])})`;
  }
  if (
    only(value, ['reference', 'display', 'type']) &&
    (value['reference'] !== undefined || value['display'] !== undefined)
  ) {
    return [text(value['display']), text(value['reference'])].filter(Boolean).join(' – ');
  }
  if (only(value, ['start', 'end'])) return `${text(value['start'])} … ${text(value['end'])}`;
  if (only(value, ['coding', 'text']) && Array.isArray(value['coding'])) {
    const codings: readonly JsonValue[] = value['coding'];
    const said = codings.map((one) => (isObject(one) ? (shortWords(one) ?? '') : '')).filter((one) => one !== '');
    const words = text(value['text']);
    const others = said.filter((one) => !one.startsWith(`${words} (`));
    return words === ''
      ? said.join(', ')
      : others.length === said.length && said.length > 0
        ? `${words} – ${said.join(', ')}`
        : (said[0] ?? words);
  }
  if (only(value, ['text']) && typeof value['text'] === 'string') return value['text'];
  return undefined;
}
