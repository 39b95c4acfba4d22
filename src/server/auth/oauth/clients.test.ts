import { describe, expect, test } from 'vitest';
import { memoryExpiringRows } from '../../ports/memory-expiring-rows.ts';
import { nodePorts } from '../../ports/node-ports.ts';
import { isSecret, openClients, type ClientRequest } from './clients.ts';
import { makeSigner } from './oauth-node.test-kit.ts';

const { clock, chance } = nodePorts();
const make = () => {
  const rows = memoryExpiringRows(clock);
  return { rows, clients: openClients({ rows, clock, chance }) };
};
const APP: ClientRequest = {
  name: 'App',
  kind: 'public',
  redirectUris: ['https://app.example.org/return'],
  scope: 'openid patient/*.rs',
};

describe('what a client is registered with', () => {
  test('[SM7] redirect addresses that lead where nobody can answer for are refused', async () => {
    const { clients } = make();
    const good = [
      'https://app.example.org/return?tenant=1',
      'http://127.0.0.1:3000/return',
      'http://localhost/return',
      'http://[::1]:8000/',
      'org.example.app:/return',
    ];
    const bad = [
      'http://app.example.org/return',
      'http://localhost.evil.example/return',
      'https://app.example.org/return#part',
      'https://*.example.org/return',
      'https://user:secret@app.example.org/return',
      'javascript:alert(1)',
      'data:text/html,x',
      'myapp:/return',
      'file:///etc/passwd',
      '/return',
      '',
    ];
    for (const uri of good)
      expect([uri, (await clients.register({ ...APP, redirectUris: [uri] })).ok]).toEqual([uri, true]);
    for (const uri of bad)
      expect([uri, (await clients.register({ ...APP, redirectUris: [uri] })).ok]).toEqual([uri, false]);
    const out = await clients.register({ ...APP, postLogoutRedirectUris: ['http://app.example.org/'] });
    expect(out.ok).toBe(false);
  });
  test('[SM7] kinds, proofs and scopes must fit each other', async () => {
    const { clients } = make();
    const { publicJwk } = await makeSigner('ES384');
    const bad: readonly ClientRequest[] = [
      { ...APP, redirectUris: [] },
      { ...APP, name: ' ' },
      { ...APP, name: 'two\nlines' },
      { ...APP, id: 'no spaces' },
      { ...APP, scope: '' },
      { ...APP, scope: 'openid nonsense' },
      { ...APP, scope: 'system/*.rs' },
      { ...APP, authentication: 'client_secret_basic' },
      { ...APP, jwks: [publicJwk] },
      { ...APP, kind: 'confidential', authentication: 'none' },
      { ...APP, kind: 'confidential', authentication: 'private_key_jwt' },
      { ...APP, kind: 'service', scope: 'system/*.rs', jwks: [publicJwk] },
      { name: 'S', kind: 'service', scope: 'patient/*.rs', jwks: [publicJwk] },
      { name: 'S', kind: 'service', scope: 'system/*.rs', jwks: [] },
      { name: 'S', kind: 'service', scope: 'system/*.rs', jwks: [publicJwk], jwksUri: 'https://s.example.org/keys' },
      { name: 'S', kind: 'service', scope: 'system/*.rs', jwksUri: 'http://s.example.org/keys' },
      { name: 'S', kind: 'service', scope: 'system/*.rs', jwks: [{ kty: 'oct', k: 'c2VjcmV0' }] },
    ];
    for (const request of bad) {
      const answer = await clients.register(request);
      expect([request, answer.ok ? 'taken in' : answer.error.kind]).toEqual([request, 'invalid']);
    }
    expect(await clients.list()).toEqual([]);
  });
  test('[SM7] an id is taken once, and the node’s own never', async () => {
    const { clients } = make();
    expect((await clients.register({ ...APP, id: 'mine' })).ok).toBe(true);
    for (const id of ['mine', 'holdfast-web', 'holdfast-local']) {
      expect(await clients.register({ ...APP, id })).toEqual({ ok: false, error: { kind: 'taken' } });
    }
  });
  test('[SM8] a secret is shown once and kept as a hash; a new one voids the old', async () => {
    const { clients, rows } = make();
    const added = await clients.register({ ...APP, id: 'server', kind: 'confidential' });
    const secret = added.ok ? (added.value.secret ?? '') : '';
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(await rows.list('Client'))).not.toContain(secret);
    const changed = await clients.rotate('server');
    const next = changed.ok ? (changed.value.secret ?? '') : '';
    const hash = (await clients.find('server'))?.secretHash ?? '';
    expect([isSecret(secret, hash), isSecret(next, hash)]).toEqual([false, true]);
    expect(await clients.rotate('nobody')).toEqual({ ok: false, error: { kind: 'not-found' } });
  });
  test('[SM9] keys are public ones, and can be changed', async () => {
    const { clients } = make();
    const { publicJwk } = await makeSigner('ES384');
    const service: ClientRequest = { id: 's', name: 'S', kind: 'service', scope: 'system/*.rs', jwks: [publicJwk] };
    const refused = await clients.register({ ...service, jwks: [{ ...publicJwk, d: 'private' }] });
    expect(refused.ok).toBe(false);
    expect((await clients.register(service)).ok).toBe(true);
    expect((await clients.rotate('s')).ok).toBe(false);
    const other = await makeSigner('RS384');
    expect((await clients.rotate('s', [other.publicJwk])).ok).toBe(true);
    expect((await clients.find('s'))?.jwks).toEqual([other.publicJwk]);
    expect((await clients.rotate('s', [{ ...publicJwk, d: 'private' }])).ok).toBe(false);
  });
  test('[SM9] what is removed is gone', async () => {
    const { clients } = make();
    await clients.register({ ...APP, id: 'mine' });
    expect((await clients.remove('mine')).ok).toBe(true);
    expect(await clients.find('mine')).toBeUndefined();
    expect(await clients.remove('mine')).toEqual({ ok: false, error: { kind: 'not-found' } });
  });
});
