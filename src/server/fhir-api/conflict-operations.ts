// $conflicts, [type]/[id]/$conflict and [type]/[id]/$resolve: what people must decide, and their decision.
//
//   CW4  The list and the sides of one, as Parameters, within what the asker may see.
//   CW5  Who resolves sends If-Match; what is not theirs to update is not theirs to decide.
import { parseJson, printJson } from '../../core/base/json.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { resolveConflict, type Resolution } from '../../core/engine/resolve-conflict.ts';
import { type ConflictQuery, type OpenConflict, type Siblings } from '../../core/record/conflicts.ts';
import { renderStored } from '../../core/record/body.ts';
import type { ResourceKey, Stored } from '../../core/record/store.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { collisionPart, conflictPart, type Collided } from './conflict-parameters.ts';
import { isStrict, versionOfEtag } from './negotiate.ts';
import { badParam, refusalOfChange, type Refusal } from './outcome.ts';
import { openPage, pageUrl } from './page-link.ts';
import { bodyObject, isObject, pairsIn, parametersIn } from './parameters.ts';
import { valueOf, type Pair } from './query-text.ts';
import { isResourceType } from './route-path.ts';
import { answerOf } from './write.ts';

const OPERATIONS = 'http://hl7.org/fhir/R4/operations.html';
/** Each conflict is looked at side by side. */
const COUNT_MAX = 100;

/** `severity`, `patient`, `type`, `order` (worst, newest), `_count`, `_summary=count`. */
export async function listConflicts(ask: Ask, api: Api): Promise<Answered> {
  const page = openPage(ask, api);
  if (!page.ok) return page;
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const pairs = [...page.value.pairs, ...(body.value === undefined ? [] : pairsIn(body.value))];
  const asked = parseAsked(pairs, page.value.cursor, ask);
  if (!asked.ok) return asked;
  const { used } = asked.value;
  const query = await withLinked(asked.value.query, api);
  const isCount = valueOf(ask.query, '_summary') === 'count';
  const found = await api.store.conflicts(isCount ? { ...query, count: 1 } : query, ask.actor.visible);
  const parts: JsonObject[] = [{ name: 'total', valueInteger: found.total }];
  if (!isCount) {
    const each = await Promise.all(found.conflicts.map((one) => sidesOf(one, ask, api)));
    for (const one of each) if (one !== undefined) parts.push(conflictPart(one, false, api.settings.words ?? {}));
    // Few, and of no order with the others: with the first page.
    if (page.value.cursor === undefined) parts.push(...(await collisionsShown(query, ask, api)));
    if (found.next !== undefined) parts.push({ name: 'next', valueUrl: pageUrl(ask, api, used, found.next) });
  }
  return ok({ status: 200, resource: parametersText(parts) });
}

/** Of one person there may be several records: what is asked of one is asked of all (ID20). */
async function withLinked(query: ConflictQuery, api: Api): Promise<ConflictQuery> {
  if (query.homes === undefined) return query;
  const ids = query.homes.map((home) => home.slice('Patient/'.length));
  const linked = await api.links.closuresOf(ids);
  const all = new Set(ids.flatMap((id) => [id, ...(linked.get(id) ?? [])]));
  return { ...query, homes: [...all].map((id) => `Patient/${id}`) };
}

/** Undefined where somebody settled it meanwhile. */
async function sidesOf({ key }: OpenConflict, ask: Ask, api: Api): Promise<Siblings | undefined> {
  const found = await api.store.siblings(key, ask.actor.visible);
  if (found === undefined || !found.stored.conflict) return undefined;
  ask.shown.add(found.stored);
  ask.shown.what.add(`${key.type}/${key.id}`);
  return found;
}

const COLLISIONS_MAX = 500;

/** What collides between resources, where the asker may see everything that does. */
async function collisionsShown(query: ConflictQuery, ask: Ask, api: Api): Promise<readonly JsonObject[]> {
  const { severity, homes, types } = query;
  const narrowed = {
    ...(severity === undefined ? {} : { severity }),
    ...(homes === undefined ? {} : { homes }),
    ...(types === undefined ? {} : { types }),
  };
  const faults = severity === 'S1' ? [] : await linkFaults(query, api);
  const kept = (await api.collisions?.list({ ...narrowed, limit: COLLISIONS_MAX })) ?? [];
  const found = [...kept.filter((one) => one.severity !== 'S3'), ...faults];
  const keys = found.flatMap(({ names }) => names.map(keyOf));
  const seen = new Map<string, Stored>();
  for (const stored of await api.store.read(keys, ask.actor.visible)) {
    if (stored !== undefined && !stored.deleted) seen.set(`${stored.key.type}/${stored.key.id}`, stored);
  }
  const shown = found.filter(({ names }) => names.every((name) => seen.has(name)));
  for (const { names } of shown) {
    for (const name of names) {
      ask.shown.what.add(name);
      const stored = seen.get(name);
      if (stored !== undefined) ask.shown.add(stored);
    }
  }
  return shown.map(collisionPart);
}

/** Records of one person whose links contradict each other (ID22). */
async function linkFaults({ homes, types }: ConflictQuery, api: Api): Promise<readonly Collided[]> {
  if (types !== undefined && !types.includes('Patient')) return [];
  const found = await api.links.faults();
  return found.flatMap(({ fault, ids }) => {
    const names = ids.map((id) => `Patient/${id}`).toSorted();
    if (homes !== undefined && !names.some((name) => homes.includes(name))) return [];
    return [{ kind: `links-${fault.kind}`, severity: 'S2' as const, names }];
  });
}

