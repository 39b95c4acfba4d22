// The interaction pages of the OAuth provider: who are you. Steps after it (consent, patient) are in `permit.ts`.
//
//      GET /sign-in/:uid ──► name and password, passkey, recovery code, hospital's account, demo user
//                                   │ proved
//               must change ◄───────┤
//          new password │           ├──► enrolment ran out: a notice, once
//                       └───────────┴──► `interactions.finish`, and the browser goes on
//
//   1. What was proved waits in a row that names this browser and this interaction; no form says who somebody is.
//   2. Refusals are one sentence, the same for a name that exists and one that does not.
//   3. A second click finds the interaction over and goes to the front page or to a fresh start; nothing is done twice.
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { cookieName, cookieOf, dropCookie, setCookie } from './cookies.ts';
import { takeDemoWish } from './demo-wish.ts';
import type { DemoUser, PagesDeps } from './deps.ts';
import { openFederation, type Departure, type Federation } from './federation.ts';
import { goOn } from './go-on.ts';
import { html } from './html.ts';
import { seeOther, sendPage, withRules } from './layout.ts';
import { relyingParty, signInByPasskey, signInOptions } from './passkeys.ts';
import { permitPage } from './permit.ts';
import type { From, SignedInAccount } from '../accounts/accounts.ts';
import { plainUserName } from '../accounts/enrol.ts';
import type { Interaction } from './ports.ts';
import { memberOf, requestParam, rowName, servePage } from './serve-page.ts';
import {
  newPasswordBody,
  signInBody,
  unconfirmedBody,
  waitSeconds,
  type HospitalTrouble,
  type NewPasswordProblem,
  type SignInFace,
  type SignInProblem,
} from './sign-in-views.ts';
import type { Visit } from './visit.ts';

const PROVED = 'sign-in-proved';
const PROVED_MS = 15 * 60_000;
const DEVICE = 'sign-in-device';
export const DEVICE_COOKIE = 'holdfast-device';
const DEVICE_NAMES_MAX = 200;
const DEVICE_MS = 400 * 86_400_000;
const IDP_COOKIE = 'holdfast-idp';
const IDP = 'sign-in-hospital';
const IDP_MS = 10 * 60_000;

interface Proved {
  readonly accountId: string;
  readonly amr: readonly string[];
  readonly mustChange: boolean;
  readonly unconfirmed: boolean;
}
interface AtHospital extends Departure {
  readonly uid: string;
  /** Who came back, once somebody did. */
  readonly accountId?: string;
}

export function registerSignIn(app: FastifyInstance, deps: PagesDeps): void {
  const federation =
    deps.identityProvider === undefined ? undefined : openFederation(deps.identityProvider, deps.clock, deps.chance);
  const steps = new SignIn(deps, federation);
  const page = (method: 'GET' | 'POST', path: string, handle: (visit: Visit) => Promise<FastifyReply>): void =>
    servePage(app, deps, method, path, 'before', handle);

  page('GET', '/sign-in/:uid', (visit) => steps.at(visit, (interaction) => steps.open(visit, interaction)));
  page('POST', '/sign-in/:uid', (visit) => steps.at(visit, (interaction) => steps.take(visit, interaction)));
  page('POST', '/sign-in/:uid/passkey-options', (visit) =>
    steps.at(visit, async (interaction) => {
      const rpId = relyingParty(visit);
      const options = rpId === undefined ? {} : await signInOptions(visit, deps, interaction.uid, rpId);
      return withRules(visit.reply).header('content-type', 'application/json').send(JSON.stringify(options));
    }),
  );
  page('POST', '/sign-in/:uid/passkey', (visit) =>
    steps.at(visit, async (interaction) => {
      const account = await signInByPasskey(visit, deps, interaction.uid);
      if (account !== undefined) return steps.proved(visit, interaction, account, ['hwk', 'user']);
      await steps.tellFailed(visit, interaction, 'passkey');
      return steps.show(visit, interaction, { problem: { kind: 'passkey' } });
    }),
  );
  if (federation === undefined) return;
  page('GET', '/sign-in/:uid/hospital', (visit) =>
    steps.at(visit, (interaction) => steps.toHospital(visit, interaction, federation)),
  );
  page('GET', '/sign-in/hospital/return', (visit) => steps.fromHospital(visit, federation));
  page('GET', '/sign-in/:uid/hospital-return', (visit) =>
    steps.at(visit, (interaction) => steps.atHospital(visit, interaction)),
  );
}

class SignIn {
  readonly #deps: PagesDeps;
  readonly #federation: Federation | undefined;
  constructor(deps: PagesDeps, federation: Federation | undefined) {
    this.#deps = deps;
    this.#federation = federation;
  }

