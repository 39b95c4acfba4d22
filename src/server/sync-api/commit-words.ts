// What a device signs of each commit that it writes, and what can be said of a commit's signature on arrival.
//
//   DV16  A signature stands beside the envelope and names the key in the commit's header. One that cannot be proved is told, never refused.
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { decodeCommit } from '../../core/record/envelope.ts';
import { commitWords } from '../../core/sync/signed-words.ts';
import { isSignedBy } from './node-keys.ts';

export { commitWords };

/** `unsigned`: its header names no key, as that of a server's commit. `unknown-key`: nobody known signs with that key. */
export type Vouched = 'signed' | 'unsigned' | 'unknown-key' | 'not-signed';

/** `isKnown`: whether a node with that key may write under the commit's origin. */
export function vouchedFor(commit: CarriedCommit, isKnown: (key: string, origin: string) => boolean): Vouched {
  const read = decodeCommit(commit.header);
  const key = read.ok ? read.value.key : '';
  if (key === '') return 'unsigned';
  if (commit.signature === undefined || !isSignedBy(key, commitWords(commit.hash), commit.signature))
    return 'not-signed';
  return isKnown(key, commit.origin) ? 'signed' : 'unknown-key';
}
