// Notes as they are read: Compositions, and documents that are text, with their addenda, authors and true times.
//
//   CH40  A note says when it is about and when it was written; more than an hour between them, or written after the stay or after
//         death, and it is marked late (CR12).
//   CH41  A note in error stays to be read, marked, with the reason; it counts as nothing.
//   CH42  An addendum stands under its note, never in its place.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';
import { textFromBase64 } from './base64-text.ts';
import { narrativeLines } from './narrative.ts';

export interface NoteSection {
  /** '' where the note has one text alone. */
  readonly title: string;
  /** Paragraphs, plain. */
  readonly lines: readonly string[];
}
export interface NoteLine {
  /** `Composition/1` */
  readonly name: string;
  readonly type: 'Composition' | 'DocumentReference';
  readonly title: string;
  /** LOINC, where it is coded; '' else. */
  readonly kind: string;
  /** When it is about: Composition.event, else when it was written. */
  readonly about: string;
  readonly written: string;
  readonly authors: readonly string[];
  /** `Practitioner/1` */
  readonly authorRefs: readonly string[];
  readonly state: 'signed' | 'unsigned' | 'amended' | 'in-error';
  readonly reasonInError?: string;
  readonly isLate: boolean;
  readonly isDisputed: boolean;
  readonly sections: readonly NoteSection[];
  /** It was not made of text (a file): what it is. */
  readonly attachment?: { readonly contentType: string; readonly title: string };
  /** Oldest first. */
  readonly addenda: readonly NoteLine[];
}

/** Minutes between what a note is about and its writing from which it counts as late. A first setting. */
export const LATE_MINUTES = 60;
const MINUTE_MS = 60_000;
/** Why a resource was marked as entered in error (valueString). */
export const ERROR_REASON = 'https://holdfast.example/fhir/StructureDefinition/entered-in-error-reason';

export interface NoteFacts {
  /** When the patient died, where that is known. */
  readonly diedAt?: Instant;
  /** End of a stay, by `Encounter/1`. */
  readonly stayEnds: ReadonlyMap<string, Instant>;
}

/** Newest first by what they are about; addenda under their notes. */
export function noteLines(entries: readonly Entry[], facts: NoteFacts): readonly NoteLine[] {
  const lines = entries.flatMap((entry) => {
    const line = noteLine(entry, facts);
    return line === undefined ? [] : [{ line, appends: appended(entry.resource) }];
  });
  const names = new Set(lines.map(({ line }) => line.name));
  const addenda = new Map<string, NoteLine[]>();
  for (const { line, appends } of lines) {
    if (appends === undefined || !names.has(appends)) continue;
    addenda.set(appends, [...(addenda.get(appends) ?? []), line]);
  }
  const under = (line: NoteLine): NoteLine => ({
    ...line,
    addenda: (addenda.get(line.name) ?? []).map(under).toSorted((a, b) => momentOf(a.written) - momentOf(b.written)),
  });
  return lines
    .filter(({ appends }) => appends === undefined || !names.has(appends))
    .map(({ line }) => under(line))
    .sort((a, b) => momentOf(b.about) - momentOf(a.about) || (a.name < b.name ? 1 : -1));
}
const momentOf = (text: string): Instant => dateRange(text)?.lo ?? 0;

/** Of what note this is an addendum. */
export function appended(body: ResourceJson): string | undefined {
  const found = itemsOf(body['relatesTo']).find((one) => at(one, 'code') === 'appends');
  const name = textOf(at(found, 'targetReference.reference')) || textOf(at(found, 'target.reference'));
  return name === '' ? undefined : name;
}

/** Undefined for what is no note: another type, or a picture or file of another kind. */
export function noteLine({ resource, conflict }: Entry, facts: NoteFacts): NoteLine | undefined {
  if (resource.resourceType === 'Composition') return fromComposition(resource, conflict, facts);
  if (resource.resourceType === 'DocumentReference' && isTextNote(resource))
    return fromDocument(resource, conflict, facts);
  return undefined;
}
/** Its content is plain text that is in the record itself. */
export function isTextNote(body: ResourceJson): boolean {
  const attachments = itemsOf(body['content']).map((one) => at(one, 'attachment'));
  return (
    attachments.length > 0 &&
    attachments.every(
      (one) => textOf(at(one, 'contentType')).startsWith('text/plain') && textOf(at(one, 'data')) !== '',
    )
  );
}

