// `holdfast conflicts …`: what people must decide, from the terminal of whoever holds the data folder.
import type { Command } from './command.ts';
import { atTerminal } from './at-terminal.ts';
import { wordsFor } from '../fhir-api/conflict-parameters.ts';
import { manageConflicts } from './manage-conflicts.ts';

export const conflictsCommand: Command = {
  name: 'conflicts',
  summary: 'Lists what people must decide, shows the sides, and takes a decision.',
  help: `holdfast conflicts list [--severity S1|S2] [--patient ID] [--type TYPE] [--newest] [--json]
holdfast conflicts show TYPE/ID [--json]
holdfast conflicts resolve TYPE/ID --seen VERSION --keep SIDE
holdfast conflicts resolve TYPE/ID --seen VERSION --file RESOURCE.json

Works beside the running node, or starts the database for itself. Clinicians decide in the record; this is for whoever mends it
with them. What is shown and decided has its author ("terminal") in the audit and in the record.

  list      worst first: S1 could harm now, S2 can wait until it is day. --newest: what opened last first.
  show      what differs, with what stood there before; who wrote each side, where and when. It prints the lines that decide.
  resolve   one side stands as it was written, or the resource in a file; all others end, and stay in the history.
            Two given doses stay two: the other becomes an entry of its own.

  --seen    the first letters of the version that \`show\` printed: where it is another by now, nothing is decided
  --keep    the first letters of a side, as \`show\` printed them
  --json    for programs
Exit code 1 where there is something to decide (list), or nothing could be decided.`,
  run: async (args, around) =>
    atTerminal(around, 'conflicts', manageConflicts(args, wordsFor(around.settings().resuscitationWords))),
};
