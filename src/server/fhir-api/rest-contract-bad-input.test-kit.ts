// Bad input and what it leaves behind: nothing (FR16–FR20).
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { at, issueCodes, issuePaths, type Reply, type TestClient } from './http-client.test-kit.ts';
import { CONTRACT_LIMITS } from './contract-limits.test-kit.ts';

const versions = async ({ get }: TestClient): Promise<unknown> => (await get('/_history?_count=0')).json['total'];

export function badInputContract(here: () => TestClient): void {
  const refused = async (status: number, ask: (client: TestClient) => Promise<Reply>): Promise<Reply> => {
    const before = await versions(here());
    const reply = await ask(here());
    expect([reply.status, reply.text]).toEqual([status, expect.stringContaining('"OperationOutcome"')]);
    expect(await versions(here())).toBe(before);
    return reply;
  };

  test('[FR16] broken JSON is told by line and column', async () => {
    const reply = await refused(400, ({ post }) => post('/Patient', '{"resourceType":"Patient",\n "gender": }'));
    expect(String(at(reply.json, 'issue.0.details.text'))).toMatch(/line 2, column 1[0-9]/i);
    expect(issueCodes(reply)).toEqual(['structure']);
    for (const text of [
      '{',
      '[]',
      'null',
      '"x"',
      '1',
      '{"resourceType":"Patient"} x',
      "{'resourceType':'Patient'}",
      '{"resourceType":"Patient",}',
    ]) {
      await refused(400, ({ post }) => post('/Patient', text));
    }
  });

  test('[FR16] bytes that are no UTF-8, and halves of pairs, are refused', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"resourceType":"Patient","name":[{"family":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}]}'),
    ]);
    await refused(400, ({ send }) => send('POST', '/Patient', bytes));
    const overlong = Buffer.concat([
      Buffer.from('{"resourceType":"Patient","name":[{"family":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}]}'),
    ]);
    await refused(400, ({ send }) => send('POST', '/Patient', overlong));
    await refused(400, ({ post }) => post('/Patient', '{"resourceType":"Patient","name":[{"family":"\\ud800"}]}'));
  });

  test('[FR16] a name that stands twice, and names of prototypes, are refused', async () => {
    await refused(400, ({ post }) => post('/Patient', '{"resourceType":"Patient","gender":"male","gender":"female"}'));
    const proto = await refused(400, ({ post }) =>
      post('/Patient', '{"resourceType":"Patient","__proto__":{"gender":"male"}}'),
    );
    expect(String(issuePaths(proto)[0])).toMatch(/^Patient/);
    await refused(400, ({ post }) =>
      post('/Patient', '{"resourceType":"Patient","constructor":{"prototype":{"x":1}}}'),
    );
    await refused(400, ({ post }) => post('/Patient', '{"resourceType":"__proto__"}'));
    expect(({} as Record<string, unknown>)['gender']).toBeUndefined();
  });

  test('[FR17] bodies of another type, charset or size are refused', async () => {
    const text = '{"resourceType":"Patient"}';
    await refused(415, ({ post }) => post('/Patient', text, { 'content-type': 'text/plain' }));
    await refused(415, ({ post }) => post('/Patient', '<Patient/>', { 'content-type': 'application/fhir+xml' }));
    await refused(415, ({ post }) =>
      post('/Patient', text, { 'content-type': 'application/fhir+json; charset=latin1' }),
    );
    await refused(400, ({ send }) => send('POST', '/Patient', '', { 'content-type': 'application/fhir+json' }));
    const large = JSON.stringify({
      resourceType: 'Patient',
      name: [{ family: 'x'.repeat(CONTRACT_LIMITS.resourceBytes) }],
    });
    await refused(413, ({ post }) => post('/Patient', large));
    await refused(400, ({ post }) =>
      post('/Patient', `{"resourceType":"Patient","extension":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    );
    await refused(400, ({ post }) =>
      post('/Patient', `{"resourceType":"Patient","contact":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`),
    );
    for (const type of [
      'application/json',
      'application/fhir+json; charset=UTF-8',
      'application/json;charset="utf-8"',
      'Application/FHIR+JSON',
    ]) {
      expect([type, (await here().post('/Patient', text, { 'content-type': type })).status]).toEqual([type, 201]);
    }
  });

  test('[FR18] JSON is answered where it is accepted, anything else is 406', async () => {
    const { create, get } = here();
    const path = `/Patient/${await create({ resourceType: 'Patient' })}`;
    const answered = async (accept: string, query = ''): Promise<readonly [number, string | null]> => {
      const reply = await get(`${path}${query}`, { accept });
      return [reply.status, reply.headers.get('content-type')];
    };
    const fhir = 'application/fhir+json; charset=utf-8';
    expect(await answered('*/*')).toEqual([200, fhir]);
    expect(await answered('application/fhir+json;fhirVersion=4.0')).toEqual([200, fhir]);
    expect(await answered('application/json')).toEqual([200, 'application/json; charset=utf-8']);
    expect(await answered('text/html, application/xhtml+xml, */*;q=0.8')).toEqual([200, fhir]);
    expect(await answered('text/html')).toEqual([200, fhir]);
    expect((await answered('application/fhir+xml'))[0]).toBe(406);
    expect((await answered('text/turtle'))[0]).toBe(406);
    expect((await answered('application/fhir+json;fhirVersion=5.0'))[0]).toBe(406);
    expect((await answered('application/fhir+xml', '?_format=json'))[0]).toBe(200);
    expect((await answered('application/fhir+xml', '?_format=application/fhir+json'))[0]).toBe(200);
    expect((await answered('application/json', '?_format=xml'))[0]).toBe(406);
    expect((await get(path, { accept: 'application/fhir+xml' })).json['resourceType']).toBe('OperationOutcome');
  });

  test('[FR19] a method that a place does not have is 405 with Allow, and OPTIONS tells', async () => {
    const { send } = here();
    const reply = await refused(405, ({ send }) => send('POST', '/Patient/x', '{}'));
    expect(reply.headers.get('allow')).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
    await refused(405, ({ send }) => send('DELETE', '/metadata'));
    await refused(405, ({ send }) => send('PUT', '/', '{}'));
    const options = await send('OPTIONS', '/Patient');
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')?.split(', ').toSorted()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'POST',
      'PUT',
    ]);
  });

  test('[FR45] an address that is too long is 414, and what is no HTTP is 400', async () => {
    const { base, get } = here();
    for (const length of [17_000, 40_000]) {
      const reply = await get(`/Patient?name=${'x'.repeat(length)}`);
      expect([reply.status, issueCodes(reply)]).toEqual([414, ['too-long']]);
    }
    const { hostname, port } = new URL(base);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.end('NOT HTTP\r\n\r\n'));
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"OperationOutcome"');
  });

  test('[FR44] no answer is to be kept or sniffed', async () => {
    const { create, get } = here();
    const id = await create({ resourceType: 'Patient' });
    for (const path of [`/Patient/${id}`, '/Patient/never-was', `/Patient?_id=${id}`]) {
      const { headers } = await get(path);
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  });

  test('[FR20] no odd value of any kind of parameter is answered with 5xx', async () => {
    for (const [type, params] of ODD_PARAMS) {
      for (const param of params) {
        for (const value of ODD_VALUES) {
          const { status } = await here().get(`/${type}?${param}=${value}`);
          expect(status, `${type}?${param}=${value}`).toBeLessThan(500);
        }
      }
    }
    for (const value of ODD_VALUES) {
      for (const param of ['_since', '_at', '_count']) {
        expect((await here().get(`/Patient/_history?${param}=${value}`)).status, `${param}=${value}`).toBeLessThan(500);
      }
    }
  });

  test('[FR20] mutated input is never answered with 5xx and leaves nothing when refused', async () => {
    const seed = Number(process.env['HOLDFAST_SEED'] ?? 20_260_101);
    const random = mulberry(seed);
    let stored = 0;
    let refusals = 0;
    const before = Number(await versions(here()));
    for (let i = 0; i < 400; i++) {
      const { method, path, text, headers } = mutant(random);
      const reply = await here().send(method, path, method === 'GET' ? undefined : text, headers);
      expect(reply.status, `seed ${seed}, input ${i}: ${method} ${path} ${text}`).toBeLessThan(500);
      if (reply.status === 201) stored++;
      else if (reply.status >= 400) refusals++;
      if (reply.status >= 400) expect(reply.json['resourceType'], `seed ${seed}, input ${i}`).toBe('OperationOutcome');
    }
    // Only what was answered with 201 (or a PUT's 200) is there.
    expect(Number(await versions(here())), `seed ${seed}`).toBe(before + stored);
    expect(refusals, `seed ${seed}: the mutants must be worth refusing`).toBeGreaterThan(200);
  });
}

// One parameter at least of each type and modifier that reaches a store by a way of its own.
const ODD_PARAMS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Patient',
    ['name', 'name:contains', 'name:exact', '_id', 'identifier', 'birthdate', '_lastUpdated', '_tag', 'gender:text'],
  ],
  [
    'Patient',
    [
      '_profile:below',
      '_text',
      '_content',
      '_sort',
      '_include',
      '_list',
      'link:missing',
      'telecom:not',
      'active:above',
    ],
  ],
  [
    'Patient',
    ['_has:Observation:patient:code', 'general-practitioner', 'general-practitioner.name', 'organization:identifier'],
  ],
  ['Observation', ['value-quantity', 'code-value-quantity', 'combo-value-quantity', 'subject:Patient.name']],
  ['RiskAssessment', ['probability']],
  ['ValueSet', ['url', 'url:below', 'url:above']],
];
// NUL, which PostgreSQL cannot hold; the ends of Unicode, of numbers and of time; what other languages take for syntax.
const ODD_VALUES = [
  '%00',
  'a%00b',
  '%EF%BF%BF',
  '%F0%9F%98%80',
  '%5C',
  '%25',
  '_',
  '%27%3B--',
  '%5C%2C',
  '%7C',
  'urn:x%7C%00',
  'x'.repeat(5_000),
  '1e400',
  '-1e400',
  '1e-400',
  '9'.repeat(26),
  '0001',
  '9999-12-31',
  'lt0001',
  'ge9999',
  'NaN',
  '5.4e308%7C%7Ckg',
];

interface Mutant {
  readonly method: string;
  readonly path: string;
  readonly text: string;
  readonly headers: Record<string, string>;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SEEDS = [
  '{"resourceType":"Patient","name":[{"family":"A","given":["B"]}],"birthDate":"1980-02-03","contained":[{"resourceType":"Organization","id":"o","name":"x"}]}',
  '{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]},"valueQuantity":{"value":1.50,"unit":"kg"},"subject":{"reference":"Patient/1"}}',
  '{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}]}',
  '{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient"}}]}',
];
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  'true',
  '-1',
  '1e999',
  '""',
  '\\u0000',
  '\u0000',
  '{}',
  '[]',
  '[null]',
  '9'.repeat(60),
  '__proto__',
  'constructor',
  '\\',
  '\ud800',
  '😀',
  ' '.repeat(300),
];
const PATHS = [
  '/Patient',
  '/Observation',
  '/',
  '/Patient/$validate',
  '/Patient/x',
  '/Patient/x/$meta-add',
  '/Patient?',
  '/Patient?name=',
  '/$nothing',
  '/Patient/_search',
  '/Patient/x/_history/',
  '/Patient/x/*',
  '/Patient/1/Observation',
];
const QUERIES = [
  '_count=-1',
  '_count=1e9',
  'name=%00',
  'birthdate=zz',
  '_sort=zz',
  '_include=*:*:*',
  'name:exact:exact=1',
  '_has:a:b:c=1',
  'subject.subject.subject=1',
  '_page=AAAA',
  '_elements=,,,',
  '_summary=maybe',
  '=',
  '&&&',
  '%',
  'code=%7C%7C%7C',
  'value-quantity=lt',
  '_lastUpdated=ge',
  '_type=Nothing',
  '_filter=x',
  'code:in=http://none.example',
  '_id=' + '1,'.repeat(200),
];

function mutant(random: () => number): Mutant {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let text = pick(SEEDS);
  for (let n = Math.floor(random() * 4) + 1; n > 0; n--) {
    const from = Math.floor(random() * text.length);
    const kind = random();
    if (kind < 0.35) text = text.slice(0, from) + pick(PIECES) + text.slice(from);
    else if (kind < 0.6) text = text.slice(0, from) + text.slice(from + 1 + Math.floor(random() * 12));
    else if (kind < 0.8) text = text.slice(0, from) + pick(PIECES) + text.slice(from + 1);
    else text = text.slice(0, from);
  }
  const method = pick(['POST', 'POST', 'POST', 'PUT', 'PATCH', 'GET', 'GET', 'DELETE']);
  let path = pick(PATHS);
  if (method === 'GET' || random() < 0.3) path += `${path.includes('?') ? '&' : '?'}${pick(QUERIES)}`;
  const contentType =
    method === 'PATCH'
      ? pick(['application/json-patch+json', 'application/fhir+json'])
      : pick([
          'application/fhir+json',
          'application/fhir+json',
          'application/fhir+json',
          'application/json',
          'application/x-www-form-urlencoded',
          'text/plain',
        ]);
  const headers: Record<string, string> = method === 'GET' ? {} : { 'content-type': contentType };
  if (random() < 0.1) headers['if-match'] = pick(['W/"1"', '"', '*', 'W/"\u00ff"', '']);
  if (random() < 0.1) headers['if-none-exist'] = pick(['name=x', '', 'x', '_id=1&_id=2', '?name=q']);
  if (random() < 0.1) headers['prefer'] = pick(['return=minimal', 'handling=strict', 'return=', '=;=,']);
  return { method, path, text, headers };
}
