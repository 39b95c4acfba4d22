// Signing in: by password and recovery code, and what guessing, time and disabling do to it.
import { expect, test } from 'vitest';
import { DELAY_MS_MAX, FREE_TRIES, sourceOf } from './slow-down.ts';
import { passwordHashing } from './password-hash.ts';
import { DESK, HOUR, PASSWORD, SITE_BOSS, T0, hospital, member } from './over-memory-accounts.test-kit.ts';

const wrong = { ok: false, error: { kind: 'wrong' } };

test('[AN9] unknown, wrong, without a password, disabled: the same refusal and the same work', async () => {
  const there = await hospital();
  await member(there, 'ann');
  await there.accounts.setDisabled(await member(there, 'gone'), true, 'terminal');
  await there.put({ resourceType: 'Patient', id: 'p' });
  there.compared.length = 0;
  expect(await there.accounts.signInByPassword('ann', 'not this one', DESK)).toEqual(wrong);
  expect(await there.accounts.signInByPassword('nobody', PASSWORD, DESK)).toEqual(wrong);
  expect(await there.accounts.signInByPassword('', '', DESK)).toEqual(wrong);
  expect(await there.accounts.signInByPassword('gone', PASSWORD, DESK)).toEqual(wrong);
  expect(await there.accounts.signInByPassword('ann', 'x'.repeat(100_000), DESK)).toEqual(wrong);
  expect(there.compared).toEqual([true, false, false, true, true]);
  expect(await there.accounts.signInByRecoveryCode('nobody', 'aaaa-bbbb-cccc-dddd', DESK)).toEqual(wrong);
  expect(await there.accounts.signInByRecoveryCode('ann', 'aaaa-bbbb-cccc-dddd', DESK)).toEqual(wrong);
});

test('[AN30] a user name is the same in capitals, with spaces around it, and however its letters were composed', async () => {
  const there = await hospital();
  const accountId = await member(there, 'zoë.ek');
  for (const typed of ['zoë.ek', ' Zoë.Ek ', 'ZOE\u0308.EK']) {
    expect(await there.accounts.signInByPassword(typed, PASSWORD, DESK)).toEqual({
      ok: true,
      value: {
        accountId,
        userName: 'zoë.ek',
        name: 'zoë.ek Test',
        who: expect.stringMatching(/^Practitioner\//),
        mustChangePassword: false,
        unconfirmed: false,
      },
    });
  }
});

test('[AN14] five failures are free, then tries wait, longer each time, a minute at most, and cost no work meanwhile', async () => {
  const there = await hospital();
  await member(there, 'ann');
  for (const name of ['ann', 'nobody']) {
    there.clock.set(T0);
    there.compared.length = 0;
    for (let i = 0; i < FREE_TRIES; i++) {
      expect(await there.accounts.signInByPassword(name, 'wrong one', DESK)).toEqual(wrong);
    }
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      expect(await there.accounts.signInByPassword(name, 'wrong one', DESK)).toEqual(wrong);
      const refused = await there.accounts.signInByPassword(name, PASSWORD, DESK);
      const waitMs = !refused.ok && refused.error.kind === 'slow-down' ? refused.error.retryAfterMs : 0;
      waits.push(waitMs);
      there.clock.set(there.clock.now() + waitMs);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(DELAY_MS_MAX).toBe(60_000);
    expect(there.compared).toHaveLength(FREE_TRIES + 8);
  }
});

test('[AN15] failures at one address slow neither another address nor a device that is known', async () => {
  const there = await hospital();
  await member(there, 'ann');
  for (let i = 0; i < 30; i++) await there.accounts.signInByPassword('ann', 'wrong one', { address: '203.0.113.9' });
  expect(await there.accounts.signInByPassword('ann', PASSWORD, { address: '203.0.113.9' })).toMatchObject({
    error: { kind: 'slow-down' },
  });
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
  const ward = { address: '203.0.113.9', device: 'ward-pc-3' };
  expect(await there.accounts.signInByPassword('ann', PASSWORD, ward)).toMatchObject({ ok: true });
});

test('[AN15] an IPv4 address in its IPv6 form is itself, and of IPv6 the /64 counts', () => {
  const source = (address: string): string => sourceOf({ address });
  expect(source('::ffff:10.0.0.7')).toBe(source('10.0.0.7'));
  expect(source('2001:db8:1:2:a:b:c:d')).toBe(source('2001:DB8:1:2::1'));
  expect(source('2001:db8:1:2::1')).not.toBe(source('2001:db8:1:3::1'));
  expect(source('2001:db8::1')).toBe(source('2001:0db8:0:0:ffff::2'));
  expect(source('fe80::1%eth0')).toBe(source('fe80::2'));
  expect(sourceOf({ address: '10.0.0.7', device: 'd' })).not.toBe(source('10.0.0.7'));
});

test('[AN16] there is no lock: a wait ends, impatience does not lengthen it, an hour forgets', async () => {
  const there = await hospital();
  await member(there, 'ann');
  for (let i = 0; i < FREE_TRIES + 1; i++) await there.accounts.signInByPassword('ann', 'wrong one', DESK);
  for (let i = 0; i < 50; i++) {
    expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({
      error: { kind: 'slow-down' },
    });
  }
  there.clock.set(T0 + 2_000);
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
  // The success forgot them.
  expect(await there.accounts.signInByPassword('ann', 'wrong one', DESK)).toEqual(wrong);
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
  for (let i = 0; i < FREE_TRIES + 3; i++) await there.accounts.signInByPassword('ann', 'wrong one', DESK);
  there.clock.set(there.clock.now() + HOUR);
  for (let i = 0; i < FREE_TRIES; i++)
    expect(await there.accounts.signInByPassword('ann', 'wrong one', DESK)).toEqual(wrong);
});

test('[AN16] a supervisor clears the failures of all sources', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  for (const from of [DESK, { address: '10.0.0.8' }]) {
    for (let i = 0; i < 12; i++) await there.accounts.signInByPassword('ann', 'wrong one', from);
  }
  expect(await there.accounts.staff(SITE_BOSS, { count: 10 })).toMatchObject([{ userName: 'ann', slowed: true }]);
  expect(await there.accounts.unlock(id, SITE_BOSS)).toEqual({ ok: true, value: undefined });
  expect(await there.accounts.staff(SITE_BOSS, { count: 10 })).toMatchObject([{ userName: 'ann', slowed: false }]);
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
  expect(await there.accounts.signInByPassword('ann', PASSWORD, { address: '10.0.0.8' })).toMatchObject({ ok: true });
});

