// Who somebody is, as the site signed it: what a person's rights on this device are taken from.
//
//   BD30  Only what the node that this device was enrolled at signed counts, and only of that node. It has no end: what is older than
//         72 hours is used and marked (CR11).
import type { Principal } from '../../core/access/principal.ts';
import type { Instant } from '../../core/base/ports.ts';
import type { ParentRecord } from '../../core/sync/link-words.ts';
import { isSignedBy } from '../sync/browser-keys.ts';
import type { SignedWho } from './gate.ts';

const WHO_WORDS = 'holdfast who 1\n';
const CONFIRMED_MS = 72 * 3_600_000;

/** What is kept of a person. */
export interface Profile {
  readonly principal: Principal;
  readonly site: string;
  readonly at: Instant;
}

/** Undefined: not signed by `parent`, or not of it. */
export function readSignedWho(
  { text, signature }: SignedWho,
  parent: Pick<ParentRecord, 'node' | 'keys'>,
): Profile | undefined {
  if (!isSignedBy(parent.keys.sign, WHO_WORDS + text, signature)) return undefined;
  const said: { readonly who: Principal; readonly site: string; readonly node: string; readonly at: Instant } =
    JSON.parse(text);
  return said.node === parent.node ? { principal: said.who, site: said.site, at: said.at } : undefined;
}

/** Who that is at `now`. */
export function principalOf({ principal, at }: Profile, now: Instant): Principal {
  return now - at <= CONFIRMED_MS ? principal : { ...principal, unconfirmed: true };
}
