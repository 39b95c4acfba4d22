// The device behind the screens: record, engine, rights, news and audit as one thing, in a page or in a worker.
//
//   save ──rights──> engine over the memory record ──> commit, signed ──log, on the disk──> acknowledged (D0) ──> news
//   chart, search, read ──rights──> what is here ──> told to the audit ──> shown
//
//   BD1  A write is answered when the log has it.
//   BD2  Rights are those of `core/access` with the engine's actor: the tables of the servers.
//   BD5  While nobody is in, nothing of a patient leaves this class, and nothing is written.
import { accessOf } from '../../core/access/access-of.ts';
import type { Access, AskedInteraction } from '../../core/access/access.ts';
import type { AuditTrail } from '../../core/access/audit-trail.ts';
import { readBatchId } from '../../core/access/audit-lines.ts';
import { sightOfLinked } from '../../core/access/linked-sight.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { Instant } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import type { Change } from '../../core/engine/engine.ts';
import type { TransactionEntry } from '../../core/engine/transaction.ts';
import { compartmentOf, readHere } from '../../core/record/memory-here.ts';
import type { CommitPlace } from '../../core/record/noting-store.ts';
import { parsedQuery } from '../../core/record/parse-here.ts';
import { patientScope } from '../../core/record/scope.ts';
import type { RecordStore, ResourceKey, Visibility } from '../../core/record/store.ts';
import { deviceClock, type DeviceClock } from '../../core/sync/device-clock.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { permits } from '../../core/sync/scopes.ts';
import type { Durability } from '../../core/sync/ports.ts';
import type { BrowserPorts } from '../ports/browser-ports.ts';
import type { Filling } from '../storage/storage.ts';
import type {
  Chart,
  ConflictShown,
  Device,
  Draft,
  Keeping,
  LocalPerson,
  News,
  NotRead,
  NotSaved,
  Saved,
  Session,
  Shown,
  ShownPage,
  Status,
} from './device.ts';
import type { DraftDesk } from './drafts.ts';
import { guardedLog } from './guard-log.ts';
import { Looks } from './looks.ts';
import { NewsDesk } from './news-desk.ts';
import { LOCKED } from './not-saved.ts';
import { recordsOfPerson } from './one-person.ts';
import { conflictShown, shownHere, shownVersion } from './shown.ts';
import { StatusBoard, type Standing } from './status-board.ts';
import { Writes, type Chosen, type CustodyPlace } from './writes.ts';

export interface PageDeviceOptions {
  /** The name of this node. */
  readonly node: string;
  readonly ports: BrowserPorts;
  readonly log: OutboxLog;
  /** What the log holds. */
  readonly entries?: Iterable<LogEntry>;
  readonly drafts: DraftDesk;
  /** Where the store comes up piece by piece: what reads and writes wait for. */
  readonly filling?: (store: MemorySyncStore) => Filling;
  /** Takes what people looked at. */
  readonly audit: (device: { readonly store: MemorySyncStore; readonly clock: DeviceClock }) => AuditTrail;
  readonly signing?: { readonly key: string; sign(hash: string): string | Promise<string> };
  /** The latest time that this device lived through; 0 where that is not known. */
  readonly lastKnown?: Instant;
  readonly keeping: Keeping;
  /** Of the site, for people, and its short code. */
  readonly site: string;
  readonly siteCode?: string;
  readonly build: string;
  readonly people?: readonly LocalPerson[];
}

/** What the link to the site gives the device, and asks of it. */
export interface SiteLink {
  /** One meeting, now. */
  meet(): Promise<void>;
  /** Something was written or is wanted: meet soon. */
  wake(): void;
  close(): void;
}

const LIMITS = { includes: 1_000, ms: 10_000 };
/** After which somebody who still looks at a record that is not here has it asked for again. */
const ASK_AGAIN_MS = 5 * 60_000;
const ASKED_MAX = 1_000;
const HISTORY = 200;
const CONFLICTS = 200;
const NOBODY: NotRead = { kind: 'locked', text: LOCKED.text };
export const WARDS_NOTE = 'wards';
export const AS_OF_NOTE = 'as-of';
export const SITE_NOTE = 'site';

export function openPageDevice(options: PageDeviceOptions): PageDevice {
  return new PageDevice(options);
}

export class PageDevice implements Device {
  readonly store: MemorySyncStore;
  readonly clock: DeviceClock;
  readonly #options: PageDeviceOptions;
  readonly #news: NewsDesk;
  readonly #board: StatusBoard;
  readonly #looks: Looks;
  readonly #writes: Writes;
  /** As the store, but whatever is not here yet is waited for. */
  readonly #reads: RecordStore;
  readonly #filling: Filling | undefined;
  #session: Session;
  #link: SiteLink | undefined;
  /** When the site was last asked for whose record. */
  readonly #asked = new Map<string, number>();

