// What a resource says, read from its codes: is it a denial of allergies, a word on resuscitation, a critical result?
//
// Whatever is not known here is read the careful way: a code that is not known to deny is an allergy, a difference in what may
// be about resuscitation is one. Codes: SNOMED CT; LOINC (its answers begin with LA); HL7 International Patient Summary, absent and unknown data;
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
  '160244002', // No known allergies (retired, and still sent)
  '409137002', // No known drug allergy
  '429625007', // No known food allergy
  '428607008', // No known environmental allergy
  '716184000', // No known latex allergy
  '1003774007', // No known Hevea brasiliensis latex allergy
  '716220001', // No known animal allergy
  '428197003', // No known insect allergy
  'no-allergy-info',
  'no-known-allergies',
  'no-known-medication-allergies',
  'no-known-environmental-allergies',
  'no-known-food-allergies',
]);
const DENIED = /^\W*(?:(?:no|nil) known\b.*\b(?:allerg|intoleran|adverse)|nkd?a\b|no allergies\b)/i;
/** "No known allergies", of one kind or all: by code, or by words where nothing is coded. */
export const deniesAllergy = (body: JsonObject): boolean => {
  const codes = codesOf(body['code']).filter((code) => code !== '');
  return codes.length > 0
    ? codes.some((code) => DENIALS.has(code))
    : wordsOf(body['code']).some((words) => DENIED.test(words));
};

const FOR_CPR: ReadonlySet<string> = new Set([
  '304252001', // For resuscitation
  '450475007', // For attempted cardiopulmonary resuscitation
  'LA33470-8', // Yes CPR
]);
const NOT_FOR_CPR: ReadonlySet<string> = new Set([
  '304253006', // Not for resuscitation
  '450476008', // Not for attempted cardiopulmonary resuscitation
  '143021000119109', // Do not resuscitate status with supporting documentation
  'LA33471-6', // No CPR: do not attempt resuscitation
  'dnr',
]);
const RESUSCITATION: ReadonlySet<string> = new Set([
  ...FOR_CPR,
  ...NOT_FOR_CPR,
  '304251008', // Resuscitation status: which, is the value
  '100822-6', // Cardiopulmonary resuscitation orders
  'polst',
  'flag-resuscitation',
]);
const ABOUT_CPR = /resuscitat|dnacpr|\bdnar\b|\bdnr\b|\bcode status\b|\brespect form\b/i;
const TELLING = ['code', 'category', 'policyRule', 'provision.code', 'valueCodeableConcept', 'orderDetail'];

/** Tells whether to resuscitate, as flag, consent, order or observation. */
export const isResuscitation = (body: JsonObject): boolean =>
  TELLING.some(
    (path) =>
      codesOf(at(body, path)).some((code) => RESUSCITATION.has(code)) ||
      wordsOf(at(body, path)).some((words) => ABOUT_CPR.test(words)),
  );
/** Says, as in force, anything other than to attempt resuscitation. */
export const limitsResuscitation = (body: JsonObject): boolean => {
  const codes = TELLING.flatMap((path) => codesOf(at(body, path)));
  const isFor = codes.some((code) => FOR_CPR.has(code)) && !codes.some((code) => NOT_FOR_CPR.has(code));
  const isPast = ['inactive', 'entered-in-error', 'rejected', 'revoked', 'cancelled'].includes(textOf(body['status']));
  return isResuscitation(body) && !isPast && !isFor;
};

const CRITICAL: ReadonlySet<string> = new Set(['HH', 'LL', 'AA', 'HU', 'LU']);
/** The interpretation codes of a result that say it cannot wait, sorted. */
export const criticalCodesOf = (body: JsonObject): readonly string[] =>
  [...codesOf(body['interpretation']), ...codesOf(body['conclusionCode'])].filter((code) => CRITICAL.has(code)).sort();
