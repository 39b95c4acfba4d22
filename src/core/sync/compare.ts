// Which revisions one of two sets has and the other lacks, by fingerprints of ever smaller parts.
//
//   SY14  Equal parts cost one line, and what differs is found exactly.
//
// Names are hashes, so evenly spread: a part is all names with one prefix, and is split by the next character. A print is the
// hash of the part's names: no peer can make two different parts look the same.
import type { Digest, Hash } from '../base/ports.ts';

export interface Part {
  readonly prefix: string;
  readonly count: number;
  readonly print: Hash | '';
}
/** What the other side says of a part that differs: its names, or the prints of its parts. */
export type Difference =
  | { readonly prefix: string; readonly names: readonly Hash[] }
  | { readonly prefix: string; readonly parts: readonly Part[] };

/** Up to this many names are told outright. */
export const TOLD_MAX = 64;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export const partOf = (digest: Digest, prefix: string, names: readonly Hash[]): Part => ({
  prefix,
  count: names.length,
  print: names.length === 0 ? '' : digest.sha256(names.join('')),
});

/** What to say of the asker's `part`, given our `names` of that prefix; `undefined` where they are the same. */
export function difference(digest: Digest, part: Part, names: readonly Hash[]): Difference | undefined {
  const { prefix } = part;
  if (partOf(digest, prefix, names).print === part.print) return undefined;
  if (names.length <= TOLD_MAX || part.count === 0) return { prefix, names };
  return { prefix, parts: split(digest, prefix, names) };
}

function split(digest: Digest, prefix: string, names: readonly Hash[]): readonly Part[] {
  const groups = new Map<string, Hash[]>([...ALPHABET].map((letter) => [prefix + letter, []]));
  for (const name of names) groups.get(name.slice(0, prefix.length + 1))?.push(name);
  return [...groups].map(([longer, group]) => partOf(digest, longer, group));
}

/** The asker's next step: what is settled on either side, and which of the other's parts to look into with our own prints. */
export function weigh(
  digest: Digest,
  theirs: Difference,
  ours: readonly Hash[],
): { readonly missing: readonly Hash[]; readonly surplus: readonly Hash[]; readonly open: readonly Part[] } {
  if ('names' in theirs) {
    const known = new Set(ours);
    const told = new Set(theirs.names);
    return {
      missing: theirs.names.filter((name) => !known.has(name)),
      surplus: ours.filter((name) => !told.has(name)),
      open: [],
    };
  }
  const own = new Map(split(digest, theirs.prefix, ours).map((part) => [part.prefix, part]));
  const open = theirs.parts.flatMap((part) => {
    const mine = own.get(part.prefix);
    return mine === undefined || mine.print === part.print ? [] : [mine];
  });
  return { missing: [], surplus: [], open };
}
