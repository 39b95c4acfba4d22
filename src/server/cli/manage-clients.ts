// What `holdfast client …` does, word by word.
import { readFileSync } from 'node:fs';
import type { Result } from '../../core/base/result.ts';
import type {
  ClientAuthentication,
  ClientKind,
  ClientRefusal,
  PublicJwk,
  RegisteredClient,
  WithSecret,
} from '../auth/oauth/clients.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { dayAndTime, table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions } from './options.ts';

type Act = (desk: Desk, rest: readonly string[]) => Promise<number>;
const KINDS: readonly ClientKind[] = ['public', 'confidential', 'service'];
const AUTHENTICATIONS: readonly ClientAuthentication[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
];

/** `args` as after `holdfast client`. What is no word of it is refused before anything is opened. Throws `Trouble`. */
export function manageClients(args: readonly string[]): (desk: Desk) => Promise<number> {
  const [name = '', ...rest] = args;
  const act = ACTS[name];
  if (act === undefined) {
    throw wrongUse(
      `holdfast client takes ${Object.keys(ACTS).join(', ')}${name === '' ? '' : `, not ${JSON.stringify(name)}`}. See \`holdfast client --help\`.`,
    );
  }
  return (desk) => act(desk, rest);
}

const ACTS: Readonly<Record<string, Act>> = {
  add: async (desk, rest) => {
    const given = readOptions(
      rest,
      {
        id: 'text',
        name: 'text',
        kind: 'text',
        scope: 'text',
        redirect: 'text',
        'after-sign-out': 'text',
        launch: 'text',
        keys: 'text',
        'keys-at': 'text',
        authentication: 'text',
        'may-introspect': 'flag',
      },
      0,
      0,
      'client',
    );
    const need = (option: string): string => {
      const text = given.text(option);
      if (text === undefined) throw wrongUse(`holdfast client add needs --${option}. See \`holdfast client --help\`.`);
      return text;
    };
    const id = given.text('id');
    const launchUri = given.text('launch');
    const keys = given.text('keys');
    const jwksUri = given.text('keys-at');
    const authentication = given.text('authentication');
    const made = await desk.services.clients.register({
      name: need('name'),
      kind: oneOf('kind', KINDS, need('kind')),
      scope: need('scope'),
      redirectUris: several(given.text('redirect')),
      postLogoutRedirectUris: several(given.text('after-sign-out')),
      mayIntrospect: given.flag('may-introspect'),
      ...(id === undefined ? {} : { id }),
      ...(launchUri === undefined ? {} : { launchUri }),
      ...(keys === undefined ? {} : { jwks: readKeys(keys) }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
      ...(authentication === undefined
        ? {}
        : { authentication: oneOf('authentication', AUTHENTICATIONS, authentication) }),
    });
    return tell(desk, orTrouble(made, id ?? ''), 'registered');
  },
  list: async (desk, rest) => {
    const given = readOptions(rest, { json: 'flag' }, 0, 0, 'client');
    const found = await desk.services.clients.list();
    if (given.flag('json')) desk.say(JSON.stringify(found.map(shown), undefined, 2));
    else if (found.length === 0) desk.note('No program is registered here. `holdfast client add` registers one.');
    else
      desk.say(
        table([['CLIENT ID', 'NAME', 'KIND', 'SCOPE'], ...found.map((one) => [one.id, one.name, one.kind, one.scope])]),
      );
    return 0;
  },
  show: async (desk, rest) => {
    const given = readOptions(rest, { json: 'flag' }, 1, 1, 'client');
    const id = given.files[0] ?? '';
    const client = await desk.services.clients.find(id);
    if (client === undefined) throw unknown(id);
    if (given.flag('json')) {
      desk.say(JSON.stringify(shown(client), undefined, 2));
      return 0;
    }
    const keys = client.jwksUri ?? (client.jwks === undefined ? undefined : `${client.jwks.length} registered`);
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['client id', client.id],
      ['name', client.name],
      ['kind', client.kind],
      ['authentication', client.authentication],
      ['scope', client.scope],
      ['redirect', client.redirectUris.join(', ') || undefined],
      ['after sign-out', client.postLogoutRedirectUris.join(', ') || undefined],
      ['launch', client.launchUri],
      ['keys', keys],
      ['may introspect', client.mayIntrospect ? 'yes' : undefined],
      ['registered', `${dayAndTime(client.addedAt)} UTC`],
    ];
    desk.say(table(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))));
    return 0;
  },
  rotate: async (desk, rest) => {
    const given = readOptions(rest, { keys: 'text' }, 1, 1, 'client');
    const id = given.files[0] ?? '';
    const keys = given.text('keys');
    const made = await desk.services.clients.rotate(id, keys === undefined ? undefined : readKeys(keys));
    return tell(desk, orTrouble(made, id), 'rotated');
  },
  remove: async (desk, rest) => {
    const id = readOptions(rest, {}, 1, 1, 'client').files[0] ?? '';
    orTrouble(await desk.services.clients.remove(id), id);
    await desk.services.audit.record(entryOf(desk, id, 'removed'));
    desk.note(`${id} is off the register; its tokens end within 5 s.`);
    return 0;
  },
};

async function tell(desk: Desk, { client, secret }: WithSecret, what: string): Promise<number> {
  await desk.services.audit.record(entryOf(desk, client.id, what));
  desk.say(`client id  ${client.id}`);
  if (secret !== undefined) {
    desk.say(`secret     ${secret}`);
    desk.note('The secret is shown this once.');
  }
  return 0;
}
const entryOf = (desk: Desk, id: string, what: string) => ({
  ...terminalEntry(desk.now, 'account', `program ${what}: ${id}`),
  what: [`Device/${id}`],
});

/** What may be shown of a client: not even the hash of its secret. */
const shown = ({ secretHash: _hash, addedAt, ...client }: RegisteredClient) => ({
  ...client,
  addedAt: new Date(addedAt).toISOString(),
});

function orTrouble<T>(result: Result<T, ClientRefusal>, id: string): T {
  if (result.ok) return result.value;
  switch (result.error.kind) {
    case 'invalid':
      throw wrongUse(`Not registered: ${result.error.why}.`);
    case 'taken':
      throw new Trouble(`The client id ${JSON.stringify(id)} is taken.`);
    case 'not-found':
      throw unknown(id);
  }
}
const unknown = (id: string): Trouble =>
  new Trouble(`There is no client ${JSON.stringify(id)}. See \`holdfast client list\`.`);

const several = (text: string | undefined): readonly string[] =>
  text === undefined
    ? []
    : text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');

function oneOf<T extends string>(option: string, choices: readonly T[], text: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw wrongUse(`--${option} is one of ${choices.join(', ')}, not ${JSON.stringify(text)}.`);
  return found;
}

/** A JWK Set, or one key. What it holds is not quoted: somebody may give a private key by mistake. */
function readKeys(file: string): readonly PublicJwk[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Trouble(`${file} cannot be read as a set of keys (JWK Set).`, { cause: error });
  }
  const isKey = (value: unknown): value is PublicJwk => typeof value === 'object' && value !== null && 'kty' in value;
  if (isKey(parsed)) return [parsed];
  const keys: unknown = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isKey))
    throw new Trouble(`${file} holds no set of keys (JWK Set).`);
  return keys;
}
