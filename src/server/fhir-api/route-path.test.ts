import { expect, test } from 'vitest';
import { interactionAt, INTERACTIONS, verbsAt } from './interactions.ts';
import { routePath } from './route-path.ts';

const place = (path: string): unknown => {
  const routed = routePath(path);
  return routed.ok ? routed.value : routed.error.kind;
};

test('[FR5] every kind of address leads to its place', () => {
  expect(place('')).toEqual({ kind: 'system' });
  expect(place('/')).toEqual({ kind: 'system' });
  expect(place('/metadata')).toEqual({ kind: 'metadata' });
  expect(place('/_search')).toEqual({ kind: 'system search' });
  expect(place('/_history')).toEqual({ kind: 'system history' });
  expect(place('/$x')).toEqual({ kind: 'system operation', operation: '$x' });
  expect(place('/Patient')).toEqual({ kind: 'type', type: 'Patient' });
  expect(place('/Patient/')).toEqual({ kind: 'type', type: 'Patient' });
  expect(place('/Patient/_search')).toEqual({ kind: 'type search', type: 'Patient' });
  expect(place('/Patient/_history')).toEqual({ kind: 'type history', type: 'Patient' });
  expect(place('/Patient/$x')).toEqual({ kind: 'type operation', type: 'Patient', operation: '$x' });
  expect(place('/Patient/%24x')).toEqual({ kind: 'type operation', type: 'Patient', operation: '$x' });
  const patient = { type: 'Patient', id: 'a.b-C1' };
  expect(place('/Patient/a.b-C1')).toEqual({ kind: 'instance', ...patient });
  expect(place('/Patient/a.b-C1/_history')).toEqual({ kind: 'instance history', ...patient });
  expect(place('/Patient/a.b-C1/_history/7')).toEqual({ kind: 'version', ...patient, versionId: '7' });
  expect(place('/Patient/a.b-C1/$x')).toEqual({ kind: 'instance operation', ...patient, operation: '$x' });
  expect(place('/Patient/a.b-C1/_history/7/$x')).toEqual({
    kind: 'version operation',
    ...patient,
    versionId: '7',
    operation: '$x',
  });
  expect(place('/Patient/a.b-C1/Observation')).toEqual({ kind: 'compartment', ...patient, member: 'Observation' });
  expect(place('/Patient/a.b-C1/*')).toEqual({ kind: 'compartment', ...patient, member: '*' });
  expect(place('/Patient/a.b-C1/Observation/_search')).toEqual({
    kind: 'compartment search',
    ...patient,
    member: 'Observation',
  });
});

test('[FR5] addresses that lead nowhere say why', () => {
  expect(place('/Patients')).toBe('unknown-type');
  expect(place('/Patients/1')).toBe('unknown-type');
  expect(place('//Patient')).toBe('unknown-type');
  expect(place('/Resource/1')).toBe('unknown-type');
  expect(place('/__proto__')).toBe('unknown-type');
  expect(place('/Patient/1/Nothing')).toBe('unknown-type');
  expect(place('/Patient/a_b')).toBe('bad-id');
  expect(place('/Patient/1/_history/a_b')).toBe('bad-id');
  expect(place('/Patient/..%2f..')).toBe('bad-id');
  expect(place('/Observation/1/Patient')).toBe('unknown-path');
  expect(place('/Patient/1/Observation/2')).toBe('unknown-path');
  expect(place('/Patient/%E0%A4%A')).toBe('bad-request');
});

test('[FR19] no verb has two rows at a place, and every place answers OPTIONS', () => {
  const seen = INTERACTIONS.flatMap(({ verbs, place: at }) => verbs.map((verb) => `${verb} ${at}`));
  expect(new Set(seen).size).toBe(seen.length);
  for (const { place: at } of INTERACTIONS) expect(verbsAt(at)).toContain('OPTIONS');
  expect(interactionAt('POST', 'instance')).toBeUndefined();
});
