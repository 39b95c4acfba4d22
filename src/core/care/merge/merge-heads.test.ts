import { expect, test } from 'vitest';
import { sha256 } from '../../base/sha256.ts';
import { definitions } from '../../fhir/definitions/r4.ts';
import { code, read } from './bodies.test-kit.ts';
import { viewOf, type Policies } from '../../record/view.ts';
import { carePolicies } from './care-policies.ts';
import { body, head } from './heads.test-kit.ts';
import { mergeHeads } from './merge-heads.ts';
import type { Merged, MergeHead } from './merged.ts';
import { POLICY_TABLE, POLICY_VERSION, policyOf } from './policies.ts';

/** Base and heads as members of a body; undefined is a tombstone, a base of undefined unknown. */
const merged = (type: string, base: string | undefined, ...sides: readonly (string | undefined)[]): Merged =>
  mergeHeads(
    type,
    sides.map((members, i) => head(`${i}`, members === undefined ? undefined : body(type, members))),
    base === undefined ? [] : [head('base', body(type, base), { generation: 1 })],
  );
const paths = (of: Merged): readonly string[] => of.fields.map(({ path, severity }) => `${severity} ${path}`);
const kinds = (of: Merged): readonly string[] => of.notes.map(({ kind }) => kind);
const ref = (to: string): string => `{"reference":"${to}"}`;

test('[MG1] every resource type of R4 is in exactly one row, and nothing else is', () => {
  const placed = POLICY_TABLE.flatMap(({ types }) => types);
  expect([...placed].sort()).toEqual([...definitions.resourceTypes].sort());
  expect(new Set(POLICY_TABLE.map(({ name }) => name)).size).toBe(POLICY_TABLE.length);
});

test('[MG1] the elements that a row names are those of its types', () => {
  for (const row of POLICY_TABLE) {
    const known = new Set(row.types.flatMap((type) => definitions.type(type)?.elements.map(({ name }) => name) ?? []));
    for (const element of [...Object.keys(row.elements ?? {}), ...Object.keys(row.keys ?? {}), ...(row.weighs ?? [])]) {
      expect(known.has(element), `${row.name}: ${element}`).toBe(true);
    }
  }
});

test('[MG1] what is no type of R4 is never mixed', () => {
  expect(policyOf('constructor')).toBeUndefined();
  const shown = merged('Strange', '"a":1,"b":1', '"a":2,"b":1', '"a":1,"b":2');
  expect(shown).toMatchObject({ state: 'conflict', severity: 'S1', composed: false });
});

test('[MG2] administrative differences merge by themselves and stand in the log', () => {
  const shown = merged('Coverage', '"order":1', '"order":2', '"order":3');
  expect(shown).toMatchObject({ state: 'merged', conflict: false, severity: 'S3', beside: [] });
  expect(shown.fields[0]?.base).toBe(1);
  expect(shown.fields[0]?.sides.map(({ value }) => value).sort()).toEqual([2, 3]);
  expect(merged('Coverage', '"order":1', '"order":1', '"order":1').state).toBe('clean');
});

test("[MG3] [MG4] a number keeps its zeros and its unit, and never gets another author's", () => {
  const base = '"status":"final","valueQuantity":{"value":1.50,"unit":"mg"}';
  const shown = merged(
    'Observation',
    base,
    '"status":"final","valueQuantity":{"value":1.5,"unit":"mg"}',
    '"status":"final","valueQuantity":{"value":1.50,"unit":"g"}',
  );
  expect(paths(shown)).toEqual(['S2 Observation.value']);
  expect(shown.composed).toBe(false);
  const noted = merged('Observation', base, `${base},"note":[{"text":"a"}]`, `${base},"bodySite":{"text":"arm"}`);
  expect(noted).toMatchObject({ state: 'merged', composed: true });
  expect(noted.text).toContain('"value":1.50,');
  expect(noted.text).toContain('"text":"a"');
  expect(noted.text).toContain('"text":"arm"');
  const other = merged(
    'Observation',
    '"status":"final"',
    '"status":"final","valueString":"x"',
    '"status":"final","valueInteger":1',
  );
  expect(paths(other)).toEqual(['S2 Observation.value']);
  const twin = merged('Observation', '"issued":"2026"', '"issued":"2025"', '"issued":"2026","_issued":{"id":"i"}');
  expect(paths(twin)).toEqual(['S2 Observation.issued']);
});

