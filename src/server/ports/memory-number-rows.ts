// Number lanes in memory: for tests, and for what keeps nothing.
import type { LaneOpening, LaneRow, NumberNote, NumberRows, TakenNumbers } from './number-rows.ts';

/** What a disk holds; a copy of it is a restored disk. */
export interface NumberDisk {
  readonly lanes: Map<string, LaneRow>;
  readonly notes: NumberNote[];
}
export const emptyNumberDisk = (): NumberDisk => ({ lanes: new Map(), notes: [] });
export const copyOfNumberDisk = ({ lanes, notes }: NumberDisk): NumberDisk => ({
  lanes: new Map(lanes),
  notes: [...notes],
});

export function memoryNumberRows({ lanes, notes }: NumberDisk = emptyNumberDisk()): NumberRows {
  return {
    take: async (series, incarnation, count, ceiling) => {
      for (const row of lanes.values()) {
        if (row.series !== series || row.incarnation !== incarnation || row.next >= ceiling) continue;
        const taken: TakenNumbers = { lane: row.lane, first: row.next, count: Math.min(count, ceiling - row.next) };
        lanes.set(row.lane, { ...row, next: row.next + taken.count });
        return taken;
      }
      return undefined;
    },
    open: async ({ lane, series, incarnation, first }: LaneOpening, again) => {
      const known = lanes.get(lane);
      if (known !== undefined) {
        if (!again || known.series !== series || known.incarnation === incarnation) return false;
      }
      lanes.set(lane, { lane, series, incarnation, next: Math.max(first, known?.next ?? 0) });
      return true;
    },
    lanes: async () => [...lanes.values()].toSorted((a, b) => (a.lane < b.lane ? -1 : 1)),
    note: async (note) => {
      notes.push(note);
    },
    notes: async (limit) => notes.toReversed().slice(0, limit),
    close: async () => undefined,
  };
}
