// The resources of a new member of staff: who they are, what they do where, and the account. They land in one commit (AN6).
import type { JsonObject } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { ROLE_SYSTEM, SUPERVISOR_CODE } from '../../../core/access/names.ts';
import type { Role } from '../../../core/access/principal.ts';
import type { CreateChange } from '../../../core/engine/engine.ts';
import { userNameTaken } from './account-record.ts';
import { writeAccount, type Account } from './account-resource.ts';

export function practitioner(id: string, givenName: string, familyName: string): CreateChange {
  return create('Practitioner', id, {
    active: true,
    name: [
      {
        use: 'official',
        ...(familyName === '' ? {} : { family: familyName }),
        ...(givenName === '' ? {} : { given: [givenName] }),
      },
    ],
  });
}

export interface NewRole {
  readonly id: string;
  readonly who: string;
  readonly name: string;
  readonly role: Role;
  readonly supervisor: boolean;
  readonly site: string | undefined;
  readonly place: string | undefined;
  readonly now: Instant;
}
/** Without an end: the enrolment's end is the account's, where it only marks (CR11). */
export function practitionerRole(role: NewRole): CreateChange {
  const coding = (code: string): JsonObject => ({ coding: [{ system: ROLE_SYSTEM, code }] });
  return create('PractitionerRole', role.id, {
    active: true,
    period: { start: new Date(role.now).toISOString() },
    practitioner: { reference: role.who, display: role.name },
    ...(role.site === undefined ? {} : { organization: { reference: role.site } }),
    code: [coding(role.role), ...(role.supervisor ? [coding(SUPERVISOR_CODE)] : [])],
    ...(role.place === undefined ? {} : { location: [{ reference: role.place }] }),
  });
}

/** Contended where the user name is taken. */
export const newAccount = (account: Account): CreateChange => ({
  kind: 'create',
  type: 'Basic',
  id: account.id,
  text: writeAccount(account),
  unless: userNameTaken(account.userName),
});

const create = (resourceType: string, id: string, members: JsonObject): CreateChange => ({
  kind: 'create',
  type: resourceType,
  id,
  text: JSON.stringify({ resourceType, id, ...members }),
});

export const USER_NAME_MAX = 64;
const USER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u;

/** As it is kept and looked for: the same however it was typed. */
export const plainUserName = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase();
export const isUserName = (plain: string): boolean =>
  USER_NAME.test(plain) && plain.length <= USER_NAME_MAX && plain === plainUserName(plain);

/** `Åsa Lindqvist-Ek` -> `asa.lindqvist-ek`, then `asa.lindqvist-ek2` … */
export function userNameFor(givenName: string, familyName: string, attempt: number): string {
  const plain = (text: string): string =>
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-+|-+$/g, '')
      .normalize('NFKC');
  const base = [plain(givenName), plain(familyName)]
    .filter((part) => part !== '')
    .join('.')
    .slice(0, USER_NAME_MAX - 6);
  return `${base === '' ? 'staff' : base}${attempt === 0 ? '' : attempt + 1}`;
}
