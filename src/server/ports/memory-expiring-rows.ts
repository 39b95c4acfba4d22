// The node's short-lived rows in memory: for tests, and the oracle for the table in PostgreSQL.
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRow, ExpiringRows, RowOptions } from './expiring-rows.ts';

interface Row {
  readonly kind: string;
  readonly id: string;
  value: string;
  expiresAt: Instant | undefined;
  consumedAt: Instant | undefined;
  group: string | undefined;
  alias: string | undefined;
}

const SWEEP_MS = 60_000;

/** Empty rows; gone with the process. */
export function memoryExpiringRows(clock: Clock): ExpiringRows {
  const rows = new Map<string, Row>();
  let sweptAt = clock.now();
  // A kind holds no NUL, so no two rows share a name.
  const nameOf = (kind: string, id: string): string => `${kind}\u0000${id}`;
  const isOver = (row: Row): boolean => row.expiresAt !== undefined && row.expiresAt <= clock.now();
  const live = (kind: string, id: string): Row | undefined => {
    const row = rows.get(nameOf(kind, id));
    return row === undefined || isOver(row) ? undefined : row;
  };
  const sweep = (): void => {
    if (Math.abs(clock.now() - sweptAt) < SWEEP_MS) return;
    sweptAt = clock.now();
    for (const [name, row] of rows) if (isOver(row)) rows.delete(name);
  };
  const shown = (row: Row): ExpiringRow => ({
    id: row.id,
    value: row.value,
    ...(row.expiresAt === undefined ? {} : { expiresAt: row.expiresAt }),
    ...(row.consumedAt === undefined ? {} : { consumedAt: row.consumedAt }),
  });
  const write = (kind: string, id: string, value: string, options: RowOptions): void => {
    if (options.alias !== undefined) {
      for (const row of rows.values()) if (row.kind === kind && row.alias === options.alias) row.alias = undefined;
    }
    rows.set(nameOf(kind, id), {
      kind,
      id,
      value,
      expiresAt: options.expiresAt,
      consumedAt: live(kind, id)?.consumedAt,
      group: options.group,
      alias: options.alias,
    });
  };
  return {
    put: async (kind, id, value, options = {}) => {
      write(kind, id, value, options);
      sweep();
    },
    get: async (kind, id) => {
      const row = live(kind, id);
      return row === undefined ? undefined : shown(row);
    },
    getByAlias: async (kind, alias) => {
      for (const row of rows.values()) if (row.kind === kind && row.alias === alias && !isOver(row)) return shown(row);
      return undefined;
    },
    list: async (kind) =>
      [...rows.values()]
        .filter((row) => row.kind === kind && !isOver(row))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map(shown),
    consume: async (kind, id) => {
      const row = live(kind, id);
      if (row === undefined || row.consumedAt !== undefined) return false;
      row.consumedAt = clock.now();
      return true;
    },
    remove: async (kind, id) => void rows.delete(nameOf(kind, id)),
    removeGroup: async (group) => {
      for (const [name, row] of rows) if (row.group === group) rows.delete(name);
    },
    count: async (kind, id, by, expiresAt) => {
      const row = live(kind, id);
      const now = (row === undefined ? 0 : Number(row.value)) + by;
      if (row === undefined) write(kind, id, String(now), { expiresAt });
      else row.value = String(now);
      sweep();
      return now;
    },
    close: async () => undefined,
  };
}
