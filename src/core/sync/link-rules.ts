// The decisions of a link that have lost data elsewhere, one function each. The simulator plants a wrong one for every one
// of them and fails where it survives.
import type { LinkRecord, Mark } from './ports.ts';
import type { Scopes } from './scopes.ts';

export interface LinkRules {
  /** SY11: what may be built upon: only a comparison with this very incarnation. */
  remembered(record: LinkRecord | undefined, incarnation: string, scopes: Scopes): LinkRecord | undefined;
  /** SY13: what the peer lacks is given to it. */
  toRescue(lacking: readonly string[]): readonly string[];
  /** SY8: what need not be had from below, since the region's backup covers it. `held` is what the peer merely has. */
  floors(stable: readonly Mark[], held: readonly Mark[]): readonly Mark[];
}

export const LINK_RULES: LinkRules = {
  remembered: (record, incarnation) => (record?.incarnation === incarnation ? record : undefined),
  toRescue: (lacking) => lacking,
  floors: (stable) => stable,
};
