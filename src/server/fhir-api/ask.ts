// What is asked of the API and what it answers, whether it came as a request or as an entry of a Bundle.
import type { IncomingMessage } from 'node:http';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { BreakGlassDesk } from '../../core/engine/break-glass.ts';
import type { Actor, RecordEngine } from '../../core/engine/engine.ts';
import type { Access } from '../../core/access/access.ts';
import type { AuditReader, AuditTrail } from '../../core/access/audit-trail.ts';
import type { Completeness, Holdings } from '../../core/record/holding.ts';
import type { CollisionRows } from '../../core/record/collision-rows.ts';
import type { RecordStore, ResourceKey } from '../../core/record/store.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { IdentityDeps } from '../identity/identity-deps.ts';
import type { PatientLinks } from '../identity/patient-links.ts';
import type { Refusal } from './outcome.ts';
import type { Words } from '../../core/care/merge/notes.ts';
import type { Seal } from './seal.ts';
import type { Shown } from './shown.ts';

export type Verb = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where under the base an address points. One flat shape, so that a place is one allocation. */
export interface Place {
  readonly kind: PlaceKind;
  readonly type?: string;
  readonly id?: string;
  readonly versionId?: string;
  /** Of a compartment search: the type searched, or `*`. */
  readonly member?: string;
  /** Of an operation: its name with the `$`. */
  readonly operation?: string;
}
export type PlaceKind =
  | 'system'
  | 'metadata'
  | 'system search'
  | 'system history'
  | 'system operation'
  | 'type'
  | 'type search'
  | 'type history'
  | 'type operation'
  | 'instance'
  | 'instance history'
  | 'instance operation'
  | 'version'
  | 'version operation'
  | 'compartment'
  | 'compartment search';

/** The headers that have a meaning in FHIR, as text. In a Bundle entry they come from `request`. */
export interface AskHeaders {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifNoneExist?: string | undefined;
  readonly prefer?: string | undefined;
}

export type Prefer = 'minimal' | 'representation' | 'OperationOutcome';

export interface AskBody {
  readonly text: string;
  /** Lower case, without parameters: `application/fhir+json`. */
  readonly mediaType: string;
}

export interface Ask {
  readonly verb: Verb;
  readonly place: Place;
  /** As the client wrote it: `/Patient/1`, for `self` links. */
  readonly path: string;
  /** The address's query without `?`, with a form's parameters joined to it. */
  readonly query: string;
  readonly headers: AskHeaders;
  readonly body?: AskBody | undefined;
  /** `http://host/fhir`, without a slash at the end. */
  readonly base: string;
  readonly actor: Actor;
  readonly access: Access;
  /** What the answer tells, for the audit; of a Bundle's entries it is the Bundle's. */
  readonly shown: Shown;
  /** Where a Bundle carries this out: `Bundle.entry[3]`. */
  readonly entry?: string;
}

/** A good answer. `resource` is FHIR JSON text. */
export interface Answer {
  readonly status: number;
  readonly resource?: string | undefined;
  /** An OperationOutcome that `Prefer` asked for, in place of the resource. */
  readonly outcome?: string | undefined;
  readonly versionId?: string | undefined;
  readonly lastUpdatedAt?: Instant | undefined;
  /** Relative to the base: `Patient/1/_history/2`. Sent as Location with 201, else as Content-Location. */
  readonly location?: string | undefined;
  /** What was written or read, where it is one resource. */
  readonly key?: ResourceKey | undefined;
  /** The commit of what was written, `origin:seq`: by it a client asks where it is safe. */
  readonly commit?: string | undefined;
  /** What is shown is in conflict, and how grave that is. */
  readonly conflict?: 'S1' | 'S2' | undefined;
  /** Of the patient whom the answer is about, at a node that does not keep every record. */
  readonly completeness?: Completeness | undefined;
  /** For OPTIONS. */
  readonly allow?: readonly string[] | undefined;
}

export type Answered = Result<Answer, Refusal>;
export type Act = (ask: Ask, api: Api) => Answered | Promise<Answered>;

/**
 * `resource`: FHIR JSON. `patch`: a patch of either form. `form`: application/x-www-form-urlencoded, or none.
 * `bundle`: FHIR JSON up to the Bundle limit. `maybe`: FHIR JSON or none. `none`: a body is not looked at.
 */
export type BodyForm = 'none' | 'resource' | 'patch' | 'bundle' | 'form' | 'maybe';

/** A row of the table in `interactions.ts`. */
export interface Interaction {
  /** The standard's name (http://hl7.org/fhir/R4/valueset-type-restful-interaction.html); '' for operations. */
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly place: PlaceKind;
  readonly body: BodyForm;
  /** Whether an entry of a Bundle may ask for it. */
  readonly entry: boolean;
  readonly act: Act;
  /** Answered to anyone. */
  readonly open?: true;
}

