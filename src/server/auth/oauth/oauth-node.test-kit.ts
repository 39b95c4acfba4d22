// A node with nothing but OAuth, over HTTP on loopback, and a browser that walks through its redirects. The pages of sign-in are
// a stand-in: a person who knows at once what to answer.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { AuditEntry } from '../../../core/access/audit-trail.ts';
import type { Role } from '../../../core/access/principal.ts';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { nodePorts } from '../../ports/node-ports.ts';
import type { OAuthAccount, OAuthAccounts } from './accounts-port.ts';
import { openOAuth, type OAuth } from './open-oauth.ts';
import type { OriginRules } from './origins.ts';
import type { OwnTokens } from './own-tokens.ts';
import { registerOAuth } from './register-oauth.ts';
import { rowIdOf } from './token-rows.ts';

/** Who sits at the browser, and what they answer. */
export interface Person {
  readonly accountId: string;
  /** What is picked where a patient must be chosen; absent: a test that must not be asked. */
  readonly patient?: string;
  /** Absent: agrees to everything. */
  readonly agreesTo?: readonly string[];
  readonly refuses?: boolean;
}

export interface OAuthNode {
  readonly app: FastifyInstance;
  readonly oauth: OAuth;
  readonly tokens: OwnTokens;
  readonly rows: ExpiringRows;
  readonly origin: string;
  readonly fhir: string;
  readonly audited: AuditEntry[];
  readonly errors: unknown[];
  /** Steps that were asked of people, in order. */
  readonly steps: string[];
  readonly disabled: Set<string>;
  readonly answers: readonly (readonly [string, string | undefined, number])[];
  /** Moves the node's clock. */
  readonly pass: (ms: number) => void;
  browser(): Browser;
  close(): Promise<void>;
}

const ACCOUNTS: readonly (OAuthAccount & { readonly role: Role })[] = [
  { accountId: 'nurse', name: 'Nora Nurse', who: 'Practitioner/nora', role: 'nurse' },
  { accountId: 'doctor', name: 'Dan Doctor', who: 'Practitioner/dan', role: 'doctor' },
  { accountId: 'patient', name: 'Pat Patient', who: 'Patient/pat', role: 'patient' },
];

export interface NodeOptions {
  readonly rules?: Partial<OriginRules>;
  readonly trustProxy?: boolean;
  /** Notes what its hooks see answered. */
  readonly counted?: boolean;
  readonly rows?: ExpiringRows;
  /** Of another process of the same node. */
  readonly beside?: { readonly rows: ExpiringRows; readonly keysFolder: string };
}

