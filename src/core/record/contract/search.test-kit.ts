// Search: every kind of criterion once (small but complete), order, pages, totals, includes, guards.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import type { Criterion, Include, SearchQuery, SortKey } from '../../fhir/search/query.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import { EVERYTHING, type RecordStore, type SearchGuard, type SearchPage } from '../store.ts';
import {
  keyOf,
  LIMITS,
  missing,
  namesOf,
  param,
  query,
  reference,
  revision,
  Scribe,
  text,
  T0,
  token,
} from './scribe.test-kit.ts';

const WARD: readonly (readonly [string, JsonObject])[] = [
  ['Organization/o', { name: 'Sankt Hans', identifier: [{ system: 'urn:o', value: '1' }] }],
  [
    'Patient/a',
    {
      name: [{ family: 'Müller', given: ['Ann Marie'] }],
      gender: 'female',
      birthDate: '1980-02-29',
      active: true,
      identifier: [
        { system: 'urn:mrn', value: 'A1', type: { coding: [{ system: 'urn:t', code: 'MR' }] } },
        { value: 'loose' },
      ],
      managingOrganization: { reference: 'Organization/o' },
      meta: { tag: [{ system: 'urn:tag', code: 'blue' }], profile: ['http://x.org/p|1.0'], source: 'urn:src' },
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">walks slowly</div>' },
    },
  ],
  [
    'Patient/b',
    { name: [{ family: 'Mueller' }, { family: 'Adams' }], gender: 'male', birthDate: '1980-02', active: false },
  ],
  ['Patient/c', { name: [{ family: 'Adams' }], identifier: [{ system: 'urn:mrn', value: 'C3' }] }],
  [
    'Encounter/e',
    { status: 'finished', subject: { reference: 'Patient/a' }, period: { start: '2024-01-05', end: '2024-01-07' } },
  ],
  [
    'Observation/h1',
    observation('Patient/a', 'height', 170.0, '2024-01-05T10:00:00Z', { encounter: { reference: 'Encounter/e' } }),
  ],
  ['Observation/h2', observation('Patient/a', 'height', 171.5, '2024-01-06T10:00:00Z', {})],
  ['Observation/w1', observation('Patient/b', 'weight', 80, '2024-02-01T10:00:00Z', { status: 'amended' })],
  [
    'Observation/w2',
    { status: 'final', code: { text: 'Weight in words' }, subject: { identifier: { system: 'urn:mrn', value: 'C3' } } },
  ],
  [
    'RiskAssessment/r',
    { status: 'final', subject: { reference: 'Patient/a' }, prediction: [{ probabilityDecimal: 0.8 }] },
  ],
  ['ValueSet/v', { url: 'http://x.org/vs', status: 'active', version: '2' }],
  ['Provenance/p', { target: [{ reference: 'Observation/h1' }], recorded: '2024-01-05T10:00:00Z', agent: [] }],
];

