// Which parts of the record the nodes below may have, and which this node has, in PostgreSQL (specs/scopes.md).
//
//   SC2  What a peer may have is read anew when it changed, by whichever process, and is the same array until then.
//   SC3  A grant is kept once, with when and why; only people take one away.
//   SC10 What was asked of the parent waits in the database until it is answered.
//   SC20 Of what is here: filled from above as the parent said, or born here.
import { CATALOGUE_SCOPES, CREDENTIALS, DEMOGRAPHICS, NODES, nodeScope } from '../../core/record/scope.ts';
import type { Digest, Instant } from '../../core/base/ports.ts';
import type { ResourceKey } from '../../core/record/store.ts';
import type { Foremost } from '../../core/sync/ports.ts';
import type { Scopes } from '../../core/sync/scopes.ts';
import { int8s, texts } from './internal/binary-arrays.ts';
import { Connections, type ConnectionSettings, type Queryable } from './internal/connections.ts';
import { compartments } from './internal/hashes.ts';
import { foremost } from './internal/foremost.ts';
import type { StoreTools } from './internal/prepare.ts';
import { migrate } from './migrate.ts';

export type PeerTier = 'site' | 'device';
export interface ScopePeer {
  readonly peer: string;
  readonly tier: PeerTier;
  /** `Organization/1`: whose patients are the peer's. */
  readonly places: readonly string[];
  /** Who was its patient already, was looked for. */
  readonly swept: boolean;
}
/** Why a peer was given a key. */
export type GrantReason = 'pushed' | 'visit' | 'looked-up' | 'by-hand' | 'linked' | 'moved';
export interface Grant {
  readonly key: string;
  readonly since: Instant;
  readonly why: GrantReason;
}
export interface ScopeState {
  /** Up to this arrival commits were read for grants. */
  readonly read: number;
  /** The node above; absent at a node without one. */
  readonly parent?: string;
  /** Until when nothing newer is missing in what is held, by this node's clock. */
  readonly confirmedAt?: Instant;
  /** While something is filled from above: how many heads came, of how many. */
  readonly filling?: { readonly done: number; readonly of: number };
}

/** What every node of a tier may have. Devices carry no credentials about. */
function ofTier(tier: string, peer: string): readonly string[] {
  const all = ['', DEMOGRAPHICS, NODES, nodeScope(peer), ...CATALOGUE_SCOPES];
  return tier === 'site' ? [...all, CREDENTIALS] : all;
}

const NOTHING: readonly string[] = Object.freeze([]);