export async function startOAuthNode(options: NodeOptions = {}): Promise<OAuthNode & { readonly keysFolder: string }> {
  const ports = nodePorts();
  let ahead = 0;
  const clock = { now: () => ports.clock.now() + ahead };
  const keysFolder = options.beside?.keysFolder ?? (await mkdtemp(join(tmpdir(), 'holdfast-keys-')));
  const rows = options.beside?.rows ?? options.rows ?? memoryExpiringRows(clock);
  const audited: AuditEntry[] = [];
  const errors: unknown[] = [];
  const steps: string[] = [];
  const disabled = new Set<string>();
  const accountOf = (accountId: string): (typeof ACCOUNTS)[number] | undefined =>
    disabled.has(accountId) ? undefined : ACCOUNTS.find((each) => each.accountId === accountId);
  const accounts: OAuthAccounts = {
    find: async (accountId) => accountOf(accountId),
    principalOf: async (accountId, session) => {
      const account = accountOf(accountId);
      if (account === undefined) return undefined;
      const duties = [{ role: account.role, places: [], supervisor: false }];
      return { who: account.who, name: account.name, duties, client: '', session: session ?? '', asOf: clock.now() };
    },
  };
  const oauth = openOAuth({
    rows,
    clock,
    chance: ports.chance,
    keysFolder,
    accounts,
    audit: { record: async (entry) => void audited.push(entry) },
    log: { error: (what, message) => void errors.push({ what, message }) },
    rules: { names: [], ...options.rules },
    ...(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy }),
  });
  const app = Fastify();
  const answers: [string, string | undefined, number][] = [];
  if (options.counted === true) {
    app.addHook('onResponse', async (request, reply) => {
      answers.push([request.method, request.routeOptions.url, reply.statusCode]);
    });
  }
  const tokens = registerOAuth(app, oauth);
  app.get('/sign-in/:uid', async (request, reply) => {
    const step = await oauth.interactions.details(request.raw, reply.raw);
    if (step === undefined) return reply.code(410).send('this sign-in is over');
    steps.push(step.step);
    const person = JSON.parse(String(request.headers['x-person'])) as Person;
    const finish = async (result: Parameters<OAuth['interactions']['finish']>[2]): Promise<unknown> =>
      reply.redirect(await oauth.interactions.finish(request.raw, reply.raw, result), 303);
    if (person.refuses === true) return finish({ kind: 'refused', why: 'the person said no' });
    switch (step.step) {
      case 'login':
        return finish({ kind: 'signed-in', accountId: person.accountId, amr: ['pwd'], unconfirmed: false });
      case 'patient':
        return finish({ kind: 'patient', patient: person.patient ?? 'Patient/nobody-should-be-asked' });
      case 'consent':
        return finish({ kind: 'consented', scopes: person.agreesTo ?? step.scopes });
    }
  });
  // A FHIR server that knows one thing: whether the token is one of ours.
  app.get('/fhir/:type/:id', async (request, reply) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((await rows.get('AccessToken', rowIdOf(token))) === undefined) return reply.code(401).send();
    const { type, id } = request.params as { type: string; id: string };
    return reply.send({ resourceType: type, id });
  });
  app.post('/out', async (request, reply) => {
    await oauth.interactions.endSession(request.raw, reply.raw);
    return reply.send('out');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    app,
    oauth,
    tokens,
    rows,
    origin,
    fhir: `${origin}/fhir`,
    audited,
    errors,
    steps,
    disabled,
    answers,
    keysFolder,
    pass: (ms) => void (ahead += ms),
    browser: () => new Browser(origin),
    close: async () => {
      await app.close();
      if (options.beside === undefined) await rm(keysFolder, { recursive: true });
    },
  };
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly attributes: string;
}

