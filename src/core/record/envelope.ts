// Envelope version 1: the exact header texts of revisions and commits, and the hashes that name them. FROZEN.
//
// Invariants (specs/envelope.md)
//   EV1  A header prints in one way only; what decodes prints back to the same text.
//   EV2  h = sha256(header ‖ bodyHash), bodyHash = sha256(body text) or ''.
//   EV3  commit hash = sha256(header).
//   EV5  An unknown version is a value: carry, do not read.
//   EV7  versionId is a function of the head set.
//   EV8  Signatures are no input of any hash.
//
// Nothing here may change what version 1 prints: golden vectors stand in the test. A new need is a new tag (`r2`, `c2`).
import { assert } from '../base/assert.ts';
import { isFhirId } from '../base/id.ts';
import type { JsonValue } from '../base/json-types.ts';
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isHlc, type Hlc } from './hlc.ts';
import type { Author, RevisionKind } from './store.ts';

export interface Authored {
  readonly wallMs: Instant;
  readonly hlc: Hlc;
  /** Minutes east of UTC. */
  readonly zoneMin: number;
  /** How far the wall clock was known to be ahead; absent where nobody measured. */
  readonly skew?: { readonly ms: number | null; readonly suspect: boolean };
}
export interface RevisionHeader {
  readonly type: string;
  readonly id: string;
  readonly parents: readonly Hash[];
  readonly kind: RevisionKind;
  readonly author?: Author;
  readonly authored: Authored;
  readonly scope: readonly string[];
  readonly schema: string;
  readonly policy: string;
}
export interface CommitHeader {
  readonly origin: string;
  readonly seq: number;
  readonly prev: Hash;
  readonly entries: readonly Hash[];
  readonly receivedAt: Instant;
  readonly key: string;
}
export type EnvelopeFault =
  /** Of a later version: keep the bytes, pass them on, read nothing into them. */
  { readonly kind: 'unknown-version'; readonly tag: string } | { readonly kind: 'malformed' };

export const SCHEMA_R4 = '4.0.1';

const HASH = /^[a-z2-7]{52}$/;
const ORIGIN = /^[A-Za-z0-9-]+\.[A-Za-z0-9-]+$/;
const TYPE = /^[A-Z][A-Za-z]{0,63}$/;
const TAG = /^[rc][1-9][0-9]*$/;

export const isHash = (text: string): boolean => HASH.test(text);
export const isOrigin = (text: string): boolean => ORIGIN.test(text);

/** One line of JSON. Sorts parents and scope itself. */
export function encodeRevision(header: RevisionHeader): string {
  const { author, authored } = header;
  const parents = [...header.parents].sort();
  assert(new Set(parents).size === parents.length, 'a revision names each parent once');
  const people = author
    ? [author.practitioner ?? '', author.device ?? '', author.session ?? '', author.onBehalfOf ?? '']
    : null;
  const time: (number | string | null)[] = [authored.wallMs, authored.hlc, authored.zoneMin];
  if (authored.skew) time.push(authored.skew.ms, authored.skew.suspect ? 1 : 0);
  const scope = [...header.scope].sort();
  const fields = [
    'r1',
    header.type,
    header.id,
    parents,
    header.kind,
    people,
    time,
    scope,
    header.schema,
    header.policy,
  ];
  return JSON.stringify(fields);
}

/** Of a header that `decodeRevision` accepted before. */
export function decodeAgain(text: string): RevisionHeader {
  const [, type, id, parents, kind, people, time, scope, schema, policy] = JSON.parse(text) as never as AcceptedFields;
  const author = readAuthor(people);
  const authored = readAuthored(time);
  assert(authored !== undefined && author !== undefined, 'what was accepted once reads again');
  return { type, id, parents, kind, ...(author === null ? {} : { author }), authored, scope, schema, policy };
}
type AcceptedFields = readonly [
  tag: string,
  type: string,
  id: string,
  parents: readonly Hash[],
  kind: RevisionKind,
  people: JsonValue,
  time: JsonValue,
  scope: readonly string[],
  schema: string,
  policy: string,
];

