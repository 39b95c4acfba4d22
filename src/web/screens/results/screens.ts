import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { ResultsScreen } from './results.screen.tsx';
import { resultTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/results',
    component: ResultsScreen,
    nav: { where: 'chart', order: 35, useLabel: () => useTexts(resultTexts)('title'), icon: 'flask', key: 'l' },
  },
];
