import { expect, test } from 'vitest';
import type { Fault } from '../fault.ts';
import { applyFhirPathPatch } from './fhirpath-patch.ts';

type Part = Readonly<Record<string, unknown>>;
const part = (name: string, value: Part): Part => ({ name, ...value });
const text = (value: string): Part => ({ valueString: value });
const operation = (type: string, path: string, ...more: Part[]): Part => ({
  name: 'operation',
  part: [part('type', { valueCode: type }), part('path', text(path)), ...more],
});
const parameters = (...parameter: Part[]): string => JSON.stringify({ resourceType: 'Parameters', parameter });

function patched(resource: string, ...operations: Part[]): string {
  const result = applyFhirPathPatch(resource, parameters(...operations));
  if (!result.ok) throw new Error(`refused: ${result.error[0]?.rule} ${result.error[0]?.message}`);
  return result.value;
}
function fault(resource: string, patch: string): Fault {
  const result = applyFhirPathPatch(resource, patch);
  const first = result.ok ? undefined : result.error[0];
  if (first === undefined) throw new Error('was accepted');
  return first;
}
const patient = (rest: string): string => `{"resourceType":"Patient"${rest}}`;
const add = (path: string, name: string, value: Part): Part =>
  operation('add', path, part('name', text(name)), part('value', value));
const insert = (path: string, index: number, value: Part): Part =>
  operation('insert', path, part('index', { valueInteger: index }), part('value', value));
const replace = (path: string, value: Part): Part => operation('replace', path, part('value', value));
const move = (path: string, source: number, destination: number): Part =>
  operation('move', path, part('source', { valueInteger: source }), part('destination', { valueInteger: destination }));
const remove = (path: string): Part => operation('delete', path);

const identifiers = (...values: string[]): string =>
  `,"identifier":[${values.map((value) => `{"value":"${value}"}`).join(',')}]`;

test.each([
  ['add to nothing', '', add('Patient', 'birthDate', { valueDate: '1930-01-01' }), ',"birthDate":"1930-01-01"'],
  [
    'add to a list',
    identifiers('a'),
    add('Patient', 'identifier', { valueIdentifier: { value: 'b' } }),
    identifiers('a', 'b'),
  ],
  ['add makes a list', '', add('Patient', 'identifier', { valueIdentifier: { value: 'a' } }), identifiers('a')],
  [
    'add below',
    ',"contact":[{"gender":"male"}]',
    add('Patient.contact[0]', 'name', { valueHumanName: { text: 'a' } }),
    ',"contact":[{"gender":"male","name":{"text":"a"}}]',
  ],
  [
    'replace',
    ',"birthDate":"1920-01-01","active":true',
    replace('Patient.birthDate', { valueDate: '1930-01-01' }),
    ',"birthDate":"1930-01-01","active":true',
  ],
  [
    'replace below',
    ',"contact":[{"name":{"text":"a"}}]',
    replace('Patient.contact[0].name.text', { valueString: 'b' }),
    ',"contact":[{"name":{"text":"b"}}]',
  ],
  [
    'replace in a list',
    identifiers('a', 'b'),
    replace("Patient.identifier.where(value = 'b')", { valueIdentifier: { value: 'c' } }),
    identifiers('a', 'c'),
  ],
  ['delete', ',"birthDate":"1920-01-01"', remove('Patient.birthDate'), ''],
  ['delete of the last in a list', identifiers('a'), remove('Patient.identifier[0]'), ''],
  ['delete in a list', identifiers('a', 'b', 'c'), remove("identifier.where(value='b')"), identifiers('a', 'c')],
  [
    'insert first',
    identifiers('a', 'b'),
    insert('Patient.identifier', 0, { valueIdentifier: { value: 'c' } }),
    identifiers('c', 'a', 'b'),
  ],
  [
    'insert last',
    identifiers('a', 'b'),
    insert('Patient.identifier', 2, { valueIdentifier: { value: 'c' } }),
    identifiers('a', 'b', 'c'),
  ],
  ['insert into nothing', '', insert('Patient.identifier', 0, { valueIdentifier: { value: 'c' } }), identifiers('c')],
  ['move up', identifiers('a', 'b', 'c', 'd'), move('Patient.identifier', 3, 1), identifiers('a', 'd', 'b', 'c')],
  ['move down', identifiers('a', 'b', 'c', 'd'), move('identifier', 0, 3), identifiers('b', 'c', 'd', 'a')],
])('[PT10] %s', (_name, before, step, after) => {
  expect(patched(patient(before), step)).toBe(patient(after));
});

test('[PT10] add refuses an element that is there and does not repeat', () => {
  const patch = parameters(add('Patient', 'birthDate', { valueDate: '1930-01-01' }));
  expect(fault(patient(',"birthDate":"1920-01-01"'), patch).rule).toBe('patch-path');
  expect(
    fault(patient(',"deceasedBoolean":false'), parameters(add('Patient', 'deceased', { valueDateTime: '2020' }))).rule,
  ).toBe('patch-path');
});

