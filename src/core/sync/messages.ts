// The messages of protocol version 1, as lines of JSON: the head line, then one line for each commit.
//
//   SY2   Encoding prints in one way; golden vectors hold: a changed byte is a new version.
//   SY3   Every message means the same however often and in whatever order it comes; a reply names its request.
//   SY23  What cannot be decoded is a value, never an exception.
//
// A request goes up, its reply comes down: nothing is ever sent to a child that did not ask. A transport carries each pair as
// one HTTP exchange. Bodies travel as the exact text.
import type { JsonValue } from '../base/json-types.ts';
import type { Hash, Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Difference, Part } from './compare.ts';
import type { Verdict } from './judge-commit.ts';
import type { CarriedCommit, Durability, Foremost, Held, Mark, Tier, Tip } from './ports.ts';
import type { Scopes } from './scopes.ts';

export const PROTOCOL_VERSION = 1;
/** Lowest and highest version that this build speaks. */
export const SPEAKS: readonly [number, number] = [PROTOCOL_VERSION, PROTOCOL_VERSION];

export type Request =
  | {
      readonly kind: 'hello';
      readonly node: string;
      readonly incarnation: string;
      /** Lowest and highest protocol version that the sender speaks. */
      readonly speaks: readonly [number, number];
      /** Where the sender stands in what it carries. */
      readonly tips: readonly Tip[];
      /** Print of the stable marks that the sender knows (`printOfMarks`). */
      readonly marks: Hash;
      /** Print of the scopes that the sender remembers of this peer; '' where it remembers none. */
      readonly scopes: Hash | '';
    }
  | { readonly kind: 'push'; readonly commits: readonly CarriedCommit[] }
  | {
      readonly kind: 'pull';
      readonly incarnation: string;
      readonly after: number;
      readonly limit: number;
      readonly bytes: number;
    }
  | { readonly kind: 'compare'; readonly scopes: Scopes; readonly parts: readonly Part[] }
  | { readonly kind: 'fetch'; readonly names: readonly Hash[]; readonly bytes: number }
  | { readonly kind: 'offer'; readonly names: readonly Hash[] }
  /** Keys that somebody looks up now. */
  | { readonly kind: 'want'; readonly keys: readonly string[] }
  /** Names in clinical order, page by page: `after` is '' or the `next` of the reply before. */
  | { readonly kind: 'foremost'; readonly scopes: Scopes; readonly after: string; readonly limit: number }
  /** A range of a large revision's text, in UTF-16 units. */
  | { readonly kind: 'body'; readonly name: Hash; readonly from: number; readonly count: number };

export type Reply =
  | {
      readonly kind: 'welcome';
      readonly node: string;
      readonly incarnation: string;
      /** The highest version that both speak: of everything that follows. */
      readonly version: number;
      readonly tier: Tier;
      readonly now: Instant;
      /** Where this node stands in the origins of the hello. */
      readonly tips: readonly Tip[];
      /** Where the commits of those origins are safe beyond this node's own disk. */
      readonly held: readonly Held[];
      /** Those of them that it holds another history of. */
      readonly forked: readonly string[];
      /** `same`: they have the print that the hello gave. */
      readonly stable: readonly Mark[] | 'same';
      /** What the asker may have. `same`: they have the print that the hello gave. */
      readonly scopes: Scopes | 'same';
    }
  | { readonly kind: 'verdicts'; readonly verdicts: readonly Verdict[] }
  | {
      readonly kind: 'feed';
      readonly incarnation: string;
      /** Print of the scopes that the commits were filtered by. */
      readonly scopes: Hash;
      /** Everything up to this arrival is told. */
      readonly checkpoint: number;
      readonly more: boolean;
      /** Revisions that are left out of the commits because they are large. */
      readonly deferred: readonly Hash[];
      readonly commits: readonly CarriedCommit[];
    }
  | {
      readonly kind: 'differences';
      readonly incarnation: string;
      /** Print of what the asker is granted now. */
      readonly scopes: Hash;
      readonly arrival: number;
      /** How many of the parts this is about, from the first; the others are to be asked again. */
      readonly done: number;
      readonly differences: readonly Difference[];
    }
  | {
      readonly kind: 'fetched';
      readonly scopes: Hash;
      /** How many of the names this is about, from the first; the others are to be asked again. */
      readonly done: number;
      readonly deferred: readonly Hash[];
      readonly commits: readonly CarriedCommit[];
    }
  | { readonly kind: 'lacking'; readonly names: readonly Hash[] }
  | { readonly kind: 'granted'; readonly granted: readonly string[]; readonly refused: readonly string[] }
  | ({ readonly kind: 'ordered' } & Foremost)
  | {
      readonly kind: 'piece';
      readonly scopes: Hash;
      /** Units of the whole text; 0 where it is not here, or not for the asker. */
      readonly total: number;
      readonly text: string;
      /** The commit that brought it, without any revision's text. */
      readonly commits: readonly CarriedCommit[];
    }
  | { readonly kind: 'refused'; readonly why: 'version' | 'incarnation' | 'busy' | 'disk' };

