import { expect, test } from 'vitest';
import type { AuditEntry } from '../access/audit-trail.ts';
import type { Principal } from '../access/principal.ts';
import { EVERYTHING } from '../record/store.ts';
import { createBreakGlassDesk, type BreakGlassDesk } from './break-glass.ts';
import { jsonOf, named, overMemory, type OverMemory } from './over-memory.test-kit.ts';

const person = (id: string, role: Principal['duties'][number]['role'], supervisor = false): Principal => ({
  who: `Practitioner/${id}`,
  name: id,
  duties: [{ role, site: 'Organization/s', places: ['Location/w'], supervisor }],
  client: 'c',
  session: `session-${id}`,
  device: 'tablet',
  asOf: 0,
});
const nurse = person('nina', 'nurse');
const lead = person('lena', 'nurse', true);
const T0 = Date.UTC(2024, 5, 1);
const hour = 3_600_000;

interface Room {
  readonly over: OverMemory;
  readonly desk: BreakGlassDesk;
  readonly told: AuditEntry[];
  at: number;
}
async function room(): Promise<Room> {
  const over = overMemory();
  const told: AuditEntry[] = [];
  const made: Room = {
    over,
    told,
    at: T0,
    desk: createBreakGlassDesk({
      store: over.store,
      engine: over.engine,
      clock: { now: () => made.at },
      chance: over.deps.chance,
      audit: {
        record: (entry) => {
          told.push(entry);
          return Promise.resolve();
        },
      },
    }),
  };
  await over.do({ kind: 'update', type: 'Patient', id: 'p', text: named('p', 'A') });
  return made;
}
const commits = async ({ over }: Room): Promise<number> => (await over.store.feed(0, 100)).length;
const opened = async ({ desk }: Room, who = nurse, minutes?: number) => {
  const done = await desk.open(who, 'Patient/p', 'Collapsed in the corridor', minutes);
  if (!done.ok) throw new Error(done.error.kind);
  return done.value;
};

test('[EN30] Task and Flag land in one commit, whose author is the person', async () => {
  const here = await room();
  const { id, until } = await opened(here);
  expect(until).toBe(T0 + 4 * hour);
  const last = (await here.over.store.feed(0, 100)).at(-1);
  expect(last?.revisions.map(({ text }) => JSON.parse(text ?? '{}').resourceType).toSorted()).toEqual(['Flag', 'Task']);
  const history = await here.over.store.history({ type: 'Task', id, count: 1 }, EVERYTHING);
  expect(history.versions[0]?.author).toEqual({
    practitioner: 'Practitioner/nina',
    session: 'session-nina',
    device: 'tablet',
  });
  expect(history.versions[0]?.home).toBe('Patient/p');
});

test('[EN30] it is for who may, with a reason in words, a time within bounds and a patient who is there', async () => {
  const here = await room();
  const before = await commits(here);
  const kind = async (who: Principal, patient: string, reason: string, minutes?: number): Promise<string> => {
    const done = await here.desk.open(who, patient, reason, minutes);
    return done.ok ? 'opened' : done.error.kind;
  };
  expect(await kind(person('carl', 'ward-clerk'), 'Patient/p', 'Because')).toBe('forbidden');
  expect(await kind({ ...nurse, duties: [] }, 'Patient/p', 'Because')).toBe('forbidden');
  expect(await kind(nurse, 'Patient/p', ' ')).toBe('no-reason');
  expect(await kind(nurse, 'Patient/p', 'x'.repeat(2_000))).toBe('reason-too-long');
  expect(await kind(nurse, 'Patient/p', 'Because', 0)).toBe('not-a-time');
  expect(await kind(nurse, 'Patient/p', 'Because', 13 * 60)).toBe('not-a-time');
  expect(await kind(nurse, 'Patient/none', 'Because')).toBe('not-found');
  await here.over.do({ kind: 'update', type: 'Patient', id: 'gone', text: named('gone', 'A') });
  await here.over.do({ kind: 'delete', type: 'Patient', id: 'gone' });
  expect(await kind(nurse, 'Patient/gone', 'Because')).toBe('not-found');
  expect(await commits(here)).toBe(before + 2);
  expect(here.told).toEqual([]);
});

