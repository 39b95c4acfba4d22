// Which part of the record who keeps, put together: what the link tells, what the job reads, what people ask, what is shown.
//
//   SC4  What a peer pushed is granted to it before its verdicts leave.
//   SC7  One process reads the feed at a time; the others look now and then whether they have the turn.
//   SC20 SC21 What is here, and as of when.
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { Completeness, CopyState, Holdings } from '../../core/record/holding.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { DEMOGRAPHICS, installOf, patientScope } from '../../core/record/scope.ts';
import type { RecordStore } from '../../core/record/store.ts';
import type { CarriedCommit, SyncReads } from '../../core/sync/ports.ts';
import type { Scopes } from '../../core/sync/scopes.ts';
import { FeedReader } from './read-feed.ts';
import { keyOfScope } from './name-patients.ts';
import { ageOf, patientsNow, type DataAge } from './tell-age.ts';
import type { ScopeState, ScopeTables } from './ports.ts';

export interface ScopesOptions {
  readonly tables: ScopeTables;
  readonly store: Pick<RecordStore, 'read' | 'search'>;
  readonly sync: Pick<SyncReads, 'feed'>;
  /** The node's own name. */
  readonly install: string;
  readonly clock: Clock;
  /** Where the job fails; it goes on by itself. */
  readonly log: (message: string) => void;
}

export interface OpenScopes extends Holdings {
  /** What `peer` may have: `SyncReads.grants`. */
  grantsOf(peer: string): Promise<Scopes>;
  /** `peer` sent these and they are kept: called before it is told so. */
  noteReceived(peer: string, commits: readonly CarriedCommit[]): Promise<void>;
  /** The node above is this one; `undefined`: there is none. */
  setParent(parent: string | undefined): Promise<void>;
  /** A session with the parent that was begun at `at` came to its end: what it granted, `scopes`, is here. */
  confirmed(parent: string, at: Instant, scopes: Scopes): Promise<void>;
  /** While the record is filled from above: how many heads came, of how many. */
  noteFilling(done: number, of: number): Promise<void>;
  state(): Promise<ScopeState>;
  /** Of what is here, for the patients who matter most at present; `undefined` at a node that has nobody above. */
  age(): Promise<DataAge | undefined>;
  /** A step of the job, where this process has the turn. False: nothing was done. */
  step(): Promise<boolean>;
  start(): void;
  /** Resolves when the job stands still. */
  close(): Promise<void>;
}

const TURN_MS = 30_000;
const IDLE_MS = 2_000;
/** Of the time that a step took, how many times as long the job rests: so it takes a third of a core at most. */
const REST = 2;
const REST_MS_MAX = 5_000;
const STATE_FRESH_MS = 1_000;
const HELD_FRESH_MS = 5_000;
const MATTER_FRESH_MS = 30_000;
const KNOWN_MAX = 100_000;

export function openScopes(options: ScopesOptions): OpenScopes {
  return new Service(options);
}

const idOf = (key: string): string => key.slice(patientScope('').length);

