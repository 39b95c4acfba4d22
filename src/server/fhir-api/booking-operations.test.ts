// Places of a session over HTTP: the practice that owns it, and a call centre that has some of its places.
import { describe, expect, test } from 'vitest';
import { HELD_BY, SESSION } from '../../core/care/identity/booking.ts';
import { memoryNumberRows } from '../ports/memory-number-rows.ts';
import { knownByToken } from './access.test-kit.ts';
import { at, listAt } from './http-client.test-kit.ts';
import { hospital, PEOPLE, staff, type Hospital, type Reply } from './ward.test-kit.ts';

const STAFF = new Map([
  ...PEOPLE,
  ['receptionist', staff('rita', 'receptionist')],
  ['doctor', staff('dora', 'doctor')],
]);
const NOW = Date.UTC(2026, 10, 23, 7);

/** A node of the site `code`, with the session and, of the other node, nothing but what is put there. */
async function node(code: string): Promise<Hospital> {
  const made = await hospital({
    authenticator: knownByToken(STAFF),
    clock: { now: () => NOW },
    identity: { rows: memoryNumberRows(), node: { siteCode: code, incarnation: code, startedAt: NOW } },
  });
  await made.send('service', 'PUT', '/Schedule/clinic', {
    resourceType: 'Schedule',
    id: 'clinic',
    actor: [{ reference: 'Location/w' }],
    extension: [
      {
        url: SESSION,
        extension: [
          { url: 'owner', valueCode: 'GPX' },
          { url: 'overbook', valueInteger: 1 },
        ],
      },
    ],
  });
  for (let i = 0; i < 4; i++) await made.send('service', 'PUT', `/Slot/s${i}`, slot(i));
  return made;
}
const slot = (i: number, more: object = {}): object => ({
  resourceType: 'Slot',
  id: `s${i}`,
  schedule: { reference: 'Schedule/clinic' },
  status: 'free',
  start: `2026-11-23T0${8 + Math.floor(i / 2)}:${i % 2 === 0 ? '00' : '30'}:00Z`,
  end: `2026-11-23T0${8 + Math.floor(i / 2)}:${i % 2 === 0 ? '20' : '50'}:00Z`,
  ...more,
});
const ask = (given: Readonly<Record<string, string | boolean>>): object => ({
  resourceType: 'Parameters',
  parameter: Object.entries(given).map(([name, value]) =>
    typeof value === 'boolean'
      ? { name, valueBoolean: value }
      : value.includes('/')
        ? { name, valueReference: { reference: value } }
        : { name, valueString: value },
  ),
});
const book = (
  made: Hospital,
  given: Readonly<Record<string, string | boolean>>,
  token = 'receptionist',
): Promise<Reply> => made.send(token, 'POST', '/Appointment/$book', ask({ patient: 'Patient/in', ...given }));
const states = async (made: Hospital): Promise<readonly unknown[]> =>
  listAt((await made.send('service', 'GET', '/Slot?schedule=Schedule/clinic&_sort=start,_id')).json, 'entry').map(
    (entry) => at(entry, 'resource.status'),
  );

