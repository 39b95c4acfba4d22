import { expect, test } from 'vitest';
import {
  hoursToNext,
  news2,
  notScored,
  riskOf,
  SIGNS,
  type Consciousness,
  type Sign,
  type SignValues,
} from './news2.ts';

/** Everything in the band of no points. */
const WELL = {
  breaths: 16,
  saturation: 97,
  onOxygen: false,
  systolic: 120,
  pulse: 70,
  consciousness: 'alert',
  temperature: 37,
} as const satisfies SignValues;

/** Chart 1, edge by edge: written down from the chart, not from the code. */
const EDGES: readonly (readonly [Sign, keyof SignValues, readonly (readonly [number, number])[]])[] = [
  [
    'breaths',
    'breaths',
    [
      [8, 3],
      [9, 1],
      [11, 1],
      [12, 0],
      [20, 0],
      [21, 2],
      [24, 2],
      [25, 3],
    ],
  ],
  [
    'saturation',
    'saturation',
    [
      [91, 3],
      [92, 2],
      [93, 2],
      [94, 1],
      [95, 1],
      [96, 0],
      [100, 0],
    ],
  ],
  [
    'systolic',
    'systolic',
    [
      [90, 3],
      [91, 2],
      [100, 2],
      [101, 1],
      [110, 1],
      [111, 0],
      [219, 0],
      [220, 3],
    ],
  ],
  [
    'pulse',
    'pulse',
    [
      [40, 3],
      [41, 1],
      [50, 1],
      [51, 0],
      [90, 0],
      [91, 1],
      [110, 1],
      [111, 2],
      [130, 2],
      [131, 3],
    ],
  ],
  [
    'temperature',
    'temperature',
    [
      [35, 3],
      [35.1, 1],
      [36, 1],
      [36.1, 0],
      [38, 0],
      [38.1, 1],
      [39, 1],
      [39.1, 2],
    ],
  ],
];
for (const [sign, member, edges] of EDGES) {
  test(`[VT1] ${sign} scores by the bands of chart 1`, () => {
    for (const [value, points] of edges) {
      expect(news2({ ...WELL, [member]: value }, 1), String(value)).toMatchObject({
        kind: 'score',
        score: points,
        parts: { [sign]: points },
      });
    }
  });
}

test('[VT1] saturation on scale 2: below the target as without oxygen, above it only with oxygen', () => {
  for (const [saturation, onAir, withOxygen] of [
    [83, 3, 3],
    [84, 2, 2],
    [85, 2, 2],
    [86, 1, 1],
    [87, 1, 1],
    [88, 0, 0],
    [92, 0, 0],
    [93, 0, 1],
    [94, 0, 1],
    [95, 0, 2],
    [96, 0, 2],
    [97, 0, 3],
  ] as const) {
    expect(news2({ ...WELL, saturation }, 2), String(saturation)).toMatchObject({ parts: { saturation: onAir } });
    const given = news2({ ...WELL, saturation, onOxygen: true }, 2);
    expect(given, String(saturation)).toMatchObject({ score: withOxygen + 2, parts: { saturation: withOxygen } });
  }
});

test('[VT1] oxygen is 2, and whoever is not alert is 3', () => {
  expect(news2({ ...WELL, onOxygen: true }, 1)).toMatchObject({ score: 2 });
  for (const consciousness of ['new-confusion', 'voice', 'pain', 'unresponsive'] satisfies Consciousness[])
    expect(news2({ ...WELL, consciousness }, 1)).toMatchObject({ score: 3, risk: 'low-single' });
});

test('[VT1] the worst of everything is 20, and risk follows chart 2', () => {
  const worst = {
    breaths: 30,
    saturation: 80,
    onOxygen: true,
    systolic: 70,
    pulse: 140,
    consciousness: 'pain',
    temperature: 34,
  };
  expect(news2(worst as SignValues, 1)).toMatchObject({ score: 20, risk: 'high' });
  expect([0, 1, 4].map((score) => riskOf(score, false))).toEqual(['low', 'low', 'low']);
  expect(riskOf(3, true)).toBe('low-single');
  expect([5, 6].map((score) => riskOf(score, true))).toEqual(['medium', 'medium']);
  expect(riskOf(7, false)).toBe('high');
  expect([hoursToNext('low', 0), hoursToNext('low', 4), hoursToNext('low-single', 3)]).toEqual([12, 6, 1]);
  expect([hoursToNext('medium', 5), hoursToNext('high', 9)]).toEqual([1, 0]);
});

test('[VT2] without every sign there is no score: what is lacking and the least are said', () => {
  expect(news2(WELL, 1).kind).toBe('score');
  for (const sign of SIGNS) {
    const member = sign === 'oxygen' ? 'onOxygen' : sign;
    const { [member]: _, ...rest } = { ...WELL, breaths: 25, pulse: 131 } as Record<string, unknown>;
    const found = news2(rest as SignValues, 1);
    expect(found).toMatchObject({ kind: 'incomplete', missing: [sign] });
    expect('atLeast' in found && found.atLeast).toBe(sign === 'breaths' || sign === 'pulse' ? 3 : 6);
  }
  expect(news2({}, 1)).toMatchObject({ kind: 'incomplete', missing: SIGNS, atLeast: 0 });
});

test('[VT2] on scale 2 a high saturation is not judged before it is known whether oxygen is given', () => {
  const { onOxygen: _, ...rest } = WELL;
  expect(news2({ ...rest, saturation: 95 }, 2)).toMatchObject({ missing: ['saturation', 'oxygen'] });
  expect(news2({ ...rest, saturation: 86 }, 2)).toMatchObject({ missing: ['oxygen'], atLeast: 1 });
});

test('[VT3] no score for children and in pregnancy', () => {
  expect(notScored(15.99, false)).toBe('child');
  expect(notScored(16, false)).toBeUndefined();
  expect(notScored(31, true)).toBe('pregnant');
  expect(notScored(undefined, false)).toBeUndefined();
});
