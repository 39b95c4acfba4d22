// `holdfast user`, `holdfast client` and `holdfast token` over a memory store: what they do, print, refuse and tell the audit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import {
  DESK,
  hospital,
  HOUR,
  OTHER_SITE,
  PASSWORD,
  SITE,
  T0,
  WARD,
  type Hospital,
} from '../auth/accounts/over-memory-accounts.test-kit.ts';
import { memoryCollisionRows } from '../../core/record/collision-rows.ts';
import { issueLocalToken } from '../auth/issue-local-token.ts';
import { openClients } from '../auth/oauth/clients.ts';
import { rowIdOf } from '../auth/oauth/token-rows.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { readUntil, type Desk } from './at-terminal.ts';
import { printToken } from './command-token.ts';
import { manageClients } from './manage-clients.ts';
import { manageUsers } from './manage-users.ts';
import { manageNodes } from './manage-nodes.ts';
import { manageNumbers } from './manage-numbers.ts';
import { answerWishes } from '../identity/keep-leases.ts';
import { leasesForCommands } from '../identity/leases-for-commands.ts';
import { numbersForCommands } from '../identity/numbers-for-commands.ts';
import { memoryNumberRows } from '../ports/memory-number-rows.ts';
import { memoryGrants } from './memory-grants.test-kit.ts';
import { openMemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { courierOf } from '../compose-courier.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { NodeCourier, NodeLinks } from './parts.ts';
import { invite } from '../sync-api/invite.ts';
import { drawNodeKeys } from '../sync-api/node-keys.ts';
import { openNodeRegister } from '../sync-api/node-register.ts';
import { editLine, readLineOf } from './read-secret.ts';

interface Terminal extends Hospital {
  readonly said: string[];
  readonly noted: string[];
  user(...args: readonly string[]): Promise<number | string>;
  client(...args: readonly string[]): Promise<number | string>;
  node(...args: readonly string[]): Promise<number | string>;
  numbers(...args: readonly string[]): Promise<number | string>;
  readonly desk: Desk;
}
function linksOver({ store, rows, clock }: Hospital): NodeLinks {
  const register = openNodeRegister({ store, keys: drawNodeKeys(), node: 'here', clock, rememberMs: 0 });
  const chance = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  return {
    node: 'here',
    register,
    parent: () => undefined,
    invite: async (invitation) => ({ ...(await invite({ rows, clock, chance }, invitation, undefined)), isTls: false }),
  };
}
function courierOver(there: Hospital): NodeCourier {
  const ports = nodePorts();
  const log = { append: async () => undefined, replace: async () => undefined };
  const sync = openMemorySyncStore({ ...ports, node: 'here' }, log);
  return courierOf({ sync, install: 'here' }, linksOver(there), drawNodeKeys(), ports);
}
async function terminal(password = PASSWORD): Promise<Terminal> {
  const there = await hospital();
  const said: string[] = [];
  const noted: string[] = [];
  const chance = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  const desk: Desk = {
    services: {
      store: there.store,
      engine: there.engine,
      collisions: memoryCollisionRows(),
      accounts: there.accounts,
      clients: openClients({ rows: there.rows, clock: there.clock, chance }),
      audit: { record: async (entry) => void there.audit.push(entry) },
      links: linksOver(there),
      courier: courierOver(there),
      grants: memoryGrants(),
      numbers: numbersForCommands({
        rows: memoryNumberRows(),
        leases: leasesForCommands(
          { store: there.store, clock: there.clock, digest: nodePorts().digest },
          memoryNumberRows(),
        ),
        clock: there.clock,
        chance,
        ownCode: 'HERE',
      }),
      issueLocalToken: async (minutes) => ({
        ...(await issueLocalToken({ rows: there.rows, clock: there.clock, chance, minutes })),
        end: async () => undefined,
      }),
    },
    now: T0,
    say: (line) => void said.push(line),
    note: (line) => void noted.push(line),
    newPassword: async () => password,
  };
  /** The exit code, or the one line of trouble with its code. */
  const outcome = async (work: () => Promise<number>): Promise<number | string> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      expect(error.message).not.toContain('\n');
      return `${error.exitCode}: ${error.message}`;
    }
  };
  return {
    ...there,
    said,
    noted,
    desk,
    user: (...args) => outcome(() => manageUsers(args)(desk)),
    client: (...args) => outcome(() => manageClients(args)(desk)),
    node: (...args) => outcome(() => manageNodes(args)(desk)),
    numbers: (...args) => outcome(() => manageNumbers(args, 'KIS')(desk)),
  };
}
const ann = ['add', '--given', 'Ann', '--family', 'Smith', '--role', 'nurse', '--site', 'site'] as const;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const fileOf = (text: string): string => {
  const folder = mkdtempSync('/tmp/holdfast-client-');
  folders.push(folder);
  const file = join(folder, 'keys.json');
  writeFileSync(file, text);
  return file;
};

