// Patient/[id]/$everything (http://hl7.org/fhir/R4/patient-operation-everything.html): the patient, all that is in the
// patient's compartment, and who and what these refer to (practitioners, places, medications …).
//
//   1. One leg, one search of all types; with `start` or `end` the types of events have a leg each, because each has its
//      own date. What has no date, and what is always true of a patient (allergies, problems), stays in.
//   2. A page may repeat a practitioner of an earlier page, as included resources may; it never repeats the patient's own.
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import { extractorOf } from '../../core/fhir/search/extract.ts';
import { dateRange } from '../../core/fhir/instant.ts';
import type { Criterion, DateValue, SearchQuery } from '../../core/fhir/search/query.ts';
import type { ResourceKey, Stored } from '../../core/record/store.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { withLinkedPatients } from './linked-patients.ts';
import { conflictsAmong } from './conflict-remarks.ts';
import { isStrict } from './negotiate.ts';
import { badParam, TOO_MUCH_TEXT, type Refusal } from './outcome.ts';
import { openPage, pageUrl, PAGE_PARAM } from './page-link.ts';
import { bodyObject, isObject, pairsIn } from './parameters.ts';
import { queryOf, takeView, viewPairs, type Pair, type View } from './query-text.ts';
import { bundleText, isTooMuch, remarksEntry, searchEntry, type Link } from './render.ts';
import { isResourceType } from './route-path.ts';
import { ofPatients } from './completeness.ts';
import { suppressedOf } from './suppressed.ts';

const SPEC = 'http://hl7.org/fhir/R4/patient-operation-everything.html';

const COMPARTMENT: readonly string[] = definitions.resourceTypes.filter(
  (type) => type === 'Patient' || definitions.compartmentParams('Patient', type).length > 0,
);

/** What the patient's resources may refer to that is not the patient's own. */
const SUPPORTING: ReadonlySet<string> = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Medication',
  'Device',
  'HealthcareService',
  'Substance',
  'Endpoint',
]);

/** The date of care of each type of event; types that are not here have no leg of their own. */
const CARE_DATES: Readonly<Record<string, string>> = {
  AdverseEvent: 'date',
  Appointment: 'date',
  Claim: 'created',
  ClinicalImpression: 'date',
  Communication: 'sent',
  Composition: 'date',
  DiagnosticReport: 'date',
  DocumentReference: 'date',
  Encounter: 'date',
  EpisodeOfCare: 'date',
  ExplanationOfBenefit: 'created',
  ImagingStudy: 'started',
  Immunization: 'date',
  MedicationAdministration: 'effective-time',
  MedicationDispense: 'whenhandedover',
  MedicationRequest: 'authoredon',
  MedicationStatement: 'effective',
  Observation: 'date',
  Procedure: 'date',
  QuestionnaireResponse: 'authored',
  RiskAssessment: 'date',
  ServiceRequest: 'authored',
};

interface EverythingAsk {
  readonly legs: readonly { readonly types: readonly string[]; readonly where: readonly Criterion[] }[];
  readonly types: ReadonlySet<string> | undefined;
  /** Criteria that the patient resource itself must meet too. */
  readonly since: DateValue | undefined;
  readonly count: number;
  readonly view: View;
  readonly used: readonly Pair[];
}

export async function everything(ask: Ask, api: Api): Promise<Answered> {
  const { id } = ask.place;
  const page = openPage(ask, api);
  if (!page.ok) return page;
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const parsed = parseEverything(
    [...page.value.pairs, ...(body.value === undefined ? [] : pairsIn(body.value))],
    ask,
    api,
  );
  if (!parsed.ok) return parsed;
  const asked = parsed.value;
  let patient: Stored | undefined;
  if (id !== undefined) {
    [patient] = await api.store.read([{ type: 'Patient', id }], ask.actor.visible);
    if (patient === undefined) return err({ kind: 'not-found' });
    if (patient.deleted) return err({ kind: 'gone' });
  }
  const [found, suppressed] = await Promise.all([
    gather(patient, page.value.cursor, asked, ask, api),
    suppressedOf(id === undefined ? [] : [id], ask, api),
  ]);
  if (!found.ok) return found;
  const { matches, next } = found.value;
  const supporting = await supportingOf(matches, asked, ask, api);
  if (isTooMuch([...matches, ...supporting], api.limits.answerChars)) return err(TOO_MUCH_TEXT);
  const entries = [
    ...matches.map((stored) => searchEntry(ask, stored, 'match', asked.view)),
    ...supporting.map((stored) => searchEntry(ask, stored, 'include', asked.view)),
  ];
  const inConflict = await conflictsAmong(
    [...matches, ...supporting].map((stored) => ({ stored, mode: 'match' })),
    ask,
    api,
  );
  const { issues, completeness } = await ofPatients(id === undefined ? [] : [id], [], matches.length, api);
  const remarks = [...suppressed, ...issues, ...inConflict];
  if (remarks.length > 0) entries.push(remarksEntry(remarks));
  const here = ask.base + ask.path;
  const isLater = ask.query.includes(`${PAGE_PARAM}=`);
  const links: Link[] = [
    {
      relation: 'self',
      url: isLater ? `${here}?${ask.query}` : asked.used.length === 0 ? here : `${here}?${queryOf(asked.used)}`,
    },
  ];
  if (next !== undefined) links.push({ relation: 'next', url: pageUrl(ask, api, asked.used, next) });
  const total = page.value.cursor === undefined && next === undefined ? matches.length : undefined;
  return ok({ status: 200, resource: bundleText('searchset', links, entries, total), completeness });
}

