// Encrypted backup files: the stream, the head, the keys. Random cuts and flips say their seed.
import { createHash, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { memoryStore } from '../fhir-api/api-server.test-kit.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { ChunksBroken, CHUNK_BYTES, openChunks, sealChunks } from './backup-chunks.ts';
import { openBackup, readBackup, writeBackup } from './backup-file.ts';
import { backupKeysIn, openHead, sealHead, type BackupFor, type BackupHolder } from './backup-header.ts';
import { backupFor, backupHolder, backupKeySettings, writeNewKey } from './backup-keys.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-backup-'));
  folders.push(folder);
  return folder;
}
const PASSPHRASE = 'correct horse battery';
const { digest } = nodePorts();
const nobody: BackupHolder = { privateKeys: [] };
const saying = (text: string): BackupHolder => ({ privateKeys: [], passphrase: async () => text });
function newPair(folder = newFolder()): {
  readonly file: string;
  readonly whom: BackupFor;
  readonly holder: BackupHolder;
} {
  const file = join(folder, 'backup.key');
  writeNewKey(file);
  return {
    file,
    whom: { publicKeys: backupKeysIn(readFileSync(`${file}.pub`, 'utf8')) ?? [] },
    holder: { privateKeys: backupKeysIn(readFileSync(file, 'utf8')) ?? [] },
  };
}

/** In pieces of odd sizes, as disks and sockets give them. */
async function through(way: Transform, bytes: Buffer, piece = 7_919): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  );
  const [result] = await Promise.all([buffer(way), pipeline(Readable.from(pieces, { objectMode: false }), way)]);
  return result;
}

test('[SE5] every length comes back as it was, in chunks of 64 KiB, and every chunk is another text', async () => {
  const key = randomBytes(32);
  for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]) {
    const plain = randomBytes(length);
    const sealed = await through(sealChunks(key), plain);
    expect(sealed.length, `${length}`).toBe(length + 16 * Math.max(1, Math.ceil(length / CHUNK_BYTES)));
    for (const piece of [1_000, CHUNK_BYTES, 10 * CHUNK_BYTES]) {
      expect((await through(openChunks(key), sealed, piece)).equals(plain), `${length} in ${piece}`).toBe(true);
    }
  }
  const zeros = await through(sealChunks(key), Buffer.alloc(2 * CHUNK_BYTES));
  expect(zeros.subarray(0, 1_000).equals(zeros.subarray(CHUNK_BYTES + 16, CHUNK_BYTES + 1_016))).toBe(false);
});

test('[SE3] chunks that are cut off, left out, doubled, swapped, changed or continued are found', async () => {
  const key = randomBytes(32);
  const sealed = await through(sealChunks(key), randomBytes(3 * CHUNK_BYTES + 100));
  const size = CHUNK_BYTES + 16;
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => sealed.subarray(at * size, (at + 1) * size));
  const parts = (...some: readonly (Buffer | undefined)[]): Buffer =>
    Buffer.concat(some.map((one) => one ?? Buffer.alloc(0)));
  const flip = (at: number): Buffer => {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return changed;
  };
  const seed = randomInt(2 ** 32);
  const broken: Readonly<Record<string, Buffer>> = {
    'without its last chunk': parts(a, b, c),
    'cut in a chunk': sealed.subarray(0, size + 77),
    'cut in a tag': sealed.subarray(0, sealed.length - 1),
    nothing: Buffer.alloc(0),
    'the first chunk alone': parts(a),
    'a chunk left out': parts(a, c, d),
    'a chunk doubled': parts(a, b, b, c, d),
    'two swapped': parts(b, a, c, d),
    'the last one doubled': parts(a, b, c, d, d),
    'a byte behind the end': parts(sealed, Buffer.from('x')),
    'a tag behind the end': parts(sealed, randomBytes(16)),
    ...Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => (seed * (n + 1)) % sealed.length).map((at) => [
        `byte ${at} (seed ${seed})`,
        flip(at),
      ]),
    ),
  };
  for (const [name, bytes] of Object.entries(broken)) {
    await expect(through(openChunks(key), bytes), name).rejects.toThrow(ChunksBroken);
  }
  await expect(through(openChunks(randomBytes(32)), sealed)).rejects.toThrow(ChunksBroken);
});

test('[SE1] a passphrase opens the head, and so does each private key, alone; the key of the chunks is the same', async () => {
  const [one, two, stranger] = [newPair(), newPair(), newPair()];
  // However the accent is typed.
  const { head, key } = await sealHead({
    passphrase: 'caf\u00E9 caf\u00E9 caf\u00E9',
    publicKeys: [...one.whom.publicKeys, ...two.whom.publicKeys],
  });
  const begin = Buffer.concat([head, randomBytes(100)]);
  const spoken = { ...saying('cafe\u0301 cafe\u0301 cafe\u0301'), privateKeys: stranger.holder.privateKeys };
  for (const holder of [spoken, one.holder, two.holder]) {
    expect(await openHead(begin, holder)).toEqual({ ok: true, key, bytes: head.length });
  }
});

