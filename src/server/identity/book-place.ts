// Books places of sessions, confirms what others proposed, and hands places on (specs/identity.md, ID30 to ID36).
//
//   1. A booking is one commit: the Appointment, and the Slot that it takes. Two who want the last place: one of them is asked anew.
//   2. The Appointment is judged by the rights of whoever asks; the Slot is the node's own business.
import type { Access } from '../../core/access/access.ts';
import { uuidV7 } from '../../core/base/id.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import { ok, type Result } from '../../core/base/result.ts';
import {
  choosePlace,
  extensionsHeldBy,
  placeOf,
  placesToHand,
  sessionOf,
  type Booking,
  type Place,
  type Session,
} from '../../core/care/identity/booking.ts';
import type { Change } from '../../core/engine/engine.ts';
import type { Criterion } from '../../core/fhir/search/query.ts';
import { instantText } from '../../core/record/body.ts';
import { EVERYTHING, type Stored } from '../../core/record/store.ts';
import {
  actorOf,
  refuse,
  refusedBy,
  resourceOf,
  tell,
  type IdentityDeps,
  type IdentityRefusal,
} from './identity-deps.ts';

export interface BookWish {
  /** Ids. One of `schedule` and `slot` is given. */
  readonly schedule?: string;
  readonly slot?: string;
  readonly patient: string;
  readonly description?: string;
  readonly overbook: boolean;
}
type Answer = Result<Stored, IdentityRefusal>;
type BookDeps = Omit<IdentityDeps, 'rows'>;

const PLACES_MAX = 1_000;
/** Others who take the place that was chosen: then the next one. */
const ATTEMPTS_MAX = 20;

/** The Appointment: booked, or proposed where this node has no place to give away. */
export async function bookPlace(access: Access, wish: BookWish, deps: BookDeps): Promise<Answer> {
  const [patient] = await deps.store.read([{ type: 'Patient', id: wish.patient }], access.visible);
  if (patient === undefined || patient.deleted) return refuse('not-found', 'There is no such patient.', 'patient');
  const schedule = await scheduleOf(access, wish, deps);
  if (schedule === undefined) return refuse('not-found', 'There is no such session.', 'schedule');
  const session = sessionOf(schedule);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const places = await placesOf(session.id, deps);
    const booking = choosePlace({
      session,
      places: places.map(({ place }) => place),
      me: deps.node.siteCode,
      wanted: wish.slot,
      overbook: wish.overbook,
      from: wish.slot === undefined ? instantText(deps.clock.now()) : '1900-01-01T00:00:00Z',
    });
    if (booking.kind === 'full') return full(booking);
    const id = uuidV7(deps.clock, deps.chance);
    const appointment = appointmentOf(booking, schedule, wish, deps.node.siteCode);
    const candidate = { key: { type: 'Appointment', id }, resource: { ...appointment, id } };
    const [may] = await deps.store.wouldSee([candidate], access.create);
    if (may !== true) return refuse('forbidden', 'None of your roles may book for this patient.');
    const changes: Change[] = [{ kind: 'create', type: 'Appointment', id, text: JSON.stringify(appointment) }];
    changes.push(...taken(booking, session));
    const done = await deps.engine.change(changes, actorOf(access.principal));
    if (done.ok) {
      const stored = done.value[0]?.stored;
      if (stored === undefined) return refuse('contended', 'Others are changing the same at the moment. Try again.');
      await told('$book', access, stored, deps);
      return ok(stored);
    }
    if (!isLost(done.error.refusal.kind)) return refusedBy(done.error);
  }
  return refuse('contended', 'Others are booking the same session at the moment. Try again.');
}

