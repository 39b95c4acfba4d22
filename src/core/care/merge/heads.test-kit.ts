// Heads of one resource as text, for tests of what is made of them.
import { sha256 } from '../../base/sha256.ts';
import type { MergeHead } from './merged.ts';

export const head = (name: string, text: string | undefined, more: Partial<MergeHead> = {}): MergeHead => ({
  hash: sha256(name),
  generation: 2,
  hlc: '0002',
  text,
  ...more,
});
/** `members`: JSON, without the braces. */
export const body = (type: string, members: string): string =>
  `{"resourceType":"${type}","id":"1"${members === '' ? '' : `,${members}`}}`;
