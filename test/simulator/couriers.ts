// Bundles that people carry from node to node, and sealed copies that devices of a ward keep for each other.
import { packCourier, takeCourier, type CourierContents, type CourierReader } from '../../src/core/sync/courier.ts';
import type { SyncStore } from '../../src/core/sync/ports.ts';
import { digest } from './parsed.ts';
import { DiskFull, type SimulatedStore } from './simulated-store.ts';
import type { SimulatedNode, World } from './world.ts';

const DAY_MS = 86_400_000;
const secretOf = (node: string): string => digest.sha256(`secret of ${node}`);
const signed = (node: string, text: string): string => digest.sha256(secretOf(node) + text);

/** All lines of a bundle from one node for another. */
export async function packFor(
  world: World,
  from: SimulatedNode,
  to: SimulatedNode,
  contents: CourierContents,
): Promise<readonly string[]> {
  const made = world.queue.now;
  const head = { bundle: world.chance.word(), from: from.name, to: to.name, made, expires: made + 5 * DAY_MS };
  const key = digest.sha256(`${secretOf(to.name)}${head.bundle}`);
  const lines: string[] = [];
  for await (const line of packCourier(from.store, head, contents, {
    digest,
    sign: (text) => signed(from.name, text),
    wrapped: head.bundle,
    seal: (text, context) => JSON.stringify([digest.sha256(key + context), text]),
  }))
    lines.push(line);
  return lines;
}

const readerOf = (world: World, to: SimulatedNode): CourierReader => ({
  digest,
  to: to.name,
  // A clock that is years ahead must not make a bundle void: somebody looks, and says so.
  now: world.queue.now + to.skewMs,
  evenExpired: true,
  verify: (from, text, signature) => signed(from, text) === signature,
  open: (wrapped) => (sealed, context) => {
    const [lock, text] = JSON.parse(sealed) as [string, string];
    const key = digest.sha256(`${secretOf(to.name)}${wrapped}`);
    return digest.sha256(key + context) === lock ? text : undefined;
  },
});

/** Somebody sets out with a bundle: up from a device or site, or down to a site or device. */
export async function carryBundle(world: World): Promise<void> {
  const { chance } = world;
  const child = chance.pick(world.nodes.slice(1));
  const parent = child?.tier === 'device' && chance.happens(0.5) ? world.region : child?.parent;
  if (child === undefined || parent === undefined || world.pockets.length > 6) return;
  const isUp = chance.happens(0.5);
  const [from, to] = isUp ? [child, parent] : [parent, child];
  from.store.sync();
  const contents: CourierContents = isUp
    ? { kind: 'carried', since: [] }
    : { kind: 'granted', scopes: child.scopes, after: 0 };
  const lines = await packFor(world, from, to, contents);
  world.count('courier sets out');
  world.pockets.push({ lines, from: from.name, to: to.name, keeper: undefined, names: [] });
  if (chance.happens(0.3)) await deliver(world, lines, to, true);
  // The bug: what was handed to a courier counts as safe.
  if (isUp && world.options.mutant === 'courier-acknowledges') {
    if (!from.store.full) from.store.learn(from.store.heldMarks(), []);
  }
}

/** A device leaves what it carries with another one on the ward, sealed for their site. */
export async function leaveCopy(world: World, device: SimulatedNode, keeper: SimulatedNode): Promise<void> {
  const to = device.home;
  if (to === undefined || keeper === device || world.pockets.length > 6) return;
  device.store.sync();
  const tips = device.store.carried();
  const lines = await packFor(world, device, to, { kind: 'carried', since: [] });
  const names = tips.flatMap(({ origin }) =>
    device.store
      .commits(origin, 1, 1_000, Number.POSITIVE_INFINITY)
      .flatMap(({ revisions }) => revisions.map(({ hash }) => hash)),
  );
  world.count('copy left with another device');
  world.pockets.push({ lines, from: device.name, to: to.name, keeper: keeper.name, names });
}

/** A stick arrives: whole or cut off, damaged, twice, at the wrong door. */
export async function deliverSome(world: World): Promise<void> {
  const { chance } = world;
  const pocket = chance.pick(world.pockets);
  if (pocket === undefined) return;
  const to = world.nodeNamed(pocket.to);
  if (to === undefined) return;
  const fate = chance.below(6);
  if (fate === 0) {
    const wrong = world.nodes.find((node) => node.name !== pocket.to);
    if (wrong !== undefined) await deliver(world, pocket.lines, wrong, false);
    return;
  }
  const lines =
    fate === 1
      ? pocket.lines.slice(0, chance.below(pocket.lines.length))
      : fate === 2
        ? pocket.lines.map((line, at) => (at > 0 && chance.happens(0.3) ? damaged(line) : line))
        : pocket.lines;
  if (lines !== pocket.lines) world.count('bundle cut off or damaged');
  await deliver(world, lines, to, lines === pocket.lines);
  // A copy that was handed over once is kept: the site may lose it again.
  if (pocket.keeper === undefined && chance.happens(0.5))
    world.pockets = world.pockets.filter((each) => each !== pocket);
}

/** In the end every copy that is left comes to its site. */
export async function deliverAll(world: World): Promise<void> {
  world.pockets = world.pockets.filter(({ keeper }) => keeper !== undefined);
  for (const { lines, to } of world.pockets) {
    const node = world.nodeNamed(to);
    if (node !== undefined) await deliver(world, lines, node, true);
  }
}

const damaged = (line: string): string => line.replace(/[a-f]/, 'x').replace('"more"', '"mores"');

async function deliver(world: World, lines: readonly string[], to: SimulatedNode, isSound: boolean): Promise<void> {
  const from = (JSON.parse(lines[0] ?? '[]') as readonly string[])[2] ?? '';
  const sender = world.nodeNamed(from);
  const isParent = sender !== undefined && RANK[sender.tier] > RANK[to.tier];
  try {
    const { outcome } = await takeCourier(syncing(world, to.store), lines, readerOf(world, to), () =>
      isParent ? 'above' : 'below',
    );
    if (outcome.end === 'read') world.count('bundle taken in');
    const isRead = outcome.end === 'read' && !outcome.torn && outcome.missing === 0;
    if (isSound && !isRead)
      world.problem('I12', `a sound bundle for ${to.name} is not taken in: ${JSON.stringify(outcome)}`);
    if (outcome.end === 'read' && outcome.head.to !== to.name)
      world.problem('I8', `${to.name} read what is for another`);
  } catch (thrown) {
    if (!(thrown instanceof DiskFull)) throw thrown;
  }
}

const RANK = { device: 0, site: 1, region: 2 } as const;

/** The store as a courier's reader has it: what `receive` answers is on the disk. */
function syncing(world: World, store: SimulatedStore): SyncStore {
  const view = Object.create(store) as SimulatedStore;
  view.receive = (commits, from, link) => {
    const verdicts = store.receive(commits, from, world.options.mutant === 'courier-keeps-records' ? undefined : link);
    store.sync();
    return verdicts;
  };
  return view;
}
