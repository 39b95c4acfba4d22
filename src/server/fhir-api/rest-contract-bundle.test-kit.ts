// Batch and transaction (FR22–FR26).
import { expect, test } from 'vitest';
import { at, found, issueCodes, issuePaths, listAt, unique, type TestClient } from './http-client.test-kit.ts';
import { CONTRACT_LIMITS } from './contract-limits.test-kit.ts';

const entry = (method: string, url: string, resource?: object, more: object = {}): object => ({
  ...more,
  ...(resource === undefined ? {} : { resource }),
  request: { method, url, ...(at(more, 'request') as object | undefined) },
});
const bundle = (type: string, ...entries: readonly object[]): object => ({
  resourceType: 'Bundle',
  type,
  entry: entries,
});
const named = (family: string): object => ({ resourceType: 'Patient', name: [{ family }] });
const statuses = (json: unknown): readonly string[] =>
  listAt(json, 'entry').map((one) => String(at(one, 'response.status')).slice(0, 3));

export function bundleContract(here: () => TestClient): void {
  test('[FR22] a batch carries out each entry by itself', async () => {
    const { create, get, post } = here();
    const family = unique('Batch');
    const id = await create(named(family));
    const doomed = await create(named(family));
    const reply = await post(
      '/',
      bundle(
        'batch',
        entry('POST', 'Patient', named(family)),
        entry('POST', 'Patient', { resourceType: 'Patient', gender: 'wrong' }),
        entry('GET', `Patient/${id}`),
        entry('GET', 'Patient/never-was'),
        { request: { method: 'NONSENSE', url: 'Patient' } },
        { resource: named(family) },
        entry('DELETE', `Patient/${doomed}`),
        entry('GET', 'Nothing/1'),
      ),
    );
    expect(reply.status).toBe(200);
    expect(reply.json['type']).toBe('batch-response');
    expect(statuses(reply.json)).toEqual(['201', '400', '200', '404', '400', '400', '204', '404']);
    expect(at(reply.json, 'entry.1.response.outcome.issue.0.expression.0')).toBe('Bundle.entry[1].resource.gender');
    expect(at(reply.json, 'entry.2.resource.id')).toBe(id);
    expect(found(await get(`/Patient?family=${family}`))).toHaveLength(2);
  });

  test('[FR23] a transaction lands whole', async () => {
    const { create, get, post } = here();
    const family = unique('Whole');
    const id = await create(named('Before'));
    const other = await create(named(family));
    const reply = await post(
      '/',
      bundle(
        'transaction',
        entry('POST', 'Patient', named(family)),
        entry('PUT', `Patient/${id}`, { ...named(family), id }),
        entry('DELETE', `Patient/${other}`),
      ),
    );
    expect([reply.status, reply.json['type']]).toEqual([200, 'transaction-response']);
    expect(statuses(reply.json)).toEqual(['201', '200', '204']);
    expect(found(await get(`/Patient?family=${family}`))).toHaveLength(2);
  });

  test('[FR23] a transaction that one entry spoils changes nothing and says which entry', async () => {
    const { create, get, post } = here();
    const family = unique('Spoilt');
    const id = await create(named(family));
    const before = (await get('/_history?_count=0')).json['total'];
    const spoilt = async (...entries: readonly object[]): Promise<unknown> => {
      const reply = await post(
        '/',
        bundle('transaction', entry('POST', 'Patient', named(family)), entry('DELETE', `Patient/${id}`), ...entries),
      );
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
      expect(reply.json['resourceType']).toBe('OperationOutcome');
      return issuePaths(reply)[0];
    };
    expect(await spoilt(entry('POST', 'Patient', { resourceType: 'Patient', gender: 'wrong' }))).toBe(
      'Bundle.entry[2].resource.gender',
    );
    expect(await spoilt(entry('GET', 'Patient/never-was'))).toBe('Bundle.entry[2]');
    expect(await spoilt(entry('POST', 'Nothing', named(family)))).toBe('Bundle.entry[2]');
    expect(await spoilt({ request: { method: 'POST', url: 'Patient' } })).toBe('Bundle.entry[2].resource');
    expect(
      await spoilt(entry('PUT', `Patient/${id}`, { ...named('x'), id }, { request: { ifMatch: 'W/"stale"' } })),
    ).toMatch(/^Bundle\.entry\[[12]\]/);
    expect((await get('/_history?_count=0')).json['total']).toBe(before);
    expect(found(await get(`/Patient?family=${family}`))).toEqual([`Patient/${id}`]);
  });

  test('[FR25] a HEAD entry answers what GET does but the resource; a doubled fullUrl is named with its entry', async () => {
    const { create, post } = here();
    const id = await create(named('Head'));
    const reply = await post('/', bundle('batch', entry('HEAD', `/Patient/${id}`), entry('GET', `/Patient/${id}`)));
    expect(at(reply.json, 'entry.0.response')).toEqual(at(reply.json, 'entry.1.response'));
    expect([at(reply.json, 'entry.0.resource'), at(reply.json, 'entry.1.resource.id')]).toEqual([undefined, id]);
    const fullUrl = `urn:uuid:${crypto.randomUUID()}`;
    const twice = entry('POST', 'Patient', named('Twice'), { fullUrl });
    const refused = await post('/', bundle('transaction', twice, twice));
    expect([refused.status, issuePaths(refused)]).toEqual([400, ['Bundle.entry[1].fullUrl']]);
    const same = await post(
      '/',
      bundle('transaction', entry('DELETE', `Patient/${id}`), entry('DELETE', `Patient/${id}`)),
    );
    expect([same.status, issuePaths(same)]).toEqual([400, ['Bundle.entry[1].request']]);
  });

  test('[FR24] references between entries become the ids that were given', async () => {
    const { get, post } = here();
    const identifier = unique('org');
    const organization = {
      resourceType: 'Organization',
      identifier: [{ system: 'urn:x', value: identifier }],
      name: 'x',
    };
    await post('/Organization', organization);
    const patient = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';
    const reply = await post(
      '/',
      bundle(
        'transaction',
        entry('POST', 'Observation', {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: patient },
        }),
        entry(
          'POST',
          'Patient',
          { ...named('x'), managingOrganization: { reference: `Organization?identifier=urn:x|${identifier}` } },
          { fullUrl: patient },
        ),
      ),
      { prefer: 'return=representation' },
    );
    expect(reply.status).toBe(200);
    const id = String(at(reply.json, 'entry.1.resource.id'));
    expect(at(reply.json, 'entry.0.resource.subject.reference')).toBe(`Patient/${id}`);
    expect(String(at((await get(`/Patient/${id}`)).json, 'managingOrganization.reference'))).toMatch(/^Organization\//);
    const dangling = await post(
      '/',
      bundle(
        'transaction',
        entry('POST', 'Patient', {
          ...named('x'),
          managingOrganization: { reference: 'Organization?identifier=urn:x|nobody' },
        }),
      ),
    );
    expect(dangling.status).toBeGreaterThanOrEqual(400);
    expect(dangling.status).toBeLessThan(500);
  });

  test('[FR25] reads, conditions and patches work inside a Bundle', async () => {
    const { base, create, get, post } = here();
    for (const type of ['batch', 'transaction']) {
      const family = unique(type);
      const identifier = unique('id');
      const id = await create(named(family));
      const etag = (await get(`/Patient/${id}`)).headers.get('etag');
      const patch = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64');
      const known = await create(named('Known'));
      const reply = await post(
        '/',
        bundle(
          type,
          entry('GET', `Patient/${known}`),
          entry('GET', `Patient?_id=${known}`),
          entry(
            'POST',
            'Patient',
            { ...named(family), identifier: [{ value: identifier }] },
            { request: { ifNoneExist: `identifier=${identifier}` } },
          ),
          entry('PUT', `Patient?family=${unique('nobody')}`, named(family)),
          entry(
            'PATCH',
            `Patient/${id}`,
            { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch },
            { request: { ifMatch: etag } },
          ),
          entry('DELETE', `Patient?family=${unique('nobody')}`),
          entry('HEAD', `Patient/${known}`),
        ),
      );
      expect([type, reply.status, statuses(reply.json)]).toEqual([
        type,
        200,
        ['200', '200', '201', '201', '200', '204', '200'],
      ]);
      expect(at(reply.json, 'entry.0.resource.id')).toBe(known);
      expect(at(reply.json, 'entry.1.resource.type')).toBe('searchset');
      expect(at(reply.json, 'entry.2.resource')).toBeUndefined();
      expect(String(at(reply.json, 'entry.2.response.location'))).toMatch(/^Patient\/.+\/_history\/.+$/);
      expect(String(at(reply.json, 'entry.2.response.etag'))).toMatch(/^W\/".+"$/);
      expect(Date.parse(String(at(reply.json, 'entry.2.response.lastModified')))).toBeGreaterThan(0);
      expect((await get(`/Patient/${id}`)).json['active']).toBe(true);
      const absolute = await post('/', bundle(type, entry('GET', `${base}/Patient/${known}`)));
      expect(statuses(absolute.json)).toEqual(['200']);
    }
  });

  test('[FR26] a Bundle that is none to carry out is refused', async () => {
    const { post, send } = here();
    expect((await post('/', bundle('collection', entry('POST', 'Patient', named('x'))))).status).toBe(400);
    expect((await post('/', named('x'))).status).toBe(400);
    expect((await post('/', { resourceType: 'Bundle', type: 'batch', entry: {} })).status).toBe(400);
    expect((await post('/', '[')).status).toBe(400);
    const many = bundle(
      'batch',
      ...Array.from({ length: CONTRACT_LIMITS.bundleEntries + 1 }, () => entry('GET', 'Patient/x')),
    );
    const refused = await post('/', many);
    expect([refused.status, issueCodes(refused)]).toEqual([400, ['too-costly']]);
    const large = `{"resourceType":"Bundle","type":"batch","x":"${'x'.repeat(CONTRACT_LIMITS.bundleBytes)}"}`;
    expect((await send('POST', '/', large)).status).toBe(413);
    expect((await post('/', { resourceType: 'Bundle', type: 'transaction' })).status).toBe(200);
    const nested = await post('/', bundle('batch', entry('POST', '', bundle('batch'))));
    expect(statuses(nested.json)).toEqual(['400']);
  });
}
