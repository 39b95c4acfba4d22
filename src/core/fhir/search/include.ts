// The resources that go along with matches (http://hl7.org/fhir/R4/search.html#include).
//
//   FS44  Each resource comes once, and never one that is a match already.
//   FS45  Without :iterate an include looks at matches only; with it, also at what other includes brought, until nothing
//         new comes.
//   FS46  `*` stands for every reference parameter of the source type.
//   FS47  More than the limit is refused: a page that lacks some of what was asked for looks complete and is not.
import { err, ok, type Result } from '../../base/result.ts';
import type { Indexed, Resolver } from './evaluate.ts';
import type { Include } from './query.ts';

const keyOf = ({ type, id }: Pick<Indexed, 'type' | 'id'>): string => `${type}/${id}`;

/** In the order in which they were found. Error: there are more than `limit`. */
export function resolveIncludes(
  matches: readonly Indexed[],
  includes: readonly Include[],
  resolver: Resolver,
  limit: number,
): Result<readonly Indexed[], 'too-many'> {
  const seen = new Set(matches.map(keyOf));
  const found: Indexed[] = [];
  let asked = includes;
  let round = matches;
  while (round.length > 0 && asked.length > 0) {
    const next: Indexed[] = [];
    for (const include of asked) {
      const more =
        include.kind === 'include' ? referredBy(round, include, resolver) : referring(round, include, resolver);
      for (const indexed of more) {
        const key = keyOf(indexed);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(indexed);
        found.push(indexed);
        if (found.length > limit) return err('too-many');
      }
    }
    round = next;
    asked = includes.filter(({ iterate }) => iterate);
  }
  return ok(found);
}

function* referredBy(sources: readonly Indexed[], include: Include, resolver: Resolver): Iterable<Indexed> {
  for (const source of sources) {
    if (source.type !== include.source) continue;
    for (const entry of source.entries) {
      if (entry.kind !== 'reference' || entry.type === undefined || entry.id === undefined) continue;
      if (include.param !== '*' && include.param !== entry.param) continue;
      if (include.target !== undefined && include.target !== entry.type) continue;
      const target = resolver.get(entry.type, entry.id);
      if (target !== undefined) yield target;
    }
  }
}

function* referring(targets: readonly Indexed[], include: Include, resolver: Resolver): Iterable<Indexed> {
  const keys = new Set(
    targets.filter(({ type }) => include.target === undefined || type === include.target).map(keyOf),
  );
  if (keys.size === 0) return;
  for (const referrer of resolver.all(include.source)) {
    const refers = referrer.entries.some(
      (entry) =>
        entry.kind === 'reference' &&
        (include.param === '*' || include.param === entry.param) &&
        keys.has(`${entry.type ?? ''}/${entry.id ?? ''}`),
    );
    if (refers) yield referrer;
  }
}
