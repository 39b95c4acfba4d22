// The whole way of an entry, over a record in memory: from the journal to the AuditEvent, through what can go wrong on it.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { authorBody } from '../../core/record/body.ts';
import { batchId, encodeEntry, readBatchId } from '../../core/access/audit-lines.ts';
import { createMemoryAuditIndex } from '../../core/access/audit-index-memory.ts';
import { AUDIT_BATCH_LABEL } from '../../core/access/names.ts';
import { parseJson } from '../../core/base/json.ts';
import { revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import { labelsOf } from '../../core/record/visible.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { packBatch, unpackBatch } from './batch-binary.ts';
import { readCheckpoints } from './checkpoints.ts';
import { IndexFiller } from './fill-index.ts';
import { adoptJournal, dropAdoption, leftJournals, ownJournal } from './owners.ts';
import { listSegments } from './segments.ts';
import { allEvents, NOON, numbers, readOf, Site, whatOf } from './trail.test-kit.ts';

const reads = (list: readonly number[]): readonly string[] => list.map((n) => `Observation/${n}`);
const sorted = (list: readonly string[]): readonly string[] => list.toSorted();

/** A process that died: it is none of those that live. */
function bury(site: Site): void {
  for (const file of readdirSync(site.folder).filter((each) => each.endsWith('.owner'))) {
    const path = join(site.folder, file);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pid: 2 ** 22 + 1 }));
  }
}

test('[AU24] [AU3] entries become events, once, with the same id and text before and after they are in the record', async () => {
  using site = new Site();
  const trail = site.open();
  for (const n of numbers(0, 7)) await trail.record(readOf(n));
  const before = await allEvents(trail);
  expect(before.map(whatOf)).toEqual(reads(numbers(0, 7)).toReversed());
  expect(site.record.commits.length).toBe(0);
  await trail.flush();
  expect(site.record.commits.length).toBe(1);
  expect(readdirSync(site.folder).filter((file) => file.endsWith('.ndjson'))).toEqual([]);
  const after = await allEvents(trail);
  expect(after).toEqual(before);
  await trail.close();
  expect(readdirSync(site.folder)).toEqual([]);
  expect(await allEvents(site.open())).toEqual(before);
});

test('[AU25] a batch carries the label, is itself no event, and its body is as every other is authored', async () => {
  using site = new Site();
  const trail = site.open();
  await trail.record(readOf(1));
  await trail.flush();
  const [commit] = await site.store().feed(0, 10);
  const text = commit?.revisions[0]?.text ?? '';
  const resource = JSON.parse(text);
  expect(resource).toMatchObject({ resourceType: 'Binary', contentType: 'application/vnd.holdfast.audit-1+gzip' });
  expect([...labelsOf(resource)]).toEqual([AUDIT_BATCH_LABEL]);
  expect((await allEvents(trail)).map(whatOf)).toEqual(['Observation/1']);
  const unpacked = await unpackBatch(text);
  expect(unpacked?.batch.lines).toEqual([encodeEntry(readOf(1))]);
  const body = await packBatch({ journal: 'abcdefghijklmnop', number: 1 }, 'any text');
  const parsed = parseJson(body.text);
  expect(parsed.ok && authorBody(body.text, parsed.value, String(body.resource.id))).toEqual(body);
});

test('[AU5] the batches of a journal are numbered and chained', async () => {
  using site = new Site();
  const trail = site.open();
  for (const n of numbers(0, 3)) {
    await trail.record(readOf(n));
    await trail.flush();
  }
  const texts = (await site.store().feed(0, 10)).map(({ revisions }) => revisions[0]?.text ?? '');
  const batches = await Promise.all(texts.map(unpackBatch));
  expect(batches.map((each) => each?.batch.number)).toEqual([1, 2, 3]);
  const hashes = batches.map((each) => site.digest.sha256(each?.text ?? ''));
  expect(batches.map((each) => each?.batch.prev)).toEqual(['', hashes[0], hashes[1]]);
});

test('[AU17] a search has what this and other processes recorded before it, and the writes of commits', async () => {
  using site = new Site();
  const one = site.open();
  const two = site.open();
  await one.record(readOf(1));
  await two.record(readOf(2));
  const scribe = new Scribe(site.store(), NOON);
  const written = await scribe.create('Patient/1', {});
  const whats = (await allEvents(one)).map(whatOf);
  expect(sorted(whats)).toEqual(['Observation/1', 'Observation/2', `Patient/1/_history/${written.versionId}`]);
  await two.flush();
  await one.record(readOf(3));
  expect((await allEvents(two)).length).toBe(4);
  // Not awaited yet: asked in the same turn, it is there all the same.
  const late = one.record(readOf(4));
  expect((await allEvents(one)).length).toBe(5);
  await late;
});

