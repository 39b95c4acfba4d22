// The chart of doses (MAR): for each order its doses in a stretch of time, what was given of them, and what is still to come.
//
//   MD18  A dose that was given, or not given for a reason, is shown at its due time; a dose without one at its own time. None is left out.
//   MD19  Due from an hour before; overdue an hour after, after 30 minutes where it is time-critical; "missed?" when the next is due.
//   MD20  While doses may be on paper or charted elsewhere, what would be overdue is unknown, and says why (CR7, CR9).
//   MD21  A line whose stop is disputed stays, and each of its doses says so; a running infusion is never shown as stopped (CR8).
//   MD22  The last dose given and the next one due stand on each line (DT18).
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { entryOf, wentIn, type DoseEntry } from './dose-entry.ts';
import { dueTimes, instructionOf, lifeOf, shortestGap, type Zone } from './due-times.ts';
import { lineOf, statusSince, type MedicationLine } from './medication-lines.ts';
import { inUnit, type Amount, type Instruction } from './order-dose.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** First settings, for a clinical safety officer to change. */
export const DUE_BEFORE_MS = HOUR_MS;
export const OVERDUE_MS = HOUR_MS;
export const OVERDUE_CRITICAL_MS = 30 * MINUTE_MS;
/** How long after the all-clear paper may still hold doses (CR9). */
export const PAPER_HOLD_MS = 4 * HOUR_MS;
/** How long an unknown time-critical dose waits before it escalates (CR9). */
export const ESCALATE_MS = 30 * MINUTE_MS;

export interface DoseContext {
  readonly now: Instant;
  readonly zoneMinutes: Zone;
  /** A downtime goes on, or is being reconciled: since when, and `clearedAt` once the all-clear was given. */
  readonly paper?: { readonly since?: Instant; readonly clearedAt?: Instant };
  /** Doses are charted elsewhere: since when (CR7). */
  readonly elsewhereSince?: Instant;
  /** Names of resources of which people must decide: their stop or hold is disputed. */
  readonly conflicts?: ReadonlySet<string>;
  /** Names of what only this device has. */
  readonly unsent?: ReadonlySet<string>;
  /** Keys of medicines that are time-critical by the drug content; absent: by the list of critical medicines that orders carry as priority. */
  readonly isCritical?: (request: ResourceJson) => boolean;
}

export type CellState =
  | 'planned'
  | 'due'
  | 'overdue'
  /** Overdue, and the next dose is due already. */
  | 'missed'
  | 'given'
  | 'running'
  | 'not-given'
  | 'wasted'
  /** The order is on hold. */
  | 'held'
  /** Nobody here can tell whether it was given. */
  | 'unknown'
  | 'stop-disputed'
  /** A dose off the schedule was given shortly before: it stands for this one. */
  | 'covered';
export interface MarCell {
  /** Where it stands: the due time, or the time of a dose without one. */
  readonly at: Instant;
  readonly dueAt: Instant | undefined;
  readonly state: CellState;
  /** All of them: two doses at one due time stay two. */
  readonly entries: readonly DoseEntry[];
  readonly why: 'paper' | 'elsewhere' | undefined;
  /** Time-critical and unknown or overdue for longer than it may be. */
  readonly escalate: boolean;
}
export interface AsNeededState {
  /** The soonest next dose; undefined: now, or the order does not say. */
  readonly earliestAt: Instant | undefined;
  readonly minutesApart: number | undefined;
  /** Given in the 24 hours up to now; undefined: in units that cannot be added up. */
  readonly given24: number | undefined;
  readonly most24: Amount | undefined;
}
export interface MarRow {
  readonly group: 'scheduled' | 'infusion' | 'as-needed' | 'unordered';
  readonly line: MedicationLine;
  readonly request: ResourceJson | undefined;
  readonly instruction: Instruction | undefined;
  readonly cells: readonly MarCell[];
  readonly lastGiven: DoseEntry | undefined;
  readonly nextDueAt: Instant | undefined;
  readonly asNeeded: AsNeededState | undefined;
  readonly disputed: boolean;
  readonly critical: boolean;
  /** Only the order's words say when: no due times can be shown. */
  readonly timesUnclear: boolean;
}

const ENDED = ['stopped', 'cancelled', 'completed', 'entered-in-error'];
const isEnded = (request: ResourceJson): boolean => ENDED.includes(String(request['status']));

