// From a draft to named revisions and a chained commit: what every store does before it writes, so that they agree.
//
//   RS24  A commit has at most COMMIT_BYTES_MAX bytes.
//   RS25  What cannot be kept exactly never lands.
//   EV2 EV3  Names are those of the envelope.
import { assert } from '../base/assert.ts';
import { isFhirId } from '../base/id.ts';
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { isWellFormed, utf8Length } from '../base/utf8.ts';
import { bodyHashOf, commitHash, encodeCommit, encodeRevision, revisionHash, SCHEMA_R4 } from './envelope.ts';
import type { Hlc } from './hlc.ts';
import type { CommitDraft, RevisionDraft } from './store.ts';

export interface SealedRevision {
  readonly draft: RevisionDraft;
  readonly hash: Hash;
  /** The exact text that the hash covers, with the body's hash. */
  readonly header: string;
  /** '' where there is no body. */
  readonly bodyHash: Hash | '';
  readonly hlc: Hlc;
  /** Ascending. */
  readonly parents: readonly Hash[];
  readonly scope: readonly string[];
  /** UTF-8, header and body. */
  readonly bytes: number;
}

/** Where the chain of an origin stands: the next commit's number and the hash before it ('' for the first). */
export interface ChainTip {
  readonly origin: string;
  readonly nextSeq: number;
  readonly prev: Hash;
}
export interface SealedCommit {
  readonly origin: string;
  readonly seq: number;
  readonly prev: Hash;
  readonly hash: Hash;
  readonly header: string;
  readonly receivedAt: Instant;
}

/** Throws `Bug` on a draft that no store could keep exactly (RS25). Call it first: it is cheap and changes nothing. */
export function assertStorable(draft: CommitDraft): void {
  assert(draft.revisions.length > 0, 'a commit has revisions');
  const seen = new Set<string>();
  for (const { key, kind, body, parents } of draft.revisions) {
    assert(isFhirId(key.id), 'a revision has a legal id');
    const name = `${key.type}/${key.id}`;
    assert(!seen.has(name), 'a commit writes a resource once');
    seen.add(name);
    assert(new Set(parents).size === parents.length, 'a revision names each parent once');
    assert((body === undefined) === (kind === 'tombstone' || kind === 'redact'), 'a body where the kind has one');
    if (body === undefined) continue;
    assert(!body.text.includes('\0') && isWellFormed(body.text), 'a body is text that UTF-8 keeps');
    assert(body.resource.resourceType === key.type && body.resource.id === key.id, 'a body is that of its key');
  }
}

/**
 * A revision with its name. `scope` comes from the body (`scopeOf(type, homeCompartment(resource))`), and from what it
 * deletes where there is none.
 */
export function sealRevision(digest: Digest, draft: RevisionDraft, scope: readonly string[], hlc: Hlc): SealedRevision {
  const { key, kind, body, author, skew } = draft;
  const parents = [...draft.parents].sort();
  const header = encodeRevision({
    type: key.type,
    id: key.id,
    parents,
    kind,
    ...(author === undefined ? {} : { author }),
    authored: { wallMs: draft.authoredAt, hlc, zoneMin: draft.zoneMin ?? 0, ...(skew === undefined ? {} : { skew }) },
    scope,
    schema: SCHEMA_R4,
    policy: draft.policy ?? '',
  });
  const bodyHash = bodyHashOf(digest, body?.text);
  const hash = revisionHash(digest, header, bodyHash);
  const bytes = utf8Length(header) + (body === undefined ? 0 : utf8Length(body.text));
  return { draft, hash, header, bodyHash, hlc, parents, scope, bytes };
}

/** The next commit of an origin's chain. `key` is the id of the node key, or ''. */
export function sealCommit(
  digest: Digest,
  tip: ChainTip,
  entries: readonly Hash[],
  receivedAt: Instant,
  key: string,
): SealedCommit {
  const { origin, nextSeq: seq, prev } = tip;
  const header = encodeCommit({ origin, seq, prev, entries, receivedAt, key });
  return { origin, seq, prev, header, hash: commitHash(digest, header), receivedAt };
}

/** How many bytes the revisions have together, for RS24. */
export const bytesOf = (revisions: readonly SealedRevision[]): number =>
  revisions.reduce((sum, revision) => sum + revision.bytes, 0);
