// What people looked at on this device, as entries of the audit: one for each opening of a chart, not for each time that it is drawn.
//
//   BD10  Reads, searches, charts, refusals and prints are told before they are answered, with everybody whose record was shown.
//   BD11  The same look by the same person is told once in a quarter of an hour, and again as soon as it shows another patient.
import type { AskedInteraction } from '../../core/access/access.ts';
import type { AuditAct, AuditEntry, AuditTrail } from '../../core/access/audit-trail.ts';
import type { Principal } from '../../core/access/principal.ts';
import type { Clock, Instant } from '../../core/base/ports.ts';

export interface Look {
  readonly act: AuditAct;
  readonly interaction?: string;
  /** Home compartments: `Patient/1`. */
  readonly patients: Iterable<string>;
  readonly what: readonly string[];
  readonly query?: string;
}

const AGAIN_MS = 15 * 60_000;
/** More are forgotten, and told again. */
const KNOWN_MAX = 2_000;

export class Looks {
  readonly #trail: AuditTrail;
  readonly #clock: Clock;
  readonly #told = new Map<string, { readonly at: Instant; readonly patients: Set<string> }>();

  constructor(trail: AuditTrail, clock: Clock) {
    this.#trail = trail;
    this.#clock = clock;
  }

  async tell(principal: Principal, { act, interaction, patients, what, query }: Look): Promise<void> {
    const at = this.#clock.now();
    const shown = new Set([...patients].filter((home) => home !== ''));
    const key = JSON.stringify([principal.who, principal.session, act, what, query ?? '']);
    const before = this.#told.get(key);
    const isKnown = before !== undefined && at >= before.at && at - before.at < AGAIN_MS;
    if (isKnown && [...shown].every((home) => before.patients.has(home))) return;
    const told = isKnown ? before : { at, patients: new Set<string>() };
    for (const home of shown) told.patients.add(home);
    if (this.#told.size >= KNOWN_MAX) this.#told.clear();
    this.#told.set(key, told);
    await this.#trail.record({
      ...entryOf(principal, at, act, true),
      interaction: interaction ?? act,
      patients: shown.size === 0 ? undefined : [...shown],
      what: what.length === 0 ? undefined : what,
      query: query === undefined || query === '' ? undefined : query,
    });
  }

  /** Refused for want of right: always told. */
  async refused(principal: Principal, { name, type, id }: AskedInteraction): Promise<void> {
    await this.#trail.record({
      ...entryOf(principal, this.#clock.now(), 'refused', false),
      interaction: name,
      what: type === undefined ? undefined : [id === undefined ? type : `${type}/${id}`],
    });
  }

  /** What is no look: a print, a lock, somebody who came in. */
  async happened(principal: Principal, act: AuditAct, more: Partial<AuditEntry> = {}): Promise<void> {
    await this.#trail.record({ ...entryOf(principal, this.#clock.now(), act, true), ...more });
  }
}

function entryOf(principal: Principal, at: Instant, act: AuditAct, ok: boolean): AuditEntry {
  const { who, name, duties, client, session, device, unconfirmed } = principal;
  const roles = [...new Set(duties.map(({ role }) => role))];
  return {
    at,
    act,
    ok,
    who,
    name,
    roles: roles.length === 0 ? undefined : roles,
    client,
    session,
    device,
    unconfirmed: unconfirmed === true ? true : undefined,
  };
}