test('[EN31] while it runs the same wish answers with it, and when it has ended with a new one', async () => {
  const here = await room();
  const first = await opened(here, nurse, 60);
  const before = await commits(here);
  here.at += 29 * 60_000;
  expect(await opened(here, nurse, 60)).toEqual(first);
  expect(await opened(here, nurse, 12 * 60)).toEqual(first);
  expect(await commits(here)).toBe(before);
  // Another person has their own.
  expect((await opened(here, lead)).id).not.toBe(first.id);
  here.at = T0 + hour;
  const second = await opened(here, nurse, 60);
  expect(second.id).not.toBe(first.id);
  expect(second.until).toBe(T0 + 2 * hour);
});

test('[EN31] who asks shortly before the end gets a grant that lasts', async () => {
  const here = await room();
  const first = await opened(here, nurse, 60);
  here.at += 59 * 60_000;
  const second = await opened(here, nurse, 60);
  expect(second.id).not.toBe(first.id);
  expect(second.until).toBe(here.at + hour);
  // The longer one counts, and a short wish is repeated as any other.
  expect(await opened(here, nurse, 60)).toEqual(second);
  here.at = second.until;
  const short = await opened(here, nurse, 10);
  here.at += 4 * 60_000;
  expect(await opened(here, nurse, 10)).toEqual(short);
  here.at += 2 * 60_000;
  const next = await opened(here, nurse, 10);
  expect(next.until).toBe(here.at + 10 * 60_000);
  expect(here.told.map(({ act }) => act)).toEqual(Array.from({ length: 6 }, () => 'break-glass'));
});

test('[EN31] many at once make one', async () => {
  const here = await room();
  const before = await commits(here);
  const all = await Promise.all(Array.from({ length: 5 }, () => opened(here)));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(await commits(here)).toBe(before + 1);
});

test('[EN32] a review closes the Task, is not by the person themselves, needs a comment, and is done once', async () => {
  const here = await room();
  const { id } = await opened(here);
  const { id: own } = await opened(here, lead);
  const kind = async (who: Principal, task: string, accepted: boolean, note: string): Promise<string> => {
    const done = await here.desk.review(who, task, accepted, note);
    return done.ok ? String(jsonOf(done.value)['status']) : done.error.kind;
  };
  expect(await kind(nurse, id, true, 'Fine')).toBe('forbidden');
  expect(await kind(lead, own, true, 'Fine')).toBe('own');
  expect(await kind(lead, id, true, '')).toBe('no-note');
  expect(await kind(lead, 'none', true, 'Fine')).toBe('not-found');
  await here.over.do({
    kind: 'update',
    type: 'Task',
    id: 't',
    text: '{"resourceType":"Task","id":"t","status":"requested","intent":"order"}',
  });
  expect(await kind(lead, 't', true, 'Fine')).toBe('not-found');
  expect(await kind(lead, id, true, 'Fine')).toBe('completed');
  expect(await kind(lead, id, false, 'Not fine')).toBe('reviewed');
});

test('[EN32] a review that does not accept ends the Flag in the same commit, and the grant with it', async () => {
  const here = await room();
  const { id } = await opened(here);
  await opened(here, lead);
  const flags = async (): Promise<readonly unknown[]> => {
    const page = await here.over.store.search(
      { types: ['Flag'], where: [], sort: [], count: 9, total: 'none', include: [] },
      EVERYTHING,
      { includes: 0, ms: 1_000 },
    );
    return page.ok ? page.value.hits.map(({ stored }) => jsonOf(stored)['status']).toSorted() : [];
  };
  const before = await commits(here);
  expect((await here.desk.review(lead, id, false, 'Curiosity')).ok).toBe(true);
  expect(await commits(here)).toBe(before + 1);
  // The other person's stays.
  expect(await flags()).toEqual(['active', 'inactive']);
  expect((await opened(here)).id).not.toBe(id);
});

test('[EN33] both are told to the audit with reason and comment', async () => {
  const here = await room();
  const { id } = await opened(here);
  await opened(here);
  await here.desk.review(lead, id, true, 'Rightly so');
  expect(here.told.map(({ act, who, reason, patients, what }) => [act, who, reason, patients, what])).toEqual([
    ['break-glass', 'Practitioner/nina', 'Collapsed in the corridor', ['Patient/p'], [`Task/${id}`]],
    ['break-glass', 'Practitioner/nina', 'Collapsed in the corridor', ['Patient/p'], [`Task/${id}`]],
    ['break-glass-review', 'Practitioner/lena', 'Rightly so', ['Patient/p'], [`Task/${id}`]],
  ]);
});
