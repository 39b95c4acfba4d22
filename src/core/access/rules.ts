// Unions of visibility rules as a small algebra: few rules, because every rule costs the store something in every query.
//
//   AC22  The intersection of two unions is met by nothing that one of them is not met by.
//   AC38  What nothing can meet and what another rule covers is left out; equal conditions become one rule.
import { definitions } from '../fhir/definitions/r4.ts';
import type { ResourceFilter, VisibilityRule } from '../record/store.ts';

type Group = readonly ResourceFilter[];

/** Whatever meets a rule of `a` and a rule of `b`. */
export function intersect(a: readonly VisibilityRule[], b: readonly VisibilityRule[]): readonly VisibilityRule[] {
  return simplified(a.flatMap((one) => b.map((other) => both(one, other))));
}

function both(a: VisibilityRule, b: VisibilityRule): VisibilityRule {
  const types = common(a.types, b.types);
  const compartments = common(a.compartments, b.compartments);
  const withoutSecurity = together(a.withoutSecurity, b.withoutSecurity);
  const matching = together(a.matching, b.matching);
  const related = together(a.related, b.related);
  const unrelated = together(a.unrelated, b.unrelated);
  return {
    ...(types === undefined ? {} : { types }),
    ...(compartments === undefined ? {} : { compartments }),
    ...(withoutSecurity === undefined ? {} : { withoutSecurity }),
    ...(matching === undefined ? {} : { matching }),
    ...(related === undefined ? {} : { related }),
    ...(unrelated === undefined ? {} : { unrelated }),
  };
}

function common(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const also = new Set(b);
  return a.filter((each) => also.has(each));
}
function together<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  return [...new Set([...a, ...b])];
}

/** The same union with fewer rules. */
export function simplified(rules: readonly VisibilityRule[]): readonly VisibilityRule[] {
  const merged: VisibilityRule[] = [];
  for (const rule of rules.filter(canBeMet)) {
    const at = merged.findIndex((other) => sameConditions(rule, other));
    const other = merged[at];
    if (other === undefined) merged.push(rule);
    else merged[at] = withTypes(other, rule);
  }
  return merged.filter(
    (rule, at) => !merged.some((other, i) => i !== at && covers(other, rule) && (i < at || !covers(rule, other))),
  );
}

function canBeMet({ types, compartments, matching, related }: VisibilityRule): boolean {
  if (types?.length === 0 || compartments?.length === 0) return false;
  if (related?.some((group) => group.length === 0)) return false;
  if (related !== undefined && compartments?.every((home) => home === '')) return false;
  return !matching?.some((filter) => types !== undefined && !types.some((type) => filter.types.includes(type)));
}

function withTypes(a: VisibilityRule, b: VisibilityRule): VisibilityRule {
  const { types: _, ...conditions } = a;
  if (a.types === undefined || b.types === undefined) return conditions;
  if (a.types === b.types) return a;
  const types = [...new Set([...a.types, ...b.types])].toSorted();
  return types.length === definitions.resourceTypes.length ? conditions : { ...conditions, types };
}

const sameConditions = (a: VisibilityRule, b: VisibilityRule): boolean =>
  conditionsCover(a, b) && conditionsCover(b, a);
const covers = (wide: VisibilityRule, narrow: VisibilityRule): boolean =>
  within(narrow.types, wide.types) && conditionsCover(wide, narrow);

/** Whether all that `narrow` asks for beside types is asked for by `wide`, or more. */
function conditionsCover(wide: VisibilityRule, narrow: VisibilityRule): boolean {
  return (
    within(narrow.compartments, wide.compartments) &&
    asksAll(narrow.withoutSecurity, wide.withoutSecurity) &&
    asksAll(narrow.matching, wide.matching) &&
    asksAll(narrow.unrelated, wide.unrelated) &&
    // Even an empty list asks for a patient.
    (wide.related === undefined || narrow.related !== undefined) &&
    // A longer list of what may relate is the wider condition.
    (wide.related ?? []).every((group) => narrow.related?.some((other) => isPart(other, group)) === true)
  );
}
const isPart = (few: Group, many: Group): boolean => few === many || few.every((each) => many.includes(each));
const within = (few: readonly string[] | undefined, many: readonly string[] | undefined): boolean =>
  many === undefined || (few !== undefined && (few === many || few.every((each) => many.includes(each))));
/** Whether `narrow` asks for everything that `wide` asks for. */
const asksAll = <T>(narrow: readonly T[] | undefined, wide: readonly T[] | undefined): boolean =>
  wide === undefined || wide === narrow || wide.every((each) => narrow?.includes(each) === true);
