// A load generator that costs little: raw sockets, keep-alive, one request in flight a connection, no parsing beyond
// the status and the length. It shares the cores with what it measures, so what it burns is taken from the server:
// the bare server of `limits.ts` is loaded by this same code, and figures are compared within one run only.
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx. */
  readonly failed: number;
  readonly bytes: number;
}

/** The bytes of a request, ready to be written. */
export function requestBytes(request: Request, host: string): Buffer {
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const head =
    `${request.method} ${request.path} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/fhir+json\r\n` +
    Object.entries(request.headers ?? {})
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('') +
    (body === undefined
      ? ''
      : `Content-Type: ${request.contentType ?? 'application/fhir+json'}\r\nContent-Length: ${String(body.length)}\r\n`) +
    '\r\n';
  return body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body]);
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CLOSED = 'the server closed the connection';

class Connection {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private size = 0;
  private wanted = -1;
  private status = 0;
  private settle: ((answer: { status: number; bytes: number; body: Buffer }) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  private closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail?.(error));
    socket.on('close', () => {
      this.closed = true;
      this.fail?.(new Error(CLOSED));
    });
  }

  /** Rejects where no answer comes, also of a connection that was closed before: such a one tells nothing by itself. */
  send(bytes: Buffer): Promise<{ status: number; bytes: number; body: Buffer }> {
    if (this.closed) return Promise.reject(new Error(CLOSED));
    return new Promise((settle, fail) => {
      this.settle = settle;
      this.fail = fail;
      this.socket.write(bytes);
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.wanted < 0) {
      const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
      const end = all.indexOf(HEAD_END);
      if (end < 0) return;
      const head = all.toString('latin1', 0, end);
      this.status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head);
      if (length === null && this.status !== 204 && this.status !== 304) {
        this.fail?.(new Error('an answer without Content-Length'));
        return;
      }
      this.wanted = end + HEAD_END.length + Number(length?.[1] ?? 0);
      this.chunks = [all];
    }
    if (this.size < this.wanted) return;
    const answer = { status: this.status, bytes: this.size, body: Buffer.concat(this.chunks) };
    this.chunks = [];
    this.size = 0;
    this.wanted = -1;
    const settle = this.settle;
    this.settle = undefined;
    settle?.(answer);
  }
}

export async function openConnection(host: string, port: number): Promise<Connection> {
  const socket = connect({ host, port });
  await new Promise<void>((done, fail) => {
    socket.once('connect', done);
    socket.once('error', fail);
  });
  return new Connection(socket);
}

/** Loads with `clients` connections until `seconds` have passed or `next` has no more. `next` is called once a request. */
export async function load(
  target: { readonly host: string; readonly port: number },
  clients: number,
  seconds: number,
  next: (count: number) => Buffer | undefined,
): Promise<LoadResult> {
  const latencies: number[] = [];
  let failed = 0;
  let bytes = 0;
  let count = 0;
  const connections = await Promise.all(
    Array.from({ length: clients }, () => openConnection(target.host, target.port)),
  );
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const before = performance.now();
        if (before >= end) return;
        const request = next(count++);
        if (request === undefined) return;
        const answer = await connection.send(request);
        latencies.push(performance.now() - before);
        bytes += answer.bytes;
        if (answer.status < 200 || answer.status > 299) failed += 1;
      }
    }),
  );
  const took = (performance.now() - start) / 1000;
  for (const connection of connections) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    requests: latencies.length,
    seconds: took,
    perSecond: latencies.length / took,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failed,
    bytes,
  };
}
