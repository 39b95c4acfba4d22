// Merge on read: what a resource with several heads is shown as. A pure function of the heads and the policy of the type.
//
//   RS12  One head as it is; alike bodies are clean; otherwise a conflict, unless the type's policy knows better.
//         A tombstone beside an update never hides it. No value is shown that no head has.
//   MG36  What is shown may be made up of several heads: then it is the policy's text, and no head's.
//
// Views are never written back: a better policy changes what is shown, not what is kept.
import { assert } from '../base/assert.ts';
import { parseJson } from '../base/json.ts';
import type { Hash } from '../base/ports.ts';
import { authorBody } from './body.ts';
import { comparePlaces, type Place } from './ancestry.ts';
import type { Author, Body } from './store.ts';

export interface Head extends Place {
  /** The body's text; undefined for a tombstone or a redacted body. */
  readonly text: string | undefined;
  readonly parents?: readonly Hash[];
  /** Who wrote it, where that is known. */
  readonly author?: string;
  /** Written at the tier or node that decides about this resource. */
  readonly decides?: boolean;
}

export interface View {
  /** The head that is shown, or that leads where `text` is made up of several. */
  readonly displayed: Hash;
  readonly deleted: boolean;
  /** People must decide. */
  readonly conflict: boolean;
  /** How grave that is: S1 could harm now, S2 is clinical and not urgent. With `conflict` alone. */
  readonly severity?: 'S1' | 'S2';
  /** What is shown where it is the text of no head: a resource, whole and lossless, with the id of the heads. */
  readonly text?: string;
}

/**
 * What a type makes of several heads (at least one with a body, highest place first) and their common ancestors, or
 * undefined to leave it to the default. `displayed` must be one of the heads with a body. Must not depend on anything else.
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
    // Of what nobody has ruled on, any difference could harm.
    return { displayed: shown.hash, deleted: false, conflict: !alike, ...(alike ? {} : { severity: 'S1' }) };
  }
  assert(
    ordered.some((head) => head.hash === special.displayed && head.text !== undefined),
    'a policy shows one of the heads',
  );
  return special;
}

/** Of a head, from what its header says. */
export const authorOf = (author: Author | undefined): Pick<Head, 'author'> =>
  author?.practitioner === undefined ? {} : { author: author.practitioner };

/** The text that `view` shows of `heads`; '' when deleted. `body` is absent where it is that of the displayed head. */
export function shownOf(view: View, heads: readonly Head[]): { readonly text: string; readonly body?: Body } {
  if (view.deleted) return { text: '' };
  const own = heads.find((head) => head.hash === view.displayed)?.text ?? '';
  if (view.text === undefined || view.text === own) return { text: own };
  const parsed = parseJson(view.text, { depthMax: 1_000 });
  assert(parsed.ok, 'what a policy puts together is JSON');
  const { id } = parsed.value.value as { readonly id?: unknown };
  assert(typeof id === 'string', 'what a policy puts together has the id of the heads');
  const body = authorBody(view.text, parsed.value, id);
  return { text: body.text, body };
}
