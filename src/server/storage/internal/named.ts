// Names of revisions by scope: a table of its own that follows the commits in order of arrival, so that writing does not wait for it.
//
//   PG28  Whoever asks for names brings the table up to date first: it says what was committed before the question.
//   SY18  A header that cannot be read is in no scope but `all`.
//
// The key of a patient's scope is the compartment, so that a patient's names lie together; of all others it is the text.
import type { Hash } from '../../../core/base/ports.ts';
import type { Part } from '../../../core/sync/compare.ts';
import { keysOf, printOfScopes, type Scopes } from '../../../core/sync/scopes.ts';
import { toBase32 } from '../../../core/base/base32.ts';
import { int4s, int8s, texts } from './binary-arrays.ts';
import type { Queryable } from './connections.ts';
import type { StoreTools } from './prepare.ts';

/** Commits of one page of filling, and rows after which others get their turn. */
const PAGE = 500;
const TURN = 500;
/** Lists of keys that are remembered as columns: a list of 200,000 takes a second to make. */
const COLUMNS_MAX = 8;
const PATIENT = 'pat/';
/** Of what is in no scope: nobody can be granted it. */
const NO_SCOPE = '\u0001';

const NEW = `
SELECT p.n, v.hash, v.header, p.o, p.seq FROM (
  SELECT n, o, seq, part FROM arrival WHERE n > (SELECT named FROM sync_state) ORDER BY n LIMIT ${PAGE}) AS p
JOIN revision v ON v.o = p.o AND v.seq = p.seq AND v.part = p.part
UNION ALL
SELECT p.n, u.name, NULL, p.o, p.seq FROM (
  SELECT n, o, seq, part FROM arrival WHERE n > (SELECT named FROM sync_state) ORDER BY n LIMIT ${PAGE}) AS p
JOIN unread u ON u.o = p.o AND u.seq = p.seq AND u.part = p.part`;
const REACH = `
SELECT s.named, (SELECT max(n) FROM (SELECT n FROM arrival WHERE n > s.named ORDER BY n LIMIT ${PAGE}) AS p) FROM sync_state s`;
/** Two processes that fill the same page write the same rows; the second moves nothing. */
const FILL = `
WITH moved AS (UPDATE sync_state SET named = $2 WHERE named = $1 RETURNING 1)
INSERT INTO named (c, scope, name, o, seq)
SELECT k.* FROM moved, unnest($3::bigint[], $4::text[], $5::text[], $6::int[], $7::bigint[]) AS k(c, scope, name, o, seq)
ON CONFLICT DO NOTHING`;

interface ScopeKey {
  readonly c: number;
  readonly scope: string;
}

export class Named {
  readonly #db: Queryable;
  readonly #tools: Pick<StoreTools, 'compartment' | 'digest'>;
  readonly #number: () => Promise<void>;
  #filling: Promise<void> | undefined;
  #again = false;
  /** By the print of the scopes. */
  readonly #columns = new Map<Hash, Columns>();

  constructor(db: Queryable, tools: Pick<StoreTools, 'compartment' | 'digest'>, number: () => Promise<void>) {
    this.#db = db;
    this.#tools = tools;
    this.#number = number;
  }

  /** Resolves when all that was committed before the call is in the table. */
  async fill(): Promise<void> {
    if (this.#filling) {
      // The pass that runs may have read before the commit in question.
      this.#again = true;
      return this.#filling;
    }
    this.#filling = this.#passes();
    try {
      await this.#filling;
    } finally {
      this.#filling = undefined;
    }
  }

