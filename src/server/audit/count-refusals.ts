// Refusals of nobody that the node knows are counted together: a flood of bad tokens must not become a flood of entries.
//
//   AU10 The first of an address and a minute is recorded as it is; the others of that minute are one entry with their count.
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import type { Instant } from '../../core/base/ports.ts';

const MINUTE_MS = 60_000;
/** Further addresses of the same minute are counted as one. */
const ADDRESSES_MAX = 1_000;
const OTHERS = '';

interface Counted {
  readonly last: AuditEntry;
  readonly count: number;
}

export class RefusalCounter {
  readonly #record: (entry: AuditEntry) => void;
  #minute: Instant = 0;
  readonly #seen = new Map<string, Counted>();

  /** `record` gets what the counts of a minute come to. */
  constructor(record: (entry: AuditEntry) => void) {
    this.#record = record;
  }

  /** False: it is to be recorded as it is. True: it is counted, and told with others. */
  takes(entry: AuditEntry): boolean {
    if (entry.act !== 'refused' || entry.who !== undefined) return false;
    const minute = Math.floor(entry.at / MINUTE_MS);
    if (minute !== this.#minute) this.flush();
    this.#minute = minute;
    const address = entry.address ?? OTHERS;
    const key = this.#seen.has(address) || this.#seen.size < ADDRESSES_MAX ? address : OTHERS;
    const before = this.#seen.get(key);
    this.#seen.set(key, { last: entry, count: before === undefined ? 0 : before.count + 1 });
    return before !== undefined;
  }

  /** Tells the counts so far. */
  flush(): void {
    for (const [address, { last, count }] of this.#seen) {
      if (count === 0) continue;
      const { address: _address, what: _what, query: _query, ...rest } = last;
      this.#record({ ...rest, ...(address === OTHERS ? {} : { address }), count });
    }
    this.#seen.clear();
  }
}
