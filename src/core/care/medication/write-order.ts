// An order as it is signed, and what is done with it later: hold, resume, stop, change. Each is a revision, or a new order that replaces.
//
//   MD30  A changed order is a new one with `priorPrescription`; the one that it replaces is stopped in the same commit.
//   MD31  Hold, resume and stop say why and since when; nothing is deleted.
//   MD32  What was told at signing, and why it was signed all the same, stands in the order (detected issues).
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, itemsOf } from '../merge/clinical-words.ts';
import type { MedicineRule, RouteKey } from './drug-rules.ts';
import { ATC_SYSTEM, MEDICINE_SYSTEM } from './find-medicine.ts';
import type { Checked, Finding } from './finding.ts';
import { STATUS_SINCE_EXTENSION } from './medication-lines.ts';
import { ROUTE_CODES, type Amount } from './order-dose.ts';
import { quantityOf } from './write-dose.ts';

const BASE = 'https://holdfast.example/fhir/StructureDefinition';
/** Of MedicationRequest: complex; `check` (what was told, English), `weight`, `reason`, `content`. */
export const OVERRIDDEN_EXTENSION = `${BASE}/overridden-check`;
/** valueString: package and version that the order was checked by; `none` where the checker could not run. */
export const CHECKED_BY_EXTENSION = `${BASE}/checked-by`;

export type Timing =
  | { readonly kind: 'times'; readonly times: readonly string[]; readonly days: readonly string[] }
  | { readonly kind: 'interval'; readonly hours: number }
  | { readonly kind: 'as-needed'; readonly hours: number; readonly most: number | undefined; readonly reason: string }
  | { readonly kind: 'infusion'; readonly hours: number }
  | { readonly kind: 'once' };

export interface OrderAsTyped {
  /** Of the formulary; undefined: `freeName` alone. */
  readonly medicine: MedicineRule | undefined;
  readonly freeName: string;
  /** Undefined where `freeDosage` says all. */
  readonly dose: Amount | undefined;
  readonly route: RouteKey | undefined;
  readonly timing: Timing;
  readonly freeDosage: string;
  readonly startAt: Instant;
  readonly endAt: Instant | undefined;
  readonly indication: string;
  readonly note: string;
  readonly urgent: boolean;
}
export interface OrderAround {
  /** `Patient/1`, `Encounter/1`. */
  readonly subject: string;
  readonly stay: string | undefined;
  readonly who: { readonly reference: string; readonly display: string };
  readonly now: Instant;
  readonly replaces: string | undefined;
  readonly textOf: (at: Instant) => string;
}

const COMMUNITY = 'http://terminology.hl7.org/CodeSystem/medicationrequest-category';
const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** English words of the dosage, for whoever reads the order without this product. */
export function dosageWords(typed: OrderAsTyped): string {
  const { dose, timing } = typed;
  if (typed.freeDosage !== '') return typed.freeDosage;
  const route = typed.route === undefined ? '' : ` ${ROUTE_CODES[typed.route][1].toLowerCase()}`;
  const amount = dose === undefined ? '' : `${number(dose.value)} ${String(quantityOf(dose)['unit'])}`;
  const when = ((): string => {
    switch (timing.kind) {
      case 'times':
        return `at ${timing.times.join(', ')}${timing.days.length === 0 ? ' every day' : ` on ${timing.days.join(', ')}`}`;
      case 'interval':
        return `every ${timing.hours} hours`;
      case 'as-needed':
        return `when needed${timing.reason === '' ? '' : ` for ${timing.reason}`}, at least ${timing.hours} hours apart${
          timing.most === undefined || dose === undefined
            ? ''
            : `, at most ${number(timing.most)} ${String(quantityOf(dose)['unit'])} in 24 hours`
        }`;
      case 'infusion':
        return `over ${timing.hours} ${timing.hours === 1 ? 'hour' : 'hours'}`;
      case 'once':
        return 'once';
    }
  })();
  return `${amount}${route} ${when}`.trim();
}

