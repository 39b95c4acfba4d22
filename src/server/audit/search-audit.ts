// One page of AuditEvents: what the index knows, and what stands in the journals of the folder and is not in the record yet.
//
// Invariants (specs/audit.md)
//   AU17 Everything recorded before the call is in the answer, whichever process of the node recorded it; each event once.
//   AU18 Newest first; pages follow each other by cursor without gap or repetition, while entries become batches meanwhile.
import {
  comparePlaces,
  lineOrders,
  orderOf,
  type AuditIndex,
  type EventPlace,
  type FoundEvent,
} from '../../core/access/audit-index.ts';
import { batchId, decodeEntry, eventId, readBatchId, type BatchName } from '../../core/access/audit-lines.ts';
import { nameOfAuthor, renderEntry, renderWrite } from '../../core/access/render-audit-event.ts';
import type { AuditPage, AuditQuery, RenderedEvent } from '../../core/access/audit-trail.ts';
import type { Digest } from '../../core/base/ports.ts';
import { decodeRevision, isHash, type RevisionHeader } from '../../core/record/envelope.ts';
import { homeOfScope } from '../../core/record/scope.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { batchOf, type IndexFiller } from './fill-index.ts';
import { unpackBatch } from './batch-binary.ts';
import { listSegments, readSegment } from './segments.ts';

export interface SearchOptions {
  readonly store: Pick<RecordStore, 'read' | 'readVersion'>;
  readonly index: AuditIndex;
  readonly filler: IndexFiller;
  readonly digest: Digest;
  readonly folder: string;
}
/** An event with what it is found by. */
interface Event extends EventPlace {
  readonly id: string;
  readonly who: string | undefined;
  readonly patients: readonly string[];
  readonly render: () => RenderedEvent;
}

const CURSOR = /^([0-9]{1,16})\.([0-9]{1,16})$/;

/** See `AuditReader.search`. What this process holds in memory must have been written before. */
export async function searchAudit(options: SearchOptions, query: AuditQuery): Promise<AuditPage> {
  const after = placeOf(query.after);
  // First the files, then the record: what leaves a file meanwhile is in the record by then.
  const waiting = pendingEvents(options);
  await options.filler.catchUp();
  const found =
    query.ids === undefined
      ? await indexedEvents(options, query, after)
      : await namedEvents(options, query.ids, waiting);
  const events = new Map<string, Event>();
  for (const event of [...found, ...(query.ids === undefined ? waiting : [])]) {
    if (isAsked(event, query) && (after === undefined || comparePlaces(event, after) > 0)) events.set(event.id, event);
  }
  const all = [...events.values()].sort(comparePlaces);
  const page = all.slice(0, query.count);
  const last = page.at(-1);
  return {
    events: page.map(({ render }) => render()),
    ...(last !== undefined && all.length > page.length ? { next: `${last.at}.${last.order}` } : {}),
  };
}

function placeOf(cursor: string | undefined): EventPlace | undefined {
  const [, at, order] = CURSOR.exec(cursor ?? '') ?? [];
  return at === undefined || order === undefined ? undefined : { at: Number(at), order: Number(order) };
}

function isAsked(event: Event, { ids, patients, who, from, to }: AuditQuery): boolean {
  if (ids !== undefined && !ids.includes(event.id)) return false;
  if (patients !== undefined && !patients.some((patient) => event.patients.includes(patient))) return false;
  if (who !== undefined && (event.who === undefined || !who.includes(event.who))) return false;
  return (from === undefined || event.at >= from) && (to === undefined || event.at < to);
}

/** Lines of all journals of the folder that are not in the record, or are on their way. */
function pendingEvents({ folder, digest }: SearchOptions): readonly Event[] {
  return listSegments(folder).flatMap((name) => {
    const open = lineReader(digest, name);
    return (readSegment(folder, name)?.lines ?? []).flatMap((line, position) => open(line, position) ?? []);
  });
}

/** Opens the lines of a batch, or of the file that will be one. */
function lineReader(digest: Digest, name: BatchName): (line: string, position: number) => Event | undefined {
  const orderAt = lineOrders(digest, batchId(name));
  return (line, position) => {
    const decoded = decodeEntry(line);
    if (!decoded.ok) return undefined;
    const entry = decoded.value;
    const { at, who, patients = [] } = entry;
    const id = eventId(name, position);
    return { id, at, order: orderAt(position), who, patients, render: () => renderEntry(id, entry, name.journal) };
  };
}

