// Follows the record's commits and tells the index what happened in them: the entries of batches, and every write.
//
// Invariants (specs/audit.md)
//   AU15 After `catchUp` the index holds every event of what was committed before the call.
//   AU16 What is indexed of a commit is a function of the commit.
import { batchId, decodeEntry, readBatchId } from '../../core/access/audit-lines.ts';
import {
  lineOrders,
  orderOf,
  type AuditIndex,
  type IndexedEvent,
  type TailedRevision,
} from '../../core/access/audit-index.ts';
import { nameOfAuthor } from '../../core/access/render-audit-event.ts';
import type { Digest, Hash } from '../../core/base/ports.ts';
import { decodeRevision, type RevisionHeader } from '../../core/record/envelope.ts';
import { homeOfScope } from '../../core/record/scope.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { unpackBatch, type Unpacked } from './batch-binary.ts';

/** A page ends at the first of: these commits, or a commit with which there are as many events. */
const COMMITS = 500;
const EVENTS = 2_000;
/** No arrival comes after it: asked of the feed, it numbers what was committed and answers nothing. */
const END = Number.MAX_SAFE_INTEGER;

export interface FillerOptions {
  readonly store: Pick<RecordStore, 'feed' | 'read' | 'readVersion'>;
  readonly index: AuditIndex;
  readonly digest: Digest;
}

export class IndexFiller {
  readonly #options: FillerOptions;

  constructor(options: FillerOptions) {
    this.#options = options;
  }

  /** Resolves when all that was committed before the call is in the index. */
  async catchUp(): Promise<void> {
    await this.#options.store.feed(END, 1);
    while (await this.step());
  }

  /** One page of commits. False where there was none. */
  async step(): Promise<boolean> {
    const { index } = this.#options;
    const from = await index.cursor();
    const events: IndexedEvent[] = [];
    let to = from;
    for (const revision of await index.tail(from, COMMITS)) {
      // Whole commits alone: the cursor stands between them.
      if (revision.arrival > to && events.length >= EVENTS) break;
      to = revision.arrival;
      events.push(...(await eventsOf(this.#options, revision)));
    }
    if (to === from) return false;
    // Where another process was faster, its rows are the same, and the next page begins after them.
    await index.advance(from, to, events);
    return true;
  }
}

/** What happened in a revision. */
export async function eventsOf(
  { store, digest }: Pick<FillerOptions, 'store' | 'digest'>,
  revision: TailedRevision,
): Promise<readonly IndexedEvent[]> {
  const header = decodeRevision(revision.header);
  // Of a later version: carried, not read.
  if (!header.ok) return [];
  const unpacked = await batchOf(store, revision.hash, header.value);
  return unpacked === undefined ? [writeEvent(digest, revision, header.value)] : lineEvents(digest, revision, unpacked);
}

/** The batch that a revision brought; undefined where it brought something else. */
export async function batchOf(
  store: Pick<RecordStore, 'read' | 'readVersion'>,
  hash: Hash,
  { type, id, parents, kind }: RevisionHeader,
): Promise<Unpacked | undefined> {
  if (type !== 'Binary' || kind !== 'put' || parents.length > 0) return undefined;
  const name = readBatchId(id);
  if (name === undefined || name.position !== undefined) return undefined;
  // Nobody else sees a batch; what is none by its label is not unpacked.
  const [now] = await store.read([{ type, id }], EVERYTHING);
  const stored = now?.versionId === hash ? now : await store.readVersion({ type, id }, hash, EVERYTHING);
  return stored === undefined || stored.text === '' ? undefined : unpackBatch(stored.text);
}

function writeEvent(digest: Digest, revision: TailedRevision, { scope, author }: RevisionHeader): IndexedEvent {
  const { receivedAt, hash, arrival, entry } = revision;
  const home = homeOfScope(scope);
  const who = author?.practitioner;
  return {
    at: receivedAt,
    order: orderOf(digest, hash),
    arrival,
    kind: 'write',
    position: entry,
    ...(who === undefined ? {} : { who: nameOfAuthor(who) }),
    patients: home === '' ? [] : [home],
  };
}

function lineEvents(digest: Digest, { arrival }: TailedRevision, { batch }: Unpacked): IndexedEvent[] {
  const events: IndexedEvent[] = [];
  const orderAt = lineOrders(digest, batchId(batch));
  batch.lines.forEach((line, position) => {
    const entry = decodeEntry(line);
    if (!entry.ok) return;
    const { at, who, patients = [] } = entry.value;
    events.push({
      at,
      order: orderAt(position),
      arrival,
      kind: 'line',
      position,
      ...(who === undefined ? {} : { who }),
      patients: patients.length < 2 ? patients : [...new Set(patients)],
    });
  });
  return events;
}
