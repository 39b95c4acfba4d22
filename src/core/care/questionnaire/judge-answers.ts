// What is wrong with what was filled in, by place and kind: screens have the words.
//
//   CH37  Only what is asked is judged; each fault names its field, so that the words stand there.
//   CH38  A required group wants one answer in it; a repeating item keeps its least and most.
import { dateRange } from '../../fhir/instant.ts';
import { isBlank, keyOfTyped, type Entry, type Filled, type Place, type Typed } from './filled.ts';
import type { Form, FormItem } from './form-items.ts';
import { answerOf, isDate, isDateTime, isDecimal, isInteger, isTime, spot, spotOfEntry } from './respond.ts';

export type FaultKind =
  | 'required'
  | 'not-a-number'
  | 'not-whole'
  | 'not-a-date'
  | 'not-a-time'
  | 'not-an-option'
  | 'too-short'
  | 'too-long'
  | 'too-small'
  | 'too-large'
  | 'too-many-decimals'
  | 'too-few'
  | 'too-many'
  | 'no-unit';
export interface AnswerFault {
  readonly place: Place;
  readonly spot: string;
  readonly item: FormItem;
  readonly kind: FaultKind;
  /** What it must keep to: a number, a length, a date. */
  readonly limit?: string;
}

/** In the order of the form. */
export function judgeAnswers(
  form: Form,
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
): readonly AnswerFault[] {
  return judgeItems(form.items, filled, disabled, '', []);
}

function judgeItems(
  items: readonly FormItem[],
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
  within: string,
  above: Place,
): readonly AnswerFault[] {
  return items.flatMap((item) => {
    const here = spot(within, item.linkId);
    const entries = filled.find(({ linkId }) => linkId === item.linkId)?.entries ?? [];
    if (disabled.has(here) || item.type === 'display') return [];
    const below = entries.flatMap((entry, n) =>
      judgeItems(item.items, entry.items, disabled, spotOfEntry(here, n), [...above, [item.linkId, n]]),
    );
    return [...judgeItem(item, entries, disabled, here, above), ...below];
  });
}

function judgeItem(
  item: FormItem,
  entries: readonly Entry[],
  disabled: ReadonlySet<string>,
  here: string,
  above: Place,
): readonly AnswerFault[] {
  const fault = (n: number, kind: FaultKind, limit?: string): AnswerFault => ({
    place: [...above, [item.linkId, n]],
    spot: spotOfEntry(here, n),
    item,
    kind,
    ...(limit === undefined ? {} : { limit }),
  });
  if (item.type === 'group') {
    const isEmpty = !entries.some((entry, n) => hasAnswer(item.items, entry.items, disabled, spotOfEntry(here, n)));
    return item.required && isEmpty ? [fault(0, 'required')] : [];
  }
  const answered = entries.filter(({ typed }) => !isBlank(typed)).length;
  const found = entries.flatMap(({ typed }, n) => {
    if (isBlank(typed)) return [];
    const wrong = wrongWith(item, typed);
    return wrong === undefined ? [] : [fault(n, ...wrong)];
  });
  // What is calculated cannot be filled in: its parts are required, not it.
  if (answered === 0) return item.required && item.calculation === undefined ? [fault(0, 'required')] : [];
  if (item.occursMin !== undefined && answered < item.occursMin)
    found.push(fault(0, 'too-few', String(item.occursMin)));
  if (item.occursMax !== undefined && answered > item.occursMax)
    found.push(fault(0, 'too-many', String(item.occursMax)));
  return found;
}
function hasAnswer(
  items: readonly FormItem[],
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
  within: string,
): boolean {
  return items.some((item) => {
    const here = spot(within, item.linkId);
    const entries = filled.find(({ linkId }) => linkId === item.linkId)?.entries ?? [];
    if (disabled.has(here)) return false;
    return entries.some(
      (entry, n) =>
        answerOf(item, entry.typed) !== undefined || hasAnswer(item.items, entry.items, disabled, spotOfEntry(here, n)),
    );
  });
}

type Wrong = readonly [kind: FaultKind, limit?: string | undefined];
function wrongWith(item: FormItem, typed: Typed): Wrong | undefined {
  const text = typed.text.trim();
  switch (item.type) {
    case 'decimal':
      return isDecimal(text) ? numberWrong(item, text) : ['not-a-number'];
    case 'integer':
      return isInteger(text) ? numberWrong(item, text) : isDecimal(text) ? ['not-whole'] : ['not-a-number'];
    case 'quantity':
      if (!isDecimal(text)) return ['not-a-number'];
      if (item.units.length > 1 && !item.units.some(({ code }) => code === typed.unit)) return ['no-unit'];
      return numberWrong(item, text);
    case 'date':
      return isDate(text) ? dateWrong(item, text) : ['not-a-date'];
    case 'dateTime':
      return isDateTime(text) ? dateWrong(item, text) : ['not-a-date'];
    case 'time':
      return isTime(text) ? undefined : ['not-a-time'];
    case 'string':
    case 'text':
    case 'url':
      return lengthWrong(item, text);
    case 'choice':
      return isOption(item, typed) ? undefined : ['not-an-option'];
    case 'open-choice':
      return typed.chosen === undefined ? lengthWrong(item, text) : undefined;
    case 'boolean':
    case 'reference':
    case 'attachment':
    case 'group':
    case 'display':
      return undefined;
  }
}
const isOption = (item: FormItem, typed: Typed): boolean =>
  item.options.length === 0 || item.options.some(({ key }) => key === keyOfTyped(typed));

function numberWrong(item: FormItem, text: string): Wrong | undefined {
  if (item.min !== undefined && Number(text) < Number(item.min)) return ['too-small', item.min];
  if (item.max !== undefined && Number(text) > Number(item.max)) return ['too-large', item.max];
  const places = text.split('.')[1]?.length ?? 0;
  return item.decimalPlacesMax !== undefined && places > item.decimalPlacesMax
    ? ['too-many-decimals', String(item.decimalPlacesMax)]
    : undefined;
}
function dateWrong(item: FormItem, text: string): Wrong | undefined {
  const own = dateRange(text);
  const [least, most] = [dateRange(item.min ?? ''), dateRange(item.max ?? '')];
  if (own !== undefined && least !== undefined && own.hi <= least.lo) return ['too-small', item.min];
  if (own !== undefined && most !== undefined && own.lo >= most.hi) return ['too-large', item.max];
  return undefined;
}
function lengthWrong(item: FormItem, text: string): Wrong | undefined {
  if (item.maxLength !== undefined && text.length > item.maxLength) return ['too-long', String(item.maxLength)];
  return item.minLength !== undefined && text.length < item.minLength
    ? ['too-short', String(item.minLength)]
    : undefined;
}
