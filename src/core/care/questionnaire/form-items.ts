// A Questionnaire as the renderer walks it: http://hl7.org/fhir/R4/questionnaire.html, and of Structured Data Capture what
// `specs/chart.md` names. Loaded forms and our own come through here alike.
//
//   CH30  What a form needs and this renderer does not do is said before the form is opened; nothing of a form is left out silently.
import { JsonNumber } from '../../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { compilePath } from '../../fhir/fhirpath/compile.ts';
import { FhirPathError } from '../../fhir/fhirpath/fhirpath.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

export const ITEM_TYPES = [
  'group',
  'display',
  'boolean',
  'decimal',
  'integer',
  'date',
  'dateTime',
  'time',
  'string',
  'text',
  'url',
  'choice',
  'open-choice',
  'quantity',
  'reference',
  'attachment',
] as const;
export type ItemType = (typeof ITEM_TYPES)[number];
export type ItemControl = 'radio' | 'check-box' | 'drop-down' | 'autocomplete' | 'gtable' | 'help' | 'slider' | 'other';

/** One of the answers that an item offers. */
export interface Option {
  /** `valueCoding`, `valueString` … as it goes into the response. */
  readonly element: string;
  readonly value: JsonValue;
  /** Of the option among the others: system and code, or the value as text. */
  readonly key: string;
  /** Choosing it takes all others away (questionnaire-optionExclusive). */
  readonly isExclusive: boolean;
  readonly isInitial: boolean;
}
export interface Condition {
  readonly question: string;
  readonly operator: 'exists' | '=' | '!=' | '>' | '<' | '>=' | '<=';
  readonly element: string;
  readonly answer: JsonValue;
}
export interface UnitChoice {
  readonly code: string;
  readonly system: string;
  readonly words: string;
}
export interface FormItem {
  readonly linkId: string;
  readonly type: ItemType;
  readonly required: boolean;
  readonly repeats: boolean;
  readonly readOnly: boolean;
  readonly isHidden: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  /** As text, with every digit; a date or time where the item is one. */
  readonly min?: string;
  readonly max?: string;
  readonly decimalPlacesMax?: number;
  readonly occursMin?: number;
  readonly occursMax?: number;
  readonly units: readonly UnitChoice[];
  readonly control?: ItemControl;
  readonly options: readonly Option[];
  readonly conditions: readonly Condition[];
  readonly behavior: 'all' | 'any';
  readonly enableExpression?: string;
  readonly calculation?: string;
  /** As written in `initial`: [element, value]. */
  readonly initial: readonly (readonly [element: string, value: JsonValue])[];
  /** Types that a reference may point at; [] for any. */
  readonly targets: readonly string[];
  /** Display items with the control `help`, shown beside this one. */
  readonly help: readonly JsonObject[];
  readonly items: readonly FormItem[];
  /** The item itself: its words in the languages that it has. */
  readonly source: JsonObject;
}
export interface Form {
  readonly url: string;
  readonly version: string;
  readonly source: ResourceJson;
  readonly items: readonly FormItem[];
  /** What this renderer does not do: `linkId: what`. A form with any of it is not opened. */
  readonly unsupported: readonly string[];
}

const CORE = 'http://hl7.org/fhir/StructureDefinition/';
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';
export const EXTENSIONS = {
  itemControl: `${CORE}questionnaire-itemControl`,
  minValue: `${CORE}minValue`,
  maxValue: `${CORE}maxValue`,
  minLength: `${CORE}minLength`,
  maxDecimalPlaces: `${CORE}maxDecimalPlaces`,
  minOccurs: `${CORE}questionnaire-minOccurs`,
  maxOccurs: `${CORE}questionnaire-maxOccurs`,
  unit: `${CORE}questionnaire-unit`,
  unitOption: `${CORE}questionnaire-unitOption`,
  hidden: `${CORE}questionnaire-hidden`,
  exclusive: `${CORE}questionnaire-optionExclusive`,
  targets: `${CORE}questionnaire-referenceResource`,
  calculated: `${SDC}calculatedExpression`,
  enableWhen: `${SDC}enableWhenExpression`,
  ordinal: `${CORE}ordinalValue`,
  translation: `${CORE}translation`,
} as const;

const extensionsOf = (of: JsonObject, url: string): readonly JsonObject[] =>
  itemsOf(of['extension'])
    .filter(isObject)
    .filter((one) => one['url'] === url);
const extensionOf = (of: JsonObject, url: string): JsonObject | undefined => extensionsOf(of, url)[0];
/** The member that begins with `value`, by name and value. */
export function choiceOf(of: JsonObject, stem: string): readonly [string, JsonValue] | undefined {
  for (const [name, value] of Object.entries(of)) {
    if (name.startsWith(stem) && name.length > stem.length && value !== undefined) return [name, value];
  }
  return undefined;
}
const valueText = (extension: JsonObject | undefined): string | undefined => {
  const found = extension === undefined ? undefined : choiceOf(extension, 'value');
  return found === undefined ? undefined : plainText(found[1]);
};
const valueNumber = (extension: JsonObject | undefined): number | undefined => {
  const text = valueText(extension);
  return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text);
};
/** A primitive as its text; '' of anything else. */
export function plainText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof JsonNumber ? value.text : '';
}

