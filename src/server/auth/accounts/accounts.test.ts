// Accounts as people change them: enrolment, what a supervisor may, keys and links, and what it leaves behind.
import { expect, test } from 'vitest';
import { CREDENTIAL_LABEL } from '../../../core/access/names.ts';
import type { Role } from '../../../core/access/principal.ts';
import { EVERYTHING } from '../../../core/record/store.ts';
import { tookBack } from '../oauth/end-grant.ts';
import {
  DESK,
  duty,
  hospital,
  HOUR,
  member,
  OTHER_SITE,
  PASSWORD,
  principal,
  roleOf,
  SITE,
  SITE_BOSS,
  T0,
  WARD,
  WARD_BOSS,
} from './over-memory-accounts.test-kit.ts';

const person = { givenName: 'Åsa', familyName: 'Lindqvist Ek' };
const forbidden = { ok: false, error: { kind: 'forbidden' } };

test('[AN6] an enrolment is one commit: who, where, and the account, by the supervisor', async () => {
  const there = await hospital();
  const before = (await there.store.feed(0, 100)).length;
  const until = T0 + 12 * HOUR;
  const made = await there.accounts.enrol({ ...person, role: 'nurse', ward: WARD, until }, WARD_BOSS);
  const enrolled = made.ok ? made.value : undefined;
  expect(enrolled).toMatchObject({
    userName: 'asa.lindqvist-ek',
    temporaryPassword: expect.stringMatching(/^[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}$/),
  });
  const commits = (await there.store.feed(0, 100)).slice(before);
  expect(commits).toHaveLength(1);
  expect(commits[0]?.revisions).toHaveLength(3);
  for (const { header } of commits[0]?.revisions ?? [])
    expect(header).toContain('["Practitioner/boss","","session-1",""]');
  const signedIn = await there.accounts.signInByPassword('asa.lindqvist-ek', enrolled?.temporaryPassword ?? '', DESK);
  expect(signedIn).toMatchObject({ value: { name: 'Åsa Lindqvist Ek', mustChangePassword: true } });
  expect(await there.accounts.staff(WARD_BOSS, { count: 10 })).toMatchObject([
    { roles: ['nurse'], supervisor: false, until, state: 'active', name: 'Åsa Lindqvist Ek' },
  ]);
  // The end is the account's alone: a role that ended would end care (CR11).
  const [, role] = commits[0]?.revisions ?? [];
  expect(role?.text).toContain('"location":[{"reference":"Location/ward-a"}]');
  expect(role?.text).not.toContain('"end"');
});

test('[AN6] a temporary password is changed once and is then the own', async () => {
  const there = await hospital();
  const made = await there.accounts.enrol({ ...person, role: 'nurse', site: SITE }, SITE_BOSS);
  if (!made.ok) throw new Error('refused');
  const { accountId, userName, temporaryPassword } = made.value;
  expect(await there.accounts.changePassword(accountId, undefined, temporaryPassword, undefined)).toMatchObject({
    error: { kind: 'same' },
  });
  await there.accounts.changePassword(accountId, undefined, PASSWORD, undefined);
  expect(await there.accounts.signInByPassword(userName, temporaryPassword, DESK)).toMatchObject({ ok: false });
  expect(await there.accounts.signInByPassword(userName, PASSWORD, DESK)).toMatchObject({
    value: { mustChangePassword: false },
  });
});

test('[AN30] user names are unique, also when many are made at once', async () => {
  const there = await hospital();
  const made = await Promise.all(
    Array.from({ length: 8 }, () => there.accounts.enrol({ ...person, role: 'nurse', site: SITE }, SITE_BOSS)),
  );
  const names = made.map((one) => (one.ok ? one.value.userName : ''));
  expect(new Set(names).size).toBe(8);
  expect(names).toContain('asa.lindqvist-ek');
  expect(names).toContain('asa.lindqvist-ek8');
  expect(await there.accounts.enrol({ ...person, role: 'it', userName: 'ASA.Lindqvist-Ek' }, 'terminal')).toMatchObject(
    { error: { kind: 'invalid', why: expect.stringMatching(/taken/) } },
  );
  for (const userName of ['', ' ', 'a b', '-x', 'x'.repeat(65), 'a\u0000b', 'a/b'])
    expect(await there.accounts.enrol({ ...person, role: 'it', userName }, 'terminal'), userName).toMatchObject({
      error: { kind: 'invalid' },
    });
});

