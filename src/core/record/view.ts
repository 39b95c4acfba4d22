// Merge on read: what a resource with several heads is shown as. A pure function of the heads and the policy of the type.
//
//   RS12  One head as it is; alike bodies are clean; otherwise a conflict, unless the type's policy knows better.
//         A tombstone beside an update never hides it. No value is shown that no head has.
//
// Views are never written back: a better policy changes what is shown, not what is kept.
import { assert } from '../base/assert.ts';
import type { Hash } from '../base/ports.ts';
import { comparePlaces, type Place } from './ancestry.ts';

export interface Head extends Place {
  /** The body's text; undefined for a tombstone or a redacted body. */
  readonly text: string | undefined;
}

export interface View {
  /** The head that is shown. */
  readonly displayed: Hash;
  readonly deleted: boolean;
  /** People must decide. */
  readonly conflict: boolean;
}

/**
 * What a type makes of several heads (at least one with a body, highest place first) and their common ancestors, or
 * undefined to leave it to the default. `displayed` must be one of the heads. Must not depend on anything else.
 */
export type Policy = (heads: readonly Head[], ancestors: readonly Head[]) => View | undefined;
/** By resource type. */
export type Policies = ReadonlyMap<string, Policy>;

export const DEFAULT_POLICIES: Policies = new Map();

/** The view of `heads` (at least one, in any order). `ancestors` are their lowest common ones, where those are kept. */
export function viewOf(
  type: string,
  heads: readonly Head[],
  ancestors: readonly Head[] = [],
  policies: Policies = DEFAULT_POLICIES,
): View {
  const ordered = [...heads].sort((a, b) => comparePlaces(b, a));
  const [first, ...rest] = ordered;
  assert(first !== undefined, 'a resource has at least one head');
  if (rest.length === 0) return { displayed: first.hash, deleted: first.text === undefined, conflict: false };
  const shown = ordered.find((head) => head.text !== undefined);
  if (shown === undefined) return { displayed: first.hash, deleted: true, conflict: false };
  const special = policies.get(type)?.(ordered, [...ancestors].sort(comparePlaces));
  if (special === undefined) {
    const alike = ordered.every((head) => head.text === shown.text);
    return { displayed: shown.hash, deleted: false, conflict: !alike };
  }
  assert(
    ordered.some((head) => head.hash === special.displayed),
    'a policy shows one of the heads',
  );
  return special;
}
