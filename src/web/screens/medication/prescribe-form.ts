// What is typed when an order is written, as text, and the order that it means. Pure.
import { at, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import {
  DOSE_UNITS,
  ROUTE_KEYS,
  type DoseUnit,
  type DrugRules,
  type OrderTemplate,
  type RouteKey,
} from '../../../core/care/medication/drug-rules.ts';
import { medicineName, ruleOf } from '../../../core/care/medication/find-medicine.ts';
import { instructionsOf } from '../../../core/care/medication/order-dose.ts';
import type { OrderAsTyped, Timing } from '../../../core/care/medication/write-order.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { toInputDateTime } from '../../texts/clinical-dates.ts';

export const WHENS = ['times', 'interval', 'as-needed', 'infusion', 'once'] as const;
export type When = (typeof WHENS)[number];
export const OFTEN = {
  od: '08:00',
  bd: '08:00 20:00',
  tds: '08:00 14:00 22:00',
  qds: '08:00 12:00 18:00 22:00',
  nocte: '22:00',
} as const;
export const DURATIONS = ['1', '3', '5', '7', '10', '14', '28'] as const;

export interface PrescribeForm {
  /** Drawn when the form opened: a second click writes nothing twice. */
  readonly id: string;
  readonly medicine: string;
  readonly freeName: string;
  readonly isFree: boolean;
  readonly dose: string;
  readonly unit: DoseUnit;
  readonly route: RouteKey | '';
  readonly when: When;
  readonly clocks: string;
  readonly hours: string;
  readonly most: string;
  readonly asNeededReason: string;
  readonly freeDosage: string;
  readonly start: string;
  readonly days: string;
  readonly indication: string;
  readonly note: string;
  readonly urgent: boolean;
}
export const emptyForm = (id: string, now: Instant): PrescribeForm => ({
  id,
  medicine: '',
  freeName: '',
  isFree: false,
  dose: '',
  unit: 'mg',
  route: '',
  when: 'times',
  clocks: '',
  hours: '',
  most: '',
  asNeededReason: '',
  freeDosage: '',
  start: toInputDateTime(now),
  days: '',
  indication: '',
  note: '',
  urgent: false,
});

/** A draft of this build; of another one it says nothing. */
export function readForm(kept: unknown): PrescribeForm | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const first = emptyForm('', 0);
  const form = kept as Record<string, unknown>;
  const isWhole = Object.entries(first).every(([name, value]) => typeof form[name] === typeof value);
  const isKnown =
    WHENS.some((one) => one === form['when']) &&
    DOSE_UNITS.some((one) => one === form['unit']) &&
    (form['route'] === '' || ROUTE_KEYS.some((one) => one === form['route']));
  return isWhole && isKnown ? (kept as PrescribeForm) : undefined;
}

/** `kg`: for a template per kilogram; undefined leaves its dose empty. */
export function withTemplate(form: PrescribeForm, template: OrderTemplate, kg: number | undefined): PrescribeForm {
  const single =
    template.perKg === undefined ? template.dose : kg === undefined ? undefined : rounded(template.dose * kg);
  const { timing } = template;
  const base = {
    ...form,
    isFree: false,
    dose: single === undefined ? '' : String(single),
    when: timing.kind,
    clocks: '',
    hours: '',
    most: '',
    indication: template.indication ?? form.indication,
  };
  switch (timing.kind) {
    case 'times':
      return { ...base, clocks: timing.times.join(' ') };
    case 'as-needed': {
      const most =
        template.perKg === undefined ? timing.dayMax : kg === undefined ? undefined : rounded(timing.dayMax * kg);
      return {
        ...base,
        hours: String(timing.hours),
        most: most === undefined ? '' : String(most),
        asNeededReason: template.indication ?? '',
      };
    }
    case 'infusion':
      return { ...base, hours: String(timing.hours) };
    case 'once':
      return base;
  }
}
/** Down, as a person can draw it up: never over the dose per kilogram. */
function rounded(value: number): number {
  const step = value >= 500 ? 50 : value >= 100 ? 10 : value >= 20 ? 5 : value >= 5 ? 1 : value >= 1 ? 0.5 : 0.1;
  return Number((Math.floor(value / step + 1e-9) * step).toFixed(2));
}

