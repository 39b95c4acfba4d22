// A region, a site and two devices over memory stores with logs, under random cuts, crashes, lost disks, narrowed scopes and copies on the
// ward. What was acknowledged, and had a durable holder left all the time, is at the region in the end; what devices show, the region shows.
import { expect, test } from 'vitest';
import { pureDigest } from '../base/sha256.ts';
import { Dice, keyOf, revision, T0 } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../record/store.ts';
import { answer } from './answer.ts';
import type { Machine } from './effects.ts';
import { LINK_RULES } from './link-rules.ts';
import type { Reply, Request } from './messages.ts';
import type { LogEntry, OutboxLog } from './memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncStore } from './memory-sync-store.ts';
import type { Hash } from '../base/ports.ts';
import type { Tier } from './ports.ts';
import type { Scopes } from './scopes.ts';
import { session, type SessionEnd } from './session.ts';

class Cut extends Error {}

class Station {
  readonly name: string;
  readonly tier: Tier;
  lines: string[] = [];
  scopes: Scopes = 'all';
  now = T0;
  store: MemorySyncStore;
  readonly #dice: Dice;

  constructor(name: string, tier: Tier, dice: Dice) {
    [this.name, this.tier, this.#dice] = [name, tier, dice];
    this.store = this.#open();
  }
  #open(): MemorySyncStore {
    const log: OutboxLog = {
      append: async (entries) => void this.lines.push(...entries.map((entry) => JSON.stringify(entry))),
      replace: async (entries) => void (this.lines = [...entries].map((entry) => JSON.stringify(entry))),
    };
    const chance = { bytes: (count: number) => Uint8Array.from({ length: count }, () => this.#dice.roll(256)) };
    const clock = { now: () => (this.now += 1) };
    const grants = (): Scopes => this.scopes;
    const entries = this.lines.map((line) => JSON.parse(line) as LogEntry);
    return openMemorySyncStore({ digest: pureDigest, clock, chance, node: this.name, grants }, log, entries);
  }
  crash(): void {
    this.store = this.#open();
  }
  loseDisk(): void {
    this.lines = [];
    this.crash();
  }
}

async function drive<T>(
  machine: Machine<T>,
  store: MemorySyncStore,
  ask: (request: Request) => Promise<Reply>,
): Promise<T> {
  let step = machine.next();
  while (step.done !== true) {
    const effect = step.value;
    step = machine.next(effect.kind === 'ask' ? await ask(effect.request) : await effect.run(store));
  }
  return step.value;
}

/** `steps`: exchanges until the connection breaks. */
async function meet(lower: Station, upper: Station, steps: number): Promise<SessionEnd | undefined> {
  let left = steps;
  const context = {
    digest: pureDigest,
    now: lower.now,
    rules: LINK_RULES,
    hasChildren: lower.tier === 'site',
    page: 3,
  };
  try {
    return await drive(session(context), lower.store, async (request) => {
      if (left-- <= 0) throw new Cut('cut');
      const machine = answer(request, { peer: lower.name, digest: pureDigest, now: upper.now, tier: upper.tier });
      const reply = await drive<Reply>(machine, upper.store, () => Promise.reject(new Error('asks nothing')));
      // The answer may be lost when the other side has done its part.
      if (left-- <= 0) throw new Cut('cut');
      return JSON.parse(JSON.stringify(reply)) as Reply;
    });
  } catch (error) {
    if (error instanceof Cut) return undefined;
    throw error;
  }
}

const PATIENTS = ['p1', 'p2', 'p3'];

async function run(seed: number): Promise<number> {
  const dice = new Dice(seed);
  const region = new Station('region', 'region', dice);
  const site = new Station('site', 'site', dice);
  const devices = [new Station('a', 'device', dice), new Station('b', 'device', dice)] as const;
  const acknowledged = new Set<Hash>();
  const namesAt = ({ store }: Station): readonly Hash[] => [...store.names('', 'all'), ...store.namesOutside('all')];
  const say = (what: string): string => `seed ${seed}: ${what}`;

  const write = async (device: Station): Promise<void> => {
    const patient = PATIENTS[dice.roll(PATIENTS.length)] ?? '';
    const key = keyOf(`Observation/o${dice.roll(12)}`);
    const [there] = await device.store.read([key], EVERYTHING);
    const content = { status: 'final', subject: { reference: `Patient/${patient}` }, valueInteger: dice.roll(1000) };
    const draft = revision(`Observation/${key.id}`, content, { parents: there?.heads ?? [], expect: 'any' });
    const done = await device.store.append({ revisions: [draft], receivedAt: (device.now += 10) });
    if (!done.ok) throw new Error('a write of the test lands');
    const [hash] = device.store.commitAt(done.value.origin, done.value.seq)?.revisions ?? [];
    acknowledged.add(hash?.hash ?? '');
  };
  const copy = async (): Promise<void> => {
    const [from, to] = dice.roll(2) === 0 ? devices : [devices[1], devices[0]];
    for (const { origin, from: first } of from.store.below('D2'))
      if (origin.startsWith(`${from.name}.`)) await to.store.carry(from.store.commits(origin, first, 4));
  };
  for (let step = 0; step < 120; step++) {
    const device = devices[dice.roll(2)] ?? devices[0];
    const what = dice.roll(100);
    if (what < 30) await write(device);
    else if (what < 50) await meet(device, dice.roll(4) === 0 ? region : site, dice.roll(30));
    else if (what < 62) await meet(site, region, dice.roll(40));
    else if (what < 70) await copy();
    else if (what < 76) device.crash();
    else if (what < 80) site.crash();
    else if (what < 86) {
      // A backup of the region: what it holds whole is stable from now on.
      const marks = region.store.carried().map(({ origin, seq }) => [origin, seq] as const);
      await region.store.learn(marks, []);
    } else if (what < 90)
      site.scopes = region.scopes = [
        '',
        'demog',
        ...PATIENTS.filter(() => dice.roll(2) === 0).map((id) => `pat/${id}`),
      ];
    else if (what < 94) await device.store.compact();
    else if (what < 96 && dice.roll(3) === 0) site.loseDisk();
  }
  site.scopes = region.scopes = 'all';
  for (let round = 0; round < 6; round++) {
    for (const device of devices) await meet(device, site, 10_000);
    await meet(site, region, 10_000);
    for (const device of devices) await meet(device, region, 10_000);
  }
  const atRegion = new Set(namesAt(region));
  expect(
    [...acknowledged].filter((name) => !atRegion.has(name)),
    say('lost'),
  ).toEqual([]);
  for (const station of [region, site, ...devices]) {
    const report = await station.store.verify();
    expect(report.findings, say(station.name)).toEqual([]);
    for (let i = 0; i < 12; i++) {
      const key = keyOf(`Observation/o${i}`);
      const [[here], [there]] = [
        await station.store.read([key], EVERYTHING),
        await region.store.read([key], EVERYTHING),
      ];
      expect(here?.heads, say(`${station.name} ${key.id}`)).toEqual(there?.heads);
      expect(here?.text).toBe(there?.text);
    }
  }
  for (const device of devices) {
    const again = new Station(device.name, 'device', dice);
    again.lines = device.lines;
    again.crash();
    expect(again.store.names('', 'all'), say('replayed')).toEqual(device.store.names('', 'all'));
  }
  return acknowledged.size;
}

const SEEDS = Number(process.env['HOLDFAST_SEEDS'] ?? 12);
test('[DV1] [DV2] [DV6] whatever happens to links and processes, what was acknowledged reaches the region, and all show the same', async () => {
  const first = Math.floor(Math.random() * 2 ** 30);
  let acknowledged = 0;
  for (let seed = first; seed < first + SEEDS; seed++) acknowledged += await run(seed);
  console.log(`memory-sync-random: seeds ${first} to ${first + SEEDS - 1}, ${acknowledged} acknowledged`);
  expect(acknowledged).toBeGreaterThan(SEEDS);
}, 300_000);
