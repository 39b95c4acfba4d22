// What a principal may do, as data that the store and the engine carry out. `access-of.ts` makes one.
import type { Visibility } from '../record/store.ts';
import type { Principal } from './principal.ts';
import type { JsonObject } from '../base/json-types.ts';

/** One interaction as the API's table names it, or an operation with its `$`. */
export interface AskedInteraction {
  /** read, vread, update, patch, delete, create, search-type, history-instance, history-type, history-system, search-system, batch, transaction, capabilities, or `$everything`. */
  readonly name: string;
  readonly type?: string;
  readonly id?: string;
}

/** Never says anything of a particular resource: it is the same whatever is there. */
export interface Denial {
  /** `role`: none of the principal's roles may. `scope`: the client was not granted it. */
  readonly by: 'role' | 'scope';
  /** For people, without values. */
  readonly why: string;
}

export interface Access {
  readonly principal: Principal;
  /** What may be known of. Applied by the store to every read. */
  readonly visible: Visibility;
  readonly create: Visibility;
  readonly update: Visibility;
  readonly delete: Visibility;
  /** Whether an update may create under the client's own id: only for who sees all of it. */
  readonly putCreates: boolean;
  /** What the tables of types cannot say: a text why not. */
  readonly judgeWrite: (write: { readonly before?: JsonObject; readonly after?: JsonObject }) => string | undefined;
  /** Asked before anything is looked at. */
  readonly refuses: (asked: AskedInteraction) => Denial | undefined;
  /**
   * For who may break the glass: what is seen of a patient's care in reach. A patient that it does not show, but that
   * `visible` does, is beyond reach: lists about that patient say so instead of looking empty (hazard: "nothing there").
   */
  readonly care?: Visibility;
  readonly mayBreakGlass: boolean;
  readonly mayReviewBreakGlass: boolean;
  readonly mayEnrol: boolean;
  /** AuditEvents: of all, of one record alone (a patient's own, or that of the launch), or none. */
  readonly audit: 'all' | 'own' | 'none';
  /** With `own`: whose record, and which of the AuditEvents that others wrote are of it. These are told without the others in them, so `visible` shows none. */
  readonly auditOf?: { readonly patient: string; readonly kept: Visibility };
}
