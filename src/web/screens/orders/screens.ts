import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { OrdersScreen } from './orders.screen.tsx';
import { RequisitionScreen } from './requisition.screen.tsx';
import { orderTexts } from './texts.ts';
import { unansweredTexts } from './unanswered-texts.ts';
import { UnansweredScreen } from './unanswered.screen.tsx';

export const screens: readonly Screen[] = [
  {
    path: 'patient/:patient/orders',
    component: OrdersScreen,
    nav: { where: 'chart', order: 40, useLabel: () => useTexts(orderTexts)('title'), icon: 'order', key: 'o' },
  },
  {
    path: 'orders',
    component: UnansweredScreen,
    nav: { where: 'ward', order: 35, useLabel: () => useTexts(unansweredTexts)('title'), icon: 'order', key: 'r' },
  },
  { path: 'patient/:patient/requisition/:id', component: RequisitionScreen },
];
