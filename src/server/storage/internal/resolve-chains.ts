// Chains and reverse chains, resolved before the search proper: what they pass through becomes a list of references or ids.
import type { Criterion } from '../../../core/fhir/search/query.ts';
import { indexedOf } from './confirm.ts';
import { matchingKeys, scan, TooCostly, type Asking } from './search-plan.ts';

/** Resources that one chain may pass through. */
const THROUGH_MAX = 50_000;

export async function resolveChains(
  asking: Asking,
  types: readonly string[],
  where: readonly Criterion[],
): Promise<readonly Criterion[]> {
  const resolved: Criterion[] = [];
  for (const criterion of where) resolved.push(await resolve(asking, types, criterion));
  return resolved;
}

async function resolve(asking: Asking, types: readonly string[], criterion: Criterion): Promise<Criterion> {
  switch (criterion.kind) {
    case 'any':
      return { kind: 'any', of: await resolveChains(asking, types, criterion.of) };
    case 'chain': {
      const { param, targetType } = criterion;
      const where = await resolveChains(asking, [targetType], [criterion.where]);
      const targets = await matchingKeys(asking, { types: [targetType], where }, THROUGH_MAX);
      return { kind: 'param', param, type: 'reference', values: [{ kind: 'reference', targets }] };
    }
    case 'has': {
      const where = await resolveChains(asking, [criterion.type], [criterion.where]);
      const ids = new Set<string>();
      for await (const rows of scan(asking, { types: [criterion.type], where })) {
        for (const row of rows) {
          const { entries } = await indexedOf(asking.db, asking.tools, row);
          for (const entry of entries) {
            if (entry.kind !== 'reference' || entry.param !== criterion.param || entry.id === undefined) continue;
            if (entry.type === undefined || !types.includes(entry.type)) continue;
            ids.add(entry.id);
            // Of several types the id alone does not say which; `narrow` goes by the names then.
            if (types.length > 1) ids.add(`${entry.type}/${entry.id}`);
          }
        }
        if (ids.size > THROUGH_MAX)
          throw new TooCostly(`a reverse chain passes through more than ${THROUGH_MAX} resources`);
      }
      return { kind: 'id', ids: [...ids] };
    }
    default:
      return criterion;
  }
}
