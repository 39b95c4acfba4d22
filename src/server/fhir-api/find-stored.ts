// One resource that the actor may see: from the store or, of AuditEvents, from the node's own trail.
import type { ResourceKey, Stored } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import { ownEvent } from './own-events.ts';

export async function findStored(key: ResourceKey, ask: Ask, api: Api): Promise<Stored | undefined> {
  const [stored] = await api.store.read([key], ask.actor.visible);
  return stored ?? (key.type === 'AuditEvent' ? ownEvent(key.id, ask.access, api) : undefined);
}
