// How the entries of a log are cut into records: what came since the last snapshot, and the snapshot in parts by patient.
//
//   BS2  Many entries take few records: a record is filled to some hundred KB of text, deflated, sealed once.
//   BS9  What is in a part is of the patients that the directory names, in order, and nothing of it need be judged again (`plain`): all
//        else is in front. All revisions of a resource stand in one place.
//
// A commit that touches several patients stands in front without its revisions; their parts name it by its hash.
import type { Hash } from '../../core/base/ports.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { homeOfScope } from '../../core/record/scope.ts';
import { printItems, readItems } from '../../core/sync/log-items.ts';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import type { CarriedCommit, CarriedRevision } from '../../core/sync/ports.ts';
import type { Bytes } from './sealing.ts';

type CommitEntry = Extract<LogEntry, { readonly put: 'commit' }>;
/** Nothing of it need be judged again. */
export type PlainEntry = CommitEntry & { readonly plain: readonly number[] };

/** Revisions of a commit whose own entry stands in front. */
interface OfShell {
  readonly of: Hash;
  readonly revisions: readonly CarriedRevision[];
  /** As in the commit's own entry, of these revisions. */
  readonly plain: readonly number[];
}
export type PartItem = CommitEntry | OfShell;

/** UTF-16 units of text in a record, about. */
const RECORD_CHARS = 512 * 1024;

// ---- records

export async function packed(items: readonly unknown[]): Promise<Bytes> {
  const text = new TextEncoder().encode(printItems(items));
  return new Uint8Array(await through(new CompressionStream('deflate-raw'), text).arrayBuffer());
}
/** Throws where the bytes are no record. */
export async function unpacked<T>(bytes: Bytes): Promise<readonly T[]> {
  return readItems<T>(await through(new DecompressionStream('deflate-raw'), bytes).text());
}
/** What comes out, as a response: a Blob would be registered with the browser's process first, each time. */
function through({ readable, writable }: CompressionStream | DecompressionStream, bytes: Bytes): Response {
  const writer = writable.getWriter();
  // What is wrong with the bytes is told by the other end.
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  return new Response(readable);
}

/** In order, each group of about a record's size. */
export function* batches<T>(items: Iterable<T>, sizeOf: (item: T) => number): Iterable<readonly T[]> {
  let batch: T[] = [];
  let size = 0;
  for (const item of items) {
    const more = sizeOf(item);
    if (batch.length > 0 && size + more > RECORD_CHARS) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(item);
    size += more;
  }
  if (batch.length > 0) yield batch;
}

const SMALL_CHARS = 100;
export function charsOfEntry(entry: LogEntry): number {
  if (entry.put !== 'commit') return entry.put === 'evict' ? entry.names.length * 55 : SMALL_CHARS;
  return charsOfCommit(entry.commit);
}
export function charsOfItem(item: PartItem): number {
  return 'of' in item ? charsOfRevisions(item.revisions) : charsOfCommit(item.commit);
}
const charsOfCommit = ({ header, revisions }: CarriedCommit): number => header.length + charsOfRevisions(revisions);
const charsOfRevisions = (revisions: readonly CarriedRevision[]): number =>
  revisions.reduce((sum, { header, text }) => sum + SMALL_CHARS + header.length + (text?.length ?? 0), SMALL_CHARS);

// ---- parts

export interface Cut {
  readonly front: readonly LogEntry[];
  /** By patient (an id), each in order. */
  readonly parts: ReadonlyMap<string, readonly PartItem[]>;
}

/** Cuts a snapshot. */
export function cutByPatient(entries: Iterable<LogEntry>): Cut {
  const all = [...entries];
  const patientOf = patientsOfResources(all);
  const front: LogEntry[] = [];
  const parts = new Map<string, PartItem[]>();
  const put = (patient: string, item: PartItem): void => {
    const part = parts.get(patient);
    if (part === undefined) parts.set(patient, [item]);
    else part.push(item);
  };
  for (const entry of all) {
    if (!isPlain(entry)) {
      front.push(entry);
      continue;
    }
    const { commit, plain } = entry;
    const groups = new Map<string, Group>();
    commit.revisions.forEach((revision, at) => {
      const patient = patientOf.get(nameOf(revision) ?? '') ?? '';
      const group = groups.get(patient) ?? { revisions: [], plain: [] };
      groups.set(patient, group);
      group.revisions.push(revision);
      group.plain.push(plain[at] ?? 0);
    });
    const [first] = groups.keys();
    if (groups.size === 1 && first !== undefined && first !== '') {
      put(first, entry);
      continue;
    }
    const left = groups.get('') ?? { revisions: [], plain: [] };
    front.push({ ...entry, plain: left.plain, commit: { ...commit, revisions: left.revisions } });
    for (const [patient, group] of groups) if (patient !== '') put(patient, { of: commit.hash, ...group });
  }
  return { front, parts };
}
interface Group {
  readonly revisions: CarriedRevision[];
  readonly plain: number[];
}

/** Whole entries from the items of a part. */
export function entriesOfItems(
  items: readonly PartItem[],
  shells: ReadonlyMap<Hash, PlainEntry>,
): readonly PlainEntry[] {
  const found = new Map<Hash, Group & { readonly entry: PlainEntry }>();
  for (const item of items) {
    const entry = 'of' in item ? shells.get(item.of) : isPlain(item) ? item : undefined;
    if (entry === undefined) continue;
    const { revisions } = 'of' in item ? item : entry.commit;
    const { plain } = 'of' in item ? item : entry;
    const { hash } = entry.commit;
    const known = found.get(hash) ?? { entry, revisions: [], plain: [] };
    found.set(hash, known);
    known.revisions.push(...revisions);
    known.plain.push(...plain);
  }
  return [...found.values()].map(({ entry, revisions, plain }) => withRevisions(entry, revisions, plain));
}
const withRevisions = (
  entry: PlainEntry,
  revisions: readonly CarriedRevision[],
  plain: readonly number[],
): PlainEntry => ({
  ...entry,
  plain,
  commit: { ...entry.commit, revisions },
});

export const isPlain = (entry: LogEntry): entry is PlainEntry => entry.put === 'commit' && entry.plain !== undefined;

/** By type and id; '' of what is no one patient's, or is not plain everywhere. */
function patientsOfResources(entries: readonly LogEntry[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    if (entry.put !== 'commit') continue;
    const plain = isPlain(entry);
    for (const revision of entry.commit.revisions) {
      const read = readOf(revision);
      if (read === undefined) continue;
      const { name, patient } = read;
      const before = found.get(name);
      found.set(name, plain && (before === undefined || before === patient) ? patient : '');
    }
  }
  return found;
}

function readOf({ header }: CarriedRevision): { readonly name: string; readonly patient: string } | undefined {
  const read = decodeRevision(header);
  if (!read.ok) return undefined;
  const { type, id, scope } = read.value;
  return { name: `${type}/${id}`, patient: homeOfScope(scope).slice('Patient/'.length) };
}
/** Names of the resources of which there is something in a part. */
export function namesOf(items: readonly PartItem[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const item of items)
    for (const revision of 'of' in item ? item.revisions : item.commit.revisions) {
      const name = nameOf(revision);
      if (name !== undefined) names.add(name);
    }
  return names;
}
const nameOf = (revision: CarriedRevision): string | undefined => readOf(revision)?.name;
