// What the search index keeps of one resource: numbers and folded texts, made from what `extract` says.
//
//   1. Every value that a search by equality can name is a token; `token-names.ts` of a query makes the same numbers.
//   2. A set: no token and no row twice, so that the rows of a resource can be told from its body alone.
//   3. What is cut (long strings) or folded is a superset of what matches: the body decides (see search-sql.ts).
import { definitions } from '../../../core/fhir/definitions/r4.ts';
import { fold } from '../../../core/fhir/search/fold.ts';
import type { IndexEntry } from '../../../core/fhir/search/index-entry.ts';
import type { View } from '../../../core/record/view.ts';
import { hashOf, type Compartment } from './hashes.ts';

export interface StringRow {
  readonly p: number;
  readonly value: string;
}
export interface DateRow {
  readonly p: number;
  readonly lo: number;
  readonly hi: number;
}
export interface NumberRow {
  readonly p: number;
  readonly system: number | null;
  readonly code: number | null;
  readonly unit: number | null;
  readonly lo: number;
  readonly hi: number;
}
export interface IndexRows {
  /** The first `hot` of them have rows in the hot table. */
  readonly tokens: readonly number[];
  readonly hot: number;
  /** Those among `tokens` that prove the home. */
  readonly home: readonly number[];
  /** Start of the main date, ms; Infinity without one. */
  readonly main: number;
  readonly strings: readonly StringRow[];
  readonly dates: readonly DateRow[];
  readonly numbers: readonly NumberRow[];
}

/** Longer strings are cut: a b-tree row must fit a third of a page, and one code point may be four bytes. */
export const STRING_MAX = 400;
/** Longer spans stand apart, so that a search for a day need not look at every span that is open. */
export const SHORT_SPAN_MS = 86_400_000;

/** Tokens that most searches name, by themselves or with a patient: worth a row without the resource. */
export const HOT_PARAMS: ReadonlySet<string> = new Set([
  'code',
  'category',
  'type',
  'class',
  'status',
  'clinical-status',
  'vaccine-code',
]);

/** The date that a chart of the type is sorted by; one value a resource (of several, the first start counts). */
export const MAIN_DATE: Readonly<Record<string, string>> = {
  AllergyIntolerance: 'date',
  Appointment: 'date',
  AuditEvent: 'date',
  CarePlan: 'date',
  CareTeam: 'date',
  Claim: 'created',
  Communication: 'sent',
  Composition: 'date',
  Condition: 'recorded-date',
  Consent: 'date',
  DiagnosticReport: 'date',
  DocumentReference: 'date',
  Encounter: 'date',
  EpisodeOfCare: 'date',
  ExplanationOfBenefit: 'created',
  Flag: 'date',
  Goal: 'start-date',
  ImagingStudy: 'started',
  Immunization: 'date',
  List: 'date',
  MedicationAdministration: 'effective-time',
  MedicationDispense: 'whenhandedover',
  MedicationRequest: 'authoredon',
  MedicationStatement: 'effective',
  Observation: 'date',
  Patient: 'birthdate',
  Procedure: 'date',
  Provenance: 'recorded',
  QuestionnaireResponse: 'authored',
  ServiceRequest: 'authored',
  Task: 'authored-on',
};

/** What is known of a parameter of a type. */
interface ParamNames {
  readonly p: number;
  readonly long: number;
  readonly has: number;
  readonly hot: boolean;
  readonly main: boolean;
  /** Compartments that a reference by it makes the resource a member of. */
  readonly compartments: readonly string[];
}
interface TypeNames {
  readonly any: number;
  readonly params: Map<string, ParamNames>;
}

const COMPARTMENTS = ['Patient', 'Encounter', 'RelatedPerson', 'Practitioner', 'Device'];
const TYPES = new Map<string, TypeNames>();

export const HAS = '\u0002';
const BARE = '\u0003';
const LONG = '\u0004';
const MEMBER = '\u0005';
const HOME = '\u0006';
const LABEL = '\u0007';
const SIBLINGS = '\u0008';

function namesOf(type: string): TypeNames {
  let found = TYPES.get(type);
  if (!found) TYPES.set(type, (found = { any: hashOf(type), params: new Map() }));
  return found;
}

function paramOf(type: string, names: TypeNames, param: string): ParamNames {
  const found = names.params.get(param);
  if (found) return found;
  const p = hashOf(`${type}.${param}`);
  const made: ParamNames = {
    p,
    long: hashOf(LONG, p),
    has: hashOf(HAS, p),
    hot: HOT_PARAMS.has(param),
    main: MAIN_DATE[type] === param,
    compartments: COMPARTMENTS.filter((c) => definitions.compartmentParams(c, type).includes(param)),
  };
  names.params.set(param, made);
  return made;
}