/** Rows of the orders that are charted here, for [from, until). Home medicines, which nobody gives here, are left out unless a dose of them was. */
export function marRows(
  resources: readonly ResourceJson[],
  from: Instant,
  until: Instant,
  context: DoseContext,
): readonly MarRow[] {
  const entries = resources
    .flatMap((one) => entryOf(one, context.unsent) ?? [])
    .sort((a, b) => a.at - b.at || (a.from < b.from ? -1 : 1));
  const byRequest = new Map<string, DoseEntry[]>();
  for (const entry of entries) {
    const list = byRequest.get(entry.request);
    if (list === undefined) byRequest.set(entry.request, [entry]);
    else list.push(entry);
  }
  const rows: MarRow[] = [];
  const known = new Set<string>();
  for (const request of resources) {
    if (request.resourceType !== 'MedicationRequest' || request['status'] === 'entered-in-error') continue;
    const name = `MedicationRequest/${request.id ?? ''}`;
    known.add(name);
    const own = byRequest.get(name) ?? [];
    const row = rowOf(request, own, from, until, context);
    if (isShown(row, request, own, from)) rows.push(row);
  }
  // Doses whose order is not here, or that had none: they went in all the same.
  for (const [name, list] of byRequest)
    if (!known.has(name))
      for (const group of grouped(list)) {
        const within = group.filter((one) => one.at >= from && one.at < until);
        if (within.length > 0) rows.push(unordered(group, within));
      }
  const order = ['scheduled', 'infusion', 'as-needed', 'unordered'];
  return rows.sort(
    (a, b) =>
      order.indexOf(a.group) - order.indexOf(b.group) ||
      (a.line.name < b.line.name ? -1 : a.line.name > b.line.name ? 1 : a.line.from < b.line.from ? -1 : 1),
  );
}

function isShown(row: MarRow, request: ResourceJson, own: readonly DoseEntry[], from: Instant): boolean {
  if (row.cells.length > 0) return true;
  if (own.some((one) => one.status === 'running')) return true;
  if (row.line.community && own.length === 0) return false;
  if (request['status'] === 'draft') return false;
  if (row.disputed) return true;
  if (isEnded(request)) return false;
  const { instruction } = row;
  return instruction === undefined || lifeOf(request, instruction).until > from;
}

function grouped(entries: readonly DoseEntry[]): readonly (readonly DoseEntry[])[] {
  const found = new Map<string, DoseEntry[]>();
  for (const entry of entries) {
    const list = found.get(entry.medicine);
    if (list === undefined) found.set(entry.medicine, [entry]);
    else list.push(entry);
  }
  return [...found.values()];
}
function unordered(all: readonly DoseEntry[], entries: readonly DoseEntry[]): MarRow {
  const [first] = entries;
  const line = lineOf({
    resourceType: 'MedicationRequest',
    id: first?.request.split('/')[1] ?? '',
    medicationCodeableConcept: { text: first?.medicine ?? '' },
  });
  return {
    group: 'unordered',
    line,
    request: undefined,
    instruction: undefined,
    cells: entries.map((entry) => doneCell(entry.at, undefined, [entry])),
    lastGiven: all.filter(wentIn).at(-1),
    nextDueAt: undefined,
    asNeeded: undefined,
    disputed: false,
    critical: false,
    timesUnclear: false,
  };
}

const doneCell = (at: Instant, dueAt: Instant | undefined, entries: readonly DoseEntry[]): MarCell => ({
  at,
  dueAt,
  state: stateOf(entries),
  entries,
  why: undefined,
  escalate: false,
});
/** What went in counts before what did not. */
function stateOf(entries: readonly DoseEntry[]): CellState {
  if (entries.some(({ status }) => status === 'running')) return 'running';
  if (entries.some(wentIn)) return 'given';
  return entries.some(({ status }) => status === 'not-given') ? 'not-given' : 'wasted';
}

