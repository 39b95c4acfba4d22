// A run: in safety mode anything may fail at any moment; then all faults end (liveness mode) and the world must become quiet and equal.
import { permits } from '../../src/core/sync/scopes.ts';
import { checkReply } from './check-traffic.ts';
import { deliverAll } from './couriers.ts';
import { faultsOf, makeFault } from './faults.ts';
import { lieUpward, twist } from './liars.ts';
import { lookUp, write } from './users.ts';
import { SESSION_MS, World, type SimulatedNode, type WorldOptions } from './world.ts';

export const openWorld = (options: WorldOptions): World => new World(options, { lookUp, twist, checkReply });

function tick(world: World, node: SimulatedNode): void {
  const { parent } = node;
  if (parent) world.startSession(node, parent);
  if (node.tier === 'device' && node.isLiar && !world.healed && world.chance.happens(0.4)) lieUpward(world, node);
}

/** Anything may fail. */
export async function runFaults(world: World): Promise<void> {
  const { chance, queue, region } = world;
  const weights = faultsOf(chance, world.options.often);
  const weight = 0.3 + chance.next() * 0.4;
  const faulty = (world.options.often === undefined ? 0.02 : 0.15) + chance.next() * 0.25;
  for (let step = 0; step < world.options.steps; step++) {
    await queue.runUntil(queue.now + chance.below(400));
    const node = chance.pick(world.nodes);
    if (!node) continue;
    if (chance.happens(faulty)) await makeFault(world, weights);
    else if (chance.happens(weight)) write(world, node);
    else tick(world, node);
    if (chance.happens(0.1)) region.store.landInFlight();
  }
}

/** All faults end; sessions go on until nothing changes. */
export async function runHealed(world: World): Promise<void> {
  const { queue, region } = world;
  heal(world);
  let quiet = 0;
  let before = '';
  for (let round = 0; round < 60 && quiet < 2; round++) {
    region.store.landInFlight();
    await deliverAll(world);
    const tiers = round < 2 ? (['device', 'site', 'device'] as const) : (['site', 'device'] as const);
    for (const tier of tiers) {
      for (const node of world.nodes) if (node.tier === tier) tick(world, node);
      await queue.runUntil(queue.now + 3_000);
    }
    await queue.runUntil(queue.now + SESSION_MS);
    region.store.landInFlight();
    region.store.takeBackup();
    const state = world.nodes.map((node) => `${node.store.state()} ${world.queueOf(node).length}`).join('|');
    quiet = state === before ? quiet + 1 : 0;
    before = state;
  }
  if (quiet < 2) world.problem('I12', 'the world does not become quiet');
}

function heal(world: World): void {
  world.healed = true;
  world.cut.clear();
  for (const node of world.nodes) {
    node.store.full = false;
    node.parent = node.home;
    // A peer that lied is another one when it is honest again: its children may have believed it.
    if (node.isLiar) world.crash(node);
    node.isLiar = false;
  }
  // A device keeps to what its site has: two that share a scope must be equal.
  for (const device of world.nodes) {
    const { home } = device;
    if (device.tier !== 'device' || home === undefined || device.scopes === 'all') continue;
    device.scopes = device.scopes.filter((key) => {
      const isKept = permits(home.scopes, [key]);
      if (!isKept) world.expected.delete(`${device.name} ${key}`);
      return isKept;
    });
  }
}

/** I6: all that was ever asked is asked again; nothing may change. */
export async function runAgain(world: World): Promise<void> {
  const before = world.nodes.map((node) => node.store.state()).join('|');
  for (const { from, to, request } of world.traffic)
    if (request.kind !== 'push' || !world.mayFork) world.serve(to, from, request, () => undefined);
  await world.queue.runUntil(world.queue.now + 10_000);
  const after = world.nodes.map((node) => node.store.state()).join('|');
  if (before !== after) world.problem('I6', `traffic that came again changed something`);
}
