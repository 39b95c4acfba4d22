// Commits that were made elsewhere, or here before: kept as they are, and everything derived from them anew.
//
//   PG16  What does not verify is not kept; a call is one transaction.
import { assert } from '../../../core/base/assert.ts';
import { parseJson } from '../../../core/base/json.ts';
import { authorBody } from '../../../core/record/body.ts';
import { bodyHashOf, commitHash, decodeCommit, decodeRevision, revisionHash } from '../../../core/record/envelope.ts';
import type { SealedCommit, SealedRevision } from '../../../core/record/seal.ts';
import type { ArrivedCommit, RevisionDraft } from '../../../core/record/store.ts';
import { SEQUENCER_LOCK } from './arrivals.ts';
import { land, nameOf, type Current } from './batch.ts';
import { int4s, int8s } from './binary-arrays.ts';
import { Connection, type ConnectionSettings } from './connections.ts';
import { LAND, landValues, type LandedResource } from './land-sql.ts';
import { indexOfHead, type PreparedRevision, type StoreTools } from './prepare.ts';
import { lockAndRead, removals } from './replace-sql.ts';
import { allOf, movedOf, RIDS_A_BLOCK } from './writer.ts';

interface Accepted {
  readonly commit: SealedCommit;
  readonly revisions: readonly { readonly prepared: PreparedRevision; readonly sealed: SealedRevision }[];
}

/** A commit that is not what its hashes say. Its message names no content. */
export class NotAsHashed extends Error {
  override readonly name = 'NotAsHashed';
}

export async function acceptCommits(
  settings: ConnectionSettings,
  tools: StoreTools,
  commits: readonly ArrivedCommit[],
): Promise<void> {
  if (commits.length === 0) return;
  const accepted = commits.map((commit) => checked(tools, commit));
  const connection = await Connection.open({ ...settings, statementMs: 0 }, true);
  try {
    await connection.run('BEGIN');
    // No number is given to others meanwhile, and what is kept here is numbered in the order in which it came.
    await connection.query('SELECT pg_advisory_xact_lock($1::bigint)', [SEQUENCER_LOCK]);
    const origins = await originsOf(connection, accepted);
    for (const group of groupsOf(accepted)) await landGroup(connection, tools, group, origins);
    await connection.query(
      `INSERT INTO arrival (n, o, seq)
       SELECT (SELECT coalesce(max(n), 0) FROM arrival) + i, o, seq
       FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS k(o, seq, i)`,
      [
        int4s(accepted.map(({ commit }) => origins.get(commit.origin)?.o ?? 0)),
        int8s(accepted.map(({ commit }) => commit.seq)),
      ],
    );
    assert((await connection.run('COMMIT')) === 'COMMIT', 'a transaction without an error commits');
  } finally {
    // Without COMMIT the end of the session undoes all of it.
    await connection.close();
  }
}

/** Everything that can be known of a commit alone. */
function checked({ digest, ...tools }: StoreTools, given: ArrivedCommit): Accepted {
  const where = `${given.origin} ${given.seq}`;
  const decoded = decodeCommit(given.header);
  if (!decoded.ok || commitHash(digest, given.header) !== given.hash) throw new NotAsHashed(`commit ${where}`);
  const { origin, seq, prev, receivedAt, entries } = decoded.value;
  const isWhole = origin === given.origin && seq === given.seq && entries.length === given.revisions.length;
  if (!isWhole) throw new NotAsHashed(`commit ${where}`);
  const revisions = given.revisions.map(({ header, hash, text }, i) => {
    const bodyHash = bodyHashOf(digest, text);
    const said = decodeRevision(header);
    if (!said.ok || hash !== entries[i] || revisionHash(digest, header, bodyHash) !== hash) {
      throw new NotAsHashed(`revision ${i + 1} of commit ${where}`);
    }
    const { type, id, parents, kind, author, authored, scope } = said.value;
    const body = text === undefined ? undefined : bodyOf(text, type, id, where);
    const draft: RevisionDraft = {
      key: { type, id },
      kind,
      parents,
      ...(body === undefined ? {} : { body }),
      ...(author === undefined ? {} : { author }),
      authoredAt: authored.wallMs,
    };
    const sealed: SealedRevision = { draft, hash, header, bodyHash, hlc: authored.hlc, parents, scope, bytes: 0 };
    const index = body === undefined ? undefined : indexOfHead({ digest, ...tools }, body.resource);
    return { sealed, prepared: { draft, hlc: authored.hlc, sealed, index } };
  });
  return { commit: { origin, seq, prev, header: given.header, hash: given.hash, receivedAt }, revisions };
}