  constructor(options: PageDeviceOptions) {
    this.#options = options;
    const { ports, node, signing, log, entries = [] } = options;
    const { digest, chance } = ports;
    this.#session = this.#closed('start');
    this.#news = new NewsDesk(() => this.#board.look());
    this.clock = deviceClock(ports.clock, ports.monotonic, options.lastKnown ?? 0);
    let isFull = false;
    const guarded = guardedLog(log, (why) => {
      this.#board.trouble('store-lost', why === 'lost');
      // What the browser says of its room stands until a write was refused for it, and from then on what writes say.
      if (why === 'full' || isFull) this.#board.trouble('quota-low', why === 'full');
      isFull = why === 'full';
    });
    this.store = openMemorySyncStore(
      {
        digest,
        clock: this.clock,
        chance,
        node,
        policies: carePolicies(),
        // The audit's own batches are news to nobody.
        changed: (home, key) => {
          if (key?.type !== 'Binary' || readBatchId(key.id) === undefined) this.#news.touched(home);
        },
        ...(signing === undefined ? {} : { signing }),
      },
      guarded,
      entries,
    );
    this.#filling = options.filling?.(this.store);
    this.#reads = this.#filling?.store ?? this.store;
    this.#board = new StatusBoard({
      store: this.store,
      clock: this.clock,
      node,
      news: this.#news,
      fixed: {
        keeping: options.keeping,
        site: options.site,
        build: options.build,
        self: `Device/${node}`,
        ...(options.siteCode === undefined ? {} : { siteCode: options.siteCode }),
      },
      session: () => this.#session,
      visible: () => this.#access()?.visible,
    });
    const audit = options.audit({ store: this.store, clock: this.clock });
    this.#looks = new Looks(audit, this.clock);
    this.#writes = new Writes({
      store: this.store,
      writes: this.#reads,
      clock: this.clock,
      ports,
      node,
      siteCode: () => this.status().siteCode ?? 'here',
      looks: this.#looks,
      audit,
      access: () => this.#access(),
      wrote: () => {
        this.#board.now();
        this.#link?.wake();
      },
    });
  }

  // ---- what its host does

  /** Somebody signed in, or unlocked what is theirs. Their device is this one, whatever they came by. */
  enter(principal: Principal, online: boolean): void {
    const { node } = this.#options;
    this.#session = { kind: 'open', principal: { ...principal, device: node }, online };
    this.#board.trouble('unconfirmed-person', principal.unconfirmed === true);
    this.#board.now();
    this.#news.everything();
  }
  /** For the audit: who came, who went. */
  async happened(act: 'sign-in' | 'sign-out', detail: string): Promise<void> {
    const access = this.#access();
    if (access !== undefined) await this.#looks.happened(access.principal, act, { detail });
  }
  link(link: SiteLink): void {
    this.#link = link;
  }
  /** What the site, or its silence, says of where this device stands. */
  stands(at: Standing): void {
    this.#board.stands(at);
  }
  get board(): StatusBoard {
    return this.#board;
  }
  async close(): Promise<void> {
    this.#link?.close();
    this.#board.close();
    this.#news.close();
    await this.store.close();
  }

  // ---- what is there

  status(): Status {
    return this.#board.status();
  }
  listen(heard: (news: News) => void): () => void {
    return this.#news.listen(heard);
  }

  async read(keys: readonly ResourceKey[]): Promise<readonly (Shown | undefined)[]> {
    const access = this.#access();
    if (access === undefined) return keys.map(() => undefined);
    const open: ResourceKey[] = [];
    for (const key of keys) if (await this.#isOpen(access, { name: 'read', ...key })) open.push(key);
    await this.#reads.read(open, access.visible);
    const here = readHere(this.store.record, open, access.visible);
    const found = new Map(here.flatMap((one) => (one === undefined ? [] : [[nameOf(one.stored.key), one] as const])));
    const patients = [...found.values()].map(({ stored }) => stored.home);
    if (found.size > 0)
      await this.#looks.tell(access.principal, { act: 'read', patients, what: [...found.keys()].toSorted() });
    return keys.map((key) => {
      const one = found.get(nameOf(key));
      return one === undefined ? undefined : shownHere(one, this.store);
    });
  }

  async search(query: string, after?: string): Promise<Result<ShownPage, NotRead>> {
    const access = this.#access();
    if (access === undefined) return err(NOBODY);
    const parsed = parsedQuery(query, this.clock.now());
    if (!parsed.ok) return err({ kind: 'not-understood', text: parsed.error });
    const { type, query: asked } = parsed.value;
    const denial = access.refuses({ name: 'search-type', type });
    if (denial !== undefined) {
      await this.#looks.refused(access.principal, { name: 'search-type', type });
      return err({ kind: 'forbidden', text: denial.why });
    }
    const page = await this.#reads.search(
      { ...asked, ...(after === undefined ? {} : { after }) },
      access.visible,
      LIMITS,
    );
    if (!page.ok) return err({ kind: 'too-costly', text: `This search asks for ${page.error.what}.` });
    const { hits, total, next } = page.value;
    const patients = hits.map(({ stored }) => stored.home);
    const said = query.slice(type.length + 1);
    await this.#looks.tell(access.principal, {
      act: 'search',
      interaction: 'search-type',
      patients,
      what: [type],
      query: said,
    });
    const here = readHere(
      this.store.record,
      hits.map(({ stored }) => stored.key),
      access.visible,
    );
    const found = here.flatMap((one, at) => {
      const mode = hits[at]?.mode;
      return one === undefined || mode === undefined ? [] : [{ ...shownHere(one, this.store), mode }];
    });
    return ok({ found, ...(total === undefined ? {} : { total }), ...(next === undefined ? {} : { next }) });
  }

  async chart(patient: string): Promise<Chart> {
    const access = this.#access();
    const nothing: Chart = { patient: undefined, all: [], held: 'unknown', beyondReach: false };
    if (access === undefined || !(await this.#isOpen(access, { name: 'read', type: 'Patient', id: patient })))
      return nothing;
    const { record } = this.store;
    await this.#filling?.patient(patient);
    const ids = recordsOfPerson(record, patient);
    for (const id of ids) await this.#filling?.patient(id);
    const visible = await this.#sighted(access.visible, ids);
    const all = ids
      .flatMap((id) => compartmentOf(record, `Patient/${id}`, visible))
      .map((one) => shownHere(one, this.store));
    const own = all.find(({ key }) => key.type === 'Patient' && key.id === patient);
    const held = this.#heldOf(patient);
    const { asOf } = this.status();
    if (held !== 'whole') await this.#ask(patient, access);
    if (all.length > 0) {
      const patients = ids.map((id) => `Patient/${id}`);
      await this.#looks.tell(access.principal, {
        act: 'everything',
        interaction: '$everything',
        patients,
        what: [`Patient/${patient}`],
      });
    }
    return {
      patient: own,
      all,
      held,
      ...(asOf === undefined ? {} : { asOf }),
      // Of a record that is not here nobody knows who cares for the patient.
      beyondReach: own !== undefined && held !== 'identity' && (await this.#isBeyond(access, patient)),
    };
  }

  async history(key: ResourceKey): Promise<readonly Shown[]> {
    const access = this.#access();
    if (access === undefined || !(await this.#isOpen(access, { name: 'history-instance', ...key }))) return [];
    const { versions } = await this.#reads.history({ ...key, count: HISTORY }, access.visible);
    const patients = versions.map(({ home }) => home);
    await this.#looks.tell(access.principal, {
      act: 'history',
      interaction: 'history-instance',
      patients,
      what: [nameOf(key)],
    });
    return versions.flatMap((version) => shownVersion(version, this.store) ?? []);
  }

  async conflicts(): Promise<readonly ConflictShown[]> {
    const access = this.#access();
    if (access === undefined) return [];
    const { conflicts } = await this.#reads.conflicts({ order: 'worst', count: CONFLICTS }, access.visible);
    const found: ConflictShown[] = [];
    for (const { key } of conflicts) {
      const siblings = await this.#reads.siblings(key, access.visible);
      const [here] = readHere(this.store.record, [key], access.visible);
      if (siblings !== undefined && here !== undefined)
        found.push(conflictShown(siblings, shownHere(here, this.store)));
    }
    const what = found.map(({ shown }) => nameOf(shown.key)).toSorted();
    const patients = conflicts.map(({ home }) => home);
    if (found.length > 0)
      await this.#looks.tell(access.principal, { act: 'operation', interaction: '$conflicts', patients, what });
    return found;
  }

  // ---- what people write

  save(changes: readonly Change[]): Promise<Result<Saved, NotSaved>> {
    return this.#writes.save(changes);
  }
  saveTogether(entries: readonly TransactionEntry[]): Promise<Result<Saved, NotSaved>> {
    return this.#writes.saveTogether(entries);
  }
  resolve(key: ResourceKey, ifMatch: string, chosen: Chosen): Promise<Result<Saved, NotSaved>> {
    return this.#writes.resolve(key, ifMatch, chosen);
  }
  takeCustody(patient: string, where: CustodyPlace): Promise<Result<Saved, NotSaved>> {
    return this.#writes.takeCustody(patient, where);
  }
  async breakGlass(patient: string, reason: string): Promise<Result<Saved, NotSaved>> {
    const done = await this.#writes.breakGlass(patient, reason);
    // Whose record opens is shown anew, whatever else changed.
    if (done.ok) this.#news.touched(`Patient/${patient}`);
    return done;
  }
  safetyOf({ origin, seq }: CommitPlace): Durability {
    return this.store.durabilityOf(origin, seq);
  }
  async printed(patients: readonly string[], what: string): Promise<void> {
    const access = this.#access();
    if (access === undefined) return;
    const homes = patients.map((id) => `Patient/${id}`);
    await this.#looks.happened(access.principal, 'print', { patients: homes, detail: what });
  }

  // ---- the link

  async keepWards(wards: readonly string[]): Promise<void> {
    const kept = [...new Set(wards)].toSorted();
    await this.store.note(WARDS_NOTE, kept.length === 0 ? '' : JSON.stringify(kept));
    await this.#writes.keepWards(kept);
    this.#board.now();
    this.#link?.wake();
  }
  async syncNow(): Promise<void> {
    await this.#link?.meet();
  }

  // ---- unfinished texts

  async drafts(): Promise<readonly Draft[]> {
    const access = this.#access();
    return access === undefined ? [] : this.#options.drafts.all(access.principal.who);
  }
  async putDraft(name: string, value: string): Promise<void> {
    const access = this.#access();
    if (access !== undefined)
      await this.#options.drafts.put(access.principal.who, { name, value, at: this.clock.now() });
  }

  async lock(why: 'idle' | 'person'): Promise<void> {
    if (this.#session.kind !== 'open') return;
    this.#session = this.#closed(why);
    this.#board.now();
    this.#news.everything();
  }

  // ----

  #closed(why: 'start' | 'idle' | 'person'): Session {
    const { people = [] } = this.#options;
    return people.length === 0 ? { kind: 'none' } : { kind: 'locked', people, why };
  }
  #access(): Access | undefined {
    return this.#session.kind === 'open' ? accessOf(this.#session.principal, this.clock.now()) : undefined;
  }
  /** What no role may ever do is refused before anything is looked at, and told. */
  async #isOpen(access: Access, asked: AskedInteraction): Promise<boolean> {
    if (access.refuses(asked) === undefined) return true;
    await this.#looks.refused(access.principal, asked);
    return false;
  }
  async #sighted(visible: Visibility, ids: readonly string[]): Promise<Visibility> {
    if (ids.length < 2 || visible.see === 'everything') return visible;
    const rules = await sightOfLinked(visible, [ids], this.store);
    return rules.length === 0 ? visible : { see: 'some', rules: [...visible.rules, ...rules] };
  }
  async #isBeyond({ care }: Access, id: string): Promise<boolean> {
    if (care === undefined) return false;
    const [inReach] = await this.store.wouldSee(
      [{ key: { type: 'Patient', id }, resource: { resourceType: 'Patient', id } }],
      care,
    );
    return inReach !== true;
  }
  #heldOf(id: string): Chart['held'] {
    const kept = this.store.record.kept.get('Patient')?.get(id);
    if (kept === undefined || kept.stored.deleted) return 'unknown';
    // Registered here, and nobody else knows of it.
    if ([...kept.revisions.keys()].every((name) => this.store.ownCommitOf(name) !== undefined)) return 'whole';
    const link = this.store.link(this.store.noted(SITE_NOTE) ?? '');
    if (link === undefined || !permits(link.scopes, [patientScope(id)])) return 'identity';
    return link.deferred.length > 0 || this.status().filling !== undefined ? 'filling' : 'whole';
  }
  /** Clinicians ask for what is not here (SC15), by opening it: once, however often it is drawn. */
  async #ask(patient: string, access: Access): Promise<void> {
    const asked = { name: '$fetch-record', type: 'Patient', id: patient };
    if (this.#link === undefined || access.refuses(asked) !== undefined) return;
    const now = this.#options.ports.monotonic();
    if (now - (this.#asked.get(patient) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return;
    if (this.#asked.size >= ASKED_MAX) this.#asked.clear();
    this.#asked.set(patient, now);
    await this.store.want([patientScope(patient)]);
    this.#link.wake();
  }
}

const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;
