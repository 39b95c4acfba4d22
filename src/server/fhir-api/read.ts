// read and vread (http://hl7.org/fhir/R4/http.html#read), with their conditions.
import { err, ok } from '../../core/base/result.ts';
import type { Stored } from '../../core/record/store.ts';
import type { Answered, Api, Ask, AskHeaders } from './ask.ts';
import { absent, completenessOf } from './completeness.ts';
import { findStored } from './find-stored.ts';
import { readLinked } from './linked-patients.ts';
import { namesVersion } from './negotiate.ts';
import { badParam, type Refusal } from './outcome.ts';
import { ownEvent } from './own-events.ts';
import { pairsOf, takeView, WHOLE, type View } from './query-text.ts';
import { resourceText } from './render.ts';

const GONE = err<Refusal>({ kind: 'gone' });

export async function read(ask: Ask, api: Api): Promise<Answered> {
  const { type = '', id = '' } = ask.place;
  const key = { type, id };
  return answerStored((await findStored(key, ask, api)) ?? (await readLinked(key, ask, api)), ask, api);
}

export async function readVersion(ask: Ask, api: Api): Promise<Answered> {
  const { type = '', id = '', versionId = '' } = ask.place;
  const stored = await api.store.readVersion({ type, id }, versionId, ask.actor.visible);
  return answerStored(stored ?? (await ownVersion(ask, api)), ask, api);
}

/** A version of one of the node's own AuditEvents, which have one. */
async function ownVersion({ place, access }: Ask, api: Api): Promise<Stored | undefined> {
  if (place.type !== 'AuditEvent') return undefined;
  const own = await ownEvent(place.id ?? '', access, api);
  return own?.versionId === place.versionId ? own : undefined;
}

async function answerStored(stored: Stored | undefined, ask: Ask, api: Api): Promise<Answered> {
  if (stored === undefined) return err(await absent(ask.place.type ?? '', api));
  ask.shown.add(stored);
  if (stored.deleted) return GONE;
  let view: View = WHOLE;
  if (ask.query !== '') {
    const taken = takeView(pairsOf(ask.query));
    if (!taken.ok) return taken;
    view = taken.value.view;
    if (view.summary === 'count') return err(badParam('_summary', 'A read has nothing to count.'));
  }
  const { versionId, lastUpdatedAt, key, severity: conflict } = stored;
  const completeness = await completenessOf(stored, api);
  if (isFresh(ask.headers, versionId, lastUpdatedAt)) {
    return ok({ status: 304, versionId, lastUpdatedAt, key, conflict, completeness });
  }
  const resource = resourceText(stored, view, ask.shown);
  return ok({ status: 200, resource, versionId, lastUpdatedAt, key, conflict, completeness });
}

/** Whether what the client has is what there is. If-None-Match wins over If-Modified-Since (RFC 9110 13.2.2). */
function isFresh(headers: AskHeaders, versionId: string, lastUpdatedAt: number): boolean {
  if (headers.ifNoneMatch !== undefined) return namesVersion(headers.ifNoneMatch, versionId);
  if (headers.ifModifiedSince === undefined) return false;
  const since = Date.parse(headers.ifModifiedSince);
  // HTTP dates know seconds only.
  return !Number.isNaN(since) && Math.floor(lastUpdatedAt / 1000) * 1000 <= since;
}
