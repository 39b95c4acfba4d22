// What the commands are given by the composition root.
import type { FastifyInstance } from 'fastify';
import type { Digest, Instant } from '../../core/base/ports.ts';
import type { ArrivedCommit, RecordStore } from '../../core/record/store.ts';

/** A store that a backup can be restored into. */
export interface RestorableStore extends RecordStore {
  /** Takes commits as they are, in order of arrival; throws when a hash or a chain does not hold. */
  acceptCommits(commits: readonly ArrivedCommit[]): Promise<void>;
}
export interface DemoOptions {
  readonly beds: number;
  readonly patients: number;
  readonly seed: string;
  /** The moment at which the story stands: part of what makes it the same hospital again. */
  readonly now: Instant;
}
/** Resources that land together; the text is theirs, complete with id. */
export interface DemoResource {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

export interface Parts {
  readonly version: string;
  /** The folder of package.json. */
  readonly root: string;
  /** The compiled entry: what a server process runs. */
  readonly entry: string;
  readonly digest: Digest;
  /** `baseUrl`: what this node's own links begin with, so that absolute references to itself are known as such. */
  openStore(url: string, baseUrl: string | undefined): Promise<RestorableStore>;
  openServer(store: RecordStore, options: ServerOptions): FastifyInstance;
  demo(options: DemoOptions): Iterable<readonly DemoResource[]>;
}
export interface ServerOptions {
  readonly baseUrl: string | undefined;
  readonly trustForwarded: boolean;
  readonly requireIfMatch: boolean;
  readonly sealKey: Uint8Array;
  readonly logError: (fields: Readonly<Record<string, string | number | undefined>>, message: string) => void;
  /** Runs before the API's routes are put on the server. */
  readonly prepare: (app: FastifyInstance) => void;
}