  /** With the interaction of the address, if it still waits and is this browser's. */
  async at(visit: Visit, step: (interaction: Interaction) => Promise<FastifyReply>): Promise<FastifyReply> {
    const { request, reply } = visit;
    const found = await this.#deps.interactions.details(request.raw, reply.raw);
    if (found !== undefined && found.uid === requestParam(request, 'uid')) return step(found);
    if ((await memberOf(visit, this.#deps)) !== undefined) return seeOther(visit, '/');
    const { t } = visit;
    return this.#page(
      visit,
      t('signIn.gone'),
      410,
    )(
      html`<h1>${t('signIn.gone')}</h1>
        <p>${t('signIn.goneText')}</p>
        <div class="row"><a class="button" href="/session/start">${t('signIn.again')}</a></div>`,
    );
  }

  #page(visit: Visit, title: string, status = 200) {
    return (body: ReturnType<typeof html>): FastifyReply =>
      sendPage(visit, { site: this.#deps.site, title, body, narrow: true, status });
  }

  /** The first look: somebody who chose a person of the demonstration on the front door is that person already. */
  async open(visit: Visit, interaction: Interaction): Promise<FastifyReply> {
    const user =
      interaction.step === 'login' && interaction.client.ours
        ? await takeDemoWish(interaction.loginHint, this.#deps)
        : undefined;
    return user === undefined ? this.show(visit, interaction, {}) : this.#asDemo(visit, interaction, user);
  }
  async #asDemo(visit: Visit, interaction: Interaction, user: DemoUser): Promise<FastifyReply> {
    const { userName, password } = user;
    const signedIn = await this.#deps.accounts.signInByPassword(userName, password, await this.#from(visit, userName));
    if (signedIn.ok) return this.proved(visit, interaction, signedIn.value, ['pwd']);
    return this.show(visit, interaction, { userName, problem: signedIn.error });
  }
  async #from(visit: Visit, name: string): Promise<From> {
    const device = await this.#device(visit);
    return {
      address: visit.address,
      ...(device === undefined ? {} : { device: device.id }),
      ...(device === undefined || device.names.includes(nameAtDevice(name)) ? {} : { unfamiliar: true }),
    };
  }

  async show(
    visit: Visit,
    interaction: Interaction,
    face: Omit<SignInFace, 'interaction' | 'hospital'>,
  ): Promise<FastifyReply> {
    if (interaction.step !== 'login') return permitPage(visit, this.#deps, interaction);
    const waiting = await this.#provedAt(visit, interaction.uid);
    const { problem } = face;
    if (waiting?.mustChange === true && problem === undefined) return this.#newPassword(visit, interaction, undefined);
    if (problem?.kind === 'slow-down') visit.reply.header('retry-after', String(waitSeconds(problem.retryAfterMs)));
    const hospital = this.#federation === undefined ? 'none' : this.#federation.away() ? 'away' : 'there';
    const status = problem === undefined ? 200 : problem.kind === 'slow-down' ? 429 : 422;
    return this.#page(
      visit,
      visit.t('signIn.title'),
      status,
    )(signInBody(visit, this.#deps, { ...face, interaction, hospital }));
  }

  /** A form of the interaction's own address. */
  async take(visit: Visit, interaction: Interaction): Promise<FastifyReply> {
    if (interaction.step !== 'login') return permitPage(visit, this.#deps, interaction);
    const { accounts, demoUsers } = this.#deps;
    const userName = visit.form('userName').trim();
    switch (visit.form('act')) {
      case 'password': {
        const signedIn = await accounts.signInByPassword(
          userName,
          visit.form('password'),
          await this.#from(visit, userName),
        );
        if (signedIn.ok) return this.proved(visit, interaction, signedIn.value, ['pwd']);
        return this.show(visit, interaction, { userName, problem: signedIn.error });
      }
      case 'recovery': {
        const signedIn = await accounts.signInByRecoveryCode(
          userName,
          visit.form('code'),
          await this.#from(visit, userName),
        );
        if (signedIn.ok) return this.proved(visit, interaction, signedIn.value, ['otp']);
        return this.show(visit, interaction, { userName, problem: signedIn.error, openRecovery: true });
      }
      case 'demo': {
        const user = demoUsers?.find((each) => each.userName === visit.form('user'));
        if (user === undefined) break;
        return this.#asDemo(visit, interaction, user);
      }
      case 'new-password':
        return this.#takeNewPassword(visit, interaction);
      case 'go-on': {
        const waiting = await this.#provedAt(visit, interaction.uid);
        if (waiting !== undefined && !waiting.mustChange) return this.#finish(visit, interaction, waiting);
        break;
      }
    }
    return this.show(visit, interaction, {});
  }

  /** Somebody proved who they are: what is still between them and their work. */
  async proved(
    visit: Visit,
    interaction: Interaction,
    account: SignedInAccount,
    amr: readonly string[],
  ): Promise<FastifyReply> {
    const { accountId, mustChangePassword: mustChange, unconfirmed } = account;
    const proved: Proved = { accountId, amr, mustChange, unconfirmed };
    if (!mustChange && !unconfirmed) return this.#finish(visit, interaction, proved);
    await this.#keep(visit, interaction.uid, proved);
    return mustChange ? this.#newPassword(visit, interaction, undefined) : this.#notice(visit, interaction);
  }

  #notice(visit: Visit, interaction: Interaction): FastifyReply {
    return this.#page(visit, visit.t('unconfirmed.title'))(unconfirmedBody(visit, interaction.uid));
  }
  #newPassword(visit: Visit, interaction: Interaction, problem: NewPasswordProblem | undefined): FastifyReply {
    const status = problem === undefined ? 200 : 422;
    return this.#page(visit, visit.t('newPassword.title'), status)(newPasswordBody(visit, interaction.uid, problem));
  }
  async #takeNewPassword(visit: Visit, interaction: Interaction): Promise<FastifyReply> {
    const waiting = await this.#provedAt(visit, interaction.uid);
    if (waiting?.mustChange !== true) return this.show(visit, interaction, {});
    const next = visit.form('next');
    if (next !== visit.form('again')) return this.#newPassword(visit, interaction, { kind: 'different' });
    const changed = await this.#deps.accounts.changePassword(waiting.accountId, undefined, next, undefined);
    if (!changed.ok) return this.#newPassword(visit, interaction, changed.error);
    const now: Proved = { ...waiting, mustChange: false };
    if (!now.unconfirmed) return this.#finish(visit, interaction, now);
    await this.#keep(visit, interaction.uid, now);
    return this.#notice(visit, interaction);
  }

  async #keep(visit: Visit, uid: string, proved: Proved): Promise<void> {
    await this.#deps.rows.put(PROVED, rowName(uid, visit), JSON.stringify(proved), {
      expiresAt: this.#deps.clock.now() + PROVED_MS,
    });
  }
  async #provedAt(visit: Visit, uid: string): Promise<Proved | undefined> {
    const row = await this.#deps.rows.get(PROVED, rowName(uid, visit));
    return row === undefined ? undefined : (JSON.parse(row.value) as Proved);
  }

  async #finish(visit: Visit, interaction: Interaction, proved: Proved): Promise<FastifyReply> {
    const { interactions, accounts, audit, rows, clock } = this.#deps;
    const { accountId, amr, unconfirmed } = proved;
    const account = await accounts.find(accountId);
    if (account === undefined) return this.show(visit, interaction, { problem: { kind: 'wrong' } });
    await audit.record({
      at: clock.now(),
      act: 'sign-in',
      ok: true,
      who: account.who,
      name: account.name,
      client: interaction.client.id,
      address: visit.address,
      detail: amr.join(' '),
      ...(interaction.session === undefined ? {} : { session: interaction.session }),
      ...(unconfirmed ? { unconfirmed: true } : {}),
    });
    await rows.remove(PROVED, rowName(interaction.uid, visit));
    await this.#rememberDevice(visit, account.userName);
    const to = await interactions.finish(visit.request.raw, visit.reply.raw, {
      kind: 'signed-in',
      accountId,
      amr,
      unconfirmed,
    });
    return goOn(visit, this.#deps, interaction, to);
  }

  async tellFailed(visit: Visit, interaction: Interaction, how: string): Promise<void> {
    await this.#deps.audit.record({
      at: this.#deps.clock.now(),
      act: 'sign-in-failed',
      ok: false,
      client: interaction.client.id,
      address: visit.address,
      detail: how,
    });
  }

  // Who signed in at this browser before is not slowed there by others' failures at its address.
  async #device(visit: Visit): Promise<{ readonly id: string; readonly names: readonly string[] } | undefined> {
    const secret = cookieOf(visit.request.headers.cookie, cookieName(DEVICE_COOKIE, visit.secure));
    if (secret === undefined) return undefined;
    const id = rowOfSecret(secret);
    const row = await this.#deps.rows.get(DEVICE, id);
    if (row !== undefined) this.#deps.deviceProved(`${cookieName(DEVICE_COOKIE, visit.secure)}=${secret}`);
    // Before there were names the value was empty.
    return row === undefined ? undefined : { id, names: row.value === '' ? [] : row.value.split(' ') };
  }
  async #rememberDevice(visit: Visit, userName: string): Promise<void> {
    const { rows, clock } = this.#deps;
    const device = await this.#device(visit);
    const name = nameAtDevice(userName);
    if (device?.names.includes(name) === true) return;
    const secret = device === undefined ? newSecret(this.#deps) : undefined;
    const id = secret === undefined ? device?.id : rowOfSecret(secret);
    if (id === undefined) return;
    // Those who came last stay. Of two who come at once one may be forgotten: it is only slowed like a stranger.
    const names = [name, ...(device?.names ?? [])].slice(0, DEVICE_NAMES_MAX);
    await rows.put(DEVICE, id, names.join(' '), { expiresAt: clock.now() + DEVICE_MS });
    if (secret === undefined) return;
    this.#deps.deviceProved(`${cookieName(DEVICE_COOKIE, visit.secure)}=${secret}`);
    visit.reply.header('set-cookie', setCookie(DEVICE_COOKIE, secret, visit.secure, DEVICE_MS / 1_000));
  }

  async toHospital(visit: Visit, interaction: Interaction, federation: Federation): Promise<FastifyReply> {
    const going = await federation.depart(`${visit.origin}/sign-in/hospital/return`);
    if (going === undefined) return this.#hospitalTrouble(visit, interaction, 'away');
    const secret = newSecret(this.#deps);
    const kept: AtHospital = { ...going.departure, uid: interaction.uid };
    await this.#keepAtHospital(secret, kept);
    visit.reply.header('set-cookie', setCookie(IDP_COOKIE, secret, visit.secure, IDP_MS / 1_000));
    return seeOther(visit, going.url);
  }
  async #keepAtHospital(secret: string, kept: AtHospital): Promise<void> {
    await this.#deps.rows.put(IDP, rowOfSecret(secret), JSON.stringify(kept), {
      expiresAt: this.#deps.clock.now() + IDP_MS,
    });
  }
  /** What this browser has under way at the hospital's provider; it is taken out. */
  async #takeAtHospital(visit: Visit): Promise<{ readonly secret: string; readonly kept: AtHospital } | undefined> {
    const secret = cookieOf(visit.request.headers.cookie, cookieName(IDP_COOKIE, visit.secure));
    if (secret === undefined) return undefined;
    const id = rowOfSecret(secret);
    const row = await this.#deps.rows.get(IDP, id);
    if (row === undefined || !(await this.#deps.rows.consume(IDP, id))) return undefined;
    await this.#deps.rows.remove(IDP, id);
    return { secret, kept: JSON.parse(row.value) as AtHospital };
  }

  /** The provider's answer comes to one address; the interaction's cookie is of another, so the browser is sent on there. */
  async fromHospital(visit: Visit, federation: Federation): Promise<FastifyReply> {
    const taken = await this.#takeAtHospital(visit);
    if (taken === undefined) return seeOther(visit, '/session/start');
    const { kept, secret } = taken;
    const subject = await federation.arrive(new URL(visit.request.url, visit.origin), kept);
    const account =
      subject === undefined ? undefined : await this.#deps.accounts.findByFederation(federation.issuer, subject);
    const back = `/sign-in/${kept.uid}/hospital-return`;
    if (account === undefined)
      return seeOther(visit, `${back}?trouble=${subject === undefined ? 'failed' : 'unknown'}`);
    await this.#keepAtHospital(secret, { ...kept, accountId: account.accountId });
    return seeOther(visit, back);
  }
  async atHospital(visit: Visit, interaction: Interaction): Promise<FastifyReply> {
    const trouble = new URLSearchParams(visit.request.url.split('?')[1]).get('trouble');
    if (trouble !== null)
      return this.#hospitalTrouble(visit, interaction, trouble === 'unknown' ? 'unknown' : 'failed');
    const taken = await this.#takeAtHospital(visit);
    visit.reply.header('set-cookie', dropCookie(IDP_COOKIE, visit.secure));
    const id = taken?.kept.uid === interaction.uid ? taken.kept.accountId : undefined;
    const account = id === undefined ? undefined : await this.#deps.accounts.find(id);
    if (account === undefined) return this.#hospitalTrouble(visit, interaction, 'failed');
    return this.proved(visit, interaction, { ...account, mustChangePassword: false }, ['fed']);
  }
  async #hospitalTrouble(visit: Visit, interaction: Interaction, how: HospitalTrouble): Promise<FastifyReply> {
    if (how !== 'away') await this.tellFailed(visit, interaction, `hospital ${how}`);
    const problem: SignInProblem = { kind: 'hospital', how };
    return this.show(visit, interaction, { problem });
  }
}

const newSecret = (deps: PagesDeps): string => Buffer.from(deps.chance.bytes(32)).toString('base64url');
/** User names are not for whoever reads the table. */
const nameAtDevice = (typed: string): string =>
  createHash('sha256')
    .update(`device ${plainUserName(typed)}`)
    .digest('base64url')
    .slice(0, 22);
/** A row's name says nothing of the secret that finds it. */
const rowOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