function bodyOf(text: string, type: string, id: string, where: string): NonNullable<RevisionDraft['body']> {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new NotAsHashed(`a body of commit ${where} is no JSON`);
  const body = authorBody(text, parsed.value, id);
  const isOwn = body.text === text && body.resource.resourceType === type;
  if (!isOwn) throw new NotAsHashed(`a body of commit ${where} is not that of its header`);
  return body;
}

interface Tip {
  readonly o: number;
  seq: number;
  hash: string;
}

/** Where the chains stand that are to be continued, each with its number. */
async function originsOf(connection: Connection, accepted: readonly Accepted[]): Promise<ReadonlyMap<string, Tip>> {
  const tips = new Map<string, Tip>();
  for (const { commit } of accepted) {
    let tip = tips.get(commit.origin);
    if (tip === undefined) {
      const [row] = await connection.query(
        'INSERT INTO origin (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING o',
        [commit.origin],
      );
      const o = Number(row?.[0]);
      const [last] = await connection.query('SELECT seq, hash FROM commit WHERE o = $1 ORDER BY seq DESC LIMIT 1', [o]);
      tip = { o, seq: Number(last?.[0] ?? 0), hash: String(last?.[1] ?? '') };
      tips.set(commit.origin, tip);
    }
    if (commit.seq !== tip.seq + 1 || commit.prev !== tip.hash) {
      throw new NotAsHashed(`commit ${commit.origin} ${commit.seq} does not follow the one before`);
    }
    tip.seq = commit.seq;
    tip.hash = commit.hash;
  }
  return tips;
}

/** Runs of commits of one origin that write no resource twice: each run is one statement. */
function* groupsOf(accepted: readonly Accepted[]): Iterable<readonly Accepted[]> {
  let group: Accepted[] = [];
  let names = new Set<string>();
  for (const each of accepted) {
    const own = each.revisions.map(({ prepared }) => nameOf(prepared.draft.key));
    const isApart = group[0]?.commit.origin !== each.commit.origin || own.some((name) => names.has(name));
    if (group.length > 0 && isApart) {
      yield group;
      group = [];
      names = new Set();
    }
    group.push(each);
    for (const name of own) names.add(name);
  }
  if (group.length > 0) yield group;
}

async function landGroup(
  connection: Connection,
  tools: StoreTools,
  group: readonly Accepted[],
  origins: ReadonlyMap<string, Tip>,
): Promise<void> {
  const all = group.flatMap(({ revisions }) => revisions);
  const wanted = all.map(({ prepared }) => ({ key: prepared.draft.key, parents: prepared.draft.parents }));
  const current = await lockAndRead(connection, wanted, true);
  assert(all.length <= RIDS_A_BLOCK, 'commits are accepted some hundred at a time');
  const [block] = await connection.query("SELECT nextval('rid_block')", []);
  let rid = (Number(block?.[0]) - 1) * RIDS_A_BLOCK;
  const replaced: Current[] = [];
  const resources = group.flatMap(({ commit, revisions }) =>
    revisions.map(({ prepared, sealed }, entry): LandedResource => {
      const before = current.get(nameOf(prepared.draft.key));
      if (before) replaced.push(before);
      return land(tools, prepared, sealed, entry, commit, before, () => ++rid);
    }),
  );
  const o = origins.get(group[0]?.commit.origin ?? '')?.o ?? 0;
  const sent = replaced.length > 0 ? removals(connection, replaced, movedOf({ replaced, resources })) : [];
  const commits = group.map(({ commit }) => commit);
  await allOf([...sent, connection.query(LAND, landValues(o, commits, resources))]);
}
