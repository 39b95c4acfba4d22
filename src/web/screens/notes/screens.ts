import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { NotesScreen } from './notes.screen.tsx';
import { noteTexts } from './texts.ts';
import { UnsignedScreen } from './unsigned.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/notes',
    component: NotesScreen,
    nav: { where: 'chart', order: 55, useLabel: () => useTexts(noteTexts)('title'), icon: 'note', key: 'n' },
  },
  {
    path: 'unsigned',
    component: UnsignedScreen,
    nav: { where: 'ward', order: 50, useLabel: () => useTexts(noteTexts)('unfinished'), icon: 'note', key: 'e' },
  },
];
