// The regression table of safety checks (DT32): what must fire, stated here independently of the drug content, against the content that
// is shipped. Each case runs over the record as it is, over the record turned round, and over it as it comes through a worker.
import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { FORMULARY } from '../../../server/demo/formulary.ts';
import { checkOrder, needsReason } from './check-order.ts';
import {
  ADULT,
  allergy,
  born,
  creatinine,
  DAY,
  demoRules,
  egfr,
  inForce,
  NO_ALLERGIES,
  NOW,
  order,
  patient,
  PREGNANT,
  times,
  weight,
  type OrderWish,
} from './chart.test-kit.ts';
import type { Checked } from './finding.ts';

const RULES = demoRules();
let cases = 0;

function look(
  candidate: ResourceJson,
  record: readonly ResourceJson[],
  more: { stale?: boolean } = {},
): readonly string[] {
  cases += 1;
  const run = (body: ResourceJson, chart: readonly ResourceJson[]): Checked =>
    checkOrder({ order: body, record: chart, now: NOW, stale: more.stale === true }, inForce(RULES));
  const words = (checked: Checked): readonly string[] => {
    expect(checked.state).toBe('checked');
    if (checked.state !== 'checked') return [];
    const found = checked.findings.map((one) => {
      const with_ = 'other' in one ? ` ${one.other.from}` : '';
      return `${one.kind} ${one.weight}${with_}`;
    });
    return [...found, ...checked.notChecked.map(({ what }) => `not-checked ${what}`)];
  };
  const here = words(run(candidate, record));
  // Offline and online are one function over plain data: neither the order of resources nor the way they came may change a word.
  expect([...words(run(candidate, record.toReversed()))].sort()).toEqual([...here].sort());
  expect(words(run(structuredClone(candidate), structuredClone(record)))).toEqual(here);
  return here;
}
const fires = (found: readonly string[], wanted: string): boolean => found.some((one) => one.startsWith(wanted));
const base = [ADULT, NO_ALLERGIES, weight(80), egfr(95)];
const only = (id: string, wish: OrderWish = {}): ResourceJson => order(RULES, id, { id: 'o', ...wish });

const PENICILLINS = [
  'amoxicillin',
  'amoxicillin-iv',
  'co-amoxiclav',
  'co-amoxiclav-iv',
  'flucloxacillin-iv',
  'tazocin',
  'benzylpenicillin',
];
const NSAIDS = ['ibuprofen', 'naproxen'];
const OPIOIDS = ['codeine', 'morphine-po', 'morphine-iv', 'oxycodone'];
/** Allergy: forbidden outright; crossing; everything else must be silent. */
const ALLERGIES: readonly (readonly [
  code: string | undefined,
  words: string,
  same: readonly string[],
  cross: readonly string[],
])[] = [
  ['764146007', 'Penicillin', PENICILLINS, ['ceftriaxone', 'meropenem']],
  [undefined, 'penicillins (childhood)', PENICILLINS, ['ceftriaxone', 'meropenem']],
  ['372687004', 'Amoxicillin', PENICILLINS, ['ceftriaxone', 'meropenem']],
  ['387207008', 'Ibuprofen', NSAIDS, ['aspirin']],
  ['387458008', 'Aspirin', ['aspirin'], NSAIDS],
  ['387494007', 'Codeine', ['codeine'], ['morphine-po', 'morphine-iv', 'oxycodone']],
  ['373529000', 'Morphine', OPIOIDS, []],
  ['387170002', 'Trimethoprim', ['trimethoprim'], []],
  ['387487009', 'Clarithromycin', ['clarithromycin'], []],
  [undefined, 'allergic to quinolones', ['ciprofloxacin', 'levofloxacin'], []],
  [undefined, 'furosemide', ['furosemide', 'furosemide-iv'], []],
  [undefined, 'levetiracetam: rash', ['levetiracetam', 'levetiracetam-iv'], []],
  ['111088007', 'Latex', [], []],
  ['762952008', 'Peanut', [], []],
  ['102263004', 'Eggs', [], ['propofol']],
];
const QUIET = [
  'amlodipine',
  'senna',
  'macrogol',
  'omeprazole',
  'levothyroxine',
  'paracetamol',
  'sodium-chloride',
  'glargine',
  'ondansetron',
  'tiotropium',
];

