import { expect, test } from 'vitest';
import { printJson } from '../../base/json.ts';
import type { ResourceJson } from '../../base/json-types.ts';
import { applyJsonPatch } from '../../fhir/patch/json-patch.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { newResults } from '../summary/new-results.ts';
import { alertsOf } from './alerts.ts';
import { resuscitationOf } from './resuscitation.ts';
import type { Recording } from './write-allergy.ts';
import { decisionResources, endOf, isolationFlag } from './write-care.ts';

const OF: Recording = {
  subject: 'Patient/1',
  recorder: { who: 'Practitioner/1', name: 'Dr Hale' },
  at: '2026-11-23T14:00:00Z',
};
const NOW = Date.parse('2026-11-23T15:00:00Z');
const shown = (resources: readonly ResourceJson[]) => resources.map((resource) => ({ resource, conflict: false }));
const ended = (body: ResourceJson): ResourceJson => {
  const after = applyJsonPatch(printJson(body), printJson(endOf(body, { ...OF, at: '2026-11-23T14:30:00Z' })));
  return JSON.parse(after.ok ? after.value : '{}') as ResourceJson;
};
test('[CH59] a decision is flag and consent, isolation a flag; what is ended is over and still says when', () => {
  const limit = decisionResources({ limits: true, words: 'DNACPR after talk with family' }, OF);
  const attempt = decisionResources({ limits: false, words: 'Full escalation' }, OF);
  const isolation = isolationFlag('Influenza, droplet', OF);
  for (const one of [...limit, ...attempt, isolation, ...limit.map(ended)]) {
    expect(validateResource(one).filter(({ severity }) => severity === 'error')).toEqual([]);
  }
  expect(limit.map(({ resourceType }) => resourceType)).toEqual(['Flag', 'Consent']);
  expect(resuscitationOf(shown(limit))).toMatchObject({ kind: 'limited', entries: [{}, {}] });
  expect(resuscitationOf(shown(attempt)).kind).toBe('attempt');
  expect(resuscitationOf(shown([...limit, ...attempt])).kind).toBe('disputed');
  expect(resuscitationOf(shown(limit.map(ended))).kind).toBe('not-recorded');
  expect(alertsOf(shown([isolation]), NOW)).toMatchObject([{ kind: 'isolation', words: 'Influenza, droplet' }]);
  expect(alertsOf(shown([ended(isolation)]), NOW)).toEqual([]);
  expect(ended(isolation)['period']).toEqual({ start: OF.at, end: '2026-11-23T14:30:00Z' });
});

const observation = (id: string, interpretation: string): ResourceJson => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  interpretation: [{ coding: [{ code: interpretation }] }],
});
test('[CH58] new results are the reports of the time that is asked for, with what is critical apart', () => {
  const report = (id: string, issued: string, status = 'final'): ResourceJson => ({
    resourceType: 'DiagnosticReport',
    id,
    status,
    code: { text: id },
    issued,
    result: ['a', 'b', 'c'].map((one) => ({ reference: `Observation/${one}` })),
  });
  const results = newResults(
    shown([
      report('old', '2026-11-20T10:00:00Z'),
      report('early', '2026-11-22T16:00:00Z', 'preliminary'),
      report('late', '2026-11-23T10:00:00Z'),
      report('wrong', '2026-11-23T11:00:00Z', 'entered-in-error'),
      observation('a', 'HH'),
      observation('b', 'L'),
      observation('c', 'N'),
    ]),
    NOW - 48 * 3_600_000,
  );
  expect(results).toMatchObject([
    { words: 'late', critical: 1, abnormal: 1, isPreliminary: false },
    { words: 'early', isPreliminary: true },
  ]);
});
