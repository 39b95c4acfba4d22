// Reads by key: those that are asked in one turn of the event loop, or while enough statements are under way, go to the
// database together as one statement, whoever asks. Alone, a read goes at once; under load a statement carries many, and what a
// round trip costs both processes is shared.
//
//   PG17  Each reader's visibility is judged here, by the evaluator that all stores share: a row brings its home and the labels
//         that hide from anyone in the group. What cannot be shown by the row and by what is remembered costs one look around,
//         and so does what is not there.
import type { ResourceKey, Stored, Visibility } from '../../../core/record/store.ts';
import type { IndexEntry } from '../../../core/fhir/search/index-entry.ts';
import type { Indexed } from '../../../core/fhir/search/evaluate.ts';
import { extract } from '../../../core/fhir/search/extract.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { isVisible, NO_LABELS, type Seen } from '../../../core/record/visible.ts';
import { texts } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import type { StoreTools } from './prepare.ts';
import { hidingLabels, sightOf } from './sight.ts';
import { STORED_COLUMNS, STORED_WIDTH, storedOf, Values, type StoredRow } from './stored-rows.ts';
import { aroundBy, nowhere, type Surroundings } from './surroundings.ts';
import { visibleSql, type KnownHome } from './visible-sql.ts';

/** A statement that answers more than this makes the first of its readers wait for the last. */
const KEYS_TOGETHER_MAX = 64;
/** One is answered while the next is on its way; more would only make each smaller. */
const UNDER_WAY_MAX = 2;

interface Asked {
  readonly keys: readonly ResourceKey[];
  readonly visible: Visibility;
  readonly settle: (found: Promise<readonly (Stored | undefined)[]>) => void;
  readonly fail: (error: unknown) => void;
}

/** A row with what a judge needs beside it. */
interface FoundRow extends StoredRow {
  /** Tokens of labels that hide from somebody in the group. */
  readonly hiding: readonly number[];
  /** Bodies of the heads, where there are several. */
  readonly bodies: readonly string[] | undefined;
}

export class Reader {
  readonly #db: Queryable;
  readonly #tools: StoreTools;
  readonly #surroundings: Surroundings;
  #asked: Asked[] = [];
  #isDue = false;
  #underWay = 0;

  constructor(db: Queryable, tools: StoreTools, surroundings: Surroundings) {
    this.#db = db;
    this.#tools = tools;
    this.#surroundings = surroundings;
  }

