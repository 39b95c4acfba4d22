import { afterEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import { doctor, duty, NOW, nurse, principal, STANDING } from '../../core/access/small-hospital.test-kit.ts';
import { assert } from '../../core/base/assert.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { browserPorts } from '../ports/browser-ports.ts';
import type { Change } from '../../core/engine/engine.ts';
import type { News } from './device.ts';
import type { PageDevice } from './page-device.ts';
import { DEVICE_NODE, pageDeviceFor, type PageDeviceSeed } from './page-device.test-kit.ts';

const RESOURCES: readonly ResourceJson[] = STANDING.map(([name, content]) => {
  const [resourceType = '', id = ''] = name.split('/');
  return { resourceType, id, ...content };
});
const ports = { ...browserPorts(), clock: { now: () => NOW }, monotonic: () => 0, zoneMin: () => 60 };
const open: PageDevice[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.close();
});
async function deviceFor(seed: Partial<PageDeviceSeed> = {}): Promise<PageDevice> {
  const device = await pageDeviceFor({ resources: RESOURCES, person: nurse, asOf: NOW - 60_000, ports, ...seed });
  open.push(device);
  return device;
}
const namesIn = (all: readonly { readonly key: { readonly type: string; readonly id: string } }[]): readonly string[] =>
  all.map(({ key }) => `${key.type}/${key.id}`).toSorted();
const pulse = (patient: string): Change => ({
  kind: 'create',
  type: 'Observation',
  text: JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'pulse' },
    subject: { reference: `Patient/${patient}` },
    valueQuantity: { value: 88, unit: '/min' },
  }),
});

test('[BD2] [BD4] a chart is what the person may see of the compartment, by the tables of the servers', async () => {
  const device = await deviceFor();
  const mine = await device.chart('p1');
  expect(namesIn(mine.all)).toEqual([
    'AllergyIntolerance/al-p1',
    'Composition/note-p1',
    'Encounter/e1',
    'Flag/flag-p1',
    'MedicationRequest/rx-p1',
    'Patient/p1',
  ]);
  expect(mine).toMatchObject({ held: 'whole', asOf: NOW - 60_000, beyondReach: false });
  const other = await device.chart('p2');
  expect(namesIn(other.all)).toEqual(['AllergyIntolerance/al-p2', 'Flag/flag-p2', 'Patient/p2']);
  expect(other.beyondReach).toBe(true);
  expect(await device.save([pulse('p2')])).toMatchObject({ ok: false, error: { kind: 'forbidden' } });
  expect(await device.save([{ kind: 'delete', type: 'Flag', id: 'flag-p1' }])).toMatchObject({
    ok: false,
    error: { kind: 'forbidden' },
  });
});

test('[BD4] records of one person are one chart, and their allergies are seen together', async () => {
  const linked = RESOURCES.map((one) =>
    one.id === 'p1'
      ? { ...one, link: [{ type: 'replaces', other: { reference: 'Patient/p2' } }] }
      : one.id === 'p2'
        ? { ...one, link: [{ type: 'replaced-by', other: { reference: 'Patient/p1' } }] }
        : one,
  );
  const device = await deviceFor({ resources: linked });
  const names = namesIn((await device.chart('p1')).all);
  expect(names).toContain('MedicationRequest/rx-p2');
  expect(names).toContain('AllergyIntolerance/al-p2');
  expect(names).not.toContain('Composition/note-p2');
});

