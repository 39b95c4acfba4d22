// What a memory record tells beyond a RecordStore: a whole chart at once, each resource parsed, with who wrote what is shown.
//
//   BD4  A compartment is every live resource of that home that may be seen, and nothing else: what came is in it, what went is not.
import { assert } from '../base/assert.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type { Hash } from '../base/ports.ts';
import { aroundOf } from './memory-around.ts';
import type { Kept } from './memory-kept.ts';
import { keptOf, type MemoryRecord } from './memory-record.ts';
import type { Author, ResourceKey, Stored, Visibility } from './store.ts';
import { isVisible, type Around } from './visible.ts';

/** A live resource as it is shown. */
export interface Here {
  readonly stored: Stored;
  /** `stored.text` for reading: numbers are JavaScript's. */
  readonly resource: ResourceJson;
  /** Of the head that is shown, or leads. */
  readonly author?: Author;
  readonly displayed: Hash;
}

/** `home`: `Patient/1`. In no order. */
export function compartmentOf(record: MemoryRecord, home: string, visible: Visibility): readonly Here[] {
  const around = aroundOf(record);
  return [...(record.homes.get(home)?.values() ?? [])].flatMap((kept) => hereOf(kept, visible, around) ?? []);
}

/** In the order of `keys`; undefined where nothing live is to be seen. */
export function readHere(
  record: MemoryRecord,
  keys: readonly ResourceKey[],
  visible: Visibility,
): readonly (Here | undefined)[] {
  const around = aroundOf(record);
  return keys.map((key) => {
    const kept = keptOf(record, key);
    return kept === undefined ? undefined : hereOf(kept, visible, around);
  });
}

function hereOf(kept: Kept, visible: Visibility, around: Around): Here | undefined {
  const { stored, revisions, seen } = kept;
  if (stored.deleted || !isVisible(visible, seen, around)) return undefined;
  const author = revisions.get(stored.displayed)?.author;
  return {
    stored,
    // Read when it is asked for: on its way to a page nobody asks.
    get resource() {
      const [shown] = kept.bodies;
      assert(shown !== undefined, 'what is live has a body, and the first is what is shown');
      return shown;
    },
    displayed: stored.displayed,
    ...(author === undefined ? {} : { author }),
  };
}