test('[MG5] [MG6] items are told apart by identity; a union takes nothing away, a set takes away what nobody changed', () => {
  const two = '{"system":"s","value":"1"},{"system":"s","value":"2"}';
  const numbers = merged(
    'Patient',
    `"identifier":[${two}]`,
    `"identifier":[{"system":"s","value":"2"}]`,
    `"identifier":[${two},{"system":"s","value":"3"}]`,
  );
  expect(read(numbers.text)['identifier']).toEqual(JSON.parse(`[${two},{"system":"s","value":"3"}]`));
  expect(numbers.state).toBe('merged');
  const phones = '{"value":"1","use":"home"},{"value":"2","use":"work"}';
  const reached = merged(
    'Patient',
    `"telecom":[${phones}]`,
    `"telecom":[{"value":"2","use":"work"}]`,
    `"telecom":[${phones},{"value":"3","use":"mobile"}]`,
  );
  expect(read(reached.text)['telecom']).toEqual(
    JSON.parse('[{"value":"2","use":"work"},{"value":"3","use":"mobile"}]'),
  );
});

test('[MG7] an item that one side changed and the other took away stays, in conflict', () => {
  const shown = merged(
    'List',
    `"entry":[{"item":${ref('X/1')}}]`,
    '"status":"current"',
    `"entry":[{"item":${ref('X/1')},"deleted":true}]`,
  );
  expect(paths(shown)).toEqual(['S2 List.entry']);
  expect(shown.fields[0]?.items).toEqual(['X/1']);
  expect(read(shown.text)['entry']).toEqual([{ item: { reference: 'X/1' }, deleted: true }]);
  const activity = (progress: string): string =>
    `"activity":[{"reference":${ref('T/1')},"progress":[{"text":"${progress}"}]}]`;
  const planned = merged('CarePlan', activity('a'), activity('b'), activity('c'));
  expect(paths(planned)).toEqual(['S2 CarePlan.activity']);
  expect(planned.text).toContain('"b"');
  expect(planned.text).toContain('"c"');
});

test("[MG8] a list that one side changed is in that side's order", () => {
  const shown = merged(
    'Patient',
    '"telecom":[{"value":"1"},{"value":"2"}]',
    '"telecom":[{"value":"3"},{"value":"2"},{"value":"1"}]',
    '"telecom":[{"value":"1"},{"value":"2"}],"language":"en"',
  );
  expect(read(shown.text)['telecom']).toEqual([{ value: '3' }, { value: '2' }, { value: '1' }]);
  const both = merged(
    'Patient',
    '"telecom":[{"value":"2"},{"value":"1"}]',
    '"telecom":[{"value":"2"},{"value":"1"},{"value":"4"}]',
    '"telecom":[{"value":"3"},{"value":"2"},{"value":"1"}]',
  );
  expect(read(both.text)['telecom']).toEqual([{ value: '2' }, { value: '1' }, { value: '3' }, { value: '4' }]);
});

test('[MG11] several ancestors, or one whose body is not kept, serve as none', () => {
  const heads = [
    head('a', body('Observation', '"status":"final"')),
    head('b', body('Observation', '"status":"preliminary"')),
  ];
  const base = head('base', body('Observation', '"status":"preliminary"'), { generation: 1 });
  expect(mergeHeads('Observation', heads, [base]).state).toBe('merged');
  expect(mergeHeads('Observation', heads, [base, { ...base, hash: sha256('other') }]).state).toBe('conflict');
  expect(mergeHeads('Observation', heads, [{ ...base, text: undefined }]).state).toBe('conflict');
  expect(mergeHeads('Observation', heads, []).state).toBe('conflict');
});

