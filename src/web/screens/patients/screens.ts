// The screens of finding and registering patients.
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { FindScreen } from './find.screen.tsx';
import { RegisterScreen } from './register.screen.tsx';
import { patientTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'find',
    component: FindScreen,
    nav: { where: 'ward', order: 20, useLabel: () => useTexts(patientTexts)('findTitle'), icon: 'search', key: 'f' },
  },
  { path: 'register', component: RegisterScreen },
];
