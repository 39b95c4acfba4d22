// The language itself, by section of http://hl7.org/fhirpath/N1. Functions: functions.test.ts.
import { expect, test } from 'vitest';
import { evaluate, patient, type Case } from './cases.test-kit.ts';
import { compileCondition, compilePath } from './compile.ts';
import { parseFhirPath } from './parse.ts';
import type { ResourceJson } from '../../base/json-types.ts';

const grammar: readonly Case[] = [
  ['1 + 2 * 3', [7]],
  ['(1 + 2) * 3', [9]],
  ['-1 + 2', [1]],
  ['10 - 3 - 2', [5]],
  ['7 div 2 mod 2', [1]],
  ['1 | 2 = 1 | 2', [true]],
  ["'a' & 'b' + 'c'", ['abc']],
  ['1 + 1 is Integer', [true]],
  ['true or false and false', [true]],
  ['false implies true or false', [true]],
  ['2 in (1 | 2) and true', [true]],
  ['1 < 2 = true', [true]],
  ['// a comment\n1 /* and\n another */ + 1', [2]],
  ["'it\\'s \\u0041 \\\\ \\/ \\n \\\"'", ['it\'s A \\ / \n "']],
  ['{}', []],
  ['Patient.name[0].given[1]', ['Ngozi']],
  ['name[1 + 1].family', ['Bello']],
  ['name[7].family', []],
  ['`name`.`family`', ['Okafor', 'Bello']],
  ["Patient.name.where(use = 'old').family", ['Bello']],
  ['@2014-01-25T14:30:14.559Z', ['2014-01-25T14:30:14.559Z']],
  ['@2015T', ['2015T']],
  ['@T14:30', ['14:30']],
  ["4.5 'mg' = 4.5 'mg'", [true]],
  ['3 days = 3 day', [true]],
  ['name.given.contains', []],
  ['as', []],
  ['is', []],
  ['%`vs-administrative-gender`', ['http://hl7.org/fhir/ValueSet/administrative-gender']],
  ["%'ext-birthTime'", ['http://hl7.org/fhir/StructureDefinition/birthTime']],
  ['%vs-administrative-gender', ['http://hl7.org/fhir/ValueSet/administrative-gender']],
];
const wrongGrammar = [
  '',
  '1 +',
  '(1',
  'name.',
  '.name',
  'name[',
  'name[]',
  'name..given',
  "'open",
  '`open',
  '1 2',
  'a b',
  '{1}',
  '@20',
  '%',
  '#',
  'name.where(',
  'f(,)',
  '1 = = 2',
  "'\\q'",
  'and',
  'name.and',
  '$self',
  'is Patient',
  'name is',
  "'a' 'b'",
];

const wrongWhenCompiled = [
  'nothing()',
  '%nothing',
  'name.where()',
  'name.first(1)',
  '1 is Nothing',
  'name.ofType(nothing)',
  'ofType(1)',
  '@2015-02-30',
  '@T25:00',
  '3000000000',
  'name as FHIR.Nothing',
];

const paths: readonly Case[] = [
  ['Patient.gender', ['female']],
  ['Resource.id', ['p1']],
  ['DomainResource.extension.count()', [2]],
  ['Observation.value', []],
  ['name.given', ['Ada', 'Ngozi', 'Ada', 'Ada', 'Ngozi']],
  ['multipleBirth', [2]],
  ['multipleBirthInteger', []],
  ["extension.where(url = 'http://example.org/note').value", ['a note']],
  ['contact.name.family', ['Eze']],
  ['contained.name', ['Hill Clinic']],
  ['nothing', []],
  ['name.nothing.more', []],
  ['constructor', []],
  ['__proto__', []],
  ['name.length', []],
  ['resourceType', []],
];

const primitives: readonly Case[] = [
  ["birthDate.extension('http://example.org/time').value", ['1974-12-25T14:35:45-05:00']],
  ['name[1].given.extension.value', ['AH-dah']],
  ['deceased.exists()', [true]],
  ['deceased.hasValue()', [false]],
  ['deceased', [null]],
  ['deceased = true', [false]],
  ['deceased and true', []],
  ['deceased.not()', []],
  ['deceased.extension.value', ['asked']],
  ['birthDate.hasValue()', [true]],
  ['name.hasValue()', [false]],
  ['deceased.toString()', []],
];

