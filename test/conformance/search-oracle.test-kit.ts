// Random searches over random resources: whatever the evaluator of core/fhir/search answers, a store must answer.
// The pools are small and nasty, so that values meet: precisions, prefixes, accents, absent values, dead references.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/base/json-types.ts';
import { pureDigest } from '../../src/core/base/sha256.ts';
import { createMemoryStore } from '../../src/core/record/memory-store.ts';
import { storeBed, type SearchBed } from './search-bed.test-kit.ts';

/** Seeds whose searches once found a difference stay here for good. */
const PINNED_SEEDS = [1, 2, 3];
const QUERIES = 250;

type Draw = <T>(from: readonly T[]) => T;
interface Dice {
  readonly draw: Draw;
  readonly chance: (of: number) => boolean;
}

/** Mulberry32: the same seed gives the same story on every machine. */
function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    draw: (from) => {
      const item = from[Math.floor(next() * from.length)];
      if (item === undefined) throw new Error('a pool of a test is empty');
      return item;
    },
    chance: (of) => next() < of,
  };
}

const NAMES = [
  'Müller',
  'Muller',
  'MULLERin',
  "O'Brien",
  'Obrien',
  'Smith-Jones',
  'smith',
  'Łuk',
  'か',
  'が',
  'किम',
  '%',
  'a_b',
  'Richard,Muller',
  'x|y$z\\w',
];
const DATES = [
  '1980',
  '1980-05',
  '1980-05-11',
  '1980-05-11T16:32:15Z',
  '1980-05-11T16:32:15.5Z',
  '1980-05-11T18:32:15+02:00',
  '1981-01-01',
  '1979-12-31T23:59:59.999Z',
  '2000-02-29',
  '0001',
  '9999-12-31',
];
const NUMBERS = [0, 5, 5.04, 4.95, 4.949, -5, 0.002, 100, 99.5, 100.5, 1e21, 1e-9];
const CODES = ['a', 'A', 'b', 'c|d'];
const SYSTEMS = ['http://s', 'http://t'];
const IDS = ['1', '2', '3', '4', 'gone'];
const URIS = ['http://a.org', 'http://a.org/x', 'http://a.org/x/y', 'urn:oid:1.2', 'urn:oid:1'];

const maybe = (dice: Dice, of: number, content: () => JsonObject): JsonObject => (dice.chance(of) ? content() : {});

function coding({ draw, chance }: Dice): JsonObject {
  return {
    ...(chance(0.7) ? { system: draw(SYSTEMS) } : {}),
    ...(chance(0.9) ? { code: draw(CODES) } : {}),
    ...(chance(0.4) ? { display: draw(NAMES) } : {}),
  };
}
function concept(dice: Dice): JsonObject {
  const codings: readonly JsonObject[] = dice.chance(0.8)
    ? [coding(dice), ...(dice.chance(0.3) ? [coding(dice)] : [])]
    : [];
  return {
    ...(codings.length > 0 ? { coding: codings } : {}),
    ...(dice.chance(0.3) ? { text: dice.draw(NAMES) } : {}),
  };
}
function quantity({ draw, chance }: Dice): JsonObject {
  return {
    value: draw(NUMBERS),
    ...(chance(0.2) ? { comparator: draw(['<', '>', '<=', '>=']) } : {}),
    ...(chance(0.6) ? { system: draw(SYSTEMS), code: draw(CODES) } : {}),
    ...(chance(0.4) ? { unit: draw(CODES) } : {}),
  };
}
const period = ({ draw, chance }: Dice): JsonObject => ({
  ...(chance(0.7) ? { start: draw(DATES) } : {}),
  ...(chance(0.7) ? { end: draw(DATES) } : {}),
});
const to = (dice: Dice, ...types: readonly string[]): JsonObject =>
  dice.chance(0.08)
    ? { identifier: { system: dice.draw(SYSTEMS), value: dice.draw(CODES) } }
    : { reference: `${dice.draw(types)}/${dice.draw(IDS)}` };

