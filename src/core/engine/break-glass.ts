// Breaking the glass and reviewing it, as the FHIR operations and the node's own pages both do it.
//
//   EN30  Task and Flag land in one commit whose author is the person; the engine itself is the one who may write them.
//   EN31  While a person's grant for a patient runs, the same wish answers with it and writes nothing, unless it is about to end.
//   EN32  A review closes the Task; one that does not accept also ends the Flag, in the same commit. Nobody reviews their own.
//   EN33  Both are told to the audit before they are answered.
import { accessOf } from '../access/access-of.ts';
import type { AuditAct, AuditTrail } from '../access/audit-trail.ts';
import {
  breakGlass,
  isBreakGlass,
  openBreakGlass,
  reviewed,
  type BreakGlassRefusal,
  type ReviewRefusal,
} from '../access/break-glass.ts';
import type { Principal } from '../access/principal.ts';
import { assert } from '../base/assert.ts';
import { uuidV7 } from '../base/id.ts';
import { parseJson } from '../base/json.ts';
import type { JsonObject, ResourceJson } from '../base/json-types.ts';
import type { Chance, Clock, Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Criterion } from '../fhir/search/query.ts';
import { EVERYTHING, type RecordStore, type Stored } from '../record/store.ts';
import type { Actor, RecordEngine, UpdateChange } from './engine.ts';

export interface BreakGlassDeps {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audit: AuditTrail;
}
export interface Opened {
  /** Of the Task. */
  readonly id: string;
  readonly until: Instant;
}
export interface GlassRefusal {
  readonly kind: 'forbidden' | 'not-found' | 'contended' | BreakGlassRefusal | ReviewRefusal;
  /** For people, without values. */
  readonly message: string;
}
export interface BreakGlassDesk {
  /** `patient`: `Patient/1`. `minutes`: the usual time unless told. */
  open(principal: Principal, patient: string, reason: string, minutes?: number): Promise<Result<Opened, GlassRefusal>>;
  review(principal: Principal, taskId: string, accepted: boolean, note: string): Promise<Result<Stored, GlassRefusal>>;
}

const MESSAGES: Readonly<Record<GlassRefusal['kind'], string>> = {
  forbidden: 'None of your roles may do this.',
  'not-found': 'There is no such resource.',
  contended: 'Others are changing the same at the moment. Try again.',
  'no-reason': 'Say in words why you need this record now.',
  'reason-too-long': 'The reason is too long: 1,000 characters at most.',
  'not-a-time': 'The time must be more than nothing and 12 hours at most.',
  'not-a-patient': 'The glass is broken for one patient.',
  'not-a-break-glass': 'There is no such resource.',
  own: 'Nobody reviews their own emergency access.',
  reviewed: 'This emergency access is reviewed already.',
  'no-note': 'A review needs a comment in words, of 1,000 characters at most.',
};
const refused = (kind: GlassRefusal['kind']): Result<never, GlassRefusal> =>
  err({ kind: kind === 'not-a-break-glass' ? 'not-found' : kind, message: MESSAGES[kind] });

export function createBreakGlassDesk(deps: BreakGlassDeps): BreakGlassDesk {
  return {
    open: (principal, patient, reason, minutes) => open(principal, patient, reason, minutes, deps),
    review: (principal, taskId, accepted, note) => review(principal, taskId, accepted, note, deps),
  };
}

async function open(
  principal: Principal,
  patient: string,
  reason: string,
  minutes: number | undefined,
  deps: BreakGlassDeps,
): Promise<Result<Opened, GlassRefusal>> {
  const { store, clock } = deps;
  const now = clock.now();
  const access = accessOf(principal, now);
  if (!access.mayBreakGlass) return refused('forbidden');
  const { who, name } = principal;
  const hours = minutes === undefined ? {} : { hours: minutes / 60 };
  const made = breakGlass({ patient, who, name, reason, ...hours }, now);
  if (!made.ok) return refused(made.error);
  const id = patient.slice('Patient/'.length);
  const [seen] = await store.read([{ type: 'Patient', id }], access.visible);
  if (seen === undefined || seen.deleted) return refused('not-found');

  // Who asks again before the end would else be blind in the middle of what they asked it for.
  const lasting = now + Math.min(LASTING_MS, (made.value.endsAt - now) / 2);
  let opened = await running(principal, patient, lasting, deps);
  if (opened === undefined) {
    const landed = await land(principal, patient, made.value, lasting, deps);
    opened = landed === 'contended' ? await running(principal, patient, now, deps) : landed;
  }
  if (opened === undefined) return refused('contended');
  await tell('break-glass', principal, [patient], `Task/${opened.id}`, reason.trim(), now, deps);
  return ok(opened);
}

/** The engine writes what the API lets nobody write (AC32); what it makes, the builders made. */
const actorOf = ({ who, session, device }: Principal): Actor => ({
  author: { practitioner: who, session, ...(device === undefined ? {} : { device }) },
  visible: EVERYTHING,
});

const ofPatient = (patient: string): Criterion => ({
  kind: 'param',
  param: 'patient',
  type: 'reference',
  values: [{ kind: 'reference', targets: [{ type: 'Patient', id: patient.slice('Patient/'.length) }] }],
});

/** Wishes of the same ten seconds serialise; each still looks first whether a grant runs at its own moment. */
const SAME_MS = 10_000;
/** A grant that runs for so long still is answered with. */
const LASTING_MS = 30 * 60_000;