describe('allergies', () => {
  for (const [code, words, same, cross] of ALLERGIES)
    test(`[MD9] ${words}: its medicines are severe, crossing ones named, others silent`, () => {
      const record = [ADULT, allergy(code, words), weight(80), egfr(95)];
      for (const key of same) expect(fires(look(order(RULES, key), record), 'allergy severe'), key).toBe(true);
      for (const key of cross) expect(fires(look(order(RULES, key), record), 'allergy '), key).toBe(true);
      for (const key of QUIET) expect(fires(look(order(RULES, key), record), 'allergy '), key).toBe(false);
      const past = allergy(code, words, { clinicalStatus: { coding: [{ code: 'resolved' }] } });
      const wrong = allergy(code, words, {}, 'entered-in-error');
      for (const key of same) {
        expect(fires(look(order(RULES, key), [ADULT, past, wrong, NO_ALLERGIES]), 'allergy '), key).toBe(false);
        // CR3: what nobody confirmed counts.
        const unsure = [ADULT, allergy(code, words, {}, 'unconfirmed')];
        expect(fires(look(order(RULES, key), unsure), 'allergy severe'), key).toBe(true);
      }
    });
  test('[MD9] after a severe reaction what may cross is severe; a stale copy fires and says that it is stale (CR1)', () => {
    const bad = allergy('764146007', 'Penicillin', { criticality: 'high' });
    for (const key of ['ceftriaxone', 'meropenem'])
      expect(fires(look(order(RULES, key), [ADULT, bad]), 'allergy severe'), key).toBe(true);
    const stale = look(order(RULES, 'amoxicillin'), [ADULT, bad], { stale: true });
    expect(fires(stale, 'allergy severe') && fires(stale, 'allergies-stale')).toBe(true);
    expect(fires(look(order(RULES, 'senna'), base, { stale: true }), 'allergies-stale')).toBe(true);
  });
  test('[MD10] an allergen that no rule knows is not checked, but its own name fires', () => {
    const strange = [ADULT, allergy(undefined, 'Zyxoral'), weight(80)];
    for (const key of QUIET) expect(look(order(RULES, key), strange)).toContain('not-checked allergy');
    expect(fires(look(order(RULES, 'Zyxoral'), strange), 'allergy severe')).toBe(true);
    expect(look(order(RULES, 'amlodipine'), [ADULT, allergy(undefined, 'Letrozole')])).not.toContain(
      'not-checked allergy',
    );
  });
});

/** a, b, weight: stated by hand. */
const PAIRS: readonly (readonly [string, string, 'severe' | 'moderate' | 'minor'])[] = [
  ['apixaban', 'ibuprofen', 'severe'],
  ['warfarin', 'naproxen', 'severe'],
  ['enoxaparin', 'ibuprofen', 'severe'],
  ['fondaparinux', 'clopidogrel', 'severe'],
  ['apixaban', 'aspirin', 'severe'],
  ['warfarin', 'ticagrelor', 'severe'],
  ['apixaban', 'sertraline', 'moderate'],
  ['ibuprofen', 'aspirin', 'severe'],
  ['naproxen', 'sertraline', 'moderate'],
  ['ibuprofen', 'prednisolone', 'moderate'],
  ['ibuprofen', 'ramipril', 'moderate'],
  ['naproxen', 'furosemide', 'moderate'],
  ['warfarin', 'clarithromycin', 'severe'],
  ['warfarin', 'metronidazole-iv', 'severe'],
  ['warfarin', 'ciprofloxacin', 'severe'],
  ['warfarin', 'trimethoprim', 'severe'],
  ['apixaban', 'diltiazem-mr', 'moderate'],
  ['atorvastatin', 'clarithromycin', 'severe'],
  ['atorvastatin', 'diltiazem-mr', 'moderate'],
  ['ticagrelor', 'clarithromycin', 'severe'],
  ['clopidogrel', 'omeprazole', 'moderate'],
  ['bisoprolol', 'diltiazem-mr', 'severe'],
  ['labetalol', 'salbutamol-neb', 'moderate'],
  ['bisoprolol', 'donepezil', 'moderate'],
  ['ramipril', 'spironolactone', 'severe'],
  ['ramipril', 'trimethoprim', 'severe'],
  ['spironolactone', 'trimethoprim', 'severe'],
  ['potassium', 'spironolactone', 'severe'],
  ['furosemide', 'gentamicin', 'severe'],
  ['gentamicin', 'vancomycin', 'moderate'],
  ['morphine-iv', 'propofol', 'severe'],
  ['levofloxacin', 'prednisolone', 'moderate'],
  ['ciprofloxacin', 'ferrous-sulfate', 'moderate'],
  ['levothyroxine', 'ferrous-sulfate', 'moderate'],
  ['co-careldopa', 'haloperidol', 'severe'],
  ['haloperidol', 'clarithromycin', 'severe'],
  ['valproate', 'meropenem', 'severe'],
  ['glargine', 'prednisolone', 'moderate'],
  ['magnesium', 'nifedipine-mr', 'severe'],
];
const GOOD_COMPANY: readonly (readonly [string, string])[] = [
  ['paracetamol', 'amoxicillin'],
  ['amlodipine', 'ramipril'],
  ['bisoprolol', 'ramipril'],
  ['omeprazole', 'apixaban'],
  ['senna', 'morphine-po'],
  ['metformin', 'linagliptin'],
  ['tiotropium', 'salbutamol-inh'],
  ['aspirin', 'atorvastatin'],
  ['glargine', 'aspart'],
  ['levetiracetam', 'paracetamol'],
  ['enoxaparin', 'co-amoxiclav'],
  ['ceftriaxone', 'doxycycline'],
];

