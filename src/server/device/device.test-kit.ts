// Parents without a network for tests of devices: a memory store as site or region, which answers as a server does, can be cut off,
// can lose its disk, and can itself hand over to a region.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Instant } from '../../core/base/ports.ts';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import type { Change } from '../../core/engine/engine.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { answer } from '../../core/sync/answer.ts';
import { LINK_RULES } from '../../core/sync/link-rules.ts';
import type { Reply, Request } from '../../core/sync/messages.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import type { Scopes } from '../../core/sync/scopes.ts';
import { session } from '../../core/sync/session.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { driveMachine } from '../../core/sync/drive-session.ts';
import type { LinkTrouble } from '../sync-api/link-types.ts';
import { drawNodeKeys, type NodeKeys } from '../sync-api/node-keys.ts';
import { writeEntry, writeRetirement, entryId, retirementId } from '../sync-api/register-entry.ts';
import type { Device } from './device.ts';
import { openDevice, type DeviceOptions } from './open-device.ts';
import type { ParentLink } from '../../core/sync/parent-links.ts';
import type { Voucher } from './ward-peers.ts';
import { parseJson } from '../../core/base/json.ts';
import { authorBody } from '../../core/record/body.ts';

const ports = nodePorts();
export const PASSPHRASE = 'five words that nobody guesses';

export interface TestParent {
  readonly name: string;
  readonly keys: NodeKeys;
  store: MemorySyncStore;
  isUp: boolean;
  /** What its clock shows beyond the right time. */
  aheadMs: number;
  scopes: Scopes;
  link(peer: string): ParentLink & { readonly voucher: Voucher };
  /** One session with the parent above. */
  meet(above: TestParent): Promise<void>;
  /** Its disk is gone: a new one begins empty. */
  loseDisk(): void;
  /** Enters a device in the register, which is part of the record. */
  vouchFor(node: string, name: string, keys: NodeKeys['publicKeys']): Promise<void>;
  retire(keys: NodeKeys['publicKeys']): Promise<void>;
}

class ArrayLog implements OutboxLog {
  readonly entries: LogEntry[] = [];
  async append(entries: readonly LogEntry[]): Promise<void> {
    this.entries.push(...entries);
  }
  async replace(entries: Iterable<LogEntry>): Promise<void> {
    this.entries.splice(0, this.entries.length, ...entries);
  }
}

export function testParent(tier: 'site' | 'region', name: string = tier): TestParent {
  const open = (): MemorySyncStore =>
    openMemorySyncStore(
      { ...ports, node: name, grants: () => parent.scopes, policies: carePolicies() },
      new ArrayLog(),
    );
  const put = async (id: string, text: string): Promise<void> => {
    const parsed = parseJson(text);
    if (!parsed.ok) throw new Error('an entry parses');
    const key = { type: 'Basic', id };
    const at = ports.clock.now();
    const body = authorBody(text, parsed.value, id);
    await parent.store.append({ revisions: [{ key, kind: 'put', parents: [], body, authoredAt: at }], receivedAt: at });
  };
  const parent: TestParent = {
    name,
    keys: drawNodeKeys(),
    store: undefined as unknown as MemorySyncStore,
    isUp: true,
    aheadMs: 0,
    scopes: 'all',
    link: (peer) => ({
      name,
      tier,
      voucher: { node: name, sign: parent.keys.publicKeys.sign },
      transport: {
        reset: () => undefined,
        exchange: async (request) => {
          const now = ports.clock.now() + parent.aheadMs;
          const replied = await parent.answer(peer, request, now);
          return replied.ok
            ? ok({ reply: replied.value, skewMs: parent.aheadMs, tookMs: 0, sentBytes: 0, gotBytes: 0 })
            : replied;
        },
      },
    }),
    meet: async (above) => {
      const context = { digest: ports.digest, now: ports.clock.now(), rules: LINK_RULES, hasChildren: true, page: 50 };
      const done = await driveMachine(session(context), parent.store, (request) =>
        above.answer(name, request, ports.clock.now()),
      );
      if (!done.ok || done.value.end !== 'done') throw new Error(`no meeting: ${JSON.stringify(done)}`);
    },
    loseDisk: () => {
      parent.store = open();
    },
    vouchFor: (node, called, keys) =>
      put(
        entryId(keys.sign),
        writeEntry({ node, name: called, tier: 'device', keys, parent: name, enrolledAt: 1 }, parent.keys),
      ),
    retire: (keys) =>
      put(retirementId(keys.sign), writeRetirement({ sign: keys.sign, at: 2, why: 'lost' }, parent.keys)),
    answer: async (peer, request, now) => {
      if (!parent.isUp) return err({ kind: 'unreachable', text: `${name} cannot be reached` });
      const machine = answer(request, { peer, digest: ports.digest, now, tier });
      return driveMachine<Reply, LinkTrouble>(machine, parent.store, () => Promise.reject(new Error('asks nothing')));
    },
  };
  parent.store = open();
  return parent;
}
export interface TestParent {
  answer(peer: string, request: Request, now: Instant): Promise<Result<Reply, LinkTrouble>>;
}

const folders: string[] = [];
const open: Device[] = [];
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-device-'));
  folders.push(folder);
  return folder;
};
/** A device whose links run only when told. */
export async function testDevice(more: Partial<DeviceOptions> = {}): Promise<Device> {
  const device = await openDevice({
    folder: more.folder ?? newFolder(),
    passphrase: PASSPHRASE,
    costLog2: 14,
    link: 'off',
    silentMs: 0,
    ...more,
  });
  open.push(device);
  return device;
}
export async function closeDevices(): Promise<void> {
  for (const device of open.splice(0)) await device.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export const observation = (value: string, patient = 'p1'): Change => ({
  kind: 'create',
  type: 'Observation',
  text: `{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"subject":{"reference":"Patient/${patient}"},"valueString":"${value}"}`,
});

/** The values of all observations in a store, each as often as it is there. */
export async function valuesIn(store: MemorySyncStore): Promise<readonly string[]> {
  const found = await store.search(
    { types: ['Observation'], where: [], sort: [], count: 100_000, total: 'none', include: [] },
    EVERYTHING,
    { includes: 0, ms: 60_000 },
  );
  if (!found.ok) throw new Error('a search of a test is not too costly');
  return found.value.hits.map(({ stored }) => (JSON.parse(stored.text) as { valueString: string }).valueString).sort();
}

/** The times of the header of what is shown. */
export async function authoredIn(store: MemorySyncStore, type: string, id: string): Promise<readonly unknown[]> {
  for (const { revisions } of await store.feed(0, 100_000))
    for (const { header } of revisions) {
      const read = decodeRevision(header);
      if (read.ok && read.value.type === type && read.value.id === id) return [read.value.authored];
    }
  return [];
}
