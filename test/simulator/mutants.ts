// Planted bugs. Each must be caught; one that survives fails the run.

export const MUTANTS = [
  /** Says "saved" before the disk has it. */
  'ack-before-sync',
  /** A node that was restored, cloned or started again writes on in the origin that it had. */
  'fixed-origin',
  /** A restored store does not say that it is another one now. */
  'fixed-incarnation',
  /** A device drops what the peer above has taken, before the region's backup covers it. */
  'prune-at-ack',
  /** Nobody gives back what a peer above has lost. */
  'no-rescue',
  /** "Stable" is what the region holds, not what its backup covers. */
  'stable-is-held',
  /** A site does not ask its children for what the region merely holds. */
  'floor-is-held',
  /** A site asks its children for all of an origin, also for what they no longer keep. */
  'no-floor',
  /** The feed passes arrivals that are in flight. */
  'skip-in-flight',
  /** Sides are compared only where an earlier session was completed. */
  'late-compare',
  /** What was learned from another peer above does not end what is remembered of this one. */
  'roaming-keeps-record',
  /** The cursor is written before what it covers. */
  'cursor-first',
  /** What is not yet stable is evicted when its scope goes. */
  'evict-unstable',
  /** A body goes when the commit that brought it is stable, though another one with it is still to be handed over. */
  'release-by-first-commit',
  /** Everybody gets everything. */
  'no-scopes',
  /** A header of a later version is read and printed again. */
  'reprint-unknown',
  /** An origin with a gap counts as whole. */
  'ignore-gap',
  /** The cursor passes large bodies and nobody remembers them. */
  'deferred-forgotten',
  /** Where commits are safe is the highest that was ever said. */
  'held-only-rises',
  /** Everybody is granted what they look up. */
  'grants-what-is-asked',
  /** What was handed to a courier counts as safe. */
  'courier-acknowledges',
  /** A bundle from a parent does not end what is remembered of the other parents. */
  'courier-keeps-records',
  /** Nobody looks whether what came was filtered by other scopes than was thought. */
  'scopes-unchecked',
  /** A node above never tells what is stable. */
  'marks-never-told',
] as const;
export type Mutant = (typeof MUTANTS)[number];
