// The node's own AuditEvents, in the shape in which the store gives what it keeps, so that every act treats them alike.
//
//   FR60  They are there for who may see the audit: all of them, or those about the own patient record alone.
import type { Access } from '../../core/access/access.ts';
import { refersTo } from '../../core/access/break-glass.ts';
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
  { audit, auditOf }: Access,
): Q | undefined {
  if (audit === 'all') return query;
  if (auditOf === undefined) return undefined;
  const own = auditOf.patient;
  return query.patients === undefined || query.patients.includes(own) ? { ...query, patients: [own] } : undefined;
}

export async function ownEvent(id: string, access: Access, api: Api): Promise<Stored | undefined> {
  const query = withinAudit<AuditQuery>({ ids: [id], count: 1 }, access);
  if (query === undefined) return undefined;
  const { auditOf } = access;
  if (auditOf !== undefined) {
    const [kept] = await api.store.read([{ type: 'AuditEvent', id }], auditOf.kept);
    if (kept !== undefined && !kept.deleted) return keptEvent(kept, access).stored;
  }
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
export function eventOf(event: RenderedEvent, { auditOf }: Pick<Access, 'auditOf'>): OwnEvent {
  return storedEvent(auditOf === undefined ? event : { ...event, text: withoutOthers(event.text, auditOf.patient) });
}

/** One that others wrote into the record, as `access` may see it. */
export function keptEvent(kept: Stored, access: Pick<Access, 'auditOf'>): OwnEvent {
  const { key, lastUpdatedAt, text } = kept;
  const part = access.auditOf === undefined ? text : partAbout(text, access.auditOf.patient);
  const { resource, stored } = storedEvent({ id: key.id, at: lastUpdatedAt, text: part });
  return { resource, stored: { ...kept, text: stored.text, splice: stored.splice } };
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

const TOLD = [
  'resourceType',
  'id',
  'meta',
  'type',
  'subtype',
  'action',
  'period',
  'recorded',
  'outcome',
  'purposeOfEvent',
  'source',
];
const TOLD_OF_AGENT = ['type', 'role', 'who', 'name', 'requestor', 'purposeOfUse'];
const TOLD_OF_ENTITY = ['what', 'type', 'role', 'lifecycle'];

/** What others wrote may name anybody anywhere, in words too: the one is told who did what and when, and that it was their record. */
function partAbout(text: string, own: string): string {
  const event = parsedEvent(text).value;
  assert(isObject(event), 'a stored body is a resource');
  const isOwn = ({ what }: JsonObject): boolean => refersTo(what, own);
  const agents = objectsIn(event['agent']).map((agent) => {
    const { who } = agent;
    const isStaff =
      isObject(who) && /(?:^|\/)(?:Practitioner|PractitionerRole|Organization|Device)\//.test(textOf(who));
    const isTold = who === undefined || isStaff || refersTo(who, own);
    return partOf(agent, isTold ? TOLD_OF_AGENT : ['requestor']);
  });
  const entities = objectsIn(event['entity']).filter(isOwn);
  return printJson({
    ...partOf(event, TOLD),
    agent: agents,
    ...(entities.length === 0
      ? {}
      : { entity: entities.map((entity) => ({ ...partOf(entity, TOLD_OF_ENTITY), what: { reference: own } })) }),
  });
}

const textOf = ({ reference }: JsonObject): string => (typeof reference === 'string' ? reference : '');

function partOf(whole: JsonObject, names: readonly string[]): Record<string, JsonValue> {
  const part: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(whole)) {
    if (names.includes(name) && value !== undefined) part[name] = value;
  }
  return part;
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