/** The matches of one page: the patient first, then leg by leg until the page is full. A cursor is `leg:cursor`. */
async function gather(
  patient: Stored | undefined,
  cursor: string | undefined,
  asked: EverythingAsk,
  ask: Ask,
  api: Api,
): Promise<Result<{ readonly matches: readonly Stored[]; readonly next: string | undefined }, Refusal>> {
  const matches: Stored[] = [];
  const isWanted =
    patient !== undefined &&
    (asked.types?.has('Patient') ?? true) &&
    (asked.since === undefined || patient.lastUpdatedAt >= asked.since.lo);
  if (cursor === undefined && isWanted) matches.push(patient);
  const colon = cursor?.indexOf(':') ?? -1;
  let leg = cursor === undefined ? 0 : Number(cursor.slice(0, colon));
  let after = cursor === undefined || cursor.length === colon + 1 ? undefined : cursor.slice(colon + 1);
  for (; leg < asked.legs.length; leg++, after = undefined) {
    const { types, where } = asked.legs[leg] ?? { types: [], where: [] };
    if (matches.length >= asked.count) return ok({ matches, next: `${leg}:${after ?? ''}` });
    const query: SearchQuery = {
      types,
      where,
      sort: [],
      count: asked.count - matches.length,
      ...(after === undefined ? {} : { after }),
      total: 'none',
      include: [],
    };
    const linked = await withLinkedPatients(query, ask, api);
    const found = await api.store.search(linked.query, linked.ask.actor.visible, {
      includes: api.limits.includes,
      ms: api.limits.searchMs,
    });
    if (!found.ok) return err({ kind: 'too-costly', what: found.error.what });
    for (const { stored } of found.value.hits) {
      if (patient === undefined ? isOfPatients(stored) : !isSame(stored.key, patient.key)) matches.push(stored);
    }
    if (found.value.next !== undefined) return ok({ matches, next: `${leg}:${found.value.next}` });
  }
  return ok({ matches, next: undefined });
}

const isSame = (a: ResourceKey, b: ResourceKey): boolean => a.type === b.type && a.id === b.id;

/** Whether a resource is of any patient's compartment: what its parameters name may be a group or a device instead. */
function isOfPatients({ key, text }: Stored): boolean {
  if (key.type === 'Patient') return true;
  const parsed = parseJson(text, { depthMax: 1_000 });
  if (!parsed.ok || !isObject(parsed.value.value)) return false;
  const params = definitions.compartmentParams('Patient', key.type);
  // A stored body is a resource.
  const entries = extractorOf(key.type, params)(parsed.value.value as ResourceJson);
  return entries.some((entry) => entry.kind === 'reference' && entry.type === 'Patient');
}

