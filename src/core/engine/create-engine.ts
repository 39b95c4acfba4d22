// The record engine over a store: prepares once, then reads, plans and appends until nobody was faster.
//
//   prepare texts ── refusal
//        │
//        ▼
//   resolve targets ◄──────┐ stale, criteria-changed: again, at most ATTEMPTS_MAX times (EN16)
//        │                 │
//        ▼                 │
//   read, plan, append ────┘
//        │
//        ▼
//   outcomes
import { assert } from '../base/assert.ts';
import type { Chance, Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { validateResource, type ValidateResource } from '../fhir/validate/validate.ts';
import type { RecordStore, ResourceKey, RevisionDraft, SearchGuard, Stored, Written } from '../record/store.ts';
import type { Actor, Change, Outcome, RecordEngine, Refused } from './engine.ts';
import { judgeWrites, type Judged } from './judge-writes.ts';
import { planRevision, type Patches, type Plan, type Planning } from './plan-revision.ts';
import { prepareText, type Judging, type Prepared } from './prepare-text.ts';
import { nameOf, resolveTargets, type Ready, type Target } from './resolve-targets.ts';

export interface EngineOptions {
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly patch: Patches;
  /** `validateResource` unless told. */
  readonly validate?: ValidateResource;
  /** Rules by name that validation leaves out. */
  readonly without?: readonly string[] | undefined;
  /** The most UTF-8 bytes of one resource; below the limit of a commit. */
  readonly bytesMax?: number;
}

/** Each round of many writers on one resource lands one of them, so this many may meet there. */
const ATTEMPTS_MAX = 40;
const BYTES_MAX = 4_000_000;

export function createEngine(options: EngineOptions): RecordEngine {
  const { clock, without } = options;
  const validate = options.validate ?? validateResource;
  const judging: Judging = {
    validate: (value) => validate(value, { now: clock.now(), ...(without === undefined ? {} : { without }) }),
    bytesMax: options.bytesMax ?? BYTES_MAX,
  };
  return { change: (changes, actor) => changeAll(changes, actor, options, judging) };
}

async function changeAll(
  changes: readonly Change[],
  actor: Actor,
  options: EngineOptions,
  judging: Judging,
): Promise<Result<readonly Outcome[], Refused>> {
  const ready = prepareAll(changes, judging);
  if (!ready.ok) return ready;
  const hidden = new Set<string>();
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const tried = await tryOnce(ready.value, actor, options, judging, hidden);
    if (tried !== 'again') return tried;
  }
  const message = 'Too many others change the same at once. Nothing was stored; try again.';
  return err({ index: 0, refusal: { kind: 'contended', message } });
}

function prepareAll(changes: readonly Change[], judging: Judging): Result<readonly Ready[], Refused> {
  const ready: Ready[] = [];
  for (let index = 0; index < changes.length; index++) {
    const change = changes[index];
    if (change === undefined) continue;
    let prepared: Prepared | undefined;
    if (change.kind === 'create' || change.kind === 'update') {
      const made = prepareText(change.text, change.type, judging);
      if (!made.ok) return err({ index, refusal: made.error });
      prepared = made.value;
    }
    ready.push({ change, prepared });
  }
  return ok(ready);
}

/** One key of one change, with what is to be done to it. */
interface Step {
  readonly index: number;
  readonly key: ResourceKey;
  readonly plan: Plan;
}

/** `hidden`: names that were stale though nothing was seen under them; once more, and the actor may not see them. */
async function tryOnce(
  ready: readonly Ready[],
  actor: Actor,
  { store, clock, chance, patch }: EngineOptions,
  judging: Judging,
  hidden: Set<string>,
): Promise<Result<readonly Outcome[], Refused> | 'again'> {
  const { visible, author } = actor;
  const resolved = await resolveTargets(ready, { store, clock, chance, visible });
  if (!resolved.ok) return resolved;
  const targets = resolved.value;
  const seen = await readTargets(store, targets, ready, actor, hidden);
  const planning: Planning = { judging, patch, author, now: clock.now() };

  const steps: Step[] = [];
  for (let index = 0; index < targets.length; index++) {
    const target = targets[index];
    const each = ready[index];
    if (target === undefined || each === undefined) continue;
    for (const key of target.keys) {
      const plan = planRevision(each, target, key, seen.get(nameOf(key)), planning);
      if (plan.ok) steps.push({ index, key, plan: plan.value });
      else if (target.matched === true && plan.error.kind === 'contended') return 'again';
      else return err({ index, refusal: plan.error });
    }
  }

  if (actor.may !== undefined) {
    const judged = steps.flatMap((step) => judgedOf(step, ready, seen));
    const refused = judged.length === 0 ? undefined : await judgeWrites(store, judged, actor.may, visible);
    if (refused !== undefined) return err(refused);
  }
  const writes = steps.filter((step) => step.plan.kind === 'write');
  if (writes.length === 0) return ok(outcomesOf(ready, steps, new Map(), planning));
  const revisions = writes.map(({ plan }) => draftOf(plan));
  const guards = targets.map(({ guard }) => guard).filter((guard): guard is SearchGuard => guard !== undefined);
  const draft = { revisions, receivedAt: planning.now, ...(guards.length === 0 ? {} : { guards }) };
  const appended = await store.append(draft);
  if (!appended.ok) {
    const { error } = appended;
    if (error.kind === 'too-large') return err({ index: 0, refusal: error });
    if (error.kind === 'criteria-changed') return 'again';
    const name = nameOf(error.key);
    if (seen.has(name)) return 'again';
    if (!hidden.has(name)) {
      hidden.add(name);
      return 'again';
    }
    const index = writes.find((write) => nameOf(write.key) === name)?.index ?? 0;
    return err({ index, refusal: { kind: 'not-found', key: error.key } });
  }
  const landed = await landedOf(store, revisions, appended.value.written, actor);
  const { origin, seq } = appended.value;
  return ok(outcomesOf(ready, steps, landed, planning, `${origin}:${seq}`));
}

