// create, update, patch, delete, each also conditional (http://hl7.org/fhir/R4/http.html#create and what follows it).
// What may be stored is the engine's to say; here an ask becomes a change, and its outcome an answer.
import { assert } from '../../core/base/assert.ts';
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Change, Outcome } from '../../core/engine/engine.ts';
import type { SearchQuery } from '../../core/fhir/search/query.ts';
import type { Stored } from '../../core/record/store.ts';
import type { Answer, Answered, Api, Ask } from './ask.ts';
import { duplicateHints } from './identity-operations.ts';
import { fixedEvent } from './own-events.ts';
import { preferred, versionOfEtag } from './negotiate.ts';
import { ALL_OK, issueOfFault, outcomeText, refusalOfChange, type Issue, type Refusal } from './outcome.ts';
import { WHOLE } from './query-text.ts';
import { resourceText } from './render.ts';
import { parseCriteria } from './search-criteria.ts';

/** POST, PUT, PATCH and DELETE alike. */
export async function write(ask: Ask, api: Api): Promise<Answered> {
  const change = await changeOf(ask, api);
  if (!change.ok) return change;
  const done = await api.engine.change([change.value], ask.actor);
  if (!done.ok) {
    await noteTried(change.value, ask, api);
    return err(refusalOfChange(done.error.refusal));
  }
  const [outcome] = done.value;
  assert(outcome !== undefined, 'the engine answers each change');
  return ok(answerOf(outcome, ask, await hintsOf(outcome, ask, api)));
}

/** Of a patient that was just registered, for whom asks to be told: who else it may be. */
async function hintsOf({ did, key, stored }: Outcome, ask: Ask, api: Api): Promise<readonly Issue[]> {
  const isWanted = did === 'created' && key.type === 'Patient' && preferred(ask.headers) === 'OperationOutcome';
  if (!isWanted || stored === undefined) return [];
  const parsed = parseJson(stored.text, { depthMax: 1_000 });
  // A stored body is a resource.
  return parsed.ok ? duplicateHints(stored, parsed.value.value as ResourceJson, ask, api) : [];
}

/** A change that was refused told something all the same: that criteria find several, or none; what a patch tests for. */
export async function noteTried(change: Change, ask: Ask, api: Api): Promise<void> {
  if ('unless' in change || 'where' in change) ask.shown.hasLooked = true;
  if (change.kind !== 'patch' || change.id === undefined) return;
  const { type, id } = change;
  const [stored] = await api.store.read([{ type, id }], ask.actor.visible);
  if (stored !== undefined) noteLook(stored, ask);
}

/** Something was shown that no commit tells of. */
export function noteLook(stored: Stored, { shown }: Ask): void {
  shown.hasLooked = true;
  shown.add(stored);
  shown.what.add(`${stored.key.type}/${stored.key.id}`);
}

/** The change that an ask means. Its criteria, where it is conditional, are parsed; its body is not. */
export async function changeOf(ask: Ask, api: Api): Promise<Result<Change, Refusal>> {
  const { type = '', id } = ask.place;
  if (ask.verb === 'POST') {
    const text = ask.body?.text ?? '';
    if (ask.headers.ifNoneExist === undefined) return ok({ kind: 'create', type, text });
    const asked = ask.headers.ifNoneExist.replace(/^.*\?/, '');
    noteQuery(asked, ask);
    const unless = await parseCriteria(type, asked, ask, api);
    return unless.ok ? ok({ kind: 'create', type, text, unless: unless.value }) : unless;
  }
  const fixed = type === 'AuditEvent' && id !== undefined ? await fixedEvent(id, ask, api) : undefined;
  if (fixed !== undefined) return err(fixed);
  const ifMatch = versionGiven(ask, api);
  if (!ifMatch.ok) return ifMatch;
  const target = id === undefined ? await criteria(ask, api) : ok({ id });
  if (!target.ok) return target;
  const ifNoneMatch = versionsNotWanted(ask);
  if (!ifNoneMatch.ok) return ifNoneMatch;
  const which = {
    type,
    ...target.value,
    ...(ifMatch.value === undefined ? {} : { ifMatch: ifMatch.value }),
    ...(ifNoneMatch.value === undefined ? {} : { ifNoneMatch: ifNoneMatch.value }),
  };
  switch (ask.verb) {
    case 'PUT':
      return ok({ kind: 'update', ...which, text: ask.body?.text ?? '' });
    case 'PATCH': {
      const form = ask.body?.mediaType === 'application/json-patch+json' ? 'json-patch' : 'fhirpath-patch';
      return ok({ kind: 'patch', ...which, patch: { form, text: ask.body?.text ?? '' } });
    }
    default:
      return ok({ kind: 'delete', ...which });
  }
}

