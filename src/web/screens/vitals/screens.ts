import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { vitalTexts } from './texts.ts';
import { VitalsScreen } from './vitals.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/vitals',
    component: VitalsScreen,
    nav: { where: 'chart', order: 30, useLabel: () => useTexts(vitalTexts)('title'), icon: 'pulse', key: 'v' },
  },
];
