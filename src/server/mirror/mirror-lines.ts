// The mirror as text: one line a commit, with its arrival and a checksum, under a heading that says whose log it is.
//
//   CM1  A line gives back the very commit: header, bodies, signature.
//   CM3  A line that was torn or changed is found, whatever was done to it.
import { err, ok, type Result } from '../../core/base/result.ts';
import { decodeCarriedLine, encodeCarried } from '../../core/sync/messages.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import type { Digest } from '../../core/base/ports.ts';

/** Whose log a file holds, and from where. */
export interface Heading {
  /** The database's install id. */
  readonly install: string;
  /** Drawn when the log was begun: two logs of one record, before and after a restore, are told apart. */
  readonly log: string;
  /** The first arrival that may be in this file. */
  readonly from: number;
}
export type LineFault = { readonly kind: 'damaged' } | { readonly kind: 'unknown-version'; readonly tag: string };

const DAMAGED = err({ kind: 'damaged' } as const);
/** 130 bits: enough that no torn or changed line passes. */
const SUM_LENGTH = 26;
const LOG = /^[a-z2-7]{16}$/;

export const isLogName = (text: string): boolean => LOG.test(text);

const summed = (digest: Digest, text: string): string => `${digest.sha256(text).slice(0, SUM_LENGTH)} ${text}`;

function checked(digest: Digest, line: string): string | undefined {
  const text = line.slice(SUM_LENGTH + 1);
  return summed(digest, text) === line ? text : undefined;
}

/** Without a line end. */
export const encodeHeading = (digest: Digest, { install, log, from }: Heading): string =>
  summed(digest, JSON.stringify(['m1', install, log, from]));

export function decodeHeading(digest: Digest, line: string): Result<Heading, LineFault> {
  const text = checked(digest, line);
  if (text === undefined) return DAMAGED;
  const fields: unknown = JSON.parse(text);
  if (!Array.isArray(fields)) return DAMAGED;
  const [tag, install, log, from] = fields as readonly unknown[];
  if (tag !== 'm1') return typeof tag === 'string' ? err({ kind: 'unknown-version', tag }) : DAMAGED;
  if (typeof install !== 'string' || typeof log !== 'string' || !Number.isSafeInteger(from)) return DAMAGED;
  return ok({ install, log, from: Number(from) });
}

/** Without a line end. */
export const encodeLine = (digest: Digest, { arrival, ...commit }: ArrivedCommit): string =>
  summed(digest, `${arrival} ${encodeCarried(commit)}`);

export function decodeLine(digest: Digest, line: string): Result<ArrivedCommit, LineFault> {
  const text = checked(digest, line);
  if (text === undefined) return DAMAGED;
  const space = text.indexOf(' ');
  const arrival = Number(text.slice(0, space));
  const commit = decodeCarriedLine(text.slice(space + 1));
  return commit === undefined || !Number.isSafeInteger(arrival) ? DAMAGED : ok({ arrival, ...commit });
}