test('[AN32] a person is added, listed, shown, extended, disabled, enabled', async () => {
  const at = await terminal();
  expect(await at.user(...ann, '--ward', 'ward-a', '--supervisor', '--until', '12h')).toBe(0);
  expect(at.said[0]).toBe('user name  ann.smith');
  const temporary = at.said[1]?.slice('password   '.length) ?? '';
  expect(await at.accounts.signInByPassword('ann.smith', temporary, DESK)).toMatchObject({
    value: { mustChangePassword: true },
  });
  at.said.length = 0;
  expect(await at.user('list')).toBe(0);
  expect(at.said[0]).toBe(
    'USER NAME  NAME       ROLES              STATE   UNTIL\nann.smith  Ann Smith  nurse, supervisor  active  2026-11-23 20:00',
  );
  at.said.length = 0;
  expect(await at.user('show', 'ANN.Smith')).toBe(0);
  expect(at.said[0]).toMatch(/password {8}temporary/);
  expect(await at.user('extend', 'ann.smith', '--until', 'none')).toBe(0);
  expect(await at.user('disable', 'ann.smith')).toBe(0);
  expect(await at.accounts.signInByPassword('ann.smith', temporary, DESK)).toMatchObject({ ok: false });
  expect(await at.user('enable', 'ann.smith')).toBe(0);
  expect(await at.user('unlock', 'ann.smith')).toBe(0);
  at.said.length = 0;
  expect(await at.user('list', '--json')).toBe(0);
  expect(JSON.parse(at.said[0] ?? '')).toEqual([
    {
      accountId: expect.any(String),
      userName: 'ann.smith',
      name: 'Ann Smith',
      who: expect.stringMatching(/^Practitioner\//),
      roles: ['nurse'],
      supervisor: true,
      state: 'active',
      slowed: false,
    },
  ]);
});

test('[AN32] an account for somebody in the record; roles given and ended', async () => {
  const at = await terminal();
  await at.put({ resourceType: 'Patient', id: 'p', name: [{ text: 'Pat Ient' }] });
  expect(await at.user('add', '--who', 'Patient/p', '--user-name', 'Pat', '--ask')).toBe(0);
  expect(at.said).toEqual(['user name  pat']);
  expect(await at.accounts.signInByPassword('pat', PASSWORD, DESK)).toMatchObject({
    value: { who: 'Patient/p', mustChangePassword: false },
  });
  expect(await at.user('add', '--who', 'Patient/none', '--user-name', 'x')).toBe(
    '1: There is no "Patient/none" in the record.',
  );
  expect(await at.user('role', 'pat', '--add', 'nurse', '--site', 'site')).toBe('1: Only staff have roles.');
  await at.user(...ann);
  expect(await at.user('role', 'ann.smith', '--add', 'it', '--site', SITE)).toBe(0);
  expect(await at.user('role', 'ann.smith', '--remove', 'nurse')).toBe(0);
  expect(await at.user('role', 'ann.smith', '--remove', 'nurse')).toBe('1: ann.smith has no such role.');
  expect(await at.accounts.staff('terminal', { text: 'ann', count: 9 })).toMatchObject([{ roles: ['it'] }]);
});

test('[AN32] the site comes from the ward, or is the only one; else it is asked for', async () => {
  const at = await terminal();
  const add = ['add', '--given', 'Bo', '--family', 'Ek', '--role', 'doctor'];
  expect(await at.user(...add)).toMatch(
    /^2: Name the site with --site: the record has Organization\/other, Organization\/site\.$/,
  );
  expect(await at.user(...add, '--ward', 'Location/far-ward')).toBe(0);
  const found = await at.store.search(
    { types: ['PractitionerRole'], where: [], sort: [], count: 9, total: 'none', include: [] },
    { see: 'everything' },
    { includes: 0, ms: 1_000 },
  );
  expect(found.ok && found.value.hits[0]?.stored.text).toContain(`"organization":{"reference":"${OTHER_SITE}"}`);
});

test('[AN32] what is wrong is one line: 2 for wrong use, 1 for what does not hold', async () => {
  const at = await terminal('short');
  await at.user(...ann);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^2: holdfast user takes add, list, show/],
    [['fly'], /^2: .*not "fly"/],
    [['add'], /^2: A role is one of nurse, doctor/],
    [['add', '--role', 'patient'], /^2: A role is one of .*not "patient"/],
    [['add', '--role', 'nurse', '--site', 'site'], /^1: A person has a name/],
    [[...ann, '--password', PASSWORD], /^2: .*--password/],
    [[...ann, '--user-name', 'ann.smith'], /^1: This user name is taken/],
    [[...ann, '--stdin'], /^1: A password has at least 10 characters/],
    [[...ann, '--until', 'soon'], /^2: --until takes/],
    [[...ann, '--ward', 'no ward'], /^2: --ward takes Location\/ID/],
    [[...ann, '--ward', 'none'], /^1: There is no such ward/],
    [['show'], /^2: .*1 argument/],
    [['show', 'nobody'], /^1: There is no user "nobody"/],
    [['password', 'ann.smith'], /^1: A password has at least 10 characters/],
    [['password', 'ann.smith', '--stdin', '--temporary'], /^2: Either/],
    [['role', 'ann.smith'], /^2: Either --add/],
    [['extend', 'ann.smith'], /^2: Until when/],
    [['add', '--who', 'Patient/p', '--role', 'nurse'], /^2: --role is not for/],
  ];
  for (const [args, says] of cases) expect(await at.user(...args), args.join(' ')).toMatch(says);
});

