// From a token to a principal: what counts as presented, what a token opens, and how long an answer holds.
import { expect, test } from 'vitest';
import { ok } from '../../core/base/result.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import {
  DESK,
  HOUR,
  hospital,
  member,
  roleOf,
  SITE,
  T0,
  WARD,
  type Hospital,
} from './accounts/over-memory-accounts.test-kit.ts';
import { openAuthenticator, type AuthenticatorOptions, type OpenedAuthenticator } from './authenticate.ts';
import type { Credentials } from './authenticator.ts';
import { issueLocalToken } from './issue-local-token.ts';
import { rowIdOf, type TokenPayload } from './oauth/token-rows.ts';

const CHANCE = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const request = (more: Partial<Credentials> = {}): Credentials => ({
  method: 'GET',
  authorization: undefined,
  cookie: undefined,
  fetchSite: undefined,
  ...more,
});
const bearer = (token: string, method = 'GET'): Credentials => request({ method, authorization: `Bearer ${token}` });
const ended = { ok: false, error: { kind: 'invalid', why: 'The access token is unknown or has ended' } };
const nobody = { ok: false, error: { kind: 'nobody' } };

interface Node extends Hospital {
  readonly authenticator: OpenedAuthenticator;
  give(token: string, more?: Partial<TokenPayload>): Promise<void>;
}
async function node(more: Partial<AuthenticatorOptions> = {}): Promise<Node> {
  const there = await hospital();
  const tokenOf = async (cookie: string) => /session=(\w+)/.exec(cookie)?.[1];
  const authenticator = openAuthenticator({ ...there, tokenOf, ...more });
  await there.rows.put('Client', 'app', JSON.stringify({ id: 'app', name: 'Growth charts' }));
  const give: Node['give'] = async (token, payload = {}) => {
    const value: TokenPayload = {
      kind: payload.accountId === undefined ? 'ClientCredentials' : 'AccessToken',
      iat: T0 / 1_000,
      exp: T0 / 1_000 + 3_600,
      clientId: 'holdfast-web',
      sessionUid: 'sign-in-1',
      ...payload,
    };
    await there.rows.put(value.kind, rowIdOf(token), JSON.stringify(value), { expiresAt: value.exp * 1_000 });
  };
  return { ...there, authenticator, give };
}
async function withAnn(
  more: Partial<AuthenticatorOptions> = {},
): Promise<Node & { readonly ann: string; readonly who: string }> {
  const there = await node(more);
  const ann = await member(there, 'ann');
  await there.give('good', { accountId: ann });
  return { ...there, ann, who: (await there.accounts.find(ann))?.who ?? '' };
}

test('[AN22] nothing presented is nobody; another kind of header, or none that is a token, is refused', async () => {
  const { authenticator, give } = await withAnn();
  expect(await authenticator.authenticate(request())).toEqual(nobody);
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a b',
    'Bearer ä',
    `Bearer ${'a'.repeat(513)}`,
    'good',
  ])
    expect(await authenticator.authenticate(request({ authorization })), authorization).toMatchObject({
      error: { kind: 'invalid', why: expect.stringMatching(/Bearer/) },
    });
  for (const authorization of ['Bearer good', 'bearer  good', 'BEARER good '])
    expect(await authenticator.authenticate(request({ authorization })), authorization).toMatchObject({ ok: true });
  await give('other');
  // The header wins, also when it is wrong.
  const both = { cookie: 'session=good', authorization: 'Bearer bad' };
  expect(await authenticator.authenticate(request(both))).toEqual(ended);
});

test('[AN22] the cookie counts for GET and HEAD from the node’s own pages alone', async () => {
  const { authenticator } = await withAnn();
  const cookie = 'other=1; session=good';
  for (const fetchSite of [undefined, 'same-origin', 'none'])
    for (const method of ['GET', 'HEAD'])
      expect(await authenticator.authenticate(request({ method, cookie, fetchSite }))).toMatchObject({ ok: true });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get'])
    expect(await authenticator.authenticate(request({ method, cookie, fetchSite: 'same-origin' })), method).toEqual(
      nobody,
    );
  for (const fetchSite of ['cross-site', 'same-site', '', 'Same-Origin'])
    expect(await authenticator.authenticate(request({ cookie, fetchSite })), fetchSite).toEqual(nobody);
  expect(await authenticator.authenticate(request({ cookie: 'session=' }))).toEqual(nobody);
  expect(await authenticator.authenticate(bearer('good', 'DELETE'))).toMatchObject({ ok: true });
});

