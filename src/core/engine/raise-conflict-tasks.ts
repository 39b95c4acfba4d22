// An S1 reaches people where the patient is: a Task is raised for each that is open, escalates, and is completed by itself (CR8).
//
//   CW21  Nodes that raise the same at once write one resource, of which nobody need decide anything.
//   CW22  One that was ended is not raised again, unless the same arose anew since.
//   CW24  It escalates when it has stood open for its time.
//   CW25  It is completed where the conflict is over, by a node that knows everything for which it was raised.
//   CW26  A conflict of the Task itself is settled by the node.
import type { JsonObject } from '../base/json-types.ts';
import type { Clock, Digest } from '../base/ports.ts';
import { COLLISION_WORDS } from '../record/collision-words.ts';
import { at, textOf } from '../care/merge/clinical-words.ts';
import { mergeHeads } from '../care/merge/merge-heads.ts';
import { isCriticalMedicine } from '../care/medication/critical-medicines.ts';
import { CUSTODY_SYSTEM } from '../care/medication/mar-custody.ts';
import type { Cursor, SearchQuery } from '../fhir/search/query.ts';
import { instantText } from '../record/body.ts';
import type { CollisionRows, KeptCollision } from '../record/collision-rows.ts';
import type { OpenConflict } from '../record/conflicts.ts';
import { decodeRevision } from '../record/envelope.ts';
import { EVERYTHING, type RecordStore, type ResourceKey, type Stored } from '../record/store.ts';
import {
  COLLIDING_SYSTEM,
  completed,
  CONFLICT_CODE,
  escalated,
  HEAD_SYSTEM,
  isEscalated,
  isOpen,
  isSettled,
  isTaskId,
  OPEN_STATUSES,
  raisedTask,
  SETTLED_SYSTEM,
  taskIdOf,
  bodyIn,
  valuesIn,
  type Signal,
} from './conflict-task.ts';
import type { Actor, RecordEngine } from './engine.ts';

export interface ConflictTaskSettings {
  readonly criticalMinutes: number;
  readonly otherMinutes: number;
}
export const CONFLICT_TASK_SETTINGS: ConflictTaskSettings = { criticalMinutes: 15, otherMinutes: 30 };

export interface Raising {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly rows: CollisionRows;
  readonly clock: Clock;
  readonly digest: Digest;
  /**
   * How long this node leaves what is of the patient (`Patient/1`, '': of none) to others, ms: 0 where the patient is, `undefined`
   * where it is not this node's to raise.
   */
  readonly waits: (home: string) => Promise<number | undefined>;
  readonly settings?: ConflictTaskSettings;
  /** What was made of a conflict, kept from one step to the next; a new one costs reading the sides again. */
  readonly remembered?: Map<string, Signal | undefined>;
}

const MINUTE = 60_000;
const PAGE = 500;
/** How often the same may be ended and arise anew. */
const TURNS_MAX = 50;
const NODE: Actor = { visible: EVERYTHING };

