import { expect, test } from 'vitest';
import { contentWords, textWords, wordsOf } from './words.ts';

test('[FS20] words are runs of letters and digits, folded, each once', () => {
  expect(wordsOf('Acute MÜLLER, acute; b-12 (x2)')).toEqual(['acute', 'muller', 'b', '12', 'x2']);
  expect(wordsOf('हिन्दी भाषा')).toHaveLength(2);
  expect(wordsOf(' -- ')).toEqual([]);
});

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p title="hidden">Eve<b>Ng</b> &amp; M&#252;ller &#x41; &toString;</p></div>',
  },
  name: [{ family: 'Okafor', given: ['Ada'] }],
};

test('[FS21] _text is the narrative as it is read', () => {
  expect(textWords(patient)).toEqual(['eve', 'ng', 'muller', 'a']);
  expect(textWords({ resourceType: 'Patient' })).toEqual([]);
  expect(textWords({ resourceType: 'Patient', text: { div: 5 } })).toEqual([]);
});

test('[FS21] _content is every string', () => {
  const words = contentWords(patient);
  for (const word of ['eve', 'okafor', 'ada', 'p1', 'generated']) expect(words).toContain(word);
  expect(words).not.toContain('title');
});

test('[FS21] a narrative of a million open brackets is read as quickly as it is long', () => {
  expect(textWords({ resourceType: 'Patient', text: { div: '<'.repeat(1e6) } })).toEqual([]);
});
