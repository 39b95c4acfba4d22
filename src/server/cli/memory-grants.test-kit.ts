// Grants of a node at whose terminal a test sits: a list in memory.
import type { NodeServices } from './parts.ts';
import type { Grant } from '../storage/grants.ts';

export function memoryGrants(): NodeServices['grants'] {
  const kept = new Map<string, Grant[]>();
  const of = (peer: string): Grant[] => {
    const grants = kept.get(peer) ?? [];
    kept.set(peer, grants);
    return grants;
  };
  return {
    grant: async (peer, keys, why, since) => {
      const fresh = keys.filter((key) => of(peer).every((one) => one.key !== key));
      of(peer).unshift(...fresh.map((key) => ({ key, since, why })));
      return fresh;
    },
    withdraw: async (peer, keys) => {
      const gone = of(peer).filter(({ key }) => keys.includes(key));
      for (const one of gone) of(peer).splice(of(peer).indexOf(one), 1);
      return gone.map(({ key }) => key);
    },
    granted: async (peer, limit) => of(peer).slice(0, limit),
    countGranted: async (peer) => of(peer).length,
  };
}
