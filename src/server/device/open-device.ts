// A device without a screen: the device tier for drills, interfaces and tests. Construction only; each part says its own rules.
//
//   write ──engine over the memory record──> commit, signed ──outbox files, fdatasync──> acknowledged (D0)
//                                               │
//                     parents answer: session ──┴── no parent answers: sealed copies to the ward
import { join } from 'node:path';
import { err, ok } from '../../core/base/result.ts';
import type { Instant } from '../../core/base/ports.ts';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import type { Author } from '../../core/record/store.ts';
import type { Policies } from '../../core/record/view.ts';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import { openMemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { nodePorts, type NodePorts } from '../ports/node-ports.ts';
import { commitWords } from '../sync-api/commit-words.ts';
import { enrolAtParent } from '../sync-api/enrol-at-parent.ts';
import type { ParentRecord } from '../sync-api/link-types.ts';
import { nodeTransport } from '../sync-api/node-transport.ts';
import type { Device } from './device.ts';
import { deviceClock } from '../../core/sync/device-clock.ts';
import { lockFolder, openVault, type Vault } from './device-vault.ts';
import { HandOver } from './hand-over.ts';
import { ParentLinks, type ParentLink } from '../../core/sync/parent-links.ts';
import { openOutboxFiles, type OutboxFiles } from './outbox-files.ts';
import { CLOCK_NOTE, RunningDevice } from './running-device.ts';
import { openWardListener, type WardLimits } from './ward-listener.ts';
import { wardPeers, type Voucher } from './ward-peers.ts';

export interface DeviceOptions {
  readonly folder: string;
  /** At least twelve characters; needed at every opening. */
  readonly passphrase: string;
  readonly costLog2?: number;
  readonly ports?: NodePorts;
  /** Milliseconds that never go back. */
  readonly monotonic?: () => number;
  /** Who works with it. */
  readonly user?: Pick<Author, 'practitioner' | 'session'>;
  /** What several heads are shown as; as at every tier, unless told. */
  readonly policies?: Policies;
  /** Beside those that it was enrolled at; asked after them. */
  readonly parents?: readonly (ParentLink & { readonly voucher?: Voucher })[];
  readonly ward?: {
    /** 127.0.0.1 unless told. */
    readonly host?: string;
    /** 0: any. Absent: takes no copies. */
    readonly port?: number;
    /** `http://10.0.0.7:8490`, of other devices. */
    readonly peers?: readonly string[];
    readonly limits?: WardLimits;
  };
  /** `off`: nothing runs by itself. */
  readonly link?: 'on' | 'off';
  /** Between two meetings; a write begins one at once. */
  readonly intervalMs?: number;
  /** A parent that is silent for so long counts as gone: the next one is asked, and the ward. */
  readonly silentMs?: number;
}

const SILENT_MS = 10_000;
const IDLE_MS = 20_000;
const PARENTS_NOTE = 'parents';

/** Opens the device of a folder, or makes one. Throws `DeviceTrouble` for a person. */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  const unlock = lockFolder(options.folder);
  try {
    const vault = openVault(options);
    const outbox = openOutboxFiles(join(options.folder, 'outbox'), vault.diskKey);
    try {
      return await opened(options, vault, outbox, unlock);
    } catch (error) {
      outbox.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

async function opened(
  options: DeviceOptions,
  { node, keys }: Vault,
  outbox: OutboxFiles,
  unlock: () => void,
): Promise<Device> {
  const ports = options.ports ?? nodePorts();
  const { digest, chance } = ports;
  const monotonic = options.monotonic ?? (() => performance.now());
  const clock = deviceClock(ports.clock, monotonic, lastKnownIn(outbox.entries));
  const signing = { key: keys.publicKeys.sign, sign: (hash: string) => keys.sign(commitWords(hash)) };
  const policies = options.policies ?? carePolicies();
  const store = openMemorySyncStore({ digest, clock, chance, node, signing, policies }, outbox, outbox.entries);
  // What was spoiled may be missed: both sides are compared, whatever was remembered.
  if (outbox.spoiled > 0) await store.forgetLinks();
  const { incarnation } = store.identity();

  const transports = new Map<string, ParentLink>();
  const enrolledAt = (): readonly ParentRecord[] => JSON.parse(store.noted(PARENTS_NOTE) ?? '[]');
  const linkOf = (parent: ParentRecord): ParentLink => {
    const id = `${parent.url} ${parent.keys.sign}`;
    const known = transports.get(id);
    if (known !== undefined) return known;
    const transport = nodeTransport({ parent, keys, incarnation, clock: ports.clock, idleMs: IDLE_MS });
    const made = { name: parent.name, tier: parent.tier, transport };
    transports.set(id, made);
    return made;
  };
  // The site before the region, whoever was enrolled at first.
  const parents = (): readonly ParentLink[] =>
    [...enrolledAt().map(linkOf), ...(options.parents ?? [])].sort(
      (a, b) => Number(a.tier === 'region') - Number(b.tier === 'region'),
    );
  const vouchers = (): readonly Voucher[] => [
    ...enrolledAt().map((parent) => ({ node: parent.node, sign: parent.keys.sign })),
    ...(options.parents ?? []).flatMap(({ voucher }) => voucher ?? []),
  ];
  const silentMs = options.silentMs ?? SILENT_MS;
  const links = new ParentLinks({ store, clock, monotonic, digest, parents, silentMs });
  const peers = wardPeers(store, vouchers);
  const handOver = new HandOver({ node, keys, store, peers, clock, urls: options.ward?.peers ?? [] });
  const device = new RunningDevice({
    node,
    publicKeys: keys.publicKeys,
    user: options.user ?? {},
    chance,
    clock,
    monotonic,
    store,
    outbox,
    links,
    handOver,
    silentMs,
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
    enrol: async (url, code) => {
      const done = await enrolAtParent({ url, code, node, tier: 'device', keys, clock: ports.clock });
      if (!done.ok) return err(done.error.text);
      const others = enrolledAt().filter((parent) => parent.node !== done.value.node);
      await store.note(PARENTS_NOTE, JSON.stringify([...others, done.value]));
      return ok({ parent: done.value.name });
    },
    ended: () => {
      for (const { transport } of parents()) transport.reset();
      unlock();
    },
  });
  const port = options.ward?.port;
  if (port !== undefined) {
    const host = options.ward?.host ?? '127.0.0.1';
    const limits = options.ward?.limits === undefined ? {} : { limits: options.ward.limits };
    const took = (): void => device.wake();
    device.listener = await openWardListener({ node, keys, store, peers, host, port, took, ...limits });
  }
  if (options.link !== 'off') device.start();
  return device;
}

/** The latest time that the device lived through, by its own commits and notes. */
function lastKnownIn(entries: readonly LogEntry[]): Instant {
  let last = 0;
  for (const entry of entries) {
    if (entry.put === 'commit' && entry.from === 'own') last = Math.max(last, entry.at);
    // A time that a parent told takes the place of any that this device had by itself.
    if (entry.put === 'note' && entry.name === CLOCK_NOTE) last = Number(entry.text);
  }
  return last;
}
