// A copy of a node becomes a node of its own, on a real database.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseJson } from '../../core/base/json.ts';
import { authorBody } from '../../core/record/body.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { renewInstall } from './install.ts';
import { openPostgresStore, type PostgresStore } from './postgres-store.ts';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
}, 60_000);
afterAll(() => postgres.stop());

async function write(store: PostgresStore, id: string): Promise<string> {
  const text = JSON.stringify({ resourceType: 'Basic', id, code: { text: id } });
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error('no resource');
  const body = authorBody(text, parsed.value, id);
  const landed = await store.append({
    revisions: [
      { key: { type: 'Basic', id }, kind: 'put', parents: [], body, authoredAt: Date.now(), expectedHeads: [] },
    ],
    receivedAt: Date.now(),
  });
  if (!landed.ok) throw new Error('not written');
  return landed.value.origin;
}

test('[NL37] a copy that was given a name of its own writes under it, and still hands over what it wrote before', async () => {
  const open = (): Promise<PostgresStore> => openPostgresStore({ url: postgres.url, ...nodePorts() });
  const before = await open();
  const old = await write(before, 'before');
  expect(old.startsWith(`${before.install}.`)).toBe(true);
  await before.close();
  const name = await renewInstall(postgres.url);
  expect(name).not.toBe(before.install);
  const after = await open();
  try {
    expect(after.install).toBe(name);
    const fresh = await write(after, 'after');
    expect(fresh.startsWith(`${name}.`)).toBe(true);
    const carried = (await after.sync.carried()).map(({ origin, seq }) => [origin, seq]);
    expect(carried).toContainEqual([old, 1]);
    expect(carried).toContainEqual([fresh, 1]);
    expect((await after.sync.identity()).node).toBe(name);
    const there = await after.read([{ type: 'Basic', id: 'before' }], EVERYTHING);
    expect(there[0]?.deleted).toBe(false);
  } finally {
    await after.close();
  }
}, 60_000);
