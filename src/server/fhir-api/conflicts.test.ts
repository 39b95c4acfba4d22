import { expect, test } from 'vitest';
import { followCollisions } from '../../core/engine/follow-collisions.ts';
import { memoryCollisionRows } from '../../core/record/collision-rows.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { wordsFor } from './conflict-parameters.ts';
import { fork } from './forks.test-kit.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { batch, get, hospital, issue, parameters, type Hospital, type Reply } from './ward.test-kit.ts';

const allergy = (status: string, more = ''): string =>
  `{"resourceType":"AllergyIntolerance","id":"a","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"${status}"}]},` +
  `"code":{"text":"penicillin"},"patient":{"reference":"Patient/in"}${more}}`;
const order = (status: string, dose = '10.0'): string =>
  `{"resourceType":"MedicationRequest","id":"m","status":"${status}","intent":"order","medicationCodeableConcept":{"text":"heparin infusion"},` +
  `"subject":{"reference":"Patient/in"},"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":${dose},"unit":"mL"}}]}]}`;
const resus = (code: string): string =>
  `{"resourceType":"Flag","id":"r","status":"active","code":{"coding":[{"system":"http://snomed.info/sct","code":"${code}"}]},"subject":{"reference":"Patient/in"}}`;
const note = (text: string): string => `,"note":[{"text":"${text}"}]`;

/** Parts by name of the conflict at `place` in a Parameters reply. */
const conflictsIn = (reply: Reply): readonly unknown[] =>
  listAt(reply.json, 'parameter').filter((one) => at(one, 'name') === 'conflict');
const parts = (one: unknown, name: string): readonly unknown[] =>
  listAt(one, 'part').filter((part) => at(part, 'name') === name);
const value = (one: unknown, name: string): unknown => {
  const [part] = parts(one, name);
  const key = Object.keys((part ?? {}) as object).find((member) => member.startsWith('value'));
  return key === undefined ? undefined : at(part, key);
};
const notes = (one: unknown): readonly unknown[] => parts(one, 'note').map((part) => value(part, 'text'));
const total = (reply: Reply): unknown => at(reply.json, 'parameter.0.valueInteger');

async function withForks(): Promise<Hospital & { readonly sides: Readonly<Record<string, readonly string[]>> }> {
  const ward = await hospital();
  const { store } = ward;
  const start = Date.now() - 60_000;
  const by = (practitioner: string, device: string) => ({ practitioner: `Practitioner/${practitioner}`, device });
  const sides = {
    allergy: await fork(
      store,
      'AllergyIntolerance/a',
      allergy('active'),
      [
        { text: allergy('resolved', note('no reaction in theatre')), author: by('nina', 'tablet-1') },
        { text: allergy('active', note('hives in 2019')), author: by('dora', 'tablet-2') },
      ],
      start + 10000,
    ),
    order: await fork(
      store,
      'MedicationRequest/m',
      order('active'),
      [
        { text: order('stopped'), author: by('dora', 'tablet-2') },
        { text: order('active', '12.50'), author: by('emil', 'tablet-3'), authoredAt: Date.now() + 3_600_000 },
      ],
      start + 20000,
    ),
    resus: await fork(
      store,
      'Flag/r',
      resus('304253006'),
      [
        { text: resus('304252001') },
        { text: resus('304253006').replace('"active"', '"inactive"'), skew: { ms: -7_200_000, suspect: true } },
      ],
      start + 30000,
    ),
  };
  await fork(
    store,
    'Flag/out',
    undefined,
    [
      { text: resus('304253006').replaceAll('/in"', '/out"').replace('"r"', '"out"') },
      { text: resus('304252001').replaceAll('/in"', '/out"').replace('"r"', '"out"') },
    ],
    start + 40000,
  );
  ward.trail.entries.length = 0;
  return { ...ward, sides };
}

test('[CW10] a read in conflict says so in a header, on every way to the resource', async () => {
  const { send } = await withForks();
  const read = await send('service', 'GET', '/AllergyIntolerance/a');
  expect([read.status, read.headers['x-holdfast-conflict']]).toEqual([200, 'S1']);
  const version = await send(
    'service',
    'GET',
    `/AllergyIntolerance/a/_history/${String(at(read.json, 'meta.versionId'))}`,
  );
  expect(version.headers['x-holdfast-conflict']).toBe('S1');
  const fresh = await send('service', 'GET', '/AllergyIntolerance/a', undefined, {
    'if-none-match': String(read.headers['etag']),
  });
  expect([fresh.status, fresh.headers['x-holdfast-conflict']]).toEqual([304, 'S1']);
  expect((await send('service', 'GET', '/Patient/in')).headers['x-holdfast-conflict']).toBeUndefined();
  // An update without a decision leaves the other side, and says so.
  const put = await send('service', 'PUT', '/MedicationRequest/m', JSON.parse(order('active', '12.5')) as object);
  expect([put.status, put.headers['x-holdfast-conflict']]).toEqual([200, 'S1']);
});

