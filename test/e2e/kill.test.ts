// `npm test` kills five times; `npm run kill -- 40` as often as told, and leaves its log in test/e2e/results/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { killRounds, renderKillLog, VICTIMS } from './kill-rounds.test-kit.ts';
import { removeFolder, temporaryFolder } from './server-process.test-kit.ts';

const rounds = Number(process.env['KILL_ROUNDS'] ?? VICTIMS.length);
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const data = temporaryFolder();
afterAll(() => removeFolder(data));

test(
  `[RS1] nothing acknowledged is lost by kill -9 of server or database in the middle of load (seed ${String(seed)})`,
  { timeout: 120_000 + rounds * 60_000 },
  async () => {
    const report = await killRounds({ data, seed, rounds, writers: 12, say: (line) => console.log(line) });
    if (process.env['KILL_ROUNDS'] !== undefined) {
      const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
      const at = new Date().toISOString();
      mkdirSync('test/e2e/results', { recursive: true });
      const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${String(cpus().length)} cores, Node ${process.version}`;
      writeFileSync(
        `test/e2e/results/kill-${at.slice(0, 10)}-${commit}.md`,
        renderKillLog(report, { at, commit, machine }),
      );
    }
    expect(report.rounds).toHaveLength(rounds);
    for (const log of report.rounds)
      expect(log.acknowledged, `round ${String(log.round)} did work`).toBeGreaterThan(20);
    expect(report.rounds.filter((log) => log.lost > 0 || log.torn > 0)).toEqual([]);
    expect(report.rounds.some((log) => log.transactionsWhole > 0)).toBe(true);
    expect(report.verify.status, report.verify.output).toBe(0);
  },
);
