// What a person brings along: allergies, long-term conditions, medicines from home. The same for ward and practice.
import type { Instant } from '../../core/base/ports.ts';
import { requestResource } from './administer.ts';
import { DAY, YEAR } from './calendar.ts';
import type { Chart } from './chart.ts';
import type { Dice } from './dice.ts';
import { clamp, hl7, ref, resource, snomed, type Json, type Resource } from './fhir-parts.ts';
import type { LabPerson } from './laboratory.ts';
import type { Sex } from './names.ts';
import { prescribe, type Facts, type Order } from './prescribe.ts';
import { LONG_TERM, type LongTerm, type Problem } from './problems.ts';

interface Allergen {
  readonly key: string;
  readonly code: string;
  readonly display: string;
  readonly category: 'medication' | 'food' | 'environment';
  readonly share: number;
  /** Classes of medicines that are never given then. */
  readonly blocks: readonly string[];
  readonly reactions: readonly (readonly [code: string, display: string, severity: 'mild' | 'moderate' | 'severe'])[];
}
const RASH = ['271807003', 'Rash', 'mild'] as const;
const HIVES = ['126485001', 'Urticaria', 'moderate'] as const;
const ANAPHYLAXIS = ['39579001', 'Anaphylaxis', 'severe'] as const;
const SWELLING = ['41291007', 'Angioedema', 'severe'] as const;
const SICK = ['422587007', 'Nausea', 'mild'] as const;

const ALLERGENS: readonly Allergen[] = [
  {
    key: 'penicillin',
    code: '764146007',
    display: 'Penicillin',
    category: 'medication',
    share: 10,
    blocks: ['penicillin', 'beta-lactam', 'cephalosporin', 'carbapenem'],
    reactions: [RASH, HIVES, ANAPHYLAXIS],
  },
  {
    key: 'ibuprofen',
    code: '387207008',
    display: 'Ibuprofen',
    category: 'medication',
    share: 2,
    blocks: ['nsaid', 'aspirin'],
    reactions: [HIVES, SWELLING],
  },
  {
    key: 'codeine',
    code: '387494007',
    display: 'Codeine',
    category: 'medication',
    share: 3,
    blocks: ['codeine'],
    reactions: [SICK],
  },
  {
    key: 'trimethoprim',
    code: '387170002',
    display: 'Trimethoprim',
    category: 'medication',
    share: 2,
    blocks: ['trimethoprim'],
    reactions: [RASH],
  },
  {
    key: 'clarithromycin',
    code: '387487009',
    display: 'Clarithromycin',
    category: 'medication',
    share: 1,
    blocks: ['macrolide'],
    reactions: [SICK, RASH],
  },
  {
    key: 'morphine',
    code: '373529000',
    display: 'Morphine',
    category: 'medication',
    share: 1,
    blocks: ['opioid', 'opioid-iv', 'codeine'],
    reactions: [HIVES],
  },
  {
    key: 'latex',
    code: '111088007',
    display: 'Latex',
    category: 'environment',
    share: 2,
    blocks: [],
    reactions: [HIVES, RASH],
  },
  {
    key: 'peanut',
    code: '762952008',
    display: 'Peanut',
    category: 'food',
    share: 2,
    blocks: [],
    reactions: [ANAPHYLAXIS, HIVES],
  },
  { key: 'egg', code: '102263004', display: 'Eggs', category: 'food', share: 1, blocks: [], reactions: [HIVES] },
];

export interface Background {
  readonly allergies: readonly Allergen[];
  readonly blockedClasses: ReadonlySet<string>;
  readonly longTerm: readonly LongTerm[];
  readonly egfrUsual: number;
  readonly smoker: 'never' | 'former' | 'current';
  readonly allergyWords: string;
}
export interface BackgroundWish {
  readonly always?: readonly string[];
  readonly never?: readonly string[];
  readonly allergies?: readonly string[];
  readonly dialysis?: boolean;
  readonly pregnant?: boolean;
  /** Nobody knows who it is, so nobody knows what went before. */
  readonly unknown?: boolean;
}