const ENROL = `
INSERT INTO scope_peer AS p (peer, tier, places, version, retired, swept) VALUES ($1, $2, $3, 1, false, false)
ON CONFLICT (peer) DO UPDATE SET tier = excluded.tier, places = excluded.places, version = p.version + 1, retired = false, swept = false`;
/** What other nodes with the same places had: a site whose disk was lost comes back under another name. */
const INHERIT = `
INSERT INTO scope_grant (c, peer, key, since, why)
SELECT DISTINCT ON (g.c, g.key) g.c, $1, g.key, g.since, g.why FROM scope_peer p JOIN scope_grant g ON g.peer = p.peer
WHERE p.peer <> $1 AND p.tier = 'site' AND $2 = 'site' AND p.places = $3::text[] AND p.places <> '{}' ORDER BY g.c, g.key, g.since
ON CONFLICT DO NOTHING`;
const GRANT = `
WITH fresh AS (
  INSERT INTO scope_grant (c, peer, key, since, why)
  SELECT u.c, $1, u.key, $4, $5 FROM unnest($2::bigint[], $3::text[]) AS u(c, key) ORDER BY u.c, u.key
  ON CONFLICT DO NOTHING RETURNING key),
told AS (UPDATE scope_peer SET version = version + 1 WHERE peer = $1 AND EXISTS (SELECT 1 FROM fresh))
SELECT key FROM fresh`;
const WITHDRAW = `
WITH gone AS (
  DELETE FROM scope_grant g USING unnest($2::bigint[], $3::text[]) AS u(c, key)
  WHERE g.c = u.c AND g.peer = $1 AND g.key = u.key RETURNING g.key),
told AS (UPDATE scope_peer SET version = version + 1 WHERE peer = $1 AND EXISTS (SELECT 1 FROM gone))
SELECT key FROM gone`;
const HOLDERS = `
SELECT g.peer, g.key FROM unnest($1::bigint[], $2::text[]) AS u(c, key)
JOIN scope_grant g ON g.c = u.c AND g.key = u.key JOIN scope_peer p ON p.peer = g.peer AND NOT p.retired`;
const BEGIN = `
INSERT INTO scope_held (c, key, since, born)
SELECT u.c, u.key, $3, true FROM unnest($1::bigint[], $2::text[]) AS u(c, key) ORDER BY u.c, u.key ON CONFLICT DO NOTHING`;
/** From now on the node above decides of it, whoever began it. */
const FILL = `
INSERT INTO scope_held AS h (c, key, since, born)
SELECT u.c, u.key, $3, false FROM unnest($1::bigint[], $2::text[]) AS u(c, key) ORDER BY u.c, u.key
ON CONFLICT (c, key) DO UPDATE SET since = excluded.since, born = false, taken = false`;
const TAKE = `UPDATE scope_held h SET taken = true FROM unnest($1::bigint[], $2::text[]) AS u(c, key) WHERE h.c = u.c AND h.key = u.key`;
const HELD = `SELECT u.key FROM unnest($1::bigint[], $2::text[]) AS u(c, key) JOIN scope_held h ON h.c = u.c AND h.key = u.key AND h.taken = $3`;
const SPREAD = `UPDATE scope_grant g SET spread = $3 FROM unnest($1::bigint[], $2::text[]) AS u(c, key) WHERE g.c = u.c AND g.key = u.key AND g.spread <> $3`;
const COMING = `UPDATE scope_want w SET coming = true FROM unnest($1::bigint[], $2::text[]) AS u(c, key) WHERE w.c = u.c AND w.key = u.key`;
const WANTED_NO_MORE = `DELETE FROM scope_want w USING unnest($1::bigint[], $2::text[]) AS u(c, key) WHERE w.c = u.c AND w.key = u.key`;
/** Resources that had another home before: those that a header of theirs names, without the one that they have. */
const HOMES = `
SELECT u.type, u.id, array_agg(DISTINCT substring(v.header FROM '"pat/([A-Za-z0-9.-]{1,64})"[^][]*\\],"[^"]*","[^"]*"\\]$'))
FROM unnest($1::text[], $2::text[]) AS u(type, id)
JOIN locator l ON l.type = u.type AND l.id = u.id
JOIN revision v ON v.c = l.c AND v.rid = l.rid
GROUP BY 1, 2 HAVING count(DISTINCT substring(v.header FROM '"pat/([A-Za-z0-9.-]{1,64})"[^][]*\\],"[^"]*","[^"]*"\\]$')) > 1`;
/** The first revision that came of a patient was written by this node. */
const BORN = `
SELECT u.id FROM unnest($1::text[]) AS u(id)
JOIN locator l ON l.type = 'Patient' AND l.id = u.id
JOIN revision v ON v.c = l.c AND v.rid = l.rid AND v.n = 1
JOIN origin o ON o.o = v.o WHERE starts_with(o.name, $2)`;

export class Grants {
  readonly #db: Queryable;
  readonly #tools: Pick<StoreTools, 'compartment'>;
  readonly #known = new Map<string, { readonly version: number; readonly scopes: readonly string[] }>();

  constructor(db: Queryable, tools: Pick<StoreTools, 'compartment'>) {
    this.#db = db;
    this.#tools = tools;
  }

  // --- nodes below ---------------------------------------------------------------------------------------------------

  /** A node that may ask from now on; again where its tier or places changed. */
  async enrol(peer: string, tier: PeerTier, places: readonly string[]): Promise<void> {
    await this.#db.query(INHERIT, [peer, tier, texts(places)]);
    await this.#db.query(ENROL, [peer, tier, texts(places)]);
  }

