// AuditEvents over HTTP: the node's own, from the real trail in a folder, beside those that others wrote into the record.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createMemoryAuditIndex } from '../../core/access/audit-index-memory.ts';
import type { AuditReader } from '../../core/access/audit-trail.ts';
import type { Principal } from '../../core/access/principal.ts';
import { validateResource } from '../../core/fhir/validate/validate.ts';
import { openAuditTrail } from '../audit/open-audit-trail.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { knownByToken, SERVICE } from './access.test-kit.ts';
import { apiOver, memoryStore } from './api-server.test-kit.ts';
import { at, listAt } from './http-client.test-kit.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const person = (who: string, role: Principal['duties'][number]['role'], supervisor = false): Principal => ({
  who,
  name: who,
  duties: [{ role, site: 'Organization/s', places: ['Location/w'], supervisor }],
  client: 'app',
  session: `session-${who}`,
  asOf: 0,
});
const PEOPLE = new Map<string, Principal>([
  ['service', SERVICE],
  ['nurse', person('Practitioner/nina', 'nurse')],
  ['lead', person('Practitioner/lena', 'nurse', true)],
  ['lead-narrow', { ...person('Practitioner/lena', 'nurse', true), scopes: ['user/Observation.rs'] }],
  [
    'lead-launched',
    { ...person('Practitioner/lena', 'nurse', true), scopes: ['patient/*.rs'], launchPatient: 'Patient/anna' },
  ],
  ['anna', { ...person('Patient/anna', 'patient'), duties: [{ role: 'patient', places: [], supervisor: false }] }],
  ['bela', { ...person('Patient/bela', 'patient'), duties: [{ role: 'patient', places: [], supervisor: false }] }],
]);

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly json: unknown;
}
interface Here {
  readonly app: FastifyInstance;
  send(token: string, method: string, path: string, body?: object): Promise<Reply>;
  /** All pages. */
  all(token: string, path: string): Promise<readonly unknown[]>;
  tick(ms: number): void;
}

