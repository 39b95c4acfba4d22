// A problem as it is put down and changed (Condition).
//
//   CH29  Resolving keeps the problem with its end; opening it again takes the end away and leaves what came before in the history.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import type { Recording } from '../banner/write-allergy.ts';
import { elementPatch } from './element-patch.ts';

const SNOMED = 'http://snomed.info/sct';
const hl7 = (table: string, code: string, display: string): JsonObject => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/condition-${table}`, code, display }],
});
export const VERIFICATIONS = ['confirmed', 'provisional', 'differential', 'unconfirmed'] as const;
export const PROBLEM_SEVERITIES = [
  ['24484000', 'Severe'],
  ['6736007', 'Moderate'],
  ['255604002', 'Mild'],
] as const;

export interface ProblemForm {
  readonly words: string;
  /** SNOMED CT, where it was chosen from the list. */
  readonly code: string;
  readonly verification: (typeof VERIFICATIONS)[number];
  /** SNOMED CT; '' for not said. */
  readonly severity: string;
  /** FHIR date; '' for unknown. */
  readonly since: string;
  readonly note: string;
}
export const EMPTY_PROBLEM: ProblemForm = {
  words: '',
  code: '',
  verification: 'confirmed',
  severity: '',
  since: '',
  note: '',
};

/** Common enough to be one key away; anything else is written in words. */
export const COMMON_PROBLEMS: readonly (readonly [code: string, words: string])[] = [
  ['38341003', 'Hypertension'],
  ['44054006', 'Type 2 diabetes mellitus'],
  ['46635009', 'Type 1 diabetes mellitus'],
  ['13645005', 'Chronic obstructive pulmonary disease'],
  ['195967001', 'Asthma'],
  ['49436004', 'Atrial fibrillation'],
  ['84114007', 'Heart failure'],
  ['414545008', 'Ischaemic heart disease'],
  ['433144002', 'Chronic kidney disease stage 3'],
  ['14669001', 'Acute kidney injury'],
  ['91302008', 'Sepsis'],
  ['68566005', 'Urinary tract infection'],
  ['385093006', 'Community acquired pneumonia'],
  ['128045006', 'Cellulitis'],
  ['59282003', 'Pulmonary embolism'],
  ['422504002', 'Ischaemic stroke'],
  ['84757009', 'Epilepsy'],
  ['49049000', 'Parkinson’s disease'],
  ['52448006', 'Dementia'],
  ['2776000', 'Delirium'],
  ['35489007', 'Depressive disorder'],
  ['40930008', 'Hypothyroidism'],
  ['5913000', 'Fracture of neck of femur'],
  ['399912005', 'Pressure ulcer'],
  ['161898004', 'Falls'],
];

export function readProblemForm(body: ResourceJson): ProblemForm {
  const verification = codesOf(body['verificationStatus']);
  return {
    words: conceptWords(body['code']),
    code:
      itemsOf(at(body['code'], 'coding'))
        .filter(isObject)
        .filter((one) => one['system'] === SNOMED)
        .map((one) => textOf(one['code']))[0] ?? '',
    verification: VERIFICATIONS.find((one) => verification.includes(one)) ?? 'unconfirmed',
    severity: codesOf(body['severity']).find((code) => PROBLEM_SEVERITIES.some(([known]) => known === code)) ?? '',
    since: textOf(body['onsetDateTime']),
    note: '',
  };
}
const codeOf = ({ code, words }: ProblemForm): JsonObject =>
  code === ''
    ? { text: words.trim() }
    : { coding: [{ system: SNOMED, code, display: words.trim() }], text: words.trim() };
const verificationOf = ({ verification }: ProblemForm): JsonObject =>
  hl7('ver-status', verification, `${verification.slice(0, 1).toUpperCase()}${verification.slice(1)}`);
function severityOf({ severity }: ProblemForm): JsonObject | undefined {
  const known = PROBLEM_SEVERITIES.find(([code]) => code === severity);
  return known === undefined
    ? undefined
    : { coding: [{ system: SNOMED, code: known[0], display: known[1] }], text: known[1] };
}
const noteOf = (text: string, { recorder, at: time }: Recording): readonly JsonObject[] =>
  text.trim() === ''
    ? []
    : [{ authorReference: { reference: recorder.who, display: recorder.name }, time, text: text.trim() }];

/** A new one, without an id. */
export function problemResource(form: ProblemForm, of: Recording): ResourceJson {
  const severity = severityOf(form);
  const notes = noteOf(form.note, of);
  return {
    resourceType: 'Condition',
    clinicalStatus: hl7('clinical', 'active', 'Active'),
    verificationStatus: verificationOf(form),
    category: [hl7('category', 'problem-list-item', 'Problem List Item')],
    ...(severity === undefined ? {} : { severity }),
    code: codeOf(form),
    subject: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    ...(form.since === '' ? {} : { onsetDateTime: form.since }),
    recordedDate: of.at,
    recorder: { reference: of.recorder.who, display: of.recorder.name },
    ...(notes.length === 0 ? {} : { note: notes }),
  };
}
/** JSON Patch from what was shown to what the form says now; [] where nothing differs. */
export function problemPatch(body: ResourceJson, form: ProblemForm, of: Recording): readonly JsonObject[] {
  const before = readProblemForm(body);
  const next: Record<string, JsonValue | undefined> = {};
  if (before.words !== form.words.trim() || before.code !== form.code) next['code'] = codeOf(form);
  if (before.verification !== form.verification) next['verificationStatus'] = verificationOf(form);
  if (before.severity !== form.severity) next['severity'] = severityOf(form);
  if (before.since !== form.since) next['onsetDateTime'] = form.since === '' ? undefined : form.since;
  const notes = noteOf(form.note, of);
  if (notes.length > 0) next['note'] = [...itemsOf(body['note']), ...notes];
  return elementPatch(body, next);
}
/** JSON Patch that resolves at `at`, or opens again. */
export function turnPatch(body: ResourceJson, to: 'resolved' | 'active', of: Recording): readonly JsonObject[] {
  const ended = Object.keys(body).filter((name) => name.startsWith('abatement'));
  if (to === 'resolved') {
    return elementPatch(body, {
      clinicalStatus: hl7('clinical', 'resolved', 'Resolved'),
      ...(ended.length > 0 ? {} : { abatementDateTime: of.at }),
    });
  }
  // A problem that came back and has an end would be both (con-4).
  return elementPatch(body, {
    clinicalStatus: hl7('clinical', 'active', 'Active'),
    ...Object.fromEntries(ended.map((name) => [name, undefined])),
  });
}
