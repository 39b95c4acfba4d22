// What a node that does not keep every record says of its copy: as of when, and what is held elsewhere (specs/scopes.md).
//
//   SC22 An answer about one patient says as of when it is. Where the record is not here, a search says so, however much it found.
//   SC23 Allergies and alerts that are here are shown, as of when they are; "unavailable" is said only where there is no copy at all.
import type { SearchQuery } from '../../core/fhir/search/query.ts';
import { instantText } from '../../core/record/body.ts';
import type { Completeness, CopyState } from '../../core/record/holding.ts';
import { DEMOGRAPHIC_TYPES } from '../../core/record/scope.ts';
import type { SearchHit, Stored } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import type { Issue, Refusal } from './outcome.ts';
import { patientsMeant } from './suppressed.ts';

/** What a copy that is older than this may miss is said in words too. First setting, for the safety officer to change. */
const STALE_MS = 15 * 60_000;
const CLOCK_SLACK_MS = 60_000;
const HOME = 'Patient/';
/** More patients on one page are nobody's chart. */
const PATIENTS_MAX = 20;

export interface CompletenessRemarks {
  readonly issues: readonly Issue[];
  /** Where the search is about one patient. */
  readonly completeness?: Completeness;
}
const NONE: CompletenessRemarks = { issues: [] };

export async function completenessIn(
  query: SearchQuery,
  hits: readonly SearchHit[],
  ask: Ask,
  api: Api,
): Promise<CompletenessRemarks> {
  const overall = await api.holdings?.overall();
  if (overall === undefined) return NONE;
  const ids = new Set(await patientsMeant(query, ask, api));
  if (query.types.includes('Patient'))
    for (const each of query.where) if (each.kind === 'id' && each.not !== true) for (const id of each.ids) ids.add(id);
  const matches = hits.filter(({ mode }) => mode === 'match');
  const brought = query.include.filter(({ kind }) => kind === 'revinclude').map(({ source }) => source);
  // A chart that a list of patients brings along is that of each of them.
  if (brought.length > 0)
    for (const { stored } of matches.slice(0, PATIENTS_MAX))
      if (stored.home.startsWith(HOME)) ids.add(stored.home.slice(HOME.length));
  const judged = query.where.flatMap((each) => (each.kind === 'has' ? [each.type] : []));
  const types = [...query.types, ...brought, ...judged];
  if (ids.size > 0) return ofNamed([...ids], types, matches.length, ask, api, overall);
  const isJudgedElsewhere = judged.some((type) => !DEMOGRAPHIC_TYPES.includes(type));
  return {
    issues: [...ofAll(query.types, overall, matches.length, api), ...(isJudgedElsewhere ? [NOT_LOOKED_AT] : [])],
  };
}

/** Of a patient whom the asker does not see, the same is said as of one who is not there: nothing of that patient. */
async function ofNamed(
  ids: readonly string[],
  types: readonly string[],
  hits: number,
  ask: Ask,
  api: Api,
  overall: CopyState,
): Promise<CompletenessRemarks> {
  const keys = ids.map((id) => ({ type: 'Patient', id }));
  const found = await api.store.read(keys, ask.actor.visible);
  const seen = ids.filter((_id, i) => found[i] !== undefined);
  if (seen.length === ids.length) return ofPatients(seen, types, hits, api);
  const { issues } = await ofPatients(seen, types, hits, api);
  if (issues.length > 0 || (isOf(types) && overall.hasAlerts)) return { issues };
  return {
    issues: [
      {
        ...INCOMPLETE,
        text: `This node does not keep every record: what is not shown here may be held elsewhere. Last contact: ${textOf(overall.asOf)}.`,
      },
    ],
  };
}

/** Whether nothing but who patients are, their allergies and alerts is asked for. */
const isOf = (types: readonly string[]): boolean =>
  types.length > 0 && types.every((type) => DEMOGRAPHIC_TYPES.includes(type));

/** Of whatever looks for a patient: whoever is not found here may be known elsewhere, and is then registered twice. */
export async function identityRemarks(hits: number, api: Api): Promise<readonly Issue[]> {
  const overall = await api.holdings?.overall();
  return overall === undefined ? [] : ofAll(['Patient'], overall, hits, api);
}

/** Of a list about these patients. `types`: what is listed, [] everything; `hits`: how much was found. */
export async function ofPatients(
  ids: readonly string[],
  types: readonly string[],
  hits: number,
  api: Api,
): Promise<CompletenessRemarks> {
  const found = ids.length === 0 ? undefined : await api.holdings?.of(ids);
  if (found === undefined) return NONE;
  const isOfAlerts = isOf(types);
  const worst =
    found.find((each) => !isHere(each, isOfAlerts) && each.holding === 'elsewhere') ??
    found.find((each) => !isHere(each, isOfAlerts));
  const [only] = found;
  const told = found.length === 1 && only !== undefined ? { completeness: only } : {};
  if (worst !== undefined) return { issues: [remarkOf(worst, isOfAlerts, hits)], ...told };
  const stale = found.find(({ asOf }) => isStale(asOf, api));
  return { issues: stale === undefined ? [] : [staleRemark(stale.asOf, types)], ...told };
}

