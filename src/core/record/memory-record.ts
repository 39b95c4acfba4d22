// What a memory store keeps, and how one resource changes when a revision lands. Values are replaced, never changed in
// place, so that a commit is built aside and then set at once (RS2).
//
// What follows from revisions and heads is derived when it is first asked for, in `memory-kept.ts`: a device that starts reads
// 60,000 revisions, and shows one patient.
import type { Hash } from '../base/ports.ts';
import { HLC_START, type Hlc } from './hlc.ts';
import type { Kept } from './memory-kept.ts';
import type { ArrivedCommit, ResourceKey } from './store.ts';

/** Everything a memory store knows. A second store over the same record is the first one reopened. */
export interface MemoryRecord {
  /** By type and id. Changed by `setKept` alone. */
  readonly kept: Map<string, Map<string, Kept>>;
  /** The same by home compartment and name, of patients alone: a chart is read without a walk over the record. */
  readonly homes: Map<string, Map<string, Kept>>;
  readonly commits: ArrivedCommit[];
  lastHlc: Hlc;
  /** Grows with every change: what was derived at the same number still holds. */
  edition: number;
  /** Told of every change: in whose compartment it was, or is; '' for none. */
  changed: ((home: string, key?: ResourceKey) => void) | undefined;
}
export const newMemoryRecord = (): MemoryRecord => ({
  kept: new Map(),
  homes: new Map(),
  commits: [],
  lastHlc: HLC_START,
  edition: 0,
  changed: undefined,
});

/** Sets or, where `kept` is undefined, takes away what is kept under `key`. */
export function setKept(record: MemoryRecord, key: ResourceKey, kept: Kept | undefined): void {
  const { type, id } = key;
  const name = `${type}/${id}`;
  let ofType = record.kept.get(type);
  const before = ofType?.get(id)?.seen.home;
  const after = kept?.seen.home;
  if (kept === undefined) ofType?.delete(id);
  else {
    if (ofType === undefined) record.kept.set(type, (ofType = new Map()));
    ofType.set(id, kept);
  }
  if (before !== undefined && before !== '' && before !== after) {
    const home = record.homes.get(before);
    home?.delete(name);
    if (home?.size === 0) record.homes.delete(before);
  }
  if (kept !== undefined && after !== undefined && after !== '') {
    const home = record.homes.get(after);
    if (home === undefined) record.homes.set(after, new Map([[name, kept]]));
    else home.set(name, kept);
  }
  record.edition += 1;
  if (record.changed === undefined) return;
  if (after !== undefined) record.changed(after, key);
  if (before !== undefined && before !== after) record.changed(before, key);
}

export const keptOf = (record: MemoryRecord, { type, id }: ResourceKey): Kept | undefined =>
  record.kept.get(type)?.get(id);

/** The scope of what a revision without a body deletes: that of its first parent here. */
export function inheritedScope(kept: Kept | undefined, parents: readonly Hash[]): readonly string[] {
  const parent = parents.map((hash) => kept?.revisions.get(hash)).find((each) => each !== undefined);
  return parent?.scope ?? [];
}
