// The screens of admission, transfer and discharge.
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { AdmitScreen, MoveScreen } from './move.screen.tsx';
import { movementTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/move',
    component: MoveScreen,
    nav: { where: 'chart', order: 90, useLabel: () => useTexts(movementTexts)('move'), icon: 'bed', key: 'b' },
  },
  { path: 'move/:patient', component: AdmitScreen },
];
