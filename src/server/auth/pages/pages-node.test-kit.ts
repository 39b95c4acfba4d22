// A node with real accounts, OAuth, tokens and pages over a memory store, a few people and patients, and a browser without a
// screen: cookies, forms, redirects.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, vi } from 'vitest';
import { accessOf } from '../../../core/access/access-of.ts';
import type { AuditEntry } from '../../../core/access/audit-trail.ts';
import type { Role } from '../../../core/access/principal.ts';
import type { Clock } from '../../../core/base/ports.ts';
import { createBreakGlassDesk } from '../../../core/engine/break-glass.ts';
import { createEngine } from '../../../core/engine/create-engine.ts';
import type { RecordEngine } from '../../../core/engine/engine.ts';
import { patchers } from '../../../core/fhir/patch/patchers.ts';
import { createMemoryStore } from '../../../core/record/memory-store.ts';
import { EVERYTHING, type RecordStore } from '../../../core/record/store.ts';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { nodePorts } from '../../ports/node-ports.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { openAccounts } from '../accounts/open-accounts.ts';
import { passwordHashing } from '../accounts/password-hash.ts';
import { openAuthenticator, type OpenedAuthenticator } from '../authenticate.ts';
import { openOAuth, type OAuth } from '../oauth/open-oauth.ts';
import { registerOAuth } from '../oauth/register-oauth.ts';
import type { PagesDeps } from './deps.ts';
import type { TokensPort } from './ports.ts';
import { registerPages } from './register-pages.ts';
import { openWebSessions, type WebSessions } from './web-session.ts';

export const PASSWORD = 'tall-lamp-orbit-seven';

export interface PagesNode {
  readonly app: FastifyInstance;
  readonly deps: PagesDeps;
  readonly accounts: Accounts;
  readonly sessions: WebSessions;
  readonly oauth: OAuth;
  readonly authenticator: OpenedAuthenticator;
  readonly rows: ExpiringRows;
  readonly store: RecordStore;
  readonly audited: AuditEntry[];
  readonly errors: unknown[];
  /** Session cookies that were found good. */
  readonly proved: string[];
  /** Likewise cookies of devices. */
  readonly devices: string[];
  readonly clock: Clock;
  /** Moves the clock of the process, the provider's too; from then on it stands still. */
  readonly pass: (ms: number) => void;
  /** Account ids by user name. */
  readonly people: ReadonlyMap<string, string>;
  browser(options?: BrowserOptions): Browser;
  close(): Promise<void>;
}

const STAFF: readonly (readonly [
  userName: string,
  given: string,
  family: string,
  role: Role,
  ward: string | undefined,
  supervisor: boolean,
])[] = [
  ['nora', 'Nora', 'Quill', 'nurse', 'Location/ward-a', false],
  ['dan', 'Dan', 'Moss', 'doctor', 'Location/ward-b', false],
  ['sue', 'Sue', 'Harrow', 'nurse', undefined, true],
  ['rex', 'Rex', 'Penn', 'receptionist', undefined, false],
  ['ida', 'Ida', 'Lund', 'incident-lead', undefined, false],
];

const person = (id: string, family: string, given: string, birthDate: string, number: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ use: 'official', system: 'https://holdfast.example/fhir/id/patient', value: number }],
  name: [{ use: 'official', family, given: [given], prefix: ['Ms'] }],
  gender: 'female',
  birthDate,
});
const place = (id: string, name: string, code: string) => ({
  resourceType: 'Location',
  id,
  status: 'active',
  name,
  physicalType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code }] },
  managingOrganization: { reference: 'Organization/site' },
});
const SEED = [
  { resourceType: 'Organization', id: 'site', active: true, name: 'Test General Hospital' },
  place('ward-a', 'Amber Ward', 'wa'),
  place('ward-b', 'Birch Ward', 'wa'),
  place('bed-1', 'Bed 1', 'bd'),
  person('p1', 'Clarke', 'Joan', '1958-03-21', '9434765919'),
  person('p2', 'Clark', 'Joanne', '1958-03-12', '9434765870'),
  person('p3', '<img src=x onerror=alert(1)>', 'O\u2019Brien\u202e', '2026-01-02', '9990000018'),
];

