// What is to be done, as Tasks say it (http://hl7.org/fhir/R4/task.html): open, due, whose. Pure.
//
//   WB40  A task is overdue from the minute after its time, and due from an hour before it; without a time it is neither.
//   WB41  What is done says when and by whom, and can be taken back by whoever sees that it was not.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { instantText } from './times.ts';
import { at, codesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { Step } from './moves.ts';
import { idIn, instantOf, wordsOf } from './stays.ts';

export type Urgency = 'overdue' | 'due' | 'later' | 'no-time';
export interface WardTask {
  readonly id: string;
  /** Id of the Patient. */
  readonly patient: string;
  readonly words: string;
  readonly isOpen: boolean;
  /** Begun: somebody is at it. */
  readonly isBegun: boolean;
  readonly isDone: boolean;
  readonly isUrgent: boolean;
  readonly dueAt?: Instant;
  readonly urgency: Urgency;
  /** `Practitioner/1`, and as recorded. */
  readonly owner?: { readonly who: string; readonly name: string };
  readonly requester?: { readonly who: string; readonly name: string };
  readonly authoredAt?: Instant;
  readonly doneAt?: Instant;
  /** Ended by the record itself: a conflict that could harm. Not ticked off. */
  readonly isOfRecord: boolean;
}

const OPEN: ReadonlySet<string> = new Set([
  'draft',
  'requested',
  'received',
  'accepted',
  'ready',
  'in-progress',
  'on-hold',
]);
/** What the record keeps by Tasks for itself: who charts the doses, emergency access. */
const OWN_CODES: ReadonlySet<string> = new Set(['mar-custody', 'break-glass', 'break-glass-review']);
export const TASK_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/task';
export const DUE_SOON_MS = 3_600_000;

const person = (reference: JsonValue | undefined): WardTask['owner'] => {
  const who = textOf(at(reference, 'reference'));
  const name = textOf(at(reference, 'display'));
  return who === '' && name === '' ? undefined : { who, name };
};

/** Undefined: not for people to do. */
export function taskOf(task: ResourceJson, now: Instant): WardTask | undefined {
  const patient = idIn(task['for'], 'Patient');
  const codes = codesOf(task['code']);
  if (patient === undefined || task.id === undefined || codes.some((code) => OWN_CODES.has(code))) return undefined;
  const status = textOf(task['status']);
  const isOpen = OPEN.has(status);
  const dueAt = instantOf(at(task['restriction'], 'period.end')) ?? instantOf(at(task['executionPeriod'], 'end'));
  const isDone = status === 'completed';
  const due = isOpen ? dueAt : instantOf(at(task['restriction'], 'period.end'));
  const doneAt = isDone
    ? (instantOf(at(task['executionPeriod'], 'end')) ?? instantOf(task['lastModified']))
    : undefined;
  const owner = person(task['owner']);
  const requester = person(task['requester']);
  const authoredAt = instantOf(task['authoredOn']);
  return {
    id: task.id,
    patient,
    words: textOf(task['description']) || wordsOf(task['code']) || wordsOf(task['reasonCode']),
    isOpen,
    isBegun: status === 'in-progress' || status === 'accepted',
    isDone,
    isUrgent: ['urgent', 'asap', 'stat'].includes(textOf(task['priority'])),
    ...(due === undefined ? {} : { dueAt: due }),
    urgency: due === undefined ? 'no-time' : now > due ? 'overdue' : due - now <= DUE_SOON_MS ? 'due' : 'later',
    ...(owner === undefined ? {} : { owner }),
    ...(requester === undefined ? {} : { requester }),
    ...(authoredAt === undefined ? {} : { authoredAt }),
    ...(doneAt === undefined ? {} : { doneAt }),
    isOfRecord: codes.includes('conflict'),
  };
}

const RANK: Readonly<Record<Urgency, number>> = { overdue: 0, due: 1, later: 2, 'no-time': 3 };
/** Overdue first, urgent before others, then by time. */
export const tasksOf = (tasks: readonly ResourceJson[], now: Instant): readonly WardTask[] =>
  tasks
    .flatMap((task) => taskOf(task, now) ?? [])
    .toSorted(
      (a, b) =>
        RANK[a.urgency] - RANK[b.urgency] ||
        Number(b.isUrgent) - Number(a.isUrgent) ||
        (a.dueAt ?? a.authoredAt ?? 0) - (b.dueAt ?? b.authoredAt ?? 0) ||
        (a.id < b.id ? -1 : 1),
    );

export interface TaskWish {
  readonly patient: string;
  readonly encounter?: string;
  readonly words: string;
  readonly dueAt?: Instant;
  readonly isUrgent: boolean;
  readonly requester: { readonly who: string; readonly name: string };
  readonly owner?: { readonly who: string; readonly name: string };
}
/** A new Task. */
export function newTask(wish: TaskWish, now: Instant): JsonObject {
  const { patient, encounter, words, dueAt, isUrgent, requester, owner } = wish;
  const named = ({ who, name }: { readonly who: string; readonly name: string }): JsonObject => ({
    reference: who,
    ...(name === '' ? {} : { display: name }),
  });
  return {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    priority: isUrgent ? 'urgent' : 'routine',
    description: words,
    for: { reference: `Patient/${patient}` },
    ...(encounter === undefined ? {} : { encounter: { reference: `Encounter/${encounter}` } }),
    authoredOn: instantText(now),
    lastModified: instantText(now),
    requester: named(requester),
    ...(owner === undefined ? {} : { owner: named(owner) }),
    ...(dueAt === undefined ? {} : { restriction: { period: { end: instantText(dueAt) } } }),
  };
}

const set = (path: string, value: JsonValue): Step => ({ op: 'add', path, value });

/** JSON Patch that marks it done. Who ticked it off is the author of the version, and `owner` where it had none. */
export function doneTask(
  task: ResourceJson,
  who: { readonly who: string; readonly name: string },
  now: Instant,
): readonly Step[] {
  const begun = at(task['executionPeriod'], 'start');
  const period = { ...(typeof begun === 'string' ? { start: begun } : {}), end: instantText(now) };
  return [
    set('/status', 'completed'),
    set('/executionPeriod', period),
    set('/lastModified', instantText(now)),
    ...(task['owner'] === undefined ? [set('/owner', { reference: who.who, display: who.name })] : []),
  ];
}
/** Takes `doneTask` back: open again, as before. */
export function openTaskAgain(task: ResourceJson, before: ResourceJson | undefined, now: Instant): readonly Step[] {
  const status = textOf(before?.['status']);
  const restore = (name: string): readonly Step[] => {
    const was = before?.[name];
    if (was !== undefined) return [set(`/${name}`, was)];
    return task[name] === undefined ? [] : [{ op: 'remove', path: `/${name}` }];
  };
  return [
    set('/status', OPEN.has(status) ? status : 'requested'),
    ...restore('executionPeriod'),
    ...(before === undefined ? [] : restore('owner')),
    set('/lastModified', instantText(now)),
  ];
}
export function takeTask(who: { readonly who: string; readonly name: string }, now: Instant): readonly Step[] {
  return [
    set('/status', 'in-progress'),
    set('/owner', { reference: who.who, display: who.name }),
    set('/lastModified', instantText(now)),
  ];
}
/** Not to be done after all. */
export const cancelTask = (why: string, now: Instant): readonly Step[] => [
  set('/status', 'cancelled'),
  ...(why === '' ? [] : [set('/statusReason', { text: why })]),
  set('/lastModified', instantText(now)),
];
export const countTasks = (
  tasks: readonly WardTask[],
): { readonly open: number; readonly due: number; readonly overdue: number } => {
  const open = tasks.filter(({ isOpen }) => isOpen);
  return {
    open: open.length,
    due: open.filter(({ urgency }) => urgency === 'due').length,
    overdue: open.filter(({ urgency }) => urgency === 'overdue').length,
  };
};
export const isRecordTask = (task: ResourceJson): boolean =>
  itemsOf(at(task['code'], 'coding')).some((coding) => OWN_CODES.has(textOf(at(coding, 'code'))));
