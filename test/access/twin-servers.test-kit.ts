// Two servers for one person: one holds everything, its twin only what the person may see. Asked the same, they answer the same,
// or something leaks.
import { expect } from 'vitest';
import { accessOf } from '../../src/core/access/access-of.ts';
import type { Principal } from '../../src/core/access/principal.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { EVERYTHING, type RecordStore, type ResourceKey, type Visibility } from '../../src/core/record/store.ts';
import { knownByToken } from '../../src/server/fhir-api/access.test-kit.ts';
import { apiOver } from '../../src/server/fhir-api/api-server.test-kit.ts';
import type { Reply } from '../../src/server/fhir-api/http-client.test-kit.ts';
import { bearer, seed, type Resource } from './hospital.test-kit.ts';

export type Step = Resource | { readonly delete: string };

export interface Twins {
  /** Type/id of what the person may not see. */
  readonly hidden: readonly ResourceKey[];
  /** Of each hidden resource, by `Type/id`. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  /** Asks both; fails where they differ. Gives the answer of the full one. */
  ask(method: string, path: string, body?: object | string, headers?: Record<string, string>): Promise<Reply>;
  /** The links of the last answers, each followed at its own server. */
  follow(relation: string): Promise<boolean>;
  readonly asked: () => number;
  stop(): Promise<void>;
}

const keyOf = (step: Step): ResourceKey => {
  const [type = '', id = ''] = ('resourceType' in step ? `${step.resourceType}/${step.id}` : step.delete).split('/');
  return { type, id };
};
const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

export async function twinServers(
  principal: Principal,
  steps: readonly Step[],
  openStore: () => Promise<RecordStore>,
): Promise<Twins> {
  const full = await openStore();
  await seed(full, steps);
  const keys = [...new Map(steps.map((step) => [nameOf(keyOf(step)), keyOf(step)])).values()];
  const { visible: shown, care, auditOf } = accessOf(principal, Date.now());
  // AuditEvents that others wrote are told in part, beside all else that is visible.
  const visible: Visibility =
    auditOf?.kept.see === 'some' && shown.see === 'some'
      ? { see: 'some', rules: [...shown.rules, ...auditOf.kept.rules] }
      : shown;
  const seen = await full.read(keys, visible);
  const all = await full.read(keys, EVERYTHING);
  // A stay that puts a patient in reach stays, even where it is not shown: who is in reach is told (FR57), not what is there.
  const homes = all.map((stored) => ({ type: 'Patient', id: stored?.home.slice('Patient/'.length) ?? '' }));
  const inReach = care === undefined ? [] : await full.read(homes, care);
  const hidden = keys.filter(
    (key, index) => seen[index] === undefined && !(key.type === 'Encounter' && inReach[index] !== undefined),
  );
  const isHidden = new Set(hidden.map(nameOf));
  const twin = await openStore();
  const places = steps.flatMap((step, index) => (isHidden.has(nameOf(keyOf(step))) ? [] : [index]));
  await seed(
    twin,
    steps.filter((_step, index) => places.includes(index)),
    places,
  );
  // What is left must be seen as before: else what was taken away decides over it, and the twins are none.
  const left = keys.filter((key) => !isHidden.has(nameOf(key)));
  const still = await twin.read(left, visible);
  const before = await full.read(left, visible);
  expect(left.filter((_key, index) => (still[index] === undefined) !== (before[index] === undefined))).toEqual([]);

  const versions = new Map<string, readonly string[]>();
  for (const { type, id } of hidden) {
    const page = await full.history({ type, id, count: 10 }, EVERYTHING);
    versions.set(
      `${type}/${id}`,
      page.versions.map(({ versionId }) => versionId),
    );
  }

  const sides = await Promise.all([full, twin].map((store) => sideOf(store, principal)));
  const [one, two] = sides;
  if (one === undefined || two === undefined) throw new Error('two servers');
  let asked = 0;
  let last: readonly [Reply, Reply] | undefined;
  const compare = (what: string, a: Told, b: Told): Reply => {
    asked++;
    expect([what, a.shown]).toEqual([what, b.shown]);
    last = [a.reply, b.reply];
    return a.reply;
  };
  return {
    hidden,
    versions,
    asked: () => asked,
    async ask(method, path, body, headers = {}) {
      return compare(
        `${method} ${path}`,
        await one.send(method, path, body, headers),
        await two.send(method, path, body, headers),
      );
    },
    async follow(relation) {
      const [a, b] = last ?? [];
      const here = linkIn(a, relation);
      const there = linkIn(b, relation);
      expect([relation, here === undefined]).toEqual([relation, there === undefined]);
      if (here === undefined || there === undefined) return false;
      compare(
        `link ${relation}`,
        await one.send('GET', here, undefined, {}),
        await two.send('GET', there, undefined, {}),
      );
      return true;
    },
    async stop() {
      await Promise.all(sides.map((side) => side.stop()));
    },
  };
}

