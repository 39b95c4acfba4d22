// What every adapter of `NumberRows` does (specs/identity.md, ID6 and ID7).
import { afterEach, describe, expect, test } from 'vitest';
import type { NumberRows } from './number-rows.ts';

export interface OpenedNumberRows {
  readonly rows: NumberRows;
  /** Another process's view of the same rows. */
  second(): Promise<NumberRows>;
  dispose(): Promise<void>;
}

export function numberRowsContract(name: string, open: () => Promise<OpenedNumberRows>): void {
  describe(name, () => {
    const opened: OpenedNumberRows[] = [];
    const start = async (): Promise<OpenedNumberRows> => {
      const made = await open();
      opened.push(made);
      return made;
    };
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.dispose();
    });

    test('[ID6] two processes that take at once never take the same, and none takes past the ceiling', async () => {
      const { rows, second } = await start();
      const other = await second();
      expect(await rows.take('patient', 'i1', 5, 1_000)).toBeUndefined();
      await rows.open({ lane: 'AAA', series: 'patient', incarnation: 'i1', first: 100 }, false);
      await rows.open({ lane: 'BBB', series: 'patient', incarnation: 'i1', first: 100 }, false);
      const taken = (
        await Promise.all(
          Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? rows : other).take('patient', 'i1', 1 + (i % 4), 150)),
        )
      ).flatMap((one) =>
        one === undefined ? [] : Array.from({ length: one.count }, (_, i) => `${one.lane} ${one.first + i}`),
      );
      expect(new Set(taken).size).toBe(taken.length);
      // Both lanes together hold a hundred, and every one was asked for.
      expect(taken).toHaveLength(100);
      expect(taken.every((one) => Number(one.slice(4)) >= 100 && Number(one.slice(4)) < 150)).toBe(true);
      expect(await other.take('patient', 'i1', 1, 150)).toBeUndefined();
      expect(await other.take('patient', 'i2', 1, 999)).toBeUndefined();
      expect(await other.take('invoice', 'i1', 1, 999)).toBeUndefined();
    });

    test('[ID7] a lane is opened once, of all series, unless there are no others; then it goes on where it ended', async () => {
      const { rows, second } = await start();
      const opening = { lane: 'AAA', series: 'patient', incarnation: 'i1', first: 100 };
      expect(await rows.open(opening, false)).toBe(true);
      await rows.take('patient', 'i1', 10, 1_000);
      const other = await second();
      const later = { ...opening, incarnation: 'i2', first: 50 };
      expect(await other.open(later, false)).toBe(false);
      expect(await other.open({ ...later, series: 'invoice' }, true)).toBe(false);
      expect(await other.open({ ...opening, first: 50 }, true)).toBe(false);
      expect(await other.open(later, true)).toBe(true);
      expect(await other.take('patient', 'i2', 1, 1_000)).toEqual({ lane: 'AAA', first: 110, count: 1 });
      expect(await rows.take('patient', 'i1', 1, 1_000)).toBeUndefined();
      expect(await rows.lanes()).toEqual([{ lane: 'AAA', series: 'patient', incarnation: 'i2', next: 111 }]);
    });

    test('[ID8] who took which numbers is kept, the latest first', async () => {
      const { rows, second } = await start();
      const note = {
        at: 5,
        series: 'patient',
        first: 'a',
        last: 'b',
        count: 2,
        who: 'Practitioner/1',
        purpose: 'ward 3',
      };
      await rows.note(note);
      await rows.note({ ...note, at: 6, purpose: 'pool' });
      expect(await (await second()).notes(5)).toEqual([{ ...note, at: 6, purpose: 'pool' }, note]);
      expect(await rows.notes(1)).toHaveLength(1);
    });
  });
}
