// Which build of the client a browser is served, decided from what was kept and what is seen. Pure.
//
//   first ──► build ──(another is complete; nobody works, or all tabs agree; no downtime)──► the other, `before` kept
//                                  └──(it did not come up twice)──► `before`, and the other is bad
//
//   WU31  The build that runs stays while somebody works with it: another is served when all tabs agreed, or when there is none.
//   WU32  In a declared downtime nothing is switched.
//   WU34  A build that came up never is left twice without a person: then the one before is served, and this one never again.

export interface Serving {
  /** What pages are given. */
  readonly build: string;
  /** What was given before, and is kept. */
  readonly before?: string;
  /** `build` came up at least once: the page said so itself. */
  readonly proved: boolean;
  /** Boots of a build that is not proved yet. */
  readonly tries: readonly Try[];
  /** Builds that did not come up. */
  readonly bad: readonly string[];
  /** As the pages last heard from the site. */
  readonly downtime: boolean;
}
export interface Try {
  /** The id of the page that it was given to; '' where the browser does not say. */
  readonly page: string;
  /** ms */
  readonly at: number;
}

/** Longer than the slowest tablet needs to show the lock screen. */
export const BOOT_MS = 20_000;
export const TRIES = 2;
const BAD_MAX = 10;

export interface Seen {
  /** The build of the worker that decides: complete, as it was activated. */
  readonly own: string;
  /** ms */
  readonly now: number;
  /** Ids of the pages that are open, without the one that is being opened. */
  readonly pages: readonly string[];
  /** Whether all files of a build are still here. */
  readonly isComplete: (build: string) => boolean;
}

export const firstServing = (own: string): Serving => ({
  build: own,
  proved: false,
  tries: [],
  bad: [],
  downtime: false,
});

/** A page `page` is being opened: what it is given, and what is kept. */
export function openPage(kept: Serving | undefined, seen: Seen, page: string): Serving {
  const { own, now, pages } = seen;
  let serving = kept ?? firstServing(own);
  if (!seen.isComplete(serving.build)) serving = { ...firstServing(own), bad: serving.bad, downtime: serving.downtime };
  if (pages.length === 0) serving = switched(serving, own);
  if (!serving.proved && isBroken(serving, seen)) serving = left(serving, seen);
  return serving.proved ? serving : { ...serving, tries: [...serving.tries, { page, at: now }].slice(-10) };
}

/** All tabs agreed, or the person at the lock screen did. The same where that may not be. */
export function switched(serving: Serving, own: string): Serving {
  if (serving.build === own || serving.downtime || serving.bad.includes(own)) return serving;
  return { ...serving, build: own, before: serving.build, proved: false, tries: [] };
}

/** A page of `build` says that it came up. */
export const cameUp = (serving: Serving, build: string): Serving =>
  serving.build === build && !serving.proved ? { ...serving, proved: true, tries: [] } : serving;

/** A page was left by its person before it could come up: that is no fault of the build. */
export const leftEarly = (serving: Serving, page: string): Serving =>
  serving.tries.some((one) => one.page === page)
    ? { ...serving, tries: serving.tries.filter((one) => one.page !== page) }
    : serving;

/** What came to nothing: its time is over, or its page is gone. */
function isBroken({ tries }: Serving, { now, pages }: Seen): boolean {
  const failed = tries.filter(({ page, at }) => now - at > BOOT_MS || now < at || !pages.includes(page));
  return failed.length >= TRIES;
}

function left(serving: Serving, { isComplete }: Seen): Serving {
  const { before, build, bad } = serving;
  // Nothing to go back to: the page has a way to the rescue page.
  if (before === undefined || !isComplete(before)) return { ...serving, tries: [] };
  return {
    build: before,
    proved: true,
    tries: [],
    bad: [...bad.filter((one) => one !== build), build].slice(-BAD_MAX),
    downtime: serving.downtime,
  };
}
