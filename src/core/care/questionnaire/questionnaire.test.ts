import { expect, test } from 'vitest';
import { printJson } from '../../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { choose, openForm, resume, take, type Filled, type Place, type Typed } from './filled.ts';
import { EXTENSIONS, optionWords, readForm, wordsIn, type Form } from './form-items.ts';
import { judgeAnswers } from './judge-answers.ts';
import { respond } from './respond.ts';
import { settle } from './settle.ts';

const NOW = Date.parse('2026-11-23T14:00:00Z');
const form = (...item: readonly JsonObject[]): Form =>
  readForm({ resourceType: 'Questionnaire', url: 'https://a.example/Q', version: '2', status: 'active', item });
const extension = (url: string, value: JsonObject): JsonObject => ({ url, ...value });
const expression = (url: string, text: string): JsonObject =>
  extension(url, { valueExpression: { language: 'text/fhirpath', expression: text } });
const text = (typed: string): Typed => ({ text: typed });
const FACTS = {
  status: 'completed',
  subject: 'Patient/1',
  encounter: 'Encounter/1',
  author: { who: 'Practitioner/1', name: 'A Nurse' },
  authored: '2026-11-23T14:00:00Z',
  language: 'en',
} as const;

/** Types `typed` at each linkId of the root. */
function fill(of: Form, typed: Readonly<Record<string, Typed>>, from = openForm(of)): readonly Filled[] {
  return Object.entries(typed).reduce(
    (filled, [linkId, value]) => take(of, filled, { kind: 'answer', place: [[linkId, 0]], typed: value }),
    from,
  );
}
const asked = (of: Form, filled: readonly Filled[]): readonly string[] => {
  const { disabled } = settle(of, filled, NOW);
  return of.items.map(({ linkId }) => linkId).filter((linkId) => !disabled.has(linkId));
};
const kinds = (of: Form, filled: readonly Filled[]): readonly string[] =>
  judgeAnswers(of, filled, settle(of, filled, NOW).disabled).map(
    ({ spot, kind, limit }) => `${spot} ${kind}${limit === undefined ? '' : ` ${limit}`}`,
  );
const answers = (of: Form, filled: readonly Filled[]): JsonValue => {
  const settled = settle(of, filled, NOW);
  const { item } = respond(of, settled.filled, settled.disabled, FACTS);
  return item === undefined ? [] : JSON.parse(printJson(item));
};

test('[CH30] what a form needs and the renderer does not do is named; what it does is not', () => {
  const fine = form(
    { linkId: 'a', type: 'group', item: [{ linkId: 'b', type: 'choice', answerOption: [{ valueString: 'x' }] }] },
    { linkId: 'c', type: 'string', extension: [expression(EXTENSIONS.enableWhen, 'true')] },
  );
  expect(fine.unsupported).toEqual([]);
  const bad = form(
    { linkId: 'a', type: 'hologram' },
    { linkId: 'b', type: 'choice', answerValueSet: 'http://elsewhere.example/ValueSet/x' },
    {
      linkId: 'c',
      type: 'string',
      extension: [extension(EXTENSIONS.calculated, { valueExpression: { language: 'text/cql', expression: 'x' } })],
    },
    { linkId: 'd', type: 'string', extension: [expression(EXTENSIONS.calculated, 'a..b(')] },
    { linkId: 'd', type: 'string', modifierExtension: [{ url: 'https://a.example/m', valueBoolean: true }] },
  );
  expect(bad.unsupported).toEqual([
    'a: type',
    'b: answerValueSet',
    'c: expression',
    'd: expression',
    'd: modifierExtension',
    'd: linkId twice',
  ]);
  const contained = readForm({
    resourceType: 'Questionnaire',
    contained: [
      {
        resourceType: 'ValueSet',
        id: 'v',
        compose: { include: [{ system: 'urn:s', concept: [{ code: '1', display: 'One' }] }] },
      },
    ],
    item: [{ linkId: 'a', type: 'choice', answerValueSet: '#v' }],
  });
  expect(contained.unsupported).toEqual([]);
  expect(contained.items[0]?.options.map((one) => optionWords(one, 'en'))).toEqual(['One']);
});

test('[CH31] a step leaves the state before it as it was', () => {
  const of = form({ linkId: 'a', type: 'string', repeats: true });
  const before = openForm(of);
  const kept = structuredClone(before);
  const typed = take(of, before, { kind: 'answer', place: [['a', 0]], typed: text('x') });
  const more = take(of, typed, { kind: 'add', place: [['a', 0]] });
  take(of, more, { kind: 'remove', place: [['a', 0]] });
  expect(before).toEqual(kept);
  expect(typed).not.toEqual(before);
});

