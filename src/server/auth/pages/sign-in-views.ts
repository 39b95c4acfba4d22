// The faces of the sign-in: name and password, passkey, recovery code; the notice of an enrolment that ran out; a new
// password. Pure: what they show is given.
import { DEMO_HINT } from './demo-wish.ts';
import type { PagesDeps } from './deps.ts';
import { html, type Html } from './html.ts';
import { note, roleText, tokenField } from './layout.ts';
import { namedAddress, relyingParty } from './passkeys.ts';
import { PASSWORD_MIN } from '../accounts/password-rules.ts';
import type { PasswordRefusal, SignInRefusal } from '../accounts/accounts.ts';
import type { Interaction } from './ports.ts';
import type { Say } from './language.ts';
import type { Visit } from './visit.ts';

export type SignInProblem =
  | SignInRefusal
  | { readonly kind: 'passkey' }
  | { readonly kind: 'hospital'; readonly how: HospitalTrouble };
export type HospitalTrouble = 'away' | 'failed' | 'unknown';

export interface SignInFace {
  readonly interaction: Interaction;
  readonly userName?: string;
  readonly problem?: SignInProblem;
  readonly hospital: 'none' | 'there' | 'away';
  readonly openRecovery?: boolean;
}

const HOSPITAL_TROUBLE = {
  away: 'signIn.hospitalAway',
  failed: 'signIn.hospitalFailed',
  unknown: 'signIn.hospitalUnknown',
} as const;

export const waitSeconds = (retryAfterMs: number): number => Math.max(1, Math.ceil(retryAfterMs / 1_000));

function problemNote(t: Say, problem: SignInProblem): Html {
  switch (problem.kind) {
    case 'wrong':
      return note('bad', t('signIn.wrong'));
    case 'ended':
      return note('bad', t('signIn.ended'));
    case 'passkey':
      return note('bad', t('signIn.passkeyFailed'));
    case 'hospital':
      return note('bad', t(HOSPITAL_TROUBLE[problem.how]));
    case 'slow-down':
      return slowDownNote(t, problem.retryAfterMs);
  }
}
export function slowDownNote(t: Say, retryAfterMs: number): Html {
  const seconds = waitSeconds(retryAfterMs);
  return note(
    'bad',
    html`<span
      data-seconds="${seconds}"
      data-text="${t('signIn.slowDown', { seconds: '{seconds}' })}"
      data-over="${t('signIn.slowDownOver')}"
      >${t('signIn.slowDown', { seconds })}</span
    >`,
  );
}

export function signInBody(visit: Visit, deps: PagesDeps, face: SignInFace): Html {
  const { t } = visit;
  const { interaction, hospital, problem } = face;
  const here = `/sign-in/${interaction.uid}`;
  const named = namedAddress(visit);
  const hint = interaction.loginHint ?? '';
  const userName = face.userName ?? (hint.startsWith(DEMO_HINT) ? '' : hint);
  return html`<h1>${t('signIn.title')}</h1>
${!interaction.client.ours && html`<p class="dim">${t('signIn.to', { client: interaction.client.name })}</p>`}
${problem !== undefined && problemNote(t, problem)}
<section>
<form method="post" action="${here}">
${tokenField(visit)}<input type="hidden" name="act" value="password">
<label for="u">${t('signIn.userName')}</label>
<input id="u" name="userName" value="${userName}" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required maxlength="200" dir="ltr"${userName === '' && html` autofocus`}>
<label for="p">${t('signIn.password')}</label>
<input id="p" name="password" type="password" autocomplete="current-password" required maxlength="200" dir="ltr"${userName !== '' && html` autofocus`}>
<div class="row wide"><button>${t('signIn.submit')}</button></div>
</form>
<div class="or">${t('signIn.or')}</div>
<div class="stack">
${
  relyingParty(visit) === undefined
    ? html`<p class="small dim">${named !== undefined && t('signIn.passkeyAddress', { address: named })}</p>`
    : html`<form
        method="post"
        action="${here}/passkey"
        hidden
        class="wide"
        data-passkey="get"
        data-options="${here}/passkey-options"
        data-cancelled="${t('signIn.passkeyCancelled')}"
        data-failed="${t('signIn.passkeyFailed')}"
        data-known=""
      >
        ${tokenField(visit)}<input type="hidden" name="credential" />
        <div class="note bad" role="alert" data-trouble hidden></div>
        <button class="second wide">${t('signIn.passkey')}</button>
      </form>`
}
${hospital === 'there' && html`<div class="wide"><a class="button second" href="${here}/hospital">${t('signIn.hospital')}</a></div>`}
${
  hospital === 'away' &&
  html`<div class="wide">
      <a class="button second" href="${here}/hospital" aria-describedby="away">${t('signIn.hospital')}</a>
    </div>
    <p id="away" class="small dim">${t('signIn.hospitalAway')}</p>`
}
</div>
<details${face.openRecovery === true && html` open`}><summary>${t('signIn.recovery')}</summary>
<form method="post" action="${here}">
${tokenField(visit)}<input type="hidden" name="act" value="recovery">
<label for="ru">${t('signIn.userName')}</label>
<input id="ru" name="userName" value="${userName}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="200" dir="ltr">
<label for="rc">${t('signIn.recoveryCode')}<span class="hint">${t('signIn.recoveryHint')}</span></label>
<input id="rc" name="code" class="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required maxlength="100">
<div class="row wide"><button class="second">${t('signIn.recoverySubmit')}</button></div>
</form></details>
</section>
${demoSection(visit, deps, here)}`;
}

