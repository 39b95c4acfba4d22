// Proof of the audit trail: the batches of every journal complete and in order, the index as they say, no chain cut below a checkpoint.
//
//   AU21 An untouched trail has no finding; a changed, missing or re-ordered event or batch, a cut chain, a wrong index and a
//        forged checkpoint have one.
//
// What this adds to the store's own `verify`, which proves commits, revisions and bodies.
import type { AuditIndex, TailedRevision } from '../../core/access/audit-index.ts';
import { batchHash, readBatchId, type BatchName } from '../../core/access/audit-lines.ts';
import type { Digest, Hash } from '../../core/base/ports.ts';
import { bodyHashOf, decodeRevision, revisionHash } from '../../core/record/envelope.ts';
import { EVERYTHING, type Progress, type RecordStore } from '../../core/record/store.ts';
import { unpackBatch } from './batch-binary.ts';
import { readCheckpoints, type Checkpoint } from './checkpoints.ts';
import { eventsOf, IndexFiller } from './fill-index.ts';

export interface VerifyAuditOptions {
  readonly store: Pick<RecordStore, 'feed' | 'read' | 'readVersion'>;
  readonly index: AuditIndex;
  /** The data folder. */
  readonly data: string;
  readonly digest: Digest;
  /** Commits done, of those there are. */
  readonly progress?: Progress;
}
export interface AuditFinding {
  readonly what: 'batch' | 'index' | 'checkpoint' | 'chain';
  /** A batch, an origin and number, a checkpoint; never content. */
  readonly where: string;
  readonly message: string;
}
export interface AuditReport {
  readonly batches: number;
  /** Entries of batches and writes. */
  readonly events: number;
  readonly checkpoints: number;
  readonly findings: readonly AuditFinding[];
}

const COMMITS = 500;

interface SeenBatch extends BatchName {
  readonly hash: Hash;
  readonly prev: Hash;
}

/** Walks the whole record once. Runs beside a node that serves; what it adds meanwhile is not looked at. */
export async function verifyAudit(options: VerifyAuditOptions): Promise<AuditReport> {
  const { store, index, data, digest, progress } = options;
  const findings: AuditFinding[] = [];
  const find = (what: AuditFinding['what'], where: string, message: string): void => {
    findings.push({ what, where, message });
  };
  // Read before the record: a checkpoint is of what was there.
  const { checkpoints, findings: faults } = readCheckpoints(data, digest);
  for (const { where, message } of faults) find('checkpoint', where, message);
  await new IndexFiller({ store, index, digest }).catchUp();
  const end = await index.cursor();

  const batches: SeenBatch[] = [];
  const expected = index.summing();
  let events = 0;
  for (let at = 0; at < end;) {
    const revisions = (await index.tail(at, COMMITS)).filter(({ arrival }) => arrival <= end);
    const last = revisions.at(-1);
    if (last === undefined) break;
    for (const revision of revisions) {
      const batch = await judgeRevision(store, digest, revision, find);
      if (batch !== undefined) batches.push(batch);
      const found = await eventsOf(options, revision);
      events += found.length;
      expected.add(found);
    }
    at = last.arrival;
    progress?.(at, end);
  }
  judgeChains(batches, find);
  if (expected.sums().join() !== (await index.sums(end)).join())
    find('index', 'audit index', 'it says something other than the record: rebuild it');
  await judgeCheckpoints(options, checkpoints, find);
  return { batches: batches.length, events, checkpoints: checkpoints.length, findings };
}

type Find = (what: AuditFinding['what'], where: string, message: string) => void;

/** The batch that a revision says it is; a finding where it is none. */
async function judgeRevision(
  store: Pick<RecordStore, 'read' | 'readVersion'>,
  digest: Digest,
  { hash, header: headerText }: TailedRevision,
  find: Find,
): Promise<SeenBatch | undefined> {
  const header = decodeRevision(headerText);
  if (!header.ok || header.value.type !== 'Binary') return undefined;
  const { type, id, parents, kind } = header.value;
  const name = readBatchId(id);
  if (name === undefined || name.position !== undefined) return undefined;
  if (parents.length > 0 || kind !== 'put') {
    find('batch', id, 'it was changed after it was written');
    return undefined;
  }
  // Whoever verifies holds the data folder.
  const stored = await store.readVersion({ type, id }, hash, EVERYTHING);
  const text = stored?.text ?? '';
  if (revisionHash(digest, headerText, bodyHashOf(digest, text)) !== hash) {
    find('batch', id, 'its content is not what its hash says');
    return undefined;
  }
  const unpacked = await unpackBatch(text);
  if (unpacked === undefined) {
    find('batch', id, 'it cannot be read as a batch');
    return undefined;
  }
  return { ...name, hash: batchHash(digest, unpacked.text), prev: unpacked.batch.prev };
}

/** Every journal: numbers from 1 without a gap, each batch naming the one before. */
function judgeChains(batches: readonly SeenBatch[], find: Find): void {
  const journals = new Map<string, Map<number, SeenBatch>>();
  for (const batch of batches) {
    const journal = journals.get(batch.journal) ?? new Map<number, SeenBatch>();
    journal.set(batch.number, batch);
    journals.set(batch.journal, journal);
  }
  for (const [journal, byNumber] of journals) {
    const numbers = [...byNumber.keys()].sort((a, b) => a - b);
    let before = 0;
    for (const number of numbers) {
      const where = `journal ${journal} number ${number}`;
      if (number !== before + 1) find('batch', where, `what came before it is missing, from number ${before + 1}`);
      else if (byNumber.get(number)?.prev !== (byNumber.get(before)?.hash ?? ''))
        find('batch', where, 'it does not follow the one before');
      before = number;
    }
  }
}

const TIPS_AT_ONCE = 1_000;

async function judgeCheckpoints(
  { index }: VerifyAuditOptions,
  checkpoints: readonly Checkpoint[],
  find: Find,
): Promise<void> {
  const tips = checkpoints.flatMap((checkpoint) => checkpoint.tips);
  for (let at = 0; at < tips.length; at += TIPS_AT_ONCE) {
    const asked = tips.slice(at, at + TIPS_AT_ONCE);
    const hashes = await index.hashesAt(asked);
    asked.forEach(({ origin, seq, hash }, i) => {
      const where = `${origin} ${seq}`;
      if (hashes[i] === undefined) find('chain', where, 'a commit is missing that a checkpoint names');
      else if (hashes[i] !== hash) find('chain', where, 'a commit is not the one that a checkpoint names');
    });
  }
}
