// `holdfast user …`: people's accounts, from the terminal of whoever holds the data folder.
import type { Command } from './command.ts';
import { atTerminal } from './at-terminal.ts';
import { manageUsers } from './manage-users.ts';

export const userCommand: Command = {
  name: 'user',
  summary: 'Adds people, lists them, and mends their sign-in.',
  help: `holdfast user add --given NAME --family NAME --role ROLE [--supervisor] [--site ID] [--ward ID]
                  [--until WHEN] [--user-name NAME] [--ask | --stdin]
holdfast user add --who Practitioner/ID|Patient/ID --user-name NAME [--until WHEN] [--ask | --stdin]
holdfast user list [--text PART] [--json]
holdfast user show NAME [--json]
holdfast user password NAME [--stdin | --temporary]
holdfast user recovery NAME
holdfast user role NAME --add ROLE | --remove ROLE [--supervisor] [--site ID] [--ward ID]
holdfast user extend NAME --until WHEN|none
holdfast user disable NAME        holdfast user enable NAME        holdfast user unlock NAME

Works beside the running node, or starts the database for itself. Everything it changes has its author ("terminal") in the
record and stands in the audit.

  add        a new person with a role, or an account for somebody whom the record knows. Prints the user name and a temporary
             password, once; it must be changed at the first sign-in.
  list       everybody: first those whose enrolment ended and whom somebody must confirm
  password   sets a password; --temporary makes one, ends all sessions and the recovery codes
  recovery   makes ten one-time codes for paper, which replace those before
  role       gives a role, or ends it
  extend     until when the enrolment is good; none: without an end
  disable    ends all sessions within seconds; enable opens the account again
  unlock     forgets wrong passwords: nobody waits any more

  --role     nurse, doctor, ward-clerk, receptionist, pharmacist, laboratory, imaging, billing, incident-lead or it
  --supervisor  may enrol staff, confirm them, and clear break-glass reviews at the site
  --site     Organization/ID; needed where the record has several organizations
  --ward     Location/ID; without it, the whole site
  --until    12h, 30d, 2027-01-31 or 2027-01-31T20:00:00Z. After it the person is marked as unconfirmed, not cut off.
  --ask      asks for a password, without echo, in place of a temporary one
  --stdin    reads the password from the first line of standard input. Passwords are never taken from arguments.
  --json     for programs`,
  run: async (args, around) => atTerminal(around, 'user', manageUsers(args)),
};
