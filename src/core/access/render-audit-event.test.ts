import { expect, test } from 'vitest';
import { parseJson } from '../base/json.ts';
import { decodeRevision, encodeRevision, type RevisionHeader } from '../record/envelope.ts';
import { validateResource } from '../fhir/validate/validate.ts';
import type { AuditAct, AuditEntry } from './audit-trail.ts';
import { renderEntry, renderWrite } from './render-audit-event.ts';

const ACTS: readonly AuditAct[] = [
  'read',
  'vread',
  'search',
  'history',
  'everything',
  'operation',
  'bundle',
  'refused',
  'sign-in',
  'sign-in-failed',
  'sign-out',
  'token',
  'account',
  'break-glass',
  'break-glass-review',
  'print',
  'export',
  'gap',
];
const AT = Date.UTC(2026, 10, 23, 2, 3, 4, 5);
const HASH = 'a'.repeat(52);
const ID = 'audit-abcdefghijklmnop-1-0';

const FULL: Omit<AuditEntry, 'act'> = {
  at: AT,
  ok: true,
  interaction: 'search-type',
  status: 200,
  who: 'Practitioner/1',
  name: 'Mia Nurse',
  onBehalfOf: 'Patient/2',
  roles: ['nurse'],
  client: 'holdfast-web',
  session: 's-1',
  device: 'tablet 7',
  address: '10.0.0.7',
  patients: ['Patient/1', 'Patient/2'],
  what: ['Observation', 'Observation/1', 'Observation/1/_history/x'],
  query: 'code=8867-4&date=ge2026',
  reason: 'unconscious, no history',
  detail: 'from the ward',
  unconfirmed: true,
  count: 3,
};

interface Event {
  readonly [name: string]: unknown;
  readonly agent: readonly Record<string, unknown>[];
  readonly entity?: readonly Record<string, unknown>[];
}
/** Parsed as strictly as any resource, and valid. */
function valid(text: string): Event {
  const parsed = parseJson(text);
  expect(parsed.ok, text).toBe(true);
  const value = parsed.ok ? parsed.value.value : null;
  const faults = validateResource(value, { now: AT }).filter(({ severity }) => severity === 'error');
  expect(faults, text).toEqual([]);
  return value as unknown as Event;
}

test('[AU22] every act, full or bare, is a valid AuditEvent', () => {
  for (const act of ACTS) {
    for (const entry of [
      { ...FULL, act },
      { at: AT, act, ok: false },
      { at: AT, act, ok: true, who: 'Device/x', roles: [] },
    ]) {
      const { id, at, text } = renderEntry(ID, entry, 'abcdefghijklmnop');
      const event = valid(text);
      expect(event).toMatchObject({ id, resourceType: 'AuditEvent', recorded: '2026-11-23T02:03:04.005Z' });
      expect(event['meta']).toMatchObject({ lastUpdated: '2026-11-23T02:03:04.005Z' });
      expect(at).toBe(AT);
    }
  }
});

test('[AU22] an entry says who, from where, as what, whose records, what, and the question', () => {
  const event = valid(renderEntry(ID, { ...FULL, act: 'search' }, 'abcdefghijklmnop').text);
  const [person, ...others] = event.agent;
  expect(person).toMatchObject({
    who: { reference: 'Practitioner/1', display: 'Mia Nurse' },
    requestor: true,
    network: { address: '10.0.0.7', type: '2' },
    role: [{ coding: [{ code: 'nurse' }] }],
  });
  expect(others.map(({ requestor }) => requestor)).toEqual([false, false, false]);
  expect(JSON.stringify(others)).toMatch(/Patient\/2.*holdfast-web.*tablet 7/);
  const entities = event.entity ?? [];
  const patients = entities.filter((entity) => (JSON.stringify(entity['role']) ?? '').includes('"1"'));
  expect(patients).toMatchObject([
    { what: { reference: 'Patient/1' }, type: { code: '1' }, role: { code: '1' } },
    { what: { reference: 'Patient/2' } },
  ]);
  const asked = entities.find((entity) => 'query' in entity)?.['query'];
  expect(Buffer.from(String(asked), 'base64').toString()).toBe('Observation?code=8867-4&date=ge2026');
  expect(JSON.stringify(entities)).toContain('Observation/1/_history/x');
  expect(JSON.stringify(entities)).toContain('s-1');
  expect(event['subtype']).toMatchObject([{ code: 'search-type' }, { code: 'search' }]);
});

