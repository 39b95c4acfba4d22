// Accounts in the record: found by what signs in, changed against the version that was read.
//
//   1. A change is made of what is there when it lands: of two that use one recovery code, one is refused (AN13).
//   2. Every change has an author in its commit.
//   3. Of an account, a role or a person in conflict the most restrictive of all sides holds (CW12, CW13); the next change of an account ends that.
//   4. On a node that is no demo, an account of the demo is not there (AN36): not to be found, listed or changed.
import { assert } from '../../../core/base/assert.ts';
import { parseJson } from '../../../core/base/json.ts';
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import { ACCOUNT_SYSTEM, CREDENTIAL_LABEL, SECURITY_SYSTEM, USER_NAME_SYSTEM } from '../../../core/access/names.ts';
import type { Actor, RecordEngine } from '../../../core/engine/engine.ts';
import type { Criterion, SearchQuery } from '../../../core/fhir/search/query.ts';
import { restrictedPerson, restrictedRole } from '../../../core/access/restrict-role.ts';
import { EVERYTHING, type RecordStore, type ResourceKey, type Stored } from '../../../core/record/store.ts';
import { ACCOUNT_CODE, readAccount, writeAccount, type Account } from './account-resource.ts';
import type { ChangedBy } from './accounts.ts';
import { restrictedAccount } from './restrict-account.ts';

const ATTEMPTS_MAX = 8;
const PAGE = 500;
const SEARCH_LIMITS = { includes: 0, ms: 10_000 } as const;

/** What whoever looks on needs. */
export interface AccountReader {
  byId(id: string): Promise<Account | undefined>;
  /** Every resource that `where` finds. */
  find(type: string, where: readonly Criterion[]): Promise<readonly ResourceJson[]>;
  read(type: string, id: string): Promise<ResourceJson | undefined>;
}
export interface AccountRecord extends AccountReader {
  /** By user name, passkey or federated name: `system` says which. Of several, the oldest. */
  byIdentifier(system: string, value: string): Promise<Account | undefined>;
  all(): Promise<readonly Account[]>;
  /**
   * Changes the account as `change` says, which answers undefined to leave it. Answers what is there then, and whether it was changed;
   * undefined where there is no such account.
   */
  update(
    id: string,
    by: ChangedBy | undefined,
    change: (account: Account) => Account | undefined,
  ): Promise<{ readonly account: Account; readonly changed: boolean } | undefined>;
}

export const accountWhere = (system: string, value: string): readonly Criterion[] => [
  tokenOf('identifier', system, value),
  tokenOf('code', ACCOUNT_SYSTEM, ACCOUNT_CODE),
  tokenOf('_security', SECURITY_SYSTEM, CREDENTIAL_LABEL.slice(SECURITY_SYSTEM.length + 1)),
];
/** What must find nothing for a user name to be free. */
export const userNameTaken = (userName: string): SearchQuery =>
  queryOf('Basic', accountWhere(USER_NAME_SYSTEM, userName), 2);

export const tokenOf = (param: string, system: string, code: string): Criterion => ({
  kind: 'param',
  param,
  type: 'token',
  values: [{ kind: 'token', system, code }],
});
/** To any of `references` (`Type/id`). */
export const referenceTo = (param: string, ...references: readonly string[]): Criterion => ({
  kind: 'param',
  param,
  type: 'reference',
  values: references.map((reference) => {
    const [type = '', id = ''] = reference.split('/');
    return { kind: 'reference', targets: [{ type, id }] };
  }),
});
export const queryOf = (type: string, where: readonly Criterion[], count: number): SearchQuery => ({
  types: [type],
  where,
  sort: [],
  count,
  total: 'none',
  include: [],
});

/** What the author of a commit is called. The terminal is a device: whoever holds the data folder. */
export function actorOf(by: ChangedBy | undefined): Actor {
  if (by === undefined) return { visible: EVERYTHING };
  if (by === 'terminal') return { visible: EVERYTHING, author: { device: 'terminal', session: 'terminal' } };
  return {
    visible: EVERYTHING,
    author: {
      practitioner: by.who,
      session: by.session,
      ...(by.device === undefined ? {} : { device: by.device }),
    },
  };
}

/** Whether this node was started as a demo; asked each time. */
export type IsDemo = (() => boolean) | undefined;

