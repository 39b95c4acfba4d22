// What follows from what was filled in: which items are asked, and what is calculated.
//
//   CH34  enableWhen as R4 says it: all or any, six comparisons and "exists"; the nearest question of that linkId counts, a disabled one is unanswered.
//   CH35  A condition that cannot be evaluated leaves its item asked: nothing is hidden by a fault.
//   CH36  Calculations run until nothing changes, at most ten times; what is calculated is not typed.
import type { JsonValue } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { compileCondition, compilePath } from '../../fhir/fhirpath/compile.ts';
import { FhirPathError } from '../../fhir/fhirpath/fhirpath.ts';
import { dateRange } from '../../fhir/instant.ts';
import { isObject } from '../merge/clinical-words.ts';
import { isBlank, keyOfTyped, NOTHING, type Entry, type Filled, type Typed } from './filled.ts';
import { keyOfValue, plainText, type Condition, type Form, type FormItem } from './form-items.ts';
import { respond, spot, spotOfEntry } from './respond.ts';

export interface Settled {
  readonly filled: readonly Filled[];
  /** Spots of items that are not asked; what stands below one is not asked either. */
  readonly disabled: ReadonlySet<string>;
}
const ROUNDS_MAX = 10;

/** `now`: for today() and now() in expressions. */
export function settle(form: Form, filled: readonly Filled[], now: Instant): Settled {
  let state: Settled = { filled, disabled: new Set() };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const disabled = disabledIn(form, state, now);
    const calculated = calculate(form, state.filled, disabled, now);
    const isSame = calculated === state.filled && sameSet(disabled, state.disabled);
    state = { filled: calculated, disabled };
    if (isSame) break;
  }
  return state;
}
const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** Levels of the tree from the root to where an item stands. */
interface Level {
  readonly items: readonly FormItem[];
  readonly filled: readonly Filled[];
  readonly within: string;
}

function disabledIn(form: Form, { filled, disabled }: Settled, now: Instant): ReadonlySet<string> {
  const found = new Set<string>();
  const response = respondOf(form, filled, disabled);
  const walk = (level: Level, above: readonly Level[]): void => {
    const levels = [...above, level];
    for (const item of level.items) {
      const here = spot(level.within, item.linkId);
      if (!isAsked(item, levels, disabled, response, now)) {
        found.add(here);
        continue;
      }
      const own = level.filled.find(({ linkId }) => linkId === item.linkId);
      own?.entries.forEach((entry, n) =>
        walk({ items: item.items, filled: entry.items, within: spotOfEntry(here, n) }, levels),
      );
    }
  };
  walk({ items: form.items, filled, within: '' }, []);
  return found;
}
const respondOf = (form: Form, filled: readonly Filled[], disabled: ReadonlySet<string>): ReturnType<typeof respond> =>
  respond(form, filled, disabled, {
    status: 'in-progress',
    subject: 'Patient/x',
    authored: '2000-01-01',
    language: 'en',
  });

function isAsked(
  item: FormItem,
  levels: readonly Level[],
  disabled: ReadonlySet<string>,
  response: ReturnType<typeof respond>,
  now: Instant,
): boolean {
  if (item.enableExpression !== undefined && !truth(item.enableExpression, response, now)) return false;
  if (item.conditions.length === 0) return true;
  const holds = (condition: Condition): boolean => meets(condition, answersTo(condition.question, levels, disabled));
  return item.behavior === 'all' ? item.conditions.every(holds) : item.conditions.some(holds);
}
function truth(expression: string, resource: ReturnType<typeof respond>, now: Instant): boolean {
  try {
    return compileCondition(expression)({ resource, now }) === true;
  } catch (error) {
    if (error instanceof FhirPathError) return true;
    throw error;
  }
}

interface Answered {
  readonly item: FormItem;
  readonly typed: Typed;
}
/** Of the nearest level that has the question; [] where it is not asked or not answered. */
function answersTo(question: string, levels: readonly Level[], disabled: ReadonlySet<string>): readonly Answered[] {
  for (const level of levels.toReversed()) {
    const found = answersBelow(question, level, disabled);
    if (found !== undefined) return found;
  }
  return [];
}
function answersBelow(question: string, level: Level, disabled: ReadonlySet<string>): readonly Answered[] | undefined {
  let found: Answered[] | undefined;
  for (const item of level.items) {
    const here = spot(level.within, item.linkId);
    const isOff = disabled.has(here);
    const entries = level.filled.find(({ linkId }) => linkId === item.linkId)?.entries ?? [];
    if (item.linkId === question) {
      found = [
        ...(found ?? []),
        ...(isOff ? [] : entries.filter(({ typed }) => !isBlank(typed)).map(({ typed }) => ({ item, typed }))),
      ];
      continue;
    }
    entries.forEach((entry, n) => {
      const below = answersBelow(
        question,
        { items: item.items, filled: entry.items, within: spotOfEntry(here, n) },
        disabled,
      );
      if (below !== undefined) found = [...(found ?? []), ...(isOff ? [] : below)];
    });
  }
  return found;
}

