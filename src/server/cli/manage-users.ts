// What `holdfast user …` does, word by word.
import { ROLES, type Role } from '../../core/access/principal.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import type { Account } from '../auth/accounts/account-resource.ts';
import type { Enrolled, StaffEntry, StaffRefusal } from '../auth/accounts/accounts.ts';
import type { Result } from '../../core/base/result.ts';
import { passwordWords } from '../auth/accounts/staff-changes.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { dayAndTime, readUntil, table, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions, type Given } from './options.ts';

type Act = (desk: Desk, rest: readonly string[]) => Promise<number>;

/** `args` as after `holdfast user`. What is no word of it is refused before anything is opened. Throws `Trouble`. */
export function manageUsers(args: readonly string[]): (desk: Desk) => Promise<number> {
  const [name = '', ...rest] = args;
  const act = ACTS[name];
  if (act === undefined) {
    throw wrongUse(
      `holdfast user takes ${Object.keys(ACTS).join(', ')}${name === '' ? '' : `, not ${JSON.stringify(name)}`}. See \`holdfast user --help\`.`,
    );
  }
  return (desk) => act(desk, rest);
}
const options = (rest: readonly string[], kinds: Parameters<typeof readOptions>[1], names: 0 | 1): Given =>
  readOptions(rest, kinds, names, names, 'user');

