// Binary as what it holds, and writing only what is not there yet (FR47, FR48).
import { expect, test } from 'vitest';
import { CONTRACT_LIMITS } from './contract-limits.test-kit.ts';
import { at, unique, type TestClient } from './http-client.test-kit.ts';

export function binaryContract(here: () => TestClient): void {
  test('[FR47] bytes go into a Binary and come out of it as they were', async () => {
    const { base, get, send } = here();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const posted = await send('POST', '/Binary', bytes, {
      'content-type': 'Application/PDF',
      'x-security-context': 'Patient/1',
    });
    expect([posted.status, posted.json['resourceType'], posted.json['contentType']]).toEqual([
      201,
      'Binary',
      'Application/PDF',
    ]);
    expect(posted.json['data']).toBe(Buffer.from(bytes).toString('base64'));
    expect(at(posted.json, 'securityContext.reference')).toBe('Patient/1');
    const path = `/Binary/${String(posted.json['id'])}`;
    const version = new URL(posted.headers.get('location') ?? '').pathname.replace('/fhir', '');
    for (const [address, accept] of [
      [path, 'application/pdf'],
      [path, 'image/avif,image/webp,*/*;q=0.8'],
      [version, 'image/png'],
    ] as const) {
      const response = await fetch(`${base}${address}`, { headers: { accept } });
      expect([address, response.status, response.headers.get('content-type')]).toEqual([
        address,
        200,
        'Application/PDF',
      ]);
      expect(response.headers.get('etag')).toBe(posted.headers.get('etag'));
      expect(response.headers.get('x-security-context')).toBe('Patient/1');
      expect(response.headers.get('content-security-policy')).toContain('sandbox');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    }
    for (const [address, accept] of [
      [`${path}?_format=json`, 'application/pdf'],
      [path, 'application/pdf, application/json'],
      [path, '*/*'],
      [path, ''],
    ] as const) {
      const reply = await get(address, { accept });
      expect([accept, reply.status, reply.json['resourceType']]).toEqual([accept, 200, 'Binary']);
    }
    expect((await get(path, { accept: 'application/fhir+xml' })).status).toBe(406);
    const gone = await get('/Binary/never-was', { accept: 'application/pdf' });
    expect([gone.status, gone.json['resourceType']]).toEqual([404, 'OperationOutcome']);
  });

  test('[FR47] PUT takes bytes too; what could act in a browser is a download', async () => {
    const { get, send } = here();
    const id = unique('page');
    const put = await send('PUT', `/Binary/${id}`, '<p>x</p>', { 'content-type': 'text/html; charset=utf-8' });
    expect([put.status, put.json['id'], put.json['contentType']]).toEqual([201, id, 'text/html; charset=utf-8']);
    const page = await get(`/Binary/${id}`, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect([page.text, page.headers.get('content-disposition')]).toEqual(['<p>x</p>', 'attachment']);
    expect((await send('PUT', `/Patient/${id}`, '<p>x</p>', { 'content-type': 'text/html' })).status).toBe(415);
    expect((await send('POST', '/Binary', '{', { 'content-type': 'application/json' })).status).toBe(400);
    const large = await send('POST', '/Binary', new Uint8Array(CONTRACT_LIMITS.resourceBytes - 100), {
      'content-type': 'image/png',
    });
    expect(large.status).toBe(413);
  });

  test('[FR48] If-None-Match on a PUT writes only what is not there', async () => {
    const { post, send } = here();
    const id = unique('absent');
    const put = async (condition: string, active: boolean): Promise<number> =>
      (await send('PUT', `/Patient/${id}`, { resourceType: 'Patient', id, active }, { 'if-none-match': condition }))
        .status;
    expect([
      await put('*', true),
      await put('*', false),
      await put('W/"other"', false),
      await put('other', true),
    ]).toEqual([201, 412, 200, 400]);
    const transaction = await post('/', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Patient', id },
          request: { method: 'PUT', url: `Patient/${id}`, ifNoneMatch: '*' },
        },
      ],
    });
    expect(transaction.status).toBe(412);
  });
}
