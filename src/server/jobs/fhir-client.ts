// A plain FHIR client for the node's own jobs: keep-alive connections, retries where nothing was changed.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FhirAnswer {
  readonly status: number;
  readonly text: string;
}
export interface FhirClient {
  /** `path` below the base: '' or `Patient/1`. Throws when the connection breaks. */
  send(method: 'GET' | 'POST' | 'PUT', path: string, body?: string): Promise<FhirAnswer>;
  close(): void;
}

const RETRIES_MAX = 60;
const RETRY_MS_MAX = 5_000;

/** `address` is the node's on this machine: `http://127.0.0.1:8080`; plain HTTP, which loopback alone speaks. */
export function openFhirClient(address: string, connectionsMax: number, token: string): FhirClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const base = new URL('/fhir', address);
  const once = (method: string, path: string, body: string | undefined): Promise<FhirAnswer & { after: number }> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(body, 'utf8');
      const outgoing = request(
        {
          agent,
          host: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port,
          path: path === '' ? base.pathname : `${base.pathname}/${path}`,
          method,
          headers: {
            accept: 'application/fhir+json',
            authorization: `Bearer ${token}`,
            prefer: 'return=minimal',
            ...(payload === undefined
              ? {}
              : { 'content-type': 'application/fhir+json; charset=utf-8', 'content-length': payload.length }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              text: Buffer.concat(chunks).toString('utf8'),
              after: Number(answer.headers['retry-after'] ?? 1),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  return {
    send: async (method, path, body) => {
      for (let retry = 0; ; retry += 1) {
        const answer = await once(method, path, body);
        // 503 says that nothing was changed: the same request may be sent again.
        if (answer.status !== 503 || retry >= RETRIES_MAX) return { status: answer.status, text: answer.text };
        await sleep(Math.min(RETRY_MS_MAX, Math.max(100, answer.after * 1_000)));
      }
    },
    close: () => agent.destroy(),
  };
}
