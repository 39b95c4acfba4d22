// How far an order of a medicine has come: nothing is queued in silence (DT33).
//
//   MD37  The states are those of every order (OD1). A dose or a dispense of it acknowledges it too; an urgent one that nobody
//         acknowledged within five minutes says so.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, itemsOf, textOf } from '../merge/clinical-words.ts';
import { orderState, type OrderProgress } from '../orders/order-state.ts';
import { momentOf } from './patient-facts.ts';

export const ACKNOWLEDGE_MS = 5 * 60_000;
export const ORDER_TASK_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/task';
export const ORDER_TASK_CODE = 'order-acknowledgement';

export interface MedicineProgress extends OrderProgress {
  /** It cannot wait, and nobody acknowledged it in time. */
  readonly waiting: boolean;
}
/** `safe`: where the order is known to be; `resources`: the chart, for Tasks, doses and dispenses of the order. */
export function medicineProgress(
  order: ResourceJson,
  resources: readonly ResourceJson[],
  safe: Parameters<typeof orderState>[2],
  isDisputed: boolean,
  now: Instant,
): MedicineProgress {
  const name = `MedicationRequest/${order.id ?? ''}`;
  const progress = orderState(order, resources, safe, isDisputed);
  const isOnItsWay = ['written', 'sent', 'received'].includes(progress.state);
  const isDone = resources.some(
    (one) =>
      (one.resourceType === 'MedicationAdministration' && textOf(at(one, 'request.reference')) === name) ||
      (one.resourceType === 'MedicationDispense' &&
        itemsOf(one['authorizingPrescription']).some((item) => textOf(at(item, 'reference')) === name)),
  );
  // Who gives it or dispenses it has seen it, whoever pressed which button.
  if (isOnItsWay && isDone) return { ...progress, state: 'acknowledged', waiting: false };
  const authored = momentOf(order['authoredOn']);
  const isUrgent = ['urgent', 'asap', 'stat'].includes(textOf(order['priority'])) && order['status'] === 'active';
  const waiting = isUrgent && isOnItsWay && authored !== undefined && now - authored > ACKNOWLEDGE_MS;
  return { ...progress, waiting };
}

/** A person has seen the order and acts on it. */
export function acknowledgeTask(
  order: ResourceJson,
  who: { readonly reference: string; readonly display: string },
  at: string,
): JsonObject {
  return {
    resourceType: 'Task',
    status: 'accepted',
    intent: 'order',
    code: { coding: [{ system: ORDER_TASK_SYSTEM, code: ORDER_TASK_CODE }], text: 'order acknowledged' },
    focus: { reference: `MedicationRequest/${order.id ?? ''}` },
    for: order['subject'],
    authoredOn: at,
    lastModified: at,
    requester: { reference: who.reference, display: who.display },
    owner: { reference: who.reference, display: who.display },
  };
}
