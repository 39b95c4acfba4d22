// A PractitionerRole, or a Practitioner, in conflict: what rights follow from until people have decided.
//
//   CW13  The most restrictive of all sides: what one side revoked is revoked, and a duty, place or time counts where every side gives it.
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import { dateRange } from '../fhir/instant.ts';
import { codingsOf, isObject } from './break-glass.ts';

/** `sides`: undefined where one deleted it. `shown`: for everything that rights do not follow from. */
export function restrictedRole(shown: ResourceJson, sides: readonly (ResourceJson | undefined)[]): ResourceJson {
  const live = sides.filter((side) => side !== undefined);
  const { period: _, location: _location, ...rest } = shown;
  const differs = (name: string): boolean => new Set(live.map((side) => referenceOf(side[name]))).size > 1;
  // Without places a duty is for the whole site: places that no two sides share are no place, not every place.
  const placed = live.filter((side) => arrayOf(side['location']).length > 0);
  const location = shared(placed, 'location', (place) => [referenceOf(place)]);
  const isRevoked =
    live.length < sides.length ||
    live.some((side) => side['active'] === false) ||
    differs('practitioner') ||
    differs('organization') ||
    (placed.length > 0 && location.length === 0);
  const period = within(live.map((side) => side['period']));
  const code = shared(live, 'code', (concept) => codingsOf(concept).map(codingKey));
  return {
    ...rest,
    code,
    ...(location.length === 0 ? {} : { location }),
    ...(period === undefined ? {} : { period }),
    ...(isRevoked ? { active: false } : {}),
  } as ResourceJson;
}

/** Somebody whom one side took off the staff, or off the record, is off it. */
export function restrictedPerson(shown: ResourceJson, sides: readonly (ResourceJson | undefined)[]): ResourceJson {
  const isOff = sides.some((side) => side === undefined || side['active'] === false);
  return isOff ? { ...shown, active: false } : shown;
}

const codingKey = ({ system, code }: JsonObject): string => `${String(system)}|${String(code)}`;

const referenceOf = (value: JsonValue | undefined): string =>
  isObject(value) && typeof value['reference'] === 'string' ? value['reference'] : '';

/** The items of `name` of the first side whose every key each side has; of concepts, the codings that all have. */
function shared(
  sides: readonly ResourceJson[],
  name: string,
  keysOf: (item: JsonValue) => readonly string[],
): readonly JsonValue[] {
  const all = sides.map((side) => new Set(arrayOf(side[name]).flatMap(keysOf)));
  const [first] = sides;
  return arrayOf(first?.[name]).flatMap((item): readonly JsonValue[] => {
    const isEverywhere = (key: string): boolean => all.every((keys) => keys.has(key));
    if (name !== 'code') return keysOf(item).every(isEverywhere) ? [item] : [];
    const coding = codingsOf(item).filter((one) => isEverywhere(codingKey(one)));
    return coding.length === 0 ? [] : [{ coding }];
  });
}

/** The time that lies in every period; one that cannot be read is kept, and gives nothing. */
function within(periods: readonly (JsonValue | undefined)[]): JsonObject | undefined {
  const given = periods.filter(isObject);
  const starts = given.flatMap(({ start }) => (start === undefined ? [] : [start]));
  const ends = given.flatMap(({ end }) => (end === undefined ? [] : [end]));
  const start = starts.toSorted((a, b) => at(b, 'lo', Infinity) - at(a, 'lo', Infinity))[0];
  const end = ends.toSorted((a, b) => at(a, 'hi', -Infinity) - at(b, 'hi', -Infinity))[0];
  if (start === undefined && end === undefined) return undefined;
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}
const at = (value: JsonValue, which: 'lo' | 'hi', unknown: number): number =>
  (typeof value === 'string' ? dateRange(value)?.[which] : undefined) ?? unknown;

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];
