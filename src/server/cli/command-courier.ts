// `holdfast courier`: the record, or what is missing of it elsewhere, on a stick.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CourierRefusal } from '../../core/sync/courier.ts';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';
import { atTerminal, dayAndTime, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import type { Command } from './command.ts';
import { readOptions, type Given } from './options.ts';
import { grouped, progressLine } from './terminal.ts';

const DAYS = 14;
const DAYS_MAX = 366;

export const courierCommand: Command = {
  name: 'courier',
  summary: 'Carries the record between nodes in a file, where no network does.',
  help: `holdfast courier write --to NODE FILE [--days ${DAYS}]
holdfast courier take FILE [--even-expired]

  write   puts what NODE lacks into FILE, or may lack: for the node above, all that it has not said that it holds; for a
          node below, all that it may have. The file is encrypted for that node alone and signed by this one: whoever
          finds it can read nothing. It is good for ${DAYS} days, or as many as --days says
  take    brings in what FILE holds. It may come twice, late, and in any order; of a damaged file all that is whole is
          taken in, and what is missing is said

  --to    \`parent\`, or the name or id of a node below (\`holdfast node list\`)

A bundle is no acknowledgement: this node keeps everything until the other one has said itself that it holds it.
Works beside the running node.`,
  run: async (args, around) => {
    const [act, ...rest] = args;
    if (act === 'write') {
      const given = readOptions(rest, { to: 'text', days: 'text' }, 1, 1, 'courier');
      const to = given.text('to');
      if (to === undefined) throw wrongUse('holdfast courier write needs --to. See `holdfast courier --help`.');
      return atTerminal(around, 'courier', (desk) => write(desk, to, given));
    }
    if (act === 'take') {
      const given = readOptions(rest, { 'even-expired': 'flag' }, 1, 1, 'courier');
      return atTerminal(around, 'courier', (desk) => take(desk, given));
    }
    throw wrongUse(
      `holdfast courier takes write or take${act === undefined ? '' : `, not ${JSON.stringify(act)}`}. See \`holdfast courier --help\`.`,
    );
  },
};

async function write(desk: Desk, whom: string, given: Given): Promise<number> {
  const { links, courier, audit } = desk.services;
  const file = resolve(given.files[0] ?? '');
  if (existsSync(file)) throw new Trouble(`${file} is there already; a bundle never replaces another file.`);
  const parent = links.parent();
  const isParent = parent !== undefined && (whom === 'parent' || whom === parent.node || whom === parent.name);
  const child = (await links.register.list()).find(
    (one) => one.retiredAt === undefined && (one.node === whom || one.name === whom),
  );
  const to = isParent ? parent : child;
  if (to === undefined) {
    throw new Trouble(
      whom === 'parent'
        ? 'This node has no parent. See `holdfast node show`.'
        : `There is no node ${JSON.stringify(whom)} around this one. See \`holdfast node list\`.`,
    );
  }
  const days = given.whole('days', 1, DAYS_MAX) ?? DAYS;
  // The audit first: a part of the record leaves with it.
  await audit.record(terminalEntry(desk.now, 'export', `courier bundle for ${to.name}, into ${file}`));
  const line = progressLine();
  try {
    const written = await courier.write({
      file,
      to: to.node,
      days,
      progress: (bytes) => line.show(`${grouped(Math.ceil(bytes / 1_000))} kB`),
    });
    line.clear();
    if (written === undefined) throw new Trouble(`The keys of ${to.name} are not known here. Enrol it again.`);
    desk.say(
      `${grouped(Math.ceil(written.bytes / 1_000))} kB for ${to.name}, in ${file}. Good until ${dayAndTime(desk.now + days * 86_400_000)} UTC.`,
    );
    desk.note(`At ${to.name}: holdfast courier take FILE`);
    return 0;
  } catch (error) {
    line.clear();
    const code = errorCode(error);
    if (code === undefined || code === 'ENOSPC') throw error;
    throw new Trouble(`${file} cannot be written (${code}).`, { cause: error });
  }
}

const REFUSALS: Readonly<Record<CourierRefusal, string>> = {
  'no-bundle': 'This is no courier bundle of Holdfast.',
  'later-version': 'This bundle was written by a newer Holdfast. Upgrade this node, then take it again.',
  'not-for-us': 'This bundle is for another node; only that one can open it.',
  'unknown-sender':
    'This bundle is of no node that is enrolled here, or was changed. Look at `holdfast node list` on both sides; do not enrol anybody because of it.',
  expired: 'This bundle has expired. If you know where it has been meanwhile: --even-expired.',
  'wrong-key':
    'This bundle was sealed for an older key of this node. Have a new one written after this node was enrolled again.',
};

async function take(desk: Desk, given: Given): Promise<number> {
  const { courier, audit } = desk.services;
  const file = resolve(given.files[0] ?? '');
  if (!existsSync(file)) throw new Trouble(`There is no ${file}.`);
  const { outcome, verdicts } = await courier.take({ file, evenExpired: given.flag('even-expired') });
  if (outcome.end === 'refused') {
    await audit.record({
      ...terminalEntry(desk.now, 'operation', `courier bundle refused (${outcome.why}): ${file}`),
      ok: false,
    });
    throw new Trouble(`${REFUSALS[outcome.why]} Nothing was changed.`);
  }
  const { head, torn, missing } = outcome;
  await audit.record(
    terminalEntry(desk.now, 'operation', `courier bundle ${head.bundle} of node ${head.from} taken in, from ${file}`),
  );
  desk.say(
    `${grouped(verdicts.stored)} commits taken in, ${grouped(verdicts.dup)} were here already. Written ${dayAndTime(head.made)} UTC.`,
  );
  if (verdicts.quarantined > 0)
    desk.note(
      `${grouped(verdicts.quarantined)} are kept aside: see \`holdfast status\` and docs/operations.md#a-commit-in-quarantine.`,
    );
  if (verdicts.fork > 0)
    desk.note(`${grouped(verdicts.fork)} are of a forked history: see docs/operations.md#a-forked-origin.`);
  if (verdicts.gap > 0)
    desk.note(
      `${grouped(verdicts.gap)} could not be taken in yet: an earlier bundle is missing. Take that one, then this one again.`,
    );
  if (torn || missing > 0) {
    desk.note('The file is damaged or cut off: what was whole in it was taken in. Have it copied, or written, again.');
    return 1;
  }
  return verdicts.gap > 0 ? 1 : 0;
}
