// Whether the sides of one administration are one dose that was written down twice, or two doses under one id.
//
//   CW8  No resolution makes one of two given doses (CR6).
import { parseJson } from '../../base/json.ts';
import type { Hash } from '../../base/ports.ts';
import type { JsonObject } from '../../base/json-types.ts';
import { isObject } from './clinical-words.ts';
import { canonOf } from './elements.ts';
import { isGiven } from './leads.ts';
import type { MergeHead } from './merged.ts';
import { policyOf } from './policies.ts';

/** Types of which each resource is one dose. */
export const isDose = (type: string): boolean => policyOf(type)?.name === 'administration';

export type DoseJudgement =
  /** The chosen text stands for all sides. */
  | { readonly kind: 'one' }
  /** Sides that were given apart from the chosen one, by their heads: each must stay, as a resource of its own. */
  | { readonly kind: 'several'; readonly apart: readonly Hash[] }
  /** Several sides say that it was given, and the chosen text takes that away. */
  | { readonly kind: 'takes-away' };

/**
 * `chosen` is the text that is to stand, undefined for a deletion; `displayed` the head that it is taken for where it is none of them.
 * Sides that both gave what nobody had given before are two doses; corrections of a dose that was given are one.
 */
export function judgeDoses(
  type: string,
  heads: readonly MergeHead[],
  ancestors: readonly MergeHead[],
  displayed: Hash,
  chosen: string | undefined,
): DoseJudgement {
  if (!isDose(type)) return { kind: 'one' };
  const given = heads.filter(({ text }) => saysGiven(text));
  const distinct = [...new Map(given.map((head) => [canonOf(bodyOf(head.text)), head])).values()];
  if (distinct.length < 2 || ancestors.some(({ text }) => saysGiven(text))) return { kind: 'one' };
  if (!saysGiven(chosen)) return { kind: 'takes-away' };
  const wanted = canonOf(bodyOf(chosen));
  const own =
    distinct.find(({ text }) => canonOf(bodyOf(text)) === wanted) ??
    distinct.find(({ hash }) => hash === displayed) ??
    distinct[0];
  return { kind: 'several', apart: distinct.filter((head) => head !== own).map(({ hash }) => hash) };
}

function bodyOf(text: string | undefined): JsonObject | undefined {
  const parsed = text === undefined ? undefined : parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed?.ok === true && isObject(parsed.value.value) ? parsed.value.value : undefined;
}
/** What cannot be read counts as given. */
function saysGiven(text: string | undefined): boolean {
  if (text === undefined) return false;
  const body = bodyOf(text);
  return body === undefined || isGiven(body);
}