/** The number of "any resource of this type" in the hot table. */
export const anyToken = (type: string): number => namesOf(type).any;
export const paramHash = (type: string, param: string): number => paramOf(type, namesOf(type), param).p;
export const longHash = (type: string, param: string): number => paramOf(type, namesOf(type), param).long;
export const hasToken = (type: string, param: string): number => paramOf(type, namesOf(type), param).has;
/** `system` '': the value has none. */
export const codingToken = (p: number, system: string, code: string): number => hashOf(`${system}\u0001${code}`, p);
/** The code under any system or none. */
export const bareToken = (p: number, code: string): number => hashOf(BARE + code, p);
/** `text` is `Type/id`, a URL or a URI as it stands. */
export const textToken = (p: number, text: string): number => hashOf(text, p);
/** Member of the compartment `Patient/123`. */
export const memberToken = (compartment: string): number => hashOf(MEMBER + compartment);
/** The second half of the proof that a resource's home is this compartment. */
export const homeToken = (compartment: Compartment): number => hashOf(HOME, compartment.token);
/** Stands in the hot table for each resource of several live heads, once for each patient that one of them is of (PG21). */
export const siblingsToken = (type: string, home: string): number => hashOf(SIBLINGS + home, anyToken(type));
/** Stands in the tokens of each resource of several heads (CW1). */
export const FORKED_TOKEN = hashOf(`${SIBLINGS}heads`);
/** Of those that people must decide, by how grave it is. */
export const CONFLICT_TOKENS = { S1: hashOf(`${SIBLINGS}S1`), S2: hashOf(`${SIBLINGS}S2`) } as const;
/** Of resources of several heads: which version of the policies says what is shown. */
export const policyToken = (version: string): number => hashOf(`${SIBLINGS}policy`, hashOf(version));
/** Of a resource of several heads. */
export const viewTokens = ({ severity }: View, policyVersion: string): readonly number[] => [
  FORKED_TOKEN,
  policyToken(policyVersion),
  ...(severity === undefined ? [] : [CONFLICT_TOKENS[severity]]),
];
export const codeHash = (code: string): number => hashOf(code);
export const systemCodeHash = (system: string, code: string): number => hashOf(`${system}\u0001${code}`);

/** A folded string as the index keeps it. */
export const indexedString = (text: string): string => fold(text).replaceAll('\0', '').slice(0, STRING_MAX);

class Collector {
  readonly hot = new Set<number>();
  readonly cold = new Set<number>();
  readonly strings: StringRow[] = [];
  readonly dates: DateRow[] = [];
  readonly numbers: NumberRow[] = [];
  main = Infinity;
}

/** The rows of a resource (of the union of its heads' entries, where it has several), whose home is `home`. */
export function indexRows(
  type: string,
  id: string,
  entries: readonly IndexEntry[],
  home: Compartment,
  labels: ReadonlySet<string>,
): IndexRows {
  const names = namesOf(type);
  const into = new Collector();
  into.hot.add(names.any);
  const homes = [homeToken(home)];
  for (const token of homes) into.cold.add(token);
  for (const token of labelTokens(labels)) into.cold.add(token);
  if (COMPARTMENTS.includes(type)) into.cold.add(memberToken(`${type}/${id}`));
  for (const entry of entries) collect(entry, paramOf(type, names, entry.param), into);
  const tokens = [...into.hot];
  for (const token of into.cold) if (!into.hot.has(token)) tokens.push(token);
  return {
    tokens,
    hot: into.hot.size,
    home: homes,
    main: into.main,
    strings: into.strings,
    dates: into.dates,
    numbers: into.numbers,
  };
}

/** Of a deleted resource: nothing finds it, but its home and labels still say who may know of it. */
export const deletedRows = (home: Compartment, labels: readonly number[]): IndexRows => ({
  tokens: [homeToken(home), ...labels],
  hot: 0,
  home: [homeToken(home)],
  main: Infinity,
  strings: [],
  dates: [],
  numbers: [],
});

/** Of the labels of meta.security, as a visibility names them. */
export const labelTokens = (labels: Iterable<string>): readonly number[] => [...labels].map((l) => hashOf(LABEL + l));

function collect(entry: IndexEntry, names: ParamNames, into: Collector): void {
  const { p } = names;
  if (entry.kind !== 'composite') into.cold.add(names.has);
  switch (entry.kind) {
    case 'token': {
      if (entry.code === undefined) return;
      const set = names.hot ? into.hot : into.cold;
      set.add(codingToken(p, entry.system ?? '', entry.code));
      set.add(bareToken(p, entry.code));
      return;
    }
    case 'reference': {
      if (entry.type !== undefined && entry.id !== undefined) {
        const target = `${entry.type}/${entry.id}`;
        into.cold.add(textToken(p, target));
        if (names.compartments.includes(entry.type)) into.cold.add(memberToken(target));
      }
      if (entry.url !== undefined) into.cold.add(textToken(p, entry.url));
      return;
    }
    case 'uri':
      into.cold.add(textToken(p, entry.value));
      return;
    case 'string': {
      const value = indexedString(entry.value);
      if (value === '' || into.strings.some((row) => row.p === p && row.value === value)) return;
      into.strings.push({ p, value });
      return;
    }
    case 'date': {
      if (names.main && entry.lo < into.main) into.main = entry.lo;
      const isLong = entry.hi - entry.lo > SHORT_SPAN_MS;
      const row = { p: isLong ? names.long : p, lo: entry.lo, hi: entry.hi };
      if (!into.dates.some((d) => d.p === row.p && d.lo === row.lo && d.hi === row.hi)) into.dates.push(row);
      return;
    }
    case 'number':
      into.numbers.push({ p, system: null, code: null, unit: null, lo: entry.lo, hi: entry.hi });
      return;
    case 'quantity': {
      const { system, code, unit } = entry;
      into.numbers.push({
        p,
        system: system === undefined ? null : code === undefined ? codeHash(system) : systemCodeHash(system, code),
        code: code === undefined ? null : codeHash(code),
        unit: unit === undefined ? null : codeHash(unit),
        lo: entry.lo,
        hi: entry.hi,
      });
      return;
    }
    case 'composite':
      return;
  }
}