export function rowOf(
  request: ResourceJson,
  own: readonly DoseEntry[],
  from: Instant,
  until: Instant,
  context: DoseContext,
): MarRow {
  const name = `MedicationRequest/${request.id ?? ''}`;
  const conflict = context.conflicts?.has(name) === true;
  const line = lineOf(request, conflict);
  const instruction = instructionOf(request);
  const critical = context.isCritical?.(request) ?? request['priority'] === 'urgent';
  const kind = instruction?.cadence.kind;
  const group = kind === 'as-needed' ? 'as-needed' : kind === 'infusion' ? 'infusion' : 'scheduled';
  // A stop in dispute does not end the line (CR8): its doses are asked for as if it went on, and each says so.
  const asRunning: ResourceJson = conflict && isEnded(request) ? { ...request, status: 'active' } : request;
  const disputed = conflict;
  const gap = instruction === undefined ? undefined : shortestGap(instruction);
  const back = Math.max(gap ?? 0, DAY_MS);
  const due =
    // What is taken at home is nobody's to give here: it has no due times, only doses that were charted.
    instruction === undefined || line.status === 'draft' || line.community
      ? []
      : dueTimes(asRunning, instruction, { from: from - back, until: until + back }, context.zoneMinutes);
  const matched = matchDoses(due, own, gap);
  const ahead = line.community ? undefined : infusionDue(asRunning, instruction, own);
  const cells: MarCell[] = [];
  const facts = { request: asRunning, critical, disputed, context };
  for (const [n, at] of due.entries()) {
    if (at < from || at >= until) continue;
    const entries = matched.byDue.get(at) ?? [];
    if (entries.length > 0) cells.push(doneCell(at, at, entries));
    else cells.push(openCell(at, due[n + 1], matched.covered.get(at), facts));
  }
  if (ahead !== undefined && ahead >= from && ahead < until) cells.push(openCell(ahead, undefined, undefined, facts));
  for (const entry of matched.rest)
    if (entry.at >= from && entry.at < until) cells.push(doneCell(entry.at, entry.dueAt, [entry]));
  for (const [n, cell] of cells.entries())
    if (disputed && cell.state === 'running') cells[n] = { ...cell, why: undefined };
  const running = own.find((one) => one.status === 'running' && one.at < from);
  if (running !== undefined && !cells.some(({ entries }) => entries.includes(running)))
    cells.push(doneCell(from, running.dueAt, [running]));
  const isOpen = (at: Instant): boolean => !matched.byDue.has(at) && !matched.covered.has(at);
  const open = [...due.filter(isOpen), ...(ahead === undefined ? [] : [ahead])].filter(
    (at) => at > context.now - Math.max(gap ?? 0, OVERDUE_MS),
  );
  const stopped = isEnded(asRunning) || line.status === 'held';
  return {
    group,
    line,
    request,
    instruction,
    cells: cells.sort((a, b) => a.at - b.at),
    lastGiven: own.filter(wentIn).at(-1),
    nextDueAt: stopped || open.length === 0 ? undefined : Math.min(...open),
    asNeeded:
      instruction === undefined || kind !== 'as-needed' ? undefined : asNeededState(instruction, own, context.now),
    disputed,
    critical,
    timesUnclear: kind === undefined || kind === 'words',
  };
}

interface Matched {
  readonly byDue: ReadonlyMap<Instant, readonly DoseEntry[]>;
  /** Due times for which a dose off the schedule stands. */
  readonly covered: ReadonlyMap<Instant, DoseEntry>;
  readonly rest: readonly DoseEntry[];
}
/** Doses to due times: by the due time that they name; one without, to the nearest open one within half a gap. */
function matchDoses(due: readonly Instant[], own: readonly DoseEntry[], gap: number | undefined): Matched {
  const byDue = new Map<Instant, DoseEntry[]>();
  const rest: DoseEntry[] = [];
  const put = (at: Instant, entry: DoseEntry): void => {
    const list = byDue.get(at);
    if (list === undefined) byDue.set(at, [entry]);
    else list.push(entry);
  };
  const times = new Set(due);
  for (const entry of own) if (entry.dueAt !== undefined && times.has(entry.dueAt)) put(entry.dueAt, entry);
  const half = (gap ?? 2 * HOUR_MS) / 2;
  for (const entry of own) {
    if (entry.dueAt !== undefined && times.has(entry.dueAt)) continue;
    const near = entry.dueAt !== undefined || !wentIn(entry) ? undefined : nearest(due, entry.at, half, byDue);
    if (near === undefined) rest.push(entry);
    else put(near, entry);
  }
  const covered = new Map<Instant, DoseEntry>();
  for (const at of due) {
    if (byDue.has(at) || gap === undefined) continue;
    const before = rest.find((one) => wentIn(one) && Math.abs(at - one.at) < (gap * 2) / 3 && isNext(due, one.at, at));
    if (before !== undefined) covered.set(at, before);
  }
  return { byDue, covered, rest };
}
/** `at` is the first due time after `given`, or the one just before it. */
const isNext = (due: readonly Instant[], given: Instant, at: Instant): boolean =>
  at >= given ? !due.some((one) => one >= given && one < at) : given - at <= HOUR_MS;
