// Who asks, what they are told, and what is told of them (test/access tries every role and every way in).
import { expect, test } from 'vitest';
import { EVERYTHING } from '../../core/record/store.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { batch, get, hospital, issue, observation, type Reply } from './ward.test-kit.ts';

test('[FR50] nobody comes in without a token, and what is open is open', async () => {
  const { send } = await hospital();
  for (const [method, path] of [
    ['GET', '/Patient/in'],
    ['GET', '/Patient/none'],
    ['POST', '/Patient'],
    ['GET', '/Patient?name=in'],
    ['POST', ''],
    ['GET', '/_history'],
    ['GET', '/Patient/in/$everything'],
  ] as const) {
    const nobody = await send(undefined, method, path);
    expect([path, nobody.status, nobody.headers['www-authenticate'], issue(nobody)]).toEqual([
      path,
      401,
      'Bearer realm="holdfast"',
      'login',
    ]);
    const unknown = await send('forged', method, path);
    expect([path, unknown.status, issue(unknown)]).toEqual([path, 401, 'login']);
    expect(unknown.headers['www-authenticate']).toBe(
      'Bearer realm="holdfast", error="invalid_token", error_description="unknown token"',
    );
  }
  expect((await send(undefined, 'GET', '/metadata')).status).toBe(200);
  expect((await send('forged', 'GET', '/metadata')).status).toBe(200);
  expect((await send(undefined, 'OPTIONS', '/Patient/in')).status).toBe(204);
});

test('[FR50] what sign-in says of a token cannot break out of the header', async () => {
  const { send } = await hospital({
    authenticator: {
      freshMs: 0,
      authenticate: () => Promise.resolve({ ok: false, error: { kind: 'invalid', why: 'a"\r\nx: y\\' } }),
    },
  });
  const reply = await send('any', 'GET', '/Patient/in');
  expect(reply.headers['www-authenticate']).toBe(
    'Bearer realm="holdfast", error="invalid_token", error_description="ax: y"',
  );
});

test('[FR51] what no role may is 403 whatever is there, and so is what the program was not granted', async () => {
  const { send } = await hospital();
  for (const path of [
    '/Observation/in',
    '/Observation/out',
    '/Observation/none',
    '/Observation?patient=in',
    '/Observation/none/_history',
  ]) {
    const clerk = await send('clerk', 'GET', path);
    expect([path, clerk.status, issue(clerk)]).toEqual([path, 403, 'forbidden']);
    expect((await send('none', 'GET', path)).status).toBe(403);
  }
  // Not even the body is looked at.
  expect((await send('clerk', 'POST', '/Observation', { resourceType: 'Nonsense' })).status).toBe(403);
  expect((await send('app', 'GET', '/Observation/in')).status).toBe(200);
  expect((await send('app', 'GET', '/Patient/in')).status).toBe(403);
  expect((await send('app', 'PUT', '/Observation/in', observation('in', 'in'))).status).toBe(403);
});

test('[FR51] each entry of a batch is judged by itself, and one refuses a transaction', async () => {
  const { send, trail } = await hospital();
  const entries = [get('Patient/in'), get('Observation/in'), get('Observation?patient=in')];
  const reply = await send('clerk', 'POST', '', batch('batch', ...entries));
  expect(listAt(reply.json, 'entry').map((entry) => at(entry, 'response.status'))).toEqual([
    '200 OK',
    '403 Forbidden',
    '403 Forbidden',
  ]);
  expect(trail.entries.map(({ act, count, patients }) => [act, count, patients])).toEqual([
    ['refused', 2, undefined],
    ['bundle', undefined, ['Patient/in']],
  ]);
  const whole = await send('clerk', 'POST', '', batch('transaction', ...entries));
  expect([whole.status, at(whole.json, 'issue.0.expression.0')]).toEqual([403, 'Bundle.entry[1]']);
});

