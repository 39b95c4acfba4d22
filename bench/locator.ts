// What the compartment key costs on one machine: every table that grows with patients leads its key with the patient's
// compartment, so a read by (type, id) goes through the locator first. Here the same rows are read both ways.
import { performance } from 'node:perf_hooks';
import { Client, type ClientConfig } from 'pg';

export interface LocatorCost {
  /** Microseconds a read, one after the other on one connection. */
  readonly throughLocatorUs: number;
  readonly byRowKeyUs: number;
}

const ROUNDS = 3;

/** Reads `count` resources of the record by both keys, in turns, and takes the best round of each. */
export async function locatorCost(config: ClientConfig, count: number): Promise<LocatorCost> {
  const client = new Client(config);
  await client.connect();
  const { rows } = await client.query<{ type: string; id: string; c: string; rid: string }>(
    'SELECT type, id, c, rid FROM locator ORDER BY id LIMIT $1',
    [count],
  );
  const timed = async (
    name: string,
    text: string,
    valuesOf: (row: (typeof rows)[number]) => string[],
  ): Promise<number> => {
    const start = performance.now();
    for (const row of rows) await client.query({ name, text, values: valuesOf(row), rowMode: 'array' });
    return ((performance.now() - start) * 1000) / rows.length;
  };
  let throughLocatorUs = Infinity;
  let byRowKeyUs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const own = await timed('own', 'SELECT body FROM resource WHERE c = $1 AND rid = $2', (row) => [row.c, row.rid]);
    const through = await timed(
      'through',
      'SELECT r.body FROM locator l JOIN resource r ON r.c = l.c AND r.rid = l.rid WHERE l.type = $1 AND l.id = $2',
      (row) => [row.type, row.id],
    );
    byRowKeyUs = Math.min(byRowKeyUs, own);
    throughLocatorUs = Math.min(throughLocatorUs, through);
  }
  await client.end();
  return { throughLocatorUs, byRowKeyUs };
}
