// What the supervisor and its server processes say to each other.
import type { MetricsSnapshot } from '../node/metrics.ts';
import type { ServerSettings } from './parts.ts';

export type ToWorker =
  /** Comes with the socket of a client. */
  | { readonly kind: 'connection'; readonly number: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'give-snapshot'; readonly ask: number }
  /** The answer to `gather`. */
  | { readonly kind: 'gathered'; readonly ask: number; readonly snapshots: readonly MetricsSnapshot[] };

export type ToSupervisor =
  /** It can answer requests from now on. */
  | { readonly kind: 'ready' }
  /** The connection is its own now: the supervisor need not keep it. */
  | { readonly kind: 'taken'; readonly number: number }
  | { readonly kind: 'closed'; readonly number: number }
  | { readonly kind: 'gather'; readonly ask: number }
  | { readonly kind: 'snapshot'; readonly ask: number; readonly snapshot: MetricsSnapshot }
  /** It cannot serve, and why, in one line for the person at the terminal. */
  | { readonly kind: 'trouble'; readonly message: string };

/** What a server process is told at its start, in the environment. */
export interface WorkerOrders {
  readonly slot: number;
  readonly databaseUrl: string;
  readonly data: string;
  readonly embedded: boolean;
  readonly settings: ServerSettings;
  /** Started as a demo: its users are good. */
  readonly demo: boolean;
  readonly logLevel: string;
  readonly logFile: string | undefined;
  /** Of this start of the node: what was written before it may have been lost with a disk, so peers compare once. */
  readonly incarnation: string;
  /** Base64url. */
  readonly sealKey: string;
}
export const ORDERS = 'HOLDFAST_WORKER_ORDERS';

/** Whether this process was started as a server process. */
export const isServerProcess = (): boolean => process.env[ORDERS] !== undefined && process.send !== undefined;