test('[FR52] beyond reach is as good as not there', async () => {
  const { send } = await hospital();
  for (const [method, path, body] of [
    ['GET', '/Observation/ID', undefined],
    ['GET', '/Observation/ID/_history', undefined],
    ['PUT', '/Observation/ID', 'put'],
    ['DELETE', '/Observation/ID', undefined],
    ['GET', '/Observation?_id=ID', undefined],
  ] as const) {
    const ask = (id: string): Promise<Reply> =>
      send('nurse', method, path.replace('ID', id), body === undefined ? undefined : observation('in', id));
    const [hidden, absent] = [await ask('out'), await ask('nil')];
    expect([path, hidden.status, hidden.text]).toEqual([path, absent.status, absent.text.replaceAll('nil', 'out')]);
  }
});

test('[FR53] what was looked at is told before the answer, with the patients that were shown', async () => {
  const { send, trail } = await hospital();
  const told = async (
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<unknown> => {
    trail.entries.length = 0;
    await send('nurse', method, path, body, headers);
    return trail.entries.map(({ act, interaction, status, patients, what, query }) => [
      act,
      interaction,
      status,
      patients,
      what,
      query,
    ]);
  };
  const IN = ['Patient/in'];
  expect(await told('GET', '/Observation/in')).toEqual([['read', 'read', 200, IN, ['Observation/in'], undefined]]);
  const { headers } = await send('nurse', 'GET', '/Observation/in');
  const etag = String(headers['etag']);
  const version = etag.slice(3, -1);
  expect(await told('GET', '/Observation/in', undefined, { 'if-none-match': etag })).toEqual([
    ['read', 'read', 304, IN, ['Observation/in'], undefined],
  ]);
  expect(await told('GET', `/Observation/in/_history/${version}`)).toEqual([
    ['vread', 'vread', 200, IN, [`Observation/in/_history/${version}`], undefined],
  ]);
  expect(await told('GET', '/Observation/in/_history')).toEqual([
    ['history', 'history-instance', 200, IN, ['Observation/in'], undefined],
  ]);
  expect(await told('GET', '/Observation/out')).toEqual([
    ['read', 'read', 404, undefined, ['Observation/out'], undefined],
  ]);
  expect(await told('GET', '/Patient?_sort=_id')).toEqual([
    ['search', 'search-type', 200, ['Patient/in', 'Patient/out'], ['Patient'], '_sort=_id'],
  ]);
  expect(await told('GET', '/Encounter?_include=Encounter:patient')).toEqual([
    ['search', 'search-type', 200, IN, ['Encounter'], '_include=Encounter:patient'],
  ]);
  expect(await told('GET', '/Patient?_summary=count')).toEqual([
    ['search', 'search-type', 200, undefined, ['Patient'], '_summary=count'],
  ]);
  expect(await told('GET', '/Patient/in/Observation')).toEqual([
    ['search', 'search-type', 200, IN, ['Observation'], undefined],
  ]);
  expect(await told('GET', '/Patient/in/$everything')).toEqual([
    ['everything', '$everything', 200, IN, ['Patient/in'], undefined],
  ]);
  expect(await told('GET', '/Observation/in/$meta')).toEqual([
    ['operation', '$meta', 200, IN, ['Observation/in'], undefined],
  ]);
  expect(await told('GET', '/Observation/in/$validate')).toEqual([
    ['operation', '$validate', 200, IN, ['Observation/in'], undefined],
  ]);
  expect(await told('POST', '', batch('batch', get('Observation/in'), get('Patient/out')))).toEqual([
    ['bundle', 'batch', 200, ['Patient/in', 'Patient/out'], ['Observation/in', 'Patient/out'], undefined],
  ]);
  expect(await told('GET', '/Account/none')).toEqual([
    ['refused', 'read', 403, undefined, ['Account/none'], undefined],
  ]);
  expect(await told('GET', '/metadata')).toEqual([]);
  // A write is told by its commit, unless it shows what it did not write.
  expect(await told('POST', '/Observation', observation('in'))).toEqual([]);
  expect(await told('POST', '/Patient', { resourceType: 'Patient' }, { 'if-none-exist': '_id=in' })).toEqual([
    ['search', 'create', 200, IN, ['Patient/in'], '_id=in'],
  ]);
  expect(await told('POST', '/Observation', observation('out'))).toEqual([
    ['refused', 'create', 403, undefined, ['Observation'], undefined],
  ]);
});

test('[FR53] a page link is told as what it stands for, and the entry says who asked', async () => {
  const { send, trail } = await hospital();
  const page = await send('nurse', 'GET', '/Patient?_sort=_id&_count=1');
  const next = String(
    at(
      listAt(page.json, 'link').find((link) => at(link, 'relation') === 'next'),
      'url',
    ),
  );
  trail.entries.length = 0;
  expect((await send('nurse', 'GET', next.slice(next.indexOf('/fhir') + 5))).status).toBe(200);
  expect(trail.entries[0]).toMatchObject({
    act: 'search',
    query: '_sort=_id&_count=1',
    who: 'Practitioner/nina',
    name: 'nina',
    roles: ['nurse'],
    client: 'app',
    session: 'session-nina',
    device: 'tablet-1',
    patients: ['Patient/out'],
  });
  await send(undefined, 'GET', '/Patient/in');
  expect(trail.entries.at(-1)).toMatchObject({ act: 'refused', status: 401, ok: false, what: ['Patient/in'] });
  expect(trail.entries.at(-1)?.who).toBeUndefined();
});

test('[FR53] no answer is sent that could not be told', async () => {
  const { send } = await hospital({
    audit: {
      record: ({ act }) => (act === 'read' ? Promise.reject(new Error('the trail is broken')) : Promise.resolve()),
    },
  });
  const reply = await send('nurse', 'GET', '/Observation/in');
  expect(reply.status).toBe(500);
  expect(reply.text).not.toContain('Patient/in');
});

test('[FR54] a write carries who made it, and what is seen but not theirs to write is 403', async () => {
  const { send, store } = await hospital();
  const made = await send('nurse', 'POST', '/Observation', observation('in'));
  expect(made.status).toBe(201);
  const id = String(at(made.json, 'id'));
  const history = await store.history({ type: 'Observation', id, count: 1 }, EVERYTHING);
  expect(history.versions[0]?.author).toEqual({
    practitioner: 'Practitioner/nina',
    session: 'session-nina',
    device: 'tablet-1',
  });
  const renamed = { resourceType: 'Patient', id: 'out', name: [{ family: 'Renamed' }] };
  const refused = await send('nurse', 'PUT', '/Patient/out', renamed);
  expect([refused.status, issue(refused)]).toEqual([403, 'forbidden']);
  expect((await send('nurse', 'PUT', '/Patient/in', { ...renamed, id: 'in' })).status).toBe(200);
  // Into another patient's record nothing is moved either.
  expect((await send('nurse', 'PUT', '/Observation/in', observation('out', 'in'))).status).toBe(403);
});

test('[FR55] a page link opens for who got it, and for nobody else', async () => {
  const { send } = await hospital();
  for (const path of ['/Patient?_count=1', '/Patient/_history?_count=1', '/Patient/$everything?_count=1']) {
    const page = await send('nurse', 'GET', path);
    const next = String(
      at(
        listAt(page.json, 'link').find((link) => at(link, 'relation') === 'next'),
        'url',
      ),
    );
    const link = next.slice(next.indexOf('/fhir') + 5);
    expect([path, (await send('nurse', 'GET', link)).status]).toEqual([path, 200]);
    expect([path, (await send('other-nurse', 'GET', link)).status]).toEqual([path, 400]);
    expect([path, (await send(undefined, 'GET', link)).status]).toEqual([path, 401]);
  }
});

test('[FR56] a Binary is seen with the patient that it names, and names nothing else', async () => {
  const { send } = await hospital();
  const binary = (id: string, context: string): object => ({
    resourceType: 'Binary',
    id,
    contentType: 'text/plain',
    data: 'aGVsbG8=',
    securityContext: { reference: context },
  });
  for (const patient of ['in', 'out'])
    await send('service', 'PUT', `/Binary/${patient}`, binary(patient, `Patient/${patient}`));
  const bytes = { accept: 'text/plain' };
  expect((await send('nurse', 'GET', '/Binary/in', undefined, bytes)).text).toBe('hello');
  expect((await send('nurse', 'GET', '/Binary/out', undefined, bytes)).status).toBe(404);
  expect((await send('nurse', 'GET', '/Binary/out')).status).toBe(404);
  expect(listAt((await send('nurse', 'GET', '/Binary')).json, 'entry')).toHaveLength(1);
  for (const context of ['DocumentReference/1', 'Encounter/in', 'urn:uuid:1', 'http://elsewhere.org/Patient/in']) {
    const reply = await send('service', 'PUT', '/Binary/new', binary('new', context));
    expect([context, reply.status, issue(reply)]).toEqual([context, 403, 'forbidden']);
  }
});

test('[FR64] pages of registered apps may call with a token, others may read the statement alone', async () => {
  const { send } = await hospital({ isAppOrigin: (origin) => origin === 'https://app.example' });
  const from = (origin: string): Record<string, string> => ({ origin });
  const app = await send('nurse', 'GET', '/Patient/in', undefined, from('https://app.example'));
  expect(app.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(app.headers['access-control-allow-credentials']).toBeUndefined();
  expect(String(app.headers['access-control-expose-headers'])).toContain('ETag');
  const preflight = await send(undefined, 'OPTIONS', '/Patient/in', undefined, {
    ...from('https://app.example'),
    'access-control-request-method': 'PUT',
  });
  expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([
    204,
    expect.stringContaining('PUT'),
  ]);
  expect(String(preflight.headers['access-control-allow-headers'])).toContain('Authorization');
  const refused = await send('forged', 'GET', '/Patient/in', undefined, from('https://app.example'));
  expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example']);
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'null']) {
    expect(
      (await send('nurse', 'GET', '/Patient/in', undefined, from(origin))).headers['access-control-allow-origin'],
    ).toBeUndefined();
  }
  expect(
    (await send(undefined, 'GET', '/metadata', undefined, from('https://evil.example'))).headers[
      'access-control-allow-origin'
    ],
  ).toBe('*');
});

