// Proof that a memory record is whole (RS27): every name recomputed, every derived thing derived again.
import type { Hash } from '../base/ports.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import { headsOf } from './ancestry.ts';
import { bodyHashOf, commitHash, decodeCommit, decodeRevision, revisionHash, versionIdOf } from './envelope.ts';
import { entriesOf, storedAt, type Kept, type Making } from './memory-kept.ts';
import type { MemoryRecord } from './memory-record.ts';
import { homeOfScope } from './scope.ts';
import type { ArrivedCommit, Progress, VerifyFinding, VerifyReport } from './store.ts';

type Find = (what: VerifyFinding['what'], where: string, message: string) => void;

/** `partial`: names of commits of which not all may be here: what a node gets is filtered, and what it need not keep may go. */
export function verifyMemory(
  record: MemoryRecord,
  making: Making,
  progress?: Progress,
  partial: ReadonlySet<Hash> = new Set(),
): VerifyReport {
  const findings: VerifyFinding[] = [];
  const find: Find = (what, where, message) => findings.push({ what, where, message });
  const all = [...record.kept.values()].flatMap((ofType) => [...ofType.values()]);
  const of = record.commits.length + all.length;
  let done = 0;

  // By origin and number: what comes from elsewhere may come out of order.
  const tips = new Map<string, Hash>();
  const sent = new Set<Hash>();
  for (const commit of record.commits) {
    verifyCommit(commit, making, tips, find, partial.has(commit.hash));
    for (const { hash } of commit.revisions) sent.add(hash);
    if (commit.arrival !== ++done) find('arrival', placeOf(commit), 'the arrival number is not the next one');
    progress?.(done, of);
  }
  let revisions = 0;
  for (const kept of all) {
    revisions += kept.revisions.size;
    verifyKept(kept, making, sent, find);
    progress?.(++done, of);
  }
  return { commits: record.commits.length, revisions, resources: all.length, findings };
}

const placeOf = ({ origin, seq }: ArrivedCommit): string => `${origin} ${seq}`;

function verifyCommit(
  commit: ArrivedCommit,
  making: Making,
  tips: Map<string, Hash>,
  find: Find,
  isPartial: boolean,
): void {
  const { digest } = making;
  const where = placeOf(commit);
  const decoded = decodeCommit(commit.header);
  if (commitHash(digest, commit.header) !== commit.hash) find('chain', where, 'the hash is not that of the header');
  // Of a later version: carried as it is (EV5).
  if (!decoded.ok && isPartial && decoded.error.kind === 'unknown-version') return;
  if (!decoded.ok) return find('chain', where, 'the header cannot be read');
  const { origin, seq, prev, entries } = decoded.value;
  const tip = isPartial ? prev : (tips.get(`${origin} ${seq - 1}`) ?? '');
  if (origin !== commit.origin || seq !== commit.seq || prev !== commit.prev || prev !== tip) {
    find('chain', where, 'the header does not follow the commit before');
  }
  tips.set(`${origin} ${seq}`, commit.hash);
  const here = new Set(commit.revisions.map(({ hash }) => hash));
  const due = isPartial ? entries.filter((entry) => here.has(entry)) : entries;
  if (due.join() !== commit.revisions.map(({ hash }) => hash).join()) {
    find('chain', where, 'the revisions are not those of the header');
  }
  for (const { hash, header, text } of commit.revisions) {
    const read = decodeRevision(header);
    const isLater = !read.ok && isPartial && read.error.kind === 'unknown-version';
    if (!read.ok && !isLater) find('revision', where, 'a revision header cannot be read');
    if (revisionHash(digest, header, bodyHashOf(digest, text)) !== hash) {
      find('revision', where, 'a revision is not what its name says');
    }
  }
}

function verifyKept(kept: Kept, making: Making, sent: ReadonlySet<Hash>, find: Find): void {
  const { digest } = making;
  const where = `${kept.key.type}/${kept.key.id}`;
  for (const { hash, header, text, bodyHash } of kept.revisions.values()) {
    if (bodyHashOf(digest, text) !== bodyHash) find('body', where, 'a body is not what its hash says');
    if (revisionHash(digest, header, bodyHash) !== hash)
      find('revision', where, 'a revision is not what its name says');
    if (!sent.has(hash)) find('revision', where, 'a revision is in no commit');
  }
  const heads = headsOf(kept.revisions);
  if (heads.join() !== kept.heads.join()) find('head', where, 'the heads are not those of the revisions');
  else if (kept.stored.versionId !== versionIdOf(digest, heads))
    find('head', where, 'the version is not that of the heads');
  else if (!isShownAs(kept, making)) find('head', where, 'what is shown is not what the heads come to');
  const [shown] = kept.bodies;
  const home =
    shown === undefined
      ? homeOfScope(kept.revisions.get(kept.stored.displayed)?.scope ?? [])
      : homeCompartment(shown, making.extracting);
  if (kept.stored.home !== home || kept.seen.home !== home) {
    find('index', where, 'the home compartment is not that of what is shown');
  }
  const entries = entriesOf(making, kept.bodies);
  if (JSON.stringify(entries) !== JSON.stringify(kept.entries)) {
    find('index', where, 'the index says something other than the bodies');
  }
}

function isShownAs({ key, revisions, heads, stored }: Kept, making: Making): boolean {
  const want = storedAt(making, key, revisions, heads, stored.lastUpdatedAt);
  return (
    want.text === stored.text &&
    want.displayed === stored.displayed &&
    want.deleted === stored.deleted &&
    want.conflict === stored.conflict &&
    want.severity === stored.severity
  );
}
