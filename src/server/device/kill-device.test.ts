// kill -9 in the midst of writing: what was acknowledged is there, whole, and nothing else is damaged.
//
// HOLDFAST_KILLS says how many processes are killed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice } from './open-device.ts';

const KILLS = Number(process.env['HOLDFAST_KILLS'] ?? 4);
const ROUNDS_A_FOLDER = 20;
const ACKS_MAX = 40;
const CHILD = fileURLToPath(new URL('writing-child.test-kit.ts', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'hf-device-kill-'));

beforeAll(async () => {
  // Once, so that a process is up in a moment.
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: CHILD, outDir: join(work, 'child'), emptyOutDir: true, minify: false },
    ssr: { noExternal: true },
  });
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

const linesOf = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

async function writeAndKill(folder: string, notes: string, round: number, acks: number): Promise<void> {
  const before = linesOf(notes).length;
  const child = spawn(process.execPath, [join(work, 'child', 'writing-child.test-kit.js')], {
    env: { ...process.env, DEVICE_FOLDER: folder, DEVICE_NOTES: notes, DEVICE_ROUND: String(round) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', (_code, signal) => resolve(signal)));
  const watch = setInterval(() => linesOf(notes).length - before >= acks && child.kill('SIGKILL'), 1);
  expect(await ended).toBe('SIGKILL');
  clearInterval(watch);
}

test(
  '[DV8] [DV11] of processes that are killed in the midst of writes, nothing acknowledged is lost',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`kill-device: ${KILLS} kills, seed ${seed}`);
    let state = seed;
    const below = (max: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return Math.floor((state / 2 ** 31) * max);
    };
    let acknowledged = 0;
    for (let round = 0; round < KILLS; round += ROUNDS_A_FOLDER) {
      const folder = join(work, `device-${round}`);
      const notes = join(work, `notes-${round}`);
      writeFileSync(notes, '');
      const last = Math.min(KILLS, round + ROUNDS_A_FOLDER);
      for (let each = round; each < last; each++) await writeAndKill(folder, notes, each, below(ACKS_MAX) + 1);
      const device = await openDevice({ folder, passphrase: 'five words that nobody guesses', link: 'off' });
      try {
        const found = new Set<string>();
        let after: string | undefined;
        do {
          const page = await device.search('Observation?_count=1000', after);
          if (!page.ok) throw new Error(page.error);
          for (const { text } of page.value.found) found.add((JSON.parse(text) as { valueString: string }).valueString);
          after = page.value.next;
        } while (after !== undefined);
        const noted = linesOf(notes);
        expect(noted.filter((value) => !found.has(value))).toEqual([]);
        // Beyond them, at most what a process was writing when it was killed.
        expect(found.size).toBeLessThanOrEqual(noted.length + (last - round));
        expect(device.status().spoiled).toBe(0);
        expect((await device.store.verify()).findings).toEqual([]);
        acknowledged += noted.length;
      } finally {
        await device.close();
      }
      expect(existsSync(join(folder, 'device.lock'))).toBe(false);
    }
    console.log(`kill-device: ${acknowledged} acknowledged writes, none lost`);
  },
  30_000 + KILLS * 5_000,
);