function keyOf(name: string): ResourceKey {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
}

/** One conflict with the whole of each side. */
export async function showConflict(ask: Ask, api: Api): Promise<Answered> {
  const { type = '', id = '' } = ask.place;
  const found = await api.store.siblings({ type, id }, ask.actor.visible);
  if (found === undefined) return err({ kind: 'not-found' });
  const { stored } = found;
  ask.shown.add(stored);
  if (stored.deleted) return err({ kind: 'gone' });
  const { versionId, lastUpdatedAt, key } = stored;
  const parts = stored.conflict ? [conflictPart(found, true, api.settings.words ?? {})] : [];
  return ok({
    status: 200,
    resource: parametersText([{ name: 'open', valueBoolean: stored.conflict }, ...parts]),
    versionId,
    lastUpdatedAt,
    key,
  });
}

/** The body is the resource that is to stand, or Parameters with `keep` (a head) or `resource`. */
export async function resolve(ask: Ask, api: Api): Promise<Answered> {
  const { type = '', id = '' } = ask.place;
  const { ifMatch } = ask.headers;
  if (ifMatch === undefined) return err({ kind: 'no-if-match' });
  const version = versionOfEtag(ifMatch);
  if (version === undefined) return err({ kind: 'bad-etag', header: 'If-Match' });
  const chosen = chosenIn(ask, type, api);
  if (!chosen.ok) return chosen;
  const done = await resolveConflict({ key: { type, id }, ifMatch: version, chosen: chosen.value }, ask.actor, api);
  if (!done.ok) return err(refusalOfChange(done.error));
  const { outcome, apart } = done.value;
  const answer = answerOf(outcome, ask);
  if (apart.length === 0) return ok(answer);
  const { stored } = outcome;
  const whole =
    stored === undefined ? undefined : parseJson(renderStored(stored), { numbers: 'lossless', depthMax: 1_000 });
  return ok({
    ...answer,
    status: 200,
    resource: parametersText([
      ...(whole?.ok === true ? [{ name: 'return', resource: whole.value.value }] : []),
      ...apart.map((key) => ({ name: 'kept-apart', valueReference: { reference: `${key.type}/${key.id}` } })),
    ]),
  });
}

function chosenIn(ask: Ask, type: string, api: Api): Result<Resolution['chosen'], Refusal> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  if (body.value === undefined) return err({ kind: 'no-body' });
  const { resourceType } = body.value;
  if (resourceType === type) return ok({ text: ask.body?.text ?? '' });
  if (resourceType !== 'Parameters') {
    return err({ kind: 'wrong-resource', path: 'resourceType', wants: `${type} or Parameters` });
  }
  const keep = pairsIn(body.value).find(([name]) => name === 'keep')?.[1];
  const given = losslessIn(ask).find((one) => one['name'] === 'resource')?.['resource'];
  if ((keep === undefined) === (given === undefined)) {
    return err(
      badParam('keep', 'Name the side to keep, by its head, or give the resource that is to stand.', OPERATIONS),
    );
  }
  return ok(keep === undefined ? { text: printJson(given ?? null) } : { keep });
}

/** The body's parameters with every digit. */
function losslessIn({ body }: Ask): readonly JsonObject[] {
  const parsed = parseJson(body?.text ?? '', { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok && isObject(parsed.value.value) ? parametersIn(parsed.value.value) : [];
}

function parseAsked(
  pairs: readonly Pair[],
  after: string | undefined,
  ask: Ask,
): Result<{ readonly query: ConflictQuery; readonly used: readonly Pair[] }, Refusal> {
  const bad = (name: string, text: string): Result<never, Refusal> => err(badParam(name, text, OPERATIONS));
  let query: ConflictQuery = { order: 'worst', count: 20, ...(after === undefined ? {} : { after }) };
  const used: Pair[] = [];
  if (ask.place.type !== undefined) query = { ...query, types: [ask.place.type] };
  for (const pair of pairs) {
    const [name, value] = pair;
    if (name === '_count') {
      if (!/^[1-9]\d{0,3}$/.test(value)) return bad(name, '_count takes a number from 1.');
      query = { ...query, count: Math.min(Number(value), COUNT_MAX) };
    } else if (name === 'severity') {
      if (value !== 'S1' && value !== 'S2') return bad(name, 'severity takes S1 or S2.');
      query = { ...query, severity: value };
    } else if (name === 'order') {
      if (value !== 'worst' && value !== 'newest') return bad(name, 'order takes worst or newest.');
      query = { ...query, order: value };
    } else if (name === 'patient') {
      const id = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(value)?.[1];
      if (id === undefined) return bad(name, 'patient takes Patient/[id].');
      query = { ...query, homes: [`Patient/${id}`] };
    } else if (name === 'type' || name === '_type') {
      const types = value.split(',').filter((type) => type !== '');
      if (!types.every(isResourceType)) return bad(name, 'type takes resource types, separated by commas.');
      query = { ...query, types };
    } else if (name !== '_summary' && name !== '_format' && name !== '_pretty') {
      if (isStrict(ask.headers)) return bad(name, '$conflicts does not have this parameter.');
      continue;
    }
    used.push(pair);
  }
  return ok({ query, used });
}

const parametersText = (parameter: readonly JsonObject[]): string =>
  printJson({ resourceType: 'Parameters', parameter });
