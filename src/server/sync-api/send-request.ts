// One HTTP request and its whole answer, bounded in size and time. Redirects are answers like any other: nobody is led elsewhere.
import { request as startRequest, type Agent, type IncomingHttpHeaders } from 'node:http';

export interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}
export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly agent: Agent;
  /** Without a byte either way for this long, it is given up. */
  readonly idleMs: number;
  /** From the first byte to the last. */
  readonly wholeMs: number;
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** Rejects where no whole answer came. */
export function sendRequest(sending: Sending): Promise<Sent> {
  const { url, body, bytesMax } = sending;
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const request = startRequest({
      method: sending.method,
      // The agent speaks TLS where it does; to `node:http` it is a stream of bytes.
      protocol: 'http:',
      host,
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      path: sending.path,
      agent: sending.agent,
      headers: { ...sending.headers, host: url.host, ...(body === undefined ? {} : { 'content-length': body.length }) },
      ...(sending.signal === undefined ? {} : { signal: sending.signal }),
    });
    const late = setTimeout(() => request.destroy(new Error('the answer took too long')), sending.wholeMs);
    const fail = (error: Error): void => {
      clearTimeout(late);
      reject(error);
    };
    request.setTimeout(sending.idleMs, () => request.destroy(new Error('no byte came for too long')));
    request.once('error', fail);
    request.once('response', (answer) => {
      const parts: Uint8Array[] = [];
      let bytes = 0;
      answer.on('data', (part: Uint8Array) => {
        bytes += part.length;
        if (bytes > bytesMax) request.destroy(new AnswerTooLarge('the answer is too large'));
        else parts.push(part);
      });
      answer.once('error', fail);
      answer.once('aborted', () => fail(new Error('the answer broke off')));
      answer.once('end', () => {
        clearTimeout(late);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) });
      });
    });
    request.end(body);
  });
}
