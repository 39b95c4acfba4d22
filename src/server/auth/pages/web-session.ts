// Sessions of the node's own pages: a cookie's secret, and a row with the tokens that are sealed under it.
//
//   1. The cookie is 256 bits of chance. The row's name is its hash and the tokens in the row are encrypted with a key
//      made of it: who reads the table has no session.
//   2. Every sign-in makes a new secret, and the one the browser brought is ended: a planted cookie is worth nothing.
//   3. Tokens are renewed before they end, by one process at a time. While renewal fails for want of an answer, the old
//      token stays; it ends only when the provider says that the grant is gone (CR11).
//   4. A session ends `idleMs` after its last use.
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import type { Chance, Clock, Instant } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { cookieName, cookieOf } from './cookies.ts';
import type { TokenSet, TokensPort } from './ports.ts';

export const SESSION_COOKIE = 'holdfast-session';
const KIND = 'web-session';
const RENEWING = 'web-session-renewing';
/** A shift of twelve hours, with room for a long one. */
const IDLE_MS = 16 * 3_600_000;
/** Writing the row at every use would be a write for every page. */
const TOUCH_MS = 10 * 60_000;
const RENEWAL_LEASE_MS = 15_000;
const WAIT_TRIES = 30;
const WAIT_MS = 100;
/** Half of a token's life is enough to renew it while a node restarts, but never more than this before its end. */
const RENEW_BEFORE_MS_MAX = 5 * 60_000;

interface Kept {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly expiresAt: Instant;
  readonly renewAt: Instant;
  /** When the person signed in; absent in rows from before it was kept. */
  readonly since?: Instant;
  /** Begun over TLS: its cookie is good under the name that no neighbouring host can set, and under no other. */
  readonly secure?: true;
}

/** The account stands in clear, so that whoever ends all its sessions finds them. */
interface Row {
  readonly accountId: string;
  readonly sealed: string;
}
interface Read {
  readonly accountId: string;
  readonly kept: Kept;
  readonly idleAt: Instant;
}

export interface WebSession {
  readonly secret: string;
  readonly accountId: string;
  /** When the person signed in. */
  readonly since: Instant;
  readonly secure: boolean;
  readonly accessToken: string;
  readonly refreshToken?: string;
}

export interface WebSessions {
  /** Ends `before`, if there is one, and answers the new cookie's value. */
  begin(tokens: TokenSet, accountId: string, before: string | undefined, secure?: boolean): Promise<string>;
  /** The session of a cookie's value, its tokens renewed where it is time. */
  find(secret: string | undefined): Promise<WebSession | undefined>;
  /** Forgets the session and revokes its tokens. */
  end(secret: string): Promise<void>;
  /** The access token of a `Cookie` header: what the authenticator resolves. */
  tokenOf(cookieHeader: string): Promise<string | undefined>;
}

export interface WebSessionDeps {
  readonly rows: ExpiringRows;
  readonly tokens: Pick<TokensPort, 'refresh' | 'revoke'>;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly idleMs?: number;
}

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const rowOf = (secret: string): string => createHash('sha256').update(`web-session ${secret}`).digest('base64url');
const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'holdfast web session', 32));

/** A token for forms, bound to the session or page cookie and to nothing else that could end before the form is sent. */
export const formToken = (secret: string): string =>
  createHmac('sha256', secret).update('holdfast form').digest('base64url');

