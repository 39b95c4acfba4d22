// Accounts and tokens on PostgreSQL: two processes of one node, and every search that sign-in lives on.
import { randomFillSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../../core/access/audit-trail.ts';
import { createEngine } from '../../../core/engine/create-engine.ts';
import type { RecordEngine } from '../../../core/engine/engine.ts';
import { patchers } from '../../../core/fhir/patch/patchers.ts';
import { EVERYTHING } from '../../../core/record/store.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { nodePorts } from '../../ports/node-ports.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../storage/embedded/start-temporary.test-kit.ts';
import { openExpiringRows } from '../../storage/expiring-rows.ts';
import { openPostgresStore, type PostgresStore } from '../../storage/postgres-store.ts';
import { openAuthenticator, type OpenedAuthenticator } from '../authenticate.ts';
import { issueLocalToken } from '../issue-local-token.ts';
import { rowIdOf } from '../oauth/token-rows.ts';
import type { Accounts } from './accounts.ts';
import { openAccounts } from './open-accounts.ts';
import { DESK, PASSWORD, SITE, SITE_BOSS, T0, WARD } from './over-memory-accounts.test-kit.ts';
import { passwordHashing } from './password-hash.ts';
import { FREE_TRIES } from './slow-down.ts';

interface Process {
  readonly store: PostgresStore;
  readonly rows: ExpiringRows;
  readonly engine: RecordEngine;
  readonly accounts: Accounts;
  readonly authenticator: OpenedAuthenticator;
}
const chance = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };
const clock = { now: () => T0 };
const audit: AuditEntry[] = [];
let server: TemporaryPostgres | undefined;
const processes: Process[] = [];

async function startProcess(url: string): Promise<Process> {
  const store = await openPostgresStore({ url, ...nodePorts(), clock, connections: 2 });
  const rows = await openExpiringRows({ url, clock });
  const engine = createEngine({ store, clock, chance, patch: patchers });
  const shared = { store, rows, engine, clock, chance };
  const accounts = openAccounts({
    ...shared,
    audit: { record: async (entry) => void audit.push(entry) },
    hashing: passwordHashing(4),
  });
  return {
    ...shared,
    accounts,
    authenticator: openAuthenticator({ ...shared, tokenOf: async () => undefined, freshMs: 0 }),
  };
}
beforeAll(async () => {
  server = await startTemporaryPostgres();
  processes.push(await startProcess(server.url), await startProcess(server.url));
  const put = async (resource: { readonly resourceType: string; readonly id: string }): Promise<void> => {
    const done = await processes[0]?.engine.change(
      [{ kind: 'update', type: resource.resourceType, id: resource.id, text: JSON.stringify(resource) }],
      { visible: EVERYTHING },
    );
    expect(done?.ok).toBe(true);
  };
  const [name, partOf] = [{ name: 'Site' }, { partOf: { reference: WARD } }];
  const site = { managingOrganization: { reference: SITE } };
  await put({ resourceType: 'Organization', id: 'site', ...name });
  await put({ resourceType: 'Location', id: 'ward-a', ...site });
  await put({ resourceType: 'Location', id: 'bed-a1', ...site, ...partOf });
});
afterAll(async () => {
  for (const { store, rows } of processes) {
    await rows.close();
    await store.close();
  }
  await server?.stop();
});
const two = (): readonly [Process, Process] => {
  const [first, second] = processes;
  if (first === undefined || second === undefined) throw new Error('not started');
  return [first, second];
};

test('[AN6] [AN25] who is enrolled through one process signs in through another, with role and places', async () => {
  const [first, second] = two();
  const made = await first.accounts.enrol(
    { givenName: 'Ann', familyName: 'Smith', role: 'nurse', ward: WARD },
    SITE_BOSS,
  );
  expect(made).toMatchObject({ ok: true, value: { userName: 'ann.smith' } });
  const { accountId, temporaryPassword } = made.ok ? made.value : { accountId: '', temporaryPassword: '' };
  expect(await second.accounts.signInByPassword('Ann.Smith', temporaryPassword, DESK)).toMatchObject({ ok: true });
  expect(await second.authenticator.principalOf(accountId, 's')).toMatchObject({
    duties: [{ role: 'nurse', site: SITE, places: ['Location/bed-a1', WARD] }],
  });
  expect(await second.accounts.staff(SITE_BOSS, { count: 10 })).toMatchObject([
    { userName: 'ann.smith', roles: ['nurse'] },
  ]);
});

test('[AN30] user names are unique over processes, also when both make them at once', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      two()[i % 2 === 0 ? 0 : 1].accounts.enrol(
        { givenName: 'Bo', familyName: 'Ek', role: 'doctor', site: SITE },
        SITE_BOSS,
      ),
    ),
  );
  const names = made.map((one) => (one.ok ? one.value.userName : one.error.kind));
  expect(names.toSorted()).toEqual(['bo.ek', 'bo.ek2', 'bo.ek3', 'bo.ek4', 'bo.ek5', 'bo.ek6']);
});

test('[AN17] failures are counted over processes, also when they come at once', async () => {
  const [first] = two();
  await first.accounts.enrol(
    { givenName: 'Cy', familyName: 'Do', role: 'nurse', site: SITE, userName: 'cy', password: PASSWORD },
    'terminal',
  );
  const asked = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      two()[i % 2 === 0 ? 0 : 1].accounts.signInByPassword('cy', `guess ${i}`, DESK),
    ),
  );
  const kinds = asked.map((one) => (one.ok ? 'in' : one.error.kind));
  expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(FREE_TRIES + 1);
  expect(kinds.filter((kind) => kind === 'slow-down')).toHaveLength(30 - FREE_TRIES - 1);
});

test('[AN13] of two processes that are given one recovery code at once, one takes it', async () => {
  const [first, second] = two();
  const id = (await first.accounts.findByUserName('ann.smith'))?.id ?? '';
  const [code = ''] = await first.accounts.newRecoveryCodes(id, 'terminal');
  const both = await Promise.all(
    [first, second].map(({ accounts }) => accounts.signInByRecoveryCode('ann.smith', code, DESK)),
  );
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
});

test('[AN23] [AN28] a token given by one process opens in the other, until it is taken away or the account disabled', async () => {
  const [first, second] = two();
  const { token } = await issueLocalToken({ rows: first.rows, clock, chance });
  const ask = (given: string) =>
    second.authenticator.authenticate({
      method: 'GET',
      authorization: `Bearer ${given}`,
      cookie: undefined,
      fetchSite: undefined,
    });
  expect(await ask(token)).toMatchObject({ value: { who: 'Device/holdfast-local' } });
  await first.rows.remove('ClientCredentials', rowIdOf(token));
  expect(await ask(token)).toMatchObject({ error: { kind: 'invalid' } });
  const accountId = (await first.accounts.findByUserName('ann.smith'))?.id ?? '';
  const value = { kind: 'AccessToken', iat: 0, exp: T0, clientId: 'holdfast-web', accountId, grantId: 'g' };
  await first.rows.put('AccessToken', rowIdOf('t'), JSON.stringify(value), { group: 'g' });
  expect(await ask('t')).toMatchObject({ value: { name: 'Ann Smith' } });
  await first.accounts.setDisabled(accountId, true, SITE_BOSS);
  expect(await ask('t')).toMatchObject({ error: { kind: 'invalid' } });
  expect(await first.rows.get('AccessToken', rowIdOf('t'))).toBeUndefined();
});
