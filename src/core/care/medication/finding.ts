// What a safety check tells. Each finding carries what it is about, so that a screen says it in the reader's language; the words of the
// drug content stand beside it as its publisher wrote them.
import type { Instant } from '../../base/ports.ts';
import type { DoseUnit, Weight } from './drug-rules.ts';

interface Weighed {
  readonly weight: Weight;
}
/** With what else in the record: `MedicationRequest/1`, `AllergyIntolerance/1`, and what it is called. */
export interface About {
  readonly from: string;
  readonly name: string;
}
export type Finding = Weighed &
  (
    | {
        readonly kind: 'allergy';
        readonly how: 'same' | 'crosses';
        readonly allergy: About;
        readonly reaction: string;
        readonly unverified: boolean;
        readonly words: string;
      }
    /** Nobody wrote whether there are allergies. */
    | { readonly kind: 'allergies-not-recorded' }
    /** What is known of allergies is a copy of then (CR1). */
    | { readonly kind: 'allergies-stale'; readonly asOf: Instant | undefined }
    | { readonly kind: 'same-medicine'; readonly other: About; readonly held: boolean }
    | { readonly kind: 'same-class'; readonly other: About; readonly held: boolean; readonly words: string }
    | { readonly kind: 'interaction'; readonly other: About; readonly held: boolean; readonly words: string }
    | {
        readonly kind: 'dose-high' | 'day-high';
        readonly asked: number;
        readonly most: number;
        readonly unit: DoseUnit;
        /** Where the bound comes from. */
        readonly by: 'age' | 'weight' | 'kidneys' | 'together';
        readonly weightKg?: number;
      }
    | { readonly kind: 'dose-low'; readonly asked: number; readonly least: number; readonly unit: DoseUnit }
    /** A child's dose hangs on it, and nobody weighed. */
    | { readonly kind: 'weight-missing' }
    | { readonly kind: 'weight-old'; readonly weightKg: number; readonly at: Instant; readonly days: number }
    | { readonly kind: 'age-missing' }
    | {
        readonly kind: 'kidneys';
        readonly egfr: number;
        readonly at: Instant;
        readonly estimated: boolean;
        readonly words: string;
      }
    | { readonly kind: 'kidneys-missing' }
    | { readonly kind: 'kidneys-old'; readonly egfr: number; readonly at: Instant; readonly days: number }
    | { readonly kind: 'pregnancy'; readonly from: string; readonly words: string }
    | { readonly kind: 'pregnancy-not-recorded' }
    | { readonly kind: 'age'; readonly words: string }
  );

/** What could not be looked at, and why: never silent (CR10). */
export type NotChecked =
  /** Of the ordered medicine: nothing was checked but that it is allergies' or another order's own name. */
  | { readonly what: 'medicine'; readonly name: string }
  /** Of an order beside it: interactions and duplicates with it. */
  | { readonly what: 'other-medicine'; readonly name: string; readonly from: string }
  /** No rule knows the allergen. */
  | { readonly what: 'allergy'; readonly name: string; readonly from: string }
  /** No bounds for this age, unit or route; or the order's words alone say how much. */
  | { readonly what: 'dose'; readonly why: 'age' | 'unit' | 'route' | 'words' | 'no-bounds' }
  | { readonly what: 'day'; readonly why: 'words' }
  | { readonly what: 'kidneys'; readonly why: 'age' };

export type Checked =
  | {
      readonly state: 'checked';
      /** The gravest first. */
      readonly findings: readonly Finding[];
      readonly notChecked: readonly NotChecked[];
      /** Package and version that the rules are of. */
      readonly content: string;
    }
  /** The checker cannot run. */
  | { readonly state: 'no-checks'; readonly why: 'no-content' | 'halted' | 'failed' };
