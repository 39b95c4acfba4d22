// What a scanner read, and whether it is this patient and this medicine: the five rights at the bedside, without a network (DT36).
//
//   MD33  The wristband comes first: a medicine counts only after a wristband that matched, and for that patient alone.
//   MD34  A wrong patient or a wrong medicine blocks; so do a code that nobody knows, and a pack past its date.
//
// GS1 General Specifications: AI (01) GTIN, (17) expiry, (10) batch, (21) serial, (8018) GSRN of a recipient.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { DrugRules, MedicineRule } from './drug-rules.ts';
import { ruleOf } from './find-medicine.ts';

export type ScannedCode =
  | {
      readonly kind: 'gs1';
      readonly gtin?: string;
      readonly gsrn?: string;
      readonly expiresOn?: string;
      readonly batch?: string;
    }
  /** `HFP:<Patient id>`, as the product prints wristbands. */
  | { readonly kind: 'patient'; readonly id: string }
  /** `HFM:<key of the medicine>`, as the product prints labels. */
  | { readonly kind: 'medicine'; readonly key: string }
  | { readonly kind: 'plain'; readonly text: string };

const FIXED: Readonly<Record<string, number>> = { '01': 14, '17': 6, '11': 6, '15': 6, '8018': 18, '00': 18 };
const GROUP = '\u001D';

/** EAN-13 and longer numbers with a good check digit, element strings with or without a symbology prefix, and codes of our own. */
export function readCode(raw: string): ScannedCode {
  const text = raw.trim().replace(/^\](?:d2|C1|e0|Q3)/, '');
  const own = /^HF([PM]):([A-Za-z0-9.-]{1,64})$/.exec(text);
  if (own !== null)
    return own[1] === 'P' ? { kind: 'patient', id: own[2] ?? '' } : { kind: 'medicine', key: own[2] ?? '' };
  if (/^(\d{8}|\d{12,14})$/.test(text) && hasCheckDigit(text)) return { kind: 'gs1', gtin: text.padStart(14, '0') };
  return elements(text) ?? { kind: 'plain', text };
}
/** GS1: weights of 3 and 1 from the right. */
export function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
function elements(text: string): ScannedCode | undefined {
  const found: Record<string, string> = {};
  const bracketed = [...text.matchAll(/\((\d{2,4})\)([^(]*)/g)];
  if (bracketed.length > 0 && text.startsWith('(')) for (const [, ai = '', value = ''] of bracketed) found[ai] = value;
  else {
    let rest = text.startsWith(GROUP) ? text.slice(1) : text;
    while (rest !== '') {
      const ai = ['8018', '01', '17', '11', '15', '10', '21', '00'].find((one) => rest.startsWith(one));
      if (ai === undefined) return undefined;
      rest = rest.slice(ai.length);
      const length = FIXED[ai];
      const end = length ?? (rest.indexOf(GROUP) < 0 ? rest.length : rest.indexOf(GROUP));
      if (rest.length < end || end === 0) return undefined;
      found[ai] = rest.slice(0, end);
      rest = rest.slice(end);
      if (rest.startsWith(GROUP)) rest = rest.slice(1);
    }
  }
  const [gtin, gsrn, expires, batch] = [found['01'], found['8018'], found['17'], found['10']];
  if (gtin === undefined && gsrn === undefined) return undefined;
  if (gtin !== undefined && !(/^\d{14}$/.test(gtin) && hasCheckDigit(gtin))) return undefined;
  return {
    kind: 'gs1',
    ...(gtin === undefined ? {} : { gtin }),
    ...(gsrn === undefined ? {} : { gsrn }),
    ...(expires === undefined || !/^\d{6}$/.test(expires) ? {} : { expiresOn: expiryOf(expires) }),
    ...(batch === undefined ? {} : { batch }),
  };
}
/** YYMMDD; day 00 is the end of the month. Years of this century. */
function expiryOf(text: string): string {
  const [year, month, day] = [Number(text.slice(0, 2)) + 2000, text.slice(2, 4), text.slice(4, 6)];
  if (day !== '00') return `${year}-${month}-${day}`;
  const days = [31, year % 4 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 30;
  return `${year}-${month}-${days}`;
}

export type WristbandResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: 'other-patient' | 'not-a-wristband' };
/** A wristband carries our own code, a GSRN, or one of the patient's numbers. */
export function checkWristband(code: ScannedCode, patient: ResourceJson): WristbandResult {
  if (code.kind === 'medicine' || (code.kind === 'gs1' && code.gsrn === undefined))
    return { ok: false, why: 'not-a-wristband' };
  if (code.kind === 'patient') return code.id === patient.id ? { ok: true } : { ok: false, why: 'other-patient' };
  const wanted = (code.kind === 'gs1' ? (code.gsrn ?? '') : code.text).replace(/[\s-]/g, '').toUpperCase();
  const isTheirs = itemsOf(patient['identifier']).some(
    (one) =>
      textOf(at(one, 'value')).replace(/[\s-]/g, '').toUpperCase() === wanted &&
      at(one, 'use') !== 'old' &&
      wanted !== '',
  );
  return isTheirs ? { ok: true } : { ok: false, why: 'other-patient' };
}

export type MedicineResult =
  | { readonly ok: true; readonly medicine: MedicineRule; readonly batch: string }
  | {
      readonly ok: false;
      readonly why:
        | 'no-wristband'
        | 'not-a-medicine'
        | 'unknown-code'
        | 'other-medicine'
        | 'other-form'
        | 'expired'
        | 'order-unknown';
      readonly scanned?: MedicineRule;
      readonly expiresOn?: string;
    };
/** `wristband`: this patient's was scanned. The medicine must be the one of the order, in a form for its route. */
export function checkMedicine(
  code: ScannedCode,
  request: ResourceJson,
  rules: DrugRules,
  wristband: boolean,
  today: string,
): MedicineResult {
  if (!wristband) return { ok: false, why: 'no-wristband' };
  const scanned =
    code.kind === 'medicine'
      ? rules.medicines.find(({ key }) => key === code.key)
      : code.kind === 'gs1' && code.gtin !== undefined
        ? rules.medicines.find(({ barcodes }) => barcodes.includes(code.gtin ?? ''))
        : undefined;
  if (code.kind === 'patient' || (code.kind === 'gs1' && code.gtin === undefined))
    return { ok: false, why: 'not-a-medicine' };
  if (scanned === undefined) return { ok: false, why: 'unknown-code' };
  const expiresOn = code.kind === 'gs1' ? code.expiresOn : undefined;
  const ordered = ruleOf(rules, request);
  if (ordered === undefined) return { ok: false, why: 'order-unknown', scanned };
  const isSame = scanned.name === ordered.name && scanned.ingredients.join() === ordered.ingredients.join();
  if (!isSame) return { ok: false, why: 'other-medicine', scanned };
  if (scanned.key !== ordered.key) return { ok: false, why: 'other-form', scanned };
  if (expiresOn !== undefined && expiresOn < today) return { ok: false, why: 'expired', scanned, expiresOn };
  return { ok: true, medicine: scanned, batch: code.kind === 'gs1' ? (code.batch ?? '') : '' };
}
/** Scans in the order of rights: who is looked for on the MAR by what was scanned. */
export function ordersOfCode(
  code: ScannedCode,
  requests: readonly ResourceJson[],
  rules: DrugRules,
  now: Instant,
): readonly ResourceJson[] {
  const today = new Date(now).toISOString().slice(0, 10);
  return requests.filter((request) => {
    const checked = checkMedicine(code, request, rules, true, today);
    return checked.ok || checked.why === 'expired';
  });
}
