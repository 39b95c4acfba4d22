// Candidates that SQL brought, judged by their bodies where the index could not say for sure.
//
//   1. An exact criterion is confirmed by a text that a match must hold; only where that text is not there (an escape, or a
//      collision of hashes) is the body taken apart.
//   2. A resource with several heads is judged by all of them (RS13).
import { extract } from '../../../core/fhir/search/extract.ts';
import { matcherOf, type Indexed, type Matcher, type Resolver } from '../../../core/fhir/search/evaluate.ts';
import type { Criterion } from '../../../core/fhir/search/query.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Queryable } from './connections.ts';
import { knownRevisions } from './history.ts';
import type { StoreTools } from './prepare.ts';
import type { Narrowing } from './search-sql.ts';
import type { StoredRow } from './stored-rows.ts';

/** Chains were resolved before, so no criterion looks elsewhere. */
const ALONE: Resolver = { get: () => undefined, all: () => [] };

/** The index of a row, from the bodies of its live heads. */
export async function indexedOf(db: Queryable, tools: StoreTools, row: StoredRow): Promise<Indexed> {
  const { stored } = row;
  const options = { baseUrls: tools.baseUrls };
  const shown = JSON.parse(stored.text) as ResourceJson;
  let entries = extract(shown, options);
  if (stored.heads.length > 1) {
    const heads = await knownRevisions(db, row, stored.heads);
    const bodies = heads.map((head) => head.text).filter((text) => text !== undefined && text !== stored.text);
    entries = [...entries, ...bodies.flatMap((text) => extract(JSON.parse(text ?? '') as ResourceJson, options))];
  }
  const { type, id } = stored.key;
  return { type, id, lastUpdatedAt: stored.lastUpdatedAt, entries, resource: shown };
}

export interface Confirmation {
  /** All criteria are answered by SQL: a page may be counted and cut there. */
  readonly isExact: boolean;
  confirm(db: Queryable, rows: readonly StoredRow[]): Promise<readonly StoredRow[]>;
}

export function confirmation(
  tools: StoreTools,
  where: readonly Criterion[],
  narrowed: readonly Narrowing[],
): Confirmation {
  const open: Matcher[] = [];
  const cheap: { readonly witnesses: readonly string[]; readonly matcher: Matcher }[] = [];
  for (const [i, criterion] of where.entries()) {
    const narrowing = narrowed[i];
    if (narrowing === undefined) continue;
    if (!narrowing.isExact) open.push(matcherOf(criterion, ALONE));
    // A list of thousands, as a chain leaves it, is trusted: testing it costs more than it can find.
    else if (narrowing.witnesses && narrowing.witnesses.length <= 50)
      cheap.push({ witnesses: narrowing.witnesses, matcher: matcherOf(criterion, ALONE) });
  }
  const passes = async (db: Queryable, row: StoredRow): Promise<boolean> => {
    const { text } = row.stored;
    const doubted = cheap.filter(({ witnesses }) => !witnesses.some((witness) => text.includes(witness)));
    if (open.length === 0 && doubted.length === 0) return true;
    const indexed = await indexedOf(db, tools, row);
    return open.every((matcher) => matcher(indexed)) && doubted.every(({ matcher }) => matcher(indexed));
  };
  return {
    isExact: open.length === 0,
    confirm: async (db, rows) => {
      const confirmed: StoredRow[] = [];
      for (const row of rows) if (await passes(db, row)) confirmed.push(row);
      return confirmed;
    },
  };
}
