// Numbers, identities and merged records over HTTP, on the small ward.
import { describe, expect, test } from 'vitest';
import { readNumber } from '../../core/care/identity/number-text.ts';
import type { LeaseDesk } from '../identity/issue-leased.ts';
import { memoryNumberRows } from '../ports/memory-number-rows.ts';
import { knownByToken } from './access.test-kit.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { hospital, observation, PEOPLE, staff, type Hospital, type Reply } from './ward.test-kit.ts';

const STAFF = new Map([
  ...PEOPLE,
  ['receptionist', staff('rita', 'receptionist')],
  [
    'supervisor',
    staff('nadia', 'nurse', {
      duties: [{ role: 'nurse', site: 'Organization/s', places: ['Location/w'], supervisor: true }],
    }),
  ],
  [
    'patient',
    staff('p', 'patient', { who: 'Patient/in', duties: [{ role: 'patient', places: [], supervisor: false }] }),
  ],
]);
const start = (leases?: LeaseDesk): Promise<Hospital> =>
  hospital({
    authenticator: knownByToken(STAFF),
    identity: {
      rows: memoryNumberRows(),
      node: { siteCode: 'KIS', incarnation: 'i', startedAt: Date.now() },
      ...(leases === undefined ? {} : { leases }),
    },
  });
/** The numbers that were given, as printed. */
const valuesIn = ({ json }: Reply): readonly string[] =>
  listAt(json, 'parameter')
    .filter((each) => at(each, 'name') === 'number')
    .map((each) => String(at(each, 'valueIdentifier.value')));

const reference = (name: string, target: string): object => ({ name, valueReference: { reference: target } });
const text = (name: string, value: string): object => ({ name, valueString: value });
const parameters = (...parameter: object[]): object => ({ resourceType: 'Parameters', parameter });
const both = (source: string, target: string, reason = 'same person, seen with passport'): object =>
  parameters(
    reference('source-patient', `Patient/${source}`),
    reference('target-patient', `Patient/${target}`),
    text('reason', reason),
  );
const found = (reply: Reply, type?: string): readonly string[] =>
  listAt(reply.json, 'entry')
    .filter((entry) => at(entry, 'search.mode') !== 'outcome')
    .map((entry) => `${String(at(entry, 'resource.resourceType'))}/${String(at(entry, 'resource.id'))}`)
    .filter((name) => type === undefined || name.startsWith(`${type}/`))
    .toSorted();
const medicine = (patient: string): object => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { text: 'warfarin' },
  subject: { reference: `Patient/${patient}` },
});
const allergy = (patient: string): object => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  code: { text: 'penicillin' },
  patient: { reference: `Patient/${patient}` },
});