const ACTS: Readonly<Record<string, Act>> = {
  add: async (desk, rest) => {
    const given = options(
      rest,
      {
        given: 'text',
        family: 'text',
        role: 'text',
        supervisor: 'flag',
        site: 'text',
        ward: 'text',
        until: 'text',
        'user-name': 'text',
        who: 'text',
        ask: 'flag',
        stdin: 'flag',
      },
      0,
    );
    const until = untilOf(desk, given);
    const who = given.text('who');
    const userName = given.text('user-name');
    const password = given.flag('ask') || given.flag('stdin') ? await desk.newPassword(given.flag('stdin')) : undefined;
    const shared = {
      ...(until === undefined ? {} : { until }),
      ...(password === undefined ? {} : { password }),
    };
    const { accounts } = desk.services;
    if (who !== undefined) {
      for (const other of ['given', 'family', 'role', 'site', 'ward'])
        if (given.text(other) !== undefined) throw wrongUse(`--${other} is not for somebody whom the record knows.`);
      if (userName === undefined) throw wrongUse('Name the account with --user-name.');
      const made = await accounts.addAccount({ who, userName, ...shared }, 'terminal');
      return tellEnrolled(desk, orTrouble(made, who), password);
    }
    const role = roleOf(given.text('role'));
    const ward = reference('ward', 'Location', given.text('ward'));
    const site = reference('site', 'Organization', given.text('site')) ?? (await siteOf(desk, ward));
    const made = await accounts.enrol(
      {
        givenName: given.text('given') ?? '',
        familyName: given.text('family') ?? '',
        role,
        supervisor: given.flag('supervisor'),
        ...(site === undefined ? {} : { site }),
        ...(ward === undefined ? {} : { ward }),
        ...(userName === undefined ? {} : { userName }),
        ...shared,
      },
      'terminal',
    );
    return tellEnrolled(desk, orTrouble(made, ''), password);
  },

  list: async (desk, rest) => {
    const given = options(rest, { text: 'text', json: 'flag' }, 0);
    const text = given.text('text');
    const found = await desk.services.accounts.staff('terminal', {
      count: Number.MAX_SAFE_INTEGER,
      ...(text === undefined ? {} : { text }),
    });
    if (given.flag('json')) {
      desk.say(JSON.stringify(found.map(jsonOf), undefined, 2));
      return 0;
    }
    if (found.length === 0) desk.note('Nobody has an account here. `holdfast user add` makes one.');
    else desk.say(table([['USER NAME', 'NAME', 'ROLES', 'STATE', 'UNTIL'], ...found.map(cellsOf)]));
    return 0;
  },

  show: async (desk, rest) => {
    const given = options(rest, { json: 'flag' }, 1);
    const account = await accountOf(desk, given);
    const entry = (
      await desk.services.accounts.staff('terminal', { text: account.userName, count: Number.MAX_SAFE_INTEGER })
    ).find((one) => one.accountId === account.id);
    if (entry === undefined) throw new Trouble('The account has just gone.');
    const more = {
      passkeys: account.passkeys.map((key) => ({ name: key.name, addedAt: dayAndTime(key.addedAt) })),
      recoveryCodesLeft: account.recoveryCodes.filter((code) => code.usedAt === undefined).length,
      temporaryPassword: account.mustChangePassword,
      linkedTo: account.federated.map((one) => one.issuer),
      enrolledBy: account.enrolledBy ?? 'terminal',
    };
    if (given.flag('json')) {
      desk.say(JSON.stringify({ ...jsonOf(entry), ...more }, undefined, 2));
      return 0;
    }
    desk.say(
      table([
        ['user name', entry.userName],
        ['name', entry.name],
        ['who', entry.who],
        ['roles', rolesText(entry)],
        ['state', stateText(entry)],
        ['until', entry.until === undefined ? 'no end' : `${dayAndTime(entry.until)} UTC`],
        ['password', more.temporaryPassword ? 'temporary' : 'their own'],
        ['passkeys', more.passkeys.length === 0 ? 'none' : more.passkeys.map(({ name }) => name).join(', ')],
        ['recovery codes', `${more.recoveryCodesLeft} left`],
        ...(more.linkedTo.length === 0 ? [] : [['linked to', more.linkedTo.join(', ')]]),
        ['enrolled by', more.enrolledBy],
      ]),
    );
    return 0;
  },

  password: async (desk, rest) => {
    const given = options(rest, { stdin: 'flag', temporary: 'flag' }, 1);
    if (given.flag('stdin') && given.flag('temporary')) throw wrongUse('Either --stdin or --temporary.');
    const account = await accountOf(desk, given);
    const { accounts } = desk.services;
    if (given.flag('temporary')) {
      return tellEnrolled(
        desk,
        orTrouble(await accounts.resetPassword(account.id, 'terminal'), account.userName),
        undefined,
      );
    }
    const next = await desk.newPassword(given.flag('stdin'));
    const changed = await accounts.changePassword(account.id, undefined, next, 'terminal');
    if (!changed.ok) {
      throw new Trouble(
        changed.error.kind === 'wrong'
          ? 'The account is disabled, or was changed just now. Nothing was changed.'
          : passwordWords(changed.error),
      );
    }
    desk.note(`${account.userName} has a new password.`);
    return 0;
  },

  recovery: async (desk, rest) => {
    const account = await accountOf(desk, options(rest, {}, 1));
    for (const code of await desk.services.accounts.newRecoveryCodes(account.id, 'terminal')) desk.say(code);
    desk.note('Each works once, in place of the password. They are shown this once, and replace those before.');
    return 0;
  },

  role: async (desk, rest) => {
    const given = options(rest, { add: 'text', remove: 'text', supervisor: 'flag', site: 'text', ward: 'text' }, 1);
    const [add, remove] = [given.text('add'), given.text('remove')];
    if ((add === undefined) === (remove === undefined)) throw wrongUse('Either --add ROLE or --remove ROLE.');
    const account = await accountOf(desk, given);
    const ward = reference('ward', 'Location', given.text('ward'));
    const named = reference('site', 'Organization', given.text('site'));
    const site = named ?? (add === undefined ? undefined : await siteOf(desk, ward));
    const role = roleOf(add ?? remove);
    const done = await desk.services.accounts.setRole(
      account.id,
      {
        role,
        supervisor: given.flag('supervisor'),
        given: add !== undefined,
        ...(site === undefined ? {} : { site }),
        ...(ward === undefined ? {} : { ward }),
      },
      'terminal',
    );
    if (!done.ok && done.error.kind === 'not-found') throw new Trouble(`${account.userName} has no such role.`);
    orTrouble(done, account.userName);
    desk.note(
      `${account.userName} ${add === undefined ? `is no ${role} any more` : `is ${role}`}; in effect within 5 s.`,
    );
    return 0;
  },

  extend: async (desk, rest) => {
    const given = options(rest, { until: 'text' }, 1);
    const text = given.text('until');
    if (text === undefined) throw wrongUse('Until when? --until 12h, 30d, 2027-01-31, or none.');
    const until = text === 'none' ? undefined : readUntil(text, desk.now);
    const account = await accountOf(desk, given);
    orTrouble(await desk.services.accounts.confirm(account.id, until, 'terminal'), account.userName);
    desk.note(
      `${account.userName} is confirmed ${until === undefined ? 'without an end' : `until ${dayAndTime(until)} UTC`}.`,
    );
    return 0;
  },
  disable: async (desk, rest) => {
    const account = await accountOf(desk, options(rest, {}, 1));
    orTrouble(await desk.services.accounts.setDisabled(account.id, true, 'terminal'), account.userName);
    desk.note(`${account.userName} is disabled; open sessions end within 5 s.`);
    return 0;
  },
  enable: async (desk, rest) => {
    const account = await accountOf(desk, options(rest, {}, 1));
    orTrouble(await desk.services.accounts.setDisabled(account.id, false, 'terminal'), account.userName);
    desk.note(`${account.userName} may sign in.`);
    return 0;
  },
  unlock: async (desk, rest) => {
    const account = await accountOf(desk, options(rest, {}, 1));
    orTrouble(await desk.services.accounts.unlock(account.id, 'terminal'), account.userName);
    desk.note(`The wrong passwords of ${account.userName} are forgotten.`);
    return 0;
  },
};