describe('two medicines', () => {
  test('[MD6] interactions fire both ways, whichever was ordered first, also with what is held or was taken at home (CR3)', () => {
    for (const [a, b, grade] of PAIRS)
      for (const [one, two] of [
        [a, b],
        [b, a],
      ] as const) {
        const wanted = `interaction ${grade} MedicationRequest/o`;
        expect(look(order(RULES, one), [...base, only(two)]), `${one} beside ${two}`).toContain(wanted);
        expect(look(order(RULES, one), [...base, only(two, { status: 'on-hold' })])).toContain(wanted);
        for (const status of ['stopped', 'cancelled', 'completed', 'entered-in-error', 'draft'])
          expect(fires(look(order(RULES, one), [...base, only(two, { status })]), 'interaction')).toBe(false);
      }
    for (const [a, b] of GOOD_COMPANY) {
      const found = [...look(order(RULES, a), [...base, only(b)]), ...look(order(RULES, b), [...base, only(a)])];
      expect(fires(found, 'interaction') || fires(found, 'same-'), `${a} beside ${b}`).toBe(false);
    }
  });
  test('[MD8] a stop in conflict counts as running; an order that this one replaces does not', () => {
    const record = [...base, only('apixaban', { status: 'stopped' })];
    const to = { order: order(RULES, 'ibuprofen'), record, now: NOW, stale: false };
    const kinds = (checked: Checked): readonly string[] =>
      checked.state === 'checked' ? checked.findings.map(({ kind }) => kind) : [];
    expect(kinds(checkOrder(to, inForce(RULES)))).not.toContain('interaction');
    const conflicts = new Set(['MedicationRequest/o']);
    expect(kinds(checkOrder({ ...to, conflicts }, inForce(RULES)))).toContain('interaction');
    const running = { ...to, record: [...base, only('ibuprofen')] };
    expect(kinds(checkOrder(running, inForce(RULES)))).toContain('same-medicine');
    expect(kinds(checkOrder({ ...running, replaces: 'MedicationRequest/o' }, inForce(RULES)))).not.toContain(
      'same-medicine',
    );
  });
  test('[MD6] the same medicine twice, by any route, and two of a class', () => {
    for (const { key } of RULES.medicines) {
      const { repeats } = RULES.medicines.find((one) => one.key === key) ?? { repeats: false };
      expect(fires(look(order(RULES, key), [...base, only(key)]), 'same-medicine severe'), key).toBe(!repeats);
    }
    const ways = [
      ['paracetamol', 'paracetamol-iv'],
      ['amoxicillin', 'co-amoxiclav'],
      ['furosemide', 'furosemide-iv'],
      ['levetiracetam', 'levetiracetam-iv'],
      ['salbutamol-inh', 'salbutamol-neb'],
    ] as const;
    for (const [a, b] of ways) {
      expect(fires(look(order(RULES, a), [...base, only(b)]), 'same-medicine'), `${a} ${b}`).toBe(true);
      expect(fires(look(order(RULES, b), [...base, only(a)]), 'same-medicine'), `${b} ${a}`).toBe(true);
    }
    const classes = [
      ['ibuprofen', 'naproxen', 'severe'],
      ['apixaban', 'enoxaparin', 'severe'],
      ['warfarin', 'fondaparinux', 'severe'],
      ['bisoprolol', 'labetalol', 'severe'],
      ['clopidogrel', 'ticagrelor', 'severe'],
      ['codeine', 'oxycodone', 'moderate'],
      ['prednisolone', 'dexamethasone', 'moderate'],
      ['omeprazole', 'pantoprazole-iv', 'moderate'],
      ['tazocin', 'amoxicillin-iv', 'moderate'],
      ['amlodipine', 'nifedipine-mr', 'moderate'],
    ] as const;
    for (const [a, b, grade] of classes) {
      expect(look(order(RULES, a), [...base, only(b)])).toContain(`same-class ${grade} MedicationRequest/o`);
      expect(look(order(RULES, b), [...base, only(a)])).toContain(`same-class ${grade} MedicationRequest/o`);
    }
  });
  test('[MD6] a regular and an as-needed order of one medicine is asked about, and their day is added up', () => {
    const asNeeded = order(RULES, 'paracetamol', { dose: 1000, asNeeded: { hours: 6, most: 4000 } });
    const found = look(asNeeded, [...base, only('paracetamol-iv', { dose: 1000, times: times(4) })]);
    expect(fires(found, 'same-medicine moderate') && fires(found, 'day-high severe')).toBe(true);
  });
});

