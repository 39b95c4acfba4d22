// The few pages that the provider itself answers: what went wrong, sign out?, signed out. No script, nothing from elsewhere.
const SAFE: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const safe = (text: string): string => text.replace(/[&<>"']/g, (letter) => SAFE[letter] ?? '');

/** Its own style; oidc-provider adds the hash of a script of its own where it needs one. The form of signing out may lead to another origin, so it is not named here. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${safe(title)} · Holdfast</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;margin:10vh auto;max-width:36rem;padding:0 1rem}
button,a{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}</style></head>
<body><h1>${safe(title)}</h1>${body}</body></html>`;

/** `error` and `description` are the provider's; nothing in them is of a patient. */
export const errorPage = (error: string, description: string | undefined): string =>
  page(
    'That did not work',
    `<p>${safe(description ?? error)}</p><p><small>${safe(error)}</small></p><p><a href="/">Start again</a></p>`,
  );
/** `form` is the provider's own, with its token. */
export const signOutPage = (form: string): string =>
  page(
    'Sign out?',
    `${form}<p><button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button></p>`,
  );
export const signedOutPage = (): string =>
  page('Signed out', '<p>You can close this page.</p><p><a href="/">Sign in</a></p>');
