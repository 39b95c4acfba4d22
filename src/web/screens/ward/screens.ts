// The screens of the ward: the first one of all, and the one on the wall.
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { wardTexts } from './texts.ts';
import { WardBoardScreen } from './ward-board.screen.tsx';
import { WhiteboardScreen } from './whiteboard.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: '',
    component: WardBoardScreen,
    nav: { where: 'ward', order: 10, useLabel: () => useTexts(wardTexts)('board'), icon: 'board', key: 'w' },
  },
  { path: 'whiteboard', component: WhiteboardScreen },
];
