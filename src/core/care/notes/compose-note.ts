// A note as a resource: made of what was typed under the headings of a template, when it is signed or put down unsigned.
//
//   CH44  Signed: status final with the author as attester and the time of signing. Unsigned: status preliminary, for others to read as such.
//   CH45  What it is about and when it was written are two times (CR12): `event.period.start` and `date`.
//   CH46  An addendum is a resource of its own that appends to the note; the note is not touched.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { base64Of } from './base64-text.ts';
import { ERROR_REASON, type NoteLine } from './note-lines.ts';
import { narrativeOf } from './narrative.ts';

export interface NoteDraft {
  /** Id of the resource that it will be: drawn once, so that a second click writes nothing twice. */
  readonly id: string;
  readonly template: string;
  /** LOINC code with its name. */
  readonly kind: readonly [code: string, name: string];
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  /** FHIR dateTime: what it is about, where that is not now. '' : now. */
  readonly about: string;
}
export interface Writer {
  /** `Practitioner/1` */
  readonly who: string;
  readonly name: string;
}
export interface NoteOf {
  readonly subject: string;
  readonly encounter?: string;
  readonly writer: Writer;
  /** FHIR dateTime with a zone: now. */
  readonly written: string;
  readonly isSigned: boolean;
}

const LOINC = 'http://loinc.org';

/** Without text no note: undefined. */
export function composeNote(draft: NoteDraft, of: NoteOf): ResourceJson | undefined {
  const sections = draft.sections.filter(({ text }) => text.trim() !== '');
  if (sections.length === 0) return undefined;
  const whole = sections.map(({ title, text }) => (title === '' ? text : `${title}\n${text}`)).join('\n\n');
  return {
    resourceType: 'Composition',
    id: draft.id,
    text: narrativeOf(whole),
    status: of.isSigned ? 'final' : 'preliminary',
    type: typeOf(draft),
    subject: { reference: of.subject },
    ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
    date: of.written,
    author: [{ reference: of.writer.who, display: of.writer.name }],
    title: draft.title,
    ...attested(of),
    event: [{ period: { start: draft.about === '' ? of.written : draft.about } }],
    section: sections.map(({ title, text }) => ({ ...(title === '' ? {} : { title }), text: narrativeOf(text) })),
  };
}
const typeOf = ({ kind: [code, name], title }: NoteDraft): JsonObject => ({
  coding: [{ system: LOINC, code, display: name }],
  text: title,
});
const attested = ({ isSigned, writer, written }: NoteOf): JsonObject =>
  isSigned
    ? { attester: [{ mode: 'legal', time: written, party: { reference: writer.who, display: writer.name } }] }
    : {};

/** Of a note that is a document the addendum is one too: R4 lets a Composition append to Compositions alone. */
export function composeAddendum(
  note: Pick<NoteLine, 'name' | 'type' | 'kind' | 'title'>,
  id: string,
  title: string,
  text: string,
  of: NoteOf,
): ResourceJson | undefined {
  if (text.trim() === '') return undefined;
  const kind: readonly [string, string] = [note.kind === '' ? '11506-3' : note.kind, note.title];
  if (note.type === 'Composition') {
    const draft: NoteDraft = { id, template: 'addendum', kind, title, sections: [{ title: '', text }], about: '' };
    const made = composeNote(draft, of);
    return made === undefined
      ? undefined
      : { ...made, relatesTo: [{ code: 'appends', targetReference: { reference: note.name } }] };
  }
  return {
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    docStatus: of.isSigned ? 'final' : 'preliminary',
    type: { coding: [{ system: LOINC, code: kind[0], display: kind[1] }], text: title },
    subject: { reference: of.subject },
    date: of.written,
    author: [{ reference: of.writer.who, display: of.writer.name }],
    relatesTo: [{ code: 'appends', target: { reference: note.name } }],
    description: title,
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: base64Of(text),
          title,
          creation: of.written,
        },
      },
    ],
    context: {
      ...(of.encounter === undefined ? {} : { encounter: [{ reference: of.encounter }] }),
      period: { start: of.written },
    },
  };
}

/** JSON Patch that marks a resource as entered in error, with the reason. `body` is what was shown. */
export function errorPatch(body: ResourceJson, reason: string): readonly JsonObject[] {
  const mark: JsonValue = { url: ERROR_REASON, valueString: reason.trim() };
  const reasoned: JsonObject = Array.isArray(body['extension'])
    ? { op: 'add', path: '/extension/-', value: mark }
    : { op: 'add', path: '/extension', value: [mark] };
  const steps: JsonObject[] = statusSteps(body);
  return [...steps, reasoned];
}
function statusSteps(body: ResourceJson): JsonObject[] {
  const replace = (path: string, value: JsonValue, name: string): JsonObject => ({
    op: body[name] === undefined ? 'add' : 'replace',
    path,
    value,
  });
  switch (body.resourceType) {
    case 'AllergyIntolerance':
    case 'Condition': {
      // Neither may have a clinical status then (ait-2, con-5).
      const system = `http://terminology.hl7.org/CodeSystem/${body.resourceType === 'Condition' ? 'condition-ver-status' : 'allergyintolerance-verification'}`;
      const verification = { coding: [{ system, code: 'entered-in-error', display: 'Entered in Error' }] };
      return [
        ...(body['clinicalStatus'] === undefined ? [] : [{ op: 'remove', path: '/clinicalStatus' }]),
        replace('/verificationStatus', verification, 'verificationStatus'),
      ];
    }
    case 'DocumentReference':
      return [
        replace('/status', 'entered-in-error', 'status'),
        ...(body['docStatus'] === undefined ? [] : [replace('/docStatus', 'entered-in-error', 'docStatus')]),
      ];
    default:
      return [replace('/status', 'entered-in-error', 'status')];
  }
}
