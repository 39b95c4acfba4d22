// What a reader may not know of changes nothing that the reader can observe. Two records are compared: one with hidden
// resources, one that never had them.
import { expect, test } from 'vitest';
import type { Criterion, SortKey } from '../../fhir/search/query.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import { EVERYTHING, type HistoryPage, type RecordStore, type Version, type Visibility } from '../store.ts';
import { AROUND_WORLDS, hidden, patient, row, SECRET, weight, write, type World } from './around.test-kit.ts';
import {
  keyOf,
  missing,
  nameOf,
  param,
  query,
  reference,
  revision,
  Scribe,
  text,
  T0,
  token,
} from './scribe.test-kit.ts';
import { include } from './search.test-kit.ts';

/** By label: `R` is hidden. By compartment: all but patient b's. By type: only Patient and Observation. */
const WORLDS: readonly World[] = [
  {
    what: 'labels',
    visible: { see: 'some', rules: [{ withoutSecurity: ['urn:sec|R', 'urn:sec|V'] }] },
    rows: [
      row('Patient/a', patient('Adams')),
      hidden('Patient/b', patient('Adams', SECRET)),
      row('Patient/c', patient('Clark')),
      row('Observation/1', weight('Patient/a', 60)),
      hidden('Observation/2', weight('Patient/a', 61, SECRET)),
      row('Observation/3', weight('Patient/b', 62)),
      hidden('Observation/4', weight('Patient/c', 63), weight('Patient/c', 64, SECRET)),
      hidden('Observation/5', weight('Patient/c', 65, SECRET), undefined),
      hidden('Patient/aa', patient('Able', SECRET), patient('Abler', SECRET)),
      row('Observation/6', weight('Patient/c', 66)),
    ],
  },
  {
    what: 'compartments',
    visible: { see: 'some', rules: [{ compartments: ['Patient/a', 'Patient/c', ''] }] },
    rows: [
      row('Organization/o', { name: 'House' }),
      row('Patient/a', patient('Adams')),
      hidden('Patient/b', patient('Baker')),
      row('Patient/c', patient('Clark', { link: [{ type: 'seealso', other: { reference: 'Patient/b' } }] })),
      hidden('Observation/1', weight('Patient/b', 60)),
      row('Observation/2', weight('Patient/a', 61)),
      hidden('Observation/3', weight('Patient/b', 62), weight('Patient/b', 63)),
      hidden('Observation/4', weight('Patient/b', 64), undefined),
      row('Observation/5', weight('Patient/c', 65), undefined),
      row('Observation/6', weight('Patient/c', 66), weight('Patient/c', 67)),
    ],
  },
  {
    what: 'types, in a union of rules',
    visible: { see: 'some', rules: [{ types: ['Patient'] }, { types: ['Observation'], compartments: ['Patient/a'] }] },
    rows: [
      hidden('Organization/o', { name: 'House' }),
      row('Patient/a', patient('Adams', { managingOrganization: { reference: 'Organization/o' } })),
      row('Patient/b', patient('Baker')),
      hidden('Observation/1', weight('Patient/b', 60)),
      row('Observation/2', weight('Patient/a', 61)),
      hidden('Encounter/e', { status: 'finished', subject: { reference: 'Patient/a' } }),
    ],
  },
  ...AROUND_WORLDS,
];

