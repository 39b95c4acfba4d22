// The limits that our figures stand beside: what this machine does when nothing but the transport, or nothing but the
// database, is at work on the same bytes.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { performance } from 'node:perf_hooks';
import { Client, type ClientConfig } from 'pg';
import type { LoadResult } from './http-load.ts';

/** Starts a bare node:http server (as many processes as ours) that answers `body` to everything. */
export async function startBareServer(body: string, processes: number): Promise<{ port: number; stop: () => void }> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./bare-server.js', import.meta.url)), [String(processes)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('exit', () => fail(new Error('the bare server ended')));
    child.on('message', (message) => {
      if (message === 'body?') child.send(body);
      else if (typeof message === 'number') done(message);
    });
  });
  return { port, stop: () => child.kill('SIGKILL') };
}

/** `clients` connections, the first of which has made the empty table that both limits write to. */
async function openTable(
  config: ClientConfig,
  clients: number,
): Promise<{ readonly pool: readonly Client[]; readonly first: Client }> {
  const pool = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client(config);
      await client.connect();
      return client;
    }),
  );
  const first = pool[0];
  if (first === undefined) throw new Error('no client');
  await first.query('DROP TABLE IF EXISTS bench_raw');
  await first.query('CREATE TABLE bench_raw (id bigint PRIMARY KEY, body text NOT NULL)');
  return { pool, first };
}

/** Raw single-row commits of `bodies` over `clients` connections for `seconds`: one table, one key, synchronous commit. */
export async function rawCommits(
  config: ClientConfig,
  clients: number,
  seconds: number,
  bodies: readonly string[],
): Promise<LoadResult> {
  const { pool, first } = await openTable(config, clients);
  const latencies: number[] = [];
  let id = 0;
  let bytes = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    pool.map(async (client) => {
      for (let before = performance.now(); before < end; before = performance.now()) {
        const n = id++;
        const body = bodies[n % bodies.length] ?? '';
        await client.query({ name: 'raw', text: 'INSERT INTO bench_raw VALUES ($1, $2)', values: [n, body] });
        latencies.push(performance.now() - before);
        bytes += body.length;
      }
    }),
  );
  const took = (performance.now() - start) / 1000;
  await first.query('DROP TABLE bench_raw');
  await Promise.all(pool.map((client) => client.end()));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return {
    requests: latencies.length,
    seconds: took,
    perSecond: latencies.length / took,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failed: 0,
    bytes,
  };
}

/** Multi-row inserts of `bodies`, `rows` a statement, over `clients` connections: rows a second. */
export async function rawInserts(
  config: ClientConfig,
  clients: number,
  bodies: readonly string[],
  rows: number,
): Promise<number> {
  const { pool, first } = await openTable(config, clients);
  let from = 0;
  const start = performance.now();
  await Promise.all(
    pool.map(async (client) => {
      while (from < bodies.length) {
        const base = from;
        from += rows;
        const batch = bodies.slice(base, base + rows);
        await client.query({
          name: 'raw-many',
          text: 'INSERT INTO bench_raw SELECT * FROM unnest($1::bigint[], $2::text[])',
          values: [batch.map((_, n) => base + n), batch],
        });
      }
    }),
  );
  const perSecond = bodies.length / ((performance.now() - start) / 1000);
  await first.query('DROP TABLE bench_raw');
  await Promise.all(pool.map((client) => client.end()));
  return perSecond;
}
