// How complete a node's copy of a patient's record is, as those see it who show it (specs/scopes.md).
//
//   SC20 `whole`: filled from above, or begun here. SC21 As of the last time that the node above told everything that it had.
import type { Instant } from '../base/ports.ts';

/** `coming`: asked for, or granted, and not all here yet. `elsewhere`: only identity, allergies and alerts are kept here. */
export type Holding = 'whole' | 'coming' | 'elsewhere';

export interface Completeness {
  readonly holding: Holding;
  /** Identity, allergies and alerts are all here, as of `asOf`. */
  readonly hasAlerts: boolean;
  /** Until when nothing newer is missing in what is here; absent: the node above never said so. */
  readonly asOf?: Instant;
}

/** Of the whole copy. */
export interface CopyState {
  /** Identity, allergies and alerts of all patients are here. */
  readonly hasAlerts: boolean;
  readonly asOf?: Instant;
  /** While it is filled: how many resources came, of how many. */
  readonly filling?: { readonly done: number; readonly of: number };
}

export interface Holdings {
  /** `undefined` at a node that has nobody above. */
  overall(): Promise<CopyState | undefined>;
  /** Of each patient, by id; `undefined` at a node that has nobody above, whose copy is the record itself. */
  of(patients: readonly string[]): Promise<readonly Completeness[] | undefined>;
  /** Asks the node above for a patient's record; what is here at present. `undefined` as above. */
  ask(patient: string): Promise<Completeness | undefined>;
}