/** One look at all that is open. Answers how many Tasks it wrote. What another changed meanwhile is left for the next look. */
export async function raiseConflictTasks(raising: Raising): Promise<number> {
  const { store, clock, settings = CONFLICT_TASK_SETTINGS } = raising;
  // What came since then was not looked at for collisions yet: nothing is said to be over on its account.
  const unseen = await notLookedAt(raising);
  const now = clock.now();
  const waits = remembering(raising.waits);
  const signals = [...(await conflictSignals(raising)), ...(await collisionSignals(raising))];
  const current = new Set<string>();
  let wrote = 0;
  for (const [id, { signal, stored }] of await tasksOf(signals, raising)) {
    current.add(id);
    const wait = await waits(signal.home);
    if (wait === undefined) continue;
    const age = now - signal.since - wait;
    const task = stored === undefined ? undefined : bodyIn(stored);
    if (stored === undefined) {
      if (age >= 0) wrote += await put(raising, raisedTask(id, signal, now), undefined);
      continue;
    }
    if (task === undefined || (!isOpen(task) && !stored.conflict)) continue;
    const minutes = signal.isCritical ? settings.criticalMinutes : settings.otherMinutes;
    if (isOpen(task) && !isEscalated(task) && age >= minutes * MINUTE) {
      wrote += await put(raising, escalated(task, minutes, now), stored);
    } else if (stored.conflict && now - stored.lastUpdatedAt >= wait) {
      wrote += await put(raising, { ...task, lastModified: instantText(now) }, stored);
    }
  }
  for await (const stored of openTasks(store)) {
    if (current.has(stored.key.id)) continue;
    const task = bodyIn(stored);
    const wait = await waits(textOf(at(task?.['for'], 'reference')));
    if (task === undefined || wait === undefined || now - stored.lastUpdatedAt < wait) continue;
    if (!(await knowsAll(task, stored, unseen, store))) continue;
    const focus = textOf(at(task['focus'], 'reference'));
    const [about] = await store.read([keyOf(focus)], EVERYTHING);
    // It was over when the list was read, and has parted again since.
    if (about?.severity === 'S1' && signals.every((signal) => signal.focus !== focus)) continue;
    wrote += await put(raising, completed(task, about?.heads ?? [], now), stored);
  }
  for (const stored of await tasksInConflict(store)) {
    const task = bodyIn(stored);
    // Two that ended it apart. What is open was looked at above.
    if (task === undefined || isOpen(task)) continue;
    const wait = await waits(textOf(at(task['for'], 'reference')));
    if (wait === undefined || now - stored.lastUpdatedAt < wait) continue;
    wrote += await put(raising, { ...task, lastModified: instantText(now) }, stored);
  }
  return wrote;
}

/** Which resources changed since what collides was last looked for; where that is much, all. */
async function notLookedAt({ store, rows }: Raising): Promise<(name: string) => boolean> {
  const commits = await store.feed(await rows.followed(), PAGE);
  if (commits.length === PAGE) return () => true;
  const names = new Set<string>();
  for (const { header } of commits.flatMap(({ revisions }) => revisions)) {
    const decoded = decodeRevision(header);
    if (decoded.ok) names.add(`${decoded.value.type}/${decoded.value.id}`);
  }
  return (name) => names.has(name);
}

/** 1 where it was written. */
async function put({ engine }: Raising, task: JsonObject, before: Stored | undefined): Promise<number> {
  const id = textOf(task['id']);
  const aimed = { kind: 'update', type: 'Task', id, text: JSON.stringify(task) } as const;
  const change =
    before === undefined
      ? { ...aimed, ifNoneMatch: 'any' as const }
      : { ...aimed, ifMatch: before.versionId, ...(before.conflict ? { resolves: true } : {}) };
  const done = await engine.change([change], NODE);
  if (done.ok) return done.value[0]?.did === 'nothing' ? 0 : 1;
  const { kind } = done.error.refusal;
  if (kind === 'stale' || kind === 'contended' || kind === 'deleted') return 0;
  throw new Error(`a conflict's task was refused: ${kind}`);
}

/** Of each signal the Task of its present turn, as it is here. */
async function tasksOf(
  signals: readonly Signal[],
  { store, digest }: Raising,
): Promise<ReadonlyMap<string, { readonly signal: Signal; readonly stored: Stored | undefined }>> {
  const found = new Map<string, { readonly signal: Signal; readonly stored: Stored | undefined }>();
  let turning = [...new Map(signals.map((signal) => [signal.about, signal])).values()];
  for (let turn = 0; turn < TURNS_MAX && turning.length > 0; turn++) {
    const again: Signal[] = [];
    for (let i = 0; i < turning.length; i += PAGE) {
      const page = turning.slice(i, i + PAGE);
      const ids = page.map(({ about }) => taskIdOf(about, turn, digest));
      const tasks = await store.read(
        ids.map((id) => ({ type: 'Task', id })),
        EVERYTHING,
      );
      for (const [n, signal] of page.entries()) {
        const stored = tasks[n];
        if (stored !== undefined && hasEnded(stored) && (await isAnew(stored, signal, store))) again.push(signal);
        else found.set(ids[n] ?? '', { signal, stored });
      }
    }
    turning = again;
  }
  return found;
}
function hasEnded(stored: Stored): boolean {
  const task = bodyIn(stored);
  return task === undefined || !isOpen(task);
}
/** Whether what is open came after the Task was ended. */
async function isAnew(stored: Stored, { isCollision, focus, since }: Signal, store: RecordStore): Promise<boolean> {
  const task = bodyIn(stored);
  const isSettledTask = task !== undefined && isSettled(task);
  // What a person ended of resources that collide stays ended: these are what they were.
  if (isCollision) return isSettledTask && since >= stored.lastUpdatedAt;
  if (!isSettledTask) return since > stored.lastUpdatedAt;
  // No clock tells it: a node that knows what it was settled as, and sees something else, sees something new.
  const settled = valuesIn(task, SETTLED_SYSTEM);
  const key = keyOf(focus);
  const [current] = await store.read([key], EVERYTHING);
  if (current === undefined || current.heads.every((head) => settled.includes(head))) return false;
  const held = await headsHeld(current, store);
  return settled.every((head) => held.has(head));
}

