// The form of a clinical story: why a person is in hospital, and what follows from it. The stories themselves are data.
import type { Problem } from './problems.ts';
import type { WardKind } from './layout.ts';
import type { Sex } from './names.ts';

/** How the illness goes over time; severity 1 is its worst. */
export type Course = 'recovering' | 'slow' | 'septic' | 'steady' | 'postop' | 'worsening';

/** What severity 1 adds to a person's usual vital signs. */
export interface Signs {
  readonly heart?: number;
  readonly breath?: number;
  readonly temperature?: number;
  readonly saturation?: number;
  readonly pressure?: number;
  /** Chance of new confusion at severity 1. */
  readonly confusion?: number;
  /** Pain of 10 at severity 1. */
  readonly pain?: number;
}

export interface Operation {
  /** SNOMED CT where we are sure of it. */
  readonly code?: string;
  readonly display: string;
  /** Hours after admission. */
  readonly afterHours: number;
  readonly minutes: number;
  readonly note: string;
}
export interface Scan {
  readonly modality: 'DX' | 'CT' | 'MR' | 'US' | 'ECG' | 'XA';
  readonly title: string;
  readonly code?: readonly [loinc: string, display: string];
  readonly question: string;
  readonly finding: string;
  readonly afterHours: number;
}

export interface Story {
  readonly key: string;
  readonly wards: readonly WardKind[];
  readonly weight: number;
  readonly ages: readonly [number, number];
  readonly sex?: Sex;
  readonly problem: Problem;
  /** Further acute problems that belong to it. */
  readonly also?: readonly Problem[];
  /** Long-term conditions it always comes with, and those it never comes with. */
  readonly always?: readonly string[];
  readonly never?: readonly string[];
  /** Days since admission, least and most. */
  readonly days: readonly [number, number];
  readonly course: Course;
  /** Hours in which severity falls to about a third, where it is not as for most illnesses. */
  readonly recoveryHours?: number;
  readonly signs: Signs;
  /** Analyte: value at its worst, value when well again. */
  readonly labs: Readonly<Record<string, readonly [number, number]>>;
  readonly panels: readonly string[];
  /** Hours between blood samples. */
  readonly bloodsEvery: number;
  readonly cultures?: 'blood' | 'urine' | 'both';
  readonly organism?: string;
  readonly orders: readonly string[];
  readonly scans?: readonly Scan[];
  readonly operation?: Operation;
  readonly diet?: string;
  readonly elective?: true;
  readonly isolation?: string;
  /** What the doctor thinks it is, where the problem's name would read oddly. */
  readonly impression?: string;
  readonly complaint: string;
  readonly history: string;
  readonly exam: string;
  readonly plan: readonly string[];
  /** What the ward round says while ill, and when better. */
  readonly ill: string;
  readonly better: string;
  readonly nursing: readonly string[];
  readonly goal: string;
}

export const CHEST: Scan = {
  modality: 'DX',
  title: 'Chest X-ray',
  code: ['36554-4', 'XR Chest Single view'],
  question: 'Consolidation, effusion, heart size?',
  finding: 'Heart size within normal limits. Lungs and pleural spaces clear.',
  afterHours: 1,
};
export const CT_HEAD: Scan = {
  modality: 'CT',
  title: 'CT head',
  code: ['24725-4', 'CT Head'],
  question: 'Bleed or infarct?',
  finding: 'No intracranial haemorrhage. No established territorial infarct.',
  afterHours: 1,
};
export const ECG: Scan = {
  modality: 'ECG',
  title: '12-lead ECG',
  code: ['11524-6', 'EKG study'],
  question: 'Rhythm, ischaemia?',
  finding: 'Sinus rhythm, no acute ST change.',
  afterHours: 0.5,
};
