// http://hl7.org/fhirpath/N1/#existence
import { itemsCode, truthCode, type Env, type Truth } from '../code.ts';
import { distinct, ItemSet } from '../equality.ts';
import { FhirPathError } from '../fhirpath.ts';
import { booleanItems, integerItems, type Items } from '../item.ts';
import { arg, ofCollection, type FunctionRule, type FunctionTable } from './function.ts';

function subset(part: Items, whole: Items): boolean {
  const set = new ItemSet();
  for (const item of whole) set.add(item);
  return part.every((item) => set.has(item));
}

/** `allTrue` and its kin: each item must be a boolean. */
function overBooleans(ask: (values: readonly boolean[]) => boolean): FunctionRule {
  return ofCollection([0, 0], (input) => {
    const values = input.map(({ value }) => {
      if (typeof value !== 'boolean') throw new FhirPathError('booleans are needed here');
      return value;
    });
    return booleanItems(ask(values));
  });
}

export const existence: FunctionTable = {
  empty: { arity: [0, 0], make: ({ focus }) => truthCode((env) => !focus.exists(env)) },
  exists: {
    arity: [0, 1],
    make: (site) => {
      const { focus } = site;
      if (site.args.length === 0) return truthCode((env) => focus.exists(env));
      const criteria = arg(site, 0);
      return truthCode((env) => {
        let index = 0;
        for (const item of focus.items(env)) if (env.truthOn(criteria, item, index++) === true) return true;
        return false;
      });
    },
  },
  all: {
    arity: [1, 1],
    make: (site) => {
      const { focus } = site;
      const criteria = arg(site, 0);
      return truthCode((env) => {
        let index = 0;
        for (const item of focus.items(env)) if (env.truthOn(criteria, item, index++) !== true) return false;
        return true;
      });
    },
  },
  not: {
    arity: [0, 0],
    make: ({ focus }) =>
      truthCode((env: Env): Truth => {
        const truth = focus.truth(env);
        return truth === undefined ? undefined : !truth;
      }),
  },
  allTrue: overBooleans((values) => values.every((value) => value)),
  anyTrue: overBooleans((values) => values.some((value) => value)),
  allFalse: overBooleans((values) => values.every((value) => !value)),
  anyFalse: overBooleans((values) => values.some((value) => !value)),
  subsetOf: ofCollection([1, 1], (input, [other = []]) => booleanItems(subset(input, other))),
  supersetOf: ofCollection([1, 1], (input, [other = []]) => booleanItems(subset(other, input))),
  count: ofCollection([0, 0], (input) => integerItems(input.length)),
  distinct: { arity: [0, 0], make: ({ focus }) => itemsCode((env) => distinct(focus.items(env))) },
  isDistinct: ofCollection([0, 0], (input) => booleanItems(distinct(input).length === input.length)),
};
