// The rules of the wire on a whole server: headers, host names, budgets.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { fhirServerOptions } from '../fhir-api/server-options.ts';
import { sendRaw } from './raw-http.test-kit.ts';
import {
  registerWireRules,
  WIRE_SERVER_OPTIONS,
  type WireOptions,
  type WireRefusal,
  type WireRules,
} from './wire-rules.ts';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

interface Opened {
  readonly app: FastifyInstance;
  readonly rules: WireRules;
  readonly refused: WireRefusal[];
  /** Ends the requests that wait under /slow. */
  letGo(): void;
  clock: number;
  seen: number;
}
function open(options: Partial<WireOptions> = {}): Opened {
  const app = fastify({ ...fhirServerOptions(), ...WIRE_SERVER_OPTIONS });
  apps.push(app);
  const refused: WireRefusal[] = [];
  const waiting: (() => void)[] = [];
  const opened: Opened = {
    app,
    refused,
    clock: 1_000,
    seen: 0,
    letGo: () => waiting.splice(0).forEach((end) => end()),
    rules: registerWireRules(app, {
      names: ['hub.example.org', '10.1.2.3', '*.wards.example.org'],
      trustProxy: true,
      sessionCookies: ['session'],
      nowMs: () => opened.clock,
      refused: (why) => refused.push(why),
      ...options,
    }),
  };
  app.addHook('onRequest', (_request, _reply, next) => {
    opened.seen += 1;
    next();
  });
  app.get('/fhir/Patient', (_request, reply) => reply.send('answer'));
  app.get('/sign-in/x', (_request, reply) => reply.send('page'));
  app.get('/refuse', (_request, reply) => reply.code(401).send('no'));
  app.get('/page', (_request, reply) =>
    reply
      .header('content-security-policy', "default-src 'self'")
      .header('cache-control', 'max-age=60')
      .header('set-cookie', ['a=1; Path=/', 'b=2; Path=/; HttpOnly; SameSite=Strict; Secure'])
      .send('page'),
  );
  app.get('/raw', (_request, reply) => {
    reply.hijack();
    reply.raw.setHeader('content-security-policy', "default-src 'self'");
    reply.raw.writeHead(200, { 'content-type': 'text/plain' });
    reply.raw.end('raw');
  });
  app.get('/slow', (_request, reply) => void waiting.push(() => reply.send('slow')));
  return opened;
}
interface Asked {
  /** As the trusted proxy in front says it. */
  readonly remoteAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Answered {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  json(): unknown;
}
async function ask(opened: Opened, path: string, more: Asked = {}): Promise<Answered> {
  const { port } = await listening(opened);
  const { remoteAddress } = more;
  const headers = {
    host: 'hub.example.org',
    ...(remoteAddress === undefined ? {} : { 'x-forwarded-for': remoteAddress }),
    ...more.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () =>
        resolve({ statusCode: answer.statusCode ?? 0, headers: answer.headers, json: () => JSON.parse(text) }),
      );
    });
    sent.once('error', reject);
    sent.end();
  });
}
const from = (remoteAddress: string): Asked => ({ remoteAddress });
const bearer = (token: string, remoteAddress = '192.0.2.1'): Asked => ({
  remoteAddress,
  headers: { authorization: `Bearer ${token}` },
});
const prove = (opened: Opened, token: string): void =>
  opened.rules.proved({ authorization: `Bearer ${token}`, cookie: undefined });
const budget = (size: number, inFlightMax = 100) => ({ size, perSecond: 1, inFlightMax });

const EXPECTED = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': expect.stringContaining('camera=()'),
};
const STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

test('[WI1] every answer is dressed: of routes, of unknown addresses, of refusals', async () => {
  const opened = open({ budgets: { strangers: budget(5) } });
  const all = [
    await ask(opened, '/fhir/Patient'),
    await ask(opened, '/nothing'),
    await ask(opened, '/refuse'),
    await ask(opened, '/', { headers: { host: 'evil.example' } }),
  ];
  while (all.at(-1)?.statusCode !== 429) all.push(await ask(opened, '/fhir/Patient'));
  expect(all.map(({ statusCode }) => statusCode)).toEqual([200, 404, 401, 421, 200, 200, 429]);
  for (const { headers } of all) {
    expect(headers).toMatchObject({ ...EXPECTED, 'content-security-policy': STRICT, 'cache-control': 'no-store' });
  }
});

