// From a token to who is behind it (specs/accounts.md AN22 to AN29).
//
//   header or cookie ──► token ──► row ──► account ──► roles, places ──► Principal, remembered for `freshMs`
//
//   1. A token is looked up in the database by its hash; unknown, ended and revoked ones are the same to whoever asks, and cost the same.
//   2. Nothing is believed for longer than `freshMs`: a disabled account, a revoked token, an ended role takes effect by then.
//   3. What fails in between (a database that does not answer) is not remembered.
//   4. Memory is bounded. Only tokens that are somebody's are remembered.
import type { JsonObject, ResourceJson } from '../../core/base/json-types.ts';
import type { Clock, Instant } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { RecordStore } from '../../core/record/store.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { accountReader, referenceTo, type AccountReader } from './accounts/account-record.ts';
import type { Account } from './accounts/account-resource.ts';
import { dutiesHeld } from './accounts/standing.ts';
import type { AuthenticationRefusal, Authenticator, Credentials } from './authenticator.ts';
import { LOCAL_CLIENT, WEB_CLIENT } from './oauth/clients.ts';
import { ACCESS_TOKEN_KINDS, rowIdOf, type TokenPayload } from './oauth/token-rows.ts';

export interface AuthenticatorOptions {
  readonly rows: ExpiringRows;
  readonly store: RecordStore;
  readonly clock: Clock;
  /** The access token of a `Cookie` header: the session of the node's own pages. */
  readonly tokenOf: (cookieHeader: string) => Promise<string | undefined>;
  /** Whether this node was started as a demo; asked each time. Absent: it was not. */
  readonly isDemo?: () => boolean;
  /** Longest time that a principal is remembered; 5 s unless told. */
  readonly freshMs?: number;
  /** Tokens that are remembered at once. */
  readonly remembered?: number;
}
export interface OpenedAuthenticator extends Authenticator {
  /** Somebody in the middle of signing in, as a client of the node's own. Undefined: no such account, or disabled. */
  principalOf(accountId: string, session: string | undefined): Promise<Principal | undefined>;
}
type Authenticated = Result<Principal, AuthenticationRefusal>;

const FRESH_MS = 5_000;
const REMEMBERED = 20_000;
/** Where a ward's beds are changes by building work: looked at less often than who is on duty. */
const PLACES_FRESH_MS = 60_000;
const PLACES_REMEMBERED = 1_000;
const PLACES_DEEP = 8;
const PLACES_MAX = 5_000;
const OWN_CLIENTS: ReadonlySet<string> = new Set([WEB_CLIENT, LOCAL_CLIENT]);

/** RFC 6750 2.1; a token of this node is far shorter than that. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]{1,512}=*) *$/i;

const invalid = (why: string): Authenticated => err({ kind: 'invalid', why });
/** The same for every token that opens nothing, whatever the reason. */
const ENDED = invalid('The access token is unknown or has ended');

export function openAuthenticator(options: AuthenticatorOptions): OpenedAuthenticator {
  const { rows, clock, tokenOf } = options;
  const freshMs = options.freshMs ?? FRESH_MS;
  const record = accountReader(options.store, options.isDemo);
  const placesBelow = placesReader(record, clock);
  const known = new Remembered<Authenticated>(clock, freshMs, options.remembered ?? REMEMBERED);

  const person = async (account: Account, client: string, session: string, now: Instant): Promise<Principal> => {
    const bare = { who: account.who, name: account.name, client, session, asOf: now };
    const [type = '', id = ''] = account.who.split('/');
    if (type === 'Patient') return { ...bare, duties: [{ role: 'patient', places: [], supervisor: false }] };
    const [practitioner, roles] = await Promise.all([
      record.read(type, id),
      record.find('PractitionerRole', [referenceTo('practitioner', account.who)]),
    ]);
    // Somebody who was taken off the staff, or off the record, is signed in with no role that opens anything.
    if (practitioner === undefined || practitioner['active'] === false) return { ...bare, duties: [] };
    const { duties, unconfirmed } = dutiesHeld(roles, now, await placesBelow(roles));
    const over = account.until !== undefined && now >= account.until;
    return { ...bare, duties, ...(over || unconfirmed ? { unconfirmed: true } : {}) };
  };

  const clientName = async (clientId: string): Promise<string | undefined> => {
    if (OWN_CLIENTS.has(clientId)) return 'Local service';
    const row = await rows.get('Client', clientId);
    const client: unknown = row === undefined ? undefined : JSON.parse(row.value);
    if (typeof client !== 'object' || client === null) return undefined;
    return 'name' in client && typeof client.name === 'string' ? client.name : clientId;
  };

  /** Who a token is, looked up. */
  const resolve = async (rowId: string): Promise<Authenticated> => {
    const now = clock.now();
    // Both at once, and always both: which kind a token was of does not show.
    const found = await Promise.all(ACCESS_TOKEN_KINDS.map((kind) => rows.get(kind, rowId)));
    const row = found.find((one) => one !== undefined);
    if (row === undefined || row.consumedAt !== undefined) return ENDED;
    // Only the OAuth provider and `issueLocalToken` write rows of these kinds.
    const token = JSON.parse(row.value) as TokenPayload;
    if (token.exp * 1_000 <= now) return ENDED;
    const [name, account] = await Promise.all([
      clientName(token.clientId),
      token.accountId === undefined ? undefined : record.byId(token.accountId),
    ]);
    // The program was taken off the register.
    if (name === undefined) return ENDED;
    const session = token.sessionUid ?? token.grantId ?? `token-${rowId.slice(0, 22)}`;
    const narrowing = OWN_CLIENTS.has(token.clientId)
      ? {}
      : { scopes: (token.scope ?? '').split(' ').filter((scope) => scope !== '') };
    if (token.accountId === undefined) {
      return ok({
        who: `Device/${token.clientId}`,
        name,
        duties: [{ role: 'service', places: [], supervisor: false }],
        client: token.clientId,
        session,
        ...narrowing,
        asOf: now,
      });
    }
    if (account === undefined || account.disabledAt !== undefined) return ENDED;
    const launched = token.extra?.patient;
    return ok({
      ...(await person(account, token.clientId, session, now)),
      ...narrowing,
      ...(launched === undefined ? {} : { launchPatient: `Patient/${launched}` }),
    });
  };

  return {
    freshMs,
    authenticate: async (credentials) => {
      const presented = await tokenIn(credentials, tokenOf);
      if (!presented.ok) return presented;
      const token = presented.value;
      // By the token itself: its hash is what the database knows, and costs as much as all else that is done here.
      return known.of(
        token,
        () => resolve(rowIdOf(token)),
        (answer) => answer.ok,
      );
    },
    principalOf: async (accountId, session) => {
      const account = await record.byId(accountId);
      if (account === undefined || account.disabledAt !== undefined) return undefined;
      return person(account, WEB_CLIENT, session ?? `sign-in-${accountId}`, clock.now());
    },
  };
}