test('[SE5] two files for the same people share no key and no text', async () => {
  const { whom } = newPair();
  const [one, two] = [await sealHead(whom), await sealHead(whom)];
  expect(one.key.equals(two.key)).toBe(false);
  expect(one.head.equals(two.head)).toBe(false);
});

test('[SE3] a wrong passphrase, a wrong key and no key are told from a damaged head', async () => {
  const { head } = await sealHead({ passphrase: PASSPHRASE, publicKeys: [] });
  const kind = async (bytes: Buffer, holder: BackupHolder): Promise<string> => {
    const opened = await openHead(bytes, holder);
    return opened.ok ? 'ok' : opened.refusal.kind;
  };
  expect(await kind(head, saying('another passphrase'))).toBe('wrong-passphrase');
  expect(await kind(head, nobody)).toBe('no-key');
  const pair = newPair();
  const forKey = await sealHead(pair.whom);
  expect(await kind(forKey.head, newPair().holder)).toBe('wrong-key');
  expect(await kind(forKey.head, saying(PASSPHRASE))).toBe('no-key');
  for (let at = 0; at < head.length - 1; at += 5) {
    const changed = Buffer.from(head);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(await kind(changed, saying(PASSPHRASE)), `byte ${at}`).toBe('damaged');
  }
  expect(await kind(head.subarray(0, 100), saying(PASSPHRASE))).toBe('damaged');
});

test('[SE4] a newer format is named; a head that asks for too much work, or is forged, is refused before any is done', async () => {
  const { head } = await sealHead({ passphrase: PASSPHRASE, publicKeys: [] });
  const forge = (change: (text: string) => string): Buffer => {
    const line = change(head.toString().split('\n')[0] ?? '');
    return Buffer.from(`${line}\n${createHash('sha256').update(line).digest('hex')}\n`);
  };
  let asked = 0;
  const holder: BackupHolder = {
    privateKeys: [],
    passphrase: async () => {
      asked += 1;
      return PASSPHRASE;
    },
  };
  expect(
    await openHead(
      forge((text) => text.replace('"format":1', '"format":2')),
      holder,
    ),
  ).toEqual({
    ok: false,
    refusal: { kind: 'newer', format: 2 },
  });
  for (const change of [
    (text: string) => text.replace('"n":131072', '"n":1073741824'),
    (text: string) => text.replace('"n":131072', '"n":2'),
    (text: string) => text.replace('"n":131072', '"n":131071'),
    (text: string) => text.replace('"r":8', '"r":4096'),
    (text: string) => text.replace('"p":1', '"p":1e9'),
    (text: string) => text.replace('"kind":"scrypt"', '"kind":"none"'),
    (text: string) => text.replace(/"for":\[.*\]/, '"for":[]'),
    () => 'null',
    () => '[',
  ]) {
    expect(await openHead(forge(change), holder)).toEqual({ ok: false, refusal: { kind: 'damaged' } });
  }
  expect(asked).toBe(0);
  // With a right digest, and work that is allowed: the wrapped key does not open.
  const cheaper = await openHead(
    forge((text) => text.replace('"n":131072', '"n":16384')),
    holder,
  );
  expect(cheaper).toEqual({ ok: false, refusal: { kind: 'wrong-passphrase' } });
});

test('[SE4] the head is authenticated: another one around the same wrapped key does not open the chunks', async () => {
  const { whom, holder } = newPair();
  const { head, key } = await sealHead(whom);
  const line = (head.toString().split('\n')[0] ?? '').replace('"format":1', '"format":1,"note":"from the region"');
  const opened = await openHead(Buffer.from(`${line}\n${createHash('sha256').update(line).digest('hex')}\n`), holder);
  expect(opened.ok && opened.key.equals(key)).toBe(false);
  const sealed = await through(sealChunks(key), Buffer.from('x'));
  await expect(through(openChunks(opened.ok ? opened.key : key), sealed)).rejects.toThrow(ChunksBroken);
});

async function writeOne(whom: BackupFor): Promise<{ readonly file: string; readonly folder: string }> {
  const folder = newFolder();
  const file = join(folder, 'b.ndjson.gz.encrypted');
  const store = memoryStore();
  await writeBackup(
    file,
    (after, limit) => store.feed(after, limit),
    { digest, version: '1.2.3', now: 1_700_000_000_000 },
    () => undefined,
    await sealHead(whom),
  );
  return { file, folder };
}
const reading = async (file: string, holder: BackupHolder): Promise<number> =>
  (await readBackup(file, digest, async () => undefined, await openBackup(file, holder))).takenAt;