/** What the actor sees under the targets that may be there, by name. */
async function readTargets(
  store: RecordStore,
  targets: readonly Target[],
  ready: readonly Ready[],
  { visible }: Actor,
  hidden: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Stored>> {
  // A create expects that there is nothing, and append says where that is wrong: saves a read for each.
  const keys = targets.flatMap((target, index) =>
    target.fresh === true && ready[index]?.change.kind === 'create'
      ? target.keys.filter((key) => hidden.has(nameOf(key)))
      : target.keys,
  );
  const seen = new Map<string, Stored>();
  if (keys.length === 0) return seen;
  for (const stored of await store.read(keys, visible)) {
    if (stored !== undefined) seen.set(nameOf(stored.key), stored);
  }
  return seen;
}

/** What rights are asked about of a step: a write, or an update that changes nothing; [] for what only looks. */
function judgedOf(
  { index, key, plan }: Step,
  ready: readonly Ready[],
  seen: ReadonlyMap<string, Stored>,
): readonly Judged[] {
  const { change, prepared } = ready[index] ?? {};
  if (change === undefined) return [];
  const current = seen.get(nameOf(key));
  const isChosenId = change.kind === 'update' && (change.where === undefined || prepared?.id !== undefined);
  const one = { index, change, key, current, isChosenId };
  if (plan.kind === 'write') return [{ ...one, after: plan.draft.body?.resource }];
  return change.kind === 'update' || change.kind === 'patch' ? [{ ...one, after: undefined }] : [];
}

function draftOf(plan: Plan): RevisionDraft {
  assert(plan.kind === 'write', 'only writes are appended');
  return plan.draft;
}

/** What each revision made of its resource, by name. Where it left other heads, the store is asked. */
async function landedOf(
  store: RecordStore,
  revisions: readonly RevisionDraft[],
  written: readonly Written[],
  { visible }: Actor,
): Promise<ReadonlyMap<string, Written & { readonly stored?: Stored }>> {
  const landed = new Map<string, Written & { readonly stored?: Stored }>();
  const forked: ResourceKey[] = [];
  for (let i = 0; i < revisions.length; i++) {
    const { key, body, parents, expectedHeads } = revisions[i] ?? {};
    const one = written[i];
    assert(key !== undefined && one !== undefined, 'a store answers each revision');
    landed.set(nameOf(key), body === undefined ? one : { ...one, stored: storedAlone(one, body) });
    if (expectedHeads?.length !== parents?.length) forked.push(key);
  }
  if (forked.length === 0) return landed;
  for (const stored of await store.read(forked, visible)) {
    if (stored === undefined) continue;
    const { key, versionId, lastUpdatedAt, home } = stored;
    landed.set(nameOf(key), { key, versionId, lastUpdatedAt, home, ...(stored.deleted ? {} : { stored }) });
  }
  return landed;
}

const storedAlone = (
  { key, versionId, lastUpdatedAt, home }: Written,
  { text, splice }: { readonly text: string; readonly splice: number },
): Stored => ({
  key,
  home,
  versionId,
  lastUpdatedAt,
  heads: [versionId],
  displayed: versionId,
  deleted: false,
  conflict: false,
  text,
  splice,
});

function outcomesOf(
  ready: readonly Ready[],
  steps: readonly Step[],
  landed: ReadonlyMap<string, Written & { readonly stored?: Stored }>,
  { now }: Planning,
  commit = '',
): readonly Outcome[] {
  const byChange = new Map<number, Outcome>();
  const also = new Map<number, ResourceKey[]>();
  for (const { index, key, plan } of steps) {
    if (byChange.has(index)) {
      also.set(index, [...(also.get(index) ?? []), key]);
      continue;
    }
    const one = landed.get(nameOf(key));
    if (plan.kind === 'rest') byChange.set(index, plan.outcome);
    else {
      assert(one !== undefined, 'a write that landed has a version');
      const { versionId, lastUpdatedAt, stored } = one;
      const shown = stored === undefined ? {} : { stored };
      byChange.set(index, { key, versionId, lastUpdatedAt, did: plan.did, ...shown, commit, warnings: plan.warnings });
    }
  }
  return ready.map(({ change }, index) => {
    const outcome = byChange.get(index);
    const more = also.get(index);
    if (outcome !== undefined) return more === undefined ? outcome : { ...outcome, also: more };
    return { key: { type: change.type, id: '' }, versionId: '', lastUpdatedAt: now, did: 'nothing', warnings: [] };
  });
}
