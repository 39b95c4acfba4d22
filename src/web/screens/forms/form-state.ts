// A form that is being filled in: the form, what was filled in, what follows from it, and the steps taken, to take them back.
import { useMemo, useState } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { isObject } from '../../../core/care/merge/clinical-words.ts';
import type { JsonValue } from '../../../core/base/json-types.ts';
import { openForm, take, type Filled, type Step } from '../../../core/care/questionnaire/filled.ts';
import type { Form, FormItem } from '../../../core/care/questionnaire/form-items.ts';
import { settle, type Settled } from '../../../core/care/questionnaire/settle.ts';
import { readOpened, type Opened } from '../chart/meanwhile.part.tsx';
import { useDraft, type Drafting } from '../chart/use-draft.ts';

export interface FormTyped {
  /** Of the response that it will be: drawn when the form opens. */
  readonly id: string;
  readonly filled: readonly Filled[];
  /** The version of a response that is amended. */
  readonly opened?: Opened;
}
export interface Filling {
  readonly draft: Drafting<FormTyped>;
  readonly typed: FormTyped;
  readonly settled: Settled;
  readonly step: (step: Step) => void;
  readonly undo?: () => void;
}
const UNDO_MAX = 50;

/** `form/Patient/1/<url>|<version>/<id of the response, or new>`. */
export const formDraftName = (subject: string, form: Form, response: string): string =>
  `form/${subject}/${form.url}|${form.version}/${response}`;

/** Undefined until the draft was read. `first`: what a form without a draft begins with. */
export function useFilling(name: string, form: Form, first: () => FormTyped, now: Instant): Filling | undefined {
  const draft = useDraft(name, first, (kept) => readTyped(form, kept));
  const [past, setPast] = useState<readonly (readonly Filled[])[]>([]);
  const filled = draft.value?.filled;
  const settled = useMemo(() => (filled === undefined ? undefined : settle(form, filled, now)), [form, filled, now]);
  if (draft.value === undefined || settled === undefined) return undefined;
  const typed = draft.value;
  const last = past.at(-1);
  return {
    draft,
    typed,
    settled,
    step: (step) => {
      setPast((before) => [...before.slice(1 - UNDO_MAX), typed.filled]);
      draft.change({ ...typed, filled: settle(form, take(form, settled.filled, step), now).filled });
    },
    ...(last === undefined
      ? {}
      : {
          undo: () => {
            setPast((before) => before.slice(0, -1));
            draft.change({ ...typed, filled: last });
          },
        }),
  };
}

/** A kept draft, where it is of this form: every item of it, at every depth. */
export function readTyped(form: Form, kept: unknown): FormTyped | undefined {
  if (typeof kept !== 'object' || kept === null || !('id' in kept) || !('filled' in kept)) return undefined;
  const { id, filled } = kept;
  if (typeof id !== 'string' || !Array.isArray(filled)) return undefined;
  const opened = readOpened('opened' in kept ? kept.opened : undefined);
  return isOf(form.items, filled)
    ? { id, filled: filled as readonly Filled[], ...(opened === undefined ? {} : { opened }) }
    : undefined;
}
function isOf(items: readonly FormItem[], filled: readonly unknown[]): boolean {
  if (filled.length !== items.length) return false;
  return items.every((item) => {
    const own = (filled as readonly JsonValue[]).find((one) => isObject(one) && one['linkId'] === item.linkId);
    const entries = isObject(own) ? own['entries'] : undefined;
    return (
      Array.isArray(entries) &&
      (entries as readonly JsonValue[]).every((entry) => {
        const typed = isObject(entry) ? entry['typed'] : undefined;
        const below = isObject(entry) ? entry['items'] : undefined;
        return isObject(typed) && typeof typed['text'] === 'string' && Array.isArray(below) && isOf(item.items, below);
      })
    );
  });
}
export const blankForm = (form: Form): FormTyped => ({ id: crypto.randomUUID(), filled: openForm(form) });
