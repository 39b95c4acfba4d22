// This device as a resource of the record, so that what is charted here can name it.
import { printJson } from '../../core/base/json.ts';
import type { RecordEngine } from '../../core/engine/engine.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';

/** Writes `Device/<node>` where there is none: by the device itself, whoever works with it. */
export async function ownDevice(
  node: string,
  { store, engine }: { readonly store: RecordStore; readonly engine: RecordEngine },
): Promise<void> {
  const [known] = await store.read([{ type: 'Device', id: node }], EVERYTHING);
  if (known !== undefined) return;
  const deviceName = [{ name: `ward device ${node.slice(0, 6)}`, type: 'user-friendly-name' }];
  const text = printJson({ resourceType: 'Device', id: node, status: 'active', deviceName });
  // Where somebody was faster, it is there.
  await engine.change([{ kind: 'create', type: 'Device', id: node, text }], {
    visible: EVERYTHING,
    author: { device: node },
  });
}
