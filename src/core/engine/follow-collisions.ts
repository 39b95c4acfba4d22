// Follows the record and keeps what collides between resources: one step is one page of arrivals.
//
//   CW15  A step that failed is taken again: rows and place in the record are kept at once.
import { parseJson } from '../base/json.ts';
import type { Instant } from '../base/ports.ts';
import { isObject } from '../care/merge/clinical-words.ts';
import type { CollisionRows } from '../record/collision-rows.ts';
import { decodeRevision } from '../record/envelope.ts';
import type { ArrivedCommit, RecordStore } from '../record/store.ts';
import { COLLIDING_TYPES, collisionsOn, topicsOf } from './find-collisions.ts';

const COMMITS_A_STEP = 500;

/** Whether there was something to look at: then there may be more. */
export async function followCollisions(
  store: Pick<RecordStore, 'feed' | 'read' | 'search' | 'siblings'>,
  rows: CollisionRows,
  now: Instant,
): Promise<boolean> {
  const commits = await store.feed(await rows.followed(), COMMITS_A_STEP);
  const last = commits.at(-1);
  if (last === undefined) return false;
  const changed = commits.flatMap(changesIn);
  const before = await rows.topicsNaming([...new Set(changed.map(({ name }) => name))]);
  const topics = [...new Set([...before, ...changed.flatMap((one) => one.topics)])];
  const found = [];
  for (const topic of topics) found.push(...(await collisionsOn(topic, store)));
  await rows.keep(topics, found, last.arrival, now);
  return true;
}

function changesIn({
  revisions,
}: ArrivedCommit): readonly { readonly name: string; readonly topics: readonly string[] }[] {
  return revisions.flatMap(({ header, text }) => {
    const decoded = decodeRevision(header);
    // What a later version wrote is not read here.
    if (!decoded.ok || !COLLIDING_TYPES.has(decoded.value.type)) return [];
    const { type, id } = decoded.value;
    const parsed = text === undefined ? undefined : parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
    const body = parsed?.ok === true && isObject(parsed.value.value) ? parsed.value.value : undefined;
    return [{ name: `${type}/${id}`, topics: body === undefined ? [] : topicsOf({ type, id }, body) }];
  });
}
