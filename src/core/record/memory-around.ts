// What a memory record holds around a resource, for the rules of a visibility that ask for it (RS28).
import type { MemoryRecord } from './memory-record.ts';
import type { ResourceFilter } from './store.ts';
import { filterMatcher, type Around } from './visible.ts';

const known = new WeakMap<MemoryRecord, { readonly edition: number; readonly around: Around }>();

/** Of the record as it stands; not to be kept. Each filter walks its types once for as long as nothing changes. */
export function aroundOf(record: MemoryRecord): Around {
  const before = known.get(record);
  if (before?.edition === record.edition) return before.around;
  const around = madeAround(record);
  known.set(record, { edition: record.edition, around });
  return around;
}

function madeAround(record: MemoryRecord): Around {
  // Rights make filters anew each minute: those that nobody holds any more go.
  const homesOf = new WeakMap<ResourceFilter, ReadonlySet<string>>();
  const finds = (filter: ResourceFilter, home: string): boolean => {
    let homes = homesOf.get(filter);
    if (homes === undefined) homesOf.set(filter, (homes = homesWith(record, filter)));
    return homes.has(home);
  };
  return {
    findsAny: (group, home) => group.some((filter) => finds(filter, home)),
    findsNone: (group, home) => !group.some((filter) => finds(filter, home)),
  };
}

function homesWith(record: MemoryRecord, filter: ResourceFilter): ReadonlySet<string> {
  const matches = filterMatcher(filter);
  const homes = new Set<string>();
  for (const type of new Set(filter.types)) {
    for (const { indexed, seen } of record.kept.get(type)?.values() ?? []) {
      if (indexed !== undefined && seen.home !== '' && !homes.has(seen.home) && matches(indexed)) homes.add(seen.home);
    }
  }
  return homes;
}
