// A node as its operators meet it: real processes, started, killed and stopped.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../storage/embedded/postmaster.ts';
import {
  buildOnce,
  endAll,
  killDatabase,
  newFolder,
  run,
  start,
  tokenOf,
  until,
  workersOf,
  type HoldfastProcess,
} from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

const health = async (node: HoldfastProcess): Promise<{ readonly code: number; readonly status: string }> => {
  const answer = await fetch(`${node.address}/health`);
  const { status }: { readonly status: string } = JSON.parse(await answer.text());
  return { code: answer.status, status };
};
const put = async (node: HoldfastProcess, id: string, text = 'x'): Promise<number> => {
  const answer = await node.fetch(`/fhir/Basic/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Basic', id, code: { text } }),
  });
  await answer.arrayBuffer();
  return answer.status;
};
const databaseOf = (node: HoldfastProcess): number =>
  Number(readFileSync(join(node.data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

test('[OP22] SIGTERM lets requests finish, stops processes and database, and ends with 0', async () => {
  const node = await start();
  expect(await health(node)).toEqual({ code: 200, status: 'ok' });
  const workers = workersOf(node);
  const database = databaseOf(node);
  expect(workers).toHaveLength(2);
  const authorization = `Bearer ${await tokenOf({ HOLDFAST_DATA: node.data })}`;
  // A request whose body is still being sent when the signal comes.
  const answer = new Promise<number>((resolve, reject) => {
    const body = JSON.stringify({ resourceType: 'Basic', id: 'late', code: { text: 'x' } });
    const sending = request(
      `${node.address}/fhir/Basic/late`,
      {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/fhir+json', 'content-length': body.length },
      },
      (got) => {
        got.resume();
        resolve(got.statusCode ?? 0);
      },
    );
    sending.once('error', reject);
    sending.write(body.slice(0, 10), () => {
      node.signal('SIGTERM');
      setTimeout(() => sending.end(body.slice(10)), 300);
    });
  });
  expect(await answer).toBe(201);
  expect(await node.ended).toBe(0);
  for (const pid of [...workers, database]) expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(node.data, 'holdfast.lock'))).toBe(false);
  const again = await start({ HOLDFAST_DATA: node.data });
  expect((await again.fetch('/fhir/Basic/late')).status).toBe(200);
});

test('[OP12] a second start on the same data folder is one line; verify and reindex work beside the node', async () => {
  const node = await start();
  expect(await put(node, 'a')).toBe(201);
  const second = await run(['start'], { HOLDFAST_DATA: node.data, HOLDFAST_PORT: '0' });
  expect(second.code).toBe(1);
  expect(second.err).toMatch(new RegExp(`^holdfast: .*in use by holdfast start \\(process ${node.pid}\\).*\\n$`));
  const verify = await run(['verify'], { HOLDFAST_DATA: node.data });
  expect(verify).toMatchObject({
    code: 0,
    out: expect.stringContaining('The record is whole, and so is its audit trail.'),
  });
  expect((await run(['reindex'], { HOLDFAST_DATA: node.data })).code).toBe(0);
  expect((await health(node)).code).toBe(200);
});

test('[OP20] when the database dies health says so with 503, and is well again by itself', async () => {
  const node = await start();
  expect(await put(node, 'a')).toBe(201);
  const seen = new Set<number>();
  killDatabase(node.data);
  await until(async () => {
    const { code } = await health(node);
    seen.add(code);
    return seen.has(503) && code === 200;
  }, 'unwell and well again');
  expect((await node.fetch('/fhir/Basic/a')).status).toBe(200);
  await until(async () => (await put(node, 'b')) === 201, 'writes go on');
});

test('[OP21] a server process that is killed is replaced while the other answers', async () => {
  const node = await start();
  for (let round = 0; round < 3; round += 1) {
    const [victim = 0] = workersOf(node);
    process.kill(victim, 'SIGKILL');
    // Answered by the one that is left; a connection that broke with the victim is tried again, as clients do.
    await until(async () => {
      try {
        return (await health(node)).code === 200;
      } catch {
        return false;
      }
    }, 'answers');
    await until(() => workersOf(node).length === 2 && !workersOf(node).includes(victim), 'two again');
  }
});

test('[OP23] metrics are the sum of all processes, whichever answers', async () => {
  const node = await start();
  const requests = 40;
  // A connection each, so that both processes get some.
  for (let n = 0; n < requests; n += 1) {
    await node.fetch('/fhir/Basic/none', { headers: { connection: 'close' } }).then((answer) => answer.text());
  }
  for (let look = 0; look < 4; look += 1) {
    const text = await (await fetch(`${node.address}/metrics`, { headers: { connection: 'close' } })).text();
    expect(text).toContain('holdfast_processes 2');
    const counts = [...text.matchAll(/request_seconds_count\{[^}]*route="\/fhir\/:type\/:id"[^}]*\} (\d+)/g)];
    expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(requests);
  }
});

test('[OP5] after kill -9 of the supervisor its processes end, the database lives, and the next start takes it over', async () => {
  const node = await start();
  expect(await put(node, 'kept')).toBe(201);
  const workers = workersOf(node);
  const database = databaseOf(node);
  node.signal('SIGKILL');
  await node.ended;
  await until(() => workers.every((pid) => !isAlive(pid)), 'server processes end');
  expect(isAlive(database)).toBe(true);
  const next = await start({ HOLDFAST_DATA: node.data });
  expect(databaseOf(next)).toBe(database);
  expect((await next.fetch('/fhir/Basic/kept')).status).toBe(200);
});

test('[OP28] what was acknowledged is there after kill -9 of every process of the node', async () => {
  const node = await start();
  const acknowledged: string[] = [];
  const load = { going: true };
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; load.going; n += 1) {
      const id = `w${writer}-${n}`;
      try {
        if ((await put(node, id)) === 201) acknowledged.push(id);
      } catch {
        return;
      }
    }
  });
  await until(() => acknowledged.length > 100, 'a hundred writes');
  const victims = [node.pid, ...workersOf(node), databaseOf(node)];
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  await node.ended;
  load.going = false;
  await Promise.all(writers);
  const next = await start({ HOLDFAST_DATA: node.data });
  for (const id of acknowledged) expect((await next.fetch(`/fhir/Basic/${id}`)).status, id).toBe(200);
  next.signal('SIGTERM');
  await next.ended;
  expect((await run(['verify'], { HOLDFAST_DATA: node.data })).code).toBe(0);
});

test('[OP24] the log of a node names no address, and its refusals tell no value', async () => {
  const node = await start({ HOLDFAST_LOG: 'info' });
  await node.fetch('/fhir/Patient/niobe-77?family=Surname');
  await node.fetch('/fhir/Patient', {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: '{"resourceType":"Patient","birthDate":"Unmistakable"}',
  });
  node.signal('SIGTERM');
  await node.ended;
  expect(node.err()).toContain('/fhir/:type/:id');
  expect(node.err() + node.out()).not.toMatch(/niobe|Surname|Unmistakable/);
});

test('[OP27] a demo that was cut short is completed by the next start, exactly once', async () => {
  const data = join(newFolder(), 'data');
  mkdirSync(data, { mode: 0o700 });
  // What a first start leaves behind when it is killed before its first resource: a small hospital, half filled.
  writeFileSync(join(data, 'demo.json'), '{"beds":8,"patients":60,"seed":"t","now":1700000000000,"state":"filling"}');
  const first = await start({ HOLDFAST_DATA: data }, { until: /Completing the demo/ });
  await until(async () => (await total(first, 'Patient')) > 5, 'some patients');
  for (const pid of [first.pid, ...workersOf(first)]) process.kill(pid, 'SIGKILL');
  await first.ended;
  const second = await start({ HOLDFAST_DATA: data }, { until: /Open http/ });
  expect(second.out()).toContain('The demo hospital is there');
  expect(readFileSync(join(data, 'demo.json'), 'utf8')).toContain('"state":"done"');
  const history = await (await second.fetch('/fhir/_history?_count=1')).text();
  const there = await sumOfTypes(second);
  // As many versions as resources: nothing was written twice.
  expect(JSON.parse(history).total).toBe(there);
  expect(there).toBeGreaterThan(100);
  second.signal('SIGTERM');
  await second.ended;
  const third = await start({ HOLDFAST_DATA: data });
  expect(third.out()).not.toMatch(/demo hospital/);
  expect((await (await fetch(`${third.address}/`)).text()).includes('made up')).toBe(true);
});

test('[OP27] HOLDFAST_DEMO=off starts an empty record, and a record that holds something is not filled later', async () => {
  const node = await start({ HOLDFAST_DEMO: 'off' });
  expect(await total(node, 'Patient')).toBe(0);
  expect(await put(node, 'mine')).toBe(201);
  node.signal('SIGTERM');
  await node.ended;
  const next = await start({ HOLDFAST_DATA: node.data, HOLDFAST_DEMO: 'on' });
  expect(await total(next, 'Patient')).toBe(0);
  expect(next.out()).not.toContain('demo');
});

async function total(node: HoldfastProcess, type: string): Promise<number> {
  const answer = await node.fetch(`/fhir/${type}?_summary=count`);
  const { total: count }: { readonly total?: number } = JSON.parse(await answer.text());
  return count ?? 0;
}

async function sumOfTypes(node: HoldfastProcess): Promise<number> {
  const metadata: {
    readonly rest: readonly { readonly resource: readonly { readonly type: string }[] }[];
  } = JSON.parse(await (await node.fetch('/fhir/metadata')).text());
  let sum = 0;
  // The node's own AuditEvents tell of each write: they are no resources beside it.
  for (const { type } of metadata.rest[0]?.resource ?? []) if (type !== 'AuditEvent') sum += await total(node, type);
  return sum;
}
