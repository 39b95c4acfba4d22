// How to make the Fastify instance that carries the API.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { refusedAnswer } from './answer-request.ts';

/** Addresses of a search may be long; what is longer than this is answered 414 and goes by POST. */
const headerBytesMax = 32_768;

/** Options for `Fastify(…)`: what Fastify and Node refuse before a route is known is answered as FHIR too. */
export function fhirServerOptions(): FastifyServerOptions & { readonly http: { readonly maxHeaderSize: number } } {
  return {
    exposeHeadRoutes: false,
    // A broken percent-escape, for one.
    frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const refused = refusedAnswer({ kind: 'bad-request' }, undefined);
      reply.code(refused.status).headers(refused.headers).send(refused.body);
    },
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
      const refused = refusedAnswer(
        { kind: error.code === 'HPE_HEADER_OVERFLOW' ? 'long-address' : 'bad-request' },
        undefined,
      );
      const body = refused.body ?? '';
      const head = [
        `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? ''}`,
        ...Object.entries(refused.headers).map(([name, value]) => `${name}: ${value}`),
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
      ];
      socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    },
    // Nobody needs longer to send 20 MB from a ward; slow senders hold memory.
    requestTimeout: 120_000,
    http: { maxHeaderSize: headerBytesMax },
  };
}
