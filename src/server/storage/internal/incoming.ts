// A commit from elsewhere, taken apart before any lock is held: what it is worth, and what each of its revisions says.
//
//   RS34  What is not read is carried: it stops nothing.
//   PG22  The processor is given back every few revisions, so that the node goes on serving.
import type { Hash } from '../../../core/base/ports.ts';
import { decodeCommit } from '../../../core/record/envelope.ts';
import type { Hlc } from '../../../core/record/hlc.ts';
import { readRevision, type UnreadReason } from '../../../core/record/read-revision.ts';
import type { Body, ResourceKey } from '../../../core/record/store.ts';
import { labelsOf } from '../../../core/record/visible.ts';
import { inspectCommit, type Inspection } from '../../../core/sync/judge-commit.ts';
import type { CarriedCommit } from '../../../core/sync/ports.ts';
import { indexOfHead, type HeadIndex, type StoreTools } from './prepare.ts';

/** `unkept`: the database would not have it. */
export type NotRead = UnreadReason | 'unindexed' | 'unkept';

export interface IncomingRevision {
  readonly name: Hash;
  readonly header: string;
  readonly text: string | undefined;
  /** Its place in the commit, from 0. */
  readonly entry: number;
  readonly said: Said | NotRead;
}
/** What a revision that is read says. */
export interface Said {
  readonly key: ResourceKey;
  readonly parents: readonly Hash[];
  readonly hlc: Hlc;
  readonly body: Body | undefined;
  readonly index: HeadIndex | undefined;
  readonly labels: readonly string[];
}
export const isRead = (said: Said | NotRead): said is Said => typeof said !== 'string';

export interface Incoming {
  readonly commit: CarriedCommit;
  readonly inspection: Inspection;
  readonly revisions: readonly IncomingRevision[];
  /** How many entries it has at its author's. */
  readonly entries: number;
  readonly receivedAt: number | undefined;
}

/** Of a later version: its header is not read. */
export const isLater = ({ inspection }: Pick<Incoming, 'inspection'>): boolean =>
  inspection.sound && inspection.aside === 'unknown-version';

/** Work between two looks at the clock, and the time after which others get their turn. */
const TOGETHER = 8;
const TURN_MS = 8;

/** In the order of `commits`. */
export async function takeApart(tools: StoreTools, commits: readonly CarriedCommit[]): Promise<readonly Incoming[]> {
  const taken: Incoming[] = [];
  let since = performance.now();
  let done = 0;
  for (const commit of commits) {
    taken.push(incomingOf(tools, commit));
    done += commit.revisions.length;
    if (done < TOGETHER) continue;
    done = 0;
    if (performance.now() - since < TURN_MS) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
  return taken;
}

export function incomingOf(tools: StoreTools, commit: CarriedCommit): Incoming {
  const inspection = inspectCommit(tools.digest, commit);
  if (!inspection.sound) return { commit, inspection, revisions: [], entries: 0, receivedAt: undefined };
  const decoded = decodeCommit(commit.header);
  // Of a later version nobody can tell the places: they come as they came.
  const places = new Map(decoded.ok ? decoded.value.entries.map((name, at) => [name, at]) : []);
  const revisions = commit.revisions.map(({ hash, header, text }, at): IncomingRevision => ({
    name: hash,
    header,
    text,
    entry: places.get(hash) ?? at,
    said: saidOf(tools, header, text),
  }));
  const entries = decoded.ok ? new Set(decoded.value.entries).size : commit.revisions.length;
  return { commit, inspection, revisions, entries, receivedAt: decoded.ok ? decoded.value.receivedAt : undefined };
}

function saidOf(tools: StoreTools, text: string, bodyText: string | undefined): Said | NotRead {
  const revision = readRevision(text, bodyText);
  if (!revision.read) return revision.reason;
  const { header, body } = revision;
  const { type, id, parents, authored } = header;
  const index = body === undefined ? undefined : indexed(tools, body);
  if (index === null) return 'unindexed';
  const labels = body === undefined ? [] : [...labelsOf(body.resource)];
  return { key: { type, id }, parents, hlc: authored.hlc, body, index, labels };
}

/** null: a body that no validator ever saw, and that is no resource in the parts that a search looks at. */
function indexed(tools: StoreTools, body: Body): HeadIndex | null {
  try {
    return indexOfHead(tools, body.resource);
  } catch {
    return null;
  }
}

/** The same commit, of which nothing is read. */
export const carriedOnly = (incoming: Incoming): Incoming => ({
  ...incoming,
  revisions: incoming.revisions.map((revision) => ({ ...revision, said: 'unkept' })),
});
