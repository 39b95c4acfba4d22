// How far an order has come, from what is in the record and from where its last revision is safe. Never guessed: a department has received
// an order when it said so.
//
//   OD1  written: on the device that wrote it. sent: its site has it. received, acknowledged, in progress, done: the department said so,
//        by a Task whose focus is the order, by a report, or by the order's own status.
//   OD2  An order that is stopped, held or in error says that first, however far it came; where sides differ it is disputed.
//   OD3  A department that refused an order is told at once: it is never shown as on its way.
//   OD4  What cannot wait and is not acknowledged for five minutes must be phoned.
//
// FHIR R4: http://hl7.org/fhir/R4/request.html, http://hl7.org/fhir/R4/task.html#statemachine
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';

export const ORDER_STATES = [
  'draft',
  'written',
  'sent',
  'received',
  'acknowledged',
  'in-progress',
  'done',
  'refused',
  'held',
  'stopped',
  'disputed',
  'in-error',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export interface OrderProgress {
  readonly state: OrderState;
  /** When that was said; absent where nobody wrote when. */
  readonly since?: Instant;
  /** Why it was refused, as the department wrote it. */
  readonly why?: string;
  /** `Task/1`, `DiagnosticReport/1`: what says so. */
  readonly by?: string;
}

/** A Task's words, as the department's word on the order. Those that say nothing of it are left out. */
const OF_TASK: Readonly<Record<string, OrderState>> = {
  received: 'received',
  accepted: 'acknowledged',
  ready: 'acknowledged',
  'in-progress': 'in-progress',
  'on-hold': 'in-progress',
  completed: 'done',
  failed: 'refused',
  rejected: 'refused',
};
const OF_ORDER: Readonly<Record<string, OrderState>> = {
  draft: 'draft',
  'on-hold': 'held',
  revoked: 'stopped',
  cancelled: 'stopped',
  stopped: 'stopped',
  ended: 'stopped',
  completed: 'done',
  'entered-in-error': 'in-error',
};
const FINAL_REPORT: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended']);
const BEGUN_REPORT: ReadonlySet<string> = new Set(['partial', 'preliminary', 'registered']);
/** From near to far. A refusal is not on this way: the last word counts there. */
const WAY: readonly OrderState[] = ['received', 'acknowledged', 'in-progress', 'done'];

/**
 * `order`: a ServiceRequest, MedicationRequest, NutritionOrder or DeviceRequest. `all`: resources of the patient, of any type. `safe`: where the
 * order is known to be, 'D0' for this device alone; undefined for what came from the site. `isDisputed`: sides of it differ.
 */
export function orderState(
  order: ResourceJson,
  all: readonly ResourceJson[],
  safe: 'D0' | 'D1' | 'D1m' | 'D2' | 'D3' | undefined,
  isDisputed = false,
): OrderProgress {
  if (isDisputed) return { state: 'disputed' };
  const own = OF_ORDER[textOf(order['status'])];
  if (own !== undefined && own !== 'done') return { state: own };
  const name = `${order.resourceType}/${order.id ?? ''}`;
  const told = [...tasksOf(name, all), ...reportsOf(name, all)].toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0));
  const last = told.at(-1);
  if (last?.state === 'refused') return last;
  const farthest = told
    .filter(({ state }) => state !== 'refused')
    .toSorted((a, b) => WAY.indexOf(a.state) - WAY.indexOf(b.state))
    .at(-1);
  if (own === 'done') return farthest?.state === 'done' ? farthest : { state: 'done' };
  if (farthest !== undefined) return farthest;
  return { state: safe === 'D0' ? 'written' : 'sent' };
}

function tasksOf(name: string, all: readonly ResourceJson[]): readonly OrderProgress[] {
  return all.flatMap((one): readonly OrderProgress[] => {
    if (one.resourceType !== 'Task' || textOf(at(one['focus'], 'reference')) !== name) return [];
    const state = OF_TASK[textOf(one['status'])];
    if (state === undefined) return [];
    const why = state === 'refused' ? { why: textOf(at(one['statusReason'], 'text')) } : {};
    return [{ state, ...sinceOf(one, ['lastModified', 'authoredOn']), ...why, by: `Task/${one.id ?? ''}` }];
  });
}

function reportsOf(name: string, all: readonly ResourceJson[]): readonly OrderProgress[] {
  return all.flatMap((one): readonly OrderProgress[] => {
    if (one.resourceType !== 'DiagnosticReport') return [];
    if (!itemsOf(one['basedOn']).some((based) => textOf(at(based, 'reference')) === name)) return [];
    const status = textOf(one['status']);
    const state = FINAL_REPORT.has(status) ? 'done' : BEGUN_REPORT.has(status) ? 'in-progress' : undefined;
    return state === undefined
      ? []
      : [{ state, ...sinceOf(one, ['issued', 'effectiveDateTime']), by: `DiagnosticReport/${one.id ?? ''}` }];
  });
}

function sinceOf(resource: ResourceJson, members: readonly string[]): { readonly since?: Instant } {
  for (const member of members) {
    const range = dateRange(textOf(resource[member]));
    if (range !== undefined) return { since: range.lo };
  }
  return {};
}

const STAT_MS = 5 * 60_000;
const URGENT: ReadonlySet<string> = new Set(['stat', 'asap']);
/** OD4, DT33: an order that cannot wait, five minutes old, that no department has acknowledged: somebody must phone. */
export const mustPhone = (order: ResourceJson, { state }: OrderProgress, now: Instant): boolean => {
  if (!URGENT.has(textOf(order['priority'])) || !['written', 'sent', 'received', 'refused'].includes(state))
    return false;
  const written = dateRange(textOf(order['authoredOn']));
  return written !== undefined && now - written.lo > STAT_MS;
};