export interface PagesNodeOptions {
  readonly demo?: boolean;
  readonly identityProvider?: PagesDeps['identityProvider'];
  readonly tokens?: (real: TokensPort) => TokensPort;
  /** Listens on 127.0.0.1, for real browsers. */
  readonly listen?: boolean;
  readonly trustProxy?: boolean;
  /** Puts other rooms' routes beside the pages. */
  readonly also?: (app: FastifyInstance, deps: PagesDeps) => void;
}

export async function startPagesNode(options: PagesNodeOptions = {}): Promise<PagesNode> {
  const ports = nodePorts();
  const { clock, chance, digest } = ports;
  const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-pages-'));
  const store = createMemoryStore({ digest, origin: 'test.pages' });
  const engine = createEngine({ store, clock, chance, patch: patchers });
  const rows = memoryExpiringRows(clock);
  const audited: AuditEntry[] = [];
  const errors: unknown[] = [];
  const audit = { record: async (entry: AuditEntry) => void audited.push(entry) };
  const log = { error: (what: unknown, message: string) => void errors.push({ what, message }) };
  await seed(engine);
  const accounts = openAccounts({ store, engine, clock, chance, rows, audit, hashing: passwordHashing(4) });
  const people = await enrolStaff(accounts);

  const app = Fastify(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy });
  const proved: string[] = [];
  const devices: string[] = [];
  const late: { sessions?: WebSessions; tokens?: TokensPort } = {};
  const authenticator = openAuthenticator({
    rows,
    store,
    clock,
    tokenOf: async (header) => late.sessions?.tokenOf(header),
    freshMs: 0,
  });
  const oauth = openOAuth({
    rows,
    clock,
    chance,
    keysFolder,
    accounts: { find: (id) => accounts.find(id), principalOf: (id, session) => authenticator.principalOf(id, session) },
    audit,
    log,
    rules: { names: [] },
    ...(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy }),
  });
  const real = registerOAuth(app, oauth);
  const tokens = options.tokens?.(real) ?? real;
  const sessions = openWebSessions({ rows, tokens, clock, chance });
  late.sessions = sessions;
  const deps: PagesDeps = {
    accounts,
    interactions: oauth.interactions,
    tokens,
    programs: oauth,
    sessions,
    authenticator,
    sessionProved: (cookie) => void proved.push(cookie),
    deviceProved: (cookie) => void devices.push(cookie),
    accessOf,
    rows,
    store,
    audit,
    breakGlass: createBreakGlassDesk({ store, engine, clock, chance, audit }),
    clock,
    chance,
    site: 'Test General Hospital',
    log,
    clientAddressOf: (request) =>
      [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim() ||
      request.socket.remoteAddress,
    ...(options.demo === true
      ? {
          demoUsers: STAFF.map(([userName, given, family, role]) => ({
            userName,
            password: PASSWORD,
            role,
            name: `${given} ${family}`,
          })),
        }
      : {}),
    ...(options.identityProvider === undefined ? {} : { identityProvider: options.identityProvider }),
  };
  registerPages(app, deps);
  options.also?.(app, deps);
  if (options.listen === true) await app.listen({ host: '127.0.0.1', port: 0 });
  else await app.ready();
  return {
    app,
    deps,
    accounts,
    sessions,
    oauth,
    authenticator,
    rows,
    store,
    audited,
    errors,
    proved,
    devices,
    clock,
    people,
    pass: (ms) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
    },
    browser: (given = {}) => new Browser(app, given),
    close: async () => {
      vi.useRealTimers();
      await app.close();
      await rm(keysFolder, { recursive: true });
    },
  };
}

async function seed(engine: RecordEngine): Promise<void> {
  const done = await engine.change(
    SEED.map((resource) => ({
      kind: 'update',
      type: resource.resourceType,
      id: resource.id,
      text: JSON.stringify(resource),
    })),
    { visible: EVERYTHING },
  );
  expect(done.ok, JSON.stringify(done)).toBe(true);
}

async function enrolStaff(accounts: Accounts): Promise<ReadonlyMap<string, string>> {
  const people = new Map<string, string>();
  for (const [userName, givenName, familyName, role, ward, supervisor] of STAFF) {
    const enrolled = await accounts.enrol(
      {
        userName,
        givenName,
        familyName,
        role,
        supervisor,
        password: PASSWORD,
        site: 'Organization/site',
        ...(ward === undefined ? {} : { ward }),
      },
      'terminal',
    );
    expect(enrolled.ok, JSON.stringify(enrolled)).toBe(true);
    if (enrolled.ok) people.set(userName, enrolled.value.accountId);
  }
  return people;
}