const types: readonly Case[] = [
  ['Patient is Patient', [true]],
  ['Patient is DomainResource', [true]],
  ['Patient is FHIR.Resource', [true]],
  ['Patient is Observation', [false]],
  ['Patient is System.Patient', [false]],
  ['gender is code', [true]],
  ['gender is string', [true]],
  ['gender is uri', [false]],
  ['active is boolean', [true]],
  ['active is Boolean', [false]],
  ['active is System.Boolean', [false]],
  ['true is Boolean', [true]],
  ['true is System.Boolean', [true]],
  ["'a' is String", [true]],
  ['1.0 is Decimal', [true]],
  ['1 is Decimal', [false]],
  ["1 'mg' is Quantity", [true]],
  ["1 'mg' is System.Quantity", [true]],
  ['@2015 is Date', [true]],
  ['@2015T is DateTime', [true]],
  ['@T10 is Time', [true]],
  ['contact is BackboneElement', [true]],
  ['name.is(HumanName)', 'run'],
  ['{} is Patient', []],
  ['name as HumanName = name', [true]],
  ['extension.value as Quantity', [{ value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' }]],
  ['extension.value.as(string)', ['a note']],
  ['extension.value.ofType(string)', ['a note']],
  ['extension.value.ofType(Quantity).value', [5]],
  ['gender.ofType(System.String)', []],
  ['(1 | 2.5 | true).ofType(System.Integer)', [1]],
];

const equality: readonly Case[] = [
  ['1 = 1.0', [true]],
  ["'a' = 'A'", [false]],
  ["1 = '1'", [false]],
  ['{} = {}', []],
  ['1 = {}', []],
  ['name[0].given = name[2].given', [true]],
  ["name[0].given = ('Ngozi' | 'Ada')", [false]],
  ['(1 | 2) = 1', [false]],
  ['name[0] = name[0]', [true]],
  ['name[0] = name[2]', [false]],
  ['@2012-04-15 = @2012-04-15', [true]],
  ['@2012-04 = @2012-04-15', []],
  ['@2012 = @2013-04-15', [false]],
  ['@2012-04-15T15:00:00 = @2012-04-15T10:00:00', [false]],
  ['@2015-02-04T14:34:28Z = @2015-02-04T15:34:28+01:00', [true]],
  ['@T10:30:00 = @T10:30:00.0', [true]],
  ['@T10:30 = @T10:30:00', []],
  ['birthDate = @1974-12-25', [true]],
  ["birthDate = '1974-12-25'", [true]],
  ["@1974-12-25 = '1974-12-25'", [false]],
  ["1 'g' = 1000 'mg'", [true]],
  ["1 'mg/dL' = 10 'mg/L'", [true]],
  ["1 'g' = 1 'm'", []],
  ["7 days = 1 'wk'", [true]],
  ["1 year = 1 'a'", []],
  ['12 months = 1 year', [true]],
  ['1 != 2', [true]],
  ['1 != {}', []],
  ['(1 | 2) != (1 | 3)', [true]],
  ["'Ab  C' ~ ' aB c'", [true]],
  ['(1 | 2) ~ (2 | 1)', [true]],
  ['{} ~ {}', [true]],
  ['1 ~ {}', [false]],
  ['1.01 ~ 1.0', [true]],
  ['1.06 ~ 1.0', [false]],
  ['@2012-04 ~ @2012-04-15', [false]],
  ["1 year ~ 1 'a'", [true]],
  ["4 'g' ~ 4040 'mg'", [true]],
  ["4 'g' ~ 4600 'mg'", [false]],
  ["4 'g' ~ 4 'm'", [false]],
  ['@2012-04-15T15:00:00Z = @2012-04-15T10:00:00', []],
  ['@2012-04-15T15:00:00Z = @2012-04-18T10:00:00', [false]],
  ["'a' !~ 'b'", [true]],
  ['name[0].given ~ name[2].given', [true]],
];

const order: readonly Case[] = [
  ['1 < 2.5', [true]],
  ["'abc' < 'abd'", [true]],
  ["'Zebra' < 'apple'", [true]],
  ['2 >= 2', [true]],
  ['{} < 1', []],
  ['@2018-03 < @2018-03-01', []],
  ['@2018-03 < @2018-04-01', [true]],
  ['@2018 > @2017-12-31', [true]],
  ['@2018-03-01T10:30:00 > @2018-03-01T10:00:00', [true]],
  ['@2018-03-01T10:30 > @2018-03-01T10:30:00', []],
  ['@T10:30:00.1 > @T10:30:00', [true]],
  ['@2018-03-01T23:00:00-05:00 > @2018-03-02T03:59:59Z', [true]],
  ['name[0].period.start <= name[0].period.end', []],
  ['birthDate < @1975', [true]],
  ["extension.value.ofType(Quantity) > 4 'mg'", [true]],
  ["2 'h' > 100 'min'", [true]],
  ["1 'kg' > 1 'm'", []],
  ["1 'Cel' < 2 'Cel'", [true]],
  ["1 'Cel' < 2 'K'", []],
  ["1 < 'a'", 'run'],
  ['true < false', 'run'],
  ['(1 | 2) < 3', 'run'],
];

const logic: readonly Case[] = [
  ['true and {}', []],
  ['false and {}', [false]],
  ['{} and false', [false]],
  ['{} and {}', []],
  ['true or {}', [true]],
  ['{} or true', [true]],
  ['false or {}', []],
  ['true xor {}', []],
  ['true xor false', [true]],
  ['true xor true', [false]],
  ['false implies {}', [true]],
  ['true implies {}', []],
  ['{} implies true', [true]],
  ['{} implies false', []],
  ['true implies false', [false]],
  ['{}.not()', []],
  ['active and gender', [true]],
  ['name.exists() and 1', [true]],
  ['name and true', 'run'],
];

const arithmetic: readonly Case[] = [
  ['0.1 + 0.2 = 0.3', [true]],
  ['5 / 2', [2.5]],
  ['6 / 2', [3]],
  ['5 div 2', [2]],
  ['-5 div 2', [-2]],
  ['5.5 div 0.7', [7]],
  ['5 mod 2', [1]],
  ['-5 mod 2', [-1]],
  ['5.5 mod 0.7 = 0.6', [true]],
  ['1 / 0', []],
  ['1 div 0', []],
  ['1 mod 0', []],
  ['1 + {}', []],
  ['2147483647 + 1', []],
  ["'a' + 'b'", ['ab']],
  ["'a' + {}", []],
  ["'a' & {} & 'b'", ['ab']],
  ["1 + 'a'", 'run'],
  ["'a' - 'b'", 'run'],
  ["1 & 'a'", 'run'],
  ['-(1 | 2)', 'run'],
  ["3 'g' + 500 'mg' = 3.5 'g'", [true]],
  ["3 'g' + 1 'm'", []],
  ["2 * 3 'mg' = 6 'mg'", [true]],
  ["2 'cm' * 3 'cm' = 0.0006 'm2'", [true]],
  ["6 'mg' / 2 'mg' = 3 '1'", [true]],
  ['-multipleBirth', [-2]],
];

const movedDates: readonly Case[] = [
  ['@1973-12-25 + 7 days', ['1974-01-01']],
  ['@1973-12-25 + 1 month', ['1974-01-25']],
  ['@2024-01-31 + 1 month', ['2024-02-29']],
  ['@2024-02-29 + 1 year', ['2025-02-28']],
  ['@2024-03-01 - 1 day', ['2024-02-29']],
  ['@1974-12-25 - 1 week', ['1974-12-18']],
  ["@1974-12-25 + 1 'wk'", ['1975-01-01']],
  ["@1974-12-25 + 1 'a'", 'run'],
  ["@1974-12-25 - 1 'month'", ['1974-11-25']],
  ["@1974-12-25 - 1 'cm'", 'run'],
  ['@2014 + 24 months', ['2016']],
  ['@2014 + 365 days', ['2015']],
  ['@2014-03 + 31 days', ['2014-04']],
  ['@1973-12-25T23:59:59Z + 1 second', ['1973-12-26T00:00:00Z']],
  ["@1973-12-25T00:00:00.000+10:00 + 0.1 's'", ['1973-12-25T00:00:00.100+10:00']],
  ['@1973-12-25T00:00:00.000+10:00 + 10 millisecond', ['1973-12-25T00:00:00.010+10:00']],
  ['@T23:30 + 90 minutes', ['01:00']],
  ['@T01:00:00 - 2 hours', ['23:00:00']],
  ['birthDate + 50 years', ['2024-12-25']],
  ['@2014 + {}', []],
  ["1 + 1 'mg'", 'run'],
  ['@9999-12-31 + 1 day', []],
];

const tables: Readonly<Record<string, readonly Case[]>> = {
  '[FP1] the grammar': grammar,
  '[FP1] what is not of the grammar': wrongGrammar.map((expression): Case => [expression, 'compile']),
  '[FP4] what is wrong whatever the resource': wrongWhenCompiled.map((expression): Case => [expression, 'compile']),
  '[FP7] paths': paths,
  '[FP8] primitives and what stands beside them': primitives,
  '[FP9] types': types,
  '[FP10] equality and equivalence': equality,
  '[FP11] order': order,
  '[FP12] logic': logic,
  '[FP13] arithmetic': arithmetic,
  '[FP14] dates and times that move': movedDates,
};
for (const [name, cases] of Object.entries(tables)) {
  test.each(cases)(`${name}: %s`, (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });
}

test('[FP25] a condition gives what evaluating in full gives', () => {
  let compared = 0;
  for (const [expression, expected] of Object.values(tables).flat()) {
    if (expected === 'compile') continue;
    const condition = answer(() => compileCondition(expression)({ resource: patient, now: 0 }));
    const full = answer(() => {
      const values = compilePath(expression)({ resource: patient, now: 0 }).map(({ value }) => value);
      if (values.length > 1) throw new Error('several');
      return values.length === 0 || values[0] === null ? undefined : values[0] !== false;
    });
    expect(condition, expression).toBe(full);
    const exists = answer(() => compileCondition(`(${expression}).exists()`)({ resource: patient, now: 0 }));
    if (full !== 'refused') expect(exists, expression).toBe(Array.isArray(expected) && expected.length > 0);
    compared++;
  }
  expect(compared).toBeGreaterThan(150);
});
function answer<T>(run: () => T): T | 'refused' {
  try {
    return run();
  } catch {
    return 'refused';
  }
}

test('[FP2] long, deep and wide expressions are refused, not a crash', () => {
  for (const text of [
    '('.repeat(50_000),
    `${'('.repeat(101)}1${')'.repeat(101)}`,
    '-'.repeat(5_000),
    `1${'+1'.repeat(1_001)}`,
    `a${'.a'.repeat(1_001)}`,
    'a'.repeat(20_001),
  ]) {
    expect(parseFhirPath(text).ok).toBe(false);
  }
  expect(evaluate(`1${'+1'.repeat(999)}`)).toEqual([1_000]);
  expect(evaluate(`${'('.repeat(99)}1${')'.repeat(99)}`)).toEqual([1]);
});

test('[FP3] faults name the place and quote nothing', () => {
  const parsed = parseFhirPath("name.where(family = 'Secretperson' +)");
  expect(parsed).toEqual({ ok: false, error: { offset: 36, message: 'a value, a name or ( must stand here' } });
  for (const expression of [
    "'Secret",
    'Secret()',
    '%Secret',
    '1 is Secret',
    "name.family < 1 and 'Secret' = 1",
    "'Secret' < 1",
    "'Secret' - 1",
  ]) {
    let message = '';
    try {
      compilePath(expression)({ resource: patient });
    } catch (thrown) {
      message = String(thrown);
    }
    expect(message).toContain('FhirPathError');
    expect(message).not.toContain('Secret');
    expect(message).not.toContain('Okafor');
  }
});

test('[FP5] a compiled path keeps nothing between resources and changes nothing', () => {
  const path = compilePath('name.where($index = 0).given.first() | descendants().ofType(code)');
  const other: ResourceJson = { resourceType: 'Person', name: [{ given: ['Bo'] }], gender: 'other' };
  const before = JSON.stringify(patient);
  const first = path({ resource: patient }).map(({ value }) => value);
  expect(path({ resource: other }).map(({ value }) => value)).toEqual(['Bo', 'other']);
  expect(path({ resource: patient }).map(({ value }) => value)).toEqual(first);
  expect(JSON.stringify(patient)).toBe(before);
  expect(compilePath('Observation.status')({ resource: patient })).toEqual([]);
});
