// What the search cases run against: any place that keeps resources and answers FHIR searches.
import { assert } from '../../src/core/base/assert.ts';
import { parseJson } from '../../src/core/base/json.ts';
import type { JsonObject, ResourceJson } from '../../src/core/base/json-types.ts';
import { parseSearch } from '../../src/core/fhir/search/parse.ts';
import { authorBody } from '../../src/core/record/body.ts';
import { EVERYTHING, type Body, type RecordStore, type ResourceKey } from '../../src/core/record/store.ts';

export interface SearchBed {
  /** Keeps a resource under its own id. */
  put(resource: ResourceJson & { readonly id: string }): Promise<void>;
  remove(key: ResourceKey): Promise<void>;
  /** GET [base]/type?query (type '' searches the system), following next links: `Type/id` of matches and includes. */
  search(type: string, query: string): Promise<SearchAnswer>;
  close(): Promise<void>;
}
export type SearchAnswer =
  | { readonly status: 200; readonly keys: readonly string[] }
  | { readonly status: number; readonly keys?: undefined };

const NOW = Date.UTC(2024, 0, 1);
const PAGE = 7;

function bodyOf(text: string, id: string): Body {
  const parsed = parseJson(text);
  assert(parsed.ok, 'what JSON.stringify wrote is JSON');
  return authorBody(text, parsed.value, id);
}

/** Searches of a store through its port, in small pages, so that paging is part of what is tested. */
export function storeBed(store: RecordStore): SearchBed {
  const write = async (key: ResourceKey, resource: JsonObject | undefined): Promise<void> => {
    const [before] = await store.read([key], EVERYTHING);
    const parents = before?.heads ?? [];
    const body = resource === undefined ? undefined : bodyOf(JSON.stringify(resource), key.id);
    const landed = await store.append({
      revisions: [
        {
          key,
          parents,
          kind: body === undefined ? 'tombstone' : 'put',
          ...(body === undefined ? {} : { body }),
          authoredAt: NOW,
          expectedHeads: parents,
        },
      ],
      receivedAt: NOW,
    });
    assert(landed.ok, 'a test write lands');
  };
  return {
    put: (resource) => write({ type: resource.resourceType, id: resource.id }, resource),
    remove: (key) => write(key, undefined),
    search: async (type, query) => {
      const parsed = parseSearch({
        ...(type === '' ? {} : { type }),
        params: [...new URLSearchParams(query)],
        now: NOW,
        baseUrls: [],
        lenient: false,
        countDefault: PAGE,
        countMax: PAGE,
      });
      if (!parsed.ok) return { status: 400 };
      const keys = new Set<string>();
      let after: string | undefined;
      do {
        const asked = after === undefined ? parsed.value.query : { ...parsed.value.query, after };
        const page = await store.search(asked, EVERYTHING, { includes: 1000, ms: 30_000 });
        if (!page.ok) return { status: 400 };
        for (const { stored } of page.value.hits) keys.add(`${stored.key.type}/${stored.key.id}`);
        after = page.value.next;
      } while (after !== undefined);
      return { status: 200, keys: [...keys] };
    },
    close: () => store.close(),
  };
}
