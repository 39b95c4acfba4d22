// A patient beyond reach: what is said instead of an empty list, and how the glass is broken.
import { expect, test } from 'vitest';
import { knownByToken } from './access.test-kit.ts';
import { at } from './http-client.test-kit.ts';
import { hospital, parameters, PEOPLE, staff, suppressed, type Reply } from './ward.test-kit.ts';

test('[FR57] a search about a patient beyond reach says so, whether or not anything is there', async () => {
  const { send } = await hospital();
  for (const path of [
    '/Observation?patient=out',
    '/Observation?subject=Patient/out&code=nothing',
    '/Observation?patient=in,out',
    '/Observation?patient.name=out',
    '/Observation?patient:identifier=urn:number|out',
    '/Condition?patient=out',
    '/Observation?patient=out&_summary=count',
    '/Patient/out/Observation',
    '/Patient/out/*',
    '/Patient/out/$everything',
    '/Patient?_id=out&_revinclude=Observation:subject',
    '/Patient?_id=in,out&_revinclude=Observation:subject',
    '/Patient?name=out&_revinclude=MedicationRequest:patient',
    '/Patient?_id=out&_has:Observation:patient:code=potassium',
  ]) {
    const reply = await send('nurse', 'GET', path);
    expect([path, reply.status, suppressed(reply)]).toEqual([path, 200, true]);
  }
  const total = await send('nurse', 'GET', '/Observation?patient=out');
  expect(at(total.json, 'total')).toBe(0);
});

test('[FR58] nothing is said of a patient in reach, of nobody, and in lists that hold nothing back', async () => {
  const { send } = await hospital();
  for (const path of [
    '/Observation?patient=in',
    '/Observation?patient=nobody',
    '/Observation?patient.name=nobody',
    '/Observation?patient:identifier=urn:number|nobody',
    '/Observation?patient:identifier=urn:number|in',
    '/Patient/in/$everything',
    '/Patient/nobody/Observation',
    '/Observation?code=x',
    '/Patient?_id=out',
    '/Patient?_id=out&_revinclude=AllergyIntolerance:patient',
    '/Patient?_id=in&_revinclude=Observation:subject',
    '/Patient?_id=in&_has:Observation:patient:code=potassium',
    '/Patient?_id=nobody&_revinclude=Observation:subject',
    '/Flag?patient=out',
    '/AllergyIntolerance?patient=out',
  ]) {
    const reply = await send('nurse', 'GET', path);
    expect([path, reply.status, suppressed(reply)]).toEqual([path, 200, false]);
  }
  expect(suppressed(await send('clerk', 'GET', '/Encounter?patient=out'))).toBe(false);
});

test('[FR57] [FR59] breaking the glass opens the record, and the hint goes', async () => {
  const { send, trail } = await hospital();
  expect((await send('nurse', 'GET', '/Observation/out')).status).toBe(404);
  const broken = await send(
    'nurse',
    'POST',
    '/Patient/out/$break-glass',
    parameters({ reason: 'Collapsed in the corridor', minutes: 30 }),
  );
  expect(broken.status).toBe(200);
  const until = String(at(broken.json, 'parameter.0.valueInstant'));
  expect(Date.parse(until) - Date.now()).toBeGreaterThan(25 * 60_000);
  expect(at(broken.json, 'parameter.1.valueReference.reference')).toMatch(/^Task\//);
  expect(trail.entries.filter(({ act }) => act === 'break-glass')).toHaveLength(1);
  expect((await send('nurse', 'GET', '/Observation/out')).status).toBe(200);
  const search = await send('nurse', 'GET', '/Observation?patient=out');
  expect([suppressed(search), at(search.json, 'total')]).toEqual([false, 1]);
  expect((await send('other-nurse', 'GET', '/Observation/out')).status).toBe(404);
  // Others see it on the chart.
  const flag = await send('other-nurse', 'GET', '/Flag?patient=out');
  expect(at(flag.json, 'entry.0.resource.code.text')).toContain('nina');
});

test('[FR59] what is missing or wrong is named, and what is not theirs to do is 403', async () => {
  const { send } = await hospital();
  const wish = (who: string, given: Readonly<Record<string, string | number>>, patient = 'out'): Promise<Reply> =>
    send(who, 'POST', `/Patient/${patient}/$break-glass`, parameters(given));
  const none = await wish('nurse', {});
  expect([none.status, at(none.json, 'issue.0.expression.0')]).toEqual([400, 'http.reason']);
  expect((await send('nurse', 'POST', '/Patient/out/$break-glass')).status).toBe(400);
  expect(at((await wish('nurse', { reason: ' ' })).json, 'issue.0.expression.0')).toBe('http.reason');
  for (const minutes of [0, 100_000, 'many', 721]) {
    expect(at((await wish('nurse', { reason: 'Because', minutes })).json, 'issue.0.expression.0')).toBe('http.minutes');
  }
  expect((await wish('clerk', { reason: 'Because' })).status).toBe(403);
  expect((await wish('app', { reason: 'Because' })).status).toBe(403);
  expect((await wish('nurse', { reason: 'Because' }, 'none')).status).toBe(404);
  // Nor by the back door.
  const task = {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    for: { reference: 'Patient/in' },
    code: { coding: [{ system: 'https://holdfast.example/fhir/CodeSystem/access', code: 'break-glass' }] },
  };
  expect((await send('nurse', 'POST', '/Task', task)).status).toBe(403);
});

test('[FR59] a supervisor reviews what another did', async () => {
  const supervisor = staff('lena', 'nurse');
  const people = new Map(PEOPLE).set('lead', {
    ...supervisor,
    duties: supervisor.duties.map((duty) => ({ ...duty, supervisor: true })),
  });
  let now = Date.now();
  const { send } = await hospital({ authenticator: knownByToken(people), clock: { now: () => now } });
  const broken = await send('nurse', 'POST', '/Patient/out/$break-glass', parameters({ reason: 'Collapsed' }));
  const task = String(at(broken.json, 'parameter.1.valueReference.reference'));
  const review = (who: string, given: Readonly<Record<string, string>>, of = task): Promise<Reply> =>
    send(who, 'POST', `/${of}/$break-glass-review`, parameters(given));
  expect((await review('nurse', { verdict: 'accepted', comment: 'Fine' })).status).toBe(403);
  expect(at((await review('lead', { comment: 'Fine' })).json, 'issue.0.expression.0')).toBe('http.verdict');
  expect(at((await review('lead', { verdict: 'rejected' })).json, 'issue.0.expression.0')).toBe('http.comment');
  expect((await review('lead', { verdict: 'rejected', comment: 'Curiosity' }, 'Task/none')).status).toBe(404);
  const done = await review('lead', { verdict: 'rejected', comment: 'Curiosity' });
  expect([done.status, at(done.json, 'status')]).toEqual([200, 'rejected']);
  expect((await review('lead', { verdict: 'accepted', comment: 'Fine' })).status).toBe(422);
  now += 1_000;
  expect((await send('nurse', 'GET', '/Observation/out')).status).toBe(404);
});
