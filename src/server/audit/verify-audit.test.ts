// Proof of the trail, and of its signed checkpoints: whatever is changed behind the trail's back is found.
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMemoryAuditIndex } from '../../core/access/audit-index-memory.ts';
import { encodeBatch, type Batch } from '../../core/access/audit-lines.ts';
import {
  bodyHashOf,
  commitHash,
  decodeCommit,
  decodeRevision,
  encodeCommit,
  encodeRevision,
  revisionHash,
} from '../../core/record/envelope.ts';
import { copyOf, copyOfRevision } from '../../core/record/contract/copies.test-kit.ts';
import { revision, Scribe } from '../../core/record/contract/scribe.test-kit.ts';
import type { ArrivedCommit, Body } from '../../core/record/store.ts';
import { packBatch, unpackBatch } from './batch-binary.ts';
import { CHECKPOINT_FILE, CheckpointWriter, readCheckpoints } from './checkpoints.ts';
import { NOON, numbers, readOf, Site } from './trail.test-kit.ts';
import { verifyAudit, type AuditReport } from './verify-audit.ts';

/** Three batches of one journal among other commits, and a checkpoint of them all. */
async function filled(): Promise<Site> {
  const site = new Site();
  const trail = site.open();
  const scribe = new Scribe(site.store(), NOON);
  for (const n of numbers(0, 3)) {
    await scribe.create(`Basic/b${n}`, {});
    for (const m of numbers(0, 4)) await trail.record(readOf(4 * n + m));
    await trail.flush();
  }
  expect(await trail.checkpoint()).toBe(true);
  return site;
}
const verified = (site: Site): Promise<AuditReport> => {
  const store = site.store();
  return verifyAudit({ store, index: createMemoryAuditIndex(store, site.rows), data: site.data, digest: site.digest });
};
const findingsOf = async (site: Site): Promise<readonly string[]> =>
  (await verified(site)).findings.map(({ what, message }) => `${what}: ${message}`);

const packed = (batch: Batch): Promise<Body> => packBatch(batch, encodeBatch(batch));

/** The commits that hold a batch, by place. */
const batchPlaces = (site: Site): readonly number[] =>
  site.record.commits.flatMap(({ revisions }, i) => (revisions[0]?.header.includes('"Binary"') ? [i] : []));

/** Puts another body under a batch, as somebody does who owns the database: with all names made to fit. */
async function forge(
  site: Site,
  place: number,
  change: (lines: readonly string[]) => readonly string[],
): Promise<void> {
  const { digest, record } = site;
  const commit = record.commits[place];
  const [old] = commit?.revisions ?? [];
  const unpacked = await unpackBatch(old?.text ?? '');
  if (commit === undefined || old === undefined || unpacked === undefined) throw new Error('there is a batch');
  const { text, splice } = await packed({ ...unpacked.batch, lines: change(unpacked.batch.lines) });
  const header = decodeRevision(old.header);
  if (!header.ok) throw new Error('the header decodes');
  const headerText = encodeRevision(header.value);
  const hash = revisionHash(digest, headerText, bodyHashOf(digest, text));
  const commitHeader = decodeCommit(commit.header);
  if (!commitHeader.ok) throw new Error('the header decodes');
  const newHeader = encodeCommit({ ...commitHeader.value, entries: [hash] });
  record.commits[place] = {
    ...commit,
    header: newHeader,
    hash: commitHash(digest, newHeader),
    revisions: [{ hash, header: headerText, text }],
  };
  const { type, id } = header.value;
  const kept = record.kept.get(type)?.get(id);
  const oldRevision = kept?.revisions.get(old.hash);
  if (kept === undefined || oldRevision === undefined) throw new Error('the batch is kept');
  record.kept.get(type)?.set(id, {
    ...copyOf(kept),
    revisions: new Map([
      [hash, { ...copyOfRevision(oldRevision), hash, text, splice, bodyHash: bodyHashOf(digest, text) }],
    ]),
    heads: [hash],
    stored: { ...kept.stored, heads: [hash], displayed: hash, versionId: hash, text, splice },
  });
}

test('[AU21] an untouched trail has no finding, and is counted', async () => {
  using site = await filled();
  expect(await verified(site)).toEqual({ batches: 3, events: 15, checkpoints: 1, findings: [] });
  using empty = new Site();
  expect(await verified(empty)).toEqual({ batches: 0, events: 0, checkpoints: 0, findings: [] });
});

