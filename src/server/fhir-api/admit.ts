// Who asks and what they may: from the headers of a request to the actor that the store and the engine obey.
//
//   FR50  Nobody comes further than this without being known; what is open is open by the table of interactions.
//   FR51  What no role and no scope of theirs may ever do is refused before anything is looked at.
import { accessOf } from '../../core/access/access-of.ts';
import type { Access, AskedInteraction } from '../../core/access/access.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { actorOf } from '../../core/engine/actor-of.ts';
import type { Actor } from '../../core/engine/engine.ts';
import type { Visibility } from '../../core/record/store.ts';
import type { Credentials } from '../auth/authenticator.ts';
import type { Api, Interaction, Place } from './ask.ts';
import type { Refusal } from './outcome.ts';

export interface Admitted {
  readonly access: Access;
  readonly actor: Actor;
}

/** Sign-in gives the same principal for some seconds, and that the same rights for one. */
const actors = new WeakMap<Access, Admitted>();

export async function admit(credentials: Credentials, api: Api): Promise<Result<Admitted, Refusal>> {
  const found = await api.authenticator.authenticate(credentials);
  if (!found.ok) {
    return err(
      found.error.kind === 'nobody' ? { kind: 'unauthenticated' } : { kind: 'unauthenticated', why: found.error.why },
    );
  }
  const access = accessOf(found.value, api.clock.now());
  let admitted = actors.get(access);
  if (admitted === undefined) {
    admitted = { access, actor: actorOf(access) };
    actors.set(access, admitted);
  }
  return ok(admitted);
}

/** The interaction by the name that access knows it by. A compartment is searched for its member. */
export function askedAt({ name }: Interaction, place: Place): AskedInteraction {
  const { kind, type, id, member, operation } = place;
  if (kind === 'compartment' || kind === 'compartment search') {
    return member === undefined || member === '*' ? { name: 'search-system' } : { name, type: member };
  }
  return {
    name: operation ?? name,
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
  };
}

/** Undefined: go on. */
export function deniedAt(interaction: Interaction, place: Place, access: Access): Refusal | undefined {
  const denial = access.refuses(askedAt(interaction, place));
  return denial === undefined ? undefined : { kind: 'forbidden', why: denial.why, by: denial.by };
}

const NOTHING: Visibility = { see: 'some', rules: [] };

/** Whoever asks for what is open. */
export const NOBODY: Admitted = (() => {
  const access: Access = {
    principal: { who: '', name: '', duties: [], client: '', session: '', asOf: 0 },
    visible: NOTHING,
    create: NOTHING,
    update: NOTHING,
    delete: NOTHING,
    putCreates: false,
    judgeWrite: () => 'Sign in first.',
    refuses: () => ({ by: 'role', why: 'Sign in first.' }),
    mayBreakGlass: false,
    mayReviewBreakGlass: false,
    mayEnrol: false,
    audit: 'none',
  };
  return { access, actor: actorOf(access) };
})();
