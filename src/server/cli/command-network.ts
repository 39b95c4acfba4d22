// `holdfast network`: a region, a hospital and a practice on this machine, and the switchboard that takes them away. What `npm start` runs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openNetwork, PORTS_NEEDED, type Network } from '../network/open-network.ts';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';
import { startCommand } from './command-start.ts';
import { readMark, writeMark } from './demo-mark.ts';
import { DEMO_DEFAULTS } from './fill-demo.ts';
import { readOptions } from './options.ts';
import type { Parts } from './parts.ts';
import { note, say, seconds } from './terminal.ts';

const PARENT_LOOK_MS = 500;

export const networkCommand: Command = {
  name: 'network',
  summary: 'A demo region, hospital and practice on this machine, with a switchboard for outages.',
  help: `holdfast network

Starts a region, a hospital with made-up patients, and a general practice, each a node of its own, and a switchboard on a port of
its own that cuts lines, kills nodes, mends them, and plays 19 July. Ctrl-C stops all of them in good order.

The hospital answers at HOLDFAST_PORT (8080), the region and the practice at the two ports above it, the switchboard at the ninth above it.
Data are kept below HOLDFAST_DATA (./data), in a folder for each node.

HOLDFAST_DEMO=off, and whatever else says what a node of your own shall be (HOLDFAST_TIER, HOLDFAST_PARENT, HOLDFAST_DATABASE_URL,
HOLDFAST_HOST), makes it \`holdfast start\`; and so does a data folder that holds a node already.`,
  run: async (args, around) => {
    const settings = around.settings();
    if (isForOneNode(process.env, settings.data)) return startCommand.run(args, around);
    readOptions(args, {}, 0, 0, 'network');
    const { parts } = around;
    const startedAt = performance.now();
    const told = new Promise<string>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
      // npm runs us by a shell that does not pass signals on: when that shell is gone, so is whoever could stop us.
      if (process.env['npm_lifecycle_event'] !== undefined) {
        const parent = process.ppid;
        setInterval(() => {
          if (process.ppid !== parent) resolve('npm ended');
        }, PARENT_LOOK_MS).unref();
      }
    });
    if (settings.port > 65_535 - PORTS_NEEDED) {
      throw new Trouble(`HOLDFAST_PORT leaves no room for the ${String(PORTS_NEEDED)} ports that the network needs.`, {
        exitCode: 2,
      });
    }
    const isTalking = process.env['HOLDFAST_LOG'] === 'debug';
    const starting = openNetwork({
      data: settings.data,
      port: settings.port,
      entry: parts.entry,
      markDemo: (data) => markDemo(data),
      cast: () => castOf(parts, join(settings.data, 'hospital')),
      logLevel: process.env['HOLDFAST_LOG'] ?? 'warn',
      say,
      heard: (node, line) => {
        // The nodes' own words go to their logs; what a person waits for is said here.
        if (node === 'hospital' && /^(Filling|The demo hospital|Completing)/.test(line)) say(line);
        else if (isTalking) note(`[${node}] ${line}`);
      },
    }).catch((error: unknown) => {
      throw troubleOf(error, settings.port);
    });
    const early = await Promise.race([starting, told]);
    let network: Network;
    if (typeof early === 'string') {
      note(`Stopping (${early}) …`);
      network = await starting;
    } else {
      network = early;
      say(
        `Holdfast ${parts.version}: a demonstration on this machine (started in ${seconds(performance.now() - startedAt)})`,
      );
      for (const { title, address } of network.state().nodes) say(`  ${title.padEnd(11)} ${address}`);
      say(`  ${'Switchboard'.padEnd(11)} ${network.address}   take them away, or play 19 July`);
      say(`  ${'data'.padEnd(11)} ${settings.data}`);
      say(`Open http://localhost:${String(settings.port)} · Ctrl-C stops`);
      note(`Stopping (${await told}) …`);
    }
    await network.stop();
    note(`Stopped. Everything is in ${settings.data}.`);
    return 0;
  },
};

/** Whoever says what a node shall be wants that node; and where a node is already, nobody gets a demonstration in its place (NW12). */
export const isForOneNode = (env: NodeJS.ProcessEnv, data: string): boolean =>
  existsSync(join(data, 'postgres')) ||
  (env['HOLDFAST_DEMO'] ?? 'on').toLowerCase() === 'off' ||
  [
    'HOLDFAST_TIER',
    'HOLDFAST_PARENT',
    'HOLDFAST_DATABASE_URL',
    'HOLDFAST_DATABASE_URL_FILE',
    'HOLDFAST_HOST',
    'HOLDFAST_TLS_CERT',
  ].some((name) => (env[name] ?? '') !== '');

/**
 * The hospital fills itself. The others hold the same demonstration when it came to them, and must not make up another: their people
 * may sign in there, too.
 */
function markDemo(data: string): void {
  if (data.endsWith('hospital') || readMark(data) !== undefined) return;
  writeMark(data, { ...DEMO_DEFAULTS, now: Date.now(), state: 'done' });
}

function castOf(parts: Parts, hospital: string): { readonly nurse: string; readonly doctor: string } {
  const mark = readMark(hospital);
  if (mark?.state !== 'done') throw new Error('The demo hospital is being filled. Play when that is done.');
  const people = parts.demoPeople(mark);
  const subject = (userName: string): string => {
    const found = people.find((one) => one.userName === userName);
    if (found === undefined) throw new Error(`The demo hospital has no ${userName}.`);
    return found.subject;
  };
  return { nurse: subject('nurse'), doctor: subject('doctor') };
}

function troubleOf(error: unknown, port: number): unknown {
  if (error instanceof Error && errorCode(error) === 'EADDRINUSE') {
    return new Trouble(
      `A port from ${String(port)} to ${String(port + PORTS_NEEDED - 1)} is taken by another program. Set HOLDFAST_PORT to where ten are free, as HOLDFAST_PORT=9080.`,
    );
  }
  return error instanceof Error && !(error instanceof Trouble) ? new Trouble(error.message) : error;
}
