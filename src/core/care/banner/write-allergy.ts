// An allergy as it is put down, changed and ended (AllergyIntolerance), and the statement that there is none.
//
//   CH24  A new allergy ends a "no known allergies"; that cannot be put down beside an allergy that stands.
//   CH28  What a form does not show of an allergy (further reactions, notes of others) stays as it was.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { at, codesOf, deniesAllergy, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { elementPatch } from '../summary/element-patch.ts';
import { conceptWords, isLiveAllergy, type Entry } from './allergy-section.ts';

const SNOMED = 'http://snomed.info/sct';
const hl7 = (table: string, code: string, display: string): JsonObject => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/allergyintolerance-${table}`, code, display }],
});
const ACTIVE = hl7('clinical', 'active', 'Active');
const INACTIVE = hl7('clinical', 'inactive', 'Inactive');
const RESOLVED = hl7('clinical', 'resolved', 'Resolved');
const verified = (code: string): JsonObject =>
  hl7('verification', code, `${code.slice(0, 1).toUpperCase()}${code.slice(1)}`);

export const CATEGORIES = ['medication', 'food', 'environment', 'biologic'] as const;
export const CRITICALITIES = ['high', 'low', 'unable-to-assess'] as const;
export const SEVERITIES = ['severe', 'moderate', 'mild'] as const;

export interface AllergyForm {
  readonly substance: string;
  /** SNOMED CT, where the substance was chosen from the list. */
  readonly code: string;
  readonly kind: 'allergy' | 'intolerance' | '';
  readonly category: (typeof CATEGORIES)[number] | '';
  readonly criticality: (typeof CRITICALITIES)[number] | '';
  /** In words, one each. */
  readonly reactions: readonly string[];
  readonly severity: (typeof SEVERITIES)[number] | '';
  readonly verification: 'confirmed' | 'unconfirmed';
  /** FHIR date; '' for unknown. */
  readonly onset: string;
  readonly note: string;
}
export const EMPTY_ALLERGY: AllergyForm = {
  substance: '',
  code: '',
  kind: 'allergy',
  category: '',
  criticality: '',
  reactions: [],
  severity: '',
  verification: 'confirmed',
  onset: '',
  note: '',
};
export interface Recording {
  readonly subject: string;
  readonly encounter?: string;
  readonly recorder: { readonly who: string; readonly name: string };
  /** FHIR dateTime with a zone. */
  readonly at: string;
}

/** Substances that are common enough to be one key away; anything else is written in words. */
export const SUBSTANCES: readonly (readonly [code: string, words: string, category: AllergyForm['category']])[] = [
  ['764146007', 'Penicillin', 'medication'],
  ['387207008', 'Ibuprofen', 'medication'],
  ['387458008', 'Aspirin', 'medication'],
  ['387494007', 'Codeine', 'medication'],
  ['387170002', 'Trimethoprim', 'medication'],
  ['387487009', 'Clarithromycin', 'medication'],
  ['373529000', 'Morphine', 'medication'],
  ['111088007', 'Latex', 'environment'],
  ['762952008', 'Peanut', 'food'],
  ['102263004', 'Eggs', 'food'],
];
export const REACTIONS: readonly (readonly [code: string, words: string])[] = [
  ['39579001', 'Anaphylaxis'],
  ['41291007', 'Angioedema'],
  ['126485001', 'Urticaria'],
  ['271807003', 'Rash'],
  ['4386001', 'Bronchospasm'],
  ['422587007', 'Nausea'],
  ['422400008', 'Vomiting'],
  ['62315008', 'Diarrhoea'],
];

/** What a form of an allergy that is there begins with. */
export function readAllergyForm(body: ResourceJson): AllergyForm {
  const first = itemsOf(body['reaction'])[0];
  const pick = <T extends string>(of: readonly T[], value: JsonValue | undefined): T | '' =>
    of.find((one) => one === value) ?? '';
  return {
    substance: conceptWords(body['code']),
    code:
      itemsOf(at(body['code'], 'coding'))
        .filter(isObject)
        .filter((one) => one['system'] === SNOMED)
        .map((one) => textOf(one['code']))[0] ?? '',
    kind: pick(['allergy', 'intolerance'], body['type']),
    category: pick(CATEGORIES, itemsOf(body['category'])[0]),
    criticality: pick(CRITICALITIES, body['criticality']),
    reactions: itemsOf(at(first, 'manifestation')).map(conceptWords),
    severity: pick(SEVERITIES, at(first, 'severity')),
    verification: codesOf(body['verificationStatus']).includes('confirmed') ? 'confirmed' : 'unconfirmed',
    onset: textOf(body['onsetDateTime']),
    note: '',
  };
}

function elementsOf(form: AllergyForm): Readonly<Record<string, JsonValue | undefined>> {
  const substance = form.substance.trim();
  return {
    verificationStatus: verified(form.verification),
    type: form.kind === '' ? undefined : form.kind,
    category: form.category === '' ? undefined : [form.category],
    criticality: form.criticality === '' ? undefined : form.criticality,
    code:
      form.code === ''
        ? { text: substance }
        : { coding: [{ system: SNOMED, code: form.code, display: substance }], text: substance },
    onsetDateTime: form.onset === '' ? undefined : form.onset,
  };
}
const manifestations = (form: AllergyForm): readonly JsonObject[] =>
  form.reactions
    .map((words) => words.trim())
    .filter((words) => words !== '')
    .map((words) => {
      const known = REACTIONS.find(([, name]) => name.toLowerCase() === words.toLowerCase());
      return known === undefined
        ? { text: words }
        : { coding: [{ system: SNOMED, code: known[0], display: known[1] }], text: words };
    });
const noted = (form: AllergyForm, { recorder, at: time }: Recording): readonly JsonObject[] =>
  form.note.trim() === ''
    ? []
    : [{ authorReference: { reference: recorder.who, display: recorder.name }, time, text: form.note.trim() }];

/** A new one, without an id. */
export function allergyResource(form: AllergyForm, of: Recording): ResourceJson {
  const shown = manifestations(form);
  const notes = noted(form, of);
  const elements = Object.fromEntries(Object.entries(elementsOf(form)).filter(([, value]) => value !== undefined));
  return {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: ACTIVE,
    ...elements,
    patient: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    recordedDate: of.at,
    recorder: { reference: of.recorder.who, display: of.recorder.name },
    ...(notes.length === 0 ? {} : { note: notes }),
    ...(shown.length === 0
      ? {}
      : { reaction: [{ manifestation: shown, ...(form.severity === '' ? {} : { severity: form.severity }) }] }),
  };
}

/** JSON Patch from what was shown to what the form says now; [] where nothing differs. */
export function allergyPatch(body: ResourceJson, form: AllergyForm, of: Recording): readonly JsonObject[] {
  const before = readAllergyForm(body);
  // The words of a code that nobody touched stay as their author wrote them.
  const { code, verificationStatus, ...others } = elementsOf(form);
  const isRenamed = before.substance !== form.substance.trim() || before.code !== form.code;
  const isReverified = before.verification !== form.verification;
  return [
    ...elementPatch(body, {
      ...others,
      // Further categories that the form does not show stay.
      ...(before.category === form.category ? { category: body['category'] } : {}),
      ...(isRenamed ? { code } : {}),
      ...(isReverified ? { verificationStatus } : {}),
    }),
    ...reactionPatch(body, before, form),
    ...notePatch(body, noted(form, of)),
  ];
}
function reactionPatch(body: ResourceJson, before: AllergyForm, form: AllergyForm): readonly JsonObject[] {
  const isSame = before.severity === form.severity && before.reactions.join('\n') === form.reactions.join('\n');
  if (isSame) return [];
  const reactions = itemsOf(body['reaction']);
  const [first, ...rest] = reactions;
  const shown = manifestations(form);
  const { severity: _, manifestation: __, ...kept } = isObject(first) ? first : {};
  const next = { ...kept, manifestation: shown, ...(form.severity === '' ? {} : { severity: form.severity }) };
  // A reaction without a manifestation is not valid: it goes, the others stay.
  const all: readonly JsonValue[] = shown.length === 0 ? rest : [next, ...rest];
  return elementPatch(body, { reaction: all.length === 0 ? undefined : all });
}
function notePatch(body: ResourceJson, notes: readonly JsonObject[]): readonly JsonObject[] {
  if (notes.length === 0) return [];
  return elementPatch(body, { note: [...itemsOf(body['note']), ...notes] });
}

/** "No known allergies", without an id. */
export function denialResource(of: Recording): ResourceJson {
  return {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: ACTIVE,
    verificationStatus: verified('confirmed'),
    code: {
      coding: [{ system: SNOMED, code: '716186003', display: 'No known allergy' }],
      text: 'No known allergies',
    },
    patient: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    recordedDate: of.at,
    recorder: { reference: of.recorder.who, display: of.recorder.name },
  };
}
/** Denials that a new allergy ends: each gets `ENDS_DENIAL` in the commit of the allergy. */
export const liveDenials = <T extends Entry>(entries: readonly T[]): readonly T[] =>
  entries.filter(({ resource }) => isLiveAllergy(resource) && deniesAllergy(resource));
/** Allergies that stand: beside one of them nobody is without. Disputed and unverified ones stand. */
export const standingAllergies = <T extends Entry>(entries: readonly T[]): readonly T[] =>
  entries.filter(
    ({ resource, conflict }) =>
      resource.resourceType === 'AllergyIntolerance' &&
      !deniesAllergy(resource) &&
      (conflict || isLiveAllergy(resource)),
  );

export type AllergyEnd = 'superseded' | 'resolved' | 'refuted' | 'reactivated';
/** JSON Patch that ends an allergy or denial, or takes that back. */
export function endPatch(body: ResourceJson, how: AllergyEnd, reason: string, of: Recording): readonly JsonObject[] {
  const notes = reason.trim() === '' ? [] : noted({ ...EMPTY_ALLERGY, note: reason }, of);
  const next =
    how === 'superseded'
      ? { clinicalStatus: INACTIVE }
      : how === 'resolved'
        ? { clinicalStatus: RESOLVED }
        : how === 'refuted'
          ? { clinicalStatus: INACTIVE, verificationStatus: verified('refuted') }
          : { clinicalStatus: ACTIVE, verificationStatus: verified('unconfirmed') };
  return [...elementPatch(body, next), ...notePatch(body, notes)];
}
