// Drafts of notes: their names on the device, and what they hold. Of their author alone; a kept one is never of another build's shape unread.
import type { Draft } from '../../device/device.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { templateOf } from './templates.ts';

export interface NoteTyped {
  /** Of the note that it will be: drawn when the form opens. */
  readonly id: string;
  readonly template: string;
  /** Under the headings of the template, in their order. */
  readonly texts: readonly string[];
  /** As the field has it: `2008-09-09T14:05`; '' for now. */
  readonly about: string;
  /** Of an addendum: the note, `Composition/1`; '' else. */
  readonly appends: string;
}

/** `note/Patient/1/<id>`. */
export const draftName = (subject: string, id: string): string => `note/${subject}/${id}`;

export function readNoteTyped(kept: unknown): NoteTyped | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { id, template, texts, about, appends } = kept as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof template !== 'string' || typeof about !== 'string') return undefined;
  if (!Array.isArray(texts) || !texts.every((one): one is string => typeof one === 'string')) return undefined;
  if (template !== 'addendum' && templateOf(template) === undefined) return undefined;
  return { id, template, texts, about, appends: typeof appends === 'string' ? appends : '' };
}

export interface KeptNote {
  readonly typed: NoteTyped;
  /** `Patient/1` */
  readonly subject: string;
  readonly at: Instant;
}
/** Drafts of notes that have any text, the latest first; of one patient, or of all. */
export function noteDrafts(drafts: readonly Draft[], subject?: string): readonly KeptNote[] {
  return drafts
    .flatMap(({ name, value, at }): readonly KeptNote[] => {
      const [, of] = /^note\/(Patient\/[^/]+)\//.exec(name) ?? [];
      if (of === undefined || (subject !== undefined && of !== subject)) return [];
      const typed = readNoteTyped(parsed(value));
      return typed === undefined || typed.texts.every((text) => text.trim() === '') ? [] : [{ typed, subject: of, at }];
    })
    .toSorted((a, b) => b.at - a.at);
}
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
