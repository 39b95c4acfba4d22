// Who asks, in tests: sign-in that knows its people by their tokens, and an audit trail that keeps all it is told.
import type { AuditEntry, AuditReader, AuditTrail } from '../../core/access/audit-trail.ts';
import type { Principal } from '../../core/access/principal.ts';
import { err, ok } from '../../core/base/result.ts';
import type { Authenticator } from '../auth/authenticator.ts';

/** A program that may do everything. */
export const SERVICE: Principal = {
  who: 'Device/test',
  name: 'Test',
  duties: [{ role: 'service', places: [], supervisor: false }],
  client: 'test',
  session: 'test',
  asOf: 0,
};

/** Whoever asks is `principal`. */
export const anyoneIs = (principal: Principal): Authenticator => ({
  freshMs: 0,
  authenticate: () => Promise.resolve(ok(principal)),
});

/** `Authorization: Bearer <name>` is the principal of that name. */
export const knownByToken = (principals: ReadonlyMap<string, Principal>): Authenticator => ({
  freshMs: 0,
  authenticate: ({ authorization }) => {
    if (authorization === undefined) return Promise.resolve(err({ kind: 'nobody' }));
    const principal = principals.get(authorization.replace(/^Bearer /, ''));
    return Promise.resolve(principal === undefined ? err({ kind: 'invalid', why: 'unknown token' }) : ok(principal));
  },
});

export interface MemoryTrail extends AuditTrail {
  readonly entries: AuditEntry[];
}
export function memoryTrail(): MemoryTrail {
  const entries: AuditEntry[] = [];
  return {
    entries,
    record: (entry) => {
      entries.push(entry);
      return Promise.resolve();
    },
  };
}

export const NO_EVENTS: AuditReader = { search: () => Promise.resolve({ events: [] }) };
