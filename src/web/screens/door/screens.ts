// The device that one works on, as a screen of the ward.
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { OwnDeviceScreen } from './own-device.screen.tsx';
import { ownDeviceTexts } from './own-device.texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'device',
    component: OwnDeviceScreen,
    nav: {
      where: 'ward',
      order: 94,
      useLabel: () => useTexts(ownDeviceTexts)('navDevice'),
      icon: 'tablet',
      key: 'd',
    },
  },
];
