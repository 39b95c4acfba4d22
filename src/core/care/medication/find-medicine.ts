// Which rule a medicine of the record has, and how the formulary is searched.
//
//   MD3  A rule is found by code, then told apart by name, route and form; a code that several names share is never enough alone.
import type { JsonObject } from '../../base/json-types.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { DrugRules, MedicineRule, RouteKey } from './drug-rules.ts';
import { instructionsOf, routeOf } from './order-dose.ts';

/** Of MedicationRequest.medicationCodeableConcept.coding: the medicine's key in the drug content. */
export const MEDICINE_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/medicine';
export const ATC_SYSTEM = 'http://www.whocc.no/atc';

/** As people read it: the display of a code, else the words. Never empty: what nobody named is said to be without a name. */
export function medicineName(body: JsonObject): string {
  const concept = body['medicationCodeableConcept'];
  const displays = itemsOf(at(concept, 'coding')).map((coding) => textOf(at(coding, 'display')));
  return (
    displays.find((display) => display !== '') ||
    textOf(at(concept, 'text')) ||
    textOf(at(body, 'medicationReference.display'))
  );
}

export function ruleOf(rules: DrugRules, body: JsonObject): MedicineRule | undefined {
  const concept = body['medicationCodeableConcept'];
  if (!isObject(concept)) return undefined;
  const codings = itemsOf(concept['coding']).filter(isObject);
  const key = codings.find((coding) => coding['system'] === MEDICINE_SYSTEM);
  if (key !== undefined) return rules.medicines.find((one) => one.key === key['code']);
  const names = [textOf(concept['text']), ...codings.map((coding) => textOf(coding['display']))]
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const coded = rules.medicines.filter(({ codes }) =>
    codes.some((one) => codings.some((coding) => coding['system'] === one.system && coding['code'] === one.code)),
  );
  const named = (coded.length > 0 ? coded : rules.medicines).filter(
    ({ name, brands }) => names.includes(name) || brands.some((brand) => names.includes(brand.toLowerCase())),
  );
  // A code without a known name holds only where it means one medicine.
  const oneName = new Set(coded.map(({ name }) => name)).size === 1;
  const found = named.length > 0 ? named : oneName ? coded : [];
  const route = givenBy(body);
  const words = textOf(concept['text']).toLowerCase();
  return (
    found.find((one) => one.route === route && words.endsWith(one.form.toLowerCase())) ??
    found.find((one) => one.route === route) ??
    (route === undefined ? found[0] : undefined) ??
    found.find((one) => one.classes.length > 0)
  );
}
const givenBy = (body: JsonObject): RouteKey | undefined =>
  instructionsOf(body)[0]?.route ?? routeOf(at(body, 'dosage.route'));

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/** Medicines whose name or brand has a word that begins with each word typed; names that begin with it first. Case and accents do not count. */
export function searchMedicines(rules: DrugRules, typed: string, most = 20): readonly MedicineRule[] {
  const words = fold(typed)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const ranked = rules.medicines.flatMap((medicine) => {
    const parts = [medicine.name, ...medicine.brands, medicine.form, medicine.route].map(fold);
    const tokens = parts.flatMap((part) => part.split(/[\s-]+/));
    if (
      !words.every(
        (word) => tokens.some((token) => token.startsWith(word)) || parts.some((part) => part.startsWith(word)),
      )
    )
      return [];
    const first = words[0] ?? '';
    const rank =
      parts[0]?.startsWith(first) === true ? 0 : medicine.brands.some((b) => fold(b).startsWith(first)) ? 1 : 2;
    return [{ rank, medicine }];
  });
  return ranked
    .sort(
      (a, b) => a.rank - b.rank || (a.medicine.name < b.medicine.name ? -1 : a.medicine.name > b.medicine.name ? 1 : 0),
    )
    .slice(0, most)
    .map(({ medicine }) => medicine);
}