test('[AU17] what is asked holds: patients, persons, time, ids', async () => {
  using site = new Site();
  const trail = site.open();
  for (const n of numbers(0, 30)) {
    await trail.record(readOf(n));
    if (n === 14) await trail.flush();
  }
  await trail.record(readOf(99, { patients: ['Patient/1', 'Patient/2', 'Patient/1'] }));
  const asked = async (query: object): Promise<readonly string[]> =>
    sorted((await trail.search({ count: 100, ...query })).events.map(whatOf));
  const of = (keep: (n: number) => boolean): readonly string[] => sorted(reads([...numbers(0, 30), 99].filter(keep)));
  expect(await asked({ patients: ['Patient/1'] })).toEqual(of((n) => n % 5 === 1 || n === 99));
  expect(await asked({ patients: ['Patient/1', 'Patient/2'] })).toEqual(
    of((n) => n % 5 === 1 || n % 5 === 2 || n === 99),
  );
  expect(await asked({ who: ['Practitioner/2'] })).toEqual(of((n) => n % 3 === 2));
  expect(await asked({ who: ['Practitioner/2'], patients: ['Patient/1'] })).toEqual(
    of((n) => n % 3 === 2 && n % 5 === 1),
  );
  expect(await asked({ from: NOON + 10, to: NOON + 20 })).toEqual(of((n) => n >= 10 && n < 20));
  expect(await asked({ patients: [] })).toEqual([]);
  expect(await asked({ ids: [] })).toEqual([]);
  const all = await allEvents(trail);
  const ids = [all[0]?.id ?? '', all[25]?.id ?? ''];
  const named = await trail.search({
    ids: [...ids, 'audit-abcdefghijklmnop-1-0', 'nothing', 'a'.repeat(52)],
    count: 10,
  });
  expect(named.events.map(({ id }) => id)).toEqual(ids);
  expect((await trail.search({ ids, patients: ['Patient/77'], count: 10 })).events).toEqual([]);
  const written = await new Scribe(site.store(), NOON).create('Basic/1', {});
  expect((await trail.search({ ids: [written.versionId], count: 1 })).events.map(({ id }) => id)).toEqual([
    written.versionId,
  ]);
});

test('[AU18] pages go on without gap or repetition while entries become batches and more come', async () => {
  using site = new Site();
  const trail = site.open();
  const other = site.open();
  // Many in the same millisecond.
  for (const n of numbers(0, 40))
    await (n % 2 === 0 ? trail : other).record(readOf(n, { at: NOON + Math.floor(n / 10) }));
  const seen: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await trail.search({ count: 7, ...(after === undefined ? {} : { after }) });
    seen.push(...page.events.map(whatOf));
    after = page.next;
    pages += 1;
    if (pages === 2) await trail.flush();
    if (pages === 3) await other.flush();
    // Newer than every page that is left.
    await trail.record(readOf(1_000 + pages));
  } while (after !== undefined);
  expect(pages).toBe(6);
  expect(sorted(seen)).toEqual(sorted(reads(numbers(0, 40))));
});

test('[AU14] [AU24] what a dead process left is sent on by another, half a line counted', async () => {
  using site = new Site();
  const dead = site.open();
  for (const n of numbers(0, 5)) await dead.record(readOf(n));
  await dead.flush();
  for (const n of numbers(5, 8)) await dead.record(readOf(n));
  const [left] = listSegments(site.folder);
  appendFileSync(join(site.folder, `${left?.journal}-${left?.number}.ndjson`), '["a1",1795400000000,"read",1,"Pract');
  const living = site.open();
  await living.flush();
  expect(listSegments(site.folder).length, 'its process still lives').toBe(1);
  const before = await allEvents(living);
  bury(site);
  await living.flush();
  expect(listSegments(site.folder)).toEqual([]);
  const events = await allEvents(living);
  const gaps = events.filter(({ text }) => text.includes('"gap"'));
  expect(gaps.map(({ text }) => JSON.parse(text))).toMatchObject([
    { outcome: '12', recorded: new Date(NOON + 7).toISOString() },
  ]);
  expect(events.filter((event) => !gaps.includes(event))).toEqual(before);
  expect(new Set(events.map(({ id }) => readBatchId(id)?.journal))).toEqual(new Set([left?.journal]));
});

