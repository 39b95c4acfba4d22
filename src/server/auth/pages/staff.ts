// Staff, for supervisors: enrol somebody in under a minute, and look after those whose enrolment ran out or who cannot sign in.
//
//   1. Only who `mayEnrol` reaches anything here; the accounts look again whether the person is of the supervisor's sites.
//   2. A temporary password is shown once, in the answer that made it; sending the form again makes nobody a second time.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseJson } from '../../../core/base/json.ts';
import type { JsonObject } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { codingsOf, isObject } from '../../../core/access/break-glass.ts';
import { ROLES, type Principal, type Role } from '../../../core/access/principal.ts';
import type { Visibility } from '../../../core/record/store.ts';
import type { Enrolled, StaffEntry } from '../accounts/accounts.ts';
import type { PagesDeps } from './deps.ts';
import type { Say } from './language.ts';
import { html, type Html } from './html.ts';
import { note, rolesText, roleText, sendPage, tokenField } from './layout.ts';
import { timeWords } from './search-patients.ts';
import { isFirst, newOnce, refusedPage, serveMember, type Member } from './serve-page.ts';
import type { TextKey } from './texts/en.ts';

const LIST_COUNT = 100;
const NAME_MAX = 80;
const DAY_MS = 86_400_000;

/** The ends to choose from; the first is what an agency nurse for tonight needs. */
const ENDS: readonly (readonly [string, TextKey, number | undefined])[] = [
  ['shift', 'staff.untilShift', DAY_MS],
  ['week', 'staff.untilWeek', 7 * DAY_MS],
  ['month', 'staff.untilMonth', 28 * DAY_MS],
  ['quarter', 'staff.untilQuarter', 91 * DAY_MS],
  ['none', 'staff.untilNone', undefined],
];
/** Whom a supervisor enrols: people who work here; who rules over machines or incidents only by one who does. */
const OF_THE_HOUSE: readonly Role[] = ['incident-lead', 'it'];
const rolesToGive = (principal: Principal): readonly Role[] =>
  ROLES.filter(
    (role) =>
      role !== 'patient' &&
      role !== 'service' &&
      (!OF_THE_HOUSE.includes(role) || principal.duties.some((duty) => duty.role === role)),
  );

const ACTS = ['confirm', 'disable', 'enable', 'unlock', 'reset'] as const;
type Act = (typeof ACTS)[number];

export function registerStaff(app: FastifyInstance, deps: PagesDeps): void {
  const may = (access: { readonly mayEnrol: boolean }): boolean => access.mayEnrol;
  serveMember(app, deps, 'GET', '/staff', may, (member) => staffPage(member, deps, {}));
  serveMember(app, deps, 'POST', '/staff', may, (member) =>
    staffPage(member, deps, { find: member.visit.form('q').trim().slice(0, NAME_MAX) }),
  );
  serveMember(app, deps, 'POST', '/staff/enrol', may, (member) => enrol(member, deps));
  serveMember(app, deps, 'POST', '/staff/change', may, (member) => change(member, deps));
}

interface Shown {
  readonly find?: string;
  readonly said?: Html;
  readonly status?: number;
  /** What stood in the form, so that nothing has to be typed twice. */
  readonly typed?: (name: string) => string;
}

async function enrol(member: Member, deps: PagesDeps): Promise<FastifyReply> {
  const { visit, principal, bar } = member;
  const { t, form } = visit;
  const givenName = form('given').trim();
  const familyName = form('family').trim();
  const role = rolesToGive(principal).find((each) => each === form('role'));
  const end = ENDS.find(([name]) => name === form('until'));
  const again = (said: TextKey): Promise<FastifyReply> =>
    staffPage(member, deps, { said: note('bad', t(said)), status: 422, typed: form });
  const named = [givenName, familyName].every((name) => name !== '' && name.length <= NAME_MAX);
  const references = form('place').split(' ');
  const ward = references.find((reference) => reference.startsWith('Location/'));
  const site = references.find((reference) => reference.startsWith('Organization/'));
  const placed = ward !== undefined || site !== undefined;
  if (!named || !placed || role === undefined || end === undefined) return again('staff.invalid');
  if (!(await isFirst(visit, deps))) return refusedPage(visit, deps, 409, 'refused.twice', bar);
  const life = end[2];
  const enrolled = await deps.accounts.enrol(
    {
      givenName,
      familyName,
      role,
      ...(ward === undefined ? {} : { ward }),
      ...(site === undefined ? {} : { site }),
      ...(life === undefined ? {} : { until: deps.clock.now() + life }),
    },
    principal,
  );
  if (!enrolled.ok) return again(enrolled.error.kind === 'forbidden' ? 'staff.notYours' : 'staff.invalid');
  return handOver(
    member,
    deps,
    `${givenName} ${familyName}`,
    t('staff.enrolled', { name: `${givenName} ${familyName}` }),
    enrolled.value,
  );
}