test('[SE2] nothing of the content stands in the file, which is for its owner alone', async () => {
  const { whom, holder } = newPair();
  const { file } = await writeOne(whom);
  const bytes = readFileSync(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(bytes.toString('latin1')).not.toMatch(/takenAt|1\.2\.3|commits/);
  expect(() => gunzipSync(bytes)).toThrow();
  expect(bytes.toString('latin1').split('\n')[0]).toMatch(
    /^\{"holdfast":"encrypted backup","format":1,"salt":"[\w-]+","for":\[\{"kind":"x25519","recipient":"\w+","ephemeral":"[\w-]+","key":"[\w-]+"\}\]\}$/,
  );
  expect(await reading(file, holder)).toBe(1_700_000_000_000);
});

test('[SE3] a file with one changed byte or a cut is damaged; each refusal says what it is, and names no secret', async () => {
  const { whom, holder } = newPair();
  const { file, folder } = await writeOne({ ...whom, passphrase: PASSPHRASE });
  const bytes = readFileSync(file);
  const seed = randomInt(2 ** 20);
  for (let n = 0; n < 30; n += 1) {
    const at = (seed + n * 31) % bytes.length;
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x20, at);
    writeFileSync(file, changed);
    await expect(reading(file, holder), `byte ${at}`).rejects.toThrow(/no whole backup/);
    writeFileSync(file, bytes.subarray(0, at));
    await expect(reading(file, holder), `cut at ${at}`).rejects.toThrow(/no whole backup/);
  }
  writeFileSync(file, bytes);
  await expect(reading(file, saying('not the passphrase'))).rejects.toThrow(
    /^This is not the passphrase of .*\. The file is as it was written\. Nothing was restored\.$/,
  );
  await expect(reading(file, newPair().holder)).rejects.toThrow(/encrypted for another key/);
  await expect(reading(file, nobody)).rejects.toThrow(/private key/);
  expect(readdirSync(folder)).toEqual(['b.ndjson.gz.encrypted']);
  expect(await reading(file, saying(PASSPHRASE))).toBe(1_700_000_000_000);
});

test("[SE7] a new pair: the private file is its owner's, the public one encrypts, and neither is replaced", async () => {
  const { file } = newPair();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(`${file}.pub`, 'utf8')).not.toContain('PRIVATE');
  const before = readFileSync(file, 'utf8');
  expect(() => writeNewKey(file)).toThrow(/never replaces another/);
  expect(readFileSync(file, 'utf8')).toBe(before);
  const settings = backupKeySettings({ HOLDFAST_BACKUP_KEY_FILE: `${file}.pub` });
  const whom = await backupFor({ encrypt: false, plain: false, to: undefined }, settings);
  expect(whom?.publicKeys.map(({ type }) => type)).toEqual(['public']);
  const { file: written } = await writeOne(whom ?? { publicKeys: [] });
  // With all that this node has it cannot read what it wrote.
  await expect(reading(written, backupHolder(undefined, settings))).rejects.toThrow(/private key/);
  expect(await reading(written, backupHolder(file, settings))).toBe(1_700_000_000_000);
  expect(() => backupHolder(`${file}.pub`, settings)).toThrow(/opened by the private one/);
});

test('[SE6] a passphrase comes from a file of its owner alone and has twelve characters', async () => {
  const folder = newFolder();
  const file = join(folder, 'passphrase');
  const asked = { encrypt: true, plain: false, to: undefined };
  const settings = backupKeySettings({ HOLDFAST_BACKUP_PASSPHRASE_FILE: file });
  writeFileSync(file, `${PASSPHRASE}\r\nmore\n`, { mode: 0o600 });
  expect(await backupFor(asked, settings)).toEqual({ publicKeys: [], passphrase: PASSPHRASE });
  expect(await backupHolder(undefined, settings).passphrase?.()).toBe(PASSPHRASE);
  writeFileSync(file, 'too short\n');
  await expect(backupFor(asked, settings)).rejects.toThrow(/at least 12 characters/);
  writeFileSync(file, '\n');
  await expect(backupFor(asked, settings)).rejects.toThrow(/is empty/);
  expect(await backupFor({ ...asked, encrypt: false, plain: true }, settings)).toBeUndefined();
  await expect(backupFor({ ...asked, plain: true }, settings)).rejects.toThrow(/--plain goes with neither/);
});

test('[SE9] a key file that is missing, is none or is too open is named with its setting', async () => {
  const folder = newFolder();
  const { file } = newPair(folder);
  const named = (path: string) =>
    backupFor({ encrypt: false, plain: false, to: undefined }, backupKeySettings({ HOLDFAST_BACKUP_KEY_FILE: path }));
  await expect(named(join(folder, 'nowhere'))).rejects.toThrow(
    /nowhere \(HOLDFAST_BACKUP_KEY_FILE\) cannot be read \(ENOENT\)/,
  );
  const other = join(folder, 'other');
  writeFileSync(other, 'hello');
  await expect(named(other)).rejects.toThrow(/other \(HOLDFAST_BACKUP_KEY_FILE\) holds no backup key/);
  writeFileSync(other, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  await expect(named(other)).rejects.toThrow(/holds no backup key/);
  if (process.platform === 'win32') return;
  chmodSync(file, 0o640);
  await expect(named(file)).rejects.toThrow(/open to others than its owner/);
  await expect(named(`${file}.pub`)).resolves.toMatchObject({ publicKeys: [{ type: 'public' }] });
});