/** Each time it is asked it is later: what is written has an order, and the same one at both. */
function steppingClock(): Clock {
  let now = Date.now() - 3_600_000;
  return { now: () => (now += 3) };
}

interface Told {
  readonly reply: Reply;
  readonly shown: object;
}
interface ServerSide {
  send(method: string, path: string, body: object | string | undefined, headers: Record<string, string>): Promise<Told>;
  stop(): Promise<void>;
}

/** Without a socket: what the two servers answer is the same thing, and there is much of it. */
async function sideOf(store: RecordStore, principal: Principal): Promise<ServerSide> {
  const calls: string[] = [];
  const app = apiOver(counting(store, calls), {
    authenticator: knownByToken(new Map([['me', principal]])),
    clock: steppingClock(),
  });
  await app.ready();
  return {
    async send(method, path, body, headers) {
      calls.length = 0;
      const {
        statusCode,
        headers: sent,
        body: text,
      } = await app.inject({
        method: method as 'GET',
        url: path.startsWith('http') ? path.slice(path.indexOf('/fhir')) : `/fhir${path}`,
        headers: {
          host: 'here',
          ...bearer('me'),
          ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const plain = Object.entries(sent).map(([name, value]): [string, string] => [name, String(value)]);
      const reply = { status: statusCode, headers: new Headers(plain), text, json: jsonIn(text) };
      return { reply, shown: shownOf(reply, BASE, calls) };
    },
    stop: async () => {
      await app.close();
      await store.close();
    },
  };
}
const BASE = 'http://here/fhir';

function jsonIn(text: string): Reply['json'] {
  return text.startsWith('{') ? (JSON.parse(text) as Reply['json']) : {};
}

/** The names of what is asked of the store: that it does other work is a tale too, told by time. */
function counting(store: RecordStore, calls: string[]): RecordStore {
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(member, target, given);
      };
    },
  });
}

const HEADERS = [
  'allow',
  'cache-control',
  'content-disposition',
  'content-length',
  'content-location',
  'content-security-policy',
  'content-type',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'vary',
  'www-authenticate',
  'x-content-type-options',
  'x-security-context',
];

/** All of an answer but what differs between any two servers: addresses, names of versions, times, sealed links, new ids. */
function shownOf(reply: Reply, base: string, calls: readonly string[]): object {
  const plain = (text: string): string =>
    text
      .replaceAll(base, 'BASE')
      .replaceAll(/_page=[A-Za-z0-9_-]+/g, '_page=SEALED')
      .replaceAll(/\b[a-z2-7]{52}\b/g, 'VERSION')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, 'UUID')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME');
  const headers = HEADERS.flatMap((name) => {
    const value = reply.headers.get(name);
    if (value === null) return [];
    // Lengths differ with the lengths of what is left out.
    if (name === 'content-length') return [];
    return [[name, name === 'last-modified' ? 'TIME' : plain(value)]];
  });
  return { status: reply.status, headers, body: plain(reply.text), store: [...calls].toSorted() };
}

function linkIn(reply: Reply | undefined, relation: string): string | undefined {
  const links = reply?.json['link'];
  if (!Array.isArray(links)) return undefined;
  const link = (links as readonly { readonly relation?: string; readonly url?: string }[]).find(
    (one) => one.relation === relation,
  );
  return link?.url;
}
