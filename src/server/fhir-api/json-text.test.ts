import { expect, test } from 'vitest';
import { itemSpans, memberSpan } from './json-text.ts';

const cut = (text: string, span: { start: number; end: number } | undefined): string | undefined =>
  span === undefined ? undefined : text.slice(span.start, span.end);

test('[FR1] parts of a text are found as they stand, whatever strings hold', () => {
  const text = ' [ 1.50 ,"a\\"]}",{"x":"}" , "y":[1,{"z":"\\\\"}]}, [ ] ,null,-2e5]';
  expect(itemSpans(text, 1).map((span) => cut(text, span))).toEqual([
    '1.50',
    '"a\\"]}"',
    '{"x":"}" , "y":[1,{"z":"\\\\"}]}',
    '[ ]',
    'null',
    '-2e5',
  ]);
  expect(itemSpans('[]', 0)).toEqual([]);
  const object = '{ "a" : {"resource":1} , "b":"resource" ,"resource" : { "id" : "x" } , "c":2}';
  expect(cut(object, memberSpan(object, 0, 'resource'))).toBe('{ "id" : "x" }');
  expect(cut(object, memberSpan(object, 0, 'c'))).toBe('2');
  expect(memberSpan(object, 0, 'd')).toBeUndefined();
  expect(memberSpan('{}', 0, 'd')).toBeUndefined();
});

test('[FR1] cutting agrees with JSON.parse on texts made by chance', () => {
  let state = 7;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 3 ? 4 : 6));
    if (kind === 0) return random() * 1e6;
    if (kind === 1) return ['"', '\\', '}', ']', 'é', '\n', '{', ','].slice(Math.floor(random() * 8)).join('\\"');
    if (kind === 2) return null;
    if (kind === 3) return random() < 0.5;
    if (kind === 4) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, (_, i) => [`k${i}"`, value(depth + 1)]));
  };
  for (let i = 0; i < 300; i++) {
    const items = Array.from({ length: 4 }, () => value(0));
    const text = JSON.stringify(items, null, i % 3);
    expect(itemSpans(text, 0).map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(items);
  }
});
