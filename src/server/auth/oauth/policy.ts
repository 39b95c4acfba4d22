// What still has to happen between a program's request and its code: who is it, about which patient, and is that agreed.
//
//   SM17  The steps come in this order: sign-in, patient, consent. A step that is settled is not asked again.
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { isRecord } from './is-record.ts';
import { needPatient } from './narrow-scopes.ts';
import type { Deciding } from './decide-grant.ts';

const { Check, Prompt } = interactionPolicy;

/** The steps, in the order they are asked. */
export function stepsOf(deciding: Deciding): readonly interactionPolicy.Prompt[] {
  const login = interactionPolicy.base().get('login');
  if (login === undefined) throw new Error('oidc-provider has no login step');
  // An account that was disabled while its browser was signed in: whoever sits there signs in anew.
  login.checks.add(
    new Check('account_gone', 'the account is not there any more', (ctx) => ctx.oidc.account === undefined),
  );
  return [
    login,
    new Prompt(
      { name: 'patient' },
      new Check('patient_missing', 'a patient must be chosen', 'interaction_required', async (ctx) =>
        needPatient(scopesOf(ctx)) ? (await deciding.patientOf(ctx)) === undefined : false,
      ),
    ),
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('scopes_not_agreed', 'the person has not agreed to this', async (ctx) => {
        return (await deciding.agreedScopes(ctx)) === undefined;
      }),
    ),
  ];
}

/** What the request asks for, after narrowing. */
export const scopesOf = (ctx: KoaContextWithOIDC): readonly string[] => [...ctx.oidc.requestParamScopes];

/** The patient that was picked in this flow: its id alone. */
export function pickedPatient(ctx: KoaContextWithOIDC): string | undefined {
  const picked = ctx.oidc.result?.['patient'];
  return isRecord(picked) && typeof picked['id'] === 'string' ? picked['id'] : undefined;
}

/** The scopes that were agreed to in this flow. */
export function consentedScopes(ctx: KoaContextWithOIDC): readonly string[] | undefined {
  const scopes = ctx.oidc.result?.consent?.['scopes'];
  return Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === 'string') : undefined;
}
