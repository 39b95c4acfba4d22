// Puts the pages on a server: sign-in, session, account, staff, emergency access, and their style and script.
//
// They live in a scope of their own: forms are read there and nowhere else, and whatever goes wrong is answered as a page.
import type { FastifyInstance } from 'fastify';
import { registerAccount } from './account.ts';
import { registerBreakGlass } from './break-glass-pages.ts';
import { BROWSER_SCRIPT } from './browser-script.ts';
import type { PagesDeps } from './deps.ts';
import { withRules } from './layout.ts';
import { refusedPage } from './serve-page.ts';
import { registerSession } from './session-routes.ts';
import { registerSignIn } from './sign-in.ts';
import { registerStaff } from './staff.ts';
import { STYLE_SHEET } from './style-sheet.ts';
import { openVisit } from './visit.ts';

/** Forms are small; the answer of an authenticator is the largest. */
const FORM_BYTES_MAX = 64 * 1024;

export function registerPages(app: FastifyInstance, deps: PagesDeps): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, body, parsed) => parsed(null, new URLSearchParams(String(body))),
    );
    scope.setErrorHandler((error, request, reply) => {
      const status =
        error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
          ? error.statusCode
          : 500;
      const visit = openVisit(request, reply, deps, 'before');
      return refusedPage(
        visit,
        deps,
        status >= 400 && status < 500 ? status : 500,
        status < 500 ? 'refused.form' : 'refused.trouble',
      );
    });
    // Their addresses carry the hash of what they are, so they are kept for good.
    const asset = (path: string, type: string, text: string): void => {
      scope.get(path, (_request, reply) =>
        withRules(reply)
          .header('content-type', `${type}; charset=utf-8`)
          .header('cache-control', 'public, max-age=31536000, immutable')
          .send(text),
      );
    };
    asset('/ui/holdfast.css', 'text/css', STYLE_SHEET);
    asset('/ui/holdfast.js', 'text/javascript', BROWSER_SCRIPT);
    registerSignIn(scope, deps);
    registerSession(scope, deps);
    registerAccount(scope, deps);
    registerStaff(scope, deps);
    registerBreakGlass(scope, deps);
    done();
  });
}