function meets(condition: Condition, answers: readonly Answered[]): boolean {
  const { operator, answer } = condition;
  if (operator === 'exists') return answers.length > 0 === (answer !== false);
  if (operator === '!=') return answers.every((one) => compared(one, condition) !== 0);
  return answers.some((one) => {
    const order = compared(one, condition);
    if (order === undefined) return false;
    switch (operator) {
      case '=':
        return order === 0;
      case '>':
        return order > 0;
      case '<':
        return order < 0;
      case '>=':
        return order >= 0;
      case '<=':
        return order <= 0;
    }
  });
}
/** Below 0: the answer is the smaller. Undefined where the two cannot be put in an order and are not the same. */
function compared({ item, typed }: Answered, { element, answer }: Condition): number | undefined {
  if (element === 'valueCoding' || element === 'valueReference')
    return sameChoice(typed, element, answer) ? 0 : undefined;
  if (element === 'valueQuantity' && isObject(answer)) {
    const unit = typed.unit ?? item.units[0]?.code ?? '';
    const wanted = plainText(answer['code']) || plainText(answer['unit']);
    return wanted !== '' && unit !== '' && wanted !== unit
      ? undefined
      : byNumber(typed.text, plainText(answer['value']));
  }
  const wanted = plainText(answer);
  switch (item.type) {
    case 'decimal':
    case 'integer':
    case 'quantity':
      return byNumber(typed.text, wanted);
    case 'date':
    case 'dateTime':
      return byMoment(typed.text, wanted);
    default: {
      const own = typed.chosen === undefined ? typed.text.trim() : keyOfTyped(typed);
      return own === wanted ? 0 : own < wanted ? -1 : 1;
    }
  }
}
function sameChoice(typed: Typed, element: string, answer: JsonValue): boolean {
  if (typed.chosen?.element === element && keyOfTyped(typed) === keyOfValue(element, answer)) return true;
  // Forms often leave the system out of the condition: then the code decides.
  const own = typed.chosen?.value;
  return (
    isObject(own) &&
    isObject(answer) &&
    (answer['system'] === undefined || own['system'] === undefined) &&
    answer['code'] !== undefined &&
    own['code'] === answer['code']
  );
}
function byNumber(a: string, b: string): number | undefined {
  const difference = Number(a) - Number(b);
  return a.trim() === '' || b.trim() === '' || Number.isNaN(difference) ? undefined : difference;
}
function byMoment(a: string, b: string): number | undefined {
  const [one, other] = [dateRange(a), dateRange(b)];
  return one === undefined || other === undefined ? undefined : one.lo - other.lo;
}

function calculate(
  form: Form,
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
  now: Instant,
): readonly Filled[] {
  const resource = respondOf(form, filled, disabled);
  const walk = (items: readonly FormItem[], here: readonly Filled[]): readonly Filled[] => {
    let isChanged = false;
    const next = here.map((one) => {
      const item = items.find(({ linkId }) => linkId === one.linkId);
      if (item === undefined) return one;
      let { entries } = one;
      if (item.calculation !== undefined) {
        const typed = calculated(item, item.calculation, resource, now);
        if (typed !== undefined && typed.text !== (entries[0]?.typed.text ?? '')) {
          entries = [{ typed, items: entries[0]?.items ?? [] }];
        }
      }
      const nested = entries.map((entry): Entry => {
        const below = walk(item.items, entry.items);
        return below === entry.items ? entry : { ...entry, items: below };
      });
      const isSame = entries === one.entries && nested.every((entry, n) => entry === entries[n]);
      if (isSame) return one;
      isChanged = true;
      return { ...one, entries: nested };
    });
    return isChanged ? next : here;
  };
  return walk(form.items, filled);
}
/** Undefined where the expression fails on what stands there now. */
function calculated(
  item: FormItem,
  expression: string,
  resource: ReturnType<typeof respond>,
  now: Instant,
): Typed | undefined {
  try {
    const [node] = compilePath(expression)({ resource, now });
    if (node === undefined) return NOTHING;
    const text = plainText(node.value);
    return item.type === 'quantity' && item.units[0] !== undefined ? { text, unit: item.units[0].code } : { text };
  } catch (error) {
    if (error instanceof FhirPathError) return undefined;
    throw error;
  }
}