test('[AN17] a hundred attempts at once get the free tries, and one more', async () => {
  const there = await hospital();
  await member(there, 'ann');
  there.compared.length = 0;
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => there.accounts.signInByPassword('ann', `guess number ${i}`, DESK)),
  );
  expect(there.compared).toHaveLength(FREE_TRIES + 1);
});

test('[AN12] too many waiting are told when to come back, and no failure is counted', async () => {
  const hashing = passwordHashing(4);
  const there = await hospital({ ...hashing, verify: async () => undefined });
  await member(there, 'ann');
  for (let i = 0; i < FREE_TRIES * 3; i++) {
    expect(await there.accounts.signInByPassword('ann', 'any', DESK)).toEqual({
      ok: false,
      error: { kind: 'slow-down', retryAfterMs: 3_000 },
    });
  }
});

test('[AN18] the end of an enrolment: 12 h of grace, marked, then `ended` to the right password alone', async () => {
  const there = await hospital();
  const until = T0 + HOUR;
  const id = await member(there, 'agency', { until });
  const signIn = (password = PASSWORD) => there.accounts.signInByPassword('agency', password, DESK);
  expect(await signIn()).toMatchObject({ value: { unconfirmed: false } });
  there.clock.set(until);
  expect(await signIn()).toMatchObject({ value: { unconfirmed: true } });
  there.clock.set(until + 12 * HOUR - 1);
  expect(await signIn()).toMatchObject({ value: { unconfirmed: true } });
  there.clock.set(until + 12 * HOUR);
  expect(await signIn()).toEqual({ ok: false, error: { kind: 'ended' } });
  expect(await signIn('a wrong one')).toEqual(wrong);
  expect(await there.accounts.find(id)).toMatchObject({ unconfirmed: true });
  const codes = await there.accounts.newRecoveryCodes(id, 'terminal');
  expect(await there.accounts.signInByRecoveryCode('agency', codes[0] ?? '', DESK)).toEqual({
    ok: false,
    error: { kind: 'ended' },
  });
  expect(await there.accounts.recoveryCodesLeft(id)).toBe(10);
  expect(await there.accounts.confirm(id, there.clock.now() + HOUR, SITE_BOSS)).toEqual({ ok: true, value: undefined });
  expect(await signIn()).toMatchObject({ value: { unconfirmed: false } });
  expect(await there.accounts.signInByRecoveryCode('agency', codes[0] ?? '', DESK)).toMatchObject({ ok: true });
  expect(await there.accounts.confirm(id, undefined, SITE_BOSS)).toEqual({ ok: true, value: undefined });
  there.clock.set(T0 + 9_999 * HOUR);
  expect(await signIn()).toMatchObject({ value: { unconfirmed: false } });
});

