import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { StateScreen } from './state.screen.tsx';
import { stateTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'state',
    component: StateScreen,
    nav: { where: 'ward', order: 90, useLabel: () => useTexts(stateTexts)('title'), icon: 'state', key: 's' },
  },
];
