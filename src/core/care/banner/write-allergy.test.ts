import { expect, test } from 'vitest';
import { printJson } from '../../base/json.ts';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { applyJsonPatch } from '../../fhir/patch/json-patch.ts';
import { validateResource } from '../../fhir/validate/validate.ts';
import { elementPatch, rebased } from '../summary/element-patch.ts';
import { EMPTY_PROBLEM, problemPatch, problemResource, readProblemForm, turnPatch } from '../summary/write-problem.ts';
import { allergySection, type Entry } from './allergy-section.ts';
import {
  allergyPatch,
  allergyResource,
  denialResource,
  EMPTY_ALLERGY,
  endPatch,
  liveDenials,
  readAllergyForm,
  standingAllergies,
  type AllergyForm,
  type Recording,
} from './write-allergy.ts';

const OF: Recording = {
  subject: 'Patient/1',
  encounter: 'Encounter/1',
  recorder: { who: 'Practitioner/1', name: 'Dr Hale' },
  at: '2026-11-23T14:00:00Z',
};
const FORM: AllergyForm = {
  ...EMPTY_ALLERGY,
  substance: 'Penicillin',
  code: '764146007',
  criticality: 'high',
  category: 'medication',
  reactions: ['Anaphylaxis', 'blue toes'],
  severity: 'severe',
  onset: '2010',
};
const valid = (body: ResourceJson): ResourceJson => {
  expect(validateResource(body).filter(({ severity }) => severity === 'error')).toEqual([]);
  return body;
};
function patched(body: ResourceJson, patch: readonly JsonObject[]): ResourceJson {
  const after = applyJsonPatch(printJson(body), printJson(patch));
  expect(after.ok).toBe(true);
  return valid(JSON.parse(after.ok ? after.value : '{}') as ResourceJson);
}
const entry = (resource: ResourceJson, conflict = false): Entry => ({ resource, conflict });

test('[CH24] a new allergy ends denials, and beside one that stands nobody is without', () => {
  const denial = valid(denialResource(OF));
  const allergy = valid(allergyResource(FORM, OF));
  expect(liveDenials([entry(denial), entry(allergy)]).map(({ resource }) => resource)).toEqual([denial]);
  expect(standingAllergies([entry(denial)])).toEqual([]);
  expect(standingAllergies([entry(allergy)])).toHaveLength(1);
  const ended = patched(denial, endPatch(denial, 'superseded', '', OF));
  expect(liveDenials([entry(ended)])).toEqual([]);
  expect(allergySection([entry(ended)], { held: 'whole', asOf: 0, isStale: false }).title).toBe('not-recorded');
  const refuted = patched(allergy, endPatch(allergy, 'refuted', 'Challenge negative', OF));
  expect(standingAllergies([entry(refuted)])).toEqual([]);
  expect(standingAllergies([entry(refuted, true)])).toHaveLength(1);
  expect(printJson(refuted)).toContain('Challenge negative');
  const again = patched(refuted, endPatch(refuted, 'reactivated', '', OF));
  expect(standingAllergies([entry(again)])).toHaveLength(1);
});
test('[CH28] a form comes back as it was put down, and changes nothing that it does not show', () => {
  const made = allergyResource(FORM, OF);
  expect({ ...readAllergyForm(made) }).toEqual({ ...FORM, note: '' });
  expect(allergyPatch(made, readAllergyForm(made), OF)).toEqual([]);
  const rich: ResourceJson = {
    ...made,
    id: 'a',
    category: ['medication', 'biologic'],
    code: {
      coding: [
        { system: 'http://snomed.info/sct', code: '764146007', display: 'Penicillin' },
        { system: 'urn:local', code: 'x' },
      ],
      text: 'Pen V',
    },
    note: [{ text: 'old note' }],
    reaction: [
      { manifestation: [{ text: 'Rash' }], severity: 'mild', description: 'kept' },
      { manifestation: [{ text: 'Hives' }] },
    ],
  };
  expect(allergyPatch(rich, readAllergyForm(rich), OF)).toEqual([]);
  const changed = patched(
    rich,
    allergyPatch(rich, { ...readAllergyForm(rich), reactions: ['Rash', 'Nausea'], note: 'new note' }, OF),
  );
  expect(changed['code']).toEqual(rich['code']);
  expect(changed['category']).toEqual(['medication', 'biologic']);
  expect(changed['note']).toMatchObject([{ text: 'old note' }, { text: 'new note' }]);
  expect(changed['reaction']).toMatchObject([
    { description: 'kept', severity: 'mild', manifestation: [{ text: 'Rash' }, { text: 'Nausea' }] },
    { manifestation: [{ text: 'Hives' }] },
  ]);
  const none = patched(rich, allergyPatch(rich, { ...readAllergyForm(rich), reactions: [], severity: '' }, OF));
  expect(none['reaction']).toEqual([{ manifestation: [{ text: 'Hives' }] }]);
});
test('[CH27] a patch names what differs: adds, replaces, removes', () => {
  expect(elementPatch({ a: 1, b: [1], c: 'x' }, { a: 1, b: [2], c: undefined, d: undefined, e: 'new' })).toEqual([
    { op: 'replace', path: '/b', value: [2] },
    { op: 'remove', path: '/c' },
    { op: 'add', path: '/e', value: 'new' },
  ]);
});
test('[CH29] a problem is resolved with its end, opened again without it, and edited by element', () => {
  const made = valid(
    problemResource({ ...EMPTY_PROBLEM, words: 'Falls', code: '161898004', severity: '6736007', since: '2026-05' }, OF),
  );
  expect(readProblemForm(made)).toEqual({
    words: 'Falls',
    code: '161898004',
    verification: 'confirmed',
    severity: '6736007',
    since: '2026-05',
    note: '',
  });
  expect(problemPatch(made, readProblemForm(made), OF)).toEqual([]);
  const resolved = patched(made, turnPatch(made, 'resolved', OF));
  expect(resolved['abatementDateTime']).toBe(OF.at);
  const open = patched(resolved, turnPatch(resolved, 'active', OF));
  expect(open['abatementDateTime']).toBeUndefined();
  const edited = patched(
    made,
    problemPatch(made, { ...readProblemForm(made), words: 'Frequent falls', code: '', note: 'two this month' }, OF),
  );
  expect(edited).toMatchObject({
    code: { text: 'Frequent falls' },
    note: [{ text: 'two this month' }],
    onsetDateTime: '2026-05',
  });
});

test('[CH25] only what the person changed is brought to the version that is there now', () => {
  const opened = { a: 1, b: ['x'], c: '' };
  expect(rebased(opened, { a: 1, b: ['x', 'y'], c: '' }, { a: 2, b: ['z'], c: 'new' })).toEqual({
    a: 2,
    b: ['x', 'y'],
    c: 'new',
  });
});