function fromComposition(body: ResourceJson, conflict: boolean, facts: NoteFacts): NoteLine {
  const written = textOf(body['date']);
  const about = textOf(at(itemsOf(body['event'])[0], 'period.start')) || written;
  const status = textOf(body['status']);
  const sections = sectionsOf(itemsOf(body['section']));
  return {
    name: `Composition/${body.id ?? ''}`,
    type: 'Composition',
    title: textOf(body['title']),
    kind: codeOf(body['type']),
    about,
    written,
    ...authorsOf(body),
    state:
      status === 'entered-in-error'
        ? 'in-error'
        : status === 'amended'
          ? 'amended'
          : status === 'final'
            ? 'signed'
            : 'unsigned',
    ...reasonOf(body),
    isLate: isLate(about, written, textOf(at(body, 'encounter.reference')), facts),
    isDisputed: conflict,
    sections: sections.length > 0 ? sections : [{ title: '', lines: narrativeLines(textOf(at(body, 'text.div'))) }],
    addenda: [],
  };
}
function sectionsOf(sections: readonly JsonValue[]): readonly NoteSection[] {
  return sections
    .filter(isObject)
    .flatMap((one) => [
      { title: textOf(one['title']), lines: narrativeLines(textOf(at(one, 'text.div'))) },
      ...sectionsOf(itemsOf(one['section'])),
    ]);
}

function fromDocument(body: ResourceJson, conflict: boolean, facts: NoteFacts): NoteLine {
  const written = textOf(body['date']);
  const about = textOf(at(body, 'context.period.start')) || written;
  const isError = body['status'] === 'entered-in-error' || body['docStatus'] === 'entered-in-error';
  const texts = itemsOf(body['content']).map((one) => textFromBase64(textOf(at(one, 'attachment.data'))));
  return {
    name: `DocumentReference/${body.id ?? ''}`,
    type: 'DocumentReference',
    title: textOf(body['description']) || conceptWords(body['type']),
    kind: codeOf(body['type']),
    about,
    written,
    ...authorsOf(body),
    state: isError
      ? 'in-error'
      : body['docStatus'] === 'preliminary'
        ? 'unsigned'
        : body['docStatus'] === 'amended'
          ? 'amended'
          : 'signed',
    ...reasonOf(body),
    isLate: isLate(about, written, textOf(at(itemsOf(at(body, 'context.encounter'))[0], 'reference')), facts),
    isDisputed: conflict,
    sections: [{ title: '', lines: texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => line.trim() !== '') }],
    addenda: [],
  };
}

const codeOf = (type: JsonObject[string]): string => textOf(at(itemsOf(at(type, 'coding'))[0], 'code'));
const authorsOf = (body: ResourceJson): Pick<NoteLine, 'authors' | 'authorRefs'> => ({
  authors: itemsOf(body['author']).map((one) => textOf(at(one, 'display')) || textOf(at(one, 'reference'))),
  authorRefs: itemsOf(body['author']).map((one) => textOf(at(one, 'reference'))),
});
function reasonOf(body: ResourceJson): Pick<NoteLine, 'reasonInError'> {
  const found = itemsOf(body['extension']).find((one) => at(one, 'url') === ERROR_REASON);
  const reason = textOf(at(found, 'valueString'));
  return reason === '' ? {} : { reasonInError: reason };
}

/** CR12: about something long before, or written after the stay or the death that it is about. */
export function isLate(about: string, written: string, encounter: string, facts: NoteFacts): boolean {
  const [of, by] = [dateRange(about), dateRange(written)];
  if (of === undefined || by === undefined) return false;
  if (by.lo - of.lo > LATE_MINUTES * MINUTE_MS) return true;
  const ended = Math.min(facts.stayEnds.get(encounter) ?? Infinity, facts.diedAt ?? Infinity);
  return by.lo > ended && of.lo <= ended;
}
