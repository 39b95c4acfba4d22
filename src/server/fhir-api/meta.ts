// $meta, $meta-add, $meta-delete (http://hl7.org/fhir/R4/resource-operations.html).
//
// The two that change write an ordinary new version, so that history and If-Match hold for labels as for anything else.
// Only the text of `meta` is put anew; every other byte of the body stays.
import { assert } from '../../core/base/assert.ts';
import { parseJson, printJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import type { Criterion } from '../../core/fhir/search/query.ts';
import { renderStored } from '../../core/record/body.ts';
import type { Stored } from '../../core/record/store.ts';
import type { Answer, Answered, Api, Ask } from './ask.ts';
import { findStored } from './find-stored.ts';
import { memberSpan } from './json-text.ts';
import { refusalOfChange, type Refusal } from './outcome.ts';
import { noteLook } from './write.ts';
import { fixedEvent } from './own-events.ts';
import { bodyObject, isObject, parametersIn } from './parameters.ts';

const LISTS = ['profile', 'security', 'tag'] as const;

export async function showMeta(ask: Ask, api: Api): Promise<Answered> {
  if (ask.place.id === undefined) return unionOfMeta(ask, api);
  const stored = await storedOf(ask, api);
  if (!stored.ok) return stored;
  ask.shown.add(stored.value);
  return ok(metaAnswer(stored.value));
}

/** Resources whose meta one answer puts together; more are refused, since a part of the union would look like all of it. */
const unionMax = 10_000;

/** `$meta` of a type or the system: every profile, label and tag that is in use there, each once. */
async function unionOfMeta(ask: Ask, api: Api): Promise<Answered> {
  const { type } = ask.place;
  const union: Record<(typeof LISTS)[number], Map<string, JsonValue>> = {
    profile: new Map(),
    security: new Map(),
    tag: new Map(),
  };
  let after: string | undefined;
  for (let seen = 0; ;) {
    const page = await api.store.search(
      {
        types: type === undefined ? definitions.resourceTypes : [type],
        where: [{ kind: 'any', of: WITH_META }],
        sort: [],
        count: Math.min(api.limits.pageMax, unionMax),
        total: 'none',
        include: [],
        ...(after === undefined ? {} : { after }),
      },
      ask.actor.visible,
      { includes: 0, ms: api.limits.searchMs },
    );
    if (!page.ok) return err({ kind: 'too-costly', what: page.error.what });
    seen += page.value.hits.length;
    for (const { stored } of page.value.hits) collect(stored.text, union);
    after = page.value.next;
    if (after === undefined) break;
    if (seen >= unionMax) return err({ kind: 'too-costly', what: `the meta of more than ${unionMax} resources` });
  }
  const lists = LISTS.flatMap((name) => (union[name].size === 0 ? [] : [[name, [...union[name].values()]] as const]));
  const parameter = lists.length === 0 ? [] : [{ name: 'return', valueMeta: Object.fromEntries(lists) }];
  return ok({
    status: 200,
    resource: printJson({ resourceType: 'Parameters', ...(parameter.length === 0 ? {} : { parameter }) }),
  });
}

const WITH_META: readonly Criterion[] = (
  [
    ['_profile', 'uri'],
    ['_security', 'token'],
    ['_tag', 'token'],
  ] as const
).map(([param, type]) => ({
  kind: 'param',
  param,
  type,
  modifier: 'missing',
  values: [{ kind: 'missing', missing: false }],
}));

function collect(text: string, union: Readonly<Record<(typeof LISTS)[number], Map<string, JsonValue>>>): void {
  const span = memberSpan(text, text.indexOf('{'), 'meta');
  if (span === undefined) return;
  const meta = objectIn(text.slice(span.start, span.end));
  for (const name of LISTS) {
    for (const item of listOf(meta[name])) {
      const key = isObject(item)
        ? `${printJson(item['system'] ?? null)} ${printJson(item['code'] ?? null)}`
        : printJson(item);
      if (!union[name].has(key)) union[name].set(key, item);
    }
  }
}

export const addMeta = (ask: Ask, api: Api): Promise<Answered> =>
  changeMeta(ask, api, (have, given) => [...have, ...given.filter((item) => !have.some((one) => isSame(one, item)))]);

export const deleteMeta = (ask: Ask, api: Api): Promise<Answered> =>
  changeMeta(ask, api, (have, given) => have.filter((item) => !given.some((one) => isSame(one, item))));

async function storedOf(ask: Ask, api: Api): Promise<Result<Stored, Refusal>> {
  const { type = '', id = '', versionId } = ask.place;
  const stored =
    versionId === undefined
      ? await findStored({ type, id }, ask, api)
      : await api.store.readVersion({ type, id }, versionId, ask.actor.visible);
  if (stored === undefined) return err({ kind: 'not-found' });
  return stored.deleted ? err({ kind: 'gone' }) : ok(stored);
}

function metaAnswer(stored: Stored): Answer {
  const text = renderStored(stored);
  const span = memberSpan(text, text.indexOf('{'), 'meta');
  assert(span !== undefined, 'a rendered resource has meta');
  const meta = text.slice(span.start, span.end);
  return {
    status: 200,
    resource: `{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":${meta}}]}`,
    versionId: stored.versionId,
    lastUpdatedAt: stored.lastUpdatedAt,
    key: stored.key,
  };
}

type Merge = (have: readonly JsonValue[], given: readonly JsonValue[]) => readonly JsonValue[];

async function changeMeta(ask: Ask, api: Api, merge: Merge): Promise<Answered> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const given =
    body.value === undefined
      ? undefined
      : parametersIn(body.value).find((one) => one['name'] === 'meta')?.['valueMeta'];
  if (!isObject(given))
    return err({ kind: 'wrong-resource', path: 'Parameters.parameter', wants: 'one named meta with valueMeta' });
  const stored = await storedOf(ask, api);
  if (!stored.ok) return stored;
  const { key, versionId, text } = stored.value;
  const fixed = key.type === 'AuditEvent' ? await fixedEvent(key.id, ask, api) : undefined;
  if (fixed !== undefined) return err(fixed);
  const done = await api.engine.change(
    [{ kind: 'update', type: key.type, id: key.id, ifMatch: versionId, text: withMeta(text, given, merge) }],
    ask.actor,
  );
  if (!done.ok) {
    // Somebody else came first: not the client's mistake, it named no version.
    const { refusal } = done.error;
    return err(refusal.kind === 'stale' ? { kind: 'contended' } : refusalOfChange(refusal));
  }
  const [outcome] = done.value;
  const now = outcome?.stored;
  assert(now !== undefined, 'an update leaves a resource');
  // No commit says that it was looked at.
  if (outcome?.did === 'nothing') noteLook(now, ask);
  return ok(metaAnswer(now));
}

