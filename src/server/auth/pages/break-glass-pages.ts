// Emergency access for clinicians, and its review.
//
//   1. Only the identity of patients is searched here (CR4); nothing of the record is shown before it is open.
//   2. A reason in words is required; the time is boxed; a second click opens nothing a second time.
//   3. Rights, resources and audit of opening and clearing are the operation's own: these pages only ask for it.
//   4. What is searched and listed is in the audit before it is shown.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseJson } from '../../../core/base/json.ts';
import type { JsonValue } from '../../../core/base/json-types.ts';
import { isObject, openBreakGlass, openReviews, refersTo } from '../../../core/access/break-glass.ts';
import type { SearchQuery } from '../../../core/fhir/search/query.ts';
import { EVERYTHING, type Visibility } from '../../../core/record/store.ts';
import type { PagesDeps } from './deps.ts';
import { html, type Html } from './html.ts';
import { note, sendPage, tokenField } from './layout.ts';
import {
  patientFinder,
  patientIdentity,
  readPatient,
  timeWords,
  type PatientLine,
  type PatientsFound,
} from './search-patients.ts';
import { isFirst, newOnce, refusedPage, serveMember, type Member } from './serve-page.ts';
import { searchTold, toldOf } from './told.ts';
import type { TextKey } from './texts/en.ts';

const REASONS: readonly TextKey[] = [
  'breakGlass.reason.emergency',
  'breakGlass.reason.cover',
  'breakGlass.reason.advice',
  'breakGlass.reason.transfer',
  'breakGlass.reason.other',
];
/** A word or two is no reason that a reviewer can judge. */
const WORDS_MIN = 8;
const WORDS_MAX = 500;
const MINUTES: readonly number[] = [30, 60, 240, 720];
const MINUTES_USUAL = 240;
const OPEN_MAX = 50;
const REVIEWS_PER_PAGE = 25;
const LIMITS = { includes: 0, ms: 5_000 };

export function registerBreakGlass(app: FastifyInstance, deps: PagesDeps): void {
  const may = (access: { readonly mayBreakGlass: boolean }): boolean => access.mayBreakGlass;
  const mayReview = (access: { readonly mayReviewBreakGlass: boolean }): boolean => access.mayReviewBreakGlass;
  serveMember(app, deps, 'GET', '/break-glass', may, (member) => findPage(member, deps, {}));
  serveMember(app, deps, 'POST', '/break-glass', may, async (member) => {
    const { visit, principal, access } = member;
    if (visit.form('act') === 'choose') return askPage(member, deps, undefined);
    const text = visit.form('q');
    const found = await searchTold(visit, deps, principal, access.visible, text);
    return findPage(member, deps, { text, found });
  });
  serveMember(app, deps, 'POST', '/break-glass/open', may, (member) => open(member, deps));
  serveMember(app, deps, 'GET', '/break-glass/review', mayReview, (member) => reviewPage(member, deps, undefined));
  serveMember(app, deps, 'POST', '/break-glass/review', mayReview, (member) => review(member, deps));
}

async function findPage(
  member: Member,
  deps: PagesDeps,
  options: { readonly text?: string; readonly found?: PatientsFound; readonly said?: Html },
): Promise<FastifyReply> {
  const { visit, bar } = member;
  const { t } = visit;
  const { found } = options;
  const now = deps.clock.now();
  const choose = (line: PatientLine): Html =>
    html`<form method="post" action="/break-glass">
      ${tokenField(visit)}<input type="hidden" name="act" value="choose" /><button
        class="slim"
        name="patient"
        value="${line.reference}"
        aria-label="${t('patient.choose')}: ${line.family}, ${line.given}"
      >
        ${t('patient.choose')}
      </button>
    </form>`;
  return sendPage(visit, {
    site: deps.site,
    title: t('breakGlass.title'),
    bar,
    body: html`<h1>${t('breakGlass.title')}</h1>
      <p class="dim">${t('breakGlass.text')}</p>
      ${options.said}
      <section aria-labelledby="fi">
        <h2 id="fi">${t('breakGlass.find')}</h2>
        ${patientFinder(visit, {
          to: '/break-glass',
          act: 'search',
          text: options.text ?? '',
          token: tokenField(visit),
          ...(found === undefined ? {} : { found }),
          now,
          action: choose,
        })}
      </section>
      ${await mineSection(member, deps)}`,
  });
}

