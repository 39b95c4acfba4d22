// What a status or an allergy says is known by its codes and, where there are none, by its words.
import { expect, test } from 'vitest';
import { sha256 } from '../../base/sha256.ts';
import { body, head } from './heads.test-kit.ts';
import { mergeHeads } from './merge-heads.ts';

test('[MG22] resuscitation is known by what a status says, by an order and by its answer, and what is for it leads', () => {
  const coding = (system: string, code: string): string => `{"coding":[{"system":"${system}","code":"${code}"}]}`;
  const sct = (code: string): string => coding('http://snomed.info/sct', code);
  const loinc = (code: string): string => coding('http://loinc.org', code);
  const cases: readonly (readonly [string, string, string])[] = [
    // A status observation: which, is the value.
    [
      'Observation',
      `"code":${sct('304251008')},"valueCodeableConcept":${sct('304253006')}`,
      `"code":${sct('304251008')},"valueCodeableConcept":${sct('304252001')}`,
    ],
    [
      'Observation',
      `"code":${sct('304251008')},"valueCodeableConcept":${sct('450476008')}`,
      `"code":${sct('304251008')},"valueCodeableConcept":${sct('450475007')}`,
    ],
    [
      'ServiceRequest',
      `"category":[${loinc('100822-6')}],"code":${loinc('LA33471-6')}`,
      `"category":[${loinc('100822-6')}],"code":${loinc('LA33470-8')}`,
    ],
    ['Flag', `"code":${sct('143021000119109')}`, `"code":${sct('304252001')}`],
  ];
  for (const [type, not, yes] of cases) {
    for (const heads of [
      [head('a', body(type, `"status":"active",${not}`)), head('b', body(type, `"status":"active",${yes}`))],
    ]) {
      const shown = mergeHeads(type, heads, []);
      expect([type, shown.severity, shown.notes.map(({ kind }) => kind)]).toEqual([
        type,
        'S1',
        ['resuscitation-disputed'],
      ]);
      expect(shown.text).toBe(heads[1]?.text);
    }
  }
});

test('[MG20] a denial never leads, whether it is coded, retired, or only written in words', () => {
  const denials = [
    '{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}',
    '{"coding":[{"system":"http://snomed.info/sct","code":"160244002"}]}',
    '{"text":"No known drug allergies"}',
    '{"text":"NKDA"}',
    '{"text":"nil known allergies"}',
  ];
  const allergy = head('a', body('AllergyIntolerance', '"code":{"text":"penicillin"}'), { generation: 1 });
  for (const denial of denials) {
    // Whatever came last.
    const heads = [allergy, head('b', body('AllergyIntolerance', `"code":${denial}`), { generation: 9 })];
    const shown = mergeHeads('AllergyIntolerance', heads, []);
    expect([denial, shown.displayed, shown.severity]).toEqual([denial, allergy.hash, 'S1']);
  }
  // What has a code of its own is an allergy, whatever its words begin with.
  const coded =
    '{"text":"no known cause: allergic to latex","coding":[{"system":"http://snomed.info/sct","code":"300916003"}]}';
  const heads = [head('b', body('AllergyIntolerance', `"code":${coded}`), { generation: 9 }), allergy];
  expect(mergeHeads('AllergyIntolerance', heads, []).displayed).toBe(sha256('b'));
});
