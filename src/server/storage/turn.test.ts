// Turns over a real database: two processes' worth of sessions ask for one.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporaryPostgres, type TemporaryPostgres } from './embedded/start-temporary.test-kit.ts';
import { openTurn } from './turn.ts';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
}, 60_000);
afterAll(() => postgres.stop());

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !holds(); tries += 1) await sleep(50);
  expect(holds()).toBe(true);
};

test('[NL29] of two that ask for a turn one has it, and the other when that one ends; other names are apart', async () => {
  const first = openTurn(postgres.url, 'link');
  await until(() => first.held());
  const second = openTurn(postgres.url, 'link');
  const other = openTurn(postgres.url, 'mirror');
  await until(() => other.held());
  await sleep(1_500);
  expect([first.held(), second.held()]).toEqual([true, false]);
  await first.close();
  expect(first.held()).toBe(false);
  await until(() => second.held());
  await second.close();
  await other.close();
}, 30_000);

test('[NL29] without a database nobody has the turn, and that is no exception', async () => {
  const turn = openTurn('postgresql://nobody@127.0.0.1:1/none', 'link');
  await sleep(200);
  expect(turn.held()).toBe(false);
  await turn.close();
});
