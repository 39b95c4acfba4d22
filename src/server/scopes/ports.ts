// What this room needs of the database: `server/storage/grants.ts` gives it.
import type { Instant } from '../../core/base/ports.ts';
import type { ResourceKey } from '../../core/record/store.ts';
import type { Scopes } from '../../core/sync/scopes.ts';

export type GrantReason = 'pushed' | 'visit' | 'looked-up' | 'by-hand' | 'linked' | 'moved';

export interface ScopePeer {
  readonly peer: string;
  readonly tier: 'site' | 'device';
  /** `Organization/1`, `Location/2`: whose patients are the peer's. */
  readonly places: readonly string[];
  /** Who was its patient already, was looked for. */
  readonly swept: boolean;
}
export interface ScopeState {
  readonly read: number;
  readonly parent?: string;
  readonly confirmedAt?: Instant;
  readonly filling?: { readonly done: number; readonly of: number };
}

export interface ScopeTables {
  peers(): Promise<readonly ScopePeer[]>;
  setSwept(peer: string, swept: boolean): Promise<void>;
  /** Of a peer that may ask: these are its places from now on; who is there already is yet to be looked for. */
  setPlaces(peer: string, places: readonly string[]): Promise<void>;
  grantsOf(peer: string): Promise<Scopes>;
  /** Answers those that the peer did not have. */
  grant(peer: string, keys: readonly string[], why: GrantReason, at: Instant): Promise<readonly string[]>;
  holders(keys: readonly string[]): Promise<readonly { readonly peer: string; readonly key: string }[]>;
  unspread(limit: number): Promise<readonly { readonly peer: string; readonly key: string }[]>;
  setSpread(keys: readonly string[], spread: boolean): Promise<void>;
  want(keys: readonly string[], at: Instant): Promise<void>;
  wantedOf(keys: readonly string[]): Promise<readonly string[]>;
  noteBorn(keys: readonly string[], at: Instant): Promise<void>;
  setHeld(added: readonly string[], taken: readonly string[], at: Instant): Promise<void>;
  takenOf(keys: readonly string[]): Promise<readonly string[]>;
  filled(): Promise<readonly string[]>;
  heldOf(keys: readonly string[]): Promise<readonly string[]>;
  bornHere(patients: readonly string[], install: string): Promise<readonly string[]>;
  state(): Promise<ScopeState>;
  setParent(parent: string | undefined): Promise<void>;
  confirm(parent: string, at: Instant): Promise<void>;
  setFilling(done: number, of: number): Promise<void>;
  claimTurn(now: Instant, until: Instant): Promise<boolean>;
  endTurn(): Promise<void>;
  advance(from: number, to: number): Promise<void>;
  latest(): Promise<number>;
  homesOf(
    keys: readonly ResourceKey[],
  ): Promise<readonly { readonly key: ResourceKey; readonly patients: readonly string[] }[]>;
}
