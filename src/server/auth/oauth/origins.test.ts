import { expect, test } from 'vitest';
import {
  authorizeAddress,
  exchange,
  makePkce,
  obtain,
  refresh,
  startOAuthNode,
  type OAuthNode,
  type Program,
} from './oauth-node.test-kit.ts';
import { addressOf, isOwnFhirBase, originOf, type OriginRules } from './origins.ts';

const RULES: OriginRules = {
  names: ['record.ward.example', '10.1.2.3'],
  baseUrl: 'https://record.example.org/emr/fhir',
};
const RETURN = 'https://app.example.org/return';
const GROWTH: Program = { id: 'growth-chart', redirectUri: RETURN };
const NURSE = { accountId: 'nurse' };

test('[SM10] loopback, the names that were set and the base address are ours, by any port; nothing else is', () => {
  const table: readonly (readonly [string | undefined, string | undefined])[] = [
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['127.8.9.10:1', 'http://127.8.9.10:1'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['record.ward.example:8443', 'http://record.ward.example:8443'],
    ['RECORD.ward.example', 'http://record.ward.example'],
    ['10.1.2.3:80', 'http://10.1.2.3'],
    ['record.example.org', 'https://record.example.org'],
    ['record.example.org:8080', undefined],
    ['evil.example.org', undefined],
    ['localhost.evil.example.org', undefined],
    ['record.ward.example.evil.example.org', undefined],
    ['localhost:8080@evil.example.org', undefined],
    ['localhost/evil', undefined],
    ['localhost:99999', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [host, origin] of table)
    expect([host, originOf(RULES, { host, encrypted: false })]).toEqual([host, origin]);
  expect(originOf(RULES, { host: 'localhost:8080', encrypted: true })).toBe('https://localhost:8080');
});
test('[SM10] the address that a connection came to is ours', () => {
  const by = (host: string, localAddress: string): unknown => originOf(RULES, { host, encrypted: false, localAddress });
  expect(by('192.168.1.5:8080', '192.168.1.5')).toBe('http://192.168.1.5:8080');
  expect(by('192.168.1.5:8080', '::ffff:192.168.1.5')).toBe('http://192.168.1.5:8080');
  expect(by('[fe80::1]:8080', 'fe80:0:0:0:0:0:0:1%eth0')).toBe('http://[fe80::1]:8080');
  expect(by('192.168.1.6', '192.168.1.5')).toBeUndefined();
  expect(by('evil.example.org', '192.168.1.5')).toBeUndefined();
});
test('[SM10] what was granted under an address that the node has no more is renewed under another', async () => {
  const before = await startOAuthNode({ rules: { names: ['10.9.9.9'] }, trustProxy: true });
  await register(before);
  const pkce = makePkce();
  const address = authorizeAddress(
    { origin: '', fhir: 'http://10.9.9.9/fhir' },
    GROWTH,
    'user/*.rs offline_access',
    pkce,
  );
  const browser = before.browser();
  // As if by its number on the ward's network.
  const walked = await browser.walk(address, NURSE, { 'x-forwarded-host': '10.9.9.9' });
  const code = walked.left?.searchParams.get('code') ?? '';
  const { body } = await exchange(before, GROWTH, code, pkce);
  expect(body['refresh_token']).toBeDefined();
  const after = await startOAuthNode({ beside: before });
  expect((await refresh(after, GROWTH, body['refresh_token'])).status).toBe(200);
  await after.close();
  await before.close();
});
test('[SM10] a base address under a path keeps its path', () => {
  const address = addressOf(RULES, 'https://record.example.org');
  expect(address).toMatchObject({
    fhir: 'https://record.example.org/emr/fhir',
    issuer: 'https://record.example.org/emr/oauth',
  });
  expect(address.signIn('u')).toBe('/emr/sign-in/u');
  expect(addressOf(RULES, 'http://localhost:1').fhir).toBe('http://localhost:1/fhir');
});
test('[SM20] only an address of this node’s own FHIR API is one', () => {
  const ours = ['http://localhost:1/fhir', 'https://10.1.2.3/fhir', 'https://record.example.org/emr/fhir'];
  const others = [
    'http://localhost:1/fhir/',
    'http://localhost:1/',
    'https://evil.example.org/fhir',
    'https://record.example.org/fhir',
    'x',
  ];
  for (const base of ours) expect([base, isOwnFhirBase(RULES, base)]).toEqual([base, true]);
  for (const base of others) expect([base, isOwnFhirBase(RULES, base)]).toEqual([base, false]);
});

const register = async (node: OAuthNode): Promise<unknown> =>
  node.oauth.clients.register({
    id: GROWTH.id,
    name: 'Growth chart',
    kind: 'public',
    redirectUris: [RETURN],
    scope: 'openid user/*.rs offline_access',
  });

test('[SM10] another Host gets 421 under /oauth and for the configuration', async () => {
  const node = await startOAuthNode();
  for (const url of [
    '/oauth/token',
    '/oauth/authorize?client_id=growth-chart',
    '/oauth/.well-known/openid-configuration',
    '/fhir/.well-known/smart-configuration',
  ]) {
    const answer = await node.app.inject({ method: 'GET', url, headers: { host: 'evil.example.org' } });
    expect([url, answer.statusCode]).toEqual([url, 421]);
    expect(answer.body).not.toContain('evil');
  }
  await node.close();
});
test('[SM10] each name is an issuer of its own, and a grant of one is renewed by another', async () => {
  const node = await startOAuthNode();
  await register(node);
  const { port } = new URL(node.origin);
  const other = { ...node, origin: `http://localhost:${port}`, fhir: `http://localhost:${port}/fhir` };
  const configuration = await (await fetch(`${other.origin}/oauth/.well-known/openid-configuration`)).json();
  expect(configuration).toMatchObject({
    issuer: `${other.origin}/oauth`,
    token_endpoint: `${other.origin}/oauth/token`,
  });
  const { body } = await obtain(node, GROWTH, 'openid user/Patient.rs offline_access', NURSE);
  const renewed = await refresh(other, GROWTH, body['refresh_token']);
  expect([renewed.status, renewed.body['scope']]).toEqual([200, 'openid user/Patient.rs offline_access']);
  await node.close();
});
test('[SM10] behind a proxy that is trusted, addresses and cookies are those of the outside', async () => {
  const rules = { baseUrl: 'https://record.example.org/emr/fhir' };
  const headers = { host: '127.0.0.1:1', 'x-forwarded-host': 'record.example.org', 'x-forwarded-proto': 'https' };
  const node = await startOAuthNode({ rules, trustProxy: true });
  await register(node);
  const outside = { origin: 'https://record.example.org/emr', fhir: 'https://record.example.org/emr/fhir' };
  const { pathname, search } = new URL(authorizeAddress(outside, GROWTH, 'openid user/*.rs', makePkce()));
  const url = `${pathname.replace('/emr', '')}${search}`;
  const answer = await node.app.inject({ method: 'GET', url, headers });
  expect([answer.statusCode, answer.headers.location]).toEqual([303, expect.stringMatching(/^\/emr\/sign-in\//)]);
  const cookies = [answer.headers['set-cookie'] ?? []].flat();
  expect(cookies.length).toBeGreaterThan(1);
  for (const cookie of cookies) expect(cookie).toMatch(/; secure/i);
  const told = await node.app.inject({ url: '/oauth/.well-known/openid-configuration', headers });
  expect(told.json()).toMatchObject({ token_endpoint: 'https://record.example.org/emr/oauth/token' });
  await node.close();
  const untrusting = await startOAuthNode({ rules: { names: [] } });
  const plain = await untrusting.app.inject({ url: '/oauth/.well-known/openid-configuration', headers });
  expect(plain.json()).toMatchObject({ issuer: 'http://127.0.0.1:1/oauth' });
  await untrusting.close();
});
test('[SM10] [SM4] two processes of a node share codes, keys and cookies', async () => {
  const one = await startOAuthNode();
  const two = await startOAuthNode({ beside: one });
  await register(one);
  const pkce = makePkce();
  const address = authorizeAddress(one, GROWTH, 'openid user/*.rs', pkce);
  const browser = one.browser();
  const start = await browser.fetch(address, NURSE);
  // The other process answers the step and the way back, under the first one's name.
  const { host } = new URL(one.origin);
  let next = start.headers.get('location') ?? '';
  for (let hops = 0; !next.startsWith(RETURN); hops += 1) {
    expect(hops).toBeLessThan(9);
    const { pathname, search } = new URL(next, one.origin);
    const cookie = browser.cookies
      .filter(({ path }) => path === '/' || pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = { host, cookie, 'x-person': JSON.stringify(NURSE) };
    const answer = await two.app.inject({ url: `${pathname}${search}`, headers });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      browser.plant({ name, value, path: /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/', attributes: line });
    }
    next = answer.headers.location ?? '';
  }
  const code = new URL(next).searchParams.get('code') ?? '';
  expect((await exchange(one, GROWTH, code, pkce)).status).toBe(200);
  await two.close();
  await one.close();
});
