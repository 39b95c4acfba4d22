// `holdfast demo`: a made-up hospital of any size, into the record or into a file.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openFhirClient } from '../jobs/fhir-client.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';
import { DEMO_DEFAULTS, sendDemo, transactionOf } from './fill-demo.ts';
import { readOptions } from './options.ts';
import { withNode } from './run-node.ts';
import { grouped, progressLine, say, seconds } from './terminal.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Makes up a hospital of any size, into the record or a file.',
  help: `holdfast demo [--beds N] [--patients N] [--seed TEXT] [--out FILE]

Makes up a hospital, the same one for the same options (--now included), and puts it into the record (through the running node, or one
that it starts for itself). With --out it goes into FILE instead: NDJSON of transaction bundles that \`holdfast import\`
reads, compressed when FILE ends in .gz; - is standard output. Ids are fixed: doing it twice changes nothing but versions.

  --beds N       beds (default ${DEMO_DEFAULTS.beds})
  --patients N   patients known to the hospital (default three and a half a bed)
  --seed TEXT    another seed, another hospital (default ${DEMO_DEFAULTS.seed})
  --now INSTANT  the moment at which the story stands (default: now), as 2026-01-31T08:00:00Z
  --out FILE     write there instead`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(
      args,
      { beds: 'text', patients: 'text', seed: 'text', now: 'text', out: 'text' },
      0,
      0,
      'demo',
    );
    const beds = given.whole('beds', 8, 100_000) ?? DEMO_DEFAULTS.beds;
    const patients = given.whole('patients', 0, 3_999_999) ?? Math.ceil(beds * 3.5);

    const now = given.text('now') === undefined ? Date.now() : Date.parse(given.text('now') ?? '');
    if (Number.isNaN(now)) throw new Trouble('--now must be an instant, as 2026-01-31T08:00:00Z.', { exitCode: 2 });
    const out = given.text('out');
    const demo = { beds, patients, seed: given.text('seed') ?? DEMO_DEFAULTS.seed, now };
    const line = progressLine();
    const startedAt = performance.now();
    const progress = (done: number): void => line.show(`${grouped(done)} resources`);
    let resources = 0;
    if (out === undefined) {
      resources = await withNode(parts, read(), 'demo', async (address, token) => {
        const client = openFhirClient(address, 4, token);
        try {
          return await sendDemo(parts.demo(demo), client, { lookFirst: false, progress });
        } finally {
          client.close();
        }
      });
    } else {
      const end = out === '-' ? process.stdout : createWriteStream(out, { mode: 0o600 });
      const target = out.endsWith('.gz') ? createGzip() : end;
      if (target !== end) target.pipe(end);
      for (const batch of parts.demo(demo)) {
        if (!target.write(`${transactionOf(batch)}\n`)) await once(target, 'drain');
        resources += batch.length;
        progress(resources);
      }
      if (out !== '-') {
        target.end();
        await finished(end);
      }
    }
    line.clear();
    if (out !== '-')
      say(
        `${grouped(resources)} resources in ${seconds(performance.now() - startedAt)}${out === undefined ? '' : `, in ${out}`}.`,
      );
    return 0;
  },
};
