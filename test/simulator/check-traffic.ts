// What must hold of every reply that leaves a node that does not lie.
import type { Reply, Request } from '../../src/core/sync/messages.ts';
import { keysOfRevision, permits } from '../../src/core/sync/scopes.ts';
import { LARGE, type SimulatedNode, type World } from './world.ts';

export function checkReply(
  world: World,
  parent: SimulatedNode,
  child: SimulatedNode,
  request: Request,
  reply: Reply,
): void {
  if (reply.kind === 'feed' || reply.kind === 'fetched' || reply.kind === 'piece')
    for (const commit of reply.commits) {
      // I8: no revision leaves for a peer that may not have it.
      for (const revision of commit.revisions)
        if (!permits(child.scopes, keysOfRevision(revision)))
          world.problem('I8', `${child.name} was sent ${revision.header}`);
      if (reply.kind !== 'piece') checkWhole(world, parent, child, commit.hash, commit.revisions.length);
    }
  if (reply.kind === 'verdicts' && request.kind === 'push') checkStored(world, parent, request, reply);
  if (reply.kind === 'welcome') {
    // I15: a mirror or a peer above can only hold what was here.
    for (const { origin, seq } of reply.tips)
      if (seq > (parent.store.origins.get(origin)?.contiguous ?? 0))
        world.problem('I15', `${parent.name} claims ${origin}:${seq}`);
  }
}

/** I5: of a commit, all that the child may have and the parent has goes together, but what is large. */
function checkWhole(world: World, parent: SimulatedNode, child: SimulatedNode, hash: string, sent: number): void {
  const held = parent.store.commitsByHash.get(hash)?.commit.revisions ?? [];
  const due = held.filter(
    (revision) =>
      (revision.text?.length ?? 0) <= LARGE &&
      parent.store.revisions.get(revision.hash)?.hollow === false &&
      permits(child.scopes, keysOfRevision(revision)),
  );
  if (sent < due.length) world.problem('I5', `${child.name} was sent ${sent} of ${due.length} of ${hash}`);
}

/** I15: what is called stored is on the disk. */
function checkStored(
  world: World,
  parent: SimulatedNode,
  request: Request & { kind: 'push' },
  reply: Reply & { kind: 'verdicts' },
): void {
  const { store } = parent;
  if (store.synced === store.log.length) return;
  const unsynced = new Set(
    store.log.slice(store.synced).flatMap((record) => (record.put === 'commit' ? [record.commit.hash] : [])),
  );
  if (request.commits.some((commit, i) => unsynced.has(commit.hash) && reply.verdicts[i]?.result === 'stored'))
    world.problem('I15', `${parent.name} says stored before the disk does`);
}
