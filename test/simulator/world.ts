// A region, two sites, devices: the shipped machines of core/sync on simulated clocks, disks and networks.
//
// Everything happens in one queue ordered by time; chance comes from the seed alone. What is done to it stands in `run-world.ts`.
import { answer } from '../../src/core/sync/answer.ts';
import type { Effect, Machine } from '../../src/core/sync/effects.ts';
import { LINK_RULES, type LinkRules } from '../../src/core/sync/link-rules.ts';
import type { Message, Reply, Request } from '../../src/core/sync/messages.ts';
import type { Tier } from '../../src/core/sync/ports.ts';
import { printOfScopes, type Scopes } from '../../src/core/sync/scopes.ts';
import { session, type SessionEnd } from '../../src/core/sync/session.ts';
import { watch, watchStart, type WatchState } from '../../src/core/sync/watchdog.ts';
import { EventQueue } from './event-queue.ts';
import type { Mutant } from './mutants.ts';
import { digest } from './parsed.ts';
import { decodeUpTo, encodeIn } from './second-version.ts';
import { SeededChance } from './seeded-chance.ts';
import { DiskFull, SimulatedStore, type LogRecord } from './simulated-store.ts';

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
  /** One more whenever its disk is another. */
  disk: number;
  busy: boolean;
  isLiar: boolean;
  /** Speaks the second version of the protocol, and writes as a later version would. */
  isLater: boolean;
  watchdog: WatchState;
  /** How far its clock is ahead. */
  skewMs: number;
  /** Bodies that were begun to be fetched; gone at every start. */
  pieces: Map<string, string>;
}

/** A bundle on its way in somebody's pocket, or kept by another device. */
export interface Pocket {
  readonly lines: readonly string[];
  readonly from: string;
  readonly to: string;
  /** The device that keeps it: gone with its disk. A stick in somebody's pocket has none, and is no promise. */
  readonly keeper: string | undefined;
  /** Names of the revisions in it. */
  readonly names: readonly string[];
}

/** What the world asks of those who act in it. */
export interface Actors {
  /** What `peer` is granted of `keys` by the node `at`. */
  lookUp(world: World, at: string, peer: string, keys: readonly string[]): readonly string[];
  /** What a parent that lies says instead. */
  twist(world: World, honest: Reply): Reply;
  checkReply(world: World, parent: SimulatedNode, child: SimulatedNode, request: Request, reply: Reply): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly steps: number;
  readonly mutant?: Mutant;
  /** Faults that come often, instead of what the seed draws: rare bugs need them to meet. */
  readonly often?: readonly string[];
}

export const SESSION_MS = 20_000;
const PATIENCE_MS = 30_000;
/** Texts of more units are fetched last, in ranges. */
export const LARGE = 300;
export const PATIENTS = ['pat/a', 'pat/b', 'pat/c', 'pat/d'];
/** Nobody below is ever granted it on demand. */
export const SEALED = 'pat/d';

export class World {
  readonly chance: SeededChance;
  readonly options: WorldOptions;
  readonly queue = new EventQueue();
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
  pockets: Pocket[] = [];
  /** Copies of disks that were made, by node. */
  readonly copies = new Map<string, readonly LogRecord[]>();
  /** What people looked up and must be granted in the end: `node key`. */
  readonly expected = new Set<string>();
  /** What was granted on demand. */
  readonly granted: (readonly [node: string, key: string])[] = [];
  readonly cut = new Set<string>();
  /** Seeds with live snapshots or a liar may have forks; all others must have none. */
  mayFork = false;
  messages = 0;
  healed = false;
  /** With how many missing heads those are fetched first. */
  private readonly backfillFrom: number;
  private readonly isWired: boolean;
  private readonly rates: { drop: number; repeat: number; slow: number; powerCut: number };
  traffic: { to: SimulatedNode; from: SimulatedNode; request: Request }[] = [];
  private readonly rules: LinkRules;
  private readonly actors: Actors;

  constructor(options: WorldOptions, actors: Actors) {
    this.options = options;
    this.actors = actors;
    const chance = new SeededChance(options.seed * 7919 + 17);
    this.chance = chance;
    this.isWired = chance.happens(0.1);
    this.backfillFrom = chance.pick([1, 8, 256]) ?? 1;
    this.rates = {
      drop: chance.next() * 0.15,
      repeat: chance.next() * 0.15,
      slow: chance.next() * 0.2,
      powerCut: chance.next() * 0.02,
    };
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
    if (chance.happens(0.25)) for (const node of this.nodes) node.isLater = chance.happens(0.4);
    const liar = chance.happens(0.25) ? chance.pick(this.nodes.slice(1)) : undefined;
    if (liar === undefined) return;
    liar.isLiar = true;
    this.mayFork = true;
  }