test('[AN33] passwords and codes: set, made anew, printed once, and in no audit and no JSON', async () => {
  const at = await terminal();
  await at.user(...ann);
  at.said.length = 0;
  expect(await at.user('password', 'ann.smith', '--stdin')).toBe(0);
  expect(at.said).toEqual([]);
  expect(await at.accounts.signInByPassword('ann.smith', PASSWORD, DESK)).toMatchObject({ ok: true });
  expect(await at.user('recovery', 'ann.smith')).toBe(0);
  expect(at.said).toHaveLength(10);
  const codes = [...at.said];
  expect(await at.user('password', 'ann.smith', '--temporary')).toBe(0);
  const temporary = at.said.at(-1)?.slice('password   '.length) ?? '';
  expect(await at.accounts.signInByPassword('ann.smith', temporary, DESK)).toMatchObject({ ok: true });
  at.said.length = 0;
  await at.user('show', 'ann.smith', '--json');
  expect(JSON.parse(at.said[0] ?? '')).toMatchObject({ recoveryCodesLeft: 0, temporaryPassword: true });
  const told = JSON.stringify([at.said, at.noted, at.audit]);
  for (const secret of [PASSWORD, temporary, ...codes, 'scrypt']) expect(told).not.toContain(secret);
});

test('[AN33] typed keys make a line; the first line of standard input is taken whole', async () => {
  expect(editLine('ab', 'c\u007Fd')).toEqual({ line: 'abd' });
  expect(editLine('a🔑', '\u0008é\r more')).toEqual({ line: 'aé', done: 'enter' });
  expect(editLine('abc', '\u0015x\n')).toEqual({ line: 'x', done: 'enter' });
  expect(editLine('abc', '\u0003')).toEqual({ line: '', done: 'stop' });
  async function* input(...parts: readonly string[]): AsyncGenerator<Buffer> {
    for (const part of parts) yield Buffer.from(part, 'latin1');
  }
  expect(await readLineOf(input('corr', 'ect horse\r\nnot this'))).toBe('correct horse');
  expect(await readLineOf(input(' no end '))).toBe(' no end ');
  expect(await readLineOf(input('caf\u00c3', '\u00a9\n'))).toBe('café');
  await expect(readLineOf(input('x'.repeat(5_000)))).rejects.toBeInstanceOf(Trouble);
});

