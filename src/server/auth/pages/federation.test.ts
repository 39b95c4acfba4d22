import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  PASSWORD,
  signIn,
  startPagesNode,
  text,
  type Browser,
  type PagesNode,
  type Seen,
} from './pages-node.test-kit.ts';

/** A hospital's provider that says of everybody what it was told to say. */
class Hospital {
  subject = 'hospital-person-7';
  nonce: string | undefined;
  hangs = false;
  readonly asked: string[] = [];
  readonly held: ServerResponse[] = [];
  #server: Server | undefined;
  issuer = '';

  async start(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const key = { ...(await exportJWK(publicKey)), alg: 'RS256', kid: '1', use: 'sig' };
    const server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.hangs) return void this.held.push(response);
      const send = (body: unknown): void =>
        void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      if (request.url?.endsWith('/openid-configuration') === true) {
        return send({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        });
      }
      if (request.url === '/jwks') return send({ keys: [key] });
      void new SignJWT(this.nonce === undefined ? {} : { nonce: this.nonce })
        .setProtectedHeader({ alg: 'RS256', kid: '1' })
        .setIssuer(this.issuer)
        .setSubject(this.subject)
        .setAudience('holdfast')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey)
        .then((id_token) => send({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token }));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  release(): void {
    for (const response of this.held.splice(0)) response.destroy();
  }
  async stop(): Promise<void> {
    this.release();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

const hospital = new Hospital();
let node: PagesNode;
beforeAll(async () => {
  await hospital.start();
  node = await startPagesNode({
    identityProvider: { issuer: hospital.issuer, clientId: 'holdfast', clientSecret: 'secret-of-holdfast' },
  });
  const linked = await node.accounts.setFederated(
    String(node.people.get('dan')),
    { issuer: hospital.issuer, subject: 'hospital-person-7' },
    true,
    'terminal',
  );
  expect(linked.ok).toBe(true);
});
afterEach(() => {
  hospital.subject = 'hospital-person-7';
  hospital.nonce = undefined;
});
afterAll(async () => {
  expect(node.errors).toEqual([]);
  await node.close();
  await hospital.stop();
});

async function gone(browser: Browser): Promise<{ readonly page: Seen; readonly query: URLSearchParams }> {
  const page = await browser.get('/session/start?to=/account');
  expect(page.text).toContain(`href="${page.url}/hospital"`);
  const away = await browser.get(`${page.url}/hospital`);
  const to = new URL(String(away.headers['location']));
  expect(to.origin).toBe(hospital.issuer);
  hospital.nonce = to.searchParams.get('nonce') ?? undefined;
  return { page, query: to.searchParams };
}
const back = (browser: Browser, query: URLSearchParams): Promise<Seen> =>
  browser.get(`/sign-in/hospital/return?code=c&state=${query.get('state') ?? ''}`);

test('[SI10] a linked person of the hospital’s provider is signed in as the account', async () => {
  const browser = node.browser();
  const { query } = await gone(browser);
  expect(query.get('code_challenge_method')).toBe('S256');
  expect(query.get('redirect_uri')).toBe('http://localhost:8080/sign-in/hospital/return');
  expect(text(await back(browser, query))).toContain('Dan Moss');
  expect(node.audited.findLast((entry) => entry.act === 'sign-in')).toMatchObject({ name: 'Dan Moss', detail: 'fed' });
});
test('[SI10] a provider that gave no secret is asked with PKCE alone', async () => {
  const open = await startPagesNode({ identityProvider: { issuer: hospital.issuer, clientId: 'holdfast' } });
  const linked = await open.accounts.setFederated(
    String(open.people.get('nora')),
    { issuer: hospital.issuer, subject: 'hospital-person-7' },
    true,
    'terminal',
  );
  expect(linked.ok).toBe(true);
  const browser = open.browser();
  const { query } = await gone(browser);
  expect(text(await back(browser, query))).toContain('Nora Quill');
  await open.close();
});
test('[SI10] an unlinked person reads what to do, and it is in the audit', async () => {
  hospital.subject = 'hospital-person-8';
  const browser = node.browser();
  const { query } = await gone(browser);
  const page = await back(browser, query);
  expect(text(page)).toContain('no account here is linked to you');
  expect(node.audited.findLast((entry) => entry.act === 'sign-in-failed')).toMatchObject({
    detail: 'hospital unknown',
  });
  expect((await browser.get('/account')).url).toContain('/sign-in/');
});
test('[SI10] another state, another nonce, another browser, and a second time: nobody is signed in', async () => {
  const wrongState = node.browser();
  await gone(wrongState);
  expect(text(await back(wrongState, new URLSearchParams({ state: 'x' })))).toContain('did not succeed');

  const wrongNonce = node.browser();
  const replayed = await gone(wrongNonce);
  hospital.nonce = 'another';
  expect(text(await back(wrongNonce, replayed.query))).toContain('did not succeed');

  const victim = node.browser();
  const { query } = await gone(victim);
  const stranger = node.browser();
  expect((await back(stranger, query)).url).toContain('/sign-in/');
  expect((await stranger.get('/account')).url).toContain('/sign-in/');
  expect(text(await back(victim, query))).toContain('Dan Moss');
  expect((await back(victim, query)).url).toContain('/sign-in/');
});
test('[SI10] the last step is taken by who came back and nobody else', async () => {
  const browser = node.browser();
  const page = await browser.get('/session/start');
  expect(text(await browser.get(`${page.url}/hospital-return`))).toContain('did not succeed');
});
test('[SI11] pages come while the provider hangs, and local sign-in works', async () => {
  const other = await startPagesNode({
    identityProvider: { issuer: hospital.issuer, clientId: 'holdfast', clientSecret: 'secret-of-holdfast' },
  });
  hospital.hangs = true;
  const before = hospital.asked.length;
  const browser = other.browser();
  const page = await browser.get('/session/start?to=/account');
  expect(page.status).toBe(200);
  expect(
    text(await browser.send(page, page.url, { userName: 'nora', password: PASSWORD }, 'value="password"')),
  ).toContain('Nora Quill');
  // It was asked, and has not answered yet.
  expect(hospital.asked.length - before).toBeLessThanOrEqual(1);
  hospital.hangs = false;
  hospital.release();
  await other.close();
});
test('[SI11] while the provider is away the page says so, in either way, and tries again later', async () => {
  const away = await startPagesNode({
    identityProvider: { issuer: 'http://127.0.0.1:9', clientId: 'holdfast', clientSecret: 'secret-of-holdfast' },
  });
  const browser = away.browser();
  const page = await browser.get('/session/start?to=/account');
  const clicked = await browser.get(`${page.url}/hospital`);
  expect(clicked.status).toBe(422);
  expect(text(clicked)).toContain('The hospital’s sign-in does not answer');
  expect(text(await browser.get(page.url))).toContain('The hospital’s sign-in does not answer');
  expect(text(await signIn(away.browser(), 'nora'))).toContain('Nora Quill');
  await away.close();
});
