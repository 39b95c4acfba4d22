// A search as people of a device write it, `Observation?patient=Patient/1&_sort=-date`, as the query that stores answer.
import { err, ok, type Result } from '../base/result.ts';
import type { Instant } from '../base/ports.ts';
import { parseSearch, type ParsedSearch } from '../fhir/search/parse.ts';

const PAGE = 50;
const PAGE_MAX = 1_000;

/** `query`: what stands after the question mark. A text: what is wrong with it. */
export function parsedSearch(
  type: string,
  query: string,
  now: Instant,
  lenient: boolean,
): Result<ParsedSearch, string> {
  const params = query.split('&').flatMap((part) => (part === '' ? [] : [paramOf(part)]));
  const baseUrls: readonly string[] = [];
  const parsed = parseSearch({ type, params, now, baseUrls, lenient, countDefault: PAGE, countMax: PAGE_MAX });
  return parsed.ok ? parsed : err(parsed.error.map(({ message }) => message).join(' '));
}

/** As a browser reads a form (https://url.spec.whatwg.org/#urlencoded-parsing): what is no escape stands as it is. */
function paramOf(part: string): readonly [name: string, value: string] {
  const cut = part.indexOf('=');
  return cut < 0 ? [unescaped(part), ''] : [unescaped(part.slice(0, cut)), unescaped(part.slice(cut + 1))];
}
function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Type and parameters in one: `Observation?patient=Patient/1`. What is not understood is left out, and named. */
export function parsedQuery(query: string, now: Instant): Result<ParsedSearch & { readonly type: string }, string> {
  const [, type = '', params = ''] = /^([A-Z][A-Za-z]*)(?:\?(.*))?$/.exec(query) ?? [];
  if (type === '') return err('A search is a type and what is looked for, as Observation?patient=Patient/1.');
  const parsed = parsedSearch(type, params, now, true);
  return parsed.ok ? ok({ ...parsed.value, type }) : parsed;
}
