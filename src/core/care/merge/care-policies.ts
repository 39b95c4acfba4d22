// The table as the record's stores take it: a policy for each type, which says what several heads are shown as.
//
//   MG36  What stores show of several heads is what this says of them and their lowest common ancestors, at every tier.
import type { Hash } from '../../base/ports.ts';
import { mergeHeads } from './merge-heads.ts';
import type { MergeHead, MergeOptions } from './merged.ts';
import { POLICY_TABLE, POLICY_VERSION } from './policies.ts';

/** A view as the record knows it. */
export interface CareView {
  readonly displayed: Hash;
  readonly deleted: boolean;
  readonly conflict: boolean;
  /** With `conflict` alone. */
  readonly severity?: 'S1' | 'S2';
  /** Where what is shown is the text of no head. */
  readonly text?: string;
}
export type CarePolicy = (heads: readonly MergeHead[], ancestors: readonly MergeHead[]) => CareView;

/** With the version under which stores keep what they derived. */
export const careViews = (
  options: MergeOptions = {},
): { readonly byType: ReadonlyMap<string, CarePolicy>; readonly version: string } => ({
  byType: carePolicies(options),
  version: POLICY_VERSION,
});

/** The policies of all types of R4, by type. */
export const carePolicies = (options: MergeOptions = {}): ReadonlyMap<string, CarePolicy> =>
  new Map(POLICY_TABLE.flatMap(({ types }) => types.map((type) => [type, carePolicy(type, options)] as const)));

const carePolicy =
  (type: string, options: MergeOptions): CarePolicy =>
  (heads, ancestors) => {
    const { displayed, deleted, conflict, severity, composed, text } = mergeHeads(type, heads, ancestors, options);
    return {
      displayed,
      deleted,
      conflict,
      ...(conflict ? { severity: severity === 'S1' ? 'S1' : 'S2' } : {}),
      ...(composed ? { text } : {}),
    };
  };
