// What collides between resources, as it is kept beside the record: derived from it, and made again by following it from the start.
//
//   CW15  A topic (a request, a bed, an identifier) is looked at when something that bears on it changes; its rows are what it came to.
import type { Instant } from '../base/ports.ts';

/** `Type/id` of everything that collides; homes: theirs. `about` says what they have in common: patient data, never for logs. */
export interface KeptCollision {
  readonly topic: string;
  readonly kind: string;
  readonly severity: 'S1' | 'S2' | 'S3';
  readonly names: readonly string[];
  readonly homes: readonly string[];
  readonly about: string;
  /** When it was first found here. */
  readonly since: Instant;
}
export interface CollisionQuery {
  readonly severity?: 'S1' | 'S2';
  readonly homes?: readonly string[];
  readonly types?: readonly string[];
  readonly limit: number;
}
export interface CollisionRows {
  /** Up to which arrival the record was followed; 0: not at all. */
  followed(): Promise<number>;
  /** The topics of rows that name one of `names`. */
  topicsNaming(names: readonly string[]): Promise<readonly string[]>;
  /** Replaces what is kept of each of `topics` by what of `found` is of it, and notes how far the record was followed, at once. */
  keep(
    topics: readonly string[],
    found: readonly Omit<KeptCollision, 'since'>[],
    arrival: number,
    at: Instant,
  ): Promise<void>;
  /** The gravest first, of each the oldest first; S3 only where no severity is asked. */
  list(query: CollisionQuery): Promise<readonly KeptCollision[]>;
  figures(): Promise<{ readonly S1: number; readonly S2: number; readonly oldestS1At?: Instant }>;
}

const sameKey = (a: Pick<KeptCollision, 'topic' | 'kind' | 'names'>, b: typeof a): boolean =>
  a.topic === b.topic && a.kind === b.kind && a.names.join() === b.names.join();

/** For tests, and for what keeps no disk. */
export function memoryCollisionRows(): CollisionRows {
  let rows: readonly KeptCollision[] = [];
  let arrival = 0;
  const open = (severity: string): readonly KeptCollision[] => rows.filter((row) => row.severity === severity);
  return {
    followed: async () => arrival,
    topicsNaming: async (names) => [
      ...new Set(rows.filter((row) => row.names.some((name) => names.includes(name))).map(({ topic }) => topic)),
    ],
    keep: async (topics, found, upTo, at) => {
      const fresh = found.map((one) => ({ ...one, since: rows.find((row) => sameKey(row, one))?.since ?? at }));
      rows = [...rows.filter(({ topic }) => !topics.includes(topic)), ...fresh];
      arrival = upTo;
    },
    list: async ({ severity, homes, types, limit }) =>
      rows
        .filter(
          (row) =>
            (severity === undefined || row.severity === severity) &&
            (homes === undefined || row.homes.some((home) => homes.includes(home))) &&
            (types === undefined || row.names.some((name) => types.includes(name.split('/')[0] ?? ''))),
        )
        .toSorted((a, b) => keyOf(a) - keyOf(b) || a.since - b.since || (a.topic < b.topic ? -1 : 1))
        .slice(0, limit),
    figures: async () => {
      const oldest = Math.min(...open('S1').map(({ since }) => since));
      return { S1: open('S1').length, S2: open('S2').length, ...(oldest === Infinity ? {} : { oldestS1At: oldest }) };
    },
  };
}
const keyOf = ({ severity }: KeptCollision): number => Number(severity.slice(1));