test('[AN34] a token is printed alone, after the audit has it', async () => {
  const at = await terminal();
  const audited: number[] = [];
  await printToken({ ...at.desk, say: (line) => (at.said.push(line), audited.push(at.audit.length)) }, 30);
  expect(at.said).toHaveLength(1);
  expect(audited).toEqual([1]);
  const row = await at.rows.get('ClientCredentials', rowIdOf(at.said[0] ?? ''));
  expect(row?.expiresAt).toBe(T0 + HOUR / 2);
  expect(at.audit[0]).toMatchObject({
    act: 'token',
    ok: true,
    client: 'holdfast-local',
    device: 'terminal',
    name: expect.stringMatching(/^terminal \(.+\)$/),
    detail: 'printed, for 30 min',
  });
  expect(JSON.stringify(at.audit)).not.toContain(at.said[0]);
  const broken = { ...at.desk.services, audit: { record: async () => Promise.reject(new Error('disk')) } };
  at.said.length = 0;
  await expect(printToken({ ...at.desk, services: broken }, 10)).rejects.toThrow();
  expect(at.said).toEqual([]);
});

test('[AN35] programs are registered, shown, rotated and removed; each change is in the audit', async () => {
  const at = await terminal();
  const add = [
    'add',
    '--name',
    'Growth charts',
    '--id',
    'growth',
    '--kind',
    'confidential',
    '--scope',
    'launch/patient patient/*.rs',
  ];
  expect(await at.client(...add, '--redirect', 'https://a.example.org/back, https://b.example.org/back')).toBe(0);
  expect(at.said[0]).toBe('client id  growth');
  const secret = at.said[1]?.slice('secret     '.length) ?? '';
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  at.said.length = 0;
  expect(await at.client('list')).toBe(0);
  expect(at.said[0]).toMatch(/^CLIENT ID  NAME .*\ngrowth     Growth charts  confidential/);
  at.said.length = 0;
  expect(await at.client('show', 'growth')).toBe(0);
  expect(await at.client('show', 'growth', '--json')).toBe(0);
  expect(await at.client('list', '--json')).toBe(0);
  expect(at.said[0]).toContain('https://a.example.org/back, https://b.example.org/back');
  expect(at.said.join('\n')).not.toMatch(/secretHash/);
  at.said.length = 0;
  expect(await at.client('rotate', 'growth')).toBe(0);
  expect(at.said[1]).not.toContain(secret);
  expect(await at.client('remove', 'growth')).toBe(0);
  expect(await at.client('remove', 'growth')).toMatch(/^1: There is no client "growth"/);
  expect(at.audit.map(({ detail }) => detail)).toEqual([
    'program registered: growth',
    'program rotated: growth',
    'program removed: growth',
  ]);
  expect(JSON.stringify(at.audit)).not.toContain(secret);
});

