// What must hold when all is quiet (the numbers are those of the design's list of invariants).
import { World, type SimulatedNode, type WorldOptions } from './world.ts';
import { permits } from '../../src/core/sync/scopes.ts';

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly acked: number;
  /** Acknowledged, and every durable copy destroyed before another holder had one: what physics allows. */
  readonly gone: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly messages: number;
}

export function runSeed(options: WorldOptions): Outcome {
  const world = new World(options);
  world.safety();
  world.liveness();
  checkAll(world);
  world.replay();
  const gone = world.acked.filter(({ name }) => world.gone.has(name) && !world.region.store.revisions.has(name));
  return {
    seed: options.seed,
    problems: world.problems,
    acked: world.acked.length,
    gone: gone.length,
    faults: world.faults,
    messages: world.messages,
  };
}

function checkAll(world: World): void {
  const { region } = world;
  // I1
  for (const { name, node } of world.acked)
    if (!region.store.revisions.has(name) && !world.gone.has(name)) world.problem('I1', `${name} of ${node} is lost`);
  // I2, I4: what a node may have, it has, with all its ancestors: the same names, so the same heads and views.
  for (const node of world.nodes) {
    for (const [name, { keys }] of region.store.revisions)
      if (permits(node.scopes, keys) && !node.store.revisions.has(name))
        world.problem('I2', `${node.name} lacks ${name}`);
    for (const name of node.store.revisions.keys())
      if (!region.store.revisions.has(name)) world.problem('I2', `${node.name} alone has ${name}`);
    checkBytes(world, node);
    checkChains(world, node);
    // I12
    const queue = world.queueOf(node);
    if (node.tier !== 'region' && queue.length > 0) for (const origin of queue) checkDrained(world, node, origin);
  }
  // I3, I11: a revision is a head, or somebody wrote upon it.
  for (const [name, held] of region.store.revisions) {
    if (held.resource === undefined || region.store.headsOf(held.resource).includes(name)) continue;
    const isCovered = [...region.store.revisions.values()].some((other) => other.parents.includes(name));
    if (!isCovered) world.problem('I3', `${name} is hidden by nobody`);
  }
}

/** I13, I11: every byte as its author wrote it; nothing that nobody wrote. */
function checkBytes(world: World, node: SimulatedNode): void {
  for (const [name, { revision }] of node.store.revisions) {
    const written = world.authored.get(name);
    if (written === undefined) world.problem('I13', `${node.name} has ${name}, which nobody wrote`);
    else if (written.header !== revision.header || written.text !== revision.text)
      world.problem('I13', `${node.name} has other bytes under ${name}`);
  }
}

/** I7: one history for each origin, without gaps. */
function checkChains(world: World, node: SimulatedNode): void {
  if (!world.mayFork && node.store.forksSeen.size > 0) world.problem('I7', `${node.name} saw a fork`);
  for (const [origin, { contiguous, floor }] of node.store.origins)
    for (let seq = Math.max(floor + 1, 1); seq <= contiguous; seq++)
      if (!node.store.placesOf.has(`${origin}:${seq}`))
        world.problem('I7', `${node.name} has a gap at ${origin}:${seq}`);
}

/** I12: what a node carries, the peer above has. */
function checkDrained(world: World, node: SimulatedNode, origin: string): void {
  const own = node.store.origins.get(origin)?.contiguous ?? 0;
  const above = node.parent?.store.origins.get(origin)?.contiguous ?? 0;
  if (above < own && !world.mayFork)
    world.problem('I12', `${node.name} cannot hand over ${origin}: ${above} of ${own}`);
}