/** The patient is chosen: why, and for how long. */
async function askPage(member: Member, deps: PagesDeps, problem: Html | undefined): Promise<FastifyReply> {
  const { visit, access, bar, principal } = member;
  const { t, form } = visit;
  const now = deps.clock.now();
  const line = await readPatient(deps.store, access.visible, form('patient'));
  if (line === undefined) return findPage(member, deps, { said: note('bad', t('patient.none')) });
  // The id may have come from anywhere, and who it is is shown.
  await deps.audit.record({
    at: now,
    act: 'read',
    interaction: 'read',
    ok: true,
    ...toldOf(principal, visit),
    what: [line.reference],
    patients: [line.reference],
  });
  const chosen = form('preset') === '' ? REASONS[0] : form('preset');
  const minutes = Number(form('minutes')) || MINUTES_USUAL;
  return sendPage(visit, {
    site: deps.site,
    title: t('breakGlass.title'),
    bar,
    status: problem === undefined ? 200 : 422,
    body: html`<h1>${t('breakGlass.title')}</h1>
      <p class="dim">${t('breakGlass.text')}</p>
      ${problem}
      <section>
        ${patientIdentity(visit, line, now)}
        <form method="post" action="/break-glass/open">
          ${tokenField(visit)}<input type="hidden" name="once" value="${newOnce(deps)}" /><input
            type="hidden"
            name="patient"
            value="${line.reference}"
          />
          <fieldset>
            <legend>${t('breakGlass.why')}</legend>
            ${REASONS.map((reason) => html`<label class="choice"><input type="radio" name="preset" value="${reason}" ${reason === chosen && html` checked`} />${t(reason)}</label>`)}
          </fieldset>
          <label for="w">${t('breakGlass.words')}<span class="hint" id="wh">${t('breakGlass.wordsHint')}</span></label>
          <textarea
            id="w"
            name="words"
            required
            minlength="${WORDS_MIN}"
            maxlength="${WORDS_MAX}"
            aria-describedby="wh"
            autofocus
          >
${form('words')}</textarea>
          <label for="m">${t('breakGlass.time')}</label>
          <select id="m" name="minutes">
            ${MINUTES.map((each) => html`<option value="${each}" ${each === minutes && html` selected`}>${minutesText(member, each)}</option>`)}
          </select>
          <div class="row">
            <button>${t('breakGlass.open')}</button
            ><a class="button second" href="/break-glass">${t('breakGlass.another')}</a>
          </div>
        </form>
      </section>`,
  });
}

const minutesText = ({ visit }: Member, minutes: number): string =>
  minutes < 120
    ? visit.t('breakGlass.minutes', { count: minutes })
    : visit.t('breakGlass.hours', { count: minutes / 60 });

async function open(member: Member, deps: PagesDeps): Promise<FastifyReply> {
  const { visit, principal, bar } = member;
  const { t, form, language } = visit;
  const preset = REASONS.find((reason) => reason === form('preset'));
  const words = form('words').trim();
  const minutes = MINUTES.find((each) => String(each) === form('minutes'));
  const missing = (): Promise<FastifyReply> =>
    askPage(member, deps, note('bad', t('breakGlass.wordsMissing', { min: WORDS_MIN })));
  if (preset === undefined || minutes === undefined || words.length < WORDS_MIN) return missing();
  if (!(await isFirst(visit, deps))) return findPage(member, deps, { said: note('warn', t('refused.twice')) });
  const reason = `${t(preset)}. ${words.slice(0, WORDS_MAX)}`;
  const patient = form('patient');
  const opened = await deps.breakGlass.open(principal, patient, reason, minutes);
  if (!opened.ok) {
    return opened.error.kind === 'no-reason' ? missing() : refusedPage(visit, deps, 403, 'breakGlass.refused', bar);
  }
  const time = timeWords(language, opened.value.until);
  return findPage(member, deps, {
    said: note(
      'good',
      html`${t('breakGlass.opened', { time })} <a href="/fhir/${patient}/$everything">${t('breakGlass.toRecord')}</a>`,
    ),
  });
}

interface Opening {
  readonly id: string;
  readonly patient: string;
  readonly who: string;
  readonly whoName: string;
  readonly reason: string;
  readonly from: string;
  readonly until: string;
  readonly mine: boolean;
}

