// Whom a browser wants to be in a demonstration: said by a form that was believed, found once by the sign-in that follows.
//
//   SI12  The wish names nobody in an address: a secret of 256 bits stands for it, good once and for a minute.
import type { DemoUser, PagesDeps } from './deps.ts';

export const DEMO_WISH = 'demo-wish';
export const DEMO_WISH_MS = 60_000;
/** Of `login_hint`, before the secret. */
export const DEMO_HINT = 'demo:';

/** The person of the demonstration whom this sign-in was begun for; the second to ask finds nobody. */
export async function takeDemoWish(loginHint: string | undefined, deps: PagesDeps): Promise<DemoUser | undefined> {
  const users = deps.demoUsers ?? [];
  if (users.length === 0 || loginHint?.startsWith(DEMO_HINT) !== true) return undefined;
  const wish = loginHint.slice(DEMO_HINT.length);
  const row = await deps.rows.get(DEMO_WISH, wish);
  if (row === undefined || !(await deps.rows.consume(DEMO_WISH, wish))) return undefined;
  return users.find(({ userName }) => userName === row.value);
}