/**
 * What is presented. The header wins; the cookie counts for GET and HEAD alone, and only where the browser says that the page was
 * this node's own or that a person typed the address (Fetch Metadata; browsers say nothing over plain http, where SameSite holds).
 */
async function tokenIn(
  { method, authorization, cookie, fetchSite }: Credentials,
  tokenOf: AuthenticatorOptions['tokenOf'],
): Promise<Result<string, AuthenticationRefusal>> {
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1];
    return token === undefined
      ? err({ kind: 'invalid', why: 'The Authorization header is not "Bearer" and a token' })
      : ok(token);
  }
  const reads = method === 'GET' || method === 'HEAD';
  const ours = fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
  if (cookie === undefined || !reads || !ours) return err({ kind: 'nobody' });
  const token = await tokenOf(cookie);
  return token === undefined ? err({ kind: 'nobody' }) : ok(token);
}

/** Answers that are good for a while; those who ask at once share one question. */
class Remembered<T> {
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #most: number;
  readonly #answers = new Map<string, { readonly at: Instant; readonly answer: Promise<T> }>();

  constructor(clock: Clock, freshMs: number, most: number) {
    this.#clock = clock;
    this.#freshMs = freshMs;
    this.#most = most;
  }

  /** `worth`: whether an answer is kept after those who wait for it have it. */
  of(name: string, ask: () => Promise<T>, worth: (answer: T) => boolean): Promise<T> {
    const now = this.#clock.now();
    const before = this.#answers.get(name);
    // A clock that was set back makes an answer old, not young for ever.
    if (before !== undefined && now >= before.at && now - before.at < this.#freshMs) return before.answer;
    this.#answers.delete(name);
    // The oldest goes; whoever it was asks again.
    if (this.#answers.size >= this.#most) {
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    const kept = { at: now, answer: ask() };
    this.#answers.set(name, kept);
    const forget = (): void => {
      if (this.#answers.get(name) === kept) this.#answers.delete(name);
    };
    kept.answer.then((answer) => {
      if (!worth(answer)) forget();
    }, forget);
    return kept.answer;
  }
}

/** The Locations below the places of roles, level by level. */
function placesReader(
  record: AccountReader,
  clock: Clock,
): (roles: readonly ResourceJson[]) => Promise<readonly ResourceJson[]> {
  const known = new Remembered<readonly ResourceJson[]>(clock, PLACES_FRESH_MS, PLACES_REMEMBERED);
  const below = async (places: readonly string[]): Promise<readonly ResourceJson[]> => {
    const found = new Map<string, ResourceJson>();
    let level = places;
    for (let depth = 0; level.length > 0 && depth < PLACES_DEEP && found.size < PLACES_MAX; depth++) {
      const children = await record.find('Location', [referenceTo('partof', ...level)]);
      const fresh = children.filter((one) => one.id !== undefined && !found.has(one.id));
      for (const one of fresh) found.set(one.id ?? '', one);
      level = fresh.map((one) => `Location/${one.id ?? ''}`);
    }
    return [...found.values()];
  };
  return async (roles) => {
    const places = [...new Set(roles.flatMap(locationsOf))].toSorted();
    return places.length === 0
      ? []
      : known.of(
          places.join(' '),
          () => below(places),
          () => true,
        );
  };
}
function locationsOf(role: ResourceJson): readonly string[] {
  const references = Array.isArray(role['location']) ? role['location'] : [];
  return references.flatMap((one: JsonObject | null) => {
    const text = one?.['reference'];
    return typeof text === 'string' && /^Location\/[A-Za-z0-9\-.]{1,64}$/.test(text) ? text : [];
  });
}
