// Two nodes over PostgreSQL that could not reach each other, and meet: what both show, what people must decide, and their decision.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { careViews } from '../../src/core/care/merge/care-policies.ts';
import { apiOver } from '../../src/server/fhir-api/api-server.test-kit.ts';
import { at, listAt } from '../../src/server/fhir-api/http-client.test-kit.ts';
import { nodePorts } from '../../src/server/ports/node-ports.ts';
import {
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../src/server/storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore, type PostgresStore } from '../../src/server/storage/postgres-store.ts';

let server: TemporaryPostgres;
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(() => server.stop());

interface Node {
  readonly store: PostgresStore;
  readonly app: FastifyInstance;
  send(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Reply>;
}
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: unknown;
}
async function node(name: string): Promise<Node> {
  const url = await server.createDatabase(name);
  const store = await openPostgresStore({ url, ...nodePorts(), connections: 2, policies: careViews() });
  const app = apiOver(store);
  return {
    store,
    app,
    send: async (method, path, body, headers = {}) => {
      const reply = await app.inject({
        method: method as 'GET',
        url: `/fhir${path}`,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
        ...(body === undefined ? {} : { payload: body }),
      });
      return {
        status: reply.statusCode,
        headers: reply.headers,
        text: reply.body,
        json: reply.body === '' ? {} : reply.json(),
      };
    },
  };
}
/** What each has and the other lacks. */
async function meet(a: Node, b: Node): Promise<void> {
  const [ofA, ofB] = await Promise.all(
    [a, b].map(async ({ store }) => (await store.feed(0, 1_000)).filter(({ origin }) => origin === store.origin)),
  );
  await b.store.sync.receive(ofA ?? [], 'below');
  await a.store.sync.receive(ofB ?? [], 'above');
}

const PATIENT = '"patient":{"reference":"Patient/p"}';
const SUBJECT = '"subject":{"reference":"Patient/p"}';
const allergy = (status: string, note: string): string =>
  `{"resourceType":"AllergyIntolerance","id":"a","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"${status}"}]},` +
  `"code":{"text":"penicillin"},${PATIENT},"note":[{"text":"${note}"}]}`;
const order = (status: string, dose: string): string =>
  `{"resourceType":"MedicationRequest","id":"m","status":"${status}","intent":"order","medicationCodeableConcept":{"text":"heparin"},${SUBJECT},` +
  `"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":${dose},"unit":"mL"}}]}]}`;
const resus = (code: string): string =>
  `{"resourceType":"Observation","id":"r","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"304251008"}]},${SUBJECT},` +
  `"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"${code}"}]}}`;
const person = (more: string): string => `{"resourceType":"Patient","id":"p","name":[{"family":"Doe"}]${more}}`;

test('[MG36] [CW10] [CW7] two nodes that meet show the same, to the byte: allergies, disputed stops, resuscitation; a decision ends it at both', async () => {
  const [ward, site] = [await node('ward'), await node('site')];
  for (const [path, text] of [
    ['/Patient/p', person('')],
    ['/AllergyIntolerance/a', allergy('active', 'from the start')],
    ['/MedicationRequest/m', order('active', '10.0')],
    ['/Observation/r', resus('304253006')],
  ] as const) {
    expect((await ward.send('PUT', path, text)).status).toBe(201);
  }
  await meet(ward, site);
  // Each alone.
  await ward.send('PUT', '/Patient/p', person(',"telecom":[{"system":"phone","value":"1"}]'));
  await site.send('PUT', '/Patient/p', person(',"address":[{"city":"Kisoro"}]'));
  await ward.send('PUT', '/AllergyIntolerance/a', allergy('active', 'hives'));
  await site.send('PUT', '/AllergyIntolerance/a', allergy('resolved', 'tolerated'));
  await ward.send('PUT', '/MedicationRequest/m', order('active', '12.50'));
  await site.send('PUT', '/MedicationRequest/m', order('stopped', '10.0'));
  await ward.send('PUT', '/Observation/r', resus('304252001'));
  await site.send('PUT', '/Observation/r', resus('450476008'));
  await meet(ward, site);

  const alike = async (path: string): Promise<Reply> => {
    const [a, b] = await Promise.all([ward.send('GET', path), site.send('GET', path)]);
    // Only when it came differs.
    const bare = ({ text }: Reply): string => text.replaceAll(/"lastUpdated":"[^"]*"/g, '');
    expect(bare(a)).toBe(bare(b));
    expect([a.headers['etag'], a.headers['x-holdfast-conflict']]).toEqual([
      b.headers['etag'],
      b.headers['x-holdfast-conflict'],
    ]);
    return a;
  };
  // What merges by itself is not asked.
  const merged = await alike('/Patient/p');
  expect([
    merged.headers['x-holdfast-conflict'],
    at(merged.json, 'telecom.0.value'),
    at(merged.json, 'address.0.city'),
  ]).toEqual([undefined, '1', 'Kisoro']);
  // CR1, CR8, CR5.
  const shown = await alike('/AllergyIntolerance/a');
  expect([shown.headers['x-holdfast-conflict'], at(shown.json, 'clinicalStatus.coding.0.code')]).toEqual([
    'S1',
    'active',
  ]);
  expect(
    listAt(shown.json, 'note')
      .map((note) => at(note, 'text'))
      .sort(),
  ).toEqual(['hives', 'tolerated']);
  const running = await alike('/MedicationRequest/m');
  expect([at(running.json, 'status'), running.text.includes('"value":12.50,')]).toEqual(['active', true]);
  expect(at((await alike('/Observation/r')).json, 'valueCodeableConcept.coding.0.code')).toBe('304252001');
  for (const { send } of [ward, site]) {
    const list = await send('GET', '/MedicationRequest?patient=p&status=stopped');
    expect(list.text).toContain('stop disputed: call prescriber');
    expect((await send('GET', '/Observation?patient=p')).text).toContain(
      'Disputed: attempt CPR unless a valid signed DNACPR is in hand',
    );
    expect(at((await send('GET', '/$conflicts?patient=p&severity=S1')).json, 'parameter.0.valueInteger')).toBe(3);
    expect((await send('GET', '/AllergyIntolerance?patient=p&clinical-status=active')).text).toContain('"total":1');
  }

  // Two decide differently, apart: another conflict, of the two decisions.
  const decide = (one: Node, text: string) =>
    one.send('POST', '/MedicationRequest/m/$resolve', text, { 'if-match': String(running.headers['etag']) });
  expect((await decide(ward, order('stopped', '10.0'))).status).toBe(200);
  expect((await decide(site, order('active', '11'))).status).toBe(200);
  await meet(ward, site);
  const again = await alike('/MedicationRequest/m');
  expect([again.headers['x-holdfast-conflict'], at(again.json, 'status')]).toEqual(['S1', 'active']);
  const last = await site.send('POST', '/MedicationRequest/m/$resolve', order('stopped', '11'), {
    'if-match': String(again.headers['etag']),
  });
  expect(last.status).toBe(200);
  await meet(ward, site);
  const settled = await alike('/MedicationRequest/m');
  expect([settled.headers['x-holdfast-conflict'], at(settled.json, 'status')]).toEqual([undefined, 'stopped']);
  for (const { store, app } of [ward, site]) {
    expect((await store.verify()).findings).toEqual([]);
    await app.close();
    await store.close();
  }
});
