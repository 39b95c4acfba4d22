// Search of a type, the system or a compartment, by GET or POST (http://hl7.org/fhir/R4/search.html).
import { err, ok } from '../../core/base/result.ts';
import type { SearchHit } from '../../core/record/store.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { isAuditSearch, searchAudit } from './audit-search.ts';
import { withLinkedIncludes } from './canonical-links.ts';
import { alongLinked, withLinkedPatients } from './linked-patients.ts';
import { completenessIn } from './completeness.ts';
import { conflictsAmong } from './conflict-remarks.ts';
import { TOO_MUCH_TEXT, type Issue } from './outcome.ts';
import { openPage, pageUrl, PAGE_PARAM } from './page-link.ts';
import { queryOf, type Pair, type View } from './query-text.ts';
import { bundleText, isTooMuch, remarksEntry, searchEntry, type Link } from './render.ts';
import { parseSearchAt } from './search-criteria.ts';
import { viewOfIncluded } from './summary.ts';
import { suppressedAmong, suppressedIn } from './suppressed.ts';

export async function search(asked: Ask, api: Api): Promise<Answered> {
  const page = openPage(asked, api);
  if (!page.ok) return page;
  const { pairs, cursor } = page.value;
  const parsed = await parseSearchAt(pairs, asked, api);
  if (!parsed.ok) return parsed;
  const { used, ignored, summary = 'false', elements = [] } = parsed.value;
  const { query, ask } = await withLinkedPatients(parsed.value.query, asked, api);
  const paged = cursor === undefined ? query : { ...query, after: cursor };
  const limits = { includes: api.limits.includes, ms: api.limits.searchMs };
  const [found, suppressed] = await Promise.all([
    isAuditSearch(query) ? searchAudit(paged, ask, api) : api.store.search(paged, ask.actor.visible, limits),
    suppressedIn(query, ask, api),
  ]);
  if (!found.ok) return err({ kind: 'too-costly', what: found.error.what });
  const { next, total } = found.value;
  const linked = await withLinkedIncludes(found.value.hits, query, ask, api);
  if (!linked.ok) return linked;
  const hits = [...linked.value, ...(await alongLinked(linked.value, query, ask, api))];
  const beside = suppressed.length > 0 ? suppressed : await suppressedAmong(hits, query, ask, api);
  if (
    isTooMuch(
      hits.map(({ stored }) => stored),
      api.limits.answerChars,
    )
  )
    return err(TOO_MUCH_TEXT);
  const view: View = { summary, elements: summary === 'false' ? elements : [] };
  const entries = query.count === 0 ? [] : hits.map((hit) => entryOf(hit, view, ask));
  const { issues, completeness } = isAuditSearch(query) ? { issues: [] } : await completenessIn(query, hits, ask, api);
  const remarks = [...ignored.map(issueOfIgnored), ...beside, ...issues, ...(await conflictsAmong(hits, ask, api))];
  if (remarks.length > 0) entries.push(remarksEntry(remarks));
  // A search that fits on its one page is counted already.
  const known = total ?? (cursor === undefined && next === undefined ? matchCount(hits) : undefined);
  const resource = bundleText('searchset', linksOf(ask, api, used, cursor, next), entries, known);
  return ok({ status: 200, resource, completeness });
}

const entryOf = ({ stored, mode }: SearchHit, view: View, ask: Ask): string =>
  searchEntry(ask, stored, mode, mode === 'include' ? viewOfIncluded(view, stored.key.type) : view);

const matchCount = (hits: readonly SearchHit[]): number => hits.filter(({ mode }) => mode === 'match').length;

function linksOf(
  ask: Ask,
  api: Api,
  used: readonly Pair[],
  cursor: string | undefined,
  next: string | undefined,
): readonly Link[] {
  // Of a POST search too: the link is followed with GET.
  const here = ask.base + ask.path.replace(/\/_search$/, '');
  const links: Link[] = [];
  if (cursor === undefined) {
    const url = used.length === 0 ? here : `${here}?${queryOf(used)}`;
    links.push({ relation: 'self', url });
    // Where there are more pages, this is the first of them.
    if (next !== undefined) links.push({ relation: 'first', url });
  } else {
    links.push({
      relation: 'self',
      url: `${here}?${PAGE_PARAM}=${new URLSearchParams(ask.query).get(PAGE_PARAM) ?? ''}`,
    });
    links.push({ relation: 'first', url: pageUrl(ask, api, used, '') });
  }
  if (next !== undefined) links.push({ relation: 'next', url: pageUrl(ask, api, used, next) });
  return links;
}

const issueOfIgnored = ({ name, message }: { readonly name: string; readonly message: string }): Issue => ({
  severity: 'warning',
  code: 'not-supported',
  text: message,
  remedy: 'Leave it out, or ask with Prefer: handling=strict to be refused instead.',
  spec: 'http://hl7.org/fhir/R4/search.html#errors',
  path: `http.${name}`,
});
