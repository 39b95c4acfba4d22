// The connections to PostgreSQL: a few pipelined ones for reads, and single ones for whoever needs a session.
//
//   1. A connection that broke is replaced at its next use; what was in flight on it fails, and its caller hears so.
//   2. Statements are named by their text, so that each is planned once a connection; the rare ones go unnamed.
//   3. No statement runs longer than its connection's limit.
import { createHash } from 'node:crypto';
import { Client, types as pgTypes, type ClientConfig } from 'pg';
import { TimeoutError } from '../../../core/record/busy.ts';

const INT8 = 20;
const STATEMENTS_MAX = 400;

/** bigint columns hold safe integers and the two ends of the type. */
const types = {
  getTypeParser: ((oid: number, format?: 'text') => {
    if (oid === INT8) return Number;
    return pgTypes.getTypeParser(oid, format);
  }) as typeof pgTypes.getTypeParser,
};

export type Row = readonly unknown[];
export interface Queryable {
  /** Rows as arrays of columns. */
  query(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
}

/** The database did not answer as a database does: gone, restarting, or out of time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
export interface ConnectionSettings {
  readonly url: string;
  readonly statementMs: number;
  readonly connectMs: number;
  readonly label: string;
  /**
   * Every named statement is planned once a connection, for any values. For statements that are long and whose plan is always the
   * same: planning them for each set of values took ten times as long as running them.
   */
  readonly plansOnce?: boolean;
  /** Every statement is planned for its own values: for those that are given lists of any length. */
  readonly plansAnew?: boolean;
}

/** SQLSTATE of an error that PostgreSQL sent; undefined where the connection itself failed. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? code : undefined;
}

/** One session. */
export class Connection implements Queryable {
  readonly #client: Client;
  readonly #uses = new Map<string, { name: string | undefined; count: number }>();
  #names = 0;
  #broken = false;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(settings: ConnectionSettings, pipeline: boolean): Promise<Connection> {
    const client = new Client({
      connectionString: settings.url,
      application_name: settings.label,
      connectionTimeoutMillis: settings.connectMs,
      statement_timeout: settings.statementMs,
      options: `-c timezone=UTC -c synchronous_commit=on -c default_transaction_isolation=read\\ committed${
        settings.plansOnce === true ? ' -c plan_cache_mode=force_generic_plan' : ''
      }${settings.plansAnew === true ? ' -c plan_cache_mode=force_custom_plan' : ''}`,
      types,
      pipeline,
    } as ClientConfig);
    const made = new Connection(client);
    client.on('error', () => {
      made.#broken = true;
    });
    client.on('end', () => {
      made.#broken = true;
    });
    try {
      await client.connect();
    } catch (error) {
      throw new StoreUnavailable('the database cannot be reached', { cause: error });
    }
    return made;
  }

  get broken(): boolean {
    return this.#broken;
  }

  async query(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const name = this.#nameOf(text);
      const result = await this.#client.query<unknown[]>({
        text,
        values: values as unknown[],
        rowMode: 'array',
        ...(name === undefined ? {} : { name }),
      });
      return result.rows;
    } catch (error) {
      const state = sqlState(error);
      if (state === undefined || state.startsWith('57P')) {
        this.#broken = true;
        throw new StoreUnavailable('the connection to the database was lost', { cause: error });
      }
      if (state === '57014') throw new TimeoutError('the database took too long', { cause: error });
      throw error;
    }
  }

  /** Several statements without a value, or one that must not be named. */
  async run(text: string): Promise<string> {
    try {
      const result = await this.#client.query(text);
      return Array.isArray(result) ? '' : result.command;
    } catch (error) {
      const state = sqlState(error);
      if (state === undefined || state.startsWith('57P')) {
        this.#broken = true;
        throw new StoreUnavailable('the connection to the database was lost', { cause: error });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  /** A text earns a name at its second use: a search that is asked once would fill the session with plans. */
  #nameOf(text: string): string | undefined {
    const use = this.#uses.get(text);
    if (use === undefined) {
      if (this.#uses.size < STATEMENTS_MAX * 4) this.#uses.set(text, { name: undefined, count: 1 });
      return undefined;
    }
    if (use.name === undefined && this.#names < STATEMENTS_MAX) {
      this.#names++;
      use.name = createHash('sha1').update(text).digest('base64url');
    }
    use.count++;
    return use.name;
  }
}

/** A fixed number of sessions, handed out in turn; each takes many queries at once. */
export class Connections implements Queryable {
  readonly #settings: ConnectionSettings;
  readonly #slots: (Promise<Connection> | undefined)[];
  #next = 0;
  #closed = false;

  constructor(settings: ConnectionSettings, count: number) {
    this.#settings = settings;
    this.#slots = Array.from({ length: count }, () => undefined);
  }

  async query(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const slot = this.#next;
    this.#next = (slot + 1) % this.#slots.length;
    const connection = await this.#at(slot);
    try {
      return await connection.query(text, values);
    } catch (error) {
      // A session that died while nobody looked tells at its next use. What only reads may ask again, once.
      if (!(error instanceof StoreUnavailable) || this.#closed) throw error;
      return (await this.#at(slot)).query(text, values);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot?.then((c) => c.close()).catch(() => undefined)));
  }

  async #at(slot: number): Promise<Connection> {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    const open = this.#slots[slot];
    if (open) {
      const connection = await open.catch(() => undefined);
      if (connection && !connection.broken) return connection;
      // Several callers wait here for one slot: the first replaces it.
      if (this.#slots[slot] !== open) return this.#at(slot);
    }
    const made = Connection.open(this.#settings, true);
    this.#slots[slot] = made;
    return made;
  }
}
