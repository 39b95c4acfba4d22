// What drug content says of medicines: the data that safety checks run on. A content package brings it (specs/content.md); nothing
// here knows a medicine by name.
//
//   MD1  A medicine without a rule is not checked, and every answer says so (CR10).
//
// Amounts are in the medicine's own `unit`; ages in years, weights in kg, eGFR in mL/min/1.73 m².

/** `severe` wants a reason before it is signed; `moderate` is shown and stands; `minor` is for knowledge. */
export type Weight = 'severe' | 'moderate' | 'minor';
export const WEIGHTS: readonly Weight[] = ['severe', 'moderate', 'minor'];

export type DoseUnit =
  | 'mg'
  | 'microgram'
  | 'g'
  | 'unit'
  | 'mmol'
  | 'mL'
  | 'puff'
  | 'sachet'
  | 'tablet'
  | 'capsule'
  | 'drop'
  | 'patch';
export const DOSE_UNITS: readonly DoseUnit[] = [
  'mg',
  'microgram',
  'g',
  'unit',
  'mmol',
  'mL',
  'puff',
  'sachet',
  'tablet',
  'capsule',
  'drop',
  'patch',
];
export type RouteKey =
  | 'oral'
  | 'intravenous'
  | 'subcutaneous'
  | 'intramuscular'
  | 'inhaled'
  | 'nebulised'
  | 'sublingual'
  | 'topical'
  | 'rectal';
export const ROUTE_KEYS: readonly RouteKey[] = [
  'oral',
  'intravenous',
  'subcutaneous',
  'intramuscular',
  'inhaled',
  'nebulised',
  'sublingual',
  'topical',
  'rectal',
];

export interface Code {
  readonly system: string;
  readonly code: string;
}

/** Bounds of one dose and of a day, for people of an age. */
export interface DoseRule {
  /** From this age, up to below that age. */
  readonly ageFrom: number;
  readonly ageBelow: number;
  readonly singleMin: number;
  readonly singleMax: number;
  readonly dayMax: number;
  /** The most per kilogram; with them the weight must be known. */
  readonly singlePerKg?: number;
  readonly dayPerKg?: number;
}
export interface RenalRule {
  readonly egfrBelow: number;
  readonly weight: Weight;
  readonly words: string;
  /** Where both are absent, whatever dose is asked for is named. */
  readonly singleMax?: number;
  readonly dayMax?: number;
}
export interface WordedRule {
  readonly weight: Weight;
  readonly words: string;
}
export interface AgeRule extends WordedRule {
  readonly ageFrom: number;
  readonly ageBelow: number;
  readonly sex?: 'female' | 'male';
}
/** A way in which it is often ordered. */
export interface OrderTemplate {
  readonly dose: number;
  /** Of adults in the medicine's unit; with it `dose` is per kilogram. */
  readonly perKg?: true;
  readonly timing:
    | { readonly kind: 'times'; readonly times: readonly string[] }
    | { readonly kind: 'as-needed'; readonly hours: number; readonly dayMax: number }
    | { readonly kind: 'infusion'; readonly hours: number }
    | { readonly kind: 'once' };
  readonly indication?: string;
  readonly children?: true;
}

export interface MedicineRule {
  readonly key: string;
  /** Generic, lower case. */
  readonly name: string;
  readonly brands: readonly string[];
  readonly codes: readonly Code[];
  readonly form: string;
  readonly route: RouteKey;
  readonly unit: DoseUnit;
  /** What it is made of: two medicines with one in common are the same medicine twice. */
  readonly ingredients: readonly string[];
  /** Of allergies, interactions and duplicates. */
  readonly classes: readonly string[];
  readonly doses: readonly DoseRule[];
  readonly renal: readonly RenalRule[];
  readonly pregnancy?: WordedRule;
  readonly ages: readonly AgeRule[];
  /** A mistake with it harms more than with others (ISMP). */
  readonly highAlert: boolean;
  /** A late or lost dose harms: overdue after 30 minutes. */
  readonly critical: boolean;
  /** A second person sees it drawn up and given. */
  readonly controlled: boolean;
  /** Several orders of it side by side are usual: bags of fluid. */
  readonly repeats: boolean;
  /** GTIN of packs. */
  readonly barcodes: readonly string[];
  readonly templates: readonly OrderTemplate[];
}
export interface AllergenRule {
  readonly codes: readonly Code[];
  /** Lower case: found as whole words in free text. */
  readonly names: readonly string[];
  /** Classes and ingredients that it forbids. Empty: no medicine is concerned. */
  readonly forbids: readonly string[];
  readonly crosses: readonly (WordedRule & { readonly of: string })[];
}
export interface InteractionRule extends WordedRule {
  /** Class, ingredient or key. */
  readonly a: string;
  readonly b: string;
}
/** More than one medicine of a class. */
export interface DuplicateRule extends WordedRule {
  readonly of: string;
}
export interface DrugRules {
  readonly medicines: readonly MedicineRule[];
  readonly allergens: readonly AllergenRule[];
  readonly interactions: readonly InteractionRule[];
  readonly duplicates: readonly DuplicateRule[];
  /** Names that are told apart by capitals: lower case to how it is shown. */
  readonly tallMan: ReadonlyMap<string, string>;
  /** Rules that could not be read and are not applied: `medicines/12 paracetamol: doses`. */
  readonly skipped: readonly string[];
}
