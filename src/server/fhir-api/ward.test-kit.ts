// A small ward over HTTP: two nurses, a clerk, an app and a program; one patient on the ward and one elsewhere.
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../../core/access/principal.ts';
import type { RecordStore } from '../../core/record/store.ts';
import { knownByToken, memoryTrail, SERVICE, type MemoryTrail } from './access.test-kit.ts';
import { apiOver, memoryStore } from './api-server.test-kit.ts';
import { at, listAt } from './http-client.test-kit.ts';

export const staff = (
  id: string,
  role: Principal['duties'][number]['role'],
  more: Partial<Principal> = {},
): Principal => ({
  who: `Practitioner/${id}`,
  name: id,
  duties: [{ role, site: 'Organization/s', places: ['Location/w'], supervisor: false }],
  client: 'app',
  session: `session-${id}`,
  asOf: 0,
  ...more,
});
export const PEOPLE = new Map<string, Principal>([
  ['service', SERVICE],
  ['nurse', staff('nina', 'nurse', { device: 'tablet-1' })],
  ['other-nurse', staff('nora', 'nurse')],
  ['clerk', staff('carl', 'ward-clerk')],
  ['none', staff('nobody', 'nurse', { duties: [] })],
  ['app', staff('nina', 'nurse', { scopes: ['user/Observation.rs'] })],
]);

export interface Hospital {
  readonly app: FastifyInstance;
  readonly store: RecordStore;
  readonly trail: MemoryTrail;
  send(
    token: string | undefined,
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Reply>;
}
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly json: unknown;
  readonly text: string;
}

/** Patient `in` lies on the ward of the nurses, patient `out` elsewhere. */
export async function hospital(more: Parameters<typeof apiOver>[1] = {}): Promise<Hospital> {
  const store = memoryStore();
  const trail = memoryTrail();
  const app = apiOver(store, { authenticator: knownByToken(PEOPLE), audit: trail, ...more });
  const send: Hospital['send'] = async (token, method, path, body, headers = {}) => {
    const reply = await app.inject({
      method: method as 'GET',
      url: `/fhir${path}`,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = String(reply.headers['content-type']).includes('json');
    return { status: reply.statusCode, headers: reply.headers, json: isJson ? reply.json() : {}, text: reply.body };
  };
  for (const [patient, ward] of [
    ['in', 'w'],
    ['out', 'x'],
  ]) {
    await send('service', 'PUT', `/Patient/${patient}`, {
      resourceType: 'Patient',
      id: patient,
      identifier: [{ system: 'urn:number', value: patient }],
      name: [{ family: patient }],
    });
    await send('service', 'PUT', `/Encounter/${patient}`, {
      resourceType: 'Encounter',
      id: patient,
      status: 'in-progress',
      class: { code: 'IMP', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' },
      subject: { reference: `Patient/${patient}` },
      location: [{ location: { reference: `Location/${ward}` } }],
    });
    await send('service', 'PUT', `/Observation/${patient}`, observation(patient ?? '', patient));
  }
  trail.entries.length = 0;
  return { app, store, trail, send };
}
export const observation = (patient: string, id?: string): object => ({
  resourceType: 'Observation',
  ...(id === undefined ? {} : { id }),
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
});
export const parameters = (given: Readonly<Record<string, string | number>>): object => ({
  resourceType: 'Parameters',
  parameter: Object.entries(given).map(([name, value]) =>
    typeof value === 'number' ? { name, valueInteger: value } : { name, valueString: value },
  ),
});
export const batch = (type: 'batch' | 'transaction', ...entry: object[]): object => ({
  resourceType: 'Bundle',
  type,
  entry,
});
export const get = (url: string): object => ({ request: { method: 'GET', url } });
export const issue = (reply: Reply): unknown => at(reply.json, 'issue.0.code');
export const suppressed = (reply: Reply): boolean =>
  listAt(reply.json, 'entry').some(
    (entry) => at(entry, 'search.mode') === 'outcome' && at(entry, 'resource.issue.0.code') === 'suppressed',
  );
