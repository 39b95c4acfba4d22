// Puts the provider on the node's server: `/oauth/*` and `/fhir/.well-known/smart-configuration`.
//
//   SM10  Another `Host` than the node's own names gets 421 and nothing else.
//   SM28  Everything under /oauth is answered with headers that keep it out of caches, frames and referrers.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OAuth } from './open-oauth.ts';
import { tokensOver, type OwnTokens } from './own-tokens.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;
const PREFIX = '/oauth';
const STRICT: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

/** Call after the hooks of the node. Answers the endpoints as the node's own pages use them. */
export function registerOAuth(app: FastifyInstance, oauth: OAuth): OwnTokens {
  app.route({
    method: ['GET', 'HEAD', 'OPTIONS'],
    url: '/fhir/.well-known/smart-configuration',
    handler: (request, reply) => answerConfiguration(request, reply, oauth),
  });
  // A scope without parsers: oidc-provider reads the body itself.
  app.register(
    (scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
      scope.route({ method: [...METHODS], url: '/*', handler: (request, reply) => handOver(request, reply, oauth) });
      done();
    },
    { prefix: PREFIX },
  );
  return tokensOver(app, oauth);
}

const MISDIRECTED = JSON.stringify({ error: 'misdirected_request', error_description: 'this node has another name' });

function refuseName(reply: FastifyReply): FastifyReply {
  return reply.code(421).header('content-type', 'application/json; charset=utf-8').send(MISDIRECTED);
}

function answerConfiguration(request: FastifyRequest, reply: FastifyReply, oauth: OAuth): FastifyReply {
  const configuration = oauth.smartConfiguration(request.raw);
  if (configuration === undefined) return refuseName(reply);
  // Read by browser programs of any origin, before they are registered anywhere.
  reply.header('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    reply.header('access-control-allow-methods', 'GET').header('access-control-allow-headers', '*');
    return reply.code(204).send();
  }
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-cache')
    .send(JSON.stringify(configuration));
}

async function handOver(request: FastifyRequest, reply: FastifyReply, oauth: OAuth): Promise<FastifyReply> {
  const { raw } = request;
  const address = oauth.addressFor(raw);
  const provider = await oauth.providerFor(raw);
  if (address === undefined || provider === undefined) return refuseName(reply);
  const given = raw.url ?? '';
  const path = given.slice(PREFIX.length);
  const heard: IncomingMessage & { originalUrl?: string } = raw;
  // oidc-provider answers below its mount path, and tells that path by the two addresses.
  heard.originalUrl = `${new URL(address.issuer).pathname}${path}`;
  heard.url = path;
  reply.hijack();
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...STRICT })) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  try {
    await provider.callback()(raw, reply.raw);
  } finally {
    heard.url = given;
    delete heard.originalUrl;
  }
  return reply;
}
