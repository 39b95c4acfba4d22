import { expect, test } from 'vitest';
import { printJson } from '../../base/json.ts';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { applyJsonPatch } from '../../fhir/patch/json-patch.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { base64Of, textFromBase64 } from './base64-text.ts';
import { composeAddendum, composeNote, errorPatch, type NoteDraft, type NoteOf } from './compose-note.ts';
import { narrativeLines, narrativeOf } from './narrative.ts';
import { noteLines, type NoteFacts, type NoteLine } from './note-lines.ts';

const FACTS: NoteFacts = { stayEnds: new Map() };
const WRITER = { who: 'Practitioner/1', name: 'Dr Hale' };
const DRAFT: NoteDraft = {
  id: 'n1',
  template: 'ward-round',
  kind: ['11506-3', 'Progress note'],
  title: 'Ward round',
  sections: [
    { title: 'Situation', text: 'Better.\n\nEats & drinks <well>' },
    { title: 'Plan', text: '  ' },
  ],
  about: '',
};
const OF: NoteOf = {
  subject: 'Patient/1',
  encounter: 'Encounter/1',
  writer: WRITER,
  written: '2026-11-23T14:00:00Z',
  isSigned: true,
};
const made = (draft: Partial<NoteDraft> = {}, of: Partial<NoteOf> = {}): ResourceJson => {
  const note = composeNote({ ...DRAFT, ...draft }, { ...OF, ...of });
  expect(note).toBeDefined();
  return note ?? { resourceType: 'Composition' };
};
const lineOf = (resource: ResourceJson, facts: NoteFacts = FACTS): NoteLine | undefined =>
  noteLines([{ resource, conflict: false }], facts)[0];
const errors = (resource: ResourceJson): readonly unknown[] =>
  validateResource(resource).filter(({ severity }) => severity === 'error');

