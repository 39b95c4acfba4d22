// What every page has: head, bar, main, languages; and how it is sent.
//
//   1. The policy is the same for every page: only this node's own style, script, pictures and forms; in no frame.
//   2. No page is kept by the browser or by anything between: what stands in it is somebody's.
import type { FastifyReply } from 'fastify';
import type { Role } from '../../../core/access/principal.ts';
import { SCRIPT_VERSION } from './browser-script.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { directionOf, LANGUAGE_NAMES, LANGUAGES, type Say } from './language.ts';
import { STYLE_VERSION } from './style-sheet.ts';
import type { TextKey } from './texts/en.ts';
import type { Visit } from './visit.ts';

export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** What the bar says of who is signed in; see `signed-in.ts`. */
export interface SignedInBar {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly unconfirmed: boolean;
  readonly mayBreakGlass: boolean;
  readonly mayReviewBreakGlass: boolean;
  readonly mayEnrol: boolean;
  /** For the forms of the bar: a hidden field `token`. */
  readonly formToken: string;
}

export interface Page {
  readonly title: string;
  readonly body: HtmlValue;
  readonly narrow?: boolean;
  readonly bar?: SignedInBar;
  readonly status?: number;
  /** Goes on by itself, without being the redirect of a form: `form-action` follows those to foreign addresses. */
  readonly onwardTo?: string;
  /** The name on top: the site's, or the product's. */
  readonly site: string;
}

export const roleText = (role: Role): TextKey => `role.${role}`;

export function renderPage(visit: Visit, page: Page): Html {
  const { t, language } = visit;
  return html`<!doctype html>
    <html lang="${language}" dir="${directionOf(language)}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="referrer" content="same-origin" />
        ${page.onwardTo !== undefined && html`<meta http-equiv="refresh" content="0;url=${page.onwardTo}" />`}
        <title>${page.title} · ${page.site}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/ui/holdfast.css?v=${STYLE_VERSION}" />
        <script src="/ui/holdfast.js?v=${SCRIPT_VERSION}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">${t('page.skip')}</a>
        ${bar(visit, page)}
        <main id="main" class="${page.narrow === true && 'narrow'}">${page.body}</main>
        <footer>
          <nav aria-label="${t('page.languages')}">
            ${LANGUAGES.map((each) =>
              each === language
                ? html`<b lang="${each}" aria-current="true">${LANGUAGE_NAMES[each]}</b> `
                : html`<a lang="${each}" hreflang="${each}" dir="${directionOf(each)}" href="?lang=${each}"
                    >${LANGUAGE_NAMES[each]}</a
                  > `,
            )}
          </nav>
        </footer>
      </body>
    </html> `;
}

function bar(visit: Visit, page: Page): Html {
  const who = page.bar;
  const { t, path } = visit;
  const link = (href: string, text: string): Html =>
    html`<a href="${href}" ${path === href && html` aria-current="page"`}>${text}</a>`;
  if (who === undefined) return html`<header class="bar"><a class="brand" href="/">${page.site}</a></header>`;
  return html`<header class="bar">
    <a class="brand" href="/">${page.site}</a>
    <nav aria-label="${t('page.pages')}">
      ${who.mayBreakGlass && link('/break-glass', t('nav.breakGlass'))}
      ${who.mayReviewBreakGlass && link('/break-glass/review', t('nav.review'))}
      ${who.mayEnrol && link('/staff', t('nav.staff'))} ${link('/account', t('nav.account'))}
    </nav>
    <div class="who">
      <span
        ><strong><bdi>${who.name}</bdi></strong> <span class="dim">${rolesText(t, who.roles)}</span></span
      >
      ${who.unconfirmed && html`<span class="tag warn">${t('bar.unconfirmed')}</span>`}
      <form method="post" action="/session/end">
        ${tokenField(visit)}<button class="second slim" name="then" value="sign-in">${t('bar.switch')}</button>
        <button class="second slim">${t('bar.signOut')}</button>
      </form>
    </div>
  </header>`;
}

export const rolesText = (t: Say, roles: readonly Role[]): string =>
  [...new Set(roles)].map((role) => t(roleText(role))).join(', ');

export const tokenField = (visit: Visit): Html => html`<input type="hidden" name="token" value="${visit.formToken}" />`;

export function note(kind: 'warn' | 'bad' | 'good', text: HtmlValue): Html {
  return html`<div class="note ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</div>`;
}

/** The headers of everything that is answered here. */
export function withRules(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', PAGE_POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'same-origin')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cache-control', 'no-store');
}

export const sendPage = (visit: Visit, page: Page): FastifyReply =>
  withRules(visit.reply)
    .code(page.status ?? 200)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-language', visit.language)
    .header('vary', 'accept-language, cookie')
    .send(renderPage(visit, page).text);

/** After a form: the browser asks for `to` with GET. */
export const seeOther = (visit: Visit, to: string): FastifyReply =>
  withRules(visit.reply).code(303).header('location', to).send('');