const readerOf = (store: RecordStore, isDemo: IsDemo) => {
  const accountOf = (resource: ResourceJson): Account | undefined => {
    const account = readAccount(resource);
    return account?.demo === true && isDemo?.() !== true ? undefined : account;
  };
  // Nobody sees an account, and staff are read for what rights follow from: past everyone's rights, and by the node's own keys.
  const readStored = async (key: ResourceKey) => {
    const [stored] = await store.read([key], EVERYTHING);
    return stored === undefined || stored.deleted ? undefined : stored;
  };
  const shownOf = (stored: Stored): ResourceJson | Promise<ResourceJson> =>
    stored.heads.length === 1 ? resourceOf(stored.text) : restricted(store, stored);
  const find = async (type: string, where: readonly Criterion[]): Promise<readonly ResourceJson[]> => {
    const found: ResourceJson[] = [];
    let after: string | undefined;
    do {
      const query = queryOf(type, where, PAGE);
      const page = await store.search(
        { ...query, ...(after === undefined ? {} : { after }) },
        EVERYTHING,
        SEARCH_LIMITS,
      );
      if (!page.ok) throw new Error(`a search for accounts was too costly: ${page.error.what}`);
      for (const { stored } of page.value.hits) found.push(await shownOf(stored));
      after = page.value.next;
    } while (after !== undefined);
    return found;
  };
  const reader: AccountReader = {
    find,
    read: async (type, id) => {
      const stored = await readStored({ type, id });
      return stored === undefined ? undefined : shownOf(stored);
    },
    byId: async (id) => {
      const stored = await readStored({ type: 'Basic', id });
      return stored === undefined ? undefined : accountOf(await shownOf(stored));
    },
  };
  return { reader, readStored, accountOf, shownOf };
};

export const accountReader = (store: RecordStore, isDemo: IsDemo): AccountReader => readerOf(store, isDemo).reader;

export function accountRecord(store: RecordStore, engine: RecordEngine, isDemo: IsDemo): AccountRecord {
  const { reader, readStored, accountOf, shownOf } = readerOf(store, isDemo);
  const { find } = reader;
  return {
    ...reader,
    byIdentifier: async (system, value) => {
      const found = await find('Basic', accountWhere(system, value));
      for (const resource of found.toSorted((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1))) {
        const account = accountOf(resource);
        if (account !== undefined && hasIdentifier(resource, system, value)) return account;
      }
      return undefined;
    },
    all: async () => {
      const [, ...where] = accountWhere('', '');
      return (await find('Basic', where)).flatMap((resource) => accountOf(resource) ?? []);
    },
    update: async (id, by, change) => {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const stored = await readStored({ type: 'Basic', id });
        const before = stored === undefined ? undefined : await shownOf(stored);
        const account = before === undefined ? undefined : accountOf(before);
        if (stored === undefined || account === undefined) return undefined;
        const next = change(account);
        if (next === undefined) return { account, changed: false };
        const done = await engine.change(
          [
            {
              kind: 'update',
              type: 'Basic',
              id,
              text: writeAccount(next, before),
              ifMatch: stored.versionId,
              // What is changed is the most restrictive of all sides: it stands for all of them.
              ...(stored.heads.length > 1 ? { resolves: true } : {}),
            },
          ],
          actorOf(by),
        );
        if (done.ok) return { account: next, changed: true };
        const { kind } = done.error.refusal;
        assert(kind === 'stale' || kind === 'contended' || kind === 'deleted', `an account is refused: ${kind}`);
      }
      throw new Error('an account was changed by too many at once');
    },
  };
}

/** The most restrictive of all sides. */
async function restricted(store: RecordStore, stored: Stored): Promise<ResourceJson> {
  const shown = resourceOf(stored.text);
  const found = await store.siblings(stored.key, EVERYTHING);
  if (found === undefined) return shown;
  const latest = found.heads.toSorted((a, b) => b.generation - a.generation || (a.hlc < b.hlc ? 1 : -1));
  const bodies = latest.map(({ text }) => (text === undefined ? undefined : resourceOf(text)));
  switch (stored.key.type) {
    case 'PractitionerRole':
      return restrictedRole(shown, bodies);
    case 'Practitioner':
    case 'Patient':
      return restrictedPerson(shown, bodies);
    case 'Basic': {
      const sides = latest.map(({ authored }, i) => {
        const body = bodies[i];
        return { account: body === undefined ? undefined : readAccount(body), authoredAt: authored.wallMs };
      });
      const [below, ...more] = found.ancestors;
      const base = below?.text === undefined || more.length > 0 ? undefined : readAccount(resourceOf(below.text));
      const account = restrictedAccount(sides, base);
      return account === undefined ? shown : resourceOf(writeAccount(account, shown));
    }
    default:
      return shown;
  }
}

const hasIdentifier = (resource: ResourceJson, system: string, value: string): boolean =>
  Array.isArray(resource['identifier']) &&
  resource['identifier'].some(
    (one: JsonObject | null) => one !== null && one['system'] === system && one['value'] === value,
  );

/** The record holds nothing but resources. */
export function resourceOf(text: string): ResourceJson {
  const parsed = parseJson(text);
  assert(parsed.ok, 'what the record holds is JSON');
  return parsed.value.value as ResourceJson;
}
