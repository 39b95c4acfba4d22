// From the JSON of a content package to drug rules, every field looked at. A rule that cannot be read is left out and named.
//
//   CT4  Bounds and types are checked where the rules are read; a bad rule is skipped and named, and its medicine reads "not checked".
//
// Never throws on input. What the whole file must be (its lists) is refused as a whole: half a formulary is none.
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { numberOf } from '../../base/json.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { isList, isObject } from '../merge/clinical-words.ts';
import {
  DOSE_UNITS,
  ROUTE_KEYS,
  WEIGHTS,
  type AgeRule,
  type AllergenRule,
  type Code,
  type DoseRule,
  type DrugRules,
  type DuplicateRule,
  type InteractionRule,
  type MedicineRule,
  type OrderTemplate,
  type RenalRule,
  type WordedRule,
} from './drug-rules.ts';

/** How many elements each kind of rule has: a package that says another number was made for another engine (CT2). */
export const DRUG_RULES_ARITY = { medicine: 19, allergen: 4, interaction: 4, duplicate: 3 } as const;
export const DRUG_RULES_SCHEMA = 'drug-rules/1';

const MEDICINES_MAX = 20_000;
const LIST_MAX = 200;
const TEXT_MAX = 400;

/** Thrown and caught in this file alone: which element of a rule is wrong. */
class Wrong extends Error {}
const wrong = (where: string): never => {
  throw new Wrong(where);
};

class Fields {
  readonly of: JsonObject;
  private readonly known: readonly string[];
  constructor(value: JsonValue | undefined, known: readonly string[], where: string) {
    if (!isObject(value)) throw new Wrong(where);
    this.of = value;
    this.known = known;
    for (const name of Object.keys(value)) if (!this.known.includes(name)) wrong(name);
  }
  text(name: string): string {
    const value = this.of[name];
    if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX) throw new Wrong(name);
    return value;
  }
  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.text(name);
    return allowed.find((one) => one === value) ?? wrong(name);
  }
  number(name: string, low: number, high: number): number {
    const value = numberOf(this.of[name]);
    if (value === undefined || !Number.isFinite(value) || value < low || value > high) throw new Wrong(name);
    return value;
  }
  maybeNumber(name: string, low: number, high: number): number | undefined {
    return this.of[name] === undefined ? undefined : this.number(name, low, high);
  }
  flag(name: string): boolean {
    const value = this.of[name];
    if (typeof value !== 'boolean') throw new Wrong(name);
    return value;
  }
  list<T>(name: string, read: (item: JsonValue, where: string) => T): readonly T[] {
    const value = this.of[name];
    if (!isList(value) || value.length > LIST_MAX) throw new Wrong(name);
    return value.map((item, n) => read(item, `${name}/${n}`));
  }
  texts(name: string, pattern: RegExp): readonly string[] {
    return this.list(name, (item, where) =>
      typeof item === 'string' && item.length <= TEXT_MAX && pattern.test(item) ? item : wrong(where),
    );
  }
}

const AGE_MAX = 150;
const AMOUNT_MAX = 10_000_000;

function codeOf(value: JsonValue, where: string): Code {
  const f = new Fields(value, ['system', 'code'], where);
  return { system: f.text('system'), code: f.text('code') };
}
const weighed = (f: Fields): WordedRule => ({ weight: f.oneOf('weight', WEIGHTS), words: f.text('words') });

