// Import, backup and restore as an operator runs them: real processes, real files.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { startTemporaryPostgres } from '../storage/embedded/start-temporary.test-kit.ts';
import { buildOnce, endAll, newFolder, run, start, until, type HoldfastProcess } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

const patient = (id: string, more = ''): string => `{"resourceType":"Patient","id":"${id}","active":true${more}}`;
const bundle = (count: number, broken = false): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: Array.from({ length: count }, (_, n) => ({
      fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      resource: {
        resourceType: 'Observation',
        status: broken && n === 1 ? 'no such status' : 'final',
        code: { text: 'x' },
      },
      request: { method: 'POST', url: 'Observation' },
    })),
  });

test('[OP29] [OP30] import counts by type, names what is refused by file and line, and carries on; with and without a node', async () => {
  const folder = newFolder();
  const mixed = join(folder, 'mixed.ndjson');
  writeFileSync(mixed, [bundle(3), bundle(2, true), '{"resourceType":', patient('p1'), '{"a":1}'].join('\n'));
  const packed = join(folder, 'packed.ndjson.gz');
  writeFileSync(packed, gzipSync(`${bundle(2)}\n`));
  const collection = join(folder, 'collection.json');
  writeFileSync(
    collection,
    `{\n"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Observation", "id": "exact",
      "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": 1.500}}}]\n}`,
  );
  const data = join(folder, 'data');
  const env = { HOLDFAST_DATA: data };

  // No node runs: the command brings its own, and takes it down again.
  const alone = await run(['import', mixed, packed, collection], env);
  expect(alone.code, alone.err).toBe(1);
  expect(alone.out).toMatch(/Observation\s+6\n/);
  expect(alone.out).toMatch(/Patient\s+1\n/);
  expect(alone.err).toMatch(/^mixed\.ndjson:2: refused with status 4\d\d: .*entry\[1\]\.resource\.status: \S+/m);
  expect(alone.err).toMatch(/^mixed\.ndjson:3: is not JSON/m);
  expect(alone.err).toMatch(/^mixed\.ndjson:5: is not a FHIR resource/m);
  expect(alone.err).toMatch(/3 refused/);

  const node = await start(env);
  expect(await (await node.fetch(`/fhir/Observation/exact`)).text()).toContain('"value":1.500');
  const beside = await run(['import', '-'], env, { input: `${patient('p2')}\n${patient('p3')}` });
  expect(beside).toMatchObject({ code: 0, out: expect.stringMatching(/Patient\s+2\n/) });
  expect(await total(node, 'Patient')).toBe(3);
  expect(await total(node, 'Observation')).toBe(6);
});