test('[AN7] any role of the floor at the own site; never above, never elsewhere', async () => {
  const there = await hospital();
  const as = async (
    by: typeof SITE_BOSS,
    role: Role,
    more: { site?: string; ward?: string; supervisor?: boolean } = {},
  ) => {
    const made = await there.accounts.enrol({ ...person, role, ...more }, by);
    return made.ok ? 'done' : made.error.kind;
  };
  const floor: readonly Role[] = [
    'nurse',
    'doctor',
    'ward-clerk',
    'receptionist',
    'pharmacist',
    'laboratory',
    'imaging',
    'billing',
  ];
  for (const role of floor) expect(await as(SITE_BOSS, role), role).toBe('done');
  for (const role of ['it', 'incident-lead'] as const) {
    expect(await as(SITE_BOSS, role), role).toBe('forbidden');
    expect(await as(principal(duty(role, { supervisor: true })), role), role).toBe('done');
    // The role at another site gives nothing here.
    const elsewhere = principal(duty('nurse', { supervisor: true }), duty(role, { site: OTHER_SITE }));
    expect(await as(elsewhere, role, { site: SITE }), role).toBe('forbidden');
  }
  for (const role of ['patient', 'service'] as const) expect(await as(SITE_BOSS, role), role).toBe('invalid');
  expect(await as(SITE_BOSS, 'nurse', { supervisor: true })).toBe('forbidden');
  expect(await as(SITE_BOSS, 'nurse', { site: OTHER_SITE })).toBe('forbidden');
  expect(await as(principal(duty('nurse')), 'nurse', { site: SITE })).toBe('forbidden');
  expect(await as(principal(), 'nurse', { site: SITE })).toBe('forbidden');
  expect(await as(SITE_BOSS, 'nurse', { site: 'Organization/none' })).toBe('invalid');
  expect(await as(SITE_BOSS, 'nurse', { ward: 'Location/none' })).toBe('invalid');
});

test('[AN7] who is supervisor of a ward names a place no wider than it; of the site, anything in it', async () => {
  const there = await hospital();
  const at = async (by: typeof SITE_BOSS, ward?: string) => {
    const made = await there.accounts.enrol({ ...person, role: 'nurse', ...(ward === undefined ? {} : { ward }) }, by);
    return made.ok ? 'done' : made.error.kind;
  };
  expect(await at(WARD_BOSS, WARD)).toBe('done');
  expect(await at(WARD_BOSS, 'Location/ward-b')).toBe('done');
  expect(await at(WARD_BOSS, 'Location/bed-a1')).toBe('done');
  expect(await at(WARD_BOSS, 'Location/house')).toBe('forbidden');
  expect(await at(WARD_BOSS)).toBe('invalid');
  expect(await at(WARD_BOSS, 'Location/far-ward')).toBe('invalid');
  expect(await at(SITE_BOSS)).toBe('done');
  expect(await at(SITE_BOSS, 'Location/house')).toBe('done');
  expect(await at(SITE_BOSS, 'Location/far-ward')).toBe('invalid');
});

