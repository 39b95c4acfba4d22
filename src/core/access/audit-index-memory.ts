// The audit index in memory: the oracle for the others, and what the simulator uses. Names are kept as they are.
import { assert } from '../base/assert.ts';
import type { Hash, Instant } from '../base/ports.ts';
import { decodeCommit } from '../record/envelope.ts';
import type { ArrivedCommit, RecordStore } from '../record/store.ts';
import {
  comparePlaces,
  type AuditIndex,
  type ChainTipRow,
  type FoundEvent,
  type IndexedEvent,
  type IndexQuery,
  type IndexSums,
  type TailedRevision,
} from './audit-index.ts';

/** What several processes of a test share. */
export interface MemoryAuditRows {
  cursor: number;
  turnUntil: Instant;
  events: IndexedEvent[];
}
export const newMemoryAuditRows = (): MemoryAuditRows => ({ cursor: 0, turnUntil: 0, events: [] });

const PAGE = 1_000;

export function createMemoryAuditIndex(
  store: Pick<RecordStore, 'feed'>,
  rows: MemoryAuditRows = newMemoryAuditRows(),
): AuditIndex {
  const found = async (events: readonly IndexedEvent[]): Promise<readonly FoundEvent[]> => {
    const all: FoundEvent[] = [];
    for (const { at, order, kind, position, arrival } of events) {
      const [commit] = await store.feed(arrival - 1, 1);
      const revision = commit && tailed(commit)[kind === 'line' ? 0 : position];
      assert(revision !== undefined, 'an indexed event stands in a commit');
      all.push({ at, order, kind, position, revision });
    }
    return all;
  };
  const commits = async (): Promise<readonly ArrivedCommit[]> => {
    const all: ArrivedCommit[] = [];
    for (;;) {
      const page = await store.feed(all.at(-1)?.arrival ?? 0, PAGE);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  };
  return {
    cursor: async () => rows.cursor,
    claimTurn: async (now, until) => {
      if (rows.turnUntil > now) return false;
      rows.turnUntil = until;
      return true;
    },
    tail: async (after, count) => (await store.feed(after, count)).flatMap(tailed),
    advance: async (from, to, events) => {
      if (rows.cursor !== from) return false;
      rows.cursor = to;
      rows.events.push(...events);
      return true;
    },
    find: async (query) =>
      found(
        rows.events
          .filter((event) => isAsked(event, query))
          .sort(comparePlaces)
          .slice(0, query.count),
      ),
    findWrites: async (orders) =>
      found(rows.events.filter(({ kind, order }) => kind === 'write' && orders.includes(order))),
    clear: async () => {
      rows.cursor = 0;
      rows.events = [];
    },
    sums: async (arrival) => sumsOf(rows.events.filter((event) => event.arrival <= arrival)),
    summing: () => {
      const all: IndexedEvent[] = [];
      return { add: (events) => void all.push(...events), sums: () => sumsOf(all) };
    },
    tips: async () => {
      const tips = new Map<string, ChainTipRow>();
      for (const { origin, seq, hash } of await commits()) tips.set(origin, { origin, seq, hash });
      return [...tips.values()];
    },
    hashesAt: async (places) => {
      const known = new Map<string, Hash>();
      for (const { origin, seq, hash } of await commits()) known.set(`${origin} ${seq}`, hash);
      return places.map(({ origin, seq }) => known.get(`${origin} ${seq}`));
    },
    close: async () => undefined,
  };
}

function tailed({ arrival, origin, header, revisions }: ArrivedCommit): TailedRevision[] {
  const commit = decodeCommit(header);
  const receivedAt = commit.ok ? commit.value.receivedAt : 0;
  return revisions.map(({ hash, header: text }, entry) => ({
    arrival,
    entry,
    origin,
    hash,
    header: text,
    receivedAt,
  }));
}

function isAsked(event: IndexedEvent, { patient, who, from, to, after }: IndexQuery): boolean {
  if (patient !== undefined && !event.patients.includes(patient)) return false;
  if (who !== undefined && event.who !== who) return false;
  if ((from !== undefined && event.at < from) || (to !== undefined && event.at >= to)) return false;
  return after === undefined || comparePlaces(event, after) > 0;
}

/** Here simply the rows themselves, printed in order. */
function sumsOf(events: Iterable<IndexedEvent>): IndexSums {
  const lines = [...events].map(({ at, order, arrival, kind, position, who, patients }) =>
    JSON.stringify([at, order, arrival, kind, position, who ?? null, patients]),
  );
  return lines.sort();
}
