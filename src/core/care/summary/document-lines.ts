// Documents, files and pictures, and whether what they hold is on this device.
//
//   CH21  Where the content is not here that is said; a document is never shown as empty (CR18).
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { conceptWords, type Entry } from '../banner/allergy-section.ts';
import { isTextNote } from '../notes/note-lines.ts';

export type DocumentKind = 'document' | 'imaging' | 'report' | 'media';
export interface Content {
  readonly contentType: string;
  readonly title: string;
  /** base64, where it is in the record itself. */
  readonly data?: string;
  /** `Binary/1`, where it is a resource that may be on this device. */
  readonly binary?: string;
}
export interface DocumentLine {
  readonly kind: DocumentKind;
  /** `DocumentReference/1` */
  readonly name: string;
  readonly words: string;
  readonly at: string;
  readonly by: string;
  readonly status: string;
  readonly isInError: boolean;
  readonly isDisputed: boolean;
  /** What a report concludes; what a study is made of. */
  readonly says: readonly string[];
  readonly contents: readonly Content[];
  /** Pictures of a study, where it says how many. */
  readonly instances?: number;
  /** What is not in this record and must be asked for elsewhere: pictures of a study. */
  readonly isElsewhere: boolean;
}

/** The latest first. Text notes are notes and not here; laboratory reports are results. */
export function documentLines(entries: readonly Entry[]): readonly DocumentLine[] {
  return entries
    .flatMap((entry) => {
      const line = documentLine(entry);
      return line === undefined ? [] : [line];
    })
    .sort((a, b) => momentOf(b.at) - momentOf(a.at) || (a.name < b.name ? -1 : 1));
}
const momentOf = (text: string): Instant => dateRange(text)?.lo ?? 0;
const LABORATORY: ReadonlySet<string> = new Set(['LAB', 'laboratory', 'CH', 'HM', 'MB']);

function documentLine({ resource, conflict }: Entry): DocumentLine | undefined {
  const base = {
    name: `${resource.resourceType}/${resource.id ?? ''}`,
    status: textOf(resource['status']),
    isInError: resource['status'] === 'entered-in-error',
    isDisputed: conflict,
  };
  switch (resource.resourceType) {
    case 'DocumentReference':
      if (isTextNote(resource)) return undefined;
      return {
        ...base,
        kind: 'document',
        words: textOf(resource['description']) || conceptWords(resource['type']),
        at: textOf(resource['date']),
        by: itemsOf(resource['author'])
          .map((one) => textOf(at(one, 'display')))
          .filter((one) => one !== '')
          .join(', '),
        says: [],
        contents: itemsOf(resource['content']).map((one) => contentOf(at(one, 'attachment'))),
        isElsewhere: false,
      };
    case 'Media':
      return {
        ...base,
        kind: 'media',
        words: conceptWords(resource['type']) || conceptWords(resource['modality']) || conceptWords(resource['view']),
        at: textOf(resource['createdDateTime']) || textOf(resource['issued']),
        by: textOf(at(resource, 'operator.display')),
        says: itemsOf(resource['note']).map((one) => textOf(at(one, 'text'))),
        contents: [contentOf(resource['content'])],
        isElsewhere: false,
      };
    case 'ImagingStudy':
      return { ...base, kind: 'imaging', ...studyOf(resource), contents: [], isElsewhere: true };
    case 'DiagnosticReport':
      if (codesOf(resource['category']).some((code) => LABORATORY.has(code))) return undefined;
      return {
        ...base,
        kind: 'report',
        words: conceptWords(resource['code']),
        at: textOf(resource['effectiveDateTime']) || textOf(resource['issued']),
        by: itemsOf(resource['performer'])
          .map((one) => textOf(at(one, 'display')))
          .filter((one) => one !== '')
          .join(', '),
        says: [textOf(resource['conclusion'])].filter((one) => one !== ''),
        contents: itemsOf(resource['presentedForm']).map(contentOf),
        isElsewhere: false,
      };
    default:
      return undefined;
  }
}

function contentOf(value: JsonObject[string]): Content {
  const attachment = isObject(value) ? value : {};
  const data = textOf(attachment['data']);
  const url = textOf(attachment['url']);
  return {
    contentType: textOf(attachment['contentType']),
    title: textOf(attachment['title']),
    ...(data === '' ? {} : { data }),
    ...(/^Binary\/[A-Za-z0-9\-.]{1,64}$/.test(url) ? { binary: url } : {}),
  };
}

function studyOf(body: ResourceJson): Pick<DocumentLine, 'words' | 'at' | 'by' | 'says' | 'instances'> {
  const modality = itemsOf(body['modality']).map((one) => textOf(at(one, 'display')) || textOf(at(one, 'code')));
  const count = body['numberOfInstances'];
  return {
    words: textOf(body['description']) || modality.join(', '),
    at: textOf(body['started']),
    by: textOf(at(body, 'referrer.display')),
    says: [modality.join(', ')].filter((one) => one !== ''),
    ...(typeof count === 'number' ? { instances: count } : {}),
  };
}