/** Follows redirects within the node, keeps cookies, and answers what a page asks. Stops where it is sent elsewhere. */
export class Browser {
  readonly #origin: string;
  #cookies: Cookie[] = [];
  constructor(origin: string) {
    this.#origin = origin;
  }
  get cookies(): readonly Cookie[] {
    return this.#cookies;
  }
  plant(cookie: Cookie): void {
    this.#keep(cookie);
  }
  #keep(cookie: Cookie): void {
    this.#cookies = this.#cookies.filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
    if (!/expires=Thu, 01 Jan 1970/i.test(cookie.attributes)) this.#cookies.push(cookie);
  }
  async fetch(address: string, person: Person | undefined, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(address, this.#origin);
    const cookie = this.#cookies
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const answer = await fetch(new URL(address, this.#origin), {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', cookie, 'x-person': JSON.stringify(person ?? null), ...init.headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#keep({ name, value, path: /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/', attributes: line });
    }
    return answer;
  }
  /** Where the node sends the browser away to, or the page it shows. */
  async walk(
    address: string,
    person: Person,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly left?: URL; readonly page?: Response }> {
    let next = address;
    for (let hops = 0; hops < 20; hops += 1) {
      const answer = await this.fetch(next, person, { headers });
      const location = answer.headers.get('location');
      if (location === null) return { page: answer };
      const target = new URL(location, this.#origin);
      if (target.host === headers['x-forwarded-host']) target.host = new URL(this.#origin).host;
      if (target.origin !== this.#origin || target.pathname === '/session/return') return { left: target };
      next = target.href;
    }
    throw new Error('redirects without end');
  }
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}
export const makePkce = (): Pkce => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

export type Form = Readonly<Record<string, string>>;

/** A request for a code as a careful program makes it; `change` puts other parameters in, or takes them out. */
export function authorizeAddress(
  node: Pick<OAuthNode, 'origin' | 'fhir'>,
  client: { readonly id: string; readonly redirectUri: string },
  scope: string,
  pkce: Pkce,
  change: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope,
    state: 'a-state-of-enough-length',
    aud: node.fhir,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...change,
  };
  const given = Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined);
  return `${node.origin}/oauth/authorize?${new URLSearchParams(given).toString()}`;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}
export async function post(
  node: Pick<OAuthNode, 'origin'>,
  path: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await fetch(`${node.origin}/oauth/${path}`, {
    method: 'POST',
    headers: { accept: 'application/json', ...headers },
    body: new URLSearchParams(form),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    headers: answer.headers,
  };
}

export const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

export interface Program {
  readonly id: string;
  readonly redirectUri: string;
  /** How it proves itself at the token endpoint. */
  readonly proof?: (
    node: Pick<OAuthNode, 'origin'>,
  ) => Promise<{ readonly form?: Form; readonly headers?: Record<string, string> }>;
}
export interface Obtained extends Answer {
  readonly browser: Browser;
  readonly left: URL | undefined;
  readonly code: string;
  readonly pkce: Pkce;
}

/** The whole way of a program from its request to its tokens. */
export async function obtain(
  node: OAuthNode,
  program: Program,
  scope: string,
  person: Person,
  options: { readonly browser?: Browser; readonly change?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Obtained> {
  const browser = options.browser ?? node.browser();
  const pkce = makePkce();
  const { left } = await browser.walk(authorizeAddress(node, program, scope, pkce, options.change), person);
  const code = left?.searchParams.get('code') ?? '';
  const answer = await exchange(node, program, code, pkce);
  return { ...answer, browser, left, code, pkce };
}

export async function exchange(
  node: Pick<OAuthNode, 'origin'>,
  program: Program,
  code: string,
  pkce: Pkce,
  change: Form = {},
): Promise<Answer> {
  const proof = (await program.proof?.(node)) ?? { form: { client_id: program.id } };
  return post(
    node,
    'token',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: program.redirectUri,
      code_verifier: pkce.verifier,
      ...proof.form,
      ...change,
    },
    proof.headers,
  );
}

export async function refresh(
  node: Pick<OAuthNode, 'origin'>,
  program: Program,
  token: unknown,
  change: Form = {},
): Promise<Answer> {
  const proof = (await program.proof?.(node)) ?? { form: { client_id: program.id } };
  return post(
    node,
    'token',
    { grant_type: 'refresh_token', refresh_token: String(token), ...proof.form, ...change },
    proof.headers,
  );
}

/** Whether the token opens anything: its row is there. */
export const isLive = async (node: Pick<OAuthNode, 'rows'>, token: unknown): Promise<boolean> =>
  (await node.rows.get('AccessToken', rowIdOf(String(token)))) !== undefined;

export const withSecret = (id: string, secret: string): NonNullable<Program['proof']> => {
  return async () => ({ headers: basic(id, secret) });
};

export interface Signer {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** `change`: claims put otherwise. */
  assertion(id: string, aud: string, change?: Readonly<Record<string, unknown>>): Promise<string>;
}
export async function makeSigner(alg: 'ES384' | 'RS384' | 'ES256' | 'RS256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomBytes(6).toString('hex');
  return {
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    assertion: async (id, aud, change = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        iss: id,
        sub: id,
        aud,
        jti: randomBytes(12).toString('hex'),
        iat: now,
        exp: now + 240,
        ...change,
      };
      return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey);
    },
  };
}
export const assertionForm = (assertion: string): Form => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: assertion,
});
export const withKey = (id: string, signer: Signer): NonNullable<Program['proof']> => {
  return async (node) => ({ form: assertionForm(await signer.assertion(id, `${node.origin}/oauth/token`)) });
};
