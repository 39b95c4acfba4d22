// Sessions booked by several nodes that are cut off from each other at random.
import { describe, expect, test } from 'vitest';
import {
  choosePlace,
  extensionsHeldBy,
  HELD_BY,
  overbookId,
  placeOf,
  placesToHand,
  SESSION,
  sessionOf,
  type Place,
  type Session,
} from './booking.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_123);
function rng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const FROM = '2026-11-23T08:00:00Z';
const place = (i: number, more: Partial<Place> = {}): Place => ({
  id: `s${String(i).padStart(2, '0')}`,
  versionId: '0',
  status: 'free',
  start: new Date(Date.parse(FROM) + i * 600_000).toISOString(),
  end: new Date(Date.parse(FROM) + (i + 1) * 600_000).toISOString(),
  heldBy: undefined,
  ...more,
});
const SESSION_OF_KIS: Session = { id: 'clinic', owner: 'KIS', overbook: 2 };

/** What one node knows: places as they are there, and who was put on which. */
interface Copy {
  readonly places: Map<string, Place>;
  readonly booked: Map<string, string>;
  readonly proposed: Map<string, string>;
}

describe('places of a session', () => {
  test(`[ID30] [ID31] [ID32] 100 histories of partitions: never more than places and declared overbooking, at any node (seed ${SEED})`, () => {
    const random = rng(SEED);
    let bookings = 0;
    let proposals = 0;
    let overbooked = 0;
    let sharedPlaces = 0;
    for (let history = 0; history < 100; history++) {
      const codes = ['KIS', 'MBA', 'REG'];
      const capacity = 4 + Math.floor(random() * 8);
      const start = Array.from({ length: capacity }, (_, i) => place(i));
      const nodes = new Map<string, Copy>(
        codes.map((code) => [
          code,
          { places: new Map(start.map((one) => [one.id, one])), booked: new Map(), proposed: new Map() },
        ]),
      );
      let patients = 0;
      const set = (copy: Copy, one: Place): void => {
        copy.places.set(one.id, { ...one, versionId: String(Number(one.versionId) + 1) });
      };
      const check = (copy: Copy, where: string): void => {
        expect(copy.booked.size, `${where} of history ${history}`).toBeLessThanOrEqual(
          capacity + SESSION_OF_KIS.overbook,
        );
        expect([...copy.places.values()].filter(({ status }) => status === 'busy').length).toBe(copy.booked.size);
      };
      const exchange = (a: Copy, b: Copy): void => {
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const) {
          for (const one of from.places.values()) {
            const known = to.places.get(one.id);
            // One writer at a time: the higher version is the later one.
            if (known === undefined || Number(known.versionId) < Number(one.versionId)) to.places.set(one.id, one);
          }
          for (const [slot, patient] of from.booked) {
            if ((to.booked.get(slot) ?? patient) !== patient) sharedPlaces++;
            to.booked.set(slot, patient);
          }
          for (const [patient, slot] of from.proposed) to.proposed.set(patient, slot);
        }
      };
      for (let step = 0; step < 60; step++) {
        const me = codes[Math.floor(random() * 3)] ?? '';
        const copy = nodes.get(me);
        const other = nodes.get(codes[Math.floor(random() * 3)] ?? '');
        if (copy === undefined || other === undefined) continue;
        const places = [...copy.places.values()];
        const choice = random();
        if (choice < 0.1) exchange(copy, other);
        else if (choice < 0.2) {
          const holder = codes[Math.floor(random() * 3)] ?? '';
          for (const one of placesToHand({ session: SESSION_OF_KIS, places, me, from: FROM }, 2))
            set(copy, { ...one, heldBy: holder });
        } else {
          const wanted = random() < 0.5 ? undefined : places[Math.floor(random() * places.length)]?.id;
          const booking = choosePlace({
            session: SESSION_OF_KIS,
            places,
            me,
            wanted,
            overbook: random() < 0.5,
            from: FROM,
          });
          const patient = `p${history}-${patients++}`;
          if (booking.kind === 'place') {
            bookings++;
            set(copy, { ...booking.place, status: 'busy' });
            copy.booked.set(booking.place.id, patient);
          } else if (booking.kind === 'beyond') {
            overbooked++;
            expect(me).toBe('KIS');
            set(copy, { ...booking.like, id: booking.id, status: 'busy', heldBy: undefined });
            copy.booked.set(booking.id, patient);
          } else if (booking.kind === 'propose') {
            proposals++;
            expect(me).not.toBe('KIS');
            copy.proposed.set(patient, booking.like?.id ?? '');
          } else expect(me).toBe('KIS');
        }
        check(copy, me);
      }
      for (let round = 0; round < 2; round++)
        for (const a of nodes.values()) for (const b of nodes.values()) exchange(a, b);
      for (const [code, copy] of nodes) check(copy, code);
    }
    expect(sharedPlaces, 'one place, one patient').toBe(0);
    expect(Math.min(bookings, proposals, overbooked)).toBeGreaterThan(50);
  });

  test('[ID30] the owner books its own places; a session without an owner is of whoever is asked', () => {
    const wish = {
      session: SESSION_OF_KIS,
      places: [place(1), place(0)],
      me: 'KIS',
      wanted: undefined,
      overbook: false,
      from: FROM,
    };
    expect(choosePlace(wish)).toMatchObject({ kind: 'place', place: { id: 's00' } });
    expect(choosePlace({ ...wish, me: 'MBA' })).toMatchObject({ kind: 'propose', like: { id: 's00' } });
    expect(choosePlace({ ...wish, me: 'MBA', session: { ...SESSION_OF_KIS, owner: undefined } }).kind).toBe('place');
    expect(choosePlace({ ...wish, from: '2026-11-23T08:05:00Z' })).toMatchObject({ place: { id: 's01' } });
    const held = [place(0, { heldBy: 'MBA' }), place(1)];
    expect(choosePlace({ ...wish, places: held })).toMatchObject({ place: { id: 's01' } });
    expect(choosePlace({ ...wish, places: held, me: 'MBA' })).toMatchObject({ place: { id: 's00' } });
    expect(choosePlace({ ...wish, places: held, me: 'MBA', wanted: 's01' })).toMatchObject({ kind: 'propose' });
  });

  test('[ID31] a full session says how many may be put in beyond, and each of them has a number', () => {
    const full = [place(0, { status: 'busy' })];
    const wish = { session: SESSION_OF_KIS, places: full, me: 'KIS', wanted: undefined, overbook: false, from: FROM };
    expect(choosePlace(wish)).toEqual({ kind: 'full', overbookLeft: 2 });
    const first = choosePlace({ ...wish, overbook: true });
    expect(first).toMatchObject({ kind: 'beyond', id: overbookId('clinic', 0) });
    const one = { ...place(0, { status: 'busy' }), id: overbookId('clinic', 0) };
    expect(choosePlace({ ...wish, overbook: true, places: [...full, one] })).toMatchObject({
      id: overbookId('clinic', 1),
    });
    const both = [...full, one, { ...one, id: overbookId('clinic', 1) }];
    expect(choosePlace({ ...wish, overbook: true, places: both })).toEqual({ kind: 'full', overbookLeft: 0 });
    expect(overbookId('x'.repeat(64), 999).length).toBeLessThanOrEqual(64);
  });

  test('[ID30] places are handed on by their holder alone, spread over the session', () => {
    const places = Array.from({ length: 10 }, (_, i) => place(i));
    const handed = placesToHand({ session: SESSION_OF_KIS, places, me: 'KIS', from: FROM }, 3);
    expect(handed.map(({ id }) => id)).toEqual(['s01', 's05', 's08']);
    expect(placesToHand({ session: SESSION_OF_KIS, places, me: 'MBA', from: FROM }, 3)).toEqual([]);
    expect(placesToHand({ session: SESSION_OF_KIS, places, me: 'KIS', from: FROM }, 30)).toHaveLength(10);
  });

  test('[ID33] session and holder are data of the record', () => {
    const schedule = {
      resourceType: 'Schedule',
      id: 'clinic',
      extension: [
        {
          url: SESSION,
          extension: [
            { url: 'owner', valueCode: 'KIS' },
            { url: 'overbook', valueInteger: 2 },
          ],
        },
      ],
    };
    expect(sessionOf(schedule)).toEqual(SESSION_OF_KIS);
    expect(sessionOf({ resourceType: 'Schedule', id: 'x' })).toEqual({ id: 'x', owner: undefined, overbook: 0 });
    const slot = {
      resourceType: 'Slot',
      id: 's',
      status: 'free',
      start: FROM,
      end: FROM,
      extension: [{ url: 'urn:x' }],
    };
    const held = { ...slot, extension: extensionsHeldBy(slot, 'MBA') };
    expect(placeOf(held, 'v')).toEqual({
      id: 's',
      versionId: 'v',
      status: 'free',
      start: FROM,
      end: FROM,
      heldBy: 'MBA',
    });
    expect(extensionsHeldBy(held, 'KIS')).toEqual([{ url: 'urn:x' }, { url: HELD_BY, valueCode: 'KIS' }]);
  });
});
