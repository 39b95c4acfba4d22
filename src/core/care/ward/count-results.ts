// How many investigations are on their way, came lately, or cannot wait: by the same rules as the pages of results. Pure.
//
//   WB17  A request is pending until a report that is final answers it; a critical result counts until it was acknowledged.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { textOf } from '../merge/clinical-words.ts';
import { leadingCriticals } from '../results/critical-results.ts';
import { waitedFor } from '../results/waited-for.ts';
import { instantOf } from './stays.ts';

export interface ResultCounts {
  readonly pending: number;
  readonly fresh: number;
  readonly critical: number;
}
const FINAL: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended']);
/** What came within half a day is new: a shift. */
export const NEW_MS = 12 * 3_600_000;

/** `resources`: ServiceRequests, DiagnosticReports, Observations and Tasks of one patient; `stayFrom`: when the stay began. */
export const countResults = (
  resources: readonly ResourceJson[],
  now: Instant,
  stayFrom: Instant | undefined,
): ResultCounts => ({
  pending: waitedFor(resources).length,
  fresh: resources.filter(
    (one) =>
      one.resourceType === 'DiagnosticReport' &&
      FINAL.has(textOf(one['status'])) &&
      (instantOf(one['issued']) ?? 0) > now - NEW_MS,
  ).length,
  critical: leadingCriticals(resources, now, stayFrom).lead.length,
});
