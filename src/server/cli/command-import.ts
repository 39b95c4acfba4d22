// `holdfast import`: FHIR documents from files into the record, through the API of the node.
import { openFhirClient } from '../jobs/fhir-client.ts';
import { sendDocuments } from '../jobs/send-documents.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { assertReadable, readDocuments } from './read-documents.ts';
import { withNode } from './run-node.ts';
import { grouped, note, progressLine, say, sayCounts, seconds } from './terminal.ts';

export const importCommand: Command = {
  name: 'import',
  summary: 'Imports FHIR bundles and resources from files.',
  help: `holdfast import FILE… [--parallel N]

Imports FHIR R4 from FILEs (- is standard input): transaction and batch bundles as they are, the resources of other
bundles and single resources each by itself (PUT when it has an id, else POST). One document a line (NDJSON) or one a
file; .gz and .br are decompressed. Runs through the running node, or starts one for itself.

  --parallel N   documents on their way at a time (default: two a core)

A document that is refused is named by file and line with the reason, the rest goes on, and the exit code is 1.
Entries that are POSTed get new ids: importing such a file twice makes them twice.`,
  run: async (args, { parts, settings: read }) => {
    const given = readOptions(args, { parallel: 'text' }, 1, Infinity, 'import');
    const settings = read();
    const parallel = given.whole('parallel', 1, 256) ?? settings.processes * 2;
    await assertReadable(given.files);
    return withNode(parts, settings, 'import', async (address, token) => {
      const client = openFhirClient(address, parallel, token);
      const line = progressLine();
      const startedAt = performance.now();
      try {
        const report = await sendDocuments(readDocuments(given.files), client, {
          parallel,
          progress: (documents, resources) => {
            const rate = Math.round(resources / ((performance.now() - startedAt) / 1_000));
            line.show(`${grouped(documents)} documents, ${grouped(resources)} resources, ${grouped(rate)} a second`);
          },
          onFailure: ({ place, reason }) => {
            line.clear();
            note(`${place}: ${reason}`);
          },
        });
        line.clear();
        const ms = performance.now() - startedAt;
        const resources = [...report.counts.values()].reduce((sum, count) => sum + count, 0);
        sayCounts(report.counts);
        say(
          `${grouped(report.documents)} documents in ${seconds(ms)}, ${grouped(Math.round(resources / (ms / 1_000)))} resources a second`,
        );
        if (report.failures.length === 0) return 0;
        note(`${grouped(report.failures.length)} refused; each is named above.`);
        return 1;
      } finally {
        client.close();
      }
    });
  },
};