class Service implements OpenScopes {
  readonly #options: ScopesOptions;
  readonly #reader: FeedReader;
  /** `peer key` of what was granted by a push before, so that most pushes ask nothing of the database. */
  readonly #pushed = new Set<string>();
  /** The scopes that the last confirmation was of: the same array, mostly. */
  #confirmed: Scopes | undefined;
  /** When each key was last seen to be here. */
  readonly #held = new Map<string, Instant>();
  #state: { readonly at: Instant; readonly state: ScopeState } | undefined;
  /** Who is in the house or expected. */
  #matter: { readonly at: Instant; readonly patients: readonly string[] } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ScopesOptions) {
    this.#options = options;
    this.#reader = new FeedReader(options);
  }

  grantsOf(peer: string): Promise<Scopes> {
    return this.#options.tables.grantsOf(peer);
  }

  async noteReceived(peer: string, commits: readonly CarriedCommit[]): Promise<void> {
    const { tables, clock } = this.#options;
    const keys = new Set<string>();
    const born = new Set<string>();
    const isOwn = ({ origin }: CarriedCommit): boolean => installOf(origin) === peer;
    // Devices carry copies for each other: what is another's makes a patient the other's, not the carrier's.
    const counting = commits.every(isOwn) || !(await this.#isDevice(peer)) ? commits : commits.filter(isOwn);
    for (const { revisions } of counting) {
      for (const { header } of revisions) {
        const read = decodeRevision(header);
        const key = read.ok ? keyOfScope(read.value.scope) : undefined;
        if (!read.ok || key === undefined || this.#pushed.has(`${peer} ${key}`)) continue;
        keys.add(key);
        if (read.value.type === 'Patient' && read.value.parents.length === 0) born.add(key);
      }
    }
    if (keys.size === 0) return;
    await tables.grant(peer, [...keys], 'pushed', clock.now());
    if (born.size > 0 && (await this.#freshState()).parent !== undefined) await tables.noteBorn([...born], clock.now());
    if (this.#pushed.size > KNOWN_MAX) this.#pushed.clear();
    for (const key of keys) this.#pushed.add(`${peer} ${key}`);
  }

  async setParent(parent: string | undefined): Promise<void> {
    await this.#options.tables.setParent(parent);
    this.#held.clear();
    this.#state = undefined;
  }

  async confirmed(parent: string, at: Instant, scopes: Scopes): Promise<void> {
    const { tables } = this.#options;
    if ((await tables.state()).parent !== parent) {
      await tables.setParent(parent);
      this.#confirmed = undefined;
    }
    if (scopes !== this.#confirmed) {
      const now = new Set(scopes === 'all' ? [] : scopes);
      const before = new Set(await tables.filled());
      const added = [...now].filter((key) => !before.has(key));
      const taken = [...before].filter((key) => !now.has(key));
      await tables.setHeld(added, taken, at);
      this.#confirmed = scopes;
      if (taken.length > 0) this.#held.clear();
    }
    await tables.confirm(parent, at);
    this.#state = undefined;
  }

  async noteFilling(done: number, of: number): Promise<void> {
    await this.#options.tables.setFilling(done, of);
    this.#state = undefined;
  }

  state(): Promise<ScopeState> {
    return this.#options.tables.state();
  }

  async overall(): Promise<CopyState | undefined> {
    const { parent, confirmedAt, filling } = await this.#freshState();
    if (parent === undefined) return undefined;
    return {
      hasAlerts: (await this.#heldOf([DEMOGRAPHICS])).size > 0,
      ...(confirmedAt === undefined ? {} : { asOf: confirmedAt }),
      ...(filling === undefined ? {} : { filling }),
    };
  }

  async of(patients: readonly string[]): Promise<readonly Completeness[] | undefined> {
    const { tables, install } = this.#options;
    const { parent, confirmedAt } = await this.#freshState();
    if (parent === undefined) return undefined;
    const keys = patients.map(patientScope);
    const held = await this.#heldOf([...keys, DEMOGRAPHICS]);
    const others = patients.filter((_id, i) => !held.has(keys[i] ?? ''));
    const born = new Set(others.length === 0 ? [] : await tables.bornHere(others, install));
    // What the node above grants no more grows old, whoever began it.
    for (const key of born.size === 0 ? [] : await tables.takenOf(others.map(patientScope))) born.delete(idOf(key));
    const wanted = new Set(others.length === 0 ? [] : await tables.wantedOf(others.map(patientScope)));
    return patients.map((id, i) => {
      const isWhole = held.has(keys[i] ?? '') || born.has(id);
      // Before the first word from above nobody knows what is elsewhere.
      const isComing = wanted.has(keys[i] ?? '') || confirmedAt === undefined;
      return {
        holding: isWhole ? 'whole' : isComing ? 'coming' : 'elsewhere',
        hasAlerts: isWhole || held.has(DEMOGRAPHICS),
        ...(confirmedAt === undefined ? {} : { asOf: confirmedAt }),
      };
    });
  }

  async ask(patient: string): Promise<Completeness | undefined> {
    const [now] = (await this.of([patient])) ?? [];
    if (now === undefined || now.holding === 'whole') return now;
    const { tables, clock } = this.#options;
    await tables.want([patientScope(patient)], clock.now());
    return { ...now, holding: 'coming' };
  }

  async age(): Promise<DataAge | undefined> {
    const { store, clock } = this.#options;
    const now = clock.now();
    if ((await this.#freshState()).parent === undefined) return undefined;
    if (this.#matter === undefined || Math.abs(now - this.#matter.at) >= MATTER_FRESH_MS)
      this.#matter = { at: now, patients: await patientsNow(store, now) };
    return ageOf(now, (await this.of(this.#matter.patients)) ?? []);
  }

  async step(): Promise<boolean> {
    const { tables, clock } = this.#options;
    const now = clock.now();
    if (!(await tables.claimTurn(now, now + TURN_MS))) return false;
    try {
      return await this.#reader.step();
    } finally {
      // The next step is anybody's.
      await tables.endTurn();
    }
  }

  start(): void {
    this.#later(IDLE_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#work();
    }, ms);
    this.#timer.unref();
  }

  async #work(): Promise<void> {
    const begun = performance.now();
    let isMore = false;
    try {
      isMore = await this.step();
    } catch (error) {
      this.#options.log(
        `what the nodes below may have is read again later: ${error instanceof Error ? error.name : ''}`,
      );
    }
    const rest = Math.min(REST_MS_MAX, (performance.now() - begun) * REST);
    this.#later(isMore ? rest : IDLE_MS);
  }

  /** What is here is remembered for a moment: every read and every search asks for it. */
  async #heldOf(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const now = this.#options.clock.now();
    const isFresh = (key: string): boolean => Math.abs(now - (this.#held.get(key) ?? -Infinity)) < HELD_FRESH_MS;
    const held = new Set(keys.filter(isFresh));
    const asking = keys.filter((key) => !held.has(key));
    if (asking.length === 0) return held;
    if (this.#held.size > KNOWN_MAX) this.#held.clear();
    for (const key of await this.#options.tables.heldOf(asking)) {
      held.add(key);
      this.#held.set(key, now);
    }
    return held;
  }

  async #isDevice(peer: string): Promise<boolean> {
    return (await this.#options.tables.peers()).some((each) => each.peer === peer && each.tier === 'device');
  }

  async #freshState(): Promise<ScopeState> {
    const now = this.#options.clock.now();
    const known = this.#state;
    if (known !== undefined && Math.abs(now - known.at) < STATE_FRESH_MS) return known.state;
    const state = await this.#options.tables.state();
    this.#state = { at: now, state };
    return state;
  }
}