  /** It gets nothing from now on. What it was granted is remembered. */
  async retire(peer: string): Promise<void> {
    await this.#db.query('UPDATE scope_peer SET retired = true, version = version + 1 WHERE peer = $1', [peer]);
  }

  async peers(): Promise<readonly ScopePeer[]> {
    const rows = await this.#db.query(
      'SELECT peer, tier, places, swept FROM scope_peer WHERE NOT retired ORDER BY peer',
      [],
    );
    return rows.map(([peer, tier, places, swept]) => ({
      peer: String(peer),
      tier: tier === 'site' ? 'site' : 'device',
      places: places as readonly string[],
      swept: swept === true,
    }));
  }

  async setPlaces(peer: string, places: readonly string[]): Promise<void> {
    await this.#db.query(
      'UPDATE scope_peer SET places = $2, version = version + 1, swept = false WHERE peer = $1 AND NOT retired',
      [peer, texts(places)],
    );
  }

  async setSwept(peer: string, swept: boolean): Promise<void> {
    await this.#db.query('UPDATE scope_peer SET swept = $2 WHERE peer = $1', [peer, swept]);
  }

  /** What the peer may have: keys in ascending order. [] for whom nobody enrolled, and for whoever was retired. */
  async grantsOf(peer: string): Promise<Scopes> {
    const [row] = await this.#db.query('SELECT version, tier FROM scope_peer WHERE peer = $1 AND NOT retired', [peer]);
    if (row === undefined) return NOTHING;
    const version = Number(row[0]);
    const known = this.#known.get(peer);
    if (known?.version === version) return known.scopes;
    // What is granted between the two statements comes with a later version, so it is read again.
    const rows = await this.#db.query('SELECT key FROM scope_grant WHERE peer = $1', [peer]);
    const keys = new Set([...ofTier(String(row[1]), peer), ...rows.map(([key]) => String(key))]);
    const scopes = Object.freeze([...keys].sort());
    this.#known.set(peer, { version, scopes });
    return scopes;
  }

  /** `peer` asks for records: they are granted, and where this node has not got them itself, it asks the node above. */
  async lookUp(peer: string, keys: readonly string[], at: Instant): Promise<void> {
    await this.grant(peer, keys, 'looked-up', at);
    if ((await this.state()).parent === undefined) return;
    const here = new Set(await this.heldOf(keys));
    const lacking = keys.filter((key) => !here.has(key));
    if (lacking.length > 0) await this.want(lacking, at);
  }

  /** Answers those that the peer did not have. */
  async grant(peer: string, keys: readonly string[], why: GrantReason, at: Instant): Promise<readonly string[]> {
    if (keys.length === 0) return [];
    const distinct = [...new Set(keys)];
    return this.#keys(GRANT, [peer, ...this.#columns(distinct), at, why]);
  }

  /** By hand alone. Answers those that it had. */
  async withdraw(peer: string, keys: readonly string[]): Promise<readonly string[]> {
    return this.#keys(WITHDRAW, [peer, ...this.#columns(keys)]);
  }

  /** What a peer was granted beside what its tier has, the newest first. */
  async granted(peer: string, limit: number): Promise<readonly Grant[]> {
    const rows = await this.#db.query(
      'SELECT key, since, why FROM scope_grant WHERE peer = $1 ORDER BY since DESC, key LIMIT $2',
      [peer, limit],
    );
    return rows.map(([key, since, why]) => ({
      key: String(key),
      since: Number(since),
      why: String(why) as GrantReason,
    }));
  }

  async countGranted(peer: string): Promise<number> {
    const [row] = await this.#db.query('SELECT count(*) FROM scope_grant WHERE peer = $1', [peer]);
    return Number(row?.[0] ?? 0);
  }

  /** Which peers were granted one of `keys`. */
  async holders(keys: readonly string[]): Promise<readonly { readonly peer: string; readonly key: string }[]> {
    if (keys.length === 0) return [];
    const rows = await this.#db.query(HOLDERS, this.#columns(keys));
    return rows.map(([peer, key]) => ({ peer: String(peer), key: String(key) }));
  }

  // --- what was asked of the node above --------------------------------------------------------------------------------

  async want(keys: readonly string[], at: Instant): Promise<void> {
    await this.#db.query(
      'INSERT INTO scope_want (c, key, since) SELECT u.c, u.key, $3 FROM unnest($1::bigint[], $2::text[]) AS u(c, key) ON CONFLICT DO NOTHING',
      [...this.#columns(keys), at],
    );
  }

  async wants(): Promise<readonly string[]> {
    return this.#keys('SELECT key FROM scope_want WHERE NOT coming ORDER BY since, key LIMIT 1000', []);
  }

  /** The node above answered for `asked` with `granted`: those come now, the others are over. */
  async settleWants(asked: readonly string[], granted: readonly string[]): Promise<void> {
    const over = asked.filter((key) => !granted.includes(key));
    if (granted.length > 0) await this.#db.query(COMING, this.#columns(granted));
    if (over.length > 0) await this.#db.query(WANTED_NO_MORE, this.#columns(over));
  }

  /** Those of `keys` that were asked for and are not here yet. */
  async wantedOf(keys: readonly string[]): Promise<readonly string[]> {
    return this.#keys(
      'SELECT u.key FROM unnest($1::bigint[], $2::text[]) AS u(c, key) JOIN scope_want w ON w.c = u.c AND w.key = u.key',
      this.#columns(keys),
    );
  }

  // --- what is here ----------------------------------------------------------------------------------------------------

  /** `keys` were begun at a node below: they are whole without the node above, until it says something of them. */
  async noteBorn(keys: readonly string[], at: Instant): Promise<void> {
    await this.#db.query(BEGIN, [...this.#columns([...new Set(keys)]), at]);
  }

  /** From above: `added` are whole from now on, and `taken` are granted no more. */
  async setHeld(added: readonly string[], taken: readonly string[], at: Instant): Promise<void> {
    if (taken.length > 0) await this.#db.query(TAKE, this.#columns(taken));
    if (added.length === 0) return;
    const columns = this.#columns([...new Set(added)]);
    await this.#db.query(FILL, [...columns, at]);
    await this.#db.query(WANTED_NO_MORE, columns);
  }

  /** All keys that came from above. */
  async filled(): Promise<readonly string[]> {
    return this.#keys('SELECT key FROM scope_held WHERE NOT born AND NOT taken', []);
  }

  /** Those of `keys` that are whole here. */
  async heldOf(keys: readonly string[]): Promise<readonly string[]> {
    return this.#keys(HELD, [...this.#columns(keys), false]);
  }

  /** Those of `keys` that were whole here and are granted no more. */
  async takenOf(keys: readonly string[]): Promise<readonly string[]> {
    return this.#keys(HELD, [...this.#columns(keys), true]);
  }

  /** Those of the patients (by id) that this node, by the name of `install`, was the first to write of. */
  async bornHere(patients: readonly string[], install: string): Promise<readonly string[]> {
    return this.#keys(BORN, [texts(patients), `${install}.`]);
  }

  async state(): Promise<ScopeState> {
    const [row = []] = await this.#db.query('SELECT n, parent, confirmed, filled, fill_of FROM scope_state', []);
    const [read, parent, confirmed, done, of] = row;
    return {
      read: Number(read),
      ...(typeof parent === 'string' ? { parent } : {}),
      ...(typeof confirmed === 'number' ? { confirmedAt: confirmed } : {}),
      ...(Number(of) > 0 ? { filling: { done: Number(done), of: Number(of) } } : {}),
    };
  }

  /** Whose this node is; `undefined`: nobody's. What another parent confirmed says nothing of this one. */
  async setParent(parent: string | undefined): Promise<void> {
    const name = parent ?? null;
    const [changed] = await this.#db.query(
      'UPDATE scope_state SET parent = $1, confirmed = NULL, filled = 0, fill_of = 0 WHERE parent IS DISTINCT FROM $1 RETURNING n',
      [name],
    );
    // What it grants may be other keys, and what is here of them may be less.
    if (changed !== undefined) await this.#db.query('DELETE FROM scope_held WHERE NOT born', []);
  }

  /** The parent has told all that it had at `at`. */
  async confirm(parent: string, at: Instant): Promise<void> {
    await this.setParent(parent);
    await this.#db.query('UPDATE scope_state SET confirmed = $1, filled = 0, fill_of = 0', [at]);
  }

  async setFilling(done: number, of: number): Promise<void> {
    await this.#db.query('UPDATE scope_state SET filled = $1, fill_of = $2', [done, of]);
  }

  // --- the job ---------------------------------------------------------------------------------------------------------

  /** One process reads at a time; a clock that jumped back does not block it for long. */
  async claimTurn(now: Instant, until: Instant): Promise<boolean> {
    const rows = await this.#db.query(
      'UPDATE scope_state SET turn_until = $2 WHERE turn_until <= $1 OR turn_until > $2 RETURNING n',
      [now, until],
    );
    return rows.length > 0;
  }

  async endTurn(): Promise<void> {
    await this.#db.query('UPDATE scope_state SET turn_until = 0', []);
  }

  async advance(from: number, to: number): Promise<void> {
    await this.#db.query('UPDATE scope_state SET n = $2 WHERE n = $1', [from, to]);
  }

  /** The last arrival that has a number. */
  async latest(): Promise<number> {
    return Number((await this.#db.query('SELECT coalesce(max(n), 0) FROM arrival', []))[0]?.[0] ?? 0);
  }

  /** Grants of patients whose links were not looked at, the oldest first. */
  async unspread(limit: number): Promise<readonly { readonly peer: string; readonly key: string }[]> {
    const rows = await this.#db.query(
      'SELECT peer, key FROM scope_grant WHERE NOT spread AND c <> 0 ORDER BY since, key LIMIT $1',
      [limit],
    );
    return rows.map(([peer, key]) => ({ peer: String(peer), key: String(key) }));
  }

  /** The links of these patients' keys were looked at, by everybody who was granted one; or must be again. */
  async setSpread(keys: readonly string[], spread: boolean): Promise<void> {
    if (keys.length === 0) return;
    await this.#db.query(SPREAD, [...this.#columns(keys), spread]);
  }

  /** Patients (by id) whose records each of `keys` was ever in, where those are several. */
  async homesOf(
    keys: readonly ResourceKey[],
  ): Promise<readonly { readonly key: ResourceKey; readonly patients: readonly string[] }[]> {
    if (keys.length === 0) return [];
    const rows = await this.#db.query(HOMES, [texts(keys.map(({ type }) => type)), texts(keys.map(({ id }) => id))]);
    return rows.map(([type, id, patients]) => ({
      key: { type: String(type), id: String(id) },
      patients: (patients as readonly (string | null)[]).filter((each) => each !== null),
    }));
  }

  /** Names of heads in clinical order; see `SyncReads.foremost`. */
  foremost(scopes: Scopes, after: string, limit: number): Promise<Foremost> {
    return foremost(this.#db, this.#tools, scopes, after, limit);
  }

  #columns(keys: readonly string[]): readonly [Buffer, Buffer] {
    const c = keys.map((key) =>
      key.startsWith('pat/') ? this.#tools.compartment(`Patient/${key.slice('pat/'.length)}`).key : 0,
    );
    return [int8s(c), texts(keys)];
  }

  async #keys(statement: string, values: readonly unknown[]): Promise<readonly string[]> {
    return (await this.#db.query(statement, values)).map(([key]) => String(key));
  }
}

export interface OpenGrants extends Grants {
  close(): Promise<void>;
}

/** Migrates the database of the record where needed. Throws `Trouble` where it is of a newer version. */
export async function openGrants({
  url,
  digest,
}: {
  readonly url: string;
  readonly digest: Digest;
}): Promise<OpenGrants> {
  const settings: ConnectionSettings = { url, statementMs: 30_000, connectMs: 10_000, label: 'holdfast scopes' };
  await migrate(settings);
  const db = new Connections(settings, 2);
  const grants = new Grants(db, { compartment: compartments(digest) });
  return Object.assign(grants, { close: () => db.close() });
}
