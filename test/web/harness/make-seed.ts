// The record of the harness as a device's log, made once a build: a page that had to make up a hospital would take a minute to open.
import { dutiesOf } from '../../../src/core/access/duties-of.ts';
import type { Principal } from '../../../src/core/access/principal.ts';
import type { ResourceJson } from '../../../src/core/base/json-types.ts';
import type { LogEntry } from '../../../src/core/sync/memory-sync-log.ts';
import { demoUsers } from '../../../src/server/demo/demo-users.ts';
import { generateDemo } from '../../../src/server/demo/generate-demo.ts';
import { seedEntries } from '../../../src/web/device/page-device.test-kit.ts';
import { AS_OF, DEMO, NOW } from './hospital.ts';

export interface Seed {
  readonly entries: readonly LogEntry[];
  /** By the demo's user names. */
  readonly people: Readonly<Record<string, Principal>>;
  /** `Location/1`: the ward that the first nurse works on. */
  readonly ward: string;
  readonly site: string;
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
  const entries = await seedEntries({ resources, asOf: AS_OF.live });
  const ward = locations.find((l) => JSON.stringify(l['physicalType'] ?? {}).includes('"wa"'));
  return {
    entries,
    people,
    ward: ward?.id === undefined ? '' : `Location/${ward.id}`,
    site: 'Harrowmere General Hospital',
  };
}
