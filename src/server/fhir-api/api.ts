// The FHIR R4 REST API on Fastify. Fastify gives us the connection and the bytes; everything FHIR is in the other files.
//
//   1. Bodies come as bytes, whatever they claim to be; what they are is judged in `answer-request.ts`.
//   2. Answers are strings with a content type of ours: Fastify serialises nothing.
//   3. Whatever throws is answered here, once: 503, 504, or 500 with a request id. Only the kind of error and where it was
//      thrown reach the log, because messages of a database may hold what was being written.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createBreakGlassDesk } from '../../core/engine/break-glass.ts';
import { formatUuid } from '../../core/base/id.ts';
import { err } from '../../core/base/result.ts';
import type { Api, FhirApiDeps } from './ask.ts';
import { LIMITS } from './ask.ts';
import { answerRequest, refusedAnswer, type Incoming, type Outgoing } from './answer-request.ts';
import { crossOriginHeaders } from './cross-origin.ts';
import { INTERACTIONS, interactionAt } from './interactions.ts';
import type { Refusal } from './outcome.ts';
import { createSeal } from './seal.ts';
import { openPatientLinks } from '../identity/patient-links.ts';

export type { ApiLimits, ApiSettings, FhirApiDeps, LogPort, OAuthAddresses } from './ask.ts';
export { LIMITS } from './ask.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Puts everything under `/fhir` on `app`. Make `app` with `fhirServerOptions()`. */
export function registerFhirApi(app: FastifyInstance, deps: FhirApiDeps): void {
  const addressOf = deps.clientAddressOf ?? ((raw: IncomingMessage) => raw.socket.remoteAddress);
  const api: Api = {
    store: deps.store,
    engine: deps.engine,
    authenticator: deps.authenticator,
    audit: deps.audit,
    auditReader: deps.auditReader,
    holdings: deps.holdings,
    glass: createBreakGlassDesk(deps),
    collisions: deps.collisions,
    links: openPatientLinks(deps),
    identity: deps.identity,
    oauthAddresses: deps.oauthAddresses,
    clock: deps.clock,
    chance: deps.chance,
    seal: createSeal(deps.sealKey),
    version: deps.version,
    limits: { ...LIMITS, ...deps.limits },
    settings: withoutSlash(deps.settings ?? {}),
    log: deps.log,
    interactions: INTERACTIONS,
    interactionAt,
    carryOut: async (act) => {
      try {
        return await act();
      } catch (thrown) {
        return err(refusalLogged(thrown, formatUuid(deps.chance.bytes(16)), api));
      }
    },
  };

  // A scope of its own, so that these parsers and handlers touch nothing outside /fhir.
  app.register(
    (scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
      scope.setErrorHandler((error, request, reply) =>
        send(reply, refusedAnswer(refusalLogged(error, request.id, api), undefined)),
      );
      scope.setNotFoundHandler((_request, reply) => {
        // Only methods outside METHODS come here.
        send(reply, refusedAnswer({ kind: 'method', allow: METHODS }, undefined));
      });
      const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const incoming = incomingOf(request, addressOf);
        const { origin } = request.headers;
        if (origin !== undefined) {
          reply.headers(await crossOriginHeaders(origin, incoming.path === '/metadata', deps.isAppOrigin));
        }
        return send(reply, await answerRequest(incoming, api));
      };
      const { bundleBytes, resourceBytes } = api.limits;
      scope.route({ method: METHODS, url: '/', bodyLimit: bundleBytes, handler });
      scope.route({ method: METHODS, url: '/*', bodyLimit: resourceBytes, handler });
      done();
    },
    { prefix: '/fhir' },
  );
}

const withoutSlash = (settings: NonNullable<FhirApiDeps['settings']>): NonNullable<FhirApiDeps['settings']> =>
  settings.baseUrl === undefined ? settings : { ...settings, baseUrl: settings.baseUrl.replace(/\/+$/, '') };

const prefixLength = '/fhir'.length;

function incomingOf(request: FastifyRequest, clientAddressOf: (raw: IncomingMessage) => string | undefined): Incoming {
  const { raw } = request;
  const url = raw.url ?? '';
  const mark = url.indexOf('?');
  return {
    method: raw.method ?? '',
    path: mark < 0 ? url.slice(prefixLength) : url.slice(prefixLength, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: raw.headers,
    body: Buffer.isBuffer(request.body) ? request.body : undefined,
    scheme: 'encrypted' in raw.socket ? 'https' : 'http',
    address: clientAddressOf(raw),
  };
}

function send(reply: FastifyReply, outgoing: Outgoing): FastifyReply {
  reply.code(outgoing.status);
  for (const name in outgoing.headers) reply.header(name, outgoing.headers[name]);
  return reply.send(outgoing.body);
}

/** What was thrown, as a refusal; logs what nobody foresaw. */
function refusalLogged(error: unknown, requestId: string, api: Api): Refusal {
  const refusal = refusalOfThrown(error, requestId, api.limits.resourceBytes);
  if (refusal.kind === 'unforeseen') {
    const thrown = error instanceof Error ? error : new Error('something that is no Error');
    api.log.error({ requestId, error: thrown.name, code: codeOf(thrown), at: placeOf(thrown) }, 'request failed');
  }
  return refusal;
}

/** Stores say by the error's name that they are busy or out of time; Fastify says by its code what it did not take. */
function refusalOfThrown(error: unknown, requestId: string, limit: number): Refusal {
  if (!(error instanceof Error)) return { kind: 'unforeseen', requestId };
  if (error.name === 'BusyError') {
    const seconds = 'retryAfterS' in error && typeof error.retryAfterS === 'number' ? error.retryAfterS : 1;
    return { kind: 'busy', retryAfterS: Math.max(1, Math.ceil(seconds)) };
  }
  if (error.name === 'TimeoutError') return { kind: 'timeout' };
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { kind: 'too-large', limit };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { kind: 'media-type', takes: ['application/fhir+json'] };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_BAD_URL':
    case 'ECONNRESET':
      return { kind: 'bad-request' };
    default:
      return { kind: 'unforeseen', requestId };
  }
}

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The first lines of the stack that name files, without the message above them. */
const placeOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' | ');
