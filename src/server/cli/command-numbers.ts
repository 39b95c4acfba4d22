// `holdfast numbers …`: numbers for labels and pads, who took which, and how the series stand.
import { atTerminal } from './at-terminal.ts';
import type { Command } from './command.ts';
import { manageNumbers } from './manage-numbers.ts';

export const numbersCommand: Command = {
  name: 'numbers',
  summary: 'Numbers of patients, visits, orders: pools to print, who took which.',
  help: `holdfast numbers pool --for TEXT [--series SERIES] [--count N]
holdfast numbers log [--last N] [--json]
holdfast numbers status [--json]
holdfast numbers check NUMBER…
holdfast numbers series --name NAME --system URI --width N --check CHECK [--text TEXT]
holdfast numbers lease --series NAME --to SITE --count N [--hold N] [--first N]
holdfast numbers end --series NAME --first NUMBER --why TEXT

  pool     takes numbers off a series and prints them, one a line: for label sheets and pads, to be given out by hand when devices
           are gone. Each is in nobody else's hands, now or later, used or not
  log      who took which numbers, and for what
  status   the site's code, the lanes that each series has used, and how leases stand
  check    whether what somebody typed is a number as printed; exit code 1 where a mistake is in it
  series   at the region: defines a series of short numbers that sites are leased ranges of. It is never changed
  lease    at the region: lets a site have N numbers of it. What it keeps ready (--hold, a tenth) it can give while it is cut off;
           each start of the site loses what is left of that. --first: you know that these are free, and no site is waited for
  end      at the region: nothing more is given out of the range that begins with NUMBER

  --series patient (unless told), encounter, accession, prescription, invoice, temporary
  --count  1 to 5000 (20)
  --check  luhn, mod11-10, mod97-10, none
  --for    who takes them, and for what: "ward 3, Sister Ann, downtime box"
  --json   for programs`,
  run: async (args, around) => atTerminal(around, 'numbers', manageNumbers(args, around.settings().siteCode)),
};
