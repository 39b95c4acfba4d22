// The query of an address: pairs in the order they were written, and the ones that are about the answer's form.
import { err, ok, type Result } from '../../core/base/result.ts';
import { badParam, type Refusal } from './outcome.ts';

export type Pair = readonly [name: string, value: string];

/** How to show resources (http://hl7.org/fhir/R4/search.html#summary). */
export interface View {
  readonly summary: 'true' | 'text' | 'data' | 'count' | 'false';
  /** Names of top-level elements; [] for no `_elements`. */
  readonly elements: readonly string[];
}
export const WHOLE: View = { summary: 'false', elements: [] };

/** Percent-decoded; `+` is a space. */
export const pairsOf = (query: string): readonly Pair[] => (query === '' ? [] : [...new URLSearchParams(query)]);

/** Pairs as a query, each name and value escaped. */
export function queryOf(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&');
}
// These are allowed in a query and keep links readable: `date=ge2020-01-01T00:00:00`, `code=http://loinc.org|1-8`.
// Decoded text holds no half of a surrogate pair, which encodeURIComponent could not take.
const escape = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:3A|2F|2C|24|40|7C)/g, (code) => decodeURIComponent(code));

/** The first value of `name` in a raw query, without decoding the rest. */
export function valueOf(query: string, name: string): string | undefined {
  if (!query.includes(name)) return undefined;
  return new URLSearchParams(query).get(name) ?? undefined;
}

const SUMMARIES: ReadonlySet<string> = new Set(['true', 'text', 'data', 'count', 'false']);
const isSummary = (text: string): text is View['summary'] => SUMMARIES.has(text);

/** Takes `_summary`, `_elements`, `_format` and `_pretty` out of the pairs. `rest` keeps the order. */
export function takeView(
  pairs: readonly Pair[],
): Result<{ readonly view: View; readonly rest: readonly Pair[] }, Refusal> {
  let summary: View['summary'] = 'false';
  const elements: string[] = [];
  const rest: Pair[] = [];
  for (const pair of pairs) {
    const [name, value] = pair;
    if (name === '_summary') {
      if (!isSummary(value)) return err(badParam(name, '_summary takes true, text, data, count or false.'));
      summary = value;
    } else if (name === '_elements') {
      elements.push(
        ...value
          .split(',')
          .map((element) => element.trim())
          .filter((element) => element !== ''),
      );
    } else if (name !== '_format' && name !== '_pretty') rest.push(pair);
  }
  if (elements.length > 0 && summary !== 'false' && summary !== 'count') {
    return err(badParam('_elements', '_elements and _summary cannot be given together.'));
  }
  return ok({ view: summary === 'false' && elements.length === 0 ? WHOLE : { summary, elements }, rest });
}

/** The pairs of a view, for the links that repeat it. */
export function viewPairs(view: View): readonly Pair[] {
  const pairs: Pair[] = [];
  if (view.summary !== 'false') pairs.push(['_summary', view.summary]);
  if (view.elements.length > 0) pairs.push(['_elements', view.elements.join(',')]);
  return pairs;
}
