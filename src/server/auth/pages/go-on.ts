// The way from an interaction back to the program that asked.
import type { FastifyReply } from 'fastify';
import type { PagesDeps } from './deps.ts';
import { html } from './html.ts';
import { seeOther, sendPage } from './layout.ts';
import type { Interaction } from './ports.ts';
import type { Visit } from './visit.ts';

/** Where the provider sends the browser: at once for our own pages; else by a page, since `form-action` follows redirects. */
export function goOn(visit: Visit, deps: PagesDeps, interaction: Interaction, to: string): FastifyReply {
  if (interaction.client.ours) return seeOther(visit, to);
  const { t } = visit;
  return sendPage(visit, {
    site: deps.site,
    title: t('signIn.done'),
    narrow: true,
    onwardTo: to,
    body: html`<h1>${t('signIn.done')}</h1>
      <p class="dim">${t('signIn.to', { client: interaction.client.name })}</p>
      <div class="row"><a class="button" href="${to}">${t('signIn.goOn')}</a></div>`,
  });
}