test('[BD4] what came is in the chart, what went or moved is not, and a large one is read at once', async () => {
  const many = Array.from({ length: 5_000 }, (_, i): ResourceJson => ({
    resourceType: 'Observation',
    id: `o${i}`,
    status: 'final',
    code: { text: 'pulse' },
    subject: { reference: `Patient/${i < 2_500 ? 'p1' : 'p3'}` },
  }));
  const device = await deviceFor({ resources: [...RESOURCES, ...many] });
  expect((await device.chart('p1')).all).toHaveLength(2_506);
  const { record } = device.store;
  const inHomes = [...record.homes].map(([home, kept]) => [home, kept.size]).toSorted();
  const walked = new Map<string, number>();
  for (const ofType of record.kept.values())
    for (const { seen } of ofType.values())
      if (seen.home !== '') walked.set(seen.home, (walked.get(seen.home) ?? 0) + 1);
  expect(inHomes).toEqual([...walked].toSorted());
  const done = await device.save([pulse('p1')]);
  assert(done.ok, 'a nurse of the ward charts a pulse');
  const [made] = done.value.shown;
  expect(namesIn((await device.chart('p1')).all)).toContain(`Observation/${made?.key.id}`);
  const moved = JSON.stringify({ ...made?.resource, subject: { reference: 'Patient/p3' } });
  device.enter(principal([duty('service', { places: [] })], { who: 'Device/backend' }), true);
  expect((await device.save([{ kind: 'update', type: 'Observation', id: made?.key.id ?? '', text: moved }])).ok).toBe(
    true,
  );
  expect(namesIn((await device.chart('p1')).all)).not.toContain(`Observation/${made?.key.id}`);
  expect(namesIn((await device.chart('p3')).all)).toContain(`Observation/${made?.key.id}`);
});

test('[BD1] [BD7] a write is answered with where it is, by whom and from where', async () => {
  const device = await deviceFor();
  const done = await device.save([pulse('p1')]);
  assert(done.ok && done.value.commit !== undefined, 'it is written');
  const { commit, safe, shown } = done.value;
  expect(safe).toBe('D0');
  expect(shown[0]).toMatchObject({
    safe: 'D0',
    author: { practitioner: 'Practitioner/me', device: DEVICE_NODE, session: 's' },
  });
  const carried = device.store.commitAt(commit.origin, commit.seq);
  const header = decodeRevision(carried?.revisions[0]?.header ?? '');
  expect(header).toMatchObject({
    ok: true,
    value: { authored: { wallMs: NOW, zoneMin: 60, skew: { ms: null, suspect: false } } },
  });
  expect(device.safetyOf(commit)).toBe('D0');
});

test('[BD1] what the disk refuses is told as that and shown nowhere; the next write is tried anew', async () => {
  let isFull = false;
  const log = {
    append: async () => {
      if (isFull) throw new Error('QuotaExceededError');
    },
    replace: async () => undefined,
  };
  const device = await deviceFor({ log });
  const before = namesIn((await device.chart('p1')).all);
  isFull = true;
  expect(await device.save([pulse('p1')])).toMatchObject({ ok: false, error: { kind: 'disk' } });
  expect(namesIn((await device.chart('p1')).all)).toEqual(before);
  expect(device.status().troubles).toEqual(['store-lost']);
  isFull = false;
  expect((await device.save([pulse('p1')])).ok).toBe(true);
  expect(device.status().troubles).toEqual([]);
});

test('[BD1] somebody else was faster: nothing is written, and the kind says so', async () => {
  const device = await deviceFor();
  const { all } = await device.chart('p1');
  const stay = all.find(({ key }) => key.type === 'Encounter');
  assert(stay !== undefined, 'the stay is here');
  const patch = { form: 'json-patch', text: '[{"op":"add","path":"/priority","value":{"text":"x"}}]' } as const;
  const change: Change = { kind: 'patch', type: 'Encounter', id: 'e1', ifMatch: stay.versionId, patch };
  expect((await device.save([change])).ok).toBe(true);
  expect(await device.save([change])).toMatchObject({ ok: false, error: { kind: 'stale' } });
  expect(await device.save([{ ...pulse('p1'), text: '{"resourceType":"Observation"}' } as Change])).toMatchObject({
    ok: false,
    error: { kind: 'invalid' },
  });
});

test('[BD3] [BD9] how old and how much of a record is here is said of each', async () => {
  const device = await deviceFor({ patients: ['p1'], wards: ['Location/ward-a'] });
  expect(device.status()).toMatchObject({ asOf: NOW - 60_000, wards: ['Location/ward-a'], place: 'live' });
  expect((await device.chart('p1')).held).toBe('whole');
  expect((await device.chart('p2')).held).toBe('identity');
  expect(await device.chart('nobody')).toMatchObject({ held: 'unknown', all: [], patient: undefined });
  const registered = await device.save([{ kind: 'create', type: 'Patient', text: '{"resourceType":"Patient"}' }]);
  assert(registered.ok, 'a nurse registers somebody');
  expect((await device.chart(registered.value.shown[0]?.key.id ?? '')).held).toBe('whole');
  const never = await pageDeviceFor({ resources: RESOURCES, person: nurse, ports });
  open.push(never);
  expect(await never.chart('p1')).not.toHaveProperty('asOf');
  expect(never.status()).not.toHaveProperty('asOf');
});

