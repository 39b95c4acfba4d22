// Random work on a store and on the memory store at once: whatever is asked, both must answer alike.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import { pureDigest } from '../../base/sha256.ts';
import type { Criterion, SearchQuery, SortKey } from '../../fhir/search/query.ts';
import { createMemoryStore } from '../memory-store.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import {
  EVERYTHING,
  type Candidate,
  type HistoryQuery,
  type ResourceFilter,
  type RevisionDraft,
  type Stored,
  type Version,
  type Visibility,
  type VisibilityRule,
} from '../store.ts';
import {
  Dice,
  keyOf,
  LIMITS,
  missing,
  nameOf,
  namesOf,
  param,
  query,
  reference,
  revision,
  Scribe,
  T0,
  text,
  token,
} from './scribe.test-kit.ts';
import { include } from './search.test-kit.ts';

const STEPS = 120;
/** Seeds that once failed stay here for ever. */
const PINNED: readonly number[] = [1, 2, 3, 125, 136];

const NAMES = [
  'Patient/a',
  'Patient/b',
  'Patient/c',
  'Observation/a',
  'Observation/b',
  'Observation/c',
  'Observation/d',
  'Organization/a',
];
const FAMILIES = ['Müller', 'mueller', 'Adams', 'Ádám', '山田', "O'Neil", '100%', '_under', '\\back'];
const CODES = ['height', 'weight', 'a,b', 'x|y', '%'];

function contentOf(type: string, dice: Dice): JsonObject {
  const security = dice.roll(6) === 0 ? { meta: { security: [{ system: 'urn:sec', code: 'R' }] } } : {};
  const patientRef = { reference: `Patient/${dice.pick(['a', 'b', 'c', 'zzz'])}` };
  if (type === 'Patient') {
    return {
      ...security,
      name: Array.from({ length: dice.roll(3) }, () => ({ family: dice.pick(FAMILIES), given: [dice.pick(FAMILIES)] })),
      ...(dice.roll(2) === 0 ? {} : { gender: dice.pick(['male', 'female']) }),
      ...(dice.roll(2) === 0 ? {} : { birthDate: dice.pick(['1980', '1980-02', '1980-02-29', '2000-12-31']) }),
      ...(dice.roll(2) === 0 ? {} : { managingOrganization: { reference: 'Organization/a' } }),
    };
  }
  if (type === 'Organization') return { ...security, name: dice.pick(FAMILIES) };
  return {
    ...security,
    status: dice.pick(['final', 'amended']),
    code: { coding: [{ system: 'urn:c', code: dice.pick(CODES) }], text: dice.pick(FAMILIES) },
    ...(dice.roll(4) === 0 ? {} : { subject: patientRef }),
    effectiveDateTime: dice.pick(['2024-01', '2024-01-05T10:00:00Z', '2024-01-05', '2023']),
    ...(dice.roll(3) === 0
      ? {}
      : { valueQuantity: { value: dice.pick([1, 1.5, 100, -3]), code: dice.pick(['kg', 'cm']) } }),
  };
}

