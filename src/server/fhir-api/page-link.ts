// Links to the next page (http://hl7.org/fhir/R4/http.html#paging): the query and where its page ended, sealed together.
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Api, Ask } from './ask.ts';
import type { Refusal } from './outcome.ts';
import { pairsOf, queryOf, valueOf, type Pair } from './query-text.ts';

export const PAGE_PARAM = '_page';

export interface Page {
  /** What was asked on the first page. */
  readonly pairs: readonly Pair[];
  /** Where the page before ended; absent on the first. */
  readonly cursor?: string;
}

/** A link opens only what it was made for, and for whom: place and person are part of the seal. */
const purposeOf = (ask: Ask): string =>
  `${ask.access.principal.who} ${ask.place.kind.replace(/ ?search$/, '')} ${ask.path.replace(/\/_search$/, '')}`;

/** The pairs and the cursor of a page link, or the pairs as they stand where the query is none. */
export function openPage(ask: Ask, api: Api): Result<Page, Refusal> {
  const sealed = valueOf(ask.query, PAGE_PARAM);
  if (sealed === undefined) {
    if (ask.entry === undefined) ask.shown.query = ask.query;
    return ok({ pairs: pairsOf(ask.query) });
  }
  const text = api.seal.open(purposeOf(ask), sealed);
  if (text === undefined) return err({ kind: 'bad-page' });
  // The seal vouches for it: this is what `pageUrl` wrote.
  const line = text.indexOf('\n');
  const cursor = text.slice(line + 1);
  if (ask.entry === undefined) ask.shown.query = text.slice(0, line);
  return ok({ pairs: pairsOf(text.slice(0, line)), ...(cursor === '' ? {} : { cursor }) });
}

/** `cursor` '': the first page. What is about the answer's form alone stays readable, because it is read before the seal. */
export function pageUrl(ask: Ask, api: Api, pairs: readonly Pair[], cursor: string): string {
  const place = ask.path.replace(/\/_search$/, '');
  const sealed = api.seal.close(purposeOf(ask), `${queryOf(pairs)}\n${cursor}`);
  const form = pairs.filter(([name]) => name === '_format' || name === '_pretty');
  return `${ask.base}${place}?${queryOf([[PAGE_PARAM, sealed], ...form])}`;
}
