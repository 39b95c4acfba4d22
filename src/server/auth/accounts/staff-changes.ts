// Enrolling somebody, an account for somebody who is in the record, and their roles.
import { actorOf } from './account-record.ts';
import { err, ok, type Result } from '../../../core/base/result.ts';
import { assert } from '../../../core/base/assert.ts';
import { printJson } from '../../../core/base/json.ts';
import type { CreateChange, Refused } from '../../../core/engine/engine.ts';
import { list, objectOf, textOf, type Account } from './account-resource.ts';
import type {
  AccountRequest,
  ChangedBy,
  EnrolRequest,
  Enrolled,
  PasswordRefusal,
  RoleChange,
  StaffRefusal,
} from './accounts.ts';
import { isUserName, newAccount, plainUserName, practitioner, practitionerRole, userNameFor } from './enrol.ts';
import { BUSY, sourceOfChange, type AccountTools } from './account-tools.ts';
import { judgePassword } from './password-rules.ts';
import { newTemporaryPassword } from './recovery-codes.ts';
import { judgeCare, judgeGiving, rolesHeld, sitesOf } from './staff-rights.ts';

const NAMES_TRIED = 200;
const NAME_MAX = 100;

export async function enrol(
  tools: AccountTools,
  request: EnrolRequest,
  by: ChangedBy,
): Promise<Result<Enrolled, StaffRefusal>> {
  const givenName = tidy(request.givenName);
  const familyName = tidy(request.familyName);
  if (givenName === '' && familyName === '') return invalid('A person has a name.');
  if (givenName.length > NAME_MAX || familyName.length > NAME_MAX) return invalid('This name is too long.');
  const site = request.site ?? onlySite(by);
  if (by !== 'terminal' && site === undefined) return invalid('Name the site.');
  const supervisor = request.supervisor === true;
  const giving = { role: request.role, supervisor, site, place: request.ward };
  const refused = await judgeGiving(tools.record, giving, by);
  if (refused !== undefined) return err(refused);
  const practitionerId = tools.newId();
  const who = `Practitioner/${practitionerId}`;
  const name = `${givenName} ${familyName}`.trim();
  const now = tools.clock.now();
  const role = practitionerRole({ ...giving, id: tools.newId(), who, name, now });
  return open(
    tools,
    { ...request, who, name },
    request.userName === undefined ? (attempt) => userNameFor(givenName, familyName, attempt) : undefined,
    [practitioner(practitionerId, givenName, familyName), role],
    by,
    `enrolled as ${request.role}${supervisor ? ' and supervisor' : ''}`,
  );
}

export async function addAccount(
  tools: AccountTools,
  request: AccountRequest,
  by: ChangedBy,
): Promise<Result<Enrolled, StaffRefusal>> {
  // Whoever gives somebody an account gives away what that person may do; supervisors enrol.
  if (by !== 'terminal') return err({ kind: 'forbidden' });
  const [type = '', id = ''] = request.who.split('/');
  if (type !== 'Practitioner' && type !== 'Patient') return invalid('An account is of a Practitioner or a Patient.');
  const person = await tools.record.read(type, id);
  if (person === undefined) return err({ kind: 'not-found' });
  // What colleagues call somebody comes before what stands in a passport, which may be in another script.
  const names = list(person['name']);
  const human = names.find((one) => one['use'] === 'usual') ?? names[0];
  const parts = human?.['given'];
  const given = Array.isArray(parts) ? parts.filter((part) => typeof part === 'string') : [];
  const name = textOf(human?.['text']) ?? [...given, textOf(human?.['family']) ?? ''].join(' ').trim();
  return open(tools, { ...request, name: name === '' ? request.who : name }, undefined, [], by, 'account made');
}

