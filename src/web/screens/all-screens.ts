// Every screen of the client: one line a folder, in the order of a shift.
import type { Screen } from './frame/screen.ts';
import { screens as door } from './door/screens.ts';
import { screens as chart } from './chart/screens.ts';
import { screens as conflicts } from './conflicts/screens.ts';
import { screens as mar } from './mar/screens.ts';
import { screens as medication } from './medication/screens.ts';
import { screens as forms } from './forms/screens.ts';
import { screens as notes } from './notes/screens.ts';
import { screens as orders } from './orders/screens.ts';
import { screens as results } from './results/screens.ts';
import { screens as settings } from './settings/screens.ts';
import { screens as state } from './state/screens.ts';
import { screens as movement } from './movement/screens.ts';
import { screens as patients } from './patients/screens.ts';
import { screens as tasks } from './tasks/screens.ts';
import { screens as vitals } from './vitals/screens.ts';
import { screens as ward } from './ward/screens.ts';

export const allScreens: readonly Screen[] = [
  ...ward,
  ...patients,
  ...movement,
  ...tasks,
  ...chart,
  ...mar,
  ...medication,
  ...vitals,
  ...results,
  ...orders,
  ...notes,
  ...forms,
  ...conflicts,
  ...state,
  ...door,
  ...settings,
];