test('[CH32] repeating groups have an entry each time, the last one stays, and an exclusive option takes the others away', () => {
  const of = form(
    { linkId: 'g', type: 'group', repeats: true, item: [{ linkId: 'in', type: 'integer' }] },
    {
      linkId: 'c',
      type: 'choice',
      repeats: true,
      answerOption: [
        { valueCoding: { code: 'a' } },
        { valueCoding: { code: 'b' } },
        { valueCoding: { code: 'none' }, extension: [extension(EXTENSIONS.exclusive, { valueBoolean: true })] },
      ],
    },
  );
  let filled = take(of, openForm(of), { kind: 'add', place: [['g', 0]] });
  filled = take(of, filled, {
    kind: 'answer',
    place: [
      ['g', 0],
      ['in', 0],
    ],
    typed: text('1'),
  });
  filled = take(of, filled, {
    kind: 'answer',
    place: [
      ['g', 1],
      ['in', 0],
    ],
    typed: text('2'),
  });
  expect(answers(of, filled)).toMatchObject([
    { linkId: 'g', item: [{ answer: [{ valueInteger: 1 }] }] },
    { linkId: 'g', item: [{ answer: [{ valueInteger: 2 }] }] },
  ]);
  filled = take(of, take(of, filled, { kind: 'remove', place: [['g', 0]] }), { kind: 'remove', place: [['g', 0]] });
  expect(filled[0]?.entries).toHaveLength(1);
  const [a, b, none] = of.items[1]?.options ?? [];
  const toggle = (from: readonly Filled[], option: typeof a): readonly Filled[] =>
    option === undefined ? from : take(of, from, { kind: 'toggle', place: [['c', 0]], option });
  const chosen = (from: readonly Filled[]): number =>
    from[1]?.entries.filter(({ typed }) => typed.chosen !== undefined).length ?? 0;
  expect(chosen(toggle(toggle(filled, a), b))).toBe(2);
  expect(chosen(toggle(toggle(toggle(filled, a), b), none))).toBe(1);
  expect(chosen(toggle(toggle(filled, none), a))).toBe(1);
  expect(chosen(toggle(toggle(filled, a), a))).toBe(0);
});

