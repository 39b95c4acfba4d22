// Peers that lie: a child that sends what is not so, a parent that answers what is not so. An authenticated peer may be broken or
// captured; what it says must cost nobody else a revision.
//
// One lie is not told: marks that call a commit stable which the region's backup does not have. A parent is believed in this, since only
// the region knows it (see the README).
import type { Reply, Request } from '../../src/core/sync/messages.ts';
import type { CarriedCommit } from '../../src/core/sync/ports.ts';
import { digest } from './parsed.ts';
import type { SimulatedNode, World } from './world.ts';

const BYTES = 1_000_000;

/** Other bodies under honest names, commits in others' origins, wishes for what it may not have. */
export function lieUpward(world: World, liar: SimulatedNode): void {
  const { chance } = world;
  const parent = liar.parent ?? world.region;
  const victim = chance.pick(world.nodes);
  const origin = victim?.store.origin ?? '';
  const [some] = victim?.store.commits(origin, 1 + chance.below(3), 1, BYTES) ?? [];
  const foreign = chance.pick([...world.authored.keys()]) ?? '';
  world.count('lie of a child');
  const send = (request: Request): void =>
    world.ask(liar, parent, request, 1, () => {
      // It does not listen.
    });
  const fate = chance.below(6);
  if (fate === 0) send({ kind: 'fetch', names: [foreign], bytes: BYTES });
  else if (fate === 1) send({ kind: 'body', name: foreign, from: 0, count: BYTES });
  else if (some === undefined || fate === 2) send({ kind: 'pull', incarnation: 'x', after: 3, limit: 5, bytes: BYTES });
  else if (fate === 3) {
    // The newest, so that the false bytes may be there before the true ones.
    const newest = victim?.store.origins.get(origin)?.contiguous ?? 1;
    const [commit = some] = victim?.store.commits(origin, newest, 1, BYTES) ?? [];
    send({ kind: 'push', commits: [falsified(commit)] });
  } else if (fate === 4) {
    const header = some.header.replace(/,\d+,""\]$/, ',7,""]');
    const forged: CarriedCommit = { ...some, header, hash: digest.sha256(header) };
    send({ kind: 'push', commits: [forged] });
  } else send({ kind: 'push', commits: [{ ...some, header: 'nonsense', hash: digest.sha256('nonsense') }] });
}

const falsified = (commit: CarriedCommit): CarriedCommit => ({
  ...commit,
  revisions: commit.revisions.map((each) => ({ ...each, text: '{"resourceType":"Patient","lie":true}' })),
});

/** What a parent that lies says instead. */
export function twist(world: World, honest: Reply): Reply {
  const { chance } = world;
  world.count('lie of a parent');
  if (chance.happens(0.2)) return { kind: 'refused', why: chance.pick(['busy', 'incarnation', 'version']) ?? 'busy' };
  switch (honest.kind) {
    case 'welcome': {
      const fate = chance.below(5);
      if (fate === 0) return { ...honest, incarnation: chance.word() };
      if (fate === 1) return { ...honest, tips: honest.tips.map((tip) => ({ ...tip, seq: 0, hash: '' })) };
      if (fate === 2) return { ...honest, tips: honest.tips.map((tip) => ({ ...tip, seq: tip.seq + 2 })) };
      if (fate === 3) return { ...honest, forked: honest.tips.slice(0, 1).map(({ origin }) => origin) };
      return { ...honest, scopes: [] };
    }
    case 'verdicts':
      return {
        ...honest,
        verdicts: honest.verdicts.map(() => ({ result: chance.pick(['stored', 'fork']) ?? 'fork' })),
      };
    case 'feed': {
      const fate = chance.below(4);
      if (fate === 0) return { ...honest, commits: honest.commits.map(falsified) };
      if (fate === 1) return { ...honest, checkpoint: honest.checkpoint + 5, commits: [] };
      if (fate === 2) return { ...honest, incarnation: chance.word() };
      return { ...honest, checkpoint: 0, more: true };
    }
    case 'differences':
      return chance.happens(0.5)
        ? { ...honest, differences: [{ prefix: '', names: [digest.sha256('nothing')] }] }
        : { ...honest, done: 0 };
    case 'fetched':
      return chance.happens(0.5)
        ? { ...honest, commits: honest.commits.map(falsified) }
        : { ...honest, deferred: [digest.sha256('nothing')], commits: [] };
    case 'lacking':
      return { ...honest, names: [] };
    case 'granted':
      return { ...honest, granted: [...honest.granted, 'pat/z'] };
    case 'ordered':
      return { ...honest, next: '1', of: 1_000 };
    case 'piece':
      return { ...honest, text: honest.text.replace('long', 'wrong'), total: honest.total + 1 };
    case 'refused':
      return honest;
  }
}
