// What goes into a merge and what comes out.
import type { Hash } from '../../base/ports.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import type { Unit, Units } from './elements.ts';
import type { Note, Words } from './notes.ts';
import type { Severity } from './policies.ts';

/** A head, or an ancestor; the record's own heads have this shape. */
export interface MergeHead {
  readonly hash: Hash;
  readonly generation: number;
  readonly hlc: string;
  /** The body's text; undefined for a tombstone or a body that is not kept. */
  readonly text: string | undefined;
  readonly parents?: readonly Hash[];
  /** Who wrote it, where that is known. */
  readonly author?: string;
  /** Written at the tier or node that decides about this resource. */
  readonly decides?: boolean;
}

export interface FieldSide {
  readonly head: Hash;
  /** Undefined where this side has none. Lossless JSON (`printJson`). */
  readonly value: JsonValue | undefined;
  /** This side deleted the resource. */
  readonly deleted?: true;
}
export interface FieldConflict {
  /** `MedicationRequest.status`; the type alone where a whole head is disputed (deleted beside updated). */
  readonly path: string;
  readonly severity: Severity;
  /** Absent where no ancestor is known or it had none. */
  readonly base?: JsonValue;
  /** In the order in which heads are safest to show. */
  readonly sides: readonly FieldSide[];
  /** Items of a list that are in conflict, by identity. */
  readonly items?: readonly string[];
}

export interface Merged {
  /** clean: nothing differs. merged: nobody need be asked; fields of S3 are for the log. conflict: people must decide. */
  readonly state: 'clean' | 'merged' | 'conflict';
  /** `state` is conflict. */
  readonly conflict: boolean;
  /** All heads are tombstones. */
  readonly deleted: boolean;
  /** The head whose text `text` is, or that leads where it is composed. */
  readonly displayed: Hash;
  /** The exact text of `displayed`, or where `composed` a lossless print of what several heads say; '' when deleted. */
  readonly text: string;
  readonly composed: boolean;
  /** The worst of `fields`. */
  readonly severity?: Severity;
  /** By path. */
  readonly fields: readonly FieldConflict[];
  /** Other heads that must be shown beside it until people have decided. */
  readonly beside: readonly Hash[];
  readonly notes: readonly Note[];
  readonly policy: string;
}

export interface MergeOptions {
  /** A site's own words, by kind of note. */
  readonly words?: Words;
}

/** A live head with its elements. */
export interface Live extends MergeHead {
  readonly text: string;
  readonly body: JsonObject;
  readonly units: Units;
}

export interface Ancestor {
  readonly body: JsonObject;
  readonly units: Units;
}
/** An element as a head has it. */
export interface Side {
  readonly head: Live;
  readonly unit: Unit | undefined;
}
