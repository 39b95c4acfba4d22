// One person before two servers, by reading and by writing.
import { expect } from 'vitest';
import type { Principal } from '../../src/core/access/principal.ts';
import type { RecordStore, ResourceKey } from '../../src/core/record/store.ts';
import { madeFor, STEPS } from './hidden-data.test-kit.ts';
import { twinServers } from './twin-servers.test-kit.ts';
import { glanceAt, lookAt, searchAround, searchOf, writeAt } from './ways-in.test-kit.ts';

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

export async function readBeforeTwins(principal: Principal, open: () => Promise<RecordStore>): Promise<void> {
  const twins = await twinServers(principal, STEPS, open);
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
}

export async function writeBeforeTwins(principal: Principal, open: () => Promise<RecordStore>): Promise<void> {
  const twins = await twinServers(principal, STEPS, open);
  try {
    const tried = sampleOf(twins.hidden);
    for (const key of tried) await writeAt(key, twins, madeFor(key.type));
    expect(twins.asked()).toBeGreaterThan(60);
    for (const { type } of tried) await twins.ask('GET', `/${type}?_total=accurate`);
  } finally {
    await twins.stop();
  }
}