test('[CH40] late is more than an hour after, or after the stay or the life that it is about, and nothing is refused for it', () => {
  const late = (about: string, written: string, facts: NoteFacts = FACTS): boolean | undefined =>
    lineOf(made({ about }, { written }), facts)?.isLate;
  expect(late('', '2026-11-23T14:00:00Z')).toBe(false);
  expect(late('2026-11-23T13:00:00Z', '2026-11-23T14:00:00Z')).toBe(false);
  expect(late('2026-11-23T12:59:00Z', '2026-11-23T14:00:00Z')).toBe(true);
  const ended: NoteFacts = { stayEnds: new Map([['Encounter/1', Date.parse('2026-11-23T13:45:00Z')]]) };
  expect(late('2026-11-23T13:40:00Z', '2026-11-23T14:00:00Z', ended)).toBe(true);
  expect(late('2026-11-23T14:00:00Z', '2026-11-23T14:00:00Z', ended)).toBe(false);
  const died: NoteFacts = { stayEnds: new Map(), diedAt: Date.parse('2026-11-23T13:50:00Z') };
  expect(late('2026-11-23T13:45:00Z', '2026-11-23T14:00:00Z', died)).toBe(true);
});
test('[CH41] a note in error stays to be read, with the reason', () => {
  const note = made();
  const patched = applyJsonPatch(printJson(note), printJson(errorPatch(note, ' wrong patient ')));
  const body = JSON.parse(patched.ok ? patched.value : '{}') as ResourceJson;
  expect(lineOf(body)).toMatchObject({ state: 'in-error', reasonInError: 'wrong patient' });
  expect(lineOf(body)?.sections).toHaveLength(1);
});
test('[CH42] addenda stand under their note, the oldest first, and alone where the note is not here', () => {
  const addendum = (id: string, written: string): ResourceJson =>
    composeAddendum(
      { name: 'Composition/n1', type: 'Composition', kind: '11506-3', title: 'Ward round' },
      id,
      'Addendum',
      id,
      { ...OF, written },
    ) ?? made();
  const entries = [addendum('b', '2026-11-23T16:00:00Z'), made(), addendum('a', '2026-11-23T15:00:00Z')];
  const lines = noteLines(
    entries.map((resource) => ({ resource, conflict: false })),
    FACTS,
  );
  expect(lines.map(({ name, addenda }) => [name, addenda.map((one) => one.name)])).toEqual([
    ['Composition/n1', ['Composition/a', 'Composition/b']],
  ]);
  expect(noteLines([{ resource: addendum('a', '2026-11-23T15:00:00Z'), conflict: false }], FACTS)).toHaveLength(1);
});
test('[CH43] of a narrative only text comes out, whatever it holds', () => {
  expect(
    narrativeLines(
      '<div xmlns="http://www.w3.org/1999/xhtml"><p>One &amp; <b>two</b></p><script>alert(1)</script><!-- x --><ul><li>&#x41;&#66;</li></ul><table><tr><td>a</td><td>b</td></tr></table>&lt;img src=x&gt;</div>',
    ),
  ).toEqual(['One & two', 'AB', 'a | b', '<img src=x>']);
  expect(narrativeLines(narrativeOf('A <b>\nsecond\n\nthird "q" & more').div)).toEqual([
    'A <b>',
    'second',
    'third "q" & more',
  ]);
  expect(narrativeLines('no markup')).toEqual(['no markup']);
});
test('[CH44] signed is final with an attester, unsigned is preliminary without one; both are valid R4, empty parts are left out', () => {
  const signed = made();
  expect(errors(signed)).toEqual([]);
  expect(signed).toMatchObject({
    status: 'final',
    attester: [{ mode: 'legal', party: { reference: 'Practitioner/1' } }],
  });
  expect(signed['section']).toHaveLength(1);
  expect(lineOf(signed)).toMatchObject({
    state: 'signed',
    sections: [{ title: 'Situation', lines: ['Better.', 'Eats & drinks <well>'] }],
    authors: ['Dr Hale'],
  });
  const unsigned = made({}, { isSigned: false });
  expect(unsigned['attester']).toBeUndefined();
  expect(lineOf(unsigned)?.state).toBe('unsigned');
  expect(composeNote({ ...DRAFT, sections: [{ title: 'x', text: ' ' }] }, OF)).toBeUndefined();
});
test('[CH45] when it is about and when it was written are kept apart', () => {
  const note = made({ about: '2026-11-23T02:00:00Z' });
  expect(lineOf(note)).toMatchObject({ about: '2026-11-23T02:00:00Z', written: '2026-11-23T14:00:00Z' });
});
test('[CH46] an addendum is of the kind that R4 lets append: of a Composition one, of a document one', () => {
  const note = composeAddendum(
    { name: 'Composition/n1', type: 'Composition', kind: '', title: 'Note' },
    'a',
    'Addendum',
    'More',
    OF,
  );
  expect(note).toMatchObject({ resourceType: 'Composition', relatesTo: [{ code: 'appends' }] });
  const document = composeAddendum(
    { name: 'DocumentReference/d', type: 'DocumentReference', kind: '34746-8', title: 'Nursing note' },
    'b',
    'Addendum',
    'Größe ≥ 5 😀',
    OF,
  );
  expect(document).toMatchObject({
    resourceType: 'DocumentReference',
    relatesTo: [{ code: 'appends', target: { reference: 'DocumentReference/d' } }],
  });
  for (const one of [note, document]) expect(one === undefined ? ['none'] : errors(one)).toEqual([]);
  expect(document === undefined ? undefined : lineOf(document)?.sections[0]?.lines).toEqual(['Größe ≥ 5 😀']);
  expect(
    composeAddendum({ name: 'Composition/n1', type: 'Composition', kind: '', title: '' }, 'a', 'A', ' ', OF),
  ).toBeUndefined();
});
test('[CH46] text in base64 comes back as it was, of every length', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'äöü ≥ 😀', 'ه'.repeat(50)]) {
    expect(base64Of(text)).toBe(Buffer.from(text, 'utf8').toString('base64'));
    expect(textFromBase64(base64Of(text))).toBe(text);
  }
  expect(textFromBase64('§')).toBe('');
});
test('[CH47] each kind of resource is marked in error in its own way, and is valid R4 after it', () => {
  const concept = { text: 'x' };
  const hl7 = (table: string, code: string): JsonObject => ({
    coding: [{ system: `http://terminology.hl7.org/CodeSystem/${table}`, code }],
  });
  const bodies: readonly ResourceJson[] = [
    made(),
    {
      resourceType: 'Condition',
      subject: { reference: 'Patient/1' },
      code: concept,
      clinicalStatus: hl7('condition-clinical', 'active'),
      verificationStatus: hl7('condition-ver-status', 'confirmed'),
    },
    {
      resourceType: 'AllergyIntolerance',
      patient: { reference: 'Patient/1' },
      code: concept,
      clinicalStatus: hl7('allergyintolerance-clinical', 'active'),
    },
    {
      resourceType: 'DocumentReference',
      status: 'current',
      docStatus: 'final',
      content: [{ attachment: { contentType: 'text/plain' } }],
    },
    { resourceType: 'QuestionnaireResponse', status: 'completed' },
    {
      resourceType: 'Observation',
      status: 'final',
      code: concept,
      extension: [{ url: 'https://a.example/e', valueString: 'kept' }],
    },
  ];
  for (const body of bodies) {
    const patched = applyJsonPatch(printJson(body), printJson(errorPatch(body, 'because')));
    expect(patched.ok, body.resourceType).toBe(true);
    const after = JSON.parse(patched.ok ? patched.value : '{}') as ResourceJson;
    expect(errors(after), body.resourceType).toEqual([]);
    expect(printJson(after)).toContain('entered-in-error');
    expect(printJson(after)).toContain('"valueString":"because"');
  }
});
