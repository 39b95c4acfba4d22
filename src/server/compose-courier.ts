// Bundles that people carry, for commands: this node's keys and store, and the keys of the nodes around it.
import type { SyncStore } from '../core/sync/ports.ts';
import type { NodeCourier, NodeLinks } from './cli/parts.ts';
import { takeBundle, writeBundle } from './mirror/carry-bundles.ts';
import type { NodePorts } from './ports/node-ports.ts';
import { isSignedBy, sealFor, type NodeKeys, type NodePublicKeys } from './sync-api/node-keys.ts';

const DAY_MS = 86_400_000;
const NAME_BYTES = 9;

/** `links`: who is above and below. `keys`: this node's. */
export function courierOf(
  store: { readonly sync: SyncStore; readonly install: string },
  links: NodeLinks,
  keys: NodeKeys,
  ports: NodePorts,
): NodeCourier {
  const { clock, chance, digest } = ports;
  const { sync, install: node } = store;
  const publicKeysOf = async (other: string): Promise<NodePublicKeys | undefined> => {
    const parent = links.parent();
    return parent?.node === other ? parent.keys : links.register.publicKeysOf(other);
  };
  const side = (other: string): 'above' | 'below' => (links.parent()?.node === other ? 'above' : 'below');
  return {
    write: async ({ file, to, days, progress }) => {
      const theirs = await publicKeysOf(to);
      if (theirs === undefined) return undefined;
      const made = clock.now();
      const origins = (await sync.carried()).map(({ origin }) => origin);
      // What the parent itself said that it, or the one above it, holds; this node's own second disk counts for nothing here.
      const since = (await sync.held(origins)).filter(([, , where]) => where !== 'D1m');
      return writeBundle({
        file,
        store: sync,
        head: {
          bundle: Buffer.from(chance.bytes(NAME_BYTES)).toString('base64url'),
          from: node,
          to,
          made,
          expires: made + days * DAY_MS,
        },
        contents:
          side(to) === 'above'
            ? { kind: 'carried', since: since.map(([origin, seq]) => [origin, seq] as const) }
            : { kind: 'granted', scopes: await sync.grants(to), after: 0 },
        keys,
        sealForReceiver: (bytes) => sealFor(theirs.seal, bytes),
        digest,
        progress,
      });
    },
    take: async ({ file, evenExpired }) =>
      takeBundle({
        file,
        store: sync,
        node,
        now: clock.now(),
        keys,
        verify: async (from, text, signature) => {
          const theirs = await publicKeysOf(from);
          return theirs !== undefined && isSignedBy(theirs.sign, text, signature);
        },
        side,
        evenExpired,
        digest,
      }),
  };
}
