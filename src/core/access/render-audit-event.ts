// What happened, as a FHIR R4 AuditEvent (http://hl7.org/fhir/R4/auditevent.html). Rendered when asked for, never stored.
//
// Invariants (specs/audit.md)
//   AU3  The same event is the same text at every node and every time.
//   AU4  A write's event comes from its revision alone, and its id is the revision's name.
//
// Codes: DICOM PS3.16 D "DCM", http://hl7.org/fhir/R4/valueset-audit-event-type.html, restful-interaction, object-role.
import type { JsonObject } from '../base/json-types.ts';
import type { Hash, Instant } from '../base/ports.ts';
import { utf8 } from '../base/utf8.ts';
import { instantText } from '../record/body.ts';
import type { RevisionHeader } from '../record/envelope.ts';
import { homeOfScope } from '../record/scope.ts';
import type { AuditAct, AuditEntry, RenderedEvent } from './audit-trail.ts';
import { ROLE_SYSTEM } from './names.ts';

/** Of AuditEvent.subtype: the act as Holdfast names it. */
export const AUDIT_ACT_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/audit-act';

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const INTERACTION = 'http://hl7.org/fhir/restful-interaction';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

type Coding = JsonObject & { readonly system: string; readonly code: string };
const REST: Coding = { system: EVENT_TYPE, code: 'rest', display: 'RESTful Operation' };
const AUTHENTICATION: Coding = { system: DCM, code: '110114', display: 'User Authentication' };
const ALERT: Coding = { system: DCM, code: '110113', display: 'Security Alert' };
const EXPORT: Coding = { system: DCM, code: '110106', display: 'Export' };
const LOGIN: Coding = { system: DCM, code: '110122', display: 'Login' };
const LOGOUT: Coding = { system: DCM, code: '110123', display: 'Logout' };
const OVERRIDE: Coding = { system: DCM, code: '110127', display: 'Emergency Override Started' };
const ATTRIBUTES: Coding = { system: DCM, code: '110137', display: 'User Security Attributes Changed' };

/** http://hl7.org/fhir/R4/valueset-type-restful-interaction.html and system-restful-interaction. */
const INTERACTIONS: ReadonlySet<string> = new Set([
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history',
  'history-instance',
  'history-type',
  'history-system',
  'create',
  'search',
  'search-type',
  'search-system',
  'capabilities',
  'transaction',
  'batch',
  'operation',
]);

type Action = 'C' | 'R' | 'U' | 'D' | 'E';

interface Kind {
  readonly type: Coding;
  readonly action: Action;
  readonly subtype?: Coding;
}
const KINDS: Readonly<Record<AuditAct, Kind>> = {
  read: { type: REST, action: 'R', subtype: { system: INTERACTION, code: 'read' } },
  vread: { type: REST, action: 'R', subtype: { system: INTERACTION, code: 'vread' } },
  search: { type: REST, action: 'E', subtype: { system: INTERACTION, code: 'search' } },
  history: { type: REST, action: 'R', subtype: { system: INTERACTION, code: 'history' } },
  everything: { type: REST, action: 'E', subtype: { system: INTERACTION, code: 'operation' } },
  operation: { type: REST, action: 'E', subtype: { system: INTERACTION, code: 'operation' } },
  bundle: { type: REST, action: 'E', subtype: { system: INTERACTION, code: 'batch' } },
  refused: { type: REST, action: 'E' },
  'sign-in': { type: AUTHENTICATION, action: 'E', subtype: LOGIN },
  'sign-in-failed': { type: AUTHENTICATION, action: 'E', subtype: LOGIN },
  'sign-out': { type: AUTHENTICATION, action: 'E', subtype: LOGOUT },
  token: { type: AUTHENTICATION, action: 'C' },
  account: { type: ALERT, action: 'U', subtype: ATTRIBUTES },
  'break-glass': { type: ALERT, action: 'E', subtype: OVERRIDE },
  'break-glass-review': { type: ALERT, action: 'E' },
  print: { type: EXPORT, action: 'R' },
  export: { type: EXPORT, action: 'R' },
  gap: { type: ALERT, action: 'E' },
};
const ACTIONS: Readonly<Record<string, Action>> = {
  create: 'C',
  update: 'U',
  patch: 'U',
  delete: 'D',
  read: 'R',
  vread: 'R',
};

