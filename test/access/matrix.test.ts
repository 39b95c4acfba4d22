// Every role, every interaction, inside and outside its scope: what comes over HTTP is what the table of roles says.
//
// Nothing here repeats the table: what is expected is computed from `rightOf` for each role, kind and side.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES, type Role } from '../../src/core/access/principal.ts';
import { CLINICIANS, rightOf, type Action } from '../../src/core/access/roles.ts';
import { knownByToken } from '../../src/server/fhir-api/access.test-kit.ts';
import { memoryStore, startApiServer } from '../../src/server/fhir-api/api-server.test-kit.ts';
import { at, listAt, testClient, type Reply, type TestClient } from '../../src/server/fhir-api/http-client.test-kit.ts';
import type { Started } from '../../src/server/fhir-api/rest-contract.test-kit.ts';
import { bearer, idOf, KINDS, PEOPLE, PLACES, resourceOf, seed, type Kind, type Side } from './hospital.test-kit.ts';

let started: Started | undefined;
let client: TestClient | undefined;
let tried = 0;
const here = (): TestClient => {
  if (client === undefined) throw new Error('the server did not start');
  return client;
};

beforeAll(async () => {
  const store = memoryStore();
  await seed(store, [
    ...PLACES,
    { resourceType: 'Device', id: 'd' },
    ...KINDS.flatMap((kind) => SIDES.map((side) => resourceOf(kind, side))),
  ]);
  started = await startApiServer(store, { authenticator: knownByToken(PEOPLE) });
  client = testClient(started.baseUrl);
});
afterAll(async () => {
  await started?.stop();
  expect(tried).toBeGreaterThan(7_000);
});

const SIDES: readonly Side[] = ['inside', 'outside'];

/** Never, by any resource; not of this one; or yes. */
type Verdict = 'never' | 'no' | 'yes';

function verdictOf(role: Role, action: Action, kind: Kind, side: Side): Verdict {
  const right = rightOf(role, kind.type, action);
  if (right === undefined) return 'never';
  if (right.of !== undefined && (kind.department === undefined || !right.of.includes(kind.department))) return 'no';
  // Of devices in people, clinicians see all, everyone else none but their own.
  if (kind.type === 'Device' && role !== 'service' && !CLINICIANS.has(role)) {
    return role === 'patient' && side === 'inside' ? 'yes' : 'no';
  }
  if (kind.common === true || right.reach === 'everyone') return 'yes';
  return side === 'inside' ? 'yes' : 'no';
}

const looked: Readonly<Record<Verdict, number>> = { never: 403, no: 404, yes: 200 };

function changed(role: Role, action: 'update' | 'delete', kind: Kind, side: Side): number {
  const verdict = verdictOf(role, action, kind, side);
  if (verdict === 'never') return 403;
  const isSeen = verdictOf(role, 'read', kind, side) === 'yes';
  // To delete what is not there is no error.
  if (!isSeen) return action === 'delete' ? 204 : 404;
  // Made, also under an id of the client's own, and never changed (AC34).
  const isTrail = kind.type === 'AuditEvent' || kind.type === 'Provenance';
  if (verdict === 'no' || (isTrail && action === 'update')) return 403;
  return action === 'delete' ? 204 : 200;
}

const created = (role: Role, kind: Kind, side: Side): number =>
  verdictOf(role, 'create', kind, side) === 'yes' ? 201 : 403;

const statusOf = async (what: string, reply: Promise<Reply>): Promise<readonly [string, number]> => {
  tried++;
  const { status } = await reply;
  return [what, status];
};

