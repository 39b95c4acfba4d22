// What is kept of a resource, for tests that damage it: with what is derived, as it stands, which a spread leaves out.
import type { Kept, KeptRevision } from '../memory-kept.ts';

export function copyOf({ key, revisions, heads, versions, stored, seen, entries, bodies, indexed }: Kept): Kept {
  return { key, revisions, heads, versions, stored, seen, entries, bodies, indexed };
}
export function copyOfRevision(revision: KeptRevision): KeptRevision {
  const { bodyHash, resource, labels, plain } = revision;
  return { ...revision, bodyHash, resource, labels, plain };
}
