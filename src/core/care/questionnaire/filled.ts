// What has been filled in: a tree beside the form's, changed by pure steps.
//
//   CH31  A step gives a new state and changes nothing of the old one: every step can be taken back.
//   CH32  A group or question that repeats has an entry each time; one that does not has one entry.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { assert } from '../../base/assert.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { choiceOf, keyOfValue, plainText, type Form, type FormItem, type Option } from './form-items.ts';

/** What stands in one field. Texts are as typed: a number keeps its digits, and what is no number stays to be corrected. */
export interface Typed {
  readonly text: string;
  /** Code of the unit, of a quantity. */
  readonly unit?: string;
  /** What was chosen or attached: the element of the answer and its value. */
  readonly chosen?: { readonly element: string; readonly value: JsonValue };
}
export interface Entry {
  readonly typed: Typed;
  readonly items: readonly Filled[];
}
export interface Filled {
  readonly linkId: string;
  /** A question without an answer has one empty entry; a group that does not repeat has one. */
  readonly entries: readonly Entry[];
}
/** Where an entry stands: linkId and number of the entry, from the root down. */
export type Place = readonly (readonly [linkId: string, entry: number])[];

export const NOTHING: Typed = { text: '' };
export const isBlank = (typed: Typed): boolean => typed.text.trim() === '' && typed.chosen === undefined;

/** A form as it opens: initial values in, everything else empty. */
export function openForm(form: Form): readonly Filled[] {
  return form.items.map(openItem);
}
function openItem(item: FormItem): Filled {
  const initial: readonly Typed[] = [
    ...item.initial.map(([element, value]) => typedOf(element, value)),
    ...item.options.filter(({ isInitial }) => isInitial).map(choose),
  ];
  const entries = initial.length === 0 ? [NOTHING] : item.repeats ? initial : initial.slice(0, 1);
  return { linkId: item.linkId, entries: entries.map((typed) => ({ typed, items: item.items.map(openItem) })) };
}
export const choose = ({ element, value }: Pick<Option, 'element' | 'value'>): Typed => ({
  text: isObject(value) ? textOf(value['display']) || keyOfValue(element, value) : plainText(value),
  chosen: { element, value },
});
/** An answer as it stands in a field. */
export function typedOf(element: string, value: JsonValue): Typed {
  if (element === 'valueQuantity' && isObject(value)) {
    return { text: plainText(value['value']), unit: textOf(value['code']) || textOf(value['unit']) };
  }
  return isObject(value) && plainText(value) === '' ? choose({ element, value }) : { text: plainText(value) };
}

export type Step =
  | { readonly kind: 'answer'; readonly place: Place; readonly typed: Typed }
  /** Another entry after the last. `place` is that of any entry of the item. */
  | { readonly kind: 'add'; readonly place: Place }
  | { readonly kind: 'remove'; readonly place: Place }
  /** Chooses or takes away one of several: of an exclusive option alone. */
  | { readonly kind: 'toggle'; readonly place: Place; readonly option: Option };

/** The state after a step. A place that is not there is a bug. */
export function take(form: Form, filled: readonly Filled[], step: Step): readonly Filled[] {
  const last = step.place.at(-1);
  assert(last !== undefined, 'a step has a place');
  const [linkId, number] = last;
  return change(form.items, filled, step.place, (item, entries) => {
    assert(item.linkId === linkId, 'a step is taken at its item');
    switch (step.kind) {
      case 'answer':
        return entries.map((entry, n) => (n === number ? { ...entry, typed: step.typed } : entry));
      case 'add':
        return [...entries, blankEntry(item)];
      case 'remove': {
        const left = entries.filter((_, n) => n !== number);
        return left.length === 0 ? [blankEntry(item)] : left;
      }
      case 'toggle':
        return toggled(item, entries, step.option);
    }
  });
}
const blankEntry = (item: FormItem): Entry => ({ typed: NOTHING, items: item.items.map(openItem) });

function toggled(item: FormItem, entries: readonly Entry[], option: Option): readonly Entry[] {
  const filled = entries.filter(({ typed }) => !isBlank(typed));
  const without = filled.filter(({ typed }) => keyOfTyped(typed) !== option.key);
  if (without.length < filled.length) return without.length === 0 ? [blankEntry(item)] : without;
  const one: Entry = { ...blankEntry(item), typed: choose(option) };
  if (option.isExclusive || !item.repeats) return [one];
  const exclusive = new Set(item.options.filter(({ isExclusive }) => isExclusive).map(({ key }) => key));
  return [...filled.filter(({ typed }) => !exclusive.has(keyOfTyped(typed))), one];
}
export const keyOfTyped = ({ chosen, text }: Typed): string =>
  chosen === undefined ? text : keyOfValue(chosen.element, chosen.value);

function change(
  items: readonly FormItem[],
  filled: readonly Filled[],
  place: Place,
  how: (item: FormItem, entries: readonly Entry[]) => readonly Entry[],
): readonly Filled[] {
  const [here, ...rest] = place;
  const item = items.find(({ linkId }) => linkId === here?.[0]);
  assert(here !== undefined && item !== undefined, 'a place leads through items of the form');
  return filled.map((one) => {
    if (one.linkId !== item.linkId) return one;
    if (rest.length === 0) return { ...one, entries: how(item, one.entries) };
    return {
      ...one,
      entries: one.entries.map((entry, n) =>
        n === here[1] ? { ...entry, items: change(item.items, entry.items, rest, how) } : entry,
      ),
    };
  });
}

/** What a response said, to go on with or to amend. Answers to questions that the form no longer has are kept as `strangers`. */
export function resume(
  form: Form,
  response: JsonObject,
): { readonly filled: readonly Filled[]; readonly strangers: readonly string[] } {
  const strangers: string[] = [];
  return { filled: resumeItems(form.items, itemsOf(response['item']), strangers), strangers };
}
function resumeItems(items: readonly FormItem[], said: readonly JsonValue[], strangers: string[]): readonly Filled[] {
  const known = new Set(items.map(({ linkId }) => linkId));
  for (const one of said) if (!known.has(textOf(at(one, 'linkId')))) strangers.push(textOf(at(one, 'linkId')));
  return items.map((item) => {
    const own = said.filter(isObject).filter((one) => one['linkId'] === item.linkId);
    if (own.length === 0) return { linkId: item.linkId, entries: [blankEntry(item)] };
    if (item.type === 'group') {
      return {
        linkId: item.linkId,
        entries: own.map((one) => ({
          typed: NOTHING,
          items: resumeItems(item.items, itemsOf(one['item']), strangers),
        })),
      };
    }
    const entries = own
      .flatMap((one) => itemsOf(one['answer']).filter(isObject))
      .map((answer): Entry => {
        const found = choiceOf(answer, 'value');
        return {
          typed: found === undefined ? NOTHING : typedOf(...found),
          items: resumeItems(item.items, itemsOf(answer['item']), strangers),
        };
      });
    return { linkId: item.linkId, entries: entries.length === 0 ? [blankEntry(item)] : entries };
  });
}
