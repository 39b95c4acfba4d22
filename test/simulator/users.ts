// People: they write, upon what they see, and look up patients that are not here.
import { SCHEMA_R4 } from '../../src/core/record/envelope.ts';
import { permits } from '../../src/core/sync/scopes.ts';
import { digest } from './parsed.ts';
import { DiskFull } from './simulated-store.ts';
import { viewAt } from './views.ts';
import { LARGE, PATIENTS, SEALED, type SimulatedNode, type World } from './world.ts';

/** Resource types of as many kinds of policy. */
const TYPES = ['AllergyIntolerance', 'MedicationRequest', 'Observation', 'Patient'] as const;
type Type = (typeof TYPES)[number];

/** One commit of a person at `node`: one or two patients' resources, upon what is shown there. */
export function write(world: World, node: SimulatedNode): void {
  const { chance, options, queue } = world;
  const { store } = node;
  const keys = PATIENTS.filter((key) => permits(node.scopes, [key]));
  const groups: { hash: string; header: string; text: string | undefined }[] = [];
  const wanted = new Set(Array.from({ length: chance.happens(0.25) ? 2 : 1 }, () => chance.pick(keys)));
  for (const key of wanted) {
    if (key === undefined) continue;
    const type = chance.pick(TYPES) ?? 'Patient';
    const id = `${key.slice(4)}${chance.below(2)}`;
    const heads = parentsOf(world, node, `${type}/${id}`);
    const isGone = chance.happens(0.06) && heads.length > 0;
    const text = isGone ? undefined : bodyOf(world, type, id);
    const { header, hash } = revise(world, node, type, id, heads, key, text);
    groups.push({ hash, header, text });
    world.authored.set(hash, { header, text });
  }
  if (groups.length === 0) return;
  const { life } = node;
  try {
    store.accept(store.seal(groups, queue.now + node.skewMs, node.isLater && chance.happens(0.5)));
  } catch (thrown) {
    if (!(thrown instanceof DiskFull)) throw thrown;
    world.count('write refused by a full disk');
    return;
  }
  const acknowledge = (): void => {
    for (const { hash } of groups) {
      world.acked.push({ name: hash, node: node.name });
      // I4: who wrote it sees it.
      if (!store.revisions.has(hash)) world.problem('I4', `${node.name} does not show ${hash}, which it acknowledges`);
    }
  };
  if (options.mutant === 'ack-before-sync') acknowledge();
  queue.later(1 + chance.below(4), () => {
    if (node.life !== life) return;
    store.sync();
    if (options.mutant !== 'ack-before-sync') acknowledge();
  });
}

/** Who saw a conflict and decided writes upon all of it; who did not, upon what was shown. */
function parentsOf(world: World, node: SimulatedNode, resource: string): readonly string[] {
  const heads = node.store.headsOf(resource);
  if (heads.length < 2 || world.chance.happens(0.5)) return heads;
  const view = viewAt(node.store, resource);
  return view === undefined ? heads : [view.displayed];
}

function bodyOf(world: World, type: Type, id: string): string {
  const { chance } = world;
  const n = `${world.authored.size}.${chance.below(10)}0`;
  const note = chance.happens(0.04) ? `,"note":[{"text":"${'long '.repeat(LARGE / 4)}"}]` : '';
  const head = `{"resourceType":"${type}","id":"${id}"`;
  switch (type) {
    case 'AllergyIntolerance': {
      const status = chance.pick(['active', 'resolved']) ?? 'active';
      return `${head},"clinicalStatus":{"coding":[{"code":"${status}"}]},"code":{"text":"penicillin"},"patient":{"reference":"Patient/p"},"extension":[{"url":"n","valueDecimal":${n}}]${note}}`;
    }
    case 'MedicationRequest':
      return `${head},"status":"${chance.pick(['active', 'stopped']) ?? 'active'}","intent":"order","dosageInstruction":[{"text":"${chance.below(3)} tablets"}],"extension":[{"url":"n","valueDecimal":${n}}]${note}}`;
    case 'Observation':
      return `${head},"status":"${chance.pick(['preliminary', 'final', 'amended']) ?? 'final'}","valueQuantity":{"value":${n},"unit":"mg"}${note}}`;
    case 'Patient':
      return `${head},"gender":"${chance.pick(['female', 'male']) ?? 'male'}","telecom":[{"system":"phone","value":"${n}"}]}`;
  }
}

function revise(
  world: World,
  node: SimulatedNode,
  type: string,
  id: string,
  heads: readonly string[],
  key: string,
  text: string | undefined,
): { header: string; hash: string } {
  const kind = text === undefined ? 'tombstone' : 'put';
  const ms = Math.max(0, world.queue.now + node.skewMs);
  const time = [ms, ms.toString(16).padStart(12, '0') + '0000', 0];
  const tag = node.isLater && world.chance.happens(0.3) ? 'r2' : 'r1';
  const fields = [tag, type, id, [...heads].sort(), kind, null, time, [key], SCHEMA_R4, ''];
  const header = tag === 'r1' ? JSON.stringify(fields) : `${JSON.stringify(fields).slice(0, -1)},{"later":1.00}]`;
  return { header, hash: digest.sha256(header + (text === undefined ? '' : digest.sha256(text))) };
}

/** Somebody at `node` opens the chart of a patient who is not here. */
export function wantSomething(world: World, node: SimulatedNode): void {
  const key = world.chance.pick(PATIENTS);
  if (key === undefined || node.parent === undefined || permits(node.scopes, [key])) return;
  try {
    node.store.want(key);
  } catch (thrown) {
    if (!(thrown instanceof DiskFull)) throw thrown;
    return;
  }
  node.store.sync();
  world.count('patient looked up');
  if (key !== SEALED) world.expected.add(`${node.name} ${key}`);
}

/** What the parent makes of it: all but the sealed one. A site that does not have the patient asks its own parent. */
export function lookUp(world: World, at: string, peer: string, keys: readonly string[]): readonly string[] {
  const [parent, child] = [world.nodeNamed(at), world.nodeNamed(peer)];
  if (parent === undefined || child === undefined || child.scopes === 'all') return [];
  const isOpen = world.options.mutant === 'grants-what-is-asked';
  // Who roamed may have asked elsewhere just before the faults ended; since then a device keeps to what its site has (`heal`).
  const { home } = child;
  const isAstray = (key: string): boolean =>
    world.healed && child.tier === 'device' && home !== parent && home !== undefined && !permits(home.scopes, [key]);
  const granted = keys.filter((key) => (isOpen || key !== SEALED) && !isAstray(key));
  for (const key of keys) if (isAstray(key)) world.expected.delete(`${child.name} ${key}`);
  const lacking = granted.filter((key) => !permits(parent.scopes, [key]));
  for (const key of lacking) {
    parent.store.want(key);
    world.expected.add(`${parent.name} ${key}`);
  }
  child.scopes = [...new Set([...child.scopes, ...granted])].toSorted();
  for (const key of granted) world.granted.push([child.name, key]);
  return granted;
}
