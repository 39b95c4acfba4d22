// The cases of ../shared/conformance/search-semantics, against any bed; its README says which are to be scored.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/base/json-types.ts';
import type { SearchBed } from './search-bed.test-kit.ts';

interface Case {
  readonly type: string;
  readonly query: string;
  readonly expect?: readonly string[];
  readonly expectStatus?: number;
  readonly lenient?: boolean;
  readonly nonStandard?: boolean;
  readonly optional?: boolean;
  readonly subMicrosecond?: boolean;
}
interface Suite {
  readonly id: string;
  readonly optional?: boolean;
  readonly resources: readonly { readonly key: string; readonly resource?: JsonObject; readonly delete?: string }[];
  readonly cases: readonly Case[];
}

const file = resolve('../shared/conformance/search-semantics/manifest.json');

/** Decided against in specs/search.md, by what is in the query. */
const NOT_FOLLOWED = ['_revinclude:recurse=', '_revinclude:iterate=MedicationRequest:*'];

function isScored(suite: Suite, { query, lenient, nonStandard, optional, subMicrosecond }: Case): boolean {
  if (suite.optional || lenient || nonStandard || optional || subMicrosecond) return false;
  return !NOT_FOLLOWED.some((part) => query.includes(part));
}

/** Runs every scored case against one bed that `open` gives. */
export function searchSemanticsCases(name: string, open: () => Promise<SearchBed>): void {
  if (!existsSync(file)) {
    test.skip(`${name}: search-semantics (skipped: no ../shared/conformance beside the checkout)`, () => undefined);
    return;
  }
  const { list } = JSON.parse(readFileSync(file, 'utf8')) as { readonly list: readonly Suite[] };
  describe(`${name} answers the search-semantics cases`, () => {
    let bed: SearchBed;
    beforeAll(async () => {
      bed = await open();
    });
    afterAll(() => bed?.close());
    const counts = { scored: 0, others: 0 };
    for (const [number, suite] of list.entries()) {
      const scored = suite.cases.filter((each) => isScored(suite, each));
      counts.scored += scored.length;
      counts.others += suite.cases.length - scored.length;
      if (scored.length > 0)
        describe(suite.id, () => suiteCases(suite, scored, `case-${number}-${suite.id}`, () => bed));
    }
    test('most cases are scored', () => {
      expect(counts.scored).toBeGreaterThanOrEqual(212);
      expect(counts.scored + counts.others).toBe(233);
    });
  });
}

function suiteCases(suite: Suite, cases: readonly Case[], tag: string, bed: () => SearchBed): void {
  const keys = new Map<string, string>();
  const filled = (text: string): string =>
    text
      .replaceAll('{tag}', tag)
      .replace(/\{ref:([^}]+)\}/gu, (_, key: string) => keys.get(key) ?? 'Missing/missing')
      .replace(/\{id:([^}]+)\}/gu, (_, key: string) => keys.get(key)?.split('/')[1] ?? 'missing');
  beforeAll(() => load(bed(), suite, tag, keys, filled));
  for (const [i, { type, query, expect: expected, expectStatus }] of cases.entries()) {
    test(`${i} ${type}?${query.slice(0, 120)}`, async () => {
      const answer = await bed().search(type, filled(query));
      expect(answer.status).toBe(expectStatus ?? 200);
      if (expected === undefined) return;
      const names = new Map([...keys].map(([key, at]) => [at, key]));
      const found = answer.keys?.map((at) => names.get(at) ?? at);
      expect(found?.toSorted()).toEqual(expected.toSorted());
    });
  }
}

async function load(
  bed: SearchBed,
  suite: Suite,
  tag: string,
  keys: Map<string, string>,
  filled: (text: string) => string,
): Promise<void> {
  for (const [i, { key, resource, delete: deleted }] of suite.resources.entries()) {
    if (deleted !== undefined) {
      const [type = '', id = ''] = (keys.get(deleted) ?? '').split('/');
      await bed.remove({ type, id });
    } else if (resource !== undefined) {
      const type = String(resource['resourceType']);
      const id = `${tag}-${i}`;
      keys.set(key, `${type}/${id}`);
      const whole = JSON.parse(filled(JSON.stringify(resource))) as JsonObject;
      // Invariant org-1 wants a name or an identifier.
      const named = key === 'DeletedOrganization' ? { name: 'Forgotten' } : {};
      await bed.put({ ...named, ...whole, resourceType: type, id });
    }
  }
}