/** The slip that is handed over: shown once, made to be printed. */
function handOver(member: Member, deps: PagesDeps, name: string, title: string, enrolled: Enrolled): FastifyReply {
  const { visit, bar } = member;
  const { t } = visit;
  return sendPage(visit, {
    site: deps.site,
    title,
    bar,
    narrow: true,
    body: html`<h1>${title}</h1>
      ${note('warn', t('staff.enrolledText'))}
      <section>
        <dl>
          <dt>${deps.site}</dt>
          <dd><bdi>${name}</bdi></dd>
          <dt>${t('staff.userName')}</dt>
          <dd class="code" data-user-name>${enrolled.userName}</dd>
          <dt>${t('staff.temporary')}</dt>
          <dd class="code" data-temporary>${enrolled.temporaryPassword}</dd>
          <dt>${t('staff.signInAt')}</dt>
          <dd class="code">${visit.origin}</dd>
        </dl>
      </section>
      <div class="row noprint">
        <button class="second" type="button" data-print hidden>${t('account.print')}</button>
        <a class="button" href="/staff">${t('staff.back')}</a>
      </div>`,
  });
}

async function change(member: Member, deps: PagesDeps): Promise<FastifyReply> {
  const { visit, principal, bar } = member;
  const { t, form } = visit;
  const { accounts } = deps;
  const id = form('account');
  const name = form('name');
  const act: Act | undefined = ACTS.find((each) => each === form('act'));
  const notYours = (): Promise<FastifyReply> =>
    staffPage(member, deps, { said: note('bad', t('staff.notYours')), status: 422 });
  switch (act) {
    case undefined:
      return notYours();
    case 'reset': {
      if (!(await isFirst(visit, deps))) return refusedPage(visit, deps, 409, 'refused.twice', bar);
      const reset = await accounts.resetPassword(id, principal);
      return reset.ok ? handOver(member, deps, name, t('staff.reset.title', { name }), reset.value) : notYours();
    }
    case 'confirm': {
      const life = ENDS.find(([end]) => end === form('until'))?.[2];
      const until: Instant | undefined = life === undefined ? undefined : deps.clock.now() + life;
      return said(await accounts.confirm(id, until, principal), 'staff.done.confirm');
    }
    case 'disable':
      return said(await accounts.setDisabled(id, true, principal), 'staff.done.disable');
    case 'enable':
      return said(await accounts.setDisabled(id, false, principal), 'staff.done.enable');
    case 'unlock':
      return said(await accounts.unlock(id, principal), 'staff.done.unlock');
  }
  function said(done: { readonly ok: boolean }, key: TextKey): Promise<FastifyReply> {
    return done.ok ? staffPage(member, deps, { said: note('good', t(key, { name })) }) : notYours();
  }
}

