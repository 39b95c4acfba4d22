// What collides, kept in memory and in PostgreSQL: alike.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryCollisionRows, type CollisionRows } from '../../core/record/collision-rows.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openCollisionRows, type OpenCollisionRows } from './collision-rows.ts';

let server: TemporaryPostgres;
const opened: OpenCollisionRows[] = [];
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(async () => {
  for (const each of opened) await each.close();
  await server.stop();
});

const row = (topic: string, severity: 'S1' | 'S2' | 'S3', names: readonly string[], homes: readonly string[] = []) => ({
  topic,
  kind: 'double-dose',
  severity,
  names,
  homes,
  about: `what "quoted" \\ {${topic}} says`,
});

describe.each([
  ['memory', async (): Promise<CollisionRows> => memoryCollisionRows()],
  [
    'postgres',
    async (): Promise<CollisionRows> => {
      const rows = await openCollisionRows({ url: await server.createDatabase('collisions') });
      opened.push(rows);
      return rows;
    },
  ],
])('in %s', (_name, open) => {
  test('[CW15] rows of a topic are replaced together, keep the time they were found, and go on from the mark', async () => {
    const rows = await open();
    expect([await rows.followed(), await rows.list({ limit: 9 }), await rows.topicsNaming(['Patient/1'])]).toEqual([
      0,
      [],
      [],
    ]);
    await rows.keep(
      ['a', 'b'],
      [row('b', 'S1', ['Patient/1', 'Patient/2'], ['Patient/1', 'Patient/2']), row('a', 'S2', ['Task/1'])],
      5,
      100,
    );
    await rows.keep(
      ['c'],
      [row('c', 'S1', ['Patient/2', 'Patient/3'], ['Patient/3']), row('c', 'S3', ['Patient/1'])],
      7,
      200,
    );
    expect(await rows.followed()).toBe(7);
    expect((await rows.list({ limit: 9 })).map(({ topic, severity, since }) => [topic, severity, since])).toEqual([
      ['b', 'S1', 100],
      ['c', 'S1', 200],
      ['a', 'S2', 100],
      ['c', 'S3', 200],
    ]);
    expect((await rows.list({ limit: 9 }))[0]).toEqual({
      ...row('b', 'S1', ['Patient/1', 'Patient/2'], ['Patient/1', 'Patient/2']),
      since: 100,
    });
    expect([...(await rows.topicsNaming(['Patient/2', 'Patient/9']))].sort()).toEqual(['b', 'c']);
    const topics = async (query: object): Promise<readonly string[]> =>
      (await rows.list({ limit: 9, ...query })).map(({ topic }) => topic);
    expect(await topics({ severity: 'S2' })).toEqual(['a']);
    expect(await topics({ homes: ['Patient/3', 'Patient/2'] })).toEqual(['b', 'c']);
    expect(await topics({ types: ['Task', 'Flag'] })).toEqual(['a']);
    expect(await topics({ limit: 1 })).toEqual(['b']);
    expect(await rows.figures()).toEqual({ S1: 2, S2: 1, oldestS1At: 100 });
    await rows.keep(['b', 'c'], [row('b', 'S1', ['Patient/1', 'Patient/2'])], 9, 300);
    expect((await rows.list({ limit: 9 })).map(({ topic, since }) => [topic, since])).toEqual([
      ['b', 100],
      ['a', 100],
    ]);
    await rows.keep(['b', 'a'], [], 10, 400);
    expect([await rows.figures(), await rows.followed()]).toEqual([{ S1: 0, S2: 0 }, 10]);
  });
});
