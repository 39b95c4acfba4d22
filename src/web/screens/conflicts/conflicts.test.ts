import { expect, test } from 'vitest';
import { printJson } from '../../../core/base/json.ts';
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import type { ConflictShown, Side } from '../../device/device.ts';
import { changesBetween } from '../chart/version-changes.ts';
import {
  bodyOf,
  compareSides,
  decidedText,
  keepsBothAlways,
  mayKeepBoth,
  membersOf,
  startOf,
  textAsNew,
  type FieldChoice,
} from './compare-sides.ts';
import { inOrder, openSince, patientOf, subjectWords } from './conflict-words.ts';
import { leavesOf, retyped, wrongLeaves } from './type-anew.ts';
import { valueLines } from './value-lines.ts';

const side = (hash: string, text: string, authoredAt = 2_000): Side => ({
  hash,
  text,
  authoredAt,
  node: `node-${hash}`,
  ...(text === '' ? {} : { resource: JSON.parse(text) as ResourceJson }),
});
function conflict(type: string, texts: readonly string[], base?: string, severity: 'S1' | 'S2' = 'S1'): ConflictShown {
  const [first = ''] = texts.filter((text) => text !== '');
  return {
    shown: {
      key: { type, id: '1' },
      versionId: 'v',
      lastUpdatedAt: 1,
      text: first,
      resource: JSON.parse(first) as ResourceJson,
      conflict: true,
      severity,
    },
    sides: texts.map((text, n) => side(`h${n}`, text, 2_000 + n)),
    hidden: 0,
    ...(base === undefined ? {} : { base: side('base', base, 1_000) }),
  };
}
const order = (more: string): string =>
  `{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"morphine"}${more}}`;
const dose = (value: string): string =>
  `,"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":${value},"unit":"mg"}}]}]`;
const DOSES = conflict(
  'MedicationRequest',
  [order(dose('5.0')), order(`${dose('10')},"priority":"stat"`)],
  order(dose('2.50')),
);

