// My account: password, passkeys, recovery codes.
//
//   1. Everything here is of who is signed in; no form names an account.
//   2. Recovery codes are shown once, in the answer that made them.
//   3. What opens the account later (a passkey, codes) is given only to who signed in a short while ago: who finds a session
//      open at a ward's machine takes nothing away for good.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { PagesDeps } from './deps.ts';
import { html, type Html } from './html.ts';
import { note, rolesText, sendPage, tokenField, withRules } from './layout.ts';
import { namedAddress, registeredPasskey, registrationOptions, relyingParty } from './passkeys.ts';
import { scopeWords } from './scope-words.ts';
import { dateWords, timeWords } from './search-patients.ts';
import { isFirst, newOnce, refusedPage, serveMember, type Member } from './serve-page.ts';
import { toldOf } from './told.ts';
import { newPasswordFields, passwordProblemNote, waitSeconds, type NewPasswordProblem } from './sign-in-views.ts';
import type { Visit } from './visit.ts';

const PASSKEY_NAME_MAX = 60;
/** What was just done, or what was wrong with it. */
type Said = Html | undefined;

export function registerAccount(app: FastifyInstance, deps: PagesDeps): void {
  const own = (): boolean => true;
  const post = (path: string, handle: (member: Member) => Promise<FastifyReply>): void =>
    serveMember(app, deps, 'POST', path, own, handle);

  serveMember(app, deps, 'GET', '/account', own, (member) => accountPage(member, deps, undefined));
  post('/account/password', async (member) => {
    const { visit, accountId, principal } = member;
    const next = visit.form('next');
    const changed: { readonly ok: true } | { readonly ok: false; readonly error: NewPasswordProblem } =
      next === visit.form('again')
        ? await deps.accounts.changePassword(accountId, visit.form('current'), next, principal)
        : { ok: false, error: { kind: 'different' } };
    if (changed.ok) return accountPage(member, deps, note('good', visit.t('account.passwordDone')));
    const { error } = changed;
    if (error.kind === 'slow-down') visit.reply.header('retry-after', String(waitSeconds(error.retryAfterMs)));
    return accountPage(member, deps, passwordProblemNote(visit.t, error), error.kind === 'slow-down' ? 429 : 422);
  });
  post('/account/passkey-options', async ({ visit, accountId, justSignedIn }) => {
    if (!justSignedIn) return withRules(visit.reply).code(403).header('content-type', 'application/json').send('{}');
    const rpId = relyingParty(visit);
    const account = await deps.accounts.find(accountId);
    const options =
      rpId === undefined || account === undefined ? {} : await registrationOptions(visit, deps, account, rpId);
    return withRules(visit.reply).header('content-type', 'application/json').send(JSON.stringify(options));
  });
  post('/account/passkey', async (member) => {
    const { visit, accountId, principal } = member;
    if (!member.justSignedIn) return accountPage(member, deps, anew(visit, 'bad'), 403);
    const name = visit.form('name').trim().slice(0, PASSKEY_NAME_MAX);
    const passkey = await registeredPasskey(visit, deps, accountId, name === '' ? visit.hostName : name);
    if (passkey === undefined) return accountPage(member, deps, note('bad', visit.t('account.passkeyFailed')), 422);
    if (await deps.accounts.addPasskey(accountId, passkey, principal))
      return accountPage(member, deps, note('good', visit.t('account.passkeyAdded')));
    return accountPage(member, deps, note('bad', visit.t('account.passkeyFailed')), 422);
  });
  post('/account/passkey-remove', async (member) => {
    const { visit, accountId, principal } = member;
    await deps.accounts.removePasskey(accountId, visit.form('passkey'), principal);
    return accountPage(member, deps, note('good', visit.t('account.passkeyRemoved')));
  });
  post('/account/program-end', async (member) => {
    const { visit, accountId, principal } = member;
    const clientId = visit.form('program').slice(0, 100);
    const name = await programName(deps, clientId);
    await deps.programs?.withdraw(accountId, clientId);
    await deps.audit.record({
      at: deps.clock.now(),
      act: 'account',
      ok: true,
      ...toldOf(principal, visit),
      what: [principal.who],
      detail: `access taken back from ${clientId}`,
    });
    return accountPage(member, deps, note('good', visit.t('account.programsEnded', { name })));
  });
  post('/account/recovery', async (member) => {
    const { visit, accountId, principal, bar } = member;
    if (!member.justSignedIn) return accountPage(member, deps, anew(visit, 'bad'), 403);
    if (!(await isFirst(visit, deps))) return refusedPage(visit, deps, 409, 'refused.twice', bar);
    const codes = await deps.accounts.newRecoveryCodes(accountId, principal);
    const { t } = visit;
    return sendPage(visit, {
      site: deps.site,
      title: t('account.recoveryTitle'),
      bar,
      narrow: true,
      body: html`<h1>${t('account.recoveryTitle')}</h1>
        ${note('warn', t('account.recoveryText'))}
        <section>
          <p><bdi>${principal.name}</bdi></p>
          <ol class="codes">
            ${codes.map((code) => html`<li class="code">${code}</li>`)}
          </ol>
        </section>
        <div class="row noprint">
          <button class="second" type="button" data-print hidden>${t('account.print')}</button
          ><a class="button" href="/account">${t('account.back')}</a>
        </div>`,
    });
  });
}

/** Says, and offers, to sign in anew. */
const anew = ({ t }: Visit, kind: 'warn' | 'bad'): Html =>
  note(kind, html`${t('account.anew')} <a href="/session/start?to=/account">${t('signIn.title')}</a>`);

