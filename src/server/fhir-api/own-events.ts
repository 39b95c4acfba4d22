// The node's own AuditEvents, in the shape in which the store gives what it keeps, so that every act treats them alike.
//
//   FR60  They are there for who may see the audit: all of them, or those about the own patient record alone.
import type { Access } from '../../core/access/access.ts';
import type { AuditQuery, RenderedEvent } from '../../core/access/audit-trail.ts';
import { assert } from '../../core/base/assert.ts';
import { parseJson, printJson, type ParsedJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../core/base/json-types.ts';
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
  return event === undefined ? undefined : eventOf(event, access).stored;
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

/** As `access` may see it. */
export function eventOf(event: RenderedEvent, { audit, principal }: Pick<Access, 'audit' | 'principal'>): OwnEvent {
  return storedEvent(audit === 'own' ? { ...event, text: withoutOthers(event.text, principal.who) } : event);
}

/** One look may have shown many patients, and be asked for by their names: the one is not told of the others. */
function withoutOthers(text: string, own: string): string {
  const event = parsedEvent(text).value;
  assert(isObject(event), 'a rendered event is a resource');
  const { entity, agent, ...rest } = event;
  const entities = objectsIn(entity);
  const isPatient = ({ what }: JsonObject): boolean =>
    isObject(what) && String(what['reference']).startsWith('Patient/');
  const isOwn = ({ what }: JsonObject): boolean => isObject(what) && what['reference'] === own;
  const isOfOthers = entities.some((one) => isPatient(one) && !isOwn(one));
  const kept = entities.filter(
    (one) => one['query'] === undefined && (isOwn(one) || one['what'] === undefined || !isOfOthers),
  );
  const agents = objectsIn(agent).map(({ network: _network, ...one }) => one);
  return printJson({ ...rest, agent: agents, ...(kept.length === 0 ? {} : { entity: kept }) });
}

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).filter(isObject) : [];

function parsedEvent(text: string): ParsedJson {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok, 'a rendered event is JSON');
  return parsed.value;
}

/** A resource of the trail, or one of the record that is read as one of them. */
export function storedEvent({ id, at, text }: RenderedEvent): OwnEvent {
  const parsed = parsedEvent(text);
  assert(isObject(parsed.value), 'an event is a resource');
  const { meta } = parsed.value;
  const versionId = isObject(meta) && typeof meta['versionId'] === 'string' ? meta['versionId'] : '1';
  const body = authorBody(text, parsed, id);
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
