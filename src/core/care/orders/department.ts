// A department's word on an order, and how it is reached.
//
//   OD9   Received, accepted or refused: a Task whose focus is the order, by the person of the department. A refusal has a reason.
//   OD10  Its telephone is the one in the record; none is made up.
//
// FHIR R4: http://hl7.org/fhir/R4/task.html; the code is of http://hl7.org/fhir/CodeSystem/task-code
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import type { Recording } from '../banner/write-allergy.ts';
import { at, codesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { elementPatch } from '../summary/element-patch.ts';
import type { OrderKind } from './catalogue.ts';
import type { OrderState } from './order-state.ts';

export const STEPS = ['received', 'accepted', 'rejected'] as const;
export type Step = (typeof STEPS)[number];

/** What a department may say next of an order that stands so. */
export function stepsOf(state: OrderState): readonly Step[] {
  switch (state) {
    case 'written':
    case 'sent':
      return ['received', 'accepted', 'rejected'];
    case 'received':
      return ['accepted', 'rejected'];
    case 'acknowledged':
      return ['rejected'];
    case 'refused':
      return ['accepted'];
    case 'draft':
    case 'in-progress':
    case 'done':
    case 'held':
    case 'stopped':
    case 'disputed':
    case 'in-error':
      return [];
  }
}

/** Kinds of order that the person's roles answer for. */
export const departmentsOf = (roles: readonly string[]): readonly OrderKind[] =>
  (['laboratory', 'imaging'] as const).filter((kind) => roles.includes(kind));

/** The department's Task on the order that was written last, where there is one. */
export function departmentTaskOf(order: string, resources: readonly ResourceJson[]): ResourceJson | undefined {
  return resources
    .filter(
      (one) =>
        one.resourceType === 'Task' &&
        textOf(at(one['focus'], 'reference')) === order &&
        codesOf(one['code']).includes('fulfill'),
    )
    .toSorted((a, b) => (textOf(a['lastModified']) < textOf(b['lastModified']) ? -1 : 1))
    .at(-1);
}

/** The first word of a department. `order`: `ServiceRequest/1`. */
export function departmentTask(
  order: ResourceJson,
  step: Step,
  id: string,
  reason: string,
  of: Recording,
): ResourceJson {
  const who = { reference: of.recorder.who, display: of.recorder.name };
  const encounter = order['encounter'];
  return {
    resourceType: 'Task',
    id,
    status: step,
    ...(step === 'rejected' ? { statusReason: { text: reason.trim() } } : {}),
    intent: 'order',
    ...(order['priority'] === undefined ? {} : { priority: order['priority'] }),
    code: {
      coding: [
        {
          system: 'http://hl7.org/fhir/CodeSystem/task-code',
          code: 'fulfill',
          display: 'Fulfill the focal request',
        },
      ],
    },
    description: conceptWords(order['code'] ?? null),
    focus: { reference: `${order.resourceType}/${order.id ?? ''}` },
    for: { reference: of.subject },
    ...(encounter === undefined ? {} : { encounter }),
    authoredOn: of.at,
    lastModified: of.at,
    requester: who,
    owner: who,
  };
}
/** The next one, of the Task that is shown. */
export const departmentPatch = (task: ResourceJson, step: Step, reason: string, of: Recording): readonly JsonObject[] =>
  elementPatch(task, {
    status: step,
    statusReason: step === 'rejected' ? { text: reason.trim() } : undefined,
    lastModified: of.at,
    owner: { reference: of.recorder.who, display: of.recorder.name },
  });

/** Who said how far it came: `Task/1` by its owner, a report by its performers; '' where nobody is named. */
export function whoSaid(by: string | undefined, resources: readonly ResourceJson[]): string {
  const found = resources.find((one) => `${one.resourceType}/${one.id ?? ''}` === by);
  if (found === undefined) return '';
  if (found.resourceType === 'Task') return textOf(at(found['owner'], 'display'));
  return itemsOf(found['performer'])
    .map((one) => textOf(at(one, 'display')))
    .filter((one) => one !== '')
    .join(', ');
}

export interface Reachable {
  readonly name: string;
  /** '' where the record has none. */
  readonly phone: string;
}
const NAMED: Readonly<Partial<Record<OrderKind, RegExp>>> = {
  laboratory: /\b(?:laborator|patholog)/i,
  imaging: /\b(?:imaging|radiolog)/i,
};
/**
 * `services`: HealthcareServices; `locations`: where they are. By the name of the service, which is all that records agree on. Undefined where no
 * department of the kind is recorded; a diet and care at the bed have none.
 */
export function departmentOf(
  kind: OrderKind,
  services: readonly ResourceJson[],
  locations: readonly ResourceJson[],
): Reachable | undefined {
  const named = NAMED[kind];
  if (named === undefined) return undefined;
  const service = services.find((one) => one['active'] !== false && named.test(textOf(one['name'])));
  if (service === undefined) return undefined;
  const places = itemsOf(service['location']).flatMap((one) => {
    const place = locations.find(({ id }) => textOf(at(one, 'reference')) === `Location/${id ?? ''}`);
    return place === undefined ? [] : [place];
  });
  const phone = [service, ...places]
    .flatMap((one) => itemsOf(one['telecom']))
    .filter((one) => textOf(at(one, 'system')) === 'phone')
    .map((one) => textOf(at(one, 'value')))
    .find((one) => one !== '');
  return { name: textOf(places[0]?.['name']) || textOf(service['name']), phone: phone ?? '' };
}
