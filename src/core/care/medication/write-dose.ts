// A dose as it is charted: a MedicationAdministration of its own, made of the order and of what a person says was done.
//
//   MD27  Each charted dose is a new resource with an id of its own; charting again never changes one that is there (CR6).
//   MD28  An entry made more than an hour after the dose carries when it was made (CR12); one from paper says so (CR13).
//   MD29  Undoing is "entered in error" with a reason: nothing is deleted.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, itemsOf } from '../merge/clinical-words.ts';
import { DUE_TIME_EXTENSION } from '../merge/find-collisions.ts';
import {
  ENTERED_FROM_EXTENSION,
  LATE_ENTRY_EXTENSION,
  OVERRIDE_EXTENSION,
  PERFORMER_SYSTEM,
  SCANNED_EXTENSION,
  WASTED_EXTENSION,
  WITNESS_CODE,
} from './dose-entry.ts';
import type { DoseUnit } from './drug-rules.ts';
import { UCUM_OF, type Amount } from './order-dose.ts';

const HOUR_MS = 3_600_000;
export const LATE_ENTRY_MS = HOUR_MS;
const NOT_GIVEN_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/dose-not-given';

/** Why a dose was not given; `other` wants words. */
export const NOT_GIVEN_REASONS = [
  'refused',
  'nil-by-mouth',
  'away',
  'asleep',
  'vomiting',
  'no-access',
  'not-available',
  'clinical',
  'self-administered',
  'other',
] as const;
export type NotGivenReason = (typeof NOT_GIVEN_REASONS)[number];
/** English, in the record; screens have the words of other languages. */
export const NOT_GIVEN_WORDS: Readonly<Record<NotGivenReason | 'wasted', string>> = {
  refused: 'Refused by patient',
  'nil-by-mouth': 'Nil by mouth',
  away: 'Patient away from the ward',
  asleep: 'Patient asleep',
  vomiting: 'Nausea or vomiting',
  'no-access': 'No access (vein or tube)',
  'not-available': 'Medicine not available',
  clinical: 'Withheld on clinical grounds',
  'self-administered': 'Taken by the patient without being seen',
  other: 'Other reason',
  wasted: 'Prepared and thrown away',
};

export type DoneDose =
  | {
      readonly what: 'given';
      readonly amount: Amount;
      readonly amountWord: string;
      readonly site: string;
      readonly wasted?: Amount;
      /** An infusion that goes on. */
      readonly running: boolean;
    }
  | { readonly what: 'not-given'; readonly reason: NotGivenReason; readonly words: string }
  | { readonly what: 'wasted'; readonly amount?: Amount; readonly words: string };
export interface Charting {
  readonly request: ResourceJson;
  readonly dueAt?: Instant;
  readonly at: Instant;
  readonly now: Instant;
  readonly done: DoneDose;
  /** `Practitioner/1` and name. */
  readonly who: { readonly reference: string; readonly display: string };
  readonly witness?: { readonly reference?: string; readonly display: string };
  readonly fromPaper: boolean;
  /** Why against a warning, or without a scan. */
  readonly override: string;
  readonly scanned: boolean;
  readonly note: string;
  /** `Encounter/1`. */
  readonly stay?: string;
  /** FHIR instant text of a moment, in the ward's zone. */
  readonly textOf: (at: Instant) => string;
}

const WORD: Readonly<Record<DoseUnit, string>> = {
  mg: 'mg',
  microgram: 'microgram',
  g: 'g',
  unit: 'units',
  mmol: 'mmol',
  mL: 'mL',
  puff: 'puffs',
  sachet: 'sachets',
  tablet: 'tablets',
  capsule: 'capsules',
  drop: 'drops',
  patch: 'patches',
};
export const quantityOf = ({ value, unit }: Amount): JsonObject => ({
  value,
  unit: WORD[unit],
  system: 'http://unitsofmeasure.org',
  code: UCUM_OF[unit],
});

