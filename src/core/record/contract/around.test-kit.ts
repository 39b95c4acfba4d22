// Visibility by what a resource says and by what stands around it in its home compartment (RS28, RS29): the worlds in which nothing
// that is hidden may be told, and the cases of its own: things that change, writes to come, homes.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import {
  EVERYTHING,
  type CommitDraft,
  type RecordStore,
  type ResourceFilter,
  type Visibility,
  type VisibilityRule,
} from '../store.ts';
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

export interface Row {
  readonly name: string;
  readonly contents: readonly (JsonObject | undefined)[];
  readonly hidden?: boolean;
  /** Hidden, yet others are seen by it: it is in both records. */
  readonly evidence?: boolean;
}
export interface World {
  readonly what: string;
  readonly visible: Visibility;
  readonly rows: readonly Row[];
}

export const row = (name: string, ...contents: readonly (JsonObject | undefined)[]): Row => ({ name, contents });
export const hidden = (name: string, ...contents: readonly (JsonObject | undefined)[]): Row => ({
  ...row(name, ...contents),
  hidden: true,
});
const evidence = (name: string, ...contents: readonly (JsonObject | undefined)[]): Row => ({
  ...hidden(name, ...contents),
  evidence: true,
});

export const SECRET = { meta: { security: [{ system: 'urn:sec', code: 'R' }] } };
export const patient = (family: string, more: JsonObject = {}): JsonObject => ({
  name: [{ family }],
  gender: 'female',
  ...more,
});
export const weight = (subject: string, value: number, more: JsonObject = {}): JsonObject => ({
  status: 'final',
  subject: { reference: subject },
  code: { coding: [{ system: 'urn:c', code: 'w' }] },
  effectiveDateTime: `2024-01-0${1 + (value % 9)}`,
  valueQuantity: { value, code: 'kg', system: 'urn:u' },
  ...more,
});
const stay = (subject: string, status: string, ward: string, more: JsonObject = {}): JsonObject => ({
  status,
  subject: { reference: subject },
  location: [{ location: { reference: `Location/${ward}` } }],
  ...more,
});
const team = (subject: string, member: string, more: JsonObject = {}): JsonObject => ({
  status: 'active',
  subject: { reference: subject },
  participant: [{ member: { reference: member } }],
  ...more,
});
const glass = (subject: string, requester: string, start: string, end: string): JsonObject => ({
  status: 'in-progress',
  for: { reference: subject },
  code: { coding: [{ system: 'urn:access', code: 'break-glass' }] },
  requester: { reference: requester },
  executionPeriod: { start, end },
});
const problem = (subject: string, code: string): JsonObject => ({
  subject: { reference: subject },
  code: { coding: [{ system: 'urn:problem', code }] },
});

const NOW = Date.UTC(2024, 5, 1, 12);
const WARD: ResourceFilter = {
  types: ['Encounter'],
  where: [
    { kind: 'any', of: [token('status', 'in-progress'), token('status', 'onleave')] },
    reference('location', 'Location/w'),
  ],
};
const TEAM: ResourceFilter = {
  types: ['CareTeam'],
  where: [reference('participant', 'Practitioner/me'), token('status', 'active')],
};
const GLASS: ResourceFilter = {
  types: ['Task'],
  where: [
    token('code', 'break-glass', 'urn:access'),
    reference('requester', 'Practitioner/me'),
    param('period', 'date', [{ kind: 'date', prefix: 'ap', lo: NOW, hi: NOW + 1 }]),
  ],
};
const VIP: ResourceFilter = { types: ['Condition'], where: [token('code', 'vip')] };
const KNOWN: ResourceFilter = { types: ['Patient'], where: [missing('family', 'string', false)] };
const REACH: VisibilityRule = { related: [[WARD, TEAM, GLASS]], withoutSecurity: ['urn:sec|R'] };
const NAMES: VisibilityRule = { types: ['Patient'] };

/** What SQL narrows without being sure: the case of letters, any code of a system, words that a name ends in. */
const ANY_VIP: ResourceFilter = {
  types: ['Condition'],
  where: [param('code', 'token', [{ kind: 'token', system: 'urn:problem' }])],
};
const CALLED: ResourceFilter = { types: ['Patient'], where: [text('family', 'Adams', 'exact')] };

