// Which revisions a peer may have. Scope keys stand in the revision headers, fixed at authoring.
//
//   SY17  A filtered commit keeps its header, so that the chain verifies, and holds the permitted revisions alone.
//   SY18  A header that cannot be read is in no scope but `all`.
//   SY19  Eviction is local: what is stable, in no granted scope and no open conflict. It is no revision.
//   SY33  Scopes travel as prints wherever the other side knows them. A site has 200,000 keys: nothing here is quadratic.
import type { Digest, Hash } from '../base/ports.ts';
import { decodeRevision } from '../record/envelope.ts';
import type { CarriedCommit, CarriedRevision } from './ports.ts';

/** Keys in ascending order; '' is the key of what belongs to nobody's compartment. Never changed in place. */
export type Scopes = 'all' | readonly string[];

/** The keys of a revision; `undefined` where its header is of a later version. */
export function keysOf(header: string): readonly string[] | undefined {
  const read = decodeRevision(header);
  return read.ok ? keysOfScope(read.value.scope) : undefined;
}
export const keysOfScope = (scope: readonly string[]): readonly string[] => (scope.length === 0 ? [''] : scope);

const SETS = new WeakMap<readonly string[], ReadonlySet<string>>();
const PRINTS = new WeakMap<readonly string[], Hash>();

function setOf(keys: readonly string[]): ReadonlySet<string> {
  let set = SETS.get(keys);
  if (set === undefined) SETS.set(keys, (set = new Set(keys)));
  return set;
}

/** Names scopes in messages. */
export function printOfScopes(digest: Digest, scopes: Scopes): Hash {
  if (scopes === 'all') return digest.sha256('all');
  let print = PRINTS.get(scopes);
  if (print === undefined) PRINTS.set(scopes, (print = digest.sha256(JSON.stringify(scopes))));
  return print;
}

const KEYS = new WeakMap<CarriedRevision, { readonly keys: readonly string[] | undefined }>();

/** The same, read once for each revision that stays in memory. */
export function keysOfRevision(revision: CarriedRevision): readonly string[] | undefined {
  let read = KEYS.get(revision);
  if (read === undefined) KEYS.set(revision, (read = { keys: keysOf(revision.header) }));
  return read.keys;
}

export function permits(scopes: Scopes, keys: readonly string[] | undefined): boolean {
  if (scopes === 'all') return true;
  if (keys === undefined) return false;
  const set = setOf(scopes);
  return keys.some((key) => set.has(key));
}

/** What a peer may have of a commit; `undefined` where that is nothing. */
export function filterCommit(commit: CarriedCommit, scopes: Scopes): CarriedCommit | undefined {
  if (scopes === 'all') return commit;
  const revisions = commit.revisions.filter((revision) => permits(scopes, keysOfRevision(revision)));
  if (revisions.length === 0) return undefined;
  return revisions.length === commit.revisions.length ? commit : { ...commit, revisions };
}

export function sameScopes(a: Scopes, b: Scopes): boolean {
  if (a === b) return true;
  if (a === 'all' || b === 'all' || a.length !== b.length) return false;
  return a.every((key, at) => key === b[at]);
}

/** What is in both. */
export function intersection(a: Scopes, b: Scopes): Scopes {
  if (a === 'all' || a === b) return b;
  if (b === 'all') return a;
  const set = setOf(b);
  return a.filter((key) => set.has(key));
}

/** What is in `wider` and not in `known`; [] where there is nothing. */
export function added(wider: Scopes, known: Scopes): Scopes {
  if (known === 'all') return [];
  if (wider === 'all') return 'all';
  const set = setOf(known);
  return wider.filter((key) => !set.has(key));
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
