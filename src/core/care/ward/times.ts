// True times of what is entered later (CR12): the time of the event stands where FHIR has it, the time of entry beside it. Pure.
//
//   WB30  What is entered more than 15 minutes after its time carries the time of entry, and reads as entered late; after discharge and death, too.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

export const LATE_MS = 15 * 60_000;
/** On a Period: when it was entered, where that was later. */
export const ENTERED_AT = 'https://holdfast.example/fhir/StructureDefinition/entered-at';

/** FHIR dateTime of whole seconds, UTC. */
export const instantText = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** A Period that begins at `start`. */
export function periodFrom(start: Instant, now: Instant): JsonObject {
  return { ...lateMark(start, now), start: instantText(start) };
}
/** `period` ended at `end`. */
export function endedPeriod(period: JsonValue | undefined, end: Instant, now: Instant): JsonObject {
  const before = isObject(period) ? period : {};
  const others = itemsOf(before['extension']).filter((one) => textOf(at(one, 'url')) !== ENTERED_AT);
  const mark = lateMark(end, now);
  const extension = [...others, ...itemsOf(mark['extension'] ?? keptMark(before))];
  const { extension: _, ...rest } = before;
  return { ...(extension.length === 0 ? {} : { extension }), ...rest, end: instantText(end) };
}
const keptMark = (period: JsonObject): JsonValue | undefined =>
  itemsOf(period['extension']).find((one) => textOf(at(one, 'url')) === ENTERED_AT);

function lateMark(when: Instant, now: Instant): JsonObject {
  return isLate(when, now) ? { extension: [{ url: ENTERED_AT, valueDateTime: instantText(now) }] } : {};
}
export const isLate = (when: Instant, now: Instant): boolean => now - when > LATE_MS;

/** When a period was entered, where that was later than it happened. */
export const enteredLate = (period: JsonValue | undefined): string | undefined => {
  const mark = isObject(period) ? keptMark(period) : undefined;
  return mark === undefined ? undefined : textOf(at(mark, 'valueDateTime')) || undefined;
};