test('[AN13] ten codes, each once, however they are typed; new ones replace them', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const codes = await there.accounts.newRecoveryCodes(id, 'terminal');
  expect(new Set(codes).size).toBe(10);
  expect(codes.every((code) => /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/.test(code))).toBe(true);
  const [first = '', second = '', third = ''] = codes;
  const use = (code: string) => there.accounts.signInByRecoveryCode('ann', code, DESK);
  expect(await use(` ${first.toUpperCase().replaceAll('-', ' ')} `)).toMatchObject({ ok: true });
  expect(await use(first)).toEqual(wrong);
  const both = await Promise.all([use(second), use(second)]);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await there.accounts.recoveryCodesLeft(id)).toBe(8);
  await there.accounts.newRecoveryCodes(id, 'terminal');
  expect(await use(third)).toEqual(wrong);
  expect(await there.accounts.recoveryCodesLeft(id)).toBe(10);
});

test('[AN11] a verifier of less than the cost of today is made anew at the next sign-in', async () => {
  const there = await hospital(passwordHashing(5));
  const id = await member(there, 'ann');
  const verifierOf = async (): Promise<string> =>
    /scrypt\$\d+/.exec(JSON.stringify(await there.get('Basic', id)))?.[0] ?? '';
  const weak = await passwordHashing(4).hash(PASSWORD, { name: 'test', known: true });
  const basic = JSON.stringify(await there.get('Basic', id));
  await there.put(JSON.parse(basic.replace(/scrypt\$5[^"]*/, weak ?? '')));
  expect(await verifierOf()).toBe('scrypt$4');
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
  expect(await verifierOf()).toBe('scrypt$5');
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ ok: true });
});

test('[AN21] failures are in the audit, with the person only where the name exists, and never with what was typed', async () => {
  const there = await hospital();
  await member(there, 'ann');
  there.audit.length = 0;
  await there.accounts.signInByPassword('ann', 'my wrong secret', DESK);
  await there.accounts.signInByPassword('my-secret-in-the-wrong-field', 'x', DESK);
  for (let i = 0; i < 20; i++) await there.accounts.signInByPassword('ann', 'my wrong secret', DESK);
  expect(there.audit[0]).toMatchObject({ act: 'sign-in-failed', ok: false, address: DESK.address, name: 'ann Test' });
  expect(there.audit[1]).not.toHaveProperty('who');
  expect(JSON.stringify(there.audit)).not.toMatch(/secret/);
  // One entry for all that are turned away in one pause.
  expect(there.audit.filter(({ detail }) => /slowed down/.test(detail ?? ''))).toHaveLength(1);
});

test('[AN16] recovery codes are never slowed: they are not guessed, and nobody can shut that way in', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const [code = ''] = await there.accounts.newRecoveryCodes(id, 'terminal');
  for (let i = 0; i < 30; i++) {
    await there.accounts.signInByPassword('ann', 'wrong one', DESK);
    expect(await there.accounts.signInByRecoveryCode('ann', 'aaaa-bbbb-cccc-dddd', DESK)).toEqual(wrong);
  }
  expect(await there.accounts.signInByPassword('ann', PASSWORD, DESK)).toMatchObject({ error: { kind: 'slow-down' } });
  expect(await there.accounts.signInByRecoveryCode('ann', code, DESK)).toMatchObject({ ok: true });
});