test.each([
  ['two elements', identifiers('a', 'b'), remove('Patient.identifier')],
  ['nothing to replace', '', replace('Patient.birthDate', { valueDate: '1930-01-01' })],
  ['nothing to add to', '', add('Patient.contact[0]', 'gender', { valueCode: 'male' })],
  ['the resource itself', '', remove('Patient')],
  ['a made-up value', '', replace("'a' + 'b'", { valueString: 'c' })],
  ['no list', ',"birthDate":"1920-01-01"', move('Patient.birthDate', 0, 0)],
  ['an index beyond the end', identifiers('a'), insert('Patient.identifier', 2, { valueIdentifier: { value: 'c' } })],
  ['a source beyond the end', identifiers('a'), move('Patient.identifier', 1, 0)],
  ['an element that the type does not have', '', add('Patient', 'colour', { valueString: 'blue' })],
  ['__proto__', '', add('Patient', '__proto__', { valueString: 'x' })],
  ['a choice of no such type', '', add('Patient', 'deceased', { valueQuantity: { value: 1 } })],
  ['a wrong use', identifiers('a', 'b'), remove('Patient.identifier.where(value > 1)')],
])('[PT7] %s: refused', (_name, before, step) => {
  expect(fault(patient(before), parameters(step))).toMatchObject({
    rule: 'patch-path',
    path: 'Parameters.parameter[0]',
  });
});
test('[PT7] delete of nothing changes nothing', () => {
  expect(patched(patient(identifiers('a')), remove('Patient.birthDate'), remove('Patient.identifier[7]'))).toBe(
    patient(identifiers('a')),
  );
});

test('[PT1] a later fault undoes what came before', () => {
  const patch = parameters(remove('Patient.birthDate'), replace('Patient.gender', { valueCode: 'male' }));
  expect(fault(patient(',"birthDate":"1920-01-01"'), patch).path).toBe('Parameters.parameter[1]');
});

test('[PT2] numbers keep their text, in the resource and out of the patch', () => {
  const before =
    '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.50},"component":[{"valueQuantity":{"value":12345678901234567890.10}}]}';
  expect(patched(before, replace('Observation.status', { valueCode: 'amended' }))).toBe(
    before.replace('final', 'amended'),
  );
  const patch = parameters(replace('Observation.value', { valueQuantity: { value: 2 } })).replace(
    '"value":2',
    '"value":2.00',
  );
  const result = applyFhirPathPatch(before, patch);
  expect(result.ok && result.value).toBe(before.replace('1.50', '2.00'));
});

test('[PT8] a primitive and what stands beside it go together', () => {
  const before = patient(
    ',"birthDate":"1920","_birthDate":{"id":"x"},"name":[{"given":["a","b","c"],"_given":[null,{"id":"b"},null]}]',
  );
  expect(patched(before, remove('Patient.birthDate'))).not.toContain('irthDate');
  expect(patched(before, move('Patient.name.given', 1, 0))).toContain(
    '"given":["b","a","c"],"_given":[{"id":"b"},null,null]',
  );
  expect(patched(before, remove('Patient.name.given[1]'))).toContain('{"given":["a","c"]}');
  expect(patched(before, insert('Patient.name.given', 0, { valueString: 'z' }))).toContain(
    '"given":["z","a","b","c"],"_given":[null,null,{"id":"b"},null]',
  );
  expect(patched(before, replace('Patient.birthDate', { valueDate: '1930' }))).toContain('"birthDate":"1930","name"');
  expect(patched(before, replace('Patient.name.given[0]', { valueString: 'y', _valueString: { id: 'y' } }))).toContain(
    '"given":["y","b","c"],"_given":[{"id":"y"},{"id":"b"},null]',
  );
  expect(patched(before, replace('Patient.birthDate', { _valueDate: { id: 'only' } }))).toContain(
    '"_birthDate":{"id":"only"}',
  );
});
test('[PT8] an extension can be added to a primitive that has none', () => {
  const extension = { valueExtension: { url: 'http://example.org/e', valueBoolean: true } };
  const made = '{"extension":[{"url":"http://example.org/e","valueBoolean":true}]}';
  expect(patched(patient(',"birthDate":"1920"'), add('Patient.birthDate', 'extension', extension))).toBe(
    patient(`,"birthDate":"1920","_birthDate":${made}`),
  );
  expect(patched(patient(',"name":[{"given":["a","b"]}]'), add('Patient.name.given[1]', 'extension', extension))).toBe(
    patient(`,"name":[{"given":["a","b"],"_given":[null,${made}]}]`),
  );
});

test.each([
  "Patient.name.where(family.matches('(a+)+$'))",
  "Patient.name.where(family.replaceMatches('(a+)+$', '') = 'a')",
  'Patient.repeat($this)',
  "Patient.name.aggregate($total & 'x', 'x')",
  'Patient.descendants().where(id = 1)',
  'Patient.name.where(%resource.name.exists())',
  'Patient.name.select($this.combine($this))',
])('[PT9] %s is refused', (path) => {
  expect(fault(patient(',"name":[{"family":"a"}]'), parameters(remove(path))).rule).toBe('patch-limit');
});
test('[PT9] a path that filters a large list over and over runs out of budget', () => {
  const filter = '.where(given.where($this.length() > 0).exists() and family.exists())';
  const names = Array.from({ length: 2_000 }, (_, i) => `{"family":"f${i}","given":["g","h"]}`).join(',');
  const resource = patient(`,"name":[${names}]`);
  expect(fault(resource, parameters(remove(`Patient.name${filter.repeat(60)}`))).message).toContain('too many steps');
  expect(patched(resource, remove(`Patient.name${filter.repeat(3)}.first()`))).not.toContain('"f0"');
});

