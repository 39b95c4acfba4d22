// How staff and the drill itself speak to a node: keep-alive, one authority trusted, a limit on how long anybody waits.
import { Agent as PlainAgent, request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { performance } from 'node:perf_hooks';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly ms: number;
}
export interface Client {
  /** Rejects where nobody answers within the limit. */
  send(method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): void;
}

export function openClient(options: {
  readonly url: string;
  /** PEM of the authority that the node's certificate must be of; for https. */
  readonly authority?: string | undefined;
  readonly token: () => string;
  readonly timeoutMs: number;
}): Client {
  const secure = options.url.startsWith('https:');
  const agent = secure
    ? new SecureAgent({
        keepAlive: true,
        maxSockets: 16,
        ...(options.authority === undefined ? {} : { ca: options.authority }),
      })
    : new PlainAgent({ keepAlive: true, maxSockets: 16 });
  return {
    send: (method, path, body, headers) =>
      new Promise((resolve, reject) => {
        const began = performance.now();
        const asked = (secure ? secureRequest : plainRequest)(
          `${options.url}${path}`,
          {
            method,
            agent,
            headers: {
              accept: 'application/fhir+json',
              authorization: `Bearer ${options.token()}`,
              ...(body === undefined
                ? {}
                : { 'content-type': 'application/fhir+json', 'content-length': Buffer.byteLength(body) }),
              ...headers,
            },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on('data', (chunk: Buffer) => chunks.push(chunk));
            answer.on('error', reject);
            answer.on('end', () => {
              clearTimeout(late);
              resolve({
                status: answer.statusCode ?? 0,
                headers: answer.headers,
                text: Buffer.concat(chunks).toString('utf8'),
                ms: performance.now() - began,
              });
            });
          },
        );
        const late = setTimeout(
          () => asked.destroy(new Error(`no answer within ${String(options.timeoutMs)} ms`)),
          options.timeoutMs,
        );
        asked.on('error', (error) => {
          clearTimeout(late);
          reject(error);
        });
        asked.end(body);
      }),
    close: () => agent.destroy(),
  };
}
