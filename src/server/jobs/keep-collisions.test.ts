import { expect, test } from 'vitest';
import { pureDigest } from '../../core/base/sha256.ts';
import { memoryCollisionRows } from '../../core/record/collision-rows.ts';
import { Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import { keepCollisions } from './keep-collisions.ts';

test('[CW15] the job finds what arrives while it is its turn, goes on after trouble, and ends when it is told', async () => {
  const store = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
  const scribe = new Scribe(store);
  const rows = memoryCollisionRows();
  const logged: string[] = [];
  let isOurTurn = false;
  let steps = 0;
  let breaks = 1;
  const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await holds())) await new Promise((resume) => setTimeout(resume, 1));
  };
  const start = () =>
    keepCollisions({
      store,
      rows: {
        ...rows,
        followed: async () => {
          steps++;
          if (breaks-- > 0) throw new TypeError('Patient/1 must not be told');
          return rows.followed();
        },
      },
      isOurTurn: () => isOurTurn,
      clock: { now: () => 5 },
      log: (message) => void logged.push(message),
      pauseMs: 1,
    });
  for (const id of ['1', '2'])
    await scribe.create(`Patient/${id}`, { identifier: [{ system: 'urn:mrn', value: '7' }] });
  let job = start();
  await new Promise((resume) => setTimeout(resume, 20));
  expect(steps).toBe(0);
  isOurTurn = true;
  await until(() => logged.length === 1);
  expect(logged).toEqual(['collisions between resources were not looked at: TypeError']);
  await job.close();
  // After trouble it pauses for long: as a new process does.
  job = start();
  await until(async () => (await rows.figures()).S1 === 1);
  await scribe.update('Patient/2', {});
  await until(async () => (await rows.figures()).S1 === 0);
  await job.close();
  const at = steps;
  await new Promise((resume) => setTimeout(resume, 20));
  expect(steps).toBe(at);
});

test('[CW15] while the record grows without end the job rests longer than it works', async () => {
  const store = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
  await new Scribe(store).create('Patient/1', {});
  const rows = memoryCollisionRows();
  let steps = 0;
  const job = keepCollisions({
    store,
    rows: {
      ...rows,
      // Never further than before: there is always more.
      keep: async () => {
        steps++;
        await new Promise((resume) => setTimeout(resume, 10));
      },
    },
    isOurTurn: () => true,
    clock: { now: () => 5 },
    log: () => undefined,
    pauseMs: 300,
  });
  await new Promise((resume) => setTimeout(resume, 400));
  await job.close();
  expect(steps).toBeGreaterThanOrEqual(1);
  expect(steps).toBeLessThanOrEqual(3);
});