export function openWebSessions(deps: WebSessionDeps): WebSessions {
  const { rows, tokens, clock, chance } = deps;
  const idleMs = deps.idleMs ?? IDLE_MS;

  const seal = (secret: string, kept: Kept): string => {
    const iv = chance.bytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(kept), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  };
  const unseal = (secret: string, value: string): Kept => {
    const bytes = Buffer.from(value, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    // Only `seal` under the same secret can have made it.
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as Kept;
  };
  const keptOf = (given: TokenSet): Kept => {
    const lifeMs = given.expiresInSeconds * 1_000;
    return {
      accessToken: given.accessToken,
      ...(given.refreshToken === undefined ? {} : { refreshToken: given.refreshToken }),
      expiresAt: clock.now() + lifeMs,
      renewAt: clock.now() + lifeMs - Math.min(RENEW_BEFORE_MS_MAX, lifeMs / 2),
    };
  };
  const write = (secret: string, accountId: string, kept: Kept): Promise<void> =>
    rows.put(KIND, rowOf(secret), JSON.stringify({ accountId, sealed: seal(secret, kept) } satisfies Row), {
      expiresAt: clock.now() + idleMs,
    });
  const read = async (secret: string): Promise<Read | undefined> => {
    const row = await rows.get(KIND, rowOf(secret));
    if (row === undefined) return undefined;
    const { accountId, sealed } = JSON.parse(row.value) as Row;
    return { accountId, kept: unseal(secret, sealed), idleAt: row.expiresAt ?? 0 };
  };

  /** Another process, or another tab, is at it: the old token does as long as it lives. */
  const renewedElsewhere = async (secret: string, kept: Kept): Promise<Kept | undefined> => {
    for (let tries = 0; ; tries++) {
      const now = (await read(secret))?.kept;
      if (now === undefined || now.renewAt !== kept.renewAt || clock.now() < now.expiresAt) return now;
      if (tries === WAIT_TRIES) return undefined;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  };
  const renew = async (secret: string, accountId: string, kept: Kept): Promise<Kept | undefined> => {
    if (kept.refreshToken === undefined) return clock.now() < kept.expiresAt ? kept : undefined;
    const lease = `${rowOf(secret)} ${kept.renewAt}`;
    const first = (await rows.count(RENEWING, lease, 1, clock.now() + RENEWAL_LEASE_MS)) === 1;
    if (!first) return await renewedElsewhere(secret, kept);
    let renewed: Awaited<ReturnType<TokensPort['refresh']>>;
    try {
      renewed = await tokens.refresh(kept.refreshToken);
    } catch (cause) {
      if (clock.now() < kept.expiresAt) return kept;
      throw cause;
    }
    if (!renewed.ok) {
      await rows.remove(KIND, rowOf(secret));
      return undefined;
    }
    const next: Kept = {
      ...keptOf({
        ...renewed.value,
        ...(renewed.value.refreshToken === undefined ? { refreshToken: kept.refreshToken } : {}),
      }),
      ...(kept.since === undefined ? {} : { since: kept.since }),
      ...(kept.secure === undefined ? {} : { secure: kept.secure }),
    };
    await write(secret, accountId, next);
    return next;
  };

  const sessions: WebSessions = {
    begin: async (given, accountId, before, secure = false) => {
      if (before !== undefined) await sessions.end(before);
      const secret = Buffer.from(chance.bytes(32)).toString('base64url');
      await write(secret, accountId, {
        ...keptOf(given),
        since: clock.now(),
        ...(secure ? { secure } : {}),
      });
      return secret;
    },
    find: async (secret) => {
      if (secret === undefined || !SECRET.test(secret)) return undefined;
      const found = await read(secret);
      if (found === undefined) return undefined;
      let kept: Kept | undefined = found.kept;
      if (clock.now() >= kept.renewAt) kept = await renew(secret, found.accountId, kept);
      else if (found.idleAt < clock.now() + idleMs - TOUCH_MS) await write(secret, found.accountId, kept);
      if (kept === undefined) return undefined;
      return {
        secret,
        accountId: found.accountId,
        since: kept.since ?? 0,
        secure: kept.secure === true,
        accessToken: kept.accessToken,
        ...(kept.refreshToken === undefined ? {} : { refreshToken: kept.refreshToken }),
      };
    },
    end: async (secret) => {
      if (!SECRET.test(secret)) return;
      const found = await read(secret);
      if (found === undefined) return;
      await rows.remove(KIND, rowOf(secret));
      await tokens.revoke(found.kept.refreshToken ?? found.kept.accessToken);
    },
    tokenOf: async (header) => {
      const hosted = cookieOf(header, cookieName(SESSION_COOKIE, true));
      const session = await sessions.find(hosted ?? cookieOf(header, SESSION_COOKIE));
      return session === undefined || (session.secure && hosted === undefined) ? undefined : session.accessToken;
    },
  };
  return sessions;
}
