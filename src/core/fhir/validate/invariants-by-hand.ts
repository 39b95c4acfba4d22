// Invariants of R4 that are met in everyday writes, as closures: the same meaning as the standard's FHIRPath (a test holds
// the two against each other), a hundred times as fast.
//
//   1  Each closure bears any JSON: values of a wrong type are someone else's fault and count as absent here.
//   2  True means kept. What cannot be judged is kept: a refusal needs certainty.
//   3  A name stands here once for all types that use the key, as keys are unique in R4 but for inv-1 and inv-2.
import { numberOf } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { definitions } from '../definitions/r4.ts';
import { compareMoments } from './moments.ts';
import { isObject, type Walk } from './walk.ts';

export type HandInvariant = (value: JsonObject, walk: Walk) => boolean;

const UCUM = 'http://unitsofmeasure.org';
const NAME = /^[A-Z]([A-Za-z0-9_]){0,254}$/;

/** `_name` of each name, made once: joining and interning it at each look-up would cost more than all else here. */
const siblings = new Map<string, string>();
function has(value: JsonObject, name: string): boolean {
  if (value[name] !== undefined) return true;
  let sibling = siblings.get(name);
  if (sibling === undefined) siblings.set(name, (sibling = `_${name}`));
  return value[sibling] !== undefined;
}
const list = (value: JsonObject, name: string): readonly JsonValue[] => {
  const found = value[name];
  return Array.isArray(found) ? found : [];
};
const objects = (value: JsonObject, name: string): readonly JsonObject[] => list(value, name).filter(isObject);
const child = (value: JsonObject, name: string): JsonObject | undefined => {
  const found = value[name];
  return isObject(found) ? found : undefined;
};
const implies = (condition: boolean, then: boolean): boolean => !condition || then;

/** Whether any of the typed names of `type`'s choice element stands. */
function hasChoice(type: string, element: string): (value: JsonObject) => boolean {
  let names: ReadonlySet<string> | undefined;
  return (value) => {
    names ??= choiceNames(type, element);
    for (const key in value) if (names.has(key) && value[key] !== undefined) return true;
    return false;
  };
}

/** `valueQuantity`, `_valueString` … of `value[x]`. */
function choiceNames(type: string, element: string): ReadonlySet<string> {
  const found = definitions.type(type)?.elements.find((it) => it.name === element);
  const names = (found?.types ?? []).map((it) => element + it.code.charAt(0).toUpperCase() + it.code.slice(1));
  return new Set([...names, ...names.map((it) => `_${it}`)]);
}

function hasCoding(concept: JsonObject | undefined, system: string, codes: readonly string[]): boolean {
  if (concept === undefined) return false;
  return objects(concept, 'coding').some(
    (it) => it['system'] === system && typeof it['code'] === 'string' && codes.includes(it['code']),
  );
}

function isDistinct(values: readonly (JsonValue | undefined)[]): boolean {
  const present = values.filter((it) => typeof it === 'string');
  return new Set(present).size === present.length;
}

const inBundle =
  (...types: readonly string[]): HandInvariant =>
  // The focus is the Bundle.
  (value) =>
    types.includes(String(value['type']));

const isHistoryLike = inBundle('batch', 'transaction', 'history');
const isResponseLike = inBundle('batch-response', 'transaction-response', 'history');
const extensionValue = hasChoice('Extension', 'value');
const observationValue = hasChoice('Observation', 'value');
const conditionAbatement = hasChoice('Condition', 'abatement');
const goalDetail = hasChoice('Goal.target', 'detail');
const doseRate = hasChoice('MedicationAdministration.dosage', 'rate');
const parameterValue = hasChoice('Parameters.parameter', 'value');
const triggerTiming = hasChoice('TriggerDefinition', 'timing');
const historyAge = hasChoice('FamilyMemberHistory', 'age');
const historyBorn = hasChoice('FamilyMemberHistory', 'born');
const inlineReference = (value: JsonObject, name: string): boolean => has(value, name);

const nameInvariant: HandInvariant = (value) => typeof value['name'] !== 'string' || NAME.test(value['name']);
const SAFE_NAMES =
  'adf cpb cid csd cpd cmd ees evd evi evv esc gdf ig lib mea msd nsd opd pdf que rsd red rvs spd sdf smp tcp tst vsd inv'.split(
    ' ',
  );

const AIT = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';
const CON = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';

