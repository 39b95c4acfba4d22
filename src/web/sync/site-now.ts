// What the site says of itself to anybody: whether the region answers it, and whether a downtime is declared there.
import type { Fetch } from './site-transport.ts';

export interface SiteNow {
  readonly site: string;
  /** As in the site's numbers. */
  readonly code?: string;
  /** `none`: there is no region above it. */
  readonly region: 'ok' | 'away' | 'none';
  readonly downtime: boolean;
}

const WAIT_MS = 8_000;

/** Undefined: nobody answers, or nobody of ours. */
export async function askSiteNow(origin: string, send: Fetch = (a, i) => fetch(a, i)): Promise<SiteNow | undefined> {
  try {
    const answer = await send(`${origin}/ward/now`, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const said: Partial<Record<keyof SiteNow, unknown>> = await answer.json();
    const { site, code, region, downtime } = said;
    if (!answer.ok || typeof site !== 'string') return undefined;
    return {
      site,
      ...(typeof code === 'string' && code !== '' ? { code } : {}),
      region: region === 'ok' || region === 'away' ? region : 'none',
      downtime: downtime === true,
    };
  } catch {
    return undefined;
  }
}
