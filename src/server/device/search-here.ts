// Searches of what the device holds: the same queries as a server's, answered by the evaluator of the core.
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Instant } from '../../core/base/ports.ts';
import { renderStored } from '../../core/record/body.ts';
import { parsedQuery } from '../../core/record/parse-here.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import type { FoundPage } from './device.ts';

const LIMITS = { includes: 1_000, ms: 10_000 };

/** `Observation?patient=Patient/1`. */
export async function searchHere(
  store: RecordStore,
  query: string,
  now: Instant,
  after: string | undefined,
): Promise<Result<FoundPage, string>> {
  const parsed = parsedQuery(query, now);
  if (!parsed.ok) return parsed;
  const page = await store.search(
    { ...parsed.value.query, ...(after === undefined ? {} : { after }) },
    EVERYTHING,
    LIMITS,
  );
  if (!page.ok) return err(`This search asks for ${page.error.what}.`);
  const { hits, total, next } = page.value;
  return ok({
    found: hits.map(({ stored, mode }) => ({
      type: stored.key.type,
      id: stored.key.id,
      mode,
      text: renderStored(stored),
      conflict: stored.conflict,
    })),
    ...(total === undefined ? {} : { total }),
    ignored: parsed.value.ignored.map(({ name }) => name),
    ...(next === undefined ? {} : { next }),
  });
}
