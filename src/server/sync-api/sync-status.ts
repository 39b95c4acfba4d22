// What is true of this node's links, in one answer: who is above and below, how far apart they are, what is safe where, what is
// wrong and what to do about it.
//
//   NL31  Nothing is said to be safer than it is known to be: a class is what the peer itself last said, never what was sent.
//   NL32  Every trouble comes with its remedy. The summary holds no name of a node and no place of one.
//   NL33  No patient is in it: keys of scopes, ids and texts of the record are not told.
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { ConflictFigures } from '../../core/record/conflicts.ts';
import { SPEAKS } from '../../core/sync/messages.ts';
import type { Durability, SyncStore, Tier as CoreTier } from '../../core/sync/ports.ts';
import type { ExpiringRows } from '../ports/expiring-rows.ts';
import { readLinkState, type LinkState } from './link-state.ts';
import type { ParentRecord, RegisteredNode } from './link-types.ts';
import type { DataAge } from '../scopes/tell-age.ts';
import type { NodeRegister } from './node-register.ts';
import { isClone, type PeerSightings, type Sighting } from './peer-sightings.ts';
import { unprovedCommits, type Unproved } from './prove-commits.ts';

export const ALARM_MS = 15 * 60_000;
export const SKEW_WARN_MS = 2 * 60_000;
export const SKEW_SUSPECT_MS = 15 * 60_000;
/** A link that nobody renewed for so long is not running. */
const STALE_MS = 90_000;

export interface Attention {
  readonly kind:
    | 'not-enrolled'
    | 'link-down'
    | 'refused'
    | 'records-missing'
    | 'unproved'
    | 'unsent'
    | 'clock'
    | 'clone'
    | 'quarantine'
    | 'forked'
    | 'conflicts'
    | 'disk'
    | 'mirror'
    | 'child-silent';
  /** Whether health says that somebody should look. */
  readonly urgent: boolean;
  readonly text: string;
  /** For everybody: without names. */
  readonly summary: string;
  /** Where the remedy is told in full. */
  readonly see: string;
}

export interface ParentStatus {
  readonly node: string;
  readonly name: string;
  readonly url: string;
  readonly enrolledAt: Instant;
  readonly reachable: boolean;
  readonly link: Omit<LinkState, 'parent' | 'trouble'> | undefined;
  readonly trouble: LinkState['trouble'];
  /** For how long something has waited to be handed over; 0: nothing waits. */
  readonly lagUpMs: number;
  /** How old what was taken over is at most; absent: nothing was yet. */
  readonly lagDownMs: number | undefined;
}
export interface ChildStatus {
  readonly node: string;
  readonly name: string;
  readonly tier: string;
  readonly site: string | undefined;
  readonly enrolledAt: Instant;
  readonly retiredAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
  readonly incarnation: string | undefined;
  readonly clone: boolean;
}
export interface Quarantined {
  readonly commits: number;
  readonly byReason: Readonly<Record<string, number>>;
  /** Revisions of a later version: carried, and not read. */
  readonly unread: number;
  /** Counted, and not kept for want of room. */
  readonly notKept: number;
}
export interface MirrorStatus {
  readonly arrival: number;
  /** When it was last written; absent where nothing of this record is there. */
  readonly at?: Instant;
  readonly behind: number;
  readonly trouble?: string;
}
export interface SyncStatus {
  readonly node: string;
  readonly name: string;
  readonly tier: string;
  readonly version: string;
  readonly speaks: readonly [number, number];
  readonly incarnation: string;
  readonly now: Instant;
  readonly parent: ParentStatus | undefined;
  readonly children: readonly ChildStatus[];
  /** Of what comes from above, for the patients in the house and those of the next five days; undefined at a node with nobody above. */
  readonly age: DataAge | undefined;
  /** Commits that this node carries and that the region's backup does not cover yet, by where they are safe. */
  readonly carried: Readonly<Partial<Record<Durability, number>>>;
  readonly quarantine: Quarantined;
  readonly conflicts: ConflictFigures;
  readonly forked: readonly string[];
  readonly mirror?: MirrorStatus;
  readonly attention: readonly Attention[];
}

export interface StatusDeps {
  readonly store: SyncStore;
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  readonly register: NodeRegister;
  readonly sightings: PeerSightings;
  readonly parent: () => ParentRecord | undefined;
  /** An address is set, but nobody enrolled this node there. */
  readonly wantsParent: boolean;
  readonly node: string;
  readonly name: string;
  readonly tier: Exclude<CoreTier, 'device'>;
  readonly version: string;
  readonly incarnation: string;
  readonly age: () => Promise<DataAge | undefined>;
  readonly quarantine: () => Promise<Quarantined>;
  readonly conflicts: () => Promise<ConflictFigures>;
  readonly mirror?: () => Promise<MirrorStatus | undefined>;
  /** Free bytes where the record grows; undefined when the database is elsewhere. */
  readonly freeBytes: () => Promise<number | undefined>;
}

