// A log cut into parts by patient, put together again in any order, under random work: one store either way.
import { describe, expect, test } from 'vitest';
import { pureDigest } from '../../core/base/sha256.ts';
import { Dice, keyOf, revision, Scribe, T0 } from '../../core/record/contract/scribe.test-kit.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import { EVERYTHING, type ArrivedCommit, type RecordStore } from '../../core/record/store.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { fillStore } from './fill-store.ts';
import {
  cutByPatient,
  entriesOfItems,
  isPlain,
  namesOf,
  packed,
  unpacked,
  type PartItem,
  type PlainEntry,
} from './log-records.ts';
import type { BrowserLog, LostStore } from './storage.ts';

const PATIENTS = ['p1', 'p2', 'p3', 'p4'];
const NAMES = Array.from({ length: 14 }, (_, i) => `Observation/o${i}`);

/** A log in memory, cut as the browser's is at every `replace`. */
class CutLog implements OutboxLog {
  snapshot: readonly LogEntry[] = [];
  tail: LogEntry[] = [];
  async append(entries: readonly LogEntry[]): Promise<void> {
    this.tail.push(...copied(entries));
  }
  async replace(entries: Iterable<LogEntry>): Promise<void> {
    [this.snapshot, this.tail] = [copied([...entries]), []];
  }
  async opened(): Promise<BrowserLog> {
    const { front, parts } = cutByPatient(this.snapshot);
    const shells = new Map(front.filter(isPlain).map((entry) => [entry.commit.hash, entry]));
    const all = [...parts];
    return {
      front: copied([...front, ...this.tail]),
      parts: all.map(([patient], at) => ({ number: at + 1, patients: [patient] })),
      cameUpEmpty: false,
      partOf: (name) => all.findIndex(([, items]) => namesOf(items).has(name)) + 1 || undefined,
      part: async (numbers) => {
        const items = numbers.flatMap((number) => all[number - 1]?.[1] ?? []);
        return entriesOfItems(
          await unpacked<PartItem>(await packed(items)),
          shells satisfies ReadonlyMap<string, PlainEntry>,
        );
      },
      append: (entries) => this.append(entries),
      replace: (entries) => this.replace(entries),
      spoiled: () => 0,
      isFull: () => false,
      sizes: () => ({ bytes: 0, tailBytes: 0, records: 0 }),
      lost: new Promise<LostStore>(() => undefined),
      reopen: async () => 'whole',
      close: async () => undefined,
    };
  }
}
const copied = (entries: readonly LogEntry[]): LogEntry[] => JSON.parse(JSON.stringify(entries)) as LogEntry[];

const opening = (dice: Dice, log: OutboxLog, entries: readonly LogEntry[]): MemorySyncStore => {
  const chance = { bytes: (count: number) => Uint8Array.from({ length: count }, () => dice.roll(256)) };
  return openMemorySyncStore({ digest: pureDigest, clock: { now: () => T0 }, chance, node: 'device' }, log, entries);
};

/** Work of a ward and its site: what comes filtered, corrected, conflicting, written here, stable, let go. */
async function worked(dice: Dice, log: CutLog): Promise<MemorySyncStore> {
  const store = opening(dice, log, []);
  const site = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
  const other = createMemoryStore({ digest: pureDigest, origin: 'other.1' });
  const write = async (to: RecordStore): Promise<void> => {
    const names = NAMES.filter(() => dice.roll(4) === 0).slice(0, 4);
    if (names.length === 0) return;
    const drafts = await Promise.all(
      names.map(async (name) => {
        const [there] = await to.read([keyOf(name)], EVERYTHING);
        const gone = there !== undefined && !there.deleted && dice.roll(8) === 0;
        const patient = PATIENTS[dice.roll(PATIENTS.length)] ?? '';
        const about = dice.roll(6) === 0 ? {} : { subject: { reference: `Patient/${patient}` } };
        const content = gone ? undefined : { status: 'final', valueInteger: dice.roll(1000), ...about };
        return revision(name, content, { parents: there?.heads ?? [], expect: 'any' });
      }),
    );
    await to.append({ revisions: drafts, receivedAt: T0 + dice.roll(1000) });
  };
  const sent = async (from: RecordStore): Promise<readonly CarriedCommit[]> =>
    (await from.feed(0, 1000)).map(({ arrival: _arrival, ...commit }: ArrivedCommit) => commit);
  for (let step = 0; step < 40; step++) {
    const what = dice.roll(10);
    if (what < 3) await write(site);
    else if (what < 4) await write(other);
    else if (what < 6) await write(store);
    else if (what < 8) {
      const all = await sent(dice.roll(3) === 0 ? other : site);
      const some = all.filter(() => dice.roll(2) === 0);
      const parts = some.map((commit) => ({ ...commit, revisions: commit.revisions.filter(() => dice.roll(4) > 0) }));
      await store.receive(parts, 'above');
    } else if (what < 9) {
      await store.learn(
        [
          ['site.1', dice.roll(8)],
          [store.identity().origin, dice.roll(3)],
        ],
        [],
      );
      if (dice.roll(2) === 0) await store.release(['', ...PATIENTS.slice(dice.roll(3)).map((id) => `pat/${id}`)]);
    } else await store.compact();
  }
  return store;
}

