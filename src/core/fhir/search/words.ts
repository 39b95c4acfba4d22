// The words that `_text` and `_content` search for (http://hl7.org/fhir/R4/search.html#text).
//
//   FS20  A word is a run of letters and digits of any script, folded; a search's words must all be there, whole.
//   FS21  `_text` looks at the narrative as it is read, without its tags; `_content` at every string of the resource.
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import { fold } from './fold.ts';

const BETWEEN = /[^\p{L}\p{N}\p{M}]+/u;
const ASCII = /^[\u0000-\u007f]*$/u;
const ASCII_WORD = /[a-z0-9]+/gu;

function addWords(text: string, words: Set<string>): void {
  if (ASCII.test(text)) {
    for (const word of text.toLowerCase().match(ASCII_WORD) ?? []) words.add(word);
    return;
  }
  for (const run of text.normalize('NFC').split(BETWEEN)) {
    const word = fold(run);
    if (word !== '') words.add(word);
  }
}

/** The distinct folded words of `text`, in their order. */
export function wordsOf(text: string): readonly string[] {
  const words = new Set<string>();
  addWords(text, words);
  return [...words];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** XHTML as it is read: tags are gaps, character references their characters. */
function plainText(div: string): string {
  return div
    .replace(/<[^<>]*>/gu, ' ')
    .replace(/&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z]{1,8});/gu, (_, name: string) => {
      if (!name.startsWith('#')) return ENTITIES.get(name) ?? ' ';
      const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
    });
}

function narrativeOf(resource: ResourceJson): string {
  const text = resource['text'];
  if (typeof text !== 'object' || text === null || !('div' in text)) return '';
  return typeof text.div === 'string' ? plainText(text.div) : '';
}

/** What `_text` searches: the words of the narrative. */
export function textWords(resource: ResourceJson): readonly string[] {
  return wordsOf(narrativeOf(resource));
}

/** What `_content` searches: the words of every string in the resource, the narrative's and the id's included. */
export function contentWords(resource: ResourceJson): readonly string[] {
  const words = new Set<string>();
  // An own stack: the nesting of what is stored was bounded when it was parsed, the stack of a caller is not known.
  const rest: (JsonValue | undefined)[] = [resource];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === 'string') addWords(value.startsWith('<div') ? plainText(value) : value, words);
    else if (Array.isArray(value)) for (const item of value) rest.push(item);
    else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) rest.push(member);
  }
  return [...words];
}
