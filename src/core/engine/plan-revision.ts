// What one change does to what is there: a revision, or nothing, or a refusal.
//
//   EN4   ifMatch is the version that is there, or stale.
//   EN25  ifNoneMatch is not the version that is there, or stale.
//   EN5   Creation, and coming back from a tombstone.
//   EN7   No byte changed: no revision.
//   EN8   From the displayed head of a conflict; from all heads where it is resolved, or is none.
//   EN9   A patch is applied to what a read gives.
//   EN10  To delete nothing is nothing.
import { err, ok, type Result } from '../base/result.ts';
import { isDose } from '../care/merge/doses-apart.ts';
import { POLICY_VERSION } from '../care/merge/policies.ts';
import type { Fault } from '../fhir/fault.ts';
import { authorBody, renderStored } from '../record/body.ts';
import type { Hash, Instant } from '../base/ports.ts';
import type { Author, Body, ResourceKey, RevisionDraft, Stored } from '../record/store.ts';
import type { Change, ChangeRefusal, Outcome, PatchChange, PatchForm } from './engine.ts';
import { faultOf, invalid, prepareText, type Judging, type Prepared } from './prepare-text.ts';
import type { Ready, Target } from './resolve-targets.ts';

/** The text of a resource and of a patch to the new text of the resource, lossless. */
export type ApplyPatch = (text: string, patch: string) => Result<string, readonly Fault[]>;
export type Patches = { readonly [form in PatchForm]: ApplyPatch };

export interface Planning {
  readonly judging: Judging;
  readonly patch: Patches;
  readonly author: Author | undefined;
  readonly now: Instant;
}
export type Plan =
  | { readonly kind: 'rest'; readonly outcome: Outcome }
  | {
      readonly kind: 'write';
      readonly draft: RevisionDraft;
      readonly did: 'created' | 'updated' | 'deleted';
      readonly warnings: readonly Fault[];
    };

/** `current` is what the actor sees under `key`. */
export function planRevision(
  { change, prepared }: Ready,
  target: Target,
  key: ResourceKey,
  current: Stored | undefined,
  planning: Planning,
): Result<Plan, ChangeRefusal> {
  if (target.matched === true) {
    // What the search found may be gone by now: the search is asked again.
    if (current === undefined || current.deleted) return err(CHANGED);
    return ok(rest(current, prepared?.warnings));
  }
  const refused = refusedFor(change, target, key, current);
  if (refused !== undefined) return err(refused);
  switch (change.kind) {
    case 'create':
    case 'update': {
      if (prepared === undefined) return err(CHANGED);
      if (change.kind === 'update' && change.where === undefined && prepared.id !== key.id) {
        const message = 'The body must carry the id of the address.';
        return invalid([faultOf(`${key.type}.id`, 'id-of-address', 'value', message)]);
      }
      return ok(planPut(change, key, current, prepared, planning));
    }
    case 'patch': {
      const patched = patchedText(change, key, current, planning);
      return patched.ok ? ok(planPut(change, key, current, patched.value, planning)) : patched;
    }
    case 'delete':
      return ok(planDelete(change, key, current, planning));
  }
}

const CHANGED: ChangeRefusal = { kind: 'contended', message: 'What the criteria find has changed meanwhile.' };

const rest = (stored: Stored, warnings: readonly Fault[] = []): Plan => ({
  kind: 'rest',
  outcome: {
    key: stored.key,
    versionId: stored.versionId,
    lastUpdatedAt: stored.lastUpdatedAt,
    did: 'nothing',
    ...(stored.deleted ? {} : { stored }),
    warnings,
  },
});

