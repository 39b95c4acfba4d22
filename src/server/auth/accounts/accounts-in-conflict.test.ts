// Accounts, roles and people with several sides, as nodes leave them that could not reach each other: the most restrictive holds.
import { expect, test } from 'vitest';
import { parseJson } from '../../../core/base/json.ts';
import type { JsonObject } from '../../../core/base/json-types.ts';
import { authorBody } from '../../../core/record/body.ts';
import { EVERYTHING } from '../../../core/record/store.ts';
import { openAuthenticator } from '../authenticate.ts';
import { readAccount, writeAccount, type Account } from './account-resource.ts';
import { DESK, duty, hospital, HOUR, member, PASSWORD, T0, type Hospital } from './over-memory-accounts.test-kit.ts';
import { resourceOf } from './account-record.ts';

const wrong = { ok: false, error: { kind: 'wrong' } };

/** Puts each of `sides` beside the others, over what is there; undefined deletes. */
async function part(there: Hospital, type: string, id: string, sides: readonly (string | undefined)[]): Promise<void> {
  const key = { type, id };
  const [stored] = await there.store.read([key], EVERYTHING);
  const parents = stored?.heads ?? [];
  for (const [i, text] of sides.entries()) {
    const parsed = text === undefined ? undefined : parseJson(text);
    if (parsed?.ok === false) throw new Error('a side of the test is JSON');
    const body = text === undefined || parsed === undefined ? {} : { body: authorBody(text, parsed.value, id) };
    const kind = text === undefined ? 'tombstone' : 'put';
    const receivedAt = T0 + (i + 1) * 1_000;
    const landed = await there.store.append({
      revisions: [{ key, kind, parents, authoredAt: receivedAt, ...body }],
      receivedAt,
    });
    expect(landed.ok).toBe(true);
  }
  const [now] = await there.store.read([key], EVERYTHING);
  expect(now?.heads.length).toBe(sides.length);
}
async function accountOf(there: Hospital, id: string): Promise<Account> {
  const [stored] = await there.store.read([{ type: 'Basic', id }], EVERYTHING);
  const account = readAccount(resourceOf(stored?.text ?? '{}'));
  if (account === undefined) throw new Error('the account of the test is one');
  return account;
}
const signIn = (there: Hospital, password = PASSWORD) => there.accounts.signInByPassword('ann', password, DESK);

test('[CW12] an account that one side disabled, deleted or gave to another is disabled, whichever side is shown', async () => {
  const disable = (account: Account): string => writeAccount({ ...account, disabledAt: T0 });
  const rename = (account: Account): string => writeAccount({ ...account, name: 'Ann Other' });
  const steal = (account: Account): string => writeAccount({ ...account, who: 'Practitioner/eve' });
  const cases: readonly (readonly (((account: Account) => string) | undefined)[])[] = [
    [disable, rename],
    [rename, disable],
    [rename, undefined],
    [undefined, rename],
    [rename, steal],
    [rename, rename, disable],
  ];
  for (const sides of cases) {
    const there = await hospital();
    const id = await member(there, 'ann');
    const account = await accountOf(there, id);
    expect((await signIn(there)).ok).toBe(true);
    // The same text twice would be one revision.
    await part(
      there,
      'Basic',
      id,
      sides.map((side, i) => side?.({ ...account, name: `${account.name} ${i}` })),
    );
    expect(await signIn(there)).toEqual(wrong);
    const tokens = openAuthenticator({ ...there, tokenOf: async () => undefined, freshMs: 0 });
    expect(await tokens.principalOf(id, undefined)).toBeUndefined();
  }
});