function nearest(
  due: readonly Instant[],
  at: Instant,
  within: number,
  taken: ReadonlyMap<Instant, unknown>,
): Instant | undefined {
  let found: Instant | undefined;
  for (const one of due)
    if (
      !taken.has(one) &&
      Math.abs(one - at) <= within &&
      (found === undefined || Math.abs(one - at) < Math.abs(found - at))
    )
      found = one;
  return found;
}
/** The next bag: when the last one is through; the first when the order begins. */
function infusionDue(
  request: ResourceJson,
  instruction: Instruction | undefined,
  own: readonly DoseEntry[],
): Instant | undefined {
  if (instruction?.cadence.kind !== 'infusion' || isEnded(request)) return undefined;
  const life = lifeOf(request, instruction);
  const last = own.filter(wentIn).at(-1);
  const at = last === undefined ? life.from : (last.endedAt ?? last.at + instruction.cadence.hours * HOUR_MS);
  return Number.isFinite(at) && at < life.until ? at : undefined;
}

function openCell(
  at: Instant,
  next: Instant | undefined,
  covering: DoseEntry | undefined,
  facts: {
    readonly request: ResourceJson;
    readonly critical: boolean;
    readonly disputed: boolean;
    readonly context: DoseContext;
  },
): MarCell {
  const { request, critical, disputed, context } = facts;
  const { now } = context;
  const cell = (state: CellState, why?: MarCell['why'], escalate = false): MarCell => ({
    at,
    dueAt: at,
    state,
    entries: covering === undefined ? [] : [covering],
    why,
    escalate,
  });
  if (covering !== undefined) return cell('covered');
  const lateBy = now - at;
  const isLate = lateBy > (critical ? OVERDUE_CRITICAL_MS : OVERDUE_MS);
  if (disputed) return cell('stop-disputed', undefined, critical && lateBy > 0);
  const heldAt = request['status'] === 'on-hold' ? (statusSince(request) ?? -Infinity) : Infinity;
  if (at >= heldAt) return cell('held');
  if (at > now + DUE_BEFORE_MS) return cell('planned');
  if (!isLate) return cell('due');
  if (mayBeOnPaper(at, now, context.paper)) return cell('unknown', 'paper', critical && lateBy > ESCALATE_MS);
  if (context.elsewhereSince !== undefined && at >= context.elsewhereSince)
    return cell('unknown', 'elsewhere', critical && lateBy > ESCALATE_MS);
  return cell(next !== undefined && next <= now ? 'missed' : 'overdue', undefined, critical);
}

/** A dose that was due in the downtime, or an hour before it began, until four hours after the all-clear. */
function mayBeOnPaper(due: Instant, now: Instant, paper: DoseContext['paper']): boolean {
  if (paper === undefined) return false;
  const { since = -Infinity, clearedAt = Infinity } = paper;
  return due >= since - OVERDUE_MS && due <= clearedAt && now < clearedAt + PAPER_HOLD_MS;
}

/** CR6: as-needed doses are guarded by interval and 24-hour maximum. */
export function asNeededState(instruction: Instruction, own: readonly DoseEntry[], now: Instant): AsNeededState {
  const minutesApart = instruction.cadence.kind === 'as-needed' ? instruction.cadence.minutesApart : undefined;
  const given = own.filter((one) => wentIn(one));
  const last = given.at(-1);
  const most24 = instruction.dayMost;
  const day = given.filter((one) => one.at > now - DAY_MS && one.at <= now);
  const unit = most24?.unit ?? instruction.dose?.unit;
  const amounts = day.map(({ amount }) =>
    amount === undefined || unit === undefined ? undefined : inUnit(amount, unit),
  );
  const given24 = amounts.includes(undefined)
    ? undefined
    : Number(amounts.reduce<number>((sum, one) => sum + (one ?? 0), 0).toPrecision(12));
  const soonest: Instant[] = [];
  if (last !== undefined && minutesApart !== undefined) soonest.push(last.at + minutesApart * MINUTE_MS);
  const single = instruction.dose === undefined || unit === undefined ? undefined : inUnit(instruction.dose, unit);
  if (most24 !== undefined && given24 !== undefined && single !== undefined && given24 + single > most24.value + 1e-9) {
    // The first moment at which enough of the last 24 hours has passed.
    let left = given24;
    for (const [n, one] of day.entries()) {
      left -= amounts[n] ?? 0;
      if (left + single <= most24.value + 1e-9) {
        soonest.push(one.at + DAY_MS);
        break;
      }
    }
  }
  const earliestAt = soonest.length === 0 ? undefined : Math.max(...soonest);
  return {
    earliestAt: earliestAt !== undefined && earliestAt > now ? earliestAt : undefined,
    minutesApart,
    given24,
    most24,
  };
}
