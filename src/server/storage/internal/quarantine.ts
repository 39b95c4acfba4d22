// Commits that are kept aside, and what is carried unread: visible, counted, bounded.
//
//   SY20  No byte of a commit that is not what it says enters the record.
//   PG26  What is kept aside is listed with why, who sent it and when; what there is no room for is counted.
import type { Instant } from '../../../core/base/ports.ts';
import { encodeCarried } from '../../../core/sync/messages.ts';
import type { QuarantineReason } from '../../../core/sync/judge-commit.ts';
import type { CarriedCommit } from '../../../core/sync/ports.ts';
import { createHash } from 'node:crypto';
import type { Queryable } from './connections.ts';

export interface Aside {
  readonly commit: CarriedCommit;
  readonly reason: QuarantineReason | 'fork';
  /** It has a place in the record, or its revisions come again: its bytes need not be kept here. */
  readonly isElsewhere: boolean;
}

/** Rows, and bytes of all: beyond, nothing more is kept, and the count of what was not goes up. */
export const QUARANTINE_ROWS_MAX = 10_000;
export const QUARANTINE_BYTES_MAX = 256_000_000;

const AGAIN = 'UPDATE quarantine SET last = $2, seen = seen + 1 WHERE print = $1 RETURNING 1';
const ROOM = 'SELECT count(*), coalesce(sum(length(bytes)), 0) FROM quarantine';
const PUT = `
INSERT INTO quarantine (print, first, last, seen, peer, reason, origin, seq, hash, size, bytes)
VALUES ($1, $2, $2, 1, $3, $4, $5, $6, $7, $8, decode($9, 'hex')) ON CONFLICT (print) DO NOTHING`;
const NOT_KEPT = 'UPDATE sync_state SET not_kept = not_kept + 1';

/** Of the same commit with the same bytes there is one row. Bytes are kept of what has no place in the record. */
export async function putAside(
  db: Queryable,
  aside: readonly Aside[],
  peer: string,
  now: Instant,
  max: { readonly rows: number; readonly bytes: number } = { rows: QUARANTINE_ROWS_MAX, bytes: QUARANTINE_BYTES_MAX },
): Promise<void> {
  for (const { commit, reason, isElsewhere } of aside) {
    const bytes = Buffer.from(encodeCarried(commit), 'utf8');
    const print = createHash('sha256').update(reason).update(bytes).digest('base64url');
    if ((await db.query(AGAIN, [print, now])).length > 0) continue;
    const [room] = await db.query(ROOM, []);
    const [rows = 0, used = 0] = (room ?? []).map(Number);
    if (rows >= max.rows) {
      await db.query(NOT_KEPT, []);
      continue;
    }
    const hasRoom = used + bytes.length <= max.bytes;
    if (!isElsewhere && !hasRoom) await db.query(NOT_KEPT, []);
    const { origin, seq, hash } = commit;
    const place = [shown(origin), Number.isSafeInteger(seq) ? seq : 0, shown(hash)];
    const kept = !isElsewhere && hasRoom ? bytes.toString('hex') : null;
    await db.query(PUT, [print, now, shown(peer), reason, ...place, bytes.length, kept]);
  }
}

/** What is nobody's word is shown as far as it can do no harm. */
const shown = (text: string): string => text.replaceAll(/[^A-Za-z0-9.#-]/g, '?').slice(0, 120);

export interface AsideCommit {
  readonly id: number;
  readonly reason: string;
  readonly origin: string;
  readonly seq: number;
  readonly hash: string;
  readonly peer: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** How often it was sent. */
  readonly seen: number;
  readonly size: number;
  /** Whether its bytes are here: as the line of a message. */
  readonly kept: boolean;
}
/** A revision that stands in the record and is not read. */
export interface UnreadRevision {
  readonly name: string;
  readonly reason: string;
  readonly origin: string;
  readonly seq: number;
  readonly at: Instant;
}
export interface Quarantine {
  readonly commits: number;
  readonly byReason: Readonly<Record<string, number>>;
  /** Revisions that are carried and not read. */
  readonly unread: number;
  /** Counted, and not kept for want of room: an alarm. */
  readonly notKept: number;
}

export async function quarantineOf(db: Queryable): Promise<Quarantine> {
  const [counts, reasons] = await Promise.all([
    db.query('SELECT (SELECT count(*) FROM unread), (SELECT not_kept FROM sync_state)', []),
    db.query('SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason', []),
  ]);
  const byReason = Object.fromEntries(reasons.map(([reason, count]) => [String(reason), Number(count)]));
  const [unread = 0, notKept = 0] = (counts[0] ?? []).map(Number);
  return { commits: Object.values(byReason).reduce((sum, count) => sum + count, 0), byReason, unread, notKept };
}

/** The latest first. */
export async function listAside(db: Queryable, limit: number): Promise<readonly AsideCommit[]> {
  const rows = await db.query(
    `SELECT id, reason, origin, seq, hash, peer, first, last, seen, size, bytes IS NOT NULL FROM quarantine
     ORDER BY last DESC, id DESC LIMIT $1`,
    [limit],
  );
  return rows.map(([id, reason, origin, seq, hash, peer, first, last, seen, size, kept]) => ({
    id: Number(id),
    reason: String(reason),
    origin: String(origin),
    seq: Number(seq),
    hash: String(hash),
    peer: String(peer),
    firstAt: Number(first),
    lastAt: Number(last),
    seen: Number(seen),
    size: Number(size),
    kept: kept === true,
  }));
}

export async function listUnread(db: Queryable, limit: number): Promise<readonly UnreadRevision[]> {
  const rows = await db.query(
    `SELECT u.name, u.reason, g.name, u.seq, u.received FROM unread u JOIN origin g ON g.o = u.o
     ORDER BY u.received DESC, u.name LIMIT $1`,
    [limit],
  );
  return rows.map(([name, reason, origin, seq, at]) => ({
    name: String(name),
    reason: String(reason),
    origin: String(origin).replace(/#.*/, ''),
    seq: Number(seq),
    at: Number(at),
  }));
}

/** The exact line that was sent; undefined where it is not kept. */
export async function bytesAside(db: Queryable, id: number): Promise<string | undefined> {
  const [row] = await db.query(
    "SELECT convert_from(bytes, 'UTF8') FROM quarantine WHERE id = $1 AND bytes IS NOT NULL",
    [id],
  );
  return typeof row?.[0] === 'string' ? row[0] : undefined;
}

/** Somebody has looked at it. */
export async function dismissAside(db: Queryable, id: number): Promise<boolean> {
  return (await db.query('DELETE FROM quarantine WHERE id = $1 RETURNING 1', [id])).length > 0;
}