const CRITERIA: readonly (readonly [string, readonly Criterion[]])[] = [
  ['Patient', []],
  ['Observation', []],
  ['Patient', [text('family', 'a')]],
  ['Patient', [token('gender', 'male', undefined, 'not')]],
  ['Patient', [missing('organization', 'reference', true)]],
  ['Patient', [{ kind: 'id', ids: ['a', 'b', 'aa'] }]],
  ['Patient', [{ kind: 'has', type: 'Observation', param: 'subject', where: token('code', 'w') }]],
  ['Patient', [{ kind: 'has', type: 'Observation', param: 'subject', where: missing('encounter', 'reference', true) }]],
  ['Patient', [{ kind: 'chain', param: 'organization', targetType: 'Organization', where: text('name', 'house') }]],
  ['Patient', [{ kind: 'chain', param: 'link', targetType: 'Patient', where: text('family', 'b') }]],
  ['Observation', [reference('subject', 'Patient/b')]],
  ['Observation', [{ kind: 'chain', param: 'subject', targetType: 'Patient', where: token('gender', 'female') }]],
  [
    'Observation',
    [{ kind: 'chain', param: 'subject', targetType: 'Patient', where: token('gender', 'male', undefined, 'not') }],
  ],
  ['Observation', [{ kind: 'compartment', type: 'Patient', id: 'b' }]],
  ['Observation', [param('value-quantity', 'quantity', [{ kind: 'quantity', prefix: 'ge', value: 0, lo: 0, hi: 1 }])]],
  ['Encounter', []],
  ['Organization', []],
];
const SORTS: readonly (readonly SortKey[])[] = [
  [],
  [{ param: '_id', type: 'id', descending: false }],
  [{ param: '_lastUpdated', type: 'lastUpdated', descending: true }],
  [{ param: 'family', type: 'string', descending: false }],
  [{ param: 'date', type: 'date', descending: true }],
];
const INCLUDES = [
  include('Observation', 'subject'),
  include('Patient', '*', { iterate: true }),
  include('Observation', 'subject', { kind: 'revinclude', iterate: true }),
  include('Encounter', 'subject', { kind: 'revinclude' }),
];

/** Everything that `visible` can find out, but for hashes. */
async function observed(store: RecordStore, visible: Visibility, sorts = SORTS): Promise<unknown> {
  const scribe = new Scribe(store);
  const told: unknown[] = [];
  for (const [type, where] of CRITERIA) {
    for (const sort of sorts) {
      const asked = query(type, where, { sort, count: 2, total: 'accurate', include: INCLUDES });
      const order = sort.length === 0 ? (names: string[]) => names.sort() : (names: string[]) => names;
      told.push([type, order(await scribe.findAll(asked, visible))]);
      const page = await scribe.page({ ...asked, count: 50 }, visible);
      told.push([
        order(page.hits.map(({ mode, stored }) => `${mode} ${nameOf(stored.key)}`)),
        page.total,
        page.next === undefined,
      ]);
      told.push(await scribe.page({ ...asked, count: 0 }, visible));
      const tight = await store.search({ ...asked, count: 50 }, visible, { includes: 2, ms: 30_000 });
      told.push(tight.ok);
    }
  }
  for (const asked of [
    {},
    { type: 'Patient' },
    { type: 'Observation' },
    { since: T0 + 5000 },
    { at: { lo: T0 + 4000, hi: T0 + 9000 } },
  ]) {
    let page: HistoryPage = await store.history({ ...asked, count: 2 }, visible);
    for (let n = 0; ; n++) {
      told.push([page.total, page.versions.map(plain), page.next === undefined]);
      if (page.next === undefined || n > 50) break;
      page = await store.history({ ...asked, count: 2, after: page.next }, visible);
    }
  }
  for (const { rows } of WORLDS) {
    for (const { name } of rows) {
      const stored = await scribe.get(name, visible);
      const { versions, total } = await scribe.history(name, visible);
      told.push([name, stored?.text, stored?.deleted, versions.map(plain), total]);
    }
  }
  return told;
}

const plain = ({ key, text, deleted, lastUpdatedAt }: Version): unknown => [nameOf(key), text, deleted, lastUpdatedAt];