function writeEvent({ at, order, revision }: FoundEvent, header: RevisionHeader): Event {
  const { hash, receivedAt, origin } = revision;
  const home = homeOfScope(header.scope);
  const who = header.author?.practitioner;
  return {
    id: hash,
    at,
    order,
    who: who === undefined ? undefined : nameOfAuthor(who),
    patients: home === '' ? [] : [home],
    render: () => renderWrite({ hash, header, receivedAt, origin }),
  };
}

/** The newest after `after` of every patient and person that is asked for, one more than the page holds of each. */
async function indexedEvents(
  options: SearchOptions,
  { patients, who, from, to, count }: AuditQuery,
  after: EventPlace | undefined,
): Promise<readonly Event[]> {
  const found: FoundEvent[] = [];
  for (const patient of patients ?? [undefined]) {
    for (const person of who ?? [undefined]) {
      const asked = {
        ...(patient === undefined ? {} : { patient }),
        ...(person === undefined ? {} : { who: person }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(after === undefined ? {} : { after }),
        count: count + 1,
      };
      found.push(...(await options.index.find(asked)));
    }
  }
  return opened(options, found);
}

const BATCHES_AT_ONCE = 10;

/** What was found, read. A batch is read once for all its lines, some batches at a time. */
async function opened({ store, digest }: SearchOptions, found: readonly FoundEvent[]): Promise<readonly Event[]> {
  const byBatch = new Map<string, FoundEvent[]>();
  const events: Event[] = [];
  for (const each of found) {
    const { kind, revision } = each;
    if (kind === 'line') byBatch.set(revision.hash, [...(byBatch.get(revision.hash) ?? []), each]);
    else {
      const header = decodeRevision(revision.header);
      if (header.ok) events.push(writeEvent(each, header.value));
    }
  }
  const groups = [...byBatch.values()];
  for (let at = 0; at < groups.length; at += BATCHES_AT_ONCE) {
    const some = groups.slice(at, at + BATCHES_AT_ONCE).map(async (lines) => openedLines(store, digest, lines));
    for (const each of await Promise.all(some)) events.push(...each);
  }
  return events;
}

/** Lines of one batch. */
async function openedLines(
  store: Pick<RecordStore, 'read' | 'readVersion'>,
  digest: Digest,
  found: readonly FoundEvent[],
): Promise<readonly Event[]> {
  const { hash = '', header = '' } = found[0]?.revision ?? {};
  const decoded = decodeRevision(header);
  const unpacked = decoded.ok ? await batchOf(store, hash, decoded.value) : undefined;
  if (unpacked === undefined) return [];
  const open = lineReader(digest, unpacked.batch);
  return found.flatMap(({ position }) => open(unpacked.batch.lines[position] ?? '', position) ?? []);
}

/** Events by id: the name of a line says where it stands; a write is named by its hash. */
async function namedEvents(
  options: SearchOptions,
  ids: readonly string[],
  waiting: readonly Event[],
): Promise<readonly Event[]> {
  const { store, index, digest } = options;
  const asked = new Set(ids);
  const events = waiting.filter(({ id }) => asked.has(id));
  const hashes = [...asked].filter(isHash);
  if (hashes.length > 0) {
    const found = await index.findWrites(hashes.map((hash) => orderOf(digest, hash)));
    events.push(...(await opened(options, found)));
  }
  for (const id of asked) {
    const name = readBatchId(id);
    if (name?.position === undefined) continue;
    // The id may be anybody's word: what it names counts as a batch by its label alone, which no client can set (AC31).
    const [stored] = await store.read([{ type: 'Binary', id: id.slice(0, id.lastIndexOf('-')) }], EVERYTHING);
    const unpacked = stored === undefined || stored.text === '' ? undefined : await unpackBatch(stored.text);
    const line = unpacked?.batch.lines[name.position];
    const event = line === undefined ? undefined : lineReader(digest, name)(line, name.position);
    if (event !== undefined) events.push(event);
  }
  return events;
}
