// The steps of an interaction after the sign-in, for programs that are not the node's own: may it, and about which patient.
//
//   1. Nothing is granted that was not asked for and shown; the provider grants what it asked, or refuses all.
//   2. The patients to choose from are those that the person may know of, by the same rules as everywhere.
//   3. What was looked at is audited before it is shown.
import type { FastifyReply } from 'fastify';
import type { PagesDeps } from './deps.ts';
import { goOn } from './go-on.ts';
import { html, type Html } from './html.ts';
import { note, sendPage, tokenField } from './layout.ts';
import type { Interaction } from './ports.ts';
import { searchTold } from './told.ts';
import { patientFinder, readPatient } from './search-patients.ts';
import { scopeWords } from './scope-words.ts';
import type { Visit } from './visit.ts';

/** Both methods of `/sign-in/:uid` come here once somebody is signed in. */
export async function permitPage(visit: Visit, deps: PagesDeps, interaction: Interaction): Promise<FastifyReply> {
  const act = visit.request.method === 'POST' ? visit.form('act') : '';
  if (act === 'deny') return finish(visit, deps, interaction, { kind: 'refused', why: 'the person said no' });
  return interaction.step === 'patient'
    ? patientStep(visit, deps, interaction, act)
    : consentStep(visit, deps, interaction, act);
}

async function finish(
  visit: Visit,
  deps: PagesDeps,
  interaction: Interaction,
  result: Parameters<PagesDeps['interactions']['finish']>[2],
): Promise<FastifyReply> {
  const to = await deps.interactions.finish(visit.request.raw, visit.reply.raw, result);
  return goOn(visit, deps, interaction, to);
}

async function consentStep(
  visit: Visit,
  deps: PagesDeps,
  interaction: Interaction,
  act: string,
): Promise<FastifyReply> {
  if (act === 'allow') return finish(visit, deps, interaction, { kind: 'consented', scopes: interaction.scopes });
  const { t } = visit;
  const account = interaction.accountId === undefined ? undefined : await deps.accounts.find(interaction.accountId);
  const title = t('consent.title', { client: interaction.client.name });
  const lines = scopeWords(t, interaction.scopes);
  return sendPage(visit, {
    site: deps.site,
    title,
    narrow: true,
    body: html`<h1>${title}</h1>
      <section>
        <p>${t('consent.text', { name: account?.name ?? '' })}</p>
        <ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>
        <p class="small dim">${t('consent.note')}</p>
        <form method="post" action="/sign-in/${interaction.uid}" class="row">
          ${tokenField(visit)} <button name="act" value="allow">${t('consent.allow')}</button
          ><button class="second" name="act" value="deny">${t('consent.deny')}</button>
        </form>
      </section>`,
  });
}

async function patientStep(
  visit: Visit,
  deps: PagesDeps,
  interaction: Interaction,
  act: string,
): Promise<FastifyReply> {
  const { t } = visit;
  const principal =
    interaction.accountId === undefined
      ? undefined
      : await deps.interactions.principalOf(interaction.accountId, interaction.session);
  if (principal === undefined) return finish(visit, deps, interaction, { kind: 'refused', why: 'nobody is signed in' });
  const visible = deps.accessOf(principal, deps.clock.now()).visible;
  if (act === 'choose') {
    const line = await readPatient(deps.store, visible, visit.form('patient'));
    if (line !== undefined) return finish(visit, deps, interaction, { kind: 'patient', patient: line.reference });
  }
  const text = visit.form('q');
  const found = act === 'search' ? await searchTold(visit, deps, principal, visible, text) : undefined;
  const here = `/sign-in/${interaction.uid}`;
  const choose = (reference: string): Html =>
    html`<form method="post" action="${here}">
      ${tokenField(visit)}<input type="hidden" name="act" value="choose" /><button
        class="slim"
        name="patient"
        value="${reference}"
      >
        ${t('patient.choose')}
      </button>
    </form>`;
  return sendPage(visit, {
    site: deps.site,
    title: t('patient.title'),
    body: html`<h1>${t('patient.title')}</h1>
      <p class="dim">${t('patient.for', { client: interaction.client.name })}</p>
      ${act === 'choose' && note('bad', t('patient.none'))}
      <section>
        ${patientFinder(visit, {
          to: here,
          act: 'search',
          text,
          token: tokenField(visit),
          ...(found === undefined ? {} : { found }),
          now: deps.clock.now(),
          action: (line) => choose(line.reference),
        })}
      </section>
      <form method="post" action="${here}" class="row">
        ${tokenField(visit)}<button class="second" name="act" value="deny">${t('signIn.cancel')}</button>
      </form>`,
  });
}
