// How many investigations are on their way, came lately, or cannot wait. Pure.
//
//   WB17  A request is pending until a report that is final answers it; a critical result counts until a Task about it is done.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, codesOf, criticalCodesOf, itemsOf, textOf } from '../merge/clinical-words.ts';
import { instantOf } from './stays.ts';

export interface ResultCounts {
  readonly pending: number;
  readonly fresh: number;
  readonly critical: number;
}
const INVESTIGATIONS: ReadonlySet<string> = new Set(['108252007', '363679005', 'laboratory', 'imaging', 'LAB', 'RAD']);
const OPEN: ReadonlySet<string> = new Set(['active', 'on-hold']);
const FINAL: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended', 'cancelled']);
const referencesIn = (resource: ResourceJson, name: string): readonly string[] =>
  itemsOf(resource[name]).map((one) => textOf(at(one, 'reference')));

/** `resources`: ServiceRequests, DiagnosticReports, Observations and Tasks of one patient; `since`: what came later is new. */
export function countResults(resources: readonly ResourceJson[], since: Instant): ResultCounts {
  const reports = resources.filter(({ resourceType }) => resourceType === 'DiagnosticReport');
  const answered = new Set(
    reports.filter(({ status }) => FINAL.has(textOf(status))).flatMap((report) => referencesIn(report, 'basedOn')),
  );
  const seen = new Set(
    resources
      .filter(({ resourceType, status }) => resourceType === 'Task' && status === 'completed')
      .map((task) => textOf(at(task['focus'], 'reference'))),
  );
  const isSeen = (one: ResourceJson): boolean => seen.has(`${one.resourceType}/${one.id ?? ''}`);
  return {
    pending: resources.filter(
      (one) =>
        one.resourceType === 'ServiceRequest' &&
        OPEN.has(textOf(one['status'])) &&
        codesOf(one['category']).some((code) => INVESTIGATIONS.has(code)) &&
        !answered.has(`ServiceRequest/${one.id ?? ''}`),
    ).length,
    fresh: reports.filter((report) => FINAL.has(textOf(report['status'])) && (instantOf(report['issued']) ?? 0) > since)
      .length,
    critical: resources.filter(
      (one) =>
        one.resourceType === 'Observation' &&
        criticalCodesOf(one).length > 0 &&
        (instantOf(one['issued']) ?? instantOf(one['effectiveDateTime']) ?? 0) > since &&
        !isSeen(one) &&
        !reports.some(
          (report) => isSeen(report) && referencesIn(report, 'result').includes(`Observation/${one.id ?? ''}`),
        ),
    ).length,
  };
}