  async #passes(): Promise<void> {
    do {
      this.#again = false;
      await this.#number();
      while (await this.#pass());
    } while (this.#again);
  }

  async #pass(): Promise<boolean> {
    const [reach] = await this.#db.query(REACH, []);
    const [from, to] = reach ?? [];
    if (to === null || to === undefined) return false;
    const rows = await this.#db.query(NEW, []);
    const keys: ScopeKey[] = [];
    const places: { name: string; o: number; seq: number }[] = [];
    for (const [i, [n, name, header, o, seq]] of rows.entries()) {
      if (i % TURN === TURN - 1) await new Promise(setImmediate);
      // Another process was faster: what it did is not done again.
      if (Number(n) > Number(to)) continue;
      const own = typeof header === 'string' ? keysOf(header) : undefined;
      for (const key of own === undefined ? [NO_SCOPE] : new Set(own.map(storable))) {
        keys.push(this.#keyOf(key));
        places.push({ name: String(name), o: Number(o), seq: Number(seq) });
      }
    }
    await this.#db.query(FILL, [
      from,
      to,
      int8s(keys.map(({ c }) => c)),
      texts(keys.map(({ scope }) => scope)),
      texts(places.map(({ name }) => name)),
      int4s(places.map(({ o }) => o)),
      int8s(places.map(({ seq }) => seq)),
    ]);
    return true;
  }

  #keyOf(key: string): ScopeKey {
    if (!key.startsWith(PATIENT)) return { c: 0, scope: key };
    return { c: this.#tools.compartment(`Patient/${key.slice(PATIENT.length)}`).key, scope: '' };
  }

  async #columnsOf(scopes: readonly string[]): Promise<Columns> {
    const print = printOfScopes(this.#tools.digest, scopes);
    const known = this.#columns.get(print);
    if (known !== undefined) return known;
    const keys: ScopeKey[] = [];
    for (const [i, key] of scopes.entries()) {
      if (i % TURN === TURN - 1) await new Promise(setImmediate);
      if (key !== NO_SCOPE) keys.push(this.#keyOf(storable(key)));
    }
    const made: Columns = [int8s(keys.map(({ c }) => c)), texts(keys.map(({ scope }) => scope))];
    if (this.#columns.size >= COLUMNS_MAX) this.#columns.clear();
    this.#columns.set(print, made);
    return made;
  }

  /** A condition on `named x` and its values, from `$first`. */
  async #within(scopes: Scopes, first: number): Promise<{ readonly sql: string; readonly values: readonly unknown[] }> {
    if (scopes === 'all') return { sql: 'true', values: [] };
    return {
      sql: `(x.c, x.scope) IN (SELECT * FROM unnest($${first}::bigint[], $${first + 1}::text[]))`,
      values: await this.#columnsOf(scopes),
    };
  }

  /** Ascending, each once. */
  async names(prefix: string, scopes: Scopes, after: string, limit: number): Promise<readonly Hash[]> {
    await this.fill();
    const { sql, values } = await this.#within(scopes, 5);
    const rows = await this.#db.query(
      `SELECT DISTINCT x.name FROM named x WHERE x.name >= $1 AND x.name < $2 AND x.name > $3 AND ${sql} ORDER BY 1 LIMIT $4`,
      [storable(prefix), endOf(prefix), storable(after), limit, ...values],
    );
    return rows.map(([name]) => String(name));
  }

  /** Count and print of each prefix, made where the names are. */
  async parts(prefixes: readonly string[], scopes: Scopes): Promise<readonly Part[]> {
    if (prefixes.length === 0) return [];
    await this.fill();
    const { sql, values } = await this.#within(scopes, 3);
    const rows = await this.#db.query(
      `SELECT k.i, p.count, p.print FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(lo, hi, i), LATERAL (
         SELECT count(*) AS count, sha256(convert_to(coalesce(string_agg(d.name, '' ORDER BY d.name), ''), 'UTF8')) AS print
         FROM (SELECT DISTINCT x.name FROM named x WHERE x.name >= k.lo AND x.name < k.hi AND ${sql}) AS d) AS p`,
      [texts(prefixes.map(storable)), texts(prefixes.map(endOf)), ...values],
    );
    const parts: Part[] = prefixes.map((prefix) => ({ prefix, count: 0, print: '' }));
    for (const [i, count, print] of rows) {
      const at = Number(i) - 1;
      const prefix = prefixes[at];
      if (prefix !== undefined && Number(count) > 0)
        parts[at] = { prefix, count: Number(count), print: toBase32(print as Buffer) };
    }
    return parts;
  }

  /** Held, and in none of `scopes`. */
  async namesOutside(scopes: Scopes, after: string, limit: number): Promise<readonly Hash[]> {
    if (scopes === 'all') return [];
    await this.fill();
    const { values } = await this.#within(scopes, 3);
    const rows = await this.#db.query(
      `SELECT x.name FROM named x LEFT JOIN unnest($3::bigint[], $4::text[]) AS k(c, scope) ON k.c = x.c AND k.scope = x.scope
       WHERE x.name > $1 GROUP BY x.name HAVING count(k.c) = 0 ORDER BY x.name LIMIT $2`,
      [after, limit, ...values],
    );
    return rows.map(([name]) => String(name));
  }

  /** Those that are not held. */
  async lacking(names: readonly Hash[]): Promise<readonly Hash[]> {
    // What is found is held; what is not may have come after the table was filled.
    const perhaps = await this.#lacking(names);
    if (perhaps.length === 0) return [];
    await this.fill();
    return this.#lacking(perhaps);
  }

  async #lacking(names: readonly Hash[]): Promise<readonly Hash[]> {
    if (names.length === 0) return [];
    const rows = await this.#db.query(
      `SELECT k.name FROM unnest($1::text[]) WITH ORDINALITY AS k(name, i)
       WHERE NOT EXISTS (SELECT 1 FROM named x WHERE x.name = k.name) ORDER BY k.i`,
      [texts(names.map(storable))],
    );
    return rows.map(([name]) => String(name));
  }

  /** The commits that brought them first, each once, in the order of the names. */
  async bearing(names: readonly Hash[]): Promise<readonly { readonly o: number; readonly seq: number }[]> {
    if (names.length === 0) return [];
    await this.lacking(names);
    const rows = await this.#db.query(
      `SELECT x.o, x.seq FROM unnest($1::text[]) WITH ORDINALITY AS k(name, i) JOIN named x ON x.name = k.name
       GROUP BY x.o, x.seq ORDER BY min(k.i)`,
      [texts(names.map(storable))],
    );
    return rows.map(([o, seq]) => ({ o: Number(o), seq: Number(seq) }));
  }

  /** As if nothing had been filled. */
  async clear(): Promise<void> {
    await this.#db.query('WITH gone AS (DELETE FROM named) UPDATE sync_state SET named = 0', []);
  }
}

type Columns = readonly [c: Buffer, scope: Buffer];

/** Above every name with the prefix: names are base32, so below `{`. */
const endOf = (prefix: string): string => `${storable(prefix)}{`;
const storable = (text: string): string => text.replaceAll('\0', NO_SCOPE);
