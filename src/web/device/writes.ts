// What people write on this device: judged by their rights, landed by the engine, answered when the disk has it.
//
//   BD1  Answered when the log has it; what the disk refuses is told as that.
//   BD2  What no role may do is refused before anything is looked at; all else is judged by the engine.
//   BD7  Each revision says by whom, on which device, and what is known of the clock.
import type { Access, AskedInteraction } from '../../core/access/access.ts';
import type { AuditTrail } from '../../core/access/audit-trail.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { actorOf } from '../../core/engine/actor-of.ts';
import { createBreakGlassDesk } from '../../core/engine/break-glass.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import type { Actor, Change, ChangeRefusal, RecordEngine } from '../../core/engine/engine.ts';
import { takeMarCustody } from '../../core/engine/mar-custody.ts';
import { resolveConflict } from '../../core/engine/resolve-conflict.ts';
import { runTransaction, type TransactionEntry } from '../../core/engine/transaction.ts';
import { patchers } from '../../core/fhir/patch/patchers.ts';
import { readHere } from '../../core/record/memory-here.ts';
import { notingStore, type CommitPlace } from '../../core/record/noting-store.ts';
import { parsedSearch } from '../../core/record/parse-here.ts';
import type { RecordStore, ResourceKey } from '../../core/record/store.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { BrowserPorts } from '../ports/browser-ports.ts';
import type { NotSaved, Saved } from './device.ts';
import { DiskRefused } from './guard-log.ts';
import type { Looks } from './looks.ts';
import { askedBy, DISK, LOCKED, notSaved } from './not-saved.ts';
import { ownDevice, tellWards } from './own-device.ts';
import { shownHere } from './shown.ts';

export type Chosen = { readonly keep: string } | { readonly text: string };
export type CustodyPlace = 'this-device' | 'site' | 'paper';

export interface WritesOptions {
  readonly store: MemorySyncStore;
  /** The same, for what is written: none is judged by half a record. */
  readonly writes: RecordStore;
  readonly clock: DeviceClock;
  readonly ports: BrowserPorts;
  readonly node: string;
  /** The site's short code. */
  readonly siteCode: () => string;
  readonly looks: Looks;
  readonly audit: AuditTrail;
  readonly access: () => Access | undefined;
  /** Something was written. */
  readonly wrote: () => void;
}

interface Desk {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
}
type Work = (
  actor: Actor,
  desk: Desk,
  access: Access,
) => Promise<Result<readonly ResourceKey[], ChangeRefusal | NotSaved>>;

export class Writes {
  readonly #on: WritesOptions;

  constructor(options: WritesOptions) {
    this.#on = options;
  }

