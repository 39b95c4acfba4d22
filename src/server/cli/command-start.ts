// `holdfast start`: the node, until it is told to stop.
import { join } from 'node:path';
import { fillDemo } from './fill-demo.ts';
import type { Command } from './command.ts';
import type { Enrolled } from './parts.ts';
import { readOptions } from './options.ts';
import { isLoopbackHost } from './loopback.ts';
import { runNode, servicesOf } from './run-node.ts';
import { findTooOpen } from './too-open.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

const PARENT_LOOK_MS = 500;

export const startCommand: Command = {
  name: 'start',
  summary: 'Starts the node: database, server processes, and a demo hospital the first time.',
  help: `holdfast start [--tier region|site] [--parent URL] [--enrol CODE]

Starts the embedded PostgreSQL (or uses HOLDFAST_DATABASE_URL) and as many server processes as the machine has cores,
keeps them up, and stops them in good order on Ctrl-C or SIGTERM. The first start fills a demo hospital with people who can
sign in there; HOLDFAST_DEMO=off starts with an empty record, and \`holdfast user add\` makes its first person. Nothing that was acknowledged is lost by a kill -9 of any process.

On any address but loopback it speaks TLS with a certificate of its own (see \`holdfast tls\`), or with the hospital's.

A site works alone, or below a region. \`holdfast node invite\` at the region prints a code; this node then starts once with
--parent and --enrol, and remembers both sides' keys. When the region is away it goes on, and catches up by itself.

  --tier    region or site (HOLDFAST_TIER; site unless told)
  --parent  the address of the node above, as https://region.example.org:8443 (HOLDFAST_PARENT)
  --enrol   the code (HOLDFAST_ENROL, or HOLDFAST_ENROL_FILE); it is good once, and a node that is enrolled needs none

Settings are environment variables: \`holdfast --help\` lists them.`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(args, { tier: 'text', parent: 'text', enrol: 'text' }, 0, 0, 'start');
    // Options are settings by another way, and are judged as these are.
    for (const [option, setting] of [
      ['tier', 'HOLDFAST_TIER'],
      ['parent', 'HOLDFAST_PARENT'],
      ['enrol', 'HOLDFAST_ENROL'],
    ] as const) {
      const text = given.text(option);
      if (text !== undefined) process.env[setting] = text;
    }
    const settings = read();
    delete process.env['HOLDFAST_ENROL'];
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
    say(`  tier      ${settings.tier}${parentText(node.enrolled)}`);
    say(`  FHIR R4   ${node.address}/fhir/metadata`);
    say(`  health    ${node.address}/health`);
    say(`  metrics   ${node.address}/metrics`);
    say(
      `  data      ${settings.databaseUrl === undefined ? settings.data : 'in the database of HOLDFAST_DATABASE_URL'}`,
    );
    if (node.logFile !== undefined) say(`  log       ${node.logFile}`);
    if (node.enrolled.kind === 'later' || node.enrolled.kind === 'missing') note(`  ${node.enrolled.text}`);
    if (!isLoopbackHost(settings.host)) {
      say(`  TLS       other machines use https:// and trust this site first: ${node.address}/trust`);
      if (settings.names.length === 0)
        note(
          '  HOLDFAST_NAMES is not set: other machines cannot reach this node by a name that its certificate holds.',
        );
    }
    for (const { path, mode } of findTooOpen(settings.data)) {
      node.log.warn({ path, mode }, 'others on this machine may read this');
      note(`  Others on this machine may read ${join(settings.data, path)} (${mode}). Close it: chmod go-rwx`);
    }
    const line = progressLine();
    const ended = new AbortController();
    const filling = parts
      .withServices(servicesOf(settings, node.databaseUrl), (services) =>
        fillDemo(parts, node.address, settings.data, services, {
          wanted: settings.demo,
          stop: ended.signal,
          progress: (done, of) =>
            line.show(`Filling the demo hospital: ${grouped(done)} of about ${grouped(of)} resources`),
          begin: (again) =>
            say(again ? 'Completing the demo hospital …' : 'Filling the demo hospital (the first start only) …'),
        }),
      )
      .then(
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

function parentText(enrolled: Enrolled): string {
  if (enrolled.kind === 'later' || enrolled.kind === 'missing') return ', not enrolled at its parent yet';
  if (enrolled.parent === undefined) return '';
  const { name, url } = enrolled.parent;
  return `${enrolled.kind === 'enrolled' ? ', just enrolled' : ''}, below ${name} (${url})`;
}