export function drawBackground(dice: Dice, age: number, sex: Sex, wish: BackgroundWish): Background {
  const allergies: Allergen[] = ALLERGENS.filter((a) =>
    wish.allergies === undefined ? dice.chance((a.share / 100) * (age < 5 ? 0.3 : 1)) : wish.allergies.includes(a.key),
  );
  const never = new Set(wish.never);
  if (wish.dialysis) never.add('ckd3');
  const longTerm = LONG_TERM.filter((p) => {
    if (wish.unknown) return false;
    if (wish.always?.includes(p.key)) return true;
    if (never.has(p.key)) return false;
    if (wish.pregnant && !['asthma', 'thyroid', 'depression'].includes(p.key)) return false;
    return dice.chance(p.share(age, sex));
  });
  // The end of a long list is cut: eight diagnoses and more are drawn too easily for the very old.
  const kept = longTerm.filter((p, n) => n < 6 || wish.always?.includes(p.key));
  const without = kept.some((p) => p.key === 'asthma')
    ? kept.filter((p) => p.key !== 'copd' || wish.always?.includes('copd'))
    : kept;
  const ckd = without.some((p) => p.key === 'ckd3');
  const egfrUsual = wish.dialysis
    ? 7
    : ckd
      ? dice.int(34, 57)
      : clamp(108 - Math.max(0, age - 30) * 0.72 + dice.bell() * 7, 61, 118);
  const allergyWords =
    allergies.length === 0 ? 'No known allergies' : allergies.map((a) => a.display.toLowerCase()).join(', ');
  return {
    allergies,
    longTerm: without,
    egfrUsual,
    allergyWords,
    blockedClasses: new Set(allergies.flatMap((a) => a.blocks)),
    smoker:
      age < 16
        ? 'never'
        : without.some((p) => p.key === 'copd')
          ? dice.pick(['former', 'current'] as const)
          : dice.weighted(['never', 'former', 'current'] as const, (s) => (s === 'never' ? 6 : s === 'former' ? 3 : 1)),
  };
}

export function factsOf(
  chart: Chart,
  b: Background,
  more: { readonly problems: readonly string[]; readonly egfr: number; readonly pregnant: boolean },
): Facts {
  const { person } = chart;
  return {
    age: person.age,
    sex: person.sex,
    weightKg: person.weightKg,
    egfr: more.egfr,
    pregnant: more.pregnant,
    blockedClasses: b.blockedClasses,
    problems: new Set([...more.problems, ...b.longTerm.map((p) => p.key)]),
    taken: new Set(),
  };
}
export function labPersonOf(chart: Chart, b: Background, anticoagulated: boolean, dialysis = false): LabPerson {
  return {
    age: chart.person.age,
    sex: chart.person.sex,
    egfrUsual: b.egfrUsual,
    dialysis,
    anticoagulated,
    diabetic: b.longTerm.some((p) => p.key === 'diabetes2'),
  };
}

const clinical = (code: string): Json => hl7('condition-clinical', code, code[0]?.toUpperCase() + code.slice(1));
const CONFIRMED = hl7('condition-ver-status', 'confirmed', 'Confirmed');

export function allergyResources(
  chart: Chart,
  b: Background,
  recorder: Json,
  recordedAt: Instant,
): readonly Resource[] {
  const { calendar, dice } = chart;
  const base = { patient: chart.subject, recordedDate: calendar.at(recordedAt), recorder };
  const active = hl7('allergyintolerance-clinical', 'active', 'Active');
  const verified = (code: string, display: string): Json => hl7('allergyintolerance-verification', code, display);
  if (b.allergies.length === 0) {
    if (chart.person.unknown) return [];
    return [
      resource('AllergyIntolerance', chart.id('allergy'), {
        clinicalStatus: active,
        verificationStatus: verified('confirmed', 'Confirmed'),
        code: snomed('716186003', 'No known allergy', 'No known allergies'),
        ...base,
      }),
    ];
  }
  return b.allergies.map((a) => {
    const [code, display, severity] = dice.pick(a.reactions);
    const sure = dice.chance(0.75);
    return resource('AllergyIntolerance', chart.id('allergy'), {
      clinicalStatus: active,
      verificationStatus: sure ? verified('confirmed', 'Confirmed') : verified('unconfirmed', 'Unconfirmed'),
      type: severity === 'mild' && display === 'Nausea' ? 'intolerance' : 'allergy',
      category: [a.category],
      criticality: severity === 'severe' ? 'high' : sure ? 'low' : 'unable-to-assess',
      code: snomed(a.code, a.display),
      ...base,
      reaction: [{ manifestation: [snomed(code, display)], severity }],
    });
  });
}

