// How to make the Fastify instance that carries the API.
import type { FastifyError, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { refusedAnswer } from './answer-request.ts';

/** Options for `Fastify(…)`: what Fastify refuses before a route is known is answered as FHIR too. */
export function fhirServerOptions(): FastifyServerOptions {
  return {
    exposeHeadRoutes: false,
    // A broken percent-escape, for one.
    frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const refused = refusedAnswer({ kind: 'bad-request' }, undefined);
      reply.code(refused.status).headers(refused.headers).send(refused.body);
    },
    // Nobody needs longer to send 20 MB from a ward; slow senders hold memory.
    requestTimeout: 120_000,
  };
}