describe.each(ROLES)('[FR51] [FR54] what a %s may', (role) => {
  const headers = bearer(role);

  test.each(SIDES)(
    `[FR51] read, version, history, search and meta ${role === 'patient' ? 'of the own record, ' : ''}%s`,
    async (side) => {
      for (const kind of KINDS) {
        const id = idOf(kind, side);
        const path = `/${kind.type}/${id}`;
        const expected = looked[verdictOf(role, 'read', kind, side)];
        const admin = await here().get(path, bearer('service'));
        const version = String(at(admin.json, 'meta.versionId'));
        const got = await Promise.all([
          statusOf('read', here().get(path, headers)),
          statusOf('vread', here().get(`${path}/_history/${version}`, headers)),
          statusOf('history', here().get(`${path}/_history`, headers)),
          statusOf('head', here().send('HEAD', path, undefined, headers)),
          statusOf('meta', here().get(`${path}/$meta`, headers)),
        ]);
        const wanted = got.map(([what]) => [what, expected]);
        expect([path, ...got]).toEqual([path, ...wanted]);

        const search = await here().get(`/${kind.type}?_id=${id}`, headers);
        tried++;
        const found =
          search.status === 200
            ? listAt(search.json, 'entry').filter((entry) => at(entry, 'search.mode') === 'match').length
            : -1;
        const total = search.status === 200 ? at(search.json, 'total') : undefined;
        const shown = expected === 403 ? [403, -1, undefined] : expected === 404 ? [200, 0, 0] : [200, 1, 1];
        expect([path, search.status, found, total]).toEqual([path, ...shown]);
      }
    },
  );

  test.each(SIDES)('[FR54] update, patch, create and delete %s', async (side) => {
    for (const kind of KINDS) {
      const path = `/${kind.type}/${idOf(kind, side)}`;
      const update = { ...resourceOf(kind, side), language: `x-${role}` };
      const replace = [{ op: 'add', path: '/language', value: `y-${role}` }];
      const patchType = { 'content-type': 'application/json-patch+json' };
      const doomed = resourceOf(kind, side, `doomed-${role}-${side}`);
      const isDeleted = kind.type !== 'Patient';
      if (isDeleted) await here().put(`/${kind.type}/${doomed.id}`, doomed, bearer('service'));
      const got = [
        await statusOf('update', here().put(path, update, headers)),
        await statusOf('patch', here().send('PATCH', path, JSON.stringify(replace), { ...headers, ...patchType })),
        await statusOf('put by criteria', here().put(`/${kind.type}?_id=${idOf(kind, side)}`, update, headers)),
        await statusOf(
          'patch by criteria',
          here().send('PATCH', `/${kind.type}?_id=${idOf(kind, side)}`, JSON.stringify(replace), {
            ...headers,
            ...patchType,
          }),
        ),
        await statusOf('create', here().post(`/${kind.type}`, resourceOf(kind, side), headers)),
        await statusOf(
          'delete',
          here().send('DELETE', isDeleted ? `/${kind.type}/${doomed.id}` : '/Patient/none', undefined, headers),
        ),
      ];
      const change = changed(role, 'update', kind, side);
      const remove = isDeleted
        ? changed(role, 'delete', kind, side)
        : verdictOf(role, 'delete', kind, side) === 'never'
          ? 403
          : 204;
      expect([path, ...got]).toEqual([
        path,
        ['update', change],
        ['patch', change],
        ['put by criteria', change],
        ['patch by criteria', change],
        ['create', created(role, kind, side)],
        ['delete', remove],
      ]);
    }
  });

  test('[FR51] operations and Bundles', async () => {
    const isClinician = CLINICIANS.has(role);
    const reason = {
      resourceType: 'Parameters',
      parameter: [{ name: 'reason', valueString: 'Collapsed in the corridor' }],
    };
    const everything = (side: Side): Promise<Reply> =>
      here().get(`/Patient/${side === 'inside' ? 'anna' : 'bela'}/$everything`, headers);
    const verdict = (side: Side): number => looked[verdictOf(role, 'read', KINDS[0] ?? kindMissing(), side)];
    expect([(await everything('inside')).status, (await everything('outside')).status]).toEqual([
      verdict('inside'),
      verdict('outside'),
    ]);
    // Unknown: 404 to whoever may see it; the right is the first question.
    const glass = await here().post('/Patient/none/$break-glass', reason, headers);
    expect(glass.status).toBe(isClinician ? 404 : 403);
    const review = await here().post('/Task/none/$break-glass-review', reason, headers);
    expect(review.status).toBe(403);
    const entry = KINDS.map((kind) => ({ request: { method: 'GET', url: `${kind.type}/${idOf(kind, 'outside')}` } }));
    const batch = await here().post('', { resourceType: 'Bundle', type: 'batch', entry }, headers);
    expect(batch.status).toBe(200);
    const statuses = listAt(batch.json, 'entry').map((one) => Number(String(at(one, 'response.status')).slice(0, 3)));
    expect(statuses).toEqual(KINDS.map((kind) => looked[verdictOf(role, 'read', kind, 'outside')]));
    for (const [index, kind] of KINDS.entries()) {
      const one = { resourceType: 'Bundle', type: 'transaction', entry: [entry[index]] };
      const reply = await here().post('', one, headers);
      expect([kind.type, reply.status]).toEqual([kind.type, looked[verdictOf(role, 'read', kind, 'outside')]]);
    }
    tried += 4 + 2 * KINDS.length;
  });
});

function kindMissing(): never {
  throw new Error('there are no kinds');
}
