import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { openLine, type Line } from './line.ts';

const opened: { server?: Server; line?: Line } = {};
afterEach(async () => {
  await opened.line?.close();
  opened.server?.close();
});

/** An echo behind a line. */
async function start(): Promise<Line> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  opened.server = server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.line = await openLine(0, (server.address() as AddressInfo).port);
  return opened.line;
}

async function said(line: Line, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: line.port });
  try {
    socket.write(text);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString();
  } finally {
    socket.destroy();
  }
}

test('[NW3] what is sent on a line comes through it', async () => {
  const line = await start();
  expect(await said(line, 'a dose')).toBe('a dose');
});

test('[NW3] a cut ends the connections on a line and takes no new ones, until it is mended', async () => {
  const line = await start();
  const socket = connect({ host: '127.0.0.1', port: line.port });
  socket.write('x');
  await once(socket, 'data');
  const ended = new Promise<void>((resolve) => {
    socket.once('error', () => undefined);
    socket.once('close', () => resolve());
  });
  line.cut();
  expect(line.isCut()).toBe(true);
  await ended;
  await expect(said(line, 'again')).rejects.toThrow();
  line.mend();
  expect(line.isCut()).toBe(false);
  expect(await said(line, 'again')).toBe('again');
});

test('[NW3] a line to nobody ends what connects to it, and lives on', async () => {
  const line = await start();
  opened.server?.close();
  await expect(said(line, 'hello')).rejects.toThrow();
  expect(line.isCut()).toBe(false);
});