export interface ConditionFacts {
  readonly problem: Problem;
  readonly since: Instant;
  readonly recorded: Instant;
  readonly recorder: Json;
  readonly encounter?: Json;
  /** When it was over. */
  readonly until?: Instant;
  readonly note?: string;
}
export function conditionResource(chart: Chart, c: ConditionFacts): Resource {
  const { calendar } = chart;
  const over = c.until !== undefined && c.until <= calendar.now;
  return resource('Condition', chart.id('condition'), {
    clinicalStatus: clinical(over ? 'resolved' : 'active'),
    verificationStatus: CONFIRMED,
    category: [
      c.encounter === undefined
        ? hl7('condition-category', 'problem-list-item', 'Problem List Item')
        : hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'),
    ],
    code: snomed(c.problem.code, c.problem.display),
    subject: chart.subject,
    ...(c.encounter === undefined ? {} : { encounter: c.encounter }),
    onsetDateTime: c.encounter === undefined ? calendar.on(c.since) : calendar.at(c.since),
    ...(over && c.until !== undefined ? { abatementDateTime: calendar.at(c.until) } : {}),
    recordedDate: calendar.at(c.recorded),
    recorder: c.recorder,
    ...(c.note === undefined ? {} : { note: [{ text: c.note }] }),
  });
}

/** Long-term conditions on the problem list, each found at a plausible age. */
/** `known`: codes that the encounter's own diagnoses already carry. */
export function problemList(chart: Chart, b: Background, recorder: Json, known: ReadonlySet<string> = new Set()): void {
  for (const p of b.longTerm) {
    if (known.has(p.code)) continue;
    const since =
      chart.calendar.now -
      chart.dice.between(
        Math.min(3.2, chart.person.age * 0.4),
        Math.max(Math.min(3.4, chart.person.age * 0.5), Math.min(p.years, chart.person.age - 2)),
      ) *
        YEAR;
    chart.add(conditionResource(chart, { problem: p, since, recorded: since + 2 * DAY, recorder }));
  }
}

/** What is taken at home, as orders that are safe together. */
export function homeOrders(
  b: Background,
  facts: Facts,
  since: Instant,
  extra: readonly string[] = [],
): readonly { readonly order: Order; readonly reason: string }[] {
  const lines = [
    ...extra.map((line) => ['', line] as const),
    ...b.longTerm.flatMap((p) => p.medicines.map((line) => [p.display, line] as const)),
  ];
  return lines.flatMap(([reason, line]) => {
    const order = prescribe(line, facts, since, true);
    return order === undefined ? [] : [{ order, reason }];
  });
}
export function homeMedicines(
  chart: Chart,
  b: Background,
  facts: Facts,
  extra: readonly string[] = [],
  reasonOfExtra = '',
): readonly string[] {
  const since = chart.calendar.now - chart.dice.int(40, 900) * DAY;
  const names: string[] = [];
  for (const { order, reason } of homeOrders(b, facts, since, extra)) {
    names.push(order.medicine.name);
    const why = reason === '' ? reasonOfExtra : reason;
    chart.add(
      requestResource(order, {
        subject: chart.subject,
        requester: ref('Practitioner', chart.person.gp.id, chart.person.gp.display),
        now: chart.calendar.now,
        calendar: chart.calendar,
        community: true,
        ...(why === '' ? {} : { reason: why }),
        id: chart.id,
      }).request,
    );
  }
  return names;
}
