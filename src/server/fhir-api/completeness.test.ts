// What the API of a node says that keeps a part of the record: over a store of its own, told by a port what of it is whole.
import { expect, test } from 'vitest';
import type { Instant } from '../../core/base/ports.ts';
import type { Completeness, CopyState, Holdings } from '../../core/record/holding.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { hospital, parameters, type Hospital, type Reply } from './ward.test-kit.ts';

const NOON: Instant = Date.UTC(2026, 10, 23, 12);
const NOON_TEXT = '2026-11-23T12:00:00.000Z';

/** A site: `state` is what it is told of its copy. */
interface Site extends Hospital {
  readonly state: { overall: CopyState | undefined; of: Record<string, Completeness>; readonly asked: string[] };
  now: Instant;
}
async function site(): Promise<Site> {
  const state: Site['state'] = { overall: { hasAlerts: true, asOf: NOON }, of: {}, asked: [] };
  const other: Completeness = { holding: 'elsewhere', hasAlerts: true, asOf: NOON };
  const of = (id: string): Completeness => state.of[id] ?? other;
  const holdings: Holdings = {
    overall: () => Promise.resolve(state.overall),
    of: (ids) => Promise.resolve(state.overall === undefined ? undefined : ids.map(of)),
    ask: (id) => {
      state.asked.push(id);
      const now = of(id);
      if (state.overall === undefined) return Promise.resolve(undefined);
      return Promise.resolve(now.holding === 'whole' ? now : { ...now, holding: 'coming' });
    },
  };
  const time = { now: NOON };
  const made = await hospital({ holdings, clock: { now: () => time.now } });
  state.of['in'] = { holding: 'whole', hasAlerts: true, asOf: NOON };
  return Object.defineProperty({ ...made, state, now: NOON }, 'now', {
    get: () => time.now,
    set: (now: Instant) => {
      time.now = now;
    },
  });
}

const remarks = (reply: Reply): readonly string[] =>
  listAt(reply.json, 'entry')
    .filter((entry) => at(entry, 'search.mode') === 'outcome')
    .flatMap((entry) => listAt(entry, 'resource.issue'))
    .filter((issue) => at(issue, 'code') === 'incomplete')
    .map((issue) => String(at(issue, 'details.text') ?? at(issue, 'diagnostics')));
const copy = ({ headers }: Reply): unknown => [headers['x-holdfast-as-of'], headers['x-holdfast-record']];

test('[SC22] what is read or searched of one patient says as of when it is', async () => {
  const { send } = await site();
  for (const path of [
    '/Patient/in',
    '/Observation/in',
    '/Observation?patient=in',
    '/Patient/in/$everything',
    '/Patient/in/Encounter',
  ]) {
    const reply = await send('service', 'GET', path);
    expect([path, reply.status, copy(reply), remarks(reply)]).toEqual([path, 200, [NOON_TEXT, 'whole'], []]);
  }
  const fresh = await send('service', 'GET', '/Observation/in', undefined, {
    'if-none-match': String((await send('service', 'GET', '/Observation/in')).headers['etag']),
  });
  expect([fresh.status, copy(fresh)]).toEqual([304, [NOON_TEXT, 'whole']]);
  // Of two patients there is no one time.
  expect(copy(await send('service', 'GET', '/Observation?patient=in,out'))).toEqual([undefined, undefined]);
  expect(copy(await send('service', 'GET', '/Organization?name=x'))).toEqual([undefined, undefined]);
});

test('[SC22] an empty answer about a record that is not here never looks like nothing there', async () => {
  const { send, state } = await site();
  const paths = [
    '/Observation?patient=out',
    '/Observation?patient=out&_summary=count',
    '/MedicationRequest?subject:Patient.identifier=urn:number%7Cout',
    '/Patient/out/Condition',
    '/Patient/out/$everything',
    '/Observation?patient=in,out',
    '/Observation?patient=nobody-knows',
  ];
  for (const path of paths) {
    const [remark, ...more] = remarks(await send('service', 'GET', path));
    expect([path, more]).toEqual([path, []]);
    expect(remark, path).toContain('held elsewhere');
    expect(remark, path).toContain(`Last contact: ${NOON_TEXT}`);
  }
  state.of['out'] = { holding: 'coming', hasAlerts: true };
  const [coming] = remarks(await send('service', 'GET', '/Observation?patient=out'));
  expect(coming).toContain('on its way');
  expect(coming).toContain('Last contact: never');
  // In a Bundle too.
  const batch = await send('service', 'POST', '', {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'Observation?patient=out' } }],
  });
  expect(batch.text).toContain('on its way');
});