describe('numbers', () => {
  test('[ID43] of a leased series what is left is given, then temporary ones; a block says from where to where and who took it', async () => {
    const series = { name: 'nhs', system: 'urn:oid:2.16', text: 'NHS number', width: 7, check: 'none' } as const;
    const left = ['0000001', '0000002', '0000003'];
    const { send, trail } = await start({
      names: async () => ['nhs'],
      issue: async (name, count) => (name === 'nhs' ? { series, numbers: left.splice(0, count) } : undefined),
    });
    const ask = (count: number, name = 'nhs'): Promise<Reply> =>
      send('clerk', 'POST', '/$issue-number', parameters(text('series', name), { name: 'count', valueInteger: count }));
    const one = await ask(1);
    expect(valuesIn(one)).toEqual(['0000001']);
    expect(at(one.json, 'parameter.0.valueIdentifier.system')).toBe('urn:oid:2.16');
    expect(listAt(one.json, 'parameter')).toHaveLength(1);
    const four = await ask(4);
    const numbers = valuesIn(four);
    expect(numbers.slice(0, 2)).toEqual(['0000002', '0000003']);
    expect(numbers.slice(2).every((each) => readNumber(each)?.parts.temporary === true)).toBe(true);
    expect(numbers).toHaveLength(4);
    const named = (name: string): readonly unknown[] =>
      listAt(four.json, 'parameter').filter((each) => at(each, 'name') === name);
    expect(named('block')[0]).toMatchObject({
      part: [
        { valueString: 'nhs' },
        { valueString: '0000002' },
        { valueString: '0000003' },
        { valueInteger: 2 },
        { name: 'taken-by', valueString: expect.stringContaining('Practitioner/') },
      ],
    });
    expect(named('temporary')[0]).toMatchObject({ part: [{ valueInteger: 2 }, { name: 'reason' }] });
    expect(trail.entries.map(({ reason }) => reason?.replace(/T-KIS-\S+/g, 'T'))).toEqual([
      'nhs 0000001 to 0000001, 1',
      'nhs 0000002 to 0000003, 2',
      expect.stringContaining('temporary T'),
    ]);
    expect((await ask(1)).status).toBe(200);
    const unknown = await ask(1, 'coffee');
    expect([unknown.status, JSON.stringify(unknown.json).includes('nhs')]).toEqual([400, true]);
  });

  test('[ID10] $issue-number gives identifiers of a series, told to the audit and kept; not to patients', async () => {
    const { send, trail } = await start();
    const reply = await send(
      'clerk',
      'POST',
      '/$issue-number',
      parameters(text('type', 'encounter'), { name: 'count', valueInteger: 20 }, text('purpose', 'tablet 7')),
    );
    expect(reply.status).toBe(200);
    const numbers = valuesIn(reply);
    expect(numbers).toHaveLength(20);
    expect(new Set(numbers).size).toBe(20);
    expect(numbers.every((each) => readNumber(each)?.parts.site === 'KIS')).toBe(true);
    expect(at(reply.json, 'parameter.0.valueIdentifier.system')).toBe('https://holdfast.example/number/encounter/kis');
    expect(trail.entries.map(({ interaction, reason }) => [interaction, reason])).toEqual([
      ['$issue-number', `encounter ${numbers[0]} to ${numbers[19]}, 20: tablet 7`],
    ]);
    expect((await send('patient', 'POST', '/$issue-number', parameters(text('type', 'patient')))).status).toBe(403);
    for (const [type, count] of [
      ['coffee', 1],
      ['patient', 0],
      ['patient', 5_001],
    ] as const) {
      const wrong = parameters(text('type', type), { name: 'count', valueInteger: count });
      expect((await send('clerk', 'POST', '/$issue-number', wrong)).status).toBe(400);
    }
    const none = await hospital();
    expect((await none.send('clerk', 'POST', '/$issue-number', parameters(text('type', 'patient')))).status).toBe(404);
  });
});