test('[FR65] the statement says how to sign in, where there is an authorization server', async () => {
  const { send } = await hospital({
    oauthAddresses: (base) => ({ authorize: `${base}/../oauth/auth`, token: `${base}/../oauth/token` }),
  });
  const { json } = await send(undefined, 'GET', '/metadata');
  expect(at(json, 'rest.0.security.service.0.coding.0.code')).toBe('SMART-on-FHIR');
  const uris = listAt(json, 'rest.0.security.extension.0.extension').map((one) => [
    at(one, 'url'),
    String(at(one, 'valueUri')).endsWith(`/oauth/${at(one, 'url') === 'token' ? 'token' : 'auth'}`),
  ]);
  expect(uris).toEqual([
    ['authorize', true],
    ['token', true],
  ]);
  const without = await (await hospital()).send(undefined, 'GET', '/metadata');
  expect(at(without.json, 'rest.0.security.service')).toBeUndefined();
});

test('[EN34] a nurse admits a new patient with the first observations in one transaction', async () => {
  const { send } = await hospital();
  const post = (fullUrl: string, resource: object): object => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${fullUrl}`,
    resource,
    request: { method: 'POST', url: String(at(resource, 'resourceType')) },
  });
  const subject = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' };
  const stay = (ward: string, who: object = subject): object => ({
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { code: 'EMER', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' },
    subject: who,
    location: [{ location: { reference: `Location/${ward}` } }],
  });
  const patient = (more: object = {}): object => ({ resourceType: 'Patient', ...more, name: [{ family: 'New' }] });
  const weighed = (who: object = subject): object => ({ ...observation('x'), subject: who });
  const labels = { meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMP' }] } };
  const statusOf = async (...entries: object[]): Promise<number> =>
    (await send('nurse', 'POST', '', batch('transaction', ...entries))).status;
  expect(await statusOf(post('1', patient()), post('2', weighed()), post('3', stay('w')))).toBe(200);
  expect(await statusOf(post('1', patient()), post('2', weighed()))).toBe(403);
  expect(await statusOf(post('1', patient()), post('2', weighed()), post('3', stay('x')))).toBe(403);
  // A member of staff: the ward alone does not open the record, in one commit or in two.
  expect(await statusOf(post('1', patient(labels)), post('2', weighed()), post('3', stay('w')))).toBe(403);
  // The stay of one opens nothing of another, and a class that the role does not write stays shut.
  const out = { reference: 'Patient/out' };
  expect(await statusOf(post('1', patient()), post('2', weighed(out)), post('3', stay('w')))).toBe(403);
  const prescribed = { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject };
  const medicine = { ...prescribed, medicationCodeableConcept: { text: 'x' } };
  expect(await statusOf(post('1', patient()), post('2', medicine), post('3', stay('w')))).toBe(403);
  // A known patient who comes in.
  expect((await send('nurse', 'POST', '/Observation', weighed(out))).status).toBe(403);
  expect(await statusOf(post('2', weighed(out)), post('3', stay('w', out)))).toBe(200);
  expect((await send('nurse', 'GET', '/Observation/out')).status).toBe(200);
});

test('[FR53] a patch that is refused tells whether a value is there: it is a look', async () => {
  const { send, trail } = await hospital();
  const patch = [{ op: 'test', path: '/status', value: 'amended' }];
  const headers = { 'content-type': 'application/json-patch+json' };
  const told = (): unknown => trail.entries.map(({ act, status, patients, what }) => [act, status, patients, what]);
  expect((await send('nurse', 'PATCH', '/Observation/in', patch, headers)).status).toBe(422);
  expect(told()).toEqual([['search', 422, ['Patient/in'], ['Observation/in']]]);
  trail.entries.length = 0;
  expect((await send('nurse', 'PATCH', '/Observation/out', patch, headers)).status).toBe(404);
  const data = Buffer.from(JSON.stringify(patch)).toString('base64');
  const entry = {
    resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
    request: { method: 'PATCH', url: 'Observation/in' },
  };
  trail.entries.length = 0;
  for (const type of ['batch', 'transaction'] as const) await send('nurse', 'POST', '', batch(type, entry));
  expect(told()).toEqual([
    ['bundle', 200, ['Patient/in'], ['Observation/in']],
    ['bundle', 422, ['Patient/in'], ['Observation/in']],
  ]);
});

test('[AC42] who may write everything cannot stop the audit trail by taking its next name', async () => {
  const { send } = await hospital();
  const id = 'audit-abcdefghijklmnop-7';
  const binary = { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' };
  expect((await send('service', 'PUT', `/Binary/${id}`, { ...binary, id })).status).toBe(403);
  expect((await send('service', 'PUT', '/Binary/audit-x', { ...binary, id: 'audit-x' })).status).toBe(201);
  const raw = { 'content-type': 'text/plain' };
  expect((await send('service', 'PUT', `/Binary/${id}`, { a: 1 }, raw)).status).toBe(403);
});

test('[FR53] whatever answers what is there is a look, also where it is asked by way of a change', async () => {
  const { send, trail } = await hospital();
  const patient = { resourceType: 'Patient', name: [{ family: 'x' }] };
  const exists = 'identifier=urn:number|in';
  const meta = (code: string): object => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'meta', valueMeta: { tag: [{ code }] } }],
  });
  const referring = (to: string): object =>
    batch('transaction', {
      resource: { ...observation('x'), subject: { reference: to } },
      request: { method: 'POST', url: 'Observation' },
    });
  const told = async (
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
    who = 'nurse',
  ): Promise<unknown> => {
    trail.entries.length = 0;
    const { status } = await send(who, method, path, body, headers);
    return [status, ...trail.entries.map(({ act, patients, what, query }) => [act, patients, what, query])];
  };
  const seen = ['search', ['Patient/in'], ['Patient/in'], exists];
  expect(await told('POST', '/Patient', patient, { 'if-none-exist': exists })).toEqual([200, seen]);
  const minimal = { 'if-none-exist': `Patient?${exists}`, prefer: 'return=minimal' };
  expect(await told('POST', '/Patient', patient, minimal)).toEqual([200, seen]);
  expect(await told('POST', '/Patient', patient, { 'if-none-exist': 'name:missing=false' })).toEqual([
    412,
    ['search', undefined, ['Patient'], 'name:missing=false'],
  ]);
  const entry = { resource: patient, request: { method: 'POST', url: 'Patient', ifNoneExist: exists } };
  for (const type of ['batch', 'transaction'] as const) {
    expect(await told('POST', '', batch(type, entry))).toEqual([
      200,
      ['bundle', ['Patient/in'], ['Patient/in'], undefined],
    ]);
  }
  expect(await told('POST', '', referring('Patient?identifier=urn:number|nobody'))).toEqual([
    400,
    ['bundle', undefined, undefined, undefined],
  ]);
  expect(await told('DELETE', '/Observation?_id=nil', undefined, {}, 'service')).toEqual([
    204,
    ['search', undefined, ['Observation'], '_id=nil'],
  ]);
  expect(await told('POST', '/Patient/in/$meta-add', meta('a'))).toEqual([200]);
  for (const [operation, code] of [
    ['add', 'a'],
    ['delete', 'b'],
  ]) {
    expect(await told('POST', `/Patient/in/$meta-${operation}`, meta(code ?? ''))).toEqual([
      200,
      ['operation', ['Patient/in'], ['Patient/in'], undefined],
    ]);
  }
});

test('[FR52] [RS33] what was filed with another patient by mistake tells nothing of them once it is corrected', async () => {
  const { send, trail } = await hospital();
  const wrong = await send('service', 'PUT', '/Observation/m', {
    ...observation('out', 'm'),
    code: { text: 'telling' },
  });
  const right = await send('service', 'PUT', '/Observation/m', observation('in', 'm'));
  const versionOf = (reply: Reply): string => String(at(reply.json, 'meta.versionId'));
  const pathOf = (reply: Reply): string => `/Observation/m/_history/${versionOf(reply)}`;
  expect((await send('nurse', 'GET', '/Observation/m')).text).toBe(right.text);
  expect((await send('nurse', 'GET', pathOf(right))).status).toBe(200);
  const [hidden, absent] = [
    await send('nurse', 'GET', pathOf(wrong)),
    await send('nurse', 'GET', '/Observation/m/_history/x'),
  ];
  expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
  expect((await send('nurse', 'GET', `${pathOf(wrong)}/$meta`)).status).toBe(404);
  for (const path of ['/Observation/m/_history', '/Observation/_history', '/_history']) {
    const { text } = await send('nurse', 'GET', path);
    expect([path, text.includes('telling'), text.includes(versionOf(right))]).toEqual([path, false, true]);
  }
  // Who may see both is told, and so is the audit of both.
  trail.entries.length = 0;
  expect(at((await send('service', 'GET', '/Observation/m/_history')).json, 'total')).toBe(2);
  expect(trail.entries[0]?.patients?.toSorted()).toEqual(['Patient/in', 'Patient/out']);
});
