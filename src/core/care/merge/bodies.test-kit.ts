// Bodies for the laws: for each row a type, and what its elements may be. Values are JSON text, so that 1.50 stays 1.50.
import * as fc from 'fast-check';
import { parseJson, printJson } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { sha256 } from '../../base/sha256.ts';
import { isObject } from './clinical-words.ts';
import type { MergeHead } from './merged.ts';

export const code = (value: string, system = 'http://snomed.info/sct'): string =>
  JSON.stringify({ coding: [{ system, code: value }] });
const ref = (to: string): string => JSON.stringify({ reference: to });
const status = (...codes: readonly string[]): readonly string[] => codes.map((one) => JSON.stringify(one));
const NOTES = ['[{"text":"a"}]', '[{"text":"a"},{"text":"b"}]', '[{"text":"c"}]'];
const IDENTIFIERS = [
  '[{"system":"s","value":"1"}]',
  '[{"system":"s","value":"1"},{"system":"s","value":"2"}]',
  '[{"system":"s","value":"1","use":"old"}]',
];

export interface Shape {
  readonly type: string;
  readonly elements: Readonly<Record<string, readonly string[]>>;
}

// prettier-ignore
// oxfmt-ignore
export const SHAPES: Readonly<Record<string, Shape>> = {
  patient: { type: 'Patient', elements: {
    name: ['[{"family":"A"}]', '[{"family":"B"}]', '[{"family":"A"},{"family":"C"}]'], birthDate: status('1970-01-01', '1971-01-01'), gender: status('male', 'female'),
    deceasedBoolean: ['true', 'false'], telecom: ['[{"value":"1","use":"home"}]', '[{"value":"1","use":"home","rank":1},{"value":"2","use":"work"}]', '[{"value":"2","use":"work"}]'],
    identifier: IDENTIFIERS, link: ['[{"type":"replaced-by","other":{"reference":"Patient/2"}}]', '[{"type":"replaced-by","other":{"reference":"Patient/3"}}]'],
    active: ['true', 'false'],
  } },
  person: { type: 'RelatedPerson', elements: { patient: [ref('Patient/1')], name: ['[{"family":"A"}]', '[{"family":"B"}]'], telecom: ['[{"value":"1","use":"home"}]', '[{"value":"2","use":"home"}]'], gender: status('male', 'female') } },
  allergy: { type: 'AllergyIntolerance', elements: {
    code: [code('91936005'), code('716186003'), code('300916003')], clinicalStatus: [code('active'), code('inactive'), code('resolved')],
    verificationStatus: [code('unconfirmed'), code('confirmed'), code('refuted'), code('entered-in-error')], criticality: status('low', 'high', 'unable-to-assess'),
    reaction: ['[{"manifestation":[{"text":"rash"}]}]', '[{"manifestation":[{"text":"rash"}]},{"manifestation":[{"text":"shock"}]}]'], note: NOTES, onsetString: status('childhood', 'last year'),
  } },
  problem: { type: 'Condition', elements: {
    clinicalStatus: [code('active'), code('resolved')], verificationStatus: [code('confirmed'), code('provisional'), code('entered-in-error')], code: [code('1'), code('2')],
    note: NOTES, evidence: ['[{"detail":[{"reference":"Observation/1"}]}]', '[{"detail":[{"reference":"Observation/2"}]}]'], onsetAge: ['{"value":40,"unit":"a"}', '{"value":41.0,"unit":"a"}'],
  } },
  prescription: { type: 'MedicationRequest', elements: {
    status: status('active', 'on-hold', 'stopped', 'cancelled', 'completed', 'draft'), medicationCodeableConcept: [code('m1'), code('m2')], medicationReference: [ref('Medication/1')],
    dosageInstruction: ['[{"doseAndRate":[{"doseQuantity":{"value":1.50,"unit":"mg"}}]}]', '[{"doseAndRate":[{"doseQuantity":{"value":15.0,"unit":"mg"}}]}]'],
    note: NOTES, reasonCode: [`[${code('1')}]`, `[${code('2')}]`], contained: ['[{"resourceType":"Medication","id":"m","status":"active"}]', '[{"resourceType":"Medication","id":"m","status":"inactive"}]'],
  } },
  reconciliation: { type: 'List', elements: {
    status: status('current', 'retired', 'entered-in-error'), entry: ['[{"item":{"reference":"X/1"}}]', '[{"item":{"reference":"X/1"},"deleted":true}]', '[{"item":{"reference":"X/1"}},{"item":{"reference":"X/2"}}]', '[{"item":{"reference":"X/3"}}]'],
    emptyReason: [code('nilknown'), code('unavailable')], title: status('t', 'u'), note: NOTES,
  } },
  administration: { type: 'MedicationAdministration', elements: {
    status: status('completed', 'in-progress', 'not-done', 'entered-in-error'), effectiveDateTime: status('2026-01-01T08:00:00Z', '2026-01-01T08:05:00Z'),
    dosage: ['{"dose":{"value":2.0,"unit":"mg"}}', '{"dose":{"value":2,"unit":"mg"}}'], note: NOTES, request: [ref('MedicationRequest/1')],
  } },
  dispense: { type: 'MedicationDispense', elements: { status: status('completed', 'preparation', 'cancelled'), quantity: ['{"value":30}', '{"value":30.0}'], note: NOTES } },
  result: { type: 'Observation', elements: {
    status: status('registered', 'preliminary', 'final', 'corrected', 'entered-in-error'), valueQuantity: ['{"value":1.50,"unit":"mmol/L"}', '{"value":1.5,"unit":"mmol/L"}'], valueString: status('clotted'),
    interpretation: [`[${code('HH')}]`, `[${code('N')}]`], note: NOTES, _issued: ['{"id":"i"}'], issued: status('2026-01-01T08:00:00Z'),
  } },
  report: { type: 'DiagnosticReport', elements: { status: status('partial', 'preliminary', 'final', 'amended'), result: [`[${ref('Observation/1')}]`, `[${ref('Observation/2')}]`], conclusion: status('x', 'y'), conclusionCode: [`[${code('AA')}]`] } },
  order: { type: 'ServiceRequest', elements: { status: status('draft', 'active', 'on-hold', 'completed', 'revoked'), note: NOTES, code: [code('1'), code('2')], supportingInfo: [`[${ref('X/1')}]`, `[${ref('X/2')}]`] } },
  encounter: { type: 'Encounter', elements: {
    status: status('planned', 'in-progress', 'finished', 'cancelled'), participant: [`[{"individual":${ref('P/1')}}]`, `[{"individual":${ref('P/2')}}]`],
    location: [
      '[{"location":{"reference":"Location/1"},"period":{"start":"2026-01-01"}}]',
      '[{"location":{"reference":"Location/1"},"period":{"start":"2026-01-01","end":"2026-01-02"}},{"location":{"reference":"Location/2"},"period":{"start":"2026-01-02"}}]',
      '[{"location":{"reference":"Location/1"},"period":{"start":"2026-01-01","end":"2026-01-03"}},{"location":{"reference":"Location/3"},"period":{"start":"2026-01-03"}}]',
    ],
    statusHistory: ['[{"status":"planned","period":{"start":"2026"}}]', '[{"status":"arrived","period":{"start":"2026"}}]'], period: ['{"start":"2026-01-01"}', '{"start":"2026-01-01","end":"2026-01-05"}'],
  } },
  document: { type: 'Composition', elements: { status: status('preliminary', 'final', 'entered-in-error'), title: status('t', 'u'), section: ['[{"title":"1"}]', '[{"title":"1"},{"title":"2"}]', '[{"title":"3"}]'] } },
  file: { type: 'Binary', elements: { contentType: status('text/plain'), data: status('YQ==', 'Yg==') } },
  form: { type: 'QuestionnaireResponse', elements: { status: status('in-progress', 'completed', 'amended'), item: [
    '[{"linkId":"1","answer":[{"valueDecimal":1.0}]},{"linkId":"2","item":[{"linkId":"2.1","answer":[{"valueString":"x"}]}]}]',
    '[{"linkId":"1","answer":[{"valueDecimal":1}]},{"linkId":"2","item":[{"linkId":"2.1","answer":[{"valueString":"x"}]}]}]',
    '[{"linkId":"1","answer":[{"valueDecimal":1.0}]},{"linkId":"2","item":[{"linkId":"2.1","answer":[{"valueString":"y"}]},{"linkId":"2.2","answer":[{"valueString":"z"}]}]}]',
    '[{"linkId":"2","item":[{"linkId":"2.2","answer":[{"valueString":"z"}]}]}]',
  ] } },
  plan: { type: 'CarePlan', elements: { status: status('active', 'revoked'), activity: ['[{"reference":{"reference":"T/1"}}]', '[{"reference":{"reference":"T/1"},"progress":[{"text":"p"}]}]', '[{"reference":{"reference":"T/2"}}]'], title: status('t', 'u'), note: NOTES } },
  task: { type: 'Task', elements: { status: status('requested', 'accepted', 'in-progress', 'completed', 'cancelled'), owner: [ref('P/1'), ref('P/2')], note: NOTES, lastModified: status('2026-01-01', '2026-01-02') } },
  booking: { type: 'Appointment', elements: { status: status('booked', 'cancelled', 'arrived'), start: status('2026-01-01T08:00:00Z', '2026-01-01T09:00:00Z'), participant: [`[{"actor":${ref('P/1')},"status":"accepted"}]`, `[{"actor":${ref('P/2')},"status":"accepted"}]`] } },
  alert: { type: 'Flag', elements: { status: status('active', 'inactive', 'entered-in-error'), code: [code('1'), code('2')], period: ['{"start":"2026"}', '{"start":"2025"}'] } },
  consent: { type: 'Consent', elements: { status: status('active', 'inactive', 'proposed'), provision: ['{"type":"deny"}', '{"type":"permit"}', '{"type":"permit","provision":[{"type":"deny"}]}'], dateTime: status('2026', '2025') } },
  coverage: { type: 'Coverage', elements: { status: status('active', 'cancelled'), identifier: IDENTIFIERS, order: ['1', '2'], class: ['[{"value":"a"}]', '[{"value":"b"}]'] } },
  billing: { type: 'Invoice', elements: { status: status('draft', 'issued', 'cancelled'), totalNet: ['{"value":10.00}', '{"value":10.0}'], note: NOTES } },
  staff: { type: 'PractitionerRole', elements: { active: ['true', 'false'], telecom: ['[{"value":"1","use":"work"}]', '[{"value":"2","use":"work"}]'], code: [`[${code('doctor')}]`, `[${code('nurse')}]`] } },
  directory: { type: 'Location', elements: { name: status('a', 'b'), status: status('active', 'inactive'), telecom: ['[{"value":"1","use":"work"}]', '[{"value":"2","use":"work"}]'] } },
  device: { type: 'Device', elements: { status: status('active', 'inactive'), lotNumber: status('1', '2'), safety: [`[${code('mr')}]`] } },
  knowledge: { type: 'CodeSystem', elements: { status: status('draft', 'active'), concept: ['[{"code":"a"}]', '[{"code":"b"}]'] } },
  research: { type: 'Group', elements: { member: ['[{"entity":{"reference":"Patient/1"}}]', '[{"entity":{"reference":"Patient/1"},"inactive":true}]', '[{"entity":{"reference":"Patient/2"}}]'], name: status('a', 'b') } },
  trail: { type: 'Provenance', elements: { recorded: status('2026', '2025'), target: [`[${ref('X/1')}]`] } },
  node: { type: 'Basic', elements: { code: [code('1'), code('2')], created: status('2026', '2025') } },
  resuscitation: { type: 'Flag', elements: { status: status('active', 'inactive', 'entered-in-error'), code: [code('304253006'), code('304252001')], period: ['{"start":"2026"}', '{"start":"2025"}'] } },
};

