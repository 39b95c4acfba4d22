// The device in the hand of a nurse: the headless client that ships, with its outbox on this machine's disk. It is enrolled at the
// site and knows nobody else, so with the site gone it is alone.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { carePolicies } from '../src/core/care/merge/care-policies.ts';
import type { Change } from '../src/core/engine/engine.ts';
import { openDevice } from '../src/server/device/open-device.ts';
import type { DrillNode } from './drill-node.ts';
import { invite } from './network-of-nodes.ts';
import type { Chart } from './people.ts';
import type { Handheld } from './staff.ts';

/** Small, since a drill has many devices and none of them is stolen. */
const COST_LOG2 = 14;
const INTERVAL_MS = 1_000;
const FILLED_WITHIN_MS = 60_000;

export const openHandheld =
  (folder: string) =>
  async (site: DrillNode, name: string, charts: readonly Chart[]): Promise<Handheld> => {
    const own = join(folder, 'devices', name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const device = await openDevice({
      folder: own,
      passphrase: `a drill on ${name} alone`,
      costLog2: COST_LOG2,
      policies: carePolicies(),
      intervalMs: INTERVAL_MS,
    });
    const enrolled = await device.enrol(site.place.lanUrl, invite(site, name, 'device'));
    if (!enrolled.ok) throw new Error(`${name} was not enrolled: ${enrolled.error}`);
    for (const { patient } of charts) await device.want(patient);
    const lacking = async (): Promise<boolean> => {
      for (const { patient } of charts) if ((await device.read('Patient', patient)) === undefined) return true;
      return false;
    };
    for (const until = Date.now() + FILLED_WITHIN_MS; await lacking();) {
      if (Date.now() > until)
        throw new Error(`${name} did not get its patients: ${JSON.stringify(device.status().parents)}`);
      await device.syncNow();
      await sleep(100);
    }
    return {
      name,
      write: async (text) => {
        const [, type = '', id = ''] = /"resourceType":"(\w+)","id":"([^"]+)"/.exec(text) ?? [];
        const change: Change = { kind: 'update', type, id, text };
        const written = await device.write([change]);
        if (!written.ok) throw new Error(`refused: ${written.error.refusal.kind}`);
      },
      read: async (path) => {
        const [, type = '', id = ''] = /^(\w+)\/([A-Za-z0-9.-]+)$/.exec(path) ?? [];
        if (type !== '') return (await device.read(type, id)) !== undefined;
        const page = await device.search(path);
        // Everybody was admitted with an allergy: to show none would be a lie (CR1).
        return page.ok && (page.value.found.length > 0 || !path.startsWith('AllergyIntolerance'));
      },
      queued: () => device.unsent().count,
      close: () => device.close(),
    };
  };
