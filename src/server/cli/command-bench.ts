// `holdfast bench`: the measurements live in bench/, beside the sources; this starts them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';

export const benchCommand: Command = {
  name: 'bench',
  summary: 'Measures this server beside the limits of the machine.',
  help: `holdfast bench [--seconds N] [--warm N] [--patients N] [--resources N] [--clients LIST] [--out FOLDER]

Measures reads, searches, writes and imports beside what this machine's bare HTTP and raw PostgreSQL can do, and writes a
table to bench/results/. It works in folders of its own and touches no data. Needs the sources (a clone).

  --seconds N     how long each load lasts (default 6)
  --warm N        seconds of load before each measurement (default 10)
  --patients N    Synthea patients to import, or as many demo patients' worth where there are none (default 300)
  --resources N   also import N resources of the demo generator and give the rate as a curve (default 0: no curve)
  --clients LIST  numbers of clients (default 1,8,32)
  --out FOLDER    where the table goes (default bench/results)

bench/README.md says how to read the table.`,
  run: async (args, { parts }) => {
    const main = join(parts.root, 'dist', 'bench', 'main.js');
    if (!existsSync(main))
      throw new Trouble('The benchmarks are not built. Run `npx holdfast bench` in a clone of the sources.');
    return new Promise<number>((resolve, reject) => {
      const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit', cwd: parts.root });
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  },
};
