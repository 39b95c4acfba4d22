// What `holdfast node …` does, word by word.
import type { RegisteredNode, Tier } from '../sync-api/link-types.ts';
import { isTier } from '../sync-api/link-types.ts';
import { invitationFault } from '../sync-api/invite.ts';
import { holderOf } from '../storage/embedded/data-folder.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { dayAndTime, table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import type { Surroundings } from './command.ts';
import { grantRecord, listGrants, revokeRecord } from './manage-grants.ts';
import { readOptions } from './options.ts';
import { servicesOf, withDatabase } from './run-node.ts';
import { note, say } from './terminal.ts';

type Act = (desk: Desk, rest: readonly string[]) => Promise<number>;

/** `args` as after `holdfast node`. What is no word of it is refused before anything is opened. Throws `Trouble`. */
export function manageNodes(args: readonly string[]): (desk: Desk) => Promise<number> {
  const [name = '', ...rest] = args;
  const act = ACTS[name];
  if (act === undefined) {
    throw wrongUse(
      `holdfast node takes ${Object.keys(ACTS).join(', ')}, rekey${name === '' ? '' : `, not ${JSON.stringify(name)}`}. See \`holdfast node --help\`.`,
    );
  }
  return (desk) => act(desk, rest);
}

const ACTS: Readonly<Record<string, Act>> = {
  invite: async (desk, rest) => {
    const given = readOptions(rest, { name: 'text', tier: 'text', site: 'text' }, 0, 0, 'node');
    const name = given.text('name');
    if (name === undefined) throw wrongUse('holdfast node invite needs --name. See `holdfast node --help`.');
    const tier = given.text('tier') ?? 'site';
    const site = given.text('site');
    const fault = invitationFault({ name, tier, site });
    if (fault !== undefined || !isTier(tier)) throw wrongUse(fault ?? 'A tier is site or device.');
    const invitation = { name, tier, ...(site === undefined ? {} : { site }) };
    const { code, expiresAt, isTls } = await desk.services.links.invite(invitation);
    await tell(desk, `invited ${tier} ${name}`, []);
    desk.say(code);
    desk.note(`Good once, until ${dayAndTime(expiresAt)} UTC. At ${name}:`);
    desk.note(
      `  holdfast start --tier ${tier} --parent ${isTls ? 'https://THIS-NODE' : 'http://127.0.0.1:PORT'} --enrol ${code}`,
    );
    if (!isTls) desk.note('This node is reached from this machine alone, so only a node here can be enrolled with it.');
    if (tier === 'site' && site === undefined)
      desk.note('Without --site it gets the patients that it writes of or looks up, and nobody by his visits.');
    return 0;
  },
  list: async (desk, rest) => {
    const given = readOptions(rest, { json: 'flag' }, 0, 0, 'node');
    const all = await desk.services.links.register.list();
    if (given.flag('json')) desk.say(JSON.stringify(all.map(shown), undefined, 2));
    else if (all.length === 0) desk.note('No node is enrolled here. `holdfast node invite` prints a code for one.');
    else
      desk.say(
        table([
          ['NAME', 'TIER', 'SITE', 'ENROLLED', 'NODE', ''],
          ...all.map((one) => [
            one.name,
            one.tier,
            one.site ?? '',
            dayAndTime(one.enrolledAt),
            one.node,
            one.retiredAt === undefined ? '' : `retired ${dayAndTime(one.retiredAt)}: ${one.retiredWhy ?? ''}`,
          ]),
        ]),
      );
    return 0;
  },
  show: async (desk, rest) => {
    const given = readOptions(rest, { json: 'flag' }, 0, 1, 'node');
    const [which] = given.files;
    const { links } = desk.services;
    if (which === undefined) {
      const parent = links.parent();
      const own = { node: links.node, ...(parent === undefined ? {} : { parent: { ...parent, caPem: undefined } }) };
      if (given.flag('json')) desk.say(JSON.stringify(own, undefined, 2));
      else
        desk.say(
          table([
            ['node', links.node],
            ...(parent === undefined
              ? [['parent', 'none']]
              : [
                  ['parent', `${parent.name} (${parent.tier}) at ${parent.url}`],
                  ['there as', `${parent.as.name} (${parent.as.tier}) ${parent.as.site ?? ''}`],
                  ['enrolled', `${dayAndTime(parent.enrolledAt)} UTC`],
                ]),
          ]),
        );
      return 0;
    }
    const found = await named(desk, which);
    if (given.flag('json')) desk.say(JSON.stringify(shown(found), undefined, 2));
    else
      desk.say(
        table([
          ['name', found.name],
          ['node', found.node],
          ['tier', found.tier],
          ['site', found.site ?? 'none'],
          ['key', found.keys.sign],
          ['enrolled', `${dayAndTime(found.enrolledAt)} UTC`],
          ...(found.retiredAt === undefined
            ? []
            : [['retired', `${dayAndTime(found.retiredAt)} UTC: ${found.retiredWhy ?? ''}`]]),
        ]),
      );
    return 0;
  },
  grant: (desk, rest) => grantRecord(desk, rest, named),
  revoke: (desk, rest) => revokeRecord(desk, rest, named),
  grants: (desk, rest) => listGrants(desk, rest, named),
  retire: async (desk, rest) => {
    const given = readOptions(rest, { why: 'text' }, 1, 1, 'node');
    const why = given.text('why');
    if (why === undefined || why.trim() === '')
      throw wrongUse('holdfast node retire needs --why, for those who read it later.');
    const found = await named(desk, given.files[0] ?? '');
    await desk.services.links.register.retire(found, why);
    await tell(desk, `retired ${found.tier} ${found.name}: ${why}`, [`Device/${found.node}`]);
    desk.note(`${found.name} is refused within seconds. What it wrote stays; to take it back, invite it again.`);
    return 0;
  },
};

