import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fault } from '../fault.ts';
import { applyJsonPatch } from './json-patch.ts';

function patched(text: string, patch: string): string {
  const result = applyJsonPatch(text, patch);
  if (!result.ok) throw new Error(`refused: ${result.error[0]?.rule} ${result.error[0]?.message}`);
  return result.value;
}
function fault(text: string, patch: string): Fault {
  const result = applyJsonPatch(text, patch);
  const first = result.ok ? undefined : result.error[0];
  if (first === undefined) throw new Error('was accepted');
  return first;
}
const op = (...operations: object[]): string => JSON.stringify(operations);

test.each([
  ['A.1', '{"foo":"bar"}', op({ op: 'add', path: '/baz', value: 'qux' }), '{"foo":"bar","baz":"qux"}'],
  ['A.2', '{"foo":["bar","baz"]}', op({ op: 'add', path: '/foo/1', value: 'qux' }), '{"foo":["bar","qux","baz"]}'],
  ['A.3', '{"baz":"qux","foo":"bar"}', op({ op: 'remove', path: '/baz' }), '{"foo":"bar"}'],
  ['A.4', '{"foo":["bar","qux","baz"]}', op({ op: 'remove', path: '/foo/1' }), '{"foo":["bar","baz"]}'],
  ['A.5', '{"baz":"qux","foo":"bar"}', op({ op: 'replace', path: '/baz', value: 'boo' }), '{"baz":"boo","foo":"bar"}'],
  [
    'A.6',
    '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
    op({ op: 'move', from: '/foo/waldo', path: '/qux/thud' }),
    '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
  ],
  [
    'A.7',
    '{"foo":["all","grass","cows","eat"]}',
    op({ op: 'move', from: '/foo/1', path: '/foo/3' }),
    '{"foo":["all","cows","eat","grass"]}',
  ],
  [
    'A.8',
    '{"baz":"qux","foo":["a",2,"c"]}',
    op({ op: 'test', path: '/baz', value: 'qux' }, { op: 'test', path: '/foo/1', value: 2 }),
    '{"baz":"qux","foo":["a",2,"c"]}',
  ],
  [
    'A.10',
    '{"foo":"bar"}',
    op({ op: 'add', path: '/child', value: { grandchild: {} } }),
    '{"foo":"bar","child":{"grandchild":{}}}',
  ],
  ['A.11', '{"foo":"bar"}', op({ op: 'add', path: '/baz', value: 'qux', xyz: 123 }), '{"foo":"bar","baz":"qux"}'],
  ['A.14', '{"/":9,"~1":10}', op({ op: 'test', path: '/~01', value: 10 }), '{"/":9,"~1":10}'],
  [
    'A.16',
    '{"foo":["bar"]}',
    op({ op: 'add', path: '/foo/-', value: ['abc', 'def'] }),
    '{"foo":["bar",["abc","def"]]}',
  ],
  ['add at the end', '{"a":[1]}', op({ op: 'add', path: '/a/1', value: 2 }), '{"a":[1,2]}'],
  ['add replaces a member', '{"a":1}', op({ op: 'add', path: '/a', value: null }), '{"a":null}'],
  [
    'copy is apart from its source',
    '{"a":{"b":1}}',
    op({ op: 'copy', from: '/a', path: '/c' }, { op: 'add', path: '/c/b', value: 2 }),
    '{"a":{"b":1},"c":{"b":2}}',
  ],
  ['replace the whole', '{"a":1}', op({ op: 'replace', path: '', value: { b: 2 } }), '{"b":2}'],
  ['move onto itself', '{"a":1}', op({ op: 'move', from: '/a', path: '/a' }), '{"a":1}'],
  ['an empty name', '{"":{"":1}}', op({ op: 'replace', path: '//', value: 2 }), '{"":{"":2}}'],
])('[PT6] %s of RFC 6902', (_name, text, patch, expected) => {
  expect(patched(text, patch)).toBe(expected);
});