const EVERYWHERE: Readonly<Record<string, readonly string[]>> = {
  meta: [
    '{"tag":[{"code":"a"}]}',
    '{"security":[{"system":"c","code":"R"}],"tag":[{"code":"b"}]}',
    '{"source":"x"}',
    '{"source":"y","security":[{"code":"V"}]}',
  ],
  extension: [
    '[{"url":"u","valueDecimal":1.0}]',
    '[{"url":"u","valueDecimal":1.00}]',
    '[{"url":"v","valueString":"x"},{"url":"v","valueString":"y"}]',
  ],
  text: ['{"status":"generated","div":"<div>a</div>"}', '{"status":"additional","div":"<div>b</div>"}'],
  language: ['"en"', '"fr"'],
};

export const read = (text: string): JsonObject => {
  const parsed = parseJson(text, { numbers: 'lossless' });
  if (!parsed.ok || !isObject(parsed.value.value)) throw new Error(`no object: ${text}`);
  return parsed.value.value;
};
const value = (text: string): JsonValue | undefined => read(`{"v":${text}}`)['v'];

type Choice = Readonly<Record<string, string | undefined>>;
/** No head is what validation refuses: an empty reason stands only where a list is empty (lst-1). */
const isRefused = (of: Choice, name: string): boolean => name === 'emptyReason' && of['entry'] !== undefined;