test('[PT4] too many operations and too deep a value are refused', () => {
  const many = Array.from({ length: 1_001 }, () => remove('Patient.birthDate'));
  expect(fault(patient(''), parameters(...many)).rule).toBe('patch-limit');
  let extension: Part = { url: 'u' };
  for (let i = 0; i < 46; i++) extension = { url: 'u', extension: [extension] };
  const fits = patched(patient(''), add('Patient', 'extension', { valueExtension: extension }));
  const innermost = `Patient${'.extension[0]'.repeat(47)}`;
  const deep = parameters(add(innermost, 'extension', { valueExtension: { url: 'u', extension: [extension] } }));
  expect(fault(fits, deep).rule).toBe('patch-limit');
});

test('[PT11] a choice takes its name from the type of the value, and only one stands', () => {
  const before = '{"resourceType":"Observation","valueString":"a","_valueString":{"id":"x"}}';
  expect(patched(before, replace('Observation.value', { valueQuantity: { value: 1 } }))).toBe(
    '{"resourceType":"Observation","valueQuantity":{"value":1}}',
  );
  expect(patched(patient(''), add('Patient', 'deceased', { valueBoolean: false }))).toBe(
    patient(',"deceasedBoolean":false'),
  );
  expect(patched(patient(''), add('Patient', 'deceasedBoolean', { valueBoolean: false }))).toBe(
    patient(',"deceasedBoolean":false'),
  );
});
test('[PT11] a backbone element is made of parts, with lists where its type has lists', () => {
  const contact = {
    part: [
      part('name', { valueHumanName: { text: 'a' } }),
      part('gender', { valueCode: 'male' }),
      part('relationship', { valueCodeableConcept: { text: 'r' } }),
    ],
  };
  const made = '{"name":{"text":"a"},"gender":"male","relationship":[{"text":"r"}]}';
  expect(patched(patient(''), add('Patient', 'contact', contact))).toBe(patient(`,"contact":[${made}]`));
  expect(patched(patient(`,"contact":[{},${made}]`), replace('Patient.contact[0]', contact))).toBe(
    patient(`,"contact":[${made},${made}]`),
  );
  const component = {
    part: [
      part('code', { valueCodeableConcept: { text: 'c' } }),
      part('value', { valueInteger: 5 }),
      part('referenceRange', { part: [part('text', text('t'))] }),
    ],
  };
  expect(patched('{"resourceType":"Observation"}', add('Observation', 'component', component))).toBe(
    '{"resourceType":"Observation","component":[{"code":{"text":"c"},"valueInteger":5,"referenceRange":[{"text":"t"}]}]}',
  );
  expect(patched(patient(''), add('Patient', 'contained', { resource: { resourceType: 'Basic', id: 'b' } }))).toBe(
    patient(',"contained":[{"resourceType":"Basic","id":"b"}]'),
  );
  const unknown = parameters(add('Patient', 'contact', { part: [part('colour', text('blue'))] }));
  expect(fault(patient(''), unknown).rule).toBe('patch-path');
});

test.each([
  ['no JSON', '{'],
  ['another resource', '{"resourceType":"Patient"}'],
  ['no operations', '{"resourceType":"Parameters"}'],
  ['another parameter', '{"resourceType":"Parameters","parameter":[{"name":"x"}]}'],
  ['no parts', '{"resourceType":"Parameters","parameter":[{"name":"operation"}]}'],
  ['an unknown type', parameters(operation('merge', 'Patient'))],
  ['a path that is no expression', parameters(remove('Patient.('))],
  ['no name', parameters(operation('add', 'Patient', part('value', { valueCode: 'x' })))],
  ['no value', parameters(operation('replace', 'Patient.gender'))],
  ['two values', parameters(replace('Patient.gender', { valueCode: 'x', valueString: 'y' }))],
  ['two paths', parameters(operation('delete', 'Patient.gender', part('path', text('Patient.name'))))],
  ['a negative index', parameters(insert('Patient.name', -1, { valueHumanName: {} }))],
])('[PT10] %s is no FHIRPath Patch', (_name, patch) => {
  expect(fault(patient(',"gender":"male"'), patch).rule).toBe('patch-syntax');
});

test('[PT12] faults give the position and no content', () => {
  const resource = patient(',"name":[{"family":"Secretperson"},{"family":"Secretother"}]');
  const patches = [
    remove('Patient.name'),
    remove("Patient.name.where(family = 'Secretperson' +)"),
    add('Patient', 'Secretname', text('x')),
    remove('Secretfunction()'),
  ];
  for (const patch of patches) expect(JSON.stringify(fault(resource, parameters(patch)))).not.toContain('Secret');
});