test("[MG12] what is shown tells the version of the table, and the record's heads fit", () => {
  const heads = [{ hash: sha256('a'), generation: 1, hlc: '0001', text: body('Patient', '') }];
  const shown = mergeHeads('Patient', heads);
  expect(shown).toMatchObject({ policy: POLICY_VERSION, conflict: false, deleted: false, displayed: sha256('a') });
  const policies: Policies = carePolicies();
  expect(viewOf('Patient', heads, [], policies).displayed).toBe(sha256('a'));
});

test('[MG13] [MG14] one change stands; for identity every difference is asked, and names stand side by side', () => {
  const shown = merged(
    'Patient',
    '"birthDate":"1970-01-01"',
    '"birthDate":"1970-01-02"',
    '"birthDate":"1970-01-01","language":"en"',
  );
  expect(paths(shown)).toEqual(['S1 Patient.birthDate']);
  const named = merged('Patient', '"name":[{"family":"A"}]', '"name":[{"family":"B"}]', '"name":[{"family":"C"}]');
  expect(paths(named)).toEqual(['S1 Patient.name']);
  expect(read(named.text)['name']).toEqual([{ family: 'B' }, { family: 'C' }]);
  const dead = merged(
    'Patient',
    '"active":true',
    '"active":true,"deceasedDateTime":"2026-01-01"',
    '"active":true,"deceasedBoolean":false',
  );
  expect(dead.severity).toBe('S1');
  expect(read(dead.text)['deceasedDateTime']).toBe('2026-01-01');
  expect(
    merged('Goal', '"startDate":"2026"', '"startDate":"2025"', '"startDate":"2026","statusDate":"2026"').state,
  ).toBe('merged');
});

test('[MG14] competing survivors of a merge of patients are asked, the least first', () => {
  const link = (to: string): string => `"link":[{"other":${ref(to)},"type":"replaced-by"}],"active":false`;
  const shown = merged('Patient', '"active":true', link('Patient/9'), link('Patient/2'));
  expect(paths(shown)).toEqual(['S2 Patient.link']);
  expect(read(shown.text)['link']).toMatchObject([
    { other: { reference: 'Patient/2' } },
    { other: { reference: 'Patient/9' } },
  ]);
});

test('[MG15] statuses that follow each other need nobody; two corrections do', () => {
  const status = (to: string): string => `"status":"${to}"`;
  expect(merged('Observation', status('registered'), status('preliminary'), status('final'))).toMatchObject({
    state: 'merged',
  });
  expect(read(merged('Observation', status('registered'), status('preliminary'), status('final')).text)['status']).toBe(
    'final',
  );
  expect(paths(merged('Observation', status('final'), status('corrected'), status('amended')))).toEqual([
    'S2 Observation.status',
  ]);
  const revoked = merged('ServiceRequest', status('active'), status('revoked'), status('completed'));
  expect(paths(revoked)).toEqual(['S2 ServiceRequest.status']);
  expect(kinds(revoked)).toEqual(['performed-though-revoked']);
});

test("[MG16] the earliest claim stands, the authority's before all, and the other is told", () => {
  const claim = (owner: string): string => body('Task', `"status":"accepted","owner":${ref(owner)}`);
  const base = head('base', body('Task', '"status":"requested"'), { generation: 1 });
  const early = head('early', claim('P/1'), { hlc: '0002' });
  const late = head('late', claim('P/2'), { hlc: '0003' });
  const shown = mergeHeads('Task', [late, early], [base]);
  expect(shown).toMatchObject({ state: 'merged', severity: 'S3' });
  expect(read(shown.text)['owner']).toEqual({ reference: 'P/1' });
  expect(shown.notes).toMatchObject([{ kind: 'claim-lost', heads: [late.hash] }]);
  expect(read(mergeHeads('Task', [{ ...late, decides: true }, early], [base]).text)['owner']).toEqual({
    reference: 'P/2',
  });
});