  read(keys: readonly ResourceKey[], visible: Visibility): Promise<readonly (Stored | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return new Promise((settle, fail) => {
      this.#asked.push({ keys, visible, settle, fail });
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
      const labels = new Set<number>();
      for (const { visible } of group) for (const token of hidingLabels(visible).keys()) labels.add(token);
      const isSome = group.some(({ visible }) => visible.see === 'some');
      const found = await readFound(this.#db, keys, isSome, [...labels]);
      let at = 0;
      for (const { keys: own, visible, settle } of group) {
        settle(this.#judgeAll(own, found.slice(at, at + own.length), visible));
        at += own.length;
      }
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  async #judgeAll(
    keys: readonly ResourceKey[],
    found: readonly (FoundRow | undefined)[],
    visible: Visibility,
  ): Promise<readonly (Stored | undefined)[]> {
    if (visible.see === 'everything') return found.map((row) => row?.stored);
    const judged = keys.map((key, i) => this.#judge(key, found[i], visible));
    return judged.some((each) => each instanceof Promise)
      ? Promise.all(judged)
      : (judged as readonly (Stored | undefined)[]);
  }

  #judge(
    { type, id }: ResourceKey,
    row: FoundRow | undefined,
    visible: Visibility,
  ): Stored | undefined | Promise<Stored | undefined> {
    const sight = sightOf(visible, type);
    const seen = row === undefined ? undefined : seenOf(this.#tools, row, visible);
    if (seen !== undefined && isVisible(sight.visible, seen, this.#surroundings.lately)) return row?.stored;
    if (sight.groups.length === 0) return undefined;
    const isOfPatient = row !== undefined && row.stored.home !== '';
    const place = isOfPatient ? { c: row.c, home: row.stored.home } : nowhere(type, id);
    return this.#surroundings
      .look(sight.groups, place)
      .then((answers) =>
        seen !== undefined && isVisible(sight.visible, seen, aroundBy(answers)) ? row?.stored : undefined,
      );
  }
}

function seenOf(tools: StoreTools, row: FoundRow, visible: Visibility): Seen {
  const { key, home, deleted } = row.stored;
  const names = hidingLabels(visible);
  const labels = row.hiding.map((token) => names.get(token)).filter((label) => label !== undefined);
  let indexed: Indexed | undefined;
  return {
    type: key.type,
    home,
    labels: labels.length === 0 ? NO_LABELS : new Set(labels),
    // Taken apart for the rules alone that ask what the resource says.
    get indexed() {
      return deleted ? undefined : (indexed ??= indexedOfRow(tools, row));
    },
  };
}

function indexedOfRow({ baseUrls }: StoreTools, { stored, bodies }: FoundRow): Indexed {
  const resource = JSON.parse(stored.text) as ResourceJson;
  const others = (bodies ?? []).filter((text) => text !== stored.text);
  const all = [resource, ...others.map((text) => JSON.parse(text) as ResourceJson)];
  const entries: readonly IndexEntry[] = all.flatMap((each) => extract(each, { baseUrls }));
  return { ...stored.key, lastUpdatedAt: stored.lastUpdatedAt, entries, resource };
}

/** FROM and WHERE of the resources under `keys`, with the place of each, from 1, as `i`. */
function fromKeys(keys: readonly ResourceKey[], values: Values): { readonly i: string; readonly from: string } {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) {
    const from = `FROM locator l JOIN resource r ON r.c = l.c AND r.rid = l.rid
      WHERE l.type = ${values.add(only.type, 'text')} AND l.id = ${values.add(only.id, 'text')}`;
    return { i: '1', from };
  }
  const types = values.add(texts(keys.map((key) => key.type)), 'text[]');
  const ids = values.add(texts(keys.map((key) => key.id)), 'text[]');
  const from = `FROM unnest(${types}, ${ids}) WITH ORDINALITY AS k(type, id, i)
    JOIN locator l ON l.type = k.type AND l.id = k.id JOIN resource r ON r.c = l.c AND r.rid = l.rid WHERE true`;
  return { i: 'k.i', from };
}

/** In the order of `keys`, with what a judge needs where `isJudged`. */
async function readFound(
  db: Queryable,
  keys: readonly ResourceKey[],
  isJudged: boolean,
  labels: readonly number[],
): Promise<readonly (FoundRow | undefined)[]> {
  const values = new Values();
  const { i, from } = fromKeys(keys, values);
  let judging = '';
  if (isJudged) {
    const list = values.bigints(labels);
    judging = `,
      CASE WHEN r.tokens && ${list} THEN ARRAY (SELECT t FROM unnest(r.tokens) t WHERE t = ANY (${list})) END,
      CASE WHEN r.heads IS NOT NULL THEN ARRAY (SELECT v.body FROM revision v
        WHERE v.c = r.c AND v.rid = r.rid AND v.hash = ANY (r.heads) AND v.body IS NOT NULL) END`;
  }
  const rows = await db.query(`SELECT ${STORED_COLUMNS}, ${i}${judging} ${from}`, values.list);
  const found: (FoundRow | undefined)[] = keys.map(() => undefined);
  for (const row of rows) found[Number(row[STORED_WIDTH]) - 1] = foundRow(row);
  return found;
}

function foundRow(row: Row): FoundRow {
  const hiding = row[STORED_WIDTH + 1];
  const bodies = row[STORED_WIDTH + 2];
  return {
    ...storedOf(row),
    hiding: Array.isArray(hiding) ? hiding.map(Number) : [],
    bodies: Array.isArray(bodies) ? (bodies as string[]) : undefined,
  };
}

/** Those that `visible` shows, judged in SQL, in the order of `keys`, with their places. */
export async function readRows(
  db: Queryable,
  tools: StoreTools,
  keys: readonly ResourceKey[],
  visible: Visibility,
  known?: KnownHome,
): Promise<readonly (StoredRow | undefined)[]> {
  const found: (StoredRow | undefined)[] = keys.map(() => undefined);
  if (keys.length === 0) return found;
  const values = new Values();
  const { i, from } = fromKeys(keys, values);
  const may = visibleSql(tools, visible, values, known);
  const rows = await db.query(...values.used(`SELECT ${STORED_COLUMNS}, ${i} ${from}${may ? ` AND ${may}` : ''}`));
  for (const row of rows) found[Number(row[STORED_WIDTH]) - 1] = storedOf(row);
  return found;
}