function versionGiven(ask: Ask, api: Api): Result<string | undefined, Refusal> {
  const { ifMatch } = ask.headers;
  // Where every change must name what it was based on, any version is none.
  if (ifMatch?.trim() === '*' && api.settings.requireIfMatch !== true) return ok('*');
  if (ifMatch !== undefined && ifMatch.trim() !== '*') {
    const versionId = versionOfEtag(ifMatch);
    return versionId === undefined ? err({ kind: 'bad-etag', header: 'If-Match' }) : ok(versionId);
  }
  return api.settings.requireIfMatch === true ? err({ kind: 'no-if-match' }) : ok(undefined);
}

/** `If-None-Match: *` writes only what is not there yet (RFC 9110 13.1.2). */
function versionsNotWanted(ask: Ask): Result<'any' | readonly string[] | undefined, Refusal> {
  const { ifNoneMatch } = ask.headers;
  if (ifNoneMatch === undefined) return ok(undefined);
  if (ifNoneMatch.trim() === '*') return ok('any');
  const versions = ifNoneMatch.split(',').map(versionOfEtag);
  return versions.every((version) => version !== undefined)
    ? ok(versions)
    : err({ kind: 'bad-etag', header: 'If-None-Match' });
}

async function criteria(ask: Ask, api: Api): Promise<Result<{ readonly where: SearchQuery }, Refusal>> {
  noteQuery(ask.query, ask);
  const parsed = await parseCriteria(ask.place.type ?? '', ask.query, ask, api);
  return parsed.ok ? ok({ where: parsed.value }) : parsed;
}

/** What criteria asked; of a Bundle's entries the audit keeps what they found. */
function noteQuery(query: string, { entry, shown }: Ask): void {
  if (entry === undefined) shown.query = query;
}

/** The answer to a change that was made, as `Prefer` asks for it. */
export function answerOf(outcome: Outcome, ask: Ask, hints: readonly Issue[] = []): Answer {
  const { key, versionId, lastUpdatedAt, stored, warnings, commit } = outcome;
  const prefer = preferred(ask.headers);
  if (outcome.did === 'nothing') {
    if (stored !== undefined) noteLook(stored, ask);
    // That criteria found nothing is told, too.
    else if (ask.place.id === undefined) ask.shown.hasLooked = true;
  }
  if (outcome.did === 'deleted' || stored === undefined) {
    // A delete that found nothing has no version to speak of.
    const version = outcome.did === 'deleted' ? { versionId, lastUpdatedAt, key, commit } : {};
    if (prefer === 'OperationOutcome') return { status: 200, outcome: outcomeText([ALL_OK]), ...version };
    return { status: 204, ...version };
  }
  return {
    status: outcome.did === 'created' ? 201 : 200,
    resource: prefer === 'representation' ? resourceText(stored, WHOLE, ask.shown) : undefined,
    outcome:
      prefer === 'OperationOutcome'
        ? outcomeText(warnings.length + hints.length === 0 ? [ALL_OK] : [...warnings.map(issueOfFault), ...hints])
        : undefined,
    versionId,
    lastUpdatedAt,
    key,
    commit,
    conflict: stored.severity,
    location: `${key.type}/${key.id}/_history/${versionId}`,
  };
}