test('[AN23] unknown, ended, used-up, revoked, disabled, unregistered: one answer', async () => {
  const there = await withAnn({ freshMs: 0 });
  const { authenticator, rows, give, ann } = there;
  const asked = (token: string) => authenticator.authenticate(bearer(token));
  expect(await asked('unknown')).toEqual(ended);
  await give('short', { accountId: ann, exp: T0 / 1_000 + 1 });
  await give('used', { accountId: ann });
  await rows.consume('AccessToken', rowIdOf('used'));
  await give('app', { accountId: ann, clientId: 'app' });
  await give('program', { clientId: 'app' });
  await give('stranger', { accountId: 'no-such-account' });
  await rows.put('Other', rowIdOf('other-kind'), JSON.stringify({ accountId: ann, exp: T0, clientId: 'holdfast-web' }));
  expect(await asked('short')).toMatchObject({ ok: true });
  expect(await asked('app')).toMatchObject({ ok: true });
  expect(await asked('program')).toMatchObject({ ok: true });
  there.clock.set(T0 + 1_000);
  for (const token of ['short', 'used', 'stranger', 'other-kind', rowIdOf('good')])
    expect(await asked(token), token).toEqual(ended);
  await rows.remove('Client', 'app');
  for (const token of ['app', 'program']) expect(await asked(token), token).toEqual(ended);
  expect(await asked('good')).toMatchObject({ ok: true });
  await there.accounts.setDisabled(ann, true, 'terminal');
  await give('again', { accountId: ann });
  expect(await asked('again')).toEqual(ended);
  expect(await asked('good')).toEqual(ended);
});

test('[AN23] every kind of token is looked up each time, whatever is found', async () => {
  const { rows, store, clock, ann, give } = await withAnn();
  const kinds: string[] = [];
  const authenticator = openAuthenticator({
    store,
    clock,
    tokenOf: async () => undefined,
    rows: { ...rows, get: (kind, id) => (kinds.push(kind), rows.get(kind, id)) },
  });
  await give('another', { accountId: ann });
  for (const token of ['another', 'unknown']) {
    kinds.length = 0;
    await authenticator.authenticate(bearer(token));
    expect(kinds.slice(0, 2), token).toEqual(['AccessToken', 'ClientCredentials']);
  }
});

test('[AN24] revoked, disabled, a role that ended or came: in effect within 5 s, and remembered until then', async () => {
  const there = await withAnn();
  const { authenticator, who } = there;
  expect(authenticator.freshMs).toBe(5_000);
  const duties = async () => {
    const done = await authenticator.authenticate(bearer('good'));
    return done.ok ? done.value.duties.map((duty) => duty.role) : done.error.kind;
  };
  expect(await duties()).toEqual(['nurse']);
  await there.put(roleOf('more', who, 'doctor'));
  there.clock.set(T0 + 4_999);
  expect(await duties()).toEqual(['nurse']);
  there.clock.set(T0 + 5_000);
  expect((await duties()).toString()).toMatch(/doctor/);
  await there.put({ ...roleOf('more', who, 'doctor'), active: false });
  there.clock.set(T0 + 10_000);
  expect(await duties()).toEqual(['nurse']);
  await there.rows.remove('AccessToken', rowIdOf('good'));
  there.clock.set(T0 + 14_999);
  expect(await duties()).toEqual(['nurse']);
  there.clock.set(T0 + 15_000);
  expect(await duties()).toBe('invalid');
});

test('[AN24] requests at once share a look-up; what failed or was refused is asked again; memory is bounded', async () => {
  const { rows, store, clock, ann, give } = await withAnn();
  let asked = 0;
  let broken = false;
  const counting = {
    ...rows,
    get: async (kind: string, id: string) => {
      asked++;
      if (broken) throw new Error('the database is gone');
      return rows.get(kind, id);
    },
  };
  const authenticator = openAuthenticator({
    store,
    clock,
    rows: counting,
    tokenOf: async () => undefined,
    remembered: 3,
  });
  const ask = (token: string) => authenticator.authenticate(bearer(token));
  await Promise.all(Array.from({ length: 50 }, () => ask('good')));
  expect(asked).toBe(2);
  await ask('unknown');
  await ask('unknown');
  expect(asked).toBe(6);
  broken = true;
  clock.set(T0 + 5_000);
  await expect(ask('good')).rejects.toThrow(/gone/);
  broken = false;
  expect(await ask('good')).toMatchObject({ ok: true });
  for (const token of ['a', 'b', 'c']) await give(token, { accountId: ann }).then(() => ask(token));
  asked = 0;
  await ask('c');
  expect(asked).toBe(0);
  await ask('good');
  expect(asked).toBe(2);
  // Set back an hour, the clock makes what is remembered old, not young.
  clock.set(T0 - HOUR);
  asked = 0;
  await ask('good');
  expect(asked).toBe(2);
});

