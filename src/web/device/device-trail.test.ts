import { expect, test } from 'vitest';
import { createMemoryAuditIndex, newMemoryAuditRows } from '../../core/access/audit-index-memory.ts';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { deviceClock } from '../../core/sync/device-clock.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditTrail } from '../../server/audit/open-audit-trail.ts';
import { verifyAudit } from '../../server/audit/verify-audit.ts';
import { browserPorts } from '../ports/browser-ports.ts';
import { DeviceTrail } from './device-trail.ts';
import { memoryLog } from './guard-log.ts';

const ports = browserPorts();
const clock = deviceClock(ports.clock, ports.monotonic, 0);
const look = (n: number): AuditEntry => ({
  at: clock.now(),
  act: 'read',
  ok: true,
  who: 'Practitioner/me',
  patients: [`Patient/${n}`],
  what: [`Patient/${n}`],
});

class ArrayLog implements OutboxLog {
  entries: LogEntry[] = [];
  isFull = false;
  async append(entries: readonly LogEntry[]): Promise<void> {
    if (this.isFull) throw new Error('full');
    this.entries.push(...entries);
  }
  async replace(entries: Iterable<LogEntry>): Promise<void> {
    this.entries = [...entries];
  }
}
const opened = (log: ArrayLog): { readonly store: MemorySyncStore; readonly trail: DeviceTrail } => {
  const store = openMemorySyncStore({ ...ports, clock, node: 'device-1' }, log, log.entries);
  return { store, trail: new DeviceTrail({ ...ports, store, clock, batchMs: 1e9 }) };
};

/** Everything that the site would answer, after it got what the device wrote. */
async function atTheSite(
  store: MemorySyncStore,
): Promise<{ readonly whats: readonly string[]; readonly findings: unknown }> {
  const site = openMemorySyncStore({ ...ports, clock, node: 'site' }, memoryLog());
  const { digest, chance } = ports;
  await site.receive(await store.feed(0, 1_000), 'below');
  const data = mkdtempSync(join(tmpdir(), 'holdfast-device-trail-'));
  const index = createMemoryAuditIndex(site, newMemoryAuditRows());
  const trail = openAuditTrail({
    store: site,
    index,
    data,
    clock,
    chance,
    digest,
    log: () => undefined,
    background: false,
  });
  try {
    const { events } = await trail.search({ count: 200 });
    const verified = await verifyAudit({ store: site, index, data, digest });
    expect((await site.verify()).findings).toEqual([]);
    const whats = events.flatMap(({ text }) => {
      const event: { readonly entity?: readonly { readonly what?: { readonly reference: string } }[] } =
        JSON.parse(text);
      return event.entity?.[0]?.what?.reference ?? [];
    });
    return { whats: whats.toSorted(), findings: verified.findings };
  } finally {
    await trail.close();
    rmSync(data, { recursive: true, force: true });
  }
}

test('[BD14] looks on a device are found whole at the site, chained, and are nobody else’s', async () => {
  const log = new ArrayLog();
  const { store, trail } = opened(log);
  await trail.record(look(1));
  await trail.flush();
  await Promise.all([trail.record(look(2)), trail.record(look(3))]);
  await trail.close();
  expect(await atTheSite(store)).toEqual({ whats: ['Patient/1', 'Patient/2', 'Patient/3'], findings: [] });
  expect(store.namesOutside(['site/device-1'])).toEqual([]);
  const unread = { see: 'some', rules: [{ withoutSecurity: [] }] } as const;
  expect((await store.history({ count: 10 }, EVERYTHING)).total).toBe(2);
  expect((await store.history({ count: 10 }, { ...unread, rules: [{ types: ['Patient'] }] })).total).toBe(0);
});

test('[BD13] what a killed device had not batched its next opening does, each entry once', async () => {
  const log = new ArrayLog();
  const first = opened(log);
  await first.trail.record(look(1));
  await first.trail.record(look(2));
  // Killed here, and again after the batch landed but before the note was written anew.
  const beforeBatch = [...log.entries];
  await first.trail.flush();
  for (const cut of [beforeBatch, log.entries.slice(0, -1), log.entries]) {
    const kept = new ArrayLog();
    kept.entries = [...cut];
    const second = opened(kept);
    await second.trail.adopt();
    await second.trail.record(look(3));
    await second.trail.close();
    expect(await atTheSite(second.store)).toEqual({ whats: ['Patient/1', 'Patient/2', 'Patient/3'], findings: [] });
  }
});

test('[BD15] a disk that refuses makes nobody wait, and what waited is written when it can be', async () => {
  const log = new ArrayLog();
  const { store, trail } = opened(log);
  log.isFull = true;
  await trail.record(look(1));
  await trail.flush();
  log.isFull = false;
  await trail.record(look(2));
  await trail.close();
  expect(await atTheSite(store)).toEqual({ whats: ['Patient/1', 'Patient/2'], findings: [] });
});
