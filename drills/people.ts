// The made-up people of a drill, and what staff write of them. Everything follows from the seed (DR9); ids are told, so that
// the same run twice speaks of the same charts.
import { SeededChance } from '../test/simulator/seeded-chance.ts';

export interface Chart {
  readonly patient: string;
  /** The node that keeps it first, and those that keep it too. */
  readonly home: string;
  readonly alsoAt: readonly string[];
}

const FAMILIES = ['Okafor', 'Lindqvist', 'Haddad', 'Murphy', 'Tanaka', 'Novak', 'Silva', 'Ivanova', 'Mbeki', 'Larsen'];
const GIVEN = ['Ada', 'Noor', 'Piotr', 'Mei', 'Tomas', 'Aisha', 'Lukas', 'Ines', 'Kofi', 'Sara'];
const VITALS = [
  ['8867-4', 'Heart rate', '/min', 55, 60],
  ['9279-1', 'Respiratory rate', '/min', 12, 14],
  ['8480-6', 'Systolic blood pressure', 'mm[Hg]', 95, 70],
  ['59408-5', 'Oxygen saturation', '%', 88, 12],
] as const;

export const slugOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
export const organizationOf = (node: string): string => `drill-org-${slugOf(node)}`;

/** `each` patients for every home; the first `sharing` of a home are known at `also`, too. */
export function chartsOf(
  homes: readonly { readonly name: string; readonly also: readonly string[] }[],
  each: number,
  sharing: number,
): readonly Chart[] {
  return homes.flatMap(({ name, also }) =>
    Array.from({ length: each }, (_, n) => ({
      patient: `drill-${slugOf(name)}-p${String(n)}`,
      home: name,
      alsoAt: n < sharing ? also : [],
    })),
  );
}

export const allergyOf = (chart: Chart): string => `${chart.patient}-allergy`;
export const orderOf = (chart: Chart): string => `${chart.patient}-order`;
export const codeStatusOf = (chart: Chart): string => `${chart.patient}-code`;
export const problemOf = (chart: Chart): string => `${chart.patient}-problem`;

const subject = (chart: Chart): string => `{"reference":"Patient/${chart.patient}"}`;
const concept = (system: string, code: string, text: string): string =>
  `{"coding":[{"system":"${system}","code":"${code}"}],"text":"${text}"}`;

export const allergyText = (chart: Chart, criticality: string): string =>
  `{"resourceType":"AllergyIntolerance","id":"${allergyOf(chart)}","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},` +
  `"criticality":"${criticality}","code":${concept('http://snomed.info/sct', '91936005', 'Allergy to penicillin')},"patient":${subject(chart)}}`;
export const orderText = (chart: Chart, dose: string): string =>
  `{"resourceType":"MedicationRequest","id":"${orderOf(chart)}","status":"active","intent":"order","medicationCodeableConcept":${concept('http://www.nlm.nih.gov/research/umls/rxnorm', '11289', 'Warfarin')},` +
  `"subject":${subject(chart)},"dosageInstruction":[{"text":"${dose}","doseAndRate":[{"doseQuantity":{"value":${dose.split(' ')[0] ?? '1'},"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}]}]}`;
export const codeStatusText = (chart: Chart, status: string, words: string): string =>
  `{"resourceType":"Flag","id":"${codeStatusOf(chart)}","status":"${status}","category":[{"text":"Resuscitation status"}],"code":${concept('http://snomed.info/sct', '304253006', words)},"subject":${subject(chart)}}`;
export const problemText = (chart: Chart, note: string): string =>
  `{"resourceType":"Condition","id":"${problemOf(chart)}","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},` +
  `"code":${concept('http://snomed.info/sct', '233604007', 'Pneumonia')},"subject":${subject(chart)},"note":[{"text":"${note}"}]}`;

/** The chart as admission leaves it, as a transaction. */
export function chartBundle(chart: Chart, seed: number): string {
  const chance = new SeededChance(seed ^ hashOf(chart.patient));
  const family = chance.pick(FAMILIES) ?? 'Doe';
  const given = chance.pick(GIVEN) ?? 'Jo';
  const patient =
    `{"resourceType":"Patient","id":"${chart.patient}","identifier":[{"system":"urn:holdfast:drill","value":"${chart.patient}"}],` +
    `"name":[{"family":"${family}","given":["${given}"]}],"gender":"${chance.happens(0.5) ? 'female' : 'male'}","birthDate":"${String(1930 + chance.below(80))}-0${String(1 + chance.below(9))}-1${String(chance.below(9))}"}`;
  const encounters = [chart.home, ...chart.alsoAt].map(
    (node) =>
      `{"resourceType":"Encounter","id":"${chart.patient}-at-${slugOf(node)}","status":"in-progress","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},` +
      `"subject":${subject(chart)},"serviceProvider":{"reference":"Organization/${organizationOf(node)}"}}`,
  );
  const texts = [
    patient,
    ...encounters,
    allergyText(chart, 'low'),
    orderText(chart, '3 mg'),
    codeStatusText(chart, 'active', 'For resuscitation'),
    problemText(chart, 'on admission'),
  ];
  const entries = texts.map((text) => {
    const [, type = '', id = ''] = /"resourceType":"(\w+)","id":"([^"]+)"/.exec(text) ?? [];
    return `{"resource":${text},"request":{"method":"PUT","url":"${type}/${id}"}}`;
  });
  return `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
}

export const organizationText = (node: string): string =>
  `{"resourceType":"Organization","id":"${organizationOf(node)}","name":"${node}"}`;

/** One measurement, with its mark. `id` where the writer gives it. */
export function vitalText(chart: Chart, mark: string, chance: SeededChance, id?: string): string {
  const [code, name, unit, least, span] = chance.pick(VITALS) ?? VITALS[0];
  return (
    `{"resourceType":"Observation",${id === undefined ? '' : `"id":"${id}",`}"identifier":[{"system":"urn:holdfast:drill","value":"${mark}"}],"status":"final",` +
    `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],` +
    `"code":${concept('http://loinc.org', code, name)},"subject":${subject(chart)},"valueQuantity":{"value":${String(least + chance.below(span))},"unit":"${unit}"}}`
  );
}
/** One given dose: its own fact, always (CR6). */
export const doseText = (chart: Chart, mark: string, id?: string): string =>
  `{"resourceType":"MedicationAdministration",${id === undefined ? '' : `"id":"${id}",`}"identifier":[{"system":"urn:holdfast:drill","value":"${mark}"}],"status":"completed",` +
  `"medicationCodeableConcept":${concept('http://www.nlm.nih.gov/research/umls/rxnorm', '161', 'Paracetamol')},"subject":${subject(chart)},"effectiveDateTime":"2024-07-19","dosage":{"text":"1 g","dose":{"value":1,"unit":"g","system":"http://unitsofmeasure.org","code":"g"}}}`;

/** FNV-1a: spreads names over seeds. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
