// Accounts of a demo on a node that is none any more: nobody's, unless its terminal made them (specs/accounts.md AN36).
import { expect, test } from 'vitest';
import { DESK, hospital, PASSWORD, SITE, SITE_BOSS, T0 } from './over-memory-accounts.test-kit.ts';

const person = { givenName: 'Åsa', familyName: 'Lindqvist Ek' };

test('[AN36] an account of the demo is nobody’s on a node that is no demo', async () => {
  let demo = true;
  const there = await hospital(undefined, () => demo);
  const { accounts } = there;
  await there.put({ resourceType: 'Practitioner', id: 'd', name: [{ family: 'Demo' }] });
  const made = await accounts.addAccount(
    { who: 'Practitioner/d', userName: 'nurse', password: 'holdfast', demo: true },
    'terminal',
  );
  const id = made.ok ? made.value.accountId : '';
  const key = { credentialId: 'c', publicKey: 'p', counter: 0, transports: [], rpId: 'r', name: 'n', addedAt: T0 };
  await accounts.addPasskey(id, key, 'terminal');
  const signIn = () => accounts.signInByPassword('nurse', 'holdfast', DESK);
  expect(await signIn()).toMatchObject({ value: { accountId: id, mustChangePassword: false } });
  demo = false;
  there.compared.length = 0;
  expect(await signIn()).toEqual({ ok: false, error: { kind: 'wrong' } });
  expect(there.compared).toEqual([false]);
  expect(await accounts.find(id)).toBeUndefined();
  expect(await accounts.findByPasskey('c')).toBeUndefined();
  expect(await accounts.findByUserName('nurse')).toBeUndefined();
  expect(await accounts.staff('terminal', { count: 9 })).toEqual([]);
  expect(await accounts.resetPassword(id, 'terminal')).toEqual({ ok: false, error: { kind: 'not-found' } });
  expect(await accounts.changePassword(id, undefined, PASSWORD, undefined)).toMatchObject({ ok: false });
  demo = true;
  expect(await signIn()).toMatchObject({ ok: true });
});

test('[AN36] whom the people of a demo enrolled is nobody on a node that is no demo; whom its terminal enrolled is somebody', async () => {
  let demo = true;
  const there = await hospital(undefined, () => demo);
  const { accounts } = there;
  const byPerson = await accounts.enrol({ ...person, role: 'doctor', userName: 'planted', site: SITE }, SITE_BOSS);
  const byTerminal = await accounts.enrol({ ...person, role: 'doctor', userName: 'meant' }, 'terminal');
  if (!byPerson.ok || !byTerminal.ok) throw new Error('refused');
  await accounts.changePassword(byPerson.value.accountId, undefined, PASSWORD, undefined);
  expect(await accounts.signInByPassword('planted', PASSWORD, DESK)).toMatchObject({ ok: true });
  demo = false;
  expect(await accounts.signInByPassword('planted', PASSWORD, DESK)).toEqual({ ok: false, error: { kind: 'wrong' } });
  expect(await accounts.find(byPerson.value.accountId)).toBeUndefined();
  expect(await accounts.find(byTerminal.value.accountId)).toMatchObject({ userName: 'meant' });
});

test('[AN6] an account is named as colleagues call the person, not as a passport does', async () => {
  const there = await hospital();
  await there.put({
    resourceType: 'Practitioner',
    id: 'two-names',
    name: [
      { use: 'official', family: 'ملک', given: ['نسرین'] },
      { use: 'usual', family: 'Malik', given: ['Nasreen'] },
    ],
  });
  const made = await there.accounts.addAccount({ who: 'Practitioner/two-names', userName: 'two' }, 'terminal');
  const id = made.ok ? made.value.accountId : '';
  expect((await there.accounts.find(id))?.name).toBe('Nasreen Malik');
});
