// Functions, by section of http://hl7.org/fhirpath/N1 and http://hl7.org/fhir/R4/fhirpath.html. The language: language.test.ts.
import { expect, test } from 'vitest';
import { evaluate, now, patient, type Case } from './cases.test-kit.ts';
import { compilePath } from './compile.ts';
import { FhirPathError } from './fhirpath.ts';
import type { ResourceJson } from '../../base/json-types.ts';

const clock: readonly Case[] = [
  ['now()', ['2024-02-29T12:30:15.250Z']],
  ['today()', ['2024-02-29']],
  ['timeOfDay()', ['12:30:15.250']],
  ['now() = now()', [true]],
  ['today() - 1 year', ['2023-02-28']],
  ['now() > @2024-02-29T12:30:15Z', [true]],
];

const strings: readonly Case[] = [
  ["'abcdefg'.indexOf('bc')", [1]],
  ["'abcdefg'.indexOf('x')", [-1]],
  ["'abcabc'.lastIndexOf('bc')", [4]],
  ["'abcdefg'.substring(3)", ['defg']],
  ["'abcdefg'.substring(1, 2)", ['bc']],
  ["'abcdefg'.substring(6, 2)", ['g']],
  ["'abcdefg'.substring(7)", []],
  ["'abcdefg'.substring(-1)", []],
  ['{}.substring(1)', []],
  ["'abc'.startsWith('ab')", [true]],
  ["'abc'.startsWith('')", [true]],
  ["'abc'.startsWith({})", []],
  ["'abc'.endsWith('bc')", [true]],
  ["'abc'.contains('b')", [true]],
  ["'abc'.contains('x')", [false]],
  ["'aBc'.upper()", ['ABC']],
  ["'aBc'.lower()", ['abc']],
  ["' a '.trim()", ['a']],
  ["'abcabc'.replace('bc', 'x')", ['axax']],
  ["'abc'.replace('', 'x')", ['xaxbxcx']],
  ["'abc'.replace('b', '$&')", ['a$&c']],
  ["'http://a.b/c'.matches('^http')", [true]],
  ["'abc'.matches('^b')", [false]],
  ["'abc'.matchesFull('b')", [false]],
  ["'a\\nb'.matches('a.b')", [true]],
  ["'a/b-c'.matches('^[a-z\\\\/\\\\-_]+$')", [true]],
  ["'11/30/1972'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$2-$1-$3')", ['30-11-1972']],
  ["'abc'.replaceMatches('', 'x')", ['abc']],
  ["'abc'.matches('(')", 'run'],
  ["'abc'.length()", [3]],
  ["'ab'.toChars()", ['a', 'b']],
  ["'a,b'.split(',')", ['a', 'b']],
  ["name[0].given.join(', ')", ['Ada, Ngozi']],
  ['1.length()', 'run'],
  ["name.given.startsWith('A')", 'run'],
];

const existence: readonly Case[] = [
  ['name.empty()', [false]],
  ['{}.empty()', [true]],
  ['photo.empty()', [true]],
  ['name.exists()', [true]],
  ["name.exists(use = 'old')", [true]],
  ["name.exists(use = 'temp')", [false]],
  ['name.all(given.exists())', [true]],
  ['name.all(family.exists())', [false]],
  ['{}.all(false)', [true]],
  ['(true | false).allTrue()', [false]],
  ['{}.allTrue()', [true]],
  ['(true | false).anyTrue()', [true]],
  ['(true | false).allFalse()', [false]],
  ['(true | false).anyFalse()', [true]],
  ['(1 | 2).allTrue()', 'run'],
  ['(1 | 2).subsetOf(1 | 2 | 3)', [true]],
  ['(1 | 4).subsetOf(1 | 2 | 3)', [false]],
  ['(1 | 2 | 3).supersetOf(1 | 2)', [true]],
  ['name.count()', [3]],
  ['{}.count()', [0]],
  ['name.given.distinct()', ['Ada', 'Ngozi']],
  ['name.given.isDistinct()', [false]],
  ['name.isDistinct()', [true]],
  ['contact.select(name | name).isDistinct()', [true]],
];