async function openings(
  member: Member,
  deps: PagesDeps,
  query: SearchQuery,
  visible: Visibility,
): Promise<{ readonly list: readonly Opening[]; readonly more: boolean }> {
  const page = await deps.store.search(query, visible, LIMITS);
  if (!page.ok) return { list: [], more: true };
  const list = page.value.hits.flatMap(({ stored }) => openingOf(stored.text, stored.key.id, member.principal.who));
  const patients = [...new Set(list.map((each) => each.patient))];
  if (list.length > 0) {
    await deps.audit.record({
      at: deps.clock.now(),
      act: 'search',
      interaction: 'search-type',
      ok: true,
      ...toldOf(member.principal, member.visit),
      what: ['Task'],
      query: 'code=break-glass',
      patients,
    });
  }
  return { list, more: page.value.next !== undefined };
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const at = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined;

function openingOf(text: string, id: string, me: string): readonly Opening[] {
  const parsed = parseJson(text);
  const task = parsed.ok ? parsed.value.value : undefined;
  if (!isObject(task)) return [];
  return [
    {
      id,
      patient: textOf(at(task['for'], 'reference')),
      who: textOf(at(task['requester'], 'reference')),
      whoName: textOf(at(task['requester'], 'display')),
      reason: textOf(at(task['reasonCode'], 'text')),
      from: textOf(at(task['executionPeriod'], 'start')),
      until: textOf(at(task['executionPeriod'], 'end')),
      mine: refersTo(task['requester'], me),
    },
  ];
}

async function mineSection(member: Member, deps: PagesDeps): Promise<Html> {
  const { visit, principal, access } = member;
  const { t, language } = visit;
  const now = deps.clock.now();
  const { list } = await openings(
    member,
    deps,
    {
      types: ['Task'],
      where: openBreakGlass(principal.who, now).where,
      sort: [{ param: 'authored-on', type: 'date', descending: true }],
      count: OPEN_MAX,
      total: 'none',
      include: [],
    },
    access.visible,
  );
  const shown = await Promise.all(
    list.map(async (opening) => ({ opening, line: await readPatient(deps.store, access.visible, opening.patient) })),
  );
  return html`<section aria-labelledby="mi">
    <h2 id="mi">${t('breakGlass.mine')}</h2>
    ${
      shown.length === 0
        ? html`<p class="dim">${t('breakGlass.mineNone')}</p>`
        : html`<ul class="plain">
            ${shown.map(
              ({ opening, line }) =>
                html`<li class="entry">
                  <div>
                    ${line !== undefined && patientIdentity(visit, line, now)}
                    <div class="small">
                      <span class="tag good"
                        >${t('breakGlass.until', { time: timeWords(language, Date.parse(opening.until)) })}</span
                      >
                      <span class="dim"><bdi>${opening.reason}</bdi></span>
                    </div>
                  </div>
                  <a href="/fhir/${opening.patient}/$everything">${t('breakGlass.toRecord')}</a>
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

async function review(member: Member, deps: PagesDeps): Promise<FastifyReply> {
  const { visit, principal } = member;
  const { t, form } = visit;
  const task = form('task');
  const verdict = form('verdict');
  const comment = form('comment').trim().slice(0, WORDS_MAX);
  const bad = (key: TextKey): Promise<FastifyReply> => reviewPage(member, deps, note('bad', t(key)), 422);
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(task)) return bad('review.refused');
  if (verdict !== 'justified' && verdict !== 'questioned') return bad('review.refused');
  const accepted = verdict === 'justified';
  if (!accepted && comment === '') return bad('review.commentMissing');
  const done = await deps.breakGlass.review(
    principal,
    task,
    accepted,
    comment === '' ? t('review.justified') : comment,
  );
  if (!done.ok) return bad(done.error.kind === 'no-note' ? 'review.commentMissing' : 'review.refused');
  return reviewPage(member, deps, note('good', t('review.done')));
}

async function reviewPage(
  member: Member,
  deps: PagesDeps,
  said: Html | undefined,
  status = 200,
): Promise<FastifyReply> {
  const { visit, access, bar } = member;
  const { t, language } = visit;
  const now = deps.clock.now();
  // Who reviews sees each opening, and of the patient what their own roles show.
  const { list, more } = await openings(member, deps, openReviews(REVIEWS_PER_PAGE), EVERYTHING);
  const shown = await Promise.all(
    list.map(async (opening) => ({ opening, line: await readPatient(deps.store, access.visible, opening.patient) })),
  );
  const time = (text: string): string => (text === '' ? '' : timeWords(language, Date.parse(text)));
  return sendPage(visit, {
    site: deps.site,
    title: t('review.title'),
    bar,
    status,
    body: html`<h1>${t('review.title')}</h1>
      <p class="dim">${t('review.text')}</p>
      ${said} ${shown.length === 0 && html`<section><p class="dim">${t('review.none')}</p></section>`}
      ${shown.map(
        ({ opening, line }) =>
          html`<section>
            ${line === undefined ? html`<p class="code">${opening.patient}</p>` : patientIdentity(visit, line, now)}
            <dl>
              <dt>${t('review.who')}</dt>
              <dd><bdi>${opening.whoName}</bdi></dd>
              <dt>${t('review.why')}</dt>
              <dd><bdi>${opening.reason}</bdi></dd>
              <dt>${t('review.when')}</dt>
              <dd>
                ${time(opening.from)} –
                ${time(opening.until)}${Date.parse(opening.until) > now && html` <span class="tag warn">${t('review.running')}</span>`}
              </dd>
            </dl>
            ${
              opening.mine
                ? html`<p class="dim small">${t('review.own')}</p>`
                : html`<form method="post" action="/break-glass/review">
                    ${tokenField(visit)}<input type="hidden" name="task" value="${opening.id}" />
                    <div class="fields">
                      <div>
                        <label for="v-${opening.id}">${t('review.verdict')}</label
                        ><select id="v-${opening.id}" name="verdict">
                          <option value="justified">${t('review.justified')}</option>
                          <option value="questioned">${t('review.questioned')}</option>
                        </select>
                      </div>
                      <div>
                        <label for="c-${opening.id}">${t('review.comment')}</label
                        ><input id="c-${opening.id}" name="comment" maxlength="${WORDS_MAX}" />
                      </div>
                      <div class="row"><button>${t('review.submit')}</button></div>
                    </div>
                  </form>`
            }
          </section>`,
      )}
      ${more && html`<p class="dim small">${t('review.more')}</p>`}`,
  });
}