function criterionOf(type: string, dice: Dice, depth = 0): Criterion {
  if (depth < 2 && dice.roll(4) === 0) {
    if (type === 'Observation')
      return { kind: 'chain', param: 'subject', targetType: 'Patient', where: criterionOf('Patient', dice, depth + 1) };
    if (type === 'Patient')
      return { kind: 'has', type: 'Observation', param: 'subject', where: criterionOf('Observation', dice, depth + 1) };
  }
  const shared: (() => Criterion)[] = [
    () => ({ kind: 'id', ids: [dice.pick(['a', 'b', 'c', 'd'])], ...(dice.roll(2) === 0 ? { not: true } : {}) }),
    () => ({ kind: 'compartment', type: 'Patient', id: dice.pick(['a', 'b']) }),
    () => ({ kind: 'any', of: [criterionOf(type, dice, 2), criterionOf(type, dice, 2)] }),
  ];
  const own: Readonly<Record<string, (() => Criterion)[]>> = {
    Organization: [() => text('name', dice.pick(FAMILIES))],
    Patient: [
      () => text('family', dice.pick(FAMILIES).slice(0, 1 + dice.roll(4)), dice.pick([undefined, 'exact', 'contains'])),
      () => token('gender', dice.pick(['male', 'female']), undefined, dice.pick([undefined, 'not'])),
      () => missing('birthdate', 'date', dice.roll(2) === 0),
      () =>
        param('birthdate', 'date', [
          {
            kind: 'date',
            prefix: dice.pick(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb']),
            lo: Date.UTC(1980, 1, 1),
            hi: Date.UTC(1980, 2, 1),
          },
        ]),
    ],
    Observation: [
      () =>
        token('code', dice.pick(CODES), dice.pick([undefined, 'urn:c', '', 'urn:x']), dice.pick([undefined, 'not'])),
      () => reference('subject', `Patient/${dice.pick(['a', 'b', 'zzz'])}`),
      () => token('status', dice.pick(['final', 'amended'])),
      () => missing('subject', 'reference', dice.roll(2) === 0),
      () =>
        param('date', 'date', [
          {
            kind: 'date',
            prefix: dice.pick(['eq', 'gt', 'lt', 'ge', 'le']),
            lo: Date.UTC(2024, 0, 5),
            hi: Date.UTC(2024, 0, 6),
          },
        ]),
      () =>
        param('value-quantity', 'quantity', [
          {
            kind: 'quantity',
            prefix: dice.pick(['eq', 'ne', 'gt', 'lt', 'ge', 'le']),
            value: 1,
            lo: 0.5,
            hi: 1.5,
            ...(dice.roll(2) === 0 ? {} : { code: 'kg' }),
          },
        ]),
    ],
  };
  return dice.pick([...shared, ...(own[type] ?? [])])();
}

function queryOf(dice: Dice): SearchQuery {
  const type = dice.pick(['Patient', 'Observation', 'Organization']);
  const sorts: Readonly<Record<string, readonly SortKey[]>> = {
    Patient: [
      { param: 'family', type: 'string', descending: dice.roll(2) === 0 },
      { param: 'birthdate', type: 'date', descending: dice.roll(2) === 0 },
    ],
    Observation: [
      { param: 'date', type: 'date', descending: dice.roll(2) === 0 },
      { param: 'code', type: 'token', descending: dice.roll(2) === 0 },
      { param: 'value-quantity', type: 'quantity', descending: dice.roll(2) === 0 },
    ],
  };
  const keys = [...(sorts[type] ?? []), { param: '_id', type: 'id', descending: dice.roll(2) === 0 } as const];
  return query(
    type,
    Array.from({ length: dice.roll(3) }, () => criterionOf(type, dice)),
    {
      sort: Array.from({ length: 1 + dice.roll(2) }, () => dice.pick(keys)),
      count: 1 + dice.roll(4),
      total: dice.roll(2) === 0 ? 'accurate' : 'none',
      include:
        dice.roll(3) === 0
          ? [include('Observation', 'subject'), include('Observation', '*', { kind: 'revinclude', iterate: true })]
          : [],
    },
  );
}

/** No chain, no _has: `criterionOf` goes no deeper than 2. */
const filterOf = (dice: Dice): ResourceFilter => {
  const type = dice.pick(['Patient', 'Observation', 'Observation']);
  return { types: [type], where: Array.from({ length: dice.roll(3) }, () => criterionOf(type, dice, 2)) };
};
const filtersOf = (dice: Dice): readonly ResourceFilter[] =>
  Array.from({ length: 1 + dice.roll(2) }, () => filterOf(dice));

const ruleOf = (dice: Dice): VisibilityRule => ({
  ...(dice.roll(3) === 0 ? { types: [dice.pick(['Patient', 'Observation'])] } : {}),
  ...(dice.roll(3) === 0 ? { withoutSecurity: ['urn:sec|R'] } : {}),
  ...(dice.roll(3) === 0 ? { matching: [filterOf(dice)] } : {}),
  ...(dice.roll(3) === 0 ? { unrelated: filtersOf(dice) } : {}),
  ...(dice.roll(2) === 0 ? { related: Array.from({ length: 1 + dice.roll(2) }, () => filtersOf(dice)) } : {}),
});

const visibilityOf = (dice: Dice): Visibility =>
  dice.pick([
    EVERYTHING,
    EVERYTHING,
    { see: 'some', rules: [ruleOf(dice)] },
    { see: 'some', rules: [ruleOf(dice), ruleOf(dice)] },
    { see: 'some', rules: [{ withoutSecurity: ['urn:sec|R'] }] },
    {
      see: 'some',
      rules: [{ compartments: ['Patient/a', ''] }, { types: ['Patient'], withoutSecurity: ['urn:sec|R'] }],
    },
  ]);

/** What both must agree on: names that are hashes aside. */
const plainStored = (stored: Stored | undefined): unknown =>
  stored && [
    stored.home,
    stored.text,
    stored.splice,
    stored.deleted,
    stored.conflict,
    stored.heads.length,
    stored.lastUpdatedAt,
  ];
const plainVersion = ({ key, home, text, deleted, kind, lastUpdatedAt, parents }: Version): unknown => [
  nameOf(key),
  home,
  text,
  deleted,
  kind,
  lastUpdatedAt,
  parents.length,
];

/** One change, in terms of each store's own history, so that both take it alike. */
async function step(scribes: readonly Scribe[], dice: Dice): Promise<void> {
  const name = dice.pick(NAMES);
  const { type } = keyOf(name);
  const content = dice.roll(5) === 0 ? undefined : contentOf(type, dice);
  const mode = dice.roll(5);
  const at = dice.roll(100);
  const landed = await Promise.all(
    scribes.map(async (scribe) => {
      const stored = await scribe.get(name);
      const { versions } = await scribe.history(name);
      const parent = versions.length === 0 ? [] : [versions[at % versions.length]?.versionId ?? ''];
      let made: RevisionDraft;
      if (mode === 0) made = revision(name, content, { parents: parent, expect: 'any' });
      else if (mode === 1) made = revision(name, content, { parents: parent });
      else made = revision(name, content, { parents: stored?.heads ?? [] });
      const answer = await scribe.store.append(scribe.draft(made));
      return answer.ok ? 'landed' : answer.error.kind;
    }),
  );
  expect(new Set(landed).size, name).toBe(1);
}

async function compare(scribes: readonly Scribe[], dice: Dice): Promise<void> {
  const visible = visibilityOf(dice);
  const asked = queryOf(dice);
  const history: HistoryQuery = {
    count: 1 + dice.roll(6),
    ...dice.pick([{}, { type: 'Patient' }, { type: 'Patient', id: 'a' }, { since: T0 + dice.roll(STEPS) * 1000 }]),
    ...(dice.roll(3) === 0 ? { at: { lo: T0 + dice.roll(STEPS) * 1000, hi: T0 + STEPS * 1000 } } : {}),
  };
  const candidates: readonly Candidate[] = ['Patient/b', 'Observation/c', 'Organization/a'].map((name) => {
    const key = keyOf(name);
    return { key, resource: { resourceType: key.type, ...contentOf(key.type, dice) } };
  });
  const [want, ...got] = await Promise.all(
    scribes.map(async (scribe) => {
      const { store } = scribe;
      const would = await store.wouldSee(candidates, visible);
      const versions: unknown[] = [];
      for (const name of ['Patient/a', 'Observation/a']) {
        for (const { versionId } of (await scribe.history(name)).versions.slice(0, 3)) {
          versions.push(plainStored(await store.readVersion(keyOf(name), versionId, visible)));
        }
      }
      const stored = await store.read(NAMES.map(keyOf), visible);
      const told = await store.history(history, visible);
      const pages: unknown[] = [];
      let after: string | undefined;
      do {
        if (pages.length > 100) throw new Error('pages do not come to an end');
        const page = await store.search({ ...asked, ...(after === undefined ? {} : { after }) }, visible, LIMITS);
        if (!page.ok) throw new Error('too costly for a model');
        const { hits, total, next } = page.value;
        pages.push([
          namesOf(hits, 'match'),
          namesOf(hits, 'include'),
          total,
          hits.map((hit) => plainStored(hit.stored)),
        ]);
        after = next;
      } while (after !== undefined);
      return {
        would,
        versions,
        stored: stored.map(plainStored),
        history: [told.total, told.versions.map(plainVersion)],
        pages,
      };
    }),
  );
  for (const each of got) expect(each, JSON.stringify({ asked, visible, history })).toEqual(want);
}

export function modelContract(open: OpenStore, seeds: readonly number[]): void {
  for (const seed of [...PINNED, ...seeds]) {
    test(`[RS19] [RS12] [RS16] [RS20] [RS28] [RS29] [RS30] [RS31] random work, seed ${seed}: the store answers as the memory store does`, async () => {
      const { store } = await open();
      const oracle = createMemoryStore({ digest: pureDigest, origin: 'oracle.1' });
      const scribes = [new Scribe(oracle), new Scribe(store)];
      const dice = new Dice(seed);
      for (let n = 0; n < STEPS; n++) {
        await step(scribes, dice);
        if (n % 2 === 0) await compare(scribes, dice);
        if (n === STEPS / 2) await store.reindex();
      }
      expect((await store.verify()).findings).toEqual([]);
    });
  }
}