function metaOf(dice: Dice): JsonObject {
  return maybe(dice, 0.5, () => ({
    meta: {
      ...(dice.chance(0.5) ? { tag: [coding(dice)] } : {}),
      ...(dice.chance(0.4) ? { profile: [dice.draw(URIS), `${dice.draw(URIS)}|1`] } : {}),
      ...(dice.chance(0.3) ? { source: dice.draw(URIS) } : {}),
    },
  }));
}

const MAKERS: Readonly<Record<string, (dice: Dice) => JsonObject>> = {
  Patient: (dice) => ({
    ...maybe(dice, 0.8, () => ({
      name: [
        { family: dice.draw(NAMES), given: [dice.draw(NAMES)] },
        ...(dice.chance(0.3) ? [{ text: dice.draw(NAMES) }] : []),
      ],
    })),
    ...maybe(dice, 0.7, () => ({ gender: dice.draw(['male', 'female']) })),
    ...maybe(dice, 0.7, () => ({ birthDate: dice.draw(DATES).slice(0, 10) })),
    ...maybe(dice, 0.5, () => ({ active: dice.chance(0.5) })),
    ...maybe(dice, 0.5, () => ({
      identifier: [
        { system: dice.draw(SYSTEMS), value: dice.draw(CODES), ...(dice.chance(0.5) ? { type: concept(dice) } : {}) },
      ],
    })),
    ...maybe(dice, 0.6, () => ({ managingOrganization: to(dice, 'Organization') })),
    ...maybe(dice, 0.3, () => ({
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${dice.draw(['fever and cough', 'Fever', 'no müller'])}</div>`,
      },
    })),
  }),
  Organization: (dice) => ({
    name: dice.draw(NAMES),
    ...maybe(dice, 0.6, () => ({ partOf: to(dice, 'Organization') })),
  }),
  Observation: (dice) => ({
    status: dice.draw(['final', 'preliminary']),
    code: concept(dice),
    ...maybe(dice, 0.8, () => ({ subject: to(dice, 'Patient', 'Patient', 'Group') })),
    ...maybe(dice, 0.5, () => ({ performer: [to(dice, 'Organization'), to(dice, 'Patient')] })),
    ...maybe(dice, 0.8, () =>
      dice.draw<() => JsonObject>([
        () => ({ effectiveDateTime: dice.draw(DATES) }),
        () => ({ effectivePeriod: period(dice) }),
      ])(),
    ),
    ...maybe(dice, 0.8, () =>
      dice.draw<() => JsonObject>([
        () => ({ valueQuantity: quantity(dice) }),
        () => ({ valueCodeableConcept: concept(dice) }),
        () => ({ valueString: dice.draw(NAMES) }),
      ])(),
    ),
    ...maybe(dice, 0.4, () => ({
      component: [
        { code: concept(dice), valueQuantity: quantity(dice) },
        { code: concept(dice), valueCodeableConcept: concept(dice) },
      ],
    })),
  }),
  RiskAssessment: (dice) => ({
    status: 'final',
    subject: to(dice, 'Patient', 'Group'),
    prediction: [{ probabilityDecimal: dice.draw(NUMBERS) }],
  }),
  ValueSet: (dice) => ({ status: 'draft', url: dice.draw(URIS) }),
};
const TYPES = Object.keys(MAKERS);

const escaped = (text: string): string => text.replace(/[\\,|$]/gu, '\\$&');
const PREFIXES = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

type Value = (dice: Dice) => string;
const tokenValue: Value = ({ draw }) =>
  draw([
    escaped(draw(CODES)),
    `${draw(SYSTEMS)}|${escaped(draw(CODES))}`,
    `|${escaped(draw(CODES))}`,
    `${draw(SYSTEMS)}|`,
  ]);
const stringValue: Value = ({ draw, chance }) =>
  escaped(chance(0.5) ? draw(NAMES) : [...draw(NAMES)].slice(0, 2).join('')) || 'x';
const dateValue: Value = ({ draw }) => draw(PREFIXES) + draw(DATES);
const numberText: Value = ({ draw }) => draw(['0', '5', '5.0', '5.00', '100', '1e2', '2e-3', '-5', '99.5', '1e21']);
const quantityValue: Value = (dice) => {
  const { draw } = dice;
  return (
    draw(PREFIXES) +
    numberText(dice) +
    draw(['', `|${draw(SYSTEMS)}|${escaped(draw(CODES))}`, `||${escaped(draw(CODES))}`, `|${draw(SYSTEMS)}`])
  );
};
const idOf =
  (...types: readonly string[]): Value =>
  ({ draw }) =>
    draw([`${draw(types)}/${draw(IDS)}`, draw(IDS)]);
const uriValue: Value = ({ draw }) => draw(URIS);

interface Kind {
  readonly modifiers: readonly string[];
  readonly value: Value;
}
const TOKEN: Kind = { modifiers: ['', '', ':not', ':missing', ':text'], value: tokenValue };
const STRING: Kind = { modifiers: ['', '', ':exact', ':contains', ':missing'], value: stringValue };
const DATE: Kind = { modifiers: ['', '', '', ':missing'], value: dateValue };
const QUANTITY: Kind = { modifiers: ['', '', '', ':missing'], value: quantityValue };
const URI: Kind = { modifiers: ['', ':above', ':below', ':missing'], value: uriValue };
const reference = (...types: readonly string[]): Kind => ({
  modifiers: ['', '', ':missing', ':identifier'],
  value: idOf(...types),
});
const composite = (second: Value): Kind => ({
  modifiers: [''],
  value: (dice) => `${tokenValue(dice)}$${second(dice)}`,
});
const WORDS: Kind = {
  modifiers: [''],
  value: ({ draw }) => draw(['fever', 'cough fever', 'muller', 'smith', 'generated']),
};

const EVERY: Readonly<Record<string, Kind>> = { _tag: TOKEN, _profile: URI, _source: URI, _content: WORDS };
const PARAMS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  Patient: {
    name: STRING,
    family: STRING,
    gender: TOKEN,
    active: TOKEN,
    birthdate: DATE,
    identifier: TOKEN,
    organization: reference('Organization'),
    _text: WORDS,
  },
  Organization: { name: STRING, partof: reference('Organization') },
  Observation: {
    code: TOKEN,
    'combo-code': TOKEN,
    'value-concept': TOKEN,
    status: TOKEN,
    date: DATE,
    'value-quantity': QUANTITY,
    'combo-value-quantity': QUANTITY,
    'value-string': STRING,
    subject: reference('Patient', 'Group'),
    patient: reference('Patient'),
    performer: reference('Organization', 'Patient'),
    'code-value-quantity': composite(quantityValue),
    'combo-code-value-concept': composite(tokenValue),
    'code-value-string': composite(stringValue),
  },
  RiskAssessment: {
    probability: { modifiers: ['', '', ':missing'], value: (dice) => dice.draw(PREFIXES) + numberText(dice) },
    subject: reference('Patient'),
  },
  ValueSet: { url: URI },
};
const CHAINS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Patient: [
    ['organization', 'Organization'],
    ['_has:Observation:patient', 'Observation'],
    ['_has:RiskAssessment:subject', 'RiskAssessment'],
  ],
  Organization: [
    ['partof', 'Organization'],
    ['_has:Patient:organization', 'Patient'],
    ['_has:Observation:performer', 'Observation'],
  ],
  Observation: [
    ['subject:Patient', 'Patient'],
    ['patient', 'Patient'],
    ['performer:Organization', 'Organization'],
  ],
  RiskAssessment: [['subject:Patient', 'Patient']],
};
const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  Patient: [
    '_include=Patient:organization',
    '_include:iterate=Organization:partof',
    '_revinclude=Observation:patient',
    '_revinclude=Observation:*',
    '_include=*',
  ],
  Organization: [
    '_include:iterate=Organization:partof',
    '_revinclude:iterate=Organization:partof',
    '_revinclude=Patient:organization',
  ],
  Observation: [
    '_include=Observation:subject',
    '_include=Observation:subject:Patient',
    '_include=Observation:*',
    '_include:iterate=Patient:organization',
  ],
};

/** One criterion of `type`, through up to two references. */
function criterionOf(dice: Dice, type: string, hops = 0): string {
  const chains = CHAINS[type] ?? [];
  if (hops < 2 && chains.length > 0 && dice.chance(0.2)) {
    const [through, target] = dice.draw(chains);
    return through + (through.startsWith('_has') ? ':' : '.') + criterionOf(dice, target, hops + 1);
  }
  if (dice.chance(0.05)) return `_id=${dice.draw(IDS)},${dice.draw(IDS)}`;
  const [name, { modifiers, value }] = dice.draw(Object.entries({ ...EVERY, ...PARAMS[type] }));
  const modifier = dice.draw(modifiers);
  if (modifier === ':missing') return `${name}:missing=${dice.draw(['true', 'false'])}`;
  const read = modifier === ':text' ? stringValue : modifier === ':identifier' ? tokenValue : value;
  const values = [read(dice), ...(dice.chance(0.25) ? [read(dice)] : [])];
  return `${name}${modifier}=${encodeURIComponent(values.join(','))}`;
}

function queryOf(dice: Dice, type: string): string {
  const parts = [criterionOf(dice, type), ...(dice.chance(0.4) ? [criterionOf(dice, type)] : [])];
  const sortable = Object.entries(PARAMS[type] ?? {}).filter(([, { value }]) => value !== WORDS.value && !EVERY[type]);
  const simple = sortable.map(([name]) => name).filter((name) => !name.includes('code-value') && name !== '_text');
  const result = dice.draw(['sort', 'include', 'none']);
  if (result === 'sort') parts.push(`_sort=${dice.chance(0.5) ? '-' : ''}${dice.draw(simple)},_id`);
  if (result === 'include') parts.push(dice.draw(INCLUDES[type] ?? ['_total=none']));
  return parts.join('&');
}

/** Compares the bed that `open` gives with the memory store, seed by seed. */
export function searchOracle(name: string, open: () => Promise<SearchBed>, freshSeeds = 2): void {
  const fresh = Array.from({ length: freshSeeds }, () => Math.floor(Math.random() * 1e9));
  for (const seed of [...PINNED_SEEDS, ...fresh]) {
    describe(`${name} answers random searches as the evaluator does: seed ${seed}`, () => {
      const dice = diceOf(seed);
      let bed: SearchBed;
      const oracle = storeBed(createMemoryStore({ digest: pureDigest, origin: 'oracle.1' }));
      beforeAll(async () => {
        bed = await open();
        for (const type of TYPES) {
          for (const id of IDS) {
            const content = MAKERS[type]?.(dice) ?? {};
            const resource = { resourceType: type, id, ...metaOf(dice), ...content } satisfies Record<
              string,
              JsonValue
            >;
            for (const each of [bed, oracle]) await each.put(resource);
          }
          for (const each of [bed, oracle]) await each.remove({ type, id: 'gone' });
        }
      });
      afterAll(() => bed?.close());
      test(`${QUERIES} searches`, async () => {
        let found = 0;
        for (let i = 0; i < QUERIES; i++) {
          const type = dice.draw(TYPES);
          const query = queryOf(dice, type);
          const expected = await oracle.search(type, query);
          const answer = await bed.search(type, query);
          const isOrdered = query.includes('_sort=');
          const order = (keys: readonly string[] | undefined) => (isOrdered ? keys : keys?.toSorted());
          expect({ query, status: answer.status, keys: order(answer.keys) }).toEqual({
            query,
            status: expected.status,
            keys: order(expected.keys),
          });
          found += answer.keys?.length ?? 0;
        }
        expect(found, 'searches that find something').toBeGreaterThan(QUERIES / 8);
      });
    });
  }
}