test('[CH50] every element that differs is a line with base, both sides and who changed it, the gravest first', () => {
  const { fields, same, deleted, notes } = compareSides(DOSES);
  expect(fields.map(({ element, severity }) => [element, severity])).toEqual([
    ['dosageInstruction', 'S1'],
    ['priority', 'S1'],
  ]);
  expect(fields[0]?.changed).toEqual([true, true]);
  expect(fields[1]?.changed).toEqual([false, true]);
  expect(fields[1]).toMatchObject({ base: undefined, values: [undefined, 'stat'] });
  expect(valueLines(fields[0]?.base)[0]?.words).toBe('2.50 mg');
  expect(same.map(({ element }) => element)).toEqual(['status', 'intent', 'subject', 'medication']);
  expect(deleted).toEqual([false, false]);
  expect(notes).toEqual(['conflicting-orders']);
});
test('[CH50] without a base nothing is called changed, and a disputed resuscitation says so', () => {
  const flag = (code: string): string =>
    `{"resourceType":"Flag","id":"1","status":"active","code":{"coding":[{"code":"${code}"}]},"subject":{"reference":"Patient/1"}}`;
  const { fields, notes } = compareSides(conflict('Flag', [flag('304253006'), flag('304252001')]));
  expect(fields).toMatchObject([{ element: 'code', changed: [false, false], severity: 'S1' }]);
  expect(notes).toContain('resuscitation-disputed');
});
test('[CH51] what is decided takes elements whole, with unit and digits, from either side, the base or anew', () => {
  const decide = (choices: readonly (readonly [string, FieldChoice])[]): string =>
    decidedText(DOSES, 0, new Map(choices));
  expect(decide([['dosageInstruction', { from: 'side', side: 1 }]])).toContain('"value":10,"unit":"mg"');
  expect(decide([['dosageInstruction', { from: 'base' }]])).toContain('"value":2.50');
  expect(decide([['priority', { from: 'side', side: 1 }]])).toContain('"priority":"stat"');
  expect(decide([])).toBe(DOSES.sides[0]?.text);
  const observation = (value: string): string =>
    `{"resourceType":"Observation","id":"1","status":"final","text":{"status":"generated","div":"<div>x</div>"},"code":{"text":"x"},${value}}`;
  const values = conflict('Observation', [
    observation('"valueQuantity":{"value":5.10,"unit":"mg"}'),
    observation('"valueString":"high"'),
  ]);
  expect(compareSides(values).fields.map(({ element }) => element)).toEqual(['value']);
  const other = decidedText(values, 0, new Map([['value', { from: 'side', side: 1 }]]));
  expect(bodyOf(other)).toMatchObject({ valueString: 'high' });
  expect(other).not.toContain('valueQuantity');
  // A narrative that was made of the other value is not kept beside the decision.
  expect(other).not.toContain('"text":{');
  const anew = decidedText(values, 0, new Map([['value', { from: 'anew', members: { valueString: 'normal' } }]]));
  expect(bodyOf(anew)).toMatchObject({ valueString: 'normal' });
});
test('[CH52] a side that deleted is told, keeps its place, and lends no values', () => {
  const gone = conflict('MedicationRequest', ['', order(dose('5'))], order(dose('5')));
  expect(compareSides(gone)).toMatchObject({ deleted: [true, false], fields: [] });
  expect(compareSides(gone).same.length).toBeGreaterThan(3);
  expect(membersOf(gone, 'status', { from: 'side', side: 0 })).toEqual({});
  expect(startOf(gone, 'status')).toEqual({ status: 'active' });
});
test('[CH53] of a value nothing is left out, and codes stand beside their words', () => {
  const lines = valueLines(
    bodyOf(
      '{"text":"twice a day","timing":{"repeat":{"frequency":2,"period":1.0,"periodUnit":"d"}},"asNeededBoolean":false,"route":{"coding":[{"system":"s","code":"26643006","display":"Oral"}],"text":"by mouth"},"extension":[{"url":"u","valueReference":{"reference":"Patient/1","display":"X"}}]}',
    ),
  );
  expect(lines.map(({ path, words }) => `${path}=${words}`)).toEqual([
    'text=twice a day',
    'timing.repeat.frequency=2',
    'timing.repeat.period=1.0',
    'timing.repeat.periodUnit=d',
    'asNeededBoolean=false',
    'route=by mouth – Oral (26643006)',
    'extension.url=u',
    'extension.valueReference=X – Patient/1',
  ]);
  expect(valueLines([{ text: 'a' }, { text: 'b' }])).toEqual([
    { path: '[1]', words: 'a' },
    { path: '[2]', words: 'b' },
  ]);
  expect(
    valueLines({ value: 5, unit: 'mg', comparator: '<', extension: [{ url: 'x' }] }).map(({ words }) => words),
  ).toEqual(['5', 'mg', '<', 'x']);
});
test('[CH54] what are two facts can both be kept; doses always are; whose consent or order it is, never', () => {
  for (const type of ['MedicationAdministration', 'Observation', 'Condition', 'AllergyIntolerance', 'Procedure']) {
    expect(mayKeepBoth(type), type).toBe(true);
  }
  for (const type of ['Patient', 'Encounter', 'Consent', 'MedicationRequest', 'Flag', 'Task']) {
    expect(mayKeepBoth(type), type).toBe(false);
  }
  expect(keepsBothAlways('MedicationAdministration')).toBe(true);
  expect(keepsBothAlways('Observation')).toBe(false);
  const text = textAsNew(side('h', '{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.50}}'), 'new-id');
  expect(text).toBe('{"resourceType":"Observation","id":"new-id","valueQuantity":{"value":1.50}}');
});
test('[CH55] the gravest come first, then the longest open, with whose and what', () => {
  const at = (severity: 'S1' | 'S2', time: number): ConflictShown => {
    const one = conflict(
      'Condition',
      ['{"resourceType":"Condition"}', '{"resourceType":"Condition","id":"x"}'],
      undefined,
      severity,
    );
    return { ...one, sides: one.sides.map((each) => ({ ...each, authoredAt: time })) };
  };
  const all = [at('S2', 1), at('S1', 5), at('S1', 3)];
  expect(inOrder(all).map((one) => [one.shown.severity, openSince(one)])).toEqual([
    ['S1', 3],
    ['S1', 5],
    ['S2', 1],
  ]);
  const body = (more: JsonObject): ResourceJson => ({ resourceType: 'Task', ...more });
  expect(patientOf(body({ for: { reference: 'Patient/7' } }))).toBe('Patient/7');
  expect(patientOf({ resourceType: 'Patient', id: '9' })).toBe('Patient/9');
  expect(patientOf(body({ subject: { reference: 'Group/1' } }))).toBeUndefined();
  expect(subjectWords(body({ code: { text: 'Conflict' } }))).toBe('Conflict');
  expect(subjectWords(body({ description: 'Weigh' }))).toBe('Weigh');
});
test('[CH56] the changes of a version are its differing elements, before and after', () => {
  const before: ResourceJson = {
    resourceType: 'Condition',
    id: '1',
    code: { text: 'a' },
    note: [{ text: 'n' }],
    meta: { versionId: '1' },
  };
  const after: ResourceJson = {
    resourceType: 'Condition',
    id: '1',
    code: { text: 'b' },
    onsetDateTime: '2020',
    meta: { versionId: '2' },
  };
  expect(changesBetween(before, after)).toEqual([
    { element: 'code', before: [{ path: '', words: 'a' }], after: [{ path: '', words: 'b' }] },
    { element: 'note', before: [{ path: '', words: 'n' }], after: [] },
    { element: 'onset', before: [], after: [{ path: 'onsetDateTime', words: '2020' }] },
  ]);
  expect(changesBetween(undefined, after).map(({ element }) => element)).toEqual(['code', 'onset']);
});
test('[CH57] what is typed anew keeps kind, digits and structure', () => {
  const value = bodyOf('{"valueQuantity":{"value":5.0,"unit":"mg"},"flag":true,"list":["a","b"]}');
  expect(leavesOf(value)).toEqual([
    { path: 'valueQuantity.value', text: '5.0', kind: 'number' },
    { path: 'valueQuantity.unit', text: 'mg', kind: 'text' },
    { path: 'flag', text: 'true', kind: 'truth' },
    { path: 'list[0]', text: 'a', kind: 'text' },
    { path: 'list[1]', text: 'b', kind: 'text' },
  ]);
  const typed = new Map([
    ['valueQuantity.value', ' 7.50 '],
    ['list[0]', ''],
    ['flag', 'false'],
  ]);
  expect(wrongLeaves(value, typed)).toEqual([]);
  expect(printJson(retyped(value, typed) ?? {})).toBe(
    '{"valueQuantity":{"value":7.50,"unit":"mg"},"flag":false,"list":["b"]}',
  );
  expect(
    wrongLeaves(
      value,
      new Map([
        ['valueQuantity.value', '7,5'],
        ['flag', 'perhaps'],
      ]),
    ),
  ).toEqual(['valueQuantity.value', 'flag']);
  expect(retyped({ a: 'x' }, new Map([['a', ' ']]))).toBeUndefined();
});