const OPERATIONS = 'docs/operations.md';
const minutes = (ms: number): string => {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  const whole = Math.round(ms / 60_000);
  return whole < 120 ? `${whole} min` : `${Math.round(whole / 60)} h`;
};

export async function syncStatus(deps: StatusDeps): Promise<SyncStatus> {
  const now = deps.clock.now();
  const record = deps.parent();
  const [state, register, seen, age, quarantine, conflicts, mirror, free, carried, known, unproved] = await Promise.all(
    [
      readLinkState(deps.rows),
      deps.register.list(),
      deps.sightings.all(),
      deps.age(),
      deps.quarantine(),
      deps.conflicts(),
      deps.mirror?.(),
      deps.freeBytes().catch(() => undefined),
      carriedByClass(deps),
      record === undefined ? undefined : deps.store.link(record.node),
      unprovedCommits(deps.rows),
    ],
  );
  const parent = record === undefined ? undefined : parentStatus(record, state, now);
  const children = register.map((one) => childStatus(one, seen.get(one.node) ?? [], now));
  const forked = known?.forked ?? [];
  return {
    node: deps.node,
    name: deps.name,
    tier: deps.tier,
    version: deps.version,
    speaks: SPEAKS,
    incarnation: deps.incarnation,
    now,
    parent,
    children,
    age,
    carried,
    quarantine,
    conflicts,
    forked,
    ...(mirror === undefined ? {} : { mirror }),
    attention: [
      ...(parent === undefined ? notEnrolled(deps) : parentAttention(parent, state, now)),
      ...ageAttention(age),
      ...children.flatMap((child) => childAttention(child, now)),
      ...diskAttention(free),
      ...recordAttention(quarantine, conflicts, forked, mirror, now),
      ...unproved.map((one) => unprovedAttention(one, register)),
    ],
  };
}

function parentStatus(record: ParentRecord, state: LinkState | undefined, now: Instant): ParentStatus {
  const mine = state?.parent === record.node ? state : undefined;
  const { parent: _parent, trouble, ...link } = mine ?? { parent: '', trouble: undefined };
  return {
    node: record.node,
    name: record.name,
    url: record.url,
    enrolledAt: record.enrolledAt,
    reachable: trouble === undefined && mine?.contactAt !== undefined && now - mine.contactAt < STALE_MS,
    link: mine === undefined ? undefined : (link as Omit<LinkState, 'parent' | 'trouble'>),
    trouble,
    lagUpMs: mine?.unsentSince === undefined ? 0 : Math.max(0, now - mine.unsentSince),
    lagDownMs: mine?.successAt === undefined ? undefined : Math.max(0, now - mine.successAt),
  };
}

function childStatus(entry: RegisteredNode, sightings: readonly Sighting[], now: Instant): ChildStatus {
  const [last] = sightings;
  return {
    node: entry.node,
    name: entry.name,
    tier: entry.tier,
    site: entry.site,
    enrolledAt: entry.enrolledAt,
    retiredAt: entry.retiredAt,
    lastAt: last?.lastAt,
    incarnation: last?.incarnation,
    clone: entry.retiredAt === undefined && isClone(sightings, now),
  };
}

const notEnrolled = (deps: StatusDeps): readonly Attention[] =>
  deps.wantsParent
    ? [
        {
          kind: 'not-enrolled',
          urgent: true,
          text: 'This node has the address of a parent and is not enrolled there: `holdfast node invite` at the parent, `holdfast start --enrol CODE` here. It serves alone meanwhile.',
          summary: 'not enrolled at its parent yet',
          see: `${OPERATIONS}#a-node-is-refused`,
        },
      ]
    : [];

const REFUSED: ReadonlySet<string> = new Set(['unknown-node', 'retired', 'version', 'malformed']);