test('[CW10] [MG20] an allergy that one side calls resolved is shown active, with the notes of both, and lists say why (CR1)', async () => {
  const { send } = await withForks();
  for (const path of [
    '/AllergyIntolerance?patient=in',
    '/AllergyIntolerance?clinical-status=active',
    '/Patient/in/$everything',
  ]) {
    const reply = await send('service', 'GET', path);
    const entries = listAt(reply.json, 'entry');
    const shown = entries.findIndex((entry) => at(entry, 'resource.resourceType') === 'AllergyIntolerance');
    expect(at(entries[shown], 'resource.clinicalStatus.coding.0.code')).toBe('active');
    expect(
      listAt(entries[shown], 'resource.note')
        .map((one) => at(one, 'text'))
        .sort(),
    ).toEqual(['hives in 2019', 'no reaction in theatre']);
    const told = entries.find((entry) => at(entry, 'search.mode') === 'outcome');
    const issues = listAt(told, 'resource.issue').filter(
      (one) => at(one, 'expression.0') === `Bundle.entry[${shown}].resource`,
    );
    expect(issues.map((one) => [at(one, 'code'), at(one, 'details.text')])).toEqual([
      ['conflict', 'In conflict (S1): another entry says otherwise; the allergy stands until it is settled'],
    ]);
    expect(String(at(issues[0], 'diagnostics'))).toContain('AllergyIntolerance/a/$conflict');
  }
  // A list without any says nothing.
  const calm = await send('service', 'GET', '/Observation?patient=in');
  expect(listAt(calm.json, 'entry').some((entry) => at(entry, 'search.mode') === 'outcome')).toBe(false);
});

test('[CW10] [MG21] a stop in conflict leaves the running order, as it was written: "stop disputed: call prescriber" (CR8)', async () => {
  const { send } = await withForks();
  const read = await send('service', 'GET', '/MedicationRequest/m');
  expect([at(read.json, 'status'), read.text.includes('"value":12.50,')]).toEqual(['active', true]);
  const list = await send('service', 'GET', '/MedicationRequest?patient=in&status=active');
  expect(list.text).toContain('stop disputed: call prescriber');
  // Whoever looks for what was stopped finds it, too, shown as running.
  const stopped = await send('service', 'GET', '/MedicationRequest?patient=in&status=stopped');
  expect(at(stopped.json, 'entry.0.resource.status')).toBe('active');
  const one = await send('service', 'GET', '/MedicationRequest/m/$conflict');
  expect(notes(conflictsIn(one)[0])).toEqual(['stop disputed: call prescriber', 'conflicting orders: check']);
});

test('[CW10] [MG22] resuscitation in conflict: what does not limit it leads, the words are CR5, both entries stand beside', async () => {
  const { send } = await withForks();
  const words = 'Disputed: attempt CPR unless a valid signed DNACPR is in hand';
  const read = await send('service', 'GET', '/Flag/r');
  expect([read.headers['x-holdfast-conflict'], at(read.json, 'code.coding.0.code')]).toEqual(['S1', '304252001']);
  expect((await send('service', 'GET', '/Flag?patient=in')).text).toContain(words);
  const [one] = conflictsIn(await send('service', 'GET', '/Flag/r/$conflict'));
  expect(notes(one)).toEqual([words]);
  expect(parts(one, 'side').map((side) => at(parts(side, 'resource')[0], 'resource.code.coding.0.code'))).toEqual([
    '304252001',
    '304253006',
  ]);
});

