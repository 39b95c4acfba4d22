// What an order asks for, in numbers: one dose, a day of it, how it is given. Pure reading of MedicationRequest.dosageInstruction
// (http://hl7.org/fhir/R4/dosage.html, http://hl7.org/fhir/R4/datatypes.html#Timing).
//
//   MD2  A dose in a unit that cannot be brought to the rule's is not guessed at: it is not checked.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { DoseUnit, RouteKey } from './drug-rules.ts';

export interface Amount {
  readonly value: number;
  readonly unit: DoseUnit;
}

/** UCUM codes and words of people to units. */
const UNIT_OF: Readonly<Record<string, DoseUnit>> = {
  mg: 'mg',
  ug: 'microgram',
  mcg: 'microgram',
  microgram: 'microgram',
  micrograms: 'microgram',
  g: 'g',
  '[iU]': 'unit',
  '[IU]': 'unit',
  unit: 'unit',
  units: 'unit',
  mmol: 'mmol',
  mL: 'mL',
  ml: 'mL',
  '{puff}': 'puff',
  puff: 'puff',
  puffs: 'puff',
  '{sachet}': 'sachet',
  sachet: 'sachet',
  sachets: 'sachet',
  '{tbl}': 'tablet',
  tablet: 'tablet',
  tablets: 'tablet',
  '{capsule}': 'capsule',
  capsule: 'capsule',
  capsules: 'capsule',
  '[drp]': 'drop',
  drop: 'drop',
  drops: 'drop',
  '{patch}': 'patch',
  patch: 'patch',
  patches: 'patch',
};
export const UCUM_OF: Readonly<Record<DoseUnit, string>> = {
  mg: 'mg',
  microgram: 'ug',
  g: 'g',
  unit: '[iU]',
  mmol: 'mmol',
  mL: 'mL',
  puff: '{puff}',
  sachet: '{sachet}',
  tablet: '{tbl}',
  capsule: '{capsule}',
  drop: '[drp]',
  patch: '{patch}',
};
const MICROGRAMS: Partial<Record<DoseUnit, number>> = { microgram: 1, mg: 1000, g: 1_000_000 };

/** `value` of `from` in `to`; undefined where that needs more than arithmetic. */
export function inUnit({ value, unit }: Amount, to: DoseUnit): number | undefined {
  if (unit === to) return value;
  const [a, b] = [MICROGRAMS[unit], MICROGRAMS[to]];
  // Rounded at the twelfth digit: 0.1 + 0.2 must not be more than 0.3.
  return a === undefined || b === undefined ? undefined : Number(((value * a) / b).toPrecision(12));
}
export function amountOf(quantity: JsonValue | undefined): Amount | undefined {
  const value = numberOf(at(quantity, 'value'));
  const code = textOf(at(quantity, 'code'));
  const word = textOf(at(quantity, 'unit'));
  const unit = UNIT_OF[code] ?? (code === '' ? UNIT_OF[word] : undefined);
  return value === undefined || unit === undefined ? undefined : { value, unit };
}

/** SNOMED CT routes (the codes that the product writes, and words of people) to the routes of rules. */
const ROUTE_OF: Readonly<Record<string, RouteKey>> = {
  '26643006': 'oral',
  '47625008': 'intravenous',
  '34206005': 'subcutaneous',
  '78421000': 'intramuscular',
  '447694001': 'inhaled',
  '37839007': 'sublingual',
  '6064005': 'topical',
  '37161004': 'rectal',
};
export const ROUTE_CODES: Readonly<Record<RouteKey, readonly [code: string, display: string]>> = {
  oral: ['26643006', 'Oral route'],
  intravenous: ['47625008', 'Intravenous route'],
  subcutaneous: ['34206005', 'Subcutaneous route'],
  intramuscular: ['78421000', 'Intramuscular route'],
  inhaled: ['447694001', 'Respiratory tract route'],
  nebulised: ['447694001', 'Respiratory tract route'],
  sublingual: ['37839007', 'Sublingual route'],
  topical: ['6064005', 'Topical route'],
  rectal: ['37161004', 'Rectal route'],
};
export function routeOf(concept: JsonValue | undefined): RouteKey | undefined {
  const words = textOf(at(concept, 'text')).toLowerCase();
  // One SNOMED CT code stands for two routes: the words say which.
  if (words === 'nebulised') return 'nebulised';
  const coded = codesOf(concept).flatMap((code) => ROUTE_OF[code] ?? []);
  if (coded[0] !== undefined) return coded[0];
  return words in ROUTE_CODES ? (words as RouteKey) : undefined;
}

const HOURS: Readonly<Record<string, number>> = { min: 1 / 60, h: 1, d: 24, wk: 168, mo: 730 };

export type Cadence =
  /** At these times of each `every` days, at `days` of the week where told ('mon' …). */
  | {
      readonly kind: 'times';
      readonly times: readonly string[];
      readonly every: number;
      readonly days: readonly string[];
    }
  /** `count` doses in each `hours`, from the start on. */
  | { readonly kind: 'interval'; readonly hours: number; readonly count: number }
  | { readonly kind: 'as-needed'; readonly minutesApart: number | undefined }
  /** Bag after bag of so many hours. */
  | { readonly kind: 'infusion'; readonly hours: number }
  | { readonly kind: 'once' }
  | { readonly kind: 'moments'; readonly at: readonly string[] }
  /** Only the words say. */
  | { readonly kind: 'words' };

