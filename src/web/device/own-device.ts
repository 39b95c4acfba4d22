// This device as a resource of the record: what is charted here names it, and by it the site learns whose patients it keeps.
//
//   BD8   It writes itself when it is first needed.
//   BD36  The wards that it keeps stand in it; who chose them is the author (SC31).
import { KEEPS_WARD_EXTENSION } from '../../core/access/names.ts';
import { printJson } from '../../core/base/json.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import type { RecordEngine } from '../../core/engine/engine.ts';
import { EVERYTHING, type Author, type RecordStore } from '../../core/record/store.ts';

interface Desk {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
}

/** Writes `Device/<node>` where there is none: by the device itself, whoever works with it. */
export async function ownDevice(node: string, { store, engine }: Desk): Promise<void> {
  const [known] = await store.read([{ type: 'Device', id: node }], EVERYTHING);
  if (known !== undefined) return;
  // Where somebody was faster, it is there.
  await engine.change([{ kind: 'create', type: 'Device', id: node, text: printJson(deviceOf(node, [])) }], {
    visible: EVERYTHING,
    author: { device: node },
  });
}

/** `wards`: `Location/1`, chosen by `author`. */
export async function tellWards(
  node: string,
  wards: readonly string[],
  author: Author,
  { engine }: Desk,
): Promise<void> {
  await engine.change([{ kind: 'update', type: 'Device', id: node, text: printJson(deviceOf(node, wards)) }], {
    visible: EVERYTHING,
    author,
  });
}

const deviceOf = (node: string, wards: readonly string[]): JsonObject => ({
  resourceType: 'Device',
  id: node,
  ...(wards.length === 0
    ? {}
    : { extension: wards.map((reference) => ({ url: KEEPS_WARD_EXTENSION, valueReference: { reference } })) }),
  status: 'active',
  deviceName: [{ name: `ward device ${node.slice(0, 10)}`, type: 'user-friendly-name' }],
});