const HAND: readonly (readonly [string, HandInvariant])[] = [
  ...SAFE_NAMES.map((prefix) => [`${prefix}-0`, nameInvariant] as const),
  // Data types
  ['ext-1', (value) => has(value, 'extension') !== extensionValue(value)],
  ['per-1', (value) => compareMoments(value['start'], value['end']) !== 'after'],
  ['qty-3', (value) => implies(has(value, 'code'), has(value, 'system'))],
  [
    'age-1',
    (value) => (has(value, 'code') || !has(value, 'value')) && isUcumOrNone(value) && isPositive(value['value']),
  ],
  ['dis-1', (value) => (has(value, 'code') || !has(value, 'value')) && isUcumOrNone(value)],
  ['drt-1', (value) => implies(has(value, 'code'), isUcumOrNone(value) && has(value, 'value'))],
  ['sqty-1', (value) => !has(value, 'comparator')],
  ['rng-2', (value) => isRangeInOrder(child(value, 'low'), child(value, 'high'))],
  [
    'rat-1',
    (value) =>
      has(value, 'numerator') === has(value, 'denominator') && (has(value, 'numerator') || has(value, 'extension')),
  ],
  ['att-1', (value) => implies(has(value, 'data'), has(value, 'contentType'))],
  ['cpt-2', (value) => implies(has(value, 'value'), has(value, 'system'))],
  ['exp-1', (value) => has(value, 'expression') || has(value, 'reference')],
  // ref-1 needs the container: references.ts.
  ['ref-1', () => true],
  ['tim-1', (value) => implies(has(value, 'duration'), has(value, 'durationUnit'))],
  ['tim-2', (value) => implies(has(value, 'period'), has(value, 'periodUnit'))],
  ['tim-4', (value) => (numberOf(value['duration']) ?? 0) >= 0],
  ['tim-5', (value) => (numberOf(value['period']) ?? 0) >= 0],
  ['tim-6', (value) => implies(has(value, 'periodMax'), has(value, 'period'))],
  ['tim-7', (value) => implies(has(value, 'durationMax'), has(value, 'duration'))],
  ['tim-8', (value) => implies(has(value, 'countMax'), has(value, 'count'))],
  [
    'tim-9',
    (value) =>
      implies(
        has(value, 'offset'),
        has(value, 'when') &&
          !list(value, 'when').some((it) => it === 'C' || it === 'CM' || it === 'CD' || it === 'CV'),
      ),
  ],
  ['tim-10', (value) => !(has(value, 'timeOfDay') && has(value, 'when'))],
  ['trd-1', (value) => !(has(value, 'data') && triggerTiming(value))],
  ['trd-2', (value) => implies(has(value, 'condition'), has(value, 'data'))],
  ['drq-1', (value) => has(value, 'path') !== has(value, 'searchParam')],
  ['drq-2', (value) => has(value, 'path') !== has(value, 'searchParam')],
  // dom-2 to dom-5 are judged at the contained resource itself (check-resource.ts).
  ['dom-2', () => true],
  ['dom-3', () => true],
  ['dom-4', () => true],
  ['dom-5', () => true],
  ['dom-6', (value) => has(value, 'text')],
  // Resources of care
  [
    'ait-1',
    (value) => has(value, 'clinicalStatus') || hasCoding(child(value, 'verificationStatus'), AIT, ['entered-in-error']),
  ],
  [
    'ait-2',
    (value) =>
      !(has(value, 'clinicalStatus') && hasCoding(child(value, 'verificationStatus'), AIT, ['entered-in-error'])),
  ],
  ['app-1', (value) => has(value, 'type') || has(value, 'actor')],
  ['app-2', (value) => has(value, 'start') === has(value, 'end')],
  [
    'app-3',
    (value) =>
      (has(value, 'start') && has(value, 'end')) ||
      value['status'] === 'proposed' ||
      value['status'] === 'cancelled' ||
      value['status'] === 'waitlist',
  ],
  [
    'app-4',
    (value) =>
      implies(has(value, 'cancelationReason'), value['status'] === 'noshow' || value['status'] === 'cancelled'),
  ],
  ['apr-1', (value) => has(value, 'participantType') || has(value, 'actor')],
  ['sev-1', (value) => !(has(value, 'name') && has(value, 'query'))],
  ['cpl-3', (value) => !(has(value, 'detail') && has(value, 'reference'))],
  ['cmp-1', (value) => has(value, 'text') || has(value, 'entry') || has(value, 'section')],
  ['cmp-2', (value) => !(has(value, 'emptyReason') && has(value, 'entry'))],
  [
    'con-4',
    (value) =>
      implies(
        conditionAbatement(value),
        hasCoding(child(value, 'clinicalStatus'), 'http://terminology.hl7.org/CodeSystem/condition-clinical', [
          'resolved',
          'remission',
          'inactive',
        ]),
      ),
  ],
  ['con-1', (value) => has(value, 'summary') || has(value, 'assessment')],
  ['con-2', (value) => has(value, 'code') || has(value, 'detail')],
  [
    'con-5',
    (value) =>
      !(has(value, 'clinicalStatus') && hasCoding(child(value, 'verificationStatus'), CON, ['entered-in-error'])),
  ],
  ['fhs-1', (value) => !(historyAge(value) && historyBorn(value))],
  ['fhs-2', (value) => implies(has(value, 'estimatedAge'), historyAge(value))],
  ['gol-1', (value) => implies(goalDetail(value), has(value, 'measure'))],
  ['grp-1', (value) => implies(has(value, 'member'), value['actual'] === true)],
  ['imm-1', (value) => has(value, 'documentType') || inlineReference(value, 'reference')],
  ['imr-1', (value) => has(value, 'vaccineCode') || has(value, 'targetDisease')],
  ['lst-1', (value) => !(has(value, 'emptyReason') && has(value, 'entry'))],
  ['lst-2', (value) => value['mode'] === 'changes' || !objects(value, 'entry').some((it) => has(it, 'deleted'))],
  ['lst-3', (value) => value['mode'] === 'working' || !objects(value, 'entry').some((it) => has(it, 'date'))],
  ['lnk-1', (value) => list(value, 'item').length > 1],
  ['mad-1', (value) => has(value, 'dose') || doseRate(value)],
  ['mdd-1', (value) => compareMoments(value['whenPrepared'], value['whenHandedOver']) !== 'after'],
  ['obs-3', (value) => has(value, 'low') || has(value, 'high') || has(value, 'text')],
  ['obs-6', (value) => !(has(value, 'dataAbsentReason') && observationValue(value))],
  ['obs-7', (value) => !observationValue(value) || !isComponentCodeOfItself(value)],
  ['org-1', (value) => has(value, 'identifier') || has(value, 'name')],
  ['org-2', (value) => value['use'] !== 'home'],
  ['org-3', (value) => value['use'] !== 'home'],
  ['ipn-1', (value) => has(value, 'identifier') || has(value, 'name')],
  [
    'pat-1',
    (value) => has(value, 'name') || has(value, 'telecom') || has(value, 'address') || has(value, 'organization'),
  ],
  ['prr-1', (value) => implies(has(value, 'orderDetail'), has(value, 'code'))],
  ['ppc-1', (value) => has(value, 'policy') || has(value, 'policyRule')],
  ['ras-2', (value) => (numberOf(value['probabilityDecimal']) ?? 0) <= 100],
  ['rqg-1', (value) => has(value, 'resource') !== has(value, 'action')],
  ['csd-1', (value) => isDistinct(nested(value, 'concept', 'code'))],
  // Questionnaires
  ['que-2', (value) => isDistinct(nested(value, 'item', 'linkId'))],
  [
    'que-1',
    (value) =>
      implies(value['type'] === 'group', has(value, 'item')) &&
      implies(value['type'] === 'display', !has(value, 'item')),
  ],
  ['que-3', (value) => value['type'] !== 'display' || !has(value, 'code')],
  ['que-4', (value) => !(has(value, 'answerOption') && has(value, 'answerValueSet'))],
  ['que-6', (value) => value['type'] !== 'display' || !(has(value, 'required') || has(value, 'repeats'))],
  ['que-9', (value) => value['type'] !== 'display' || !has(value, 'readOnly')],
  ['que-11', (value) => !(has(value, 'answerOption') && has(value, 'initial'))],
  ['que-12', (value) => implies(list(value, 'enableWhen').length > 1, has(value, 'enableBehavior'))],
  ['que-13', (value) => value['repeats'] === true || list(value, 'initial').length <= 1],
  ['qrs-1', (value) => !(has(value, 'answer') && has(value, 'item'))],
  // By hand because the expression looks at the whole list again for each of its members: minutes for a few MB.
  ['sdf-8', (value, walk) => arePathsBelow(value, walk, (first, type) => first === type)],
  ['sdf-8a', (value, walk) => arePathsBelow(value, walk, (first, type) => first.startsWith(type))],
  [
    'ig-1',
    (value) => {
      const groups = new Set(objects(value, 'grouping').map((it) => it['id']));
      return objects(value, 'resource').every((it) => it['groupingId'] === undefined || groups.has(it['groupingId']));
    },
  ],
  [
    'ig-2',
    (value) => {
      const versions = new Set(list(value, 'fhirVersion'));
      const definition = child(value, 'definition');
      const resources = definition === undefined ? [] : objects(definition, 'resource');
      return resources.every((it) => list(it, 'fhirVersion').every((version) => versions.has(version)));
    },
  ],
  // Bundles and Parameters
  ['bdl-1', (value) => !has(value, 'total') || value['type'] === 'searchset' || value['type'] === 'history'],
  ['bdl-2', (value) => value['type'] === 'searchset' || !objects(value, 'entry').some((it) => has(it, 'search'))],
  ['bdl-3', (value, walk) => objects(value, 'entry').every((it) => has(it, 'request') === isHistoryLike(value, walk))],
  [
    'bdl-4',
    (value, walk) => objects(value, 'entry').every((it) => has(it, 'response') === isResponseLike(value, walk)),
  ],
  ['bdl-5', (value) => has(value, 'resource') || has(value, 'request') || has(value, 'response')],
  ['bdl-7', (value) => value['type'] === 'history' || isDistinct(objects(value, 'entry').map(versionedUrl))],
  ['bdl-8', (value) => typeof value['fullUrl'] !== 'string' || !value['fullUrl'].includes('/_history/')],
  [
    'bdl-9',
    (value) => {
      const identifier = child(value, 'identifier');
      return (
        value['type'] !== 'document' ||
        (identifier !== undefined && has(identifier, 'system') && has(identifier, 'value'))
      );
    },
  ],
  ['bdl-10', (value) => value['type'] !== 'document' || value['timestamp'] !== undefined],
  ['bdl-11', (value) => value['type'] !== 'document' || firstType(value) === 'Composition'],
  ['bdl-12', (value) => value['type'] !== 'message' || firstType(value) === 'MessageHeader'],
  [
    'inv-1 Parameters.parameter',
    (value) => isOneOfThree(has(value, 'part'), parameterValue(value), has(value, 'resource')),
  ],
];