async function told(store: MemorySyncStore): Promise<unknown> {
  const keys = NAMES.map(keyOf);
  return {
    read: await store.read(keys, EVERYTHING),
    history: await Promise.all(keys.map((key) => store.history({ ...key, count: 100 }, EVERYTHING))),
    conflicts: await store.conflicts({ order: 'worst', count: 100 }, EVERYTHING),
    names: store.names('', 'all'),
    carried: store.carried(),
    counts: store.counts(),
    findings: (await store.verify()).findings,
    homes: [...store.record.homes].map(([home, kept]) => [home, [...kept.keys()].sort()]).sort(),
  };
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, Math.floor(Math.random() * 2 ** 31)];

describe('a log that is cut by patient', () => {
  test.each(seeds)('[BS9] seed %i: in whatever order the parts are read, the store is the same', async (seed) => {
    const dice = new Dice(seed);
    const log = new CutLog();
    await worked(dice, log);
    const straight = opening(dice, log, copied([...log.snapshot, ...log.tail]));
    const whole = await told(straight);
    const browser = await log.opened();
    const store = opening(dice, log, browser.front);
    const order = browser.parts.map(({ number }) => ({ number, place: dice.roll(1000) }));
    for (const { number } of order.sort((a, b) => a.place - b.place)) await store.load(await browser.part([number]));
    expect(await told(store)).toEqual(whole);
  });

  test.each(seeds)('[BS9] seed %i: a version that reads otherwise judges all of it anew', async (seed) => {
    const dice = new Dice(seed);
    const log = new CutLog();
    await worked(dice, log);
    const anew = (entries: readonly LogEntry[]): readonly LogEntry[] =>
      entries.map((entry) => {
        if (entry.put !== 'commit') return entry;
        const { plain: _plain, ...rest } = entry;
        return rest;
      });
    const whole = await told(opening(dice, log, anew([...log.snapshot, ...log.tail])));
    const browser = await log.opened();
    const store = opening(dice, log, anew(browser.front));
    for (const { number } of [...browser.parts].reverse()) await store.load(anew(await browser.part([number])));
    expect(await told(store)).toEqual(whole);
  });

  test.each(seeds)('[BS8] [BS10] seed %i: what is read while it fills is what the full store shows', async (seed) => {
    const dice = new Dice(seed);
    const log = new CutLog();
    await worked(dice, log);
    const straight = opening(dice, log, copied([...log.snapshot, ...log.tail]));
    const browser = await log.opened();
    const store = opening(dice, log, browser.front);
    const filling = fillStore(store, browser);
    const names = [...NAMES].sort(() => dice.roll(3) - 1);
    for (const name of names) {
      const key = keyOf(name);
      const want = await straight.read([key], EVERYTHING);
      expect(await filling.store.read([key], EVERYTHING)).toEqual(want);
      const patient = PATIENTS[dice.roll(PATIENTS.length)] ?? '';
      await filling.patient(patient);
      const home = `Patient/${patient}`;
      const here = [...(store.record.homes.get(home)?.keys() ?? [])].sort();
      expect(here).toEqual([...(straight.record.homes.get(home)?.keys() ?? [])].sort());
    }
    await filling.whole;
    expect(filling.progress().done).toBe(browser.parts.length);
  });

  test('[BS8] a write while it fills is judged by the whole of what it changes', async () => {
    const dice = new Dice(5);
    const log = new CutLog();
    const first = opening(dice, log, []);
    const site = createMemoryStore({ digest: pureDigest, origin: 'site.1' });
    const scribe = new Scribe(site);
    for (const id of PATIENTS) await scribe.create(`Observation/of-${id}`, { subject: { reference: `Patient/${id}` } });
    const commits = await site.feed(0, 100);
    await first.receive(commits, 'above');
    await first.compact();
    const browser = await log.opened();
    expect(browser.parts).toHaveLength(PATIENTS.length);
    const store = opening(dice, log, browser.front);
    const filling = fillStore(store, browser);
    const key = keyOf('Observation/of-p3');
    const draft = revision('Observation/of-p3', { subject: { reference: 'Patient/p3' } }, { parents: [], expect: [] });
    const done = await filling.store.append({ revisions: [draft], receivedAt: T0 });
    expect(done).toMatchObject({ ok: false, error: { kind: 'stale', key } });
  });
});