test('[WI1] what a route says itself stands, once; answers of libraries and of the framework are dressed too', async () => {
  const opened = open();
  const page = await ask(opened, '/page');
  expect(page.headers).toMatchObject({
    ...EXPECTED,
    'content-security-policy': "default-src 'self'",
    'cache-control': 'max-age=60',
  });
  const raw = await ask(opened, '/raw');
  expect(raw.headers).toMatchObject({ ...EXPECTED, 'content-security-policy': "default-src 'self'" });
  // Over a socket: a broken escape never reaches a hook.
  const { port } = await listening(opened);
  const broken = await sendRaw(port, 'GET /%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(broken).toMatch(/^HTTP\/1\.1 400 /);
  const own = await sendRaw(port, 'GET /page HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  const brokenApi = await sendRaw(port, 'GET /fhir/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  const unknown = await sendRaw(port, 'GET /fhir/Nothing/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  for (const answer of [broken, own, brokenApi, unknown]) {
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    expect(answer).toMatch(/x-frame-options: DENY/i);
  }
  expect(own.match(/content-security-policy/gi)).toHaveLength(1);
});

test('[WI2] strict transport is said over TLS alone, and only by setting', async () => {
  const https = { headers: { 'x-forwarded-proto': 'https' } };
  const name = 'strict-transport-security';
  expect((await ask(open({ trustProxy: true }), '/page', https)).headers[name]).toBeUndefined();
  const direct = open({ strictTransport: true, trustProxy: false });
  expect((await ask(direct, '/page', https)).headers[name]).toBeUndefined();
  const both = open({ strictTransport: true, trustProxy: true });
  expect((await ask(both, '/page')).headers[name]).toBeUndefined();
  expect((await ask(both, '/page', https)).headers[name]).toMatch(/^max-age=\d+$/);
});

test('[WI3] cookies leave with the flags that they must have', async () => {
  const plain = await ask(open(), '/page');
  expect(plain.headers['set-cookie']).toEqual([
    'a=1; Path=/; HttpOnly; SameSite=Lax',
    'b=2; Path=/; HttpOnly; SameSite=Strict; Secure',
  ]);
  const secure = await ask(open({ trustProxy: true }), '/page', { headers: { 'x-forwarded-proto': 'https' } });
  expect(secure.headers['set-cookie']).toEqual([
    'a=1; Path=/; HttpOnly; SameSite=Lax; Secure',
    'b=2; Path=/; HttpOnly; SameSite=Strict; Secure',
  ]);
});

test('[WI4] a host that is not the node is 421 before any route; its own names, loopback and the address reached are taken', async () => {
  const opened = open();
  const { port } = await listening(opened);
  const by = async (host: string): Promise<string> =>
    (await sendRaw(port, `GET /fhir/Patient HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).slice(9, 12);
  const ours = [
    'hub.example.org',
    'HUB.Example.Org.:8443',
    'localhost:1',
    '127.0.0.1',
    '[::1]:80',
    '10.1.2.3',
    'a.wards.example.org',
  ];
  for (const host of ours) expect(await by(host), host).toBe('200');
  const before = opened.seen;
  const others = [
    'evil.example',
    'hub.example.org.evil.example',
    'evilhub.example.org',
    '10.9.9.9',
    'a.b.wards.example.org',
    'wards.example.org',
    'hub.example.org@evil',
    'hub.example.org, evil',
    '[::2]',
    '',
  ];
  for (const host of others) expect(await by(host), host).toBe('421');
  expect(opened.seen).toBe(before);
  expect(opened.refused).toEqual(others.map(() => 'host'));
});

test('[WI4] behind a trusted proxy the forwarded host counts; without the setting it does not', async () => {
  const forged = { headers: { 'x-forwarded-host': 'evil.example' } };
  expect((await ask(open({ trustProxy: false }), '/fhir/Patient', forged)).statusCode).toBe(200);
  expect((await ask(open({ trustProxy: true }), '/fhir/Patient', forged)).statusCode).toBe(421);
  const inside = { headers: { host: 'node-1:8080', 'x-forwarded-host': 'hub.example.org' } };
  expect((await ask(open({ trustProxy: true }), '/fhir/Patient', inside)).statusCode).toBe(200);
});

test('[WI5] two hosts, an address of another form and a hundred and one headers are refused, and the connection is closed', async () => {
  const opened = open();
  const { port } = await listening(opened);
  const next = 'GET /fhir/Patient HTTP/1.1\r\nhost: localhost\r\n\r\n';
  const many = Array.from({ length: 100 }, (_, n) => `x-${n}: 1\r\n`).join('');
  const cases = [
    ['GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n', '400'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nhOST: localhost\r\n\r\n', '400'],
    ['GET http://evil.example/fhir/Patient HTTP/1.1\r\nhost: localhost\r\n\r\n', '400'],
    ['OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n', '400'],
    [`GET / HTTP/1.1\r\nhost: localhost\r\n${many}\r\n`, '431'],
    ['GET / HTTP/1.1\r\n\r\n', '400'],
  ] as const;
  for (const [bytes, status] of cases) {
    const answer = await sendRaw(port, bytes + next);
    expect(answer.slice(9, 12), bytes.slice(0, 40)).toBe(status);
    expect(answer.match(/HTTP\/1\.1/g), bytes.slice(0, 40)).toHaveLength(1);
  }
  expect(opened.seen).toBe(0);
});

test('[WI7] strangers are counted by address, in a budget for each kind; over it is 429 with Retry-After and an outcome', async () => {
  const opened = open({ budgets: { strangers: budget(3), signIn: budget(2), unproved: budget(1) } });
  const codes = async (url: string, more: Asked, count: number): Promise<number[]> => {
    const all: number[] = [];
    for (let n = 0; n < count; n += 1) all.push((await ask(opened, url, more)).statusCode);
    return all;
  };
  expect(await codes('/fhir/Patient', from('192.0.2.1'), 5)).toEqual([200, 200, 200, 429, 429]);
  expect(await codes('/sign-in/x', from('192.0.2.1'), 3)).toEqual([200, 200, 429]);
  expect(await codes('/fhir/Patient', bearer('guess'), 2)).toEqual([200, 429]);
  // Another guess is the same stranger.
  expect(await codes('/fhir/Patient', bearer('guess2'), 1)).toEqual([429]);
  expect(await codes('/fhir/Patient', from('192.0.2.2'), 1)).toEqual([200]);
  expect(await codes('/fhir/Patient', from('2001:db8:0:1::5'), 3)).toEqual([200, 200, 200]);
  expect(await codes('/fhir/Patient', from('2001:db8:0:1:ffff::77'), 1)).toEqual([429]);
  expect(await codes('/fhir/Patient', from('2001:db8:0:2::5'), 1)).toEqual([200]);
  const refused = await ask(opened, '/fhir/Patient', from('192.0.2.1'));
  expect(refused.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/fhir+json; charset=utf-8' });
  expect(refused.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'throttled' }] });
  expect(new Set(opened.refused)).toEqual(new Set(['strangers', 'sign-in', 'unproved']));
  opened.clock += 2_000;
  expect(await codes('/fhir/Patient', from('192.0.2.1'), 3)).toEqual([200, 200, 429]);
});

test('[WI8] a flood of strangers behind the same address takes nothing from those who are signed in', async () => {
  const opened = open({
    budgets: { strangers: budget(2), unproved: budget(2), signIn: budget(2), proved: budget(20) },
  });
  prove(opened, 'nurse');
  for (let n = 0; n < 50; n += 1) {
    await ask(opened, '/fhir/Patient', from('192.0.2.1'));
    await ask(opened, '/fhir/Patient', bearer(`guess${n}`));
    await ask(opened, '/sign-in/x', from('192.0.2.1'));
  }
  for (let n = 0; n < 20; n += 1) expect((await ask(opened, '/fhir/Patient', bearer('nurse'))).statusCode).toBe(200);
  // The budget is of the credential, from wherever it comes.
  expect((await ask(opened, '/fhir/Patient', bearer('nurse', '192.0.2.99'))).statusCode).toBe(429);
  prove(opened, 'doctor');
  expect((await ask(opened, '/fhir/Patient', bearer('doctor'))).statusCode).toBe(200);
  expect(opened.refused.filter((why) => why === 'credential')).toHaveLength(1);
});

test('[WI8] a session cookie is a credential; other cookies are not', async () => {
  const opened = open({ budgets: { strangers: budget(1), unproved: budget(1), proved: budget(9) } });
  opened.rules.proved({ authorization: undefined, cookie: 'a=b; session=good; c=d' });
  const cookie = (text: string): Asked => ({ ...from('192.0.2.1'), headers: { cookie: text } });
  for (let n = 0; n < 9; n += 1) {
    expect((await ask(opened, '/fhir/Patient', cookie(`x=${n}; session=good`))).statusCode).toBe(200);
  }
  expect((await ask(opened, '/fhir/Patient', cookie('a=b'))).statusCode).toBe(200);
  expect((await ask(opened, '/fhir/Patient', cookie('a=b; mysession=good'))).statusCode).toBe(429);
});

test('[WI8] a credential that is answered 401 has to prove itself anew', async () => {
  const opened = open({ budgets: { unproved: budget(1), proved: budget(100) } });
  prove(opened, 'ended');
  for (let n = 0; n < 5; n += 1) expect((await ask(opened, '/fhir/Patient', bearer('ended'))).statusCode).toBe(200);
  await ask(opened, '/refuse', bearer('ended'));
  expect((await ask(opened, '/fhir/Patient', bearer('ended'))).statusCode).toBe(200);
  expect((await ask(opened, '/fhir/Patient', bearer('ended'))).statusCode).toBe(429);
});

test('[WI8] one credential has one budget, however it is written', async () => {
  const opened = open({
    budgets: { unproved: budget(1), proved: budget(3) },
    sessionCookies: ['session', '__Host-session'],
  });
  const as = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    // What the API does with a token that it finds good.
    opened.rules.proved({ authorization: headers['authorization'], cookie: headers['cookie'] });
    return (await ask(opened, '/fhir/Patient', { ...from('192.0.2.1'), headers })).statusCode;
  };
  const answers: number[] = [];
  for (let n = 1; n <= 9; n += 1) answers.push(await as({ authorization: `Bearer ${' '.repeat(n)}nurse` }));
  for (const scheme of ['bEARER', 'beARER', 'BEArer']) answers.push(await as({ authorization: `${scheme} nurse` }));
  for (let n = 1; n <= 9; n += 1) answers.push(await as({ cookie: `session=junk${n}; __Host-session=good` }));
  expect(answers.filter((status) => status === 200)).toHaveLength(1);
  expect(await as({ authorization: 'Bearer nurse' })).toBe(200);
  expect(await as({ authorization: 'bearer nurse' })).toBe(200);
  expect(await as({ cookie: '__Host-session=good; a=b' })).toBe(200);
});

test('[WI16] strangers behind the same address keep no known device from signing in', async () => {
  const opened = open({
    deviceCookies: ['device'],
    budgets: { signIn: budget(1), unproved: budget(1), proved: budget(9) },
  });
  const cookie = (text: string): Asked => ({ ...from('192.0.2.1'), headers: { cookie: text } });
  const signIn = async (text: string): Promise<number> => (await ask(opened, '/sign-in/x', cookie(text))).statusCode;
  for (let n = 0; n < 5; n += 1) await ask(opened, '/sign-in/x', from('192.0.2.1'));
  expect(await signIn('device=ward-pc')).toBe(429);
  opened.rules.provedDevice('a=b; device=ward-pc');
  // Also with a session that is over.
  for (let n = 0; n < 9; n += 1)
    expect(await signIn(n % 2 === 0 ? 'device=ward-pc' : 'session=old; device=ward-pc')).toBe(200);
  // It has a budget as well, opens nothing else, and is no other device.
  expect(await signIn('device=ward-pc')).toBe(429);
  expect(await signIn('device=another')).toBe(429);
  opened.clock += 60_000;
  const api = async (): Promise<number> =>
    (await ask(opened, '/fhir/Patient', cookie('session=guess; device=ward-pc'))).statusCode;
  expect([await api(), await api()]).toEqual([200, 429]);
});

test('[WI9] one place has a bounded number of requests in flight, and gets it back, also when the client goes away', async () => {
  const opened = open({ budgets: { strangers: budget(100, 2), proved: budget(100, 1) } });
  await listening(opened);
  const slow = [ask(opened, '/slow', from('192.0.2.1')), ask(opened, '/slow', from('192.0.2.1'))];
  await seen(opened, 2);
  expect((await ask(opened, '/fhir/Patient', from('192.0.2.1'))).statusCode).toBe(429);
  expect((await ask(opened, '/fhir/Patient', from('192.0.2.2'))).statusCode).toBe(200);
  opened.letGo();
  await Promise.all(slow);
  expect((await ask(opened, '/fhir/Patient', from('192.0.2.1'))).statusCode).toBe(200);

  const gone = open({ budgets: { strangers: budget(100, 1) } });
  const { port } = await listening(gone);
  for (let n = 1; n <= 3; n += 1) {
    const socket = connect({ port, host: '127.0.0.1' }, () =>
      socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    await seen(gone, n);
    socket.destroy();
    // The server hears of it on its own connection.
    while ((await connections(gone)) > 0) await turn();
  }
  expect(gone.refused).toEqual([]);
});

test('[WI10] memory is bounded, and strangers cannot push out who has proved good', async () => {
  const opened = open({ keysMax: 3, budgets: { strangers: budget(1), unproved: budget(1), proved: budget(50) } });
  prove(opened, 'nurse');
  for (let n = 0; n < 20; n += 1) await ask(opened, '/fhir/Patient', bearer(`guess${n}`, `192.0.2.${n + 1}`));
  for (let n = 0; n < 10; n += 1)
    expect((await ask(opened, '/fhir/Patient', bearer('nurse', '192.0.2.1'))).statusCode).toBe(200);
  for (const token of ['b', 'c', 'nurse', 'd']) prove(opened, token);
  // The first of four that was proved longest ago, is let go.
  await ask(opened, '/fhir/Patient', bearer('b', '198.51.100.1'));
  expect((await ask(opened, '/fhir/Patient', bearer('b', '198.51.100.1'))).statusCode).toBe(429);
  expect((await ask(opened, '/fhir/Patient', bearer('nurse', '198.51.100.1'))).statusCode).toBe(200);
});

test('[WI11] this machine: proved credentials, health and metrics are not counted; strangers are', async () => {
  const opened = open({ budgets: { strangers: budget(2), signIn: budget(2), proved: budget(1) } });
  opened.app.get('/health', (_request, reply) => reply.send('well'));
  prove(opened, 'import');
  for (let n = 0; n < 10; n += 1) {
    expect((await ask(opened, '/fhir/Patient', bearer('import', '127.0.0.1'))).statusCode).toBe(200);
    expect((await ask(opened, '/health', from('::1'))).statusCode).toBe(200);
  }
  for (let n = 0; n < 10; n += 1) expect((await opened.app.inject('/sign-in/x')).statusCode).toBe(200);
  const codes: number[] = [];
  for (let n = 0; n < 3; n += 1) codes.push((await ask(opened, '/fhir/Patient', from('127.0.0.1'))).statusCode);
  expect(codes).toEqual([200, 200, 429]);
  for (let n = 0; n < 3; n += 1) codes.push((await ask(opened, '/health', from('192.0.2.7'))).statusCode);
  expect(codes.slice(3)).toEqual([200, 200, 429]);
});

test('[WI12] a refused request reaches no later check and no route', async () => {
  const opened = open({ budgets: { strangers: budget(1) } });
  await ask(opened, '/fhir/Patient');
  const before = opened.seen;
  expect((await ask(opened, '/fhir/Patient')).statusCode).toBe(429);
  expect((await ask(opened, '/fhir/Patient', { headers: { host: 'evil.example' } })).statusCode).toBe(421);
  expect(opened.seen).toBe(before);
});

async function listening(opened: Opened): Promise<{ readonly port: number }> {
  if (!opened.app.server.listening) await opened.app.listen({ host: '127.0.0.1', port: 0 });
  const address = opened.app.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0 };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function seen(opened: Opened, count: number): Promise<void> {
  while (opened.seen < count) await turn();
}
const connections = (opened: Opened): Promise<number> =>
  new Promise((resolve) => opened.app.server.getConnections((_error, count) => resolve(count)));

test('[NL36] a flood of other nodes takes nothing from people and strangers, and theirs nothing from nodes', async () => {
  const opened = open({
    peerPaths: ['/sync/1'],
    budgets: {
      peers: { size: 3, perSecond: 0.001, inFlightMax: 64 },
      strangers: { size: 3, perSecond: 0.001, inFlightMax: 64 },
    },
  });
  opened.app.get('/sync/1', (_request, reply) => reply.send('answer'));
  const from = { headers: { 'x-forwarded-for': '192.0.2.7' } };
  const many = async (url: string, times: number): Promise<readonly number[]> => {
    const codes: number[] = [];
    for (let n = 0; n < times; n += 1) codes.push((await ask(opened, url, from)).statusCode);
    return codes;
  };
  expect(await many('/sync/1', 5)).toEqual([200, 200, 200, 429, 429]);
  expect(await many('/page', 4)).toEqual([200, 200, 200, 429]);
  expect(opened.refused).toEqual(['peers', 'peers', 'strangers']);
});