describe('people whom nobody knows', () => {
  test('[ID14] [ID16] an unidentified patient has a record and a number at once, never the same', async () => {
    const { send } = await start();
    const numbers = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const reply = await send(
        'nurse',
        'POST',
        '/Patient/$temporary-identity',
        parameters({ name: 'gender', valueCode: 'male' }, { name: 'age', valueInteger: 40 }),
      );
      expect(reply.status).toBe(201);
      const id = String(at(reply.json, 'parameter.0.resource.id'));
      const number = String(at(reply.json, 'parameter.0.resource.identifier.0.value'));
      expect(number).toMatch(/^T-KIS-/);
      numbers.add(number);
      expect((await send('nurse', 'GET', `/Patient/${id}`)).status).toBe(200);
      expect(found(await send('clerk', 'GET', `/Patient?identifier=${number}`))).toEqual([`Patient/${id}`]);
    }
    expect(numbers.size).toBe(10);
    for (const wrong of [
      { name: 'gender', valueCode: 'tall' },
      { name: 'age', valueInteger: 300 },
      { name: 'kind', valueCode: 'horse' },
    ])
      expect((await send('nurse', 'POST', '/Patient/$temporary-identity', parameters(wrong))).status).toBe(400);
    expect((await send('patient', 'POST', '/Patient/$temporary-identity', parameters())).status).toBe(403);
  });

  test('[ID15] [ID16] twins are found from the mother, and the mother from each', async () => {
    const { send } = await start();
    const ask = parameters(
      { name: 'kind', valueCode: 'newborn' },
      reference('mother', 'Patient/in'),
      { name: 'gender', valueCode: 'female' },
      { name: 'gender', valueCode: 'male' },
    );
    const reply = await send('nurse', 'POST', '/Patient/$temporary-identity', ask);
    expect(reply.status).toBe(201);
    const ids = listAt(reply.json, 'parameter').map((each) => String(at(each, 'resource.id')));
    expect(ids).toHaveLength(2);
    const related = await send(
      'nurse',
      'GET',
      '/RelatedPerson?identifier=urn:number|in&_include=RelatedPerson:patient',
    );
    expect(found(related, 'Patient')).toEqual(ids.map((id) => `Patient/${id}`).toSorted());
    expect(at(reply.json, 'parameter.1.resource.extension.0.valueReference.reference')).toBe('Patient/in');
    const unknown = parameters({ name: 'kind', valueCode: 'newborn' }, reference('mother', 'Patient/nobody'));
    expect((await send('nurse', 'POST', '/Patient/$temporary-identity', unknown)).status).toBe(404);
  });

  test('[ID17] a registration is told whom it may be, and is never stopped by it', async () => {
    const { send } = await start();
    const grace = { resourceType: 'Patient', name: [{ family: 'Okello', given: ['Grace'] }], birthDate: '1990-02-03' };
    const first = await send('clerk', 'POST', '/Patient', grace);
    const id = String(at(first.json, 'id'));
    const again = await send(
      'clerk',
      'POST',
      '/Patient',
      { ...grace, name: [{ family: 'Okelo', given: ['Grace'] }] },
      { prefer: 'return=OperationOutcome' },
    );
    expect(again.status).toBe(201);
    expect(
      listAt(again.json, 'issue').map((each) => [at(each, 'severity'), at(each, 'code'), at(each, 'details.text')]),
    ).toEqual([['information', 'duplicate', `Patient/${id} has a like name and the same date of birth.`]]);
    const other = await send(
      'clerk',
      'POST',
      '/Patient',
      { ...grace, birthDate: '1950-01-01' },
      { prefer: 'return=OperationOutcome' },
    );
    expect(listAt(other.json, 'issue').map((each) => at(each, 'code'))).toEqual(['informational']);
    const match = await send('nurse', 'POST', '/Patient/$match', parameters({ name: 'resource', resource: grace }));
    expect(match.status).toBe(200);
    expect(listAt(match.json, 'entry').map((entry) => at(entry, 'search.score'))).toEqual([0.9, 0.6]);
    expect((await send('nurse', 'POST', '/Patient/$match', parameters())).status).toBe(400);
  });
});

