// Operations and metadata (FR38–FR41).
import { expect, test } from 'vitest';
import { at, found, issueCodes, linkOf, listAt, type Reply, type TestClient } from './http-client.test-kit.ts';

export function operationContract(here: () => TestClient): void {
  const chart = async (): Promise<{
    readonly id: string;
    readonly own: readonly string[];
    readonly supporting: readonly string[];
  }> => {
    const { create } = here();
    const organization = await create({ resourceType: 'Organization', name: 'x' });
    const practitioner = await create({ resourceType: 'Practitioner' });
    const medication = await create({
      resourceType: 'Medication',
      manufacturer: { reference: `Organization/${organization}` },
    });
    const id = await create({ resourceType: 'Patient' });
    const subject = { reference: `Patient/${id}` };
    const observation = await create({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject,
      effectiveDateTime: '2024-05-06',
      performer: [{ reference: `Practitioner/${practitioner}` }],
    });
    const request = await create({
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject,
      authoredOn: '2020-01-01',
      medicationReference: { reference: `Medication/${medication}` },
    });
    const allergy = await create({
      resourceType: 'AllergyIntolerance',
      patient: subject,
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
      },
    });
    const stranger = await create({ resourceType: 'Patient' });
    await create({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${stranger}` },
    });
    return {
      id,
      own: [
        `Patient/${id}`,
        `Observation/${observation}`,
        `MedicationRequest/${request}`,
        `AllergyIntolerance/${allergy}`,
      ],
      supporting: [`Practitioner/${practitioner}`, `Medication/${medication}`, `Organization/${organization}`],
    };
  };
  const sorted = (list: readonly string[]): readonly string[] => [...list].toSorted();

  test('[FR38] $everything is the patient, the compartment, and what it refers to', async () => {
    const { get, post } = here();
    const { id, own, supporting } = await chart();
    const all = await get(`/Patient/${id}/$everything`);
    expect(all.status).toBe(200);
    expect(sorted(found(all))).toEqual(sorted(own));
    expect(found(all)[0]).toBe(`Patient/${id}`);
    expect(sorted(found(all, 'include'))).toEqual(sorted(supporting));
    const typed = await get(`/Patient/${id}/$everything?_type=Observation,Practitioner`);
    expect([...found(typed), ...found(typed, 'include')]).toEqual([own[1], supporting[0]]);
    const dated = await get(`/Patient/${id}/$everything?start=2024-01-01&end=2024-12-31`);
    expect(sorted(found(dated))).toEqual(sorted(own.filter((name) => !name.startsWith('MedicationRequest'))));
    expect(found(await get(`/Patient/${id}/$everything?_since=2999-01-01T00:00:00Z`))).toEqual([]);
    const parameters = { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'AllergyIntolerance' }] };
    expect(found(await post(`/Patient/${id}/$everything`, parameters))).toEqual([own[3]]);
    for (const dates of ['', '&start=2001']) {
      const seen: string[] = [];
      let reply: Reply = await get(`/Patient/${id}/$everything?_count=1${dates}`);
      for (;;) {
        expect(reply.status).toBe(200);
        expect(found(reply).length).toBeLessThanOrEqual(1);
        seen.push(...found(reply));
        const next = linkOf(reply, 'next');
        if (next === undefined) break;
        expect(next).not.toContain('start');
        reply = await get(next);
      }
      expect(sorted(seen)).toEqual(sorted(own));
    }
    const everyone: string[] = [];
    let page: Reply = await get('/Patient/$everything?_count=3');
    for (;;) {
      expect(page.status).toBe(200);
      everyone.push(...found(page), ...found(page, 'include'));
      const next = linkOf(page, 'next');
      if (next === undefined) break;
      page = await get(next);
    }
    expect(everyone).toEqual(expect.arrayContaining([...own, ...supporting]));
    const ofGroup = await here().create({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Group/1' },
    });
    const observations = await post('/Patient/$everything?_type=Observation', { resourceType: 'Parameters' });
    expect(found(observations)).toContain(own[1]);
    expect(found(observations)).not.toContain(`Observation/${ofGroup}`);
    expect((await get('/Patient/never-was/$everything')).status).toBe(404);
    expect((await get(`/Patient/${id}/$everything?_type=Nothing`)).status).toBe(400);
    expect((await get(`/Patient/${id}/$everything?start=soon`)).status).toBe(400);
    expect((await get(`/Practitioner/${id}/$everything`)).status).toBe(404);
  });

  test('[FR39] $validate judges and stores nothing', async () => {
    const { create, get, post } = here();
    const id = await create({ resourceType: 'Patient' });
    const before = (await get('/_history?_count=0')).json['total'];
    const severities = (reply: Reply): readonly unknown[] =>
      listAt(reply.json, 'issue').map((issue) => at(issue, 'severity'));
    const good = await post('/Patient/$validate', { resourceType: 'Patient' });
    expect([good.status, good.json['resourceType'], severities(good).includes('error')]).toEqual([
      200,
      'OperationOutcome',
      false,
    ]);
    const bad = await post('/Patient/$validate', { resourceType: 'Patient', gender: 'wrong' });
    expect([bad.status, at(bad.json, 'issue.0.expression.0')]).toEqual([200, 'Patient.gender']);
    const wrapped = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'mode', valueCode: 'update' },
        { name: 'resource', resource: { resourceType: 'Patient', id: 'other' } },
      ],
    };
    expect(severities(await post(`/Patient/${id}/$validate`, wrapped))).toContain('error');
    expect(severities(await post('/Observation/$validate', { resourceType: 'Patient' }))).toContain('error');
    const remove = { resourceType: 'Parameters', parameter: [{ name: 'mode', valueCode: 'delete' }] };
    expect((await post(`/Patient/${id}/$validate`, remove)).status).toBe(200);
    expect((await post('/Patient/never-was/$validate', remove)).status).toBe(404);
    for (const reply of [
      await get(`/Patient/${id}/$validate`),
      await here().send('POST', `/Patient/${id}/$validate`),
    ]) {
      expect([reply.status, severities(reply)]).toEqual([200, ['information']]);
    }
    expect((await get('/Patient/never-was/$validate')).status).toBe(404);
    expect((await get('/Patient/$validate')).status).toBe(400);
    expect((await post('/Patient/$validate?mode=nonsense', { resourceType: 'Patient' })).status).toBe(400);
    expect(
      severities(await post('/Patient/$validate?profile=http://x.example/p', { resourceType: 'Patient' })),
    ).toEqual(['warning']);
    const base = 'http://hl7.org/fhir/StructureDefinition/Patient';
    expect(severities(await post(`/Patient/$validate?profile=${base}`, { resourceType: 'Patient' }))).toEqual([
      'information',
    ]);
    expect((await get('/_history?_count=0')).json['total']).toBe(before);
    expect((await get(`/Patient/${id}`)).status).toBe(200);
  });

  test('[FR40] $meta shows, $meta-add and $meta-delete change labels, and nothing else of the body', async () => {
    const { get, post } = here();
    const text = '{"resourceType":"Observation", "status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}';
    const id = String((await post('/Observation', text)).json['id']);
    const tag = { system: 'urn:t', code: 'a', display: 'A' };
    const meta = (valueMeta: object): object => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta }],
    });
    const first = await get(`/Observation/${id}/$meta`);
    expect(Object.keys(Object(at(first.json, 'parameter.0.valueMeta')))).toEqual(['versionId', 'lastUpdated']);
    const added = await post(`/Observation/${id}/$meta-add`, meta({ tag: [tag], profile: ['http://p.example'] }));
    expect([added.status, at(added.json, 'parameter.0.valueMeta.tag')]).toEqual([200, [tag]]);
    expect(found(await get(`/Observation?_tag=urn:t|a&_id=${id}`))).toHaveLength(1);
    expect((await get(`/Observation/${id}`)).text).toContain('"value":1.50');
    for (const path of ['/$meta', '/Observation/$meta']) {
      const union = await get(path);
      expect([path, union.status, listAt(union.json, 'parameter.0.valueMeta.tag')]).toEqual([
        path,
        200,
        expect.arrayContaining([tag]),
      ]);
      expect(listAt(union.json, 'parameter.0.valueMeta.profile')).toContain('http://p.example');
    }
    expect(listAt((await get('/Patient/$meta')).json, 'parameter.0.valueMeta.profile')).not.toContain(
      'http://p.example',
    );
    await post(`/Observation/${id}/$meta-add`, meta({ tag: [tag] }));
    expect(at((await get(`/Observation/${id}/$meta`)).json, 'parameter.0.valueMeta.tag')).toHaveLength(1);
    const removed = await post(
      `/Observation/${id}/$meta-delete`,
      meta({ tag: [{ system: 'urn:t', code: 'a' }], profile: ['http://p.example'] }),
    );
    expect([removed.status, at(removed.json, 'parameter.0.valueMeta.tag')]).toEqual([200, undefined]);
    expect((await get(`/Observation/${id}`)).text).toContain('1.50');
    const version = String(at(first.json, 'parameter.0.valueMeta.versionId'));
    expect((await get(`/Observation/${id}/_history/${version}/$meta`)).status).toBe(200);
    expect((await post(`/Observation/${id}/$meta-add`, { resourceType: 'Parameters' })).status).toBe(400);
    expect((await get('/Observation/never-was/$meta')).status).toBe(404);
    const unknown = await get(`/Observation/${id}/$nothing`);
    expect([unknown.status, issueCodes(unknown)]).toEqual([404, ['not-supported']]);
    expect((await get(`/Observation/${id}/$meta-add`)).status).toBe(405);
  });

  test('[FR41] metadata says what there is, and is itself valid', async () => {
    const { base, get, post } = here();
    const reply = await get('/metadata');
    expect(reply.status).toBe(200);
    expect([reply.json['resourceType'], reply.json['fhirVersion'], reply.json['kind']]).toEqual([
      'CapabilityStatement',
      '4.0.1',
      'instance',
    ]);
    expect(at(reply.json, 'implementation.url')).toBe(base);
    const judged = await post('/CapabilityStatement/$validate', reply.text);
    // The text is over the contract's small body limit on purpose-built servers; where it fits it must be valid.
    if (judged.status === 200)
      expect(listAt(judged.json, 'issue').filter((issue) => at(issue, 'severity') === 'error')).toEqual([]);
    else expect(judged.status).toBe(413);
    const types = listAt(reply.json, 'rest.0.resource').map((resource) => at(resource, 'type'));
    expect(types).toHaveLength(146);
    for (const type of ['Patient', 'Observation', 'MolecularSequence'])
      expect((await get(`/${type}?_count=1`)).status).toBe(200);
    expect((await get('/metadata?_format=xml')).status).toBe(406);
  });
}
