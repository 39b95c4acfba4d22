import { describe, expect, test } from 'vitest';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { adapterOf } from './adapter.ts';
import { rowIdOf } from './token-rows.ts';

const clock = { now: () => 1_700_000_000_000 };
const make = (): { rows: ExpiringRows; of: ReturnType<typeof adapterOf> } => {
  const rows = memoryExpiringRows(clock);
  return { rows, of: adapterOf({ rows, clock, findClient: async () => undefined }) };
};

describe('artefacts in rows', () => {
  test('[SM1] the row of a token holds neither the token nor a session’s cookie', async () => {
    const { rows, of } = make();
    await of('AccessToken').upsert('the-token', { jti: 'the-token', kind: 'AccessToken', accountId: 'nurse' }, 60);
    await of('Interaction').upsert(
      'the-step',
      { jti: 'the-step', session: { accountId: 'nurse', uid: 'u', cookie: 'the-cookie' } },
      60,
    );
    const [token] = await rows.list('AccessToken');
    const [step] = await rows.list('Interaction');
    expect(token?.id).toBe(rowIdOf('the-token'));
    expect(`${JSON.stringify(token)}${JSON.stringify(step)}`).not.toMatch(/the-(token|step|cookie)/);
    expect(JSON.parse(token?.value ?? '')).toEqual({ kind: 'AccessToken', accountId: 'nurse' });
    expect(token?.expiresAt).toBe(clock.now() + 60_000);
    expect(await of('AccessToken').find('the-token')).toMatchObject({ jti: 'the-token', accountId: 'nurse' });
    expect(await of('AccessToken').find(rowIdOf('the-token'))).toBeUndefined();
  });
  test('[SM1] a session is found by its uid, without its id', async () => {
    const { of } = make();
    await of('Session').upsert('cookie', { jti: 'cookie', uid: 'the-uid', accountId: 'nurse' }, 60);
    const found = await of('Session').findByUid('the-uid');
    expect(found).toMatchObject({ accountId: 'nurse' });
    expect(found).not.toHaveProperty('jti');
    expect(await of('Session').findByUid('another')).toBeUndefined();
  });
  test('[SM2] using up succeeds once; losing the race ends the grant', async () => {
    const { rows, of } = make();
    const code = of('AuthorizationCode');
    await code.upsert('code', { jti: 'code', grantId: 'g' }, 60);
    await of('AccessToken').upsert('token', { jti: 'token', grantId: 'g' }, 60);
    await code.consume('code');
    expect(await code.find('code')).toMatchObject({ consumed: clock.now() / 1_000 });
    await expect(code.consume('code')).rejects.toThrow('invalid_grant');
    expect(await rows.list('AccessToken')).toEqual([]);
  });
  test('[SM2] of a signed assertion’s id the second is refused even where the first was not seen', async () => {
    const { of } = make();
    const seen = of('ReplayDetection');
    const both = await Promise.allSettled([seen.upsert('id', { jti: 'id' }, 60), seen.upsert('id', { jti: 'id' }, 60)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
  test('[SM3] everything under a grant ends with it, and nothing else', async () => {
    const { rows, of } = make();
    for (const grantId of ['g1', 'g2']) {
      await of('Grant').upsert(grantId, { jti: grantId }, 60);
      await of('RefreshToken').upsert(`r-${grantId}`, { jti: `r-${grantId}`, grantId }, 60);
      await of('AccessToken').upsert(`a-${grantId}`, { jti: `a-${grantId}`, grantId }, 60);
    }
    await of('AccessToken').revokeByGrantId('g1');
    for (const kind of ['Grant', 'RefreshToken', 'AccessToken']) expect((await rows.list(kind)).length).toBe(1);
    expect(await of('AccessToken').find('a-g2')).toBeDefined();
  });
});
