// Every screen of the client: one line a folder, in the order of a shift.
import type { Screen } from './frame/screen.ts';
import { screens as settings } from './settings/screens.ts';
import { screens as state } from './state/screens.ts';

export const allScreens: readonly Screen[] = [...state, ...settings];
