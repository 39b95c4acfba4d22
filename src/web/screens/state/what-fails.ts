// What does not work in each state of things, as names that the screen has words for: what fails, and what to do instead. Pure.
//
//   SR35  In every state but live the screen says what does not work now, each with what to do instead; nothing fails without being named (DT8).
//   SR36  Each trouble of the device is named with a remedy; the order is that of urgency.
import type { Status, Trouble } from '../../device/device.ts';

/** Each has words `<name>` (what fails) and `<name>Do` (what to do instead) in `texts.ts`. */
export const FAILINGS = [
  'downtimePlan',
  'results',
  'orders',
  'others',
  'doses',
  'strangers',
  'people',
  'elsewhereRecords',
  'elsewhereOrders',
  'elsewherePatients',
  'nothingKept',
] as const;
export type Failing = (typeof FAILINGS)[number];

/** What does not work now. Empty when everything answers and no downtime is declared. */
export function whatFails(status: Pick<Status, 'place' | 'downtime' | 'keeping'>): readonly Failing[] {
  const { place, downtime, keeping } = status;
  return [
    ...(downtime ? (['downtimePlan'] as const) : []),
    ...(place === 'device' ? (['results', 'orders', 'others', 'doses', 'strangers', 'people'] as const) : []),
    ...(place === 'site' ? (['elsewhereRecords', 'elsewhereOrders', 'elsewherePatients'] as const) : []),
    ...(place === 'device' && keeping === 'thin' ? (['nothingKept'] as const) : []),
  ];
}

/** The gravest first: what could lose something that was written stands before what could mislead, and that before the rest. */
const BY_URGENCY: readonly Trouble[] = [
  'store-lost',
  'outbox-spoiled',
  'quota-low',
  'not-persisted',
  'refused-by-site',
  'clock-suspect',
  'unconfirmed-person',
  'update-rolled-back',
  'update-waiting',
];
export const GRAVE: ReadonlySet<Trouble> = new Set(['store-lost', 'outbox-spoiled', 'quota-low']);

/** One that this client has no words for yet stands last: it is shown by its name, never dropped. */
export function byUrgency(troubles: readonly Trouble[]): readonly Trouble[] {
  const rank = (t: Trouble): number => (BY_URGENCY.includes(t) ? BY_URGENCY.indexOf(t) : BY_URGENCY.length);
  return [...troubles].sort((a, b) => rank(a) - rank(b));
}
