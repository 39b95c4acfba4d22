// Reading, history and addresses (FR1–FR5, FR36, FR37, FR42, FR43).
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { at, issueCodes, linkOf, listAt, type TestClient } from './http-client.test-kit.ts';

const EXACT = `{
  "resourceType" : "Observation",
  "status":"final", "code" : {"text":"Weight \\u00e9 é 体重"},
  "valueQuantity":{"value":72.500,"unit":"kg"},
  "component":[ {"code":{"text":"a"},"valueQuantity":{"value":1.10e2}} , {"code":{"text":"b"},"valueQuantity":{"value":0.0000001}} ]
}`;

/** The text of a read without what the server puts in. */
const authored = (text: string): string =>
  text
    .replace(/,"meta":\{"versionId":"[^"]*","lastUpdated":"[^"]*"\}/, '')
    .replace(/"versionId":"[^"]*","lastUpdated":"[^"]*",/, '')
    .replace(/,"id":"[^"]*"/, '');

export function readContract(here: () => TestClient): void {
  test('[FR1] a read gives back the text that was written, decimals and spaces included', async () => {
    const { post, get } = here();
    const created = await post('/Observation', EXACT);
    expect(created.status).toBe(201);
    const id = String(created.json['id']);
    const read = await get(`/Observation/${id}`);
    expect(read.status).toBe(200);
    expect(read.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(authored(read.text)).toBe(EXACT);
    expect(created.text).toBe(read.text);
    const search = await get(`/Observation?_id=${id}`);
    expect(search.text).toContain(read.text);
    const history = await get(`/Observation/${id}/_history`);
    expect(history.text).toContain(read.text);
    const version = await get(`/Observation/${id}/_history/${String(at(read.json, 'meta.versionId'))}`);
    expect(version.text).toBe(read.text);
  });

  test('[FR1] HEAD gives the headers of GET and no body', async () => {
    const { create, send } = here();
    const id = await create({ resourceType: 'Basic', code: { text: 'x' } });
    const got = await send('GET', `/Basic/${id}`);
    const head = await send('HEAD', `/Basic/${id}`);
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    }
    expect((await send('HEAD', '/Basic/nobody')).status).toBe(404);
  });

  test('[FR2] what never was is 404, what was deleted is 410, versions stay', async () => {
    const { create, get, send } = here();
    expect((await get('/Patient/never-was')).status).toBe(404);
    expect(issueCodes(await get('/Patient/never-was'))).toEqual(['not-found']);
    const id = await create({ resourceType: 'Patient' });
    const first = String(at((await get(`/Patient/${id}`)).json, 'meta.versionId'));
    const deleted = await send('DELETE', `/Patient/${id}`);
    expect(deleted.status).toBe(204);
    const gone = await get(`/Patient/${id}`);
    expect(gone.status).toBe(410);
    expect(issueCodes(gone)).toEqual(['deleted']);
    expect((await get(`/Patient/${id}/_history/${first}`)).status).toBe(200);
    const tombstone = /"(.*)"/.exec(deleted.headers.get('etag') ?? '')?.[1];
    expect((await get(`/Patient/${id}/_history/${tombstone}`)).status).toBe(410);
    expect((await get(`/Patient/${id}/_history/nothing`)).status).toBe(404);
  });

  test('[FR3] an answer with one resource carries ETag and Last-Modified', async () => {
    const { create, get } = here();
    const id = await create({ resourceType: 'Patient' });
    const read = await get(`/Patient/${id}`);
    expect(read.headers.get('etag')).toBe(`W/"${String(at(read.json, 'meta.versionId'))}"`);
    const modified = Date.parse(read.headers.get('last-modified') ?? '');
    const updated = Date.parse(String(at(read.json, 'meta.lastUpdated')));
    expect(modified).toBe(Math.floor(updated / 1000) * 1000);
  });

  test('[FR4] a read of what the client has is 304', async () => {
    const { create, get } = here();
    const id = await create({ resourceType: 'Patient' });
    const read = await get(`/Patient/${id}`);
    const etag = read.headers.get('etag') ?? '';
    const same = await get(`/Patient/${id}`, { 'if-none-match': etag });
    expect(same.status).toBe(304);
    expect(same.text).toBe('');
    expect(same.headers.get('etag')).toBe(etag);
    expect((await get(`/Patient/${id}`, { 'if-none-match': 'W/"other"' })).status).toBe(200);
    expect((await get(`/Patient/${id}`, { 'if-none-match': `W/"other", ${etag}` })).status).toBe(304);
    const modified = read.headers.get('last-modified') ?? '';
    expect((await get(`/Patient/${id}`, { 'if-modified-since': modified })).status).toBe(304);
    expect((await get(`/Patient/${id}`, { 'if-modified-since': 'Tue, 01 Jan 2019 00:00:00 GMT' })).status).toBe(200);
  });

  test('[FR5] unknown types and paths are 404, ids out of form 400', async () => {
    const { get } = here();
    for (const path of [
      '/Patients/1',
      '/patient/1',
      '/Nothing',
      '/__proto__/1',
      '/constructor',
      '/Patient/1/extra',
      '/DomainResource/1',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    for (const id of ['a_b', 'a%20b', 'x'.repeat(65), '%F0%9F%98%80']) {
      expect([id, (await get(`/Patient/${id}`)).status]).toEqual([id, 400]);
    }
    expect((await get('/Patient/%E0%A4%A')).status).toBe(400);
    expect(issueCodes(await get('/Patient/%E0%A4%A'))).toHaveLength(1);
  });

  test('[FR36] history is newest first, with what was done to each version', async () => {
    const { base, create, get, put, send } = here();
    const id = await create({ resourceType: 'Patient', gender: 'female' });
    await put(`/Patient/${id}`, { resourceType: 'Patient', id, gender: 'male' });
    await send('DELETE', `/Patient/${id}`);
    const history = await get(`/Patient/${id}/_history`);
    expect(history.status).toBe(200);
    expect(history.json['type']).toBe('history');
    expect(history.json['total']).toBe(3);
    const entries = listAt(history.json, 'entry');
    expect(entries.map((entry) => at(entry, 'request.method'))).toEqual(['DELETE', 'PUT', 'POST']);
    expect(entries.map((entry) => at(entry, 'resource.gender'))).toEqual([undefined, 'male', 'female']);
    expect(entries.every((entry) => at(entry, 'fullUrl') === `${base}/Patient/${id}`)).toBe(true);
    expect(at(entries[1], 'response.etag')).toBe(`W/"${String(at(entries[1], 'resource.meta.versionId'))}"`);
    const types = await get('/Patient/_history?_count=3');
    expect(listAt(types.json, 'entry').map((entry) => at(entry, 'request.method'))).toEqual(['DELETE', 'PUT', 'POST']);
    const system = await get('/_history?_count=3');
    expect(listAt(system.json, 'entry')).toHaveLength(3);
    expect((await get('/Patient/never-was/_history')).status).toBe(404);
  });

  test('[FR37] history is narrowed by _since, _at and _count, and pages without loss', async () => {
    const { create, get, put } = here();
    const id = await create({ resourceType: 'Basic', code: { text: '0' } });
    for (let i = 1; i < 7; i++) await put(`/Basic/${id}`, { resourceType: 'Basic', id, code: { text: String(i) } });
    const seen: unknown[] = [];
    let reply = await get(`/Basic/${id}/_history?_count=3`);
    for (;;) {
      expect(reply.status).toBe(200);
      seen.push(...listAt(reply.json, 'entry').map((entry) => at(entry, 'resource.code.text')));
      const next = linkOf(reply, 'next');
      if (next === undefined) break;
      reply = await get(next);
    }
    expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    expect(listAt((await get(`/Basic/${id}/_history?_since=2999-01-01T00:00:00Z`)).json, 'entry')).toEqual([]);
    expect(listAt((await get(`/Basic/${id}/_history?_since=2020-01-01T00:00:00Z`)).json, 'entry')).toHaveLength(7);
    expect(
      listAt((await get(`/Basic/${id}/_history?_at=2999`)).json, 'entry').map((entry) =>
        at(entry, 'resource.code.text'),
      ),
    ).toEqual(['6']);
    expect((await get(`/Basic/${id}/_history?_since=yesterday`)).status).toBe(400);
    expect((await get(`/Basic/${id}/_history?_count=0`)).json['total']).toBe(7);
  });

  test('[FR42] absolute addresses begin with the Host of the request', async () => {
    const { base, create } = here();
    const id = await create({ resourceType: 'Basic', code: { text: 'x' } });
    const asked = (host: string): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        const url = new URL(`${base}/Basic?_id=${id}`);
        const sent = request(url, { headers: { host, 'x-forwarded-host': 'evil.example' } }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        });
        sent.on('error', reject).end();
      });
    const named = await asked('record.example:8443');
    expect(at(JSON.parse(named.text), 'entry.0.fullUrl')).toBe(`http://record.example:8443/fhir/Basic/${id}`);
    expect((await asked('a/b"<script>')).status).toBe(400);
  });

  test('[FR43] _pretty indents and changes nothing else', async () => {
    const { post, get } = here();
    const id = String((await post('/Observation', EXACT)).json['id']);
    const plain = await get(`/Observation/${id}`);
    const pretty = await get(`/Observation/${id}?_pretty=true`);
    expect(pretty.text).toContain('\n  "status": "final"');
    expect(pretty.text).toContain('72.500');
    expect(pretty.json).toEqual(plain.json);
  });
}