/** The AuditEvent of an entry. `source`: what wrote it down (the journal). */
export function renderEntry(id: string, entry: AuditEntry, source: string): RenderedEvent {
  const kind = KINDS[entry.act];
  const interaction = entry.interaction ?? '';
  const subtypes: Coding[] = [{ system: AUDIT_ACT_SYSTEM, code: entry.act }];
  if (INTERACTIONS.has(interaction)) subtypes.unshift({ system: INTERACTION, code: interaction });
  else if (kind.subtype !== undefined) subtypes.unshift(kind.subtype);
  const action = entry.act === 'refused' ? (ACTIONS[interaction] ?? 'E') : kind.action;
  const said = [entry.detail, entry.count === undefined ? undefined : `${entry.count} times`].filter(isText);
  const event = {
    resourceType: 'AuditEvent',
    id,
    meta: { versionId: '1', lastUpdated: instantText(entry.at) },
    type: kind.type,
    subtype: subtypes,
    action,
    recorded: instantText(entry.at),
    outcome: outcomeOf(entry),
    ...(said.length > 0 ? { outcomeDesc: said.join('; ') } : {}),
    agent: agentsOf(entry),
    source: { site: source, observer: { display: 'Holdfast' } },
    ...someEntities([
      ...(entry.patients ?? []).map(patientEntity),
      ...(entry.what ?? []).filter((what) => what.includes('/')).map(resourceEntity),
      ...queryEntity(entry),
      ...requestEntity(entry),
    ]),
  };
  return { id, at: entry.at, text: printed(event) };
}

/** http://hl7.org/fhir/R4/codesystem-audit-event-outcome.html */
function outcomeOf({ act, ok, status }: AuditEntry): '0' | '4' | '8' | '12' {
  if (act === 'gap') return '12';
  if (ok) return '0';
  return status !== undefined && status >= 500 ? '8' : '4';
}

function agentsOf(entry: AuditEntry): readonly JsonObject[] {
  const { who, name, address, roles, client, onBehalfOf, device } = entry;
  const isBehindGlass = entry.reason !== undefined && entry.act !== 'break-glass-review';
  const agents: JsonObject[] = [
    {
      ...(roles === undefined || roles.length === 0 ? {} : { role: roles.map(roleConcept) }),
      ...(who === undefined ? {} : { who: referenceTo(who, name) }),
      ...(isText(name) ? { name } : who === undefined ? { name: 'unknown' } : {}),
      requestor: true,
      // http://hl7.org/fhir/R4/codesystem-network-type.html: 1 machine name, 2 IP address.
      ...(isText(address) ? { network: { address, type: /^[0-9.]+$|:/.test(address) ? '2' : '1' } } : {}),
      ...(isBehindGlass || entry.act === 'break-glass'
        ? { purposeOfUse: [{ coding: [{ system: ACT_REASON, code: 'BTG', display: 'break the glass' }] }] }
        : {}),
    },
  ];
  if (isText(onBehalfOf)) agents.push(otherAgent('on behalf of', { who: referenceTo(onBehalfOf) }));
  if (isText(client)) agents.push(applicationAgent(client));
  if (isText(device)) agents.push(deviceAgent(device, false));
  return agents;
}

const roleConcept = (role: string): JsonObject =>
  /^\S+( \S+)*$/.test(role) ? { coding: [{ system: ROLE_SYSTEM, code: role }] } : { text: role === '' ? '?' : role };
const otherAgent = (text: string, who: JsonObject): JsonObject => ({ type: { text }, ...who, requestor: false });
const deviceAgent = (device: string, requestor: boolean): JsonObject => ({
  type: { text: 'device' },
  ...(REFERENCE.test(device) ? { who: { reference: device } } : { name: device }),
  requestor,
});
const applicationAgent = (name: string): JsonObject => ({
  type: { coding: [{ system: DCM, code: '110150', display: 'Application' }] },
  name,
  requestor: false,
});

const REFERENCE = /^(Practitioner|PractitionerRole|Organization|Device|Patient|RelatedPerson)\/[A-Za-z0-9\-.]{1,64}$/;

/** As a reference where FHIR takes one here; else by name. */
function referenceTo(who: string, name?: string): JsonObject {
  const display = isText(name) ? { display: name } : {};
  return REFERENCE.test(who) ? { reference: who, ...display } : { display: isText(name) ? `${name} (${who})` : who };
}

const patientEntity = (patient: string): JsonObject => ({
  what: { reference: patient },
  type: { system: ENTITY_TYPE, code: '1', display: 'Person' },
  role: { system: OBJECT_ROLE, code: '1', display: 'Patient' },
});
const resourceEntity = (what: string): JsonObject => ({
  what: { reference: what },
  type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
  role: { system: OBJECT_ROLE, code: '4', display: 'Domain Resource' },
});

