// Nonces: how a node knows that a request is of now, without believing any clock but its own.
//
//   NL10  A nonce is given to one key, to whoever proved that key; it is good for ten minutes by this node's clock, in every process.
import type { Chance, Clock } from '../../core/base/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';

export interface PeerNonces {
  /** A nonce for this key: the one that was given last, while half of its life is left. */
  give(key: string): Promise<string>;
  isGood(key: string, nonce: string): Promise<boolean>;
}

const KIND = 'PeerNonce';
export const NONCE_MS = 600_000;
const BYTES = 18;
const REMEMBERED_MAX = 4_096;

export function openPeerNonces(deps: {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly chance: Chance;
}): PeerNonces {
  const { rows, clock, chance } = deps;
  const good = new Map<string, { readonly key: string; readonly until: number }>();
  const given = new Map<string, { readonly nonce: string; readonly at: number }>();
  const remember = (key: string, nonce: string, until: number): void => {
    if (good.size >= REMEMBERED_MAX) good.clear();
    good.set(nonce, { key, until });
  };
  const isNow = (at: number): boolean => Math.abs(clock.now() - at) < NONCE_MS / 2;
  return {
    give: async (key) => {
      const last = given.get(key);
      if (last !== undefined && isNow(last.at)) return last.nonce;
      const nonce = Buffer.from(chance.bytes(BYTES)).toString('base64url');
      const at = clock.now();
      await rows.put(KIND, nonce, key, { expiresAt: at + NONCE_MS });
      if (given.size >= REMEMBERED_MAX) given.clear();
      given.set(key, { nonce, at });
      remember(key, nonce, at + NONCE_MS);
      return nonce;
    },
    isGood: async (key, nonce) => {
      if (nonce === '') return false;
      const known = good.get(nonce);
      if (known !== undefined) return known.key === key && clock.now() < known.until;
      const row = await rows.get(KIND, nonce);
      if (row === undefined || row.value !== key) return false;
      remember(key, nonce, row.expiresAt ?? clock.now());
      return true;
    },
  };
}
