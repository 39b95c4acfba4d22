// kill -9 in the middle of recording, on a real PostgreSQL: what was acknowledged is an event, once.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodePorts } from '../ports/node-ports.ts';
import { openPostgresAuditIndex } from '../storage/audit-index.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../storage/embedded/start-temporary.test-kit.ts';
import { openPostgresStore } from '../storage/postgres-store.ts';
import { openAuditTrail } from './open-audit-trail.ts';
import { listFolder } from './segments.ts';
import { allEvents, whatOf } from './trail.test-kit.ts';
import { verifyAudit } from './verify-audit.ts';

const CHILD = fileURLToPath(new URL('recording-child.test-kit.ts', import.meta.url));
// Runs the source as it is, as the tests themselves are run.
const RUN = `const { runnerImport } = await import('vite'); await runnerImport(${JSON.stringify(CHILD)}, { configFile: false })`;
const ports = nodePorts();
let server: TemporaryPostgres;
const data = mkdtempSync(join(tmpdir(), 'holdfast-audit-kill-'));
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Starts a recorder at `from`, kills it after `count` acknowledgements, and answers which those were. */
async function recordAndKill(from: number, count: number): Promise<readonly number[]> {
  const notes = join(data, `notes-${from}`);
  writeFileSync(notes, '');
  const child = spawn(process.execPath, ['--input-type=module', '-e', RUN], {
    env: { ...process.env, AUDIT_URL: server.url, AUDIT_DATA: data, AUDIT_NOTES: notes, AUDIT_FROM: String(from) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', (_code, signal) => resolve(signal)));
  const noted = (): readonly number[] => readFileSync(notes, 'utf8').split('\n').slice(0, -1).map(Number);
  const watch = setInterval(() => noted().length >= count && child.kill('SIGKILL'), 7);
  expect(await ended).toBe('SIGKILL');
  clearInterval(watch);
  return noted();
}

test('[AU6] [AU24] [AU13] [AU14] [AU16] [AU21] every acknowledged entry of killed processes is an event afterwards, once, and is proven', async () => {
  // Two at a time, then others over what they left.
  const rounds = [
    [0, 1_500],
    [1_000_000, 333],
    [2_000_000, 1_010],
    [3_000_000, 20],
  ] as const;
  const acknowledged: number[] = [];
  for (let i = 0; i < rounds.length; i += 2) {
    const pair = rounds.slice(i, i + 2).map(([from, count]) => recordAndKill(from, count));
    for (const numbers of await Promise.all(pair)) acknowledged.push(...numbers);
  }
  expect(acknowledged.length).toBeGreaterThan(2_800);

  const store = await openPostgresStore({ url: server.url, ...ports, connections: 1 });
  const index = await openPostgresAuditIndex({ url: server.url, digest: ports.digest });
  const trail = openAuditTrail({ store, index, data, ...ports, log: () => undefined, background: false });
  const db = new Client({ connectionString: server.url });
  try {
    const before = await allEvents(trail, 1_000);
    await trail.flush();
    const events = await allEvents(trail, 1_000);
    expect(events).toEqual(before);
    const whats = events.map(whatOf);
    expect(new Set(whats).size, 'each once').toBe(whats.length);
    const missing = acknowledged.filter((n) => !whats.includes(`Observation/${n}`));
    expect(missing).toEqual([]);
    await trail.checkpoint();
    expect(await verifyAudit({ store, index, data, digest: ports.digest })).toMatchObject({
      events: whats.length,
      findings: [],
    });
    await trail.close();
    expect(listFolder(join(data, 'audit'))).toEqual([]);
    // Forgotten and made anew from the record, in the database too.
    await trail.rebuildIndex();
    expect(await allEvents(trail, 1_000)).toEqual(before);
    const whatIsFound = async (): Promise<readonly string[]> =>
      (await verifyAudit({ store, index, data, digest: ports.digest })).findings.map(({ what }) => what);
    expect(await whatIsFound()).toEqual([]);

    // As somebody who owns the database.
    await db.connect();
    await db.query('UPDATE audit_index SET c = c + 1 WHERE ctid = (SELECT min(ctid) FROM audit_index)');
    expect(await whatIsFound()).toEqual(['index']);
    await trail.rebuildIndex();
    await db.query('DELETE FROM commit c WHERE seq = (SELECT max(seq) FROM commit WHERE o = c.o)');
    expect(new Set(await whatIsFound())).toEqual(new Set(['chain']));
  } finally {
    await db.end();
    await index.close();
    await store.close();
  }
});
