import { expect, test } from 'vitest';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import { endGrant, tookBack } from './end-grant.ts';

const clock = { now: () => 1_700_000_000_000 };

test('[SM2] what is written under a grant while it ends is taken back, in every order of the two', async () => {
  // The giver writes and then asks; the ender writes its end and then removes: every way to shuffle these four steps.
  for (const order of ['WCER', 'WECR', 'WERC', 'EWCR', 'EWRC', 'ERWC']) {
    const rows = memoryExpiringRows(clock);
    const { put } = rows;
    let removal: () => Promise<void> = async () => undefined;
    const halves = {
      ...rows,
      removeGroup: async (group: string) => void (removal = async () => rows.removeGroup(group)),
    };
    for (const step of order) {
      if (step === 'W') await put('AccessToken', 'a', '{}', { group: 'g' });
      if (step === 'C') await tookBack(rows, 'g');
      if (step === 'E') await endGrant(halves, clock, 'g');
      if (step === 'R') await removal();
    }
    expect([order, await rows.get('AccessToken', 'a')]).toEqual([order, undefined]);
  }
});
test('[SM2] a grant that did not end keeps what is under it', async () => {
  const rows = memoryExpiringRows(clock);
  await rows.put('AccessToken', 'a', '{}', { group: 'g' });
  await endGrant(rows, clock, 'another');
  expect(await tookBack(rows, 'g')).toBe(false);
  expect(await rows.get('AccessToken', 'a')).toBeDefined();
});