export function doseResource(charting: Charting): JsonObject {
  const { request, dueAt, done, now, textOf } = charting;
  const isLate = now - charting.at > LATE_ENTRY_MS;
  const reason = done.what === 'given' ? undefined : done.what === 'wasted' ? 'wasted' : done.reason;
  const waste = done.what === 'given' ? done.wasted : done.what === 'wasted' ? done.amount : undefined;
  const words = done.what === 'given' ? '' : done.words;
  const extension: JsonObject[] = [
    ...(dueAt === undefined ? [] : [{ url: DUE_TIME_EXTENSION, valueDateTime: textOf(dueAt) }]),
    ...(isLate ? [{ url: LATE_ENTRY_EXTENSION, valueDateTime: textOf(now) }] : []),
    ...(charting.fromPaper ? [{ url: ENTERED_FROM_EXTENSION, valueCode: 'paper' }] : []),
    ...(charting.scanned ? [{ url: SCANNED_EXTENSION, valueCode: 'matched' }] : []),
    ...(charting.override === '' ? [] : [{ url: OVERRIDE_EXTENSION, valueString: charting.override }]),
    ...(waste === undefined ? [] : [{ url: WASTED_EXTENSION, valueQuantity: quantityOf(waste) }]),
  ];
  const route = at(itemsOf(request['dosageInstruction'])[0], 'route');
  const context = charting.stay ?? at(request, 'encounter.reference');
  return {
    resourceType: 'MedicationAdministration',
    ...(extension.length === 0 ? {} : { extension }),
    status: done.what === 'given' ? (done.running ? 'in-progress' : 'completed') : 'not-done',
    ...(reason === undefined
      ? {}
      : {
          statusReason: [
            {
              coding: [{ system: NOT_GIVEN_SYSTEM, code: reason, display: NOT_GIVEN_WORDS[reason] }],
              text: words === '' ? NOT_GIVEN_WORDS[reason] : words,
            },
          ],
        }),
    ...(request['medicationCodeableConcept'] === undefined
      ? { medicationReference: request['medicationReference'] }
      : { medicationCodeableConcept: request['medicationCodeableConcept'] }),
    subject: request['subject'],
    ...(typeof context === 'string' ? { context: { reference: context } } : {}),
    ...(done.what === 'given' && done.running
      ? { effectivePeriod: { start: textOf(charting.at) } }
      : { effectiveDateTime: textOf(charting.at) }),
    performer: [
      { actor: { reference: charting.who.reference, display: charting.who.display } },
      ...(charting.witness === undefined
        ? []
        : [
            {
              function: { coding: [{ system: PERFORMER_SYSTEM, code: WITNESS_CODE, display: 'Witness' }] },
              actor: charting.witness,
            } as unknown as JsonObject,
          ]),
    ],
    ...(typeof request.id === 'string' ? { request: { reference: `MedicationRequest/${request.id}` } } : {}),
    ...(charting.note === '' ? {} : { note: [{ text: charting.note, time: textOf(now) }] }),
    ...(done.what === 'given'
      ? {
          dosage: {
            ...(done.site === '' ? {} : { site: { text: done.site } }),
            ...(route === undefined ? {} : { route }),
            dose: { ...quantityOf(done.amount), unit: done.amountWord },
          },
        }
      : {}),
  };
}

/** A JSON Patch (RFC 6902) of the entry that is undone. */
export function undoPatch(entry: JsonObject, reason: string): string {
  const text = { text: reason };
  return JSON.stringify([
    { op: 'replace', path: '/status', value: 'entered-in-error' },
    entry['statusReason'] === undefined
      ? { op: 'add', path: '/statusReason', value: [text] }
      : { op: 'add', path: '/statusReason/-', value: text },
  ]);
}
/** Of an infusion that runs: it is through, or was taken down. */
export function endInfusionPatch(entry: JsonObject, at: string, early: boolean): string {
  return JSON.stringify([
    { op: 'replace', path: '/status', value: early ? 'stopped' : 'completed' },
    entry['effectivePeriod'] === undefined
      ? { op: 'add', path: '/note', value: [{ text: `ended at ${at}` }] }
      : { op: 'add', path: '/effectivePeriod/end', value: at },
  ]);
}