describe('places of a session', () => {
  test('[ID34] the owner books without anybody else: the first place, a named one, one too many only when that is said', async () => {
    const practice = await node('GPX');
    const first = await book(practice, { schedule: 'Schedule/clinic', description: 'cough' });
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({
      status: 'booked',
      start: '2026-11-23T08:00:00Z',
      slot: [{ reference: 'Slot/s0' }],
      description: 'cough',
    });
    expect(listAt(first.json, 'participant').map((each) => at(each, 'actor.reference'))).toEqual([
      'Patient/in',
      'Location/w',
    ]);
    expect((await book(practice, { slot: 'Slot/s2' })).json).toMatchObject({ slot: [{ reference: 'Slot/s2' }] });
    const refused = await book(practice, { slot: 'Slot/s2' });
    expect(refused.status).toBe(422);
    expect(at(refused.json, 'issue.0.details.text')).toMatch(/1 more may be put in/);
    // All at once, as desks do: each place once.
    const rest = await Promise.all(Array.from({ length: 6 }, () => book(practice, { schedule: 'Schedule/clinic' })));
    expect(rest.map(({ status }) => status).toSorted()).toEqual([201, 201, 422, 422, 422, 422]);
    expect(new Set(rest.map(({ json }) => at(json, 'slot.0.reference'))).size).toBe(3);
    const over = await Promise.all(
      Array.from({ length: 4 }, () => book(practice, { slot: 'Slot/s1', overbook: true })),
    );
    expect(over.map(({ status }) => status).toSorted()).toEqual([201, 422, 422, 422]);
    expect(await states(practice)).toEqual(['busy', 'busy', 'busy', 'busy', 'busy']);
    expect(listAt((await practice.send('service', 'GET', '/Appointment?status=booked')).json, 'entry')).toHaveLength(5);
  });

  test('[ID33] [ID35] another site books the places that it was handed, and proposes beyond; the owner confirms', async () => {
    const practice = await node('GPX');
    const centre = await node('CALL');
    expect(
      (await practice.send('nurse', 'POST', '/Schedule/clinic/$share', ask({ holder: 'CALL', places: '1' }))).status,
    ).toBe(403);
    const handed = await practice.send(
      'receptionist',
      'POST',
      '/Schedule/clinic/$share',
      ask({ holder: 'CALL', places: '1' }),
    );
    expect(at(handed.json, 'parameter.0.valueInteger')).toBe(1);
    // Cut off from now on: it knows which place is its own.
    const { json } = await practice.send('service', 'GET', '/Slot/s2');
    expect(at(json, 'extension.0')).toEqual({ url: HELD_BY, valueCode: 'CALL' });
    await centre.send('service', 'PUT', '/Slot/s2', slot(2, { extension: at(json, 'extension') }));
    expect((await book(centre, { schedule: 'Schedule/clinic' })).json).toMatchObject({
      status: 'booked',
      slot: [{ reference: 'Slot/s2' }],
    });
    const proposed = await book(centre, { slot: 'Slot/s1' });
    expect(proposed.json).toMatchObject({ status: 'proposed', slot: [{ reference: 'Slot/s1' }] });
    expect(await states(centre)).toEqual(['free', 'free', 'busy', 'free']);
    expect(
      (await centre.send('receptionist', 'POST', `/Appointment/${String(at(proposed.json, 'id'))}/$confirm`)).status,
    ).toBe(422);
    // The practice gave that very place away meanwhile.
    expect((await book(practice, { slot: 'Slot/s1' })).status).toBe(201);
    expect((await book(practice, { slot: 'Slot/s2' })).status).toBe(422);
    const id = String(at(proposed.json, 'id'));
    await practice.send('service', 'PUT', `/Appointment/${id}`, proposed.json as object);
    const confirmed = await practice.send('receptionist', 'POST', `/Appointment/${id}/$confirm`);
    expect(confirmed.status).toBe(200);
    expect(confirmed.json).toMatchObject({
      status: 'booked',
      slot: [{ reference: 'Slot/s0' }],
      start: '2026-11-23T08:00:00Z',
    });
    expect((await practice.send('receptionist', 'POST', `/Appointment/${id}/$confirm`)).status).toBe(422);
    expect(await states(practice)).toEqual(['busy', 'busy', 'free', 'free']);
  });

  test('[ID36] who may not make the appointment books nothing, and nothing is taken', async () => {
    const practice = await node('GPX');
    const out = { patient: 'Patient/out', slot: 'Slot/s0' };
    expect((await practice.send('nurse', 'POST', '/Appointment/$book', ask(out))).status).toBe(403);
    expect(
      (await practice.send('nurse', 'POST', '/Appointment/$book', ask({ ...out, patient: 'Patient/in' }))).status,
    ).toBe(201);
    for (const wrong of [
      { slot: 'Slot/none' },
      { schedule: 'Schedule/none' },
      { slot: 'Slot/s1', patient: 'Patient/nobody' },
    ])
      expect((await book(practice, wrong)).status).toBe(404);
    expect((await book(practice, {})).status).toBe(400);
    expect(await states(practice)).toEqual(['busy', 'free', 'free', 'free']);
  });
});