test('[CW4] the list holds severity, fields with base and sides to the digit, who, where, when, and doubtful clocks', async () => {
  const { send, sides } = await withForks();
  const list = await send('service', 'GET', '/$conflicts');
  expect(total(list)).toBe(4);
  expect(conflictsIn(list).map((one) => value(one, 'severity'))).toEqual(['S1', 'S1', 'S1', 'S1']);
  const one = conflictsIn(list).find((each) => at(value(each, 'resource'), 'reference') === 'MedicationRequest/m');
  expect(at(value(one, 'patient'), 'reference')).toBe('Patient/in');
  const dosage = parts(one, 'field').find((field) => value(field, 'path') === 'MedicationRequest.dosageInstruction');
  expect(value(dosage, 'base')).toBe('[{"doseAndRate":[{"doseQuantity":{"value":10.0,"unit":"mL"}}]}]');
  const values = parts(dosage, 'value').map((each) => [value(each, 'side'), value(each, 'json')]);
  expect(values).toContainEqual([
    sides['order']?.[1],
    '[{"doseAndRate":[{"doseQuantity":{"value":12.50,"unit":"mL"}}]}]',
  ]);
  expect(parts(one, 'field').map((field) => value(field, 'path'))).toContain('MedicationRequest.status');
  const [leading, other] = parts(one, 'side');
  expect([value(leading, 'leads'), value(other, 'leads')]).toEqual([true, false]);
  expect([value(leading, 'head'), at(value(leading, 'who'), 'reference'), value(leading, 'device')]).toEqual([
    sides['order']?.[1],
    'Practitioner/emil',
    'tablet-3',
  ]);
  // Written an hour from now: that clock was wrong.
  expect([value(leading, 'clock-doubtful'), value(other, 'clock-doubtful')]).toEqual([true, undefined]);
  expect(String(value(leading, 'node'))).toBe('test');
  for (const when of ['authored', 'received']) expect(String(value(leading, when))).toMatch(/^\d{4}-/);
  const flag = conflictsIn(list).find((each) => at(value(each, 'resource'), 'reference') === 'Flag/r');
  const doubtful = parts(flag, 'side').find((side) => value(side, 'clock-doubtful') === true);
  expect(value(doubtful, 'clock-ahead-seconds')).toBe(-7200);
});

test('[CW4] the list is narrowed by patient, type and severity, ordered, counted and paged', async () => {
  const { send } = await withForks();
  const names = (reply: Reply): readonly unknown[] =>
    conflictsIn(reply).map((one) => at(value(one, 'resource'), 'reference'));
  expect(names(await send('service', 'GET', '/$conflicts?patient=out'))).toEqual(['Flag/out']);
  expect(names(await send('service', 'GET', '/$conflicts?type=Flag&order=newest'))).toEqual(['Flag/out', 'Flag/r']);
  expect(names(await send('service', 'GET', '/Flag/$conflicts'))).toEqual(['Flag/r', 'Flag/out']);
  expect(total(await send('service', 'GET', '/$conflicts?severity=S2'))).toBe(0);
  const count = await send('service', 'GET', '/$conflicts?_summary=count');
  expect([total(count), conflictsIn(count).length]).toEqual([4, 0]);
  let page = await send('service', 'GET', '/$conflicts?_count=3');
  const seen = [...names(page)];
  const next = listAt(page.json, 'parameter').find((one) => at(one, 'name') === 'next');
  page = await send('service', 'GET', String(at(next, 'valueUrl')).replace(/^.*\/fhir/, ''));
  seen.push(...names(page));
  expect(seen).toEqual(['AllergyIntolerance/a', 'MedicationRequest/m', 'Flag/r', 'Flag/out']);
  expect(page.text).not.toContain('"next"');
  for (const bad of ['severity=S3', 'order=best', 'patient=a/b/c', 'type=Nonsense', '_count=0']) {
    expect((await send('service', 'GET', `/$conflicts?${bad}`)).status).toBe(400);
  }
});

test('[CW5] a decision needs If-Match of what was shown; then it stands, and the conflict is over', async () => {
  const { send, store, sides } = await withForks();
  const shown = await send('service', 'GET', '/AllergyIntolerance/a');
  const path = '/AllergyIntolerance/a/$resolve';
  const text = JSON.parse(allergy('active', note('hives in 2019; none in theatre'))) as object;
  expect((await send('service', 'POST', path, text)).status).toBe(428);
  expect((await send('service', 'POST', path, text, { 'if-match': 'W/"older"' })).status).toBe(412);
  expect(
    (await send('service', 'POST', path, parameters({ other: 'x' }), { 'if-match': String(shown.headers['etag']) }))
      .status,
  ).toBe(400);
  const done = await send('service', 'POST', path, text, { 'if-match': String(shown.headers['etag']) });
  expect([done.status, at(done.json, 'note.0.text'), done.headers['x-holdfast-conflict']]).toEqual([
    200,
    'hives in 2019; none in theatre',
    undefined,
  ]);
  const read = await send('service', 'GET', '/AllergyIntolerance/a');
  expect([read.headers['x-holdfast-conflict'], read.headers['etag']]).toEqual([undefined, done.headers['etag']]);
  expect(conflictsIn(await send('service', 'GET', '/AllergyIntolerance/a/$conflict'))).toEqual([]);
  // The same decision again: there is nothing left to decide.
  expect((await send('service', 'POST', path, text, { 'if-match': String(read.headers['etag']) })).status).toBe(422);

  const order = await send('service', 'GET', '/MedicationRequest/m');
  const keep = parameters({ keep: sides['order']?.[0] ?? '' });
  const kept = await send('service', 'POST', '/MedicationRequest/m/$resolve', keep, {
    'if-match': String(order.headers['etag']),
  });
  expect([kept.status, at(kept.json, 'status')]).toEqual([200, 'stopped']);
  expect((await store.conflicts({ order: 'worst', count: 9 }, EVERYTHING)).total).toBe(2);
});

