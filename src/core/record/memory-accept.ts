// Revisions that were authored elsewhere, landing in a memory record: in any order, parents after children too; and leaving it.
//
//   1. The heads are those of all revisions that are here (RS10), whatever came first.
//   2. A generation is one more than the highest of the parents here, also of a revision that was here before its parents.
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { generationsOf, headsOf } from './ancestry.ts';
import { bodyHashOf, versionIdOf } from './envelope.ts';
import {
  assembled,
  landed,
  landedAs,
  regenerated,
  type Kept,
  type KeptRevision,
  type KeptVersion,
  type Landing,
  type Making,
} from './memory-kept.ts';
import { readRevision } from './read-revision.ts';
import type { SealedRevision } from './seal.ts';
import type { ArrivedCommit, ResourceKey, RevisionDraft } from './store.ts';

/** A carried revision as it was sealed; `undefined` where it is not read (RS34): then it is carried, not shown. */
export function unsealed(
  digest: Digest,
  { hash, header, text }: ArrivedCommit['revisions'][number],
): SealedRevision | undefined {
  const said = readRevision(header, text);
  if (!said.read) return undefined;
  const { type, id, parents, kind, author, authored, scope, policy } = said.header;
  const draft: RevisionDraft = {
    key: { type, id },
    kind,
    parents,
    ...(said.body === undefined ? {} : { body: said.body }),
    ...(author === undefined ? {} : { author }),
    authoredAt: authored.wallMs,
    zoneMin: authored.zoneMin,
    ...(authored.skew === undefined ? {} : { skew: authored.skew }),
    ...(policy === '' ? {} : { policy }),
  };
  return { draft, hash, header, bodyHash: bodyHashOf(digest, text), hlc: authored.hlc, parents, scope, bytes: 0 };
}

/** The resource after `sealed`, of anybody, came to it at `receivedAt`; `kept` itself where it is there already. */
export function accepted(making: Making, kept: Kept | undefined, sealed: SealedRevision, receivedAt: Instant): Kept {
  return after(making, kept, sealed.hash, receivedAt, () => landed(making, kept, sealed, receivedAt));
}
/** The same of a plain revision. */
export function acceptedAs(making: Making, kept: Kept | undefined, landing: Landing, receivedAt: Instant): Kept {
  return after(making, kept, landing.hash, receivedAt, () => landedAs(making, kept, landing, receivedAt));
}

function after(making: Making, kept: Kept | undefined, hash: Hash, receivedAt: Instant, land: () => Kept): Kept {
  if (kept === undefined) return land();
  if (kept.revisions.has(hash)) return kept;
  const isLate = [...kept.revisions.values()].some(({ parents }) => parents.includes(hash));
  const landed = land();
  return isLate ? reassembled(making, kept.key, landed.revisions, new Map(kept.versions), receivedAt) : landed;
}

/** The resource without `names`; undefined where nothing is left of it. */
export function without(making: Making, kept: Kept, names: ReadonlySet<Hash>): Kept | undefined {
  const revisions = new Map([...kept.revisions].filter(([hash]) => !names.has(hash)));
  if (revisions.size === 0) return undefined;
  const versions = new Map([...kept.versions].filter(([, { heads }]) => heads.every((head) => revisions.has(head))));
  return reassembled(making, kept.key, revisions, versions, kept.stored.lastUpdatedAt);
}

function reassembled(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  versions: Map<string, KeptVersion>,
  lastUpdatedAt: Instant,
): Kept {
  const generations = generationsOf(revisions);
  const placed = new Map(
    [...revisions].map(([hash, revision]) => [hash, regenerated(revision, generations.get(hash) ?? 1)]),
  );
  const heads = headsOf(placed);
  versions.set(versionIdOf(making.digest, heads), { heads, lastUpdatedAt });
  return assembled(making, key, placed, heads, versions, lastUpdatedAt);
}