test('[MG17] a form merges by linkId at every depth', () => {
  const form = (a: string, b: string): string =>
    `"status":"in-progress","item":[{"linkId":"1","item":[{"linkId":"1.1","answer":[{"valueDecimal":${a}}]},{"linkId":"1.2","answer":[{"valueDecimal":${b}}]}]}]`;
  const shown = merged('QuestionnaireResponse', form('1.0', '2.0'), form('1.10', '2.0'), form('1.0', '2.20'));
  expect(shown).toMatchObject({ state: 'merged', composed: true });
  expect(shown.text).toContain('1.10');
  expect(shown.text).toContain('2.20');
  // A side that has nothing there yet takes nothing away.
  const one = (linkId: string): string =>
    `"status":"in-progress","item":[{"linkId":"1","item":[{"linkId":"${linkId}","answer":[{"valueString":"x"}]}]}]`;
  const three = merged(
    'QuestionnaireResponse',
    '"status":"in-progress"',
    one('1.1'),
    one('1.2'),
    '"status":"in-progress","language":"en"',
  );
  expect(three.state).toBe('merged');
  expect(three.text).toContain('1.1');
  expect(three.text).toContain('1.2');
  const disputed = merged('QuestionnaireResponse', form('1.0', '2.0'), form('1.1', '2.0'), form('1.2', '2.0'));
  expect(disputed.fields[0]?.items).toEqual(['1.1']);
  const by = (author: string, text: string): MergeHead => head(author, body('QuestionnaireResponse', text), { author });
  const base = head('base', body('QuestionnaireResponse', form('1.0', '2.0')), { generation: 1 });
  expect(
    mergeHeads('QuestionnaireResponse', [by('a', form('1.1', '2.0')), by('b', form('1.0', '2.1'))], [base]).state,
  ).toBe('conflict');
  expect(
    mergeHeads(
      'QuestionnaireResponse',
      [by('a', form('1.1', '2.0')), head('c', body('QuestionnaireResponse', form('1.0', '2.1')), { author: 'a' })],
      [base],
    ).state,
  ).toBe('merged');
});

test('[MG18] a status that settles is asked where another changed content, and not where another only added', () => {
  const result = '"status":"final","valueString":"x"';
  expect(
    paths(
      merged(
        'Observation',
        result,
        '"status":"entered-in-error","valueString":"x"',
        '"status":"final","valueString":"y"',
      ),
    ),
  ).toEqual(['S2 Observation.status']);
  expect(
    merged('Observation', result, '"status":"entered-in-error","valueString":"x"', `${result},"note":[{"text":"a"}]`)
      .state,
  ).toBe('merged');
  const done = merged(
    'Task',
    '"status":"accepted"',
    '"status":"completed"',
    `"status":"accepted","owner":${ref('P/2')}`,
  );
  expect(paths(done)).toEqual(['S2 Task.status']);
  const flag = merged(
    'Flag',
    '"status":"active","period":{"start":"2026"}',
    '"status":"inactive","period":{"start":"2026"}',
    '"status":"active","period":{"start":"2025"}',
  );
  expect(paths(flag)).toEqual(['S2 Flag.status']);
  expect(read(flag.text)['status']).toBe('active');
  expect(
    merged(
      'Composition',
      '"status":"preliminary","title":"a"',
      '"status":"final","title":"a"',
      '"status":"preliminary","title":"b"',
    ),
  ).toMatchObject({ state: 'conflict', composed: false });
});

test('[MG19] CR14: a redacted body counts as deleted, and none of it comes back', () => {
  const shown = merged('Condition', '"note":[{"text":"old"}],"onsetString":"secret"', undefined, '"onsetString":"b"');
  expect(shown).toMatchObject({ state: 'conflict', deleted: false });
  expect(shown.text).not.toContain('secret');
  expect(merged('Condition', '"onsetString":"secret"', undefined, undefined)).toMatchObject({
    state: 'clean',
    deleted: true,
    text: '',
  });
});

