// A device in a page with a record that looks as if it had come from a site, of a chosen age, at a chosen place: for tests and for the
// harness. Nothing is kept over its end.
import type { Principal } from '../../core/access/principal.ts';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import { assert } from '../../core/base/assert.ts';
import { parseJson, printJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Instant } from '../../core/base/ports.ts';
import { authorBody } from '../../core/record/body.ts';
import { CATALOGUE_SCOPES, DEMOGRAPHICS, NODES, patientScope } from '../../core/record/scope.ts';
import type { Author, Body } from '../../core/record/store.ts';
import { openMemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { filterCommit, type Scopes } from '../../core/sync/scopes.ts';
import { browserPorts, type BrowserPorts } from '../ports/browser-ports.ts';
import type { Keeping, LocalPerson, Place, Status } from './device.ts';
import { memoryDrafts } from './drafts.ts';
import { memoryLog } from './guard-log.ts';
import { AS_OF_NOTE, openPageDevice, SITE_NOTE, WARDS_NOTE, type PageDevice } from './page-device.ts';

const COMMIT_MAX = 100;
export const SITE_NODE = 'site';
export const DEVICE_NODE = 'device-1';

export interface SeedOptions {
  /** As they came from the site, oldest first. What stands twice under one id is a later version. */
  readonly resources: Iterable<ResourceJson>;
  /** Who wrote them. */
  readonly author?: Author;
  /** Each with two or more versions that did not know of each other, over the one in `resources` (or over nothing). */
  readonly conflicts?: readonly (readonly ResourceJson[])[];
  /** When the site last told everything; absent: never. What came has this time. */
  readonly asOf?: Instant;
  /** Ids of patients whose whole record is kept here; of all others identity, allergies and alerts. Absent: all. */
  readonly patients?: readonly string[];
  /** `Location/1` */
  readonly wards?: readonly string[];
  readonly ports?: BrowserPorts;
}
export interface PageDeviceSeed extends SeedOptions {
  /** Who is in; absent: nobody. */
  readonly person?: Principal;
  /** `live` unless told. */
  readonly place?: Place;
  readonly downtime?: boolean;
  readonly filling?: Status['filling'];
  readonly keeping?: Keeping;
  readonly people?: readonly LocalPerson[];
  readonly site?: string;
  readonly log?: OutboxLog;
  /** Gets what people looked at. */
  readonly told?: (entry: AuditEntry) => void;
}

export async function pageDeviceFor(seed: PageDeviceSeed): Promise<PageDevice> {
  const ports = seed.ports ?? browserPorts();
  const device = openPageDevice({
    node: DEVICE_NODE,
    ports,
    log: seed.log ?? memoryLog(),
    entries: await seedEntries({ ...seed, ports }),
    drafts: memoryDrafts(),
    audit: () => ({ record: async (entry) => seed.told?.(entry) }),
    keeping: seed.keeping ?? 'kept',
    site: seed.site ?? 'Holdfast Demo Hospital',
    siteCode: 'DEMO',
    build: 'harness',
    people: seed.people ?? [],
  });
  device.stands({ place: seed.place ?? 'live', downtime: seed.downtime ?? false, filling: seed.filling ?? null });
  if (seed.person !== undefined) device.enter(seed.person, seed.place !== 'device');
  return device;
}

/** The log of a device that got `resources` from its site. */
export async function seedEntries(seed: SeedOptions): Promise<readonly LogEntry[]> {
  const { digest, chance, clock } = seed.ports ?? browserPorts();
  const at = seed.asOf ?? clock.now();
  const site = openMemorySyncStore({ digest, chance, clock: { now: () => at }, node: SITE_NODE }, memoryLog());
  const who = seed.author === undefined ? {} : { author: seed.author };
  const newest = new Map<string, readonly string[]>();
  let waiting = new Map<string, ResourceJson>();
  const write = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const revisions = [...waiting].map(([name, resource]) => {
      const parents = newest.get(name) ?? [];
      return { key: keyOf(resource), kind: 'put', parents, body: bodyOf(resource), authoredAt: at, ...who } as const;
    });
    const done = await site.append({ revisions, receivedAt: at });
    assert(done.ok, 'what seeds a record fits into a commit');
    for (const [name, resource] of waiting) newest.set(name, headsAfter(site, resource));
    waiting = new Map();
  };
  for (const resource of seed.resources) {
    const name = nameOf(resource);
    if (waiting.has(name) || waiting.size >= COMMIT_MAX) await write();
    waiting.set(name, resource);
  }
  await write();
  for (const sides of seed.conflicts ?? []) {
    const [first] = sides;
    assert(first !== undefined, 'a conflict has sides');
    const parents = newest.get(nameOf(first)) ?? [];
    for (const [i, side] of sides.entries()) {
      const author = { practitioner: `Practitioner/side-${i + 1}`, device: `device-of-side-${i + 1}`, ...seed.author };
      await site.append({
        revisions: [{ key: keyOf(side), kind: 'put', parents, body: bodyOf(side), authoredAt: at + i, author }],
        receivedAt: at + i,
      });
    }
  }
  const scopes = scopesOf(seed.patients);
  const commits = await site.feed(0, Number.POSITIVE_INFINITY);
  const entries: LogEntry[] = commits.flatMap((commit): readonly LogEntry[] => {
    const kept = filterCommit(commit, scopes);
    return kept === undefined ? [] : [{ put: 'commit', commit: kept, from: 'above', fork: false, at }];
  });
  const record = { incarnation: 'seeded', arrival: commits.length, scopes, forked: [], deferred: [] };
  entries.push({ put: 'link', peer: SITE_NODE, record }, { put: 'note', name: SITE_NOTE, text: SITE_NODE });
  if (seed.asOf !== undefined) entries.push({ put: 'note', name: AS_OF_NOTE, text: String(seed.asOf) });
  if (seed.wards !== undefined) entries.push({ put: 'note', name: WARDS_NOTE, text: JSON.stringify(seed.wards) });
  await site.close();
  return entries;
}

const scopesOf = (patients: readonly string[] | undefined): Scopes =>
  patients === undefined
    ? 'all'
    : ['', DEMOGRAPHICS, NODES, ...CATALOGUE_SCOPES, ...patients.map(patientScope)].toSorted();

const keyOf = ({ resourceType, id = '' }: ResourceJson): { readonly type: string; readonly id: string } => ({
  type: resourceType,
  id,
});
const nameOf = ({ resourceType, id = '' }: ResourceJson): string => `${resourceType}/${id}`;

function headsAfter(site: ReturnType<typeof openMemorySyncStore>, resource: ResourceJson): readonly string[] {
  return site.record.kept.get(resource.resourceType)?.get(resource.id ?? '')?.heads ?? [];
}

function bodyOf(resource: ResourceJson): Body {
  const text = printJson(resource);
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok && resource.id !== undefined, 'what seeds a record is a resource with an id');
  return authorBody(text, parsed.value, resource.id);
}
