import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { adoptConnections, type Adopting } from './adopt-connections.ts';

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** A listener that hands its connections to an HTTP server which does not listen. */
async function open(
  http: Server,
): Promise<{ readonly port: number; readonly adopting: Adopting; readonly closed: () => number }> {
  const adopting = adoptConnections(http);
  let closed = 0;
  const listener: NetServer = createServer({ pauseOnConnect: true }, (socket) =>
    adopting.adopt(socket, () => (closed += 1)),
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  ends.push(() => listener.close());
  return { port: (listener.address() as AddressInfo).port, adopting, closed: () => closed };
}
async function said(
  port: number,
  text: string,
): Promise<{ readonly socket: Socket; readonly heard: () => string; readonly over: Promise<void> }> {
  const socket = connect(port, '127.0.0.1');
  ends.push(() => socket.destroy());
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString()));
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, heard: () => heard, over };
}

test('[OP22] finishing closes idle connections, and busy ones after their answer', async () => {
  let answer = (): void => undefined;
  const { port, adopting, closed } = await open(
    createHttpServer((request, response) => {
      if (request.url === '/slow') answer = () => response.end('slow');
      else response.end('quick');
    }),
  );
  const idle = await said(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(idle.heard).toContain('quick');
  const busy = await said(port, 'GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const finished = adopting.finish();
  await idle.over;
  expect(busy.heard()).toBe('');
  answer();
  await finished;
  await busy.over;
  expect(busy.heard()).toContain('slow');
  expect(closed()).toBe(2);
});

test('[OP25] a sender that never ends its headers is sent away, though the server never listened', async () => {
  const { port } = await open(
    createHttpServer({ headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 }, (_, response) =>
      response.end(),
    ),
  );
  const slow = await said(port, 'GET / HTTP/1.1\r\nX-Slow: ');
  await slow.over;
  expect(slow.heard()).toContain('408');
});
