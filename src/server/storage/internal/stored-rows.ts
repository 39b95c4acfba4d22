// Rows of `resource` as what the port answers, and the values of a statement.
import type { Hash } from '../../../core/base/ports.ts';
import type { Stored } from '../../../core/record/store.ts';
import type { Row } from './connections.ts';
import { CONFLICT_TOKENS } from './index-rows.ts';

/** The values of a statement while its text is written. */
export class Values {
  readonly list: unknown[] = [];

  /** `$3::bigint[]` for the value. */
  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }

  /** A text that was written with values of its own, with its places moved behind those that are here. */
  put(text: string, list: readonly unknown[]): string {
    const offset = this.list.length;
    this.list.push(...list);
    return offset === 0 ? text : text.replace(/\$(\d+)/g, (_all, digits: string) => `$${Number(digits) + offset}`);
  }

  /** The statement with just the values that it uses: a condition that was replaced by an index leaves its own behind. */
  used(text: string): readonly [string, readonly unknown[]] {
    const kept: unknown[] = [];
    const places = new Map<number, number>();
    const renumbered = text.replace(/\$(\d+)/g, (_all, digits: string) => {
      const old = Number(digits);
      let place = places.get(old);
      if (place === undefined) {
        place = kept.push(this.list[old - 1]);
        places.set(old, place);
      }
      return `$${place}`;
    });
    return [renumbered, kept];
  }

  bigints(values: readonly number[]): string {
    return this.add(`{${values.join(',')}}`, 'bigint[]');
  }
}

/** The columns that `storedOf` reads, of `resource r`. */
export const STORED_COLUMNS = `r.c, r.rid, r.type, r.id, r.version, r.updated, r.heads, r.displayed, r.deleted, r.conflict, r.splice,
  r.body, r.home, CASE WHEN r.conflict THEN CASE WHEN r.tokens @> ARRAY[${CONFLICT_TOKENS.S2}]::bigint[] THEN 'S2' ELSE 'S1' END END`;
export const STORED_WIDTH = 14;

/** A row that begins with `STORED_COLUMNS`. */
export interface StoredRow {
  readonly c: number;
  readonly rid: number;
  readonly stored: Stored;
}

export function storedOf(row: Row): StoredRow {
  const [c, rid, type, id, version, updated, heads, displayed, deleted, conflict, splice, body, home, severity] = row;
  const versionId = version as string;
  return {
    c: c as number,
    rid: rid as number,
    stored: {
      key: { type: type as string, id: id as string },
      home: home as string,
      versionId,
      lastUpdatedAt: updated as number,
      heads: heads === null ? [versionId] : (heads as Hash[]),
      displayed: heads === null ? versionId : (displayed as Hash),
      deleted: deleted as boolean,
      conflict: conflict as boolean,
      ...(severity === null ? {} : { severity: severity as 'S1' | 'S2' }),
      text: body as string,
      splice: splice as number,
    },
  };
}