async function staffPage(member: Member, deps: PagesDeps, shown: Shown): Promise<FastifyReply> {
  const { visit, principal, access, bar } = member;
  const { t } = visit;
  const find = shown.find ?? '';
  const entries = await deps.accounts.staff(principal, {
    count: LIST_COUNT,
    ...(find === '' ? {} : { text: find }),
  });
  const waits = (entry: StaffEntry): boolean =>
    entry.state === 'unconfirmed' || entry.state === 'expired' || entry.slowed;
  const waiting = entries.filter(waits);
  const others = entries.filter((entry) => !waits(entry));
  const places = await placesOf(deps, t, principal, access.visible);
  return sendPage(visit, {
    site: deps.site,
    title: t('staff.title'),
    bar,
    status: shown.status ?? 200,
    body: html`<h1>${t('staff.title')}</h1>
      ${shown.said}
      <section aria-labelledby="en">
        <h2 id="en">${t('staff.enrol')}</h2>
        <p class="dim small">${t('staff.enrolHint')}</p>
        ${enrolForm(member, deps, places, shown.typed)}
      </section>
      <section aria-labelledby="at">
        <h2 id="at">${t('staff.attention')}</h2>
        ${
          waiting.length === 0
            ? html`<p class="dim">${t('staff.attentionNone')}</p>`
            : html`<ul class="plain">
                ${waiting.map((entry) => entryLine(member, deps, entry))}
              </ul>`
        }
      </section>
      <section aria-labelledby="al">
        <h2 id="al">${t('staff.list')}</h2>
        <form method="post" action="/staff" role="search">
          ${tokenField(visit)}<label for="q">${t('staff.find')}</label>
          <div class="search">
            <input
              id="q"
              name="q"
              value="${find}"
              maxlength="${NAME_MAX}"
              autocomplete="off"
              spellcheck="false"
            /><button class="second">${t('staff.findSubmit')}</button>
          </div>
        </form>
        ${
          others.length === 0
            ? html`<p class="dim" role="status">${t('staff.none')}</p>`
            : html`<ul class="plain">
                ${others.map((entry) => entryLine(member, deps, entry))}
              </ul>`
        }
      </section>`,
  });
}

interface Place {
  /** References, separated by a space: the ward, if it is one, and its site. */
  readonly value: string;
  readonly name: string;
}

function enrolForm(
  { visit, principal }: Member,
  deps: PagesDeps,
  places: readonly Place[],
  typed: ((name: string) => string) | undefined,
): Html {
  const { t } = visit;
  const was = (name: string, other = ''): string => typed?.(name) ?? other;
  const option = (value: string, text: string, chosen: string): Html =>
    html`<option value="${value}" ${value === chosen && html` selected`}>${text}</option>`;
  return html`<form method="post" action="/staff/enrol">
    ${tokenField(visit)}<input type="hidden" name="once" value="${newOnce(deps)}" />
    <div class="fields">
      <div>
        <label for="g">${t('staff.given')}</label
        ><input id="g" name="given" value="${was('given')}" required maxlength="${NAME_MAX}" autocomplete="off" />
      </div>
      <div>
        <label for="f">${t('staff.family')}</label
        ><input id="f" name="family" value="${was('family')}" required maxlength="${NAME_MAX}" autocomplete="off" />
      </div>
      <div>
        <label for="r">${t('staff.role')}</label
        ><select id="r" name="role" required>
          ${rolesToGive(principal).map((role) => option(role, t(roleText(role)), was('role', 'nurse')))}
        </select>
      </div>
      <div>
        <label for="w">${t('staff.ward')}</label
        ><select id="w" name="place" required>
          ${places.length !== 1 && html`<option value="">${t('staff.wardChoose')}</option>`}
          ${places.map((place) => option(place.value, place.name, was('place')))}
        </select>
      </div>
      <div>
        <label for="e">${t('staff.until')}</label
        ><select id="e" name="until">
          ${ENDS.map(([name, text]) => option(name, t(text), was('until', 'shift')))}
        </select>
      </div>
      <div class="row wide"><button>${t('staff.enrolSubmit')}</button></div>
    </div>
  </form>`;
}