test('[SC22] a list of no one patient says while the node is being filled', async () => {
  const { send, state } = await site();
  expect(remarks(await send('service', 'GET', '/Encounter?status=in-progress'))).toEqual([]);
  state.overall = { hasAlerts: false, filling: { done: 30, of: 400 } };
  const [remark] = remarks(await send('service', 'GET', '/Encounter?status=in-progress'));
  expect(remark).toContain('being filled (30 of 400)');
  expect(remarks(await send('service', 'GET', '/Patient?family=x'))).toHaveLength(1);
});

test('[SC22] what is not found at a node that does not keep everything may be elsewhere', async () => {
  const { send, state } = await site();
  const text = async (path: string): Promise<unknown> => {
    const reply = await send('service', 'GET', path);
    return [reply.status, reply.text.includes('at this node')];
  };
  expect(await text('/Observation/none')).toEqual([404, true]);
  // All patients are known here.
  expect(await text('/Patient/none')).toEqual([404, false]);
  state.overall = { hasAlerts: false };
  expect(await text('/Patient/none')).toEqual([404, true]);
  state.overall = undefined;
  expect(await text('/Observation/none')).toEqual([404, false]);
});

test('[SC23] allergies of a patient whose record is elsewhere are shown; unavailable is what nobody ever brought', async () => {
  const { send, state } = await site();
  const search = (patient: string) => send('service', 'GET', `/AllergyIntolerance?patient=${patient}`);
  expect(remarks(await search('out'))).toEqual([]);
  expect(remarks(await send('service', 'GET', '/Patient?_id=out'))).toEqual([]);
  state.of['out'] = { holding: 'coming', hasAlerts: false };
  expect(remarks(await search('out'))).toEqual([expect.stringContaining('unavailable: there is no copy here')]);
  // Whatever is known of it is shown, and never called unavailable.
  await send('service', 'PUT', '/AllergyIntolerance/a', {
    resourceType: 'AllergyIntolerance',
    id: 'a',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
    },
    patient: { reference: 'Patient/out' },
  });
  const known = await search('out');
  expect(at(known.json, 'total')).toBe(1);
  expect(remarks(known)).toEqual([expect.stringContaining('may be incomplete')]);
  state.of['out'] = { holding: 'coming', hasAlerts: false, asOf: NOON };
  const stale = remarks(await search('nobody'));
  expect(stale).toEqual([]);
  state.of['in'] = { holding: 'elsewhere', hasAlerts: false, asOf: NOON };
  expect(remarks(await search('in'))).toEqual([expect.stringContaining(`As of ${NOON_TEXT}`)]);
});

test('[SC23] a copy that grows old says so in words', async () => {
  const here = await site();
  const search = () => here.send('service', 'GET', '/AllergyIntolerance?patient=in');
  here.now = NOON + 14 * 60_000;
  expect(remarks(await search())).toEqual([]);
  here.now = NOON + 15 * 60_000;
  const [remark, ...more] = remarks(await search());
  expect(more).toEqual([]);
  expect(remark).toContain(`As of ${NOON_TEXT}; may be incomplete`);
  expect(remark).toContain(`"No known allergies" is not confirmed since ${NOON_TEXT}`);
  // A clock that was set back makes no copy young.
  here.now = NOON - 3_600_000;
  expect(remarks(await search())).toHaveLength(1);
});

test('[SC15] a record is asked for with a reason, which the audit keeps; the answer says what is here', async () => {
  const { send, state, trail } = await site();
  const ask = (patient: string, given: Record<string, string>) =>
    send('service', 'POST', `/Patient/${patient}/$fetch-record`, parameters(given));
  expect((await ask('out', {})).status).toBe(400);
  expect((await ask('out', { reason: '  ' })).status).toBe(400);
  expect((await ask('none', { reason: 'x' })).status).toBe(404);
  expect(state.asked).toEqual([]);
  trail.entries.length = 0;
  const reply = await ask('out', { reason: 'came by ambulance' });
  expect([reply.status, at(reply.json, 'parameter.0.valueCode')]).toEqual([202, 'coming']);
  expect(reply.text).toContain(`held elsewhere; last contact: ${NOON_TEXT}`);
  expect(state.asked).toEqual(['out']);
  expect(trail.entries).toMatchObject([
    {
      act: 'operation',
      interaction: '$fetch-record',
      ok: true,
      patients: ['Patient/out'],
      reason: 'came by ambulance',
    },
  ]);
  expect([(await ask('in', { reason: 'x' })).status, copy(await ask('in', { reason: 'x' }))]).toEqual([
    200,
    [NOON_TEXT, 'whole'],
  ]);
});