export interface LogPort {
  error(fields: Readonly<Record<string, string | number | undefined>>, message: string): void;
}

export interface ApiLimits {
  /** Of one resource's body; below the store's limit for one commit (5 MB), which holds its bytes and more. */
  readonly resourceBytes: number;
  /** Of a Bundle to carry out. A transaction must also fit into one commit. */
  readonly bundleBytes: number;
  readonly bundleEntries: number;
  /** Matches on a page where `_count` does not say, and at most. */
  readonly pageDefault: number;
  readonly pageMax: number;
  /** Resources that `$everything` puts on a page where `_count` does not say. */
  readonly everythingPage: number;
  /** Characters of the resources in one answer: a thousand large documents are not for one string. */
  readonly answerChars: number;
  /** Included resources on one page. */
  readonly includes: number;
  /** Time for one search, in ms. */
  readonly searchMs: number;
  /** Characters of an address or of a form's search. */
  readonly queryLength: number;
  /** Nested objects and arrays in a body. */
  readonly depth: number;
}
export const LIMITS: ApiLimits = {
  resourceBytes: 4_000_000,
  // The largest Synthea patient is 1.6 MB. A batch may hold several commits' worth.
  bundleBytes: 20_000_000,
  bundleEntries: 20_000,
  pageDefault: 20,
  pageMax: 1_000,
  everythingPage: 1_000,
  answerChars: 64_000_000,
  includes: 5_000,
  searchMs: 15_000,
  queryLength: 16_000,
  depth: 100,
};

export interface ApiSettings {
  /** Overrides what the `Host` header says: `https://record.example.org/fhir`. */
  readonly baseUrl?: string;
  /** Believe `X-Forwarded-Proto` and `X-Forwarded-Host` (only behind a proxy that sets them). */
  readonly trustForwarded?: boolean;
  /** Refuse updates, patches and deletes without `If-Match` (428). */
  readonly requireIfMatch?: boolean;
  /** The site's own words where something is in conflict (CR5). */
  readonly words?: Words;
}

/** Of the authorization server, as the CapabilityStatement names them. */
export interface OAuthAddresses {
  readonly authorize: string;
  readonly token: string;
  readonly register?: string;
  readonly manage?: string;
  readonly introspect?: string;
  readonly revoke?: string;
}

export interface FhirApiDeps {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly authenticator: Authenticator;
  readonly audit: AuditTrail;
  readonly auditReader: AuditReader;
  /** How complete the node's copy is; absent: it keeps everything. */
  readonly holdings?: Holdings;
  /** What collides between resources; absent: nobody looks. */
  readonly collisions?: Pick<CollisionRows, 'list'>;
  /** What numbers and places of sessions go by; absent: this node gives none. */
  readonly identity?: Pick<IdentityDeps, 'rows' | 'node' | 'leases'>;
  /** For clients that look for it in the CapabilityStatement. `base`: the one that the client used, with `/fhir`. */
  readonly oauthAddresses?: (base: string) => OAuthAddresses;
  /** Whether pages of this origin may call the API from a browser: that of a registered app. Absent: none may. */
  readonly isAppOrigin?: (origin: string) => boolean | Promise<boolean>;
  /** Who is at the other end, for the audit; absent: whoever is connected. */
  readonly clientAddressOf?: (request: IncomingMessage) => string | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  /** 32 bytes that seal page links; the same for all processes of a node. */
  readonly sealKey: Uint8Array;
  readonly version: string;
  readonly log: LogPort;
  readonly limits?: Partial<ApiLimits>;
  readonly settings?: ApiSettings;
}

/** What acts work with. */
export interface Api {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly authenticator: Authenticator;
  readonly audit: AuditTrail;
  readonly auditReader: AuditReader;
  readonly holdings: Holdings | undefined;
  readonly glass: BreakGlassDesk;
  readonly collisions: Pick<CollisionRows, 'list'> | undefined;
  /** Which records are of one person. */
  readonly links: PatientLinks;
  readonly identity: Pick<IdentityDeps, 'rows' | 'node' | 'leases'> | undefined;
  readonly oauthAddresses: ((base: string) => OAuthAddresses) | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly seal: Seal;
  readonly version: string;
  readonly limits: ApiLimits;
  readonly settings: ApiSettings;
  readonly log: LogPort;
  /** The table; here because the acts that read it stand in it. */
  readonly interactions: readonly Interaction[];
  interactionAt(verb: string, place: PlaceKind): Interaction | undefined;
  /** Carries out one act so that what it throws ends that act alone. */
  carryOut(act: () => Answered | Promise<Answered>): Promise<Answered>;
}