function entryLine({ visit, principal }: Member, deps: PagesDeps, entry: StaffEntry): Html {
  const { t, language } = visit;
  const { state } = entry;
  const waits = state === 'unconfirmed' || state === 'expired';
  const tag = state === 'active' ? 'good' : state === 'disabled' ? 'bad' : 'warn';
  const form = (body: Html): Html =>
    html`<form method="post" action="/staff/change">
      ${tokenField(visit)}<input type="hidden" name="account" value="${entry.accountId}" /><input
        type="hidden"
        name="name"
        value="${entry.name}"
      />${body}
    </form>`;
  const button = (act: Act, text: TextKey, kind = 'second'): Html =>
    html`<button class="${kind} slim" name="act" value="${act}" aria-label="${t(text)}: ${entry.name}">
      ${t(text)}
    </button>`;
  const confirm = form(
    html`<select name="until" aria-label="${t('staff.until')}: ${entry.name}">
        ${ENDS.map(([name, text]) => html`<option value="${name}">${t(text)}</option>`)}</select
      >${button('confirm', 'staff.confirm', '')}`,
  );
  return html`<li class="entry">
    <div>
      <bdi class="person">${entry.name}</bdi> <span class="dim">${rolesText(t, entry.roles)}</span>
      <div class="small">
        <bdi class="code">${entry.userName}</bdi>
        <span class="tag ${tag}">${t(`staff.state.${state}`)}</span
        >${entry.slowed && html` <span class="tag warn">${t('staff.slowed')}</span>`}
        ${entry.until !== undefined && html`<span class="dim">${t('staff.ends', { date: timeWords(language, entry.until) })}</span>`}
      </div>
    </div>
    ${
      entry.who !== principal.who &&
      html`<div>
        ${waits && confirm}${entry.slowed && form(button('unlock', 'staff.unlock'))}
        <details>
          <summary class="small">${t('staff.manage')}</summary>
          <div class="stack">
            ${!waits && confirm}
            ${form(html`<input type="hidden" name="once" value="${newOnce(deps)}" />${button('reset', 'staff.reset')}${state === 'disabled' ? button('enable', 'staff.enable') : button('disable', 'staff.disable', 'danger')}`)}
          </div>
        </details>
      </div>`
    }
  </li>`;
}

/** HL7 location-physical-type: what people are enrolled for; beds, rooms and buildings are not. */
const PLACE_CODES = new Set(['wa', 'wi', 'area']);
const PLACES_MAX = 1_000;

/**
 * The wards by name, those that the supervisor may know of, and of a supervisor of wards those alone; then the whole of each
 * site that the supervisor is for as a whole.
 */
async function placesOf(deps: PagesDeps, t: Say, principal: Principal, visible: Visibility): Promise<readonly Place[]> {
  const duties = principal.duties.filter((duty) => duty.supervisor);
  const wide = duties.filter((duty) => duty.places.length === 0);
  const sites = [...new Set(wide.flatMap((duty) => duty.site ?? []))];
  const read = await deps.store.read(sites.map(keyOf), visible);
  const whole = read.flatMap((stored) =>
    stored === undefined
      ? []
      : [{ value: `Organization/${stored.key.id}`, name: `${t('staff.wardAll')}: ${nameOf(stored.text)}` }],
  );
  const page = await deps.store.search(
    {
      types: ['Location'],
      where: [],
      sort: [{ param: 'name', type: 'string', descending: false }],
      count: PLACES_MAX,
      total: 'none',
      include: [],
    },
    visible,
    { includes: 0, ms: 3_000 },
  );
  const own = new Set(duties.flatMap((duty) => duty.places));
  const wards = (page.ok ? page.value.hits : [])
    .filter(({ stored }) => isWard(stored.text) && (wide.length > 0 || own.has(`Location/${stored.key.id}`)))
    .map(({ stored }) => ({ value: `Location/${stored.key.id} ${siteOf(stored.text)}`, name: nameOf(stored.text) }));
  return [...wards, ...whole];
}
const keyOf = (reference: string) => ({ type: 'Organization', id: reference.slice(reference.indexOf('/') + 1) });

function resourceOf(text: string): JsonObject {
  const parsed = parseJson(text);
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : {};
}
const nameOf = (text: string): string => {
  const name = resourceOf(text)['name'];
  return typeof name === 'string' ? name : '';
};
const siteOf = (text: string): string => {
  const managing = resourceOf(text)['managingOrganization'];
  const reference = isObject(managing) ? managing['reference'] : undefined;
  return typeof reference === 'string' ? reference : '';
};
function isWard(text: string): boolean {
  const location = resourceOf(text);
  return (
    location['status'] !== 'inactive' &&
    codingsOf(location['physicalType']).some(({ code }) => typeof code === 'string' && PLACE_CODES.has(code))
  );
}