function doseOf(value: JsonValue, where: string): DoseRule {
  const f = new Fields(
    value,
    ['ageFrom', 'ageBelow', 'singleMin', 'singleMax', 'dayMax', 'singlePerKg', 'dayPerKg'],
    where,
  );
  const singlePerKg = f.maybeNumber('singlePerKg', 0.000_001, 10_000);
  const dayPerKg = f.maybeNumber('dayPerKg', 0.000_001, 100_000);
  const rule: DoseRule = {
    ageFrom: f.number('ageFrom', 0, AGE_MAX),
    ageBelow: f.number('ageBelow', 0, AGE_MAX),
    singleMin: f.number('singleMin', 0, AMOUNT_MAX),
    singleMax: f.number('singleMax', 0, AMOUNT_MAX),
    dayMax: f.number('dayMax', 0, AMOUNT_MAX),
    ...(singlePerKg === undefined ? {} : { singlePerKg }),
    ...(dayPerKg === undefined ? {} : { dayPerKg }),
  };
  if (rule.ageFrom >= rule.ageBelow || rule.singleMin > rule.singleMax || rule.singleMax > rule.dayMax) wrong(where);
  if ((singlePerKg === undefined) !== (dayPerKg === undefined)) wrong(where);
  if (singlePerKg !== undefined && dayPerKg !== undefined && singlePerKg > dayPerKg) wrong(where);
  return rule;
}
function renalOf(value: JsonValue, where: string): RenalRule {
  const f = new Fields(value, ['egfrBelow', 'weight', 'words', 'singleMax', 'dayMax'], where);
  const singleMax = f.maybeNumber('singleMax', 0, AMOUNT_MAX);
  const dayMax = f.maybeNumber('dayMax', 0, AMOUNT_MAX);
  return {
    egfrBelow: f.number('egfrBelow', 1, 200),
    ...weighed(f),
    ...(singleMax === undefined ? {} : { singleMax }),
    ...(dayMax === undefined ? {} : { dayMax }),
  };
}
function ageOf(value: JsonValue, where: string): AgeRule {
  const f = new Fields(value, ['ageFrom', 'ageBelow', 'sex', 'weight', 'words'], where);
  const ageFrom = f.number('ageFrom', 0, AGE_MAX);
  const ageBelow = f.number('ageBelow', 0, AGE_MAX);
  if (ageFrom >= ageBelow) wrong(where);
  return {
    ageFrom,
    ageBelow,
    ...(f.of['sex'] === undefined ? {} : { sex: f.oneOf('sex', ['female', 'male']) }),
    ...weighed(f),
  };
}
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
function templateOf(value: JsonValue, where: string): OrderTemplate {
  const f = new Fields(value, ['dose', 'perKg', 'timing', 'indication', 'children'], where);
  const t = new Fields(f.of['timing'], ['kind', 'times', 'hours', 'dayMax'], 'timing');
  const kind = t.oneOf('kind', ['times', 'as-needed', 'infusion', 'once']);
  const timing = ((): OrderTemplate['timing'] => {
    switch (kind) {
      case 'times':
        return { kind, times: t.texts('times', CLOCK) };
      case 'as-needed':
        return { kind, hours: t.number('hours', 0.05, 168), dayMax: t.number('dayMax', 0, AMOUNT_MAX) };
      case 'infusion':
        return { kind, hours: t.number('hours', 0.05, 168) };
      case 'once':
        return { kind };
    }
  })();
  return {
    dose: f.number('dose', 0.000_001, AMOUNT_MAX),
    timing,
    ...(f.of['perKg'] === undefined ? {} : f.flag('perKg') ? { perKg: true } : wrong('perKg')),
    ...(f.of['children'] === undefined ? {} : f.flag('children') ? { children: true } : wrong('children')),
    ...(f.of['indication'] === undefined ? {} : { indication: f.text('indication') }),
  };
}

