// The templates of notes: headings of our own, each kind with its LOINC code.
import type { TextKey, Texts } from '../../texts/define-texts.ts';
import type { noteTexts } from './texts.ts';

type Key = typeof noteTexts extends Texts<infer English> ? TextKey<English> : never;

export interface Template {
  readonly key: 'admission' | 'ward-round' | 'nursing' | 'sbar' | 'discharge' | 'free';
  readonly kind: readonly [code: string, name: string];
  /** Keys of `noteTexts`. */
  readonly headings: readonly Key[];
}

export const TEMPLATES: readonly Template[] = [
  {
    key: 'admission',
    kind: ['34117-2', 'History and physical note'],
    headings: [
      'complaint',
      'history',
      'pastHistory',
      'homeMedicines',
      'social',
      'examination',
      'impression',
      'planHead',
    ],
  },
  {
    key: 'ward-round',
    kind: ['11506-3', 'Progress note'],
    headings: ['situation', 'examination', 'assessment', 'planHead'],
  },
  { key: 'nursing', kind: ['34746-8', 'Nurse Note'], headings: ['care', 'observations', 'nextSteps'] },
  {
    key: 'sbar',
    kind: ['11506-3', 'Progress note'],
    headings: ['situation', 'background', 'assessment', 'recommendation'],
  },
  {
    key: 'discharge',
    kind: ['18842-5', 'Discharge summary'],
    headings: ['stay', 'diagnosis', 'course', 'medicines', 'followUp'],
  },
  { key: 'free', kind: ['11506-3', 'Progress note'], headings: ['text'] },
];
export const templateOf = (key: string): Template | undefined => TEMPLATES.find((one) => one.key === key);
