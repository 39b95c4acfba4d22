// From what was filled in to a QuestionnaireResponse (http://hl7.org/fhir/R4/questionnaireresponse.html), and the values of its answers.
//
//   CH33  What is disabled, hidden by its parent or empty is left out; numbers keep the digits that were typed.
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { dateRange } from '../../fhir/instant.ts';
import type { Entry, Filled, Typed } from './filled.ts';
import { isBlank } from './filled.ts';
import { wordsIn, type Form, type FormItem } from './form-items.ts';

/** Of an item among the entries that it stands in: `vitals#0/pulse`. */
export const spot = (within: string, linkId: string): string => (within === '' ? linkId : `${within}/${linkId}`);
/** Of one entry of an item. */
export const spotOfEntry = (itemSpot: string, entry: number): string => `${itemSpot}#${entry}`;

const DECIMAL = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const INTEGER = /^[+-]?\d+$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

export const isDecimal = (text: string): boolean => DECIMAL.test(text.trim());
export const isInteger = (text: string): boolean =>
  INTEGER.test(text.trim()) && Math.abs(Number(text)) <= 2_147_483_647;
export const isTime = (text: string): boolean => TIME.test(text.trim());
export const isDate = (text: string): boolean => !text.includes('T') && dateRange(text.trim()) !== undefined;
/** With a time zone, as FHIR wants where there is a time. */
export const isDateTime = (text: string): boolean =>
  dateRange(text.trim()) !== undefined && (!text.includes('T') || /(?:Z|[+-]\d\d:\d\d)$/.test(text));

/** A number as it was typed: 1.50 stays 1.50. */
export function numberValue(text: string): JsonValue {
  const clean = text
    .trim()
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/^(-?)0+(?=\d)/, '$1');
  return String(Number(clean)) === clean ? Number(clean) : new JsonNumber(clean);
}

/** `{ valueInteger: 3 }`; undefined of what is empty or no value of its type. */
export function answerOf(item: FormItem, typed: Typed): JsonObject | undefined {
  if (isBlank(typed)) return undefined;
  const { text, chosen } = typed;
  const clean = text.trim();
  switch (item.type) {
    case 'boolean':
      return clean === 'true' || clean === 'false' ? { valueBoolean: clean === 'true' } : undefined;
    case 'decimal':
      return isDecimal(clean) ? { valueDecimal: numberValue(clean) } : undefined;
    case 'integer':
      return isInteger(clean) ? { valueInteger: Number(clean) } : undefined;
    case 'date':
      return isDate(clean) ? { valueDate: clean } : undefined;
    case 'dateTime':
      return isDateTime(clean) ? { valueDateTime: clean } : undefined;
    case 'time':
      return isTime(clean) ? { valueTime: clean.length === 5 ? `${clean}:00` : clean } : undefined;
    case 'string':
    case 'text':
      return { valueString: clean };
    case 'url':
      return { valueUri: clean };
    case 'quantity':
      return isDecimal(clean) ? { valueQuantity: quantityOf(item, typed) } : undefined;
    case 'open-choice':
      return chosen === undefined ? { valueString: clean } : { [chosen.element]: chosen.value };
    case 'choice':
    case 'reference':
    case 'attachment':
      return chosen === undefined ? undefined : { [chosen.element]: chosen.value };
    case 'group':
    case 'display':
      return undefined;
  }
}
function quantityOf(item: FormItem, typed: Typed): JsonObject {
  const unit =
    item.units.find(({ code }) => code === typed.unit) ?? (typed.unit === undefined ? item.units[0] : undefined);
  if (unit === undefined) {
    return {
      value: numberValue(typed.text),
      ...(typed.unit === undefined || typed.unit === '' ? {} : { unit: typed.unit }),
    };
  }
  return {
    value: numberValue(typed.text),
    unit: unit.words,
    ...(unit.system === '' ? {} : { system: unit.system }),
    ...(unit.code === '' ? {} : { code: unit.code }),
  };
}

export interface ResponseFacts {
  readonly status: 'in-progress' | 'completed' | 'amended' | 'entered-in-error';
  readonly subject: string;
  readonly encounter?: string;
  /** `Practitioner/1` */
  readonly author?: { readonly who: string; readonly name: string };
  /** FHIR dateTime with a zone. */
  readonly authored: string;
  /** What the words of the questions are kept in. */
  readonly language: string;
}

/** The response as a resource without an id. `disabled`: spots of items that are not asked. */
export function respond(
  form: Form,
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
  facts: ResponseFacts,
): ResourceJson {
  const items = itemsFor(form.items, filled, disabled, '', facts.language);
  return {
    resourceType: 'QuestionnaireResponse',
    ...(form.url === '' ? {} : { questionnaire: form.version === '' ? form.url : `${form.url}|${form.version}` }),
    status: facts.status,
    subject: { reference: facts.subject },
    ...(facts.encounter === undefined ? {} : { encounter: { reference: facts.encounter } }),
    authored: facts.authored,
    ...(facts.author === undefined ? {} : { author: { reference: facts.author.who, display: facts.author.name } }),
    ...(items.length === 0 ? {} : { item: items }),
  };
}

function itemsFor(
  items: readonly FormItem[],
  filled: readonly Filled[],
  disabled: ReadonlySet<string>,
  within: string,
  language: string,
): readonly JsonObject[] {
  return items.flatMap((item): readonly JsonObject[] => {
    const here = spot(within, item.linkId);
    const own = filled.find(({ linkId }) => linkId === item.linkId);
    if (own === undefined || disabled.has(here) || item.type === 'display') return [];
    const below = (entry: Entry, n: number): JsonObject => {
      const nested = itemsFor(item.items, entry.items, disabled, spotOfEntry(here, n), language);
      return nested.length === 0 ? {} : { item: nested };
    };
    const text = wordsIn(item.source, 'text', language);
    const head = { linkId: item.linkId, ...(text === '' ? {} : { text }) };
    if (item.type === 'group') {
      return own.entries.flatMap((entry, n) => {
        const nested = below(entry, n);
        return 'item' in nested ? [{ ...head, ...nested }] : [];
      });
    }
    const answers = own.entries.flatMap((entry, n) => {
      const answer = answerOf(item, entry.typed);
      return answer === undefined ? [] : [{ ...answer, ...below(entry, n) }];
    });
    return answers.length === 0 ? [] : [{ ...head, answer: answers }];
  });
}
