// Programs without a secret may renew without naming themselves: SMART App Launch 2.2 ("Refresh Access Token") asks of them the
// token alone, and SMART's own client sends no more. oidc-provider wants a `client_id`, so it is read from the token's row.
//
//   SM30  The name is added only where no proof came with the request; a program that has a secret or a key must still prove itself.
import { Readable } from 'node:stream';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { rowIdOf, type TokenPayload } from './token-rows.ts';

/** As much as oidc-provider itself would read. */
const BODY_BYTES_MAX = 56 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/** A step before oidc-provider's own. */
export function nameRefresher(
  rows: ExpiringRows,
): (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  return async (ctx, next) => {
    const asks = ctx.method === 'POST' && ctx.path === '/token' && ctx.get('authorization') === '';
    if (!asks || ctx.is(FORM) === false) return next();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of ctx.req) {
      const part = Buffer.from(chunk as Uint8Array);
      bytes += part.length;
      if (bytes > BODY_BYTES_MAX) {
        ctx.status = 413;
        ctx.body = { error: 'invalid_request', error_description: 'the request is too large' };
        return;
      }
      chunks.push(part);
    }
    const sent = Buffer.concat(chunks);
    const name = await nameFor(new URLSearchParams(sent.toString('utf8')), rows);
    const body =
      name === undefined ? sent : Buffer.concat([sent, Buffer.from(`&client_id=${encodeURIComponent(name)}`)]);
    if (ctx.request.header['content-length'] !== undefined) {
      ctx.request.header['content-length'] = String(body.length);
    }
    // What was read cannot be read again: oidc-provider gets a request that has it still.
    ctx.req = Object.create(ctx.req, {
      readable: { value: true },
      readableEncoding: { value: null },
      iterator: { value: () => Readable.from(body.length === 0 ? [] : [body]).iterator() },
    }) as typeof ctx.req;
    return next();
  };
}

async function nameFor(form: URLSearchParams, rows: ExpiringRows): Promise<string | undefined> {
  const token = form.get('refresh_token');
  if (form.get('grant_type') !== 'refresh_token' || token === null) return undefined;
  if (form.has('client_id') || form.has('client_assertion') || form.has('client_secret')) return undefined;
  const row = await rows.get('RefreshToken', rowIdOf(token));
  return row === undefined ? undefined : (JSON.parse(row.value) as TokenPayload).clientId;
}
