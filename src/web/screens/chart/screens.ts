import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { AllergiesScreen } from './allergies.screen.tsx';
import { allergyTexts } from './allergy-texts.ts';
import { CareScreen } from './care.screen.tsx';
import { DocumentsScreen } from './documents.screen.tsx';
import { HistoryScreen } from './history.screen.tsx';
import { pageTexts } from './page-texts.ts';
import { problemTexts } from './problem-texts.ts';
import { ProblemsScreen } from './problems.screen.tsx';
import { SummaryScreen } from './summary.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient',
    component: SummaryScreen,
    nav: { where: 'chart', order: 10, useLabel: () => useTexts(pageTexts)('summary'), icon: 'book', key: 'u' },
  },
  {
    path: 'patient/:patient/problems',
    component: ProblemsScreen,
    nav: { where: 'chart', order: 15, useLabel: () => useTexts(problemTexts)('title'), icon: 'flag', key: 'p' },
  },
  {
    path: 'patient/:patient/allergies',
    component: AllergiesScreen,
    nav: { where: 'chart', order: 20, useLabel: () => useTexts(allergyTexts)('title'), icon: 'allergy', key: 'a' },
  },
  {
    path: 'patient/:patient/care',
    component: CareScreen,
    nav: { where: 'chart', order: 75, useLabel: () => useTexts(pageTexts)('care'), icon: 'users', key: 'j' },
  },
  {
    path: 'patient/:patient/documents',
    component: DocumentsScreen,
    nav: { where: 'chart', order: 65, useLabel: () => useTexts(pageTexts)('documents'), icon: 'image', key: 'i' },
  },
  {
    path: 'patient/:patient/history',
    component: HistoryScreen,
    nav: { where: 'chart', order: 70, useLabel: () => useTexts(pageTexts)('history'), icon: 'history', key: 'y' },
  },
];
