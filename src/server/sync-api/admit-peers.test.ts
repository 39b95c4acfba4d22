import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ADMISSION, openAdmission } from './admit-peers.ts';

const held = (): { readonly work: () => Promise<void>; readonly end: () => void } => {
  let end = (): void => undefined;
  const until = new Promise<void>((resolve) => (end = resolve));
  return { work: () => until, end };
};
const idle = (): number => 0;

test('[NL17] two run at once, one of a peer, and peers take turns however much one of them asks', async () => {
  const admission = openAdmission(ADMISSION, idle);
  const first = held();
  const second = held();
  const order: string[] = [];
  const all = [admission.run('a', first.work), admission.run('b', second.work)];
  for (let i = 0; i < 3; i += 1) all.push(admission.run('a', async () => void order.push(`a${i}`)));
  all.push(admission.run('c', async () => void order.push('c')));
  await sleep(10);
  expect(order).toEqual([]);
  expect(admission.state()).toEqual({ inFlight: 2, waiting: 4 });
  second.end();
  await sleep(10);
  // A still runs its first, so only c had a turn.
  expect(order).toEqual(['c']);
  first.end();
  await Promise.all(all);
  expect(order).toEqual(['c', 'a0', 'a1', 'a2']);
  expect(admission.state()).toEqual({ inFlight: 0, waiting: 0 });
});

test('[NL18] while the process is busy, a pause as long as the work follows; else none', async () => {
  const busy = openAdmission(ADMISSION, () => 0.9);
  const order: string[] = [];
  const startedAt = performance.now();
  await busy.run('a', async () => {
    await sleep(150);
    order.push('worked');
  });
  const worked = performance.now() - startedAt;
  const next = busy.run('b', async () => void order.push('next'));
  await sleep(1);
  order.push('care');
  await next;
  expect(order).toEqual(['worked', 'care', 'next']);
  expect(performance.now() - startedAt).toBeGreaterThan(worked + 100);
});

test('[NL19] who asks too often or waits too long is told to come again, and work that fails frees its place', async () => {
  const strict = openAdmission({ ...ADMISSION, peerSize: 2, peerPerSecond: 0.001, waitMsMax: 30 }, idle);
  expect(await strict.run('a', async () => 1)).toEqual({ done: 1 });
  await expect(strict.run('a', async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await strict.run('a', async () => 3)).toBeUndefined();
  const long = held();
  const running = strict.run('b', long.work);
  expect(await strict.run('b', async () => 2)).toBeUndefined();
  long.end();
  await running;
  expect(strict.state()).toEqual({ inFlight: 0, waiting: 0 });
});