test('[CW11] a history shows the graph: each version names those from which it descends, and a decision that it is one', async () => {
  const { send, sides } = await withForks();
  const shown = await send('service', 'GET', '/Flag/r');
  await send('service', 'POST', '/Flag/r/$resolve', parameters({ keep: sides['resus']?.[0] ?? '' }), {
    'if-match': String(shown.headers['etag']),
  });
  const history = await send('service', 'GET', '/Flag/r/_history');
  const [newest, ...older] = listAt(history.json, 'entry');
  const parentsOf = (entry: unknown): readonly unknown[] =>
    listAt(entry, 'extension')
      .filter((one) => String(at(one, 'url')).endsWith('/version-parent'))
      .map((one) => at(one, 'valueId'))
      .sort();
  expect(parentsOf(newest)).toEqual([...(sides['resus'] ?? [])].sort());
  expect(listAt(newest, 'extension').some((one) => at(one, 'valueBoolean') === true)).toBe(true);
  const root = at(older.at(-1), 'resource.meta.versionId');
  expect(older.map(parentsOf)).toEqual([[root], [root], []]);
});

test('[CW5] [CW4] a nurse sees the conflicts of her ward alone, and decides what she may update alone; the audit is told', async () => {
  const { send, trail, sides } = await withForks();
  const list = await send('nurse', 'GET', '/$conflicts');
  const named = conflictsIn(list).map((one) => at(value(one, 'resource'), 'reference'));
  // Identity, alerts and allergies of all patients (CR4); the orders of her own.
  expect(named).toContain('MedicationRequest/m');
  expect(total(list)).toBe(named.length);
  const [entry] = trail.entries;
  expect(entry).toMatchObject({ act: 'operation', interaction: '$conflicts', ok: true, who: 'Practitioner/nina' });
  expect(entry?.patients).toContain('Patient/in');
  expect(entry?.what).toContain('MedicationRequest/m');

  const shown = await send('nurse', 'GET', '/MedicationRequest/m/$conflict');
  expect([shown.status, trail.entries.at(-1)?.interaction]).toEqual([200, '$conflict']);
  const keep = parameters({ keep: sides['order']?.[0] ?? '' });
  const refused = await send('nurse', 'POST', '/MedicationRequest/m/$resolve', keep, {
    'if-match': String(shown.headers['etag']),
  });
  expect([refused.status, issue(refused)]).toEqual([403, 'forbidden']);
  expect(trail.entries.at(-1)).toMatchObject({ act: 'refused', interaction: '$resolve' });
  const allergy = await send('nurse', 'GET', '/AllergyIntolerance/a');
  const told = trail.entries.length;
  const side = parameters({ keep: sides['allergy']?.[1] ?? '' });
  const done = await send('nurse', 'POST', '/AllergyIntolerance/a/$resolve', side, {
    'if-match': String(allergy.headers['etag']),
  });
  expect(done.status).toBe(200);
  // Its commit says who decided.
  expect(trail.entries.length).toBe(told);
  const [version] = await send('service', 'GET', '/AllergyIntolerance/a/_history?_count=1').then((reply) =>
    listAt(reply.json, 'entry'),
  );
  expect(at(version, 'resource.meta.versionId')).toBe(String(done.headers['etag']).slice(3, -1));

  expect((await send('none', 'GET', '/$conflicts')).status).toBe(403);
  expect((await send(undefined, 'GET', '/$conflicts')).status).toBe(401);
});

