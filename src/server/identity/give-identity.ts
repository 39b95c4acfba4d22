// A record for somebody whom nobody knows yet, in one commit, with nobody else asked (specs/identity.md, ID14 to ID16).
import type { Access } from '../../core/access/access.ts';
import { uuidV7 } from '../../core/base/id.ts';
import { ok, type Result } from '../../core/base/result.ts';
import { identifierOf } from '../../core/care/identity/number-series.ts';
import { readNumber } from '../../core/care/identity/number-text.ts';
import { newbornPatients, unknownPatient, type Gender } from '../../core/care/identity/temporary-identity.ts';
import type { Change } from '../../core/engine/engine.ts';
import { instantText } from '../../core/record/body.ts';
import type { Stored } from '../../core/record/store.ts';
import {
  actorOf,
  refuse,
  refusedBy,
  resourceOf,
  tell,
  type IdentityDeps,
  type IdentityRefusal,
} from './identity-deps.ts';
import { issueNumbers } from './issue-numbers.ts';

export type IdentityWish =
  | { readonly kind: 'unidentified'; readonly gender: Gender; readonly age?: number; readonly note?: string }
  /** One gender for each child. `born`: dateTime with zone; absent: now. */
  | { readonly kind: 'newborn'; readonly genders: readonly Gender[]; readonly mother: string; readonly born?: string };

/** The Patients that were made. */
export async function giveIdentity(
  access: Access,
  wish: IdentityWish,
  deps: IdentityDeps,
): Promise<Result<readonly Stored[], IdentityRefusal>> {
  const { principal } = access;
  const { engine, clock, chance, node } = deps;
  const changes: Change[] = [];
  let what = 'unidentified';
  if (wish.kind === 'unidentified') {
    const [number = ''] = await issueNumbers('temporary', 1, deps);
    const counter = readNumber(number)?.parts.counter ?? 0;
    const year = Number(instantText(clock.now()).slice(0, 4));
    const patient = unknownPatient(wish, identifierOf('temporary', node.siteCode, number), counter, year);
    changes.push({ kind: 'create', type: 'Patient', text: JSON.stringify(patient) });
  } else {
    const [mother] = await deps.store.read([{ type: 'Patient', id: wish.mother }], access.visible);
    if (mother === undefined || mother.deleted) return refuse('not-found', 'There is no such patient.', 'mother');
    const numbers = await issueNumbers('temporary', wish.genders.length, deps);
    const made = newbornPatients(
      { genders: wish.genders, mother: resourceOf(mother), born: wish.born ?? instantText(clock.now()) },
      numbers.map((number) => identifierOf('temporary', node.siteCode, number)),
      numbers.map(() => uuidV7(clock, chance)),
    );
    for (const resource of made) {
      const type = String(resource['resourceType']);
      const id = typeof resource['id'] === 'string' ? { id: resource['id'] } : {};
      changes.push({ kind: 'create', type, ...id, text: JSON.stringify(resource) });
    }
    what = 'newborn';
  }
  const done = await engine.change(changes, actorOf(principal));
  if (!done.ok) return refusedBy(done.error);
  const patients = done.value.flatMap(({ key, stored }) =>
    key.type === 'Patient' && stored !== undefined ? [stored] : [],
  );
  const names = patients.map(({ key }) => `Patient/${key.id}`);
  await tell('$temporary-identity', principal, { patients: names, what: names, reason: what }, deps);
  return ok(patients);
}