const filtering: readonly Case[] = [
  ["name.where(given = 'Ada').use", ['usual']],
  ['name.where(family).use', ['official', 'old']],
  ['name.where($index > 0).use', ['usual', 'old']],
  ["name.where(given.exists($this = 'Ngozi')).use", ['official', 'old']],
  ['name.select(given.first())', ['Ada', 'Ada', 'Ada']],
  ["name.select(use & ':' & $index.toString())", ['official:0', 'usual:1', 'old:2']],
  ["telecom.select(system + '=' + value)", ['phone=555-0100', 'email=ada@example.org']],
  ['name.given.select($this.length())', [3, 5, 3, 3, 5]],
  ['contact.repeat(name).family', ['Eze']],
  ['(1 | 2).repeat(iif($this < 4, $this + 1, {}))', [2, 3, 4]],
  ['name.first().use', ['official']],
  ['name.last().use', ['old']],
  ['name.tail().use', ['usual', 'old']],
  ['name.skip(2).use', ['old']],
  ['name.skip(-1).count()', [3]],
  ['name.take(2).use', ['official', 'usual']],
  ['name.take(0)', []],
  ['name.single()', 'run'],
  ['contact.single().name.family', ['Eze']],
  ['{}.single()', []],
  ['name.skip({})', 'run'],
  ["name[0].given.intersect('Ada' | 'Bo')", ['Ada']],
  ["name.given.exclude('Ada')", ['Ngozi', 'Ngozi']],
  ['name[0].given.union(name[1].given)', ['Ada', 'Ngozi']],
  ['name[0].given | name[2].given', ['Ada', 'Ngozi']],
  ['name[0].given.combine(name[1].given)', ['Ada', 'Ngozi', 'Ada']],
  ['(1 | 1.0 | 2)', [1, 2]],
  ["'Ada' in name.given", [true]],
  ["'Bo' in name.given", [false]],
  ["'Bo' in {}", [false]],
  ['{} in name.given', []],
  ["name.given contains 'Ngozi'", [true]],
  ['name.given in name.given', 'run'],
];

const conversion: readonly Case[] = [
  ["'T'.toBoolean()", [true]],
  ["'no'.toBoolean()", [false]],
  ["'maybe'.toBoolean()", []],
  ['1.toBoolean()', [true]],
  ['2.toBoolean()', []],
  ["'-12'.toInteger()", [-12]],
  ["'1.5'.toInteger()", []],
  ['true.toInteger()', [1]],
  ["'1.50'.toDecimal()", [1.5]],
  ["'x'.toDecimal()", []],
  ['1.5.toString()', ['1.5']],
  ['true.toString()', ['true']],
  ["(1 'mg').toString()", ["1 'mg'"]],
  ['(2 weeks).toString()', ['2 weeks']],
  ['name[0].toString()', []],
  ["'2015-02-04'.toDate()", ['2015-02-04']],
  ["'2015-02-30'.toDate()", []],
  ["'2015-02-04T10:00:00Z'.toDate()", ['2015-02-04']],
  ["'2015-02-04T10:00:00Z'.toDateTime()", ['2015-02-04T10:00:00Z']],
  ["'10:30'.toTime()", ['10:30']],
  ["'25:30'.toTime()", []],
  ["'4 days'.toQuantity() = 4 days", [true]],
  ["'1.5 \\'mg\\''.toQuantity() = 1.5 'mg'", [true]],
  ["1.toQuantity() = 1 '1'", [true]],
  ["(1 'g').toQuantity('mg') = 1000 'mg'", [true]],
  ["'4 apples'.toQuantity()", []],
  ["'1'.convertsToInteger()", [true]],
  ["'a'.convertsToInteger()", [false]],
  ["'a'.convertsToString()", [true]],
  ["'2015-02'.convertsToDate()", [true]],
  ["'1.0'.convertsToDecimal()", [true]],
  ['{}.convertsToInteger()', []],
  ['(1 | 2).toInteger()', 'run'],
  ["iif(active, 'a', 'b')", ['a']],
  ["iif({}, 'a', 'b')", ['b']],
  ["iif(false, 'a')", []],
  ["iif(true, 'a', 1 / 'x')", ['a']],
  ["photo.iif(empty(), 'none', 'some')", ['none']],
  ["name.iif(count() > 2, first().use, 'few')", 'run'],
  ["name.first().iif(given.count() > 1, use, 'few')", ['official']],
];

