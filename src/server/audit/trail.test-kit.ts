// A trail over a record in memory and a folder of its own, with nothing that happens by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMemoryAuditIndex,
  newMemoryAuditRows,
  type MemoryAuditRows,
} from '../../core/access/audit-index-memory.ts';
import type { AuditEntry, AuditReader, RenderedEvent } from '../../core/access/audit-trail.ts';
import type { Instant } from '../../core/base/ports.ts';
import { newMemoryRecord, type MemoryRecord } from '../../core/record/memory-record.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { Disk } from './disk.ts';
import { openAuditTrail, type OpenAuditTrail } from './open-audit-trail.ts';

const { digest, chance } = nodePorts();
export const NOON: Instant = Date.UTC(2026, 10, 23, 12);

/** What the processes of a test share. */
export class Site {
  readonly data = mkdtempSync(join(tmpdir(), 'holdfast-audit-'));
  readonly folder = join(this.data, 'audit');
  readonly record: MemoryRecord = newMemoryRecord();
  readonly rows: MemoryAuditRows = newMemoryAuditRows();
  readonly told: string[] = [];
  readonly digest = digest;
  now: Instant = NOON;
  #origins = 0;

  store(): RecordStore {
    return createMemoryStore({ digest, origin: `site.${++this.#origins}` }, this.record);
  }

  /** As one more process. `store`: in place of a healthy one. */
  open(
    more: { readonly store?: RecordStore; readonly disk?: Disk; readonly background?: boolean } = {},
  ): OpenAuditTrail {
    const store = more.store ?? this.store();
    return openAuditTrail({
      store,
      index: createMemoryAuditIndex(store, this.rows),
      data: this.data,
      clock: { now: () => this.now },
      chance,
      digest,
      log: (_fields, message) => this.told.push(message),
      background: more.background ?? false,
      ...(more.disk === undefined ? {} : { disk: more.disk }),
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** A read of a patient's record, told apart by `n`. */
export const readOf = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: NOON + n,
  act: 'read',
  ok: true,
  status: 200,
  who: `Practitioner/${n % 3}`,
  patients: [`Patient/${n % 5}`],
  what: [`Observation/${n}`],
  ...more,
});

/** All events, page by page. */
export async function allEvents(trail: AuditReader, count = 50): Promise<readonly RenderedEvent[]> {
  const events: RenderedEvent[] = [];
  let after: string | undefined;
  do {
    const page = await trail.search({ count, ...(after === undefined ? {} : { after }) });
    events.push(...page.events);
    after = page.next;
  } while (after !== undefined);
  return events;
}

/** What the events are of: `Observation/7` of a read, `Patient/1/_history/…` of a write. */
export const whatOf = ({ text }: RenderedEvent): string => {
  const event: {
    readonly entity?: readonly {
      readonly what?: { readonly reference: string };
      readonly role?: { readonly code: string };
    }[];
  } = JSON.parse(text);
  return event.entity?.find(({ role }) => role?.code === '4')?.what?.reference ?? '';
};
export const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