async function conflictSignals(raising: Raising): Promise<readonly Signal[]> {
  const { store, remembered = new Map<string, Signal | undefined>() } = raising;
  const signals: Signal[] = [];
  const seen = new Set<string>();
  let after: Cursor | undefined;
  do {
    const query = { severity: 'S1', order: 'worst', count: PAGE, ...(after === undefined ? {} : { after }) } as const;
    const page = await store.conflicts(query, EVERYTHING);
    for (const conflict of page.conflicts) {
      // What two nodes wrote of one of these is settled below, and is no matter for another.
      if (conflict.key.type === 'Task' && isTaskId(conflict.key.id)) continue;
      const name = `${conflict.key.type}/${conflict.key.id} ${conflict.versionId} ${conflict.since}`;
      seen.add(name);
      if (!remembered.has(name)) remembered.set(name, await signalOf(conflict, raising));
      const signal = remembered.get(name);
      if (signal !== undefined) signals.push(signal);
    }
    after = page.next;
  } while (after !== undefined);
  for (const name of remembered.keys()) if (!seen.has(name)) remembered.delete(name);
  return signals;
}

async function signalOf({ key, home, since }: OpenConflict, { store }: Raising): Promise<Signal | undefined> {
  const found = await store.siblings(key, EVERYTHING);
  if (found === undefined || !found.stored.conflict) return undefined;
  const { heads, ancestors } = found;
  const { notes } = mergeHeads(key.type, heads, ancestors);
  const focus = `${key.type}/${key.id}`;
  const roots = ancestors.map(({ hash }) => hash).toSorted();
  const bodies = heads.map(({ text }) => bodyIn({ deleted: text === undefined, text: text ?? '' }));
  return {
    about: `conflict\n${focus}\n${roots.join(' ')}`,
    home,
    focus,
    // A site may have words of its own on resuscitation: those stand where the record is shown.
    words: notes.some(({ kind }) => kind === 'resuscitation-disputed')
      ? 'resuscitation status disputed: open the chart'
      : (notes[0]?.text ?? 'two entries differ: compare them'),
    isCritical: MEDICINES.has(key.type) && bodies.some((body) => body !== undefined && isCriticalMedicine(body)),
    known: heads.map(({ hash }) => ({ system: HEAD_SYSTEM, value: hash })),
    since,
    isCollision: false,
  };
}

const MEDICINES: ReadonlySet<string> = new Set([
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
]);

const COLLISIONS_MAX = 10_000;
async function collisionSignals({ store, rows }: Raising): Promise<readonly Signal[]> {
  const found = await rows.list({ severity: 'S1', limit: COLLISIONS_MAX });
  const shown = new Map<string, Stored>();
  const names = [...new Set(found.flatMap((one) => one.names))];
  for (let i = 0; i < names.length; i += PAGE) {
    for (const stored of await store.read(names.slice(i, i + PAGE).map(keyOf), EVERYTHING)) {
      if (stored !== undefined) shown.set(`${stored.key.type}/${stored.key.id}`, stored);
    }
  }
  return found.flatMap((one) => signalsOf(one, shown));
}