export type Message = Request | Reply;
export interface Framed<M extends Message = Message> {
  /** Chosen by the asker; the reply bears the same. */
  readonly id: string;
  readonly message: M;
}
export type MessageFault = { readonly kind: 'unknown-version'; readonly tag: string } | { readonly kind: 'malformed' };

/** Lines, each ended by a line feed. */
export function encodeMessage({ id, message }: Framed): string {
  const { kind, ...rest } = message;
  const { commits = [], ...fields } = rest as { readonly commits?: readonly CarriedCommit[] };
  const names = FIELDS[kind].map(([name]) => name).filter((name) => name !== 'commits');
  const values = names.map((name) => (fields as Readonly<Record<string, unknown>>)[name]);
  return [JSON.stringify(['s1', kind, id, ...values]), ...commits.map(encodeCarried), ''].join('\n');
}

export function decodeMessage(text: string): Result<Framed, MessageFault> {
  if (!text.endsWith('\n')) return MALFORMED;
  let lines: readonly JsonValue[];
  try {
    lines = text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as JsonValue);
  } catch {
    return MALFORMED;
  }
  const [head, ...tail] = lines;
  if (!Array.isArray(head)) return MALFORMED;
  const [tag, kind, id, ...values] = head as readonly JsonValue[];
  if (tag !== 's1')
    return typeof tag === 'string' && /^s[1-9][0-9]*$/.test(tag) ? err({ kind: 'unknown-version', tag }) : MALFORMED;
  if (typeof kind !== 'string' || typeof id !== 'string' || !Object.hasOwn(FIELDS, kind)) return MALFORMED;
  const fields = FIELDS[kind as Message['kind']];
  const plain = fields.filter(([name]) => name !== 'commits');
  if (values.length !== plain.length || (tail.length > 0 && plain.length === fields.length)) return MALFORMED;
  const message: Record<string, unknown> = { kind };
  for (const [at, [name, check]] of plain.entries()) {
    const value = values[at];
    if (value === undefined || !check(value)) return MALFORMED;
    message[name] = value;
  }
  if (plain.length < fields.length) {
    const commits = tail.map(decodeCarried);
    if (commits.includes(undefined)) return MALFORMED;
    message['commits'] = commits;
  }
  return ok({ id, message: message as unknown as Message });
}

/** The commit of one line of `encodeCarried`; `undefined` where it is none. */
export function decodeCarriedLine(line: string): CarriedCommit | undefined {
  try {
    return decodeCarried(JSON.parse(line) as JsonValue);
  } catch {
    return undefined;
  }
}

/** One line, without its end. Also the line of a courier bundle. */
export function encodeCarried(commit: CarriedCommit): string {
  const { origin, seq, hash, prev, header, signature = null } = commit;
  const revisions = commit.revisions.map((r) => [r.hash, r.header, r.text ?? null]);
  return JSON.stringify(['commit', origin, seq, hash, prev, header, signature, revisions]);
}

function decodeCarried(line: JsonValue): CarriedCommit | undefined {
  if (!Array.isArray(line) || line.length !== 8) return undefined;
  const [tag, origin, seq, hash, prev, header, signature, list] = line as readonly JsonValue[];
  if (tag !== 'commit' || !isText(origin) || !isCount(seq) || !isText(hash) || !isText(prev) || !isText(header))
    return undefined;
  if ((signature !== null && !isText(signature)) || !Array.isArray(list)) return undefined;
  const revisions: CarriedCommit['revisions'][number][] = [];
  for (const entry of list as readonly JsonValue[]) {
    if (!Array.isArray(entry) || entry.length !== 3) return undefined;
    const [name, top, text] = entry as readonly JsonValue[];
    if (!isText(name) || !isText(top) || (text !== null && !isText(text))) return undefined;
    revisions.push({ hash: name, header: top, text: text ?? undefined });
  }
  return { origin, seq, hash, prev, header, ...(signature === null ? {} : { signature }), revisions };
}

