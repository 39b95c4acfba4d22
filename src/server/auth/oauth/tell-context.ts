// After oidc-provider made its answer: what SMART adds to it, and what else ends or lives on with it.
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { tookBack } from './end-grant.ts';
import type { Grants } from './grants.ts';
import type { LaunchContexts } from './launch-context.ts';
import * as lives from './lives.ts';
import { ACCESS_SCOPES, LAUNCH_SCOPES, OPENID_SCOPES } from './narrow-scopes.ts';
import { PAGE_POLICY } from './own-pages.ts';

const PLAIN_SCOPES = [...OPENID_SCOPES, ...LAUNCH_SCOPES, ...ACCESS_SCOPES];

export interface TellDeps {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly launches: LaunchContexts;
  readonly grants: Grants;
}

/** A form that did not come from our own page is refused, and ends nothing. */
export const isSignedOut = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.route === 'end_session_confirm' && ctx.status === 303 && ctx.oidc.params?.['logout'] !== undefined;

/** A step around oidc-provider's own. */
export function tellContext(deps: TellDeps): (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  const { launches, grants } = deps;
  return async (ctx, next) => {
    // Set before, because oidc-provider adds the hash of its own script where it sends a form by itself.
    ctx.set('content-security-policy', PAGE_POLICY);
    await next();
    // Outside its routes oidc-provider makes no context.
    if ((ctx.oidc as KoaContextWithOIDC['oidc'] | undefined) === undefined) return;
    const { route, entities } = ctx.oidc;
    if (route === 'discovery') {
      Object.assign(ctx.body as object, { scopes_supported: PLAIN_SCOPES, response_modes_supported: ['query'] });
    }
    if (isSignedOut(ctx) && entities.Session !== undefined) {
      await grants.endOfSession(entities.Session.uid);
    }
    const grant = entities.Grant;
    if (route !== 'token' || ctx.status !== 200 || grant?.jti === undefined) return;
    const grantId = grant.jti;
    const context = await launches.of(grantId);
    if (context !== undefined && entities.RefreshToken !== undefined) {
      // What is used stays: a grant ends when nobody renewed it for as long as a refresh token lives.
      grant.exp = Math.floor(deps.clock.now() / 1_000) + lives.OFFLINE_S;
      await grant.save();
      await launches.keep(grantId, context, lives.OFFLINE_S * 1_000);
      if (grant.accountId !== undefined) await grants.renew(grant.accountId, grantId);
    }
    if ((await tookBack(deps.rows, grantId)) || context === undefined) {
      ctx.status = 400;
      ctx.body = { error: 'invalid_grant', error_description: 'the grant ended' };
      return;
    }
    const { patient, encounter } = context;
    Object.assign(ctx.body as object, {
      ...(patient === undefined ? {} : { patient, need_patient_banner: context.needPatientBanner ?? true }),
      ...(encounter === undefined ? {} : { encounter }),
    });
  };
}
