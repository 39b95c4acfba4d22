// What several heads are shown as, kept in PostgreSQL, when the policies change.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameOf, revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import type { Policies } from '../../core/record/view.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from './postgres-store.ts';

let server: TemporaryPostgres;
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(() => server.stop());

const saying = (conflict: boolean): Policies =>
  new Map([
    [
      'Basic',
      ([lead]) => ({
        displayed: lead?.hash ?? '',
        deleted: false,
        conflict,
        ...(conflict ? { severity: 'S2' as const } : {}),
        ...(conflict ? {} : { text: `{"resourceType":"Basic","id":"1","language":"de"}` }),
      }),
    ],
  ]);

test('[CW3] a node that starts with other policies shows what they say, of all that was written before', async () => {
  const url = await server.createDatabase('views');
  const opened = (version: string, byType: Policies) =>
    openPostgresStore({ url, ...nodePorts(), connections: 1, policies: { byType, version } });
  const before = await opened('1', saying(true));
  const scribe = new Scribe(before);
  const base = await scribe.create('Basic/1', { language: 'en' });
  for (const language of ['fr', 'it']) {
    await scribe.land(revision('Basic/1', { language }, { parents: [base.versionId], expect: 'any' }));
  }
  const open = async (store: typeof before): Promise<readonly string[]> =>
    (await store.conflicts({ order: 'worst', count: 9 }, EVERYTHING)).conflicts.map(({ key }) => nameOf(key));
  expect(await open(before)).toEqual(['Basic/1']);
  const shown = await scribe.get('Basic/1');
  await before.close();

  const after = await opened('2', saying(false));
  expect(await open(after)).toEqual([]);
  const again = await new Scribe(after).get('Basic/1');
  expect(again?.text).toContain('"de"');
  // Heads, version and time are the record's: a view is none of them.
  expect([again?.versionId, again?.lastUpdatedAt]).toEqual([shown?.versionId, shown?.lastUpdatedAt]);
  expect((await after.verify()).findings).toEqual([]);
  await after.close();
});

test('[RS9] a label of any text lands, and hides', async () => {
  const url = await server.createDatabase('labels');
  const store = await openPostgresStore({ url, ...nodePorts(), connections: 1 });
  const scribe = new Scribe(store);
  const code = 'a "quoted" \\ {label}';
  await scribe.create('Basic/1', { meta: { security: [{ system: 'urn:s', code }] } });
  const hiding = { see: 'some', rules: [{ withoutSecurity: [`urn:s|${code}`] }] } as const;
  expect(await scribe.get('Basic/1', hiding)).toBeUndefined();
  expect((await scribe.get('Basic/1'))?.deleted).toBe(false);
  expect((await store.history({ type: 'Basic', id: '1', count: 1 }, hiding)).total).toBe(0);
  expect((await store.verify()).findings).toEqual([]);
  await store.close();
});