test('[AN20] a supervisor looks after the people of the own site, not of others, and not themselves', async () => {
  const there = await hospital();
  const { accounts } = there;
  const ours = await member(there, 'ours');
  const theirs = await member(there, 'theirs', { site: OTHER_SITE });
  const acts = [
    (id: string) => accounts.confirm(id, undefined, SITE_BOSS),
    (id: string) => accounts.setDisabled(id, true, SITE_BOSS),
    (id: string) => accounts.setDisabled(id, false, SITE_BOSS),
    (id: string) => accounts.unlock(id, SITE_BOSS),
    (id: string) => accounts.resetPassword(id, SITE_BOSS),
  ];
  for (const act of acts) {
    expect(await act(ours)).toMatchObject({ ok: true });
    expect(await act(theirs)).toEqual(forbidden);
    expect(await act('none')).toEqual({ ok: false, error: { kind: 'not-found' } });
  }
  const self = { ...SITE_BOSS, who: (await accounts.find(ours))?.who ?? '' };
  expect(await accounts.confirm(ours, undefined, self)).toEqual(forbidden);
  expect(await accounts.confirm(ours, undefined, principal(duty('nurse')))).toEqual(forbidden);
});

test('[AN20] what gives an account away needs every role of it to be one that the supervisor may give', async () => {
  const there = await hospital();
  const { accounts } = there;
  const it = await member(there, 'it', { role: 'it' });
  const both = await member(there, 'both');
  const who = (await accounts.find(both))?.who ?? '';
  await there.put(roleOf('second', who, 'nurse', { site: OTHER_SITE }));
  for (const id of [it, both]) {
    expect(await accounts.resetPassword(id, SITE_BOSS)).toEqual(forbidden);
    expect(await accounts.setDisabled(id, false, SITE_BOSS)).toEqual(forbidden);
    expect(await accounts.setFederated(id, { issuer: 'https://id', subject: '1' }, true, SITE_BOSS)).toEqual(forbidden);
    expect(await accounts.setDisabled(id, true, SITE_BOSS)).toMatchObject({ ok: true });
  }
  expect(await accounts.addAccount({ who, userName: 'second' }, SITE_BOSS)).toEqual(forbidden);
  // HL7's own code for people of IT opens the same as ours.
  const ict = await member(there, 'ict');
  await there.put({
    ...roleOf('ict', (await accounts.find(ict))?.who ?? '', 'nurse'),
    code: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/practitioner-role', code: 'ict' }] }],
  });
  expect(await accounts.resetPassword(ict, SITE_BOSS)).toEqual(forbidden);
});

test('[AN20] roles are given and ended by the same rules', async () => {
  const there = await hospital();
  const { accounts } = there;
  const id = await member(there, 'ann');
  const role = (
    change: { role: Role; given: boolean; supervisor?: boolean; ward?: string },
    by: typeof SITE_BOSS | 'terminal',
  ) => accounts.setRole(id, { supervisor: false, site: SITE, ...change }, by);
  const roles = async () => (await accounts.staff('terminal', { count: 9 }))[0];
  expect(await role({ role: 'it', given: true }, SITE_BOSS)).toEqual(forbidden);
  expect(await role({ role: 'doctor', given: true, supervisor: true }, SITE_BOSS)).toEqual(forbidden);
  expect(await role({ role: 'doctor', given: true }, SITE_BOSS)).toMatchObject({ ok: true });
  expect(await roles()).toMatchObject({ roles: ['doctor', 'nurse'].toSorted() });
  expect(await role({ role: 'nurse', given: false }, SITE_BOSS)).toMatchObject({ ok: true });
  expect(await roles()).toMatchObject({ roles: ['doctor'], supervisor: false });
  expect(await role({ role: 'nurse', given: false }, SITE_BOSS)).toEqual({ ok: false, error: { kind: 'not-found' } });
  expect(await role({ role: 'it', given: true, supervisor: true, ward: WARD }, 'terminal')).toMatchObject({ ok: true });
  expect(await roles()).toMatchObject({ supervisor: true });
});

