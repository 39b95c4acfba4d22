// What stands in a list about a patient who is beyond the asker's reach: that there may be more, and how to open it. An empty
// list that looks complete is taken for "nothing there" (specs/access.md).
//
//   FR57  It is said by the relationship alone, never by what was held back.
//   FR58  Of a patient whom the asker does not see at all nothing is said.
import type { Access } from '../../core/access/access.ts';
import { classOf, OF_NO_PATIENT } from '../../core/access/data-classes.ts';
import { ALWAYS_CLASSES } from '../../core/access/roles.ts';
import type { Criterion, SearchQuery } from '../../core/fhir/search/query.ts';
import type { SearchHit, Visibility } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import type { Issue } from './outcome.ts';

/** More patients in one search are nobody's chart. */
const PATIENTS_MAX = 20;

/** Of every patient these are shown to every clinician (CR4): nothing is held back. */
const isShownOfAll = (type: string): boolean => {
  const name = classOf(type);
  return name !== undefined && ALWAYS_CLASSES.has(name);
};

/** One issue where the search is about a patient beyond reach. */
export async function suppressedIn(query: SearchQuery, ask: Ask, api: Api): Promise<readonly Issue[]> {
  if (ask.access.care === undefined) return [];
  const ids = new Set(query.types.every(isShownOfAll) ? [] : await patientsMeant(query, ask, api));
  // "Does this patient have …": no is only no where all of it was looked at.
  if (query.types.includes('Patient') && query.where.some(({ kind }) => kind === 'has')) {
    for (const each of query.where) if (each.kind === 'id' && each.not !== true) for (const id of each.ids) ids.add(id);
  }
  return suppressedOf([...ids].slice(0, PATIENTS_MAX), ask, api);
}

/** Ids of the patients whom a search names, or means by what it says of them. */
export async function patientsMeant(query: SearchQuery, ask: Ask, api: Api): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const criterion of query.where) await collect(criterion, ids, ask, api);
  return [...ids].slice(0, PATIENTS_MAX);
}

/** One issue where a list brings along what may be held back of a patient that it shows: a chart asked for with `_revinclude`. */
export async function suppressedAmong(
  hits: readonly SearchHit[],
  { include }: SearchQuery,
  ask: Ask,
  api: Api,
): Promise<readonly Issue[]> {
  if (!include.some(({ kind, source }) => kind === 'revinclude' && mayBeHeldBack(source))) return [];
  const homes = new Set(hits.filter(({ mode }) => mode === 'match').map(({ stored }) => stored.home));
  return suppressedOf(
    [...homes].filter((home) => home !== '').map((home) => home.slice('Patient/'.length)),
    ask,
    api,
  );
}

/** What is of no patient is held back from nobody for a patient's sake. */
const mayBeHeldBack = (type: string): boolean => {
  const name = classOf(type);
  return name === undefined || !(ALWAYS_CLASSES.has(name) || OF_NO_PATIENT.has(name));
};

export async function suppressedOf(
  patientIds: readonly string[],
  { access }: Ask,
  api: Api,
): Promise<readonly Issue[]> {
  if (access.care === undefined || patientIds.length === 0) return [];
  return (await isAnyBeyondReach(patientIds, access.care, access, api))
    ? [access.mayBreakGlass ? BREAK_IT : OUTSIDE]
    : [];
}

const OUTSIDE: Issue = {
  severity: 'warning',
  code: 'suppressed',
  text: 'The patient is outside your reach: what is not shown here may well be there.',
  remedy: 'Do not take this for the whole record.',
  spec: 'http://hl7.org/fhir/R4/search.html#errors',
};
const BREAK_IT: Issue = {
  ...OUTSIDE,
  remedy: 'In an emergency break the glass: POST [base]/Patient/[id]/$break-glass with a reason.',
};

/**
 * In reach is by far the most common, and then the one question is enough. It is asked of a Patient that says nothing but its
 * id: what stands around in the compartment decides, the labels on the Patient itself among it.
 */
async function isAnyBeyondReach(
  ids: readonly string[],
  care: Visibility,
  { visible }: Access,
  api: Api,
): Promise<boolean> {
  const keys = ids.map((id) => ({ type: 'Patient', id }));
  const asked = keys.map((key) => ({ key, resource: { resourceType: 'Patient', id: key.id } }));
  const inReach = await api.store.wouldSee(asked, care);
  const others = keys.filter((_key, i) => inReach[i] !== true);
  if (others.length === 0) return false;
  return (await api.store.read(others, visible)).some((seen) => seen !== undefined);
}

/** The patients that a criterion names, or means by what is said of them. */
async function collect(criterion: Criterion, ids: Set<string>, ask: Ask, api: Api): Promise<void> {
  switch (criterion.kind) {
    case 'compartment':
      if (criterion.type === 'Patient') ids.add(criterion.id);
      return;
    case 'any':
      for (const each of criterion.of) await collect(each, ids, ask, api);
      return;
    case 'param':
      if (criterion.type !== 'reference') return;
      for (const value of criterion.values) {
        if (value.kind !== 'reference') continue;
        if (criterion.modifier === 'identifier' && value.identifier !== undefined) {
          await meantBy(
            { kind: 'param', param: 'identifier', type: 'token', values: [value.identifier] },
            ids,
            ask,
            api,
          );
        } else if (criterion.modifier === undefined) {
          for (const { type, id } of value.targets) if (type === 'Patient') ids.add(id);
        }
      }
      return;
    case 'chain':
      if (criterion.targetType === 'Patient') await meantBy(criterion.where, ids, ask, api);
      return;
    default:
      return;
  }
}

/** The patients, of those whom the asker sees, that satisfy `where`. */
async function meantBy(where: Criterion, ids: Set<string>, ask: Ask, api: Api): Promise<void> {
  if (ids.size >= PATIENTS_MAX) return;
  const meant = await api.store.search(
    { types: ['Patient'], where: [where], sort: [], count: PATIENTS_MAX, total: 'none', include: [] },
    ask.actor.visible,
    { includes: 0, ms: api.limits.searchMs },
  );
  if (meant.ok) for (const { stored } of meant.value.hits) ids.add(stored.key.id);
}
