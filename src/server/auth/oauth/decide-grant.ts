// From what a person settled to a grant: whose patient, which scopes, and the row that says so.
//
//   SM13  Each launch is a grant of its own with its own patient.
//   SM18  A grant holds what was asked, registered, agreed and of use to the person's roles, and nothing else.
import type { Clock } from '../../../core/base/ports.ts';
import { grantableScopes } from '../../../core/access/scopes.ts';
import { errors, type Grant, type KoaContextWithOIDC } from 'oidc-provider';
import { LOCAL_CLIENT, WEB_CLIENT, type ClientRegister, type RegisteredClient } from './clients.ts';
import type { OAuthAccounts } from './accounts-port.ts';
import type { Grants } from './grants.ts';
import { idAlone, type LaunchContexts, type LaunchRequest } from './launch-context.ts';
import { OFFLINE_S } from './lives.ts';
import { isPlainScope, needPatient, OPENID_SCOPES } from './narrow-scopes.ts';
import { consentedScopes, pickedPatient, scopesOf } from './policy.ts';

export interface DecidingDeps {
  readonly clock: Clock;
  readonly accounts: OAuthAccounts;
  readonly clients: ClientRegister;
  readonly launches: LaunchContexts;
  readonly grants: Grants;
}

/** What the steps of a request ask, each answered once in a request. */
export interface Deciding {
  /** The launch that the request names, checked against the program and the person as far as they are known. */
  launchOf(ctx: KoaContextWithOIDC): Promise<LaunchRequest | undefined>;
  /** The id of the patient in context. */
  patientOf(ctx: KoaContextWithOIDC): Promise<string | undefined>;
  /** undefined: the person must be asked. */
  agreedScopes(ctx: KoaContextWithOIDC): Promise<readonly string[] | undefined>;
  /** The grant, once everything is settled. */
  grantOf(ctx: KoaContextWithOIDC): Promise<Grant | undefined>;
}

export const isOwn = (clientId: string): boolean => clientId === WEB_CLIENT || clientId === LOCAL_CLIENT;

export function decidingOf(deps: DecidingDeps): Deciding {
  const { accounts, clients, launches, grants } = deps;
  const launchesSeen = new WeakMap<KoaContextWithOIDC, Promise<LaunchRequest | undefined>>();

  const readLaunch = async (ctx: KoaContextWithOIDC): Promise<LaunchRequest | undefined> => {
    const launch = ctx.oidc.params?.['launch'];
    if (typeof launch !== 'string') return undefined;
    const found = await launches.find(launch);
    if (found === undefined || found.clientId !== ctx.oidc.client?.clientId) {
      throw new errors.InvalidRequest('this launch is unknown, was used, or is over');
    }
    return found;
  };
  const launchOf = async (ctx: KoaContextWithOIDC): Promise<LaunchRequest | undefined> => {
    const seen = launchesSeen.get(ctx) ?? readLaunch(ctx);
    launchesSeen.set(ctx, seen);
    const launch = await seen;
    const accountId = ctx.oidc.session?.accountId;
    if (launch !== undefined && accountId !== undefined && accountId !== launch.accountId) {
      throw new errors.AccessDenied('this launch was made for another person');
    }
    return launch;
  };
  const patientOf = async (ctx: KoaContextWithOIDC): Promise<string | undefined> => {
    const launch = await launchOf(ctx);
    if (launch?.patient !== undefined) return idAlone(launch.patient);
    // A patient who signs in is the patient: there is no choice.
    const account = ctx.oidc.account === undefined ? undefined : await accounts.find(ctx.oidc.account.accountId);
    if (account?.who.startsWith('Patient/') === true) return idAlone(account.who);
    return pickedPatient(ctx);
  };
  const clientOf = async (ctx: KoaContextWithOIDC): Promise<RegisteredClient | undefined> =>
    ctx.oidc.client === undefined ? undefined : clients.find(ctx.oidc.client.clientId);
  const agreedScopes = async (ctx: KoaContextWithOIDC): Promise<readonly string[] | undefined> => {
    const asked = scopesOf(ctx);
    if (ctx.oidc.client !== undefined && isOwn(ctx.oidc.client.clientId)) return asked;
    const now = consentedScopes(ctx);
    if (now !== undefined) return asked.filter((scope) => now.includes(scope));
    const accountId = ctx.oidc.account?.accountId;
    const client = await clientOf(ctx);
    if (accountId === undefined || client === undefined) return undefined;
    const before = await grants.consentOf(accountId, client);
    return asked.every((scope) => before.includes(scope)) ? asked : undefined;
  };

  const grantOf = async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { account, client, session, params } = ctx.oidc;
    if (account === undefined || client === undefined || session === undefined) return undefined;
    if (ctx.oidc.promptPending('login') || ctx.oidc.promptPending('consent')) return undefined;
    const agreed = await agreedScopes(ctx);
    if (agreed === undefined) return undefined;
    const patient = needPatient(scopesOf(ctx)) ? await patientOf(ctx) : undefined;
    if (needPatient(scopesOf(ctx)) && patient === undefined) return undefined;
    const found = await accounts.find(account.accountId);
    if (found === undefined) return undefined;
    const principal = await accounts.principalOf(account.accountId, session.uid);
    const usable = grantableScopes(agreed, principal?.duties ?? []);
    const scopes = agreed.filter((scope) => isPlainScope(scope) || usable.includes(scope));
    if (scopes.length === 0)
      throw new errors.AccessDenied('nothing of what was asked for may be granted to this person');

    const launch = await launchOf(ctx);
    const launchId = params?.['launch'];
    if (typeof launchId === 'string' && !(await launches.use(launchId))) {
      throw new errors.InvalidRequest('this launch is unknown, was used, or is over');
    }
    const grant = new ctx.oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const openid = scopes.filter((scope) => OPENID_SCOPES.some((each) => each === scope));
    if (openid.length > 0) grant.addOIDCScope(openid.join(' '));
    for (const resource of Object.keys(ctx.oidc.resourceServers ?? {}))
      grant.addResourceScope(resource, scopes.join(' '));
    const grantId = await grant.save();
    const inContext = patient ?? (launch?.patient === undefined ? undefined : idAlone(launch.patient));
    await launches.keep(
      grantId,
      {
        fhirUser: found.who,
        ...(inContext === undefined ? {} : { patient: inContext }),
        ...(launch?.encounter === undefined ? {} : { encounter: idAlone(launch.encounter) }),
        ...(launch?.needPatientBanner === undefined ? {} : { needPatientBanner: launch.needPatientBanner }),
      },
      OFFLINE_S * 1_000,
    );
    await grants.note(session.uid, grantId, {
      accountId: account.accountId,
      clientId: client.clientId,
      scopes,
      ...(inContext === undefined ? {} : { patient: inContext }),
      since: deps.clock.now(),
    });
    const registered = await clientOf(ctx);
    if (consentedScopes(ctx) !== undefined && registered !== undefined) {
      await grants.rememberConsent(account.accountId, registered, scopes);
    }
    return grant;
  };
  return { launchOf, patientOf, agreedScopes, grantOf };
}