test('[MG20] CR1: "no known allergies" never beats an allergy, also in a list', () => {
  const nka = `"code":${code('716186003')},"clinicalStatus":${code('active')}`;
  const shown = merged('AllergyIntolerance', undefined, `"code":${code('91936005')}`, nka);
  expect(shown.text).toContain('91936005');
  expect(shown.severity).toBe('S1');
  expect(kinds(shown)).toEqual(['allergy-stands']);
  const list = merged(
    'List',
    '"status":"current"',
    `"status":"current","entry":[{"item":${ref('AllergyIntolerance/1')}}]`,
    `"status":"current","emptyReason":${code('nilknown')}`,
  );
  expect(paths(list)).toEqual(['S1 List.emptyReason']);
  expect(list.text).not.toContain('nilknown');
  expect(list.text).toContain('AllergyIntolerance/1');
});

test('[MG21] CR8: a running order is never shown as stopped on a disputed stop, whichever came later', () => {
  const order = (status: string, dose = '1.50'): string =>
    `"status":"${status}","dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":${dose}}}]}]`;
  for (const stop of ['stopped', 'on-hold', 'cancelled']) {
    for (const sides of [
      [order(stop), `${order('active')},"note":[{"text":"a"}]`],
      [`${order('active')},"note":[{"text":"a"}]`, order(stop)],
    ]) {
      const shown = merged('MedicationRequest', order('active'), ...sides);
      expect(read(shown.text)['status']).toBe('active');
      expect(kinds(shown)).toEqual(['stop-disputed']);
    }
  }
  const both = merged('MedicationRequest', order('active'), order('stopped'), order('active', '15.0'));
  expect(kinds(both)).toEqual(['stop-disputed', 'conflicting-orders']);
  expect(kinds(merged('MedicationRequest', order('active'), undefined, `${order('active')},"language":"en"`))).toEqual([
    'deleted-elsewhere',
    'stop-disputed',
  ]);
  expect(kinds(merged('MedicationRequest', order('draft'), order('draft', '2'), order('draft', '3')))).toEqual([
    'conflicting-orders',
  ]);
});

test('[MG22] CR5: a site may set its own words', () => {
  const base = body('Flag', `"status":"active","code":${code('304253006')}`);
  const heads = [
    head('a', body('Flag', `"status":"inactive","code":${code('304253006')}`)),
    head('b', `${base.slice(0, -1)},"period":{"start":"2026"}}`),
  ];
  const shown = mergeHeads('Flag', heads, [head('base', base, { generation: 1 })], {
    words: { 'resuscitation-disputed': 'ask the registrar' },
  });
  expect(shown.notes).toMatchObject([{ kind: 'resuscitation-disputed', text: 'ask the registrar' }]);
  expect(shown.beside.length).toBe(1);
});

test('[MG24] a critical flag makes conflicts of a result urgent', () => {
  const value = (of: string, flag: string): string =>
    `"status":"final","valueString":"${of}","interpretation":[${code(flag)}]`;
  expect(merged('Observation', value('a', 'N'), value('b', 'N'), value('c', 'N')).severity).toBe('S2');
  expect(merged('Observation', value('a', 'N'), value('b', 'HH'), value('c', 'N')).severity).toBe('S1');
});

test('[MG27] a discharge beside a move, and two new places, are urgent; times and places of all stand', () => {
  const at = (place: string, end = ''): string =>
    `{"location":${ref(`Location/${place}`)},"period":{"start":"2026"${end === '' ? '' : `,"end":"${end}"`}}}`;
  const stay = (status: string, ...places: readonly string[]): string =>
    `"status":"${status}","location":[${places.join(',')}]`;
  const base = stay('in-progress', at('1'));
  const left = merged('Encounter', base, stay('finished', at('1')), stay('in-progress', at('1'), at('2')));
  expect(paths(left)).toEqual(['S1 Encounter.status']);
  expect(read(left.text)['status']).toBe('in-progress');
  expect(left.text).toContain('Location/2');
  expect(kinds(left)).toEqual(['place-uncertain']);
  const moved = merged('Encounter', base, stay('in-progress', at('1'), at('2')), stay('in-progress', at('1'), at('3')));
  expect(paths(moved)).toEqual(['S1 Encounter.location']);
  expect(moved.text).toContain('Location/2');
  expect(moved.text).toContain('Location/3');
  const joined = merged(
    'Encounter',
    base,
    `${base},"participant":[{"individual":${ref('P/1')}}]`,
    `${base},"participant":[{"individual":${ref('P/2')}}]`,
  );
  expect(joined.state).toBe('merged');
});