describe('doses', () => {
  test('[MD6] the highest dose of every medicine passes and more does not, by the bounds of the demonstration hospital', () => {
    for (const [key, m] of FORMULARY) {
      if (key === 'vitamin-k') continue;
      const count = Math.max(1, Math.floor(m.dayMax / m.singleMax + 1e-9));
      const most = look(order(RULES, key, { dose: m.singleMax, times: times(1) }), base);
      expect(fires(most, 'dose-high') || fires(most, 'day-high'), key).toBe(false);
      expect(fires(look(order(RULES, key, { dose: m.singleMax * 1.5 }), base), 'dose-high severe'), key).toBe(true);
      if (count < 12) {
        const day = look(order(RULES, key, { dose: m.singleMax, times: times(count + 1) }), base);
        expect(fires(day, 'day-high severe'), key).toBe(true);
      }
    }
  });
  test('[MD6] a child gets no more than the weight permits, nor than an adult', () => {
    for (const [key, m] of FORMULARY) {
      if (m.kg === undefined) continue;
      const [single] = m.kg;
      for (const kg of [10, 20]) {
        const child = [born(kg === 10 ? 1.5 : 6), NO_ALLERGIES, weight(kg)];
        const most = Math.min(single * kg, m.singleMax);
        expect(fires(look(order(RULES, key, { dose: most }), child), 'dose-high'), `${key} ${kg}`).toBe(false);
        expect(fires(look(order(RULES, key, { dose: most * 1.2 }), child), 'dose-high severe'), `${key} ${kg}`).toBe(
          true,
        );
      }
      const unweighed = look(order(RULES, key, { dose: 0.1 }), [born(3), NO_ALLERGIES]);
      expect(fires(unweighed, 'weight-missing severe'), key).toBe(true);
    }
    for (const [key, m] of FORMULARY)
      if (m.kg === undefined)
        expect(look(order(RULES, key), [born(5), NO_ALLERGIES, weight(18)]), key).toContain('not-checked dose');
  });
  test('[MD11] a weight is a finding when it is missing or old; how long it holds depends on the age', () => {
    const paracetamol = order(RULES, 'paracetamol', { dose: 100 });
    expect(fires(look(paracetamol, [born(0.5), NO_ALLERGIES, weight(7, 6)]), 'weight-')).toBe(false);
    expect(fires(look(paracetamol, [born(0.5), NO_ALLERGIES, weight(7, 8)]), 'weight-old moderate')).toBe(true);
    expect(fires(look(paracetamol, [born(5), NO_ALLERGIES, weight(18, 31)]), 'weight-old moderate')).toBe(true);
    expect(fires(look(order(RULES, 'senna'), [ADULT, NO_ALLERGIES, weight(80, 300)]), 'weight-')).toBe(false);
    expect(fires(look(order(RULES, 'senna'), [ADULT, NO_ALLERGIES]), 'weight-missing minor')).toBe(true);
    expect(fires(look(paracetamol, [patient(undefined), NO_ALLERGIES, weight(80)]), 'age-missing severe')).toBe(true);
  });
  test('[MD2] a unit or a route that the rule does not have, and a dose in words, is not checked; grams and milligrams are one', () => {
    expect(look(order(RULES, 'paracetamol', { dose: 2, unit: 'tablet' }), base)).toContain('not-checked dose');
    expect(fires(look(order(RULES, 'paracetamol', { dose: 1, unit: 'g' }), base), 'dose-high')).toBe(false);
    expect(fires(look(order(RULES, 'paracetamol', { dose: 2, unit: 'g' }), base), 'dose-high severe')).toBe(true);
    expect(fires(look(order(RULES, 'levothyroxine', { dose: 1, unit: 'mg' }), base), 'dose-high severe')).toBe(true);
    expect(look(order(RULES, 'senna', { route: 'intravenous', dose: 15 }), base)).toContain('not-checked dose');
    const words = order(RULES, 'senna', { more: { dosageInstruction: [{ text: 'one or two at night' }] } });
    expect(look(words, base)).toContain('not-checked dose');
  });
  test('[MD12] kidneys: fires below the bound, not above; a missing or old result is a finding; creatinine alone is worked out', () => {
    const RENAL = [
      ['metformin', 29, 'severe'],
      ['nitrofurantoin', 44, 'severe'],
      ['ibuprofen', 29, 'severe'],
      ['ibuprofen', 59, 'moderate'],
      ['spironolactone', 29, 'severe'],
      ['gentamicin', 29, 'severe'],
      ['fondaparinux', 49, 'moderate'],
      ['potassium', 29, 'severe'],
      ['morphine-po', 29, 'severe'],
      ['trimethoprim', 14, 'severe'],
    ] as const;
    for (const [key, value, grade] of RENAL) {
      const chart = (v: number): readonly ResourceJson[] => [ADULT, NO_ALLERGIES, weight(80), egfr(v)];
      expect(fires(look(order(RULES, key), chart(value)), `kidneys ${grade}`), key).toBe(true);
      expect(fires(look(order(RULES, key), chart(95)), 'kidneys'), key).toBe(false);
      expect(fires(look(order(RULES, key), [ADULT, NO_ALLERGIES, weight(80)]), 'kidneys-missing'), key).toBe(true);
      expect(fires(look(order(RULES, key), [ADULT, NO_ALLERGIES, egfr(95, 31)]), 'kidneys-old'), key).toBe(true);
      expect(fires(look(order(RULES, key), [ADULT, NO_ALLERGIES, creatinine(400)]), 'kidneys '), key).toBe(true);
      expect(look(order(RULES, key), [born(9), NO_ALLERGIES, weight(30), egfr(20)]), key).toContain(
        'not-checked kidneys',
      );
    }
    expect(fires(look(order(RULES, 'enoxaparin', { dose: 20 }), [ADULT, NO_ALLERGIES, egfr(25)]), 'kidneys')).toBe(
      false,
    );
    expect(
      fires(look(order(RULES, 'enoxaparin', { dose: 40 }), [ADULT, NO_ALLERGIES, egfr(25)]), 'kidneys severe'),
    ).toBe(true);
  });
  test('[MD6] pregnancy and age fire where the content says so', () => {
    const woman = [born(30, 'female'), NO_ALLERGIES, weight(65), egfr(95)];
    for (const key of [
      'warfarin',
      'apixaban',
      'atorvastatin',
      'ramipril',
      'valproate',
      'doxycycline',
      'ibuprofen',
      'trimethoprim',
      'letrozole',
    ]) {
      expect(fires(look(order(RULES, key), [...woman, PREGNANT]), 'pregnancy severe'), key).toBe(true);
      expect(fires(look(order(RULES, key), woman), 'pregnancy-not-recorded'), key).toBe(true);
      expect(fires(look(order(RULES, key), base), 'pregnancy'), key).toBe(false);
    }
    for (const key of QUIET) expect(fires(look(order(RULES, key), [...woman, PREGNANT]), 'pregnancy'), key).toBe(false);
    const AGES = [
      ['codeine', 8],
      ['aspirin', 12],
      ['doxycycline', 8],
    ] as const;
    for (const [key, age] of AGES) {
      expect(fires(look(order(RULES, key), [born(age), NO_ALLERGIES, weight(30)]), 'age severe'), key).toBe(true);
      expect(fires(look(order(RULES, key), base), 'age '), key).toBe(false);
    }
    expect(fires(look(order(RULES, 'valproate'), [born(30, 'female'), NO_ALLERGIES]), 'age severe')).toBe(true);
    expect(fires(look(order(RULES, 'valproate'), [born(30, 'male'), NO_ALLERGIES]), 'age severe')).toBe(false);
  });
});