async function land(
  principal: Principal,
  patient: string,
  { task, flag, endsAt }: { readonly task: ResourceJson; readonly flag: ResourceJson; readonly endsAt: Instant },
  lasting: Instant,
  { engine, clock, chance }: BreakGlassDeps,
): Promise<Opened | 'contended'> {
  const { types, where } = openBreakGlass(principal.who, Math.floor(lasting / SAME_MS) * SAME_MS);
  const unless = {
    types,
    where: [...where, ofPatient(patient)],
    sort: [],
    count: 2,
    total: 'none',
    include: [],
  } as const;
  const id = uuidV7(clock, chance);
  const done = await engine.change(
    [
      { kind: 'create', type: 'Task', id, text: JSON.stringify(task), unless },
      { kind: 'create', type: 'Flag', text: JSON.stringify(flag) },
    ],
    actorOf(principal),
  );
  if (done.ok) return { id, until: endsAt };
  const { kind } = done.error.refusal;
  assert(kind === 'contended' || kind === 'many-matches', 'what the builders make may be stored');
  return 'contended';
}

/** The person's grant for the patient that runs at `at`. */
async function running(
  { who }: Principal,
  patient: string,
  at: Instant,
  { store }: BreakGlassDeps,
): Promise<Opened | undefined> {
  const { types, where } = openBreakGlass(who, at);
  // The person's own grants, whatever else stands against them.
  const found = await store.search(
    { types, where: [...where, ofPatient(patient)], sort: [], count: 20, total: 'none', include: [] },
    EVERYTHING,
    { includes: 0, ms: 15_000 },
  );
  if (!found.ok) return undefined;
  const open = found.value.hits.map(({ stored }) => ({ id: stored.key.id, until: endOf(resourceOf(stored)) }));
  return open.reduce<Opened | undefined>(
    (latest, one) => (latest === undefined || one.until > latest.until ? one : latest),
    undefined,
  );
}

function resourceOf({ text }: Stored): ResourceJson {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok, 'a stored body is JSON');
  // A stored body is a resource.
  return parsed.value.value as ResourceJson;
}

const periodOf = (resource: ResourceJson, element: string): JsonObject => (resource[element] ?? {}) as JsonObject;
const endOf = (task: ResourceJson): Instant => Date.parse(String(periodOf(task, 'executionPeriod')['end']));

async function review(
  principal: Principal,
  taskId: string,
  accepted: boolean,
  note: string,
  deps: BreakGlassDeps,
): Promise<Result<Stored, GlassRefusal>> {
  const { store, engine, clock } = deps;
  const now = clock.now();
  if (!accessOf(principal, now).mayReviewBreakGlass) return refused('forbidden');
  // A reviewer's reach does not matter (AC21); any other Task is answered as none.
  const [stored] = await store.read([{ type: 'Task', id: taskId }], EVERYTHING);
  if (stored === undefined || stored.deleted) return refused('not-found');
  const task = resourceOf(stored);
  const { who, name } = principal;
  const after = reviewed(task, { who, name, accepted, note }, now);
  if (!after.ok) return refused(after.error);
  const update = (type: string, id: string, ifMatch: string, resource: ResourceJson): UpdateChange => ({
    kind: 'update',
    type,
    id,
    ifMatch,
    text: JSON.stringify(resource),
  });
  const changes = [update('Task', taskId, stored.versionId, { ...after.value, id: taskId })];
  if (!accepted) {
    for (const flag of await flagsOf(task, stored.home, deps)) {
      const ended = { ...resourceOf(flag), status: 'inactive' };
      changes.push(update('Flag', flag.key.id, flag.versionId, ended));
    }
  }
  const done = await engine.change(changes, actorOf(principal));
  if (!done.ok) return refused('contended');
  const landed = done.value[0]?.stored;
  assert(landed !== undefined, 'an update leaves a resource');
  await tell('break-glass-review', principal, [stored.home], `Task/${taskId}`, note.trim(), now, deps);
  return ok(landed);
}

/** The Flags that were made with `task`: of the same person, for the same time. */
async function flagsOf(task: ResourceJson, patient: string, { store }: BreakGlassDeps): Promise<readonly Stored[]> {
  const found = await store.search(
    { types: ['Flag'], where: [ofPatient(patient)], sort: [], count: 500, total: 'none', include: [] },
    EVERYTHING,
    { includes: 0, ms: 15_000 },
  );
  if (!found.ok) return [];
  const start = periodOf(task, 'executionPeriod')['start'];
  const author = (task['requester'] as JsonObject | undefined)?.['reference'];
  return found.value.hits
    .map(({ stored }) => stored)
    .filter((stored) => {
      const flag = resourceOf(stored);
      const by = (flag['author'] as JsonObject | undefined)?.['reference'];
      return (
        isBreakGlass(flag) &&
        flag['status'] === 'active' &&
        by === author &&
        periodOf(flag, 'period')['start'] === start
      );
    });
}

async function tell(
  act: AuditAct,
  { who, name, client, session, device, duties, unconfirmed }: Principal,
  patients: readonly string[],
  what: string,
  reason: string,
  at: Instant,
  { audit }: BreakGlassDeps,
): Promise<void> {
  await audit.record({
    at,
    act,
    interaction: act === 'break-glass' ? '$break-glass' : '$break-glass-review',
    ok: true,
    who,
    name,
    client,
    session,
    ...(device === undefined ? {} : { device }),
    roles: [...new Set(duties.map(({ role }) => role))],
    ...(unconfirmed === true ? { unconfirmed: true } : {}),
    patients,
    what: [what],
    reason,
  });
}
