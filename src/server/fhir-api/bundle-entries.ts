// From the text of a Bundle to asks: each entry's request, with its resource as the exact slice of the text
// (http://hl7.org/fhir/R4/http.html#transaction).
import { parseJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Fault } from '../../core/fhir/fault.ts';
import type { Api, Ask, AskBody, AskHeaders, Interaction, Verb } from './ask.ts';
import { itemSpans, memberSpan } from './json-text.ts';
import { RESOURCE_TYPES } from './negotiate.ts';
import type { Refusal } from './outcome.ts';
import { isObject } from './parameters.ts';
import { routePath } from './route-path.ts';

const SPEC = 'http://hl7.org/fhir/R4/http.html#transaction';

export interface BundleAsk {
  readonly type: 'batch' | 'transaction';
  /** In the order of the Bundle. A refusal is one of the entry's form. */
  readonly entries: readonly BundleEntry[];
}
export interface BundleEntry {
  /** `Bundle.entry[3]`. */
  readonly path: string;
  readonly fullUrl?: string | undefined;
  readonly asked: Result<EntryAsk, Refusal>;
}
export interface EntryAsk {
  readonly ask: Ask;
  readonly interaction: Interaction;
}

export function parseBundle(ask: Ask, api: Api): Result<BundleAsk, Refusal> {
  const text = ask.body?.text ?? '';
  const parsed = parseJson(text, { depthMax: api.limits.depth });
  if (!parsed.ok) return err({ kind: 'bad-json', fault: parsed.error });
  const bundle = parsed.value.value;
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') {
    return err({ kind: 'wrong-resource', path: 'resourceType', wants: 'Bundle at this address' });
  }
  const { type, entry } = bundle;
  if (type !== 'batch' && type !== 'transaction') {
    return err({ kind: 'wrong-resource', path: 'Bundle.type', wants: 'batch or transaction' });
  }
  if (entry === undefined) return ok({ type, entries: [] });
  if (!Array.isArray(entry)) return err({ kind: 'wrong-resource', path: 'Bundle.entry', wants: 'a list' });
  if (entry.length > api.limits.bundleEntries) {
    return err({ kind: 'too-costly', what: `more than ${api.limits.bundleEntries} entries` });
  }
  const at = parsed.value.members.find((member) => member.name === 'entry')?.valueStart ?? 0;
  const spans = itemSpans(text, at);
  const entries = entry.map((value: JsonValue, index): BundleEntry => {
    const path = `Bundle.entry[${index}]`;
    const start = spans[index]?.start ?? 0;
    if (!isObject(value)) return { path, asked: wrong(path, 'The entry is no object.') };
    const fullUrl = typeof value['fullUrl'] === 'string' ? value['fullUrl'] : undefined;
    return { path, fullUrl, asked: entryAsk(value, path, text, start, ask, api) };
  });
  return ok({ type, entries });
}

const wrong = (path: string, message: string): Result<never, Refusal> => {
  const fault: Fault = { severity: 'error', type: 'invalid', path, rule: 'bundle-entry', message, spec: SPEC };
  return err({ kind: 'invalid', faults: [fault] });
};

const VERBS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const isVerb = (text: string): text is Verb => VERBS.has(text);
const textOf = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function entryAsk(
  entry: JsonObject,
  path: string,
  text: string,
  start: number,
  ask: Ask,
  api: Api,
): Result<EntryAsk, Refusal> {
  const request = entry['request'];
  if (!isObject(request)) return wrong(`${path}.request`, 'The entry has no request: say what to do with it.');
  const { method, url } = request;
  if (typeof method !== 'string' || !isVerb(method)) {
    return wrong(`${path}.request.method`, 'The method must be GET, HEAD, POST, PUT, PATCH or DELETE.');
  }
  if (typeof url !== 'string' || url === '') return wrong(`${path}.request.url`, 'The request has no url.');
  const address = addressOf(url, ask.base);
  if (address === undefined) return wrong(`${path}.request.url`, 'The url is not one of this server: use Type/id.');
  const place = routePath(address.path);
  if (!place.ok) return place;
  const interaction = api.interactionAt(method, place.value.kind);
  if (interaction === undefined || !interaction.entry) {
    return wrong(`${path}.request.method`, 'This method is not for this url, or not inside a Bundle.');
  }
  const body = bodyOf(entry, interaction, path, text, start, api);
  if (!body.ok) return body;
  const headers: AskHeaders = {
    ifMatch: textOf(request['ifMatch']),
    ifNoneMatch: textOf(request['ifNoneMatch']),
    ifModifiedSince: textOf(request['ifModifiedSince']),
    ifNoneExist: textOf(request['ifNoneExist']),
    // A thousand resources that were just sent need not come back unless somebody says so.
    prefer:
      ask.headers.prefer?.includes('return') === true
        ? ask.headers.prefer
        : `return=minimal; ${ask.headers.prefer ?? ''}`,
  };
  const { base, actor, access, shown } = ask;
  return ok({
    interaction,
    ask: {
      verb: method,
      place: place.value,
      path: address.path,
      query: address.query,
      headers,
      body: body.value,
      base,
      actor,
      access,
      shown,
      entry: path,
    },
  });
}

function addressOf(url: string, base: string): { readonly path: string; readonly query: string } | undefined {
  let relative = url;
  if (url.startsWith(`${base}/`) || url === base) relative = url.slice(base.length);
  else if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return undefined;
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  return {
    path: path === '' || path.startsWith('/') ? path : `/${path}`,
    query: mark < 0 ? '' : relative.slice(mark + 1),
  };
}

function bodyOf(
  entry: JsonObject,
  interaction: Interaction,
  path: string,
  text: string,
  start: number,
  api: Api,
): Result<AskBody | undefined, Refusal> {
  if (interaction.body === 'none' || interaction.body === 'form') return ok(undefined);
  const resource = entry['resource'];
  const span = resource === undefined ? undefined : memberSpan(text, start, 'resource');
  if (span === undefined) {
    return interaction.body === 'maybe' ? ok(undefined) : wrong(`${path}.resource`, 'This request needs a resource.');
  }
  if (interaction.body === 'patch' && isObject(resource) && resource['resourceType'] === 'Binary') {
    return jsonPatchIn(resource, path);
  }
  const slice = text.slice(span.start, span.end);
  if (slice.length > api.limits.resourceBytes) return err({ kind: 'too-large', limit: api.limits.resourceBytes });
  return ok({ text: slice, mediaType: RESOURCE_TYPES[0] ?? '' });
}

/** A JSON Patch in a Bundle comes as a Binary (http://hl7.org/fhir/R4/http.html#patch). */
function jsonPatchIn(binary: JsonObject, path: string): Result<AskBody, Refusal> {
  const { contentType, data } = binary;
  if (contentType !== 'application/json-patch+json' || typeof data !== 'string') {
    return wrong(`${path}.resource`, 'A Binary that patches has contentType application/json-patch+json and data.');
  }
  try {
    const bytes = Buffer.from(data, 'base64');
    return ok({ text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), mediaType: contentType });
  } catch {
    // The decoder's one complaint.
    return err({ kind: 'bad-utf8' });
  }
}