test('[OP31] [OP33] a backup under load restores into an empty record, verifies, and is a moment of it', async () => {
  const node = await start();
  const env = { HOLDFAST_DATA: node.data };
  const load = { going: true, written: 0 };
  const writing = (async () => {
    for (; load.going; load.written += 1) {
      const sent = await node.fetch(`/fhir/Patient/p${load.written}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/fhir+json' },
        body: patient(`p${load.written}`, `,"multipleBirthInteger":${load.written}`),
      });
      await sent.arrayBuffer();
    }
  })();
  await until(() => load.written > 100, 'a hundred writes');
  const folder = newFolder();
  const file = join(folder, 'b.ndjson.gz');
  const before = load.written;
  const taken = await run(['backup', file], env);
  const after = load.written;
  load.going = false;
  await writing;
  expect(taken, taken.err).toMatchObject({ code: 0 });

  // Two versions, and one deleted: history comes along.
  const other = { HOLDFAST_DATA: join(folder, 'data') };
  const restored = await run(['restore', file], other);
  expect(restored, restored.err).toMatchObject({ code: 0, out: expect.stringMatching(/restored and verified/) });
  const copy = await start(other);
  const there = await total(copy, 'Patient');
  expect(there).toBeGreaterThanOrEqual(before);
  expect(there).toBeLessThanOrEqual(after + 1);
  for (let n = 0; n < there; n += 7) {
    const path = `/fhir/Patient/p${n}`;
    expect(await textAt(copy, path)).toBe(await textAt(node, path));
  }
  expect(await textAt(copy, `/fhir/Patient/p${there}`)).toContain('OperationOutcome');
  // What is written after the restore goes on, on a chain of its own.
  const more = await copy.fetch(`/fhir/Patient/p0`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: patient('p0', ',"gender":"unknown"'),
  });
  expect(more.status).toBe(200);
  expect((await run(['verify'], other)).code).toBe(0);

  const refused = await run(['restore', file], other);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^holdfast: This record is not empty/);
});

test('[OP32] a damaged backup is refused before anything is made', async () => {
  const folder = newFolder();
  const file = join(folder, 'b.ndjson.gz');
  writeFileSync(file, gzipSync('{"holdfast":"backup","format":1,"version":"0.1.0","takenAt":1}\n'));
  const ran = await run(['restore', file], { HOLDFAST_DATA: join(folder, 'data') });
  expect(ran.code).toBe(1);
  expect(ran.err).toMatch(/^holdfast: .*no whole backup.*Nothing was restored\.\n$/);
  expect(readdirSync(folder)).toEqual(['b.ndjson.gz']);
});

test("[OP33] a backup of the embedded database restores into a PostgreSQL of the user's own", async () => {
  const folder = newFolder();
  const env = { HOLDFAST_DATA: join(folder, 'data') };
  const lines = Array.from({ length: 20 }, (_, n) => patient(`p${n}`)).join('\n');
  expect((await run(['import', '-'], env, { input: lines })).code).toBe(0);
  const file = join(folder, 'b.ndjson.gz');
  expect((await run(['backup', file], env)).code).toBe(0);
  const given = await startTemporaryPostgres();
  try {
    const there = { HOLDFAST_DATA: join(folder, 'other'), HOLDFAST_DATABASE_URL: given.url };
    expect(await run(['restore', file], there)).toMatchObject({ code: 0 });
    const node = await start(there);
    expect(await total(node, 'Patient')).toBe(20);
    node.signal('SIGTERM');
    await node.ended;
  } finally {
    await given.stop();
  }
});

test('[OP34] [OP37] a physical backup of a serving node restores into a new folder and verifies', async () => {
  const node = await start();
  const env = { HOLDFAST_DATA: node.data };
  const lines = Array.from({ length: 50 }, (_, n) => patient(`p${n}`)).join('\n');
  expect((await run(['import', '-'], env, { input: lines })).code).toBe(0);
  const folder = newFolder();
  const copy = join(folder, 'copy');
  expect(await run(['backup', '--physical', copy], env)).toMatchObject({ code: 0 });
  expect(readFileSync(join(copy, 'backup_manifest'), 'utf8')).toContain('SHA256');
  expect(await run(['backup', join(folder, 'whole.ndjson.gz'), '--plain'], env)).toMatchObject({ code: 0 });
  const told = await textAt(node, '/fhir/AuditEvent?subtype=export');
  expect(told).toContain(`copy of the database, not encrypted, into ${copy}`);
  expect(told).toContain(`backup, not encrypted, into ${join(folder, 'whole.ndjson.gz')}`);
  expect(told).toMatch(/"name":"terminal \([^)]+\)"/);
  const other = { HOLDFAST_DATA: join(folder, 'data') };
  expect(await run(['restore', copy], other)).toMatchObject({
    code: 0,
    out: expect.stringContaining('restored and verified'),
  });
  expect(await total(await start(other), 'Patient')).toBe(50);
});

async function total(node: HoldfastProcess, type: string): Promise<number> {
  const answer = await node.fetch(`/fhir/${type}?_summary=count`);
  const { total: count }: { readonly total?: number } = JSON.parse(await answer.text());
  return count ?? 0;
}
const textAt = async (node: HoldfastProcess, path: string): Promise<string> => (await node.fetch(path)).text();
