// The screens of tasks and handovers.
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { HandoverScreen } from './handover.screen.tsx';
import { PatientTasksScreen, WardTasksScreen } from './tasks.screen.tsx';
import { taskTexts } from './texts.ts';
import { WardHandoverScreen } from './ward-handover.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: 'tasks',
    component: WardTasksScreen,
    nav: { where: 'ward', order: 30, useLabel: () => useTexts(taskTexts)('name'), icon: 'task', key: 't' },
  },
  {
    path: 'handover',
    component: WardHandoverScreen,
    nav: { where: 'ward', order: 40, useLabel: () => useTexts(taskTexts)('handoverSheet'), icon: 'handover', key: 'h' },
  },
  {
    path: 'patient/:patient/tasks',
    component: PatientTasksScreen,
    nav: { where: 'chart', order: 80, useLabel: () => useTexts(taskTexts)('name'), icon: 'task', key: 'k' },
  },
  {
    path: 'patient/:patient/handover',
    component: HandoverScreen,
    nav: { where: 'chart', order: 85, useLabel: () => useTexts(taskTexts)('handover'), icon: 'handover', key: 'x' },
  },
];