test('[AN29] disabling an account or resetting its password ends its sessions, and no one else’s', async () => {
  for (const act of ['disable', 'reset'] as const) {
    const there = await hospital();
    const ann = await member(there, 'ann');
    const rows = async (accountId: string, name: string): Promise<void> => {
      const grant = `grant-${name}`;
      const value = JSON.stringify({ accountId, grantId: grant });
      await there.rows.put('Session', `s-${name}`, JSON.stringify({ accountId }));
      await there.rows.put('Grant', `g-${name}`, JSON.stringify({ accountId }), { group: grant });
      await there.rows.put('RefreshToken', `r-${name}`, value, { group: grant });
      await there.rows.put('AccessToken', `a-${name}`, value, { group: grant });
      await there.rows.put('Other', `o-${name}`, '', { group: grant });
    };
    await rows(ann, 'ann');
    await rows('another', 'bea');
    if (act === 'disable') await there.accounts.setDisabled(ann, true, 'terminal');
    else await there.accounts.resetPassword(ann, 'terminal');
    for (const kind of ['Session', 'Grant', 'RefreshToken', 'AccessToken', 'Other'])
      expect(
        (await there.rows.list(kind)).map(({ id }) => id.slice(2)),
        `${act} ${kind}`,
      ).toEqual(['bea']);
  }
});

test('[AN20] a reset voids the password and the recovery codes; a disabled account is not there to sign in', async () => {
  const there = await hospital();
  const { accounts } = there;
  const id = await member(there, 'ann');
  const [code = ''] = await accounts.newRecoveryCodes(id, 'terminal');
  const reset = await accounts.resetPassword(id, SITE_BOSS);
  expect(await accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: false });
  expect(await accounts.signInByRecoveryCode('ann', code, DESK)).toMatchObject({ ok: false });
  const temporary = reset.ok ? reset.value.temporaryPassword : '';
  expect(await accounts.signInByPassword('ann', temporary, DESK)).toMatchObject({
    value: { mustChangePassword: true },
  });
  await accounts.setDisabled(id, true, SITE_BOSS);
  expect(await accounts.signInByPassword('ann', temporary, DESK)).toEqual({ ok: false, error: { kind: 'wrong' } });
  expect(await accounts.find(id)).toBeUndefined();
  await accounts.setDisabled(id, false, SITE_BOSS);
  expect(await accounts.signInByPassword('ann', temporary, DESK)).toMatchObject({ ok: true });
});

test('[AN8] passkeys and links find their account; what is taken away finds nothing', async () => {
  const there = await hospital();
  const { accounts } = there;
  const id = await member(there, 'ann');
  const key = {
    credentialId: 'Y3JlZA',
    publicKey: 'cHVi',
    counter: 4_000_000_000,
    transports: ['internal', 'hybrid'],
    rpId: 'record.example.org',
    name: 'Phone',
    addedAt: T0,
  };
  const self = { ...SITE_BOSS, who: (await accounts.find(id))?.who ?? '' };
  await accounts.addPasskey(id, key, self);
  expect(await accounts.findByPasskey('Y3JlZA')).toMatchObject({ account: { accountId: id }, passkey: key });
  await accounts.passkeyUsed(id, 'Y3JlZA', 4_000_000_001);
  const versions = (await there.store.feed(0, 100)).length;
  await accounts.passkeyUsed(id, 'Y3JlZA', 0);
  expect((await there.store.feed(0, 100)).length).toBe(versions);
  expect(await accounts.passkeysOf(id)).toEqual([{ ...key, counter: 4_000_000_001 }]);
  await accounts.removePasskey(id, 'Y3JlZA', self);
  expect(await accounts.findByPasskey('Y3JlZA')).toBeUndefined();

  const link = { issuer: 'https://id.example.org', subject: 'abc' };
  await accounts.setFederated(id, link, true, 'terminal');
  expect(await accounts.findByFederation(link.issuer, link.subject)).toMatchObject({ accountId: id });
  const other = await member(there, 'bea');
  expect(await accounts.setFederated(other, link, true, 'terminal')).toMatchObject({ error: { kind: 'invalid' } });
  await accounts.setDisabled(id, true, 'terminal');
  expect(await accounts.findByFederation(link.issuer, link.subject)).toBeUndefined();
  await accounts.setDisabled(id, false, 'terminal');
  await accounts.setFederated(id, link, false, 'terminal');
  expect(await accounts.findByFederation(link.issuer, link.subject)).toBeUndefined();
});

