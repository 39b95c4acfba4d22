// `holdfast token`: a short-lived token for scripts of whoever may read the node's data folder.
import { LOCAL_TOKEN_MINUTES, LOCAL_TOKEN_MINUTES_MAX } from '../auth/issue-local-token.ts';
import { atTerminal, terminalEntry, type Desk } from './at-terminal.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';

export const tokenCommand: Command = {
  name: 'token',
  summary: 'Prints a short-lived access token for scripts.',
  help: `holdfast token [--minutes N]

Prints an access token of this node's own service, alone on standard output: good for everything that a service may do,
for ${LOCAL_TOKEN_MINUTES} minutes. The audit says that it was printed, and by whom.

  --minutes N   from 1 to ${LOCAL_TOKEN_MINUTES_MAX}

  curl -H "Authorization: Bearer $(holdfast token)" http://127.0.0.1:8080/fhir/Patient`,
  run: async (args, around) => {
    const minutes = readOptions(args, { minutes: 'text' }, 0, 0, 'token').whole('minutes', 1, LOCAL_TOKEN_MINUTES_MAX);
    return atTerminal(around, 'token', (desk) => printToken(desk, minutes ?? LOCAL_TOKEN_MINUTES));
  },
};

/** The audit first: no token is printed that it does not know of. */
export async function printToken({ services, now, say }: Desk, minutes: number): Promise<number> {
  const { token, session } = await services.issueLocalToken(minutes);
  await services.audit.record({
    ...terminalEntry(now, 'token', `printed, for ${minutes} min`),
    client: 'holdfast-local',
    what: [`session ${session}`],
  });
  say(token);
  return 0;
}