test('[BD5] while nobody is in, nothing of a patient is told and nothing is written', async () => {
  const people = [{ who: 'Practitioner/me', name: 'Me', ways: ['passphrase'] as const }];
  const device = await deviceFor({ people });
  await device.putDraft('note/Patient/1', 'she said');
  expect(await device.drafts()).toMatchObject([{ name: 'note/Patient/1', value: 'she said' }]);
  await device.lock('idle');
  expect(device.status()).toMatchObject({ session: { kind: 'locked', why: 'idle' }, conflicts: { S1: 0, S2: 0 } });
  expect((await device.chart('p1')).all).toEqual([]);
  expect(await device.read([{ type: 'Patient', id: 'p1' }])).toEqual([undefined]);
  expect(await device.search('Patient')).toMatchObject({ ok: false, error: { kind: 'locked' } });
  expect(await device.save([pulse('p1')])).toMatchObject({ ok: false, error: { kind: 'locked' } });
  expect(await device.history({ type: 'Patient', id: 'p1' })).toEqual([]);
  expect(await device.conflicts()).toEqual([]);
  expect(await device.drafts()).toEqual([]);
  device.enter({ ...nurse, who: 'Practitioner/other' }, false);
  expect(await device.drafts()).toEqual([]);
});

test('[BD6] the status counts what is here alone, and is the same object until it changes', async () => {
  const device = await deviceFor();
  expect(device.status().own).toEqual({ D0: 0, D1: 0, D1m: 0, D2: 0 });
  expect(device.status()).toBe(device.status());
  const moved = heard(device, 'safety');
  await device.save([pulse('p1')]);
  await moved;
  expect(device.status()).toMatchObject({ own: { D0: 1 }, oldestUnsentAt: NOW });
});

test('[BD12] news name whose record changed, once for many changes, and what they tell can be read', async () => {
  const device = await deviceFor();
  const news: News[] = [];
  const stop = device.listen((one) => void news.push(one));
  const next = heard(device, 'record');
  await device.save([pulse('p1'), pulse('p1')]);
  await next;
  expect(news.filter(({ what }) => what === 'record')).toEqual([{ what: 'record', patients: ['p1'] }]);
  stop();
  const again = heard(device, 'record');
  await device.save([pulse('p1')]);
  await again;
  expect(news.filter(({ what }) => what === 'record')).toHaveLength(1);
});

test('[BD10] [BD11] a chart that is opened is one entry of the audit, however often it is drawn', async () => {
  const told: AuditEntry[] = [];
  const device = await deviceFor({ told: (entry) => told.push(entry) });
  for (let i = 0; i < 5; i++) await device.chart('p1');
  expect(told).toMatchObject([
    {
      act: 'everything',
      ok: true,
      who: 'Practitioner/me',
      device: DEVICE_NODE,
      patients: ['Patient/p1'],
      what: ['Patient/p1'],
    },
  ]);
  await device.search('Patient?name=p1');
  await device.search('Patient?name=p1');
  await device.read([{ type: 'Flag', id: 'flag-p2' }]);
  await device.save([pulse('p2')]);
  await device.printed(['p1'], 'summary');
  expect(told.slice(1)).toMatchObject([
    { act: 'search', what: ['Patient'], query: 'name=p1', patients: ['Patient/p1'] },
    { act: 'read', what: ['Flag/flag-p2'], patients: ['Patient/p2'] },
    { act: 'refused', ok: false, what: ['Observation'] },
    { act: 'print', patients: ['Patient/p1'], detail: 'summary' },
  ]);
  await device.save([{ kind: 'create', type: 'Patient', text: '{"resourceType":"Patient","name":[{"family":"p1"}]}' }]);
  await device.search('Patient?name=p1');
  expect(told.at(-1)).toMatchObject({ act: 'search' });
  expect(told.at(-1)?.patients).toHaveLength(2);
});