test('[AU14] after the machine went down, an entry says that the last second may be missing', async () => {
  using site = new Site();
  const dead = site.open();
  await dead.record(readOf(0));
  for (const file of readdirSync(site.folder).filter((each) => each.endsWith('.owner')))
    writeFileSync(join(site.folder, file), JSON.stringify({ pid: 1, started: 'another-boot 7' }));
  const living = site.open();
  await living.flush();
  const texts = (await allEvents(living)).map(({ text }) => text);
  expect(texts.filter((text) => text.includes('went down')).length).toBe(1);
  expect(texts.length).toBe(2);
});

test('[AU26] entries come into the record, the index and a checkpoint by themselves', async () => {
  using site = new Site();
  const dead = site.open();
  await dead.record(readOf(0));
  bury(site);
  const trail = site.open({ background: true });
  await trail.record(readOf(1));
  // However long it takes; a machine under load takes longer.
  await vi.waitFor(() => expect(site.rows.events.map(({ at }) => at - NOON).toSorted()).toEqual([0, 1]), 60_000);
  expect(listSegments(site.folder)).toEqual([]);
  await trail.close();
  expect(readCheckpoints(site.data, site.digest).checkpoints.length).toBe(1);
  expect(site.told).toEqual([]);
});

test('[AU13] [EV10] a batch whose sender died before it removed the file is not sent twice', async () => {
  using site = new Site();
  const dead = site.open();
  for (const n of numbers(0, 3)) await dead.record(readOf(n));
  const [name] = listSegments(site.folder);
  const path = join(site.folder, `${name?.journal}-${name?.number}.ndjson`);
  const bytes = readFileSync(path);
  await dead.flush();
  // The file is back, as if the process had been killed between the commit and the removal; then more came.
  writeFileSync(path, bytes);
  writeFileSync(
    path.replace('-1.', '-2.'),
    bytes.toString().replace(',1,', ',2,').replaceAll('Observation', 'Procedure'),
  );
  bury(site);
  const living = site.open();
  await Promise.all([living.flush(), site.open().flush(), site.open().flush()]);
  expect(listSegments(site.folder)).toEqual([]);
  expect(site.record.commits.length).toBe(2);
  // Who read what here goes up, and never down to a neighbour.
  for (const { revisions } of site.record.commits)
    for (const { header } of revisions) expect(header).toContain('["site/site"]');
  const whats = (await allEvents(living)).map(whatOf);
  expect(sorted(whats)).toEqual([...reads(numbers(0, 3)), 'Procedure/0', 'Procedure/1', 'Procedure/2']);
});

test('[AU13] of several who would adopt a journal one does, also after an adopter died', () => {
  using site = new Site();
  const name = 'abcdefghijklmnop';
  ownJournal(site.folder, name);
  expect(leftJournals(site.folder)).toEqual([]);
  bury(site);
  expect(leftJournals(site.folder)).toEqual([name]);
  expect(adoptJournal(site.folder, name)).toBe(true);
  expect(adoptJournal(site.folder, name)).toBe(false);
  dropAdoption(site.folder, name);
  writeFileSync(join(site.folder, `${name}.adopter`), JSON.stringify({ pid: 2 ** 22 + 1, started: 'x' }));
  expect(adoptJournal(site.folder, name)).toBe(true);
  expect(adoptJournal(site.folder, name)).toBe(false);
});

test('[AU23] while the record takes nothing, entries wait in the folder and the state says so', async () => {
  using site = new Site();
  const store = site.store();
  let away = true;
  const failing: RecordStore = Object.assign(Object.create(store), {
    append: (draft: Parameters<RecordStore['append']>[0]) =>
      away ? Promise.reject(new Error('away')) : store.append(draft),
  });
  const trail = site.open({ store: failing });
  for (const n of numbers(0, 3)) {
    await trail.record(readOf(n));
    await expect(trail.flush()).rejects.toThrow('away');
  }
  expect(trail.state()).toEqual({ degraded: true, lost: 0, waiting: 0 });
  expect((await allEvents(trail)).map(whatOf)).toEqual(reads([2, 1, 0]));
  await trail.close();
  expect(listSegments(site.folder).length).toBe(3);
  expect(site.told).toEqual(['audit entries stay in the folder until the next start']);
  away = false;
  bury(site);
  const next = site.open({ store: failing });
  await next.flush();
  expect(next.state()).toEqual({ degraded: false, lost: 0, waiting: 0 });
  expect((await allEvents(next)).map(whatOf)).toEqual(reads([2, 1, 0]));
  expect(listSegments(site.folder)).toEqual([]);
});

