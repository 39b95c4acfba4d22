// What every adapter of `ExpiringRows` does (specs/accounts.md, AN1 to AN5).
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { ExpiringRows } from './expiring-rows.ts';

export interface OpenedRows {
  readonly rows: ExpiringRows;
  /** Another process's view of the same rows. */
  second(): Promise<ExpiringRows>;
  dispose(): Promise<void>;
}

const T0: Instant = Date.UTC(2026, 0, 1);

export function expiringRowsContract(name: string, open: (clock: Clock) => Promise<OpenedRows>): void {
  describe(name, () => {
    let now = T0;
    const clock: Clock = { now: () => now };
    const opened: OpenedRows[] = [];
    const start = async (): Promise<OpenedRows> => {
      now = T0;
      const made = await open(clock);
      opened.push(made);
      return made;
    };
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.dispose();
    });

    test('[AN1] a row is there until its time is over, and then to no question', async () => {
      const { rows } = await start();
      await rows.put('Code', 'a', 'one', { expiresAt: T0 + 1_000, alias: 'other-name', group: 'grant' });
      await rows.put('Code', 'b', 'two');
      expect(await rows.get('Code', 'a')).toEqual({ id: 'a', value: 'one', expiresAt: T0 + 1_000 });
      expect(await rows.get('Token', 'a')).toBeUndefined();
      expect((await rows.list('Code')).map((row) => row.id)).toEqual(['a', 'b']);
      now = T0 + 999;
      expect(await rows.getByAlias('Code', 'other-name')).toMatchObject({ id: 'a' });
      now = T0 + 1_000;
      expect(await rows.get('Code', 'a')).toBeUndefined();
      expect(await rows.getByAlias('Code', 'other-name')).toBeUndefined();
      expect(await rows.consume('Code', 'a')).toBe(false);
      expect(await rows.list('Code')).toEqual([{ id: 'b', value: 'two' }]);
      now = T0 + 90 * 86_400_000;
      expect(await rows.get('Code', 'b')).toEqual({ id: 'b', value: 'two' });
    });

    test('[AN1] what is removed is gone, alone or with its group', async () => {
      const { rows } = await start();
      await rows.put('Token', 'a', '1', { group: 'grant' });
      await rows.put('Refresh', 'a', '2', { group: 'grant' });
      await rows.put('Token', 'b', '3', { group: 'other' });
      await rows.put('Token', 'c', '4');
      await rows.removeGroup('grant');
      expect((await rows.list('Token')).map((row) => row.id)).toEqual(['b', 'c']);
      expect(await rows.list('Refresh')).toEqual([]);
      await rows.remove('Token', 'b');
      await rows.remove('Token', 'never-there');
      expect((await rows.list('Token')).map((row) => row.id)).toEqual(['c']);
    });

    test('[AN1] a name that no row can have finds nothing, and is no fault', async () => {
      const { rows } = await start();
      expect(await rows.get('Client', 'a\u0000b')).toBeUndefined();
      expect(await rows.getByAlias('Client', '\u0000')).toBeUndefined();
      expect(await rows.consume('Client', '\u0000')).toBe(false);
      await rows.remove('Client', '\u0000');
    });

    test('[AN2] of many that use a row up at once, from two processes, one does', async () => {
      const { rows, second } = await start();
      const other = await second();
      await rows.put('Code', 'a', 'x', { expiresAt: T0 + 1_000 });
      const asked = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? rows : other).consume('Code', 'a'));
      expect((await Promise.all(asked)).filter((first) => first)).toHaveLength(1);
      expect(await rows.get('Code', 'a')).toMatchObject({ consumedAt: T0 });
      expect(await rows.consume('Code', 'unknown')).toBe(false);
    });

    test('[AN2] what was used up stays so when it is put again, until its time is over', async () => {
      const { rows } = await start();
      await rows.put('Code', 'a', 'x', { expiresAt: T0 + 1_000 });
      await rows.consume('Code', 'a');
      await rows.put('Code', 'a', 'y', { expiresAt: T0 + 2_000 });
      expect(await rows.get('Code', 'a')).toEqual({ id: 'a', value: 'y', expiresAt: T0 + 2_000, consumedAt: T0 });
      expect(await rows.consume('Code', 'a')).toBe(false);
      now = T0 + 2_000;
      await rows.put('Code', 'a', 'z', { expiresAt: T0 + 3_000 });
      expect(await rows.consume('Code', 'a')).toBe(true);
    });

    test('[AN3] many that count at once, from two processes, lose nothing', async () => {
      const { rows, second } = await start();
      const other = await second();
      const sums = await Promise.all(
        Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? rows : other).count('Failures', 'a', 1, T0 + 1_000 + i)),
      );
      expect(sums.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      expect(await other.count('Failures', 'a', 3, T0 + 1_000)).toBe(63);
      expect((await rows.get('Failures', 'a'))?.value).toBe('63');
    });

    test('[AN3] a counter ends when its first addition said, and starts anew', async () => {
      const { rows } = await start();
      await rows.count('Failures', 'a', 1, T0 + 1_000);
      now = T0 + 999;
      expect(await rows.count('Failures', 'a', 1, T0 + 50_000)).toBe(2);
      now = T0 + 1_000;
      expect(await rows.get('Failures', 'a')).toBeUndefined();
      expect(await rows.count('Failures', 'a', 1, T0 + 2_000)).toBe(1);
      expect(await rows.get('Failures', 'a')).toEqual({ id: 'a', value: '1', expiresAt: T0 + 2_000 });
    });

    test('[AN4] an alias names the row that was put last; kinds do not share aliases', async () => {
      const { rows } = await start();
      await rows.put('Device', 'a', '1', { alias: 'ABCD', expiresAt: T0 + 1_000 });
      await rows.put('Other', 'x', '9', { alias: 'ABCD' });
      await rows.put('Device', 'b', '2', { alias: 'ABCD', expiresAt: T0 + 9_000 });
      expect(await rows.getByAlias('Device', 'ABCD')).toMatchObject({ id: 'b' });
      expect(await rows.getByAlias('Other', 'ABCD')).toMatchObject({ id: 'x' });
      expect(await rows.get('Device', 'a')).toMatchObject({ value: '1' });
      now = T0 + 9_000;
      await rows.put('Device', 'c', '3', { alias: 'ABCD' });
      expect(await rows.getByAlias('Device', 'ABCD')).toMatchObject({ id: 'c' });
    });

    test('[AN4] many that put one alias at once: one row has it', async () => {
      const { rows, second } = await start();
      const other = await second();
      await Promise.all(
        Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? rows : other).put('Device', `d${i}`, 'v', { alias: 'Z' })),
      );
      expect(await rows.list('Device')).toHaveLength(6);
      expect(await rows.getByAlias('Device', 'Z')).toBeDefined();
    });

    test('[AN5] rows whose time is over are taken away in the course of writing, and no others', async () => {
      const { rows } = await start();
      await Promise.all(
        Array.from({ length: 1_500 }, (_, i) => rows.put('Code', `c${i}`, 'x', { expiresAt: T0 + 10 })),
      );
      await rows.put('Code', 'kept', 'x', { expiresAt: T0 + 900_000 });
      await rows.put('Client', 'kept', 'x');
      now = T0 + 600_000;
      for (let i = 0; i < 3; i++) await rows.count('Failures', 'a', 1, now + 1_000);
      // Set back, the clock would show what is still kept.
      now = T0;
      expect((await rows.list('Code')).map((row) => row.id)).toEqual(['kept']);
      expect(await rows.list('Client')).toHaveLength(1);
    });
  });
}
