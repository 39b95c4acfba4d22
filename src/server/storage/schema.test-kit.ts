// The schema as text: tables, columns, keys and indexes, in an order that does not depend on the server.
import type { Client } from 'pg';

const COLUMNS = `
SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, coalesce(c.collname, ''),
  coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity
FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_collation c ON c.oid = a.attcollation AND c.collname <> 'default'
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
ORDER BY t.relname COLLATE "C", a.attnum`;
const INDEXES = `
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' ORDER BY pg_get_indexdef(i.indexrelid) COLLATE "C"`;
/** NOT NULL became a constraint of its own in PostgreSQL 18; it stands with the columns. */
const CONSTRAINTS = `
SELECT line FROM (
  SELECT t.relname || ': ' || pg_get_constraintdef(k.oid) AS line FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
  WHERE t.relnamespace = 'public'::regnamespace AND k.contype <> 'n') AS lines
ORDER BY line COLLATE "C"`;
const OTHERS = `
SELECT line FROM (
  SELECT relkind::text || ' ' || relname AS line FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i')
  UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql') AS lines
ORDER BY line COLLATE "C"`;

export async function describeSchema(client: Client): Promise<string> {
  const lines: string[] = [];
  let table = '';
  const rowsOf = async (text: string): Promise<readonly unknown[][]> =>
    (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
  for (const [name, column, type, notNull, collation, value, identity] of await rowsOf(COLUMNS)) {
    if (name !== table) lines.push('', `table ${String(name)}`);
    table = String(name);
    const parts = [
      `  ${String(column)} ${String(type)}`,
      collation === '' ? '' : `collate ${String(collation)}`,
      notNull === true ? 'not null' : '',
      value === '' ? '' : `default ${String(value)}`,
      identity === '' ? '' : 'identity',
    ];
    lines.push(parts.filter((part) => part !== '').join(' '));
  }
  for (const text of [CONSTRAINTS, INDEXES, OTHERS]) {
    lines.push('');
    for (const [line] of await rowsOf(text)) lines.push(String(line));
  }
  return `${lines.join('\n').trim()}\n`;
}
