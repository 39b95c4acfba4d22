import { expect, test } from 'vitest';
import { validateResource } from '../../core/fhir/validate/validate.ts';
import { outcomeText, refusalOfChange, refusedAs, type Refusal } from './outcome.ts';

const key = { type: 'Patient', id: '1' };
const fault = {
  severity: 'error',
  type: 'value',
  path: 'Patient.gender',
  rule: 'binding-required',
  message: 'x',
  spec: 'http://hl7.org/fhir/R4/',
} as const;
const all: readonly Refusal[] = [
  { kind: 'unknown-type' },
  { kind: 'unknown-path' },
  { kind: 'unknown-operation', name: '$x' },
  { kind: 'bad-id' },
  { kind: 'bad-host' },
  { kind: 'method', allow: ['GET'] },
  { kind: 'not-found' },
  { kind: 'gone' },
  { kind: 'not-acceptable' },
  { kind: 'media-type', takes: ['a/b'] },
  { kind: 'charset' },
  { kind: 'bad-utf8' },
  { kind: 'bad-json', fault: { line: 1, column: 2, offset: 1, message: 'a value was expected' } },
  { kind: 'no-body' },
  { kind: 'too-large', limit: 5 },
  { kind: 'bad-request' },
  { kind: 'long-address' },
  { kind: 'invalid', faults: [fault] },
  { kind: 'wrong-resource', path: 'Bundle.type', wants: 'batch' },
  { kind: 'bad-etag', header: 'If-Match' },
  { kind: 'no-if-match' },
  { kind: 'stale' },
  { kind: 'many-matches', count: 2 },
  { kind: 'no-criteria' },
  { kind: 'contended' },
  { kind: 'bad-params', issues: [] },
  { kind: 'bad-page' },
  { kind: 'too-costly', what: 'x' },
  { kind: 'busy', retryAfterS: 2 },
  { kind: 'timeout' },
  { kind: 'unforeseen', requestId: 'r' },
  { kind: 'entry', path: 'Bundle.entry[3]', refusal: { kind: 'invalid', faults: [fault] } },
];

test('[FR15] every refusal has a status, a remedy, a page of the standard, and is a valid OperationOutcome', () => {
  for (const refusal of all) {
    const refused = refusedAs(refusal);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    for (const issue of refused.issues) {
      expect(issue.remedy).not.toBe('');
      expect(issue.spec).toMatch(/^http:\/\/hl7\.org\/fhir\/R4\//);
    }
    if (refused.issues.length === 0) continue;
    const faults = validateResource(JSON.parse(outcomeText(refused.issues)));
    expect([refusal.kind, faults.filter(({ severity }) => severity === 'error')]).toEqual([refusal.kind, []]);
  }
});

test('[FR23] a refusal inside a transaction names the entry and the element in it', () => {
  const refused = refusedAs({ kind: 'entry', path: 'Bundle.entry[3]', refusal: { kind: 'invalid', faults: [fault] } });
  expect([refused.status, refused.issues[0]?.path]).toEqual([400, 'Bundle.entry[3].resource.gender']);
  expect(refusedAs({ kind: 'entry', path: 'Bundle.entry[3]', refusal: { kind: 'gone' } }).issues[0]?.path).toBe(
    'Bundle.entry[3]',
  );
});

test('[FR14] a patch that does not fit is 422, one that is none 400', () => {
  expect(refusedAs({ kind: 'invalid', faults: [{ ...fault, type: 'processing' }] }).status).toBe(422);
  expect(refusedAs({ kind: 'invalid', faults: [fault] }).status).toBe(400);
});

test('[FR8] what the engine refuses keeps its meaning', () => {
  expect(refusedAs(refusalOfChange({ kind: 'stale', key, have: 'a', sent: 'b' })).status).toBe(412);
  expect(refusedAs(refusalOfChange({ kind: 'many-matches', type: 'Patient', count: 3 })).status).toBe(412);
  expect(refusedAs(refusalOfChange({ kind: 'deleted', key })).status).toBe(410);
  expect(refusedAs(refusalOfChange({ kind: 'not-found', key })).status).toBe(404);
  expect(refusedAs(refusalOfChange({ kind: 'too-large', bytes: 9, limit: 5 })).status).toBe(413);
  expect(refusedAs(refusalOfChange({ kind: 'contended', message: '' })).status).toBe(409);
});
