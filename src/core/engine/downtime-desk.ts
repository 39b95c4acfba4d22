// Declaring a downtime and ending it, as the site's incident lead does.
//
//   WU15  Whoever has the duty of incident lead at a site declares for that site, with a reason in words; declared again it is the same.
//   WU16  It ends when an incident lead of the site ends it, and never by itself.
//   WU17  Both are told to the audit before they are answered.
import type { AuditTrail } from '../access/audit-trail.ts';
import type { Principal } from '../access/principal.ts';
import { assert } from '../base/assert.ts';
import { parseJson } from '../base/json.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type { Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import {
  declareDowntime,
  declaredDowntimes,
  DOWNTIME_REASON_MAX,
  DOWNTIME_SYSTEM,
  DOWNTIME_VALUE,
  endDowntime,
  type DeclaredDowntime,
} from '../care/downtime/declared-downtime.ts';
import { instantText } from '../record/body.ts';
import { EVERYTHING, type RecordStore, type Stored } from '../record/store.ts';
import type { Actor, RecordEngine } from './engine.ts';

export interface DowntimeDeps {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}
export type DowntimeRefusal = 'forbidden' | 'no-reason' | 'reason-too-long' | 'contended';

export interface DowntimeDesk {
  /** What is declared and not ended, the earliest first; of one site (`Organization/1`) where one is named. */
  declared(site?: string): Promise<readonly DeclaredDowntime[]>;
  /** Answers what is declared then. */
  declare(principal: Principal, reason: string): Promise<Result<readonly DeclaredDowntime[], DowntimeRefusal>>;
  /** Ends all that is declared for the sites of this incident lead. */
  end(principal: Principal, reason: string): Promise<Result<readonly DeclaredDowntime[], DowntimeRefusal>>;
}

const FLAGS = {
  types: ['Flag'],
  where: [
    {
      kind: 'param',
      param: 'identifier',
      type: 'token',
      values: [{ kind: 'token', system: DOWNTIME_SYSTEM, code: DOWNTIME_VALUE }],
    },
  ],
  sort: [{ param: '_lastUpdated', type: 'lastUpdated', descending: true }],
  // Those that ended long ago stay in the record; what is declared was changed last.
  count: 100,
  total: 'none',
  include: [],
} as const;

export function createDowntimeDesk(deps: DowntimeDeps): DowntimeDesk {
  const { store, engine, clock } = deps;

  const found = async (site?: string): Promise<readonly (DeclaredDowntime & { readonly stored: Stored })[]> => {
    const page = await store.search(FLAGS, EVERYTHING, { includes: 0, ms: 15_000 });
    if (!page.ok) return [];
    return page.value.hits.flatMap(({ stored }) =>
      declaredDowntimes([resourceOf(stored)], site).map((one) => ({ ...one, stored })),
    );
  };
  const declared = async (site?: string): Promise<readonly DeclaredDowntime[]> =>
    (await found(site))
      .map(({ site: of, since, reason }) => ({ site: of, since, reason }))
      .toSorted((a, b) => (a.since < b.since ? -1 : 1));

  return {
    declared,
    declare: async (principal, reason) => {
      const [site] = sitesOf(principal);
      if (site === undefined) return err('forbidden');
      const said = reason.trim();
      if (!/\p{L}/u.test(said)) return err('no-reason');
      if (said.length > DOWNTIME_REASON_MAX) return err('reason-too-long');
      if ((await found(site)).length === 0) {
        const { who, name } = principal;
        const flag = declareDowntime({ site, since: instantText(clock.now()), reason: said, who, name });
        const done = await engine.change(
          [{ kind: 'create', type: 'Flag', text: JSON.stringify(flag) }],
          actorOf(principal),
        );
        if (!done.ok) return err('contended');
      }
      await tell('declare-downtime', principal, site, said, deps);
      return ok(await declared(site));
    },
    end: async (principal, reason) => {
      const sites = sitesOf(principal);
      if (sites.length === 0) return err('forbidden');
      const said = reason.trim();
      if (said.length > DOWNTIME_REASON_MAX) return err('reason-too-long');
      for (const site of sites) {
        const going = await found(site);
        const until = instantText(clock.now());
        // From the heads of the moment: two who end it at once both mean it.
        const changes = going.map(({ stored }) => ({
          kind: 'update' as const,
          type: stored.key.type,
          id: stored.key.id,
          text: JSON.stringify(endDowntime(resourceOf(stored), until)),
        }));
        if (changes.length === 0) continue;
        const done = await engine.change(changes, actorOf(principal));
        if (!done.ok) return err('contended');
        await tell('end-downtime', principal, site, said, deps);
      }
      return ok((await Promise.all(sites.map((site) => declared(site)))).flat());
    },
  };
}

/** Where this person leads an incident. */
export const sitesOf = ({ duties }: Principal): readonly string[] => [
  ...new Set(duties.flatMap(({ role, site }) => (role === 'incident-lead' && site !== undefined ? [site] : []))),
];

/** The Flag is of no patient, so no table of reach gives it to anybody: the desk judged who asks. */
const actorOf = ({ who, session, device }: Principal): Actor => ({
  author: { practitioner: who, session, ...(device === undefined ? {} : { device }) },
  visible: EVERYTHING,
});

function resourceOf({ text }: Stored): ResourceJson {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok, 'a stored body is JSON');
  // A stored body is a resource.
  return parsed.value.value as ResourceJson;
}

async function tell(
  interaction: string,
  { who, name, client, session, device, duties, unconfirmed }: Principal,
  site: string,
  reason: string,
  { audit, clock }: DowntimeDeps,
): Promise<void> {
  await audit.record({
    at: clock.now(),
    act: 'operation',
    interaction,
    ok: true,
    who,
    name,
    client,
    session,
    ...(device === undefined ? {} : { device }),
    roles: [...new Set(duties.map(({ role }) => role))],
    ...(unconfirmed === true ? { unconfirmed: true } : {}),
    what: [site],
    ...(reason === '' ? {} : { reason }),
  });
}