describe('what cannot be checked', () => {
  test('[MD1] a medicine without a rule is not checked, and wants a reason; beside others it is named (CR10)', () => {
    const strange = order(RULES, 'homoeopathic drops');
    const found = look(strange, base);
    expect(found).toContain('not-checked medicine');
    expect(look(order(RULES, 'senna'), [...base, { ...strange, id: 'o' }])).toContain('not-checked other-medicine');
    const checked = checkOrder({ order: strange, record: base, now: NOW, stale: false }, inForce(RULES));
    expect(needsReason(checked)).toBe(true);
    expect(fires(look(strange, [...base, { ...strange, id: 'o' }]), 'same-medicine severe')).toBe(true);
  });
  test('[MD6] where the checker cannot run, there are no checks, whatever the order (CR10)', () => {
    for (const why of ['no-content', 'halted', 'failed'] as const) {
      const checked = checkOrder(
        { order: order(RULES, 'senna'), record: base, now: NOW, stale: false },
        { state: 'no-checks', why },
      );
      expect(checked).toEqual({ state: 'no-checks', why });
      expect(needsReason(checked)).toBe(true);
    }
  });
  test('[MD7] allergies that nobody recorded are a severe finding; a denial is not', () => {
    for (const key of QUIET) {
      expect(fires(look(order(RULES, key), [ADULT, weight(80)]), 'allergies-not-recorded severe'), key).toBe(true);
      expect(fires(look(order(RULES, key), base), 'allerg'), key).toBe(false);
    }
  });
  test('[MD4] a result to come, of another unit, or entered in error is no fact; a linked record that was replaced is not the person', () => {
    const later = egfr(20, -3);
    const wrong: ResourceJson = { ...egfr(20), status: 'entered-in-error' };
    expect(
      fires(look(order(RULES, 'metformin'), [ADULT, NO_ALLERGIES, weight(80), later, wrong]), 'kidneys-missing'),
    ).toBe(true);
    const pounds: ResourceJson = { ...weight(176), valueQuantity: { value: 176, unit: 'lb', code: '[lb_av]' } };
    expect(fires(look(order(RULES, 'senna'), [ADULT, NO_ALLERGIES, pounds]), 'weight-')).toBe(false);
    const replaced: ResourceJson = {
      ...born(3),
      id: 'old',
      link: [{ type: 'replaced-by', other: { reference: 'Patient/p' } }],
    };
    expect(look(order(RULES, 'senna'), [replaced, ...base])).not.toContain('not-checked dose');
  });
  test('[MD5] an unverified allergy counts and says so', () => {
    const record = [ADULT, allergy('764146007', 'Penicillin', {}, 'unconfirmed')];
    const checked = checkOrder({ order: order(RULES, 'amoxicillin'), record, now: NOW, stale: false }, inForce(RULES));
    expect(checked.state === 'checked' && checked.findings[0]).toMatchObject({ kind: 'allergy', unverified: true });
  });
  test('[MD6] the table has at least 500 cases (DT32)', () => expect(cases).toBeGreaterThanOrEqual(500));
  test('[MD6] what was taken yesterday is no longer beside it', () => {
    const ended = only('apixaban', { status: 'completed', until: NOW - DAY });
    expect(fires(look(order(RULES, 'ibuprofen'), [...base, ended]), 'interaction')).toBe(false);
  });
});
