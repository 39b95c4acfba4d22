import { expect, test } from 'vitest';
import { accessOf } from '../access/access-of.ts';
import type { AuditEntry } from '../access/audit-trail.ts';
import type { Principal, Role } from '../access/principal.ts';
import { declaredDowntimes } from '../care/downtime/declared-downtime.ts';
import { query } from '../record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../record/store.ts';
import { actorOf } from './actor-of.ts';
import { createDowntimeDesk } from './downtime-desk.ts';
import { jsonOf, overMemory } from './over-memory.test-kit.ts';

const person = (id: string, role: Role, site = 'Organization/s'): Principal => ({
  who: `Practitioner/${id}`,
  name: id,
  duties: [{ role, site, places: [], supervisor: true }],
  client: 'c',
  session: `session-${id}`,
  asOf: 0,
});
const lead = person('lena', 'incident-lead');

function room() {
  const over = overMemory();
  const told: AuditEntry[] = [];
  const clock = { now: () => Date.UTC(2024, 6, 19, 4, 9) };
  const desk = createDowntimeDesk({
    store: over.store,
    engine: over.engine,
    clock,
    audit: { record: async (entry) => void told.push(entry) },
  });
  return { over, told, desk };
}

test('[WU15] an incident lead declares for their site, in words; again is the same one', async () => {
  const { desk, over } = room();
  const declared = await desk.declare(lead, '  The region does not answer  ');
  expect(declared.ok && declared.value).toEqual([
    { site: 'Organization/s', since: '2024-07-19T04:09:00.000Z', reason: 'The region does not answer' },
  ]);
  await desk.declare(lead, 'Again');
  expect(await desk.declared()).toHaveLength(1);
  expect(await desk.declared('Organization/other')).toEqual([]);
  const [commit] = await over.store.feed(0, 10);
  expect(JSON.stringify(commit)).toContain('Practitioner/lena');
});

test('[WU15] nobody else declares, and nobody without a reason', async () => {
  const { desk } = room();
  for (const role of ['nurse', 'doctor', 'it', 'ward-clerk', 'patient'] as const) {
    expect(await desk.declare(person('x', role), 'Because')).toEqual({ ok: false, error: 'forbidden' });
  }
  expect(await desk.declare(lead, ' 1 ')).toEqual({ ok: false, error: 'no-reason' });
  expect(await desk.declare(lead, 'a'.repeat(501))).toEqual({ ok: false, error: 'reason-too-long' });
  expect(await desk.declared()).toEqual([]);
});

test('[WU16] it lasts until an incident lead of the site ends it; what cannot be read is not taken for an end', async () => {
  const { desk } = room();
  await desk.declare(lead, 'Power cut');
  await desk.end(person('liz', 'incident-lead', 'Organization/other'), 'Ours is over');
  expect(await desk.declared()).toHaveLength(1);
  expect(await desk.end(person('n', 'nurse'), 'Over')).toEqual({ ok: false, error: 'forbidden' });
  const ended = await desk.end(lead, 'Power is back');
  expect(ended).toEqual({ ok: true, value: [] });
  const flag = {
    resourceType: 'Flag',
    identifier: [{ system: 'https://holdfast.example/fhir/id/downtime', value: 'declared' }],
    subject: { reference: 'Organization/s' },
  };
  expect(declaredDowntimes([{ ...flag, status: 'of-a-later-version' }])).toHaveLength(1);
  expect(
    declaredDowntimes([
      { ...flag, status: 'inactive' },
      { ...flag, identifier: [] },
    ]),
  ).toEqual([]);
});

test('[WU17] both are told to the audit with their reason; over the API nobody writes such a Flag', async () => {
  const { desk, told, over } = room();
  await desk.declare(lead, 'Power cut');
  const page = await over.store.search(query('Flag', []), EVERYTHING, { includes: 0, ms: 1_000 });
  const id = (page.ok && page.value.hits[0]?.stored.key.id) || '';
  expect(id).not.toBe('');
  const text = JSON.stringify({ ...(jsonOf(await over.get(`Flag/${id}`)) as object), status: 'inactive' });
  for (const role of ['nurse', 'doctor', 'ward-clerk', 'incident-lead', 'it'] as const) {
    const actor = actorOf(accessOf(person('x', role), 0));
    const refusal = await over.refused({ kind: 'update', type: 'Flag', id, text }, actor);
    expect(['forbidden', 'not-found'], role).toContain(refusal.kind);
    const fresh = JSON.stringify({ ...JSON.parse(text), id: undefined, status: 'active' });
    expect((await over.refused({ kind: 'create', type: 'Flag', text: fresh }, actor)).kind, role).toBe('forbidden');
  }
  await desk.end(lead, 'Power is back');
  expect(told).toMatchObject([
    { interaction: 'declare-downtime', reason: 'Power cut', what: ['Organization/s'], who: 'Practitioner/lena' },
    { interaction: 'end-downtime', reason: 'Power is back' },
  ]);
});