function observation(subject: string, code: string, value: number, at: string, more: JsonObject): JsonObject {
  return {
    status: 'final',
    code: { coding: [{ system: 'urn:c', code, display: `Body ${code}` }] },
    subject: { reference: subject },
    effectiveDateTime: at,
    valueQuantity: { value, unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' },
    ...more,
  };
}

const day = (on: string): { lo: number; hi: number } => ({ lo: Date.parse(on), hi: Date.parse(on) + 86_400_000 });
export const date = (
  name: string,
  prefix: 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap',
  on: string,
): Criterion => param(name, 'date', [{ kind: 'date', prefix, ...day(on) }]);
const quantity = (prefix: 'eq' | 'gt' | 'lt' | 'ge' | 'le' | 'ne', value: number, code?: string): Criterion =>
  param('value-quantity', 'quantity', [
    { kind: 'quantity', prefix, value, lo: value - 0.5, hi: value + 0.5, ...(code === undefined ? {} : { code }) },
  ]);
const chain = (name: string, targetType: string, where: Criterion): Criterion => ({
  kind: 'chain',
  param: name,
  targetType,
  where,
});
const has = (type: string, name: string, where: Criterion): Criterion => ({ kind: 'has', type, param: name, where });

const CASES: readonly (readonly [string, string | readonly string[], readonly Criterion[], readonly string[]])[] = [
  ['all of a type', 'Patient', [], ['a', 'b', 'c']],
  ['token with system', 'Patient', [token('identifier', 'A1', 'urn:mrn')], ['a']],
  ['token of any system', 'Patient', [token('identifier', 'A1')], ['a']],
  ['token without system', 'Patient', [token('identifier', 'loose', '')], ['a']],
  ['token of another system', 'Patient', [token('identifier', 'A1', 'urn:x')], []],
  ['token system only', 'Patient', [param('identifier', 'token', [{ kind: 'token', system: 'urn:mrn' }])], ['a', 'c']],
  ['token not', 'Patient', [token('gender', 'male', undefined, 'not')], ['a', 'c']],
  ['token boolean', 'Patient', [token('active', 'true')], ['a']],
  ['token text', 'Observation', [token('code', 'unused', undefined)], []],
  [
    'token of-type',
    'Patient',
    [param('identifier', 'token', [{ kind: 'token', code: 'A1', ofType: { system: 'urn:t', code: 'MR' } }], 'of-type')],
    ['a'],
  ],
  [
    'tokens or',
    'Patient',
    [
      param('gender', 'token', [
        { kind: 'token', code: 'male' },
        { kind: 'token', code: 'female' },
      ]),
    ],
    ['a', 'b'],
  ],
  ['criteria and', 'Patient', [token('gender', 'female'), text('family', 'mul')], ['a']],
  ['string prefix folds case and accents', 'Patient', [text('family', 'MUL')], ['a']],
  ['string exact', 'Patient', [text('family', 'Müller', 'exact')], ['a']],
  ['string exact is exact', 'Patient', [text('family', 'müller', 'exact')], []],
  ['string contains', 'Patient', [text('given', 'mari', 'contains')], ['a']],
  ['string of several values', 'Patient', [text('family', 'adams')], ['b', 'c']],
  ['missing', 'Patient', [missing('gender', 'token', true)], ['c']],
  ['not missing', 'Patient', [missing('birthdate', 'date', false)], ['a', 'b']],
  ['date eq', 'Patient', [date('birthdate', 'eq', '1980-02-29')], ['a']],
  ['date lt', 'Observation', [date('date', 'lt', '2024-01-06')], ['h1']],
  ['date ge', 'Observation', [date('date', 'ge', '2024-01-06')], ['h2', 'w1']],
  ['date of a period', 'Encounter', [date('date', 'gt', '2024-01-06')], ['e']],
  ['date sa', 'Encounter', [date('date', 'sa', '2024-01-06')], []],
  ['quantity gt', 'Observation', [quantity('gt', 170)], ['h2']],
  ['quantity eq with unit', 'Observation', [quantity('eq', 170, 'cm')], ['h1']],
  ['quantity of another unit', 'Observation', [quantity('eq', 170, 'kg')], []],
  [
    'number',
    'RiskAssessment',
    [param('probability', 'number', [{ kind: 'number', prefix: 'gt', value: 0.5, lo: 0.45, hi: 0.55 }])],
    ['r'],
  ],
  ['reference', 'Observation', [reference('subject', 'Patient/a')], ['h1', 'h2']],
  [
    'reference of one of several types',
    'Observation',
    [param('subject', 'reference', [{ kind: 'reference', targets: [keyOf('Group/b'), keyOf('Patient/b')] }])],
    ['w1'],
  ],
  [
    'reference by identifier',
    'Observation',
    [
      param(
        'subject',
        'reference',
        [{ kind: 'reference', targets: [], identifier: { kind: 'token', system: 'urn:mrn', code: 'C3' } }],
        'identifier',
      ),
    ],
    ['w2'],
  ],
  ['uri', 'ValueSet', [param('url', 'uri', [{ kind: 'uri', value: 'http://x.org/vs' }])], ['v']],
  ['uri below', 'ValueSet', [param('url', 'uri', [{ kind: 'uri', value: 'http://x.org/' }], 'below')], ['v']],
  [
    'composite',
    'Observation',
    [
      param('code-value-quantity', 'composite', [
        {
          kind: 'composite',
          components: [
            { param: 'code', type: 'token', value: { kind: 'token', code: 'height' } },
            {
              param: 'value-quantity',
              type: 'quantity',
              value: { kind: 'quantity', prefix: 'gt', value: 171, lo: 170.5, hi: 171.5 },
            },
          ],
        },
      ]),
    ],
    ['h2'],
  ],
  ['_id', 'Patient', [{ kind: 'id', ids: ['a', 'c', 'zzz'] }], ['a', 'c']],
  ['_id not', 'Patient', [{ kind: 'id', ids: ['a', 'c'], not: true }], ['b']],
  [
    '_lastUpdated',
    'Patient',
    [{ kind: 'lastUpdated', values: [{ kind: 'date', prefix: 'gt', lo: T0 + 2000, hi: T0 + 2001 }] }],
    ['b', 'c'],
  ],
  ['_tag', 'Patient', [token('_tag', 'blue', 'urn:tag')], ['a']],
  ['_profile', 'Patient', [param('_profile', 'uri', [{ kind: 'uri', value: 'http://x.org/p' }])], ['a']],
  ['_source', 'Patient', [param('_source', 'uri', [{ kind: 'uri', value: 'urn:src' }])], ['a']],
  ['_text', 'Patient', [param('_text', 'text', [{ kind: 'words', words: ['slowly'] }])], ['a']],
  ['_content', 'Patient', [param('_content', 'text', [{ kind: 'words', words: ['adams'] }])], ['b', 'c']],
  ['chain', 'Observation', [chain('subject', 'Patient', token('gender', 'female'))], ['h1', 'h2']],
  [
    'chain of chain',
    'Observation',
    [chain('subject', 'Patient', chain('organization', 'Organization', text('name', 'sankt')))],
    ['h1', 'h2'],
  ],
  ['has', 'Patient', [has('Observation', 'subject', token('code', 'height'))], ['a']],
  [
    'has of has',
    'Patient',
    [
      has(
        'Observation',
        'subject',
        has('Provenance', 'target', { kind: 'lastUpdated', values: [{ kind: 'date', prefix: 'gt', lo: 0, hi: 1 }] }),
      ),
    ],
    ['a'],
  ],
  [
    'chain of has',
    'Encounter',
    [chain('subject', 'Patient', has('Observation', 'subject', token('code', 'weight')))],
    [],
  ],
  [
    'compartment',
    ['Observation', 'Encounter', 'RiskAssessment'],
    [{ kind: 'compartment', type: 'Patient', id: 'a' }],
    ['e', 'h1', 'h2', 'r'],
  ],
  ['any', 'Patient', [{ kind: 'any', of: [token('gender', 'male'), token('identifier', 'C3')] }], ['b', 'c']],
  ['any of nothing', 'Patient', [{ kind: 'any', of: [] }], []],
  ['has over several types', ['Patient', 'Device'], [has('Observation', 'subject', token('code', 'height'))], ['a']],
  [
    'chain over several types',
    ['Observation', 'Encounter', 'Patient'],
    [chain('subject', 'Patient', token('gender', 'female'))],
    ['e', 'h1', 'h2'],
  ],
  ['several types', ['Patient', 'Organization'], [missing('identifier', 'token', false)], ['a', 'c', 'o']],
];

export async function ward(open: OpenStore): Promise<{ scribe: Scribe; store: RecordStore }> {
  const { store } = await open();
  const scribe = new Scribe(store);
  for (const [name, content] of WARD) await scribe.create(name, content);
  return { scribe, store };
}

export const include = (source: string, name: string, more: Partial<Include> = {}): Include => ({
  kind: 'include',
  source,
  param: name,
  iterate: false,
  ...more,
});
const sortBy = (name: string, type: SortKey['type'], descending = false): SortKey => ({
  param: name,
  type,
  descending,
});
const idsOf = (names: readonly string[]): string[] => names.map((name) => keyOf(name).id);

export function searchContract(open: OpenStore): void {
  test('[RS19] every kind of criterion answers as the evaluator says, before and after reindex', async () => {
    const { scribe, store } = await ward(open);
    for (const round of ['as written', 'after reindex']) {
      for (const [what, types, where, want] of CASES) {
        const found = await scribe.find(query(types, where, { total: 'accurate' }));
        expect(idsOf(found).sort(), `${what}, ${round}`).toEqual(want);
        const page = await scribe.page(query(types, where, { count: 0 }));
        expect(page, `${what}, ${round}`).toEqual({ hits: [], total: want.length });
      }
      let calls = 0;
      const { resources } = await store.reindex(() => calls++);
      expect(resources).toBe(WARD.length);
      expect(calls).toBeGreaterThan(0);
    }
  });

  test('[RS7] reads, writes and searches go on while the index is rebuilt', async () => {
    const { scribe, store } = await ward(open);
    const rebuilding = Promise.all([store.reindex(), store.reindex()]);
    for (let n = 0; n < 10; n++) {
      await scribe.create(`Patient/n${n}`, { gender: 'other' });
      expect(await scribe.find(query('Patient', [token('gender', 'other')]))).toHaveLength(n + 1);
      await scribe.update('Patient/a', { gender: n % 2 === 0 ? 'unknown' : 'female' });
      expect(await scribe.find(query('Patient', [token('gender', 'unknown')]))).toHaveLength(n % 2 === 0 ? 1 : 0);
    }
    await rebuilding;
    expect(await scribe.find(query('Patient', [token('gender', 'other')]))).toHaveLength(10);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[RS19] an update is found by what it says now and no longer by what it said', async () => {
    const { scribe } = await ward(open);
    await scribe.update('Patient/b', { gender: 'female', name: [{ family: 'Zed' }] });
    expect(idsOf(await scribe.find(query('Patient', [token('gender', 'male')])))).toEqual([]);
    expect(idsOf(await scribe.find(query('Patient', [token('gender', 'female')])))).toEqual(['a', 'b']);
    await scribe.remove('Patient/a');
    expect(idsOf(await scribe.find(query('Patient', [token('gender', 'female')])))).toEqual(['b']);
    expect(await scribe.find(query('Observation', [chain('subject', 'Patient', token('gender', 'female'))]))).toEqual([
      'Observation/w1',
    ]);
  });

  test('[RS20] results come in the order asked for; what has no value is last both ways; ties go by type and id', async () => {
    const { scribe } = await ward(open);
    const order = async (types: string | string[], ...sort: SortKey[]): Promise<string[]> =>
      idsOf(await scribe.findAll(query(types, [], { sort, count: 2 })));
    expect(await order('Patient', sortBy('_id', 'id', true))).toEqual(['c', 'b', 'a']);
    expect(await order('Patient', sortBy('_lastUpdated', 'lastUpdated', true))).toEqual(['c', 'b', 'a']);
    expect(await order('Patient', sortBy('family', 'string'))).toEqual(['b', 'c', 'a']);
    expect(await order('Patient', sortBy('family', 'string', true))).toEqual(['a', 'b', 'c']);
    expect(await order('Patient', sortBy('birthdate', 'date'))).toEqual(['b', 'a', 'c']);
    expect(await order('Patient', sortBy('birthdate', 'date', true))).toEqual(['a', 'b', 'c']);
    expect(await order('Observation', sortBy('value-quantity', 'quantity', true))).toEqual(['h2', 'h1', 'w1', 'w2']);
    expect(await order('Observation', sortBy('status', 'token'), sortBy('date', 'date', true))).toEqual([
      'w1',
      'h2',
      'h1',
      'w2',
    ]);
    expect(await order('Patient', sortBy('gender', 'token'))).toEqual(['a', 'b', 'c']);
    expect(await order(['Patient', 'Organization'], sortBy('_id', 'id'))).toEqual(['a', 'b', 'c', 'o']);
  });

  test('[RS20] pages neither skip nor repeat what stays while others insert, update and delete', async () => {
    const { scribe } = await ward(open);
    for (let n = 10; n < 40; n++) await scribe.create(`Patient/p${n}`, { birthDate: `19${n}-01-01`, gender: 'other' });
    for (const sort of [
      [],
      [sortBy('birthdate', 'date')],
      [sortBy('birthdate', 'date', true)],
      [sortBy('_id', 'id')],
    ]) {
      const asked = query('Patient', [token('gender', 'other')], { sort, count: 4 });
      const stay = (await scribe.findAll(asked)).filter((name) => /[02468]$/.test(name));
      const seen: string[] = [];
      let page: SearchPage = await scribe.page(asked);
      for (let n = 0; ; n++) {
        seen.push(...namesOf(page.hits, 'match'));
        if (page.next === undefined) break;
        expect(n).toBeLessThan(100);
        await scribe.create(`Patient/in${sort.length}${n}x${scribe.now}`, {
          birthDate: `19${10 + n}-06-01`,
          gender: 'other',
        });
        const odd = `Patient/p${11 + 2 * n}`;
        if ((await scribe.get(odd))?.deleted === false) await scribe.remove(odd);
        page = await scribe.page({ ...asked, after: page.next });
      }
      expect(seen.filter((name) => stay.includes(name))).toEqual(stay);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  test('[RS21] total is there when asked for and counts matches, not pages; next exactly when more follow', async () => {
    const { scribe } = await ward(open);
    const three = query('Patient', []);
    expect((await scribe.page({ ...three, count: 2, total: 'accurate' })).total).toBe(3);
    expect((await scribe.page({ ...three, count: 2 })).next).toBeDefined();
    expect((await scribe.page({ ...three, count: 2 })).hits).toHaveLength(2);
    expect((await scribe.page({ ...three, count: 3 })).next).toBeUndefined();
    expect((await scribe.page({ ...three, count: 4 })).next).toBeUndefined();
    expect((await scribe.page({ ...three, count: 4 })).total).toBeUndefined();
    expect(await scribe.page({ ...three, count: 0 })).toEqual({ hits: [], total: 3 });
    const first = await scribe.page({ ...three, count: 2, total: 'accurate' });
    const last = await scribe.page({ ...three, count: 2, total: 'accurate', after: first.next ?? '' });
    expect([last.total, last.hits.length, last.next]).toEqual([3, 1, undefined]);
  });

  test('[RS22] includes follow the matches, each once, and iterate follows includes', async () => {
    const { scribe } = await ward(open);
    const included = async (types: string, where: Criterion[], ...includes: Include[]): Promise<string[]> => {
      const page = await scribe.page(query(types, where, { include: includes }));
      const modes = page.hits.map((hit) => hit.mode);
      expect(modes).toEqual([...modes].sort().reverse());
      return namesOf(page.hits, 'include');
    };
    const heights = [token('code', 'height')];
    expect(await included('Observation', heights, include('Observation', 'subject'))).toEqual(['Patient/a']);
    expect(await included('Observation', heights, include('Observation', 'subject', { target: 'Group' }))).toEqual([]);
    expect(await included('Observation', heights, include('Observation', '*'))).toEqual(['Encounter/e', 'Patient/a']);
    expect(await included('Observation', heights, include('Encounter', 'subject'))).toEqual([]);
    expect(
      await included('Observation', heights, include('Observation', 'subject'), include('Patient', 'organization')),
    ).toEqual(['Patient/a']);
    expect(
      await included(
        'Observation',
        heights,
        include('Observation', 'subject'),
        include('Patient', 'organization', { iterate: true }),
      ),
    ).toEqual(['Organization/o', 'Patient/a']);
    const back = include('Observation', 'subject', { kind: 'revinclude' });
    expect(await included('Patient', [token('gender', 'female')], back)).toEqual(['Observation/h1', 'Observation/h2']);
    expect(
      await included(
        'Patient',
        [token('gender', 'female')],
        back,
        include('Provenance', 'target', { kind: 'revinclude', iterate: true }),
      ),
    ).toEqual(['Observation/h1', 'Observation/h2', 'Provenance/p']);
    await scribe.remove('Patient/a');
    expect(await included('Observation', heights, include('Observation', 'subject'))).toEqual([]);
  });

  test('[RS22] a match of the page is not included again, and more than the limit is too costly', async () => {
    const { scribe, store } = await ward(open);
    const all = query(['Patient', 'Observation'], [], { include: [include('Observation', 'subject')] });
    expect(namesOf((await scribe.page(all)).hits, 'include')).toEqual([]);
    const asked: SearchQuery = query('Observation', [], { include: [include('Observation', 'subject')] });
    const refused = await store.search(asked, EVERYTHING, { ...LIMITS, includes: 1 });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'too-costly' } });
    expect((await store.search(asked, EVERYTHING, { ...LIMITS, includes: 2 })).ok).toBe(true);
  });

  test('[RS23] a guard holds while its query finds what the author saw, and otherwise nothing changes', async () => {
    const { scribe, store } = await ward(open);
    const asked = query('Patient', [token('identifier', 'A1', 'urn:mrn')], { count: 1, sort: [sortBy('_id', 'id')] });
    const attempt = (...guards: SearchGuard[]) => store.append({ ...scribe.draft(revision('Basic/1', {})), guards });
    const none = { query: query('Patient', [token('identifier', 'none')]), found: [] };
    const wrong = { ok: false, error: { kind: 'criteria-changed', guard: 1 } };
    expect(await attempt(none, { query: asked, found: [] })).toEqual(wrong);
    expect(await attempt(none, { query: asked, found: [keyOf('Patient/b')] })).toEqual(wrong);
    expect(await attempt(none, { query: asked, found: [keyOf('Patient/a'), keyOf('Patient/b')] })).toEqual(wrong);
    expect(await scribe.get('Basic/1')).toBeUndefined();
    const hidden = { see: 'some', rules: [{ types: ['Basic'] }] } as const;
    expect((await attempt({ query: asked, found: [], visible: hidden })).ok).toBe(true);
    const heads = (await scribe.get('Basic/1'))?.heads ?? [];
    const again = {
      ...scribe.draft(revision('Basic/1', {}, { parents: heads })),
      guards: [none, { query: asked, found: [keyOf('Patient/a')] }],
    };
    expect((await store.append(again)).ok).toBe(true);
    const all = query('Patient', [], { count: 1 });
    const three = { query: all, found: [keyOf('Patient/c'), keyOf('Patient/a'), keyOf('Patient/b')] };
    const more = { ...scribe.draft(revision('Basic/2', {})), guards: [three] };
    expect((await store.append(more)).ok).toBe(true);
  });

  test('[RS23] of twenty who create unless found at once, over all processes, one lands', async () => {
    const { store, second } = await open();
    const stores = [store, ...(second ? [await second()] : [])];
    for (let round = 0; round < 5; round++) {
      const value = `same-${round}`;
      const guard = { query: query('Patient', [token('identifier', value, 'urn:mrn')]), found: [] };
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const made = revision(`Patient/r${round}n${n}`, { identifier: [{ system: 'urn:mrn', value }] });
          const mine = stores[n % stores.length] ?? store;
          return mine.append({ revisions: [made], receivedAt: T0 + n, guards: [guard] });
        }),
      );
      expect(results.filter((each) => each.ok)).toHaveLength(1);
      for (const each of results) if (!each.ok) expect(each.error).toEqual({ kind: 'criteria-changed', guard: 0 });
      expect(await new Scribe(store).find(guard.query)).toHaveLength(1);
    }
  });
}
