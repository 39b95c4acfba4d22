// A region, two sites, devices: the shipped machines of core/sync on simulated clocks, disks and networks, with faults.
//
// Everything happens in one queue ordered by time; chance comes from the seed alone. In safety mode anything may fail at any
// moment; then all faults end (liveness mode) and the world must become quiet and equal.
import { answer } from '../../src/core/sync/answer.ts';
import type { Effect, Machine } from '../../src/core/sync/effects.ts';
import { LINK_RULES, type LinkRules } from '../../src/core/sync/link-rules.ts';
import { decodeMessage, encodeMessage, type Reply, type Request } from '../../src/core/sync/messages.ts';
import type { CarriedCommit } from '../../src/core/sync/ports.ts';
import { keysOf, permits, type Scopes } from '../../src/core/sync/scopes.ts';
import { session, type SessionEnd } from '../../src/core/sync/session.ts';
import { watch, watchStart, type WatchState } from '../../src/core/sync/watchdog.ts';
import type { Mutant } from './mutants.ts';
import { SeededChance } from './seeded-chance.ts';
import { digest, DiskFull, SimulatedStore } from './simulated-store.ts';

export type Tier = 'region' | 'site' | 'device';

export interface Acked {
  readonly name: string;
  readonly node: string;
}
export interface SimulatedNode {
  readonly name: string;
  readonly tier: Tier;
  readonly store: SimulatedStore;
  /** Absent for the region. */
  parent: SimulatedNode | undefined;
  home: SimulatedNode | undefined;
  scopes: Scopes;
  /** One more at every start: what belongs to an earlier one is void. */
  life: number;
  busy: boolean;
  isLiar: boolean;
  /** Writes as a later version would. */
  isFuture: boolean;
  watchdog: WatchState;
  /** How far its clock is ahead. */
  skewMs: number;
  /** After a live snapshot it writes on in the origin of its twin. */
  hasTwin: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly steps: number;
  readonly mutant?: Mutant;
}

const SESSION_MS = 4_000;
const PATIENCE_MS = 30_000;
/** How often each happens, against the others. */
const FAULTS = [
  ['cut', 20],
  ['mend', 14],
  ['crash', 14],
  ['copy', 8],
  ['restore', 6],
  ['lose-site', 3],
  ['backup', 5],
  ['region-restore', 4],
  ['lose-device', 2],
  ['clone', 3],
  ['roam', 6],
  ['go-home', 4],
  ['scope', 5],
  ['full', 2],
  ['clock', 2],
  ['land', 3],
] as const;
type Fault = (typeof FAULTS)[number][0];
const PATIENTS = ['pat/a', 'pat/b', 'pat/c', 'pat/d'];

export class World {
  readonly chance: SeededChance;
  readonly options: WorldOptions;
  readonly nodes: SimulatedNode[] = [];
  readonly region: SimulatedNode;
  readonly sites: SimulatedNode[] = [];
  readonly acked: Acked[] = [];
  /** Exact header and text of everything that anybody wrote, by name. */
  readonly authored = new Map<string, { readonly header: string; readonly text: string | undefined }>();
  /** Every durable copy was destroyed before another holder had one. */
  readonly gone = new Set<string>();
  readonly faults = new Map<string, number>();
  readonly problems: string[] = [];
  /** Seeds with live snapshots or a liar may have forks; all others must have none. */
  mayFork = false;
  messages = 0;
  now = 1_000_000;
  private queue: { at: number; order: number; run: () => void }[] = [];
  private order = 0;
  private healed = false;
  private cut = new Set<string>();
  private readonly isWired: boolean;
  private readonly rates: { drop: number; repeat: number; slow: number; powerCut: number };
  private readonly traffic: { to: SimulatedNode; from: SimulatedNode; request: Request }[] = [];
  private readonly rules: LinkRules;
  private readonly weights: ReadonlyMap<Fault, number>;

