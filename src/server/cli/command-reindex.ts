// `holdfast reindex`: rebuilds what is derived.
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { servicesOf, withStore } from './run-node.ts';
import { grouped, progressLine, say, seconds } from './terminal.ts';

export const reindexCommand: Command = {
  name: 'reindex',
  summary: 'Rebuilds the search indexes while the node serves.',
  help: `holdfast reindex

Rebuilds every search index from the bodies, and the index of the audit trail from its batches, while reads and writes go on. Runs beside the running node, or starts the
database for itself.`,
  run: async (args, { parts, settings: read }) => {
    readOptions(args, {}, 0, 0, 'reindex');
    const settings = read();
    return withStore(parts, settings, 'reindex', async (store, url) => {
      const line = progressLine();
      const startedAt = performance.now();
      const { resources } = await store.reindex((done, of) =>
        line.show(`${grouped(done)} of ${grouped(of)} resources`),
      );
      line.show('the index of the audit trail');
      await parts.rebuildAuditIndex(servicesOf(settings, url));
      line.clear();
      say(`${grouped(resources)} resources indexed in ${seconds(performance.now() - startedAt)}.`);
      return 0;
    });
  },
};
