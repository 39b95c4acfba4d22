// The steps that every request passes, in order; a refusal at any of them ends it.
//
//   1. Nothing of a body is looked at before place, method and form of the answer are known to be right, and who asks.
//   2. A body is bytes until it was found to be UTF-8; it reaches the engine as the very text that came.
//   3. Whatever throws past here is unforeseen, and is answered by `answerUnforeseen` without what was thrown.
import { err, ok, type Result } from '../../core/base/result.ts';
import { admit, deniedAt, NOBODY, type Admitted } from './admit.ts';
import type { Answer, Answered, Api, Ask, AskBody, AskHeaders, BodyForm, Place, Verb } from './ask.ts';
import { actOn, recordAnswer, recordRefusal } from './audit-request.ts';
import { binaryOf, contentOf, isContent, wantsContent } from './binary-content.ts';
import { completenessHeaders } from './completeness.ts';
import { interactionAt, verbsAt } from './interactions.ts';
import { answerType, etagOf, mediaTypeOf, RESOURCE_TYPES, type AnswerType } from './negotiate.ts';
import { outcomeText, refusedAs, type Refusal } from './outcome.ts';
import { valueOf } from './query-text.ts';
import { routePath } from './route-path.ts';
import { Shown } from './shown.ts';
import type { Credentials } from '../auth/authenticator.ts';
import { parseJson, printJson } from '../../core/base/json.ts';

/** What came over HTTP, without the HTTP library. */
export interface Incoming {
  readonly method: string;
  /** From the base on: `/Patient/1`, '' for the base itself; percent-encoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array | undefined;
  readonly scheme: 'http' | 'https';
  /** The client's network address. */
  readonly address?: string | undefined;
}

export interface Outgoing {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Bytes: the content of a Binary. */
  readonly body: string | Uint8Array | undefined;
}

export async function answerRequest(asked: Incoming, api: Api): Promise<Outgoing> {
  const joined = withForm(asked);
  const incoming = joined.ok ? joined.value : asked;
  const accept = headerOf(incoming, 'accept');
  const format = valueOf(incoming.query, '_format');
  const isRaw = wantsContent(incoming.method, incoming.path, accept, format);
  const type = isRaw ? plainType : answerType(accept, format);
  if (type === undefined) return refusedAnswer({ kind: 'not-acceptable' }, incoming);
  const answered = joined.ok ? await answerAsk(incoming, api) : joined;
  if (!answered.ok) return refusedAnswer(answered.error, incoming, type);
  const { answer, base } = answered.value;
  const outgoing = sent(answer, base, incoming, type);
  if (!isRaw || answer.resource === undefined) return outgoing;
  const content = contentOf(answer.resource);
  return { status: outgoing.status, headers: { ...outgoing.headers, ...content.headers }, body: content.bytes };
}

/** The parameters of a form stand beside those of the address, `_format` and `_pretty` among them. */
function withForm(incoming: Incoming): Result<Incoming, Refusal> {
  if (incoming.method !== 'POST' || incoming.body === undefined) return ok(incoming);
  if (mediaTypeOf(headerOf(incoming, 'content-type')).mediaType !== FORM_TYPE) return ok(incoming);
  const form = decoded(incoming.body);
  if (!form.ok) return form;
  const query = [incoming.query, form.value].filter((part) => part !== '').join('&');
  return ok({ ...incoming, query });
}

