// What was promised to people, written down beside the nodes, and looked for at the end.
//
//   DR1  Only what was acknowledged is an entry; what nobody answered is counted apart.
//   DR2  Found means: the entry's own mark stands in the resource, or in its history.
//   DR3  Excused means: no other node held it, looked up before the disk of the only one that did was destroyed.

export type DurabilityClass = 'D0' | 'D1' | 'D1m' | 'D2' | 'D3';

export interface Acknowledged {
  /** Stands in the resource, and in no other. */
  readonly mark: string;
  readonly type: string;
  readonly id: string;
  /** Who said that it is safe: a node, or a device. */
  readonly by: string;
  readonly tier: 'region' | 'site' | 'device';
  readonly durability: DurabilityClass;
  /** Since the start of the drill. */
  readonly atMs: number;
  /** The node that this patient belongs to. */
  readonly home: string;
  readonly patient: string;
}

/** The text of a resource and of its history, as far as the node shows them; `undefined`: it has none. */
export type LookUp = (entry: Acknowledged) => Promise<string | undefined>;

export interface Judgement {
  readonly acknowledged: number;
  readonly lost: readonly Acknowledged[];
  readonly excused: readonly Acknowledged[];
}

export interface Ledger {
  acknowledge(entry: Acknowledged): void;
  unanswered(): void;
  readonly entries: readonly Acknowledged[];
  readonly unansweredCount: () => number;
  /**
   * Before the disk of `node` is destroyed: which of what it acknowledged is held by nobody else. `elsewhere` looks at all
   * other nodes that live or will live again.
   */
  beforeDestruction(node: string, elsewhere: LookUp): Promise<number>;
  /** After healing: what `at` does not have. */
  judge(entries: readonly Acknowledged[], at: LookUp): Promise<Judgement>;
}

const LOOKUPS_AT_A_TIME = 12;

export function createLedger(): Ledger {
  const entries: Acknowledged[] = [];
  const excusable = new Set<string>();
  let unanswered = 0;
  const missing = async (of: readonly Acknowledged[], at: LookUp): Promise<readonly Acknowledged[]> => {
    const found = await inParallel(
      LOOKUPS_AT_A_TIME,
      of,
      async (entry) => (await at(entry))?.includes(entry.mark) === true,
    );
    return of.filter((_, n) => found[n] !== true);
  };
  return {
    acknowledge: (entry) => void entries.push(entry),
    unanswered: () => {
      unanswered += 1;
    },
    entries,
    unansweredCount: () => unanswered,
    beforeDestruction: async (node, elsewhere) => {
      const only = await missing(
        entries.filter((entry) => entry.by === node),
        elsewhere,
      );
      for (const { mark } of only) excusable.add(mark);
      return only.length;
    },
    judge: async (of, at) => {
      const gone = await missing(of, at);
      return {
        acknowledged: of.length,
        lost: gone.filter(({ mark }) => !excusable.has(mark)),
        excused: gone.filter(({ mark }) => excusable.has(mark)),
      };
    },
  };
}

/** `work` for each, so many at a time; results in the order of `items`. */
export async function inParallel<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, async () => {
      for (let n = next++; n < items.length; n = next++) {
        const item = items[n];
        if (item !== undefined) results[n] = await work(item);
      }
    }),
  );
  return results;
}
