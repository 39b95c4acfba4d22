// HTML by a template tag: every value is escaped, except what is `Html` already.
//
//   1. Nothing reaches a page unescaped: there is no other way to make an `Html` than this tag.
//   2. Attributes are written in double quotes; `&`, `<`, `>`, `"` and `'` are escaped alike in text and attributes.
//   3. What directs text (U+202A to U+202E, U+2066 to U+2069) and other control characters are dropped from values: a name
//      must not turn the words around it.

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type HtmlValue = string | number | Html | false | undefined | readonly HtmlValue[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// oxlint-disable-next-line no-control-regex -- control characters are what is dropped
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const escapeHtml = (text: string): string =>
  text.replaceAll(CONTROLS, '').replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '');

/** `false` and `undefined` show nothing, so that `${condition && html`…`}` reads well. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += shown(value) + (parts[index + 1] ?? '');
  return new Html(text);
}

function shown(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(shown).join('');
}