/** One for each patient: of the other's record it says nothing. */
function signalsOf({ kind, names, since }: KeptCollision, shown: ReadonlyMap<string, Stored>): readonly Signal[] {
  const homes = new Set(names.flatMap((name) => shown.get(name)?.home ?? []));
  return [...homes].flatMap((home) => {
    const own = names.filter((name) => shown.get(name)?.home === home);
    const [focus] = own;
    if (focus === undefined) return [];
    const medicines = own.filter((name) => MEDICINES.has(keyOf(name).type));
    const bodies = medicines.map((name) => bodyIn(shown.get(name) ?? { deleted: true, text: '' }));
    return [
      {
        about: `${kind}\n${names.join(' ')}\n${home}`,
        home,
        focus,
        words: COLLISION_WORDS[kind] ?? kind,
        isCritical: bodies.some((body) => body !== undefined && isCriticalMedicine(body)),
        known: own.map((value) => ({ system: COLLIDING_SYSTEM, value })),
        since,
        isCollision: true,
      },
    ];
  });
}

/** Whether this node has every head and resource for which `task` was raised: else its conflict may only not have come yet. */
async function knowsAll(
  task: JsonObject,
  { key: { id } }: Stored,
  unseen: (name: string) => boolean,
  store: RecordStore,
): Promise<boolean> {
  const others = valuesIn(task, COLLIDING_SYSTEM);
  const read = await store.read(others.map(keyOf), EVERYTHING);
  if (read.some((stored) => stored === undefined)) return false;
  const heads = valuesIn(task, HEAD_SYSTEM);
  if (heads.length === 0) return others.length > 0 && ![`Task/${id}`, ...others].some(unseen);
  const [stored] = await store.read([keyOf(textOf(at(task['focus'], 'reference')))], EVERYTHING);
  if (stored === undefined) return false;
  const held = await headsHeld(stored, store);
  return heads.every((head) => held.has(head));
}

/** The heads of a resource, and what others descend from. */
async function headsHeld({ key, heads }: Stored, store: RecordStore): Promise<ReadonlySet<string>> {
  const { versions } = await store.history({ ...key, count: PAGE }, EVERYTHING);
  return new Set([...heads, ...versions.flatMap(({ parents }) => parents)]);
}

/** Of the node's own, as many as one look settles. */
async function tasksInConflict(store: RecordStore): Promise<readonly Stored[]> {
  const page = await store.conflicts({ types: ['Task'], order: 'newest', count: PAGE }, EVERYTHING);
  const keys = page.conflicts.map(({ key }) => key).filter(({ id }) => isTaskId(id));
  const found = await store.read(keys, EVERYTHING);
  return found.flatMap((stored) => (stored?.conflict === true ? [stored] : []));
}

async function* openTasks(store: RecordStore): AsyncGenerator<Stored> {
  const query: SearchQuery = {
    types: ['Task'],
    where: [
      {
        kind: 'param',
        param: 'code',
        type: 'token',
        values: [{ kind: 'token', system: CUSTODY_SYSTEM, code: CONFLICT_CODE }],
      },
      {
        kind: 'param',
        param: 'status',
        type: 'token',
        values: OPEN_STATUSES.map((code) => ({ kind: 'token', code })),
      },
    ],
    sort: [],
    count: PAGE,
    total: 'none',
    include: [],
  };
  let after: string | undefined;
  do {
    const page = await store.search(after === undefined ? query : { ...query, after }, EVERYTHING, {
      includes: 0,
      ms: 10_000,
    });
    if (!page.ok) throw new Error(`a search for tasks was too costly: ${page.error.what}`);
    for (const { stored } of page.value.hits) yield stored;
    after = page.value.next;
  } while (after !== undefined);
}

function keyOf(name: string): ResourceKey {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
}

function remembering(waits: Raising['waits']): Raising['waits'] {
  const known = new Map<string, Promise<number | undefined>>();
  return (home) => {
    const found = known.get(home) ?? waits(home);
    known.set(home, found);
    return found;
  };
}