test('[CH33] the response has what was asked and answered, with every digit, and is valid R4', () => {
  const of = form(
    { linkId: 'g', type: 'group', text: 'Group', item: [{ linkId: 'd', type: 'decimal', text: 'How much' }] },
    {
      linkId: 'q',
      type: 'quantity',
      extension: [
        extension(EXTENSIONS.unit, { valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg', display: 'kg' } }),
      ],
    },
    { linkId: 'b', type: 'boolean' },
    { linkId: 'o', type: 'open-choice', answerOption: [{ valueCoding: { code: 'x' } }] },
    { linkId: 't', type: 'time' },
    { linkId: 'w', type: 'dateTime' },
    { linkId: 'off', type: 'string', enableWhen: [{ question: 'b', operator: '=', answerBoolean: false }] },
    { linkId: 'say', type: 'display', text: 'Words' },
    { linkId: 'empty', type: 'string' },
  );
  let filled = fill(of, {
    q: { text: '71.50', unit: 'kg' },
    b: text('true'),
    o: text('something else'),
    t: text('07:05'),
    w: text('2026-11-23T07:05:00+01:00'),
    off: text('must not be kept'),
  });
  filled = take(of, filled, {
    kind: 'answer',
    place: [
      ['g', 0],
      ['d', 0],
    ],
    typed: text('1.50'),
  });
  const settled = settle(of, filled, NOW);
  const response = respond(of, settled.filled, settled.disabled, FACTS);
  const printed = printJson(response);
  expect(printed).toContain('"valueDecimal":1.50');
  expect(printed).toContain('"value":71.50');
  expect(printed).not.toContain('must not be kept');
  expect(JSON.parse(printed)).toMatchObject({
    questionnaire: 'https://a.example/Q|2',
    item: [
      { linkId: 'g', text: 'Group', item: [{ linkId: 'd', text: 'How much' }] },
      { linkId: 'q', answer: [{ valueQuantity: { unit: 'kg', code: 'kg' } }] },
      { linkId: 'b', answer: [{ valueBoolean: true }] },
      { linkId: 'o', answer: [{ valueString: 'something else' }] },
      { linkId: 't', answer: [{ valueTime: '07:05:00' }] },
      { linkId: 'w' },
    ],
  });
  const faults = validateResource(JSON.parse(printed) as ResourceJson);
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
});

/** [operator, answer[x] of the condition, what was answered, is it asked] */
const CONDITIONS: readonly (readonly [string, string, JsonObject, Typed, boolean])[] = [
  ['string', 'exists', { answerBoolean: true }, text('x'), true],
  ['string', 'exists', { answerBoolean: true }, text(' '), false],
  ['string', 'exists', { answerBoolean: false }, text(''), true],
  ['string', '=', { answerString: 'x' }, text('x'), true],
  ['string', '!=', { answerString: 'x' }, text('y'), true],
  ['string', '!=', { answerString: 'x' }, text('x'), false],
  ['integer', '>', { answerInteger: 9 }, text('10'), true],
  ['integer', '>', { answerInteger: 9 }, text('9'), false],
  ['integer', '>=', { answerInteger: 9 }, text('9'), true],
  ['decimal', '<', { answerDecimal: 36.5 }, text('36.4'), true],
  ['decimal', '<=', { answerDecimal: 36.5 }, text('36.50'), true],
  ['decimal', '=', { answerDecimal: 36.5 }, text('36.50'), true],
  ['decimal', '<', { answerDecimal: 36.5 }, text('warm'), false],
  ['date', '<', { answerDate: '2020-01-01' }, text('2019-12-31'), true],
  ['dateTime', '>', { answerDateTime: '2020-01-01T00:00:00Z' }, text('2020-01-01T00:30:00+01:00'), false],
  ['time', '>', { answerTime: '12:00:00' }, text('13:00:00'), true],
  ['boolean', '=', { answerBoolean: true }, text('true'), true],
  ['boolean', '=', { answerBoolean: true }, text('false'), false],
  [
    'choice',
    '=',
    { answerCoding: { system: 's', code: 'a' } },
    choose({ element: 'valueCoding', value: { system: 's', code: 'a' } }),
    true,
  ],
  [
    'choice',
    '=',
    { answerCoding: { system: 's', code: 'a' } },
    choose({ element: 'valueCoding', value: { system: 't', code: 'a' } }),
    false,
  ],
  [
    'choice',
    '=',
    { answerCoding: { code: 'a' } },
    choose({ element: 'valueCoding', value: { system: 't', code: 'a' } }),
    true,
  ],
  ['quantity', '>', { answerQuantity: { value: 5, code: 'kg' } }, { text: '6', unit: 'kg' }, true],
  ['quantity', '>', { answerQuantity: { value: 5, code: 'kg' } }, { text: '6', unit: 'g' }, false],
];
test('[CH34] every comparison of enableWhen does what R4 says', () => {
  for (const [type, operator, answer, typed, expected] of CONDITIONS) {
    const of = form(
      { linkId: 'q', type },
      { linkId: 'then', type: 'string', enableWhen: [{ question: 'q', operator, ...answer }] },
    );
    const isAsked = asked(of, fill(of, { q: typed })).includes('then');
    expect(isAsked, `${type} ${operator} ${JSON.stringify(answer)} of ${JSON.stringify(typed)}`).toBe(expected);
  }
});
test('[CH34] all and any, the nearest question, and disabled questions', () => {
  const when = [
    { question: 'a', operator: '=', answerString: 'x' },
    { question: 'b', operator: '=', answerString: 'x' },
  ];
  const of = form(
    { linkId: 'a', type: 'string' },
    { linkId: 'b', type: 'string', enableWhen: [{ question: 'a', operator: 'exists', answerBoolean: true }] },
    { linkId: 'any', type: 'string', enableBehavior: 'any', enableWhen: when },
    { linkId: 'all', type: 'string', enableBehavior: 'all', enableWhen: when },
    { linkId: 'chain', type: 'string', enableWhen: [{ question: 'b', operator: 'exists', answerBoolean: true }] },
  );
  expect(asked(of, fill(of, { a: text('x') }))).toEqual(['a', 'b', 'any']);
  expect(asked(of, fill(of, { a: text('x'), b: text('x') }))).toEqual(['a', 'b', 'any', 'all', 'chain']);
  // b is not asked, so what was typed there counts for nothing.
  expect(asked(of, fill(of, { b: text('x') }))).toEqual(['a']);
  const rows = form({
    linkId: 'g',
    type: 'group',
    repeats: true,
    item: [
      { linkId: 'yes', type: 'boolean' },
      { linkId: 'why', type: 'string', enableWhen: [{ question: 'yes', operator: '=', answerBoolean: true }] },
    ],
  });
  let filled = take(rows, openForm(rows), { kind: 'add', place: [['g', 0]] });
  filled = take(rows, filled, {
    kind: 'answer',
    place: [
      ['g', 1],
      ['yes', 0],
    ],
    typed: text('true'),
  });
  expect([...settle(rows, filled, NOW).disabled]).toEqual(['g#0/why']);
});
test('[CH35] a condition that fails on what stands there leaves the item asked', () => {
  const of = form(
    { linkId: 'a', type: 'string', repeats: true },
    {
      linkId: 'b',
      type: 'string',
      extension: [expression(EXTENSIONS.enableWhen, "%resource.item.where(linkId='a').answer.value.single() = 'x'")],
    },
  );
  let filled = take(of, fill(of, { a: text('x') }), { kind: 'add', place: [['a', 0]] });
  filled = take(of, filled, { kind: 'answer', place: [['a', 1]], typed: text('y') });
  expect(asked(of, filled)).toEqual(['a', 'b']);
});
test('[CH36] expressions enable and calculate, in a chain, and stop where nothing changes or after ten rounds', () => {
  const value = (linkId: string): string => `%resource.item.where(linkId='${linkId}').answer.value`;
  const of = form(
    { linkId: 'kg', type: 'decimal' },
    { linkId: 'm', type: 'decimal' },
    {
      linkId: 'bmi',
      type: 'decimal',
      readOnly: true,
      extension: [expression(EXTENSIONS.calculated, `(${value('kg')} / (${value('m')} * ${value('m')})).round(1)`)],
    },
    { linkId: 'high', type: 'boolean', extension: [expression(EXTENSIONS.calculated, `${value('bmi')} > 30`)] },
    { linkId: 'advice', type: 'string', extension: [expression(EXTENSIONS.enableWhen, `${value('high')} = true`)] },
  );
  expect(asked(of, fill(of, { kg: text('100') }))).not.toContain('advice');
  expect(asked(of, fill(of, { kg: text('100'), m: text('1.70') }))).toContain('advice');
  expect(answers(of, fill(of, { kg: text('100'), m: text('1.70') }))).toMatchObject([
    {},
    {},
    { linkId: 'bmi', answer: [{ valueDecimal: 34.6 }] },
    { linkId: 'high', answer: [{ valueBoolean: true }] },
  ]);
  const restless = form(
    { linkId: 'a', type: 'boolean', extension: [expression(EXTENSIONS.calculated, `${value('a')}.exists().not()`)] },
    { linkId: 'b', type: 'boolean' },
  );
  expect(settle(restless, openForm(restless), NOW).filled).toHaveLength(2);
});

const limit = (url: string, value: JsonObject): JsonObject => ({ extension: [extension(url, value)] });
const YES = { valueCoding: { system: 's', code: 'yes' } };
/** [item, what stands there, fault or ''] */
const FAULTS: readonly (readonly [JsonObject, Typed, string])[] = [
  [{ type: 'string', required: true }, text(''), 'required'],
  [{ type: 'string', required: true }, text('x'), ''],
  [{ type: 'decimal' }, text('1,5'), 'not-a-number'],
  [{ type: 'decimal' }, text('-0.5'), ''],
  [{ type: 'integer' }, text('1.5'), 'not-whole'],
  [{ type: 'integer' }, text('x'), 'not-a-number'],
  [{ type: 'integer' }, text('007'), ''],
  [{ type: 'date' }, text('2026-02-30'), 'not-a-date'],
  [{ type: 'date' }, text('2026-02'), ''],
  [{ type: 'dateTime' }, text('2026-02-01T10:00'), 'not-a-date'],
  [{ type: 'dateTime' }, text('2026-02-01T10:00:00Z'), ''],
  [{ type: 'time' }, text('25:00'), 'not-a-time'],
  [{ type: 'string', maxLength: 3 }, text('long'), 'too-long 3'],
  [{ type: 'string', ...limit(EXTENSIONS.minLength, { valueInteger: 3 }) }, text('ab'), 'too-short 3'],
  [{ type: 'integer', ...limit(EXTENSIONS.minValue, { valueInteger: 0 }) }, text('-1'), 'too-small 0'],
  [{ type: 'integer', ...limit(EXTENSIONS.maxValue, { valueInteger: 10 }) }, text('11'), 'too-large 10'],
  [{ type: 'integer', ...limit(EXTENSIONS.maxValue, { valueInteger: 10 }) }, text('10'), ''],
  [
    { type: 'date', ...limit(EXTENSIONS.maxValue, { valueDate: '2026-11-23' }) },
    text('2026-11-24'),
    'too-large 2026-11-23',
  ],
  [
    { type: 'date', ...limit(EXTENSIONS.minValue, { valueDate: '2026-01-01' }) },
    text('2025-12-31'),
    'too-small 2026-01-01',
  ],
  [
    { type: 'decimal', ...limit(EXTENSIONS.maxDecimalPlaces, { valueInteger: 1 }) },
    text('1.25'),
    'too-many-decimals 1',
  ],
  [
    { type: 'choice', answerOption: [YES] },
    choose({ element: 'valueCoding', value: { system: 's', code: 'no' } }),
    'not-an-option',
  ],
  [
    { type: 'choice', answerOption: [YES] },
    choose({ element: 'valueCoding', value: { system: 's', code: 'yes' } }),
    '',
  ],
  [{ type: 'quantity' }, text('heavy'), 'not-a-number'],
  [
    {
      type: 'quantity',
      extension: ['kg', 'g'].map((code) => extension(EXTENSIONS.unitOption, { valueCoding: { code } })),
    },
    text('5'),
    'no-unit',
  ],
  [{ type: 'integer', required: true, extension: [expression(EXTENSIONS.calculated, '{}')] }, text(''), ''],
  [
    { type: 'string', required: true, enableWhen: [{ question: 'other', operator: 'exists', answerBoolean: true }] },
    text(''),
    '',
  ],
];
test('[CH37] each limit is judged at its field, and what is not asked is not judged', () => {
  for (const [item, typed, expected] of FAULTS) {
    const of = form({ linkId: 'q', ...item }, { linkId: 'other', type: 'string' });
    const told = kinds(of, fill(of, { q: typed }));
    expect(told, `${JSON.stringify(item)} of ${typed.text}`).toEqual(expected === '' ? [] : [`q#0 ${expected}`]);
  }
});
test('[CH38] a required group wants an answer in it, and a repeating item keeps its least and most', () => {
  const of = form(
    { linkId: 'g', type: 'group', required: true, item: [{ linkId: 'in', type: 'string' }] },
    {
      linkId: 'r',
      type: 'string',
      repeats: true,
      extension: [
        extension(EXTENSIONS.minOccurs, { valueInteger: 2 }),
        extension(EXTENSIONS.maxOccurs, { valueInteger: 2 }),
      ],
    },
  );
  expect(kinds(of, fill(of, { r: text('x') }))).toEqual(['g#0 required', 'r#0 too-few 2']);
  let filled = fill(of, { r: text('x') });
  for (const n of [1, 2]) {
    filled = take(of, filled, { kind: 'add', place: [['r', 0]] });
    filled = take(of, filled, { kind: 'answer', place: [['r', n]], typed: text('y') });
  }
  const inside: Place = [
    ['g', 0],
    ['in', 0],
  ];
  expect(kinds(of, take(of, filled, { kind: 'answer', place: inside, typed: text('z') }))).toEqual(['r#0 too-many 2']);
});
test('[CH39] a response opens as it was filled in, and strangers are told', () => {
  const of = form(
    { linkId: 'g', type: 'group', repeats: true, item: [{ linkId: 'in', type: 'decimal' }] },
    { linkId: 'c', type: 'choice', repeats: true, answerOption: [YES, { valueCoding: { system: 's', code: 'no' } }] },
    { linkId: 'i', type: 'string', initial: [{ valueString: 'first' }] },
  );
  let filled = take(of, openForm(of), { kind: 'add', place: [['g', 0]] });
  filled = take(of, filled, {
    kind: 'answer',
    place: [
      ['g', 1],
      ['in', 0],
    ],
    typed: text('2.50'),
  });
  const option = of.items[1]?.options[0];
  if (option !== undefined) filled = take(of, filled, { kind: 'toggle', place: [['c', 0]], option });
  const settled = settle(of, filled, NOW);
  const response = respond(of, settled.filled, settled.disabled, FACTS);
  const again = resume(of, response);
  expect(again.strangers).toEqual([]);
  expect(printJson(respond(of, again.filled, new Set(), FACTS))).toBe(printJson(response));
  expect(openForm(of)[2]?.entries[0]?.typed.text).toBe('first');
  expect(resume(of, { item: [{ linkId: 'gone', answer: [{ valueString: 'x' }] }] }).strangers).toEqual(['gone']);
});
test('[CH30] words come in the language that is asked for, else as written', () => {
  const item: JsonObject = {
    text: 'Pain',
    _text: {
      extension: [
        {
          url: EXTENSIONS.translation,
          extension: [
            { url: 'lang', valueCode: 'fr' },
            { url: 'content', valueString: 'Douleur' },
          ],
        },
      ],
    },
  };
  expect(wordsIn(item, 'text', 'fr')).toBe('Douleur');
  expect(wordsIn(item, 'text', 'de')).toBe('Pain');
});