test("[MG28] the authority's heads stand, others ask; a revocation holds wherever it was written", () => {
  const base = head('base', body('Location', '"name":"a","status":"active"'), { generation: 1 });
  const region = head('region', body('Location', '"name":"b","status":"active"'), { decides: true });
  const edge = head('edge', body('Location', '"name":"c","status":"active"'), { generation: 9 });
  const shown = mergeHeads('Location', [region, edge], [base]);
  expect(shown).toMatchObject({ state: 'merged', displayed: region.hash, text: region.text });
  expect(paths(shown)).toEqual(['S3 Location.name']);
  expect(shown.notes).toMatchObject([{ kind: 'change-request', heads: [edge.hash] }]);
  const role = (active: boolean, more = ''): string => body('PractitionerRole', `"active":${active}${more}`);
  const staff = mergeHeads(
    'PractitionerRole',
    [head('region', role(true, ',"telecom":[{"value":"1"}]'), { decides: true }), head('edge', role(false))],
    [head('base', role(true), { generation: 1 })],
  );
  expect(read(staff.text)).toMatchObject({ active: false, telecom: [{ value: '1' }] });
});

test('[MG29] contained resources in conflict leave one head as it was written; a generated narrative is not composed', () => {
  const contained = (status: string): string =>
    `"contained":[{"resourceType":"Medication","id":"m","status":"${status}"}]`;
  const base = '"status":"active"';
  const shown = merged(
    'CarePlan',
    base,
    `${base},${contained('active')}`,
    `${base},${contained('inactive')},"title":"t"`,
  );
  expect(shown).toMatchObject({ state: 'conflict', composed: false });
  const modifier = (url: string): string => `${base},"modifierExtension":[{"url":"${url}"}]`;
  expect(merged('CarePlan', base, modifier('a'), `${base},"title":"t"`)).toMatchObject({
    state: 'conflict',
    composed: false,
  });
  const told = `"text":{"status":"generated","div":"<div>x</div>"},${base}`;
  const made = merged('CarePlan', told, `${told},"title":"t"`, `${told},"description":"d"`);
  expect(made).toMatchObject({ state: 'merged', composed: true });
  expect(made.text).not.toContain('div');
  const own = `"text":{"status":"additional","div":"<div>x</div>"},${base}`;
  expect(paths(merged('CarePlan', told, own, `${told},"title":"t"`))).toEqual(['S2 CarePlan.text']);
});

test('a body that cannot be read hides nothing and is S1', () => {
  const good = head('good', body('Patient', '"active":true'));
  expect(mergeHeads('Patient', [good, head('bad', '{')], [])).toMatchObject({
    state: 'conflict',
    severity: 'S1',
    text: good.text,
  });
});

test("[MG37] what one side gave to another patient is never mixed with another side's words", () => {
  for (const [type, element] of [
    ['Flag', 'subject'],
    ['Task', 'for'],
    ['Condition', 'subject'],
    ['Coverage', 'beneficiary'],
    ['Goal', 'subject'],
  ] as const) {
    const of = (patient: string, more = ''): string =>
      body(type, `"${element}":{"reference":"Patient/${patient}"},"status":"active"${more}`);
    const heads = [head('a', of('2')), head('b', of('1', ',"language":"en","identifier":[{"value":"x"}]'))];
    const shown = mergeHeads(type, heads, [head('base', of('1'), { generation: 1 })]);
    expect([type, shown.state, shown.severity]).toEqual([type, 'conflict', 'S1']);
    expect(shown.fields.map(({ path }) => path)).toContain(`${type}.${element}`);
  }
});
