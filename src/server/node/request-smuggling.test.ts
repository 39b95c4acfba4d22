// What Node's parser, our options and our rules make of requests that two servers could read in two ways. Raw sockets; each
// case carries a second request behind it that must never be carried out.
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fhirServerOptions } from '../fhir-api/server-options.ts';
import { sendRaw } from './raw-http.test-kit.ts';
import { registerWireRules, WIRE_SERVER_OPTIONS } from './wire-rules.ts';

let app: FastifyInstance;
let port = 0;
let carriedOut: string[] = [];
beforeEach(async () => {
  carriedOut = [];
  await start(WIRE_SERVER_OPTIONS.http);
});
afterEach(() => app.close());

async function start(http: Readonly<Record<string, number | boolean>>): Promise<void> {
  app = fastify({ ...fhirServerOptions(), requestTimeout: Number(http['requestTimeout']), http });
  registerWireRules(app, { names: [], trustProxy: false });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/*',
    handler: (request, reply) => {
      carriedOut.push(`${request.method} ${request.url}`);
      return reply.send('done');
    },
  });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

const HOST = 'host: localhost\r\n';
const HIDDEN = `DELETE /hidden HTTP/1.1\r\n${HOST}\r\n`;
const post = (headers: string, body: string): string => `POST /x HTTP/1.1\r\n${HOST}${headers}\r\n\r\n${body}`;
const CHUNKED = 'transfer-encoding: chunked';

test('[WI13] requests that could be read in two ways are 400, the connection is closed, and nothing behind them is carried out', async () => {
  const cases: Readonly<Record<string, string>> = {
    'length and chunked': post(`content-length: 4\r\n${CHUNKED}`, `0\r\n\r\n${HIDDEN}`),
    'chunked and length': post(`${CHUNKED}\r\ncontent-length: 6`, `0\r\n\r\n${HIDDEN}`),
    'two different lengths': post('content-length: 0\r\ncontent-length: 5', HIDDEN),
    'two equal lengths': post('content-length: 0\r\ncontent-length: 0', HIDDEN),
    'a list of lengths': post('content-length: 0, 5', HIDDEN),
    'a length with a sign': post('content-length: +0', HIDDEN),
    'a length below zero': post('content-length: -1', HIDDEN),
    'a length in hex': post('content-length: 0x5', HIDDEN),
    'a length beyond numbers': post('content-length: 99999999999999999999', HIDDEN),
    'chunked twice': post(`${CHUNKED}\r\n${CHUNKED}`, `0\r\n\r\n${HIDDEN}`),
    'chunked not last': post('transfer-encoding: chunked, identity', `0\r\n\r\n${HIDDEN}`),
    'another encoding': post('transfer-encoding: xchunked', `0\r\n\r\n${HIDDEN}`),
    'a space before the colon': post('transfer-encoding : chunked', `0\r\n\r\n${HIDDEN}`),
    'a tab in a name': post('transfer\tencoding: chunked', `0\r\n\r\n${HIDDEN}`),
    'a folded header': post('x-one: a\r\n transfer-encoding: chunked', `0\r\n\r\n${HIDDEN}`),
    'a chunk size that is none': post(CHUNKED, `zz\r\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a chunk size with a sign': post(CHUNKED, `-1\r\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a chunk size in 0x': post(CHUNKED, `0x2\r\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a chunk longer than it says': post(CHUNKED, `1\r\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a chunk size beyond numbers': post(CHUNKED, `fffffffffffffffff\r\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a bare line feed after a chunk size': post(CHUNKED, `2\nhi\r\n0\r\n\r\n${HIDDEN}`),
    'a bare line feed between headers': `GET /x HTTP/1.1\r\nhost: localhost\ncontent-length: 5\r\n\r\n${HIDDEN}`,
    'a bare carriage return in a value': post('x-one: a\rcontent-length: 5', HIDDEN),
    'a null in a value': post('x-one: a\0b', HIDDEN),
    'another version': `GET /x HTTP/1.9\r\n${HOST}\r\n${HIDDEN}`,
    'a line break in the address': `GET /x\u000BHTTP/1.1\r\n${HOST}\r\n${HIDDEN}`,
    'another method': `FORGE /x HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`,
    'HTTP/2 without agreement': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`,
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const answer = await sendRaw(port, bytes);
    expect(answer, name).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer, name).toMatch(/connection: close/i);
    expect(answer.match(/HTTP\/1\.1 /g), name).toHaveLength(1);
    expect(
      carriedOut.filter((one) => one.includes('hidden')),
      name,
    ).toEqual([]);
  }
});

test('[WI13] what is said in one way is carried out once, also in pieces and with a body that looks like a request', async () => {
  const inside = post(`content-length: ${HIDDEN.length}\r\nconnection: close`, HIDDEN);
  expect(await sendRaw(port, ...[...inside].map((byte) => byte))).toMatch(/^HTTP\/1\.1 200 /);
  const size = HIDDEN.length.toString(16);
  const chunked = post(`${CHUNKED}\r\nconnection: close`, `${size}\r\n${HIDDEN}\r\n0\r\n\r\n`);
  expect(await sendRaw(port, chunked)).toMatch(/^HTTP\/1\.1 200 /);
  expect(carriedOut).toEqual(['POST /x', 'POST /x']);
});

test('[WI14] headers that do not end, and a body that does not, are given up and the connection is closed', async () => {
  await app.close();
  await start({ headersTimeout: 60, requestTimeout: 120, connectionsCheckingInterval: 20 });
  for (const bytes of [
    `GET /x HTTP/1.1\r\n${HOST}x-slow: `,
    post('content-length: 1000', 'half'),
    post(CHUNKED, '5\r\nab'),
  ]) {
    expect(await sendRaw(port, bytes), bytes).toMatch(/^HTTP\/1\.1 4\d\d [^]*connection: close/i);
  }
  expect(carriedOut).toEqual([]);
  expect(WIRE_SERVER_OPTIONS.http.headersTimeout).toBeLessThanOrEqual(WIRE_SERVER_OPTIONS.http.requestTimeout);
});