const isHere = ({ holding, hasAlerts }: Completeness, isOfAlerts: boolean): boolean =>
  holding === 'whole' || (isOfAlerts && hasAlerts);

function ofAll(
  types: readonly string[],
  { hasAlerts, asOf, filling }: CopyState,
  hits: number,
  api: Api,
): readonly Issue[] {
  if (types.every((type) => DEMOGRAPHIC_TYPES.includes(type))) {
    if (!hasAlerts) return [alertsRemark(asOf, hits)];
    return isStale(asOf, api) ? [staleRemark(asOf, types)] : [];
  }
  if (filling === undefined && asOf !== undefined) return isStale(asOf, api) ? [staleRemark(asOf, types)] : [];
  const far = filling === undefined ? '' : ` (${filling.done} of ${filling.of})`;
  return [
    {
      ...INCOMPLETE,
      text: `This node is being filled${far}: what is not shown here may well be there. Last contact: ${textOf(asOf)}.`,
    },
  ];
}

function remarkOf({ holding, asOf }: Completeness, isOfAlerts: boolean, hits: number): Issue {
  if (isOfAlerts) return alertsRemark(asOf, hits);
  return holding === 'coming'
    ? {
        ...INCOMPLETE,
        text: `The record is on its way here: what is not shown may well be there. Last contact: ${textOf(asOf)}.`,
      }
    : {
        ...INCOMPLETE,
        text: `The record is held elsewhere: only identity, allergies and alerts are kept here. Last contact: ${textOf(asOf)}.`,
        remedy: 'Ask for it: POST [base]/Patient/[id]/$fetch-record with a reason.',
      };
}

const INCOMPLETE: Issue = {
  severity: 'warning',
  code: 'incomplete',
  text: '',
  remedy: 'Do not take this for the whole record.',
  spec: 'http://hl7.org/fhir/R4/search.html#errors',
};

/** Every allergy that is known is shown; only where none is, and nothing ever came, are they unavailable. */
const alertsRemark = (asOf: number | undefined, hits: number): Issue => ({
  ...INCOMPLETE,
  text:
    asOf === undefined && hits === 0
      ? 'Identity, allergies and alerts are unavailable: there is no copy here.'
      : `As of ${textOf(asOf)}; identity, allergies and alerts may be incomplete.`,
  remedy: 'Do not take this for "none known".',
});
/** Of what it does not know a copy that grew old says nothing: least of all that there is no allergy (CR1). */
const staleRemark = (asOf: number | undefined, types: readonly string[]): Issue => ({
  ...INCOMPLETE,
  text:
    `As of ${textOf(asOf)}; may be incomplete: what was written elsewhere since then is not here.` +
    (types.includes('AllergyIntolerance') ? ` "No known allergies" is not confirmed since ${textOf(asOf)}.` : ''),
});
const NOT_LOOKED_AT: Issue = {
  ...INCOMPLETE,
  text: 'Patients whose record is held elsewhere were not looked at: not to be in this list says nothing of them.',
};

/** A copy of a time to come is one whose clock was set back since: nobody knows how old it is. */
function isStale(asOf: number | undefined, { clock }: Api): boolean {
  if (asOf === undefined) return true;
  const age = clock.now() - asOf;
  return age >= STALE_MS || age < -CLOCK_SLACK_MS;
}
export const textOf = (asOf: number | undefined): string => (asOf === undefined ? 'never' : instantText(asOf));

/** Of a resource that is read. */
export async function completenessOf({ home }: Pick<Stored, 'home'>, api: Api): Promise<Completeness | undefined> {
  if (!home.startsWith(HOME)) return undefined;
  return (await api.holdings?.of([home.slice(HOME.length)]))?.[0];
}

/** For what is not there: at a node that does not keep everything, it may be elsewhere. */
export async function absent(type: string, api: Api): Promise<Refusal> {
  const overall = await api.holdings?.overall();
  const isAllHere = overall === undefined || (overall.hasAlerts && DEMOGRAPHIC_TYPES.includes(type));
  return isAllHere ? { kind: 'not-found' } : { kind: 'not-here', lastContact: textOf(overall.asOf) };
}

/** What is said of the copy beside the body. */
export const completenessHeaders = ({ holding, asOf }: Completeness): Readonly<Record<string, string>> => ({
  'x-holdfast-as-of': textOf(asOf),
  'x-holdfast-record': holding,
});
