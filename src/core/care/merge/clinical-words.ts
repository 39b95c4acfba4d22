// What a resource says, read from its codes: is it a denial of allergies, a word on resuscitation, a critical result?
//
// Whatever is not known here is read the careful way: a code that is not known to deny is an allergy, a difference in what may
// be about resuscitation is one. Codes: SNOMED CT; HL7 International Patient Summary, absent and unknown data;
// http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation; http://terminology.hl7.org/CodeSystem/consentcategorycodes
import type { JsonObject, JsonValue } from '../../base/json-types.ts';

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const itemsOf = (value: JsonValue | undefined): readonly JsonValue[] => {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
};
export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
export const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
/** The value at a dotted path of members; undefined where there is none. */
export function at(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let found = value;
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
  return found;
}

/** The codes of a CodeableConcept, a Coding or a list of them. */
export const codesOf = (value: JsonValue | undefined): readonly string[] =>
  itemsOf(value).flatMap((concept) =>
    isObject(concept)
      ? [textOf(concept['code']), ...itemsOf(concept['coding']).map((coding) => textOf(at(coding, 'code')))]
      : [],
  );
const wordsOf = (value: JsonValue | undefined): readonly string[] =>
  itemsOf(value).flatMap((concept) =>
    isObject(concept)
      ? [
          textOf(concept['text']),
          textOf(concept['display']),
          ...itemsOf(concept['coding']).map((coding) => textOf(at(coding, 'display'))),
        ]
      : [],
  );

const DENIALS: ReadonlySet<string> = new Set([
  '716186003', // No known allergy
  '409137002', // No known drug allergy
  '429625007', // No known food allergy
  '428607008', // No known environmental allergy
  '716184000', // No known latex allergy
  '716220001', // No known animal allergy
  '428197003', // No known insect allergy
  'no-allergy-info',
  'no-known-allergies',
  'no-known-medication-allergies',
  'no-known-environmental-allergies',
  'no-known-food-allergies',
]);
/** "No known allergies", of one kind or all. */
export const deniesAllergy = (body: JsonObject): boolean => codesOf(body['code']).some((code) => DENIALS.has(code));

const RESUSCITATION: ReadonlySet<string> = new Set([
  '304252001', // For resuscitation
  '304253006', // Not for resuscitation
  '450475007', // For attempted cardiopulmonary resuscitation
  '450476008', // Not for attempted cardiopulmonary resuscitation
  'dnr',
  'polst',
  'flag-resuscitation',
]);
const FOR_CPR: ReadonlySet<string> = new Set(['304252001', '450475007']);
const ABOUT_CPR = /resuscitat|dnacpr|\bdnar\b|\bdnr\b|\bcode status\b|\brespect form\b/i;
const TELLING = ['code', 'category', 'policyRule', 'provision.code', 'vaccineCode'];

/** Tells whether to resuscitate, as flag, consent, order or observation. */
export const isResuscitation = (body: JsonObject): boolean =>
  TELLING.some(
    (path) =>
      codesOf(at(body, path)).some((code) => RESUSCITATION.has(code)) ||
      wordsOf(at(body, path)).some((words) => ABOUT_CPR.test(words)),
  );
/** Says, as in force, anything other than to attempt resuscitation. */
export const limitsResuscitation = (body: JsonObject): boolean =>
  isResuscitation(body) &&
  !['inactive', 'entered-in-error', 'rejected', 'revoked', 'cancelled'].includes(textOf(body['status'])) &&
  !codesOf(body['code']).some((code) => FOR_CPR.has(code));

const CRITICAL: ReadonlySet<string> = new Set(['HH', 'LL', 'AA', 'HU', 'LU']);
/** The interpretation codes of a result that say it cannot wait, sorted. */
export const criticalCodesOf = (body: JsonObject): readonly string[] =>
  [...codesOf(body['interpretation']), ...codesOf(body['conclusionCode'])].filter((code) => CRITICAL.has(code)).sort();