export interface BrowserOptions {
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
}
export interface Seen {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface Kept {
  readonly value: string;
  readonly path: string;
}

/** Follows redirects on the node; what leads elsewhere is answered as it is. */
export class Browser {
  readonly cookies = new Map<string, Kept>();
  readonly #app: FastifyInstance;
  readonly #options: BrowserOptions;
  /** Headers of `Set-Cookie`, in order, of all answers so far. */
  readonly set: string[] = [];
  constructor(app: FastifyInstance, options: BrowserOptions) {
    this.#app = app;
    this.#options = options;
  }
  get origin(): string {
    return `${this.#options.secure === true ? 'https' : 'http'}://${this.#options.host ?? 'localhost:8080'}`;
  }

  async get(url: string): Promise<Seen> {
    return this.#follow('GET', url, undefined, {});
  }
  /** As a browser sends a form from a page of the node; `headers` change that. */
  async post(
    url: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Seen> {
    return this.#follow('POST', url, new URLSearchParams(form).toString(), headers);
  }
  /** Sends the form of `page` whose action is `action` (and that holds `having`), with its hidden fields. */
  async send(page: Seen, action: string, form: Readonly<Record<string, string>>, having = ''): Promise<Seen> {
    return this.post(action, { ...hiddenFields(page, action, having), ...form });
  }

  async #once(
    method: 'GET' | 'POST',
    url: string,
    payload: string | undefined,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<Seen> {
    const path = url.split('?')[0] ?? '/';
    const cookie = [...this.cookies]
      .filter(([, kept]) => path.startsWith(kept.path))
      .map(([key, { value }]) => `${key.split(' ')[0] ?? ''}=${value}`)
      .join('; ');
    const all: Record<string, string | undefined> = {
      host: this.#options.host ?? 'localhost:8080',
      ...(this.#options.secure === true ? { 'x-forwarded-proto': 'https' } : {}),
      ...(cookie === '' ? {} : { cookie }),
      ...(payload === undefined
        ? {}
        : {
            'content-type': 'application/x-www-form-urlencoded',
            origin: this.origin,
            'sec-fetch-site': 'same-origin',
          }),
      ...this.#options.headers,
      ...headers,
    };
    const given = Object.fromEntries(
      Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
    );
    const answer = await this.#app.inject({
      method,
      url,
      headers: given,
      ...(payload === undefined ? {} : { payload }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      this.set.push(line);
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const gone = /max-age=0\b/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line);
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/';
      // Cookies of one name and several paths are several.
      const key = path === '/' ? name : `${name} ${path}`;
      if (gone) this.cookies.delete(key);
      else this.cookies.set(key, { value, path });
    }
    return { url, status: answer.statusCode, text: answer.body, headers: answer.headers };
  }
  async #follow(
    method: 'GET' | 'POST',
    url: string,
    payload: string | undefined,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<Seen> {
    let seen = await this.#once(method, url, payload, headers);
    for (let hops = 0; hops < 15; hops++) {
      const { location } = seen.headers;
      if (typeof location !== 'string') return seen;
      const target = new URL(location, this.origin);
      if (target.origin !== this.origin) return seen;
      seen = await this.#once('GET', `${target.pathname}${target.search}`, undefined, {});
    }
    throw new Error('redirects without end');
  }
}

/** The hidden fields of the form with this action; it must be there. */
export function hiddenFields(page: Seen, action: string, having = ''): Readonly<Record<string, string>> {
  const forms = [...page.text.matchAll(/<form\b[^>]*?>[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((each) => each.includes(`action="${action}"`) && each.includes(having));
  expect(form, `no form to ${action} in: ${page.text}`).toBeDefined();
  return Object.fromEntries(
    [...(form ?? '').matchAll(/<input\s+type="hidden"\s+name="([^"]+)"(?:\s+value="([^"]*)")?/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
}

/** Signs in at a fresh page; answers the page that comes then. */
export async function signIn(browser: Browser, userName: string, password = PASSWORD, to = '/account'): Promise<Seen> {
  const page = await browser.get(`/session/start?to=${encodeURIComponent(to)}`);
  expect(page.status, page.text).toBe(200);
  return browser.send(page, page.url, { userName, password }, 'value="password"');
}
export const text = (seen: Seen): string =>
  seen.text
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
