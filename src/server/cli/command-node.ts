// `holdfast node …`: the nodes below this one, and this one's own place.
import { atTerminal } from './at-terminal.ts';
import type { Command } from './command.ts';
import { manageNodes, rekey } from './manage-nodes.ts';

export const nodeCommand: Command = {
  name: 'node',
  summary: 'Invites, lists and retires the nodes below this one.',
  help: `holdfast node invite --name NAME [--tier site|device] [--site Organization/ID | Location/ID]
holdfast node list [--json]
holdfast node show [NAME | ID] [--json]
holdfast node grant NAME | ID --patient ID
holdfast node revoke NAME | ID --patient ID
holdfast node grants NAME | ID [--json]
holdfast node retire NAME | ID --why TEXT
holdfast node rekey

  invite   prints a code that enrols one node, within 24 hours: \`holdfast start --tier site --parent URL --enrol CODE\` there
  show     one of them; without a name this node itself, and the one above it
  grant    a patient's record is kept there too, with its whole history, from its next session on
  revoke   takes such a grant away: nothing more of that record goes there
  grants   which records it was granted, since when and why
  retire   takes it off for good: its key never counts again. What it wrote stays. To take it back, invite it again
  rekey    at a node that is a copy of another, and stopped: makes it a node of its own, to be enrolled with a code of its own

  --name   what people call it
  --site   the organization whose patients are its own; of a device its ward, as Location/ID`,
  run: async (args, around) =>
    args[0] === 'rekey' ? rekey(args.slice(1), around) : atTerminal(around, 'node', manageNodes(args)),
};
