import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { ConflictsScreen } from './conflicts.screen.tsx';
import { DecideScreen } from './decide.screen.tsx';
import { conflictTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'conflicts',
    component: ConflictsScreen,
    nav: { where: 'ward', order: 60, useLabel: () => useTexts(conflictTexts)('title'), icon: 'conflict', key: 'c' },
  },
  { path: 'conflict/:type/:id', component: DecideScreen },
];
