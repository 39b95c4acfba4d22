// Writing (FR6–FR15).
import { expect, test } from 'vitest';
import { at, issueCodes, issuePaths, listAt, unique, type TestClient } from './http-client.test-kit.ts';

const patient = (identifier: string, more: object = {}): object => ({
  resourceType: 'Patient',
  identifier: [{ system: 'http://hospital.example/mrn', value: identifier }],
  ...more,
});
const byIdentifier = (identifier: string): string => `identifier=http://hospital.example/mrn|${identifier}`;

export function writeContract(here: () => TestClient): void {
  test('[FR6] a create is 201 with the version as Location and an id of the server', async () => {
    const { base, post, get } = here();
    const made = await post('/Patient', { resourceType: 'Patient', id: 'mine', gender: 'other' });
    expect(made.status).toBe(201);
    const id = String(made.json['id']);
    expect(id).not.toBe('mine');
    const versionId = String(at(made.json, 'meta.versionId'));
    expect(made.headers.get('location')).toBe(`${base}/Patient/${id}/_history/${versionId}`);
    expect(made.headers.get('etag')).toBe(`W/"${versionId}"`);
    expect((await get(made.headers.get('location') ?? '')).status).toBe(200);
  });

  test('[NL35] the answer to a write names its commit; a read, and a write that changed nothing, name none', async () => {
    const { get, post, put, send } = here();
    const name = /^[A-Za-z0-9-]+\.[a-z0-9]+:[1-9]\d*$/;
    const commitOf = (reply: { readonly headers: Headers }): string => reply.headers.get('x-holdfast-commit') ?? '';
    const id = unique('commit');
    expect(commitOf(await put(`/Patient/${id}`, { resourceType: 'Patient', id }))).toMatch(name);
    const entry = (method: string, url: string): object => ({
      request: { method, url },
      resource: { resourceType: 'Patient', ...(method === 'PUT' ? { id, active: true } : {}) },
    });
    const entries = [entry('POST', 'Patient'), entry('PUT', `Patient/${id}`)];
    expect(commitOf(await post('', { resourceType: 'Bundle', type: 'transaction', entry: entries }))).toMatch(name);
    expect(commitOf(await get(`/Patient/${id}`))).toBe('');
    expect(commitOf(await send('DELETE', `/Patient/${id}`))).toMatch(name);
    expect(commitOf(await send('DELETE', `/Patient/${unique('nobody')}`))).toBe('');
  });

  test('[FR7] an update changes, and creates under the id of the address', async () => {
    const { base, get, put } = here();
    const id = unique('put');
    const made = await put(`/Patient/${id}`, { resourceType: 'Patient', id });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toMatch(new RegExp(`^${base}/Patient/${id}/_history/`));
    const changed = await put(`/Patient/${id}`, { resourceType: 'Patient', id, active: true });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('location')).toBe(null);
    expect((await get(`/Patient/${id}`)).json['active']).toBe(true);
  });

  test('[FR7] body and address must agree on type and id', async () => {
    const { get, post, put } = here();
    const id = unique('agree');
    expect((await put(`/Patient/${id}`, { resourceType: 'Patient', id: 'other' })).status).toBe(400);
    expect((await put(`/Patient/${id}`, { resourceType: 'Patient' })).status).toBe(400);
    expect((await put(`/Patient/${id}`, { resourceType: 'Basic', id, code: { text: 'x' } })).status).toBe(400);
    expect((await post('/Patient', { resourceType: 'Basic', code: { text: 'x' } })).status).toBe(400);
    expect((await get(`/Patient/${id}`)).status).toBe(404);
  });

  test('[FR8] If-Match guards an update, a patch and a delete', async () => {
    const { create, get, put, send } = here();
    const id = await create({ resourceType: 'Patient' });
    const first = (await get(`/Patient/${id}`)).headers.get('etag') ?? '';
    const second = await put(`/Patient/${id}`, { resourceType: 'Patient', id, active: true }, { 'if-match': first });
    expect(second.status).toBe(200);
    const stale = await put(`/Patient/${id}`, { resourceType: 'Patient', id, active: false }, { 'if-match': first });
    expect(stale.status).toBe(412);
    expect(issueCodes(stale)).toEqual(['conflict']);
    expect((await send('DELETE', `/Patient/${id}`, undefined, { 'if-match': first })).status).toBe(412);
    const patch = [{ op: 'replace', path: '/active', value: false }];
    const typed = { 'content-type': 'application/json-patch+json' };
    expect((await send('PATCH', `/Patient/${id}`, patch, { ...typed, 'if-match': first })).status).toBe(412);
    expect((await put(`/Patient/${id}`, { resourceType: 'Patient', id }, { 'if-match': 'yesterday' })).status).toBe(
      400,
    );
    expect((await get(`/Patient/${id}`)).json['active']).toBe(true);
    const any = { 'if-match': '*' };
    expect((await put(`/Patient/${id}`, { resourceType: 'Patient', id, active: true }, any)).status).toBe(200);
    const absent = unique('absent');
    expect((await put(`/Patient/${absent}`, { resourceType: 'Patient', id: absent }, any)).status).toBe(412);
    const now = second.headers.get('etag') ?? '';
    expect((await send('DELETE', `/Patient/${id}`, undefined, { 'if-match': now })).status).toBe(204);
  });

  test('[FR9] a conditional create makes one, and only one', async () => {
    const { get, post } = here();
    const identifier = unique('cc');
    const headers = { 'if-none-exist': byIdentifier(identifier) };
    const made = await post('/Patient', patient(identifier), headers);
    expect(made.status).toBe(201);
    const again = await post('/Patient', patient(identifier, { active: true }), headers);
    expect(again.status).toBe(200);
    expect(again.json['id']).toBe(made.json['id']);
    expect(again.json['active']).toBeUndefined();
    await post('/Patient', patient(identifier));
    const many = await post('/Patient', patient(identifier), headers);
    expect(many.status).toBe(412);
    expect(issueCodes(many)).toEqual(['multiple-matches']);
    expect(listAt((await get(`/Patient?${byIdentifier(identifier)}`)).json, 'entry')).toHaveLength(2);
  });

  test('[FR9] conditional creates at the same moment make one', async () => {
    const { get, post } = here();
    const identifier = unique('race');
    const headers = { 'if-none-exist': byIdentifier(identifier) };
    const replies = await Promise.all(Array.from({ length: 6 }, () => post('/Patient', patient(identifier), headers)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.every(({ status }) => status === 201 || status === 200 || status === 409)).toBe(true);
    expect(listAt((await get(`/Patient?${byIdentifier(identifier)}`)).json, 'entry')).toHaveLength(1);
  });

  test('[FR10] a conditional update creates, changes one, or refuses to choose', async () => {
    const { post, put } = here();
    const identifier = unique('cu');
    const path = `/Patient?${byIdentifier(identifier)}`;
    const made = await put(path, patient(identifier));
    expect(made.status).toBe(201);
    const changed = await put(path, patient(identifier, { active: true }));
    expect(changed.status).toBe(200);
    expect(changed.json['id']).toBe(made.json['id']);
    expect((await put(path, patient(identifier, { id: 'another' }))).status).toBe(400);
    await post('/Patient', patient(identifier));
    expect((await put(path, patient(identifier))).status).toBe(412);
  });

  test('[FR10] a conditional patch changes the one match', async () => {
    const { create, send } = here();
    const identifier = unique('cp');
    const typed = { 'content-type': 'application/json-patch+json' };
    const patch = [{ op: 'add', path: '/active', value: true }];
    expect((await send('PATCH', `/Patient?${byIdentifier(identifier)}`, patch, typed)).status).toBe(404);
    await create(patient(identifier));
    const done = await send('PATCH', `/Patient?${byIdentifier(identifier)}`, patch, typed);
    expect(done.status).toBe(200);
    expect(done.json['active']).toBe(true);
  });

  test('[FR11] a conditional delete takes the one match, and never guesses', async () => {
    const { create, get, send } = here();
    const identifier = unique('cd');
    const path = `/Patient?${byIdentifier(identifier)}`;
    expect((await send('DELETE', path)).status).toBe(204);
    const id = await create(patient(identifier));
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await get(`/Patient/${id}`)).status).toBe(410);
    await create(patient(identifier));
    await create(patient(identifier));
    expect((await send('DELETE', path)).status).toBe(412);
    expect((await send('DELETE', '/Patient')).status).toBe(412);
    expect((await send('DELETE', '/Patient?nonsense=1')).status).toBe(400);
    expect(listAt((await get(path)).json, 'entry')).toHaveLength(2);
  });

  test('[FR12] a delete is 204, twice too, and an update brings the resource back', async () => {
    const { create, get, put, send } = here();
    const id = await create({ resourceType: 'Patient' });
    expect((await send('DELETE', `/Patient/${id}`)).status).toBe(204);
    expect((await send('DELETE', `/Patient/${id}`)).status).toBe(204);
    expect((await send('DELETE', '/Patient/never-was')).status).toBe(204);
    expect((await get(`/Patient/${id}`)).status).toBe(410);
    expect((await put(`/Patient/${id}`, { resourceType: 'Patient', id })).status).toBe(201);
    expect((await get(`/Patient/${id}`)).status).toBe(200);
    expect((await get(`/Patient/${id}/_history`)).json['total']).toBe(3);
  });

  test('[FR13] Prefer says what comes back', async () => {
    const { post, put } = here();
    const resource = { resourceType: 'Patient' };
    const minimal = await post('/Patient', resource, { prefer: 'return=minimal' });
    expect([minimal.status, minimal.text]).toEqual([201, '']);
    expect(minimal.headers.get('location')).not.toBe(null);
    const outcome = await post('/Patient', resource, { prefer: 'return=OperationOutcome' });
    expect([outcome.status, outcome.json['resourceType']]).toEqual([201, 'OperationOutcome']);
    const whole = await post('/Patient', resource, { prefer: 'return=representation' });
    expect(whole.json['resourceType']).toBe('Patient');
    const id = String(whole.json['id']);
    expect((await put(`/Patient/${id}`, { ...resource, id }, { prefer: 'return=minimal' })).text).toBe('');
    expect((await post('/Patient', resource)).json['resourceType']).toBe('Patient');
  });

  test('[FR14] JSON Patch and FHIRPath Patch change what they name and nothing else', async () => {
    const { get, post, send } = here();
    const text =
      '{"resourceType":"Observation","status":"preliminary","code":{"text":"x"},"valueQuantity":{"value":1.50,"unit":"kg"}}';
    const id = String((await post('/Observation', text)).json['id']);
    const typed = { 'content-type': 'application/json-patch+json' };
    const patched = await send(
      'PATCH',
      `/Observation/${id}`,
      [{ op: 'replace', path: '/status', value: 'final' }],
      typed,
    );
    expect(patched.status).toBe(200);
    expect(patched.json['status']).toBe('final');
    expect(patched.text).toContain('1.50');
    const parameters = {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: 'Observation.status' },
            { name: 'value', valueCode: 'amended' },
          ],
        },
      ],
    };
    const second = await send('PATCH', `/Observation/${id}`, parameters);
    expect([second.status, second.json['status']]).toEqual([200, 'amended']);
    const test = [
      { op: 'replace', path: '/status', value: 'final' },
      { op: 'test', path: '/status', value: 'wrong' },
    ];
    const refused = await send('PATCH', `/Observation/${id}`, test, typed);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(500);
    expect(
      (await send('PATCH', `/Observation/${id}`, [{ op: 'replace', path: '/status', value: 'nonsense' }], typed))
        .status,
    ).toBe(400);
    expect(
      (await send('PATCH', `/Observation/${id}`, [{ op: 'replace', path: '/id', value: 'other' }], typed)).status,
    ).toBe(400);
    expect((await send('PATCH', `/Observation/${id}`, '[{', typed)).status).toBe(400);
    expect((await send('PATCH', '/Observation/never-was', [], typed)).status).toBe(404);
    expect((await get(`/Observation/${id}`)).json['status']).toBe('amended');
  });

  test('[FR15] what is not valid is refused fault by fault, and not stored', async () => {
    const { get, post } = here();
    const identifier = unique('invalid');
    const refused = await post(
      '/Patient',
      patient(identifier, { gender: 'unknowable', birthDate: '1980-13-45', nothing: 1 }),
    );
    expect(refused.status).toBe(400);
    expect(refused.json['resourceType']).toBe('OperationOutcome');
    expect(issuePaths(refused)).toEqual(expect.arrayContaining(['Patient.gender', 'Patient.birthDate']));
    for (const issue of listAt(refused.json, 'issue')) {
      expect(String(at(issue, 'diagnostics'))).toMatch(/Rule .*hl7\.org/);
      expect(JSON.stringify(issue)).not.toContain('1980-13-45');
    }
    expect(listAt((await get(`/Patient?${byIdentifier(identifier)}`)).json, 'entry')).toEqual([]);
  });
}