function queryEntity({ query, what }: AuditEntry): readonly JsonObject[] {
  const type = (what ?? []).find((name) => !name.includes('/'));
  if (query === undefined && type === undefined) return [];
  return [
    {
      type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
      role: { system: OBJECT_ROLE, code: '24', display: 'Query' },
      query: base64(utf8(`${type ?? ''}?${query ?? ''}`)),
    },
  ];
}

/** What R4 has no element of its own for. */
function requestEntity(entry: AuditEntry): readonly JsonObject[] {
  const { interaction } = entry;
  const isNamed = interaction !== undefined && INTERACTIONS.has(interaction);
  return detailEntity({
    session: entry.session,
    reason: entry.reason,
    status: entry.status?.toString(),
    count: entry.count?.toString(),
    interaction: isNamed ? undefined : interaction,
    unconfirmed: entry.unconfirmed === true ? 'true' : undefined,
  });
}

function detailEntity(details: Readonly<Record<string, string | undefined>>): readonly JsonObject[] {
  const detail = Object.entries(details).flatMap(([type, value]) =>
    isText(value) ? [{ type, valueString: value }] : [],
  );
  if (detail.length === 0) return [];
  return [{ type: { system: ENTITY_TYPE, code: '4', display: 'Other' }, name: 'request', detail }];
}

const someEntities = (entity: readonly JsonObject[]): JsonObject => (entity.length === 0 ? {} : { entity });

export interface CommittedRevision {
  readonly hash: Hash;
  readonly header: RevisionHeader;
  /** Of its commit. */
  readonly receivedAt: Instant;
  readonly origin: string;
}

const WRITES = {
  put: ['update', 'U'],
  resolve: ['update', 'U'],
  tombstone: ['delete', 'D'],
  redact: ['delete', 'D'],
} as const;

/** The AuditEvent of a write. */
export function renderWrite({ hash, header, receivedAt, origin }: CommittedRevision): RenderedEvent {
  const { author, authored, kind, parents } = header;
  const [interaction, action] = kind === 'put' && parents.length === 0 ? (['create', 'C'] as const) : WRITES[kind];
  const home = homeOfScope(header.scope);
  const agents: JsonObject[] = [];
  const who = author?.practitioner;
  if (isText(who)) agents.push({ who: referenceTo(nameOfAuthor(who)), requestor: true });
  if (isText(author?.onBehalfOf))
    agents.push(otherAgent('on behalf of', { who: referenceTo(nameOfAuthor(author.onBehalfOf)) }));
  if (isText(author?.device)) agents.push(deviceAgent(author.device, agents.length === 0));
  if (agents.length === 0) agents.push({ name: 'unknown', requestor: true });
  const event = {
    resourceType: 'AuditEvent',
    id: hash,
    meta: { versionId: '1', lastUpdated: instantText(receivedAt) },
    type: REST,
    subtype: [{ system: INTERACTION, code: interaction }],
    action,
    period: { start: instantText(authored.wallMs) },
    recorded: instantText(receivedAt),
    outcome: '0',
    agent: agents,
    source: { site: origin, observer: { display: 'Holdfast' } },
    ...someEntities([
      ...(home === '' ? [] : [patientEntity(home)]),
      resourceEntity(`${header.type}/${header.id}/_history/${hash}`),
      ...detailEntity({ session: author?.session }),
    ]),
  };
  return { id: hash, at: receivedAt, text: printed(event) };
}

/** Authors stand in headers as `Practitioner/1`; a bare id is a practitioner's. */
export const nameOfAuthor = (author: string): string => (author.includes('/') ? author : `Practitioner/${author}`);

/** Half a character or a control character of a request is shown as U+FFFD: what is told must be readable everywhere. */
function printed(event: JsonObject): string {
  const text = JSON.stringify(event);
  if (!/\\u(?:d[89a-f]|00)|\\[bf]/.test(text)) return text;
  return JSON.stringify(event, (_name, value: unknown) => (typeof value === 'string' ? readable(value) : value));
}

function readable(text: string): string {
  let out = '';
  // A string is walked by characters: a half one comes alone.
  for (const character of text)
    out += /^(?:[\ud800-\udfff]|[\0-\x08\x0b\x0c\x0e-\x1f])$/.test(character) ? '\ufffd' : character;
  return out;
}

const isText = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0;
    const b = bytes[i + 1] ?? 0;
    const c = bytes[i + 2] ?? 0;
    text += BASE64.charAt(a >> 2) + BASE64.charAt(((a & 3) << 4) | (b >> 4));
    text += i + 1 < bytes.length ? BASE64.charAt(((b & 15) << 2) | (c >> 6)) : '=';
    text += i + 2 < bytes.length ? BASE64.charAt(c & 63) : '=';
  }
  return text;
}
