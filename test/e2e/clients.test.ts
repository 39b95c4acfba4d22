// Clients that others wrote and people use, each against a listening server: read, search, create, batch.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { MedplumClient } from '@medplum/core';
import { Client } from 'fhir-kit-client';
import smart from 'fhirclient';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at, listAt } from '../../src/server/fhir-api/http-client.test-kit.ts';
import { startMemoryServer } from '../../src/server/fhir-api/api-server.test-kit.ts';
import type { Started } from '../../src/server/fhir-api/rest-contract.test-kit.ts';

let started: Started | undefined;
beforeAll(async () => {
  started = await startMemoryServer();
});
afterAll(async () => {
  await started?.stop();
});
const baseUrl = (): string => started?.baseUrl ?? '';

const patient = (family: string): { resourceType: 'Patient'; name: { family: string }[] } => ({
  resourceType: 'Patient',
  name: [{ family }],
});
const batchOf = (family: string, id: string): { resourceType: 'Bundle'; type: 'batch'; entry: object[] } => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: [
    { request: { method: 'GET', url: `Patient/${id}` } },
    { request: { method: 'POST', url: 'Patient' }, resource: patient(family) },
    { request: { method: 'GET', url: 'Patient/nobody' } },
  ],
});
const statuses = (bundle: unknown): readonly string[] =>
  listAt(bundle, 'entry').map((entry) => String(at(entry, 'response.status')).slice(0, 3));
const families = (bundle: unknown): readonly unknown[] =>
  listAt(bundle, 'entry').map((entry) => at(entry, 'resource.name.0.family'));

test('[FR1] [FR6] [FR22] [FR27] fhir-kit-client reads, searches, creates, pages and batches', async () => {
  const client = new Client({ baseUrl: baseUrl() });
  const made = await client.create({ resourceType: 'Patient', body: patient('Kit') });
  const id = String(made['id']);
  expect(at(await client.read({ resourceType: 'Patient', id }), 'name.0.family')).toBe('Kit');
  const updated = await client.update({ resourceType: 'Patient', id, body: { ...patient('Kit'), id, active: true } });
  expect(updated['active']).toBe(true);
  const patched = await client.patch({
    resourceType: 'Patient',
    id,
    jsonPatch: [{ op: 'replace', path: '/active', value: false }],
  });
  expect(patched['active']).toBe(false);
  expect(statuses(await client.batch({ body: batchOf('Kit', id) }))).toEqual(['200', '201', '404']);
  expect(families(await client.search({ resourceType: 'Patient', searchParams: { family: 'Kit' } }))).toEqual([
    'Kit',
    'Kit',
  ]);
  const page = await client.search({ resourceType: 'Patient', searchParams: { family: 'Kit', _count: 1 } });
  const next = await client.nextPage({ bundle: page as Parameters<typeof client.nextPage>[0]['bundle'] });
  expect(families(next)).toEqual(['Kit']);
  expect(listAt(await client.history({ resourceType: 'Patient', id }), 'entry')).toHaveLength(3);
  expect(at(await client.capabilityStatement(), 'fhirVersion')).toBe('4.0.1');
  await client.delete({ resourceType: 'Patient', id });
  await expect(client.read({ resourceType: 'Patient', id })).rejects.toMatchObject({ response: { status: 410 } });
});

test('[FR1] [FR6] [FR22] [FR27] fhirclient reads, searches, creates and batches', async () => {
  const request = new IncomingMessage(new Socket());
  const client = smart(request, new ServerResponse(request)).client({ serverUrl: baseUrl() });
  const made: unknown = await client.create(patient('Smart'));
  const id = String(at(made, 'id'));
  expect(at(await client.request(`Patient/${id}`), 'name.0.family')).toBe('Smart');
  const posted: unknown = await client.request({
    url: baseUrl(),
    method: 'POST',
    body: JSON.stringify(batchOf('Smart', id)),
    headers: { 'content-type': 'application/json' },
  });
  expect(statuses(posted)).toEqual(['200', '201', '404']);
  // Goes through `next` links by itself.
  const pages = (await client.request('Patient?family=Smart&_count=1', {
    pageLimit: 0,
    flat: true,
  })) as readonly unknown[];
  expect(pages.map((one) => at(one, 'name.0.family'))).toEqual(['Smart', 'Smart']);
  const updated: unknown = await client.update({ ...patient('Smarter'), id });
  expect(at(updated, 'name.0.family')).toBe('Smarter');
  await client.delete(`Patient/${id}`);
  await expect(client.request(`Patient/${id}`)).rejects.toThrow(/410|Gone/);
});

test('[FR1] [FR6] [FR9] [FR22] [FR27] @medplum/core reads, searches, creates and batches', async () => {
  const client = new MedplumClient({ baseUrl: new URL('/', baseUrl()).href, fhirUrlPath: 'fhir', cacheTime: 0, fetch });
  const made = await client.createResource(patient('Plum'));
  expect(at(await client.readResource('Patient', made.id), 'name.0.family')).toBe('Plum');
  const again = await client.createResourceIfNoneExist(patient('Plum'), 'family=Plum');
  expect(again.id).toBe(made.id);
  const bundle = batchOf('Plum', made.id) as Parameters<typeof client.executeBatch>[0];
  expect(statuses(await client.executeBatch(bundle))).toEqual(['200', '201', '404']);
  const found = await client.searchResources('Patient', { family: 'Plum', _sort: '_lastUpdated' });
  expect(found.map((one) => at(one, 'name.0.family'))).toEqual(['Plum', 'Plum']);
  const patched = await client.patchResource('Patient', made.id, [{ op: 'add', path: '/active', value: true }]);
  expect(patched.active).toBe(true);
  const everything = await client.readPatientEverything(made.id);
  expect(families(everything)).toEqual(['Plum']);
  await client.deleteResource('Patient', made.id);
  await expect(client.readResource('Patient', made.id)).rejects.toThrow(/deleted/i);
});