test('[AN35] a service brings its public keys; what does not hold is one line that quotes no key', async () => {
  const at = await terminal();
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const open = { ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'ES384', use: 'sig' };
  const closed = { ...privateKey.export({ format: 'jwk' }), kid: '1', alg: 'ES384', use: 'sig' };
  const add = ['add', '--name', 'Bulk', '--id', 'bulk', '--kind', 'service', '--scope', 'system/*.rs'];
  const refused = await at.client(...add, '--keys', fileOf(JSON.stringify({ keys: [closed] })));
  expect(refused).toMatch(/^2: Not registered: /);
  expect(refused).not.toContain(closed.d);
  expect(await at.client(...add, '--keys', fileOf('{"keys":[]}'))).toMatch(/^1: .*holds no set of keys/);
  expect(await at.client(...add, '--keys', fileOf('not json'))).toMatch(/^1: .*cannot be read as a set of keys/);
  expect(await at.client(...add, '--keys', fileOf(JSON.stringify({ keys: [open] })))).toBe(0);
  expect(at.said).toEqual(['client id  bulk']);
  expect(await at.client(...add, '--keys', fileOf(JSON.stringify(open)))).toBe('1: The client id "bulk" is taken.');
  expect(await at.client('add', '--name', 'x')).toMatch(/^2: holdfast client add needs --kind/);
  expect(await at.client('add', '--name', 'x', '--kind', 'secret', '--scope', 's')).toMatch(/^2: --kind is one of/);
  expect(await at.client()).toMatch(/^2: holdfast client takes add/);
});

test('[AN32] an end is a span, a day or a moment, and lies ahead', () => {
  expect(readUntil('12h', T0)).toBe(T0 + 12 * HOUR);
  expect(readUntil('30d', T0)).toBe(T0 + 720 * HOUR);
  expect(readUntil('2026-12-31', T0)).toBe(Date.UTC(2027, 0, 1));
  expect(readUntil('2026-12-31T20:00:00+01:00', T0)).toBe(Date.UTC(2026, 11, 31, 19, 0, 1));
  for (const wrong of ['', '0h', '12', '-1d', '2026-11-22', 'tomorrow', '2026-13-01'])
    expect(() => readUntil(wrong, T0), wrong).toThrow(/--until takes/);
});

test('[AN32] a ward of the record gives the person its place', async () => {
  const at = await terminal();
  await at.user(...ann, '--ward', WARD);
  const list = await at.store.search(
    { types: ['PractitionerRole'], where: [], sort: [], count: 9, total: 'none', include: [] },
    { see: 'everything' },
    { includes: 0, ms: 1_000 },
  );
  expect(list.ok && list.value.hits[0]?.stored.text).toContain(`"location":[{"reference":"${WARD}"}]`);
});

test('[NL4] nodes are invited, listed, shown and retired in words; a code is the only thing on standard output', async () => {
  const { node, said, noted, desk, audit } = await terminal();
  expect(await node('invite')).toContain('--name');
  expect(await node('invite', '--name', 'St Mary', '--tier', 'region')).toContain('site or as a device');
  expect(await node('invite', '--name', 'St Mary', '--site', 'St Mary')).toContain('Organization/ID');
  expect(await node('invite', '--name', 'St Mary', '--site', 'Organization/1')).toBe(0);
  expect(said.splice(0)).toEqual([expect.stringMatching(/^(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}$/)]);
  expect(noted.splice(0).join(' ')).toContain('--enrol');
  expect(await node('list')).toBe(0);
  expect(noted.splice(0)[0]).toContain('No node is enrolled');
  const keys = drawNodeKeys().publicKeys;
  await desk.services.links.register.enrol({ node: 'n1', name: 'St Mary', tier: 'site', site: 'Organization/1' }, keys);
  expect(await node('list')).toBe(0);
  expect(said.splice(0).join('\n')).toMatch(/St Mary.*site.*Organization\/1.*n1/);
  expect(await node('show', 'St Mary')).toBe(0);
  expect(said.splice(0).join('\n')).toContain(keys.sign);
  expect(await node('show')).toBe(0);
  expect(said.splice(0).join('\n')).toContain('here');
  expect(await node('retire', 'St Mary')).toContain('--why');
  expect(await node('retire', 'St Anne', '--why', 'x')).toContain('no node');
  expect(await node('retire', 'St Mary', '--why', 'closed')).toBe(0);
  expect(await node('list', '--json')).toBe(0);
  expect(JSON.parse(said.join(''))).toMatchObject([{ name: 'St Mary', retiredWhy: 'closed' }]);
  expect(audit.map(({ detail }) => detail).filter((detail) => detail?.startsWith('node'))).toHaveLength(2);
  expect(await node('dance')).toContain('invite, list, show, grant, revoke, grants, retire, rekey');
});