async function answerAsk(
  incoming: Incoming,
  api: Api,
): Promise<Result<{ readonly answer: Answer; readonly base: string }, Refusal>> {
  if (incoming.query.length > api.limits.queryLength) return err({ kind: 'long-address' });
  const base = baseOf(incoming, api);
  if (base === undefined) return err({ kind: 'bad-host' });
  const place = routePath(incoming.path);
  if (!place.ok) return place;
  const { kind } = place.value;
  if (incoming.method === 'OPTIONS') return ok({ base, answer: { status: 204, allow: verbsAt(kind) } });
  const interaction = interactionAt(incoming.method, kind);
  if (interaction === undefined) return err({ kind: 'method', allow: verbsAt(kind) });
  if (interaction.open === true) {
    const ask = askOf(incoming, place.value, undefined, base, NOBODY, new Shown());
    const answered = await interaction.act(ask, api);
    return answered.ok ? ok({ answer: answered.value, base }) : answered;
  }
  const request = { interaction, place: place.value, address: addressOf(incoming, api) };
  const admitted = await admit(credentialsOf(incoming), api);
  if (!admitted.ok) {
    await recordRefusal(request, admitted.error, undefined, api);
    return admitted;
  }
  const { access } = admitted.value;
  const denied = deniedAt(interaction, place.value, access);
  if (denied !== undefined) {
    await recordRefusal(request, denied, access, api);
    return err(denied);
  }
  const body = interaction.body === 'none' ? ok(undefined) : bodyOf(incoming, interaction.body, api);
  if (!body.ok) return body;
  const shown = new Shown();
  const ask = askOf(incoming, place.value, body.value, base, admitted.value, shown);
  const answered: Answered = await actOn(interaction, ask, api);
  await recordAnswer(request, answered, shown, access, api);
  return answered.ok ? ok({ answer: answered.value, base }) : answered;
}

const askOf = (
  incoming: Incoming,
  place: Place,
  body: AskBody | undefined,
  base: string,
  { access, actor }: Admitted,
  shown: Shown,
): Ask => ({
  // The table has only verbs.
  verb: incoming.method as Verb,
  place,
  path: incoming.path,
  query: incoming.query,
  headers: askHeaders(incoming),
  body,
  base,
  actor,
  access,
  shown,
});

const credentialsOf = (incoming: Incoming): Credentials => ({
  method: incoming.method,
  authorization: headerOf(incoming, 'authorization'),
  cookie: headerOf(incoming, 'cookie'),
  fetchSite: headerOf(incoming, 'sec-fetch-site'),
});

/** Behind a proxy, what it saw: the last of the list, since what stands before it anyone may have written. */
function addressOf(incoming: Incoming, api: Api): string | undefined {
  if (api.settings.trustForwarded !== true) return incoming.address;
  const last = headerOf(incoming, 'x-forwarded-for')?.split(',').at(-1)?.trim();
  return last !== undefined && /^[0-9A-Fa-f.:]{2,45}$/.test(last) ? last : incoming.address;
}