export const AROUND_WORLDS: readonly World[] = [
  {
    what: 'what stands around',
    visible: { see: 'some', rules: [NAMES, REACH] },
    rows: [
      hidden('Organization/o', { name: 'House' }),
      row('Patient/a', patient('Adams', { managingOrganization: { reference: 'Organization/o' } })),
      row('Patient/b', patient('Baker')),
      row('Patient/c', patient('Clark')),
      row('Encounter/a', stay('Patient/a', 'in-progress', 'w')),
      row('Encounter/aa', stay('Patient/a', 'finished', 'x')),
      hidden('Encounter/b', stay('Patient/b', 'in-progress', 'w'), stay('Patient/b', 'finished', 'w')),
      hidden('Encounter/bb', stay('Patient/b', 'in-progress', 'x')),
      evidence('CareTeam/c', team('Patient/c', 'Practitioner/me', SECRET)),
      hidden('CareTeam/b', team('Patient/b', 'Practitioner/me'), undefined),
      hidden('CareTeam/bb', team('Patient/b', 'Practitioner/other')),
      hidden('Task/b', glass('Patient/b', 'Practitioner/me', '2024-05-01', '2024-06-01T11:59:59Z')),
      hidden('Task/bb', glass('Patient/b', 'Practitioner/other', '2024-06-01', '2024-06-02')),
      row('Observation/1', weight('Patient/a', 60)),
      hidden('Observation/2', weight('Patient/b', 61)),
      row('Observation/3', weight('Patient/c', 62)),
      hidden('Observation/4', weight('Patient/a', 63, SECRET)),
      row('Observation/5', weight('Patient/a', 64), undefined),
      hidden('Observation/6', weight('Patient/b', 65), undefined),
      row('Observation/7', weight('Patient/b', 66), weight('Patient/a', 66)),
      hidden('Observation/8', weight('Patient/a', 67), weight('Patient/b', 67)),
      hidden('Observation/9', weight('Group/g', 68)),
      row('Patient/d', patient('Adams')),
      row('Task/d', glass('Patient/d', 'Practitioner/me', '2024-06-01T10:00:00Z', '2024-06-01T14:00:00Z')),
      row('Observation/d', weight('Patient/d', 69)),
    ],
  },
  {
    what: 'what must not stand around',
    visible: { see: 'some', rules: [{ unrelated: [VIP, GLASS] }] },
    rows: [
      row('Organization/o', { name: 'House' }),
      row('Patient/a', patient('Adams')),
      row('Condition/a', problem('Patient/a', 'fall')),
      row('Observation/1', weight('Patient/a', 60)),
      hidden('Patient/b', patient('Baker')),
      hidden('Condition/b', problem('Patient/b', 'vip')),
      hidden('Observation/2', weight('Patient/b', 61)),
      row('Patient/c', patient('Clark', { managingOrganization: { reference: 'Organization/o' } })),
      row('Condition/c', problem('Patient/c', 'vip'), undefined),
      row('Observation/3', weight('Patient/c', 62), weight('Patient/c', 63)),
      row('Observation/4', weight('Group/g', 64)),
      hidden('Observation/5', weight('Patient/a', 65), weight('Patient/b', 65)),
    ],
  },
  {
    what: 'what it says itself, in a union of rules',
    visible: {
      see: 'some',
      rules: [
        { types: ['Organization'] },
        {
          matching: [{ types: ['Patient'], where: [token('gender', 'male', undefined, 'not')] }, KNOWN],
        },
        {
          types: ['Observation', 'Encounter'],
          matching: [{ types: ['Observation'], where: [token('code', 'w'), token('status', 'final')] }],
          related: [[KNOWN], [TEAM, WARD]],
          unrelated: [VIP],
        },
      ],
    },
    rows: [
      row('Organization/o', { name: 'House' }),
      row('Patient/a', patient('Adams')),
      hidden('Patient/b', { gender: 'male' }),
      hidden('Patient/c', patient('Clark'), undefined),
      evidence('Encounter/a', stay('Patient/a', 'onleave', 'w')),
      evidence('Encounter/b', stay('Patient/b', 'onleave', 'w')),
      row('Observation/1', weight('Patient/a', 60)),
      hidden('Observation/2', weight('Patient/b', 61)),
      hidden('Observation/3', weight('Patient/a', 62, { status: 'amended' })),
      hidden('Observation/4', weight('Patient/a', 63, { code: { text: 'w' } })),
      row('Observation/5', weight('Patient/a', 64, { status: 'amended' }), weight('Patient/a', 64)),
      hidden('Observation/6', weight('Patient/a', 65), undefined),
      row('Patient/d', patient('Dean')),
      evidence('CareTeam/d', team('Patient/d', 'Practitioner/me')),
      evidence('Condition/d', problem('Patient/d', 'vip')),
      hidden('Observation/7', weight('Patient/d', 66)),
    ],
  },
  {
    what: 'what an index alone cannot tell',
    visible: {
      see: 'some',
      rules: [{ related: [[CALLED]] }, { matching: [CALLED] }, { types: ['Encounter'], unrelated: [ANY_VIP] }],
    },
    rows: [
      row('Patient/a', patient('Adams')),
      row('Observation/1', weight('Patient/a', 60)),
      hidden('Patient/b', patient('ADAMS')),
      hidden('Observation/2', weight('Patient/b', 61)),
      row('Encounter/b', stay('Patient/b', 'finished', 'w')),
      hidden('Patient/c', patient('Clark')),
      evidence('Condition/c', problem('Patient/c', 'fall')),
      hidden('Encounter/c', stay('Patient/c', 'in-progress', 'w')),
    ],
  },
];