test.each([
  ['changed', (lines: readonly string[]) => lines.map((line) => line.replace('Practitioner/1', 'Practitioner/2'))],
  ['removed', (lines: readonly string[]) => lines.slice(1)],
  ['moved', (lines: readonly string[]) => lines.toReversed()],
  ['added', (lines: readonly string[]) => [...lines, ...lines]],
])('[AU21] an event that was %s is found, though all names were made to fit', async (_what, change) => {
  for (const which of [0, 1, 2]) {
    using site = await filled();
    await forge(site, batchPlaces(site)[which] ?? -1, change);
    const findings = await findingsOf(site);
    // The next batch names the true one; of the last, the checkpoint does. The index knew the true one too, but may be made anew.
    expect(findings, String(which)).toContain(
      which < 2 ? 'batch: it does not follow the one before' : 'chain: a commit is not the one that a checkpoint names',
    );
    site.rows.cursor = 0;
    site.rows.events = [];
    expect((await findingsOf(site)).length, String(which)).toBeGreaterThan(0);
  }
});

test('[AU21] content that is not what its hash says is found', async () => {
  using site = await filled();
  const place = batchPlaces(site)[1] ?? -1;
  const before = site.record.commits[place];
  await forge(site, place, (lines) => lines.slice(1));
  const id = before?.revisions[0]?.header ?? '';
  const kept = [...(site.record.kept.get('Binary')?.values() ?? [])].find(({ key }) => id.includes(`"${key.id}"`));
  const name = before?.revisions[0]?.hash ?? '';
  if (before === undefined || kept === undefined) throw new Error('there is a batch');
  // The names stay, the content is another.
  site.record.commits[place] = before;
  const [revisionKept] = kept.revisions.values();
  if (revisionKept === undefined) throw new Error('there is a revision');
  site.record.kept.get('Binary')?.set(kept.key.id, {
    ...copyOf(kept),
    revisions: new Map([[name, { ...copyOfRevision(revisionKept), hash: name }]]),
    heads: [name],
    stored: { ...kept.stored, heads: [name], displayed: name, versionId: name },
  });
  expect(await findingsOf(site)).toContain('batch: its content is not what its hash says');
});

test('[AU21] a batch that is gone, first, middle or last, is found', async () => {
  for (const which of [0, 1, 2]) {
    using site = await filled();
    const place = batchPlaces(site)[which] ?? -1;
    const [gone] = site.record.commits.splice(place, 1);
    const id = decodeRevision(gone?.revisions[0]?.header ?? '');
    site.record.kept.get('Binary')?.delete(id.ok ? id.value.id : '');
    site.record.commits.forEach((commit, i) => (site.record.commits[i] = { ...commit, arrival: i + 1 }));
    site.rows.cursor = 0;
    site.rows.events = [];
    const findings = await findingsOf(site);
    expect(findings, String(which)).toEqual([
      which < 2
        ? `batch: what came before it is missing, from number ${which + 1}`
        : 'chain: a commit is missing that a checkpoint names',
    ]);
  }
});

test('[AU21] batches that changed places are found', async () => {
  using site = await filled();
  const [first = -1, second = -1] = batchPlaces(site);
  const linesOf = async (place: number): Promise<readonly string[]> =>
    (await unpackBatch(site.record.commits[place]?.revisions[0]?.text ?? ''))?.batch.lines ?? [];
  const [a, b] = [await linesOf(first), await linesOf(second)];
  await forge(site, first, () => b);
  await forge(site, second, () => a);
  expect(await findingsOf(site)).toContain('batch: it does not follow the one before');
});

test('[AU21] a batch that was written over by a later version is found', async () => {
  using site = await filled();
  const scribe = new Scribe(site.store(), NOON);
  const [id = ''] = [...(site.record.kept.get('Binary')?.keys() ?? [])];
  await scribe.update(`Binary/${id}`, { contentType: 'text/plain', data: 'AAAA' });
  expect(await findingsOf(site)).toEqual(['batch: it was changed after it was written']);
});

test('[AU21] a chain whose end was cut below a checkpoint is found; what came after it is not known to anybody', async () => {
  using site = await filled();
  const cut = (count: number): readonly ArrivedCommit[] => {
    const gone = site.record.commits.splice(-count);
    site.rows.cursor = 0;
    site.rows.events = [];
    return gone;
  };
  await new Scribe(site.store(), NOON).create('Basic/after', {});
  cut(1);
  expect(await findingsOf(site)).toEqual([]);
  cut(1);
  expect(await findingsOf(site)).toEqual(['chain: a commit is missing that a checkpoint names']);
});

test('[AU21] an index that says something else is found', async () => {
  using site = await filled();
  const [event] = site.rows.events;
  if (event === undefined) throw new Error('there is an event');
  site.rows.events[0] = { ...event, patients: ['Patient/9'] };
  expect(await findingsOf(site)).toEqual(['index: it says something other than the record: rebuild it']);
  site.rows.events.splice(0, 1);
  expect(await findingsOf(site)).toEqual(['index: it says something other than the record: rebuild it']);
});