test('[SC11] a record is granted and taken away by hand; the list says since when and why', async () => {
  const { node, said, noted, desk, audit } = await terminal();
  const keys = drawNodeKeys().publicKeys;
  await desk.services.links.register.enrol({ node: 'n1', name: 'St Mary', tier: 'site' }, keys);
  expect(await node('grant', 'St Mary')).toContain('--patient');
  expect(await node('grant', 'St Mary', '--patient', 'not an id')).toContain('--patient');
  expect(await node('grant', 'St Anne', '--patient', '1')).toContain('no node');
  expect(await node('grant', 'St Mary', '--patient', 'Patient/1')).toBe(0);
  expect(noted.splice(0)[0]).toContain('next session');
  expect(await node('grant', 'n1', '--patient', '1')).toBe(0);
  expect(noted.splice(0)[0]).toContain('already');
  expect(await node('grants', 'St Mary')).toBe(0);
  expect(said.splice(0).join('\n')).toMatch(/2\d{3}-.*pat\/1 +granted by hand/);
  expect(await node('grants', 'St Mary', '--json')).toBe(0);
  expect(JSON.parse(said.splice(0).join(''))).toMatchObject({ node: 'n1', count: 1, grants: [{ why: 'by-hand' }] });
  expect(await node('revoke', 'St Mary', '--patient', '2')).toContain('was not granted');
  expect(await node('revoke', 'St Mary', '--patient', '1')).toBe(0);
  expect(await node('grants', 'St Mary')).toBe(0);
  expect(said).toEqual([]);
  expect(audit.filter(({ patients }) => patients?.includes('Patient/1'))).toHaveLength(3);
  expect(await node('retire', 'St Mary', '--why', 'closed')).toBe(0);
  expect(await node('grant', 'St Mary', '--patient', '1')).toContain('retired');
});

test('[ID11] numbers for labels: each once, with who took them, and a typed one is checked', async () => {
  const at = await terminal();
  expect(await at.numbers('pool', '--count', '500')).toMatch(/^2: .*needs --for/);
  expect(await at.numbers('pool', '--for', 'ward 3', '--series', 'coffee')).toMatch(
    /^2: --series takes one of patient,/,
  );
  expect(await at.numbers('spill')).toMatch(
    /^2: holdfast numbers takes series, lease, end, status, pool, log, check, not "spill"/,
  );
  expect(at.said).toEqual([]);
  expect(await at.numbers('pool', '--count', '500', '--for', 'ward 3, downtime box')).toBe(0);
  expect(await at.numbers('pool', '--for', 'reception')).toBe(0);
  const given = at.said.splice(0);
  expect(given).toHaveLength(520);
  expect(new Set(given).size).toBe(520);
  expect(given.every((number) => number.startsWith('KIS-'))).toBe(true);
  expect(at.audit.map(({ act, detail }) => [act, detail?.replace(/KIS-[^\s,]+/g, 'N')])).toEqual([
    ['operation', 'numbers: patient N to N, 500: ward 3, downtime box'],
    ['operation', 'numbers: patient N to N, 20: reception'],
  ]);
  expect(await at.numbers('log')).toBe(0);
  expect(at.said.splice(0).join('\n')).toMatch(/patient +20 .*reception\n.*patient +500 .*ward 3, downtime box$/);
  expect(await at.numbers('status')).toBe(0);
  expect(at.said.splice(0)).toEqual(['Site KIS', expect.stringMatching(/^series .*\npatient +[1-9]/)]);
  expect(await at.numbers('check', given[0] ?? '')).toBe(0);
  expect(await at.numbers('check', given[0] ?? '', `${(given[1] ?? '').slice(0, -1)}*`)).toBe(1);
  expect(at.said).toEqual([given[0], given[0]]);
});

