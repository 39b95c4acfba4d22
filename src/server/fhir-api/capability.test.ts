// The CapabilityStatement is true: all of it is tried.
import { expect, test } from 'vitest';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import { parseSearch } from '../../core/fhir/search/parse.ts';
import { validateResource } from '../../core/fhir/validate/validate.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { memoryApp } from './api-server.test-kit.ts';

const statement = async (): Promise<unknown> => (await memoryApp().inject('/fhir/metadata')).json();
const names = (list: readonly unknown[], path: string): readonly string[] => list.map((one) => String(at(one, path)));

test('[FR41] every search parameter that is named can be searched by, and every one of R4 is named or known to be left out', async () => {
  const samples: Readonly<Record<string, string>> = {
    token: 'x',
    string: 'x',
    reference: 'Patient/1',
    date: '2020',
    number: '1',
    quantity: '1',
    uri: 'urn:x',
    composite: 'x$x',
  };
  const composites: Readonly<Record<string, string>> = {
    date: '2020',
    quantity: '1',
    number: '1',
    reference: 'Patient/1',
  };
  let tried = 0;
  const unnamed = new Set<string>();
  for (const resource of listAt(await statement(), 'rest.0.resource')) {
    const type = String(at(resource, 'type'));
    const defs = definitions.searchParams(type);
    for (const param of listAt(resource, 'searchParam')) {
      const name = String(at(param, 'name'));
      const kind = String(at(param, 'type'));
      const parts = defs.get(name)?.components?.map(({ code }) => composites[defs.get(code)?.type ?? ''] ?? 'x');
      const value =
        kind === 'composite' ? (parts ?? []).join('$') : name === '_lastUpdated' ? '2020' : (samples[kind] ?? '');
      const parsed = parseSearch({
        type,
        params: [[name, value]],
        now: 0,
        baseUrls: [],
        lenient: false,
        countDefault: 1,
        countMax: 1,
      });
      expect([type, name, parsed.ok]).toEqual([type, name, true]);
      tried++;
    }
    const named = new Set(names(listAt(resource, 'searchParam'), 'name'));
    for (const [code] of defs) if (!named.has(code)) unnamed.add(code);
  }
  expect(tried).toBeGreaterThan(2_500);
  expect([...unnamed].toSorted()).toEqual(['near']);
});

test('[FR41] every include that is named can be asked for', async () => {
  for (const resource of listAt(await statement(), 'rest.0.resource')) {
    const type = String(at(resource, 'type'));
    for (const [param, list] of [
      ['_include', 'searchInclude'],
      ['_revinclude', 'searchRevInclude'],
    ] as const) {
      const values = listAt(resource, list).map(String);
      for (let from = 0; from < values.length; from += 50) {
        const params = values.slice(from, from + 50).map((value): readonly [string, string] => [param, value]);
        const parsed = parseSearch({
          type,
          params,
          now: 0,
          baseUrls: [],
          lenient: false,
          countDefault: 1,
          countMax: 1,
        });
        expect([type, param, parsed.ok]).toEqual([type, param, true]);
      }
    }
  }
});

test('[FR41] the interactions and operations that are named are those that the server has', async () => {
  const json = await statement();
  const [patient, basic] = ['Patient', 'Basic'].map((type) =>
    listAt(json, 'rest.0.resource').find((one) => at(one, 'type') === type),
  );
  expect(names(listAt(patient, 'interaction'), 'code').toSorted()).toEqual([
    'create',
    'delete',
    'history-instance',
    'history-type',
    'patch',
    'read',
    'search-type',
    'update',
    'vread',
  ]);
  expect(names(listAt(json, 'rest.0.interaction'), 'code').toSorted()).toEqual([
    'batch',
    'history-system',
    'search-system',
    'transaction',
  ]);
  expect(names(listAt(patient, 'operation'), 'name')).toContain('everything');
  expect(names(listAt(basic, 'operation'), 'name')).not.toContain('everything');
  const app = memoryApp();
  for (const name of names(listAt(basic, 'operation'), 'name')) {
    const reply = await app.inject({ method: 'OPTIONS', url: `/fhir/Basic/1/$${name}` });
    expect([name, reply.statusCode]).toEqual([name, 204]);
  }
  expect(String(at(json, 'rest.0.security.description'))).toContain('needs a token');
});

test('[FR41] the statement is valid R4', async () => {
  const faults = validateResource((await statement()) as Parameters<typeof validateResource>[0]);
  expect(faults.filter((fault) => fault.severity === 'error')).toEqual([]);
});