const tree: readonly Case[] = [
  ['contact.name.children()', ['Eze']],
  ['name[1].children().count()', [2]],
  ['contact.descendants().ofType(code)', ['N']],
  ['birthDate.children().url', ['http://example.org/time']],
  ["descendants().where($this = 'Eze').count()", [1]],
  ['(1 | 2 | 3 | 4).aggregate($this + $total, 0)', [10]],
  ['(5 | 2 | 9).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))', [2]],
  ["name.trace('names').given.trace('given', $this).count()", [5]],
  ['birthDate.type().name', ['date']],
  ['(1 | active).type().namespace', ['System', 'FHIR']],
  ['(-3).abs()', [3]],
  ["(-3 'mg').abs() = 3 'mg'", [true]],
  ['1.1.ceiling()', [2]],
  ['(-1.1).floor()', [-2]],
  ['(-1.9).truncate()', [-1]],
  ['0.exp()', [1]],
  ['1.ln()', [0]],
  ['16.log(2)', [4]],
  ['2.power(3)', [8]],
  ['2.power(-1)', [0.5]],
  ['(-1).power(0.5)', []],
  ['2.71459.round(3)', [2.715]],
  ['1.5.round()', [2]],
  ['81.sqrt()', [9]],
  ['(-1).sqrt()', []],
  ['{}.abs()', []],
  ["'a'.abs()", 'run'],
  ['1.1.round(-1)', 'run'],
];

const fhir: readonly Case[] = [
  ["extension('http://example.org/note').value", ['a note']],
  ["extension('http://example.org/nothing')", []],
  ["birthDate.extension('http://example.org/time').exists()", [true]],
  ['active.hasValue()', [true]],
  ['name.given.hasValue()', [false]],
  ['photo.hasValue()', [false]],
  ['gender.getValue()', ['female']],
  ['name[0].getValue()', []],
  ["gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", [true]],
  ["'blue'.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')", [false]],
  ["gender.memberOf('http://example.org/nothing')", []],
  ['gender.memberOf(%`vs-administrative-gender`)', [true]],
  ["conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", [true]],
  ["conformsTo('http://hl7.org/fhir/StructureDefinition/Person')", [false]],
  ["conformsTo('http://hl7.org/fhir/StructureDefinition/vitalsigns')", []],
  ["'a'.subsumes('b')", []],
  ['text.div.htmlChecks()', [true]],
  ['text.`div`.htmlChecks()', [true]],
  ['%ucum', ['http://unitsofmeasure.org']],
  ['%sct', ['http://snomed.info/sct']],
  ['%loinc', ['http://loinc.org']],
  ['%resource.id', ['p1']],
  ['name.where(%resource.active).count()', [3]],
  ['%context.gender', ['female']],
  ['%rootResource.contained.id', ['org']],
];

const resolving: readonly Case[] = [
  ['managingOrganization.resolve().name', ['Hill Clinic']],
  ['generalPractitioner.where(resolve() is Practitioner).reference', ['Practitioner/7']],
  ['generalPractitioner.where(resolve() is Organization).count()', [2]],
  ['generalPractitioner[3].resolve() is PractitionerRole', [true]],
  ['generalPractitioner[0].resolve().name', []],
  ['generalPractitioner[4].resolve()', []],
  ['generalPractitioner.resolve().ofType(Organization).name', ['Hill Clinic']],
  ["'Patient/1'.resolve() is Patient", [true]],
  ["'Nothing/1'.resolve()", []],
  ["'#'.resolve().id", ['p1']],
  ["'#nobody'.resolve()", []],
];

const tables: Readonly<Record<string, readonly Case[]>> = {
  '[FP6] the clock': clock,
  '[FP15] strings': strings,
  '[FP16] existence': existence,
  '[FP17] filtering and combining': filtering,
  '[FP18] conversion': conversion,
  '[FP19] tree, aggregate and mathematics': tree,
  '[FP20] of FHIR': fhir,
  '[FP21] resolve': resolving,
};
for (const [name, cases] of Object.entries(tables)) {
  test.each(cases)(`${name}: %s`, (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });
}

