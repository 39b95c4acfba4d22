// oidc-provider's artefacts in the node's expiring rows.
//
//   SM1  The name of a row is the hash of the artefact's id, and its value does not hold the id: the table alone opens nothing.
//   SM2  A code, a refresh token and a signed assertion are used up once, whichever process is asked; losing that race ends
//        the grant, as using it twice does.
//   SM3  What hangs on a grant ends with it.
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { assert } from '../../../core/base/assert.ts';
import type { Clock } from '../../../core/base/ports.ts';
import type { ExpiringRow, ExpiringRows, RowOptions } from '../../ports/expiring-rows.ts';
import { endGrant } from './end-grant.ts';
import { rowIdOf } from './token-rows.ts';

/** The grant that an id names; kept beside its own tokens under the same group. */
const groupOf = (kind: string, id: string, payload: AdapterPayload): string | undefined =>
  kind === 'Grant' ? id : payload.grantId;

/** What a model finds by something else than its id: a session by its uid. */
const aliasOf = (payload: AdapterPayload): string | undefined => {
  const name = payload.uid ?? payload.userCode;
  return name === undefined ? undefined : rowIdOf(name);
};

export type FindClient = (id: string) => Promise<AdapterPayload | undefined>;

export interface AdapterDeps {
  readonly rows: ExpiringRows;
  readonly clock: Clock;
  /** Clients are not artefacts: they come from the register and from the node itself. */
  readonly findClient: FindClient;
}

/** One adapter for each kind of artefact (`oidc-provider` calls it with the model's name). */
export function adapterOf(deps: AdapterDeps): (kind: string) => Adapter {
  const { rows, clock, findClient } = deps;
  return (kind) => {
    const payloadOf = (row: ExpiringRow, id: string | undefined): AdapterPayload => {
      // Only `upsert` writes rows of these kinds, and the command line in the same shape.
      const stored = JSON.parse(row.value) as AdapterPayload;
      return {
        ...stored,
        ...(id === undefined ? {} : { jti: id }),
        ...(row.consumedAt === undefined ? {} : { consumed: Math.floor(row.consumedAt / 1_000) }),
      };
    };
    return {
      upsert: async (id, payload, expiresIn) => {
        const { jti: _id, consumed: _consumed, ...kept } = payload;
        // A step of sign-in also names the session's cookie; nothing reads it back.
        if (kept.session !== undefined) kept.session = { ...kept.session, cookie: undefined };
        // Everything that this node gives out has an end (lives.ts).
        assert(expiresIn !== undefined, `a ${kind} without an end`);
        const expiresAt = clock.now() + expiresIn * 1_000;
        if (kind === 'ReplayDetection' && (await rows.count('ReplayCount', rowIdOf(id), 1, expiresAt)) > 1) {
          throw new errors.InvalidClientAuth('client assertion was used before');
        }
        const group = groupOf(kind, id, payload);
        const alias = aliasOf(payload);
        const options: RowOptions = {
          expiresAt,
          ...(group === undefined ? {} : { group }),
          ...(alias === undefined ? {} : { alias }),
        };
        await rows.put(kind, rowIdOf(id), JSON.stringify(kept), options);
      },
      find: async (id) => {
        if (kind === 'Client') return findClient(id);
        const row = await rows.get(kind, rowIdOf(id));
        return row === undefined ? undefined : payloadOf(row, id);
      },
      findByUid: async (uid) => {
        const row = await rows.getByAlias(kind, rowIdOf(uid));
        return row === undefined ? undefined : payloadOf(row, undefined);
      },
      findByUserCode: async (userCode) => {
        const row = await rows.getByAlias(kind, rowIdOf(userCode));
        return row === undefined ? undefined : payloadOf(row, undefined);
      },
      consume: async (id) => {
        if (await rows.consume(kind, rowIdOf(id))) return;
        const row = await rows.get(kind, rowIdOf(id));
        const grantId = row === undefined ? undefined : payloadOf(row, id).grantId;
        if (grantId !== undefined) await endGrant(rows, clock, grantId);
        throw new errors.InvalidGrant('used before');
      },
      destroy: async (id) => rows.remove(kind, rowIdOf(id)),
      revokeByGrantId: async (grantId) => endGrant(rows, clock, grantId),
    };
  };
}