/** Of several with one name, the one that is not retired; of those, by its id alone. */
async function named(desk: Desk, which: string): Promise<RegisteredNode> {
  const all = await desk.services.links.register.list();
  const found = all.filter((one) => one.node === which || one.name === which);
  const live = found.filter(({ retiredAt }) => retiredAt === undefined);
  const [one, another] = live.length > 0 ? live : found;
  if (one === undefined) throw new Trouble(`There is no node ${JSON.stringify(which)}. See \`holdfast node list\`.`);
  if (another !== undefined && live.length > 1)
    throw new Trouble(
      `Several nodes are called ${JSON.stringify(which)}: give the id instead. See \`holdfast node list\`.`,
    );
  return one;
}

const tell = (desk: Desk, detail: string, what: readonly string[]): Promise<void> =>
  desk.services.audit.record({ ...terminalEntry(desk.now, 'account', `node ${detail}`), what });

const shown = (one: RegisteredNode): Readonly<Record<string, unknown>> => ({
  ...one,
  tier: one.tier satisfies Tier,
  enrolledAt: new Date(one.enrolledAt).toISOString(),
  ...(one.retiredAt === undefined ? {} : { retiredAt: new Date(one.retiredAt).toISOString() }),
});

/** Of a node that is a copy of another. It must not run: its processes hold on to its name. */
export async function rekey(args: readonly string[], { parts, settings: read }: Surroundings): Promise<number> {
  readOptions(args, {}, 0, 0, 'node');
  const settings = read();
  if (holderOf(settings.data) !== undefined) throw new Trouble('The node runs. Stop it first, then rekey it.');
  const node = await withDatabase(parts, settings, 'node rekey', (url) => parts.rekeyNode(servicesOf(settings, url)));
  say(node);
  note('It is a node of its own now, with a new name and new keys; what was written on it stays.');
  note('Enrol it: `holdfast node invite` at the parent, `holdfast start --enrol CODE` here.');
  return 0;
}
