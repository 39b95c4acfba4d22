// Which revisions a peer may have. Scope keys stand in the revision headers, fixed at authoring.
//
//   SY17  A filtered commit keeps its header, so that the chain verifies, and holds the permitted revisions alone.
//   SY18  A header that cannot be read is in no scope but `all`.
//   SY19  Eviction is local: what is stable, in no granted scope and no open conflict. It is no revision.
import { decodeRevision } from '../record/envelope.ts';
import type { CarriedCommit } from './ports.ts';

/** Keys in ascending order; '' is the key of what belongs to nobody's compartment. */
export type Scopes = 'all' | readonly string[];

/** The keys of a revision; `undefined` where its header is of a later version. */
export function keysOf(header: string): readonly string[] | undefined {
  const read = decodeRevision(header);
  if (!read.ok) return undefined;
  return read.value.scope.length === 0 ? [''] : read.value.scope;
}

export function permits(scopes: Scopes, keys: readonly string[] | undefined): boolean {
  return scopes === 'all' || (keys !== undefined && keys.some((key) => scopes.includes(key)));
}

/** What a peer may have of a commit; `undefined` where that is nothing. */
export function filterCommit(commit: CarriedCommit, scopes: Scopes): CarriedCommit | undefined {
  if (scopes === 'all') return commit;
  const revisions = commit.revisions.filter((revision) => permits(scopes, keysOf(revision.header)));
  if (revisions.length === 0) return undefined;
  return revisions.length === commit.revisions.length ? commit : { ...commit, revisions };
}

export const sameScopes = (a: Scopes, b: Scopes): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is in both. */
export function intersection(a: Scopes, b: Scopes): Scopes {
  if (a === 'all') return b;
  return b === 'all' ? a : a.filter((key) => b.includes(key));
}

/** What is in `wider` and not in `known`; [] where there is nothing. */
export function added(wider: Scopes, known: Scopes): Scopes {
  if (known === 'all') return [];
  return wider === 'all' ? 'all' : wider.filter((key) => !known.includes(key));
}

export interface Evictable {
  readonly keys: readonly string[] | undefined;
  /** A commit that holds it is covered by the stable marks, and none that holds it is still to be handed over. */
  readonly stable: boolean;
  /** Its resource has several heads. */
  readonly conflict: boolean;
}
export const mayEvict = (revision: Evictable, granted: Scopes): boolean =>
  revision.stable && !revision.conflict && !permits(granted, revision.keys);
