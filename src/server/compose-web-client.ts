// The ward client put together with the node that serves it.
import type { FastifyInstance } from 'fastify';
import { createDowntimeDesk } from '../core/engine/downtime-desk.ts';
import type { RecordEngine } from '../core/engine/engine.ts';
import type { PagesDeps } from './auth/pages/deps.ts';
import type { ServerOptions } from './cli/parts.ts';
import type { OpenedLinks } from './compose-links.ts';
import { openClientBuilds } from './web-client/read-builds.ts';
import { registerWebClient } from './web-client/register-web-client.ts';

/** Every client asks every few seconds; a downtime is declared once a year. */
const FRESH_MS = 1_000;

export function registerWardClient(
  app: FastifyInstance,
  options: ServerOptions,
  pages: PagesDeps,
  engine: RecordEngine,
  links: OpenedLinks,
  /** This node's install id. */
  node: string,
  siteCode: string,
  fingerprint: () => string | undefined,
): void {
  const { store, clock, audit } = pages;
  const desk = createDowntimeDesk({ store, engine, clock, audit });
  let last: { readonly at: number; readonly said: ReturnType<typeof desk.declared> } | undefined;
  registerWebClient(app, {
    pages,
    node,
    site: options.settings.nodeName,
    sign: (text) => links.keys.sign(text),
    builds: openClientBuilds(options.clientFolder),
    siteCode,
    region: () => links.reach(),
    fingerprint,
    isDemo: options.isDemo,
    downtime: {
      declared: () => {
        const now = performance.now();
        if (last === undefined || now - last.at > FRESH_MS) {
          // A site counts what is declared for it; a node that was never enrolled as one counts all that it has.
          const said = desk.declared(links.parent()?.as.site);
          last = { at: now, said };
          said.catch(() => (last = undefined));
        }
        return last.said;
      },
      declare: (principal, reason) => {
        last = undefined;
        return desk.declare(principal, reason);
      },
      end: (principal, reason) => {
        last = undefined;
        return desk.end(principal, reason);
      },
    },
  });
}
