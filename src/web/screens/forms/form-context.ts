// What every item of a form that is being filled in needs.
import { createContext, useContext } from 'react';
import { assert } from '../../../core/base/assert.ts';
import type { AnswerFault } from '../../../core/care/questionnaire/judge-answers.ts';
import type { Step } from '../../../core/care/questionnaire/filled.ts';
import type { FormItem } from '../../../core/care/questionnaire/form-items.ts';
import { wordsIn } from '../../../core/care/questionnaire/form-items.ts';
import { textOf } from '../../../core/care/merge/clinical-words.ts';

export interface FormDesk {
  readonly language: string;
  readonly disabled: ReadonlySet<string>;
  /** By spot of the entry. */
  readonly faults: ReadonlyMap<string, AnswerFault>;
  readonly words: (fault: AnswerFault) => string;
  readonly step: (step: Step) => void;
}
export const FormContext = createContext<FormDesk | undefined>(undefined);
export function useForm(): FormDesk {
  const desk = useContext(FormContext);
  assert(desk !== undefined, 'items of a form stand inside it');
  return desk;
}

/** `3. How much?` */
export function itemWords(item: FormItem, language: string): string {
  const prefix = textOf(item.source['prefix']);
  const words = wordsIn(item.source, 'text', language);
  return prefix === '' ? words : `${prefix} ${words}`;
}
/** Of a field, for the summary of errors to lead to. */
export const fieldId = (spot: string): string => `form-${spot.replace(/[^\w-]/g, (c) => `_${c.charCodeAt(0)}_`)}`;

/** What every kind of field takes. */
export interface FieldBase {
  readonly id: string;
  readonly label: string;
  readonly hideLabel: boolean;
  readonly required: boolean;
  readonly readOnly: boolean;
  readonly disabled: boolean;
  readonly error: string | undefined;
  readonly hint?: string;
}
