// Exact parts of a JSON text: what a person or a program wrote must reach the record with every digit (EV11).
import { parseJson } from '../../core/base/json.ts';

/** The text of a member of the object that `text` is; undefined where there is none, or `text` is no object. */
export function memberText(text: string, name: string): string | undefined {
  const parsed = parseJson(text);
  if (!parsed.ok) return undefined;
  const span = parsed.value.members.find((member) => member.name === name);
  return span === undefined ? undefined : text.slice(span.valueStart, span.valueEnd);
}

/** The texts of the items of the array that `text` is; [] where it is none. `text` is JSON. */
export function itemTexts(text: string): readonly string[] {
  const items: string[] = [];
  let depth = 0;
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') {
      if (start < 0) start = at;
      for (at += 1; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at += 1;
    } else if (sign === '[' || sign === '{') {
      depth += 1;
      if (depth === 1 && sign === '{') return [];
      if (depth === 2 && start < 0) start = at;
    } else if (sign === ']' || sign === '}' || (sign === ',' && depth === 1)) {
      if (depth === 1 && start >= 0) items.push(text.slice(start, at).trim());
      if (depth === 1) start = -1;
      if (sign !== ',') depth -= 1;
    } else if (start < 0 && depth === 1 && sign !== undefined && sign.trim() !== '') start = at;
  }
  return items;
}
