// Search over a memory record: the evaluator of `core/fhir/search` over what the reader may see, one type at a time.
//
// A cursor holds the sort values of the last hit, not its number, so that what comes and goes shifts nothing (RS20).
import { err, ok, type Result } from '../base/result.ts';
import { compareSortValues, matcherOf, sortValue, type Indexed, type Resolver } from '../fhir/search/evaluate.ts';
import { resolveIncludes } from '../fhir/search/include.ts';
import type { SearchQuery, SortKey } from '../fhir/search/query.ts';
import { compareTexts } from './ancestry.ts';
import type { Kept } from './memory-kept.ts';
import { keptOf, type MemoryRecord } from './memory-record.ts';
import type { SearchHit, SearchLimits, SearchPage, SearchRefusal, Visibility } from './store.ts';
import { isVisible, type Around } from './visible.ts';
import { aroundOf } from './memory-around.ts';

/** Where a hit stands: its sort values (undefined: none), then type and id. */
interface Ranked {
  readonly values: readonly (string | number | undefined)[];
  readonly type: string;
  readonly id: string;
}

/** Everything that is live, visible and satisfies `where`, in no order. */
export function matching(
  record: MemoryRecord,
  { types, where }: SearchQuery,
  visible: Visibility,
  around: Around = aroundOf(record),
): readonly Kept[] {
  const resolver = resolverOf(record, visible, around);
  const matchers = where.map((criterion) => matcherOf(criterion, resolver));
  const found: Kept[] = [];
  for (const type of new Set(types)) {
    for (const kept of record.kept.get(type)?.values() ?? []) {
      const { indexed } = kept;
      if (indexed === undefined || !isVisible(visible, kept.seen, around)) continue;
      if (matchers.every((matcher) => matcher(indexed))) found.push(kept);
    }
  }
  return found;
}

/** `limits.ms` is not kept: without a clock, a search in memory runs to its end. */
export function searchMemory(
  record: MemoryRecord,
  query: SearchQuery,
  visible: Visibility,
  limits: SearchLimits,
): Result<SearchPage, SearchRefusal> {
  const around = aroundOf(record);
  const all = matching(record, query, visible, around);
  if (query.count === 0) return ok({ hits: [], total: all.length });
  const { sort, count } = query;
  const ranked = all.map((kept) => ({ kept, rank: rankOf(kept, sort) }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank, sort));
  const last = query.after === undefined ? undefined : fromCursor(query.after);
  const rest = last === undefined ? ranked : ranked.filter(({ rank }) => compareRanks(rank, last, sort) > 0);
  const page = rest.slice(0, count);

  const matches = page.map(({ kept }) => kept.indexed).filter((each) => each !== undefined);
  const included = resolveIncludes(matches, query.include, resolverOf(record, visible, around), limits.includes);
  if (!included.ok) return err({ kind: 'too-costly', what: `more than ${limits.includes} included resources` });
  const includes = [...included.value]
    .sort((a, b) => compareTexts(a.type, b.type) || compareTexts(a.id, b.id))
    .map((each) => keptOf(record, each))
    .filter((kept) => kept !== undefined);

  const end = page.at(-1);
  return ok({
    hits: [...page.map(({ kept }) => hitOf(kept, 'match')), ...includes.map((kept) => hitOf(kept, 'include'))],
    ...(query.total === 'accurate' ? { total: all.length } : {}),
    ...(end !== undefined && rest.length > page.length ? { next: toCursor(end.rank) } : {}),
  });
}

const hitOf = ({ stored }: Kept, mode: SearchHit['mode']): SearchHit => ({ stored, mode });

function resolverOf(record: MemoryRecord, visible: Visibility, around: Around): Resolver {
  const shown = (kept: Kept | undefined): Indexed | undefined =>
    kept?.indexed !== undefined && isVisible(visible, kept.seen, around) ? kept.indexed : undefined;
  return {
    get: (type, id) => shown(keptOf(record, { type, id })),
    *all(type) {
      for (const kept of record.kept.get(type)?.values() ?? []) {
        const indexed = shown(kept);
        if (indexed !== undefined) yield indexed;
      }
    },
  };
}

function rankOf({ indexed, key }: Kept, sort: readonly SortKey[]): Ranked {
  const values = sort.map((each) => (indexed === undefined ? undefined : sortValue(indexed, each)));
  return { values, type: key.type, id: key.id };
}

/** As `comparatorOf` of the evaluator compares, but by rank, so that a hit that is gone still has its place. */
function compareRanks(a: Ranked, b: Ranked, sort: readonly SortKey[]): number {
  for (let i = 0; i < sort.length; i++) {
    const left = a.values[i];
    const right = b.values[i];
    if (left === right) continue;
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    const order = compareSortValues(left, right);
    return sort[i]?.descending ? -order : order;
  }
  return compareTexts(a.type, b.type) || compareTexts(a.id, b.id);
}

/** JSON has no infinity, so numbers are kept as text with a letter in front. */
function toCursor({ values, type, id }: Ranked): string {
  const printed = values.map((value) =>
    value === undefined ? null : typeof value === 'number' ? `n${value}` : `s${value}`,
  );
  return JSON.stringify([...printed, type, id]);
}

function fromCursor(cursor: string): Ranked {
  const parts = JSON.parse(cursor) as readonly (string | null)[];
  const values = parts.slice(0, -2).map((part) => {
    if (part === null) return undefined;
    return part.startsWith('n') ? Number(part.slice(1)) : part.slice(1);
  });
  return { values, type: parts.at(-2) ?? '', id: parts.at(-1) ?? '' };
}