async function accountPage(member: Member, deps: PagesDeps, said: Said, status = 200): Promise<FastifyReply> {
  const { visit, accountId, bar, justSignedIn } = member;
  const { t, language } = visit;
  const account = await deps.accounts.find(accountId);
  const passkeys = await deps.accounts.passkeysOf(accountId);
  const codesLeft = await deps.accounts.recoveryCodesLeft(accountId);
  const rpId = relyingParty(visit);
  const named = namedAddress(visit);
  return sendPage(visit, {
    site: deps.site,
    title: t('account.title'),
    bar,
    status,
    body: html`<h1>${t('account.title')}</h1>
      <p class="dim">
        <bdi>${bar.name}</bdi> · ${t('account.userName')} <bdi class="code">${account?.userName ?? ''}</bdi> ·
        ${rolesText(t, bar.roles)}
      </p>
      ${said} ${!justSignedIn && said === undefined && anew(visit, 'warn')}
      <section aria-labelledby="pk">
        <h2 id="pk">${t('account.passkeys')}</h2>
        <p class="dim small">${t('account.passkeysText')}</p>
        ${passkeys.length === 0 && html`<p>${t('account.passkeysNone')}</p>`}
        <ul class="plain">
          ${passkeys.map(
            (passkey) =>
              html`<li class="entry">
                <div>
                  <bdi class="person">${passkey.name}</bdi>
                  <span class="dim small"
                    >${t('account.passkeySince', { date: dateWords(language, new Date(passkey.addedAt).toISOString().slice(0, 10)) })}${
                      passkey.rpId !== rpId && html` · ${t('account.passkeyOther', { host: passkey.rpId })}`
                    }</span
                  >
                </div>
                <details>
                  <summary class="small">${t('account.passkeyRemove')}</summary>
                  <form method="post" action="/account/passkey-remove">
                    ${tokenField(visit)}<button
                      class="danger slim"
                      name="passkey"
                      value="${passkey.credentialId}"
                      aria-label="${t('account.passkeyRemove')} ${passkey.name}"
                    >
                      ${t('account.passkeyRemove')}
                    </button>
                  </form>
                </details>
              </li>`,
          )}
        </ul>
        ${
          rpId === undefined
            ? named !== undefined && html`<p class="small dim">${t('signIn.passkeyAddress', { address: named })}</p>`
            : justSignedIn &&
              html`<form
                method="post"
                action="/account/passkey"
                hidden
                data-passkey="create"
                data-options="/account/passkey-options"
                data-cancelled="${t('account.passkeyFailed')}"
                data-failed="${t('account.passkeyFailed')}"
                data-known="${t('account.passkeyKnown')}"
              >
                ${tokenField(visit)}<input type="hidden" name="credential" />
                <div class="note bad" role="alert" data-trouble hidden></div>
                <label for="pn"
                  >${t('account.passkeyName')}<span class="hint" id="pnh">${t('account.passkeyNameHint')}</span></label
                >
                <div class="search">
                  <input
                    id="pn"
                    name="name"
                    maxlength="${PASSKEY_NAME_MAX}"
                    autocomplete="off"
                    aria-describedby="pnh"
                  /><button>${t('account.passkeyAdd')}</button>
                </div>
              </form>`
        }
      </section>
      <section aria-labelledby="rc">
        <h2 id="rc">${t('account.recovery')}</h2>
        <p>${t('account.recoveryLeft', { count: codesLeft })}</p>
        ${
          justSignedIn &&
          html`<form method="post" action="/account/recovery">
            ${tokenField(visit)}<input type="hidden" name="once" value="${newOnce(deps)}" />
            <button class="second">${t('account.recoveryNew')}</button>
            <span class="dim small">${t('account.recoveryNewHint')}</span>
          </form>`
        }
      </section>
      ${await programsSection(member, deps)}
      <section aria-labelledby="pw">
        <h2 id="pw">${t('account.password')}</h2>
        <form method="post" action="/account/password">
          ${tokenField(visit)}
          <input type="text" name="userName" value="${account?.userName ?? ''}" autocomplete="username" hidden />
          <label for="c">${t('account.current')}</label>
          <input
            id="c"
            name="current"
            type="password"
            autocomplete="current-password"
            required
            maxlength="200"
            dir="ltr"
          />
          ${newPasswordFields(t, false)}
          <div class="row"><button>${t('newPassword.submit')}</button></div>
        </form>
      </section>`,
  });
}

const programName = async (deps: PagesDeps, clientId: string): Promise<string> =>
  (await deps.programs?.clients.find(clientId))?.name ?? clientId;

/** What acts for the person outside the node's own pages, each with a way to end it. */
async function programsSection({ visit, accountId }: Member, deps: PagesDeps): Promise<Html | undefined> {
  if (deps.programs === undefined) return undefined;
  const { t, language } = visit;
  const acting = await deps.programs.programsOf(accountId);
  const lines = await Promise.all(
    acting.map(async (program) => ({ ...program, name: await programName(deps, program.clientId) })),
  );
  return html`<section aria-labelledby="pg">
    <h2 id="pg">${t('account.programs')}</h2>
    ${lines.length === 0 && html`<p class="dim">${t('account.programsNone')}</p>`}
    <ul class="plain">
      ${lines.map(
        ({ clientId, name, since, scopes }) =>
          html`<li class="entry">
            <div>
              <bdi class="person">${name}</bdi>
              <span class="dim small">${t('account.passkeySince', { date: timeWords(language, since) })}</span>
              <div class="small dim">${scopeWords(t, scopes).join(' · ')}</div>
            </div>
            <form method="post" action="/account/program-end">
              ${tokenField(visit)}<button
                class="danger slim"
                name="program"
                value="${clientId}"
                aria-label="${t('account.programsEnd')}: ${name}"
              >
                ${t('account.programsEnd')}
              </button>
            </form>
          </li>`,
      )}
    </ul>
  </section>`;
}
