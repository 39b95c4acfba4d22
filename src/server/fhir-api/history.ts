// History of an instance, a type or the system (http://hl7.org/fhir/R4/http.html#history).
import { err, ok, type Result } from '../../core/base/result.ts';
import { dateRange } from '../../core/fhir/instant.ts';
import type { HistoryPage, HistoryQuery } from '../../core/record/store.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { isStrict } from './negotiate.ts';
import { badParam, TOO_MUCH_TEXT, type Refusal } from './outcome.ts';
import { ownEvent } from './own-events.ts';
import { openPage, pageUrl, PAGE_PARAM } from './page-link.ts';
import { queryOf, takeView, viewPairs, type Pair, type View } from './query-text.ts';
import { bundleText, historyEntry, isTooMuch, type Link } from './render.ts';

const HISTORY = 'http://hl7.org/fhir/R4/http.html#history';

interface HistoryAsk {
  readonly query: HistoryQuery;
  readonly view: View;
  readonly used: readonly Pair[];
}

export async function history(ask: Ask, api: Api): Promise<Answered> {
  const { type, id } = ask.place;
  const page = openPage(ask, api);
  if (!page.ok) return page;
  const asked = parseHistory(page.value.pairs, page.value.cursor, ask, api);
  if (!asked.ok) return asked;
  const { query, view, used } = asked.value;
  let found = await api.store.history(query, ask.actor.visible);
  if (found.total === 0 && type === 'AuditEvent' && id !== undefined) found = await ownHistory(id, query, ask, api);
  if (
    found.total === 0 &&
    type !== undefined &&
    id !== undefined &&
    query.since === undefined &&
    query.at === undefined
  ) {
    return err({ kind: 'not-found' });
  }
  if (isTooMuch(found.versions, api.limits.answerChars)) return err(TOO_MUCH_TEXT);
  const links: Link[] = [{ relation: 'self', url: selfUrl(ask, used) }];
  if (found.next !== undefined && query.count > 0) {
    links.push({ relation: 'next', url: pageUrl(ask, api, used, found.next) });
  }
  const entries = query.count === 0 ? [] : found.versions.map((version) => historyEntry(ask, version, view));
  return ok({ status: 200, resource: bundleText('history', links, entries, found.total) });
}

/** Of one of the node's own AuditEvents: its one version. */
async function ownHistory(id: string, { since, at, count }: HistoryQuery, ask: Ask, api: Api): Promise<HistoryPage> {
  const own = await ownEvent(id, ask.access, api);
  const isIn =
    own !== undefined &&
    (since === undefined || own.lastUpdatedAt >= since) &&
    (at === undefined || own.lastUpdatedAt < at.hi);
  if (!isIn) return { versions: [], total: 0 };
  return { versions: count === 0 ? [] : [{ ...own, kind: 'put', parents: [] }], total: 1 };
}

/** The address of what was asked; of a later page, the page's own. */
function selfUrl(ask: Ask, used: readonly Pair[]): string {
  const here = ask.base + ask.path;
  if (ask.query.includes(`${PAGE_PARAM}=`)) return `${here}?${ask.query}`;
  return used.length === 0 ? here : `${here}?${queryOf(used)}`;
}

function parseHistory(
  pairs: readonly Pair[],
  cursor: string | undefined,
  ask: Ask,
  api: Api,
): Result<HistoryAsk, Refusal> {
  const taken = takeView(pairs);
  if (!taken.ok) return taken;
  const { type, id } = ask.place;
  const used: Pair[] = [];
  let count = api.limits.pageDefault;
  let narrowed: Pick<HistoryQuery, 'since' | 'at'> = {};
  for (const pair of taken.value.rest) {
    const [name, value] = pair;
    if (name === '_count') {
      if (!/^\d{1,9}$/.test(value)) return err(badParam(name, '_count takes a whole number.', HISTORY));
      count = Math.min(Number(value), api.limits.pageMax);
    } else if (name === '_since') {
      const range = dateRange(value);
      if (range === undefined) return err(badParam(name, '_since takes an instant.', HISTORY));
      narrowed = { ...narrowed, since: range.lo };
    } else if (name === '_at') {
      const range = dateRange(value);
      if (range === undefined) return err(badParam(name, '_at takes a date or an instant.', HISTORY));
      narrowed = { ...narrowed, at: { lo: range.lo, hi: range.hi } };
    } else {
      if (isStrict(ask.headers)) return err(badParam(name, 'A history does not have this parameter.', HISTORY));
      continue;
    }
    used.push(pair);
  }
  const { view } = taken.value;
  if (view.summary === 'count') count = 0;
  const query: HistoryQuery = {
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
    ...narrowed,
    count,
    ...(cursor === undefined ? {} : { after: cursor }),
  };
  return ok({ query, view, used: [...used, ...viewPairs(view)] });
}