function parentAttention(parent: ParentStatus, state: LinkState | undefined, now: Instant): readonly Attention[] {
  const found: Attention[] = [];
  const downMs = now - (parent.link?.successAt ?? parent.enrolledAt);
  const { trouble } = parent;
  if (trouble !== undefined && REFUSED.has(trouble.kind)) {
    found.push({
      kind: 'refused',
      urgent: true,
      text: trouble.text,
      summary: 'refused by its parent',
      see: `${OPERATIONS}#a-node-is-refused`,
    });
  } else if (trouble?.kind === 'disk') {
    const see = `${OPERATIONS}#the-disk-is-full`;
    found.push({ kind: 'disk', urgent: true, text: trouble.text, summary: "its parent's disk is full", see });
  } else if (trouble !== undefined || downMs > ALARM_MS) {
    found.push({
      kind: 'link-down',
      urgent: downMs > ALARM_MS || trouble?.kind === 'untrusted',
      text: `No complete exchange with ${parent.name} for ${minutes(downMs)}. ${trouble?.text ?? ''}`.trim(),
      summary: `not in step with its parent for ${minutes(downMs)}`,
      see: `${OPERATIONS}#${trouble?.kind === 'untrusted' ? 'a-node-is-refused' : 'the-parent-does-not-answer'}`,
    });
  }
  if (parent.lagUpMs > ALARM_MS) {
    const queue = state?.queue ?? 0;
    found.push({
      kind: 'unsent',
      urgent: true,
      text: `${queue} commits wait to be handed over, the oldest for ${minutes(parent.lagUpMs)}. They are safe on this node's disk alone.`,
      summary: `writes of the last ${minutes(parent.lagUpMs)} are on this node alone`,
      see: `${OPERATIONS}#a-link-gets-nowhere`,
    });
  }
  const skew = Math.abs(parent.link?.skewMs ?? 0);
  if (skew > SKEW_WARN_MS) {
    found.push({
      kind: 'clock',
      urgent: skew > SKEW_SUSPECT_MS,
      text: `This node's clock differs from that of ${parent.name} by ${minutes(skew)}. Set the wrong one; nothing is lost by it, but times on charts are off.`,
      summary: `its clock differs from its parent's by ${minutes(skew)}`,
      see: `${OPERATIONS}#a-clock-is-wrong`,
    });
  }
  return found;
}

/** How old the copy is, the attention to the link says. What of it is not here at all, this. */
function ageAttention(age: DataAge | undefined): readonly Attention[] {
  if (age === undefined || age.incomplete === 0) return [];
  const text = `The records of ${age.incomplete} of ${age.patients} patients in the house or expected within five days are not all here.`;
  const see = `${OPERATIONS}#records-are-not-all-here`;
  return [
    { kind: 'records-missing', urgent: age.level === 'alert', text, summary: 'some records are not all here', see },
  ];
}

function childAttention(child: ChildStatus, now: Instant): readonly Attention[] {
  if (child.retiredAt !== undefined) return [];
  if (child.clone) {
    const remedy =
      child.tier === 'device'
        ? 'On the copy: let it hand over what it wrote, then remove its folder and enrol it anew as a device of its own.'
        : 'On the copy: stop it, `holdfast node rekey`, and enrol it with a code of its own.';
    return [
      {
        kind: 'clone',
        urgent: true,
        text: `Two machines are alive as ${child.name}: one is a copy of the other. Both are served and nothing is lost. ${remedy}`,
        summary: 'two machines are alive as one node below',
        see: `${OPERATIONS}#a-cloned-machine`,
      },
    ];
  }
  const silentMs = now - (child.lastAt ?? child.enrolledAt);
  return child.tier === 'site' && silentMs > ALARM_MS
    ? [
        {
          kind: 'child-silent',
          urgent: false,
          text: `${child.name} was last here ${minutes(silentMs)} ago. It goes on by itself; what it writes comes when it can.`,
          summary: `a site below is silent for ${minutes(silentMs)}`,
          see: `${OPERATIONS}#the-parent-does-not-answer`,
        },
      ]
    : [];
}

function unprovedAttention({ peer, count, why }: Unproved, register: readonly RegisteredNode[]): Attention {
  const name = register.find((one) => one.node === peer)?.name ?? peer;
  const what =
    why === 'unknown-key' ? 'signed by a key that nobody enrolled' : 'without a signature that can be proved';
  return {
    kind: 'unproved',
    urgent: false,
    text: `${count} commits that ${name} brought in the last 30 days are ${what}. They are in the record. Ask who wrote them; retire the device where nobody knows.`,
    summary: `${count} commits of devices are not signed as they should be`,
    see: `${OPERATIONS}#a-commit-in-quarantine`,
  };
}

/** As health says it. */
const FREE_BYTES_MIN = 256 * 1024 * 1024;

function diskAttention(free: number | undefined): readonly Attention[] {
  if (free === undefined || free >= FREE_BYTES_MIN) return [];
  const text = `The disk of this node has ${Math.floor(free / 1024 / 1024)} MiB left. Make room now: a full one takes no writes.`;
  return [
    { kind: 'disk', urgent: true, text, summary: 'its disk is nearly full', see: `${OPERATIONS}#the-disk-is-full` },
  ];
}

