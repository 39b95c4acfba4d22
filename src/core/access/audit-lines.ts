// The audit trail as text: one line an entry, some lines a batch. What is printed here is hashed, chained and kept for ever.
//
// Invariants (specs/audit.md)
//   AU1  A line gives back the very entry that it was printed from, and holds no line end.
//   AU2  A line of a later version, or of an act that this one does not know, is carried as it is, never guessed at.
//   AU5  A batch names its journal, its number, the hash of the batch before it and how many lines follow.
import { unreachable } from '../base/assert.ts';
import { isFhirId } from '../base/id.ts';
import type { JsonValue } from '../base/json-types.ts';
import type { Digest, Hash } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isHash } from '../record/envelope.ts';
import type { AuditAct, AuditEntry } from './audit-trail.ts';

const ACTS: ReadonlySet<string> = new Set<AuditAct>([
  'read',
  'vread',
  'search',
  'history',
  'everything',
  'operation',
  'bundle',
  'refused',
  'sign-in',
  'sign-in-failed',
  'sign-out',
  'token',
  'account',
  'break-glass',
  'break-glass-review',
  'print',
  'export',
  'gap',
]);

/** The most UTF-16 units of a line that goes as it is. A batch of such lines stays far below a commit's limit. */
export const LINE_UNITS_MAX = 200_000;
const CUT_ITEMS = 200;
const CUT_UNITS = 2_000;

/** The year 9999. */
const AT_MAX = 253_402_300_799_999;

export type LineFault = { readonly kind: 'unknown-version'; readonly tag: string } | { readonly kind: 'malformed' };

/** What stands in a line after `ok`, in its order. FROZEN: what comes later is a new version. */
const FIELDS = [
  ['who', 'text'],
  ['name', 'text'],
  ['client', 'text'],
  ['session', 'text'],
  ['address', 'text'],
  ['roles', 'list'],
  ['status', 'number'],
  ['interaction', 'text'],
  ['patients', 'list'],
  ['what', 'list'],
  ['query', 'text'],
  ['device', 'text'],
  ['onBehalfOf', 'text'],
  ['reason', 'text'],
  ['detail', 'text'],
  ['unconfirmed', 'flag'],
  ['count', 'number'],
] as const satisfies readonly (readonly [keyof AuditEntry, 'text' | 'list' | 'number' | 'flag'])[];
const BEFORE = 4;

/** `["a1", at, act, ok, …]`, the rest as in `FIELDS`; null is absent, and nulls at the end are left out. */
export function encodeEntry(entry: AuditEntry): string {
  // Written out: every read pays for it, and a loop over the names costs a third more.
  const fields: unknown[] = [
    'a1',
    entry.at,
    entry.act,
    entry.ok ? 1 : 0,
    entry.who,
    entry.name,
    entry.client,
    entry.session,
    entry.address,
    entry.roles,
    entry.status,
    entry.interaction,
    entry.patients,
    entry.what,
    entry.query,
    entry.device,
    entry.onBehalfOf,
    entry.reason,
    entry.detail,
    entry.unconfirmed === undefined ? undefined : entry.unconfirmed ? 1 : 0,
    entry.count,
  ];
  let end = fields.length;
  while (fields[end - 1] === undefined) end--;
  fields.length = end;
  // An array prints what is undefined as null.
  return JSON.stringify(fields);
}

/** As `encodeEntry`; an entry that is out of all measure loses the end of its lists and texts, but never a patient, and says so. */
export function encodeBounded(entry: AuditEntry): string {
  const line = encodeEntry(entry);
  if (line.length <= LINE_UNITS_MAX) return line;
  const cut = (text: string | undefined): string | undefined =>
    text?.slice(0, CUT_UNITS).replace(/[\ud800-\udbff]$/, '');
  const { query, reason, detail, what, ...rest } = entry;
  return encodeEntry({
    ...rest,
    ...(what === undefined ? {} : { what: what.slice(0, CUT_ITEMS) }),
    ...(query === undefined ? {} : { query: cut(query) ?? '' }),
    ...(reason === undefined ? {} : { reason: cut(reason) ?? '' }),
    detail: `${cut(detail) ?? ''} (cut)`.trim(),
  });
}