export interface Instruction {
  readonly body: JsonObject;
  readonly words: string;
  readonly route: RouteKey | undefined;
  readonly routeWords: string;
  /** The highest of a range. */
  readonly dose: Amount | undefined;
  readonly doseLow: Amount | undefined;
  readonly rate: JsonValue | undefined;
  readonly cadence: Cadence;
  readonly asNeeded: boolean;
  /** The most in a day, where the order says so. */
  readonly dayMost: Amount | undefined;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
}

const clockOf = (text: string): string => text.slice(0, 5);

function cadenceOf(body: JsonObject, asNeeded: boolean): Cadence {
  const timing = body['timing'];
  const repeat = at(timing, 'repeat');
  const period = numberOf(at(repeat, 'period')) ?? numberOf(at(repeat, 'periodMax'));
  const unit = HOURS[textOf(at(repeat, 'periodUnit'))];
  const frequency = numberOf(at(repeat, 'frequencyMax')) ?? numberOf(at(repeat, 'frequency')) ?? 1;
  const hours = period === undefined || unit === undefined ? undefined : period * unit;
  if (asNeeded) return { kind: 'as-needed', minutesApart: hours === undefined ? undefined : (hours * 60) / frequency };
  const moments = itemsOf(at(timing, 'event'))
    .map(textOf)
    .filter((text) => text !== '');
  if (moments.length > 0) return { kind: 'moments', at: moments };
  const times = itemsOf(at(repeat, 'timeOfDay')).map((one) => clockOf(textOf(one)));
  if (times.length > 0 && times.every((time) => /^\d\d:\d\d$/.test(time))) {
    const days = itemsOf(at(repeat, 'dayOfWeek')).map(textOf);
    const every = hours === undefined || hours <= 24 ? 1 : Math.round(hours / 24);
    return { kind: 'times', times: [...times].sort(), every, days };
  }
  if (hours !== undefined) return { kind: 'interval', hours, count: frequency };
  const duration = numberOf(at(repeat, 'duration'));
  const durationUnit = HOURS[textOf(at(repeat, 'durationUnit'))];
  if (duration !== undefined && durationUnit !== undefined && duration > 0)
    return { kind: 'infusion', hours: duration * durationUnit };
  return numberOf(at(repeat, 'count')) === 1 ? { kind: 'once' } : { kind: 'words' };
}

export function instructionsOf(request: JsonObject): readonly Instruction[] {
  return itemsOf(request['dosageInstruction'])
    .filter(isObject)
    .map((body) => {
      const given = itemsOf(body['doseAndRate'])[0];
      const asNeeded = body['asNeededBoolean'] === true || body['asNeededCodeableConcept'] !== undefined;
      const bounds = at(body, 'timing.repeat.boundsPeriod');
      return {
        body,
        words: textOf(body['text']),
        route: routeOf(body['route']),
        routeWords: textOf(at(body, 'route.text')) || textOf(at(itemsOf(at(body, 'route.coding'))[0], 'display')),
        dose: amountOf(at(given, 'doseQuantity')) ?? amountOf(at(given, 'doseRange.high')),
        doseLow: amountOf(at(given, 'doseRange.low')),
        rate: at(given, 'rateQuantity') ?? at(given, 'rateRatio'),
        cadence: cadenceOf(body, asNeeded),
        asNeeded,
        dayMost: dayMostOf(body['maxDosePerPeriod']),
        from: textOf(at(bounds, 'start')),
        until: textOf(at(bounds, 'end')),
        reason: textOf(at(body, 'asNeededCodeableConcept.text')),
      };
    });
}
function dayMostOf(ratio: JsonValue | undefined): Amount | undefined {
  const amount = amountOf(at(ratio, 'numerator'));
  const value = numberOf(at(ratio, 'denominator.value'));
  const hours = HOURS[textOf(at(ratio, 'denominator.code')) || textOf(at(ratio, 'denominator.unit'))];
  // Of another stretch than a day it is no 24-hour maximum.
  return amount !== undefined && value !== undefined && hours !== undefined && value * hours === 24
    ? amount
    : undefined;
}

/** How many doses a day brings at most; undefined where only the words say. */
export function dosesADay({ cadence, dose, dayMost }: Instruction): number | undefined {
  switch (cadence.kind) {
    case 'times':
      return cadence.times.length;
    case 'interval':
      return Math.max(1, (24 / cadence.hours) * cadence.count);
    case 'as-needed': {
      if (dayMost !== undefined && dose !== undefined) {
        const most = inUnit(dayMost, dose.unit);
        if (most !== undefined && dose.value > 0) return most / dose.value;
      }
      return cadence.minutesApart === undefined ? undefined : Math.max(1, Math.floor(1440 / cadence.minutesApart));
    }
    case 'infusion':
      return Math.max(1, 24 / cadence.hours);
    case 'once':
      return 1;
    case 'moments':
      return Math.min(cadence.at.length, busiestDay(cadence.at));
    case 'words':
      return undefined;
  }
}
const busiestDay = (moments: readonly string[]): number => {
  const days = new Map<string, number>();
  for (const moment of moments) days.set(moment.slice(0, 10), (days.get(moment.slice(0, 10)) ?? 0) + 1);
  return Math.max(...days.values());
};
/** What a day of it brings, in `unit`. */
export function dayAmount(instruction: Instruction, unit: DoseUnit): number | undefined {
  const count = dosesADay(instruction);
  const single = instruction.dose === undefined ? undefined : inUnit(instruction.dose, unit);
  return count === undefined || single === undefined ? undefined : Number((single * count).toPrecision(12));
}
