// Which revisions one of two sets has and the other lacks, by fingerprints of ever smaller parts.
//
//   SY14  Equal parts cost one line, and what differs is found exactly.
//   SY34  No message, and neither side, holds more names than a page.
//
// Names are hashes, so evenly spread: a part is all names with one prefix, and is split by the next character. A print is the
// hash of the part's names: no peer can make two different parts look the same. The lower side walks in `reconcile.ts`, the upper
// one answers in `answer.ts`.
import type { Digest, Hash } from '../base/ports.ts';
import type { Mark } from './ports.ts';

export interface Part {
  readonly prefix: string;
  readonly count: number;
  readonly print: Hash | '';
}
/** What the other side says of a part that differs: its names, or the prints of its parts. */
export type Difference =
  | { readonly prefix: string; readonly names: readonly Hash[] }
  | { readonly prefix: string; readonly parts: readonly Part[] };

/** Up to this many names are told outright; and up to this many where the asker has none. */
export const TOLD_MAX = 64;
const TOLD_TO_NONE_MAX = 1024;
/** About so many parts are asked about in one message, and so many names and parts are told in one. */
export const ASKED_MAX = 64;
export const REPLY_MAX = 8192;

/** Ascending, as names are sorted. */
const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz';

export const partOf = (digest: Digest, prefix: string, names: readonly Hash[]): Part => ({
  prefix,
  count: names.length,
  print: names.length === 0 ? '' : digest.sha256(names.join('')),
});

/** The prefixes of the parts of a part, in the order of their names. */
export const partsOf = (prefix: string): readonly string[] => [...ALPHABET].map((letter) => prefix + letter);

/** Whether names are told outright: there are few, or the asker has none and they are not too many for a message. */
export const isTold = (asked: Part, ours: Part): boolean =>
  ours.count <= TOLD_MAX || (asked.count === 0 && ours.count <= TOLD_TO_NONE_MAX);

/** Which of the told parts differ from ours (`own`: the same prefixes): ours of them, to be asked about next. */
export const openParts = (told: readonly Part[], own: readonly Part[]): readonly Part[] => {
  const prints = new Map(told.map(({ prefix, print }) => [prefix, print]));
  return own.filter(({ prefix, print }) => prints.has(prefix) && prints.get(prefix) !== print);
};

const PRINTS = new WeakMap<readonly Mark[], Hash>();

/** Names marks in a hello. Of the same array it is made once. */
export function printOfMarks(digest: Digest, marks: readonly Mark[]): Hash {
  let print = PRINTS.get(marks);
  if (print === undefined) {
    print = digest.sha256(JSON.stringify([...marks].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
    PRINTS.set(marks, print);
  }
  return print;
}
