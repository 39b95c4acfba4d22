// TLS and plain HTTP on one port, over real sockets.
import { createServer } from 'node:http';
import { connect as connectPlain, createServer as createListener, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { isLoopback, secureDoor } from './secure-door.ts';
import { endTls, get, handshake, listen, open, speakPlain, speakTls } from './tls.test-kit.ts';

afterEach(endTls);

const NAME = 'hub.example.org';
const asked = 'GET /plain HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret\r\nconnection: close\r\n\r\n';
const connectionsOf = (listener: Server): Promise<number> =>
  new Promise((resolve) => listener.getConnections((_error, count) => resolve(count)));
const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

test('[TL12] TLS 1.2 and 1.3 are spoken, older ones and suites without forward secrecy are not', async () => {
  const { certificates } = await open([NAME]);
  const { port } = await listen(certificates);
  const ca = certificates.caPem;
  expect(await get(port, ca, NAME, '/a')).toBe('https /a');
  expect((await handshake(port, { ca, servername: NAME })).protocol).toBe('TLSv1.3');
  expect((await handshake(port, { ca, servername: NAME, maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
  for (const weak of [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
  ] as const) {
    await expect(handshake(port, { ca, servername: NAME, ...weak }), weak.ciphers).rejects.toThrow();
  }
});

test('[TL12] several requests follow each other on one connection, also when the first comes with the handshake', async () => {
  const { certificates } = await open([NAME]);
  const { port } = await listen(certificates);
  const spoken = await speakTls(port, { ca: certificates.caPem, servername: NAME, ALPNProtocols: ['h2', 'http/1.1'] });
  spoken.say('GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n');
  spoken.say('GET /3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect((await spoken.end).match(/https \/\d/g)).toEqual(['https /1', 'https /2', 'https /3']);
});

test('[TL12] the connection that was admitted is over when its TLS is: closed by the client, idle at the end, or dropped', async () => {
  const { certificates } = await open([NAME]);
  const server = createServer((_asked, answer) => void answer.end('x'));
  server.emit('listening');
  const door = secureDoor(server, certificates, { plain: 'loopback' });
  const admitted: Promise<unknown>[] = [];
  const listener = createListener({ pauseOnConnect: true }, (socket) => {
    admitted.push(new Promise((resolve) => socket.once('close', resolve)));
    door.admit(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const options = { ca: certificates.caPem, servername: NAME };
  const request = 'GET / HTTP/1.1\r\nhost: x\r\n';
  // The server closes after its answer.
  const last = await speakTls(port, options);
  last.say(`${request}connection: close\r\n\r\n`);
  await Promise.all([last.end, admitted[0]]);
  // The client goes in the middle.
  const gone = connectPlain({ port, host: '127.0.0.1' }, () => gone.write('\u0016\u0003\u0001'));
  await new Promise((resolve) => gone.once('connect', resolve));
  while (admitted.length < 2) await new Promise((resolve) => setImmediate(resolve));
  gone.destroy();
  await admitted[1];
  // Idle, while the process ends.
  const idle = await speakTls(port, options);
  idle.say(`${request}\r\n`);
  while ((await connectionsOf(listener)) > 0) {
    server.closeIdleConnections();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await idle.end).toMatch(/200 OK/);
  await admitted[2];
  // Opened ahead of need.
  const early = await speakPlain(port);
  while (admitted.length < 4) await new Promise((resolve) => setImmediate(resolve));
  door.closeWaiting();
  expect(await early.end).toBe('');
  await admitted[3];
  listener.close();
});

test('[TL13] the loopback address is answered without TLS', async () => {
  const { certificates } = await open([NAME]);
  const { port } = await listen(certificates);
  const spoken = await speakPlain(port);
  spoken.say(asked);
  expect(await spoken.end).toMatch(/^HTTP\/1\.1 200 OK[^]*http \/plain$/);
});

test('[TL13] from another address plain HTTP gets one line and a closed connection, and no handler sees it', async (context) => {
  const host = ownAddress();
  if (host === undefined) return context.skip('this machine has the loopback address alone');
  const { certificates } = await open([NAME]);
  const { port, server } = await listen(certificates, { host: '0.0.0.0' });
  let seen = 0;
  server.on('request', () => (seen += 1));
  const spoken = await speakPlain(port, host);
  spoken.say(asked);
  const answer = await spoken.end;
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nThis address is served over HTTPS only\.\n$/);
  expect(answer).toContain('connection: close');
  expect(answer).not.toContain('secret');
  expect(seen).toBe(0);
  expect((await handshake(port, { ca: certificates.caPem, servername: NAME, host })).authorized).toBe(true);
  // Behind a proxy that ends TLS.
  const { port: open80 } = await listen(certificates, { host: '0.0.0.0', plain: 'anywhere' });
  const proxied = await speakPlain(open80, host);
  proxied.say(asked);
  expect(await proxied.end).toMatch(/http \/plain$/);
});

test('[TL13] what counts as the loopback address', () => {
  for (const address of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1', '::FFFF:127.1.2.3']) {
    expect(isLoopback(address), address).toBe(true);
  }
  for (const address of ['128.0.0.1', '10.0.0.1', '::2', '::ffff:10.0.0.1', '127.0.0.1.evil', '', undefined]) {
    expect(isLoopback(address), String(address)).toBe(false);
  }
});

test('[TL14] silence, half a handshake and rubbish end in a closed connection, and disturb nobody', async () => {
  const { certificates } = await open([NAME]);
  const { port } = await listen(certificates, { handshakeMsMax: 150 });
  const silent = await speakPlain(port);
  expect(await silent.end).toBe('');
  const half = await speakPlain(port);
  half.say('\u0016\u0003\u0001\u0002\u0000\u0001');
  expect(await half.end).not.toMatch(/HTTP/);
  const rubbish = await speakPlain(port);
  rubbish.say(`\u0016${'x'.repeat(500)}`);
  expect(await rubbish.end).not.toMatch(/HTTP/);
  // Gone at once, before and after the first byte.
  for (const words of ['', '\u0016\u0003']) {
    const socket = connectPlain({ port, host: '127.0.0.1' }, () => {
      socket.write(words);
      socket.resetAndDestroy();
    });
    await new Promise((resolve) => socket.once('close', resolve));
  }
  expect(await get(port, certificates.caPem, NAME)).toBe('https /x');
});
