// Patients at this node that may be the same person as one who is described (specs/identity.md, ID12 and ID17).
import { identifiersOf, likenessOf, nearBirths, type Likeness } from '../../core/care/identity/similar-patients.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { dateRange } from '../../core/fhir/instant.ts';
import type { Criterion, DateValue, TokenValue } from '../../core/fhir/search/query.ts';
import type { RecordStore, Stored, Visibility } from '../../core/record/store.ts';
import { resourceOf } from './identity-deps.ts';

export interface Similar {
  readonly stored: Stored;
  readonly likeness: Likeness;
}

/** Born on one day: more are looked at by nobody. */
const CANDIDATES_MAX = 1_000;
const ORDER: readonly Likeness[] = [
  'same-identifier',
  'same-name-and-birth',
  'like-name-and-birth',
  'like-name-near-birth',
];

/** The likeliest first, none of them `patient` itself. */
export async function findSimilar(
  patient: ResourceJson,
  visible: Visibility,
  store: RecordStore,
  ms: number,
): Promise<readonly Similar[]> {
  const found = new Map<string, Similar>();
  for (const criterion of criteriaOf(patient)) {
    const page = await store.search(
      { types: ['Patient'], where: [criterion], sort: [], count: CANDIDATES_MAX, total: 'none', include: [] },
      visible,
      { includes: 0, ms },
    );
    if (!page.ok) continue;
    for (const { stored } of page.value.hits) {
      const { id } = stored.key;
      if (id === patient.id || found.has(id)) continue;
      const likeness = likenessOf(patient, resourceOf(stored));
      if (likeness !== undefined) found.set(id, { stored, likeness });
    }
  }
  return [...found.values()].toSorted(
    (a, b) => ORDER.indexOf(a.likeness) - ORDER.indexOf(b.likeness) || (a.stored.key.id < b.stored.key.id ? -1 : 1),
  );
}

function criteriaOf(patient: ResourceJson): readonly Criterion[] {
  const criteria: Criterion[] = [];
  const tokens = identifiersOf(patient).map((each): TokenValue => {
    const bar = each.indexOf('|');
    const system = each.slice(0, bar);
    return { kind: 'token', ...(system === '' ? {} : { system }), code: each.slice(bar + 1) };
  });
  if (tokens.length > 0) criteria.push({ kind: 'param', param: 'identifier', type: 'token', values: tokens });
  const birth = patient['birthDate'];
  if (typeof birth === 'string') {
    const values = nearBirths(birth).flatMap((date): readonly DateValue[] => {
      const range = dateRange(date);
      return range === undefined ? [] : [{ kind: 'date', prefix: 'eq', lo: range.lo, hi: range.hi }];
    });
    if (values.length > 0) criteria.push({ kind: 'param', param: 'birthdate', type: 'date', values });
  }
  return criteria;
}