const MEDICINE = [
  'key',
  'name',
  'brands',
  'codes',
  'form',
  'route',
  'unit',
  'ingredients',
  'classes',
  'doses',
  'renal',
  'pregnancy',
  'ages',
  'highAlert',
  'critical',
  'controlled',
  'repeats',
  'barcodes',
  'templates',
];
const NAME = /^[a-z0-9][a-z0-9 %.+-]*$/;
const KEY = /^[a-z0-9][a-z0-9-]*$/;
function medicineOf(value: JsonValue): MedicineRule {
  const f = new Fields(value, MEDICINE, 'medicine');
  const name = f.text('name');
  const key = f.text('key');
  if (!NAME.test(name) || !KEY.test(key)) wrong('name');
  const pregnancy = f.of['pregnancy'];
  const ingredients = f.texts('ingredients', NAME);
  if (ingredients.length === 0) wrong('ingredients');
  const doses = f.list('doses', doseOf);
  for (const [n, one] of doses.entries())
    if (doses.some((two, m) => m > n && one.ageFrom < two.ageBelow && two.ageFrom < one.ageBelow)) wrong('doses');
  return {
    key,
    name,
    brands: f.texts('brands', /^[\p{L}0-9][\p{L}0-9 .+-]*$/u),
    codes: f.list('codes', codeOf),
    form: f.text('form'),
    route: f.oneOf('route', ROUTE_KEYS),
    unit: f.oneOf('unit', DOSE_UNITS),
    ingredients,
    classes: f.texts('classes', KEY),
    doses,
    renal: [...f.list('renal', renalOf)].sort((a, b) => a.egfrBelow - b.egfrBelow),
    ...(pregnancy === undefined || pregnancy === null
      ? {}
      : { pregnancy: weighed(new Fields(pregnancy, ['weight', 'words'], 'pregnancy')) }),
    ages: f.list('ages', ageOf),
    highAlert: f.flag('highAlert'),
    critical: f.flag('critical'),
    controlled: f.flag('controlled'),
    repeats: f.flag('repeats'),
    barcodes: f.texts('barcodes', /^\d{14}$/),
    templates: f.list('templates', templateOf),
  };
}
function allergenOf(value: JsonValue): AllergenRule {
  const f = new Fields(value, ['codes', 'names', 'forbids', 'crosses'], 'allergen');
  return {
    codes: f.list('codes', codeOf),
    names: f.texts('names', /^[\p{Ll}0-9][\p{Ll}0-9 .+-]*$/u),
    forbids: f.texts('forbids', NAME),
    crosses: f.list('crosses', (item, where) => {
      const cross = new Fields(item, ['of', 'weight', 'words'], where);
      return { of: cross.text('of'), ...weighed(cross) };
    }),
  };
}
function interactionOf(value: JsonValue): InteractionRule {
  const f = new Fields(value, ['a', 'b', 'weight', 'words'], 'interaction');
  return { a: f.text('a'), b: f.text('b'), ...weighed(f) };
}
function duplicateOf(value: JsonValue): DuplicateRule {
  const f = new Fields(value, ['of', 'weight', 'words'], 'duplicate');
  return { of: f.text('of'), ...weighed(f) };
}

export type UnreadableRules =
  | { readonly kind: 'not-rules'; readonly where: string }
  /** More rules could not be read than a slip explains. */
  | { readonly kind: 'too-many-bad'; readonly skipped: readonly string[] };

/** `json`: the part `drug-rules.json` of a package, parsed. */
export function readDrugRules(json: JsonValue): Result<DrugRules, UnreadableRules> {
  if (!isObject(json)) return err({ kind: 'not-rules', where: '' });
  const known = ['medicines', 'allergens', 'interactions', 'duplicates', 'tallMan'];
  const strange = Object.keys(json).find((name) => !known.includes(name));
  if (strange !== undefined) return err({ kind: 'not-rules', where: strange });
  const skipped: string[] = [];
  let rules = 0;
  const each = <T>(name: string, read: (item: JsonValue) => T): readonly T[] | undefined => {
    const list = json[name];
    if (!isList(list) || list.length > MEDICINES_MAX) return undefined;
    return list.flatMap((item, n) => {
      rules += 1;
      try {
        return [read(item)];
      } catch (thrown) {
        if (!(thrown instanceof Wrong)) throw thrown;
        const label = isObject(item) && typeof item['key'] === 'string' ? ` ${item['key'].slice(0, 40)}` : '';
        skipped.push(`${name}/${n}${label}: ${thrown.message}`);
        return [];
      }
    });
  };
  const medicines = each('medicines', medicineOf);
  const allergens = each('allergens', allergenOf);
  const interactions = each('interactions', interactionOf);
  const duplicates = each('duplicates', duplicateOf);
  const tall = each('tallMan', (item) =>
    typeof item === 'string' && /^[A-Za-z -]{3,60}$/.test(item) ? item : wrong(''),
  );
  if (
    medicines === undefined ||
    allergens === undefined ||
    interactions === undefined ||
    duplicates === undefined ||
    tall === undefined
  )
    return err({ kind: 'not-rules', where: known.find((name) => !isList(json[name])) ?? 'size' });
  // Two rules of one key: nobody can say which one holds, so neither does.
  const keys = new Map<string, number>();
  for (const { key } of medicines) keys.set(key, (keys.get(key) ?? 0) + 1);
  for (const [key, count] of keys) if (count > 1) skipped.push(`medicines ${key}: ${count} rules of one key`);
  if (medicines.length === 0 || skipped.length * 10 > rules) return err({ kind: 'too-many-bad', skipped });
  return ok({
    medicines: medicines.filter(({ key }) => keys.get(key) === 1),
    allergens,
    interactions,
    duplicates,
    tallMan: new Map(tall.map((name) => [name.toLowerCase(), name])),
    skipped,
  });
}
