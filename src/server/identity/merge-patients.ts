// Joins two records of one person, and takes that back (specs/identity.md, ID20 to ID27).
//
//   1. One commit: the link on either side, and why (a Provenance). Nothing else of either record is touched.
//   2. To undo puts back the very text from before where nobody changed the record since; else it takes away the link alone.
import { linksOf, mergeFault, placesOfLink, type LinksOfPatient } from '../../core/care/identity/patient-links.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { ok, type Result } from '../../core/base/result.ts';
import type { Change } from '../../core/engine/engine.ts';
import { instantText } from '../../core/record/body.ts';
import { EVERYTHING, type Stored, type Visibility } from '../../core/record/store.ts';
import {
  actorOf,
  refuse,
  refusedBy,
  resourceOf,
  tell,
  type IdentityDeps,
  type IdentityRefusal,
} from './identity-deps.ts';
import type { PatientLinks } from './patient-links.ts';

export interface MergeWish {
  /** Ids of patients. The source is given up for the target. */
  readonly source: string;
  readonly target: string;
  readonly reason: string;
  /** Only say whether it could be done. */
  readonly preview: boolean;
}
export type MergeDeps = Pick<IdentityDeps, 'store' | 'engine' | 'clock' | 'audit'> & { readonly links: PatientLinks };
type Merged = Result<{ readonly source: Stored; readonly target: Stored }, IdentityRefusal>;

const REASON_MAX = 1_000;

export async function mergePatients(
  principal: Principal,
  visible: Visibility,
  wish: MergeWish,
  deps: MergeDeps,
): Promise<Merged> {
  const { source, target, preview } = wish;
  const found = await bothOf(wish, visible, deps);
  if (!found.ok) return found;
  const known = new Map<string, LinksOfPatient>();
  for (const id of [source, target]) for (const one of await deps.links.recordsOf(id)) known.set(one.id, one);
  const fault = mergeFault(source, target, [...known.values()]);
  if (fault !== undefined) return refuse('conflict', fault, 'source-patient');
  if (preview) return found;
  const changes: Change[] = [
    patch(found.value.source, [
      linkTo(found.value.source, target, 'replaced-by'),
      { op: 'add', path: '/active', value: false },
    ]),
    patch(found.value.target, [linkTo(found.value.target, source, 'replaces')]),
    why(principal, wish, 'merge', deps),
  ];
  return land('$merge', principal, wish, changes, deps);
}

export async function unmergePatients(
  principal: Principal,
  visible: Visibility,
  wish: MergeWish,
  deps: MergeDeps,
): Promise<Merged> {
  const { source, target, preview } = wish;
  const found = await bothOf(wish, visible, deps);
  if (!found.ok) return found;
  const undone = [
    await without(found.value.source, 'replaced-by', target, deps),
    await without(found.value.target, 'replaces', source, deps),
  ].filter((change) => change !== undefined);
  if (undone.length === 0) return refuse('conflict', 'These two are not merged.', 'source-patient');
  if (preview) return found;
  return land('$unmerge', principal, wish, [...undone, why(principal, wish, 'unmerge', deps)], deps);
}

async function bothOf(
  { source, target, reason }: MergeWish,
  visible: Visibility,
  { store }: MergeDeps,
): Promise<Merged> {
  if (reason.trim() === '')
    return refuse('bad-param', 'Say in words how it is known that both are one person.', 'reason');
  if (reason.length > REASON_MAX)
    return refuse('bad-param', 'The reason is too long: 1,000 characters at most.', 'reason');
  const [one, other] = await store.read(
    [source, target].map((id) => ({ type: 'Patient', id })),
    visible,
  );
  if (one === undefined || one.deleted || other === undefined || other.deleted)
    return refuse('not-found', 'There is no such patient.');
  return ok({ source: one, target: other });
}

async function land(
  interaction: string,
  principal: Principal,
  { source, target, reason }: MergeWish,
  changes: readonly Change[],
  deps: MergeDeps,
): Promise<Merged> {
  const done = await deps.engine.change(changes, actorOf(principal));
  if (!done.ok) return refusedBy(done.error);
  const read = await deps.store.read(
    [source, target].map((id) => ({ type: 'Patient', id })),
    EVERYTHING,
  );
  const [one, other] = read;
  if (one === undefined || other === undefined) return refuse('not-found', 'There is no such patient.');
  deps.links.wrote([one, other].map((stored) => linksOf(resourceOf(stored))));
  const patients = [`Patient/${source}`, `Patient/${target}`];
  await tell(interaction, principal, { patients, what: patients, reason: reason.trim() }, deps);
  return ok({ source: one, target: other });
}

type Operation = { readonly op: string; readonly path: string; readonly value?: unknown };

const patch = ({ key, versionId }: Stored, operations: readonly Operation[]): Change => ({
  kind: 'patch',
  type: 'Patient',
  id: key.id,
  ifMatch: versionId,
  patch: { form: 'json-patch', text: JSON.stringify(operations) },
});

function linkTo(stored: Stored, other: string, type: 'replaces' | 'replaced-by'): Operation {
  const link = { other: { reference: `Patient/${other}` }, type };
  return resourceOf(stored)['link'] === undefined
    ? { op: 'add', path: '/link', value: [link] }
    : { op: 'add', path: '/link/-', value: link };
}

/** Takes the link off again; undefined: it is not there. */
async function without(
  stored: Stored,
  type: 'replaces' | 'replaced-by',
  other: string,
  { store }: MergeDeps,
): Promise<Change | undefined> {
  const now = resourceOf(stored);
  const places = placesOfLink(now, type, other);
  if (places.length === 0) return undefined;
  // Newest first.
  const { versions } = await store.history({ type: 'Patient', id: stored.key.id, count: 200 }, EVERYTHING);
  const put = versions.filter((version) => !version.deleted);
  const firstWithout = put.findIndex((version) => placesOfLink(resourceOf(version), type, other).length === 0);
  const before = put[firstWithout];
  const merged = put[firstWithout - 1];
  if (before !== undefined && merged !== undefined && merged.versionId === stored.versionId) {
    return { kind: 'update', type: 'Patient', id: stored.key.id, ifMatch: stored.versionId, text: before.text };
  }
  const operations: Operation[] =
    places.length === (now['link'] as readonly unknown[]).length
      ? [{ op: 'remove', path: '/link' }]
      : places.map((at) => ({ op: 'remove', path: `/link/${at}` }));
  if (type === 'replaced-by')
    operations.push(...activeAsBefore(now, before === undefined ? undefined : resourceOf(before)));
  return patch(stored, operations);
}

/** `active` as it was before it was merged. */
function activeAsBefore(now: ResourceJson, before: ResourceJson | undefined): readonly Operation[] {
  const was = before?.['active'];
  if (now['active'] === was) return [];
  return was === undefined ? [{ op: 'remove', path: '/active' }] : [{ op: 'add', path: '/active', value: was }];
}

const why = (
  { who, name }: Principal,
  { source, target, reason }: MergeWish,
  activity: 'merge' | 'unmerge',
  { clock }: MergeDeps,
): Change => ({
  kind: 'create',
  type: 'Provenance',
  text: JSON.stringify({
    resourceType: 'Provenance',
    target: [{ reference: `Patient/${source}` }, { reference: `Patient/${target}` }],
    recorded: instantText(clock.now()),
    activity: { text: activity },
    reason: [{ text: reason.trim() }],
    agent: [{ who: { reference: who, display: name } }],
  }),
});