function refusedFor(
  change: Change,
  target: Target,
  key: ResourceKey,
  current: Stored | undefined,
): ChangeRefusal | undefined {
  const have = current?.versionId ?? '';
  if (change.kind === 'create') return current === undefined ? undefined : { kind: 'stale', key, have, sent: '' };
  const isLive = current !== undefined && !current.deleted;
  if (change.ifMatch !== undefined && (change.ifMatch === '*' ? !isLive : change.ifMatch !== have)) {
    return { kind: 'stale', key, have, sent: change.ifMatch };
  }
  if (isLive && (change.ifNoneMatch === 'any' || change.ifNoneMatch?.includes(have) === true)) {
    return { kind: 'stale', key, have, sent: '' };
  }
  if (change.resolves === true && (change.ifMatch === undefined || change.ifMatch === '*')) {
    const message = 'Who resolves a conflict must name the version that was shown, by If-Match.';
    return { kind: 'invalid', faults: [faultOf(key.type, 'resolves-what', 'required', message)] };
  }
  if (change.resolves === true && change.dosesKept !== true && isDose(key.type) && (current?.heads.length ?? 0) > 1) {
    const message = 'Whoever decides about a dose must look at every side first.';
    return { kind: 'invalid', faults: [faultOf(key.type, 'doses-not-looked-at', 'business-rule', message)] };
  }
  if (target.fresh === true && isLive) {
    if (change.id !== undefined) return CHANGED;
    const message = 'The criteria find nothing, yet the id of the body is taken.';
    return { kind: 'invalid', faults: [faultOf(`${key.type}.id`, 'id-taken', 'duplicate', message)] };
  }
  return undefined;
}

function planPut(
  change: Change,
  key: ResourceKey,
  current: Stored | undefined,
  prepared: Prepared,
  planning: Planning,
): Plan {
  const body = authorBody(prepared.text, prepared.parsed, key.id);
  const resolves = change.kind !== 'create' && change.resolves === true;
  const isLive = current !== undefined && !current.deleted;
  if (isLive && body.text === current.text && !(resolves && current.heads.length > 1)) {
    return rest(current, prepared.warnings);
  }
  const kind = resolves && (current?.heads.length ?? 0) > 1 ? 'resolve' : 'put';
  const draft = draftOf(key, kind, current, resolves, body, planning);
  return { kind: 'write', draft, did: isLive ? 'updated' : 'created', warnings: prepared.warnings };
}

function planDelete(change: Change, key: ResourceKey, current: Stored | undefined, planning: Planning): Plan {
  if (current === undefined) {
    const outcome: Outcome = { key, versionId: '', lastUpdatedAt: planning.now, did: 'nothing', warnings: [] };
    return { kind: 'rest', outcome };
  }
  if (current.deleted) return rest(current);
  const resolves = change.kind === 'delete' && change.resolves === true;
  const draft = draftOf(key, 'tombstone', current, resolves, undefined, planning);
  return { kind: 'write', draft, did: 'deleted', warnings: [] };
}

function draftOf(
  key: ResourceKey,
  kind: RevisionDraft['kind'],
  current: Stored | undefined,
  resolves: boolean,
  body: Body | undefined,
  { author, now }: Planning,
): RevisionDraft {
  const heads = current?.heads ?? [];
  const parents: readonly Hash[] = current?.conflict === true && !resolves ? [current.displayed] : heads;
  return {
    key,
    kind,
    parents,
    ...(body === undefined ? {} : { body }),
    ...(author === undefined ? {} : { author }),
    ...(resolves && heads.length > 1 ? { policy: POLICY_VERSION } : {}),
    authoredAt: now,
    expectedHeads: heads,
  };
}

function patchedText(
  { patch }: PatchChange,
  key: ResourceKey,
  current: Stored | undefined,
  planning: Planning,
): Result<Prepared, ChangeRefusal> {
  if (current === undefined) return err({ kind: 'not-found', key });
  if (current.deleted) return err({ kind: 'deleted', key });
  const patched = planning.patch[patch.form](renderStored(current), patch.text);
  if (!patched.ok) return invalid(patched.error);
  const prepared = prepareText(patched.value, key.type, planning.judging);
  if (!prepared.ok || prepared.value.id === key.id) return prepared;
  return invalid([faultOf(`${key.type}.id`, 'id-of-address', 'value', 'A patch may not change the id.')]);
}