const print = (shape: Shape, of: Choice): string =>
  printJson(
    Object.fromEntries([
      ['resourceType', shape.type],
      ['id', '1'],
      ...Object.entries(of).flatMap(([name, text]): [string, JsonValue | undefined][] =>
        text === undefined || isRefused(of, name) ? [] : [[name, value(text)]],
      ),
    ]),
  );

export interface Family {
  readonly shape: Shape;
  readonly base: MergeHead;
  readonly heads: readonly MergeHead[];
}

/** An ancestor and `least` to 4 heads that descend from it, some alike, few changed much. */
export function families(name: string, least = 2, more: { readonly gone?: boolean } = {}): fc.Arbitrary<Family> {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`no shape: ${name}`);
  const pool = Object.entries({ ...shape.elements, ...EVERYWHERE });
  const bodies = fc
    .tuple(...pool.map(([, texts]) => fc.option(fc.constantFrom(...texts), { nil: undefined })))
    .map((texts): Choice => Object.fromEntries(pool.map(([element], i) => [element, texts[i]])));
  const edit = fc
    .constantFrom(...pool)
    .chain(([element, texts]) =>
      fc.tuple(fc.constant(element), fc.option(fc.constantFrom(...texts), { nil: undefined, freq: 6 })),
    );
  const edits = fc.array(edit, { maxLength: 2 });
  return fc
    .tuple(bodies, fc.array(fc.tuple(edits, fc.nat(3), fc.nat(9)), { minLength: least, maxLength: 4 }))
    .map(([from, sides]): Family => {
      const base: MergeHead = {
        hash: sha256(`${name} base`),
        generation: 1,
        hlc: '0001',
        text: print(shape, from),
        parents: [],
      };
      const heads = sides.map(([changes, later, fate], i): MergeHead => ({
        hash: sha256(`${name} ${i}`),
        generation: 2,
        hlc: `000${later + 2}`,
        text: more.gone === true && fate === 0 ? undefined : print(shape, { ...from, ...Object.fromEntries(changes) }),
        parents: [base.hash],
      }));
      return { shape, base, heads };
    });
}
