import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { SettingsScreen } from './settings.screen.tsx';
import { settingsTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'settings',
    component: SettingsScreen,
    nav: { where: 'ward', order: 95, useLabel: () => useTexts(settingsTexts)('title'), icon: 'settings', key: ',' },
  },
];