interface NewAccount {
  readonly who: string;
  readonly name: string;
  readonly userName?: string;
  readonly password?: string;
  readonly until?: number;
  readonly demo?: true;
}
/** Lands the account and what comes with it under the first user name that is free. */
async function open(
  tools: AccountTools,
  wanted: NewAccount,
  names: ((attempt: number) => string) | undefined,
  others: readonly CreateChange[],
  by: ChangedBy,
  detail: string,
): Promise<Result<Enrolled, StaffRefusal>> {
  const given = plainUserName(wanted.userName ?? names?.(0) ?? '');
  if (!isUserName(given)) {
    return invalid('A user name has letters, figures, and . _ @ - between them, 64 at most.');
  }
  if (wanted.until !== undefined && wanted.until <= tools.clock.now()) return invalid('The end lies in the past.');
  const problem =
    wanted.password === undefined || wanted.demo === true ? undefined : judgePassword(wanted.password, given);
  if (problem !== undefined) return invalid(passwordWords(problem));
  const temporaryPassword = wanted.password ?? newTemporaryPassword(tools.chance);
  const verifier = await tools.hashing.hash(temporaryPassword, sourceOfChange(by));
  if (verifier === undefined) return err(BUSY);
  const account: Account = {
    id: tools.newId(),
    userName: given,
    who: wanted.who,
    name: wanted.name,
    verifier,
    mustChangePassword: wanted.password === undefined,
    passkeys: [],
    recoveryCodes: [],
    federated: [],
    ...(wanted.until === undefined ? {} : { until: wanted.until }),
    ...(by === 'terminal' ? {} : { enrolledBy: by.who }),
    ...(wanted.demo === true || (by !== 'terminal' && tools.isDemo?.() === true) ? { demo: true } : {}),
  };
  for (let attempt = 0; attempt < NAMES_TRIED; attempt++) {
    const userName = attempt === 0 ? given : (names?.(attempt) ?? given);
    const landed = await tools.engine.change([...others, newAccount({ ...account, userName })], actorOf(by));
    if (landed.ok) {
      await tools.tell({ who: account.who, userName }, by, detail);
      return ok({ accountId: account.id, userName, temporaryPassword });
    }
    const refusal = refusalOf(landed.error);
    if (refusal !== undefined) return err(refusal);
    if (names === undefined) return invalid('This user name is taken.');
  }
  return invalid('No user name is free for this name: choose one.');
}

/** Undefined: the user name is taken. */
function refusalOf({ refusal }: Refused): StaffRefusal | undefined {
  if (refusal.kind === 'contended') return undefined;
  if (refusal.kind === 'invalid') return { kind: 'invalid', why: refusal.faults[0]?.message ?? 'It is not valid.' };
  assert(false, `a new account is refused: ${refusal.kind}`);
}

export async function setRole(
  tools: AccountTools,
  accountId: string,
  change: RoleChange,
  by: ChangedBy,
): Promise<Result<undefined, StaffRefusal>> {
  const { record, clock } = tools;
  const account = await record.byId(accountId);
  if (account === undefined) return err({ kind: 'not-found' });
  if (!account.who.startsWith('Practitioner/')) return invalid('Only staff have roles.');
  const refusedCare = await judgeCare(record, account, by, 'look after', clock.now());
  if (refusedCare !== undefined) return err(refusedCare);
  const site = change.site ?? onlySite(by);
  if (change.given) {
    const giving = { role: change.role, supervisor: change.supervisor, site, place: change.ward };
    const refused = await judgeGiving(record, giving, by);
    if (refused !== undefined) return err(refused);
    const role = practitionerRole({
      ...giving,
      id: tools.newId(),
      who: account.who,
      name: account.name,
      now: clock.now(),
    });
    const landed = await tools.engine.change([role], actorOf(by));
    assert(landed.ok, 'a role of the node lands');
    await tools.tell(account, by, `role given: ${change.role}`);
    return ok(undefined);
  }
  const sites = sitesOf(by);
  const ending = (await rolesHeld(record, account.who, clock.now())).filter(
    (held) =>
      (held.roles.includes(change.role) || held.roles.length === 0) &&
      (sites === undefined || (held.site !== undefined && sites.has(held.site))) &&
      (change.site === undefined || held.site === change.site) &&
      (change.ward === undefined ||
        list(held.resource['location']).some((place) => place['reference'] === change.ward)),
  );
  if (ending.length === 0) return err({ kind: 'not-found' });
  const end = new Date(clock.now()).toISOString();
  const landed = await tools.engine.change(
    ending.map(({ resource }) => ({
      kind: 'update',
      type: 'PractitionerRole',
      id: resource.id ?? '',
      text: printJson({ ...resource, active: false, period: { ...objectOf(resource['period']), end } }),
      ifMatch: '*',
    })),
    actorOf(by),
  );
  assert(landed.ok, 'a role of the node ends');
  await tools.tell(account, by, `role ended: ${change.role}`);
  return ok(undefined);
}

/** A supervisor of one site need not name it. */
function onlySite(by: ChangedBy): string | undefined {
  const [site, ...others] = sitesOf(by) ?? [];
  return others.length === 0 ? site : undefined;
}

const tidy = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim();
const invalid = (why: string): { readonly ok: false; readonly error: StaffRefusal } => err({ kind: 'invalid', why });

export function passwordWords(refusal: PasswordRefusal): string {
  switch (refusal.kind) {
    case 'too-short':
      return `A password has at least ${refusal.min} characters.`;
    case 'too-long':
      return `A password has at most ${refusal.max} characters.`;
    case 'too-easy':
      return 'This password is among the first that anybody would try.';
    case 'same':
      return 'This is the password there was.';
    case 'wrong':
      return 'The present password is another one.';
    case 'slow-down':
      return `Too many tries. Wait ${Math.ceil(refusal.retryAfterMs / 1_000)} s.`;
  }
}
