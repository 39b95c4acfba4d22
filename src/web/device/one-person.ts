// The records of one person that are here, by their links: a chart is read of all of them (ID20).
import { linksOf, neighboursOf } from '../../core/care/identity/patient-links.ts';
import type { MemoryRecord } from '../../core/record/memory-record.ts';

/** More records of one person are a mistake; what is beyond is left out of the chart, never out of the record. */
const RECORDS_MAX = 100;

interface Linked {
  readonly edition: number;
  readonly near: ReadonlyMap<string, ReadonlySet<string>>;
}
const known = new WeakMap<MemoryRecord, Linked>();

/** Ids of all records of the same person, `id` the first. */
export function recordsOfPerson(record: MemoryRecord, id: string): readonly string[] {
  const near = linkedIn(record);
  const found = [id];
  for (let at = 0; at < found.length && found.length < RECORDS_MAX; at++)
    for (const other of near.get(found[at] ?? '') ?? []) if (!found.includes(other)) found.push(other);
  return found;
}

function linkedIn(record: MemoryRecord): Linked['near'] {
  const before = known.get(record);
  if (before?.edition === record.edition) return before.near;
  const near = new Map<string, Set<string>>();
  const join = (a: string, b: string): void => {
    const others = near.get(a);
    if (others === undefined) near.set(a, new Set([b]));
    else others.add(b);
  };
  for (const [id, { bodies }] of record.kept.get('Patient') ?? []) {
    // Of all heads: links that stand on one side of a conflict join, too.
    for (const body of bodies) {
      if (body['link'] === undefined) continue;
      for (const other of neighboursOf(linksOf(body))) {
        join(id, other);
        join(other, id);
      }
    }
  }
  known.set(record, { edition: record.edition, near });
  return near;
}
