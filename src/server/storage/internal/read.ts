// Reads by key: those that are asked in one turn of the event loop, or while enough statements are under way, go to the
// database together as one statement. Alone, a read goes at once; under load a statement carries many, and what a round
// trip costs both processes is shared.
import type { ResourceKey, Stored, Visibility } from '../../../core/record/store.ts';
import { texts } from './binary-arrays.ts';
import type { Queryable } from './connections.ts';
import type { StoreTools } from './prepare.ts';
import { STORED_COLUMNS, STORED_WIDTH, storedOf, Values, visibleSql, type StoredRow } from './stored-rows.ts';

/** A statement that answers more than this makes the first of its readers wait for the last. */
const KEYS_TOGETHER_MAX = 64;
/** One is answered while the next is on its way; more would only make each smaller. */
const UNDER_WAY_MAX = 2;

interface Asked {
  readonly keys: readonly ResourceKey[];
  readonly settle: (found: readonly (Stored | undefined)[]) => void;
  readonly fail: (error: unknown) => void;
}

export class Reader {
  readonly #db: Queryable;
  readonly #tools: StoreTools;
  #asked: Asked[] = [];
  #isDue = false;
  #underWay = 0;

  constructor(db: Queryable, tools: StoreTools) {
    this.#db = db;
    this.#tools = tools;
  }

  read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    if (visible.see !== 'everything') return readKeys(this.#db, this.#tools, keys, visible);
    return new Promise((settle, fail) => {
      this.#asked.push({ keys, settle, fail });
      if (this.#isDue || this.#underWay >= UNDER_WAY_MAX) return;
      this.#isDue = true;
      setImmediate(() => {
        this.#isDue = false;
        this.#send();
      });
    });
  }

  #send(): void {
    while (this.#asked.length > 0 && this.#underWay < UNDER_WAY_MAX) {
      let size = 0;
      let count = 0;
      for (const { keys } of this.#asked) {
        count++;
        size += keys.length;
        if (size >= KEYS_TOGETHER_MAX) break;
      }
      const group = this.#asked.splice(0, count);
      this.#underWay++;
      void this.#sendGroup(group).finally(() => {
        this.#underWay--;
        this.#send();
      });
    }
  }

  async #sendGroup(group: readonly Asked[]): Promise<void> {
    try {
      const keys = group.flatMap((each) => each.keys);
      const found = await readKeys(this.#db, this.#tools, keys, { see: 'everything' });
      let at = 0;
      for (const { keys: own, settle } of group) {
        settle(found.slice(at, at + own.length));
        at += own.length;
      }
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }
}

/** In the order of `keys`. */
async function readKeys(
  db: Queryable,
  tools: StoreTools,
  keys: readonly ResourceKey[],
  visible: Visibility,
): Promise<readonly (Stored | undefined)[]> {
  return (await readRows(db, tools, keys, visible)).map((row) => row?.stored);
}

/** The same with their places. */
export async function readRows(
  db: Queryable,
  tools: StoreTools,
  keys: readonly ResourceKey[],
  visible: Visibility,
): Promise<readonly (StoredRow | undefined)[]> {
  const found: (StoredRow | undefined)[] = keys.map(() => undefined);
  if (keys.length === 0) return found;
  const values = new Values();
  const [only] = keys;
  let from: string;
  if (only !== undefined && keys.length === 1) {
    const type = values.add(only.type, 'text');
    from = `1 FROM locator l JOIN resource r ON r.c = l.c AND r.rid = l.rid WHERE l.type = ${type} AND l.id = ${values.add(only.id, 'text')}`;
  } else {
    const types = values.add(texts(keys.map((key) => key.type)), 'text[]');
    const ids = values.add(texts(keys.map((key) => key.id)), 'text[]');
    from = `k.i FROM unnest(${types}, ${ids}) WITH ORDINALITY AS k(type, id, i)
      JOIN locator l ON l.type = k.type AND l.id = k.id JOIN resource r ON r.c = l.c AND r.rid = l.rid WHERE true`;
  }
  const may = visibleSql(tools, visible, values);
  const rows = await db.query(`SELECT ${STORED_COLUMNS}, ${from}${may ? ` AND ${may}` : ''}`, values.list);
  for (const row of rows) found[Number(row[STORED_WIDTH]) - 1] = storedOf(row);
  return found;
}