export function visibilityContract(open: OpenStore): void {
  for (const { what, visible, rows } of WORLDS) {
    // Every order with one kind of rule, the store's own and one more with the others.
    const sorts = AROUND_WORLDS.some((world) => world.what === what) ? SORTS.filter((_, i) => i % 4 === 0) : SORTS;
    test(`[RS6] [RS9] [RS28] [RS29] hidden by ${what}: nothing that can be asked tells of it`, async () => {
      const { store: full } = await open();
      const { store: poor } = await open();
      await write(full, rows, true);
      await write(poor, rows, false);
      expect(await observed(full, visible, sorts)).toEqual(await observed(poor, visible, sorts));
      await full.reindex();
      // Where others are seen by something that is hidden itself, no record holds just what is seen.
      const alone = rows.some(({ evidence }) => evidence === true) ? visible : EVERYTHING;
      expect(await observed(full, visible, sorts)).toEqual(await observed(poor, alone, sorts));
      expect((await full.verify()).findings).toEqual([]);
    });
  }

  test('[RS6] a version of what is hidden is not answered, by any of its names', async () => {
    for (const { visible, rows } of WORLDS) {
      const { store } = await open();
      await write(store, rows, true);
      for (const { name, hidden } of rows) {
        const { versions } = await new Scribe(store).history(name);
        expect(versions.length).toBeGreaterThan(0);
        const seen = (await new Scribe(store).history(name, visible)).versions.map((each) => each.versionId);
        for (const { versionId, home } of versions) {
          const told = await store.readVersion(keyOf(name), versionId, visible);
          expect(told !== undefined, name).toBe(seen.includes(versionId));
          if (hidden === true) expect(told, name).toBeUndefined();
          // What was filed elsewhere is judged there (RS33).
          else if (home === versions[0]?.home) expect(told, name).toBeDefined();
        }
      }
    }
  });

  test('[RS6] a visibility without rules sees nothing at all', async () => {
    const { store } = await open();
    const { store: empty } = await open();
    await write(store, WORLDS[0]?.rows ?? [], true);
    const nothing: Visibility = { see: 'some', rules: [] };
    expect(await observed(store, nothing)).toEqual(await observed(empty, EVERYTHING));
  });

  test('[RS9] a label on any head hides the resource, and an old version keeps its own label', async () => {
    const { store } = await open();
    const visible: Visibility = { see: 'some', rules: [{ withoutSecurity: ['urn:sec|R'] }] };
    const scribe = new Scribe(store);
    const base = await scribe.create('Basic/1', { language: 'de' });
    const parents = [base.versionId];
    await scribe.land(revision('Basic/1', { language: 'fr' }, { parents, expect: 'any' }));
    await scribe.land(revision('Basic/1', { language: 'it', ...SECRET }, { parents, expect: 'any' }));
    await scribe.land(revision('Basic/1', { language: 'es' }, { parents, expect: 'any' }));
    expect(await scribe.get('Basic/1', visible)).toBeUndefined();
    expect(await scribe.find(query('Basic', []), visible)).toEqual([]);
    expect((await scribe.history('Basic/1', visible)).total).toBe(0);
    expect(await store.readVersion(keyOf('Basic/1'), base.versionId, visible)).toBeUndefined();
    const heads = (await scribe.get('Basic/1'))?.heads ?? [];
    const [solved] = await scribe.land(revision('Basic/1', { language: 'es' }, { parents: heads, kind: 'resolve' }));
    expect((await scribe.get('Basic/1', visible))?.versionId).toBe(solved?.versionId);
    const { versions, total } = await scribe.history('Basic/1', visible);
    expect([versions.length, total]).toEqual([4, 4]);
    expect(versions.some((each) => each.text.includes('"it"'))).toBe(false);
    const secret = (await scribe.history('Basic/1')).versions.find((each) => each.text.includes('"it"'));
    expect(await store.readVersion(keyOf('Basic/1'), secret?.versionId ?? '', visible)).toBeUndefined();
  });

  test('[RS9] [RS33] a correction of the patient moves the resource; what it said of the other is shown to who sees both', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const only = (home: string): Visibility => ({ see: 'some', rules: [{ compartments: [home] }] });
    const first = await scribe.create('Observation/1', weight('Patient/a', 60));
    expect((await scribe.get('Observation/1', only('Patient/a')))?.versionId).toBe(first.versionId);
    await scribe.update('Observation/1', weight('Patient/b', 60));
    expect(await scribe.get('Observation/1', only('Patient/a'))).toBeUndefined();
    expect((await scribe.history('Observation/1', only('Patient/a'))).total).toBe(0);
    expect((await scribe.history('Observation/1', only('Patient/b'))).total).toBe(1);
    const both: Visibility = { see: 'some', rules: [{ compartments: ['Patient/a', 'Patient/b'] }] };
    expect((await scribe.history('Observation/1', both)).total).toBe(2);
    expect(await scribe.find(query('Observation', []), only('Patient/a'))).toEqual([]);
    expect(await scribe.find(query('Observation', []), only('Patient/b'))).toEqual(['Observation/1']);
    await scribe.remove('Observation/1');
    expect(await scribe.get('Observation/1', only('Patient/b'))).toMatchObject({ deleted: true });
    expect(await scribe.get('Observation/1', only('Patient/a'))).toBeUndefined();
    expect((await store.verify()).findings).toEqual([]);
  });
}