type Check = (value: JsonValue) => boolean;
type Fields = readonly (readonly [name: string, check: Check])[];

const MALFORMED = err({ kind: 'malformed' } as const);
const isText = (value: JsonValue | undefined): value is string => typeof value === 'string';
const isCount = (value: JsonValue | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    isArray(value) && value.every(check);
const tuple =
  (...checks: readonly Check[]): Check =>
  (value) =>
    isArray(value) && value.length === checks.length && checks.every((check, at) => check(value[at] ?? null));
const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !isArray(value) &&
    Object.keys(value).length === Object.keys(fields).length &&
    Object.entries(fields).every(([name, check]) => {
      const member = (value as Readonly<Record<string, JsonValue>>)[name];
      return member !== undefined && check(member);
    });
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const exactly =
  (...words: readonly string[]): Check =>
  (value) =>
    isText(value) && words.includes(value);

const isTip = record({ origin: isText, seq: isCount, hash: isText });
const isMark = tuple(isText, isCount);
const DURABILITIES: readonly Durability[] = ['D0', 'D1', 'D1m', 'D2', 'D3'];
const isHeld = tuple(isText, isCount, exactly(...DURABILITIES));
const isScopes = either(exactly('all'), listOf(isText));
const isPart = record({ prefix: isText, count: isCount, print: isText });
const isVerdict = either(
  record({ result: exactly('stored', 'dup', 'fork') }),
  record({ result: exactly('gap'), need: isCount }),
  record({
    result: exactly('quarantined'),
    reason: exactly('unknown-version', 'unread-revision', 'malformed', 'false-hash', 'incomplete'),
    inPlace: isFlag,
  }),
);
const isDifference = either(
  record({ prefix: isText, names: listOf(isText) }),
  record({ prefix: isText, parts: listOf(isPart) }),
);

/** The fields of each kind in the order in which they are printed; `commits` are lines of their own. */
const FIELDS: Readonly<Record<Message['kind'], Fields>> = {
  hello: [
    ['node', isText],
    ['incarnation', isText],
    ['speaks', tuple(isCount, isCount)],
    ['tips', listOf(isTip)],
    ['marks', isText],
    ['scopes', isText],
  ],
  push: [['commits', isArray]],
  pull: [
    ['incarnation', isText],
    ['after', isCount],
    ['limit', isCount],
    ['bytes', isCount],
  ],
  compare: [
    ['scopes', isScopes],
    ['parts', listOf(isPart)],
  ],
  fetch: [
    ['names', listOf(isText)],
    ['bytes', isCount],
  ],
  offer: [['names', listOf(isText)]],
  want: [['keys', listOf(isText)]],
  foremost: [
    ['scopes', isScopes],
    ['after', isText],
    ['limit', isCount],
  ],
  body: [
    ['name', isText],
    ['from', isCount],
    ['count', isCount],
  ],
  welcome: [
    ['node', isText],
    ['incarnation', isText],
    ['version', isCount],
    ['tier', exactly('region', 'site', 'device')],
    ['now', isCount],
    ['tips', listOf(isTip)],
    ['held', listOf(isHeld)],
    ['forked', listOf(isText)],
    ['stable', either(exactly('same'), listOf(isMark))],
    ['scopes', either(exactly('same'), isScopes)],
  ],
  verdicts: [['verdicts', listOf(isVerdict)]],
  feed: [
    ['incarnation', isText],
    ['scopes', isText],
    ['checkpoint', isCount],
    ['more', isFlag],
    ['deferred', listOf(isText)],
    ['commits', isArray],
  ],
  differences: [
    ['incarnation', isText],
    ['scopes', isText],
    ['arrival', isCount],
    ['done', isCount],
    ['differences', listOf(isDifference)],
  ],
  fetched: [
    ['scopes', isText],
    ['done', isCount],
    ['deferred', listOf(isText)],
    ['commits', isArray],
  ],
  lacking: [['names', listOf(isText)]],
  granted: [
    ['granted', listOf(isText)],
    ['refused', listOf(isText)],
  ],
  ordered: [
    ['names', listOf(isText)],
    ['next', isText],
    ['done', isCount],
    ['of', isCount],
  ],
  piece: [
    ['scopes', isText],
    ['total', isCount],
    ['text', isText],
    ['commits', isArray],
  ],
  refused: [['why', exactly('version', 'incarnation', 'busy', 'disk')]],
};
