import { expect, test } from 'vitest';
import { pureDigest } from '../base/sha256.ts';
import {
  batchHash,
  batchId,
  decodeBatch,
  decodeEntry,
  encodeBatch,
  encodeBounded,
  encodeEntry,
  eventId,
  LINE_UNITS_MAX,
  readBatchId,
} from './audit-lines.ts';
import type { AuditEntry } from './audit-trail.ts';

const JOURNAL = 'abcdefghijklmnop';
const FULL: AuditEntry = {
  at: 1_795_400_000_000,
  act: 'refused',
  interaction: 'search-type',
  ok: false,
  status: 403,
  who: 'Practitioner/1',
  name: 'Mia "Süß" \u{1F600}',
  onBehalfOf: 'Patient/2',
  roles: ['nurse', 'incident-lead'],
  client: 'app',
  session: 's-1',
  device: 'Device/9',
  address: '2001:db8::1',
  patients: ['Patient/1', 'Patient/2'],
  what: ['Observation', 'Observation/1/_history/x'],
  query: 'code=a%0Ab&_count=1\n\r\u2028',
  reason: 'night\nshift',
  detail: '\ud800 half, \0 nothing',
  unconfirmed: false,
  count: 12,
};

test('[AU1] a line gives back its entry and holds no line end', () => {
  const entries: AuditEntry[] = [
    FULL,
    { at: 0, act: 'gap', ok: false },
    { at: 1, act: 'read', ok: true, roles: [], patients: [], what: [], name: '' },
    { at: 1, act: 'read', ok: true, unconfirmed: true, count: 0 },
  ];
  for (const entry of entries) {
    const line = encodeEntry(entry);
    expect(line).not.toMatch(/[\n\r]/);
    expect(decodeEntry(line)).toEqual({ ok: true, value: entry });
  }
});

test('[AU1] each member alone comes back alone', () => {
  for (const [name, value] of Object.entries(FULL)) {
    const entry = { at: 5, act: 'read', ok: true, [name]: value } as AuditEntry;
    expect(decodeEntry(encodeEntry(entry)), name).toEqual({ ok: true, value: entry });
  }
});

test('[AU1] a line out of all measure is cut, keeps every patient and says so', () => {
  const patients = Array.from({ length: 5_000 }, (_, i) => `Patient/${i}`);
  const what = Array.from({ length: 50_000 }, (_, i) => `Observation/${i}`);
  const line = encodeBounded({ ...FULL, patients, what, query: 'x'.repeat(500_000) });
  expect(line.length).toBeLessThan(LINE_UNITS_MAX);
  const decoded = decodeEntry(line);
  expect(decoded.ok && decoded.value.patients).toEqual(patients);
  expect(decoded.ok && decoded.value.detail).toMatch(/\(cut\)$/);
  expect(encodeBounded(FULL)).toBe(encodeEntry(FULL));
});

test('[AU2] what a later version wrote is told from what is broken', () => {
  expect(decodeEntry('["a2",{"at":1}]')).toEqual({ ok: false, error: { kind: 'unknown-version', tag: 'a2' } });
  expect(decodeEntry('["a1",1,"teleport",1]')).toMatchObject({ ok: false, error: { kind: 'unknown-version' } });
  const broken = [
    '',
    '{}',
    '["a1"]',
    '["a1",1,"read"]',
    '["a1","1","read",1]',
    '["a1",1,"read",2]',
    '["x1",1,"read",1]',
  ];
  for (const line of [
    ...broken,
    '["a1",1,"read",1,7]',
    '["a1",-1,"read",1]',
    '["a1",9e15,"read",1]',
    encodeEntry(FULL).slice(0, -3),
  ]) {
    expect(decodeEntry(line), line).toEqual({ ok: false, error: { kind: 'malformed' } });
  }
});

test('[AU5] a batch gives back what it was made of, and nothing else is one', () => {
  const lines = [encodeEntry(FULL), '["a9","later"]'];
  const first = { journal: JOURNAL, number: 1, prev: '', lines };
  const text = encodeBatch(first);
  expect(decodeBatch(text)).toEqual({ ok: true, value: first });
  const second = { journal: JOURNAL, number: 2, prev: batchHash(pureDigest, text), lines: [] };
  expect(decodeBatch(encodeBatch(second))).toEqual({ ok: true, value: second });
  const rows = text.split('\n');
  for (const other of [
    text.slice(0, -1),
    `${text}\n`,
    rows.slice(1).join('\n'),
    [rows[0], rows[2], ''].join('\n'),
    text.replace(JOURNAL, 'ABCDEFGHIJKLMNOP'),
    encodeBatch({ ...first, number: 2 }),
    encodeBatch({ ...second, number: 1 }),
    text.replace('"b1",', '"b1", '),
  ]) {
    expect(decodeBatch(other), other.slice(0, 60)).toEqual({ ok: false, error: { kind: 'malformed' } });
  }
  expect(decodeBatch('["b2"]\n')).toMatchObject({ error: { kind: 'unknown-version' } });
});

test('[AU3] ids say where an event stands', () => {
  const name = { journal: JOURNAL, number: 12 };
  expect(readBatchId(batchId(name))).toEqual(name);
  expect(readBatchId(eventId(name, 0))).toEqual({ ...name, position: 0 });
  expect(eventId({ journal: JOURNAL, number: 999_999_999_999 }, 999_999_999_999).length).toBeLessThanOrEqual(64);
  for (const id of [
    '',
    'audit-abc-1',
    `audit-${JOURNAL}-0`,
    `audit-${JOURNAL}-01`,
    `audit-${JOURNAL}-1-`,
    `x-${JOURNAL}-1`,
  ]) {
    expect(readBatchId(id), id).toBeUndefined();
  }
});
