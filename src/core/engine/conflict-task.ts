// The Task by which an S1 reaches people: its name, which two nodes make alike, and what it says at each turn of its life.
//
//   CW21  Named by what it is about; its content is the same wherever it is made, but for its time and the heads that were known.
//   CW23  It tells no more than the list of conflicts: words, the resource, the patient.
import { parseJson } from '../base/json.ts';
import type { JsonObject } from '../base/json-types.ts';
import type { Digest, Instant } from '../base/ports.ts';
import { at, isObject, itemsOf, textOf } from '../care/merge/clinical-words.ts';
import { instantText } from '../record/body.ts';
import type { Stored } from '../record/store.ts';
import { CUSTODY_SYSTEM } from '../care/medication/mar-custody.ts';

/** Of Task.code, in the system of the record's own tasks. */
export const CONFLICT_CODE = 'conflict';
/** Of Task.identifier: a head, or a resource, that was known when it was raised. */
export const HEAD_SYSTEM = 'https://holdfast.example/fhir/head';
export const COLLIDING_SYSTEM = 'https://holdfast.example/fhir/colliding';
/** The same: a head that stood when it was completed. */
export const SETTLED_SYSTEM = 'https://holdfast.example/fhir/settled-head';
const STATUS_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/conflict-task-status';

export const valuesIn = (task: JsonObject, system: string): readonly string[] =>
  itemsOf(task['identifier'])
    .filter((one) => at(one, 'system') === system)
    .map((one) => textOf(at(one, 'value')));

/** One S1, of one patient. */
export interface Signal {
  /** What names it: kind, resources, and of a conflict the revision from which its sides parted. */
  readonly about: string;
  /** `Patient/1`; '' where it is of none. */
  readonly home: string;
  readonly focus: string;
  readonly words: string;
  readonly isCritical: boolean;
  /** Heads, or resources of the patient that collide. */
  readonly known: readonly { readonly system: string; readonly value: string }[];
  /** Since when it has been open at this node. */
  readonly since: Instant;
  readonly isCollision: boolean;
}

/** `turn`: 0, and one more for each time that it was ended and the same arose anew. */
export const taskIdOf = (about: string, turn: number, digest: Digest): string =>
  `conflict-${digest.sha256(`holdfast conflict task\n${turn}\n${about}`)}`;

export const isTaskId = (id: string): boolean => id.startsWith('conflict-');

export function raisedTask(id: string, signal: Signal, now: Instant): JsonObject {
  const { home, focus, words, isCritical, known } = signal;
  return {
    resourceType: 'Task',
    id,
    identifier: known.map(({ system, value }) => ({ system, value })).toSorted((a, b) => (a.value < b.value ? -1 : 1)),
    status: 'requested',
    intent: 'order',
    priority: isCritical ? 'asap' : 'urgent',
    code: { coding: [{ system: CUSTODY_SYSTEM, code: CONFLICT_CODE }], text: 'conflict that could harm now' },
    focus: { reference: focus },
    ...(home === '' ? {} : { for: { reference: home } }),
    lastModified: instantText(now),
    reasonCode: { text: words },
  };
}

const businessStatus = (code: string, text: string): JsonObject => ({
  coding: [{ system: STATUS_SYSTEM, code }],
  text,
});
/** The time is `lastModified`: two nodes that escalate at once say the same but for it. */
export const escalated = (task: JsonObject, afterMinutes: number, now: Instant): JsonObject => ({
  ...task,
  priority: 'stat',
  businessStatus: businessStatus('escalated', `escalated: not settled within ${afterMinutes} minutes`),
  lastModified: instantText(now),
});
/** `heads`: what the resource had come to, so that another node can tell whether what it sees came since. */
export const completed = (task: JsonObject, heads: readonly string[], now: Instant): JsonObject => ({
  ...task,
  identifier: [
    ...itemsOf(task['identifier']),
    ...heads
      .filter((head) => !valuesIn(task, SETTLED_SYSTEM).includes(head))
      .map((value) => ({ system: SETTLED_SYSTEM, value })),
  ],
  status: 'completed',
  businessStatus: businessStatus('settled', 'settled: no longer in conflict'),
  lastModified: instantText(now),
});

const stateOf = (task: JsonObject): string =>
  itemsOf(at(task['businessStatus'], 'coding'))
    .filter((coding) => at(coding, 'system') === STATUS_SYSTEM)
    .map((coding) => textOf(at(coding, 'code')))
    .join();
export const isEscalated = (task: JsonObject): boolean => stateOf(task) === 'escalated';
/** Ended by the record itself; else by a person. */
export const isSettled = (task: JsonObject): boolean => stateOf(task) === 'settled';

const OPEN: ReadonlySet<string> = new Set([
  'draft',
  'requested',
  'received',
  'accepted',
  'ready',
  'in-progress',
  'on-hold',
]);
export const OPEN_STATUSES: readonly string[] = [...OPEN];
export const isOpen = (task: JsonObject): boolean => OPEN.has(textOf(task['status']));

/** Undefined: deleted, or no object. */
export function bodyIn({ deleted, text }: Pick<Stored, 'deleted' | 'text'>): JsonObject | undefined {
  if (deleted) return undefined;
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : undefined;
}