async function here(): Promise<Here> {
  const ports = nodePorts();
  let now = ports.clock.now();
  const clock = { now: () => now++ };
  const store = memoryStore();
  const data = mkdtempSync(join(tmpdir(), 'holdfast-audit-events-'));
  const index = createMemoryAuditIndex(store);
  const trail = openAuditTrail({
    store,
    index,
    data,
    clock,
    chance: ports.chance,
    digest: ports.digest,
    log: () => {},
    background: false,
  });
  const app = apiOver(store, { authenticator: knownByToken(PEOPLE), audit: trail, auditReader: trail, clock });
  closing.push(async () => {
    await app.close();
    await trail.close();
    rmSync(data, { recursive: true });
  });
  const send: Here['send'] = async (token, method, path, body) => {
    const reply = await app.inject({
      method: method as 'GET',
      url: path.startsWith('http') ? path.slice(path.indexOf('/fhir')) : `/fhir${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: reply.statusCode, headers: reply.headers, json: reply.body === '' ? {} : reply.json() };
  };
  for (const id of ['anna', 'bela']) await send('service', 'PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
  return {
    app,
    send,
    tick: (ms) => (now += ms),
    async all(token, path) {
      const found: unknown[] = [];
      let next: string | undefined = path;
      while (next !== undefined) {
        const page: Reply = await send(token, 'GET', next);
        if (page.status !== 200) throw new Error(JSON.stringify(page.json));
        for (const entry of listAt(page.json, 'entry')) {
          if (at(entry, 'search.mode') === 'match') found.push(at(entry, 'resource'));
        }
        const link = listAt(page.json, 'link').find((one) => at(one, 'relation') === 'next');
        next = link === undefined ? undefined : String(at(link, 'url'));
      }
      return found;
    },
  };
}
const acts = (events: readonly unknown[]): readonly unknown[] => events.map((event) => at(event, 'subtype.0.code'));
const ids = (events: readonly unknown[]): readonly string[] => events.map((event) => String(at(event, 'id')));

test('[FR60] who looked at a record is one query, and the patient may ask it', async () => {
  const { send, all } = await here();
  await send('nurse', 'GET', '/Patient/anna');
  await send('nurse', 'GET', '/Patient?_id=anna');
  await send('nurse', 'GET', '/Patient/bela');
  for (const token of ['lead', 'service', 'anna']) {
    const events = await all(token, '/AuditEvent?patient=Patient/anna');
    const looked = events.filter((event) => at(event, 'agent.0.who.reference') === 'Practitioner/nina');
    expect([token, acts(looked)]).toEqual([token, ['search-type', 'read']]);
    for (const event of looked) {
      expect(
        validateResource(event as Parameters<typeof validateResource>[0]).filter(
          ({ severity }) => severity === 'error',
        ),
      ).toEqual([]);
    }
  }
  // The write that made the record is in it too.
  expect(acts(await all('lead', '/AuditEvent?patient=Patient/bela')).length).toBeGreaterThanOrEqual(2);
});

test('[FR60] a patient sees events about the own record alone, a nurse none', async () => {
  const { send, all } = await here();
  await send('nurse', 'GET', '/Patient/anna');
  await send('nurse', 'GET', '/Patient/bela');
  const [about] = await all('lead', '/AuditEvent?patient=Patient/bela&agent=Practitioner/nina');
  const id = String(at(about, 'id'));
  expect(await all('anna', '/AuditEvent?patient=Patient/bela')).toEqual([]);
  expect(ids(await all('anna', '/AuditEvent'))).not.toContain(id);
  expect(ids(await all('bela', '/AuditEvent'))).toContain(id);
  expect((await send('anna', 'GET', `/AuditEvent/${id}`)).status).toBe(404);
  expect((await send('bela', 'GET', `/AuditEvent/${id}`)).status).toBe(200);
  expect(await all('anna', `/AuditEvent?_id=${id}`)).toEqual([]);
  expect((await send('anna', 'GET', `/AuditEvent/${id}/_history`)).status).toBe(404);
  for (const path of ['/AuditEvent', `/AuditEvent/${id}`, `/AuditEvent?patient=Patient/anna`]) {
    expect((await send('nurse', 'GET', path)).status).toBe(403);
  }
});

test('[FR60] a patient is not told of the others whom the same look showed, nor of what it asked for', async () => {
  const { send, all } = await here();
  await send('nurse', 'GET', '/Patient?_id=anna,bela');
  await send('nurse', 'GET', '/Patient/anna');
  const looks = await all('anna', '/AuditEvent?agent=Practitioner/nina');
  expect(acts(looks)).toEqual(['read', 'search-type']);
  const text = JSON.stringify(looks);
  expect(text).not.toContain('bela');
  expect(text).not.toContain('"query"');
  expect(text).not.toContain('"network"');
  expect(text).toContain('Patient/anna');
  expect(await all('anna', '/AuditEvent?entity=Patient/bela')).toEqual([]);
  const [search] = ids(looks).slice(1);
  expect(JSON.stringify((await send('anna', 'GET', `/AuditEvent/${search}`)).json)).not.toContain('bela');
  expect(JSON.stringify(await all('lead', '/AuditEvent?agent=Practitioner/nina'))).toContain('bela');
});

test('[FR60] of what others wrote a patient is told the part about the own record, by every way in', async () => {
  const { send, all } = await here();
  const posted = await send('service', 'POST', '/AuditEvent', {
    resourceType: 'AuditEvent',
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">secret-narrative</div>' },
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
    action: 'R',
    recorded: new Date().toISOString(),
    outcomeDesc: 'secret-words',
    agent: [
      {
        requestor: true,
        who: { reference: 'Practitioner/elsewhere', display: 'Dr Else' },
        network: { address: '10.9.8.7' },
      },
      { requestor: false, who: { reference: 'RelatedPerson/secret-agent' }, name: 'secret-name' },
    ],
    source: { observer: { display: 'elsewhere' } },
    entity: [
      { what: { reference: 'Patient/anna' }, name: 'secret-entity' },
      { what: { reference: 'Patient/bela' } },
      { what: { identifier: { value: 'secret-number' } }, description: 'secret-description' },
      { what: { reference: 'http://127.0.0.1/fhir/Patient/bela' } },
      { what: { reference: 'Observation/secret-observation' } },
    ],
  });
  const id = String(at(posted.json, 'id'));
  expect(posted.status).toBe(201);
  const version = String(at(posted.json, 'meta.versionId'));
  const found = await all('anna', '/AuditEvent?patient=Patient/anna&agent=Practitioner/elsewhere');
  expect(ids(found)).toEqual([id]);
  expect(
    validateResource(found[0] as Parameters<typeof validateResource>[0]).filter((f) => f.severity === 'error'),
  ).toEqual([]);
  expect(at(found[0], 'agent.0.who.display')).toBe('Dr Else');
  const ways = [
    `/AuditEvent/${id}`,
    `/AuditEvent/${id}/_history/${version}`,
    `/AuditEvent/${id}/_history`,
    `/AuditEvent/${id}/$meta`,
    '/AuditEvent?_sort=_id',
    '/AuditEvent?_total=accurate&_count=1',
    '/Patient/anna/AuditEvent',
    '/Patient/anna/*',
    '/Patient/anna/$everything',
    '/Patient?_id=anna&_revinclude=AuditEvent:patient',
    '?_type=AuditEvent',
    '?_type=AuditEvent,Patient',
    '/AuditEvent/_history',
    '/_history',
  ];
  for (const path of ways) {
    const text = JSON.stringify((await send('anna', 'GET', path)).json);
    expect([path, /secret|bela|10\.9\.8\.7/.exec(text)?.[0]]).toEqual([path, undefined]);
  }
  expect((await send('anna', 'GET', `/AuditEvent/${id}`)).status).toBe(200);
  expect((await send('anna', 'GET', `/AuditEvent/${id}/_history/${version}`)).status).toBe(200);
  // Nor does asking for what is not told find the event.
  for (const query of [
    'entity=Patient/bela',
    'entity=Observation/secret-observation',
    'address=10.9.8.7',
    'patient=Patient/bela',
  ]) {
    expect([query, await all('anna', `/AuditEvent?_id=${id}&${query}`)]).toEqual([query, []]);
    expect(at((await send('anna', 'GET', `/AuditEvent?_id=${id}&${query}&_summary=count`)).json, 'total')).toBe(0);
    expect(
      at((await send('anna', 'GET', `/Practitioner?_has:AuditEvent:agent:${query}&_summary=count`)).json, 'total'),
    ).toBe(0);
  }
  expect(ids(await all('bela', '/AuditEvent'))).not.toContain(id);
  expect(JSON.stringify((await send('lead', 'GET', `/AuditEvent/${id}`)).json)).toContain('secret-narrative');
});

test('[FR60] [AC41] a program sees of the audit what it was granted, whoever it acts for', async () => {
  const { send, all } = await here();
  await send('nurse', 'GET', '/Patient/anna');
  await send('nurse', 'GET', '/Patient?_id=anna,bela');
  for (const path of ['?_type=AuditEvent', '?_type=AuditEvent&agent=Practitioner/nina']) {
    expect([path, await all('lead-narrow', path)]).toEqual([path, []]);
  }
  expect((await send('lead-narrow', 'GET', '/AuditEvent')).status).toBe(403);
  const launched = await all('lead-launched', '/AuditEvent?agent=Practitioner/nina');
  expect(acts(launched)).toEqual(['search-type', 'read']);
  expect(JSON.stringify(launched)).not.toContain('bela');
  expect(await all('lead-launched', '/AuditEvent?patient=Patient/bela')).toEqual([]);
});

test('[FR60] an event is read, has one version, and nobody changes it', async () => {
  const { send, all } = await here();
  await send('nurse', 'GET', '/Patient/anna');
  const [event] = await all('lead', '/AuditEvent?agent=Practitioner/nina');
  const id = String(at(event, 'id'));
  const read = await send('lead', 'GET', `/AuditEvent/${id}`);
  expect([read.status, read.json]).toEqual([200, event]);
  const version = String(at(event, 'meta.versionId'));
  expect(read.headers['etag']).toBe(`W/"${version}"`);
  expect((await send('lead', 'GET', `/AuditEvent/${id}/_history/${version}`)).json).toEqual(event);
  expect((await send('lead', 'GET', `/AuditEvent/${id}/_history/none`)).status).toBe(404);
  const history = await send('lead', 'GET', `/AuditEvent/${id}/_history`);
  expect([at(history.json, 'total'), at(history.json, 'entry.0.resource')]).toEqual([1, event]);
  expect(at((await send('lead', 'GET', `/AuditEvent/${id}?_elements=action`)).json, 'meta.tag.0.code')).toBe(
    'SUBSETTED',
  );
  expect((await send('lead', 'GET', `/AuditEvent/${id}/$meta`)).status).toBe(200);
  for (const [method, path, body] of [
    ['PUT', `/AuditEvent/${id}`, event],
    ['DELETE', `/AuditEvent/${id}`, undefined],
    ['PATCH', `/AuditEvent/${id}`, { resourceType: 'Parameters' }],
    [
      'POST',
      `/AuditEvent/${id}/$meta-add`,
      { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] },
    ],
  ] as const) {
    const reply = await send('service', method, path, body as object | undefined);
    expect([method, path, reply.status]).toEqual([method, path, 403]);
  }
  expect((await send('lead', 'GET', `/AuditEvent/${id}`)).json).toEqual(event);
});

test('[FR61] parameters hold for the node’s own as for others, newest first, and what others wrote stands among them', async () => {
  const { send, all, tick } = await here();
  await send('nurse', 'GET', '/Patient/anna');
  tick(60_000);
  const recorded = new Date(Date.now() + 60_000).toISOString();
  const foreign = {
    resourceType: 'AuditEvent',
    id: 'foreign',
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
    action: 'R',
    recorded,
    agent: [{ requestor: true, who: { reference: 'Practitioner/nina' } }],
    source: { observer: { display: 'elsewhere' } },
    entity: [{ what: { reference: 'Patient/anna' } }],
  };
  expect((await send('service', 'POST', '/AuditEvent', foreign)).status).toBe(201);
  tick(60_000);
  await send('nurse', 'GET', '/Patient/anna/_history');
  const looks = '/AuditEvent?patient=Patient/anna&agent=Practitioner/nina';
  const events = await all('lead', looks);
  expect(events.map((event) => at(event, 'source.observer.display'))).toEqual(['Holdfast', 'elsewhere', 'Holdfast']);
  const moments = events.map((event) => Date.parse(String(at(event, 'recorded'))));
  expect(moments).toEqual(moments.toSorted((a, b) => b - a));
  const count = async (more: string): Promise<number> => (await all('lead', `${looks}${more}`)).length;
  expect(await count('&action=R')).toBe(3);
  expect(await count('&action=C')).toBe(0);
  expect(await count('&subtype=history-instance')).toBe(1);
  expect(await count(`&date=gt${recorded}`)).toBe(1);
  expect(await count(`&date=lt${recorded}`)).toBe(1);
  expect(await count(`&date=${recorded}`)).toBe(1);
  expect(await count('&outcome=0')).toBe(2);
  expect(await count('&outcome:missing=true')).toBe(1);
  expect(await count('&action:not=R')).toBe(0);
  expect(await count(`&_id=${ids(events).join(',')}`)).toBe(3);
  expect(await count(`&_lastUpdated=ge2020`)).toBe(3);
  expect(await count('&agent.name=nobody')).toBe(0);
  await send('service', 'PUT', '/Practitioner/nina', {
    resourceType: 'Practitioner',
    id: 'nina',
    name: [{ family: 'Nightingale' }],
  });
  expect(await count('&agent:Practitioner.name=night')).toBe(3);
  expect(ids(await all('lead', '/Patient/anna/AuditEvent?agent=Practitioner/nina'))).toEqual(ids(events));
  const ascending = ids(await all('lead', `${looks}&_sort=date`));
  expect(ascending).toEqual(ids(events).toReversed());
  expect(ids(await all('lead', `${looks}&_sort=_id&_count=1`))).toEqual(ids(events).toSorted());
  const counted = await send('lead', 'GET', `${looks}&_summary=count`);
  expect(at(counted.json, 'total')).toBe(3);
  const included = await send(
    'lead',
    'GET',
    `${looks}&_include=AuditEvent:patient&_include=AuditEvent:agent&_total=accurate&_count=1`,
  );
  expect(at(included.json, 'total')).toBe(3);
  const others = listAt(included.json, 'entry').filter((entry) => at(entry, 'search.mode') === 'include');
  expect(others.map((entry) => at(entry, 'resource.id'))).toEqual(['nina', 'anna']);
});

test('[FR62] pages show each event once while others come', async () => {
  const { send, all } = await here();
  for (let i = 0; i < 12; i++) await send('nurse', 'GET', '/Patient/anna');
  const before = ids(await all('lead', '/AuditEvent?agent=Practitioner/nina'));
  expect(before).toHaveLength(12);
  const seen: string[] = [];
  let next: string | undefined = '/AuditEvent?agent=Practitioner/nina&_count=5';
  while (next !== undefined) {
    const page: Reply = await send('lead', 'GET', next);
    seen.push(...listAt(page.json, 'entry').map((entry) => String(at(entry, 'resource.id'))));
    const link = listAt(page.json, 'link').find((one) => at(one, 'relation') === 'next');
    next = link === undefined ? undefined : String(at(link, 'url'));
    await send('nurse', 'GET', '/Patient/anna');
  }
  expect(seen).toEqual(before);
});

test('[FR62] what would have to look at too many is refused, with the way out', async () => {
  const endless: AuditReader = {
    search: ({ count, after }) => {
      const from = Number(after ?? 0);
      const events = Array.from({ length: count }, (_, index) => {
        const id = `e${from + index}`;
        const text = JSON.stringify({
          resourceType: 'AuditEvent',
          id,
          meta: { versionId: '1', lastUpdated: '2026-01-01T00:00:00.000Z' },
          recorded: '2026-01-01T00:00:00.000Z',
        });
        return { id, at: Date.UTC(2026, 0, 1) - from - index, text };
      });
      return Promise.resolve({ events, next: String(from + count) });
    },
  };
  const app = apiOver(memoryStore(), { auditReader: endless });
  const ask = async (query: string): Promise<readonly unknown[]> => {
    const reply = await app.inject(`/fhir/AuditEvent?${query}`);
    return [reply.statusCode, at(reply.json(), 'issue.0.code')];
  };
  expect(await ask('_sort=_id')).toEqual([400, 'too-costly']);
  expect(await ask('_summary=count')).toEqual([400, 'too-costly']);
  expect(await ask('_count=3')).toEqual([200, undefined]);
  await app.close();
});
