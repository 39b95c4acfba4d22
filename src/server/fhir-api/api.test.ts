// What depends on settings, and on a world that fails.
import { expect, test } from 'vitest';
import { BusyError, TimeoutError } from '../../core/record/busy.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { at } from './http-client.test-kit.ts';
import { apiOver, memoryApp, memoryStore } from './api-server.test-kit.ts';

const fhir = { 'content-type': 'application/fhir+json' };

/** The memory store with a world that fails where `fails` says so. */
const failing = (thrown: Error, fails: (id: string) => boolean = () => true): RecordStore => {
  const store = memoryStore();
  const read: RecordStore['read'] = (keys, visible) =>
    keys.some(({ id }) => fails(id)) ? Promise.reject(thrown) : store.read(keys, visible);
  return Object.assign(Object.create(store), { read, search: () => Promise.reject(thrown) });
};

test('[FR8] where the setting asks for it, a change without If-Match is 428', async () => {
  const app = memoryApp({ settings: { requireIfMatch: true } });
  const made = await app.inject({
    method: 'POST',
    url: '/fhir/Patient',
    headers: fhir,
    payload: '{"resourceType":"Patient"}',
  });
  expect(made.statusCode).toBe(201);
  const { id } = made.json<{ id: string }>();
  const url = `/fhir/Patient/${id}`;
  expect(
    (await app.inject({ method: 'PUT', url, headers: fhir, payload: JSON.stringify({ resourceType: 'Patient', id }) }))
      .statusCode,
  ).toBe(428);
  expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(428);
  const etag = String(made.headers['etag']);
  expect((await app.inject({ method: 'DELETE', url, headers: { 'if-match': etag } })).statusCode).toBe(204);
});

test('[FR42] the configured base wins over Host, and X-Forwarded counts only by setting', async () => {
  const forwarded = { 'x-forwarded-host': 'outside.example', 'x-forwarded-proto': 'https' };
  const self = async (settings: { baseUrl?: string; trustForwarded?: boolean }): Promise<unknown> => {
    const reply = await memoryApp({ settings }).inject({
      method: 'GET',
      url: '/fhir/Patient',
      headers: { host: 'here:1', ...forwarded },
    });
    return at(reply.json(), 'link.0.url');
  };
  expect(await self({})).toBe('http://here:1/fhir/Patient');
  expect(await self({ trustForwarded: true })).toBe('https://outside.example/fhir/Patient');
  expect(await self({ baseUrl: 'https://record.example/r4/', trustForwarded: true })).toBe(
    'https://record.example/r4/Patient',
  );
});

test('[FR21] a busy store is 503 with Retry-After, an overrun one 504', async () => {
  const busy = await apiOver(failing(new BusyError('all connections are taken', 3))).inject('/fhir/Patient/1');
  expect([busy.statusCode, busy.headers['retry-after'], at(busy.json(), 'issue.0.code')]).toEqual([
    503,
    '3',
    'transient',
  ]);
  const slow = await apiOver(failing(new TimeoutError('statement timeout'))).inject('/fhir/Patient?name=x');
  expect([slow.statusCode, at(slow.json(), 'issue.0.code')]).toEqual([504, 'timeout']);
});

test('[FR21] what nobody foresaw is 500 with a request id, and tells nothing of the record', async () => {
  const lines: string[] = [];
  const thrown = new Error('duplicate key (family)=(Gandalf) detail');
  const app = apiOver(failing(thrown), { log: (line) => lines.push(line) });
  const reply = await app.inject('/fhir/Patient/1?_elements=name');
  expect(reply.statusCode).toBe(500);
  expect(reply.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'fatal', code: 'exception' }],
  });
  expect(lines).toHaveLength(1);
  const { requestId } = JSON.parse((lines[0] ?? '').replace(/^[^{]*/, '')) as { requestId: string };
  expect(reply.body).toContain(requestId);
  expect(reply.body + lines.join('')).not.toContain('Gandalf');
});

test('[FR22] in a batch, what one entry throws ends that entry alone', async () => {
  const app = apiOver(failing(new BusyError('busy', 3), (id) => id === 'stuck'));
  const entry = [
    { request: { method: 'GET', url: 'Patient/stuck' } },
    { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
  ];
  const reply = await app.inject({
    method: 'POST',
    url: '/fhir',
    headers: fhir,
    payload: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
  });
  expect(reply.statusCode).toBe(200);
  expect(at(reply.json(), 'entry.0.response.status')).toMatch(/^503/);
  expect(at(reply.json(), 'entry.1.response.status')).toMatch(/^201/);
});

test('[FR17] a body is measured before it is read whole', async () => {
  const app = memoryApp({ limits: { resourceBytes: 1_000 } });
  const reply = await app.inject({ method: 'POST', url: '/fhir/Patient', headers: fhir, payload: ' '.repeat(2_000) });
  expect([reply.statusCode, at(reply.json(), 'issue.0.code')]).toEqual([413, 'too-long']);
});

test('[FR19] a method that HTTP has and FHIR has not is 405', async () => {
  const reply = await memoryApp().inject({ method: 'TRACE' as 'GET', url: '/fhir/Patient/1' });
  expect(reply.statusCode).toBe(405);
});
