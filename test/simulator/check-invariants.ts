// What must hold when all is quiet (the numbers are those of the design's list of invariants).
import { permits } from '../../src/core/sync/scopes.ts';
import { viewAt } from './views.ts';
import { openWorld, runAgain, runFaults, runHealed } from './run-world.ts';
import { SEALED, type SimulatedNode, type World, type WorldOptions } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly acked: number;
  /** Acknowledged, and every durable copy destroyed before another holder had one: what physics allows. */
  readonly gone: number;
  /** At the region in the end. */
  readonly commits: number;
  /** Resources that several heads are left of in the end. */
  readonly conflicts: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly messages: number;
}

export async function runSeed(options: WorldOptions): Promise<Outcome> {
  const world = openWorld(options);
  await runFaults(world);
  await runHealed(world);
  const conflicts = checkAll(world);
  await runAgain(world);
  const gone = world.acked.filter(({ name }) => world.gone.has(name) && !world.region.store.revisions.has(name));
  return {
    seed: options.seed,
    problems: world.problems,
    acked: world.acked.length,
    gone: gone.length,
    commits: world.region.store.commitsByHash.size,
    conflicts,
    faults: world.faults,
    messages: world.messages,
  };
}

function checkAll(world: World): number {
  const { region } = world;
  // I1
  for (const { name, node } of world.acked)
    if (!region.store.revisions.has(name) && !world.gone.has(name)) world.problem('I1', `${name} of ${node} is lost`);
  for (const node of world.nodes) {
    checkSame(world, node);
    checkBytes(world, node);
    checkChains(world, node);
    checkLabels(world, node);
    const queue = world.queueOf(node);
    if (node.tier !== 'region' && queue.length > 0) for (const origin of queue) checkDrained(world, node, origin);
  }
  // I3, I11: a revision is a head, or somebody wrote upon it.
  const covered = new Set([...region.store.revisions.values()].flatMap(({ parents }) => parents));
  for (const [name, held] of region.store.revisions)
    if (held.resource !== undefined && !covered.has(name) && !region.store.headsOf(held.resource).includes(name))
      world.problem('I3', `${name} is hidden by nobody`);
  checkWants(world);
  return checkViews(world);
}

/** I2, I4: what a node may have, it has, with all its ancestors: the same names, so the same heads. */
function checkSame(world: World, node: SimulatedNode): void {
  const { revisions } = world.region.store;
  for (const [name, { keys }] of revisions)
    if (permits(node.scopes, keys) && !node.store.revisions.has(name))
      world.problem('I2', `${node.name} lacks ${name}`);
  for (const name of node.store.revisions.keys())
    if (!revisions.has(name)) world.problem('I2', `${node.name} alone has ${name}`);
}

/** I13, I11: every byte as its author wrote it; nothing that nobody wrote; what cannot be read is shown as such. */
function checkBytes(world: World, node: SimulatedNode): void {
  for (const [name, { revision }] of node.store.revisions) {
    const written = world.authored.get(name);
    if (written === undefined) world.problem('I13', `${node.name} has ${name}, which nobody wrote`);
    else if (written.header !== revision.header || written.text !== revision.text)
      world.problem('I13', `${node.name} has other bytes under ${name}`);
  }
  for (const [hash, { commit }] of node.store.commitsByHash)
    if (commit.header.startsWith('["c2"') && !node.store.unread.has(hash))
      world.problem('I13', `${node.name} does not show that it cannot read ${hash}`);
}

/** I7: one history for each origin, without gaps. */
function checkChains(world: World, node: SimulatedNode): void {
  if (!world.mayFork && node.store.forksSeen.size > 0) world.problem('I7', `${node.name} saw a fork`);
  for (const [origin, { contiguous, floor }] of node.store.origins)
    for (let seq = Math.max(floor + 1, 1); seq <= contiguous; seq++)
      if (!node.store.placesOf.has(`${origin}:${seq}`))
        world.problem('I7', `${node.name} has a gap at ${origin}:${seq}`);
}

/** I15: the label beside a commit is the truth, and in the end what the backup covers is known everywhere. */
function checkLabels(world: World, node: SimulatedNode): void {
  if (node.tier === 'region') return;
  const { region } = world;
  const backed = new Map(region.store.backup.marks);
  for (const [origin, { contiguous, carried }] of node.store.origins) {
    if (contiguous === 0) continue;
    const label = node.store.classOf(origin, contiguous);
    const above = region.store.origins.get(origin)?.contiguous ?? 0;
    if (label === 'D3' && (backed.get(origin) ?? 0) < contiguous && !world.mayFork)
      world.problem('I15', `${node.name} says that ${origin}:${contiguous} is in the backup`);
    if (label === 'D2' && above < contiguous && !world.mayFork)
      world.problem('I15', `${node.name} says that the region has ${origin}:${contiguous}`);
    if (carried && label !== 'D3' && (backed.get(origin) ?? 0) >= contiguous && !world.mayFork)
      world.problem('I12', `${node.name} does not know that ${origin}:${contiguous} is in the backup`);
  }
}

/** I12: what a node carries, the peer above has. */
function checkDrained(world: World, node: SimulatedNode, origin: string): void {
  const own = node.store.origins.get(origin)?.contiguous ?? 0;
  const above = node.parent?.store.origins.get(origin)?.contiguous ?? 0;
  if (above < own && !world.mayFork)
    world.problem('I12', `${node.name} cannot hand over ${origin}: ${above} of ${own}`);
}

/** I8, I12: what people looked up they have, where it may be granted, and nothing else. */
function checkWants(world: World): void {
  for (const expected of world.expected) {
    const [name = '', key = ''] = expected.split(' ');
    const node = world.nodeNamed(name);
    if (node !== undefined && !permits(node.scopes, [key])) world.problem('I12', `${name} still waits for ${key}`);
  }
  for (const node of world.nodes)
    if (node.store.wants().length > 0) world.problem('I12', `${node.name} was never answered`);
  for (const [name, key] of world.granted)
    if (key === SEALED) world.problem('I8', `${name} was granted what is sealed`);
}

/** I2, I3, I14: a conflict is the same one wherever the resource is, and known to be one. */
function checkViews(world: World): number {
  let conflicts = 0;
  for (const resource of world.region.store.resources.keys()) {
    if (world.region.store.headsOf(resource).length < 2) continue;
    conflicts += 1;
    const view = viewAt(world.region.store, resource);
    if (view === undefined) continue;
    if (view.conflict && view.severity === undefined)
      world.problem('I14', `${resource} is in conflict and nobody is told`);
    const key = world.region.store.revisions.get(view.displayed)?.keys;
    const holders = world.nodes.filter((node) => permits(node.scopes, key));
    const other = world.chance.pick(holders);
    const there = other === undefined ? view : viewAt(other.store, resource, true);
    const [{ upon, ...said }, { upon: uponThere, ...saidThere }] = [view, there ?? { upon: [] }];
    if (JSON.stringify(said) === JSON.stringify(saidThere)) continue;
    // An ancestor's body that a device no longer keeps: then people are asked.
    const isPoorer = there?.conflict === true && uponThere.length < upon.length;
    if (!isPoorer) world.problem('I2', `${other?.name ?? ''} shows ${resource} otherwise than the region`);
  }
  return conflicts;
}