  constructor(options: WorldOptions) {
    this.options = options;
    const chance = new SeededChance(options.seed * 7919 + 17);
    this.chance = chance;
    this.isWired = chance.happens(0.1);
    this.rates = {
      drop: chance.next() * 0.15,
      repeat: chance.next() * 0.15,
      slow: chance.next() * 0.2,
      powerCut: chance.next() * 0.02,
    };
    // Every seed has its own mix: some know no lost disks, some hardly anything else.
    this.weights = new Map(FAULTS.map(([fault, weight]) => [fault, weight * (chance.pick([0, 1, 1, 4]) ?? 1)]));
    const { mutant } = options;
    this.rules = {
      remembered: (record, incarnation, scopes) =>
        mutant === 'late-compare' && record === undefined
          ? { incarnation, arrival: 0, scopes, forked: [], deferred: [] }
          : LINK_RULES.remembered(record, incarnation, scopes),
      toRescue: mutant === 'no-rescue' ? () => [] : LINK_RULES.toRescue,
      floors: (stable, held) => {
        if (mutant === 'no-floor') return [];
        return mutant === 'floor-is-held' ? this.region.store.heldMarks() : LINK_RULES.floors(stable, held);
      },
    };
    this.region = this.addNode('R', 'region', undefined, 'all');
    for (const i of [0, 1]) {
      const own = i === 0 ? ['', 'pat/a', 'pat/b', 'pat/c'] : ['', 'pat/b', 'pat/c', 'pat/d'];
      const site = this.addNode(`S${i}`, 'site', this.region, own);
      this.sites.push(site);
      for (const d of [0, 1]) this.addNode(`D${i}${d}`, 'device', site, own);
    }
    const devices = this.nodes.filter((node) => node.tier === 'device');
    if (chance.happens(0.15)) {
      const future = chance.pick(devices);
      if (future) future.isFuture = true;
    }
    if (chance.happens(0.15)) {
      const liar = chance.pick(devices);
      if (liar) liar.isLiar = true;
      this.mayFork = true;
    }
  }

  private addNode(name: string, tier: Tier, parent: SimulatedNode | undefined, scopes: Scopes): SimulatedNode {
    const store = new SimulatedStore({
      node: name,
      tier,
      chance: this.chance,
      mutant: this.options.mutant,
      grants: (peer) => this.grantsOf(peer),
    });
    const watchdog = watchStart(this.now);
    const state = { life: 0, busy: false, isLiar: false, isFuture: false, skewMs: 0, hasTwin: false };
    const node = { name, tier, store, parent, home: parent, scopes, watchdog, ...state };
    this.nodes.push(node);
    return node;
  }
  grantsOf(peer: string): Scopes {
    return this.nodes.find((node) => node.name === peer)?.scopes ?? [];
  }
  private count(fault: string): void {
    this.faults.set(fault, 1 + (this.faults.get(fault) ?? 0));
  }

  // ---- time

