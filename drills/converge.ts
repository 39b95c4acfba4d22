// Whether the nodes tell the same story: what each shows, resource by resource, and what waits in its queues (DR6).
import type { Client } from './http-client.ts';
import type { Chart } from './people.ts';

/** `Type/id` -> versionId. */
export type Shown = ReadonlyMap<string, string>;

const CLINICAL = [
  'Patient',
  'Encounter',
  'AllergyIntolerance',
  'MedicationRequest',
  'Flag',
  'Condition',
  'Observation',
  'MedicationAdministration',
] as const;
/** Of every patient at every site: identity, allergies, alerts. */
const EVERYWHERE = new Set(['Patient', 'AllergyIntolerance', 'Flag']);
const PAGE = 1_000;

interface Entry {
  readonly search?: { readonly mode?: string };
  readonly resource?: {
    readonly resourceType: string;
    readonly id?: string;
    readonly meta?: { readonly versionId?: string };
    readonly subject?: { readonly reference?: string };
    readonly patient?: { readonly reference?: string };
  };
}
interface Page {
  readonly entry?: readonly Entry[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}
export interface Listing {
  readonly shown: Shown;
  /** `Type/id` -> id of the patient. */
  readonly patientOf: ReadonlyMap<string, string>;
}

/** All clinical resources that a node shows. */
export async function listShown(client: Client): Promise<Listing> {
  const shown = new Map<string, string>();
  const patientOf = new Map<string, string>();
  for (const type of CLINICAL) {
    let path: string | undefined = `/fhir/${type}?_count=${String(PAGE)}&_elements=id,subject,patient`;
    while (path !== undefined) {
      const answer = await client.send('GET', path);
      if (answer.status !== 200) throw new Error(`${type} cannot be listed: ${String(answer.status)}`);
      const page = JSON.parse(answer.text) as Page;
      for (const { search, resource } of page.entry ?? []) {
        if (search?.mode === 'outcome' || resource?.id === undefined) continue;
        const key = `${resource.resourceType}/${resource.id}`;
        shown.set(key, resource.meta?.versionId ?? '');
        const reference = resource.subject?.reference ?? resource.patient?.reference ?? key;
        patientOf.set(key, reference.slice(reference.lastIndexOf('/') + 1));
      }
      const next = page.link?.find(({ relation }) => relation === 'next')?.url;
      path = next === undefined ? undefined : next.slice(next.indexOf('/fhir'));
    }
  }
  return { shown, patientOf };
}

export interface Difference {
  readonly site: string;
  readonly key: string;
  readonly what: 'only at the site' | 'another version' | 'not at the site';
}

/** What a site and the region show differently, as far as both should. */
export function differences(
  site: string,
  at: Listing,
  region: Listing,
  charts: readonly Chart[],
): readonly Difference[] {
  const ownPatients = new Set(
    charts.filter((chart) => chart.home === site || chart.alsoAt.includes(site)).map(({ patient }) => patient),
  );
  const found: Difference[] = [];
  for (const [key, version] of at.shown) {
    const above = region.shown.get(key);
    if (above === undefined) found.push({ site, key, what: 'only at the site' });
    else if (above !== version) found.push({ site, key, what: 'another version' });
  }
  for (const key of region.shown.keys()) {
    if (at.shown.has(key)) continue;
    const type = key.slice(0, key.indexOf('/'));
    if (EVERYWHERE.has(type) || ownPatients.has(region.patientOf.get(key) ?? '')) {
      found.push({ site, key, what: 'not at the site' });
    }
  }
  return found;
}

/** What a node says of itself, as far as a drill needs it. */
export interface SyncStatus {
  /** Commits that the peer above has not got. */
  readonly queued: number;
  readonly raw: string;
}

export async function syncStatus(client: Client): Promise<SyncStatus | undefined> {
  try {
    const answer = await client.send('GET', '/sync/status', undefined, { accept: 'application/json' });
    if (answer.status !== 200) return undefined;
    return { queued: queueOf(JSON.parse(answer.text)), raw: answer.text };
  } catch {
    // It is down: that is seen elsewhere.
    return undefined;
  }
}
/** What this node's own disk holds alone, by its own account. */
function queueOf(status: { readonly carried?: { readonly D1?: number; readonly D1m?: number } }): number {
  return (status.carried?.D1 ?? 0) + (status.carried?.D1m ?? 0);
}

/** The text of a resource and, where `mark` is not in it, of its history. */
export async function textWithHistory(
  client: Client,
  type: string,
  id: string,
  mark: string,
): Promise<string | undefined> {
  const now = await client.send('GET', `/fhir/${type}/${id}`);
  if (now.status === 200 && now.text.includes(mark)) return now.text;
  const told = await client.send('GET', `/fhir/${type}/${id}/_history?_count=1000`);
  if (told.status === 200) return told.text;
  if (told.status === 404 || told.status === 410) return undefined;
  throw new Error(`no answer to a look-up: ${String(told.status)}`);
}