test('[AN8] a Basic without the label is no account, whatever it says', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const real = JSON.parse(JSON.stringify(await there.get('Basic', id)));
  const forged = JSON.parse(JSON.stringify(real).replaceAll('"ann"', '"forged"'));
  await there.put({ ...forged, id: 'forged-1', meta: { security: [{ system: 'urn:x', code: 'other' }] } });
  await there.put({ ...forged, id: 'forged-2', meta: { security: [{ system: 'urn:x', code: 'credential' }] } });
  await there.put({ ...forged, id: 'forged-3', code: { text: 'account' } });
  expect(await there.accounts.findByUserName('forged')).toBeUndefined();
  expect(await there.accounts.signInByPassword('forged', PASSWORD, DESK)).toMatchObject({ ok: false });
  for (const each of ['forged-1', 'forged-2', 'forged-3']) expect(await there.accounts.find(each)).toBeUndefined();
  expect((await there.accounts.staff('terminal', { count: 9 })).map(({ userName }) => userName)).toEqual(['ann']);
});

test('[AN8] no secret is kept or told, and what is not known here stays', async () => {
  const there = await hospital();
  const made = await there.accounts.enrol({ ...person, role: 'nurse', site: SITE }, SITE_BOSS);
  if (!made.ok) throw new Error('refused');
  const { accountId, temporaryPassword } = made.value;
  const codes = await there.accounts.newRecoveryCodes(accountId, 'terminal');
  const basic = (await there.get('Basic', accountId)) ?? {};
  const extension = Array.isArray(basic['extension']) ? basic['extension'] : [];
  await there.put({
    ...JSON.parse(JSON.stringify(basic)),
    extension: [...extension, { url: 'https://example.org/later', valueString: 'kept' }],
  });
  await there.accounts.changePassword(accountId, undefined, PASSWORD, undefined);
  const everything = JSON.stringify([
    await there.store.feed(0, 1_000),
    there.audit,
    await there.rows.list('SignInFailures'),
  ]);
  for (const secret of [temporaryPassword, PASSWORD, ...codes, ...codes.map((code) => code.replaceAll('-', ''))])
    expect(everything).not.toContain(secret);
  expect(JSON.stringify(await there.get('Basic', accountId))).toContain('https://example.org/later');
  expect(JSON.stringify(await there.get('Basic', accountId))).toContain(
    `"code":"${CREDENTIAL_LABEL.split('|')[1] ?? ''}"`,
  );
});

test('[AN8] an account is hidden by its label from whoever may not see it', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const [seen] = await there.store.read([{ type: 'Basic', id }], {
    see: 'some',
    rules: [{ withoutSecurity: [CREDENTIAL_LABEL] }],
  });
  expect(seen).toBeUndefined();
  expect((await there.store.read([{ type: 'Basic', id }], EVERYTHING))[0]).toBeDefined();
});

test('[AN21] every change has its author in the commit and an entry in the audit', async () => {
  const there = await hospital();
  const { accounts } = there;
  const id = await member(there, 'ann');
  there.audit.length = 0;
  const before = (await there.store.feed(0, 100)).length;
  await accounts.setDisabled(id, true, SITE_BOSS);
  await accounts.setDisabled(id, false, 'terminal');
  await accounts.confirm(id, T0 + HOUR, SITE_BOSS);
  await accounts.resetPassword(id, SITE_BOSS);
  await accounts.newRecoveryCodes(id, 'terminal');
  await accounts.unlock(id, SITE_BOSS);
  const headers = (await there.store.feed(0, 100)).slice(before).map((commit) => commit.revisions[0]?.header ?? '');
  expect(headers).toHaveLength(5);
  for (const [index, header] of headers.entries())
    expect(header).toContain(
      index === 1 || index === 4 ? '["","terminal","terminal",""]' : '["Practitioner/boss","","session-1",""]',
    );
  expect(there.audit.map(({ act, ok, detail }) => `${act} ${ok} ${detail ?? ''}`)).toEqual([
    'account true ann: disabled',
    'account true ann: enabled',
    'account true ann: confirmed until 2026-11-23T09:00:00.000Z',
    'account true ann: password reset',
    'account true ann: recovery codes made',
    'account true ann: wrong passwords forgotten',
  ]);
  expect(there.audit[0]).toMatchObject({
    who: 'Practitioner/boss',
    name: 'Bo Boss',
    session: 'session-1',
    roles: ['nurse'],
  });
  expect(there.audit[1]).toMatchObject({ device: 'terminal' });
});