function headerOf(incoming: Incoming, name: string): string | undefined {
  const value = incoming.headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

function askHeaders(incoming: Incoming): AskHeaders {
  return {
    ifMatch: headerOf(incoming, 'if-match'),
    ifNoneMatch: headerOf(incoming, 'if-none-match'),
    ifModifiedSince: headerOf(incoming, 'if-modified-since'),
    ifNoneExist: headerOf(incoming, 'if-none-exist'),
    prefer: headerOf(incoming, 'prefer'),
  };
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

// One node is reached by few names; the cap keeps strangers from filling memory.
const bases = new Map<string, string>();

/** `http://host:port/fhir`, or undefined where the Host cannot be one. */
function baseOf(incoming: Incoming, api: Api): string | undefined {
  const { baseUrl, trustForwarded } = api.settings;
  if (baseUrl !== undefined) return baseUrl;
  let host = headerOf(incoming, 'host') ?? '';
  let scheme: string = incoming.scheme;
  if (trustForwarded === true) {
    host = headerOf(incoming, 'x-forwarded-host')?.split(',')[0]?.trim() ?? host;
    const proto = headerOf(incoming, 'x-forwarded-proto')?.split(',')[0]?.trim();
    if (proto === 'http' || proto === 'https') scheme = proto;
  }
  const key = `${scheme}://${host}`;
  const made = bases.get(key);
  if (made !== undefined) return made;
  if (!HOST.test(host)) return undefined;
  const base = `${key}/fhir`;
  if (bases.size < 1_000) bases.set(key, base);
  return base;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';
const PATCH_TYPES = ['application/json-patch+json', 'application/fhir+json'];
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bodyOf(incoming: Incoming, form: BodyForm, api: Api): Result<AskBody | undefined, Refusal> {
  const bytes = incoming.body;
  if (bytes === undefined || bytes.length === 0) {
    return form === 'form' || form === 'maybe' ? ok(undefined) : err({ kind: 'no-body' });
  }
  const contentType = headerOf(incoming, 'content-type');
  const { mediaType, utf8: isUtf8 } = mediaTypeOf(contentType);
  if (form === 'resource' && isContent(incoming.method, incoming.path, mediaType)) {
    const context = headerOf(incoming, 'x-security-context');
    const { resourceBytes } = api.limits;
    return binaryOf(bytes, contentType ?? '', context, incoming.method, incoming.path, resourceBytes);
  }
  const takes =
    form === 'form' ? [FORM_TYPE] : form === 'patch' ? [PATCH_TYPES[0] ?? '', ...RESOURCE_TYPES] : RESOURCE_TYPES;
  if (!takes.includes(mediaType)) {
    return err({
      kind: 'media-type',
      takes: form === 'form' ? takes : form === 'patch' ? PATCH_TYPES : ['application/fhir+json'],
    });
  }
  if (!isUtf8) return err({ kind: 'charset' });
  const limit = form === 'bundle' ? api.limits.bundleBytes : api.limits.resourceBytes;
  if (bytes.length > limit) return err({ kind: 'too-large', limit });
  const text = decoded(bytes);
  return text.ok ? ok({ text: text.value, mediaType }) : text;
}

function decoded(bytes: Uint8Array): Result<string, Refusal> {
  try {
    return ok(utf8.decode(bytes));
  } catch {
    // The decoder's one complaint.
    return err({ kind: 'bad-utf8' });
  }
}

/** Nothing of a record may lie in a browser's cache, which no key protects; nor be taken for a page. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

const plainType: AnswerType = 'application/fhir+json; charset=utf-8';

function sent(answer: Answer, base: string, incoming: Incoming, type: AnswerType | undefined): Outgoing {
  const headers: Record<string, string> = { ...ALWAYS };
  const { versionId, lastUpdatedAt, location, allow } = answer;
  if (versionId !== undefined) headers['etag'] = etagOf(versionId);
  if (lastUpdatedAt !== undefined) headers['last-modified'] = new Date(lastUpdatedAt).toUTCString();
  if (location !== undefined) headers[answer.status === 201 ? 'location' : 'content-location'] = `${base}/${location}`;
  if (answer.commit !== undefined) headers['x-holdfast-commit'] = answer.commit;
  if (answer.conflict !== undefined) headers['x-holdfast-conflict'] = answer.conflict;
  if (answer.completeness !== undefined) Object.assign(headers, completenessHeaders(answer.completeness));
  if (allow !== undefined) headers['allow'] = allow.join(', ');
  let body = answer.resource ?? answer.outcome;
  if (body !== undefined) {
    headers['content-type'] = type ?? plainType;
    if (wantsPretty(incoming)) body = pretty(body);
  }
  return { status: answer.status, headers, body };
}

/** A refusal as an answer. `type`: undefined where the client takes no JSON; it gets JSON all the same. */
export function refusedAnswer(refusal: Refusal, incoming: Incoming | undefined, type?: AnswerType): Outgoing {
  const refused = refusedAs(refusal);
  const text = outcomeText(refused.issues);
  return {
    status: refused.status,
    headers: { ...ALWAYS, 'content-type': type ?? plainType, ...refused.headers },
    body: incoming !== undefined && wantsPretty(incoming) ? pretty(text) : text,
  };
}

const wantsPretty = (incoming: Incoming): boolean =>
  incoming.query !== '' && valueOf(incoming.query, '_pretty') === 'true';

function pretty(text: string): string {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok ? `${printJson(parsed.value.value, 2)}\n` : text;
}
