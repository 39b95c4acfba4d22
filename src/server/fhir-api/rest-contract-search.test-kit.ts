// Search (FR27–FR35). What each parameter means is the business of core/fhir/search; here is what the API makes of it.
import { expect, test } from 'vitest';
import { at, found, issueCodes, linkOf, listAt, unique, type Reply, type TestClient } from './http-client.test-kit.ts';
import { CONTRACT_LIMITS } from './contract-limits.test-kit.ts';

const observation = (patient: string, code: string, more: object = {}): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'urn:codes', code }], text: 'a test' },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2024-05-06T07:08:09Z',
  ...more,
});

export function searchContract(here: () => TestClient): void {
  const form = (path: string, body: string): Promise<Reply> =>
    here().send('POST', path, body, { 'content-type': 'application/x-www-form-urlencoded' });

  test('[FR27] GET and POST, of type, system and compartment, answer alike', async () => {
    const { base, create, get } = here();
    const code = unique('alike');
    const patient = await create({ resourceType: 'Patient' });
    const other = await create({ resourceType: 'Patient' });
    const id = `Observation/${await create(observation(patient, code))}`;
    const foreign = `Observation/${await create(observation(other, code))}`;
    const got = await get(`/Observation?code=urn:codes|${code}&subject=Patient/${patient}`);
    expect(got.status).toBe(200);
    expect([got.json['resourceType'], got.json['type']]).toEqual(['Bundle', 'searchset']);
    expect(found(got)).toEqual([id]);
    expect(at(got.json, 'entry.0.fullUrl')).toBe(`${base}/${id}`);
    const posted = await form('/Observation/_search', `code=urn%3Acodes%7C${code}&subject=Patient/${patient}`);
    expect(posted.text).toBe(got.text);
    const both = await form(`/Observation/_search?code=urn:codes|${code}`, `subject=Patient/${patient}`);
    expect(both.text).toBe(got.text);
    const pretty = await form(
      '/Observation/_search',
      `code=${code}&subject=Patient/${patient}&_pretty=true&_format=json`,
    );
    expect(pretty.text).toContain('\n  "type": "searchset"');
    expect(linkOf(pretty, 'self')).toContain('/Observation?code=');
    expect((await form('/Observation/_search', `code=${code}&_format=xml`)).status).toBe(406);
    expect(found(await form('/Observation/_search?_id=nobody', ''))).toEqual([]);
    expect(found(await get(`/?_type=Observation,Patient&_id=${id.slice(12)}`))).toEqual([id]);
    expect(found(await form('/_search', `_type=Observation&_id=${id.slice(12)}`))).toEqual([id]);
    expect(found(await get(`/Patient/${patient}/Observation?code=${code}`))).toEqual([id]);
    expect(found(await get(`/Patient/${other}/Observation?code=${code}`))).toEqual([foreign]);
    expect(found(await form(`/Patient/${patient}/Observation/_search`, `code=${code}`))).toEqual([id]);
    expect([...found(await get(`/Patient/${patient}/*`))].toSorted()).toEqual([id, `Patient/${patient}`]);
  });

  test('[FR28] an unknown parameter is left out and told, or refused when handling is strict', async () => {
    const { base, create, get } = here();
    const id = await create({ resourceType: 'Patient' });
    const lenient = await get(`/Patient?_id=${id}&colour=blue`);
    expect(lenient.status).toBe(200);
    expect(found(lenient)).toEqual([`Patient/${id}`]);
    expect(linkOf(lenient, 'self')).toBe(`${base}/Patient?_id=${id}`);
    const told = listAt(lenient.json, 'entry').find((entry) => at(entry, 'search.mode') === 'outcome');
    expect(JSON.stringify(told)).toContain('colour');
    expect(JSON.stringify(told)).not.toContain('blue');
    const strict = await get(`/Patient?_id=${id}&colour=blue`, { prefer: 'handling=strict' });
    expect(strict.status).toBe(400);
    expect(strict.text).not.toContain('blue');
    expect((await get(`/Patient?_id=${id}`, { prefer: 'handling=strict' })).status).toBe(200);
  });

  test('[FR29] pages lead through every match once, and hold what _count allows', async () => {
    const { create, get } = here();
    const family = unique('Pages');
    const made: string[] = [];
    for (let i = 0; i < 7; i++)
      made.push(`Patient/${await create({ resourceType: 'Patient', name: [{ family, given: [`G${i}`] }] })}`);
    for (const sort of ['', '&_sort=given', '&_sort=-_lastUpdated']) {
      const seen: string[] = [];
      let reply = await get(`/Patient?family=${family}&_count=3${sort}`);
      const sizes: number[] = [];
      for (;;) {
        expect(reply.status).toBe(200);
        seen.push(...found(reply));
        sizes.push(found(reply).length);
        const next = linkOf(reply, 'next');
        if (next === undefined) break;
        reply = await get(next);
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(seen.toSorted()).toEqual(made.toSorted());
      if (sort === '&_sort=given') expect(seen).toEqual(made);
    }
    for (const query of ['_count=0', '_summary=count']) {
      const reply = await get(`/Patient?family=${family}&${query}`);
      expect([query, reply.json['total'], listAt(reply.json, 'entry')]).toEqual([query, 7, []]);
    }
    const first = await get(`/Patient?family=${family}&_count=3`);
    expect(linkOf(first, 'first')).toBe(linkOf(first, 'self'));
    const second = await get(linkOf(first, 'next') ?? '');
    expect(found(await get(linkOf(second, 'first') ?? ''))).toEqual(found(first));
    expect(linkOf(await get(`/Patient?family=${family}`), 'first')).toBeUndefined();
    expect((await get('/Patient?_count=-1')).status).toBe(400);
  });

  test('[FR30] a next link shows nothing of the search, and opens only what it was made for', async () => {
    const { create, get } = here();
    const family = unique('Sealed');
    for (let i = 0; i < 3; i++) await create({ resourceType: 'Patient', name: [{ family }] });
    const reply = await get(`/Patient?family=${family}&_count=1`);
    const next = linkOf(reply, 'next') ?? '';
    expect(next).toMatch(/\/Patient\?_page=[A-Za-z0-9_-]+$/);
    expect(next).not.toContain(family);
    expect(Buffer.from(new URL(next).searchParams.get('_page') ?? '', 'base64url').toString('latin1')).not.toContain(
      family,
    );
    const second = await get(next);
    expect(linkOf(second, 'self')).toBe(next);
    expect(found(await get(linkOf(second, 'first') ?? ''))).toEqual(found(reply));
    const broken = next.slice(0, -2) + (next.endsWith('AA') ? 'BB' : 'AA');
    for (const bad of [
      broken,
      next.replace('/Patient?', '/Practitioner?'),
      next.replace('/Patient?', '/Patient/_history?'),
      `/Patient?_page=`,
      '/Patient?_page=AAAA',
    ]) {
      expect([bad, (await get(bad)).status]).toEqual([bad, 400]);
    }
  });

  test('[FR31] a total is given when it is asked for', async () => {
    const { create, get } = here();
    const family = unique('Total');
    for (let i = 0; i < 3; i++) await create({ resourceType: 'Patient', name: [{ family }] });
    expect((await get(`/Patient?family=${family}&_count=1&_total=accurate`)).json['total']).toBe(3);
    expect((await get(`/Patient?family=${family}&_count=1&_total=none`)).json['total']).toBeUndefined();
    const short = await get(`/Patient?family=${family}&_count=2`);
    expect(short.json['total']).toBeUndefined();
    expect((await get(linkOf(short, 'next') ?? '')).json['total']).toBeUndefined();
    expect((await get(`/Patient?family=${family}&_count=3`)).json['total']).toBe(3);
    expect((await get(`/Patient?family=${unique('Nobody')}`)).json['total']).toBe(0);
  });

  test('[FR32] _summary and _elements give parts, tagged as such, with decimals as they were', async () => {
    const { get, post } = here();
    const text =
      '{"resourceType":"Observation","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},"note":[{"text":"n"}],"modifierExtension":[{"url":"urn:m","valueBoolean":true}],"method":{"text":"m"}}';
    const id = String((await post('/Observation', text)).json['id']);
    const part = async (query: string): Promise<Reply> => get(`/Observation/${id}?${query}`);
    const names = (reply: Reply): readonly string[] => Object.keys(reply.json).toSorted();
    const summary = await part('_summary=true');
    expect(names(summary)).toEqual([
      'code',
      'id',
      'meta',
      'modifierExtension',
      'resourceType',
      'status',
      'valueQuantity',
    ]);
    expect(summary.text).toContain('1.50');
    expect(at(summary.json, 'meta.tag.0.code')).toBe('SUBSETTED');
    expect(names(await part('_summary=text'))).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'text']);
    expect(names(await part('_summary=data'))).not.toContain('text');
    expect(names(await part('_summary=data'))).toContain('note');
    expect(names(await part('_elements=note'))).toEqual([
      'code',
      'id',
      'meta',
      'modifierExtension',
      'note',
      'resourceType',
      'status',
    ]);
    expect(names(await part('_elements=Observation.note.text,Patient.method'))).toEqual(
      names(await part('_elements=note')),
    );
    expect((await part('_summary=false')).text).toBe((await get(`/Observation/${id}`)).text);
    expect((await part('_summary=sometimes')).status).toBe(400);
    expect(at(summary.json, 'modifierExtension.0.valueBoolean')).toBe(true);
    expect((await here().put(`/Observation/${id}`, summary.text)).status).toBe(422);
    expect(names(await part('_elements=value[x]'))).toContain('valueQuantity');
    const metadata = await get('/metadata?_elements=fhirVersion');
    expect([metadata.json['fhirVersion'], metadata.json['software']]).toEqual(['4.0.1', undefined]);
    const { create } = here();
    const organization = await create({ resourceType: 'Organization', name: 'x', active: true });
    const managingOrganization = { reference: `Organization/${organization}` };
    const patient = await create({ resourceType: 'Patient', managingOrganization });
    const included = `/Patient?_id=${patient}&_include=Patient:organization&_elements=id`;
    expect(at((await get(included)).json, 'entry.1.resource.name')).toBe('x');
    expect(at((await get(`${included},Organization.active`)).json, 'entry.1.resource.name')).toBeUndefined();
    const searched = await get(`/Observation?_id=${id}&_elements=value`);
    expect(at(searched.json, 'entry.0.resource.valueQuantity.value')).toBe(1.5);
    expect(at(searched.json, 'entry.0.resource.note')).toBeUndefined();
    expect((await get(`/Observation/${id}`)).text).not.toContain('SUBSETTED');
  });

  test('[FR33] a wrong value is refused and named, but not repeated', async () => {
    const { get } = here();
    for (const query of ['birthdate=secretly', 'birthdate=ge20', '_lastUpdated=secretly', 'gender:nonsense=secretly']) {
      const reply = await get(`/Patient?${query}`);
      expect([query, reply.status]).toEqual([query, 400]);
      expect(reply.text).not.toContain('secretly');
      expect(reply.text).toContain(query.split(/[=:]/)[0]);
    }
  });

  test('[FR34] :in and :not-in look up the stored value set', async () => {
    const { create, get } = here();
    const name = unique('vs');
    const url = `http://valuesets.example/${name}`;
    await create({
      resourceType: 'ValueSet',
      url,
      status: 'active',
      compose: { include: [{ system: 'urn:codes', concept: [{ code: `${name}-a` }, { code: `${name}-b` }] }] },
    });
    const patient = await create({ resourceType: 'Patient' });
    const ids: string[] = [];
    for (const code of ['a', 'b', 'c'])
      ids.push(`Observation/${await create(observation(patient, `${name}-${code}`))}`);
    const subject = `subject=Patient/${patient}`;
    expect([...found(await get(`/Observation?${subject}&code:in=${url}`))].toSorted()).toEqual(
      ids.slice(0, 2).toSorted(),
    );
    expect(found(await get(`/Observation?${subject}&code:not-in=${url}`))).toEqual(ids.slice(2));
    expect((await get(`/Observation?${subject}&code:in=http://valuesets.example/none`)).status).toBe(400);
  });

  test('[FR35] includes come with the page, and too many are refused', async () => {
    const { create, get } = here();
    const code = unique('inc');
    const patient = await create({ resourceType: 'Patient' });
    for (let i = 0; i < CONTRACT_LIMITS.includes + 1; i++) await create(observation(patient, code));
    const included = await get(`/Observation?code=${code}&_include=Observation:subject&_count=2`);
    expect(found(included, 'include')).toEqual([`Patient/${patient}`]);
    const refused = await get(`/Patient?_id=${patient}&_revinclude=Observation:subject`);
    expect([refused.status, issueCodes(refused)]).toEqual([400, ['too-costly']]);
  });

  test('[FR49] chains, reverse chains and includes follow canonicals, by version where one is named', async () => {
    const { create, get } = here();
    const name = unique('form');
    const url = `http://forms.example/${name}`;
    const form = async (version: string): Promise<string> =>
      `Questionnaire/${await create({ resourceType: 'Questionnaire', url, version, title: `${name} ${version}`, status: 'active' })}`;
    const answer = async (questionnaire: string): Promise<string> =>
      `QuestionnaireResponse/${await create({ resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire, identifier: { value: name } })}`;
    const [one, two] = [await form('1'), await form('2')];
    const [first, any, second, third] = [
      await answer(`${url}|1`),
      await answer(url),
      await answer(`${url}|2`),
      await answer(`${url}|3`),
    ];
    const ask = async (query: string): Promise<readonly (readonly string[])[]> => {
      const reply = await get(query);
      expect([query, reply.status]).toEqual([query, 200]);
      return [[...found(reply)].toSorted(), [...found(reply, 'include')].toSorted()];
    };
    const sorted = (...list: readonly string[]): readonly string[] => [...list].toSorted();
    const id = (full: string): string => full.slice(full.indexOf('/') + 1);
    const include = '_include=QuestionnaireResponse:questionnaire';
    expect(await ask(`/QuestionnaireResponse?_id=${id(first)}&${include}`)).toEqual([[first], [one]]);
    expect(await ask(`/QuestionnaireResponse?_id=${id(any)}&${include}`)).toEqual([[any], sorted(one, two)]);
    expect(await ask(`/QuestionnaireResponse?_id=${id(third)}&${include}`)).toEqual([[third], []]);
    expect(await ask(`/QuestionnaireResponse?_id=${id(first)}&_include=QuestionnaireResponse:*`)).toEqual([
      [first],
      [one],
    ]);
    const system = async (at: string, supplements?: string): Promise<string> =>
      `CodeSystem/${await create({ resourceType: 'CodeSystem', url: `${url}-${at}`, status: 'active', content: supplements === undefined ? 'complete' : 'supplement', ...(supplements === undefined ? {} : { supplements: `${url}-${supplements}` }) })}`;
    const [a, b, c] = [await system('a', 'b'), await system('b', 'c'), await system('c')];
    expect(await ask(`/CodeSystem?_id=${id(a)}&_include=CodeSystem:supplements`)).toEqual([[a], [b]]);
    expect(await ask(`/CodeSystem?_id=${id(a)}&_include:iterate=CodeSystem:supplements:CodeSystem`)).toEqual([
      [a],
      sorted(b, c),
    ]);
    const back = '_revinclude=QuestionnaireResponse:questionnaire';
    expect(await ask(`/Questionnaire?_id=${id(two)}&${back}`)).toEqual([[two], sorted(any, second)]);
    expect(await ask(`/Questionnaire?url=${url}&version=1&${back}:Questionnaire`)).toEqual([[one], sorted(first, any)]);
    expect(await ask(`/Questionnaire?_id=${id(two)}&${back}:Patient`)).toEqual([[two], []]);
    expect(await ask(`/QuestionnaireResponse?questionnaire.title=${name} 2`)).toEqual([sorted(any, second), []]);
    expect(await ask(`/QuestionnaireResponse?questionnaire:Questionnaire.title=${name} 9`)).toEqual([[], []]);
    const has = `_has:QuestionnaireResponse:questionnaire`;
    expect(await ask(`/Questionnaire?${has}:_id=${id(first)}`)).toEqual([[one], []]);
    expect(await ask(`/Questionnaire?${has}:identifier=${name}`)).toEqual([sorted(one, two), []]);
    expect(await ask(`/Questionnaire?${has}:_id=${id(third)}`)).toEqual([[], []]);
  });

  test('[FR46] a page of resources too large together is refused, a smaller one is not', async () => {
    const { create, get, post } = here();
    const family = unique('Large');
    const photo = [{ contentType: 'image/png', data: 'A'.repeat(140_000) }];
    for (let i = 0; i < 4; i++) await create({ resourceType: 'Patient', name: [{ family }], photo });
    for (const path of [`/Patient?family=${family}`, '/Patient/_history?_count=4']) {
      const refused = await get(path);
      expect([path, refused.status, issueCodes(refused)]).toEqual([path, 400, ['too-costly']]);
    }
    expect(found(await get(`/Patient?family=${family}&_count=2`))).toHaveLength(2);
    const entry = Array.from({ length: 12 }, () => ({
      request: { method: 'GET', url: `Patient?family=${family}&_count=2` },
    }));
    const batch = await post('/', { resourceType: 'Bundle', type: 'batch', entry });
    const statuses = listAt(batch.json, 'entry').map((one) => String(at(one, 'response.status')).slice(0, 3));
    expect([batch.status, statuses.at(0), statuses.at(-1)]).toEqual([200, '200', '400']);
  });
}