export function orderResource(typed: OrderAsTyped, around: OrderAround): JsonObject {
  const { medicine } = typed;
  const name = medicine?.name ?? typed.freeName;
  return {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    category: [
      {
        coding: [
          around.stay === undefined
            ? { system: COMMUNITY, code: 'community', display: 'Community' }
            : { system: COMMUNITY, code: 'inpatient', display: 'Inpatient' },
        ],
      },
    ],
    ...(typed.urgent || medicine?.critical === true ? { priority: 'urgent' } : {}),
    medicationCodeableConcept:
      medicine === undefined
        ? { text: name }
        : {
            coding: [
              ...medicine.codes
                .filter(({ system }) => system === ATC_SYSTEM)
                .map(({ system, code }) => ({ system, code, display: name })),
              { system: MEDICINE_SYSTEM, code: medicine.key, display: name },
            ],
            text: `${name} ${medicine.form}`,
          },
    subject: { reference: around.subject },
    ...(around.stay === undefined ? {} : { encounter: { reference: around.stay } }),
    authoredOn: around.textOf(around.now),
    requester: { reference: around.who.reference, display: around.who.display },
    ...(typed.indication === '' ? {} : { reasonCode: [{ text: typed.indication }] }),
    ...(typed.note === '' ? {} : { note: [{ text: typed.note, time: around.textOf(around.now) }] }),
    dosageInstruction: [dosageOf(typed, around)],
    ...(around.replaces === undefined ? {} : { priorPrescription: { reference: around.replaces } }),
  };
}
function dosageOf(typed: OrderAsTyped, { textOf }: OrderAround): JsonObject {
  const { timing, dose } = typed;
  const bounds = {
    boundsPeriod: {
      start: textOf(typed.startAt),
      ...(typed.endAt === undefined ? {} : { end: textOf(typed.endAt) }),
    },
  };
  const words = dosageWords(typed);
  const route = typed.route === undefined ? undefined : routeConcept(typed.route);
  const isFree = typed.freeDosage !== '' || dose === undefined;
  const repeat = ((): JsonObject => {
    if (isFree) return bounds;
    switch (timing.kind) {
      case 'times':
        return {
          ...bounds,
          frequency: timing.times.length,
          period: 1,
          periodUnit: 'd',
          ...(timing.days.length === 0 ? {} : { dayOfWeek: timing.days }),
          timeOfDay: timing.times.map((time) => `${time}:00`),
        };
      case 'interval':
      case 'as-needed':
        return { ...bounds, frequency: 1, period: timing.hours, periodUnit: 'h' };
      case 'infusion':
        return { ...bounds, duration: timing.hours, durationUnit: 'h' };
      case 'once':
        return { ...bounds, count: 1 };
    }
  })();
  const isAsNeeded = timing.kind === 'as-needed';
  const rate =
    timing.kind === 'infusion' && dose?.unit === 'mL'
      ? {
          rateQuantity: {
            value: Math.round(dose.value / timing.hours),
            unit: 'mL/h',
            system: 'http://unitsofmeasure.org',
            code: 'mL/h',
          },
        }
      : {};
  return {
    text: words,
    timing: { repeat },
    ...(isAsNeeded
      ? timing.reason === ''
        ? { asNeededBoolean: true }
        : { asNeededCodeableConcept: { text: timing.reason } }
      : {}),
    ...(route === undefined ? {} : { route }),
    ...(isFree || dose === undefined ? {} : { doseAndRate: [{ doseQuantity: quantityOf(dose), ...rate }] }),
    ...(isAsNeeded && timing.most !== undefined && dose !== undefined
      ? {
          maxDosePerPeriod: {
            numerator: quantityOf({ value: timing.most, unit: dose.unit }),
            denominator: { value: 1, unit: 'day', system: 'http://unitsofmeasure.org', code: 'd' },
          },
        }
      : {}),
  };
}
export function routeConcept(route: RouteKey): JsonObject {
  const [code, display] = ROUTE_CODES[route];
  return { coding: [{ system: 'http://snomed.info/sct', code, display }], text: route };
}

/** `words`: the finding as the person read it, in English for the record. */
export function withChecks(
  order: JsonObject,
  checked: Checked,
  overridden: readonly { readonly finding: Finding; readonly words: string; readonly reason: string }[],
  reasonUnchecked: string,
): JsonObject {
  const by = checked.state === 'checked' ? checked.content : 'none';
  const issues = overridden.map(({ finding, words, reason }) => ({
    url: OVERRIDDEN_EXTENSION,
    extension: [
      { url: 'check', valueString: words },
      { url: 'kind', valueCode: finding.kind },
      { url: 'weight', valueCode: finding.weight },
      { url: 'reason', valueString: reason },
    ],
  }));
  const unchecked =
    reasonUnchecked === ''
      ? []
      : [
          {
            url: OVERRIDDEN_EXTENSION,
            extension: [
              { url: 'check', valueString: checked.state === 'checked' ? 'not checked' : 'NO CHECKS' },
              { url: 'reason', valueString: reasonUnchecked },
            ],
          },
        ];
  return { ...order, extension: [{ url: CHECKED_BY_EXTENSION, valueString: by }, ...issues, ...unchecked] };
}

export type OrderStep = 'hold' | 'resume' | 'stop';
const NEXT: Readonly<Record<OrderStep, string>> = { hold: 'on-hold', resume: 'active', stop: 'stopped' };
/** Which steps an order's status permits. */
export function stepsOf(request: ResourceJson): readonly OrderStep[] {
  const status = String(request['status']);
  if (status === 'active' || status === 'unknown') return ['hold', 'stop'];
  return status === 'on-hold' ? ['resume', 'stop'] : [];
}
/** A JSON Patch of the order: its status, why, and since when. */
export function stepPatch(request: ResourceJson, step: OrderStep, why: string, since: string): string {
  const extensions = itemsOf(request['extension']);
  const known = extensions.findIndex((one) => at(one, 'url') === STATUS_SINCE_EXTENSION);
  const mark = { url: STATUS_SINCE_EXTENSION, valueDateTime: since };
  const reason = why === '' ? [] : [{ op: 'add', path: '/statusReason', value: { text: why } }];
  const cleared =
    step === 'resume' && why === '' && request['statusReason'] !== undefined
      ? [{ op: 'remove', path: '/statusReason' }]
      : [];
  return JSON.stringify([
    { op: 'replace', path: '/status', value: NEXT[step] },
    ...reason,
    ...cleared,
    known >= 0
      ? { op: 'replace', path: `/extension/${known}`, value: mark }
      : extensions.length === 0
        ? { op: 'add', path: '/extension', value: [mark] }
        : { op: 'add', path: '/extension/-', value: mark },
  ]);
}