  private later(ms: number, run: () => void): void {
    const entry = { at: this.now + ms, order: this.order++, run };
    const { queue } = this;
    let i = queue.length;
    queue.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = queue[up];
      if (above === undefined || !isBefore(entry, above)) break;
      queue[i] = above;
      i = up;
    }
    queue[i] = entry;
  }
  private runNext(): boolean {
    const { queue } = this;
    const first = queue[0];
    const last = queue.pop();
    if (first === undefined || last === undefined) return false;
    if (queue.length > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        const left = queue[child];
        const right = queue[child + 1];
        if (left === undefined) break;
        const least = right !== undefined && isBefore(right, left) ? right : left;
        if (least === right) child += 1;
        if (!isBefore(least, last)) break;
        queue[i] = least;
        i = child;
      }
      queue[i] = last;
    }
    this.now = first.at;
    first.run();
    return true;
  }
  private runUntil(at: number): void {
    for (let next = this.queue[0]; next !== undefined && next.at <= at; next = this.queue[0]) this.runNext();
    this.now = Math.max(this.now, at);
  }

  // ---- driving machines

  /** Runs `machine` on `node`; `done` with what it returned. A node that started again meanwhile knows nothing of it. */
  private drive<T>(
    node: SimulatedNode,
    machine: Machine<T>,
    ask: (request: Request, answered: (reply: Reply) => void) => void,
    done: (value: T | 'disk') => void,
  ): void {
    const { life } = node;
    const advance = (value: unknown): void => {
      let given = value;
      for (;;) {
        if (node.life !== life) return;
        const step = machine.next(given);
        if (step.done === true) {
          done(step.value);
          return;
        }
        const effect: Effect = step.value;
        if (effect.kind === 'ask') {
          ask(effect.request, advance);
          return;
        }
        try {
          given = effect.run(node.store);
        } catch (thrown) {
          if (!(thrown instanceof DiskFull)) throw thrown;
          done('disk');
          return;
        }
        if (effect.kind === 'read' || node.store.synced === node.store.log.length) continue;
        if (this.options.mutant === 'ack-before-sync') {
          this.later(200, () => node.life === life && node.store.sync());
          continue;
        }
        const written = given;
        if (!this.healed && this.chance.happens(this.rates.powerCut)) {
          this.count('power cut in a write');
          node.life++;
          node.busy = false;
          node.store.crash();
          return;
        }
        this.later(1 + this.chance.below(4), () => {
          if (node.life !== life) return;
          node.store.sync();
          advance(written);
        });
        return;
      }
    };
    advance(undefined);
  }

  private isCut(from: SimulatedNode, to: SimulatedNode): boolean {
    return !this.healed && this.cut.has(`${from.name}>${to.name}`);
  }
  private send(from: SimulatedNode, to: SimulatedNode, arrive: () => void): void {
    this.messages++;
    if (this.isCut(from, to)) return;
    if (!this.healed && this.chance.happens(this.rates.drop)) {
      this.count('message dropped');
      return;
    }
    const delay = (): number =>
      1 + this.chance.below(20) + (!this.healed && this.chance.happens(this.rates.slow) ? this.chance.below(3_000) : 0);
    this.later(delay(), arrive);
    if (!this.healed && this.chance.happens(this.rates.repeat)) {
      this.count('message repeated');
      this.later(delay(), arrive);
    }
  }
  /** The wire: in some seeds every message is printed and read again. */
  private wired<M extends Request | Reply>(message: M): M {
    if (!this.isWired) return message;
    const read = decodeMessage(encodeMessage({ id: '1', message }));
    if (!read.ok) throw new Error(`a message does not decode: ${message.kind}`);
    return read.value.message as M;
  }
  private ask(child: SimulatedNode, parent: SimulatedNode, request: Request, answered: (reply: Reply) => void): void {
    const { life } = child;
    const sent = this.wired(request);
    if (this.traffic.length < 200) this.traffic.push({ from: child, to: parent, request: sent });
    // A request is answered once: what comes twice, or for an earlier life, is nobody's.
    let open = true;
    this.send(child, parent, () =>
      this.serve(parent, child, sent, (reply) =>
        this.send(parent, child, () => {
          if (!open || child.life !== life) return;
          open = false;
          answered(this.wired(reply));
        }),
      ),
    );
  }
  private serve(parent: SimulatedNode, child: SimulatedNode, request: Request, done: (reply: Reply) => void): void {
    const machine = answer(request, { peer: child.name, digest, now: this.now + parent.skewMs, tier: parent.tier });
    const noAsk = (): void => {
      throw new Error('an answer asks nobody');
    };
    this.drive(parent, machine, noAsk, (reply) => {
      if (reply === 'disk') return done({ kind: 'refused', why: 'disk' });
      this.checkScopes(child, reply);
      this.checkTruth(parent, request, reply);
      done(reply);
    });
  }
  /** I8: no revision leaves for a peer that may not have it. */
  private checkScopes(child: SimulatedNode, reply: Reply): void {
    if (reply.kind !== 'feed' && reply.kind !== 'fetched') return;
    for (const commit of reply.commits)
      for (const { header } of commit.revisions)
        if (!permits(child.scopes, keysOf(header)) && reply.kind === 'fetched')
          this.problem('I8', `${child.name} was sent ${header}`);
        else if (reply.kind === 'feed' && !permits(child.scopes, keysOf(header)))
          this.problem('I8', `${child.name} was fed ${header}`);
  }
  /** I15: what is called stored is on the disk. */
  private checkTruth(parent: SimulatedNode, request: Request, reply: Reply): void {
    if (reply.kind !== 'verdicts' || request.kind !== 'push') return;
    const { store } = parent;
    if (store.synced < store.log.length && request.commits.some((_, i) => reply.verdicts[i]?.result === 'stored')) {
      const unsynced = new Set(
        store.log.slice(store.synced).flatMap((record) => (record.put === 'commit' ? [record.commit.hash] : [])),
      );
      if (request.commits.some((commit, i) => unsynced.has(commit.hash) && reply.verdicts[i]?.result === 'stored'))
        this.problem('I15', `${parent.name} says stored before the disk does`);
    }
  }
  problem(invariant: string, what: string): void {
    if (this.problems.length < 20) this.problems.push(`${invariant}: ${what}`);
  }

  startSession(child: SimulatedNode, parent: SimulatedNode): void {
    if (child.busy) return;
    child.busy = true;
    const { life } = child;
    const rounds = { open: true };
    const end = (result: SessionEnd | 'disk' | 'timeout'): void => {
      if (!rounds.open || child.life !== life) return;
      rounds.open = false;
      child.busy = false;
      const now = this.now;
      const finished = typeof result === 'object' && result.end === 'done' ? result : undefined;
      const queue = finished ? finished.left : this.queueOf(child).length;
      if (typeof result === 'object') {
        const isProgress = finished !== undefined && (finished.handed > 0 || finished.left === 0);
        child.watchdog = watch(child.watchdog, { kind: isProgress ? 'progress' : 'answered', now }).state;
      }
      const looked = watch(child.watchdog, { kind: 'tick', now, queue }, PATIENCE_MS);
      child.watchdog = looked.state;
      if (looked.rebuild && !child.store.full) {
        this.count('link rebuilt');
        child.store.setLink({ peer: parent.name, record: undefined });
      }
      if (typeof result === 'object' && result.end === 'done' && result.rescued > 0) this.count('rescue');
      if (typeof result === 'object' && result.end === 'done' && result.compared) this.count('comparison');
    };
    const machine = session({
      digest,
      now: this.now + child.skewMs,
      rules: this.rules,
      hasChildren: child.tier === 'site',
      page: 3 + this.chance.below(6),
    });
    this.drive(
      child,
      machine,
      (request, answered) => rounds.open && this.ask(child, parent, request, (reply) => rounds.open && answered(reply)),
      end,
    );
    this.later(SESSION_MS * 5, () => end('timeout'));
  }
  /** Commits to hand over, but those that were re-homed. */
  queueOf(child: SimulatedNode): readonly string[] {
    const forked = new Set(child.parent ? (child.store.link(child.parent.name)?.forked ?? []) : []);
    return child.store.carried().flatMap(({ origin }) => (forked.has(origin) ? [] : [origin]));
  }

  // ---- clients

  write(node: SimulatedNode): void {
    const { chance } = this;
    const { store } = node;
    const keys = PATIENTS.filter((key) => permits(node.scopes, [key]));
    const groups: { hash: string; header: string; text: string | undefined }[] = [];
    const wanted = new Set(Array.from({ length: chance.happens(0.25) ? 2 : 1 }, () => chance.pick(keys)));
    for (const key of wanted) {
      if (key === undefined) continue;
      const type = chance.happens(0.5) ? 'Observation' : 'Flag';
      const id = `${key.slice(4)}${chance.below(2)}`;
      const heads = store.headsOf(`${type}/${id}`);
      const isGone = chance.happens(0.06) && heads.length > 0;
      const text = isGone
        ? undefined
        : `{"resourceType":"${type}","id":"${id}","n":${this.authored.size}.${chance.below(10)}0}`;
      const { header, hash } = this.makeRevision(node, type, id, heads, key, text);
      groups.push({ hash, header, text });
      this.authored.set(hash, { header, text });
    }
    if (groups.length === 0) return;
    const { life } = node;
    try {
      store.accept(store.seal(groups, this.now + node.skewMs, node.isFuture && chance.happens(0.5)));
    } catch (thrown) {
      if (!(thrown instanceof DiskFull)) throw thrown;
      this.count('write refused by a full disk');
      return;
    }
    const acknowledge = (): void => {
      for (const { hash } of groups) this.acked.push({ name: hash, node: node.name });
    };
    if (this.options.mutant === 'ack-before-sync') acknowledge();
    this.later(1 + chance.below(4), () => {
      if (node.life !== life) return;
      store.sync();
      if (this.options.mutant !== 'ack-before-sync') acknowledge();
    });
  }
  private makeRevision(
    node: SimulatedNode,
    type: string,
    id: string,
    heads: readonly string[],
    key: string,
    text: string | undefined,
  ): { header: string; hash: string } {
    const kind = text === undefined ? 'tombstone' : 'put';
    const ms = Math.max(0, this.now + node.skewMs);
    const time = [ms, ms.toString(16).padStart(12, '0') + '0000', 0];
    const tag = node.isFuture && this.chance.happens(0.3) ? 'r2' : 'r1';
    const fields = [tag, type, id, [...heads].sort(), kind, null, time, [key], '4.0.1', ''];
    const header = tag === 'r1' ? JSON.stringify(fields) : `${JSON.stringify(fields).slice(0, -1)},{"later":1.00}]`;
    return { header, hash: digest.sha256(header + (text === undefined ? '' : digest.sha256(text))) };
  }

  // ---- faults

  private destroy(node: SimulatedNode, how: () => void): void {
    const before = node.store.everSynced();
    // What was sent before may bring back what is lost: no repetition of something that is there.
    this.traffic.length = 0;
    node.life++;
    node.busy = false;
    how();
    for (const other of this.nodes) for (const name of other.store.everSynced()) before.delete(name);
    for (const name of this.region.store.backup.log)
      if (name.put === 'commit') for (const { hash } of name.commit.revisions) before.delete(hash);
    for (const name of before) this.gone.add(name);
  }
  private readonly copies = new Map<string, SimulatedStore['log']>();

  fault(): void {
    const { chance } = this;
    const node = chance.pick(this.nodes);
    const site = chance.pick(this.sites);
    const device = chance.pick(this.nodes.filter((each) => each.tier === 'device'));
    if (!node || !site || !device) return;
    switch (this.pickFault()) {
      case 'cut': {
        const to = node.parent;
        if (!to) return;
        const ways = [`${node.name}>${to.name}`, `${to.name}>${node.name}`];
        const mode = chance.below(3);
        this.count(mode === 2 ? 'link cut' : 'link cut one way');
        for (const [i, way] of ways.entries()) if (mode === 2 || mode === i) this.cut.add(way);
        return;
      }
      case 'mend':
        return this.cut.clear();
      case 'crash':
        this.count('crash');
        node.life++;
        node.busy = false;
        return node.store.crash();
      case 'copy':
        site.store.sync();
        this.copies.set(site.name, [...site.store.log]);
        return;
      case 'restore': {
        const copy = this.copies.get(site.name);
        if (!copy) return;
        this.count('site restored from an old copy');
        return this.destroy(site, () => site.store.replaceDisk(copy));
      }
      case 'lose-site':
        this.count('site disk lost');
        this.copies.delete(site.name);
        return this.destroy(site, () => site.store.replaceDisk([]));
      case 'backup':
        return this.region.store.takeBackup();
      case 'region-restore':
        this.count('region restored to its backup');
        return this.destroy(this.region, () => this.region.store.replaceDisk(this.region.store.backup.log));
      case 'lose-device':
        this.count('device disk lost');
        return this.destroy(device, () => device.store.replaceDisk([]));
      case 'clone':
        return this.clone(device);
      case 'roam':
        this.count('device roams');
        device.parent = chance.happens(0.5) ? this.region : (chance.pick(this.sites) ?? this.region);
        return;
      case 'go-home':
        device.parent = device.home;
        return;
      case 'scope':
        return this.changeScope(chance.happens(0.5) ? site : device);
      case 'full':
        this.count('disk full');
        node.store.full = true;
        return this.later(5_000, () => {
          node.store.full = false;
        });
      case 'clock':
        this.count('clock jumped');
        node.skewMs = Math.max(1 - this.now, Math.floor((chance.next() - 0.5) * 20 * 365 * 86_400_000));
        return;
      case 'land':
        return this.region.store.landInFlight();
    }
  }
  private pickFault(): Fault {
    const sum = [...this.weights.values()].reduce((a, b) => a + b, 0);
    let left = this.chance.next() * sum;
    for (const [fault, weight] of this.weights) {
      left -= weight;
      if (left < 0) return fault;
    }
    return 'mend';
  }
  private changeScope(node: SimulatedNode): void {
    const key = this.chance.pick(PATIENTS) ?? '';
    if (node.scopes === 'all') return;
    this.count('scope changed');
    node.scopes = node.scopes.includes(key)
      ? node.scopes.filter((each) => each !== key)
      : [...node.scopes, key].toSorted();
  }
  private clone(device: SimulatedNode): void {
    if (this.nodes.length >= 10 || device.isLiar) return;
    this.count('device cloned');
    const twin = this.addNode(`${device.name}c${this.nodes.length}`, 'device', device.parent, device.scopes);
    twin.home = device.home;
    device.store.sync();
    twin.store.replaceDisk(device.store.log);
  }

  /** What a peer that lies sends: other bodies under honest names, commits in others' origins, wishes for what it may not have. */
  private lie(liar: SimulatedNode): void {
    const { chance } = this;
    const parent = liar.parent ?? this.region;
    const victim = chance.pick(this.nodes);
    const origin = victim?.store.origin ?? '';
    const [some] = victim?.store.commits(origin, 1 + chance.below(3), 1, 1_000_000) ?? [];
    const foreign = chance.pick([...this.authored.keys()]) ?? '';
    this.count('lie');
    const send = (request: Request): void =>
      this.ask(liar, parent, request, () => {
        // It does not listen.
      });
    const fate = chance.below(4);
    if (fate === 0) send({ kind: 'fetch', names: [foreign], bytes: 1000 });
    else if (some === undefined) send({ kind: 'pull', incarnation: 'x', after: 3, limit: 5, bytes: 1000 });
    else if (fate === 1) {
      // The newest, so that the false bytes may be there before the true ones.
      const newest = victim?.store.origins.get(origin)?.contiguous ?? 1;
      const [commit = some] = victim?.store.commits(origin, newest, 1, 1_000_000) ?? [];
      const revisions = commit.revisions.map((each) => ({ ...each, text: '{"resourceType":"Flag","lie":true}' }));
      send({ kind: 'push', commits: [{ ...commit, revisions }] });
    } else if (fate === 2) {
      const header = some.header.replace(/,\d+,""\]$/, ',7,""]');
      const forged: CarriedCommit = { ...some, header, hash: digest.sha256(header) };
      send({ kind: 'push', commits: [forged] });
    } else send({ kind: 'push', commits: [{ ...some, header: 'nonsense', hash: digest.sha256('nonsense') }] });
  }

  // ---- the run

  private tick(node: SimulatedNode): void {
    const { parent } = node;
    if (parent) this.startSession(node, parent);
    if (node.isLiar && !this.healed && this.chance.happens(0.4)) this.lie(node);
  }

  safety(): void {
    const { chance } = this;
    const weight = 0.3 + chance.next() * 0.4;
    const faulty = 0.02 + chance.next() * 0.25;
    for (let step = 0; step < this.options.steps; step++) {
      this.runUntil(this.now + chance.below(400));
      const node = chance.pick(this.nodes);
      if (!node) continue;
      if (chance.happens(faulty)) this.fault();
      else if (chance.happens(weight)) this.write(node);
      else this.tick(node);
      if (chance.happens(0.1)) this.region.store.landInFlight();
    }
  }
  /** All faults end; sessions go on until nothing changes. */
  liveness(): void {
    this.healed = true;
    this.cut.clear();
    for (const node of this.nodes) {
      node.store.full = false;
      node.parent = node.home;
      node.isLiar = false;
    }
    // A device keeps to what its site has: two that share a scope must be equal.
    for (const device of this.nodes)
      if (device.tier === 'device' && device.home && device.scopes !== 'all')
        device.scopes = device.scopes.filter((key) => permits(device.home?.scopes ?? [], [key]));
    let quiet = 0;
    let before = '';
    for (let round = 0; round < 60 && quiet < 2; round++) {
      this.region.store.landInFlight();
      for (const tier of ['device', 'site', 'device'] as const) {
        for (const node of this.nodes) if (node.tier === tier) this.tick(node);
        this.runUntil(this.now + 3_000);
      }
      this.runUntil(this.now + SESSION_MS * 5);
      this.region.store.landInFlight();
      if (round % 2 === 0) this.region.store.takeBackup();
      const state = this.nodes.map((node) => `${node.store.state()} ${this.queueOf(node).length}`).join('|');
      quiet = state === before ? quiet + 1 : 0;
      before = state;
    }
    if (quiet < 2) this.problem('I12', 'the world does not become quiet');
  }
  /** I6: all that was ever asked is asked again; nothing may change. */
  replay(): void {
    const before = this.nodes.map((node) => node.store.state()).join('|');
    for (const { from, to, request } of this.traffic)
      if (request.kind !== 'push') this.serve(to, from, request, () => undefined);
      else if (!this.mayFork) this.serve(to, from, request, () => undefined);
    this.runUntil(this.now + 10_000);
    const after = this.nodes.map((node) => node.store.state()).join('|');
    if (before !== after) this.problem('I6', `traffic that came again changed something`);
  }
}

const isBefore = (a: { at: number; order: number }, b: { at: number; order: number }): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