const BY_KEY: ReadonlyMap<string, HandInvariant> = new Map(HAND);

/** The closure for an invariant of a type; undefined where the standard's own expression is to be used. */
export function handInvariant(key: string, type: string): HandInvariant | undefined {
  return BY_KEY.get(key) ?? BY_KEY.get(`${key} ${type}`);
}

function isUcumOrNone(value: JsonObject): boolean {
  return !has(value, 'system') || value['system'] === UCUM;
}

function isPositive(value: JsonValue | undefined): boolean {
  const number = numberOf(value);
  return number === undefined || number > 0;
}

/** Quantities are compared only where their units are the same. */
function isRangeInOrder(low: JsonObject | undefined, high: JsonObject | undefined): boolean {
  const from = numberOf(low?.['value']);
  const to = numberOf(high?.['value']);
  if (low === undefined || high === undefined || from === undefined || to === undefined) return true;
  const isSameUnit = low['code'] === high['code'] && low['system'] === high['system'] && low['unit'] === high['unit'];
  return !isSameUnit || from <= to;
}

/** A component with the very code of the observation would be a second value of it. */
function isComponentCodeOfItself(observation: JsonObject): boolean {
  const components = objects(observation, 'component');
  if (components.length === 0) return false;
  const code = child(observation, 'code');
  const own = new Set(
    (code === undefined ? [] : objects(code, 'coding')).map((it) => JSON.stringify(Object.entries(it).toSorted())),
  );
  return components.some((component) => {
    const its = child(component, 'code');
    return (
      its !== undefined && objects(its, 'coding').some((it) => own.has(JSON.stringify(Object.entries(it).toSorted())))
    );
  });
}