test.each([
  ['A.9', '{"baz":"qux"}', op({ op: 'test', path: '/baz', value: 'bar' }), 'patch-test'],
  ['A.12', '{"foo":"bar"}', op({ op: 'add', path: '/baz/bat', value: 'qux' }), 'patch-path'],
  ['A.13', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","op":"remove"}]', 'patch-syntax'],
  ['A.15', '{"/":9,"~1":10}', op({ op: 'test', path: '/~01', value: '10' }), 'patch-test'],
  ['remove of nothing', '{"a":1}', op({ op: 'remove', path: '/b' }), 'patch-path'],
  ['remove of all', '{"a":1}', op({ op: 'remove', path: '' }), 'patch-path'],
  ['replace of nothing', '{"a":1}', op({ op: 'replace', path: '/b', value: 1 }), 'patch-path'],
  ['move into itself', '{"a":{"b":1}}', op({ op: 'move', from: '/a', path: '/a/b/c' }), 'patch-path'],
  ['no value', '{"a":1}', op({ op: 'add', path: '/b' }), 'patch-syntax'],
  ['no path', '{"a":1}', op({ op: 'remove' }), 'patch-syntax'],
  ['no from', '{"a":1}', op({ op: 'copy', path: '/b' }), 'patch-syntax'],
  ['an unknown op', '{"a":1}', op({ op: 'merge', path: '/b', value: 1 }), 'patch-syntax'],
  ['no array', '{"a":1}', '{"op":"remove","path":"/a"}', 'patch-syntax'],
  ['no object', '{"a":1}', '["remove"]', 'patch-syntax'],
  ['no JSON', '{"a":1}', '[{', 'patch-syntax'],
  ['a result that is no object', '{"a":1}', op({ op: 'replace', path: '', value: [1] }), 'patch-path'],
])('[PT6] %s is refused', (_name, text, patch, rule) => {
  expect(fault(text, patch).rule).toBe(rule);
});

test('[PT1] a later fault undoes what came before', () => {
  const patch = op({ op: 'replace', path: '/a', value: 2 }, { op: 'test', path: '/a', value: 1 });
  expect(fault('{"a":1}', patch)).toMatchObject({ rule: 'patch-test', path: 'Patch[1]' });
});

test('[PT2] what is not touched keeps its text, numbers included', () => {
  const text = '{"z":1.50,"a":[12345678901234567890,1e3,-0.0],"m":{"v":0.10},"x":1}';
  expect(patched(text, op({ op: 'remove', path: '/x' }))).toBe(text.replace(',"x":1', ''));
  expect(patched(text, '[{"op":"replace","path":"/m/v","value":2.00}]')).toBe(text.replace('0.10', '2.00'));
  expect(patched(text, op({ op: 'move', from: '/a/0', path: '/big' }))).toContain('"big":12345678901234567890');
});

test('[PT2] adding a member and removing it again gives back any text', () => {
  const json = fc.dictionary(
    fc.string({ unit: 'binary' }).filter((name) => !/^\d+$/.test(name) && name !== 'added'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/\\ud[89a-f]/i.test(text) && !/-0[,\]}]/.test(text));
      expect(patched(text, op({ op: 'add', path: '/added', value: [1] }, { op: 'remove', path: '/added' }))).toBe(text);
    }),
  );
});

test.each([
  '/a/01',
  '/a/-1',
  '/a/1e0',
  '/a/ 1',
  '/a/2',
  '/a/-',
  '/a/+1',
  '/a/length',
  '/a/4294967296',
  '/__proto__/x',
  '/constructor',
  '/toString/name',
  '/a/0/0',
])('[PT3] %s leads nowhere', (path) => {
  expect(fault('{"a":[1,2]}', op({ op: 'replace', path, value: 0 })).rule).toBe('patch-path');
});
test.each(['a', 'a/0', '/a~', '/~2'])('[PT3] %s is no pointer', (path) => {
  expect(fault('{"a":[1,2]}', op({ op: 'replace', path, value: 0 })).rule).toBe('patch-syntax');
});
test('[PT3] __proto__ becomes an own member and no prototype changes', () => {
  const patch =
    '[{"op":"add","path":"/__proto__","value":{"admin":true}},{"op":"add","path":"/a/__proto__","value":1}]';
  expect(patched('{"a":{}}', patch)).toBe('{"a":{"__proto__":1},"__proto__":{"admin":true}}');
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  expect(fault('{"a":[1]}', op({ op: 'add', path: '/a/2', value: 0 })).rule).toBe('patch-path');
});

test('[PT4] too many operations, too deep a result and copies of copies are refused', () => {
  const many = Array.from({ length: 1_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
  expect(fault('{"a":1}', op(...many)).rule).toBe('patch-limit');
  const deeper = Array.from({ length: 101 }, (_, i) => ({ op: 'add', path: '/a'.repeat(i + 1), value: {} }));
  expect(fault('{}', op(...deeper)).rule).toBe('patch-limit');
  expect(patched('{}', op(...deeper.slice(0, 99)))).toHaveLength('{"a":}'.length * 99 + 2);
  const doubling = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/c${i}` }));
  expect(fault(`{"a":"${'x'.repeat(1_000)}"}`, op(...doubling)).rule).toBe('patch-limit');
});

test.each([
  ['1.0', '1', true],
  ['1e2', '100.00', true],
  ['-0', '0', true],
  ['12345678901234567890', '12345678901234567891', false],
  ['0.1', '1E-1', true],
  ['10', '1', false],
  ['-1', '1', false],
  ['"1"', '1', false],
  ['{"a":1,"b":[2.0]}', '{"b":[2],"a":1}', true],
  ['{"a":1}', '{"a":1,"b":2}', false],
  ['[1,2]', '[2,1]', false],
  ['null', 'false', false],
  ['null', 'null', true],
])('[PT5] is %s the same as %s? %s', (left, right, same) => {
  const result = applyJsonPatch(`{"a":${left}}`, `[{"op":"test","path":"/a","value":${right}}]`);
  expect(result.ok).toBe(same);
});

test('[PT12] faults give the position and no content', () => {
  const text = '{"family":"Secretperson"}';
  for (const patch of [
    op({ op: 'test', path: '/family', value: 'Secretother' }),
    op({ op: 'remove', path: '/Secretpath' }),
    '[{"op":"Secretop',
  ]) {
    expect(JSON.stringify(fault(text, patch))).not.toContain('Secret');
  }
  const second = fault(text, op({ op: 'test', path: '/family', value: 'Secretperson' }, { op: 'nothing', path: '' }));
  expect(second).toMatchObject({
    severity: 'error',
    path: 'Patch[1]',
    rule: 'patch-syntax',
    spec: 'https://www.rfc-editor.org/rfc/rfc6902',
  });
});
