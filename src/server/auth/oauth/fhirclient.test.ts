// A program that others wrote: SMART's own JavaScript client, on a server, walks through launch, return, reading and refresh.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOAuthNode, type OAuthNode, type Person } from './oauth-node.test-kit.ts';

/** As much of fhirclient as is used; its own types are for browsers. */
interface SmartClient {
  readonly patient: { readonly id: string; read(): Promise<{ readonly id: string }> };
  readonly encounter: { readonly id: string | null };
  readonly user: { readonly fhirUser: string; read(): Promise<{ readonly id: string }> };
  readonly state: { readonly tokenResponse: Readonly<Record<string, unknown>> };
  refresh(): Promise<unknown>;
  request(path: string): Promise<unknown>;
}
interface Smart {
  authorize(options: object): Promise<unknown>;
  ready(): Promise<SmartClient>;
}
type OpenSmart = (request: IncomingMessage, response: ServerResponse, storage: object) => Smart;
const smart = createRequire(import.meta.url)('fhirclient') as OpenSmart;

const SCOPE = 'openid fhirUser launch/patient offline_access patient/Patient.rs user/Practitioner.read';
let node: OAuthNode;
let app: Server;
let home: string;
let options: object = {};
let client: SmartClient | undefined;
let failure: unknown;

beforeAll(async () => {
  node = await startOAuthNode();
  const kept = new Map<string, unknown>();
  const storage = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => {
      kept.set(key, value);
      return value;
    },
    unset: async (key: string) => kept.delete(key),
  };
  app = createServer((request, response) => {
    const run = async (): Promise<void> => {
      const program = smart(request, response, storage);
      if (request.url?.startsWith('/launch') === true) return void (await program.authorize(options));
      client = await program.ready();
      response.end('ready');
    };
    run().catch((thrown: unknown) => {
      failure = thrown;
      response.end('failed');
    });
  });
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening));
  home = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((closed) => app.close(closed));
  await node.close();
});

/** Opens the program in a browser and comes back to it. */
async function open(launchPath: string, person: Person): Promise<SmartClient> {
  [client, failure] = [undefined, undefined];
  const start = await fetch(`${home}${launchPath}`, { redirect: 'manual' });
  const { left } = await node.browser().walk(start.headers.get('location') ?? '', person);
  await fetch(left ?? '');
  if (client === undefined) throw new Error('the program could not start', { cause: failure });
  return client;
}
const register = async (id: string, more: object = {}): Promise<string | undefined> => {
  const added = await node.oauth.clients.register({
    id,
    name: id,
    kind: 'public',
    redirectUris: [`${home}/return`],
    scope: `launch ${SCOPE}`,
    ...more,
  });
  if (!added.ok) throw new Error(JSON.stringify(added.error));
  return added.value.secret;
};

async function worksWith(found: SmartClient): Promise<void> {
  expect(found.patient.id).toBe('b');
  expect(await found.patient.read()).toMatchObject({ id: 'b' });
  expect(found.user.fhirUser).toContain('Practitioner/nora');
  expect(await found.request('Practitioner/nora')).toMatchObject({ id: 'nora' });
  const before = found.state.tokenResponse['access_token'];
  await found.refresh();
  expect(found.state.tokenResponse['access_token']).not.toBe(before);
  expect(found.patient.id).toBe('b');
  expect(await found.patient.read()).toMatchObject({ id: 'b' });
}
const NURSE: Person = { accountId: 'nurse', patient: 'Patient/b' };

test('[SM19] [SM26] fhirclient, public, standalone: finds the endpoints, launches, reads and renews', async () => {
  await register('public-app');
  options = {
    iss: node.fhir,
    clientId: 'public-app',
    scope: SCOPE,
    redirectUri: `${home}/return`,
    pkceMode: 'required',
  };
  await worksWith(await open('/launch', NURSE));
});
test('[SM19] [SM26] fhirclient, confidential by secret, standalone', async () => {
  const clientSecret = await register('secret-app', { kind: 'confidential' });
  options = { iss: node.fhir, clientId: 'secret-app', clientSecret, scope: SCOPE, redirectUri: `${home}/return` };
  await worksWith(await open('/launch', NURSE));
});
test('[SM19] [SM29] fhirclient, confidential by key, standalone', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true });
  const [publicJwk, privateJwk] = [await exportJWK(publicKey), await exportJWK(privateKey)];
  await register('key-app', { kind: 'confidential', jwks: [{ ...publicJwk, kid: 'k', alg: 'ES384' }] });
  const clientPrivateJwk = { ...privateJwk, kid: 'k', alg: 'ES384', key_ops: ['sign'] };
  options = { iss: node.fhir, clientId: 'key-app', clientPrivateJwk, scope: SCOPE, redirectUri: `${home}/return` };
  const found = await open('/launch', NURSE);
  expect(found.patient.id).toBe('b');
  expect(await found.patient.read()).toMatchObject({ id: 'b' });
});
test('[SM14] [SM26] fhirclient, opened from the chart', async () => {
  const launch = await node.oauth.makeLaunch({
    accountId: 'nurse',
    clientId: 'public-app',
    patient: 'Patient/b',
    encounter: 'Encounter/e1',
  });
  const scope = SCOPE.replace('launch/patient', 'launch');
  options = { clientId: 'public-app', scope, redirectUri: `${home}/return` };
  const parameters = new URLSearchParams({ iss: node.fhir, launch });
  const found = await open(`/launch?${parameters.toString()}`, { accountId: 'nurse' });
  expect(found.encounter.id).toBe('e1');
  await worksWith(found);
});
