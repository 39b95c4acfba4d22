// A MedicationAdministration as the chart of doses reads it.
//
//   MD16  Every administration is an entry of its own (CR6): nothing here joins two.
//   MD17  Entries from paper, from this device and from elsewhere are told apart (DT37); entries that were made late are marked (CR12).
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import type { Instant } from '../../base/ports.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';
import { DUE_TIME_EXTENSION } from '../merge/find-collisions.ts';
import { isGiven } from '../merge/leads.ts';
import { medicineName } from './find-medicine.ts';
import { amountOf, type Amount } from './order-dose.ts';
import { effectiveAt, momentOf } from './patient-facts.ts';

const BASE = 'https://holdfast.example/fhir/StructureDefinition';
/** valueDateTime: when it was written down, where that was later than an hour after it happened (CR12). */
export const LATE_ENTRY_EXTENSION = `${BASE}/late-entry`;
/** valueCode `paper`: taken over from a paper chart. */
export const ENTERED_FROM_EXTENSION = `${BASE}/entered-from`;
/** valueQuantity: what of the dose was thrown away. */
export const WASTED_EXTENSION = `${BASE}/wasted`;
/** valueString: why it was given against a warning or without a scan. */
export const OVERRIDE_EXTENSION = `${BASE}/dose-override`;
/** valueCode `matched`: wristband and medicine were scanned. */
export const SCANNED_EXTENSION = `${BASE}/scanned`;
/** Of performer.function: who saw it drawn up and given. */
export const WITNESS_CODE = 'witness';
export const PERFORMER_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/dose-performer';

export type DoseStatus = 'given' | 'running' | 'not-given' | 'wasted' | 'unclear';
export interface DoseEntry {
  /** `MedicationAdministration/1`. */
  readonly from: string;
  readonly request: string;
  readonly medicine: string;
  readonly status: DoseStatus;
  readonly at: Instant;
  readonly endedAt: Instant | undefined;
  readonly dueAt: Instant | undefined;
  readonly amount: Amount | undefined;
  /** As written, where the unit is not known. */
  readonly amountWords: string;
  readonly site: string;
  readonly route: string;
  readonly reason: string;
  readonly by: string;
  readonly witness: string;
  readonly note: string;
  /** When it was written down, where that was late. */
  readonly lateAt: Instant | undefined;
  readonly source: 'paper' | 'elsewhere' | 'here-alone';
  readonly wasted: Amount | undefined;
  readonly override: string;
  readonly scanned: boolean;
}

const extension = (body: JsonObject, url: string): JsonObject[string] =>
  itemsOf(body['extension']).find((one) => at(one, 'url') === url);
const WASTED = 'wasted';

export const isEntry = (body: ResourceJson): boolean =>
  body.resourceType === 'MedicationAdministration' && body['status'] !== 'entered-in-error';

/** `unsent`: names of what only this device has. Undefined for what was entered in error, and for what has no time. */
export function entryOf(body: ResourceJson, unsent: ReadonlySet<string> = new Set()): DoseEntry | undefined {
  const time = effectiveAt(body);
  if (!isEntry(body) || time === undefined) return undefined;
  const from = `MedicationAdministration/${body.id ?? ''}`;
  const reasons = itemsOf(body['statusReason']);
  const reason = reasons
    .map((one) => textOf(at(one, 'text')) || textOf(at(itemsOf(at(one, 'coding'))[0], 'display')))
    .find((words) => words !== '');
  const isWasted = reasons.some((one) => itemsOf(at(one, 'coding')).some((coding) => at(coding, 'code') === WASTED));
  const status = textOf(body['status']);
  const performers = itemsOf(body['performer']);
  const isWitness = (one: JsonObject[string]): boolean =>
    itemsOf(at(one, 'function.coding')).some((coding) => at(coding, 'code') === WITNESS_CODE);
  const person = (one: JsonObject[string]): string =>
    textOf(at(one, 'actor.display')) || textOf(at(one, 'actor.reference'));
  const dose = at(body, 'dosage.dose');
  const value = numberOf(at(dose, 'value'));
  return {
    from,
    request: textOf(at(body, 'request.reference')),
    medicine: medicineName(body),
    status: !isGiven(body)
      ? isWasted
        ? 'wasted'
        : 'not-given'
      : status === 'in-progress'
        ? 'running'
        : status === 'completed' || status === 'stopped'
          ? 'given'
          : 'unclear',
    at: time,
    endedAt: momentOf(at(body, 'effectivePeriod.end')),
    dueAt: momentOf(at(extension(body, DUE_TIME_EXTENSION), 'valueDateTime')),
    amount: amountOf(dose),
    amountWords: value === undefined ? '' : `${value} ${textOf(at(dose, 'unit'))}`,
    site: textOf(at(body, 'dosage.site.text')) || textOf(at(itemsOf(at(body, 'dosage.site.coding'))[0], 'display')),
    route: textOf(at(body, 'dosage.route.text')),
    reason: reason ?? '',
    by: person(performers.find((one) => !isWitness(one))),
    witness: person(performers.find(isWitness)),
    note: itemsOf(body['note'])
      .map((one) => textOf(at(one, 'text')))
      .filter((text) => text !== '')
      .join('; '),
    lateAt: momentOf(at(extension(body, LATE_ENTRY_EXTENSION), 'valueDateTime')),
    source:
      at(extension(body, ENTERED_FROM_EXTENSION), 'valueCode') === 'paper'
        ? 'paper'
        : unsent.has(from)
          ? 'here-alone'
          : 'elsewhere',
    wasted: amountOf(at(extension(body, WASTED_EXTENSION), 'valueQuantity')),
    override: textOf(at(extension(body, OVERRIDE_EXTENSION), 'valueString')),
    scanned: at(extension(body, SCANNED_EXTENSION), 'valueCode') === 'matched',
  };
}
/** Some of it went in, or may have. */
export const wentIn = ({ status }: DoseEntry): boolean =>
  status === 'given' || status === 'running' || status === 'unclear';