/** The texts called `name` of all members of `list` at any depth, without recursion. */
function nested(root: JsonObject, listName: string, name: string): readonly (JsonValue | undefined)[] {
  const found: (JsonValue | undefined)[] = [];
  const todo = [...objects(root, listName)];
  for (let it = todo.pop(); it !== undefined; it = todo.pop()) {
    found.push(it[name]);
    for (const inner of objects(it, listName)) todo.push(inner);
  }
  return found;
}

/** fullUrl and version of an entry together; undefined without a fullUrl. */
function versionedUrl(entry: JsonObject): string | undefined {
  if (typeof entry['fullUrl'] !== 'string') return undefined;
  const resource = child(entry, 'resource');
  const version = resource === undefined ? undefined : child(resource, 'meta')?.['versionId'];
  return `${entry['fullUrl']}|${typeof version === 'string' ? version : ''}`;
}

/** The elements of a snapshot or differential: the first is the type's (as `isOfType` says), the others are below it. */
function arePathsBelow(
  value: JsonObject,
  { resource }: Walk,
  isOfType: (first: string, type: string) => boolean,
): boolean {
  const paths = objects(value, 'element').map((it) => it['path']);
  const [first] = paths;
  const type = resource['type'];
  if (typeof first !== 'string') return true;
  if (resource['kind'] !== 'logical' && typeof type === 'string' && !isOfType(first, type)) return false;
  const root = `${first.split('.', 1)[0] ?? ''}.`;
  return paths.every((path, index) => index === 0 || typeof path !== 'string' || path.startsWith(root));
}

function firstType(bundle: JsonObject): JsonValue | undefined {
  const first = objects(bundle, 'entry')[0];
  return first === undefined ? undefined : child(first, 'resource')?.['resourceType'];
}

function isOneOfThree(part: boolean, value: boolean, resource: boolean): boolean {
  return part ? !value && !resource : value !== resource;
}
