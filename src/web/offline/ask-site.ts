// What the client asks of its own site beside FHIR and sync (`src/server/web-client`). Never of another origin.
//
//   1. An answer that does not come, comes late, or is none of ours is `away`: nothing here throws.
//   2. A code that enrols travels in the body of an answer and behind `#` alone.
import { err, ok, type Result } from '../../core/base/result.ts';

/** `GET /ward/now`. */
export interface SiteNow {
  /** The site's clock, ms. */
  readonly now: number;
  readonly site: string;
  /** Of its numbers: `KIS`. */
  readonly code?: string;
  /** `none`: there is no region above this site. */
  readonly region: 'ok' | 'away' | 'none';
  readonly downtime: boolean;
  /** FHIR instant. */
  readonly downtimeSince?: string;
  readonly build?: string;
  /** The oldest build whose files the site still has. */
  readonly minBuild?: string;
  readonly demo: boolean;
}
/** `GET /ward/who`: as signed by the node, and the token for what is posted. */
export interface WhoAnswer {
  readonly text: string;
  readonly signature: string;
  readonly formToken: string;
}
export interface EnrolCode {
  readonly code: string;
  /** ms */
  readonly expiresAt: number;
  readonly link: string;
  readonly qrSvg: string;
}
/** `nobody`: not signed in at the site. Others as the site says them. */
export type AskRefusal = 'away' | 'nobody' | 'forbidden' | 'form' | (string & {});

const WAIT_MS = 8_000;

export const askNow = async (waitMs = WAIT_MS): Promise<SiteNow | undefined> => {
  const said = await send<SiteNow>('GET', 'now', undefined, waitMs);
  return said.ok && typeof said.value.now === 'number' ? said.value : undefined;
};
export const askWho = (): Promise<Result<WhoAnswer, AskRefusal>> => send('GET', 'who', undefined, WAIT_MS);
export const askEnrolCode = (name: string, ward: string): Promise<Result<EnrolCode, AskRefusal>> =>
  post('enrol-code', { name, ward });
/** `ward`: `Location/1`, or ''. */
export const askThinCode = (ward: string): Promise<Result<{ readonly code: string }, AskRefusal>> =>
  post('thin-code', { ward });
export const askDowntime = (act: 'declare' | 'end', reason: string): Promise<Result<SiteNow, AskRefusal>> =>
  post('downtime', { act, reason });

/** The sign-in of the site, and back to this page. */
export const signInAddress = (then = '/ward/'): string => `/session/start?to=${encodeURIComponent(then)}`;

/** Ends the session at the site, so that the next person's browser is nobody's; whether it was told. */
export async function endSiteSession(): Promise<boolean> {
  const who = await askWho();
  if (!who.ok) return who.error === 'nobody';
  try {
    const answer = await fetch('/session/end', {
      method: 'POST',
      body: new URLSearchParams({ token: who.value.formToken }),
      redirect: 'manual',
      signal: AbortSignal.timeout(WAIT_MS),
    });
    return answer.ok || answer.type === 'opaqueredirect';
  } catch {
    return false;
  }
}

async function post<T>(name: string, form: Readonly<Record<string, string>>): Promise<Result<T, AskRefusal>> {
  const who = await askWho();
  if (!who.ok) return who;
  return send('POST', name, { form, token: who.value.formToken }, WAIT_MS);
}

async function send<T>(
  method: 'GET' | 'POST',
  name: string,
  body: { readonly form: Readonly<Record<string, string>>; readonly token: string } | undefined,
  waitMs: number,
): Promise<Result<T, AskRefusal>> {
  try {
    const answer = await fetch(`/ward/${name}`, {
      method,
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(waitMs),
      ...(body === undefined ? {} : { body: new URLSearchParams(body.form), headers: { 'x-form-token': body.token } }),
    });
    const said: unknown = await answer.json();
    if (typeof said !== 'object' || said === null) return err('away');
    if (answer.ok) return ok(said as T);
    return err('refused' in said && typeof said.refused === 'string' ? said.refused : 'away');
  } catch {
    return err('away');
  }
}

/** The code of the address that a picture led to (`#enrol=…`), taken out of the address and of its history. */
export function takeEnrolCode(): string | undefined {
  const found = /^#enrol=([0-9A-Za-z-]{20,60})$/.exec(location.hash)?.[1];
  if (location.hash.startsWith('#enrol=')) history.replaceState(null, '', location.pathname + location.search);
  return found;
}
/** The code in what a camera or a scanner read: a link of ours, or the code itself. */
export const codeIn = (read: string): string | undefined =>
  /#enrol=([0-9A-Za-z-]{20,60})$/.exec(read.trim())?.[1] ??
  (/^[0-9A-Za-z-]{20,60}$/.test(read.trim()) ? read.trim() : undefined);
