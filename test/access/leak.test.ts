// Nothing hidden tells of itself: whoever may not see a resource is answered as over a record that never held it, to the byte,
// and the store is asked the same. `HOLDFAST_LEAK_ROLES=all` tries every role.
import { describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../src/core/access/principal.ts';
import { memoryStore } from '../../src/server/fhir-api/api-server.test-kit.ts';
import { STEPS } from './hidden-data.test-kit.ts';
import { principalOf } from './hospital.test-kit.ts';
import { readBeforeTwins, writeBeforeTwins } from './leak.test-kit.ts';
import { twinServers } from './twin-servers.test-kit.ts';
import { lookAt, searchAround } from './ways-in.test-kit.ts';

const open = () => Promise.resolve(memoryStore());

/** One of each manner: by ward and labels, by department, by kind of data, by the own record, by none. */
const SAMPLE: readonly Role[] = ['nurse', 'laboratory', 'receptionist', 'billing', 'patient', 'it'];
const WHO = process.env['HOLDFAST_LEAK_ROLES'] === 'all' ? ROLES.filter((role) => role !== 'service') : SAMPLE;

describe.each(WHO)('[FR52] what is hidden from a %s', (role) => {
  test('[FR52] cannot be told from what is not there by reading, searching, or its history', () =>
    readBeforeTwins(principalOf(role), open));
  test('[FR52] cannot be told from what is not there by writing', () => writeBeforeTwins(principalOf(role), open));
});

test('[FR52] what an app was not granted cannot be told from what is not there', () =>
  readBeforeTwins(
    principalOf('doctor', { scopes: ['user/Observation.rs', 'user/Patient.rs', 'user/Encounter.rs'] }),
    open,
  ));

test('[FR52] a program sees all but what is the node’s own, of which nothing tells', async () => {
  const twins = await twinServers(principalOf('service'), STEPS, open);
  try {
    expect(twins.hidden).toEqual([
      { type: 'Organization', id: 'nameless' },
      { type: 'Basic', id: 'account' },
    ]);
    for (const key of twins.hidden) await lookAt(key, twins);
    for (const key of twins.hidden) {
      await twins.ask('GET', `/${key.type}?_summary=count`);
      await twins.ask('DELETE', `/${key.type}/${key.id}`);
    }
    await searchAround(twins);
  } finally {
    await twins.stop();
  }
});
