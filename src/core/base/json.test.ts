import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from './json-types.ts';
import { JsonNumber, numberOf, parseJson, printJson, type JsonFault, type ParsedJson } from './json.ts';

function read(text: string, numbers: 'native' | 'lossless' = 'native'): ParsedJson {
  const parsed = parseJson(text, { numbers });
  if (!parsed.ok) throw new Error(`refused: ${parsed.error.message} at ${parsed.error.offset}`);
  return parsed.value;
}
function refusal(text: string): JsonFault {
  const parsed = parseJson(text);
  if (parsed.ok) throw new Error('was accepted');
  return parsed.error;
}
function nested(depth: number): string {
  return '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
}

test('[JS1] any JSON text means what JSON.parse says, however it is spaced and escaped', () => {
  const texts = fc
    .tuple(fc.jsonValue({ noUnicodeString: false, maxDepth: 6 }), fc.nat(3), fc.boolean())
    .map(([value, indent, escaped]) => {
      const text = JSON.stringify(value, undefined, indent);
      return escaped
        ? text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : text;
    });
  fc.assert(
    fc.property(texts, (text) => {
      fc.pre(!/\p{Surrogate}/u.test(text) && !/\\ud[89a-f]/i.test(JSON.stringify(JSON.parse(text))));
      expect(read(text).value).toEqual(JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

test('[JS1] escapes, signs, exponents and empty containers', () => {
  const text =
    ' {"":[ ] ,"a" : { }, "n":[0,-0,1.50,-1.5E+3,2e-2,12345678901234567890],"s":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00😀é","t":[true,false,null]}\r\n\t';
  expect(read(text).value).toEqual(JSON.parse(text));
});

test('[JS2] a text with one character changed, dropped or doubled is refused exactly where JSON.parse refuses it', () => {
  const seedText = '{"a":[1,-2.5e+10,"x\\u00e9\\n",true],"b":{"c":null,"d":"é"},"meta":{"e":0.1}}';
  const strange = '{}[]:,"\\/ \u00a0\n\u0000\u001f0123456789eE+-.tfnu\u2028';
  const changes = fc.tuple(fc.nat(seedText.length), fc.nat(2), fc.constantFrom(...strange));
  let refused = 0;
  fc.assert(
    fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), (edits) => {
      let text = seedText;
      for (const [at, cut, put] of edits) text = text.slice(0, at) + put + text.slice(at + cut);
      let native: { value: JsonValue } | undefined;
      try {
        native = { value: JSON.parse(text) as JsonValue };
      } catch {
        native = undefined;
      }
      const ours = parseJson(text);
      if (native === undefined) refused++;
      if (native === undefined) expect(ours.ok).toBe(false);
      else if (ours.ok) expect(ours.value.value).toEqual(native.value);
      else expect(ours.error.message).toBe('this name stands twice in its object');
    }),
    { numRuns: 5_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});

test.each([
  ['', 'the text ends where a value must stand'],
  ['\ufeff{}', 'a byte order mark must not stand before JSON'],
  ['{} x', 'nothing may follow the JSON value'],
  ['{}{}', 'nothing may follow the JSON value'],
  ['01', 'a number has no leading zeros'],
  ['-', 'a digit must stand here'],
  ['1.', 'a digit must stand here'],
  ['.5', 'a value must stand here'],
  ['+1', 'a value must stand here'],
  ['1e', 'a digit must stand here'],
  ['NaN', 'a value must stand here'],
  ['nul', 'a value must stand here'],
  ['[1,]', 'a value must stand here'],
  ['[1 2]', 'a comma or ] must stand here'],
  ['[', 'the text ends where a value must stand'],
  ['{"a":1,}', 'a name in quotes must stand here'],
  ['{a:1}', 'a name in quotes must stand here'],
  ['{"a" 1}', 'a colon must stand here'],
  ['{"a":1 "b":2}', 'a comma or } must stand here'],
  ['{"b":{"a":1', 'a comma or } must stand here'],
  ['"abc', 'the text ends inside a string'],
  ['"abc\\', 'this escape is not one of JSON'],
  ['"a\nb"', 'a control character must be escaped in a string'],
  ['{"a\u0001":1}', 'a control character must be escaped in a string'],
  ['"\\x41"', 'this escape is not one of JSON'],
  ['"\\u00g0"', 'four hexadecimal digits must follow'],
  ['\u00a0{}', 'a value must stand here'],
  ["{'a':1}", 'a name in quotes must stand here'],
  ['/* */{}', 'a value must stand here'],
])('[JS2] %j is refused in words', (text, message) => {
  expect(refusal(text).message).toBe(message);
});

test.each([
  '{"a":1,"a":1}',
  '{"x":{"a":1,"b":2,"\\u0061":3}}',
  '[{"é":1,"\\u00e9":2}]',
  '{"meta":{"tag":1,"tag":2}}',
  '{"x":{"__proto__":1,"__proto__":2}}',
  '{"":1,"":2}',
  '{"x":{"a":null,"a":1}}',
])('[JS3] the second of two equal names is refused: %s', (text) => {
  expect(refusal(text).message).toBe('this name stands twice in its object');
});

test.each([
  '"\\ud800"',
  '"\\udc00x"',
  '"\\ud83d\\u0041"',
  '"\\ud83dx"',
  '"\ud83d"',
  '"a\ude00"',
  '{"\ud800":1}',
  '"\\ud83d\ude00"',
  '"\ud83d\\ude00"',
  '"\\n\ud83d"',
])('[JS4] half of a surrogate pair is refused: case %#', (text) => {
  expect(refusal(text).message).toBe('half of a surrogate pair is no character');
});

test('[JS5] the limit counts nested containers, and a million brackets are refused, not a crash', () => {
  expect(parseJson(nested(100)).ok).toBe(true);
  expect(refusal(`[${nested(100)}]`).message).toBe('nesting is deeper than 100');
  expect(parseJson(nested(1_000), { depthMax: 1_000 }).ok).toBe(true);
  expect(parseJson('[]', { depthMax: 0 }).ok).toBe(false);
  expect(refusal('['.repeat(1_000_000)).message).toBe('nesting is deeper than 100');
  expect(refusal('{"meta":'.repeat(1_000_000)).message).toBe('nesting is deeper than 100');
  expect(() => parseJson('[]', { depthMax: 1_001 })).toThrow('depthMax');
});

test('[JS6] __proto__, constructor and toString are own members, and no prototype changes', () => {
  const text =
    '{"__proto__":{"admin":true},"constructor":1,"x":{"__proto__":{"admin":true},"toString":2,"hasOwnProperty":3},"meta":{"__proto__":[4]}}';
  const root = read(text).value as Record<string, Record<string, JsonValue>>;
  for (const built of [root, root['x'] ?? {}, root['meta'] ?? {}]) {
    expect(Object.hasOwn(built, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(built)).toBe(Object.prototype);
    expect(built['admin']).toBeUndefined();
  }
  expect(JSON.stringify(root)).toBe(text);
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

test('[JS7] spans of the root and of meta cut out exactly the names and values of the text', () => {
  const text =
    ' { "resourceType" : "Patient",\n "meta":{ "versionId":"1" , "lastUpdated": "2020" },"a\\u0062": [1, {"meta":{"x":1}}] }';
  const { members, metaMembers } = read(text);
  expect(
    members.map((m) => [m.name, text.slice(m.nameStart, m.valueStart), text.slice(m.valueStart, m.valueEnd)]),
  ).toEqual([
    ['resourceType', '"resourceType" : ', '"Patient"'],
    ['meta', '"meta":', '{ "versionId":"1" , "lastUpdated": "2020" }'],
    ['ab', '"a\\u0062": ', '[1, {"meta":{"x":1}}]'],
  ]);
  expect(metaMembers.map((m) => [m.name, text.slice(m.nameStart, m.valueEnd)])).toEqual([
    ['versionId', '"versionId":"1"'],
    ['lastUpdated', '"lastUpdated": "2020"'],
  ]);
  expect(read('[{"meta":{"a":1}}]')).toMatchObject({ members: [], metaMembers: [] });
  expect(read('{"meta":[{"a":1}]}').metaMembers).toEqual([]);
});

test('[JS8] a fault names the place and quotes nothing', () => {
  const fault = refusal('{\n  "family": "Secretperson",\n  "given": Secretname\n}');
  expect(fault).toEqual({ line: 3, column: 12, offset: 41, message: 'a value must stand here' });
  const secret = 'Secretname';
  for (const text of [`"${secret}`, `{"${secret}":1,"${secret}":2}`, `{"a":"${secret}\\q"}`, secret, `{"${secret}"`]) {
    expect(JSON.stringify(refusal(text))).not.toContain(secret);
  }
});

test('[JS9] a number whose text would not survive keeps it, others are plain numbers', () => {
  const kept = ['1.50', '1e3', '-0', '12345678901234567890', '0.10', '1E-2', '1.0', '0.1234567890123456789', '1e999'];
  const plain = ['0', '1', '-1', '1.5', '0.1', '123456789012345', '9007199254740991', '-72.25', '1e+21'];
  const value = read(`[${[...kept, ...plain].join(', ')}]`, 'lossless').value as readonly JsonValue[];
  expect(value.slice(0, kept.length)).toEqual(kept.map((text) => new JsonNumber(text)));
  expect(value.slice(kept.length)).toEqual(plain.map(Number));
  expect(value.map((number) => numberOf(number))).toEqual([...kept, ...plain].map(Number));
  expect(numberOf('1')).toBeUndefined();
});

test('[JS10] reading without loss and printing gives the compact text back, character for character', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .tuple(fc.integer(), fc.stringMatching(/^\d{0,25}$/))
      .map(([whole, part]) => (part === '' ? `${whole}` : `${whole}.${part}`)),
    fc.tuple(fc.nat(9), fc.integer({ min: -40, max: 40 })).map(([whole, exponent]) => `${whole}E${exponent}`),
  );
  const name = fc.string({ unit: 'binary' }).filter((text) => !/^\d+$/.test(text));
  const text = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      number,
      fc.string({ unit: 'binary' }).map((s) => JSON.stringify(s)),
      fc.constantFrom('true', 'false', 'null'),
      fc.array(tie('json')).map((items) => `[${items.join(',')}]`),
      fc
        .uniqueArray(fc.tuple(name, tie('json')), { selector: ([key]) => key })
        .map((all) => `{${all.map(([key, item]) => `${JSON.stringify(key)}:${item}`).join(',')}}`),
    ),
  })).json;
  fc.assert(
    fc.property(text, (json) => {
      expect(printJson(read(json, 'lossless').value)).toBe(json);
    }),
    { numRuns: 1_000 },
  );
  const plain = { a: [1, { b: 'x\n' }], c: {}, d: [], e: null, f: undefined };
  expect(printJson(plain, 2)).toBe(JSON.stringify(plain, undefined, 2));
  expect(() => printJson(Number.POSITIVE_INFINITY)).toThrow('finite');
});

const folder = '../shared/conformance/fhir-r4-examples/instances';
const note = existsSync(folder) ? '' : ` (skipped: ${folder} is not here)`;
test.skipIf(!existsSync(folder))(
  `[JS10] the official examples print back as they are, but for white space${note}`,
  () => {
    const names = readdirSync(folder);
    for (const name of names) {
      const text = readFileSync(`${folder}/${name}`, 'utf8');
      // Strings are printed with the fewest escapes, so both sides are brought to that form.
      const compact = text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, quoted: string | undefined) =>
        quoted === undefined ? '' : JSON.stringify(JSON.parse(quoted)),
      );
      expect(printJson(read(text, 'lossless').value), name).toBe(compact);
    }
    expect(names.length).toBeGreaterThan(300);
  },
);