/** Gives a proposed Appointment a place. Only where the session is owned. */
export async function confirmBooking(access: Access, id: string, overbook: boolean, deps: BookDeps): Promise<Answer> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const [stored] = await deps.store.read([{ type: 'Appointment', id }], access.visible);
    if (stored === undefined || stored.deleted) return refuse('not-found', 'There is no such resource.');
    const appointment = resourceOf(stored);
    if (appointment['status'] !== 'proposed')
      return refuse('conflict', 'This appointment is not a proposal any more.', 'status');
    const wanted = referenced(appointment['slot'], 'Slot');
    const [slot] = wanted === undefined ? [] : await deps.store.read([{ type: 'Slot', id: wanted }], EVERYTHING);
    const scheduleId = slot === undefined ? undefined : referenced(resourceOf(slot)['schedule'], 'Schedule');
    const [schedule] =
      scheduleId === undefined ? [] : await deps.store.read([{ type: 'Schedule', id: scheduleId }], access.visible);
    if (schedule === undefined)
      return refuse('conflict', 'The proposal names no place of a session that is known here.', 'slot');
    const session = sessionOf(resourceOf(schedule));
    const me = deps.node.siteCode;
    if ((session.owner ?? me) !== me)
      return refuse('conflict', 'The site that owns the session confirms its proposals.', 'slot');
    const places = (await placesOf(session.id, deps)).map(({ place }) => place);
    const wish = { session, places, me, from: instantText(deps.clock.now()) };
    // The place that was proposed, else the first that is left, else one too many where that is wished.
    const exact = choosePlace({ ...wish, wanted, overbook: false });
    const first = exact.kind === 'place' ? exact : choosePlace({ ...wish, wanted: undefined, overbook: false });
    const booking = first.kind === 'place' ? first : choosePlace({ ...wish, wanted, overbook });
    if (booking.kind === 'full') return full(booking);
    const after = { ...appointment, ...timed(booking), status: 'booked' };
    const [may] = await deps.store.wouldSee([{ key: stored.key, resource: after as ResourceJson }], access.update);
    if (may !== true) return refuse('forbidden', 'None of your roles may confirm this appointment.');
    const operations = Object.entries({ ...timed(booking), status: 'booked' }).map(([name, value]) => ({
      op: 'add',
      path: `/${name}`,
      value,
    }));
    const patch = { form: 'json-patch', text: JSON.stringify(operations) } as const;
    const changes: Change[] = [{ kind: 'patch', type: 'Appointment', id, ifMatch: stored.versionId, patch }];
    changes.push(...taken(booking, session));
    const done = await deps.engine.change(changes, actorOf(access.principal));
    if (done.ok) {
      const landed = done.value[0]?.stored;
      if (landed === undefined) return refuse('contended', 'Others are changing the same at the moment. Try again.');
      await told('$confirm', access, landed, deps);
      return ok(landed);
    }
    if (!isLost(done.error.refusal.kind)) return refusedBy(done.error);
  }
  return refuse('contended', 'Others are booking the same session at the moment. Try again.');
}

/** Hands `count` free places of this node to the site `holder`; answers how many. */
export async function handPlaces(
  access: Access,
  scheduleId: string,
  holder: string,
  count: number,
  deps: BookDeps,
): Promise<Result<number, IdentityRefusal>> {
  const [schedule] = await deps.store.read([{ type: 'Schedule', id: scheduleId }], access.visible);
  if (schedule === undefined || schedule.deleted) return refuse('not-found', 'There is no such session.');
  const session = sessionOf(resourceOf(schedule));
  const all = await placesOf(scheduleId, deps);
  const from = instantText(deps.clock.now());
  const places = all.map(({ place }) => place);
  const handed = placesToHand({ session, places, me: deps.node.siteCode, from }, count);
  if (handed.length === 0) return ok(0);
  const changes = handed.flatMap((place): readonly Change[] => {
    const slot = all.find((one) => one.place.id === place.id)?.slot;
    return slot === undefined
      ? []
      : [slotPatch(place, [{ op: 'add', path: '/extension', value: extensionsHeldBy(slot, holder) }])];
  });
  const done = await deps.engine.change(changes, actorOf(access.principal));
  return done.ok ? ok(handed.length) : refusedBy(done.error);
}

const isLost = (kind: string): boolean => kind === 'stale' || kind === 'contended';

const full = ({ overbookLeft }: Extract<Booking, { kind: 'full' }>): Result<never, IdentityRefusal> =>
  refuse(
    'conflict',
    overbookLeft === 0
      ? 'No place is left in this session, and no more may be put in beyond.'
      : `No such place is left. ${overbookLeft} more may be put in beyond: say overbook.`,
    'slot',
  );

