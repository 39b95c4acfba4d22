// Policies of types: what they are given, and that what they make of several heads is shown, found and kept alike in every store.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json-types.ts';
import type { Hash } from '../../base/ports.ts';
import { renderStored } from '../body.ts';
import type { OpenStore } from '../store-contract.test-kit.ts';
import type { RevisionDraft, Stored } from '../store.ts';
import type { Head, Policies, View } from '../view.ts';
import { keyOf, query, revision, Scribe, text, token } from './scribe.test-kit.ts';

/** Puts together the names of all heads, and tells by identifiers what it was given. */
function telling(heads: readonly Head[], ancestors: readonly Head[]): View {
  const bodyOf = ({ text: own }: Head): JsonObject => JSON.parse(own ?? '{}') as JsonObject;
  const live = heads.filter((head) => head.text !== undefined);
  const [lead] = live;
  if (lead === undefined) throw new Error('a policy is asked where something lives');
  const familyOf = (head: Head): string =>
    ((bodyOf(head)['name'] ?? []) as readonly { readonly family: string }[]).map(({ family }) => family).join();
  const told = [
    ...ancestors.map((each) => `below ${familyOf(each)} ${each.generation}`),
    ...heads.map((each) => `by ${each.author ?? 'nobody'} on ${each.parents?.length ?? 'unknown'}`),
  ].sort();
  const composed = {
    ...bodyOf(lead),
    name: live.flatMap((head) => (bodyOf(head)['name'] ?? []) as JsonObject[]).sort((a, b) => compare(a, b)),
    identifier: told.map((value) => ({ value })),
  };
  return {
    displayed: lead.hash,
    deleted: false,
    conflict: live.length > 1,
    ...(live.length > 1 ? { severity: live.length > 2 ? 'S1' : 'S2' } : {}),
    text: JSON.stringify(composed),
  };
}
const compare = (a: JsonObject, b: JsonObject): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const POLICIES: Policies = new Map([['Patient', telling]]);

const by = (draft: RevisionDraft, practitioner: string): RevisionDraft => ({ ...draft, author: { practitioner } });
const named = (family: string): JsonObject => ({ name: [{ family }] });
const told = ({ text: shown }: Stored): readonly string[] =>
  (JSON.parse(shown) as { identifier?: { value: string }[] }).identifier?.map(({ value }) => value) ?? [];

