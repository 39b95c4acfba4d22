// Courier bundles: commits as lines of text that people carry, on a stick or in another device, where no link works for days.
//
//   SY36  Signed by the sender, sealed for one receiver: who carries it can read nothing and change nothing unseen.
//   SY37  Each chunk is whole for itself: of a bundle that was cut off or damaged, all other chunks are taken in.
//   SY38  Taking a bundle in is what receiving its commits is: judged one by one, twice is once.
//   SY39  A bundle acknowledges nothing. Nothing may be dropped, and no place be moved, because one was made or handed over.
//   SY40  A bundle expires. One that has is refused by name, and taken in only when somebody says so.
//
// The first line is the head, all others are chunks. Keys and ciphers are the adapter's; this file says what is signed and sealed.
//   ["courier1", bundle, from, to, made, expires, wrapped, signature]
//   ["chunk", number, isLast, sealed, signature]
import type { JsonValue } from '../base/json-types.ts';
import type { Digest, Instant } from '../base/ports.ts';
import type { Verdict } from './judge-commit.ts';
import { decodeCarriedLine, encodeCarried } from './messages.ts';
import type { Awaitable, CarriedCommit, Mark, SyncReads, SyncStore } from './ports.ts';
import { filterCommit, type Scopes } from './scopes.ts';

export interface CourierHead {
  /** Names the bundle; from a strong source of chance. */
  readonly bundle: string;
  /** Nodes. */
  readonly from: string;
  readonly to: string;
  readonly made: Instant;
  readonly expires: Instant;
}
/** What a bundle holds. */
export type CourierContents =
  /** For a node above: all that is carried upward, after `since` (where the receiver is known to stand) and after what is stable. */
  | { readonly kind: 'carried'; readonly since: readonly Mark[] }
  /** For a node below: what its scopes permit, of arrivals after `after` (0 for everything). */
  | { readonly kind: 'granted'; readonly scopes: Scopes; readonly after: number };

export interface CourierSender {
  readonly digest: Digest;
  /** With the sender's node key. */
  sign(text: string): Awaitable<string>;
  /** A content key wrapped for the receiver, as text. */
  readonly wrapped: string;
  /** Encrypts under the content key; `context` is authenticated with it. No line feed in the result. */
  seal(text: string, context: string): Awaitable<string>;
}
export interface CourierReader {
  readonly digest: Digest;
  /** This node's name. */
  readonly to: string;
  readonly now: Instant;
  /** Taken in although it has expired. */
  readonly evenExpired?: boolean;
  /** By the public key that is on record for `from`; false for a node that is not. */
  verify(from: string, text: string, signature: string): Awaitable<boolean>;
  /** Unwraps the content key; `undefined` where it is not for our key. What does not open under `context` is `undefined`. */
  open(wrapped: string): Awaitable<((sealed: string, context: string) => Awaitable<string | undefined>) | undefined>;
}
export type CourierRefusal = 'no-bundle' | 'later-version' | 'not-for-us' | 'unknown-sender' | 'expired' | 'wrong-key';
export type CourierEnd =
  | { readonly end: 'refused'; readonly why: CourierRefusal; readonly head?: CourierHead }
  /** `torn`: the last chunk did not come. `missing`: chunks before the last that came which did not come as they were written. */
  | { readonly end: 'read'; readonly head: CourierHead; readonly torn: boolean; readonly missing: number };

export interface CourierChunk {
  readonly head: CourierHead;
  readonly commits: readonly CarriedCommit[];
}

/** Texts in one chunk, about. */
const CHUNK_BYTES = 256 * 1024;
const PAGE = 200;

/** The lines of a bundle, without line feeds. Reads the store page by page; nothing is written. */
export async function* packCourier(
  store: SyncReads,
  head: CourierHead,
  contents: CourierContents,
  sender: CourierSender,
): AsyncGenerator<string, void> {
  const { bundle, from, to, made, expires } = head;
  const fields = ['courier1', bundle, from, to, made, expires, sender.wrapped];
  const line = JSON.stringify([...fields, await sender.sign(JSON.stringify(fields))]);
  yield line;
  const print = sender.digest.sha256(line);
  const chunk = async (number: number, isLast: boolean, commits: readonly CarriedCommit[]): Promise<string> => {
    const context = contextOf(print, number, isLast);
    const sealed = await sender.seal(commits.map(encodeCarried).join('\n'), context);
    const signature = await sender.sign(signedOf(sender.digest, context, sealed));
    return JSON.stringify(['chunk', number, isLast, sealed, signature]);
  };
  let number = 0;
  const pages = contents.kind === 'carried' ? carriedPages(store, contents.since) : grantedPages(store, contents);
  for await (const commits of pages) {
    if (commits.length === 0) continue;
    yield await chunk(number, false, commits);
    number += 1;
  }
  yield await chunk(number, true, []);
}

async function* carriedPages(store: SyncReads, since: readonly Mark[]): AsyncGenerator<readonly CarriedCommit[]> {
  const covered = new Map<string, number>();
  // What is stable is safe at the region, and need not be here any more.
  for (const [origin, seq] of [...since, ...(await store.stable())])
    covered.set(origin, Math.max(seq, covered.get(origin) ?? 0));
  for (const { origin, seq } of await store.carried())
    for (let next = 1 + (covered.get(origin) ?? 0); next <= seq;) {
      const commits = await store.commits(origin, next, PAGE, CHUNK_BYTES);
      if (commits.length === 0) break;
      yield commits;
      next += commits.length;
    }
}

