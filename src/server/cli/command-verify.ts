// `holdfast verify`: is the record whole, and do its indexes say what its bodies say?
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { servicesOf, withStore } from './run-node.ts';
import { grouped, note, progressLine, say, seconds } from './terminal.ts';

const SHOWN_MAX = 100;

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Proves the hash chains, the bodies, and that the indexes equal what the bodies say.',
  help: `holdfast verify

Walks the whole record: every commit's chain, every revision's hash against its body, the heads, the search indexes and
the order of arrival; then the audit trail: that no event was changed, removed or re-ordered, that its index says what
the events say, and that nothing was cut off behind the last signed checkpoint. Runs beside the running node, or starts the database for itself. Exit code 1 when it finds
something; each finding names type and id, or origin and number, never content.`,
  run: async (args, { parts, settings: read }) => {
    readOptions(args, {}, 0, 0, 'verify');
    const settings = read();
    return withStore(parts, settings, 'verify', async (store, url) => {
      const line = progressLine();
      const startedAt = performance.now();
      const record = await store.verify((done, of) => line.show(`${grouped(done)} of ${grouped(of)}`));
      const audit = await parts.verifyAudit(servicesOf(settings, url), (done, of) =>
        line.show(`audit: ${grouped(done)} of ${grouped(of)}`),
      );
      line.clear();
      const report = { ...record, findings: [...record.findings, ...audit.findings] };
      say(
        `${grouped(report.commits)} commits, ${grouped(report.revisions)} revisions, ${grouped(report.resources)} resources in ${seconds(performance.now() - startedAt)}`,
      );
      say(
        `${grouped(audit.events)} audit events in ${grouped(audit.batches)} batches, ${grouped(audit.checkpoints)} signed checkpoints`,
      );
      for (const finding of report.findings.slice(0, SHOWN_MAX))
        note(`${finding.what} ${finding.where}: ${finding.message}`);
      if (report.findings.length > SHOWN_MAX) note(`… and ${grouped(report.findings.length - SHOWN_MAX)} more`);
      if (report.findings.length === 0) {
        say('The record is whole, and so is its audit trail.');
        return 0;
      }
      note(
        `${grouped(report.findings.length)} findings. Where they are all of the index, \`holdfast reindex\` mends them; else keep this data folder as it is and restore a backup elsewhere.`,
      );
      return 1;
    });
  },
};
