import type { ResourceJson } from '../../src/core/base/json-types.ts';
import { comparatorOf, matcherOf, type Indexed } from '../../src/core/fhir/search/evaluate.ts';
import { extract } from '../../src/core/fhir/search/extract.ts';
import { resolveIncludes } from '../../src/core/fhir/search/include.ts';
import { parseSearch } from '../../src/core/fhir/search/parse.ts';
import type { SearchBed } from './search-bed.test-kit.ts';
import { searchSemanticsCases } from './search-semantics.test-kit.ts';

/** No store at all: the evaluator over a Map. */
function evaluatorBed(): SearchBed {
  const kept = new Map<string, Indexed>();
  const keyOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;
  const resolver = {
    get: (type: string, id: string) => kept.get(`${type}/${id}`),
    all: (type: string) => [...kept.values()].filter((each) => each.type === type),
  };
  return {
    put: async (resource: ResourceJson & { readonly id: string }) => {
      const { resourceType: type, id } = resource;
      kept.set(`${type}/${id}`, { type, id, resource, entries: extract(resource), lastUpdatedAt: 0 });
    },
    remove: async (key) => {
      kept.delete(keyOf(key));
    },
    search: async (type, query) => {
      const parsed = parseSearch({
        ...(type === '' ? {} : { type }),
        params: [...new URLSearchParams(query)],
        now: Date.UTC(2024, 0, 1),
        baseUrls: [],
        lenient: false,
        countDefault: 20,
        countMax: 1000,
      });
      if (!parsed.ok) return { status: 400 };
      const { types, where, sort, include } = parsed.value.query;
      const matchers = where.map((criterion) => matcherOf(criterion, resolver));
      const matches = types
        .flatMap((each) => resolver.all(each))
        .filter((subject) => matchers.every((matcher) => matcher(subject)))
        .toSorted(comparatorOf(sort));
      const included = resolveIncludes(matches, include, resolver, 1000);
      return included.ok ? { status: 200, keys: [...matches, ...included.value].map(keyOf) } : { status: 400 };
    },
    close: async () => undefined,
  };
}

searchSemanticsCases('The evaluator', async () => evaluatorBed());
