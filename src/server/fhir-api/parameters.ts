// A Parameters resource as input of an operation (http://hl7.org/fhir/R4/parameters.html).
import { parseJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Api, Ask } from './ask.ts';
import type { Refusal } from './outcome.ts';
import type { Pair } from './query-text.ts';

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body as a JSON object; `undefined` where there is none. */
export function bodyObject(ask: Ask, api: Api): Result<JsonObject | undefined, Refusal> {
  if (ask.body === undefined) return ok(undefined);
  const parsed = parseJson(ask.body.text, { depthMax: api.limits.depth });
  if (!parsed.ok) return err({ kind: 'bad-json', fault: parsed.error });
  if (!isObject(parsed.value.value))
    return err({ kind: 'wrong-resource', path: 'resourceType', wants: 'the name of a resource type' });
  return ok(parsed.value.value);
}

/** The `parameter` objects of a Parameters resource; [] where there are none. */
export function parametersIn(resource: JsonObject): readonly JsonObject[] {
  const list = resource['parameter'];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Parameters with a primitive value as pairs, like those of a query. */
export function pairsIn(resource: JsonObject): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const parameter of parametersIn(resource)) {
    const name = parameter['name'];
    if (typeof name !== 'string') continue;
    for (const [key, value] of Object.entries(parameter)) {
      if (
        key.startsWith('value') &&
        (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      ) {
        pairs.push([name, String(value)]);
      }
    }
  }
  return pairs;
}
