// `holdfast start`: the node, until it is told to stop.
import { join } from 'node:path';
import { fillDemo } from './fill-demo.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { runNode } from './run-node.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

const PARENT_LOOK_MS = 500;

export const startCommand: Command = {
  name: 'start',
  summary: 'Starts the node: database, server processes, and a demo hospital the first time.',
  help: `holdfast start

Starts the embedded PostgreSQL (or uses HOLDFAST_DATABASE_URL) and as many server processes as the machine has cores,
keeps them up, and stops them in good order on Ctrl-C or SIGTERM. The first start fills a demo hospital;
HOLDFAST_DEMO=off starts with an empty record. Nothing that was acknowledged is lost by a kill -9 of any process.

Settings (environment): HOLDFAST_PORT, HOLDFAST_HOST, HOLDFAST_DATA, HOLDFAST_DATABASE_URL, HOLDFAST_DEMO,
HOLDFAST_PROCESSES, HOLDFAST_LOG.`,
  run: async (args, { parts, settings: read }) => {
    readOptions(args, {}, 0, 0, 'start');
    const settings = read();
    const startedAt = performance.now();
    // Heard from the first moment: a signal during the start ends it in good order, too.
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
    const node = await runNode(parts, settings, 'start');
    say(`Holdfast ${parts.version} answers at ${node.address} (started in ${seconds(performance.now() - startedAt)})`);
    say(`  FHIR R4   ${node.address}/fhir/metadata`);
    say(`  health    ${node.address}/health`);
    say(`  metrics   ${node.address}/metrics`);
    say(
      `  data      ${settings.databaseUrl === undefined ? settings.data : 'in the database of HOLDFAST_DATABASE_URL'}`,
    );
    if (node.logFile !== undefined) say(`  log       ${node.logFile}`);
    if (settings.host !== '127.0.0.1' && settings.host !== '::1' && settings.host !== 'localhost') {
      note('  Anyone who can reach this address can read and change everything: there is no sign-in yet.');
    }
    const line = progressLine();
    const ended = new AbortController();
    const filling = fillDemo(parts, node.address, settings, {
      wanted: settings.demo,
      stop: ended.signal,
      progress: (done, of) =>
        line.show(`Filling the demo hospital: ${grouped(done)} of about ${grouped(of)} resources`),
      begin: (again) =>
        say(again ? 'Completing the demo hospital …' : 'Filling the demo hospital (the first start only) …'),
    }).then(
      (filled) => {
        line.clear();
        if (filled !== undefined) {
          say(
            `The demo hospital is there: ${grouped(filled.resources)} resources in ${seconds(filled.ms)}. Everyone in it is made up.`,
          );
        }
        if (!ended.signal.aborted) say(`Open ${node.address} · Ctrl-C stops`);
      },
      (error: unknown) => {
        line.clear();
        if (ended.signal.aborted) return;
        node.log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'demo hospital not complete');
        note(
          `The demo hospital could not be completed${error instanceof Error ? `: ${error.message}` : ''}. The node serves; the next start tries again.`,
        );
      },
    );
    const signal = await told;
    note(`Stopping (${signal}) …`);
    ended.abort();
    await filling;
    await node.stop();
    note(`Stopped. Everything is in ${settings.databaseUrl === undefined ? join(settings.data) : 'your database'}.`);
    return 0;
  },
};
