// The node's own AuditEvents, in the shape in which the store gives what it keeps, so that every act treats them alike.
//
//   FR60  They are there for who may see the audit: all of them, or those about the own patient record alone.
import type { Access } from '../../core/access/access.ts';
import type { AuditQuery, RenderedEvent } from '../../core/access/audit-trail.ts';
import { assert } from '../../core/base/assert.ts';
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import { homeCompartment } from '../../core/fhir/compartment.ts';
import { authorBody } from '../../core/record/body.ts';
import type { Stored } from '../../core/record/store.ts';
import type { Api, Ask } from './ask.ts';
import type { Refusal } from './outcome.ts';
import { isObject } from './parameters.ts';

export interface OwnEvent {
  readonly stored: Stored;
  readonly resource: ResourceJson;
}

/** `query` within what `access` may see of the audit; undefined where that is nothing. */
export function withinAudit<Q extends Pick<AuditQuery, 'patients'>>(
  query: Q,
  { audit, principal }: Access,
): Q | undefined {
  if (audit === 'all') return query;
  const own = principal.who;
  if (audit !== 'own' || !own.startsWith('Patient/')) return undefined;
  return query.patients === undefined || query.patients.includes(own) ? { ...query, patients: [own] } : undefined;
}

export async function ownEvent(id: string, access: Access, api: Api): Promise<Stored | undefined> {
  const query = withinAudit<AuditQuery>({ ids: [id], count: 1 }, access);
  if (query === undefined) return undefined;
  const [event] = (await api.auditReader.search(query)).events;
  return event === undefined ? undefined : eventOf(event).stored;
}

/** Why nothing may be written under `id`: it is one of the node's own. Who does not see it is not told that it is there. */
export async function fixedEvent(id: string, { verb, access }: Ask, api: Api): Promise<Refusal | undefined> {
  const own = await ownEvent(id, access, api);
  if (own !== undefined) {
    return { kind: 'forbidden', why: "The node's own AuditEvents cannot be changed.", by: 'role' };
  }
  if (verb !== 'PUT' || !access.putCreates) return undefined;
  const { events } = await api.auditReader.search({ ids: [id], count: 1 });
  return events.length === 0 ? undefined : { kind: 'not-found' };
}

export function eventOf({ id, at, text }: RenderedEvent): OwnEvent {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok && isObject(parsed.value.value), 'a rendered event is JSON');
  const { meta } = parsed.value.value;
  const versionId = isObject(meta) && typeof meta['versionId'] === 'string' ? meta['versionId'] : '1';
  const body = authorBody(text, parsed.value, id);
  return {
    resource: body.resource,
    stored: {
      key: { type: 'AuditEvent', id },
      home: homeCompartment(body.resource),
      versionId,
      lastUpdatedAt: at,
      heads: [versionId],
      displayed: versionId,
      deleted: false,
      conflict: false,
      text: body.text,
      splice: body.splice,
    },
  };
}