/** The entry of a line, or why it cannot be had. */
export function decodeEntry(line: string): Result<AuditEntry, LineFault> {
  const opened = open(line, 'a1', /^a[1-9][0-9]*$/);
  if (!opened.ok) return opened;
  const fields = opened.value;
  const [, at, act, isOk] = fields;
  if (fields.length > BEFORE + FIELDS.length || !isWhole(at) || at < 0 || at > AT_MAX) return MALFORMED;
  if (typeof act !== 'string' || (isOk !== 0 && isOk !== 1)) return MALFORMED;
  if (!ACTS.has(act)) return err({ kind: 'unknown-version', tag: `a1 ${act.slice(0, 40)}` });
  const entry: Record<string, JsonValue> = { at, act, ok: isOk === 1 };
  for (let i = BEFORE; i < fields.length; i++) {
    const value = fields[i];
    const field = FIELDS[i - BEFORE];
    if (value === null || value === undefined || field === undefined) continue;
    const [name, form] = field;
    if (!isOf(form, value)) return MALFORMED;
    entry[name] = form === 'flag' ? value === 1 : value;
  }
  return ok(entry as unknown as AuditEntry);
}

function isOf(form: (typeof FIELDS)[number][1], value: JsonValue): boolean {
  switch (form) {
    case 'text':
      return typeof value === 'string';
    case 'list':
      return isTexts(value);
    case 'number':
      return isWhole(value);
    case 'flag':
      return value === 0 || value === 1;
    default:
      return unreachable(form);
  }
}

/** A journal: 16 letters and digits, drawn by the process that writes it. */
const JOURNAL = /^[a-z2-7]{16}$/;
export const isJournal = (text: string): boolean => JOURNAL.test(text);

export interface BatchName {
  readonly journal: string;
  /** From 1, without gaps. */
  readonly number: number;
}
export interface Batch extends BatchName {
  /** Of the batch before in the same journal; '' for the first. */
  readonly prev: Hash;
  /** As they were written, without line ends. */
  readonly lines: readonly string[];
}

/** The id of a batch's Binary: a function of what it holds, so that a batch that is sent again is known as such. */
export const batchId = ({ journal, number }: BatchName): string => `audit-${journal}-${number}`;
/** The id of the AuditEvent of a line (from 0) of a batch. */
export const eventId = ({ journal, number }: BatchName, position: number): string =>
  `audit-${journal}-${number}-${position}`;

const ID = /^audit-([a-z2-7]{16})-([1-9][0-9]{0,11})(?:-(0|[1-9][0-9]{0,11}))?$/;

/** What `batchId` or `eventId` printed; `position` of the latter alone. */
export function readBatchId(id: string): (BatchName & { readonly position?: number }) | undefined {
  const found = ID.exec(id);
  const [, journal, number, position] = found ?? [];
  if (journal === undefined || number === undefined || !isFhirId(id)) return undefined;
  return { journal, number: Number(number), ...(position === undefined ? {} : { position: Number(position) }) };
}

/** The lines of a batch with its heading, each with a line end. Its hash is `digest.sha256` of it. */
export const encodeBatch = ({ lines, ...heading }: Batch): string =>
  batchText(heading, lines.length, lines.map((line) => `${line}\n`).join(''));

/** As `encodeBatch`, of `count` lines in one text, each with its line end. */
export const batchText = ({ journal, number, prev }: Omit<Batch, 'lines'>, count: number, lines: string): string =>
  `${JSON.stringify(['b1', journal, number, prev, count])}\n${lines}`;

export const batchHash = (digest: Digest, text: string): Hash => digest.sha256(text);

/** Accepts just what `encodeBatch` prints. */
export function decodeBatch(text: string): Result<Batch, LineFault> {
  const lines = text.split('\n');
  const heading = lines.shift() ?? '';
  if (lines.pop() !== '') return MALFORMED;
  const opened = open(heading, 'b1', /^b[1-9][0-9]*$/);
  if (!opened.ok) return opened;
  const [, journal, number, prev, count] = opened.value;
  if (opened.value.length !== 5 || typeof journal !== 'string' || !isJournal(journal)) return MALFORMED;
  if (!isWhole(number) || number < 1 || typeof prev !== 'string') return MALFORMED;
  if (!(number === 1 ? prev === '' : isHash(prev)) || count !== lines.length) return MALFORMED;
  const batch: Batch = { journal, number, prev, lines };
  return batchText(batch, count, '') === `${heading}\n` ? ok(batch) : MALFORMED;
}

const MALFORMED = err({ kind: 'malformed' } as const);

function open(line: string, tag: string, tags: RegExp): Result<readonly JsonValue[], LineFault> {
  let value: JsonValue;
  try {
    value = JSON.parse(line) as JsonValue;
  } catch {
    return MALFORMED;
  }
  if (!Array.isArray(value)) return MALFORMED;
  const fields = value as readonly JsonValue[];
  const [first] = fields;
  if (first === tag) return ok(fields);
  return typeof first === 'string' && tags.test(first) ? err({ kind: 'unknown-version', tag: first }) : MALFORMED;
}

const isWhole = (value: JsonValue | undefined): value is number => Number.isSafeInteger(value);
const isTexts = (value: JsonValue | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
