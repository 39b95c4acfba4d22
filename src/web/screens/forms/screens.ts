import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { FormsScreen } from './forms.screen.tsx';
import { formTexts } from './texts.ts';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/forms',
    component: FormsScreen,
    nav: { where: 'chart', order: 60, useLabel: () => useTexts(formTexts)('title'), icon: 'form', key: 'q' },
  },
];
