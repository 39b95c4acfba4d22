// What pages and the asset worker say to each other. Plain data; a word that is not known is left unanswered.

export type ToWorker =
  /** Answered by `WorkerState` on the port that comes with it. */
  | { readonly kind: 'state' }
  | { readonly kind: 'up'; readonly build: string }
  | { readonly kind: 'left-early' }
  | { readonly kind: 'downtime'; readonly declared: boolean }
  /** To the worker that waits: all tabs agreed. Answered by `WorkerState`. */
  | { readonly kind: 'switch' };

export interface WorkerState {
  /** Of the worker that answers. */
  readonly own: string;
  /** What pages are given. */
  readonly serving: string;
  /** Builds that did not come up. */
  readonly bad: readonly string[];
  /** Pages of the client that are open, the one that asks too. */
  readonly pages: number;
}

/** What the assembly of a build puts before the worker's code. */
export interface BuildList {
  readonly build: string;
  /** SHA-256, base64. */
  readonly files: readonly { readonly path: string; readonly hash: string }[];
}

export const SCOPE = '/ward/';
/** What the site answers under the scope: never kept, never given from a cache. */
export const ASKED: ReadonlySet<string> = new Set(
  ['now', 'who', 'enrol-code', 'thin-code', 'downtime', 'sw.js'].map((name) => SCOPE + name),
);