test('[AU19] checkpoints hold what grew, are chained and signed', async () => {
  using site = await filled();
  const trail = site.open();
  expect(await trail.checkpoint(), 'nothing grew').toBe(false);
  await new Scribe(site.store(), NOON).create('Basic/more', {});
  expect(await trail.checkpoint()).toBe(true);
  const { checkpoints, findings } = readCheckpoints(site.data, site.digest);
  expect(findings).toEqual([]);
  expect(checkpoints.map(({ number, tips }) => [number, tips.length])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(statSync(join(site.data, 'checkpoint.key')).mode & 0o777).toBe(0o600);
  const lines = readFileSync(join(site.data, CHECKPOINT_FILE), 'utf8').split('\n');
  expect(checkpoints[1]?.prev).toBe(site.digest.sha256(lines[0] ?? ''));
});

test('[AU19] [AU21] a checkpoint that was changed, removed or forged is found', async () => {
  using site = await filled();
  await new Scribe(site.store(), NOON).create('Basic/more', {});
  await site.open().checkpoint();
  await new Scribe(site.store(), NOON).create('Basic/most', {});
  await site.open().checkpoint();
  const file = join(site.data, CHECKPOINT_FILE);
  const good = readFileSync(file, 'utf8');
  const [one = '', two = '', three = ''] = good.split('\n');
  const faults = async (text: string): Promise<readonly string[]> => {
    writeFileSync(file, text);
    return (await findingsOf(site)).filter((finding) => finding.startsWith('checkpoint'));
  };
  expect(await faults(good)).toEqual([]);
  expect(await faults(`${one}\n${three}\n`)).toEqual(['checkpoint: it does not follow the one before']);
  expect(await faults(`${two}\n${three}\n`)).toContain('checkpoint: it does not follow the one before');
  expect(await faults(good.replace(two, two.replace(/"[a-z2-7]{52}"\]\]/, `"${'b'.repeat(52)}"]]`)))).toContain(
    'checkpoint: it is not what was signed',
  );
  expect(await faults(good.replace(two, two.replace(/,"[^"]*"\]$/, ',"AAAA"]')))).toContain(
    'checkpoint: it is not what was signed',
  );
  expect(await faults(good.replace(two, 'nonsense'))).toContain('checkpoint: it cannot be read');
  // Signed well, but by another key.
  using other = await filled();
  expect(await faults(readFileSync(join(other.data, CHECKPOINT_FILE), 'utf8'))).toContain(
    'checkpoint: it is not what was signed',
  );
  writeFileSync(file, good);
  rmSync(join(site.data, 'checkpoint.key'));
  expect(await faults(good)).toEqual(['checkpoint: the key of the checkpoints is missing']);
});

test('[AU20] several writers make one chain, and a torn line is cut off', async () => {
  using site = await filled();
  const store = site.store();
  const index = createMemoryAuditIndex(store, site.rows);
  const writers = numbers(0, 3).map(() => new CheckpointWriter(site.data, site.digest));
  for (const n of numbers(0, 12)) {
    await new Scribe(store, NOON).create(`Basic/c${n}`, {});
    if (n === 5) appendFileSync(join(site.data, CHECKPOINT_FILE), '["k1",7,179');
    expect(writers[n % 3]?.write(await index.tips(), site.now + n)).toBe(true);
  }
  const { checkpoints, findings } = readCheckpoints(site.data, site.digest);
  expect(findings).toEqual([]);
  expect(checkpoints.map(({ number }) => number)).toEqual(numbers(1, 14));
  // One that is being written now, and one whose writer died long ago.
  await new Scribe(store, NOON).land(revision('Basic/last', {}));
  const lock = join(site.data, `${CHECKPOINT_FILE}.lock`);
  writeFileSync(lock, '');
  const lockedAt = statSync(lock).mtimeMs;
  expect(writers[0]?.write(await index.tips(), lockedAt + 1_000)).toBe(false);
  expect(writers[0]?.write(await index.tips(), lockedAt + 60_000)).toBe(true);
  expect(existsSync(lock)).toBe(false);
});

test('[AU21] what is verified is what was hashed: the heading belongs to the batch', async () => {
  const batch = { journal: 'abcdefghijklmnop', number: 1, prev: '', lines: ['["a1",1,"read",1]'] };
  const { text } = await packed(batch);
  expect((await unpackBatch(text))?.text).toBe(encodeBatch(batch));
  expect(await unpackBatch(text.replace('abcdefghijklmnop', 'abcdefghijklmnoq'))).toBeUndefined();
  expect(await unpackBatch(text.replace('audit-batch', 'other'))).toBeUndefined();
});
