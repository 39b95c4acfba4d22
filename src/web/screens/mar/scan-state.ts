// What was scanned at the bedside so far, and what follows from it (DT36). Pure: the screen keeps the value.
//
//   MD43  A scan that blocks stays until a scan that matches, or until a person goes on with a reason: what blocks is never forgotten by
//         scanning something else or by closing a window. A matching wristband holds for ten minutes, of this patient alone.
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { DrugRules } from '../../../core/care/medication/drug-rules.ts';
import {
  checkMedicine,
  checkWristband,
  ordersOfCode,
  readCode,
  type MedicineResult,
  type WristbandResult,
} from '../../../core/care/medication/scan-medicine.ts';

export const WRISTBAND_HOLDS_MS = 10 * 60_000;

export type Block =
  | Exclude<Extract<WristbandResult, { ok: false }>['why'], never>
  | Extract<MedicineResult, { ok: false }>['why']
  | 'no-rules'
  | 'no-order';
export interface ScanState {
  /** When this patient's wristband was read. */
  readonly bandAt?: Instant;
  /** `MedicationRequest` id that the scanned medicine matched. */
  readonly matched?: string;
  readonly batch?: string;
  readonly block?: { readonly why: Block; readonly name: string; readonly expiresOn: string };
}
export const NOTHING_SCANNED: ScanState = {};

export interface ScanAround {
  readonly patient: ResourceJson;
  /** Of the dose that is being charted; undefined where none is open. */
  readonly request: ResourceJson | undefined;
  readonly requests: readonly ResourceJson[];
  readonly rules: DrugRules | undefined;
  readonly now: Instant;
  /** FHIR date of the ward. */
  readonly today: string;
}
export const hasBand = ({ bandAt }: ScanState, now: Instant): boolean =>
  bandAt !== undefined && now - bandAt <= WRISTBAND_HOLDS_MS;

export function afterScan(state: ScanState, raw: string, around: ScanAround): ScanState {
  const code = readCode(raw);
  const { patient, request, requests, rules, now, today } = around;
  const isMedicine = code.kind === 'medicine' || (code.kind === 'gs1' && code.gtin !== undefined);
  const blocked = (why: Block, name = '', expiresOn = ''): ScanState => {
    const { matched: _, ...rest } = state;
    return { ...rest, block: { why, name, expiresOn } };
  };
  if (!isMedicine) {
    const band = checkWristband(code, patient);
    // A wrong wristband takes back what an earlier one said: somebody may have changed beds.
    return band.ok ? { bandAt: now } : { block: { why: band.why, name: '', expiresOn: '' } };
  }
  if (!hasBand(state, now)) return blocked('no-wristband');
  if (rules === undefined) return blocked('no-rules');
  const about = request ?? ordersOfCode(code, requests, rules, now)[0];
  if (about === undefined) {
    const known = requests[0] === undefined ? undefined : checkMedicine(code, requests[0], rules, true, today);
    const name = known?.ok === false ? (known.scanned?.name ?? '') : '';
    return blocked(name === '' ? 'unknown-code' : 'no-order', name);
  }
  const found = checkMedicine(code, about, rules, true, today);
  if (!found.ok)
    return blocked(
      found.why,
      found.scanned === undefined ? '' : `${found.scanned.name} ${found.scanned.form}`,
      found.expiresOn,
    );
  const { block: _, ...rest } = state;
  return { ...rest, matched: about.id ?? '', batch: found.batch };
}
