// A declared downtime, as the record has it: a Flag about the site, so that every node and device hears of it as of anything else.
//
//   WU15  It is a Flag (http://hl7.org/fhir/R4/flag.html) whose subject is the Organization; identity, allergies and alerts travel to
//         every node, and what is of no patient to every device.
//   WU16  It has a beginning and no end until somebody ends it.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

/** By which a declared downtime is found: `Flag?identifier=system|code`. */
export const DOWNTIME_SYSTEM = 'https://holdfast.example/fhir/id/downtime';
export const DOWNTIME_VALUE = 'declared';
const FLAG_CATEGORY = 'http://terminology.hl7.org/CodeSystem/flag-category';
export const DOWNTIME_REASON_MAX = 500;

export interface DeclaredDowntime {
  /** `Organization/1`. */
  readonly site: string;
  /** FHIR instant. */
  readonly since: string;
  readonly reason: string;
}

export interface Declaring extends DeclaredDowntime {
  /** `Practitioner/1`, with the name for people. */
  readonly who: string;
  readonly name: string;
}

/** The Flag, without an id. */
export const declareDowntime = ({ site, since, reason, who, name }: Declaring): ResourceJson => ({
  resourceType: 'Flag',
  identifier: [{ system: DOWNTIME_SYSTEM, value: DOWNTIME_VALUE }],
  status: 'active',
  category: [{ coding: [{ system: FLAG_CATEGORY, code: 'admin', display: 'Administrative' }] }],
  code: { text: reason },
  subject: { reference: site },
  period: { start: since },
  author: { reference: who, display: name },
});

/** `flag` as it is after its end: kept, for whoever reconciles. `until`: FHIR instant. */
export const endDowntime = (flag: ResourceJson, until: string): ResourceJson => {
  const period = flag['period'];
  return { ...flag, status: 'inactive', period: { ...(isObject(period) ? period : {}), end: until } };
};

export const isDowntimeFlag = (resource: JsonObject): boolean =>
  resource['resourceType'] === 'Flag' &&
  itemsOf(resource['identifier']).some(
    (one) => isObject(one) && one['system'] === DOWNTIME_SYSTEM && one['value'] === DOWNTIME_VALUE,
  );

/**
 * What is declared, the earliest first; of `site` alone where one is named. A status that is not known to be over goes on: what
 * cannot be read is downtime rather than none.
 */
export function declaredDowntimes(
  resources: readonly ResourceJson[],
  site?: string,
): readonly (DeclaredDowntime & { readonly flag: ResourceJson })[] {
  return resources
    .filter((one) => isDowntimeFlag(one) && !ENDED.has(textOf(one['status'])))
    .map((flag) => ({
      flag,
      site: textOf(at(flag, 'subject.reference')),
      since: textOf(at(flag, 'period.start')),
      reason: textOf(at(flag, 'code.text')),
    }))
    .filter((one) => site === undefined || one.site === site)
    .toSorted((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
}
const ENDED: ReadonlySet<string> = new Set(['inactive', 'entered-in-error']);