const told = (interaction: string, access: Access, { key, home }: Stored, deps: BookDeps): Promise<void> =>
  tell(interaction, access.principal, { patients: home === '' ? [] : [home], what: [`Appointment/${key.id}`] }, deps);

async function scheduleOf(
  access: Access,
  { schedule, slot }: BookWish,
  { store }: BookDeps,
): Promise<ResourceJson | undefined> {
  let id = schedule;
  if (slot !== undefined) {
    const [stored] = await store.read([{ type: 'Slot', id: slot }], access.visible);
    id = stored === undefined || stored.deleted ? undefined : referenced(resourceOf(stored)['schedule'], 'Schedule');
  }
  if (id === undefined) return undefined;
  const [stored] = await store.read([{ type: 'Schedule', id }], access.visible);
  return stored === undefined || stored.deleted ? undefined : resourceOf(stored);
}

async function placesOf(
  schedule: string,
  { store }: BookDeps,
): Promise<readonly { readonly place: Place; readonly slot: ResourceJson }[]> {
  const ofSchedule: Criterion = {
    kind: 'param',
    param: 'schedule',
    type: 'reference',
    values: [{ kind: 'reference', targets: [{ type: 'Schedule', id: schedule }] }],
  };
  const found = await store.search(
    { types: ['Slot'], where: [ofSchedule], sort: [], count: PLACES_MAX, total: 'none', include: [] },
    EVERYTHING,
    { includes: 0, ms: 15_000 },
  );
  if (!found.ok) return [];
  return found.value.hits.map(({ stored }) => {
    const slot = resourceOf(stored);
    return { place: placeOf(slot, stored.versionId), slot };
  });
}

/** The id that a reference, or the first of a list of them, names. */
function referenced(value: JsonValue | undefined, type: string): string | undefined {
  const first = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
  const reference =
    typeof first === 'object' && first !== null && !Array.isArray(first)
      ? (first as JsonObject)['reference']
      : undefined;
  return typeof reference === 'string' && reference.startsWith(`${type}/`)
    ? reference.slice(type.length + 1)
    : undefined;
}

const slotPatch = ({ id, versionId }: Place, operations: readonly object[]): Change => ({
  kind: 'patch',
  type: 'Slot',
  id,
  ifMatch: versionId,
  patch: { form: 'json-patch', text: JSON.stringify(operations) },
});

function taken(booking: Booking, session: Session): readonly Change[] {
  if (booking.kind === 'place') return [slotPatch(booking.place, [{ op: 'add', path: '/status', value: 'busy' }])];
  if (booking.kind !== 'beyond') return [];
  const { id, like } = booking;
  const slot = {
    resourceType: 'Slot',
    schedule: { reference: `Schedule/${session.id}` },
    status: 'busy',
    start: like.start,
    end: like.end,
    overbooked: true,
  };
  return [{ kind: 'create', type: 'Slot', id, text: JSON.stringify(slot) }];
}

/** Which place, and when. */
function timed(booking: Exclude<Booking, { kind: 'full' }>): object {
  const place = booking.kind === 'place' ? booking.place : booking.like;
  if (place === undefined) return {};
  const id = booking.kind === 'beyond' ? booking.id : place.id;
  return { slot: [{ reference: `Slot/${id}` }], start: place.start, end: place.end };
}

function appointmentOf(
  booking: Exclude<Booking, { kind: 'full' }>,
  schedule: ResourceJson,
  { patient, description }: BookWish,
  siteCode: string,
): ResourceJson {
  const isProposal = booking.kind === 'propose';
  const actors = Array.isArray(schedule['actor']) ? schedule['actor'] : [];
  return {
    resourceType: 'Appointment',
    extension: [{ url: 'https://holdfast.example/fhir/StructureDefinition/booked-by', valueCode: siteCode }],
    status: isProposal ? 'proposed' : 'booked',
    ...(description === undefined ? {} : { description }),
    ...timed(booking),
    participant: [
      { actor: { reference: `Patient/${patient}` }, required: 'required', status: 'accepted' },
      ...actors.map((actor: JsonValue) => ({
        actor,
        required: 'required',
        status: isProposal ? 'needs-action' : 'accepted',
      })),
    ],
  };
}
