import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { handoverNote, isHandover, latestHandover, readHandover } from './handover-note.ts';
import { lineText, partTexts, type LineSpeech } from './line-words.ts';
import { plainText, prefillHandover } from './prefill-handover.ts';

const NOW = Date.UTC(2026, 1, 10, 14, 20);
const HOUR = 3_600_000;
const at = (hours: number): string => new Date(NOW + hours * HOUR).toISOString();
const of = { subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e' } };
const note = (id: string, hours: number): ResourceJson => ({
  resourceType: 'Composition',
  id,
  status: 'final',
  date: at(hours),
  author: [{ display: 'Dr Shaw' }],
  ...of,
  section: [
    { title: 'Assessment', text: { div: '<div><p>Better &amp; eating.</p><p>Lactate 1.1</p></div>' } },
    { title: 'Plan', text: { div: '<div><p>Home tomorrow</p></div>' } },
  ],
});
const RECORD: readonly ResourceJson[] = [
  {
    resourceType: 'Encounter',
    id: 'e',
    status: 'in-progress',
    class: { code: 'IMP' },
    subject: of.subject,
    period: { start: at(-30) },
    reasonCode: [{ text: 'Fever' }],
    location: [{ location: { reference: 'Location/b', display: 'Bed 1' }, status: 'active' }],
  },
  {
    resourceType: 'Condition',
    id: 'c1',
    ...of,
    code: { text: 'Sepsis' },
    clinicalStatus: { coding: [{ code: 'active' }] },
  },
  { resourceType: 'Condition', id: 'c2', subject: of.subject, code: { text: 'Diabetes' } },
  {
    resourceType: 'Condition',
    id: 'c3',
    subject: of.subject,
    code: { text: 'Old fracture' },
    clinicalStatus: { coding: [{ code: 'resolved' }] },
  },
  {
    resourceType: 'AllergyIntolerance',
    id: 'a',
    patient: of.subject,
    code: { text: 'Penicillin' },
    reaction: [{ manifestation: [{ text: 'rash' }] }],
  },
  {
    resourceType: 'Observation',
    id: 's1',
    status: 'final',
    ...of,
    code: { coding: [{ code: 'news2' }] },
    valueInteger: 6,
    effectiveDateTime: at(-6),
  },
  {
    resourceType: 'Observation',
    id: 's2',
    status: 'final',
    ...of,
    code: { coding: [{ code: 'news2' }] },
    valueInteger: 3,
    effectiveDateTime: at(-2),
  },
  {
    resourceType: 'Observation',
    id: 'k',
    status: 'final',
    ...of,
    category: [{ coding: [{ code: 'laboratory' }] }],
    code: { text: 'Potassium' },
    valueQuantity: { value: 6.4, unit: 'mmol/L' },
    interpretation: [{ coding: [{ code: 'HH' }] }],
    effectiveDateTime: at(-3),
  },
  {
    resourceType: 'Task',
    id: 't',
    status: 'requested',
    for: of.subject,
    description: 'Repeat potassium',
    restriction: { period: { end: at(-1) } },
  },
  { resourceType: 'Task', id: 't2', status: 'completed', for: of.subject, description: 'Done already' },
  note('n', -5),
];
const entries = (resources: readonly ResourceJson[]) => resources.map((resource) => ({ resource, conflict: false }));
const speech: LineSpeech = {
  line: (kind, { words, when, by, before }) => `${kind}|${words}|${when}|${by}|${before}`,
  by: (name) => name,
  before: (score) => `was ${score}`,
  due: (when, isOverdue) => `${isOverdue ? 'OVERDUE' : 'due'} ${when}`,
  time: (time) => new Date(time).toISOString().slice(11, 16),
};

describe('filling in', () => {
  test('[WB42] every line quotes something that is recorded, and names it; what is not recorded has no line', () => {
    const filled = prefillHandover(entries(RECORD), NOW);
    const said = (part: 'situation' | 'background' | 'assessment' | 'recommendation'): readonly string[] =>
      filled[part].map(({ kind, words, source }) => `${kind} ${words} ${source}`);
    expect(said('situation')).toEqual([
      'admitted Bed 1 Encounter/e',
      'reason Fever Encounter/e',
      'problem Sepsis Condition/c1',
    ]);
    expect(said('background')).toEqual([
      'past Diabetes Condition/c2',
      'allergy Penicillin (rash) AllergyIntolerance/a',
    ]);
    expect(said('assessment')).toEqual([
      'score 3 Observation/s2',
      'critical Potassium 6.4 mmol/L Observation/k',
      'note Better & eating.\nLactate 1.1 Composition/n',
    ]);
    expect(said('recommendation')).toEqual(['task Repeat potassium Task/t', 'plan Home tomorrow Composition/n']);
    const nothing = prefillHandover([], NOW);
    expect(Object.values(nothing).flat()).toEqual([]);
    const denied = prefillHandover(
      entries([
        { resourceType: 'AllergyIntolerance', id: 'd', patient: of.subject, code: { coding: [{ code: '716186003' }] } },
      ]),
      NOW,
    );
    expect(denied.background.map(({ kind }) => kind)).toEqual(['no-allergies']);
  });
  test('[WB43] lines keep their times, and what is too old is not quoted', () => {
    const filled = prefillHandover(entries(RECORD), NOW);
    expect(lineText(filled.assessment[0] ?? { kind: 'score', words: '', source: '' }, speech)).toBe(
      'score|3|12:20||was 6',
    );
    expect(lineText(filled.recommendation[0] ?? { kind: 'task', words: '', source: '' }, speech)).toBe(
      'task|Repeat potassium|OVERDUE 13:20||',
    );
    expect(lineText(filled.assessment[2] ?? { kind: 'note', words: '', source: '' }, speech)).toBe(
      'note|Better & eating. Lactate 1.1|09:20|Dr Shaw|',
    );
    const old = RECORD.map((one) =>
      one.id === 'n' ? note('n', -49) : one.id === 'k' ? { ...one, effectiveDateTime: at(-25) } : one,
    );
    expect(prefillHandover(entries(old), NOW).assessment.map(({ kind }) => kind)).toEqual(['score']);
    expect(plainText('<div><ul><li>a &lt; b</li><li>c&#233;</li></ul></div>')).toBe('a < b\ncé');
  });
});

describe('signing', () => {
  const parts = partTexts(prefillHandover(entries(RECORD), NOW), speech);
  const wish = { patient: 'p', encounter: 'e', parts, author: { who: 'Practitioner/1', name: 'Nurse' } };
  const signed = (id: string, now: number, replaces?: string): ResourceJson =>
    ({
      ...handoverNote({ ...wish, ...(replaces === undefined ? {} : { replaces }) }, now),
      id,
    }) as unknown as ResourceJson;
  test('[WB44] a Composition with one section a part, attested, quoting its sources', () => {
    const one = signed('h', NOW);
    expect(isHandover(one)).toBe(true);
    expect(one).toMatchObject({
      status: 'final',
      type: { coding: [{ system: 'http://loinc.org', code: '28651-8' }, { code: 'handover' }] },
      attester: [{ mode: 'professional', time: '2026-02-10T14:20:00Z', party: { reference: 'Practitioner/1' } }],
      section: [{ title: 'Situation' }, { title: 'Background' }, { title: 'Assessment' }, { title: 'Recommendation' }],
    });
    expect(JSON.stringify(one['section'])).toContain('Observation/k');
    expect(readHandover(one)).toMatchObject({
      patient: 'p',
      by: 'Nurse',
      at: NOW,
      parts: { situation: parts.situation.words },
    });
    const markup = handoverNote(
      {
        ...wish,
        parts: { ...parts, situation: { words: '<b>5 < 7</b>', sources: [] }, background: { words: ' ', sources: [] } },
      },
      NOW,
    );
    expect(JSON.stringify(markup)).toContain('&lt;b&gt;5 &lt; 7&lt;/b&gt;');
    expect(markup['section']).toHaveLength(3);
  });
  test('[WB45] the newest that none replaces counts; one taken back does not', () => {
    const first = signed('h1', NOW);
    const second = signed('h2', NOW + HOUR, 'h1');
    expect(latestHandover([first])?.id).toBe('h1');
    expect(latestHandover([second, first])?.id).toBe('h2');
    // A clock that was wrong does not bring a replaced one back.
    expect(latestHandover([signed('h1', NOW + 9 * HOUR), second])?.id).toBe('h2');
    expect(latestHandover([{ ...first, status: 'entered-in-error' }])).toBeUndefined();
    expect(latestHandover(RECORD)).toBeUndefined();
  });
});