function withMeta(text: string, given: JsonObject, merge: Merge): string {
  const start = text.indexOf('{');
  const span = memberSpan(text, start, 'meta');
  const have = span === undefined ? {} : objectIn(text.slice(span.start, span.end));
  const merged: Record<string, JsonValue | undefined> = { ...have };
  for (const name of LISTS) {
    const list = merge(listOf(have[name]), listOf(given[name]));
    if (list.length > 0) merged[name] = list;
    else delete merged[name];
  }
  const meta = printJson(merged);
  if (span !== undefined) {
    // `{}` is no FHIR: an empty meta goes, and with it its comma, which the lossless printer takes care of.
    if (meta !== '{}') return text.slice(0, span.start) + meta + text.slice(span.end);
    const { meta: _gone, ...rest } = objectIn(text);
    return printJson(rest);
  }
  return meta === '{}' ? text : `${text.slice(0, start + 1)}"meta":${meta},${text.slice(start + 1)}`;
}

function objectIn(text: string): JsonObject {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  assert(parsed.ok && isObject(parsed.value.value), 'a stored resource is no JSON object');
  return parsed.value.value;
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** Codings are the same by system and code, profiles by their text. */
const isSame = (a: JsonValue, b: JsonValue): boolean =>
  isObject(a) && isObject(b) ? a['system'] === b['system'] && a['code'] === b['code'] : a === b;
