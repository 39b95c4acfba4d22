import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../base/json.ts';
import type { JsonObject } from '../base/json-types.ts';
import { authorBody, renderStored } from './body.ts';
import type { Body } from './store.ts';

function author(text: string, id = 'x'): Body {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(`the test's own text is broken: ${parsed.error.message}`);
  return authorBody(text, parsed.value, id);
}
const two = { versionId: 'v1', lastUpdatedAt: Date.UTC(2024, 1, 29, 12, 0, 0, 5) };
const render = (body: Body): string => renderStored({ ...body, ...two });

const PLAIN = '{"resourceType":"Basic","id":"x","code":{"text":"1.00"}}';

test('[EV11] a body that is already right is kept as it is, to the same string', () => {
  const nasty =
    ' {\r\n\t"resourceType" : "Observation" , "id":"x", "valueQuantity":{"value":1.00,"big":12345678901234567890.10e-5},\n "note":[{"text":"é😀\\u00e9\\/\\ud83d\\ude00 \u2028"}] } \n';
  expect(author(nasty).text).toBe(nasty);
  expect(author(PLAIN).resource).toEqual(JSON.parse(PLAIN));
});

test('[EV11] an absent id goes in after resourceType; another one is replaced; nothing else moves', () => {
  expect(author('{ "a":1.0, "resourceType" : "Basic" ,"z":2.50}').text).toBe(
    '{ "a":1.0, "resourceType" : "Basic","id":"x" ,"z":2.50}',
  );
  expect(author('{"id":"other","resourceType":"Basic"}').text).toBe('{"id":"x","resourceType":"Basic"}');
  expect(author('{"resourceType":"Basic","i\\u0064":"other"}').text).toBe('{"resourceType":"Basic","i\\u0064":"x"}');
  expect(author('{"resourceType":"Basic"}').resource).toEqual({ resourceType: 'Basic', id: 'x' });
});

const CUTS: readonly (readonly [string, string])[] = [
  ['{"versionId":"1","lastUpdated":"2020"}', ''],
  ['{ "lastUpdated":"2020" }', ''],
  ['{"versionId":"1","tag":[]}', '{"tag":[]}'],
  ['{"tag":[],"versionId":"1"}', '{"tag":[]}'],
  ['{"tag":[] , "versionId":"1" , "lastUpdated":"2020" }', '{"tag":[] }'],
  ['{ "versionId":"1",\n "tag":[],\n "lastUpdated":"2020",\n "source":"s" }', '{ "tag":[],\n "source":"s" }'],
  ['{"tag":[],"versionId":"1","lastUpdated":"2","source":"s"}', '{"tag":[],"source":"s"}'],
];

test.each(CUTS)('[EV12] of meta %s stays %s', (meta, kept) => {
  const inside = kept === '' ? '' : `,"meta":${kept}`;
  expect(author(`{"resourceType":"Basic","id":"x","meta":${meta},"z":1}`).text).toBe(
    `{"resourceType":"Basic","id":"x"${inside},"z":1}`,
  );
  expect(author(`{"resourceType":"Basic","meta":${meta}}`).text).toBe(`{"resourceType":"Basic","id":"x"${inside}}`);
  const first = author(`{"meta":${meta}, "resourceType":"Basic","id":"x"}`).text;
  expect(first).toBe(
    kept === '' ? '{"resourceType":"Basic","id":"x"}' : `{"meta":${kept}, "resourceType":"Basic","id":"x"}`,
  );
});

test('[EV13] a read shows the two in meta, beside what else stands there', () => {
  expect(render(author(PLAIN))).toBe(
    '{"resourceType":"Basic","id":"x","meta":{"versionId":"v1","lastUpdated":"2024-02-29T12:00:00.005Z"},"code":{"text":"1.00"}}',
  );
  expect(render(author('{"resourceType":"Basic","id":"x","meta": {\n  "tag":[]}}'))).toBe(
    '{"resourceType":"Basic","id":"x","meta": {\n  "versionId":"v1","lastUpdated":"2024-02-29T12:00:00.005Z","tag":[]}}',
  );
});

