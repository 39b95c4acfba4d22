// One suite for every AuditIndex (specs/audit.md). An adapter's test calls it with a way to open it over a record of its own.
import { describe, expect, test } from 'vitest';
import { pureDigest } from '../base/sha256.ts';
import { revision, Scribe } from '../record/contract/scribe.test-kit.ts';
import type { RecordStore } from '../record/store.ts';
import { orderOf, type AuditIndex, type FoundEvent, type IndexedEvent, type IndexQuery } from './audit-index.ts';

export interface OpenedIndex {
  readonly store: RecordStore;
  readonly index: AuditIndex;
  /** Another process's, over the same rows. */
  readonly second: AuditIndex;
  readonly dispose: () => Promise<void>;
}

export function auditIndexContract(name: string, open: () => Promise<OpenedIndex>): void {
  const opened = async (work: (each: OpenedIndex) => Promise<void>): Promise<void> => {
    const each = await open();
    try {
      await work(each);
    } finally {
      await each.dispose();
    }
  };
  const event = (at: number, id: string, more: Partial<IndexedEvent> = {}): IndexedEvent => ({
    at,
    order: orderOf(pureDigest, id),
    arrival: 1,
    kind: 'line',
    position: 0,
    patients: [],
    ...more,
  });
  const places = (found: readonly FoundEvent[]): readonly string[] =>
    found.map(({ at, kind, position }) => `${at} ${kind} ${position}`);

  describe(`${name} keeps the audit index contract`, () => {
    test('[AU11] the tail tells revisions in order, with the commits that they came in', () =>
      opened(async ({ store, index }) => {
        const scribe = new Scribe(store);
        await scribe.land(revision('Patient/1', {}), revision('Patient/2', {}));
        await scribe.create('Basic/b', {});
        // What was committed has a number once the feed was asked.
        const commits = await store.feed(0, 10);
        const all = await index.tail(0, 10);
        expect(all.map(({ arrival, entry }) => `${arrival}.${entry}`)).toEqual(['1.0', '1.1', '2.0']);
        expect(all.map(({ hash }) => hash)).toEqual(
          commits.flatMap(({ revisions }) => revisions.map(({ hash }) => hash)),
        );
        expect(all.map(({ header }) => header)).toEqual(
          commits.flatMap(({ revisions }) => revisions.map(({ header }) => header)),
        );
        expect(all.map(({ receivedAt }) => receivedAt)).toEqual([scribe.now - 1000, scribe.now - 1000, scribe.now]);
        expect(new Set(all.map(({ origin }) => origin))).toEqual(new Set([commits[0]?.origin]));
        expect((await index.tail(0, 1)).map(({ arrival }) => arrival)).toEqual([1, 1]);
        expect((await index.tail(1, 1)).map(({ arrival }) => arrival)).toEqual([2]);
        expect(await index.tail(2, 1)).toEqual([]);
      }));

    test('[AU11] events are found by patient, by person and by time, newest first, each once', () =>
      opened(async ({ store, index }) => {
        const scribe = new Scribe(store);
        await scribe.land(revision('Patient/1', {}), revision('Patient/2', {}));
        await store.feed(0, 1);
        const events = [
          event(10, 'a', { position: 0, who: 'Practitioner/1', patients: ['Patient/1'] }),
          event(20, 'b', { position: 1, who: 'Practitioner/1', patients: ['Patient/1', 'Patient/2'] }),
          event(30, 'c', { position: 2, who: 'Practitioner/2', patients: ['Patient/2'] }),
          event(40, 'd', { position: 3 }),
          event(25, 'e', { position: 1, kind: 'write', who: 'Practitioner/2', patients: ['Patient/2'] }),
        ];
        expect(await index.advance(0, 1, events)).toBe(true);
        const asked = async (query: Partial<IndexQuery>): Promise<readonly string[]> =>
          places(await index.find({ count: 10, ...query }));
        expect(await asked({})).toEqual(['40 line 3', '30 line 2', '25 write 1', '20 line 1', '10 line 0']);
        expect(await asked({ count: 2 })).toEqual(['40 line 3', '30 line 2']);
        expect(await asked({ patient: 'Patient/1' })).toEqual(['20 line 1', '10 line 0']);
        expect(await asked({ patient: 'Patient/2' })).toEqual(['30 line 2', '25 write 1', '20 line 1']);
        expect(await asked({ patient: 'Patient/3' })).toEqual([]);
        expect(await asked({ who: 'Practitioner/1' })).toEqual(['20 line 1', '10 line 0']);
        expect(await asked({ who: 'Practitioner/2', patient: 'Patient/2' })).toEqual(['30 line 2', '25 write 1']);
        expect(await asked({ from: 20, to: 30 })).toEqual(['25 write 1', '20 line 1']);
        expect(await asked({ patient: 'Patient/2', from: 21 })).toEqual(['30 line 2', '25 write 1']);
        const [first] = await index.find({ count: 1, patient: 'Patient/2' });
        expect(await asked({ patient: 'Patient/2', ...(first === undefined ? {} : { after: first }) })).toEqual([
          '25 write 1',
          '20 line 1',
        ]);
        // With the revision that each stands in: a batch is alone in its commit.
        const all = await index.find({ count: 10 });
        const [one, two] = await index.tail(0, 1);
        expect(all.map(({ revision: { hash } }) => hash)).toEqual([one, one, two, one, one].map((each) => each?.hash));
        expect(places(await index.findWrites([orderOf(pureDigest, 'e'), orderOf(pureDigest, 'a')]))).toEqual([
          '25 write 1',
        ]);
      }));

    test('[AU11] what happened in the same millisecond is passed one by one', () =>
      opened(async ({ store, index }) => {
        await new Scribe(store).create('Basic/b', {});
        await store.feed(0, 1);
        const events = Array.from({ length: 20 }, (_, i) =>
          event(7, `same ${i}`, { position: i, patients: ['Patient/1'] }),
        );
        await index.advance(0, 1, events);
        for (const patient of ['Patient/1', undefined]) {
          const seen: number[] = [];
          let after: FoundEvent | undefined;
          for (;;) {
            const asked = {
              ...(patient === undefined ? {} : { patient }),
              ...(after === undefined ? {} : { after }),
              count: 3,
            };
            const page: readonly FoundEvent[] = await index.find(asked);
            if (page.length === 0) break;
            seen.push(...page.map(({ position }) => position));
            after = page.at(-1);
          }
          expect(seen.length).toBe(20);
          expect(new Set(seen).size).toBe(20);
        }
      }));

    test('[AU12] of several who fill it at once one does, and from the place that it saw', () =>
      opened(async ({ store, index, second }) => {
        const scribe = new Scribe(store);
        await scribe.create('Basic/a', {});
        await scribe.create('Basic/b', {});
        await store.feed(0, 1);
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? index : second).advance(0, 1, [event(1, 'x')])),
        );
        expect(results.filter(Boolean).length).toBe(1);
        expect(await index.cursor()).toBe(1);
        expect(await second.advance(0, 2, [event(2, 'y')])).toBe(false);
        expect(await second.advance(1, 2, [])).toBe(true);
        expect(await index.cursor()).toBe(2);
        expect((await index.find({ count: 10 })).length).toBe(1);
        await index.clear();
        expect([await second.cursor(), (await second.find({ count: 1 })).length]).toEqual([0, 0]);
      }));

    test('[AU12] the turn to fill it in the background is one process at a time, and ends by itself', () =>
      opened(async ({ index, second }) => {
        expect(await index.claimTurn(1_000, 2_000)).toBe(true);
        expect(await second.claimTurn(1_999, 2_999)).toBe(false);
        expect(await second.claimTurn(2_000, 3_000)).toBe(true);
      }));

    test('[AU21] sums tell equal rows from others', () =>
      opened(async ({ store, index }) => {
        await new Scribe(store).create('Basic/a', {});
        await store.feed(0, 1);
        const a = event(10, 'a', { position: 3, who: 'Practitioner/1', patients: ['Patient/1', 'Patient/2'] });
        const b = event(20, 'b', { kind: 'write', patients: ['Patient/2'] });
        await index.advance(0, 1, [a, b]);
        const sumsOf = (events: readonly IndexedEvent[]): readonly string[] => {
          const summing = index.summing();
          for (const each of events) summing.add([each]);
          return summing.sums();
        };
        expect(await index.sums(1)).toEqual(sumsOf([a, b]));
        expect(await index.sums(0)).toEqual(sumsOf([]));
        const others: readonly (readonly IndexedEvent[])[] = [
          [a],
          [a, b, b],
          [
            { ...a, at: b.at },
            { ...b, at: a.at },
          ],
          [
            { ...a, position: b.position },
            { ...b, position: a.position },
          ],
          [{ ...a, patients: ['Patient/1', 'Patient/3'] }, b],
          [{ ...a, who: 'Practitioner/2' }, b],
          [{ ...a, arrival: 2 }, b],
          [
            { ...a, kind: 'write' },
            { ...b, kind: 'line' },
          ],
        ];
        for (const other of others) expect(sumsOf(other)).not.toEqual(sumsOf([a, b]));
      }));

    test('[AU19] tips and hashes are those of the chains', () =>
      opened(async ({ store, index }) => {
        expect(await index.tips()).toEqual([]);
        const scribe = new Scribe(store);
        await scribe.create('Basic/a', {});
        await scribe.create('Basic/b', {});
        const [first, last] = await store.feed(0, 10);
        const origin = last?.origin ?? '';
        expect(await index.tips()).toEqual([{ origin, seq: 2, hash: last?.hash }]);
        const asked = [
          { origin, seq: 2 },
          { origin, seq: 3 },
          { origin: 'x.y', seq: 1 },
          { origin, seq: 1 },
        ];
        expect(await index.hashesAt(asked)).toEqual([last?.hash, undefined, undefined, first?.hash]);
      }));
  });
}