test('[SC15] whoever does not see that the patient exists cannot ask', async () => {
  const { send, state } = await site();
  const reply = await send('none', 'POST', '/Patient/out/$fetch-record', parameters({ reason: 'x' }));
  expect([403, 404]).toContain(reply.status);
  expect(state.asked).toEqual([]);
  expect((await send('clerk', 'POST', '/Patient/out/$fetch-record', parameters({ reason: 'x' }))).status).toBe(403);
  expect((await send('app', 'POST', '/Patient/out/$fetch-record', parameters({ reason: 'x' }))).status).toBe(403);
  expect((await send('nurse', 'POST', '/Patient/out/$fetch-record', parameters({ reason: 'x' }))).status).toBe(202);
});

test('[SC22] a node that has nobody above says nothing of all this', async () => {
  const { send, state } = await site();
  state.overall = undefined;
  for (const path of ['/Patient/out', '/Observation?patient=out', '/Patient/out/$everything']) {
    const reply = await send('service', 'GET', path);
    expect([path, copy(reply), remarks(reply)]).toEqual([path, [undefined, undefined], []]);
  }
  const reply = await send('service', 'POST', '/Patient/out/$fetch-record', parameters({ reason: 'x' }));
  expect([reply.status, at(reply.json, 'parameter.0.valueCode')]).toEqual([200, 'whole']);
});

test('[SC22] what a list of patients brings along, or judges them by, may be held elsewhere', async () => {
  const { send, state } = await site();
  const said = async (path: string): Promise<string> => remarks(await send('service', 'GET', path)).join();
  expect(await said('/Patient?_id=out&_revinclude=Observation:patient')).toContain('held elsewhere');
  expect(await said('/Patient?family=out&_revinclude=Observation:patient')).toContain('held elsewhere');
  expect(await said('/Patient?family=in&_revinclude=Observation:patient')).toBe('');
  expect(await said('/Patient?family=out&_revinclude=AllergyIntolerance:patient')).toBe('');
  expect(await said('/Patient?_has:Observation:patient:status=final')).toContain('were not looked at');
  expect(await said('/Patient?_id=out&_has:Observation:patient:status=final')).toContain('held elsewhere');
  expect(await said('/Patient?_has:AllergyIntolerance:patient:clinical-status=active')).toBe('');
  state.overall = undefined;
  expect(await said('/Patient?_has:Observation:patient:status=final')).toBe('');
});

test('[SC23] whoever is not found while not all patients are known here may be known elsewhere', async () => {
  const { send, state } = await site();
  const resource = { resourceType: 'Patient', name: [{ family: 'unheard-of' }], birthDate: '1950-01-01' };
  const match = () =>
    send('service', 'POST', '/Patient/$match', {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource }],
    });
  const whole = await match();
  expect([whole.status, remarks(whole)]).toEqual([200, []]);
  state.overall = { hasAlerts: false };
  expect(remarks(await match())).toHaveLength(1);
});

test('[SC22] whoever does not see a patient is not told whether the record is here', async () => {
  const { send, state } = await site();
  const asked = async (token: string, patient: string): Promise<unknown> => {
    const reply = await send(token, 'GET', `/Observation?patient=${patient}`);
    return [copy(reply), remarks(reply)];
  };
  // This app may read observations and no patients.
  const [nobody, elsewhere] = [await asked('app', 'none'), await asked('app', 'out')];
  expect(nobody).toEqual([[undefined, undefined], [expect.stringContaining('does not keep every record')]]);
  expect(elsewhere).toEqual(nobody);
  expect(await asked('app', 'in')).toEqual(nobody);
  expect(await asked('service', 'none')).toEqual(nobody);
  state.overall = undefined;
  expect(await asked('app', 'out')).toEqual([[undefined, undefined], []]);
});