const REFERENCE = /"reference"\s*:\s*"([^"]*?)([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^"]*)?"/g;
const roundsMax = 3;

/** Who and what the matches refer to, and these in turn (a role's practitioner, a location's organisation). */
async function supportingOf(
  matches: readonly Stored[],
  asked: EverythingAsk,
  ask: Ask,
  api: Api,
): Promise<readonly Stored[]> {
  const seen = new Set<string>(matches.map(({ key }) => `${key.type}/${key.id}`));
  const found: Stored[] = [];
  let fresh: readonly Stored[] = matches;
  for (let round = 0; round < roundsMax && fresh.length > 0 && found.length < api.limits.includes; round++) {
    const keys: ResourceKey[] = [];
    for (const { text } of fresh) {
      // JSON may escape a slash.
      const plain = text.includes('\\/') ? text.replaceAll('\\/', '/') : text;
      for (const [, before = '', type = '', id = ''] of plain.matchAll(REFERENCE)) {
        const name = `${type}/${id}`;
        const isOurs = before === '' || before === `${ask.base}/`;
        if (!isOurs || !SUPPORTING.has(type) || seen.has(name)) continue;
        seen.add(name);
        keys.push({ type, id });
      }
    }
    const read = keys.length === 0 ? [] : await api.store.read(keys, ask.actor.visible);
    fresh = read.filter((stored): stored is Stored => stored !== undefined && !stored.deleted);
    found.push(...fresh.filter(({ key }) => asked.types?.has(key.type) ?? true));
  }
  return found;
}

function parseEverything(pairs: readonly Pair[], ask: Ask, api: Api): Result<EverythingAsk, Refusal> {
  const taken = takeView(pairs);
  if (!taken.ok) return taken;
  const used: Pair[] = [];
  let count = api.limits.everythingPage;
  let types: Set<string> | undefined;
  let since: DateValue | undefined;
  const dates: DateValue[] = [];
  for (const pair of taken.value.rest) {
    const [name, value] = pair;
    if (name === '_count') {
      if (!/^[1-9]\d{0,8}$/.test(value)) return err(badParam(name, '_count takes a number from 1.', SPEC));
      count = Math.min(Number(value), api.limits.everythingPage);
    } else if (name === '_type') {
      const names = value.split(',').filter((type) => type !== '');
      if (!names.every(isResourceType))
        return err(badParam(name, '_type takes resource types, separated by commas.', SPEC));
      types = new Set([...(types ?? []), ...names]);
    } else if (name === '_since' || name === 'start' || name === 'end') {
      const range = dateRange(value);
      if (range === undefined) return err(badParam(name, `${name} takes a date or an instant.`, SPEC));
      const criterion: DateValue = { kind: 'date', prefix: name === 'end' ? 'le' : 'ge', lo: range.lo, hi: range.hi };
      if (name === '_since') since = criterion;
      else dates.push(criterion);
    } else {
      if (isStrict(ask.headers)) return err(badParam(name, '$everything does not have this parameter.', SPEC));
      continue;
    }
    used.push(pair);
  }
  const { view } = taken.value;
  return ok({
    legs: legsOf(ask.place.id, types, since, dates),
    types,
    since,
    count,
    view,
    used: [...used, ...viewPairs(view)],
  });
}

function legsOf(
  id: string | undefined,
  wanted: ReadonlySet<string> | undefined,
  since: DateValue | undefined,
  dates: readonly DateValue[],
): EverythingAsk['legs'] {
  const types = COMPARTMENT.filter((type) => wanted?.has(type) ?? true);
  const when: readonly Criterion[] = since === undefined ? [] : [{ kind: 'lastUpdated', values: [since] }];
  if (id === undefined) {
    // Of all patients: each type by the parameters that make it a patient's.
    return types.map((type) => {
      const param = CARE_DATES[type];
      const dated = param === undefined ? [] : dates.map((date) => datedOrNot(param, date));
      return { types: [type], where: [...(type === 'Patient' ? [] : [hasPatient(type)]), ...when, ...dated] };
    });
  }
  const where: Criterion[] = [{ kind: 'compartment', type: 'Patient', id }, ...when];
  if (dates.length === 0) return types.length === 0 ? [] : [{ types, where }];
  const undated = types.filter((type) => CARE_DATES[type] === undefined);
  const legs: { types: readonly string[]; where: readonly Criterion[] }[] =
    undated.length === 0 ? [] : [{ types: undated, where }];
  for (const type of types) {
    const param = CARE_DATES[type];
    if (param !== undefined)
      legs.push({ types: [type], where: [...where, ...dates.map((date) => datedOrNot(param, date))] });
  }
  return legs;
}

const hasPatient = (type: string): Criterion => ({
  kind: 'any',
  of: definitions.compartmentParams('Patient', type).map((param) => ({
    kind: 'param',
    param,
    type: 'reference',
    modifier: 'missing',
    values: [{ kind: 'missing', missing: false }],
  })),
});

const datedOrNot = (param: string, date: DateValue): Criterion => ({
  kind: 'any',
  of: [
    { kind: 'param', param, type: 'date', values: [date] },
    { kind: 'param', param, type: 'date', modifier: 'missing', values: [{ kind: 'missing', missing: true }] },
  ],
});