test('[BD10] breaking the glass opens the record, and is told with its reason', async () => {
  const told: AuditEntry[] = [];
  const device = await deviceFor({ told: (entry) => told.push(entry) });
  expect((await device.breakGlass('p2', '')).ok).toBe(false);
  expect((await device.breakGlass('p2', 'cardiac arrest on ward B')).ok).toBe(true);
  expect(told.filter(({ act }) => act === 'break-glass')).toMatchObject([
    { reason: 'cardiac arrest on ward B', patients: ['Patient/p2'] },
  ]);
  expect(await device.chart('p2')).toMatchObject({ beyondReach: false });
});

test('[BD8] custody is taken for this device, which writes itself, and given back to the site', async () => {
  const device = await deviceFor({ person: doctor });
  const taken = await device.takeCustody('p1', 'this-device');
  expect(taken).toMatchObject({
    ok: true,
    value: { shown: [{ resource: { owner: { reference: `Device/${DEVICE_NODE}` } } }] },
  });
  const [self] = await device.read([{ type: 'Device', id: DEVICE_NODE }]);
  expect(self?.author).toEqual({ device: DEVICE_NODE });
  const back = await device.takeCustody('p1', 'site');
  expect(back).toMatchObject({ ok: true, value: { shown: [{ resource: { owner: { display: 'site DEMO' } } }] } });
});

test('[BD36] the wards that a device keeps stand in its own resource, by the hand of who chose them', async () => {
  const device = await deviceFor();
  await device.keepWards(['Location/ward-b', 'Location/ward-a', 'Location/ward-a']);
  expect(device.status().wards).toEqual(['Location/ward-a', 'Location/ward-b']);
  const [self] = await device.read([{ type: 'Device', id: DEVICE_NODE }]);
  expect(self?.author).toEqual({ practitioner: 'Practitioner/me', device: DEVICE_NODE, session: 's' });
  const extensions: unknown = self?.resource['extension'];
  expect(extensions).toMatchObject([
    { valueReference: { reference: 'Location/ward-a' } },
    { valueReference: { reference: 'Location/ward-b' } },
  ]);
});

test('[BD2] conflicts come with their sides, and are decided here', async () => {
  const flag = (text: string): ResourceJson => ({
    resourceType: 'Flag',
    id: 'flag-p1',
    status: 'active',
    code: { text },
    subject: { reference: 'Patient/p1' },
  });
  const device = await deviceFor({ conflicts: [[flag('falls'), flag('wanders')]] });
  const [conflict] = await device.conflicts();
  assert(conflict !== undefined, 'it is in conflict');
  expect(conflict.sides.map(({ resource }) => resource?.['code'])).toHaveLength(2);
  expect(conflict).toMatchObject({ shown: { conflict: true }, hidden: 0, base: { resource: { code: { text: 'x' } } } });
  const [side] = conflict.sides;
  const done = await device.resolve(conflict.shown.key, conflict.shown.versionId, { keep: side?.hash ?? '' });
  expect(done).toMatchObject({
    ok: true,
    value: { shown: [{ conflict: false, resource: { code: side?.resource?.['code'] } }] },
  });
  expect(await device.conflicts()).toEqual([]);
});

test('[BD2] entries that refer to each other are written together', async () => {
  const device = await deviceFor();
  const done = await device.saveTogether([
    {
      fullUrl: 'urn:uuid:6f9619ff-8b86-d011-b42d-00cf4fc964ff',
      change: { kind: 'create', type: 'Patient', text: '{"resourceType":"Patient"}' },
    },
    {
      change: {
        kind: 'create',
        type: 'Encounter',
        text: JSON.stringify({
          resourceType: 'Encounter',
          status: 'in-progress',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
          subject: { reference: 'urn:uuid:6f9619ff-8b86-d011-b42d-00cf4fc964ff' },
          location: [{ location: { reference: 'Location/ward-a' } }],
        }),
      },
    },
  ]);
  assert(done.ok, JSON.stringify(done));
  const [who, stay] = done.value.shown;
  expect(stay?.resource['subject']).toEqual({ reference: `Patient/${who?.key.id}` });
});

function heard(device: PageDevice, what: News['what']): Promise<void> {
  return new Promise((resolve) => {
    const stop = device.listen((news) => {
      if (news.what !== what) return;
      stop();
      resolve();
    });
  });
}
