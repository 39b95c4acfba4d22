// Appointment/$book, Appointment/[id]/$confirm and Schedule/[id]/$share: places of sessions, by HTTP.
//
//   They answer and refuse as `server/identity/book-place.ts` decides (specs/identity.md).
import { isSiteCode } from '../../core/care/identity/number-text.ts';
import { err, ok } from '../../core/base/result.ts';
import { bookPlace, confirmBooking, handPlaces } from '../identity/book-place.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { givenIn, identityDeps, one, parameters, patientId, refusalOf } from './identity-operations.ts';
import { badParam } from './outcome.ts';
import { WHOLE } from './query-text.ts';
import { resourceText } from './render.ts';

const SPEC = 'http://hl7.org/fhir/R4/appointment.html';

/** `slot` or `schedule`, `patient`, `description`, `overbook`. */
export async function book(ask: Ask, api: Api): Promise<Answered> {
  const deps = identityDeps(ask, api);
  if (!deps.ok) return deps;
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { slot, schedule, patient, description, overbook } = one(given.value);
  const who = patientId(patient);
  if (who === undefined) return err(badParam('patient', 'patient takes a reference, as Patient/[id].', SPEC));
  const place = /^Slot\/([A-Za-z0-9.-]{1,64})$/.exec(slot ?? '')?.[1];
  const session = /^Schedule\/([A-Za-z0-9.-]{1,64})$/.exec(schedule ?? '')?.[1];
  if (place === undefined && session === undefined)
    return err(badParam('slot', 'Name a place, as Slot/[id], or a session, as Schedule/[id].', SPEC));
  if (description !== undefined && (description.trim() === '' || description.length > 1_000))
    return err(badParam('description', 'description takes 1,000 characters at most.', SPEC));
  const wish = {
    ...(place === undefined ? { schedule: session ?? '' } : { slot: place }),
    patient: who,
    ...(description === undefined ? {} : { description }),
    overbook: overbook === 'true',
  };
  const done = await bookPlace(ask.access, wish, deps.value);
  if (!done.ok) return err(refusalOf(done.error, SPEC));
  const { versionId, lastUpdatedAt, key } = done.value;
  return ok({
    status: 201,
    resource: resourceText(done.value, WHOLE, ask.shown),
    versionId,
    lastUpdatedAt,
    key,
    location: `Appointment/${key.id}/_history/${versionId}`,
  });
}

/** `overbook`. */
export async function confirm(ask: Ask, api: Api): Promise<Answered> {
  const deps = identityDeps(ask, api);
  if (!deps.ok) return deps;
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const done = await confirmBooking(
    ask.access,
    ask.place.id ?? '',
    one(given.value)['overbook'] === 'true',
    deps.value,
  );
  if (!done.ok) return err(refusalOf(done.error, SPEC));
  const { versionId, lastUpdatedAt, key } = done.value;
  return ok({ status: 200, resource: resourceText(done.value, WHOLE, ask.shown), versionId, lastUpdatedAt, key });
}

/** `holder`: the code of the site that gets them; `places`: how many. Answers how many were handed. */
export async function share(ask: Ask, api: Api): Promise<Answered> {
  const deps = identityDeps(ask, api);
  if (!deps.ok) return deps;
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { holder = '', places = '' } = one(given.value);
  if (!isSiteCode(holder)) return err(badParam('holder', "holder takes a site's code, as KIS.", SPEC));
  if (!/^[1-9]\d{0,2}$/.test(places)) return err(badParam('places', 'places takes a number from 1 to 999.', SPEC));
  const done = await handPlaces(ask.access, ask.place.id ?? '', holder, Number(places), deps.value);
  return done.ok ? parameters([{ name: 'handed', valueInteger: done.value }]) : err(refusalOf(done.error, SPEC));
}