test('[CW5] [CW8] two doses under one id stay two, and the answer names the other', async () => {
  const { send, store } = await hospital();
  const dose = (value: string): string =>
    `{"resourceType":"MedicationAdministration","id":"d","status":"completed","medicationCodeableConcept":{"text":"morphine"},"subject":{"reference":"Patient/in"},` +
    `"effectiveDateTime":"2024-06-01T08:00:00Z","dosage":{"dose":{"value":${value},"unit":"mg"}}}`;
  const [first = ''] = await fork(store, 'MedicationAdministration/d', undefined, [
    { text: dose('2.50') },
    { text: dose('5.0') },
  ]);
  const shown = await send('service', 'GET', '/MedicationAdministration/d/$conflict');
  expect(shown.text).toContain('it may have been given twice');
  const done = await send('service', 'POST', '/MedicationAdministration/d/$resolve', parameters({ keep: first }), {
    'if-match': String(shown.headers['etag']),
  });
  expect(done.status).toBe(200);
  const apart = listAt(done.json, 'parameter').find((one) => at(one, 'name') === 'kept-apart');
  const other = await send('service', 'GET', `/${String(at(apart, 'valueReference.reference'))}`);
  expect(other.text).toContain('"value":5.0,');
  expect(done.text).toContain('"value":2.50,');
});

test('[CW17] [MG32] the list tells what collides between resources, by patient, type and severity, where all of it may be seen', async () => {
  const rows = memoryCollisionRows();
  const { send, store, trail } = await hospital({ collisions: rows });
  for (const id of ['in', 'out']) {
    await send('service', 'PUT', `/Patient/${id}`, {
      resourceType: 'Patient',
      id,
      identifier: [{ system: 'urn:mrn', value: '7' }],
    });
  }
  while (await followCollisions(store, rows, Date.now()));
  const told = async (token: string, query = ''): Promise<readonly unknown[]> =>
    listAt((await send(token, 'GET', `/$conflicts${query}`)).json, 'parameter')
      .filter((one) => at(one, 'name') === 'collision')
      .map((one) => [
        value(one, 'severity'),
        value(one, 'kind'),
        ...parts(one, 'resource').map((each) => at(each, 'valueReference.reference')),
      ]);
  const shared = ['S1', 'same-identifier', 'Patient/in', 'Patient/out'];
  expect(await told('service')).toEqual([shared]);
  expect((await send('service', 'GET', '/$conflicts')).text).toContain('one number on two patients');
  expect(await told('service', '?patient=out&severity=S1')).toEqual([shared]);
  for (const query of ['?patient=other', '?type=Encounter', '?severity=S2'])
    expect(await told('service', query)).toEqual([]);
  // Every clinician finds every patient (CR4); the audit is told of whom.
  expect(await told('nurse')).toEqual([shared]);
  expect(trail.entries.at(-1)?.patients).toEqual(expect.arrayContaining(['Patient/in', 'Patient/out']));
  // Who may not see one of them is told nothing of it.
  await rows.keep(
    ['bed Location/1'],
    [
      {
        topic: 'bed Location/1',
        kind: 'same-bed',
        severity: 'S1',
        names: ['Encounter/in', 'Encounter/out'],
        homes: ['Patient/in', 'Patient/out'],
        about: 'Location/1',
      },
    ],
    99,
    5,
  );
  expect(await told('service')).toHaveLength(2);
  expect(await told('nurse')).toEqual([shared]);
});

test('[CW10] an entry of a batch that shows a conflict says so in its response', async () => {
  const { send } = await withForks();
  const entries = listAt(
    (
      await send(
        'service',
        'POST',
        '',
        batch('batch', get('AllergyIntolerance/a'), get('Patient/in'), get('Flag?patient=in')),
      )
    ).json,
    'entry',
  );
  const [allergy, patient, flags] = entries;
  expect([at(allergy, 'resource.resourceType'), at(allergy, 'response.outcome.issue.0.details.text')]).toEqual([
    'AllergyIntolerance',
    'In conflict (S1)',
  ]);
  expect(at(patient, 'response.outcome')).toBeUndefined();
  expect(JSON.stringify(at(flags, 'resource'))).toContain('Disputed: attempt CPR');
});

test('[CW19] [MG22] a site sets its own words for resuscitation in conflict, and they stand wherever the others would (CR5)', async () => {
  const words = 'Disputed: crash team decides at the bedside';
  const { send, store } = await hospital({ settings: { words: wordsFor(words) } });
  await fork(store, 'Flag/r', resus('304253006'), [
    { text: resus('304252001') },
    { text: resus('304253006').replace('"active"', '"inactive"') },
  ]);
  for (const path of ['/Flag?patient=in', '/$conflicts', '/Flag/r/$conflict']) {
    const { text } = await send('service', 'GET', path);
    expect([path, text.includes(words), text.includes('signed DNACPR')]).toEqual([path, true, false]);
  }
  expect(wordsFor(undefined)).toEqual({});
});
