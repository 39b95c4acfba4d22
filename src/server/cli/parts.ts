// What the commands are given by the composition root.
import type { FastifyInstance } from 'fastify';
import type { AuditTrail } from '../../core/access/audit-trail.ts';
import type { Role } from '../../core/access/principal.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { RecordEngine } from '../../core/engine/engine.ts';
import type { Digest, Instant } from '../../core/base/ports.ts';
import type { ArrivedCommit, Progress, RecordStore } from '../../core/record/store.ts';
import type { CourierTaken } from '../../core/sync/courier.ts';
import type { Verdict } from '../../core/sync/judge-commit.ts';
import type { Awaitable, CarriedCommit, Mark } from '../../core/sync/ports.ts';
import type { Accounts } from '../auth/accounts/accounts.ts';
import type { ClientRegister } from '../auth/oauth/clients.ts';
import type { Log } from '../node/log.ts';
import type { Metrics } from '../node/metrics.ts';
import type { NodeNumbers } from '../identity/numbers-for-commands.ts';
import type { Grants } from '../storage/grants.ts';
import type { Invitation } from '../sync-api/invite.ts';
import type { ParentRecord } from '../sync-api/link-types.ts';
import type { NodeRegister } from '../sync-api/node-register.ts';
import type { Passage } from './adopt-connections.ts';
import type { Settings } from './settings.ts';

/** A store that a backup can be restored into. */
export interface RestorableStore extends RecordStore {
  /** Takes commits as they are, in order of arrival; throws when a hash or a chain does not hold. */
  acceptCommits(commits: readonly ArrivedCommit[]): Promise<void>;
  readonly sync: {
    /** Takes commits in as from a node above: each judged for itself, filtered ones too. */
    receive(commits: readonly CarriedCommit[], from: 'above'): Awaitable<readonly Verdict[]>;
    /** How far each origin is had without a gap: what a backup that is taken now covers. */
    heldMarks(): Promise<readonly Mark[]>;
    /** Marks only rise. */
    learn(stable: readonly Mark[], floors: readonly Mark[]): Awaitable<void>;
  };
  /** The node's name from the next opening on. Throws where the record is not empty. */
  becomeInstall(id: string): Promise<void>;
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

/** Who can sign in at the demo hospital. */
export interface DemoPerson {
  readonly userName: string;
  readonly password: string;
  readonly role: Role;
  readonly title: string;
  readonly name: string;
  /** `Practitioner/…`, `Patient/…`. */
  readonly subject: string;
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
  /** A whole server over the database: store, accounts, sign-in, audit, API. */
  openServer(options: ServerOptions): Promise<OpenedServer>;
  /** What commands work with beside, or without, a running node. Closed, and its audit in the record, when `work` ends. */
  withServices<T>(options: ServiceOptions, work: (services: NodeServices) => Promise<T>): Promise<T>;
  /** Proves the audit trail: its batches, its index, its signed checkpoints. */
  verifyAudit(options: ServiceOptions, progress?: Progress): Promise<AuditVerified>;
  /** Forgets the index of the audit trail and fills it anew from the record. */
  rebuildAuditIndex(options: ServiceOptions): Promise<void>;
  /** Enrols the node on this data folder at the one above, where its settings say so. Throws `Trouble` where trying again is of no use. */
  enrolNode(options: ServiceOptions, settings: Settings): Promise<Enrolled>;
  /** Makes the node on this data folder, a copy of another, a node of its own. Answers its new name. */
  rekeyNode(options: ServiceOptions): Promise<string>;
  demo(options: DemoOptions): Iterable<readonly DemoResource[]>;
  demoPeople(options: Pick<DemoOptions, 'beds' | 'patients' | 'seed'>): readonly DemoPerson[];
}
/** What came of an enrolment. `later`: the parent was not reached; it is tried again. */
export type Enrolled =
  | { readonly kind: 'none' | 'already' | 'enrolled'; readonly parent?: ParentRecord }
  | { readonly kind: 'later' | 'missing'; readonly text: string; readonly parent?: undefined };
export interface ServiceOptions {
  readonly databaseUrl: string;
  /** The data folder: keys, journals, checkpoints. */
  readonly data: string;
  /** Whether accounts of a demo are good here. */
  readonly isDemo: () => boolean;
}
export interface NodeServices {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly collisions: Pick<CollisionRows, 'list' | 'figures'>;
  readonly accounts: Accounts;
  readonly clients: ClientRegister;
  readonly audit: AuditTrail;
  readonly links: NodeLinks;
  readonly courier: NodeCourier;
  /** Numbers that people read. */
  readonly numbers: NodeNumbers;
  /** Which patients' records the nodes below keep. */
  readonly grants: Pick<Grants, 'grant' | 'withdraw' | 'granted' | 'countGranted'>;
  /** A token of the node's own service client: everything, for some minutes. `end` makes it worthless at once. */
  issueLocalToken(
    minutes: number,
  ): Promise<{ readonly token: string; readonly session: string; readonly expiresAt: Instant; end(): Promise<void> }>;
}
/** Bundles that people carry, for commands. */
export interface NodeCourier {
  /** What `to` lacks, or may lack, into `file`; undefined: its keys are not known here. `progress` is told bytes. */
  write(wish: {
    readonly file: string;
    readonly to: string;
    readonly days: number;
    readonly progress: (bytes: number) => void;
  }): Promise<{ readonly bytes: number } | undefined>;
  take(wish: { readonly file: string; readonly evenExpired: boolean }): Promise<CourierTaken>;
}
/** The nodes around this one, for commands. */
export interface NodeLinks {
  /** This node's install id. */
  readonly node: string;
  readonly register: NodeRegister;
  /** A one-time code, good for a day. Where the node is reached by TLS the code holds its authority's fingerprint. */
  invite(
    invitation: Invitation,
  ): Promise<{ readonly code: string; readonly expiresAt: Instant; readonly isTls: boolean }>;
  readonly parent: () => ParentRecord | undefined;
}
export interface AuditVerified {
  readonly batches: number;
  readonly events: number;
  readonly checkpoints: number;
  readonly findings: readonly { readonly what: string; readonly where: string; readonly message: string }[];
}
export interface ServerOptions extends ServiceOptions {
  readonly settings: ServerSettings;
  readonly sealKey: Uint8Array;
  /** Of this start of the node, shared by its processes. */
  readonly incarnation: string;
  /** Whether what the record holds is a demonstration, however the node was started. */
  readonly holdsDemo: () => boolean;
  /** The database is the node's own, in its data folder. */
  readonly embedded: boolean;
  /** Where the ward client was built; it need not be there. */
  readonly clientFolder: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The text of `/metrics`, of all processes. */
  readonly gatherMetrics: () => Promise<string>;
  /** Answers say that their connection closes. */
  readonly finishing: () => boolean;
  /** Shown on the front door and the sign-in page; asked each time. */
  readonly demoPeople: () => readonly DemoPerson[];
}
/** The settings of a node that its server processes need. */
export type ServerSettings = Pick<
  Settings,
  | 'baseUrl'
  | 'host'
  | 'identityProvider'
  | 'mirror'
  | 'names'
  | 'nodeName'
  | 'parent'
  | 'requireIfMatch'
  | 'resuscitationWords'
  | 'siteCode'
  | 'syncInFlight'
  | 'tier'
  | 'tls'
  | 'trustProxy'
>;
export interface OpenedServer {
  readonly app: FastifyInstance;
  /** What a connection passes before the server gets it; absent: nothing. */
  readonly passage?: Passage;
  /** The server answers no more; what it has to bring home it brings. */
  close(): Promise<void>;
}
