import { expect, test } from 'vitest';
import { at, listAt } from './http-client.test-kit.ts';
import { hospital, parameters, type Reply } from './ward.test-kit.ts';

const words = (reply: Reply): readonly unknown[] =>
  listAt(reply.json, 'parameter').map((one) => at(listAt(one, 'part')[1], 'valueString'));

test('[CW31] a nurse takes custody of the doses, on paper and back; who has it is told in words, and audited', async () => {
  const { send, trail } = await hospital();
  const take = (who: string, patient: string, given: Readonly<Record<string, string>>) =>
    send(who, 'POST', `/Patient/${patient}/$take-mar-custody`, parameters(given));
  const show = () => send('nurse', 'GET', '/Patient/in/$mar-custody');
  expect(words(await show())).toEqual(['nobody has taken custody of the doses']);
  const taken = await take('nurse', 'in', { where: 'paper' });
  expect([taken.status, at(taken.json, 'requester.reference')]).toEqual([201, 'Practitioner/nina']);
  expect(String(words(await show()))).toMatch(/^doses are charted on paper at site here; not shown since \d{4}-/);
  expect(trail.entries.map(({ interaction }) => interaction)).toContain('$take-mar-custody');
  expect(trail.entries.at(-1)).toMatchObject({ interaction: '$mar-custody', patients: ['Patient/in'] });
  expect((await take('nurse', 'in', { where: 'site', encounter: 'Encounter/in' })).status).toBe(201);
  expect(words(await show())).toEqual(['doses are charted here']);

  expect((await take('clerk', 'in', { where: 'site' })).status).toBe(403);
  expect((await take('app', 'in', { where: 'site' })).status).toBe(403);
  expect([403, 404]).toContain((await take('nurse', 'out', { where: 'site' })).status);
  for (const given of [
    { where: 'my pocket' },
    { where: 'Device/none' },
    { where: 'site', encounter: 'Encounter/other' },
    { where: 'site', encounter: 'somewhere' },
  ]) {
    const bad = await take('nurse', 'in', given);
    expect([bad.status, JSON.stringify(given)]).toEqual([400, JSON.stringify(given)]);
  }
});