test('[EV14] splice is twice the offset, plus one where meta has to be made', () => {
  const bare = author('{"resourceType":"Basic","id":"x"}');
  expect(bare.splice).toBe('{"resourceType":"Basic","id":"x"'.length * 2 + 1);
  const tagged = author('{"é":"😀","meta":{"tag":[]},"resourceType":"Basic"}');
  expect(tagged.splice).toBe('{"é":"😀","meta":{'.length * 2);
});

// A resource's text in any style: white space anywhere, members in any order, meta of any kind.
const space = fc.constantFrom('', '', ' ', '\n', '\r\n\t', '  ');
const value = fc.oneof(
  fc.constantFrom(
    '1.00',
    '0.10',
    '-1e-07',
    '12345678901234567890',
    'true',
    '"\\u0041\\n\\"}{,"',
    '["a" , 1.0]',
    '{"id":"in","meta":{}}',
  ),
  fc.string({ unit: 'grapheme' }).map((s) => JSON.stringify(s)),
);
function object(members: readonly (readonly [string, string])[], spaces: readonly string[]): string {
  let at = 0;
  const s = (): string => spaces[at++ % spaces.length] ?? '';
  return `{${s()}${members.map(([name, text]) => `${name}${s()}:${s()}${text}`).join(`${s()},${s()}`)}${s()}}`;
}
const metaMember = fc.constantFrom<readonly [string, string]>(
  ['"versionId"', '"77"'],
  ['"lastUpdated"', '"2020-01-01T00:00:00Z"'],
  ['"tag"', '[{"system":"s","code":"c"}]'],
  ['"source"', '"urn:x"'],
);
const spaces = fc.array(space, { minLength: 1, maxLength: 7 });
const resources = fc
  .tuple(
    fc.uniqueArray(metaMember, { selector: ([name]) => name, minLength: 1 }),
    fc.constantFrom('none', 'x', 'other'),
    fc.boolean(),
    fc.uniqueArray(fc.tuple(fc.constantFrom('"a"', '"é"', '"__proto__"', '"\\u0062"'), value), {
      selector: ([n]) => n,
    }),
    spaces,
    fc.array(fc.nat()),
  )
  .map(([meta, id, hasMeta, rest, spaces, order]) => {
    const members: (readonly [string, string])[] = [['"resourceType"', '"Basic"'], ...rest];
    if (id !== 'none') members.push(['"id"', `"${id}"`]);
    if (hasMeta) members.push(['"meta"', object(meta, spaces)]);
    const mixed = members.map((m, i) => ({ m, key: order[i] ?? i })).sort((a, b) => a.key - b.key);
    return object(
      mixed.map(({ m }) => m),
      spaces,
    );
  });

test('[EV13] whatever the style: a read is JSON with the two, and authoring it again gives the stored body', () => {
  fc.assert(
    fc.property(resources, (text) => {
      const body = author(text);
      const asParsed = JSON.parse(body.text) as JsonObject;
      expect(body.resource).toEqual(asParsed);
      const shown = render(body);
      const read = JSON.parse(shown) as JsonObject;
      const { meta, ...others } = read;
      const { meta: keptMeta, ...kept } = asParsed;
      expect(meta).toEqual({
        ...(keptMeta as JsonObject | undefined),
        versionId: 'v1',
        lastUpdated: '2024-02-29T12:00:00.005Z',
      });
      expect(others).toEqual(kept);
      expect(author(shown)).toEqual(body);
      expect(author(body.text)).toEqual(body);
    }),
    { numRuns: 2000 },
  );
});

test('[EV11] nothing but id and the two changes, whatever the style', () => {
  fc.assert(
    fc.property(resources, (text) => {
      const before = JSON.parse(text) as Record<string, JsonObject | undefined>;
      const meta = { ...before['meta'] };
      delete meta['versionId'];
      delete meta['lastUpdated'];
      const want: Record<string, unknown> = { ...before, id: 'x', meta };
      if (Object.keys(meta).length === 0) delete want['meta'];
      expect(JSON.parse(author(text).text)).toEqual(want);
    }),
    { numRuns: 1000 },
  );
});
