// Orders of many patients that no department has acknowledged.
//
//   OD13  What must be phoned first, then the longest waiting; a department's own kind where `kinds` says so.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { textOf } from '../merge/clinical-words.ts';
import { kindOf, type OrderKind } from './catalogue.ts';
import { mustPhone, orderState, type OrderProgress } from './order-state.ts';

export interface OrderSource {
  readonly resource: ResourceJson;
  readonly conflict: boolean;
  readonly safe?: 'D0' | 'D1' | 'D1m' | 'D2' | 'D3';
}
export interface Unanswered {
  readonly order: ResourceJson;
  readonly progress: OrderProgress;
  readonly mustPhone: boolean;
  readonly written: Instant | undefined;
}
const WAITING: ReadonlySet<string> = new Set(['written', 'sent', 'received', 'refused', 'disputed']);

/** `about`: Tasks and DiagnosticReports of the orders. */
export const unanswered = (
  orders: readonly OrderSource[],
  about: readonly ResourceJson[],
  kinds: readonly OrderKind[],
  now: Instant,
): readonly Unanswered[] =>
  orders
    .filter(({ resource }) => kinds.includes(kindOf(resource)))
    .map(({ resource, safe, conflict }): Unanswered => {
      const progress = orderState(resource, about, safe, conflict);
      const written = dateRange(textOf(resource['authoredOn']))?.lo;
      return { order: resource, progress, mustPhone: mustPhone(resource, progress, now), written };
    })
    .filter(({ progress }) => WAITING.has(progress.state))
    .toSorted((a, b) => Number(b.mustPhone) - Number(a.mustPhone) || (a.written ?? 0) - (b.written ?? 0));
