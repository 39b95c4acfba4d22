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
  const status = refusedAs(refusal).status;
  await api.audit.record(entryOf(request, access, api, 'refused', status, NOBODYS, whatOf(request.place)));
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
const TOLD: ReadonlySet<string> = new Set([
  '$meta-add',
  '$meta-delete',
  '$break-glass',
  '$fetch-record',
  '$break-glass-review',
  '$resolve',
  '$issue-number',
  '$temporary-identity',
  '$merge',
  '$unmerge',
  '$book',
  '$confirm',
]);

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
    const refused = entryOf(request, access, api, 'refused', isRefused ? status : 403, NOBODYS, whatOf(request.place));
    await api.audit.record(shown.refused > 1 ? { ...refused, count: shown.refused } : refused);
  }
  if (isRefused || !shown.hasLooked) return;
  const { patients, what, query } = shown;
  const asked = what.size > 0 ? [...what] : whatOf(request.place);
  await api.audit.record(
    entryOf(request, access, api, actOf(request), status, [...patients], asked, answered.ok, query),
  );
}
const NOBODYS: readonly string[] = [];

/**
 * Every read pays for this. All entries are one literal with all its members, defined or not: an object that is spread, or gets its
 * members one by one, cost ten times as much to make and four times as much to print.
 */
function entryOf(
  { interaction, place, address }: Request,
  access: Access | undefined,
  api: Api,
  act: AuditAct,
  status: number,
  patients: readonly string[],
  what: readonly string[],
  isOk = false,
  query = '',
): AuditEntry {
  const principal = access?.principal;
  return {
    at: api.clock.now(),
    act,
    interaction: place.operation ?? interaction.name,
    ok: isOk,
    status,
    who: principal?.who,
    name: principal?.name,
    onBehalfOf: undefined,
    roles: principal === undefined ? undefined : rolesOf(principal),
    client: principal?.client,
    session: principal?.session,
    device: principal?.device,
    address,
    patients: patients.length > 0 ? patients : undefined,
    what: what.length > 0 ? what : undefined,
    query: query === '' ? undefined : query,
    reason: undefined,
    detail: undefined,
    unconfirmed: principal?.unconfirmed === true ? true : undefined,
    count: undefined,
  };
}

/** The same for as long as the sign-in remembers the principal. */
function rolesOf(principal: Principal): readonly string[] | undefined {
  let made = known.get(principal);
  if (made === undefined) known.set(principal, (made = [...new Set(principal.duties.map(({ role }) => role))]));
  return made.length > 0 ? made : undefined;
}
const known = new WeakMap<Principal, readonly string[]>();

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
