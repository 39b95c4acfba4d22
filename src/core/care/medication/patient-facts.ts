// What safety checks must know of a person, read from the record with its age: allergies, weight, kidneys, pregnancy, age and sex.
//
//   MD4  What is not known is said to be not known: no fact is guessed, none defaults to normal.
//   MD5  What is unconfirmed, in conflict or in quarantine counts (CR3).
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, deniesAllergy, itemsOf, textOf } from '../merge/clinical-words.ts';
import { isAllergyPresent } from '../merge/leads.ts';

const DAY_MS = 86_400_000;
export const YEAR_MS = 365.25 * DAY_MS;

export interface Measured {
  readonly value: number;
  readonly at: Instant;
  /** `Observation/1`. */
  readonly from: string;
}
export interface AllergyFact {
  /** `AllergyIntolerance/1`. */
  readonly from: string;
  readonly words: string;
  readonly codes: readonly { readonly system: string; readonly code: string }[];
  readonly reaction: string;
  readonly criticality: string;
  /** Nobody confirmed it: it counts all the same (CR3). */
  readonly unverified: boolean;
}
export interface PatientFacts {
  /** Years with fractions; undefined: no date of birth. */
  readonly age: number | undefined;
  readonly sex: 'female' | 'male' | undefined;
  readonly allergies: readonly AllergyFact[];
  /** `known`, `none known`, or nobody asked. */
  readonly allergyStatus: 'known' | 'denied' | 'not-recorded';
  readonly weight: Measured | undefined;
  /** mL/min/1.73 m²; `estimated`: worked out here from creatinine by CKD-EPI 2021. */
  readonly kidneys: (Measured & { readonly estimated: boolean }) | undefined;
  readonly pregnant: { readonly from: string } | undefined;
}

const LOINC = 'http://loinc.org';
const EGFR: ReadonlySet<string> = new Set([
  '98979-8',
  '33914-3',
  '62238-1',
  '48642-3',
  '48643-1',
  '69405-9',
  '77147-7',
  '88293-6',
  '88294-4',
  '50044-7',
  '94677-2',
]);
const PREGNANT: ReadonlySet<string> = new Set(['77386006', '72892002', '47200007', '398254007', '127364007']);
const NOT_A_RESULT = ['entered-in-error', 'cancelled', 'registered'];

const nameOf = (body: ResourceJson): string => `${body.resourceType}/${body.id ?? ''}`;
export const momentOf = (value: JsonValue | undefined): Instant | undefined => dateRange(textOf(value))?.lo;
export const effectiveAt = (body: JsonObject): Instant | undefined =>
  momentOf(body['effectiveDateTime']) ??
  momentOf(at(body, 'effectivePeriod.start')) ??
  momentOf(body['effectiveInstant']);
const hasLoinc = (body: JsonObject, wanted: (code: string) => boolean): boolean =>
  itemsOf(at(body, 'code.coding')).some(
    (coding) => textOf(at(coding, 'system')) === LOINC && wanted(textOf(at(coding, 'code'))),
  );

/** The newest measurement; of two at one time the one that is worse (`worse` is negative where the first is). */
function newest(
  resources: readonly ResourceJson[],
  now: Instant,
  read: (body: ResourceJson) => number | undefined,
  worse: (a: number, b: number) => number,
): Measured | undefined {
  let found: Measured | undefined;
  for (const body of resources) {
    if (body.resourceType !== 'Observation' || NOT_A_RESULT.includes(textOf(body['status']))) continue;
    const value = read(body);
    const time = effectiveAt(body);
    // A time to come is a slip of a clock; five minutes are allowed for.
    if (value === undefined || time === undefined || time > now + 300_000) continue;
    const candidate = { value, at: time, from: nameOf(body) };
    if (found === undefined || time > found.at || (time === found.at && worse(value, found.value) < 0))
      found = candidate;
  }
  return found;
}

const KILOGRAMS: Readonly<Record<string, number>> = { kg: 1, g: 0.001, '[lb_av]': 0.453_592_37 };
function weightOf(body: JsonObject): number | undefined {
  if (!hasLoinc(body, (code) => code === '29463-7' || code === '3141-9' || code === '8341-0')) return undefined;
  const value = numberOf(at(body, 'valueQuantity.value'));
  const unit = textOf(at(body, 'valueQuantity.code')) || textOf(at(body, 'valueQuantity.unit'));
  const factor = KILOGRAMS[unit];
  const kg = value === undefined || factor === undefined ? undefined : value * factor;
  return kg !== undefined && kg >= 0.2 && kg <= 700 ? kg : undefined;
}