  save(changes: readonly Change[]): Promise<Result<Saved, NotSaved>> {
    return this.#write(changes.map(askedBy), async (actor, { engine }) => {
      const done = await engine.change(changes, actor);
      return done.ok ? ok(done.value.map(({ key }) => key)) : err(done.error.refusal);
    });
  }

  saveTogether(entries: readonly TransactionEntry[]): Promise<Result<Saved, NotSaved>> {
    const { clock, ports } = this.#on;
    const { chance } = ports;
    const criteria: Parameters<typeof runTransaction>[0]['criteria'] = async (type, query) => {
      const parsed = parsedSearch(type, query, clock.now(), false);
      if (parsed.ok) return ok({ ...parsed.value.query, sort: [], count: 2, total: 'none', include: [] });
      const fault = { severity: 'error', type: 'invalid', path: type, rule: 'criteria' } as const;
      return err([{ ...fault, message: parsed.error, spec: 'http://hl7.org/fhir/R4/http.html#trules' }]);
    };
    const asked = entries.map(({ change }) => askedBy(change));
    return this.#write(asked, async (actor, { engine, store }) => {
      const done = await runTransaction({ engine, store, clock, chance, criteria }, entries, actor);
      return done.ok ? ok(done.value.map(({ key }) => key)) : err(done.error.refusal);
    });
  }

  resolve(key: ResourceKey, ifMatch: string, chosen: Chosen): Promise<Result<Saved, NotSaved>> {
    return this.#write([{ name: '$resolve', ...key }], async (actor, desk) => {
      const done = await resolveConflict({ key, ifMatch, chosen }, actor, desk);
      return done.ok ? ok([done.value.outcome.key, ...done.value.apart]) : err(done.error);
    });
  }

  takeCustody(patient: string, where: CustodyPlace): Promise<Result<Saved, NotSaved>> {
    const { node, siteCode, clock } = this.#on;
    return this.#write([{ name: '$take-mar-custody', type: 'Patient', id: patient }], async (actor, desk) => {
      const isHere = where === 'this-device';
      if (isHere) await ownDevice(node, desk);
      const place = isHere ? ({ on: 'device', device: `Device/${node}` } as const) : { on: where, site: siteCode() };
      const done = await takeMarCustody({ patient, where: place }, actor, { ...desk, clock });
      if (done.ok) return ok([done.value.key]);
      return err(done.error.kind === 'refused' ? done.error.why : CUSTODY[done.error.kind]);
    });
  }

  /** Whose patients this device keeps: said in its own resource, by whoever is in. */
  keepWards(wards: readonly string[]): Promise<Result<Saved, NotSaved>> {
    const { node } = this.#on;
    return this.#write([], async ({ author = {} }, desk) => {
      await tellWards(node, wards, author, desk);
      return ok([]);
    });
  }

  breakGlass(patient: string, reason: string): Promise<Result<Saved, NotSaved>> {
    const { clock, ports, audit } = this.#on;
    const asked = [{ name: '$break-glass', type: 'Patient', id: patient }];
    return this.#write(asked, async (_actor, desk, { principal }) => {
      const glass = createBreakGlassDesk({ ...desk, clock, chance: ports.chance, audit });
      const done = await glass.open(principal, `Patient/${patient}`, reason);
      if (done.ok) return ok([]);
      const { kind, message: text } = done.error;
      if (kind === 'forbidden' || kind === 'own') return err({ kind: 'forbidden', text });
      if (kind === 'not-found' || kind === 'not-a-patient') return err({ kind: 'not-found', text });
      return err({ kind: kind === 'contended' ? 'contended' : 'invalid', text });
    });
  }

  async #write(asked: readonly AskedInteraction[], work: Work): Promise<Result<Saved, NotSaved>> {
    const { clock, ports, writes, looks } = this.#on;
    const access = this.#on.access();
    if (access === undefined) return err(LOCKED);
    for (const each of asked) {
      const denial = access.refuses(each);
      if (denial === undefined) continue;
      await looks.refused(access.principal, each);
      return err({ kind: 'forbidden', text: denial.why });
    }
    const noting = notingStore(writes, () => {
      const authoredAt = clock.wall();
      return { authoredAt, zoneMin: ports.zoneMin(authoredAt), skew: clock.skew() };
    });
    const engine = createEngine({ store: noting.store, clock, chance: ports.chance, patch: patchers });
    try {
      const done = await work(actorOf(access), { store: noting.store, engine }, access);
      if (done.ok) return ok(this.#saved(done.value, noting.commit(), access));
      const refusal = 'text' in done.error ? done.error : notSaved(done.error);
      if (refusal.kind === 'forbidden') await looks.refused(access.principal, asked[0] ?? { name: 'create' });
      return err(refusal);
    } catch (error) {
      if (error instanceof DiskRefused) return err(DISK);
      throw error;
    }
  }

  #saved(keys: readonly ResourceKey[], commit: CommitPlace | undefined, { visible }: Access): Saved {
    const { store, wrote } = this.#on;
    const shown = readHere(store.record, keys, visible).map((one) =>
      one === undefined ? undefined : shownHere(one, store),
    );
    if (commit === undefined) return { safe: 'D0', shown };
    wrote();
    return { commit, safe: store.durabilityOf(commit.origin, commit.seq), shown };
  }
}

const CUSTODY: Readonly<
  Record<'not-found' | 'no-stay' | 'several-stays' | 'may-not-administer' | 'no-such-device', NotSaved>
> = {
  'not-found': { kind: 'not-found', text: 'There is no such patient.' },
  'no-stay': { kind: 'invalid', text: 'No stay of this patient goes on.' },
  'several-stays': { kind: 'invalid', text: 'Several stays of this patient go on.' },
  'may-not-administer': { kind: 'forbidden', text: 'None of your roles may give this patient medication.' },
  'no-such-device': { kind: 'not-found', text: 'This device is not known to the record yet.' },
};