/** Reads a form. Whatever it needs that is not done here stands in `unsupported`. */
export function readForm(source: ResourceJson): Form {
  const unsupported: string[] = [];
  const items = itemsOf(source['item'])
    .filter(isObject)
    .map((item) => readItem(item, source, unsupported));
  const seen = new Set<string>();
  for (const linkId of everyLinkId(items)) {
    if (seen.has(linkId)) unsupported.push(`${linkId}: linkId twice`);
    seen.add(linkId);
  }
  return { url: textOf(source['url']), version: textOf(source['version']), source, items, unsupported };
}
const everyLinkId = (items: readonly FormItem[]): readonly string[] =>
  items.flatMap((item) => [item.linkId, ...everyLinkId(item.items)]);

function readItem(source: JsonObject, form: ResourceJson, unsupported: string[]): FormItem {
  const linkId = textOf(source['linkId']);
  const type = ITEM_TYPES.find((each) => each === source['type']);
  if (type === undefined) unsupported.push(`${linkId}: type`);
  if (Array.isArray(source['modifierExtension'])) unsupported.push(`${linkId}: modifierExtension`);
  const children = itemsOf(source['item']).filter(isObject);
  const help = children.filter((child) => child['type'] === 'display' && controlOf(child) === 'help');
  const control = controlOf(source);
  const conditions = itemsOf(source['enableWhen']).filter(isObject).map(readCondition);
  return {
    linkId,
    type: type ?? 'display',
    required: source['required'] === true,
    repeats: source['repeats'] === true,
    readOnly: source['readOnly'] === true,
    isHidden: extensionOf(source, EXTENSIONS.hidden)?.['valueBoolean'] === true,
    ...limitsOf(source),
    units: unitsOf(source),
    ...(control === undefined ? {} : { control }),
    options: optionsOf(source, form, linkId, unsupported),
    conditions,
    behavior: source['enableBehavior'] === 'all' ? 'all' : 'any',
    ...expressionOf('enableExpression', extensionOf(source, EXTENSIONS.enableWhen), linkId, unsupported),
    ...expressionOf('calculation', extensionOf(source, EXTENSIONS.calculated), linkId, unsupported),
    initial: itemsOf(source['initial'])
      .filter(isObject)
      .flatMap((one) => {
        const found = choiceOf(one, 'value');
        return found === undefined ? [] : [found];
      }),
    targets: extensionsOf(source, EXTENSIONS.targets).map((one) => textOf(one['valueCode'])),
    help,
    items: children.filter((child) => !help.includes(child)).map((child) => readItem(child, form, unsupported)),
    source,
  };
}

function controlOf(source: JsonObject): ItemControl | undefined {
  const [code] = codesOf(extensionOf(source, EXTENSIONS.itemControl)?.['valueCodeableConcept']).filter(
    (each) => each !== '',
  );
  if (code === undefined) return undefined;
  switch (code) {
    case 'radio-button':
      return 'radio';
    case 'check-box':
    case 'drop-down':
    case 'autocomplete':
    case 'gtable':
    case 'help':
    case 'slider':
      return code;
    default:
      return 'other';
  }
}

