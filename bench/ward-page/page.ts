// A page over the device that ships, worker, keys, rights and audit included, which draws a chart as plain rows: what the device takes,
// and as little as possible of what screens take. It also fills the browser's storage for the rounds that are measured.
import type { Principal } from '../../src/core/access/principal.ts';
import { pureDigest } from '../../src/core/base/sha256.ts';
import type { ResourceJson } from '../../src/core/base/json-types.ts';
import { openMemorySyncStore } from '../../src/core/sync/memory-sync-store.ts';
import type { ParentRecord } from '../../src/core/sync/link-words.ts';
import type { Shown } from '../../src/web/device/device.ts';
import { seedEntries } from '../../src/web/device/page-device.test-kit.ts';
import { openWard, type OpenWard } from '../../src/web/open-ward.ts';
import { browserPorts } from '../../src/web/ports/browser-ports.ts';
import { openBrowserLog } from '../../src/web/storage/browser-log.ts';
import { openVaultStore } from '../../src/web/storage/vault-store.ts';
import { drawBrowserKeys } from '../../src/web/sync/browser-keys.ts';

const WHO = 'Practitioner/bench';
const SECRET = { kind: 'passphrase', passphrase: 'five words for one bench' } as const;
const SLICE = 50;
const ROWS = 200;

interface Filled {
  readonly revisions: number;
  readonly bytes: number;
  readonly records: number;
  readonly parts: number;
  readonly compactMs: number;
}
export interface Drawn {
  readonly rows: number;
  readonly ms: number;
}

/** Fills the storage as a device would that had met its site, and closes it. */
async function fill(patients: readonly string[], principal: Principal): Promise<Filled> {
  const ports = browserPorts();
  const { chance, clock } = ports;
  const resources = (await (await fetch('/resources.json')).json()) as readonly ResourceJson[];
  const vaults = await openVaultStore({ chance, clock });
  const at = clock.now();
  const profile = JSON.stringify({ principal, site: 'Bench', at });
  const secret = { way: 'passphrase', passphrase: SECRET.passphrase } as const;
  const founded = await vaults.found({ who: WHO, name: 'Bench', profile, secret });
  if (!founded.ok) throw new Error(founded.error.kind);
  const vault = founded.value;
  const keys = drawBrowserKeys(chance);
  await vault.keep('node-keys', keys.text);
  const parent: ParentRecord = {
    url: location.origin,
    node: 'site',
    name: 'Bench',
    tier: 'site',
    keys: keys.publicKeys,
    as: { name: vault.node, tier: 'device', sign: keys.publicKeys.sign },
    enrolledAt: at,
  };
  await vault.keep('parent', JSON.stringify(parent));
  const log = await openBrowserLog({ vault });
  const entries = await seedEntries({ resources, patients, asOf: at, ports });
  for (let from = 0; from < entries.length; from += SLICE) await log.append(entries.slice(from, from + SLICE));
  const store = openMemorySyncStore({ digest: pureDigest, clock, chance, node: vault.node }, log, entries);
  const began = performance.now();
  await store.compact();
  const compactMs = performance.now() - began;
  const { bytes, records } = log.sizes();
  const { revisions } = store.counts();
  await log.close();
  const again = await openBrowserLog({ vault });
  const parts = again.parts.length;
  await again.close();
  return { revisions, bytes, records, parts, compactMs };
}

const opening = openWard({ build: 'bench' }).then((ward) => {
  performance.mark('asked');
  return ward;
});

/** From the passphrase to an open device, in ms: the key is stretched, the front of the log is read. */
async function unlock(): Promise<number> {
  const { gate } = await opening;
  const began = performance.now();
  const done = await gate.unlock(WHO, SECRET);
  if (!done.ok) throw new Error(done.error.kind);
  return performance.now() - began;
}

/** The newest as rows, of all that is there, as a chart's page has them. Resolves when they are on the screen. */
async function draw(patient: string): Promise<Drawn> {
  const { device } = await opening;
  const began = performance.now();
  const chart = await device.chart(patient);
  const newest = chart.all.toSorted((a, b) => whenOf(b).localeCompare(whenOf(a))).slice(0, ROWS);
  const table = document.createElement('table');
  table.append(...newest.map(rowOf));
  document.getElementById('chart')?.replaceChildren(table);
  await painted();
  return { rows: chart.all.length, ms: performance.now() - began };
}
const whenOf = ({ resource }: Shown): string =>
  String(
    resource['effectiveDateTime'] ?? resource['issued'] ?? resource['authoredOn'] ?? resource['recordedDate'] ?? '',
  );
function rowOf({ resource, lastUpdatedAt }: Shown): HTMLElement {
  const row = document.createElement('tr');
  row.textContent = `${resource.resourceType} ${String(resource['status'] ?? '')} ${new Date(lastUpdatedAt).toISOString()}`;
  return row;
}
/** The frame after the next has what was put in before. */
const painted = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

/** Until a search over the whole record answers: everything is there. */
async function whole(): Promise<number> {
  const { device } = await opening;
  const began = performance.now();
  const found = await device.search('Encounter?status=in-progress&_count=1000');
  if (!found.ok) throw new Error(found.error.kind);
  return performance.now() - began;
}

const bench = {
  fill,
  unlock,
  draw,
  whole,
  /** From the start of the navigation until the page knows who may unlock. */
  ready: async (): Promise<number> => {
    const ward: OpenWard = await opening;
    await ward.gate.state();
    await painted();
    return performance.now();
  },
  since: (): number => performance.now(),
};
export type Bench = typeof bench;
declare global {
  interface Window {
    bench: Bench;
  }
}
window.bench = bench;
