// What goes wrong, one thing at a time. Every seed has its own mix.
import { carryBundle, deliverSome, leaveCopy } from './couriers.ts';
import type { SeededChance } from './seeded-chance.ts';
import { wantSomething } from './users.ts';
import { PATIENTS, type SimulatedNode, type World } from './world.ts';

/** How often each happens, against the others. */
const FAULTS = [
  ['cut', 20],
  ['mend', 14],
  ['crash', 14],
  ['copy', 8],
  ['restore', 6],
  ['lose-site', 3],
  ['backup', 5],
  ['region-restore', 4],
  ['lose-device', 2],
  ['clone', 3],
  ['roam', 6],
  ['go-home', 4],
  ['scope', 5],
  ['full', 2],
  ['clock', 2],
  ['land', 3],
  ['look-up', 6],
  ['courier', 4],
  ['deliver', 6],
  ['ward-copy', 4],
  ['upgrade', 2],
] as const;
type Fault = (typeof FAULTS)[number][0];
export type Weights = readonly (readonly [Fault, number])[];

/** Some seeds know no lost disks, some hardly anything else; in each a few faults come so often that they meet. */
export function faultsOf(chance: SeededChance, wanted?: readonly string[]): Weights {
  const drawn = Array.from({ length: 3 }, () => chance.pick(FAULTS)?.[0]);
  const often = new Set<string | undefined>(wanted ?? drawn);
  return FAULTS.map(
    ([fault, weight]) => [fault, often.has(fault) ? 25 : weight * (chance.pick([0, 1, 1, 3]) ?? 1)] as const,
  );
}

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

export async function makeFault(world: World, weights: Weights): Promise<void> {
  const { chance, region } = world;
  const node = chance.pick(world.nodes);
  const site = chance.pick(world.sites);
  const device = chance.pick(world.nodes.filter((each) => each.tier === 'device'));
  if (!node || !site || !device) return;
  switch (pickFault(world, weights)) {
    case 'cut':
      return cutLink(world, node);
    case 'mend':
      return world.cut.clear();
    case 'crash':
      world.count('crash');
      return world.crash(node);
    case 'copy': {
      const copied = chance.happens(0.7) ? site : device;
      copied.store.sync();
      world.copies.set(copied.name, [...copied.store.log]);
      return;
    }
    case 'restore': {
      const restored = chance.happens(0.7) ? site : device;
      const copy = world.copies.get(restored.name);
      if (!copy) return;
      world.count(`${restored.tier} restored from an old copy`);
      return world.destroy(restored, () => restored.store.replaceDisk(copy));
    }
    case 'lose-site':
      world.count('site disk lost');
      world.copies.delete(site.name);
      return world.destroy(site, () => site.store.replaceDisk([]));
    case 'backup':
      return region.store.takeBackup();
    case 'region-restore':
      world.count('region restored to its backup');
      return world.destroy(region, () => region.store.replaceDisk(region.store.backup.log));
    case 'lose-device':
      world.count('device disk lost');
      return world.destroy(device, () => device.store.replaceDisk([]));
    case 'clone':
      return cloneDevice(world, device);
    case 'roam':
      world.count('device roams');
      device.parent = chance.happens(0.5) ? region : (chance.pick(world.sites) ?? region);
      return;
    case 'go-home':
      device.parent = device.home;
      return;
    case 'scope':
      return changeScope(world, chance.happens(0.5) ? site : device, chance.happens(0.5));
    case 'full':
      world.count('disk full');
      node.store.full = true;
      return world.queue.later(5_000, () => {
        node.store.full = false;
      });
    case 'clock':
      world.count('clock jumped');
      node.skewMs = Math.max(1 - world.queue.now, Math.floor((chance.next() * 2 - 1) * TEN_YEARS_MS));
      return;
    case 'land':
      return region.store.landInFlight();
    case 'look-up':
      return wantSomething(world, chance.happens(0.3) ? site : device);
    case 'courier':
      return carryBundle(world);
    case 'deliver':
      return deliverSome(world);
    case 'ward-copy':
      return leaveCopy(world, device, chance.pick(world.nodes.filter((each) => each.tier === 'device')) ?? device);
    case 'upgrade':
      world.count('node upgraded');
      world.crash(node);
      node.isLater = true;
      return;
  }
}

function pickFault({ chance }: World, weights: Weights): Fault {
  let left = chance.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [fault, weight] of weights) {
    left -= weight;
    if (left < 0) return fault;
  }
  return 'mend';
}

function cutLink(world: World, node: SimulatedNode): void {
  const to = node.parent;
  if (!to) return;
  const ways = [`${node.name}>${to.name}`, `${to.name}>${node.name}`];
  const mode = world.chance.below(3);
  world.count(mode === 2 ? 'link cut' : 'link cut one way');
  for (const [i, way] of ways.entries()) if (mode === 2 || mode === i) world.cut.add(way);
}

/** `isBrief`: taken back while a session goes on that is told neither. */
function changeScope(world: World, some: SimulatedNode, isBrief: boolean): void {
  const { chance } = world;
  const busy = world.nodes.filter((each) => each.busy && each.tier !== 'region');
  const node = (isBrief ? chance.pick(busy) : undefined) ?? some;
  const key = chance.pick(PATIENTS) ?? '';
  const toggle = (): void => {
    world.count('scope changed');
    world.expected.delete(`${node.name} ${key}`);
    if (node.scopes === 'all') return;
    node.scopes = node.scopes.includes(key)
      ? node.scopes.filter((each) => each !== key)
      : [...node.scopes, key].toSorted();
  };
  toggle();
  if (isBrief)
    world.queue.later(chance.below(200), () => {
      if (!world.healed) toggle();
    });
}

function cloneDevice(world: World, device: SimulatedNode): void {
  if (world.nodes.length >= 10 || device.isLiar) return;
  world.count('device cloned');
  const twin = world.addNode(`${device.name}c${world.nodes.length}`, 'device', device.parent, device.scopes);
  twin.home = device.home;
  device.store.sync();
  twin.store.replaceDisk(device.store.log);
}