/** The header, or why it cannot be read. Accepts just what `encodeRevision` prints. */
export function decodeRevision(text: string): Result<RevisionHeader, EnvelopeFault> {
  const fields = open(text, 'r1');
  if (!fields.ok) return fields;
  const [, type, id, parents, kind, people, time, scope, schema, policy] = fields.value;
  if (fields.value.length !== 10 || typeof type !== 'string' || typeof id !== 'string') return MALFORMED;
  if (!TYPE.test(type) || !isFhirId(id) || !isTexts(parents) || !parents.every(isHash) || !isKind(kind))
    return MALFORMED;
  if (!isTexts(scope) || typeof schema !== 'string' || typeof policy !== 'string') return MALFORMED;
  if (new Set(parents).size !== parents.length) return MALFORMED;
  const authored = readAuthored(time);
  const author = readAuthor(people);
  if (authored === undefined || author === undefined) return MALFORMED;
  const header: RevisionHeader = {
    type,
    id,
    parents,
    kind,
    ...(author === null ? {} : { author }),
    authored,
    scope,
    schema,
    policy,
  };
  return encodeRevision(header) === text ? ok(header) : MALFORMED;
}

export function encodeCommit(header: CommitHeader): string {
  const { origin, seq, prev, entries, receivedAt, key } = header;
  return JSON.stringify(['c1', origin, seq, prev, entries, receivedAt, key]);
}

/** The header, or why it cannot be read. Accepts just what `encodeCommit` prints. */
export function decodeCommit(text: string): Result<CommitHeader, EnvelopeFault> {
  const fields = open(text, 'c1');
  if (!fields.ok) return fields;
  const [, origin, seq, prev, entries, receivedAt, key] = fields.value;
  if (fields.value.length !== 7 || typeof origin !== 'string' || !isOrigin(origin)) return MALFORMED;
  if (!isWhole(seq) || seq < 1 || typeof prev !== 'string' || !(seq === 1 ? prev === '' : isHash(prev)))
    return MALFORMED;
  if (!isTexts(entries) || !entries.every(isHash) || !isWhole(receivedAt) || typeof key !== 'string') return MALFORMED;
  const header: CommitHeader = { origin, seq, prev, entries, receivedAt, key };
  return encodeCommit(header) === text ? ok(header) : MALFORMED;
}

/** The hash of a body's exact text; '' where there is none. */
export const bodyHashOf = (digest: Digest, text: string | undefined): Hash | '' =>
  text === undefined ? '' : digest.sha256(text);

/** A revision's name. */
export const revisionHash = (digest: Digest, header: string, bodyHash: Hash | ''): Hash =>
  digest.sha256(header + bodyHash);

export const commitHash = (digest: Digest, header: string): Hash => digest.sha256(header);

/** `meta.versionId` of a head set, in any order. */
export function versionIdOf(digest: Digest, heads: readonly Hash[]): string {
  const [only] = heads;
  assert(only !== undefined, 'a resource has at least one head');
  return heads.length === 1 ? only : digest.sha256([...heads].sort().join(''));
}

const MALFORMED = err({ kind: 'malformed' } as const);

/** The fields of a one-line array whose first says what it is. */
function open(text: string, tag: string): Result<readonly JsonValue[], EnvelopeFault> {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return MALFORMED;
  }
  if (!Array.isArray(value)) return MALFORMED;
  const fields = value as readonly JsonValue[];
  const [first] = fields;
  if (first === tag) return ok(fields);
  const isOther = typeof first === 'string' && TAG.test(first) && first.startsWith(tag.charAt(0));
  return isOther ? err({ kind: 'unknown-version', tag: first }) : MALFORMED;
}

function readAuthored(value: JsonValue | undefined): Authored | undefined {
  if (!Array.isArray(value)) return undefined;
  const [wallMs, hlc, zoneMin, skewMs, suspect] = value as readonly JsonValue[];
  if (!isWhole(wallMs) || typeof hlc !== 'string' || !isHlc(hlc) || !isWhole(zoneMin)) return undefined;
  if (value.length === 3) return { wallMs, hlc, zoneMin };
  if (value.length !== 5 || (suspect !== 0 && suspect !== 1) || (skewMs !== null && !isWhole(skewMs))) return undefined;
  return { wallMs, hlc, zoneMin, skew: { ms: skewMs, suspect: suspect === 1 } };
}

/** null: nobody. undefined: not to be read. */
function readAuthor(value: JsonValue | undefined): Author | null | undefined {
  if (value === null) return null;
  if (!isTexts(value) || value.length !== 4) return undefined;
  const [practitioner, device, session, onBehalfOf] = value;
  return {
    ...(practitioner ? { practitioner } : {}),
    ...(device ? { device } : {}),
    ...(session ? { session } : {}),
    ...(onBehalfOf ? { onBehalfOf } : {}),
  };
}

const isWhole = (value: JsonValue | undefined): value is number => Number.isSafeInteger(value);
const isTexts = (value: JsonValue | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isKind = (value: JsonValue | undefined): value is RevisionKind =>
  value === 'put' || value === 'tombstone' || value === 'redact' || value === 'resolve';
