// Who is signed in at a browser, as data, for pages that are not of this room (the front door).
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PagesDeps } from './deps.ts';
import type { SignedInBar } from './layout.ts';
import { memberOf } from './serve-page.ts';
import { openVisit } from './visit.ts';

/**
 * Undefined: nobody; show a link to `/session/start?to=/`. Else the name, roles and what may be reached, with the token for
 * `<form method="post" action="/session/end">` (hidden field `token`; `then=sign-in` switches the user). The page that shows it
 * needs `form-action 'self'`, `referrer-policy: same-origin` and `cache-control: no-store`.
 */
export type WhoIsSignedIn = (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInBar | undefined>;

export function whoIsSignedIn(deps: PagesDeps): WhoIsSignedIn {
  return async (request, reply) => (await memberOf(openVisit(request, reply, deps, 'within'), deps))?.bar;
}

/** For the forms of a page that is shown to nobody in particular: a hidden field `token`. */
export const formTokenAt =
  (deps: PagesDeps) =>
  (request: FastifyRequest, reply: FastifyReply): string =>
    openVisit(request, reply, deps, 'within').formToken;
