// One entry of the audit for what a request looked at or was refused (specs/audit.md). What it wrote, its commit says.
//
//   FR53  The entry is kept before the answer is sent: who can read the answer was told on.
import type { Access } from '../../core/access/access.ts';
import type { AuditAct, AuditEntry } from '../../core/access/audit-trail.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { Api, Answered, Ask, Interaction, Place } from './ask.ts';
import { refusedAs, type Refusal } from './outcome.ts';
import type { Shown } from './shown.ts';

export interface Request {
  readonly interaction: Interaction;
  readonly place: Place;
  readonly address: string | undefined;
}

const isWantOfRight = (refusal: Refusal): boolean =>
  refusal.kind === 'forbidden' ||
  refusal.kind === 'unauthenticated' ||
  (refusal.kind === 'entry' && isWantOfRight(refusal.refusal));

/** What was refused before anything was looked at. `access`: absent where nobody is known. */
export async function recordRefusal(
  request: Request,
  refusal: Refusal,
  access: Access | undefined,
  api: Api,
): Promise<void> {
  await api.audit.record({
    ...about(request, access, api),
    act: 'refused',
    ok: false,
    status: refusedAs(refusal).status,
    what: whatOf(request.place),
  });
}

/** Carries out one interaction, and notes that something was looked at: whatever is no write, and writes that say so themselves. */
export function actOn(interaction: Interaction, ask: Ask, api: Api): Answered | Promise<Answered> {
  const { operation = '' } = ask.place;
  const isLook = !WRITES.has(interaction.name) && interaction.name !== 'batch' && !TOLD.has(operation);
  if (isLook && interaction.open !== true) {
    ask.shown.hasLooked = true;
    if (ask.entry !== undefined) for (const what of whatOf(ask.place)) ask.shown.what.add(what);
  }
  return interaction.act(ask, api);
}
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
/** By their commit, or by what carries them out. */
const TOLD: ReadonlySet<string> = new Set(['$meta-add', '$meta-delete', '$break-glass', '$break-glass-review']);

/** After the act. */
export async function recordAnswer(
  request: Request,
  answered: Answered,
  shown: Shown,
  access: Access,
  api: Api,
): Promise<void> {
  const status = answered.ok ? answered.value.status : refusedAs(answered.error).status;
  const isRefused = !answered.ok && isWantOfRight(answered.error);
  if (isRefused || shown.refused > 0) {
    await api.audit.record({
      ...about(request, access, api),
      act: 'refused',
      ok: false,
      status: isRefused ? status : 403,
      what: whatOf(request.place),
      ...(shown.refused > 1 ? { count: shown.refused } : {}),
    });
  }
  if (isRefused || !shown.hasLooked) return;
  const { patients, what, query, said } = shown;
  // Every read pays for this entry, and objects that are spread to be filled cost several times what is set in place.
  const entry: Entry = Object.assign(about(request, access, api), { act: actOf(request), ok: answered.ok, status });
  const asked = what.size > 0 ? [...what] : whatOf(request.place);
  if (patients.size > 0) entry.patients = [...patients];
  if (asked.length > 0) entry.what = asked;
  if (query !== '') entry.query = query;
  await api.audit.record(Object.assign(entry, said));
}
type Entry = { -readonly [K in keyof AuditEntry]: AuditEntry[K] };

/** A new object at each call. */
function about({ interaction, place, address }: Request, access: Access | undefined, api: Api): AboutRequest {
  const made: AboutRequest = {
    ...(access === undefined ? undefined : aboutWho(access.principal)),
    at: api.clock.now(),
    interaction: place.operation ?? interaction.name,
  };
  if (address !== undefined) made.address = address;
  return made;
}
type AboutRequest = Pick<Entry, 'at' | 'interaction'> & Partial<Entry>;

/** The same for as long as the sign-in remembers the principal. */
function aboutWho(principal: Principal): Partial<AuditEntry> {
  let made = known.get(principal);
  if (made === undefined) known.set(principal, (made = describe(principal)));
  return made;
}
const known = new WeakMap<Principal, Partial<AuditEntry>>();

function describe({ who, name, client, session, device, duties, unconfirmed }: Principal): Partial<AuditEntry> {
  return {
    who,
    name,
    client,
    session,
    ...(device === undefined ? {} : { device }),
    ...(duties.length === 0 ? {} : { roles: [...new Set(duties.map(({ role }) => role))] }),
    ...(unconfirmed === true ? { unconfirmed: true } : {}),
  };
}

function actOf({ interaction: { name }, place }: Request): AuditAct {
  if (place.operation === '$everything') return 'everything';
  if (place.operation !== undefined) return 'operation';
  if (name === 'read' || name === 'vread') return name;
  if (name === 'batch' || name === 'transaction') return 'bundle';
  return name.startsWith('history') ? 'history' : 'search';
}

/** A search names its type alone. */
export function whatOf({ kind, type, id, versionId, member }: Place): readonly string[] {
  if (kind === 'compartment' || kind === 'compartment search')
    return member === undefined || member === '*' ? [] : [member];
  if (type === undefined) return [];
  if (id === undefined) return [type];
  return [versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`];
}