function limitsOf(source: JsonObject): Partial<FormItem> {
  const limits = {
    maxLength: typeof source['maxLength'] === 'number' ? source['maxLength'] : undefined,
    minLength: valueNumber(extensionOf(source, EXTENSIONS.minLength)),
    min: valueText(extensionOf(source, EXTENSIONS.minValue)),
    max: valueText(extensionOf(source, EXTENSIONS.maxValue)),
    decimalPlacesMax: valueNumber(extensionOf(source, EXTENSIONS.maxDecimalPlaces)),
    occursMin: valueNumber(extensionOf(source, EXTENSIONS.minOccurs)),
    occursMax: valueNumber(extensionOf(source, EXTENSIONS.maxOccurs)),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

const unitsOf = (source: JsonObject): readonly UnitChoice[] =>
  [...extensionsOf(source, EXTENSIONS.unit), ...extensionsOf(source, EXTENSIONS.unitOption)].map((one) => ({
    code: textOf(at(one, 'valueCoding.code')),
    system: textOf(at(one, 'valueCoding.system')),
    words: textOf(at(one, 'valueCoding.display')) || textOf(at(one, 'valueCoding.code')),
  }));

function expressionOf(
  name: 'enableExpression' | 'calculation',
  extension: JsonObject | undefined,
  linkId: string,
  unsupported: string[],
): Partial<FormItem> {
  if (extension === undefined) return {};
  const language = textOf(at(extension, 'valueExpression.language'));
  const expression = textOf(at(extension, 'valueExpression.expression'));
  if (language !== 'text/fhirpath' || !isPath(expression)) {
    unsupported.push(`${linkId}: expression`);
    return {};
  }
  return { [name]: expression };
}
function isPath(expression: string): boolean {
  try {
    compilePath(expression);
    return expression !== '';
  } catch (error) {
    if (error instanceof FhirPathError) return false;
    throw error;
  }
}

function readCondition(source: JsonObject): Condition {
  const found = choiceOf(source, 'answer');
  const operator = textOf(source['operator']);
  return {
    question: textOf(source['question']),
    operator: (['exists', '=', '!=', '>', '<', '>=', '<='] as const).find((each) => each === operator) ?? 'exists',
    element: found === undefined ? '' : `value${found[0].slice('answer'.length)}`,
    answer: found?.[1] ?? null,
  };
}

function optionsOf(source: JsonObject, form: ResourceJson, linkId: string, unsupported: string[]): readonly Option[] {
  const own = itemsOf(source['answerOption']).filter(isObject);
  if (own.length > 0) {
    return own.flatMap((one) => {
      const found = choiceOf(one, 'value');
      if (found === undefined) return [];
      const isExclusive = extensionOf(one, EXTENSIONS.exclusive)?.['valueBoolean'] === true;
      return [optionOf(found[0], found[1], isExclusive, one['initialSelected'] === true)];
    });
  }
  const valueSet = textOf(source['answerValueSet']);
  if (valueSet === '') return [];
  const contained = itemsOf(form['contained'])
    .filter(isObject)
    .find((one) => valueSet === `#${textOf(one['id'])}`);
  const codings = contained === undefined ? undefined : codingsOf(contained);
  if (codings === undefined) {
    unsupported.push(`${linkId}: answerValueSet`);
    return [];
  }
  return codings.map((coding) => optionOf('valueCoding', coding, false, false));
}
const optionOf = (element: string, value: JsonValue, isExclusive: boolean, isInitial: boolean): Option => ({
  element,
  value,
  key: keyOfValue(element, value),
  isExclusive,
  isInitial,
});
/** Tells answers apart: of a coding its system and code, of a quantity value and unit, else the value. */
export function keyOfValue(element: string, value: JsonValue | undefined): string {
  if (!isObject(value)) return plainText(value);
  if (element === 'valueCoding')
    return `${textOf(value['system'])}|${textOf(value['code']) || textOf(value['display'])}`;
  if (element === 'valueReference') return textOf(value['reference']);
  if (element === 'valueQuantity')
    return `${plainText(value['value'])}|${textOf(value['code']) || textOf(value['unit'])}`;
  return plainText(value);
}
/** Of a contained ValueSet that names its codes; undefined where it only describes them. */
function codingsOf(valueSet: JsonObject): readonly JsonObject[] | undefined {
  const expansion = itemsOf(at(valueSet, 'expansion.contains')).filter(isObject);
  if (expansion.length > 0) return expansion;
  const includes = itemsOf(at(valueSet, 'compose.include')).filter(isObject);
  if (
    includes.length === 0 ||
    includes.some((one) => !Array.isArray(one['concept']) || Array.isArray(one['valueSet']))
  ) {
    return undefined;
  }
  return includes.flatMap((one) =>
    itemsOf(one['concept'])
      .filter(isObject)
      .map((concept) => ({
        ...(one['system'] === undefined ? {} : { system: one['system'] }),
        code: textOf(concept['code']),
        ...(concept['display'] === undefined ? {} : { display: concept['display'] }),
      })),
  );
}

/** The words of an element in a language: its translation (extension), else as written. `of[name]` and `of['_' + name]`. */
export function wordsIn(of: JsonObject, name: string, language: string): string {
  const translated = itemsOf(at(of, `_${name}.extension`))
    .filter(isObject)
    .filter((one) => one['url'] === EXTENSIONS.translation)
    .find((one) => itemsOf(one['extension']).some((part) => at(part, 'valueCode') === language));
  const parts = itemsOf(translated?.['extension']).filter(isObject);
  const content = parts.find((part) => part['url'] === 'content');
  const found = content === undefined ? '' : textOf(content['valueString']) || textOf(content['valueMarkdown']);
  return found === '' ? textOf(of[name]) : found;
}
/** How an option reads. */
export function optionWords({ element, value }: Pick<Option, 'element' | 'value'>, language: string): string {
  if (!isObject(value)) return plainText(value);
  if (element === 'valueQuantity') return `${plainText(value['value'])} ${textOf(value['unit'])}`.trim();
  const words = wordsIn(value, 'display', language);
  return words === '' ? textOf(value['code']) || textOf(value['reference']) : words;
}