function recordAttention(
  quarantine: Quarantined,
  conflicts: ConflictFigures,
  forked: readonly string[],
  mirror: MirrorStatus | undefined,
  now: Instant,
): readonly Attention[] {
  const found: Attention[] = [];
  if (quarantine.commits > 0 || quarantine.notKept > 0) {
    const reasons = Object.entries(quarantine.byReason)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ');
    const room = quarantine.notKept > 0 ? ` ${quarantine.notKept} more found no room.` : '';
    const text = `${quarantine.commits} commits of other nodes are kept aside (${reasons}).${room} They delay nobody.`;
    found.push({
      kind: 'quarantine',
      urgent: true,
      text,
      summary: text,
      see: `${OPERATIONS}#a-commit-in-quarantine`,
    });
  }
  if (forked.length > 0) {
    const text = `${forked.length} histories of this node are told otherwise by its parent. What they held was written again under another name; nothing is lost.`;
    found.push({ kind: 'forked', urgent: false, text, summary: text, see: `${OPERATIONS}#a-forked-origin` });
  }
  if (conflicts.S1.open > 0) {
    const text = `${conflicts.S1.open} conflicts could harm somebody now and wait for a clinician${conflicts.S1.oldestAt === undefined ? '' : `, the oldest for ${minutes(now - conflicts.S1.oldestAt)}`}.`;
    found.push({ kind: 'conflicts', urgent: false, text, summary: text, see: `${OPERATIONS}#conflicts` });
  }
  if (mirror?.trouble !== undefined) {
    found.push({
      kind: 'mirror',
      urgent: true,
      text: `The mirror on the second disk is behind: ${mirror.trouble}`,
      summary: 'the mirror on the second disk is behind',
      see: `${OPERATIONS}#the-mirror-is-behind`,
    });
  }
  return found;
}

const RANKS: readonly Durability[] = ['D0', 'D1', 'D1m', 'D2', 'D3'];
const OWN_DISK: Readonly<Record<CoreTier, Durability>> = { region: 'D2', site: 'D1', device: 'D0' };

type ClassDeps = Pick<StatusDeps, 'store' | 'tier'>;

/** How many of the commits that this node carries are known to be safe where. */
async function carriedByClass({ store, tier }: ClassDeps): Promise<Partial<Record<Durability, number>>> {
  const tips = await store.carried();
  const classes = await classesOf(
    store,
    tips.map(({ origin }) => origin),
  );
  const counts: Partial<Record<Durability, number>> = {};
  for (const { origin, seq } of tips) {
    // From the safest down: each class covers what the safer ones cover, too.
    let covered = 0;
    for (const rank of RANKS.toReversed()) {
      const upTo = Math.min(seq, rank === OWN_DISK[tier] ? seq : (classes.get(origin)?.get(rank) ?? 0));
      if (upTo > covered) {
        counts[rank] = (counts[rank] ?? 0) + upTo - covered;
        covered = upTo;
      }
    }
  }
  return counts;
}

/** Where one commit is safe, as far as this node knows; `undefined`: it is not here. */
export async function durabilityOf(deps: ClassDeps, origin: string, seq: number): Promise<Durability | undefined> {
  const { store, tier } = deps;
  const [place] = await store.places([[origin, seq]]);
  const classes = (await classesOf(store, [origin])).get(origin);
  const isHere = place !== undefined && (place.held !== undefined || place.contiguous >= seq) && seq >= 1;
  const known = RANKS.toReversed().find((rank) => (classes?.get(rank) ?? 0) >= seq);
  const own = isHere ? OWN_DISK[tier] : undefined;
  if (known === undefined || own === undefined) return known ?? own;
  return RANKS.indexOf(known) > RANKS.indexOf(own) ? known : own;
}

async function classesOf(
  store: SyncStore,
  origins: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<Durability, number>>> {
  const found = new Map<string, Map<Durability, number>>();
  const note = (origin: string, seq: number, rank: Durability): void => {
    const of = found.get(origin) ?? new Map<Durability, number>();
    of.set(rank, Math.max(seq, of.get(rank) ?? 0));
    found.set(origin, of);
  };
  for (const [origin, seq, rank] of await store.held(origins)) note(origin, seq, rank);
  const wanted = new Set(origins);
  for (const [origin, seq] of await store.stable()) if (wanted.has(origin)) note(origin, seq, 'D3');
  return found;
}

/** For people who may not see who is where. */
export const summaryOf = (status: SyncStatus) => ({
  tier: status.tier,
  version: status.version,
  now: status.now,
  parent:
    status.parent === undefined
      ? undefined
      : {
          reachable: status.parent.reachable,
          lagUpMs: status.parent.lagUpMs,
          lagDownMs: status.parent.lagDownMs,
          queue: status.parent.link?.queue ?? 0,
        },
  carried: status.carried,
  conflicts: status.conflicts,
  attention: status.attention.map(({ kind, urgent, summary, see }) => ({ kind, urgent, text: summary, see })),
});