/** Writes the rows at the same times in both records, hidden ones in one alone. */
export async function write(store: RecordStore, rows: readonly Row[], withHidden: boolean): Promise<Scribe> {
  const scribe = new Scribe(store);
  for (const { name, contents, hidden: isHidden, evidence: isEvidence } of rows) {
    for (const content of contents) {
      if (isHidden === true && isEvidence !== true && !withHidden) scribe.now += 1000;
      else if (content === undefined) await scribe.remove(name);
      else await scribe.update(name, content);
    }
  }
  return scribe;
}

const reach = (...rules: readonly VisibilityRule[]): Visibility => ({ see: 'some', rules });

export function aroundContract(open: OpenStore): void {
  test('[RS31] what would be seen of a write is what is seen once it is there', async () => {
    for (const { what, visible, rows } of AROUND_WORLDS) {
      const { store } = await open();
      await write(store, rows, true);
      const live = rows.filter(({ contents }) => contents.at(-1) !== undefined);
      const candidates = live.map(({ name, contents }) => {
        const key = keyOf(name);
        return { key, resource: { resourceType: key.type, ...contents.at(-1) } };
      });
      const told = await store.wouldSee(candidates, visible);
      const seen = live.map(({ hidden: isHidden }) => isHidden !== true);
      expect(told, what).toEqual(seen);
      expect(await store.wouldSee(candidates, EVERYTHING), what).toEqual(live.map(() => true));
      expect(await store.wouldSee(candidates, reach()), what).toEqual(live.map(() => false));
    }
  });

  test('[RS31] a resource does not speak for itself before it is there', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Patient/a', patient('Adams'));
    const own = {
      key: keyOf('CareTeam/a'),
      resource: { resourceType: 'CareTeam', ...team('Patient/a', 'Practitioner/me') },
    };
    const labelled = { ...own, resource: { ...own.resource, ...SECRET } };
    expect(await store.wouldSee([own], reach(REACH))).toEqual([false]);
    expect(await store.wouldSee([own, labelled], reach({ matching: [TEAM], withoutSecurity: ['urn:sec|R'] }))).toEqual([
      true,
      false,
    ]);
    await scribe.create('CareTeam/a', team('Patient/a', 'Practitioner/me'));
    expect(await store.wouldSee([own, labelled], reach(REACH))).toEqual([true, false]);
    const moved = {
      key: keyOf('CareTeam/a'),
      resource: { resourceType: 'CareTeam', ...team('Patient/b', 'Practitioner/me') },
    };
    expect(await store.wouldSee([moved], reach(REACH))).toEqual([false]);
  });

  test('[RS29] what begins to stand around opens at once', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Patient/a', patient('Adams'));
    const first = await scribe.create('Observation/1', weight('Patient/a', 60));
    const visible = reach(REACH);
    const asked = query('Observation', [reference('subject', 'Patient/a')], { total: 'accurate' });
    const told = async () => [
      (await scribe.get('Observation/1', visible))?.versionId,
      (await scribe.page(asked, visible)).total,
      (await scribe.find(asked, visible)).length,
      (
        await scribe.find(
          query(['Observation', 'Patient'], [{ kind: 'compartment', type: 'Patient', id: 'a' }]),
          visible,
        )
      ).length,
      (await scribe.history('Observation/1', visible)).total,
      (await store.history({ type: 'Observation', count: 5 }, visible)).total,
      (await store.readVersion(keyOf('Observation/1'), first.versionId, visible))?.versionId,
    ];
    expect(await told()).toEqual([undefined, 0, 0, 0, 0, 0, undefined]);
    await scribe.create('CareTeam/a', team('Patient/a', 'Practitioner/me'));
    expect(await told()).toEqual([first.versionId, 1, 1, 2, 1, 1, first.versionId]);
  });

  test('[RS32] what no longer stands around hides within a second, and from history and searches of many at once', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Patient/a', patient('Adams'));
    await scribe.create('Observation/1', weight('Patient/a', 60));
    await scribe.create('CareTeam/a', team('Patient/a', 'Practitioner/me'));
    const visible = reach(REACH);
    expect(await scribe.get('Observation/1', visible)).toBeDefined();
    await scribe.remove('CareTeam/a');
    expect(await scribe.find(query('Observation', []), visible)).toEqual([]);
    expect((await scribe.history('Observation/1', visible)).total).toBe(0);
    await expect.poll(() => scribe.get('Observation/1', visible), { timeout: 10_000 }).toBeUndefined();
    expect(await scribe.find(query('Observation', [reference('subject', 'Patient/a')]), visible)).toEqual([]);
  });

  test('[RS29] groups must each find something, an empty one finds nothing, and no patient is related to nothing', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await scribe.create('Organization/o', { name: 'House' });
    await scribe.create('Patient/a', patient('Adams'));
    await scribe.create('CareTeam/a', team('Patient/a', 'Practitioner/me'));
    const seen = (rule: VisibilityRule) => scribe.find(query(['Organization', 'Patient'], []), reach(rule));
    const by = async (rule: VisibilityRule) => {
      const found = await seen(rule);
      const names = ['Organization/o', 'Patient/a'];
      const read = await store.read(names.map(keyOf), reach(rule));
      expect(names.filter((_, i) => read[i] !== undefined)).toEqual(found);
      return found;
    };
    expect(await by({ related: [[TEAM], [KNOWN]] })).toEqual(['Patient/a']);
    expect(await by({ related: [[TEAM], [VIP]] })).toEqual([]);
    expect(await by({ related: [[VIP, TEAM]] })).toEqual(['Patient/a']);
    expect(await by({ related: [[]] })).toEqual([]);
    expect(await by({ related: [] })).toEqual(['Patient/a']);
    expect(await by({ unrelated: [] })).toEqual(['Organization/o', 'Patient/a']);
    expect(await by({ unrelated: [VIP, TEAM] })).toEqual(['Organization/o']);
    expect(await by({ matching: [] })).toEqual(['Organization/o', 'Patient/a']);
  });

  test('[RS23] [RS29] a guard counts what its author can see', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    await write(store, AROUND_WORLDS[0]?.rows ?? [], true);
    const guard = (found: readonly string[], id: string): CommitDraft => ({
      ...scribe.draft(revision(`Basic/${id}`, {})),
      guards: [
        {
          query: query('Observation', [token('code', 'w')]),
          found: found.map(keyOf),
          visible: reach(NAMES, REACH),
        },
      ],
    });
    const shown = ['Observation/1', 'Observation/3', 'Observation/7', 'Observation/d'];
    expect((await store.append(guard(shown, 'x'))).ok).toBe(true);
    expect(await store.append(guard([...shown, 'Observation/2'], 'y'))).toMatchObject({ ok: false });
  });

  test('[RS28] a filter that asks for more than the resource says, or for what none of its type can say, is a bug of the caller', async () => {
    const { store } = await open();
    await new Scribe(store).create('Patient/a', patient('Adams'));
    const where = [
      { kind: 'chain', param: 'organization', targetType: 'Organization', where: text('name', 'h') },
      { kind: 'has', type: 'Observation', param: 'subject', where: token('code', 'w') },
      { kind: 'lastUpdated', values: [{ kind: 'date', prefix: 'gt', lo: T0, hi: T0 + 1 }] },
      token('code', 'no-such-parameter'),
      reference('gender', 'Patient/of-another-kind'),
    ] as const;
    for (const each of where) {
      const filter: ResourceFilter = { types: ['Patient'], where: [{ kind: 'any', of: [each] }] };
      for (const rule of [{ matching: [filter] }, { related: [[filter]] }, { unrelated: [filter] }]) {
        await expect(store.read([keyOf('Patient/a')], reach(rule)), each.kind).rejects.toThrow();
        await expect(store.history({ count: 1 }, reach(rule)), each.kind).rejects.toThrow();
      }
    }
  });

  test('[RS33] what was filed with another patient and corrected is shown to who sees both, and what is there now to who sees that', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    for (const p of ['a', 'b', 'c']) await scribe.create(`Patient/${p}`, patient(p));
    await scribe.create('Encounter/a', stay('Patient/a', 'in-progress', 'w'));
    await scribe.create('Observation/1', weight('Patient/b', 99, SECRET));
    const right = await scribe.update('Observation/1', weight('Patient/a', 60));
    await scribe.create('Observation/2', weight('Patient/b', 99));
    await scribe.update('Observation/2', weight('Patient/a', 60));
    await scribe.remove('Observation/2');
    // Of no patient first: it told of nobody else.
    await scribe.create('Observation/3', { ...weight('Patient/a', 1), subject: { display: 'unknown' } });
    await scribe.update('Observation/3', weight('Patient/a', 1));

    const seenOf = async (name: string, visible: Visibility): Promise<unknown> => {
      const { versions, total } = await scribe.history(name, visible);
      const ofType = (await store.history({ type: 'Observation', count: 50 }, visible)).versions;
      const ids = (list: typeof versions) => list.filter((v) => nameOf(v.key) === name).map((v) => v.versionId);
      expect(ids(ofType), name).toEqual(ids(versions));
      expect(ids((await store.history({ count: 50 }, visible)).versions), name).toEqual(ids(versions));
      expect(total).toBe(versions.length);
      const all = (await scribe.history(name)).versions;
      const named = await Promise.all(all.map((v) => store.readVersion(keyOf(name), v.versionId, visible)));
      expect(all.filter((_, i) => named[i] !== undefined).map((v) => v.versionId)).toEqual(ids(versions));
      return versions.map((v) => v.home.slice('Patient/'.length));
    };
    const both: Visibility = { see: 'some', rules: [{ compartments: ['Patient/a'] }, { compartments: ['Patient/b'] }] };
    const visibilities: readonly (readonly [Visibility, readonly string[]])[] = [
      [reach({ compartments: ['Patient/a'] }), ['a']],
      [reach({ related: [[WARD]] }), ['a']],
      [reach({ compartments: ['Patient/b'] }), []],
      [both, ['a', 'b']],
      [reach({ types: ['Observation'] }), ['a', 'b']],
      [reach({ unrelated: [VIP] }), ['a', 'b']],
    ];
    for (const [visible, homes] of visibilities) {
      expect(await seenOf('Observation/1', visible), JSON.stringify(visible)).toEqual(homes);
      expect(await seenOf('Observation/2', visible), JSON.stringify(visible)).toEqual(
        homes.flatMap((h) => (h === 'a' ? ['a', 'a'] : [h])),
      );
      expect(await seenOf('Observation/3', visible), JSON.stringify(visible)).toEqual(
        homes.includes('a') ? ['a', ''] : [],
      );
    }
    // The label of the version, and what stands around where it was.
    expect(await seenOf('Observation/1', reach({ withoutSecurity: ['urn:sec|R'] }))).toEqual(['a']);
    await scribe.create('Condition/b', problem('Patient/b', 'vip'));
    expect(await seenOf('Observation/1', reach({ unrelated: [VIP] }))).toEqual(['a']);
    await scribe.create('Encounter/b', stay('Patient/b', 'in-progress', 'w'));
    expect(await seenOf('Observation/1', reach({ related: [[WARD]] }))).toEqual(['a', 'b']);
    await store.reindex();
    expect(await seenOf('Observation/1', reach({ related: [[WARD]] }))).toEqual(['a', 'b']);

    // Two heads of two patients: what is shown now is shown, and of the other nothing.
    const parents = [right.versionId];
    const [first] = await scribe.land(revision('Observation/1', weight('Patient/a', 61), { parents, expect: 'any' }));
    const [other] = await scribe.land(revision('Observation/1', weight('Patient/c', 62), { parents, expect: 'any' }));
    const fork = (await scribe.history('Observation/1')).versions.find(({ text: said }) => said.includes('62'));
    // A name of both heads together is of both patients.
    const together = other?.versionId ?? '';
    expect(together).not.toBe(fork?.versionId);
    await scribe.land(
      revision('Observation/1', weight('Patient/c', 63), { parents: [fork?.versionId ?? ''], expect: 'any' }),
    );
    const now = await scribe.get('Observation/1');
    expect([now?.home, now?.conflict, now?.heads.length]).toEqual(['Patient/c', true, 2]);
    const ofC = reach({ compartments: ['Patient/c'] });
    expect((await scribe.get('Observation/1', ofC))?.versionId).toBe(now?.versionId);
    expect((await store.readVersion(keyOf('Observation/1'), now?.versionId ?? '', ofC))?.text).toBe(now?.text);
    expect(await store.readVersion(keyOf('Observation/1'), first?.versionId ?? '', ofC)).toBeUndefined();
    expect((await scribe.history('Observation/1', ofC)).versions.map((v) => v.home)).toEqual([
      'Patient/c',
      'Patient/c',
    ]);
    for (const one of [ofC, reach({ compartments: ['Patient/a'] })]) {
      expect(await store.readVersion(keyOf('Observation/1'), together, one)).toBeUndefined();
    }
    expect(await store.readVersion(keyOf('Observation/1'), together, EVERYTHING)).toBeDefined();
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[RS30] the home is told with whatever is told of a resource', async () => {
    const { store } = await open();
    const scribe = new Scribe(store);
    const homes: unknown[] = [];
    const told = async (name: string) => {
      const { type, id } = keyOf(name);
      const stored = await scribe.get(name);
      const [hit] = (await scribe.page(query(type, [{ kind: 'id', ids: [id] }]))).hits;
      const { versions } = await scribe.history(name);
      const each = await Promise.all(versions.map((v) => store.readVersion(keyOf(name), v.versionId, EVERYTHING)));
      homes.push([stored?.home, hit?.stored.home, versions.map((v) => v.home), each.map((v) => v?.home)]);
    };
    homes.push((await scribe.create('Organization/o', { name: 'House' })).home);
    homes.push((await scribe.create('Patient/a', patient('Adams'))).home);
    homes.push((await scribe.create('Observation/1', weight('Patient/a', 60))).home);
    homes.push((await scribe.update('Observation/1', weight('Patient/b', 60))).home);
    for (const name of ['Organization/o', 'Patient/a', 'Observation/1']) await told(name);
    homes.push((await scribe.remove('Observation/1')).home);
    await told('Observation/1');
    expect(homes).toEqual([
      '',
      'Patient/a',
      'Patient/a',
      'Patient/b',
      ['', '', [''], ['']],
      ['Patient/a', 'Patient/a', ['Patient/a'], ['Patient/a']],
      ['Patient/b', 'Patient/b', ['Patient/b', 'Patient/a'], ['Patient/b', 'Patient/a']],
      'Patient/b',
      ['Patient/b', undefined, ['Patient/b', 'Patient/b', 'Patient/a'], ['Patient/b', 'Patient/b', 'Patient/a']],
    ]);
  });
}
