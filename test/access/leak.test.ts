// Nothing hidden tells of itself: whoever may not see a resource is answered as over a record that never held it, to the byte,
// and the store is asked the same.
import { describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../src/core/access/principal.ts';
import type { ResourceKey } from '../../src/core/record/store.ts';
import { memoryStore } from '../../src/server/fhir-api/api-server.test-kit.ts';
import { madeFor, STEPS } from './hidden-data.test-kit.ts';
import { principalOf } from './hospital.test-kit.ts';
import { twinServers } from './twin-servers.test-kit.ts';
import { glanceAt, lookAt, searchAround, searchOf, writeAt } from './ways-in.test-kit.ts';

const open = () => Promise.resolve(memoryStore());

/** One of each manner: by ward and labels, by department, by kind of data, by the own record, by none. */
const SAMPLE: readonly Role[] = ['nurse', 'laboratory', 'receptionist', 'billing', 'patient', 'it'];
const WHO = process.env['HOLDFAST_LEAK_ROLES'] === 'all' ? ROLES.filter((role) => role !== 'service') : SAMPLE;

const TYPES = [
  'Patient',
  'Observation',
  'Condition',
  'Encounter',
  'MedicationRequest',
  'Binary',
  'Provenance',
  'Basic',
  'AuditEvent',
];

/** Some types, one of each, and every one that is hidden by its label or deleted. */
const sampleOf = (hidden: readonly ResourceKey[]): readonly ResourceKey[] =>
  hidden.filter(
    (key, index) =>
      /labelled|taken|old/.test(key.id) ||
      (TYPES.includes(key.type) && hidden.findIndex(({ type }) => type === key.type) === index),
  );

describe.each(WHO)('[FR52] what is hidden from a %s', (role) => {
  test('[FR52] cannot be told from what is not there by reading, searching, or its history', async () => {
    const twins = await twinServers(principalOf(role), STEPS, open);
    try {
      expect(twins.hidden.length).toBeGreaterThan(5);
      const tried = sampleOf(twins.hidden);
      for (const key of twins.hidden) await (tried.includes(key) ? lookAt(key, twins) : glanceAt(key, twins));
      for (const type of new Set(twins.hidden.map((key) => key.type))) await searchOf(type, twins);
      await searchAround(twins);
      expect(twins.asked()).toBeGreaterThan(300);
    } finally {
      await twins.stop();
    }
  });

  test('[FR52] cannot be told from what is not there by writing', async () => {
    const twins = await twinServers(principalOf(role), STEPS, open);
    try {
      const tried = sampleOf(twins.hidden);
      for (const key of tried) await writeAt(key, twins, madeFor(key.type));
      expect(twins.asked()).toBeGreaterThan(60);
      for (const { type } of tried) await twins.ask('GET', `/${type}?_total=accurate`);
    } finally {
      await twins.stop();
    }
  });
});

test('[FR52] a program sees all but what is the node’s own, of which nothing tells', async () => {
  const twins = await twinServers(principalOf('service'), STEPS, open);
  try {
    expect(twins.hidden).toEqual([{ type: 'Basic', id: 'account' }]);
    for (const key of twins.hidden) await lookAt(key, twins);
    for (const key of twins.hidden) {
      await twins.ask('GET', `/Basic?_summary=count`);
      await twins.ask('DELETE', `/Basic/${key.id}`);
    }
    await searchAround(twins);
  } finally {
    await twins.stop();
  }
});
