// Conflicts as a memory record holds them (CW1, CW2).
import { assert } from '../base/assert.ts';
import type { Hash, Instant } from '../base/ports.ts';
import { compareTexts, lowestCommonAncestors } from './ancestry.ts';
import type { ConflictOrder, ConflictPage, ConflictQuery, OpenConflict, Side, Siblings } from './conflicts.ts';
import { decodeRevision } from './envelope.ts';
import { aroundOf } from './memory-around.ts';
import type { Kept, KeptRevision } from './memory-kept.ts';
import { keptOf, type MemoryRecord } from './memory-record.ts';
import { homeOfScope } from './scope.ts';
import type { ResourceKey, Visibility } from './store.ts';
import { authorOf } from './view.ts';
import { isVersionVisible, isVisible } from './visible.ts';

export function conflictsOf(record: MemoryRecord, query: ConflictQuery, visible: Visibility): ConflictPage {
  const around = aroundOf(record);
  const open: OpenConflict[] = [];
  for (const ofType of record.kept.values()) {
    for (const kept of ofType.values()) {
      const found = openOf(kept);
      if (found !== undefined && isAsked(found, query) && isVisible(visible, kept.seen, around)) open.push(found);
    }
  }
  open.sort((a, b) => comparePlaces(query.order, placeOf(a), placeOf(b)));
  const after = query.after === undefined ? undefined : (JSON.parse(query.after) as ConflictPlace);
  const rest = after === undefined ? open : open.filter((one) => comparePlaces(query.order, placeOf(one), after) > 0);
  const conflicts = rest.slice(0, query.count);
  const last = conflicts.at(-1);
  const isMore = last !== undefined && rest.length > conflicts.length;
  return { conflicts, total: open.length, ...(isMore ? { next: JSON.stringify(placeOf(last)) } : {}) };
}

function openOf(kept: Kept): OpenConflict | undefined {
  // Of one head there is nothing to decide, and nothing need be derived: most of a record is that.
  if (kept.heads.length < 2) return undefined;
  const { key, home, conflict, severity, versionId, lastUpdatedAt, heads } = kept.stored;
  if (!conflict || severity === undefined) return undefined;
  return { key, home, severity, versionId, lastUpdatedAt, heads, since: sinceOf(kept) };
}

const isAsked = ({ key, home, severity }: OpenConflict, query: ConflictQuery): boolean =>
  (query.severity === undefined || query.severity === severity) &&
  (query.types === undefined || query.types.includes(key.type)) &&
  (query.homes === undefined || query.homes.includes(home));

/** severity, since, type, id. */
export type ConflictPlace = readonly [string, Instant, string, string];
const placeOf = ({ severity, since, key }: OpenConflict): ConflictPlace => [severity, since, key.type, key.id];
function comparePlaces(order: ConflictOrder, a: ConflictPlace, b: ConflictPlace): number {
  const names = compareTexts(a[2], b[2]) || compareTexts(a[3], b[3]);
  return order === 'newest' ? b[1] - a[1] || names : compareTexts(a[0], b[0]) || a[1] - b[1] || names;
}

/** When the first version of several heads came after which it never had one alone. */
function sinceOf({ versions, stored }: Kept): Instant {
  let since: Instant | undefined;
  for (const { heads, lastUpdatedAt } of versions.values()) {
    since = heads.length < 2 ? undefined : (since ?? lastUpdatedAt);
  }
  return since ?? stored.lastUpdatedAt;
}

export function siblingsOf(record: MemoryRecord, key: ResourceKey, visible: Visibility): Siblings | undefined {
  const kept = keptOf(record, key);
  const around = aroundOf(record);
  if (kept === undefined || !isVisible(visible, kept.seen, around)) return undefined;
  const { revisions, heads, stored, seen } = kept;
  const lowest = heads.length < 2 ? [] : lowestCommonAncestors(revisions, heads);
  const mayBeSeen = ({ hash, labels, scope }: KeptRevision): boolean => {
    const homes = hash === stored.versionId ? [] : [homeOfScope(scope)];
    return isVersionVisible(visible, seen, { labels, homes }, around);
  };
  const sidesOf = (hashes: readonly Hash[]): readonly Side[] =>
    hashes.flatMap((hash) => {
      const revision = revisions.get(hash);
      return revision === undefined || !mayBeSeen(revision) ? [] : [sideOf(record, revision)];
    });
  const sides = sidesOf([...heads].sort(compareTexts));
  return {
    stored,
    heads: sides,
    ancestors: sidesOf(lowest),
    hidden: heads.length - sides.length,
    since: sinceOf(kept),
  };
}

function sideOf(record: MemoryRecord, revision: KeptRevision): Side {
  const { hash, generation, hlc, text, parents, kind, author, lastUpdatedAt, header } = revision;
  const commit = record.commits.find(({ revisions }) => revisions.some((one) => one.hash === hash));
  const decoded = decodeRevision(header);
  assert(decoded.ok && commit !== undefined, 'a kept revision has a header and came in a commit');
  return {
    hash,
    generation,
    hlc,
    text,
    parents,
    kind,
    ...authorOf(author),
    ...(author === undefined ? {} : { by: author }),
    authored: decoded.value.authored,
    receivedAt: lastUpdatedAt,
    origin: commit.origin,
    seq: commit.seq,
  };
}
