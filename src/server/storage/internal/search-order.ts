// The order of results, as SQL and as keys of a cursor.
//
//   1. Without sort keys the order is the store's own: that of the index that is read anyway, and total.
//   2. With sort keys: their values, what has none last both ways, then type, then id (RS20).
//   3. A cursor holds the keys of the last row, so that what comes and goes shifts nothing.
import type { SortKey } from '../../../core/fhir/search/query.ts';
import { longHash, MAIN_DATE, paramHash } from './index-rows.ts';
import type { Values } from './stored-rows.ts';

/** One column of the order. */
export interface OrderPart {
  readonly sql: string;
  readonly descending: boolean;
  /** Its PostgreSQL type, for the cursor. */
  readonly cast: 'bigint' | 'text' | 'double precision' | 'int';
}

const SENTINEL_LAST = 9_223_372_036_854_775_807n;

/**
 * The parts for `sort`, or undefined where the index does not hold the values (tokens, references and URIs are hashes there).
 * `isOneHead`: whatever has siblings is asked again without (PG21).
 */
export function orderOf(
  sort: readonly SortKey[],
  types: readonly string[],
  values: Values,
  isOneHead: boolean,
): readonly OrderPart[] | undefined {
  const parts: OrderPart[] = [];
  for (const key of sort) {
    const made = partsOf(key, types, values, isOneHead);
    if (made === undefined) return undefined;
    parts.push(...made);
  }
  if (types.length > 1) parts.push({ sql: 'r.type', descending: false, cast: 'text' });
  parts.push({ sql: 'r.id', descending: false, cast: 'text' });
  return parts;
}

function partsOf(
  key: SortKey,
  types: readonly string[],
  values: Values,
  isOneHead: boolean,
): readonly OrderPart[] | undefined {
  const { descending } = key;
  switch (key.type) {
    case 'id':
      return [{ sql: 'r.id', descending, cast: 'text' }];
    case 'lastUpdated':
      return [{ sql: 'r.updated', descending, cast: 'bigint' }];
    case 'date': {
      const [type] = types;
      if (types.length === 1 && type !== undefined && MAIN_DATE[type] === key.param && !descending) {
        return [{ sql: 'r.main', descending, cast: 'bigint' }];
      }
      if (types.length === 1 && type !== undefined && MAIN_DATE[type] === key.param) {
        // One head has one main date; of several the greatest counts, and `main` is the least.
        let greatest = 'r.main';
        if (!isOneHead) {
          const p = values.bigints([paramHash(type, key.param), longHash(type, key.param)]);
          greatest = `(CASE WHEN r.heads IS NULL THEN r.main ELSE coalesce((SELECT max(d.lo) FROM index_date d WHERE d.c = r.c AND d.rid = r.rid AND d.p = ANY (${p})), ${SENTINEL_LAST}) END)`;
        }
        return [
          { sql: `(${greatest} = ${SENTINEL_LAST})::int`, descending: false, cast: 'int' },
          { sql: greatest, descending, cast: 'bigint' },
        ];
      }
      const p = types.flatMap((each) => [paramHash(each, key.param), longHash(each, key.param)]);
      return nullsLast(
        `(SELECT ${descending ? 'max' : 'min'}(d.lo) FROM index_date d WHERE d.c = r.c AND d.rid = r.rid AND d.p = ANY (${values.bigints(p)}))`,
        '0',
        descending,
        'bigint',
      );
    }
    case 'string': {
      const p = values.bigints(types.map((each) => paramHash(each, key.param)));
      return nullsLast(
        `(SELECT ${descending ? 'max' : 'min'}(d.value) FROM index_string d WHERE d.c = r.c AND d.rid = r.rid AND d.p = ANY (${p}))`,
        "''",
        descending,
        'text',
      );
    }
    case 'number':
    case 'quantity': {
      const p = values.bigints(types.map((each) => paramHash(each, key.param)));
      return nullsLast(
        `(SELECT ${descending ? 'max' : 'min'}(d.lo) FROM index_number d WHERE d.c = r.c AND d.rid = r.rid AND d.p = ANY (${p}))`,
        '0',
        descending,
        'double precision',
      );
    }
    default:
      return undefined;
  }
}

const nullsLast = (sql: string, none: string, descending: boolean, cast: OrderPart['cast']): readonly OrderPart[] => [
  { sql: `(${sql} IS NULL)::int`, descending: false, cast: 'int' },
  { sql: `coalesce(${sql}, ${none})`, descending, cast },
];

export const orderSql = (parts: readonly OrderPart[]): string =>
  parts
    .map(({ sql, descending, cast }) => `${sql}${cast === 'text' ? ' COLLATE "C"' : ''}${descending ? ' DESC' : ''}`)
    .join(', ');

/** What comes after a row whose values were `keys`. */
export function beyondSql(parts: readonly OrderPart[], keys: readonly string[], values: Values): string {
  const places = parts.map(({ cast }, i) => values.add(keys[i] ?? '', cast) + (cast === 'text' ? ' COLLATE "C"' : ''));
  const isOneWay = parts.every(({ descending }) => !descending);
  if (isOneWay) return `(${parts.map(({ sql }) => sql).join(', ')}) > (${places.join(', ')})`;
  const steps = parts.map(({ sql, descending }, i) => {
    const same = parts.slice(0, i).map((part, j) => `${part.sql} = ${places[j] ?? ''}`);
    return `(${[...same, `${sql} ${descending ? '<' : '>'} ${places[i] ?? ''}`].join(' AND ')})`;
  });
  return `(${steps.join(' OR ')})`;
}
