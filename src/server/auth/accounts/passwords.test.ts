// Passwords: what they must be, how they are kept, and who waits for whom.
import { expect, test } from 'vitest';
import { passwordHashing, type WorkSource } from './password-hash.ts';
import { judgePassword } from './password-rules.ts';
import { hospital, member, PASSWORD } from './over-memory-accounts.test-kit.ts';

const ME: WorkSource = { name: 'me', known: true };

test('[AN10] long enough, and not what is tried first; nothing else is asked', () => {
  const judged = (password: string, userName = 'ann.smith'): string | undefined =>
    judgePassword(password, userName)?.kind;
  for (const fine of ['correct horse', 'ääääöööüüü', 'the password of the day', '日本語のパスワードです']) {
    expect(judged(fine), fine).toBeUndefined();
  }
  for (const short of ['', 'x', 'ninechars', '🔑🔑🔑🔑🔑🔑🔑🔑🔑']) expect(judged(short), short).toBe('too-short');
  expect(judged('ab c'.repeat(64))).toBeUndefined();
  expect(judged(`${'ab c'.repeat(64)}x`)).toBe('too-long');
  const easy = [
    'password123',
    'Password2026!',
    'P4ssw0rd!!!!',
    'passwordpassword',
    '1234567890',
    '0987654321',
    'qwertyuiop',
    'abcdefghij',
    'aaaaaaaaaaaa',
    'abababababab',
    'Welcome2026',
    'hospital1234',
    'Summer2026!!',
    'ann.smith1',
    'ANN.SMITH2026',
    'htims.nna12',
  ];
  for (const password of easy) expect(judged(password), password).toBe('too-easy');
  expect(judged('ann.smithann.smith', 'ann.smith')).toBe('too-easy');
});

test('[AN11] scrypt with N = 2^15, r = 8, p = 1 and a salt of its own; composed letters are the same', async () => {
  const hashing = passwordHashing();
  const verifier = (await hashing.hash('caf\u00e9 au lait', ME)) ?? '';
  expect(verifier).toMatch(/^scrypt\$15\$8\$1\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/);
  expect(verifier).not.toContain('lait');
  expect(await hashing.hash('caf\u00e9 au lait', ME)).not.toBe(verifier);
  expect(await hashing.verify('cafe\u0301 au lait', verifier, ME)).toBe(true);
  expect(await hashing.verify('cafe au lait', verifier, ME)).toBe(false);
  expect(await hashing.verify('', undefined, ME)).toBe(false);
  expect(hashing.isWeak(verifier)).toBe(false);
  expect(passwordHashing(16).isWeak(verifier)).toBe(true);
});

test('[AN11] a verifier that is none verifies nothing, and costs what another does', async () => {
  const hashing = passwordHashing(4);
  for (const odd of ['', 'scrypt', 'scrypt$99$8$1$x$y', 'plain$15$8$1$AAAA$AAAA', 'scrypt$4$8$1$AAAA$'])
    expect(await hashing.verify('anything', odd, ME), odd).toBe(false);
});

test('[AN12] sources take turns: one that asks for much waits for itself', async () => {
  const hashing = passwordHashing(10);
  const done: string[] = [];
  const ask = (name: string): Promise<unknown> =>
    hashing.verify('x', undefined, { name, known: false }).then((answer) => {
      if (answer !== undefined) done.push(name);
      return answer;
    });
  const flood = Array.from({ length: 60 }, () => ask('flood'));
  const nurse = ask('nurse');
  const answers = await Promise.all([...flood, nurse]);
  // One at work and 32 that wait; the rest was told to come back.
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(60 - 33);
  expect(done.indexOf('nurse')).toBeLessThanOrEqual(2);
});

test('[AN12] known devices have a worker of their own: strangers that fill the queue do not stop them', async () => {
  const hashing = passwordHashing(10);
  const strangers = Array.from({ length: 400 }, (_, i) =>
    hashing.verify('x', undefined, { name: `address ${i}`, known: false }),
  );
  // The strangers' queue is full now: one more of them is told to come back, a known device is answered.
  expect(await hashing.verify('x', undefined, { name: 'one more', known: false })).toBeUndefined();
  expect(await hashing.verify('x', undefined, ME)).toBe(false);
  const answers = await Promise.all(strangers);
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(400 - 257);
});

test('[AN10] a change needs the present password, another one, and an account that is open', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  const change = (current: string | undefined, next: string) =>
    there.accounts.changePassword(id, current, next, undefined);
  expect(await change('not it', 'another good one')).toEqual({ ok: false, error: { kind: 'wrong' } });
  expect(await change(PASSWORD, 'short')).toEqual({ ok: false, error: { kind: 'too-short', min: 10 } });
  expect(await change(PASSWORD, 'Password2026')).toEqual({ ok: false, error: { kind: 'too-easy' } });
  expect(await change(PASSWORD, PASSWORD)).toEqual({ ok: false, error: { kind: 'same' } });
  expect(await change(undefined, PASSWORD)).toEqual({ ok: false, error: { kind: 'same' } });
  expect(await change(PASSWORD, 'another good one')).toEqual({ ok: true, value: undefined });
  expect(await there.accounts.signInByPassword('ann', PASSWORD, { address: 'a' })).toMatchObject({ ok: false });
  expect(await there.accounts.signInByPassword('ann', 'another good one', { address: 'a' })).toMatchObject({
    ok: true,
  });
  await there.accounts.setDisabled(id, true, 'terminal');
  expect(await change('another good one', 'a third good one')).toEqual({ ok: false, error: { kind: 'wrong' } });
});

test('[AN14] guessing the present password in an open session is slowed too', async () => {
  const there = await hospital();
  const id = await member(there, 'ann');
  for (let i = 0; i < 6; i++) await there.accounts.changePassword(id, `guess ${i}`, 'another good one', undefined);
  expect(await there.accounts.changePassword(id, PASSWORD, 'another good one', undefined)).toMatchObject({
    error: { kind: 'slow-down' },
  });
});
