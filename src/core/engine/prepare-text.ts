// From a text to a resource that may be stored: parsed, of the right type, valid. Done once, before anything is read.
//
//   EN1   Every fault is told, none is stored.
//   EN26  A part of a resource is not stored as the whole.
//   EN15  Size is judged first, on bytes.
import { parseJson, type JsonFault, type ParsedJson } from '../base/json.ts';
import type { JsonObject, JsonValue } from '../base/json-types.ts';
import { err, ok, type Result } from '../base/result.ts';
import { utf8Length } from '../base/utf8.ts';
import type { Fault } from '../fhir/fault.ts';
import type { ValidateResource } from '../fhir/validate/validate.ts';
import type { ChangeRefusal } from './engine.ts';

export interface Prepared {
  readonly text: string;
  readonly parsed: ParsedJson;
  /** What the text says of its id; undefined where it is absent. */
  readonly id: string | undefined;
  readonly warnings: readonly Fault[];
}

export interface Judging {
  /** As `validateResource`, with the engine's clock and options in it. */
  readonly validate: ValidateResource;
  readonly bytesMax: number;
}

const JSON_SPEC = 'http://hl7.org/fhir/R4/json.html';
const HTTP_SPEC = 'http://hl7.org/fhir/R4/http.html';

// A number that JavaScript reads as another kind than its text is (`1.0` is no integer) is judged by its text. Linear on
// any input: no two parts of the expression can take the same character.
const ODD_NUMBER = /[:,[]\s*-?(?:\d{16,}|\d+(?:\.0+|(?:\.\d+)?[eE][-+]?\d+))(?=[\s,\]}])/;

/** `text` as a valid resource of `type`. */
export function prepareText(text: string, type: string, judging: Judging): Result<Prepared, ChangeRefusal> {
  const { bytesMax: limit } = judging;
  // At most three bytes a unit: most texts are measured without being walked.
  const bytes = text.length * 3 <= limit ? text.length : utf8Length(text);
  if (bytes > limit) return err({ kind: 'too-large', bytes, limit });
  const parsed = parseJson(text);
  if (!parsed.ok) return invalid([jsonFault(type, parsed.error)]);
  const { value } = parsed.value;
  const found = isObject(value) ? value['resourceType'] : undefined;
  if (found !== type) {
    const message = `The body must be a ${type}: its resourceType says something else, or nothing.`;
    return invalid([faultOf(type, 'resource-type', 'structure', message, `${HTTP_SPEC}#update`)]);
  }
  const judged = judge(text, value, judging.validate);
  if (judged.some(({ severity }) => severity === 'error')) return invalid(judged);
  const id = isObject(value) ? value['id'] : undefined;
  const meta = isObject(value) ? value['meta'] : undefined;
  if ((id !== undefined && typeof id !== 'string') || (meta !== undefined && !isObject(meta))) {
    const message = 'An id must be a string and a meta an object.';
    return invalid([faultOf(type, 'resource-shape', 'structure', message, JSON_SPEC)]);
  }
  if (meta !== undefined && isSubset(meta)) {
    const message =
      'This is a part of a resource (SUBSETTED): stored, it would replace the whole. Read the whole first.';
    const page = 'http://hl7.org/fhir/R4/search.html#summary';
    return invalid([faultOf(`${type}.meta.tag`, 'subsetted', 'business-rule', message, page)]);
  }
  return ok({ text, parsed: parsed.value, id, warnings: judged });
}

/** The code is of `v3-ObservationValue`; older servers wrote another system with it. */
function isSubset(meta: JsonObject): boolean {
  const tags = meta['tag'];
  return Array.isArray(tags) && tags.some((tag: JsonValue) => isObject(tag) && tag['code'] === 'SUBSETTED');
}

function judge(text: string, value: JsonValue, validate: ValidateResource): readonly Fault[] {
  if (!ODD_NUMBER.test(text)) return validate(value);
  const lossless = parseJson(text, { numbers: 'lossless' });
  return validate(lossless.ok ? lossless.value.value : value);
}

export const invalid = (faults: readonly Fault[]): Result<never, ChangeRefusal> => err({ kind: 'invalid', faults });

export const faultOf = (
  path: string,
  rule: string,
  type: Fault['type'],
  message: string,
  spec: string = `${HTTP_SPEC}#update`,
): Fault => ({ severity: 'error', type, path, rule, message, spec });

const jsonFault = (type: string, { line, column, message }: JsonFault): Fault =>
  faultOf(type, 'json', 'structure', `Line ${line}, column ${column}: ${message}.`, JSON_SPEC);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
