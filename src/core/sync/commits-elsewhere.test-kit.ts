// What other nodes wrote, as it comes over a link: for tests of whatever receives it.
import { assert } from '../base/assert.ts';
import type { Digest, Hash } from '../base/ports.ts';
import { Dice, keyOf, Scribe, T0 } from '../record/contract/scribe.test-kit.ts';
import { encodeRevision } from '../record/envelope.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { sealCommit } from '../record/seal.ts';
import type { RecordStore, RevisionDraft } from '../record/store.ts';
import type { CarriedCommit, CarriedRevision } from './ports.ts';

const ALL = 1_000;

/** A node elsewhere, whose commits are received. */
export class Elsewhere {
  readonly scribe: Scribe;
  readonly #store: RecordStore;

  constructor(origin: string, digest: Digest) {
    this.#store = createMemoryStore({ digest, origin });
    this.scribe = new Scribe(this.#store);
  }

  async commits(): Promise<readonly CarriedCommit[]> {
    return (await this.#store.feed(0, ALL)).map(({ arrival: _arrival, ...commit }): CarriedCommit => commit);
  }
  /** One commit. */
  async write(...drafts: readonly RevisionDraft[]): Promise<CarriedCommit> {
    await this.scribe.land(...drafts);
    const last = (await this.commits()).at(-1);
    assert(last !== undefined, 'what was written is in the feed');
    return last;
  }
}

/** A revision that nobody checked. */
export function roughRevision(
  digest: Digest,
  name: string,
  text: string | undefined,
  more: {
    readonly parents?: readonly Hash[];
    readonly scope?: readonly string[];
    readonly kind?: 'put' | 'tombstone';
  } = {},
): CarriedRevision {
  const header = encodeRevision({
    ...keyOf(name),
    parents: more.parents ?? [],
    kind: more.kind ?? 'put',
    authored: { wallMs: T0, hlc: '018cc251f4000000', zoneMin: 0 },
    scope: more.scope ?? [],
    schema: '4.0.1',
    policy: '',
  });
  return { hash: digest.sha256(header + (text === undefined ? '' : digest.sha256(text))), header, text };
}

/** The next commit of a chain. */
export function roughCommit(
  digest: Digest,
  origin: string,
  before: CarriedCommit | undefined,
  revisions: readonly CarriedRevision[],
): CarriedCommit {
  const seq = (before?.seq ?? 0) + 1;
  const prev = before?.hash ?? '';
  const names = revisions.map(({ hash }) => hash);
  const { hash, header } = sealCommit(digest, { origin, nextSeq: seq, prev }, names, T0, '');
  return { origin, seq, prev, hash, header, revisions };
}

export const part = (commit: CarriedCommit, ...at: readonly number[]): CarriedCommit => ({
  ...commit,
  revisions: commit.revisions.filter((_, i) => at.includes(i)),
});

/** Commits of three nodes that saw each other's writes now and then: siblings, merges, deletions. Parents may stand in any origin. */
export async function history(dice: Dice, digest: Digest): Promise<readonly CarriedCommit[]> {
  const chains = new Map<string, CarriedCommit[]>(['a.1', 'b.1', 'c.1'].map((origin) => [origin, []]));
  const known = new Map<string, Hash[]>(['Patient/1', 'Patient/2', 'Flag/1'].map((name) => [name, []]));
  for (let n = 0; n < 24; n++) {
    const chain = chains.get(dice.pick([...chains.keys()])) ?? [];
    const origin = [...chains].find(([, each]) => each === chain)?.[0] ?? '';
    const names = [...new Set([dice.pick([...known.keys()]), dice.pick([...known.keys()])])];
    const revisions = names.map((name): CarriedRevision => {
      const before = known.get(name) ?? [];
      const parents = [
        ...new Set(before.length === 0 || dice.roll(5) === 0 ? [] : [dice.pick(before), dice.pick(before)]),
      ];
      const { type, id } = keyOf(name);
      const isGone = parents.length > 0 && dice.roll(6) === 0;
      const security = dice.roll(3) === 0 ? `"meta":{"security":[{"system":"s","code":"${dice.roll(2)}"}]},` : '';
      const text = isGone ? undefined : `{"resourceType":"${type}",${security}"id":"${id}","n":${n}.0}`;
      const scope = type === 'Patient' ? [`pat/${id}`] : [];
      const made = roughRevision(digest, name, text, { parents, scope, kind: isGone ? 'tombstone' : 'put' });
      if (!before.includes(made.hash)) before.push(made.hash);
      return made;
    });
    chain.push(roughCommit(digest, origin, chain.at(-1), revisions));
  }
  return [...chains.values()].flat();
}