function demoSection(visit: Visit, deps: PagesDeps, here: string): Html | undefined {
  const { t } = visit;
  const users = deps.demoUsers ?? [];
  if (users.length === 0) return undefined;
  const passwords = [...new Set(users.map((user) => user.password))];
  return html`<section aria-labelledby="demo">
    <h2 id="demo">${t('signIn.demo')}</h2>
    ${passwords.length === 1 && html`<p class="small dim">${t('signIn.demoHint', { password: '' })} <bdi class="code">${passwords[0]}</bdi></p>`}
    <form method="post" action="${here}" class="users">
      ${tokenField(visit)}<input type="hidden" name="act" value="demo" />
      ${users.map(
        (user) =>
          html`<button name="user" value="${user.userName}">
            <bdi>${user.name}</bdi><span>${t(roleText(user.role))} · <bdi>${user.userName}</bdi></span>
          </button>`,
      )}
    </form>
  </section>`;
}

export function unconfirmedBody(visit: Visit, uid: string): Html {
  const { t } = visit;
  return html`<h1>${t('unconfirmed.title')}</h1>
    ${note('warn', t('unconfirmed.text'))}
    <form method="post" action="/sign-in/${uid}" class="wide">
      ${tokenField(visit)}<input type="hidden" name="act" value="go-on" />
      <button autofocus>${t('signIn.goOn')}</button>
    </form>`;
}

export type NewPasswordProblem = PasswordRefusal | { readonly kind: 'different' };
export function passwordProblemNote(t: Say, problem: NewPasswordProblem): Html {
  switch (problem.kind) {
    case 'different':
      return note('bad', t('newPassword.different'));
    case 'too-short':
      return note('bad', t('newPassword.tooShort', { min: problem.min }));
    case 'too-long':
      return note('bad', t('newPassword.tooLong', { max: problem.max }));
    case 'too-easy':
      return note('bad', t('newPassword.tooEasy'));
    case 'same':
      return note('bad', t('newPassword.same'));
    case 'slow-down':
      return slowDownNote(t, problem.retryAfterMs);
    case 'wrong':
      return note('bad', t('account.passwordWrong'));
  }
}
/** The two fields of a new password, and whether they agree. */
export const newPasswordFields = (t: Say, focus: boolean): Html =>
  html` <label for="n1"
      >${t('newPassword.next')}<span class="hint" id="n1h">${t('newPassword.hint', { min: PASSWORD_MIN })}</span></label
    >
    <input
      id="n1"
      name="next"
      type="password"
      autocomplete="new-password"
      required
      maxlength="200"
      dir="ltr"
      aria-describedby="n1h"
      ${focus && html` autofocus`}
    />
    <label for="n2">${t('newPassword.again')}</label>
    <input id="n2" name="again" type="password" autocomplete="new-password" required maxlength="200" dir="ltr" />`;

export function newPasswordBody(visit: Visit, uid: string, problem: NewPasswordProblem | undefined): Html {
  const { t } = visit;
  return html`<h1>${t('newPassword.title')}</h1>
    <p class="dim">${t('newPassword.text')}</p>
    ${problem !== undefined && passwordProblemNote(t, problem)}
    <section>
      <form method="post" action="/sign-in/${uid}">
        ${tokenField(visit)}<input type="hidden" name="act" value="new-password" />
        ${newPasswordFields(t, true)}
        <div class="row wide"><button>${t('newPassword.submit')}</button></div>
      </form>
    </section>`;
}