test('[CW12] the first end of an enrolment ends it, a password that one side changed ends the old one, two new ones must be changed', async () => {
  const ended = await hospital();
  const one = await member(ended, 'ann');
  const account = await accountOf(ended, one);
  await part(ended, 'Basic', one, [
    writeAccount({ ...account, until: T0 - 24 * HOUR }),
    writeAccount({ ...account, until: T0 + 24 * HOUR }),
  ]);
  expect((await signIn(ended)).ok).toBe(false);

  const there = await hospital();
  const id = await member(there, 'ann');
  const { verifier: _none, ...before } = await accountOf(there, id);
  const verifierOf = async (name: string, password: string): Promise<string> =>
    (await accountOf(there, await member(there, name, { password }))).verifier ?? '';
  const first = await verifierOf('one', 'first new password');
  const second = await verifierOf('two', 'second new password');
  const old = (await accountOf(there, id)).verifier ?? '';
  await part(there, 'Basic', id, [
    writeAccount({ ...before, verifier: first }),
    writeAccount({ ...before, verifier: old, name: 'Ann Other' }),
  ]);
  expect(await signIn(there)).toEqual(wrong);
  expect(await signIn(there, 'first new password')).toMatchObject({ ok: true, value: { mustChangePassword: false } });

  const both = await hospital();
  const ann = await member(both, 'ann');
  const whole = await accountOf(both, ann);
  await part(both, 'Basic', ann, [
    writeAccount({ ...whole, verifier: first }),
    writeAccount({ ...whole, verifier: second }),
  ]);
  expect(await signIn(both, 'first new password')).toEqual(wrong);
  expect(await signIn(both, 'second new password')).toMatchObject({ ok: true, value: { mustChangePassword: true } });
});

test('[CW12] a passkey and a code that one side took away are gone, what a side added stands, a code that one side used is used', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const key = (credentialId: string, counter = 1) =>
    ({ credentialId, publicKey: 'k', counter, transports: [], rpId: 'h', name: credentialId, addedAt: T0 }) as const;
  const base = {
    ...(await accountOf(there, id)),
    passkeys: [key('lost'), key('kept')],
    recoveryCodes: [{ hash: 'a' }, { hash: 'b' }],
  };
  await there.put(JSON.parse(writeAccount(base)) as JsonObject & { resourceType: string; id: string });
  await part(there, 'Basic', id, [
    writeAccount({
      ...base,
      passkeys: [key('kept', 7), key('new')],
      recoveryCodes: [{ hash: 'a', usedAt: T0 }, { hash: 'b' }],
    }),
    writeAccount({ ...base, passkeys: [key('lost'), key('kept', 3)] }),
  ]);
  // The next change says so for all sides, and the conflict is over.
  await there.accounts.setDisabled(id, true, 'terminal');
  const [stored] = await there.store.read([{ type: 'Basic', id }], EVERYTHING);
  expect([stored?.heads.length, stored?.conflict]).toEqual([1, false]);
  const now = await accountOf(there, id);
  expect(now.passkeys.map(({ credentialId, counter }) => [credentialId, counter])).toEqual([
    ['kept', 7],
    ['new', 1],
  ]);
  expect(now.recoveryCodes).toEqual([{ hash: 'a', usedAt: T0 }, { hash: 'b' }]);
  expect(now.disabledAt).toBeDefined();
});

test('[CW13] a role that one side ended opens nothing, and somebody whom one side took off the staff has no duty', async () => {
  for (const [type, change] of [
    ['PractitionerRole', '"active":false'],
    ['Practitioner', '"active":false'],
    ['PractitionerRole', undefined],
    ['Practitioner', undefined],
  ] as const) {
    const there = await hospital();
    const id = await member(there, 'ann');
    const { who } = await accountOf(there, id);
    const tokens = openAuthenticator({ ...there, tokenOf: async () => undefined, freshMs: 0 });
    expect((await tokens.principalOf(id, undefined))?.duties).toMatchObject([{ role: duty('nurse').role }]);
    const found = await there.store.search(
      { types: [type], where: [], sort: [], count: 9, total: 'none', include: [] },
      EVERYTHING,
      { includes: 0, ms: 1_000 },
    );
    const own = found.ok
      ? found.value.hits.find(({ stored }) =>
          type === 'PractitionerRole' ? stored.text.includes(who) : `Practitioner/${stored.key.id}` === who,
        )
      : undefined;
    const text = own?.stored.text ?? '';
    const ended =
      change === undefined ? undefined : `${text.replace(/"active":(true|false),?/, '').slice(0, -1)},${change}}`;
    await part(there, type, own?.stored.key.id ?? '', [ended, `${text.slice(0, -1)},"language":"de"}`]);
    expect((await tokens.principalOf(id, undefined))?.duties).toEqual([]);
  }
});
