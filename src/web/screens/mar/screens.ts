import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { MarScreen } from './mar.screen.tsx';
import { marTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/mar',
    component: MarScreen,
    nav: { where: 'chart', order: 30, useLabel: () => useTexts(marTexts)('nav'), icon: 'mar', key: 'm' },
  },
];
