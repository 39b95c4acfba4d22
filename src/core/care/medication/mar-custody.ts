// Who charts the doses of an inpatient: one custodian at a time, taken by anyone on duty, also offline (CR7). Pure.
//
//   MG39  Whoever takes it takes it over from all that is known to have it; nobody is asked.
//   MG40  Where it is elsewhere, or twice, the words say that doses may have been given that are not shown.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

/** `system|code` of a Task by which somebody takes custody of an inpatient's MAR. */
export const CUSTODY_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/task';
export const CUSTODY_CODE = 'mar-custody';
/** Of Task.owner.identifier: the site's code. */
export const SITE_SYSTEM = 'https://holdfast.example/fhir/site-code';

export type Where =
  | { readonly on: 'site'; readonly site: string }
  /** `Device/1`. */
  | { readonly on: 'device'; readonly device: string }
  /** The paper chart at a site. */
  | { readonly on: 'paper'; readonly site: string };

export interface Taking {
  /** `Patient/1`, `Encounter/1`. */
  readonly patient: string;
  readonly stay: string;
  readonly where: Where;
  /** `Practitioner/1`; absent: the node itself. */
  readonly who?: string;
  /** FHIR instant. */
  readonly since: string;
  /** `Task/1`: what is taken over. */
  readonly after: readonly string[];
}

export function takeCustody({ patient, stay, where, who, since, after }: Taking): JsonObject {
  return {
    resourceType: 'Task',
    ...(after.length === 0 ? {} : { partOf: [...after].sort().map((reference) => ({ reference })) }),
    status: 'in-progress',
    intent: 'order',
    code: { coding: [{ system: CUSTODY_SYSTEM, code: CUSTODY_CODE }], text: 'custody of the medication chart' },
    for: { reference: patient },
    encounter: { reference: stay },
    executionPeriod: { start: since },
    ...(who === undefined ? {} : { requester: { reference: who } }),
    owner: ownerOf(where),
  };
}
function ownerOf(where: Where): JsonObject {
  if (where.on === 'device') return { reference: where.device };
  const { on, site } = where;
  return {
    identifier: { system: SITE_SYSTEM, value: site },
    display: on === 'paper' ? `paper at site ${site}` : `site ${site}`,
  };
}

/** A Task as the record shows it. */
export interface ShownTask {
  /** `Task/1`. */
  readonly name: string;
  readonly body: JsonObject;
}
export interface Holder {
  readonly task: string;
  readonly stay: string;
  /** As a person reads it. */
  readonly where: string;
  readonly owner: JsonValue | undefined;
  readonly who: string;
  readonly since: string;
}

export const isCustody = (body: JsonObject): boolean =>
  itemsOf(at(body['code'], 'coding')).some(
    (coding) => at(coding, 'system') === CUSTODY_SYSTEM && at(coding, 'code') === CUSTODY_CODE,
  ) && !['cancelled', 'entered-in-error', 'failed', 'rejected'].includes(textOf(body['status']));

/** Who has it of `stay`: nobody, one, or several who did not know of each other. */
export function holdersOf(stay: string, tasks: readonly ShownTask[]): readonly Holder[] {
  const all = tasks.filter(({ body }) => isCustody(body) && textOf(at(body['encounter'], 'reference')) === stay);
  const over = new Set(all.flatMap(({ body }) => itemsOf(body['partOf']).map((one) => textOf(at(one, 'reference')))));
  return all
    .filter(({ name }) => !over.has(name))
    .map(({ name, body }) => ({
      task: name,
      stay,
      where: textOf(at(body['owner'], 'display')) || textOf(at(body['owner'], 'reference')),
      owner: body['owner'],
      who: textOf(at(body['requester'], 'reference')),
      since: textOf(at(body['executionPeriod'], 'start')),
    }))
    .toSorted((a, b) => (a.task < b.task ? -1 : 1));
}

/** Whether it is what `holder` says, of this site or this device. */
export function isHere({ owner }: Holder, here: Where): boolean {
  const mine = ownerOf(here);
  return isObject(owner) && here.on === 'device'
    ? textOf(owner['reference']) === here.device
    : isObject(owner) && textOf(owner['display']) === textOf(mine['display']);
}

/** What stands over the chart, read at `here`. */
export function custodyWords(holders: readonly Holder[], here: Where): string {
  const [only] = holders;
  if (only === undefined) return 'nobody has taken custody of the doses';
  const names = [...new Set(holders.map(({ where }) => where))];
  if (names.length > 1) return `two chart the doses: ${names.join(' and ')}; check both before a dose is given`;
  if (isHere(only, here)) return 'doses are charted here';
  const since = only.since === '' ? '' : ` since ${only.since.slice(0, 16).replace('T', ' ')} UTC`;
  return `doses are charted on ${only.where}; not shown${since}`;
}
