// The record of the harness as a device's log, made once a build: a page that had to make up a hospital would take a minute to open.
import { dutiesOf, placesWithin } from '../../../src/core/access/duties-of.ts';
import type { Principal } from '../../../src/core/access/principal.ts';
import { assert } from '../../../src/core/base/assert.ts';
import type { ResourceJson } from '../../../src/core/base/json-types.ts';
import type { LogEntry } from '../../../src/core/sync/memory-sync-log.ts';
import { demoUsers } from '../../../src/server/demo/demo-users.ts';
import { generateDemo } from '../../../src/server/demo/generate-demo.ts';
import { seedEntries } from '../../../src/web/device/page-device.test-kit.ts';
import { AS_OF, CONFLICT_OF, DEMO, NOW, WHOLE } from './hospital.ts';

export interface Seed {
  readonly entries: readonly LogEntry[];
  /** By the demo's user names. */
  readonly people: Readonly<Record<string, Principal>>;
  /** `Location/1`: the ward that the first nurse works on. */
  readonly ward: string;
  readonly site: string;
}

const IDENTITY: ReadonlySet<string> = new Set(['Patient', 'AllergyIntolerance', 'Flag']);

/** Names one of `patients`, or none at all. */
function isOf(resource: ResourceJson, patients: readonly string[]): boolean {
  const named = [...JSON.stringify(resource).matchAll(/"Patient\/([^"]+)"/g)].map((m) => m[1] ?? '');
  return named.length === 0 || named.some((id) => patients.includes(id));
}

/** Two entries of one allergy that did not know of each other: what people must decide. */
function disputed(resources: readonly ResourceJson[]): readonly ResourceJson[] {
  const allergy = resources.find((r) => r.resourceType === 'AllergyIntolerance' && isOf(r, [CONFLICT_OF]));
  assert(allergy !== undefined, 'the patient of the conflict has an allergy');
  return [
    { ...allergy, criticality: 'high' },
    { ...allergy, criticality: 'low' },
  ];
}

export async function makeSeed(): Promise<Seed> {
  const resources: ResourceJson[] = [];
  // Demo resources are plain JSON already; printing and reading again is what makes their types those of the record.
  for (const batch of generateDemo(DEMO)) for (const r of batch.resources) resources.push(r as unknown as ResourceJson);
  const ofType = (type: string): readonly ResourceJson[] => resources.filter((r) => r.resourceType === type);
  const locations = ofType('Location');
  const people = Object.fromEntries(
    demoUsers(DEMO)
      .filter((user) => user.role !== 'patient')
      .map((user): [string, Principal] => {
        const roles = ofType('PractitionerRole').filter((r) =>
          JSON.stringify(r['practitioner'] ?? {}).includes(`"${user.subject}"`),
        );
        return [
          user.userName,
          {
            who: user.subject,
            name: user.name,
            duties: dutiesOf(roles, NOW, locations),
            client: 'holdfast-ward',
            session: 'harness',
            asOf: NOW,
          },
        ];
      }),
  );
  const nurse = people['nurse']?.who ?? '';
  const duty = ofType('PractitionerRole').find((r) => JSON.stringify(r).includes(`"${nurse}"`));
  const ward = /"(Location\/[^"]+)"/.exec(JSON.stringify(duty?.['location'] ?? []))?.[1] ?? '';
  const beds = placesWithin([ward], locations);
  const here = ofType('Encounter').filter(
    (e) =>
      e['status'] === 'in-progress' && beds.some((bed) => JSON.stringify(e['location'] ?? []).includes(`"${bed}"`)),
  );
  const onWard = here.map((e) => /"Patient\/([^"]+)"/.exec(JSON.stringify(e['subject'] ?? {}))?.[1] ?? '');
  const patients = [...new Set([...onWard, ...WHOLE])].filter((id) => id !== '');
  // What the device would not get from its site need not be made for it either: a third of the time.
  const kept = resources.filter((r) => IDENTITY.has(r.resourceType) || isOf(r, patients));
  const entries = await seedEntries({ resources: kept, asOf: AS_OF.live, patients, conflicts: [disputed(resources)] });
  return {
    entries,
    people,
    ward,
    site: 'Harrowmere General Hospital',
  };
}