test('[FP6] without a clock there is no now', () => {
  expect(() => compilePath('today()')({ resource: patient })).toThrow(FhirPathError);
  expect(() => compilePath('name.where(period.start < now())')({ resource: patient })).toThrow('clock');
});

test('[FP20] %resource is the contained resource, %rootResource the one around it, %context the focus', () => {
  const contained = (patient['contained'] as unknown as readonly ResourceJson[])[0];
  if (contained === undefined) throw new Error('the sample lost its contained resource');
  const at = (expression: string): unknown[] =>
    compilePath(expression)({ resource: contained, rootResource: patient, now }).map(({ value }) => value);
  expect(at('%resource.id')).toEqual(['org']);
  expect(at('%rootResource.id')).toEqual(['p1']);
  expect(at("'#org'.resolve().name")).toEqual(['Hill Clinic']);
  const focus = { value: 'Eze', type: 'string', path: 'Patient.contact[0].name.family' };
  expect(compilePath('$this & %context & %resource.id')({ resource: patient }, focus)[0]?.value).toBe('EzeEzep1');
});

test('[FP21] a reference to an entry of the bundle around finds it by its fullUrl', () => {
  const bundle: ResourceJson = {
    resourceType: 'Bundle',
    entry: [
      { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', id: 'a', gender: 'male' } },
      { fullUrl: 'http://example.org/fhir/Group/b', resource: { resourceType: 'Group', id: 'b', name: 'g' } },
      {
        resource: {
          resourceType: 'Observation',
          subject: { reference: 'urn:uuid:1' },
          focus: [{ reference: 'Group/b' }, { reference: 'Group/c' }],
        },
      },
    ],
  };
  const at = (expression: string): readonly unknown[] => evaluate(expression, bundle) as readonly unknown[];
  expect(at('entry.resource.ofType(Observation).subject.resolve().gender')).toEqual(['male']);
  expect(at('entry.resource.ofType(Observation).subject.resolve() is Patient')).toEqual([true]);
  expect(at('entry.resource.ofType(Observation).focus.resolve().name')).toEqual(['g']);
  expect(at('entry.resource.ofType(Observation).focus.where(resolve() is Group).count()')).toEqual([2]);
});

test('[FP23] nodes say their type, path and what stands beside them', () => {
  const nodes = (expression: string): unknown[] =>
    compilePath(expression)({ resource: patient }).map(({ path, type }) => `${path} ${type}`);
  expect(nodes('Patient.name[0].given')).toEqual([
    'Patient.name[0].given[0] string',
    'Patient.name[0].given[1] string',
  ]);
  expect(nodes('extension.value')).toEqual([
    'Patient.extension[0].value Quantity',
    'Patient.extension[1].value string',
  ]);
  expect(nodes('birthDate | contact | contained | $this')).toEqual([
    'Patient.birthDate date',
    'Patient.contact[0] Patient.contact',
    'Patient.contained[0] Organization',
    'Patient Patient',
  ]);
  expect(nodes('contained.name')).toEqual(['Patient.contained[0].name string']);
  expect(nodes('name.count()')).toEqual([' System.Integer']);
  expect(compilePath('birthDate')({ resource: patient })[0]?.extra).toBe(patient['_birthDate']);
  const name = compilePath('name[2]')({ resource: patient })[0];
  expect(compilePath('given[1]')({ resource: patient }, name)[0]?.path).toBe('Patient.name[2].given[1]');
  const outside = { value: { family: 'x' }, type: 'HumanName', path: 'Patient.contact[3].name' };
  expect(compilePath('family')({ resource: patient }, outside)[0]?.path).toBe('Patient.contact[3].name.family');
});

test('[FP24] an expression that would run for hours is stopped', () => {
  const deep = '%resource.descendants()';
  const endless = `${deep}.all(${deep}.all(${deep}.all(${deep}.all(${deep}.all(${deep}.all(${deep}.exists()))))))`;
  expect(() => compilePath(endless)({ resource: patient })).toThrow('too many steps');
  expect(() => compilePath('1.repeat($this + 1)')({ resource: patient })).toThrow('too many steps');
});
