// When each node below was last here, and whether two are alive under one key.
//
//   NL30  Two incarnations of one key that come in turns are a clone: a node that only restarted never comes back as it was.
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';

export interface Sighting {
  readonly incarnation: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Commits that it brought, since this process's memory of it began. */
  readonly pushed: number;
}
export interface PeerSightings {
  /** Cheap: writes at most every few seconds. */
  saw(node: string, incarnation: string, pushed: number): void;
  /** Of all nodes, latest first in each. */
  all(): Promise<ReadonlyMap<string, readonly Sighting[]>>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

const KIND = 'PeerSeen';
const KEEP_MS = 30 * 86_400_000;
const SEEN_MAX = 10_000;
const WRITE_MS = 5_000;
/** Requests that were under way when a node ended may be answered after its next start. */
const IN_TURNS_MS = 3_000;
/** A clone that was put right is not held against the node for ever. */
const SUSPECT_MS = 15 * 60_000;

/** Of each key several incarnations, of which the last few count. */
export const isClone = (sightings: readonly Sighting[], now: Instant): boolean =>
  sightings.some((old) =>
    sightings.some(
      (other) =>
        other.incarnation !== old.incarnation &&
        old.firstAt <= other.firstAt &&
        old.lastAt > other.firstAt + IN_TURNS_MS &&
        now - Math.min(old.lastAt, other.lastAt) < SUSPECT_MS,
    ),
  );

export function openPeerSightings(deps: {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  /** Names this process's own rows: two processes never write one. */
  readonly process: string;
  readonly trouble: (error: unknown) => void;
}): PeerSightings {
  const { rows, clock } = deps;
  const seen = new Map<string, { readonly node: string; sighting: Sighting; writtenAt: number; dirty: boolean }>();
  const write = async (id: string): Promise<void> => {
    const one = seen.get(id);
    if (one?.dirty !== true) return;
    one.writtenAt = performance.now();
    one.dirty = false;
    const value = JSON.stringify({ node: one.node, ...one.sighting });
    try {
      await rows.put(KIND, `${id} ${deps.process}`, value, { expiresAt: clock.now() + KEEP_MS });
    } catch (error) {
      one.dirty = true;
      throw error;
    }
  };
  return {
    saw: (node, incarnation, pushed) => {
      const id = `${node} ${incarnation}`;
      const now = clock.now();
      const known = seen.get(id);
      if (known === undefined) {
        if (seen.size >= SEEN_MAX) seen.clear();
        seen.set(id, {
          node,
          sighting: { incarnation, firstAt: now, lastAt: now, pushed },
          writtenAt: -WRITE_MS,
          dirty: true,
        });
      } else {
        known.sighting = { ...known.sighting, lastAt: now, pushed: known.sighting.pushed + pushed };
        known.dirty = true;
      }
      const one = seen.get(id);
      if (one !== undefined && performance.now() - one.writtenAt >= WRITE_MS) void write(id).catch(deps.trouble);
    },
    all: async () => {
      await Promise.all([...seen.keys()].map(write));
      const found = new Map<string, Map<string, Sighting>>();
      for (const { value } of await rows.list(KIND)) {
        const one: Sighting & { readonly node: string } = JSON.parse(value);
        const ofNode = found.get(one.node) ?? new Map<string, Sighting>();
        const before = ofNode.get(one.incarnation);
        ofNode.set(one.incarnation, {
          incarnation: one.incarnation,
          firstAt: Math.min(one.firstAt, before?.firstAt ?? one.firstAt),
          lastAt: Math.max(one.lastAt, before?.lastAt ?? one.lastAt),
          pushed: one.pushed + (before?.pushed ?? 0),
        });
        found.set(one.node, ofNode);
      }
      return new Map(
        [...found].map(([node, sightings]) => [node, [...sightings.values()].sort((a, b) => b.lastAt - a.lastAt)]),
      );
    },
    close: async () => {
      await Promise.all([...seen.keys()].map(write));
    },
  };
}