async function* grantedPages(
  store: SyncReads,
  { scopes, after }: Extract<CourierContents, { kind: 'granted' }>,
): AsyncGenerator<readonly CarriedCommit[]> {
  for (let at = after; ;) {
    const arrived = await store.feed(at, PAGE, CHUNK_BYTES, scopes);
    const last = arrived.at(-1);
    if (last === undefined) return;
    yield arrived.flatMap((commit) => filterCommit(commit, scopes) ?? []);
    at = last.arrival;
  }
}

/** The commits of each sound chunk, in the order in which they come; at the end, how it went. `lines` without line feeds. */
export async function* readCourier(
  lines: AsyncIterable<string> | Iterable<string>,
  reader: CourierReader,
): AsyncGenerator<CourierChunk, CourierEnd> {
  let opened: Opened | undefined;
  const seen = new Set<number>();
  let last: number | undefined;
  for await (const line of lines) {
    if (opened === undefined) {
      const found = await openHead(line, reader);
      if ('why' in found) return { end: 'refused', ...found };
      opened = found;
      continue;
    }
    const chunk = await openChunk(line, opened, reader);
    if (chunk === undefined || seen.has(chunk.number)) continue;
    seen.add(chunk.number);
    if (chunk.isLast) last = chunk.number;
    if (chunk.commits.length > 0) yield { head: opened.head, commits: chunk.commits };
  }
  if (opened === undefined) return { end: 'refused', why: 'no-bundle' };
  const expected = 1 + (last ?? [...seen].reduce((a, b) => Math.max(a, b), -1));
  return { end: 'read', head: opened.head, torn: last === undefined, missing: expected - seen.size };
}

/** What became of a bundle, for people. */
export interface CourierTaken {
  readonly outcome: CourierEnd;
  /** Commits by verdict. */
  readonly verdicts: Readonly<Record<Verdict['result'], number>>;
}

/**
 * Takes a bundle in, chunk by chunk, each with its verdicts on the disk before the next. `side` is where its sender stands to this
 * node: a child is `below`, a parent `above` (whose bundle ends what is remembered of every other parent: SY12).
 */
export async function takeCourier(
  store: SyncStore,
  lines: AsyncIterable<string> | Iterable<string>,
  reader: CourierReader,
  side: (from: string) => 'below' | 'above',
): Promise<CourierTaken> {
  const verdicts = { stored: 0, dup: 0, gap: 0, quarantined: 0, fork: 0 };
  const chunks = readCourier(lines, reader);
  for (;;) {
    const step = await chunks.next();
    if (step.done === true) return { outcome: step.value, verdicts };
    const { head, commits } = step.value;
    const found =
      side(head.from) === 'below'
        ? await store.receive(commits, 'below', undefined, head.from)
        : await store.receive(commits, 'above', { peer: head.from, record: await store.link(head.from) });
    for (const { result } of found) verdicts[result] += 1;
  }
}

interface Opened {
  readonly head: CourierHead;
  readonly print: string;
  open(sealed: string, context: string): Awaitable<string | undefined>;
}

async function openHead(
  line: string,
  reader: CourierReader,
): Promise<Opened | { readonly why: CourierRefusal; readonly head?: CourierHead }> {
  const fields = fieldsOf(line);
  const [tag, bundle, from, to, made, expires, wrapped, signature] = fields;
  if (typeof tag === 'string' && /^courier[2-9][0-9]*$/.test(tag)) return { why: 'later-version' };
  const isHead = tag === 'courier1' && fields.length === 8 && typeof made === 'number' && typeof expires === 'number';
  if (!isHead || typeof bundle !== 'string' || typeof from !== 'string' || typeof to !== 'string')
    return { why: 'no-bundle' };
  if (typeof wrapped !== 'string' || typeof signature !== 'string') return { why: 'no-bundle' };
  const head = { bundle, from, to, made, expires };
  if (to !== reader.to) return { why: 'not-for-us', head };
  const signed = JSON.stringify(fields.slice(0, -1));
  if (!(await reader.verify(from, signed, signature))) return { why: 'unknown-sender', head };
  if (reader.now >= expires && reader.evenExpired !== true) return { why: 'expired', head };
  const open = await reader.open(wrapped);
  return open === undefined ? { why: 'wrong-key', head } : { head, print: reader.digest.sha256(line), open };
}

async function openChunk(
  line: string,
  { head, print, open }: Opened,
  reader: CourierReader,
): Promise<
  { readonly number: number; readonly isLast: boolean; readonly commits: readonly CarriedCommit[] } | undefined
> {
  const fields = fieldsOf(line);
  const [tag, number, isLast, sealed, signature] = fields;
  if (tag !== 'chunk' || fields.length !== 5 || typeof number !== 'number' || typeof isLast !== 'boolean')
    return undefined;
  if (typeof sealed !== 'string' || typeof signature !== 'string') return undefined;
  const context = contextOf(print, number, isLast);
  if (!(await reader.verify(head.from, signedOf(reader.digest, context, sealed), signature))) return undefined;
  const text = await open(sealed, context);
  if (text === undefined) return undefined;
  const commits = text === '' ? [] : text.split('\n').map(decodeCarriedLine);
  const sound = commits.filter((commit) => commit !== undefined);
  return sound.length === commits.length ? { number, isLast, commits: sound } : undefined;
}

const contextOf = (print: string, number: number, isLast: boolean): string =>
  `${print}:${number}:${isLast ? 'last' : 'more'}`;
const signedOf = (digest: Digest, context: string, sealed: string): string =>
  JSON.stringify(['chunk', context, digest.sha256(sealed)]);

/** The items of a line that is a JSON array; none of any other. */
function fieldsOf(line: string): readonly JsonValue[] {
  try {
    const value = JSON.parse(line) as JsonValue;
    return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  } catch {
    return [];
  }
}