test('[AN31] the list shows the own sites, and those first who need something', async () => {
  const there = await hospital();
  const { accounts } = there;
  await member(there, 'active');
  await member(there, 'over', { until: T0 + HOUR });
  await member(there, 'waiting', { until: T0 + 10 * HOUR });
  await accounts.setDisabled(await member(there, 'away'), true, 'terminal');
  await member(there, 'slowed');
  await member(there, 'elsewhere', { site: OTHER_SITE });
  await there.put({ resourceType: 'Patient', id: 'p', name: [{ given: ['Pat'], family: 'Ient' }] });
  await accounts.addAccount({ who: 'Patient/p', userName: 'pat', password: PASSWORD }, 'terminal');
  there.clock.set(T0 + 14 * HOUR);
  for (let i = 0; i < 9; i++) await accounts.signInByPassword('slowed', 'wrong one', DESK);
  const shown = await accounts.staff(SITE_BOSS, { count: 50 });
  expect(shown.map(({ userName, state, slowed }) => [userName, state, slowed])).toEqual([
    ['waiting', 'unconfirmed', false],
    ['over', 'expired', false],
    ['slowed', 'active', true],
    ['active', 'active', false],
    ['away', 'disabled', false],
  ]);
  expect((await accounts.staff(SITE_BOSS, { text: 'ACT', count: 50 })).map(({ userName }) => userName)).toEqual([
    'active',
  ]);
  expect(await accounts.staff(SITE_BOSS, { count: 2 })).toHaveLength(2);
  expect(await accounts.staff(principal(duty('nurse')), { count: 50 })).toEqual([]);
  expect(await accounts.staff('terminal', { text: 'pat', count: 50 })).toMatchObject([
    { userName: 'pat', who: 'Patient/p', name: 'Pat Ient', roles: ['patient'] },
  ]);
});

test('[AN20] keys and recovery codes are their owner’s to change, not a supervisor’s', async () => {
  const there = await hospital();
  const { accounts } = there;
  const id = await member(there, 'ann');
  const key = { credentialId: 'c', publicKey: 'p', counter: 0, transports: [], rpId: 'r', name: 'n', addedAt: T0 };
  await expect(accounts.addPasskey(id, key, SITE_BOSS)).rejects.toThrow(/owner/);
  await expect(accounts.newRecoveryCodes(id, SITE_BOSS)).rejects.toThrow(/owner/);
  await accounts.addPasskey(id, key, 'terminal');
  await expect(accounts.removePasskey(id, 'c', SITE_BOSS)).rejects.toThrow(/owner/);
  expect(await accounts.passkeysOf(id)).toHaveLength(1);
  expect(await accounts.recoveryCodesLeft(id)).toBe(0);
});