test('[AU22] outcome, action and purpose', () => {
  const of = (entry: Partial<AuditEntry> & { act: AuditAct }): Event =>
    valid(renderEntry(ID, { at: AT, ok: true, ...entry }, 'j').text);
  expect(of({ act: 'read' })).toMatchObject({ outcome: '0', action: 'R', type: { code: 'rest' } });
  expect(of({ act: 'refused', ok: false, status: 403, interaction: 'update' })).toMatchObject({
    outcome: '4',
    action: 'U',
  });
  expect(of({ act: 'refused', ok: false, interaction: '$everything' })).toMatchObject({ outcome: '4', action: 'E' });
  expect(of({ act: 'read', ok: false, status: 503 })).toMatchObject({ outcome: '8' });
  expect(of({ act: 'gap', ok: false, count: 7 })).toMatchObject({ outcome: '12', outcomeDesc: '7 times' });
  const glass = of({ act: 'break-glass', who: 'Practitioner/1', reason: 'collapse' });
  expect(glass).toMatchObject({ type: { code: '110113' }, subtype: [{ code: '110127' }, { code: 'break-glass' }] });
  expect(JSON.stringify(glass.agent)).toContain('"BTG"');
  expect(JSON.stringify(of({ act: 'break-glass-review', reason: 'fine' }).agent)).not.toContain('BTG');
  expect(of({ act: 'sign-in' })).toMatchObject({
    type: { code: '110114' },
    subtype: [{ code: '110122' }, { code: 'sign-in' }],
  });
});

test('[AU22] texts of a request that no JSON may hold do not make an event unreadable', () => {
  const odd = 'a\ud800b\0c\u001b[31m\ud83d\ude00';
  const entry: AuditEntry = {
    at: AT,
    act: 'refused',
    ok: false,
    name: odd,
    address: odd,
    client: odd,
    session: odd,
    device: odd,
    reason: odd,
    detail: odd,
    query: odd,
    roles: [odd, '', ' x'],
    who: odd,
    what: [`${odd}/${odd}`],
    patients: ['Patient/1'],
  };
  const event = valid(renderEntry(ID, entry, 'j').text);
  expect(event['outcomeDesc']).toBe('a\ufffdb\ufffdc\ufffd[31m\ud83d\ude00');
  expect(
    valid(renderEntry(ID, { at: AT, act: 'read', ok: true, name: '', address: '', client: ' ' }, 'j').text),
  ).toBeDefined();
});

const header = (more: Partial<RevisionHeader>): RevisionHeader => {
  const made: RevisionHeader = {
    type: 'Observation',
    id: 'o1',
    parents: [],
    kind: 'put',
    authored: { wallMs: AT - 60_000, hlc: '0000000000010000', zoneMin: 0 },
    scope: ['pat/7'],
    schema: '4.0.1',
    policy: '',
    ...more,
  };
  const decoded = decodeRevision(encodeRevision(made));
  if (!decoded.ok) throw new Error('the header of a test decodes');
  return decoded.value;
};

test('[AU4] a write is told from its revision: what, by whom, when', () => {
  const author = { practitioner: 'Practitioner/1', device: 'tablet', session: 's', onBehalfOf: 'Practitioner/2' };
  const made = { hash: HASH, receivedAt: AT, origin: 'site.1' };
  const event = valid(renderWrite({ ...made, header: header({ author }) }).text);
  expect(event).toMatchObject({
    id: HASH,
    action: 'C',
    subtype: [{ code: 'create' }],
    recorded: '2026-11-23T02:03:04.005Z',
    period: { start: '2026-11-23T02:02:04.005Z' },
    agent: [
      { who: { reference: 'Practitioner/1' }, requestor: true },
      { who: { reference: 'Practitioner/2' } },
      { name: 'tablet' },
    ],
  });
  expect(event.entity).toMatchObject([
    { what: { reference: 'Patient/7' }, role: { code: '1' } },
    { what: { reference: `Observation/o1/_history/${HASH}` } },
    { detail: [{ type: 'session', valueString: 's' }] },
  ]);
  const codes = (more: Partial<RevisionHeader>): unknown => {
    const { action, subtype } = valid(renderWrite({ ...made, header: header(more) }).text);
    return [action, subtype];
  };
  expect(codes({ parents: [HASH] })).toMatchObject(['U', [{ code: 'update' }]]);
  expect(codes({ parents: [HASH], kind: 'tombstone' })).toMatchObject(['D', [{ code: 'delete' }]]);
  expect(codes({ parents: [HASH], kind: 'resolve' })).toMatchObject(['U', [{ code: 'update' }]]);
  const byDevice = valid(renderWrite({ ...made, header: header({ author: { device: 'Device/d1' } }) }).text);
  expect(byDevice.agent).toMatchObject([{ who: { reference: 'Device/d1' }, requestor: true }]);
  expect(codes({ scope: [], author: { device: 'import' } })).toMatchObject(['C', [{ code: 'create' }]]);
});

test('[AU3] [AU4] the same event is the same text', () => {
  const entry = { ...FULL, act: 'read' } as const;
  expect(renderEntry(ID, entry, 'j')).toEqual(renderEntry(ID, structuredClone(entry), 'j'));
  const write = { hash: HASH, receivedAt: AT, origin: 'site.1', header: header({}) };
  expect(renderWrite(write)).toEqual(renderWrite(structuredClone(write)));
});
