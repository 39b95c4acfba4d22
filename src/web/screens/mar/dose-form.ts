// What is typed when a dose is charted, and the dose that it means. Pure.
import type { Instant } from '../../../core/base/ports.ts';
import type { MarCell, MarRow } from '../../../core/care/medication/mar-rows.ts';
import type { Amount } from '../../../core/care/medication/order-dose.ts';
import { NOT_GIVEN_REASONS, type DoneDose, type NotGivenReason } from '../../../core/care/medication/write-dose.ts';
import { toInputDateTime } from '../../texts/clinical-dates.ts';
import { DOSE_UNITS, type DoseUnit } from '../../../core/care/medication/drug-rules.ts';

export const WHATS = ['given', 'not-given', 'wasted'] as const;
export type What = (typeof WHATS)[number];
export interface DoseForm {
  /** Of the dose that it becomes, drawn when the form opened: a second click writes nothing twice (MD27). */
  readonly id: string;
  readonly what: What;
  readonly dose: string;
  readonly unit: DoseUnit;
  readonly time: string;
  readonly site: string;
  readonly wasted: string;
  readonly witness: string;
  readonly reason: NotGivenReason | '';
  readonly words: string;
  readonly fromPaper: boolean;
  readonly note: string;
  readonly override: string;
}
/** As ordered, now: what was really given is for the person to say. A dose of the past stands at its due time where paper is taken over. */
export function firstForm(id: string, row: MarRow, cell: MarCell | undefined, now: Instant): DoseForm {
  const dose = row.instruction?.dose;
  const isUnknown = cell?.state === 'unknown' && cell.why === 'paper';
  return {
    id,
    what: 'given',
    // Of a range nobody can say beforehand which it was.
    dose: dose === undefined || row.instruction?.doseLow !== undefined ? '' : String(dose.value),
    unit: dose?.unit ?? 'mg',
    time: toInputDateTime(isUnknown ? (cell.dueAt ?? now) : now),
    site: '',
    wasted: '',
    witness: '',
    reason: '',
    words: '',
    fromPaper: isUnknown,
    note: '',
    override: '',
  };
}
/** A draft that was left; of another build it says nothing. */
export function readDose(kept: unknown): DoseForm | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const form = kept as Record<string, unknown>;
  const texts = ['id', 'dose', 'time', 'site', 'wasted', 'witness', 'words', 'note', 'override'];
  const isWhole = texts.every((name) => typeof form[name] === 'string') && typeof form['fromPaper'] === 'boolean';
  const isKnown =
    WHATS.some((one) => one === form['what']) &&
    DOSE_UNITS.some((one) => one === form['unit']) &&
    (form['reason'] === '' || NOT_GIVEN_REASONS.some((one) => one === form['reason']));
  return isWhole && isKnown ? (kept as DoseForm) : undefined;
}
const numberIn = (text: string): number | undefined =>
  /^\d+(\.\d+)?$/.test(text.trim()) && Number(text) > 0 ? Number(text) : undefined;
export const momentIn = (text: string): Instant | undefined => {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? new Date(text).getTime() : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};
export const amountIn = (form: DoseForm): Amount | undefined => {
  const value = numberIn(form.dose);
  return value === undefined ? undefined : { value, unit: form.unit };
};
export type DoseFault = 'doseMissing' | 'timeMissing' | 'future' | 'reasonMissing' | 'wordsMissing' | 'overrideMissing';
export interface DoseFaultAt {
  readonly field: keyof DoseForm;
  readonly fault: DoseFault;
}
/** `wantsReason`: something warns or blocks. `inFuture`: nobody can have given it then. */
export function doseFaults(form: DoseForm, wantsReason: boolean, inFuture: boolean): readonly DoseFaultAt[] {
  const faults: DoseFaultAt[] = [];
  if (form.what === 'given' && amountIn(form) === undefined) faults.push({ field: 'dose', fault: 'doseMissing' });
  if (momentIn(form.time) === undefined) faults.push({ field: 'time', fault: 'timeMissing' });
  else if (inFuture) faults.push({ field: 'time', fault: 'future' });
  if (form.what === 'not-given' && form.reason === '') faults.push({ field: 'reason', fault: 'reasonMissing' });
  const wantsWords = (form.what === 'not-given' && form.reason === 'other') || form.what === 'wasted';
  if (wantsWords && form.words.trim() === '') faults.push({ field: 'words', fault: 'wordsMissing' });
  if (wantsReason && form.what === 'given' && form.override.trim() === '')
    faults.push({ field: 'override', fault: 'overrideMissing' });
  return faults;
}
/** Of a form without faults. `unitWord`: as the order says it. */
export function doneOf(form: DoseForm, isInfusion: boolean, unitWord: string): DoneDose {
  const wasted = numberIn(form.wasted);
  const amount = amountIn(form);
  if (form.what === 'given' && amount !== undefined)
    return {
      what: 'given',
      amount,
      amountWord: unitWord,
      site: form.site.trim(),
      running: isInfusion,
      ...(wasted === undefined ? {} : { wasted: { value: wasted, unit: form.unit } }),
    };
  if (form.what === 'wasted')
    return { what: 'wasted', words: form.words.trim(), ...(amount === undefined ? {} : { amount }) };
  return {
    what: 'not-given',
    reason: NOT_GIVEN_REASONS.find((one) => one === form.reason) ?? 'other',
    words: form.words.trim(),
  };
}