/** The order that is to be changed, as typed anew. */
export function formOf(order: ResourceJson, rules: DrugRules | undefined, id: string, now: Instant): PrescribeForm {
  const first = emptyForm(id, now);
  const rule = rules === undefined ? undefined : ruleOf(rules, order);
  const instructions = instructionsOf(order);
  const [one] = instructions;
  const base: PrescribeForm = {
    ...first,
    medicine: rule?.key ?? '',
    freeName: rule === undefined ? medicineName(order) : '',
    unit: one?.dose?.unit ?? rule?.unit ?? 'mg',
    dose: one?.dose === undefined ? '' : String(one.dose.value),
    route: one?.route ?? rule?.route ?? '',
    indication: textOf(at(itemsOf(order['reasonCode'])[0], 'text')),
    urgent: order['priority'] === 'urgent',
  };
  const cadence = one?.cadence;
  // What the fields cannot hold is kept in its own words: never less than was ordered.
  const isBeyond =
    instructions.length > 1 ||
    one?.doseLow !== undefined ||
    (cadence?.kind === 'times' && (cadence.every > 1 || cadence.days.length > 0));
  if (
    one === undefined ||
    cadence === undefined ||
    one.dose === undefined ||
    isBeyond ||
    cadence.kind === 'words' ||
    cadence.kind === 'moments'
  )
    return { ...base, isFree: true, freeDosage: instructions.map(({ words }) => words).join('; ') };
  switch (cadence.kind) {
    case 'times':
      return { ...base, when: 'times', clocks: cadence.times.join(' ') };
    case 'interval':
      return { ...base, when: 'interval', hours: String(cadence.hours / cadence.count) };
    case 'as-needed':
      return {
        ...base,
        when: 'as-needed',
        hours: cadence.minutesApart === undefined ? '' : String(cadence.minutesApart / 60),
        most: one.dayMost === undefined ? '' : String(one.dayMost.value),
        asNeededReason: one.reason,
      };
    case 'infusion':
      return { ...base, when: 'infusion', hours: String(cadence.hours) };
    case 'once':
      return { ...base, when: 'once' };
  }
}

export type FormFault =
  | 'medicineMissing'
  | 'doseMissing'
  | 'routeMissing'
  | 'clocksMissing'
  | 'hoursMissing'
  | 'mostMissing'
  | 'asNeededReasonMissing'
  | 'freeMissing'
  | 'startMissing';
export interface FaultAt {
  readonly field: keyof PrescribeForm;
  readonly fault: FormFault;
}
const numberIn = (text: string): number | undefined =>
  /^\d+(\.\d+)?$/.test(text.trim()) && Number(text) > 0 ? Number(text) : undefined;
const clocksIn = (text: string): readonly string[] | undefined => {
  const times = text.split(/[\s,;]+/).filter((one) => one !== '');
  return times.length > 0 && times.every((time) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time))
    ? [...new Set(times)].toSorted()
    : undefined;
};

export function faultsOf(form: PrescribeForm): readonly FaultAt[] {
  const faults: FaultAt[] = [];
  const add = (field: keyof PrescribeForm, fault: FormFault): void => void faults.push({ field, fault });
  if (form.medicine === '' && form.freeName.trim() === '') add('medicine', 'medicineMissing');
  if (form.isFree) {
    if (form.freeDosage.trim() === '') add('freeDosage', 'freeMissing');
  } else {
    const dose = numberIn(form.dose);
    if (dose === undefined) add('dose', 'doseMissing');
    if (form.route === '') add('route', 'routeMissing');
    if (form.when === 'times' && clocksIn(form.clocks) === undefined) add('clocks', 'clocksMissing');
    if (['interval', 'as-needed', 'infusion'].includes(form.when) && numberIn(form.hours) === undefined)
      add('hours', 'hoursMissing');
    if (form.when === 'as-needed') {
      const most = numberIn(form.most);
      if (most === undefined || (dose !== undefined && most < dose)) add('most', 'mostMissing');
      if (form.asNeededReason.trim() === '') add('asNeededReason', 'asNeededReasonMissing');
    }
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(form.start)) add('start', 'startMissing');
  return faults;
}

function timingOf(form: PrescribeForm): Timing {
  const hours = numberIn(form.hours) ?? 0;
  switch (form.when) {
    case 'times':
      return { kind: 'times', times: clocksIn(form.clocks) ?? [], days: [] };
    case 'interval':
      return { kind: 'interval', hours };
    case 'as-needed':
      return { kind: 'as-needed', hours, most: numberIn(form.most), reason: form.asNeededReason.trim() };
    case 'infusion':
      return { kind: 'infusion', hours };
    case 'once':
      return { kind: 'once' };
  }
}
const DAY_MS = 86_400_000;
/** Of a form without faults. */
export function typedOf(form: PrescribeForm, rules: DrugRules | undefined): OrderAsTyped {
  const medicine = rules?.medicines.find(({ key }) => key === form.medicine);
  const startAt = new Date(form.start).getTime();
  const dose = numberIn(form.dose);
  const days = numberIn(form.days);
  return {
    medicine,
    freeName: form.freeName.trim(),
    dose: form.isFree || dose === undefined ? undefined : { value: dose, unit: form.unit },
    route: form.route === '' ? undefined : form.route,
    timing: timingOf(form),
    freeDosage: form.isFree ? form.freeDosage.trim() : '',
    startAt,
    endAt: days === undefined || form.when === 'once' ? undefined : startAt + days * DAY_MS,
    indication: form.indication.trim(),
    note: form.note.trim(),
    urgent: form.urgent,
  };
}