  addNode(name: string, tier: Tier, parent: SimulatedNode | undefined, scopes: Scopes): SimulatedNode {
    const store = new SimulatedStore({
      node: name,
      tier,
      chance: this.chance,
      mutant: this.options.mutant,
      grants: (peer) => this.nodeNamed(peer)?.scopes ?? [],
      lookUp: (peer, keys) => this.actors.lookUp(this, name, peer, keys),
      noted: (peer) => this.checkLabels(name, peer),
    });
    const watchdog = watchStart(this.queue.now);
    const state = { life: 0, disk: 0, busy: false, isLiar: false, isLater: false, skewMs: 0, pieces: new Map() };
    const node = { name, tier, store, parent, home: parent, scopes, watchdog, ...state };
    this.nodes.push(node);
    return node;
  }
  nodeNamed(name: string): SimulatedNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }
  count(fault: string): void {
    this.faults.set(fault, 1 + (this.faults.get(fault) ?? 0));
  }
  problem(invariant: string, what: string): void {
    if (this.problems.length < 20) this.problems.push(`${invariant}: ${what}`);
  }

  // ---- driving machines

  /** What a node was doing is over; its disk stays. */
  stop(node: SimulatedNode): void {
    node.life++;
    node.busy = false;
    node.pieces = new Map();
  }
  /** Runs `machine` on `node`; `done` with what it returned. A node that started again meanwhile knows nothing of it. */
  private drive<T>(
    node: SimulatedNode,
    machine: Machine<T>,
    ask: (effect: Effect & { kind: 'ask' }, answered: (reply: Reply) => void) => void,
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
          ask(effect, advance);
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
          this.queue.later(200, () => {
            if (node.life === life) node.store.sync();
          });
          continue;
        }
        const written = given;
        if (!this.healed && this.chance.happens(this.rates.powerCut)) {
          this.count('power cut in a write');
          this.crash(node);
          return;
        }
        this.queue.later(1 + this.chance.below(4), () => {
          if (node.life !== life) return;
          node.store.sync();
          advance(written);
        });
        return;
      }
    };
    advance(undefined);
  }
  crash(node: SimulatedNode): void {
    this.stop(node);
    if (node.store.crash()) this.count('torn tail');
  }

  // ---- the network

  isCut(from: SimulatedNode, to: SimulatedNode): boolean {
    return !this.healed && this.cut.has(`${from.name}>${to.name}`);
  }
  private send(from: SimulatedNode, to: SimulatedNode, arrive: () => void): void {
    this.messages++;
    if (this.isCut(from, to)) return;
    if (!this.healed && this.chance.happens(this.rates.drop)) {
      this.count('message dropped');
      return;
    }
    this.queue.later(this.delay(), arrive);
    if (!this.healed && this.chance.happens(this.rates.repeat)) {
      this.count('message repeated');
      this.queue.later(this.delay(), arrive);
    }
  }
  private delay(): number {
    const isSlow = !this.healed && this.chance.happens(this.rates.slow);
    if (isSlow) this.count('message overtaken');
    return 1 + this.chance.below(20) + (isSlow ? this.chance.below(3_000) : 0);
  }
  /** The wire: in some seeds every message is printed and read again, in the version that was agreed. */
  private wired<M extends Message>(message: M, version: number, reader: SimulatedNode): M {
    if (version > speaksOf(reader)[1]) this.problem('I13', `${reader.name} cannot read version ${version}`);
    if (!this.isWired) return message;
    const read = decodeUpTo(speaksOf(reader)[1], encodeIn(version, { id: '1', message }));
    if (!read.ok) throw new Error(`a message does not decode: ${message.kind}`);
    return read.value.message as M;
  }
  ask(
    child: SimulatedNode,
    parent: SimulatedNode,
    request: Request,
    version: number,
    answered: (reply: Reply) => void,
  ): void {
    const { life } = child;
    if (version === 2) this.count('second version');
    const sent = this.wired(request, version, parent);
    if (this.traffic.length < 200) this.traffic.push({ from: child, to: parent, request: sent });
    // A request is answered once: what comes twice, or for an earlier life, is nobody's.
    let open = true;
    this.send(child, parent, () =>
      this.serve(parent, child, sent, (reply) => {
        const { disk } = parent;
        this.send(parent, child, () => {
          if (!open || child.life !== life) return;
          open = false;
          if (reply.kind === 'welcome') this.welcomed.set(child.name, { disk, scopes: child.scopes });
          answered(this.wired(reply, version, child));
        });
      }),
    );
  }
  serve(parent: SimulatedNode, child: SimulatedNode, request: Request, done: (reply: Reply) => void): void {
    const { name: peer } = child;
    const now = this.queue.now + parent.skewMs;
    const { tier } = parent;
    const machine = answer(request, { peer, digest, now, tier, speaks: speaksOf(parent), large: LARGE });
    const noAsk = (): void => {
      throw new Error('an answer asks nobody');
    };
    this.drive(parent, machine, noAsk, (honest) => {
      if (honest === 'disk') return done({ kind: 'refused', why: 'disk' });
      this.actors.checkReply(this, parent, child, request, honest);
      // What was read may be newer than the disk: the reply leaves behind it.
      if (this.options.mutant !== 'ack-before-sync') parent.store.sync();
      const isTwisted = parent.isLiar && !this.healed && this.chance.happens(0.3);
      done(this.mutated(child, isTwisted ? this.actors.twist(this, honest) : honest));
    });
  }
  /** Bugs that stand in what a reply says. */
  private mutated(child: SimulatedNode, reply: Reply): Reply {
    const { mutant } = this.options;
    if (mutant === 'marks-never-told' && reply.kind === 'welcome') return { ...reply, stable: 'same' };
    if (mutant === 'floor-is-held' && reply.kind === 'welcome' && reply.stable === 'same')
      return { ...reply, stable: child.store.stable() };
    const isPrinted = reply.kind === 'feed' || reply.kind === 'differences' || reply.kind === 'fetched';
    if (mutant !== 'scopes-unchecked' || !isPrinted) return reply;
    const told = this.welcomed.get(child.name)?.scopes;
    return told === undefined ? reply : { ...reply, scopes: printOfScopes(digest, told) };
  }
  /** Of each node's last welcome: which disk its peer had, and what it was granted. */
  private readonly welcomed = new Map<string, { readonly disk: number; readonly scopes: Scopes }>();
  /** I15: what a node says of where its commits are safe is what its peer has, as long as that disk lives. */
  private checkLabels(name: string, peer: string): void {
    const [child, parent] = [this.nodeNamed(name), this.nodeNamed(peer)];
    if (child === undefined || parent?.disk !== this.welcomed.get(name)?.disk || this.mayFork) return;
    const own = parent?.tier === 'region' ? 'D2' : 'D1';
    for (const [origin, seq, durability] of child.store.safe.get(peer) ?? [])
      if (durability === own && seq > (parent?.store.origins.get(origin)?.contiguous ?? 0))
        this.problem('I15', `${name} says that ${peer} holds ${origin}:${seq}`);
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
      this.look(child, parent, result);
    };
    const machine = session({
      digest,
      now: this.queue.now + child.skewMs,
      rules: this.rules,
      hasChildren: child.tier === 'site',
      page: this.healed ? 60 : 3 + this.chance.below(6),
      bytes: this.healed ? 50_000 : 100 + this.chance.below(2_000),
      peer: parent.name,
      speaks: speaksOf(child),
      pieces: child.pieces,
      backfillFrom: this.backfillFrom,
    });
    this.drive(
      child,
      machine,
      ({ request, version }, answered) =>
        rounds.open && this.ask(child, parent, request, version, (reply) => rounds.open && answered(reply)),
      end,
    );
    this.queue.later(SESSION_MS, () => end('timeout'));
  }
  /** After a session: what the watchdog makes of it. */
  private look(child: SimulatedNode, parent: SimulatedNode, result: SessionEnd | 'disk' | 'timeout'): void {
    const { now } = this.queue;
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
    if (finished !== undefined && finished.rescued > 0) this.count('rescue');
    if (finished?.compared === true) this.count('comparison');
  }
  /** Commits to hand over, but those that were re-homed. */
  queueOf(child: SimulatedNode): readonly string[] {
    const forked = new Set(child.parent ? (child.store.link(child.parent.name)?.forked ?? []) : []);
    return child.store.carried().flatMap(({ origin }) => (forked.has(origin) ? [] : [origin]));
  }

  // ---- disks

  /** `how` makes the node's disk another. What no other disk has is gone. */
  destroy(node: SimulatedNode, how: () => void): void {
    const before = node.store.everSynced();
    for (const { keeper, names } of this.pockets) if (keeper === node.name) for (const name of names) before.add(name);
    // What was sent before may bring back what is lost: no repetition of something that is there.
    this.traffic = [];
    this.stop(node);
    node.disk++;
    how();
    this.pockets = this.pockets.filter(({ keeper }) => keeper !== node.name);
    for (const key of this.expected) if (key.startsWith(`${node.name} `)) this.expected.delete(key);
    for (const other of this.nodes) for (const name of other.store.everSynced()) before.delete(name);
    for (const record of this.region.store.backup.log)
      if (record.put === 'commit') for (const { hash } of record.commit.revisions) before.delete(hash);
    for (const { keeper, names } of this.pockets)
      if (keeper !== undefined) for (const name of names) before.delete(name);
    for (const name of before) this.gone.add(name);
  }
}

export const speaksOf = (node: SimulatedNode): readonly [number, number] => (node.isLater ? [1, 2] : [1, 1]);