test('[AN25] a person has the duties of their roles, with all places below, and the session of the token', async () => {
  const there = await node();
  const made = await there.accounts.enrol(
    { givenName: 'Ann', familyName: 'Smith', role: 'nurse', site: SITE, ward: WARD, supervisor: true },
    'terminal',
  );
  const accountId = made.ok ? made.value.accountId : '';
  await there.give('good', { accountId });
  const who = (await there.accounts.find(accountId))?.who ?? '';
  expect(await there.authenticator.authenticate(bearer('good'))).toEqual(
    ok({
      who,
      name: 'Ann Smith',
      duties: [
        {
          id: expect.stringMatching(/^PractitionerRole\//),
          role: 'nurse',
          site: SITE,
          places: ['Location/bed-a1', WARD],
          supervisor: true,
        },
      ],
      client: 'holdfast-web',
      session: 'sign-in-1',
      asOf: T0,
    }),
  );
  expect(await there.authenticator.principalOf(accountId, 'sign-in-2')).toMatchObject({ who, session: 'sign-in-2' });
  expect(await there.authenticator.principalOf('none', undefined)).toBeUndefined();
});

test('[AN25] places that lie in a ring come to an end', async () => {
  const there = await withAnn();
  const place = (id: string, partOf: string): JsonObject & { readonly resourceType: string; readonly id: string } => ({
    resourceType: 'Location',
    id,
    partOf: { reference: `Location/${partOf}` },
  });
  await there.put(place('one', 'two'));
  await there.put(place('two', 'one'));
  await there.put(roleOf('ring', there.who, 'doctor', { ward: 'Location/one' }));
  const done = await there.authenticator.authenticate(bearer('good'));
  expect(done.ok && done.value.duties.find(({ role }) => role === 'doctor')?.places).toEqual([
    'Location/one',
    'Location/two',
  ]);
});

test('[AN25] a patient is the patient; who was taken off the staff has no duties', async () => {
  const there = await withAnn({ freshMs: 0 });
  await there.put({ resourceType: 'Patient', id: 'p', name: [{ family: 'Ient' }] });
  const made = await there.accounts.addAccount({ who: 'Patient/p', userName: 'pat' }, 'terminal');
  await there.give('pat', { accountId: made.ok ? made.value.accountId : '' });
  expect(await there.authenticator.authenticate(bearer('pat'))).toMatchObject({
    value: { who: 'Patient/p', name: 'Ient', duties: [{ role: 'patient', places: [], supervisor: false }] },
  });
  await there.put({ resourceType: 'Practitioner', id: there.who.slice('Practitioner/'.length), active: false });
  expect(await there.authenticator.authenticate(bearer('good'))).toMatchObject({
    value: { who: there.who, duties: [] },
  });
});

test('[AN18] [AN25] past the end of the enrolment a session goes on, marked, for as long as it lasts', async () => {
  const there = await node();
  const id = await member(there, 'agency', { until: T0 + HOUR });
  await there.give('good', { accountId: id, exp: T0 / 1_000 + 999 * 3_600 });
  const marked = async () => {
    const done = await there.authenticator.authenticate(bearer('good'));
    return done.ok ? [done.value.duties.length, done.value.unconfirmed === true] : done.error.kind;
  };
  expect(await marked()).toEqual([1, false]);
  there.clock.set(T0 + HOUR);
  expect(await marked()).toEqual([1, true]);
  there.clock.set(T0 + 100 * HOUR);
  expect(await marked()).toEqual([1, true]);
  expect(await there.accounts.signInByPassword('agency', 'correct horse battery', DESK)).toMatchObject({
    error: { kind: 'ended' },
  });
});

test('[AN19] a role past its end counts for 72 h, marked; inactive, or not yet begun, it gives nothing', async () => {
  const there = await withAnn({ freshMs: 0 });
  const { who } = there;
  const nurse = await there.store.search(
    { types: ['PractitionerRole'], where: [], sort: [], count: 1, total: 'none', include: [] },
    { see: 'everything' },
    { includes: 0, ms: 1_000 },
  );
  const id = nurse.ok ? (nurse.value.hits[0]?.stored.key.id ?? '') : '';
  const held = async (period: JsonObject, more: JsonObject = {}) => {
    await there.put({ ...roleOf(id, who, 'nurse'), period, ...more });
    const done = await there.authenticator.authenticate(bearer('good'));
    return done.ok ? [done.value.duties.map(({ role }) => role).join(), done.value.unconfirmed === true] : done.error;
  };
  expect(await held({ start: '2026-11-01' })).toEqual(['nurse', false]);
  // A day that is named as the end belongs to it.
  expect(await held({ end: '2026-11-23' })).toEqual(['nurse', false]);
  expect(await held({ end: '2026-11-23T07:00:00Z' })).toEqual(['nurse', true]);
  expect(await held({ end: '2026-11-20T08:00:01Z' })).toEqual(['nurse', true]);
  expect(await held({ end: '2026-11-20T07:59:59Z' })).toEqual(['', false]);
  expect(await held({ start: '2026-12-01' })).toEqual(['', false]);
  expect(await held({ start: '2026-11-01' }, { active: false })).toEqual(['', false]);
});

test('[AN26] own clients are not narrowed; others have the scopes and the patient of their token', async () => {
  const there = await withAnn();
  const { give, ann, authenticator } = there;
  await give('app', {
    accountId: ann,
    clientId: 'app',
    scope: 'patient/*.rs launch/patient',
    extra: { patient: '123' },
  });
  await give('bare', { accountId: ann, clientId: 'app' });
  await give('own', { accountId: ann, scope: 'openid fhirUser' });
  expect(await authenticator.authenticate(bearer('app'))).toMatchObject({
    value: {
      client: 'app',
      scopes: ['patient/*.rs', 'launch/patient'],
      launchPatient: 'Patient/123',
      duties: [{ role: 'nurse' }],
    },
  });
  expect(await authenticator.authenticate(bearer('bare'))).toMatchObject({ value: { scopes: [] } });
  const own = await authenticator.authenticate(bearer('own'));
  expect(own.ok && 'scopes' in own.value).toBe(false);
});

test('[AN27] a program is a device with the role of a service, narrowed to its scopes', async () => {
  const { give, authenticator } = await withAnn();
  await give('program', { clientId: 'app', scope: 'system/Patient.rs' });
  expect(await authenticator.authenticate(bearer('program'))).toMatchObject({
    value: {
      who: 'Device/app',
      name: 'Growth charts',
      duties: [{ role: 'service', places: [], supervisor: false }],
      client: 'app',
      scopes: ['system/Patient.rs'],
    },
  });
});

test('[AN27] [AN28] a local token is the node’s own service for its minutes, and stands nowhere', async () => {
  const there = await node({ freshMs: 0 });
  const { rows, clock, authenticator } = there;
  const issued = await issueLocalToken({ rows, clock, chance: CHANCE });
  expect(issued.expiresAt).toBe(T0 + 600_000);
  const done = await authenticator.authenticate(bearer(issued.token, 'POST'));
  expect(done).toMatchObject({
    value: {
      who: 'Device/holdfast-local',
      duties: [{ role: 'service' }],
      client: 'holdfast-local',
      session: issued.session,
    },
  });
  expect(done.ok && 'scopes' in done.value).toBe(false);
  expect(JSON.stringify(await rows.list('ClientCredentials'))).not.toContain(issued.token);
  clock.set(T0 + 600_000);
  expect(await authenticator.authenticate(bearer(issued.token))).toEqual(ended);
  for (const minutes of [0, 1_441, 1.5, Number.NaN])
    await expect(issueLocalToken({ rows, clock, chance: CHANCE, minutes }), String(minutes)).rejects.toThrow(/a day/);
});

test('[AN36] a token of a demo’s account opens nothing on a node that is no demo', async () => {
  const there = await hospital(undefined, () => true);
  await there.put({ resourceType: 'Practitioner', id: 'd', name: [{ family: 'Demo' }] });
  const made = await there.accounts.addAccount(
    { who: 'Practitioner/d', userName: 'nurse', password: 'holdfast', demo: true },
    'terminal',
  );
  const value = {
    kind: 'AccessToken',
    iat: 0,
    exp: T0,
    clientId: 'holdfast-web',
    accountId: made.ok ? made.value.accountId : '',
  };
  await there.rows.put('AccessToken', rowIdOf('good'), JSON.stringify(value));
  const asked = (isDemo?: () => boolean) =>
    openAuthenticator({
      ...there,
      tokenOf: async () => undefined,
      ...(isDemo === undefined ? {} : { isDemo }),
    }).authenticate(bearer('good'));
  expect(await asked(() => true)).toMatchObject({ value: { who: 'Practitioner/d' } });
  expect(await asked(() => false)).toEqual(ended);
  expect(await asked()).toEqual(ended);
});
