// Who looks after the patient, towards what, and what is to be done: CareTeam, Encounter, CarePlan, Goal, Task.
//
//   CH22  What is over or in error is not among what is done now; what sides differ on is, marked.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';

export interface Carer {
  /** `Practitioner/1`; '' where only a name is kept. */
  readonly who: string;
  readonly name: string;
  readonly role: string;
  /** Since when, as written. */
  readonly since: string;
  /** `CareTeam/1` or `Encounter/1`. */
  readonly source: string;
}
export interface PlanLine {
  readonly name: string;
  readonly kind: 'goal' | 'activity' | 'plan';
  readonly words: string;
  readonly status: string;
  readonly isDisputed: boolean;
}
export interface TaskLine {
  readonly name: string;
  readonly words: string;
  readonly status: string;
  readonly priority: string;
  readonly owner: string;
  readonly due: string;
  readonly isOverdue: boolean;
  readonly isConflict: boolean;
}

const OVER: ReadonlySet<string> = new Set([
  'inactive',
  'entered-in-error',
  'completed',
  'cancelled',
  'revoked',
  'rejected',
  'proposed',
  'suspended',
]);
const TASK_OPEN: ReadonlySet<string> = new Set([
  'draft',
  'requested',
  'received',
  'accepted',
  'ready',
  'in-progress',
  'on-hold',
  'failed',
]);
/** Custody of doses and emergency access are Tasks that other screens show. */
const NOT_WORK: ReadonlySet<string> = new Set(['mar-custody', 'break-glass']);

export function carers(entries: readonly Entry[], stay: Entry | undefined): readonly Carer[] {
  const found: Carer[] = [];
  for (const { resource } of entries) {
    if (resource.resourceType !== 'CareTeam' || OVER.has(textOf(resource['status']))) continue;
    for (const one of itemsOf(resource['participant']).filter(isObject)) {
      if (textOf(at(one, 'period.end')) !== '') continue;
      found.push({
        ...person(one['member']),
        role: itemsOf(one['role'])
          .map(conceptWords)
          .filter((words) => words !== '')
          .join(', '),
        since: textOf(at(one, 'period.start')) || textOf(at(resource, 'period.start')),
        source: `CareTeam/${resource.id ?? ''}`,
      });
    }
  }
  for (const one of itemsOf(stay?.resource['participant']).filter(isObject)) {
    if (textOf(at(one, 'period.end')) !== '') continue;
    const who = person(one['individual']);
    if (who.name === '' || found.some((other) => other.who === who.who && who.who !== '')) continue;
    found.push({
      ...who,
      role: itemsOf(one['type'])
        .map(conceptWords)
        .filter((words) => words !== '')
        .join(', '),
      since: textOf(at(one, 'period.start')),
      source: `Encounter/${stay?.resource.id ?? ''}`,
    });
  }
  return found;
}
const person = (reference: JsonObject[string]): Pick<Carer, 'who' | 'name'> => ({
  who: textOf(at(reference, 'reference')),
  name: textOf(at(reference, 'display')) || textOf(at(reference, 'reference')),
});

/** Goals, then plans with what they hold. */
export function planLines(entries: readonly Entry[]): readonly PlanLine[] {
  const live = entries.filter(({ resource, conflict }) => conflict || !OVER.has(statusOf(resource)));
  const line = ({ resource, conflict }: Entry, kind: PlanLine['kind'], words: string, status: string): PlanLine => ({
    name: `${resource.resourceType}/${resource.id ?? ''}`,
    kind,
    words,
    status,
    isDisputed: conflict,
  });
  const goals = live
    .filter(({ resource }) => resource.resourceType === 'Goal')
    .map((entry) => line(entry, 'goal', conceptWords(entry.resource['description']), statusOf(entry.resource)));
  const plans = live
    .filter(({ resource }) => resource.resourceType === 'CarePlan')
    .flatMap((entry) => {
      const { resource } = entry;
      const title =
        textOf(resource['title']) ||
        textOf(resource['description']) ||
        itemsOf(resource['category']).map(conceptWords).join(', ');
      const activities = itemsOf(resource['activity'])
        .map((one) => at(one, 'detail'))
        .filter(isObject)
        .filter((detail) => !OVER.has(textOf(detail['status'])))
        .map((detail) =>
          line(
            entry,
            'activity',
            textOf(detail['description']) || conceptWords(detail['code']),
            textOf(detail['status']),
          ),
        );
      return [...(title === '' ? [] : [line(entry, 'plan', title, statusOf(resource))]), ...activities];
    });
  return [...goals, ...plans];
}
const statusOf = (body: ResourceJson): string => textOf(body['lifecycleStatus']) || textOf(body['status']);

/** Open tasks, what is overdue and urgent first. */
export function taskLines(entries: readonly Entry[], now: Instant): readonly TaskLine[] {
  return entries
    .filter(
      ({ resource }) =>
        resource.resourceType === 'Task' &&
        TASK_OPEN.has(textOf(resource['status'])) &&
        !codesOf(resource['code']).some((code) => NOT_WORK.has(code)),
    )
    .map(({ resource }) => {
      const due = textOf(at(resource, 'restriction.period.end')) || textOf(at(resource, 'executionPeriod.end'));
      const end = dateRange(due);
      return {
        name: `Task/${resource.id ?? ''}`,
        words: textOf(resource['description']) || conceptWords(resource['code']),
        status: textOf(resource['status']),
        priority: textOf(resource['priority']) || 'routine',
        owner: textOf(at(resource, 'owner.display')),
        due,
        isOverdue: end !== undefined && end.hi <= now,
        isConflict: codesOf(resource['code']).includes('conflict'),
      };
    })
    .sort(
      (a, b) =>
        Number(b.isOverdue) - Number(a.isOverdue) ||
        PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
        (a.due < b.due ? -1 : a.due > b.due ? 1 : a.name < b.name ? -1 : 1),
    );
}
const PRIORITIES = ['stat', 'asap', 'urgent', 'routine'];
