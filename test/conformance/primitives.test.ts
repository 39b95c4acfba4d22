// Google's table of valid and invalid values of the primitives, each put into a place of its type.
import { expect, test } from 'vitest';
import { parseJson } from '../../src/core/base/json.ts';
import { validateResource } from '../../src/core/fhir/validate/validate.ts';
import { corpusText, hasCorpora, skipWords } from './corpora.test-kit.ts';

interface Case {
  readonly type: string;
  readonly valid: boolean;
  readonly json: string;
}

/** Where the table and R4 part. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  'xhtml ""': 'The table takes an empty narrative; R4 does not (txt-2, and no string may be empty).',
};

/** A null is valid in the table as the place-holder that it may be in an array; this is that array. */
const PLACE_HOLDER =
  '{"resourceType":"Patient","name":[{"given":[null,"x"],"_given":[{"extension":[{"url":"http://x.org/y","valueCode":"z"}]},null]}]}';

function textOf({ type, json }: Case): string {
  if (type === 'xhtml') return `{"resourceType":"Patient","text":{"status":"generated","div":${json}}}`;
  // A fragment needs what it leads to.
  if (type === 'Reference' && json.includes('#p1'))
    return `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"p1"}],"extension":[{"url":"http://x.org/y","valueReference":${json}}]}`;
  const name = type.charAt(0).toUpperCase() + type.slice(1);
  return `{"resourceType":"Patient","extension":[{"url":"http://x.org/y","value${name}":${json}}]}`;
}

test.skipIf(!hasCorpora)(`[FV17] every value is judged as the table says, but for what is listed${skipWords}`, () => {
  const { cases } = JSON.parse(corpusText('primitives', 'manifest.json')) as { cases: readonly Case[] };
  expect(cases).toHaveLength(161);
  const wrong: string[] = [];
  for (const it of cases) {
    const text = it.json === 'null' && it.valid ? PLACE_HOLDER : textOf(it);
    const parsed = parseJson(text, { numbers: 'lossless' });
    const isValid = parsed.ok && validateResource(parsed.value.value).length === 0;
    if (isValid !== it.valid) wrong.push(`${it.type} ${it.json}`);
  }
  expect(wrong.toSorted()).toEqual(Object.keys(DEVIATIONS).toSorted());
});