test('[AN20] an account is never taken over by who may not give what it has: a supervisor’s, one of a wider place', async () => {
  const there = await hospital();
  const { accounts } = there;
  const boss = await member(there, 'boss2', { supervisor: true });
  const wide = await member(there, 'wide');
  const house = await member(there, 'house', { ward: 'Location/house' });
  const near = await member(there, 'near', { ward: 'Location/ward-b' });
  const takeOvers = (id: string, by: typeof SITE_BOSS) => [
    () => accounts.resetPassword(id, by),
    () => accounts.setDisabled(id, false, by),
    () => accounts.setFederated(id, { issuer: 'https://id', subject: id }, true, by),
  ];
  const answers = async (id: string, by: typeof SITE_BOSS): Promise<readonly string[]> => {
    const kinds: string[] = [];
    for (const act of takeOvers(id, by)) {
      const done = await act();
      kinds.push(done.ok ? 'done' : done.error.kind);
    }
    return [...new Set(kinds)];
  };
  expect(await answers(boss, SITE_BOSS)).toEqual(['forbidden']);
  for (const id of [boss, wide, house]) expect(await answers(id, WARD_BOSS)).toEqual(['forbidden']);
  expect(await answers(near, WARD_BOSS)).toEqual(['done']);
  for (const id of [wide, house, near]) expect(await answers(id, SITE_BOSS)).toEqual(['done']);
  // Looking after them stays possible at night.
  expect(await accounts.unlock(boss, WARD_BOSS)).toMatchObject({ ok: true });
  expect(await accounts.confirm(boss, undefined, WARD_BOSS)).toMatchObject({ ok: true });
});

test('[AN29] a sign-in that waits half done, and what is given at the same moment, end with the sessions', async () => {
  for (const act of ['disable', 'reset'] as const) {
    const there = await hospital();
    const { rows } = there;
    const ann = await member(there, 'ann');
    const parked = (accountId: string) => ({
      a: { result: { login: { accountId } } },
      b: { lastSubmission: { login: { accountId } } },
      c: { session: { accountId, uid: 'u' } },
    });
    for (const [name, accountId] of [
      ['ann', ann],
      ['bea', 'another'],
    ] as const) {
      for (const [part, value] of Object.entries(parked(accountId)))
        await rows.put('Interaction', `${part}-${name}`, JSON.stringify(value));
      await rows.put('sign-in-proved', `p-${name}`, JSON.stringify({ accountId, amr: ['pwd'] }));
      await rows.put('sign-in-hospital', `h-${name}`, JSON.stringify({ accountId, uid: 'u' }));
      await rows.put('AccessToken', `t-${name}`, JSON.stringify({ accountId, grantId: `grant-${name}` }), {
        group: `grant-${name}`,
      });
    }
    await rows.put('sign-in-hospital', 'h-nobody', JSON.stringify({ uid: 'u' }));
    if (act === 'disable') await there.accounts.setDisabled(ann, true, 'terminal');
    else await there.accounts.resetPassword(ann, 'terminal');
    const left = async (kind: string) => (await rows.list(kind)).map(({ id }) => id).toSorted();
    expect(await left('Interaction'), act).toEqual(['a-bea', 'b-bea', 'c-bea']);
    expect(await left('sign-in-proved'), act).toEqual(['p-bea']);
    expect(await left('sign-in-hospital'), act).toEqual(['h-bea', 'h-nobody']);
    // A renewal that is under way sees the end, and takes back what it wrote.
    expect(await tookBack(rows, 'grant-ann'), act).toBe(true);
    expect(await tookBack(rows, 'grant-bea'), act).toBe(false);
  }
});

test('[AN37] a passkey is one account’s: the same credential is not taken a second time', async () => {
  const there = await hospital();
  const { accounts } = there;
  const [first, second] = [await member(there, 'ann'), await member(there, 'bea')];
  const key = { credentialId: 'c', publicKey: 'p', counter: 0, transports: [], rpId: 'r', name: 'n', addedAt: T0 };
  expect(await accounts.addPasskey(second, key, 'terminal')).toBe(true);
  expect(await accounts.addPasskey(first, { ...key, publicKey: 'q' }, 'terminal')).toBe(false);
  expect(await accounts.passkeysOf(first)).toEqual([]);
  expect(await accounts.findByPasskey('c')).toMatchObject({
    account: { accountId: second },
    passkey: { publicKey: 'p' },
  });
  expect(await accounts.addPasskey(second, { ...key, name: 'again' }, 'terminal')).toBe(true);
});