test('[AU10] refusals of nobody are counted by address and minute; those of known people are not', async () => {
  using site = new Site();
  const trail = site.open();
  const refused = (at: number, more = {}) => ({ at, act: 'refused', ok: false, status: 401, ...more }) as const;
  for (const n of numbers(0, 50)) await trail.record(refused(NOON + n, { address: '10.0.0.1', query: `q${n}` }));
  for (const n of numbers(0, 2)) await trail.record(refused(NOON + n, { address: '10.0.0.2' }));
  for (const n of numbers(0, 3)) await trail.record(refused(NOON + n, { who: 'Practitioner/1', address: '10.0.0.1' }));
  await trail.record(refused(NOON + 60_000, { address: '10.0.0.1' }));
  const events = (await allEvents(trail)).map(({ text }) => JSON.parse(text));
  const counts = events
    .filter(({ agent }) => agent[0].who === undefined)
    .map(({ agent, outcomeDesc }) => `${agent[0].network.address} ${outcomeDesc ?? 'one'}`);
  expect(sorted(counts)).toEqual([
    '10.0.0.1 49 times',
    '10.0.0.1 one',
    '10.0.0.1 one',
    '10.0.0.2 1 times',
    '10.0.0.2 one',
  ]);
  expect(events.length).toBe(counts.length + 3);
});

test('[AU10] a flood from many addresses is told apart to a limit and counted beyond it', async () => {
  using site = new Site();
  const trail = site.open();
  for (const n of numbers(0, 5_000))
    await trail.record({ at: NOON, act: 'refused', ok: false, address: `10.0.${n >> 8}.${n & 255}` });
  const events = (await allEvents(trail, 500)).map(({ text }) => JSON.parse(text));
  expect(events.length).toBeLessThan(1_010);
  const told = events.map(({ outcomeDesc }) => Number.parseInt(outcomeDesc ?? '1', 10));
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(5_000);
});

test('[AU2] lines of a later version wait in their batch unread, and disturb nothing', async () => {
  using site = new Site();
  const dead = site.open();
  await dead.record(readOf(1));
  const [name] = listSegments(site.folder);
  const path = join(site.folder, `${name?.journal}-1.ndjson`);
  appendFileSync(path, '["a7",{"new":"kind"}]\n');
  appendFileSync(path, `${encodeEntry(readOf(2))}\n`);
  bury(site);
  const living = site.open();
  await living.flush();
  const events = await allEvents(living);
  expect(events.map(({ id }) => readBatchId(id)?.position)).toEqual([2, 0]);
  const [stored] = await site
    .store()
    .read([{ type: 'Binary', id: batchId({ journal: name?.journal ?? '', number: 1 }) }], EVERYTHING);
  expect((await unpackBatch(stored?.text ?? ''))?.batch.lines[1]).toBe('["a7",{"new":"kind"}]');
});

test('[AU15] [AU16] the index holds what was committed, from any origin, and is the same when made anew', async () => {
  using site = new Site();
  const scribe = new Scribe(site.store(), NOON);
  const author = { practitioner: 'Practitioner/1' };
  await scribe.land({ ...revision('Observation/1', { subject: { reference: 'Patient/1' } }), author });
  await new Scribe(site.store(), NOON).create('Patient/1', {});
  await scribe.update('Patient/1', { active: true });
  await scribe.remove('Patient/1');
  const trail = site.open();
  for (const n of numbers(0, 300)) {
    await trail.record(readOf(n));
    if (n % 2 === 0) await trail.flush();
  }
  // A Binary by the name of a batch that is none, and a batch's name used again: writes like any other.
  await scribe.create('Binary/audit-abcdefghijklmnop-1', { contentType: 'text/plain', data: 'AAAA' });
  const store = site.store();
  await new IndexFiller({ store, index: createMemoryAuditIndex(store, site.rows), digest: site.digest }).catchUp();
  expect(site.rows.cursor).toBe(site.record.commits.length);
  const before = await allEvents(trail, 1_000);
  const ofOne = await trail.search({ patients: ['Patient/1'], who: ['Practitioner/1'], count: 500 });
  expect(ofOne.events.map(whatOf).filter((what) => what.startsWith('Observation/1/_history')).length).toBe(1);
  expect(before.filter(({ text }) => text.includes('"create"')).length).toBe(3);
  expect(before.filter(({ text }) => /"code":"(update|delete)"/.test(text)).length).toBe(2);
  expect(before.length).toBe(300 + 5);
  await trail.rebuildIndex();
  expect(await allEvents(trail, 1_000)).toEqual(before);
});
