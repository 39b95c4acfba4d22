// Resources with several heads: whatever a live head says finds them, whatever is shown, and they are sorted by all of it.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import type { Criterion, SearchQuery } from '../../fhir/search/query.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import type { Visibility } from '../store.ts';
import { missing, param, query, reference, revision, Scribe, token } from './scribe.test-kit.ts';
import { date, ward } from './search.test-kit.ts';

const observation = (patient: string | undefined, day: string, more: JsonObject = {}): JsonObject => ({
  status: 'final',
  code: { coding: [{ system: 'urn:c', code: 'weight' }] },
  ...(patient === undefined ? {} : { subject: { reference: patient } }),
  effectiveDateTime: day,
  ...more,
});

/** One after the other of one parent: the last is shown. */
async function fork(scribe: Scribe, name: string, contents: readonly (JsonObject | undefined)[]): Promise<void> {
  const [first, ...rest] = contents;
  const base = await scribe.create(name, { ...first, language: 'en' });
  for (const content of [first, ...rest]) {
    await scribe.land(revision(name, content, { parents: [base.versionId], expect: 'any' }));
  }
}

export function siblingsContract(open: OpenStore): void {
  test('[RS13] a resource with several heads is found by what any of them says', async () => {
    const { scribe } = await ward(open);
    const base = await scribe.create('Patient/fork', { gender: 'other', birthDate: '2000-01-01' });
    const parents = [base.versionId];
    await scribe.land(
      revision('Patient/fork', { gender: 'male', birthDate: '2000-01-02' }, { parents, expect: 'any' }),
    );
    await scribe.land(revision('Patient/fork', { gender: 'unknown' }, { parents, expect: 'any' }));
    const by = async (criterion: Criterion): Promise<boolean> =>
      (await scribe.find(query('Patient', [criterion]))).includes('Patient/fork');
    expect(await by(token('gender', 'male'))).toBe(true);
    expect(await by(token('gender', 'unknown'))).toBe(true);
    expect(await by(token('gender', 'other'))).toBe(false);
    expect(await by(date('birthdate', 'eq', '2000-01-02'))).toBe(true);
    expect(await by(missing('birthdate', 'date', true))).toBe(false);
    expect(await by(token('gender', 'male', undefined, 'not'))).toBe(false);
    const both = await scribe.page(query('Patient', [{ kind: 'id', ids: ['fork'] }], { total: 'accurate' }));
    expect([both.hits.length, both.total, both.hits[0]?.stored.conflict]).toEqual([1, 1, true]);
    // A tombstone beside an update takes nothing from what is found.
    await scribe.land(revision('Patient/fork', undefined, { parents, expect: 'any' }));
    expect(await by(token('gender', 'male'))).toBe(true);
    const heads = (await scribe.get('Patient/fork'))?.heads ?? [];
    await scribe.land(revision('Patient/fork', { gender: 'other' }, { parents: heads, kind: 'resolve' }));
    expect(await by(token('gender', 'male'))).toBe(false);
    expect(await by(token('gender', 'other'))).toBe(true);
  });

  test('[RS13] what siblings say of two patients is found by either, whichever is shown', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    for (const id of ['a', 'b', 'c']) await scribe.create(`Patient/${id}`, {});
    await scribe.create('Encounter/a', { status: 'finished', subject: { reference: 'Patient/a' } });
    await fork(scribe, 'Observation/1', [
      observation('Patient/a', '2024-01-01'),
      observation('Patient/b', '2024-01-02'),
    ]);
    await fork(scribe, 'Observation/2', [
      observation('Patient/b', '2024-01-03'),
      observation('Patient/a', '2024-01-04'),
    ]);
    await fork(scribe, 'Observation/3', [observation('Patient/a', '2024-01-05'), observation(undefined, '2024-01-06')]);
    // A tombstone says nothing of its patient any more; a code that the sibling of another patient says is found with either.
    await fork(scribe, 'Observation/4', [observation('Patient/c', '2024-01-07'), undefined]);
    const height = { code: { coding: [{ system: 'urn:c', code: 'height' }] } };
    await fork(scribe, 'Observation/5', [
      observation('Patient/c', '2024-01-08', height),
      observation('Patient/a', '2024-01-09'),
    ]);
    await scribe.create('Observation/6', observation('Patient/a', '2024-01-10'));
    expect((await scribe.get('Observation/1'))?.home).toBe('Patient/b');
    expect((await scribe.get('Observation/2'))?.home).toBe('Patient/a');

    const subject = (...ids: readonly string[]): Criterion =>
      param(
        'subject',
        'reference',
        ids.map((id) => ({ kind: 'reference', targets: [{ type: 'Patient', id }] })),
      );
    const orders: readonly SearchQuery['sort'][] = [
      [],
      [{ param: 'date', type: 'date', descending: true }],
      [{ param: 'date', type: 'date', descending: false }],
      [{ param: 'code', type: 'token', descending: false }],
    ];
    const found = async (where: readonly Criterion[], visible?: Visibility): Promise<string> => {
      const whole = await scribe.page(query('Observation', where, { total: 'accurate' }), visible);
      const names = (await scribe.findAll(query('Observation', where), visible)).sort();
      expect(whole.total).toBe(names.length);
      for (const sort of orders) {
        expect((await scribe.findAll(query('Observation', where, { sort, count: 2 }), visible)).sort()).toEqual(names);
      }
      return names.map((name) => name.slice('Observation/'.length)).join('');
    };
    const asked = async (): Promise<void> => {
      expect(await found([subject('a')])).toBe('12356');
      expect(await found([subject('b')])).toBe('12');
      expect(await found([subject('c')])).toBe('45');
      expect(await found([subject('a', 'b')])).toBe('12356');
      expect(await found([subject('c', 'b')])).toBe('1245');
      expect(await found([subject('c'), token('code', 'height', 'urn:c')])).toBe('5');
      expect(await found([subject('a'), token('code', 'height', 'urn:c')])).toBe('5');
      expect(await found([subject('b'), token('code', 'weight', 'urn:c')])).toBe('12');
      // Who may see what is shown finds it by the other patient too; who may not, does not (RS9).
      const inside = (...compartments: string[]): Visibility => ({ see: 'some', rules: [{ compartments }] });
      const around: Visibility = { see: 'some', rules: [{ related: [[{ types: ['Encounter'], where: [] }]] }] };
      for (const visible of [inside('Patient/a'), around]) {
        expect(await found([subject('a')], visible)).toBe('256');
        expect(await found([subject('b')], visible)).toBe('2');
        expect(await found([subject('c')], visible)).toBe('5');
        expect(await found([subject('b'), token('code', 'weight', 'urn:c')], visible)).toBe('2');
      }
      const alone: Visibility = { see: 'some', rules: [{ unrelated: [{ types: ['Encounter'], where: [] }] }] };
      expect(await found([subject('a')], alone)).toBe('13');
      expect(await found([subject('b')], alone)).toBe('1');
    };
    await asked();
    await store.reindex();
    await asked();
    expect((await store.verify()).findings).toEqual([]);
    // People have decided.
    const heads = (await scribe.get('Observation/1'))?.heads ?? [];
    await scribe.land(
      revision('Observation/1', observation('Patient/b', '2024-01-02'), { parents: heads, kind: 'resolve' }),
    );
    expect(await found([subject('a')])).toBe('2356');
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[RS20] [RS13] of the values that siblings say, the greatest counts downwards and the least upwards', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Observation/a', observation('Patient/p', '2024-01-02'));
    await fork(scribe, 'Observation/b', [
      observation('Patient/p', '2024-01-09'),
      observation('Patient/p', '2024-01-01'),
    ]);
    await scribe.create('Observation/c', observation('Patient/p', '2024-01-03'));
    await fork(scribe, 'Observation/d', [
      observation('Patient/p', '2024-01-04'),
      { status: 'final', subject: { reference: 'Patient/p' } },
    ]);
    await scribe.create('Observation/e', { status: 'final', subject: { reference: 'Patient/p' } });
    for (const where of [[], [reference('subject', 'Patient/p')], [token('status', 'final')]]) {
      for (const count of [100, 1, 2]) {
        const by = async (descending: boolean): Promise<string> => {
          const sort = [{ param: 'date', type: 'date', descending } as const];
          const names = await scribe.findAll(query('Observation', where, { sort, count }));
          return names.map((name) => name.slice('Observation/'.length)).join('');
        };
        expect(await by(true)).toBe('bdcae');
        expect(await by(false)).toBe('bacde');
      }
    }
  });
}
