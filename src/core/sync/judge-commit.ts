// What becomes of a commit that another node sent. Pure: stores call it inside the transaction that takes it in.
//
//   SY4   The verdict is one of stored, dup, gap, quarantined, fork.
//   SY5   From below, an origin grows by one whole commit at a time.
//   SY20  A commit that is not what it says never takes a place: it is kept aside, and delays no other origin.
//   SY21  A commit of a later version takes its place, is carried byte for byte and is not read.
//   SY22  A second commit at a number, or one on another chain, is a fork: kept, never overwriting.
import type { Digest } from '../base/ports.ts';
import {
  bodyHashOf,
  commitHash,
  decodeCommit,
  decodeRevision,
  isHash,
  isOrigin,
  revisionHash,
} from '../record/envelope.ts';
import type { CarriedCommit, Place } from './ports.ts';

export type Verdict =
  | { readonly result: 'stored' | 'dup' | 'fork' }
  | { readonly result: 'gap'; readonly need: number }
  | {
      readonly result: 'quarantined';
      readonly reason: QuarantineReason;
      /** It has its place in the origin, so that what follows can be taken in. */
      readonly inPlace: boolean;
    };
/** `unknown-version` and `unread-revision` are carried; the others are not what they say. */
export type QuarantineReason = 'unknown-version' | 'unread-revision' | 'malformed' | 'false-hash' | 'incomplete';

export type Inspection =
  | { readonly sound: true; readonly whole: boolean; readonly aside?: 'unknown-version' | 'unread-revision' }
  | { readonly sound: false; readonly reason: 'malformed' | 'false-hash' };

/** Whether a commit is what it says: names match bytes, the address matches the header. */
export function inspectCommit(digest: Digest, commit: CarriedCommit): Inspection {
  if (!isOrigin(commit.origin) || !Number.isSafeInteger(commit.seq) || commit.seq < 1)
    return { sound: false, reason: 'malformed' };
  if (commitHash(digest, commit.header) !== commit.hash) return { sound: false, reason: 'false-hash' };
  for (const { hash, header, text } of commit.revisions)
    if (!isHash(hash) || revisionHash(digest, header, bodyHashOf(digest, text)) !== hash)
      return { sound: false, reason: 'false-hash' };

  const read = decodeCommit(commit.header);
  if (!read.ok)
    return read.error.kind === 'unknown-version'
      ? { sound: true, whole: true, aside: 'unknown-version' }
      : { sound: false, reason: 'malformed' };
  const { origin, seq, prev, entries } = read.value;
  if (origin !== commit.origin || seq !== commit.seq || prev !== commit.prev)
    return { sound: false, reason: 'malformed' };
  const names = new Set(commit.revisions.map((revision) => revision.hash));
  if (names.size !== commit.revisions.length || [...names].some((name) => !entries.includes(name)))
    return { sound: false, reason: 'malformed' };
  const whole = entries.every((entry) => names.has(entry));
  const isRead = commit.revisions.every((revision) => decodeRevision(revision.header).ok);
  return isRead ? { sound: true, whole } : { sound: true, whole, aside: 'unread-revision' };
}

/** `inspect` is called where the bytes matter: a commit that is held whole already costs nothing. */
export function judgeCommit(
  commit: CarriedCommit,
  inspect: () => Inspection,
  place: Place,
  from: 'below' | 'above',
): Verdict {
  const { held, contiguous, tip } = place;
  if (held?.whole === true && held.hash === commit.hash) return { result: 'dup' };
  const inspection = inspect();
  if (!inspection.sound) return { result: 'quarantined', reason: inspection.reason, inPlace: false };
  if (held !== undefined && held.hash !== commit.hash) return { result: 'fork' };
  if (from === 'above') return inspected(inspection);
  if (commit.seq <= contiguous) return { result: 'dup' };
  if (commit.seq > contiguous + 1) return { result: 'gap', need: contiguous + 1 };
  if (!inspection.whole) return { result: 'quarantined', reason: 'incomplete', inPlace: false };
  if (tip !== '' && commit.prev !== tip) return { result: 'fork' };
  return inspected(inspection);
}

const inspected = (inspection: Inspection & { sound: true }): Verdict =>
  inspection.aside === undefined
    ? { result: 'stored' }
    : { result: 'quarantined', reason: inspection.aside, inPlace: true };

/** Whether the sender may go on with the next commit of the origin. */
export const isSettled = (verdict: Verdict): boolean =>
  verdict.result === 'stored' || verdict.result === 'dup' || (verdict.result === 'quarantined' && verdict.inPlace);
/** Whether the commit stands in the record now, and was not there before. */
export const isTaken = (verdict: Verdict): boolean =>
  verdict.result === 'stored' || (verdict.result === 'quarantined' && verdict.inPlace);
