// Who is signed in at this browser, for a device to keep: signed, so that it is good with no server in reach.
//
//   WU11  Signed by this node's own key, over one line that nothing else begins with. It says of when it is; it has no end, since no
//         expiry of a snapshot ends care (CR11).
import type { FastifyReply } from 'fastify';
import { memberOf } from '../auth/pages/serve-page.ts';
import type { PagesDeps } from '../auth/pages/deps.ts';
import type { Visit } from '../auth/pages/visit.ts';

export const WHO_WORDS = 'holdfast who 1\n';

export interface WhoDeps {
  readonly pages: PagesDeps;
  /** This node's install id, and what the site is called. */
  readonly node: string;
  readonly site: string;
  readonly sign: (text: string) => string;
}

export async function tellWho(visit: Visit, { pages, node, site, sign }: WhoDeps): Promise<FastifyReply> {
  const member = await memberOf(visit, pages);
  const reply = visit.reply.header('content-type', 'application/json').header('cache-control', 'no-store');
  reply.header('vary', 'cookie');
  if (member === undefined) return reply.code(401).send(JSON.stringify({ refused: 'nobody' }));
  const text = JSON.stringify({ who: member.principal, site, node, at: pages.clock.now() });
  return reply.send(JSON.stringify({ text, signature: sign(WHO_WORDS + text), formToken: visit.formToken }));
}