export function viewsContract(open: OpenStore): void {
  const name = 'Patient/1';
  const get = async (scribe: Scribe): Promise<Stored> => {
    const stored = await scribe.get(name);
    if (stored === undefined) throw new Error('the patient of the test is there');
    return stored;
  };
  const sibling = async (scribe: Scribe, family: string, parents: readonly Hash[]): Promise<Hash> => {
    const [written] = await scribe.land(by(revision(name, named(family), { parents, expect: 'any' }), family));
    const before = new Set(parents);
    const heads = (await get(scribe)).heads.filter((head) => !before.has(head));
    const found = await Promise.all(
      heads.map(async (head) => (await scribe.store.readVersion(keyOf(name), head, { see: 'everything' }))?.text),
    );
    const own = heads.find((_, i) => found[i]?.includes(`"${family}"`) === true);
    if (own === undefined || written === undefined) throw new Error('a sibling is a head');
    return own;
  };

  test('[MG36] a policy is given heads with authors and parents, and the lowest common ancestors with their bodies', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const root = (await scribe.create(name, named('root'))).versionId;
    const base = (await scribe.update(name, named('base'))).versionId;
    const left = await sibling(scribe, 'left', [base]);
    expect(told(await get(scribe))).toEqual([]);
    await sibling(scribe, 'right', [base]);
    expect(told(await get(scribe))).toEqual(['below base 2', 'by left on 1', 'by right on 1']);
    // What descends from one side alone leaves the ancestor where it was; what forked further up brings one from there.
    await sibling(scribe, 'leftmost', [left]);
    expect(told(await get(scribe))).toEqual(['below base 2', 'by leftmost on 1', 'by right on 1']);
    await sibling(scribe, 'third', [root]);
    const all = await get(scribe);
    expect(told(all)).toEqual(['below root 1', 'by leftmost on 1', 'by right on 1', 'by third on 1']);
    expect([all.conflict, all.severity, all.heads.length]).toEqual([true, 'S1', 3]);
    await store.reindex();
    expect(await get(scribe)).toEqual(all);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[MG36] of two who descend from both sides, both sides are common ancestors', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const base = (await scribe.create(name, named('base'))).versionId;
    const sides = [await sibling(scribe, 'left', [base]), await sibling(scribe, 'right', [base])];
    const across = await sibling(scribe, 'across', sides);
    expect((await get(scribe)).heads).toEqual([across]);
    await sibling(scribe, 'athwart', sides);
    expect(told(await get(scribe))).toEqual(['below left 2', 'below right 2', 'by across on 2', 'by athwart on 2']);
    expect((await store.verify()).findings).toEqual([]);
  });

  test('[MG36] what is made up of several heads is read, found and versioned as it is shown, and heads are found as they are', async () => {
    const { store, reopen } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const base = (await scribe.create(name, named('base'))).versionId;
    await sibling(scribe, 'left', [base]);
    await sibling(scribe, 'right', [base]);
    const shown = await get(scribe);
    expect(shown).toMatchObject({ conflict: true, severity: 'S2', deleted: false });
    const read = JSON.parse(renderStored(shown)) as { meta: JsonObject; name: JsonObject[] };
    expect(read.meta['versionId']).toBe(shown.versionId);
    expect(read.name).toEqual([{ family: 'left' }, { family: 'right' }]);
    expect(await store.readVersion(keyOf(name), shown.versionId, { see: 'everything' })).toEqual(shown);
    const asked = async (): Promise<void> => {
      for (const family of ['left', 'right'])
        expect(await scribe.find(query('Patient', [text('family', family)]))).toEqual([name]);
      expect(await scribe.find(query('Patient', [token('identifier', 'below base 1')]))).toEqual([name]);
      expect(await scribe.find(query('Patient', [text('family', 'base')]))).toEqual([]);
      const page = await scribe.page(query('Patient', [text('family', 'left')]));
      expect(page.hits[0]?.stored).toEqual(shown);
    };
    await asked();
    await store.reindex();
    await asked();
    expect((await store.verify()).findings).toEqual([]);
    if (reopen !== undefined) {
      const again = new Scribe(await reopen(), scribe.now);
      expect(await again.get(name)).toEqual(shown);
      await again.land(revision(name, named('settled'), { parents: shown.heads, kind: 'resolve' }));
      const settled = await get(again);
      expect([settled.conflict, settled.severity, settled.heads.length]).toEqual([false, undefined, 1]);
      expect(await again.find(query('Patient', [text('family', 'left')]))).toEqual([]);
      expect(await again.find(query('Patient', [token('identifier', 'below base 1')]))).toEqual([]);
      // The head set that was is a version for ever.
      expect((await again.store.readVersion(keyOf(name), shown.versionId, { see: 'everything' }))?.text).toBe(
        shown.text,
      );
      expect((await again.store.verify()).findings).toEqual([]);
    }
  });

  test('[MG36] a deletion beside an update is for the policy to weigh; of deletions alone nobody is asked', async () => {
    const { store } = await open({ policies: POLICIES });
    const scribe = new Scribe(store);
    const base = (await scribe.create(name, named('base'))).versionId;
    await scribe.land(revision(name, undefined, { parents: [base], expect: 'any' }));
    await scribe.land({ ...revision(name, undefined, { parents: [base], expect: 'any' }), authoredAt: 1 });
    expect(await get(scribe)).toMatchObject({ deleted: true, conflict: false, text: '' });
    await sibling(scribe, 'left', [base]);
    expect(told(await get(scribe))).toEqual(['below base 1', 'by left on 1', 'by nobody on 1', 'by nobody on 1']);
    expect((await store.verify()).findings).toEqual([]);
  });
}
