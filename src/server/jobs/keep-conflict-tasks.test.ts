import { expect, test } from 'vitest';
import { pureDigest } from '../../core/base/sha256.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import { memoryCollisionRows } from '../../core/record/collision-rows.ts';
import { revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import type { Holding } from '../../core/record/holding.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { keepConflictTasks, waitsOf } from './keep-conflict-tasks.ts';

test('[CW27] a site raises for whom it holds, a region where no site did, and of no patient the region first', async () => {
  const holding = (holding: Holding) => ({
    of: async (ids: readonly string[]) => ids.map(() => ({ holding, hasAlerts: true })),
  });
  const alone = { of: async () => undefined };
  expect(await waitsOf('region', alone)('Patient/1')).toBe(120_000);
  expect(await waitsOf('site', alone)('Patient/1')).toBe(0);
  expect(await waitsOf('site', alone)('')).toBe(0);
  for (const held of ['whole', 'coming'] as const) expect(await waitsOf('site', holding(held))('Patient/1')).toBe(0);
  expect(await waitsOf('site', holding('elsewhere'))('Patient/1')).toBeUndefined();
  expect(await waitsOf('site', holding('whole'))('')).toBe(600_000);
});

test('[CW27] the job raises what is open while it is its turn, and ends when it is told', async () => {
  const store = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
  const clock = { now: () => Date.UTC(2026, 0, 1) };
  const chance = { bytes: (length: number) => new Uint8Array(length) };
  const refuse = () => ({ ok: false, error: [] }) as const;
  const engine = createEngine({ store, clock, chance, patch: { 'json-patch': refuse, 'fhirpath-patch': refuse } });
  const scribe = new Scribe(store);
  const base = await scribe.create('Basic/1', { language: 'en' });
  for (const language of ['fr', 'de'])
    await scribe.land(revision('Basic/1', { language }, { parents: [base.versionId], expect: 'any' }));
  const rows = memoryCollisionRows();
  await rows.keep([], [], (await store.feed(0, 99)).at(-1)?.arrival ?? 0, 0);
  let isOurTurn = false;
  const tasks = async (): Promise<number> => {
    const query = { types: ['Task'], where: [], sort: [], count: 9, total: 'none', include: [] } as const;
    const found = await store.search(query, EVERYTHING, { includes: 0, ms: 1_000 });
    return found.ok ? found.value.hits.length : 0;
  };
  const job = keepConflictTasks({
    store,
    engine,
    rows,
    tier: 'site',
    holdings: { of: async () => undefined },
    clock,
    digest: pureDigest,
    isOurTurn: () => isOurTurn,
    log: (message) => expect(message).toBe(''),
    pauseMs: 1,
  });
  await new Promise((resume) => setTimeout(resume, 20));
  expect(await tasks()).toBe(0);
  isOurTurn = true;
  while ((await tasks()) === 0) await new Promise((resume) => setTimeout(resume, 1));
  await job.close();
});
