import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { ContentScreen } from './content.screen.tsx';
import { contentTexts } from './content-texts.ts';
import { MedicationScreen } from './medication.screen.tsx';
import { PrescribeScreen } from './prescribe.screen.tsx';
import { medicationTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/medication',
    component: MedicationScreen,
    nav: { where: 'chart', order: 40, useLabel: () => useTexts(medicationTexts)('title'), icon: 'pill', key: 'd' },
  },
  { path: 'patient/:patient/prescribe', component: PrescribeScreen },
  {
    path: 'content',
    component: ContentScreen,
    nav: { where: 'ward', order: 90, useLabel: () => useTexts(contentTexts)('title'), icon: 'book' },
  },
];