describe('records of one person', () => {
  test('[ID22] [ID27] who may, with a reason; what would make a circle or a second survivor is refused', async () => {
    const { send, trail } = await start();
    await send('service', 'PUT', '/Patient/third', { resourceType: 'Patient', id: 'third' });
    for (const token of ['nurse', 'receptionist', 'patient', 'none', 'app'])
      expect((await send(token, 'POST', '/Patient/$merge', both('out', 'in'))).status, token).toBe(403);
    expect((await send('clerk', 'POST', '/Patient/$merge', both('out', 'in', ' '))).status).toBe(400);
    expect((await send('clerk', 'POST', '/Patient/$merge', both('nobody', 'in'))).status).toBe(404);
    expect((await send('clerk', 'POST', '/Patient/$merge', both('in', 'in'))).status).toBe(422);
    trail.entries.length = 0;
    const merged = await send('clerk', 'POST', '/Patient/$merge', both('out', 'in'));
    expect(merged.status).toBe(200);
    expect(at(merged.json, 'parameter.1.resource.link.0')).toEqual({
      other: { reference: 'Patient/out' },
      type: 'replaces',
    });
    expect((await send('nurse', 'GET', '/Patient/out')).json).toMatchObject({
      active: false,
      link: [{ other: { reference: 'Patient/in' }, type: 'replaced-by' }],
    });
    expect(trail.entries[0]).toMatchObject({
      interaction: '$merge',
      reason: 'same person, seen with passport',
      patients: ['Patient/out', 'Patient/in'],
    });
    const provenance = await send('service', 'GET', '/Provenance?target=Patient/out');
    expect(at(provenance.json, 'entry.0.resource.reason.0.text')).toBe('same person, seen with passport');
    for (const [source, target] of [
      ['out', 'in'],
      ['in', 'out'],
      ['out', 'third'],
      ['third', 'out'],
    ] as const)
      expect((await send('clerk', 'POST', '/Patient/$merge', both(source, target))).status, `${source} ${target}`).toBe(
        422,
      );
    expect((await send('supervisor', 'POST', '/Patient/$unmerge', both('out', 'in'))).status).toBe(200);
    expect((await send('clerk', 'POST', '/Patient/$unmerge', both('out', 'in'))).status).toBe(422);
  });

  test('[ID27] nobody but a program joins records by writing the link', async () => {
    const { send } = await start();
    const link = [{ other: { reference: 'Patient/out' }, type: 'replaces' }];
    const patient = { resourceType: 'Patient', id: 'in', identifier: [{ system: 'urn:number', value: 'in' }], link };
    expect((await send('clerk', 'PUT', '/Patient/in', patient)).status).toBe(403);
    expect((await send('clerk', 'POST', '/Patient', { ...patient, id: undefined })).status).toBe(403);
    await send('clerk', 'POST', '/Patient/$merge', both('out', 'in'));
    const { json } = await send('clerk', 'GET', '/Patient/in');
    expect((await send('clerk', 'PUT', '/Patient/in', { ...(json as object), gender: 'female' })).status).toBe(200);
    expect((await send('clerk', 'PUT', '/Patient/in', { ...(json as object), link: undefined })).status).toBe(403);
  });

  test('[ID23] [ID24] every way to ask for the survivor finds what stands in the other record, also what comes late', async () => {
    const { send } = await start();
    const all = ['Observation/in', 'Observation/out'];
    const ways = (patient: string): readonly string[] => [
      `/Observation?patient=${patient}`,
      `/Observation?subject=Patient/${patient}`,
      `/Observation?patient=Patient/${patient}&status=final`,
      `/Patient/${patient}/Observation`,
      `/Observation?patient.identifier=urn:number|${patient}`,
      `/Observation?subject:Patient.name=${patient}`,
    ];
    for (const way of ways('in')) expect(found(await send('service', 'GET', way)), way).toEqual(['Observation/in']);
    await send('clerk', 'POST', '/Patient/$merge', both('out', 'in'));
    for (const patient of ['in', 'out'])
      for (const way of ways(patient)) expect(found(await send('service', 'GET', way)), way).toEqual(all);
    const late = await send('service', 'POST', '/Observation', observation('out'));
    const three = [...all, `Observation/${String(at(late.json, 'id'))}`].toSorted();
    for (const way of ways('in')) expect(found(await send('service', 'GET', way)), way).toEqual(three);
    const whole = found(await send('service', 'GET', '/Patient/in/$everything'));
    expect(whole).toEqual(
      expect.arrayContaining([...three, 'Patient/in', 'Patient/out', 'Encounter/in', 'Encounter/out']),
    );
    expect(found(await send('service', 'GET', '/Patient/in/$everything?_type=Observation&start=2000-01-01'))).toEqual(
      three,
    );
    const chart = await send('service', 'GET', '/Patient?_id=in&_revinclude=Observation:patient');
    expect(found(chart)).toEqual([...three, 'Patient/in', 'Patient/out'].toSorted());
    expect(at(chart.json, 'total')).toBe(1);
    expect(found(await send('service', 'GET', '/Patient?_has:Observation:patient:status=final'))).toEqual([
      'Patient/in',
      'Patient/out',
    ]);
    // Page by page nothing is lost and nothing comes twice.
    const pages: string[] = [];
    for (let url: string | undefined = '/Observation?patient=in&_count=1'; url !== undefined;) {
      const page: Reply = await send('service', 'GET', url);
      pages.push(...found(page));
      const next = listAt(page.json, 'link').find((link) => at(link, 'relation') === 'next');
      url = next === undefined ? undefined : String(at(next, 'url')).replace(/^.*\/fhir/, '');
    }
    expect(pages.toSorted()).toEqual(three);
  });

  test('[ID25] rights are judged by record, but medicines and allergies of the other are never hidden', async () => {
    const { send } = await start();
    const { json: order } = await send('service', 'POST', '/MedicationRequest', medicine('out'));
    const { json: allergic } = await send('service', 'POST', '/AllergyIntolerance', allergy('out'));
    const [drug, harm] = [
      `MedicationRequest/${String(at(order, 'id'))}`,
      `AllergyIntolerance/${String(at(allergic, 'id'))}`,
    ];
    expect(found(await send('nurse', 'GET', '/MedicationRequest?patient=in'))).toEqual([]);
    expect((await send('nurse', 'GET', `/${drug}`)).status).toBe(404);
    await send('clerk', 'POST', '/Patient/$merge', both('out', 'in'));
    for (const way of [
      '/MedicationRequest?patient=in',
      '/Patient/in/MedicationRequest',
      '/MedicationRequest?patient=out',
    ])
      expect(found(await send('nurse', 'GET', way)), way).toEqual([drug]);
    expect(found(await send('nurse', 'GET', '/AllergyIntolerance?patient=in'))).toEqual([harm]);
    expect((await send('nurse', 'GET', `/${drug}`)).status).toBe(200);
    expect(found(await send('nurse', 'GET', '/Patient/in/$everything'))).toEqual(expect.arrayContaining([drug, harm]));
    expect(found(await send('nurse', 'GET', '/Patient?_id=in&_revinclude=MedicationRequest:patient'))).toContain(drug);
    // What is no medicine stays with who has to do with that record, and the list says that there may be more.
    const results = await send('nurse', 'GET', '/Observation?patient=in');
    expect(found(results)).toEqual(['Observation/in']);
    expect(listAt(results.json, 'entry').some((entry) => at(entry, 'resource.issue.0.code') === 'suppressed')).toBe(
      true,
    );
    // A clerk sees no medicines, so sees none of the other record either.
    expect((await send('clerk', 'GET', '/MedicationRequest?patient=in')).status).toBe(403);
    await send('clerk', 'POST', '/Patient/$unmerge', both('out', 'in'));
    expect(found(await send('nurse', 'GET', '/MedicationRequest?patient=in'))).toEqual([]);
    expect((await send('nurse', 'GET', `/${drug}`)).status).toBe(404);
  });

  test('[ID26] to part them leaves every record byte for byte as it was', async () => {
    const { send, store } = await start();
    const odd =
      '{ "resourceType" : "Patient", "id":"odd",\n "active":true, "extension":[{"url":"urn:x","valueDecimal":1.00}] }';
    await send('service', 'PUT', '/Patient/odd', JSON.parse(odd) as object);
    const keys = [
      { type: 'Patient', id: 'odd' },
      { type: 'Patient', id: 'in' },
      { type: 'Observation', id: 'in' },
      { type: 'Encounter', id: 'in' },
    ];
    const texts = async (): Promise<readonly (string | undefined)[]> =>
      (await store.read(keys, { see: 'everything' })).map((stored) => stored?.text);
    const before = await texts();
    await send('clerk', 'POST', '/Patient/$merge', both('odd', 'in'));
    const between = await texts();
    expect(between.slice(2)).toEqual(before.slice(2));
    expect(between[0]).not.toBe(before[0]);
    await send('clerk', 'POST', '/Patient/$unmerge', both('odd', 'in'));
    expect(await texts()).toEqual(before);
    // With a change between: the link alone is taken away, and active is as it was.
    await send('clerk', 'POST', '/Patient/$merge', both('odd', 'in'));
    const { json } = await send('clerk', 'GET', '/Patient/odd');
    await send('clerk', 'PUT', '/Patient/odd', { ...(json as object), gender: 'male' });
    expect((await send('clerk', 'POST', '/Patient/$unmerge', both('odd', 'in'))).status).toBe(200);
    expect((await send('clerk', 'GET', '/Patient/odd')).json).toMatchObject({ active: true, gender: 'male' });
    expect(at((await send('clerk', 'GET', '/Patient/odd')).json, 'link')).toBeUndefined();
    expect((await texts())[1]).toBe(before[1]);
  });

  test('[ID22] a preview writes nothing', async () => {
    const { send } = await start();
    const wish = both('out', 'in') as { parameter: object[] };
    const preview = { ...wish, parameter: [...wish.parameter, { name: 'preview', valueBoolean: true }] };
    expect((await send('clerk', 'POST', '/Patient/$merge', preview)).status).toBe(200);
    expect(at((await send('clerk', 'GET', '/Patient/out')).json, 'link')).toBeUndefined();
  });
});
