// The second disk as an operator sees it: a node that writes it, dies with its first disk, and comes back from it.
import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { buildOnce, endAll, newFolder, run, start, until, type HoldfastProcess } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

interface Status {
  readonly node: string;
  readonly mirror?: { readonly arrival: number; readonly behind: number; readonly trouble?: string };
  readonly commit?: { readonly durability?: string };
}
const statusOf = async (node: HoldfastProcess, query = ''): Promise<Status> =>
  (await node.fetch(`/sync/status${query}`)).json() as Promise<Status>;
const written = async (
  node: HoldfastProcess,
  family: string,
): Promise<{ readonly id: string; readonly commit: string }> => {
  const answer = await node.fetch('/fhir/Patient', {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Patient', name: [{ family }] }),
  });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { readonly id: string };
  return { id, commit: answer.headers.get('x-holdfast-commit') ?? '' };
};

test('[CM1] [CM7] [CM8] a node whose first disk died comes back from its second one, as itself, with all it had acknowledged there', async () => {
  const folder = newFolder();
  const mirror = join(folder, 'second-disk');
  const node = await start({ HOLDFAST_MIRROR: mirror, HOLDFAST_DATA: join(folder, 'data') });
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await written(node, `Lovelace ${i}`)).id);
  const last = await written(node, 'Hopper');
  ids.push(last.id);
  const classOf = async (): Promise<string | undefined> =>
    (await statusOf(node, `?commit=${last.commit}`)).commit?.durability;
  await until(async () => (await classOf()) === 'D1m', 'the last write is on two disks');
  const { node: name } = await statusOf(node);
  // The whole machine stops, and its first disk is gone.
  node.signal('SIGKILL');
  await node.ended;
  await endOf(join(folder, 'data'));

  const fresh = join(folder, 'fresh');
  const restored = await run(['restore', mirror], { HOLDFAST_DATA: fresh });
  expect(restored, restored.err).toMatchObject({ code: 0, out: expect.stringContaining(`The node is ${name} again.`) });
  const again = await start({ HOLDFAST_MIRROR: mirror, HOLDFAST_DATA: fresh });
  for (const id of ids) expect((await again.fetch(`/fhir/Patient/${id}`)).status).toBe(200);
  expect((await statusOf(again)).node).toBe(name);
  const more = await written(again, 'Noether');
  await until(async () => {
    const { mirror: state, commit } = await statusOf(again, `?commit=${more.commit}`);
    return state?.behind === 0 && commit?.durability === 'D1m';
  }, 'the mirror goes on');
  const checked = await run(['mirror', 'check', mirror]);
  expect(checked, checked.err).toMatchObject({ code: 0, out: expect.stringContaining('The mirror is whole.') });
  expect((await run(['restore', mirror], { HOLDFAST_DATA: fresh })).err).toMatch(/The node runs|keys of its own/);
});

test('[CM3] [CM5] a damaged mirror is named by file and line, one that cannot be written by its reason, and care goes on', async () => {
  const folder = newFolder();
  const mirror = join(folder, 'second-disk');
  const data = join(folder, 'data');
  const node = await start({ HOLDFAST_MIRROR: mirror, HOLDFAST_DATA: data });
  await written(node, 'Curie');
  await written(node, 'Meitner');
  await until(async () => (await statusOf(node)).mirror?.behind === 0, 'the mirror has all');
  const log = readdirSync(mirror).find((name) => name.startsWith('holdfast-')) ?? '';
  const file = join(mirror, log, readdirSync(join(mirror, log)).find((name) => name.endsWith('.log')) ?? '');
  // In place, as a disk spoils: the node goes on writing to the end of it.
  const disk = openSync(file, 'r+');
  writeSync(disk, 'Curse', readFileSync(file).indexOf('Curie'));
  closeSync(disk);
  const checked = await run(['mirror', 'check', mirror]);
  expect(checked.code).toBe(1);
  expect(checked.err).toMatch(/^damaged: .*\.log, line \d+$/m);
  expect(checked.err).not.toContain('Cur');

  renameSync(mirror, `${mirror}.away`);
  writeFileSync(mirror, 'no disk');
  const kept = await written(node, 'Franklin');
  // Each process remembers what it saw for a second.
  await until(async () => {
    const told = await run(['status'], { HOLDFAST_DATA: data });
    return told.out.includes('docs/operations.md#the-mirror-is-behind');
  }, 'the trouble is told, with its remedy');
  expect((await statusOf(node, `?commit=${kept.commit}`)).commit?.durability).toBe('D1');
});

test('[CM12] what a backup that is kept elsewhere holds is safe for good; later writes are not, nor anything by a backup beside it', async () => {
  const folder = newFolder();
  const data = join(folder, 'data');
  const node = await start({ HOLDFAST_DATA: data, HOLDFAST_TIER: 'region' });
  const before = await written(node, 'Before');
  const classOf = async (commit: string): Promise<string | undefined> =>
    (await statusOf(node, `?commit=${commit}`)).commit?.durability;
  const beside = await run(['backup', join(folder, 'beside'), '--plain'], { HOLDFAST_DATA: data });
  expect(beside.code, beside.err).toBe(0);
  expect(await classOf(before.commit)).toBe('D2');
  const elsewhere = await run(['backup', join(folder, 'elsewhere'), '--plain', '--kept-elsewhere'], {
    HOLDFAST_DATA: data,
  });
  expect(elsewhere.code, elsewhere.err).toBe(0);
  const after = await written(node, 'After');
  expect(await classOf(before.commit)).toBe('D3');
  expect(await classOf(after.commit)).toBe('D2');
  writeFileSync(join(data, 'parent.json'), '{}');
  expect(
    await run(['backup', join(folder, 'third'), '--plain', '--kept-elsewhere'], { HOLDFAST_DATA: data }),
  ).toMatchObject({
    code: 2,
    err: expect.stringContaining('has a parent'),
  });
  rmSync(join(data, 'parent.json'));
});

/** Until the database of a killed node has noticed. */
async function endOf(data: string): Promise<void> {
  const file = join(data, 'postgres', 'postmaster.pid');
  const [pid] = readFileSync(file, 'utf8').split('\n');
  process.kill(Number(pid), 'SIGKILL');
  await until(() => {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch {
      return true;
    }
  }, 'the database is gone');
}