test('[ID44] series and leases: made at the region, of a site that stands there, told to the audit, and shown', async () => {
  const at = await terminal();
  const nhs = ['--name', 'nhs', '--system', 'urn:oid:2.16', '--width', '8', '--check', 'mod97-10'];
  expect(await at.numbers('series', '--name', 'patient')).toMatch(/^2: --name takes/);
  expect(await at.numbers('series', ...nhs.slice(0, 6), '--check', 'coffee')).toMatch(
    /^2: --check takes one of luhn|^2: --check takes one of none/,
  );
  expect(await at.numbers('series', ...nhs)).toBe(0);
  expect(at.noted.at(-1)).toMatch(/^nhs: 00000195 to \d{8}\.$/);
  expect(await at.numbers('series', ...nhs.toSpliced(5, 1, '9'))).toMatch(/^1: .*never changed/);
  expect(await at.numbers('lease', '--series', 'nhs', '--to', 'St Mary', '--count', '5000')).toMatch(/^1: --to takes/);
  const keys = drawNodeKeys().publicKeys;
  await at.desk.services.links.register.enrol({ node: 'mary', name: 'St Mary', tier: 'site' }, keys);
  expect(await at.numbers('lease', '--series', 'coffee', '--to', 'St Mary', '--count', '5000')).toMatch(/^2: --series/);
  expect(await at.numbers('lease', '--series', 'nhs', '--to', 'St Mary', '--count', '5000')).toBe(0);
  expect(at.noted.at(-2)).toContain('keeps 500 ready');
  expect(await at.numbers('lease', '--series', 'nhs', '--to', 'mary', '--count', '90', '--first', '7')).toBe(0);
  expect(at.audit.slice(-3).map(({ detail }) => detail)).toEqual([
    'numbers: series nhs of urn:oid:2.16 defined',
    'numbers: 5000 of nhs leased to St Mary',
    'numbers: 90 of nhs leased to St Mary',
  ]);
  const region = { record: at.desk.services.numbers.leases.record, incarnation: 'r' };
  await answerWishes({ ...region, sites: async () => [{ node: 'mary', name: 'St Mary' }] });
  at.said.splice(0);
  expect(await at.numbers('status')).toBe(0);
  const shown = at.said.join('\n');
  expect(shown).toMatch(/nhs +St Mary +00000777 to 00009604 +90 +20/);
  expect(await at.numbers('end', '--series', 'nhs', '--first', '00000001', '--why', 'lost')).toMatch(/^2: No range/);
  expect(await at.numbers('end', '--series', 'nhs', '--first', '00000777')).toMatch(/^2: .*needs --why/);
  expect(await at.numbers('end', '--series', 'nhs', '--first', '00000777', '--why', 'lost')).toBe(0);
  expect(at.audit.at(-1)?.detail).toBe('numbers: nothing more of nhs 00000777 to 00009604: lost');
  at.said.splice(0);
  expect(await at.numbers('status')).toBe(0);
  expect(at.said.join('\n')).toMatch(/00009604 +90 +20 +ended/);
  expect(shown).toMatch(/nhs +St Mary +500 +waits until every site was linked/);
});

test('[SC5] a device is invited for its ward, a site for its organization alone', async () => {
  const { node } = await terminal();
  expect(await node('invite', '--name', 'Tablet 3', '--tier', 'device', '--site', 'Location/w')).toBe(0);
  expect(await node('invite', '--name', 'Tablet 3', '--tier', 'device', '--site', 'Ward 3')).toContain('Location/ID');
  expect(await node('invite', '--name', 'St Mary', '--site', 'Location/w')).toContain('Organization/ID');
});