async function accountOf(desk: Desk, given: Given): Promise<Account> {
  const name = given.files[0] ?? '';
  const account = await desk.services.accounts.findByUserName(name);
  if (account === undefined) throw new Trouble(`There is no user ${JSON.stringify(name)}. See \`holdfast user list\`.`);
  return account;
}

function tellEnrolled(desk: Desk, made: Enrolled, password: string | undefined): number {
  desk.say(`user name  ${made.userName}`);
  if (password === undefined) {
    desk.say(`password   ${made.temporaryPassword}`);
    desk.note('The password is shown this once, and must be changed at the first sign-in.');
  }
  return 0;
}

function orTrouble<T>(result: Result<T, StaffRefusal>, name: string): T {
  if (result.ok) return result.value;
  switch (result.error.kind) {
    case 'invalid':
      throw new Trouble(result.error.why);
    case 'not-found':
      throw new Trouble(`There is no ${JSON.stringify(name)} in the record.`);
    case 'forbidden':
      throw new Trouble('This is not for the terminal to do.');
  }
}

const STAFF_ROLES = ROLES.filter((role) => role !== 'patient' && role !== 'service');
function roleOf(text: string | undefined): Role {
  const role = STAFF_ROLES.find((one) => one === text);
  if (role === undefined) {
    throw wrongUse(
      `A role is one of ${STAFF_ROLES.join(', ')}${text === undefined ? '' : `, not ${JSON.stringify(text)}`}.`,
    );
  }
  return role;
}
const untilOf = (desk: Desk, given: Given): number | undefined => {
  const text = given.text('until');
  return text === undefined ? undefined : readUntil(text, desk.now);
};
function reference(option: string, type: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const id = text.startsWith(`${type}/`) ? text.slice(type.length + 1) : text;
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(id)) throw wrongUse(`--${option} takes ${type}/ID, not ${JSON.stringify(text)}.`);
  return `${type}/${id}`;
}

const SITES_SHOWN = 8;
/** The site of the ward, or the only organization there is. A record without any has roles without a site. */
async function siteOf(desk: Desk, ward: string | undefined): Promise<string | undefined> {
  const { store } = desk.services;
  if (ward !== undefined) {
    const [found] = await store.read([{ type: 'Location', id: ward.slice('Location/'.length) }], EVERYTHING);
    const site = found === undefined || found.deleted ? undefined : managedBy(JSON.parse(found.text));
    if (site !== undefined) return site;
  }
  const page = await store.search(
    { types: ['Organization'], where: [], sort: [], count: SITES_SHOWN + 1, total: 'none', include: [] },
    EVERYTHING,
    { includes: 0, ms: 10_000 },
  );
  const names = page.ok ? page.value.hits.map(({ stored }) => `Organization/${stored.key.id}`) : [];
  if (names.length <= 1) return names[0];
  const shown = `${names.slice(0, SITES_SHOWN).join(', ')}${names.length > SITES_SHOWN ? ', …' : ''}`;
  throw wrongUse(`Name the site with --site: the record has ${shown}.`);
}
const managedBy = (location: ResourceJson): string | undefined => {
  const managing = location['managingOrganization'];
  const text =
    typeof managing === 'object' && managing !== null && 'reference' in managing ? managing.reference : undefined;
  return typeof text === 'string' && /^Organization\/[A-Za-z0-9\-.]{1,64}$/.test(text) ? text : undefined;
};

const rolesText = (entry: StaffEntry): string =>
  [...entry.roles, ...(entry.supervisor ? ['supervisor'] : [])].join(', ') || 'none';
const stateText = (entry: StaffEntry): string => `${entry.state}${entry.slowed ? ', slowed down' : ''}`;
const cellsOf = (entry: StaffEntry): readonly string[] => [
  entry.userName,
  entry.name,
  rolesText(entry),
  stateText(entry),
  entry.until === undefined ? '' : dayAndTime(entry.until),
];
const jsonOf = ({ until, ...entry }: StaffEntry) => ({
  ...entry,
  ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
});
