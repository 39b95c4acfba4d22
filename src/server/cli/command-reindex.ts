// `holdfast reindex`: rebuilds what is derived.
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { withStore } from './run-node.ts';
import { grouped, progressLine, say, seconds } from './terminal.ts';

export const reindexCommand: Command = {
  name: 'reindex',
  summary: 'Rebuilds the search indexes while the node serves.',
  help: `holdfast reindex

Rebuilds every search index from the bodies, while reads and writes go on. Runs beside the running node, or starts the
database for itself.`,
  run: async (args, { parts, settings: read }) => {
    readOptions(args, {}, 0, 0, 'reindex');
    return withStore(parts, read(), 'reindex', async (store) => {
      const line = progressLine();
      const startedAt = performance.now();
      const { resources } = await store.reindex((done, of) =>
        line.show(`${grouped(done)} of ${grouped(of)} resources`),
      );
      line.clear();
      say(`${grouped(resources)} resources indexed in ${seconds(performance.now() - startedAt)}.`);
      return 0;
    });
  },
};