/** CKD-EPI 2021 (Inker and others, N Engl J Med 2021), from creatinine in µmol/L; for people of 18 years and over. */
export function ckdEpi2021(creatinine: number, age: number, sex: 'female' | 'male'): number {
  const kappa = sex === 'female' ? 0.7 : 0.9;
  const alpha = sex === 'female' ? -0.241 : -0.302;
  const x = creatinine / 88.4 / kappa;
  return 142 * Math.min(x, 1) ** alpha * Math.max(x, 1) ** -1.2 * 0.9938 ** age * (sex === 'female' ? 1.012 : 1);
}

export function factsOf(resources: readonly ResourceJson[], now: Instant): PatientFacts {
  // Of linked records of one person the one that stands.
  const people = resources.filter((one) => one.resourceType === 'Patient');
  const patient = people.find((one) => !isReplaced(one)) ?? people[0];
  const bornAt = momentOf(patient?.['birthDate']);
  const diedAt = momentOf(patient?.['deceasedDateTime']);
  const age = bornAt === undefined ? undefined : Math.max(0, ((diedAt ?? now) - bornAt) / YEAR_MS);
  const gender = textOf(patient?.['gender']);
  const sex = gender === 'female' || gender === 'male' ? gender : undefined;
  const told = resources.filter((one) => one.resourceType === 'AllergyIntolerance');
  const allergies = told.filter(isAllergyPresent).map(allergyOf);
  const isDenied = told.some(
    (one) =>
      deniesAllergy(one) &&
      !codesOf(one['verificationStatus']).some((code) => code === 'entered-in-error' || code === 'refuted'),
  );
  const egfr = newest(
    resources,
    now,
    (body) => (hasLoinc(body, (code) => EGFR.has(code)) ? numberOf(at(body, 'valueQuantity.value')) : undefined),
    (a, b) => a - b,
  );
  const creatinine = newest(resources, now, creatinineOf, (a, b) => b - a);
  return {
    age,
    sex,
    allergies,
    allergyStatus: allergies.length > 0 ? 'known' : isDenied ? 'denied' : 'not-recorded',
    weight: newest(resources, now, weightOf, (a, b) => a - b),
    kidneys: kidneysOf(egfr, creatinine, age, sex),
    pregnant: pregnancyOf(resources),
  };
}
const isReplaced = (patient: JsonObject): boolean =>
  itemsOf(patient['link']).some((link) => at(link, 'type') === 'replaced-by');
function creatinineOf(body: JsonObject): number | undefined {
  if (!hasLoinc(body, (code) => code === '14682-9' || code === '2160-0')) return undefined;
  const value = numberOf(at(body, 'valueQuantity.value'));
  const unit = textOf(at(body, 'valueQuantity.code')) || textOf(at(body, 'valueQuantity.unit'));
  if (value === undefined || value <= 0) return undefined;
  return unit === 'umol/L' ? value : unit === 'mg/dL' ? value * 88.4 : unit === 'mmol/L' ? value * 1000 : undefined;
}
function kidneysOf(
  egfr: Measured | undefined,
  creatinine: Measured | undefined,
  age: number | undefined,
  sex: 'female' | 'male' | undefined,
): PatientFacts['kidneys'] {
  // The formulas are made for adults.
  if (age === undefined || age < 18) return undefined;
  if (egfr !== undefined && (creatinine === undefined || egfr.at >= creatinine.at))
    return { ...egfr, estimated: false };
  if (creatinine !== undefined && sex !== undefined)
    return { ...creatinine, value: ckdEpi2021(creatinine.value, age, sex), estimated: true };
  return egfr === undefined ? undefined : { ...egfr, estimated: false };
}
function allergyOf(body: ResourceJson): AllergyFact {
  const codings = itemsOf(at(body, 'code.coding'));
  const reaction = itemsOf(body['reaction'])[0];
  const manifestation = itemsOf(at(reaction, 'manifestation'))[0];
  return {
    from: nameOf(body),
    words:
      textOf(at(body, 'code.text')) ||
      textOf(at(codings[0], 'display')) ||
      textOf(at(itemsOf(at(reaction, 'substance.coding'))[0], 'display')),
    codes: codings.map((coding) => ({ system: textOf(at(coding, 'system')), code: textOf(at(coding, 'code')) })),
    reaction: textOf(at(manifestation, 'text')) || textOf(at(itemsOf(at(manifestation, 'coding'))[0], 'display')),
    criticality: textOf(body['criticality']),
    unverified: !codesOf(body['verificationStatus']).includes('confirmed'),
  };
}
function pregnancyOf(resources: readonly ResourceJson[]): PatientFacts['pregnant'] {
  const found = resources.find(
    (one) =>
      one.resourceType === 'Condition' &&
      codesOf(one['code']).some((code) => PREGNANT.has(code)) &&
      !codesOf(one['clinicalStatus']).some((code) => ['inactive', 'resolved', 'remission'].includes(code)) &&
      !codesOf(one['verificationStatus']).some((code) => ['refuted', 'entered-in-error'].includes(code)) &&
      one['abatementDateTime'] === undefined,
  );
  return found === undefined ? undefined : { from: nameOf(found) };
}
