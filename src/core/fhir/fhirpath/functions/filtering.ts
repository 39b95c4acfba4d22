// http://hl7.org/fhirpath/N1/#filtering-and-projection and #subsetting, #combining
import { itemsCode, single, truthOf, type Code, type Env } from '../code.ts';
import { distinct, ItemSet } from '../equality.ts';
import { FhirPathError } from '../fhirpath.ts';
import { booleanItems, none, type Item, type Items } from '../item.ts';
import type { Shape } from '../shapes.ts';
import { arg, integerArg, ofCollection, typeArg, type FunctionTable } from './function.ts';

/**
 * `as` and `ofType`: what is of the type. `as` of several items filters too: R4's own search parameters need it
 * (`(ConceptMap.source as uri)` is single, `(ActivityDefinition.useContext.value as Quantity)` is not).
 */
export function keepType(focus: Code, shape: Shape): Code {
  const fits = (item: Item): boolean => item.shape.isA(shape);
  return {
    ...itemsCode((env) => {
      const items = focus.items(env);
      if (items.length === 1) return items[0] !== undefined && fits(items[0]) ? items : none;
      return items.filter(fits);
    }),
    exists: (env) => focus.items(env).some(fits),
  };
}

export function isType(items: Items, shape: Shape): Items {
  const item = single(items);
  return item === undefined ? none : booleanItems(item.shape.isA(shape));
}

function where(focus: Code, criteria: Code): Code {
  const keep = (env: Env): Items => {
    const items = focus.items(env);
    if (items.length === 0) return none;
    const kept: Item[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item !== undefined && env.truthOn(criteria, item, i) === true) kept.push(item);
    }
    return kept;
  };
  const exists = (env: Env): boolean => {
    let index = 0;
    for (const item of focus.items(env)) if (env.truthOn(criteria, item, index++) === true) return true;
    return false;
  };
  return { items: keep, truth: (env) => truthOf(keep(env)), exists };
}

function repeat(env: Env, start: Items, projection: Code): Items {
  const found = new ItemSet();
  let wave = start;
  while (wave.length > 0) {
    const next: Item[] = [];
    for (const [i, item] of wave.entries()) {
      for (const child of env.itemsOn(projection, [item], i)) {
        // Keeping an item costs several times what looking at one does.
        env.spend(5);
        if (found.add(child)) next.push(child);
      }
    }
    wave = next;
  }
  return found.items;
}

const part = (items: Items, from: number, to?: number): Items => (items.length === 0 ? none : items.slice(from, to));

export const filtering: FunctionTable = {
  where: { arity: [1, 1], make: (site) => where(site.focus, arg(site, 0)) },
  select: {
    arity: [1, 1],
    make: (site) => {
      const projection = arg(site, 0);
      return itemsCode((env) => site.focus.items(env).flatMap((item, i) => env.itemsOn(projection, [item], i)));
    },
  },
  repeat: {
    arity: [1, 1],
    make: (site) => {
      const projection = arg(site, 0);
      return itemsCode((env) => repeat(env, site.focus.items(env), projection));
    },
  },
  ofType: { arity: [1, 1], make: (site) => keepType(site.focus, typeArg(site, 0)) },
  as: { arity: [1, 1], make: (site) => keepType(site.focus, typeArg(site, 0)) },
  is: {
    arity: [1, 1],
    make: (site) => {
      const shape = typeArg(site, 0);
      return itemsCode((env) => isType(site.focus.items(env), shape));
    },
  },
  single: ofCollection([0, 0], (input) => {
    single(input);
    return input;
  }),
  first: ofCollection([0, 0], (input) => (input.length < 2 ? input : part(input, 0, 1))),
  last: ofCollection([0, 0], (input) => part(input, -1)),
  tail: ofCollection([0, 0], (input) => part(input, 1)),
  skip: ofCollection([1, 1], (input, [count]) => part(input, Math.max(0, needInteger(count)))),
  take: ofCollection([1, 1], (input, [count]) => part(input, 0, Math.max(0, needInteger(count)))),
  intersect: ofCollection([1, 1], (input, [other = none]) => {
    const set = new ItemSet();
    for (const item of other) set.add(item);
    return distinct(input.filter((item) => set.has(item)));
  }),
  exclude: ofCollection([1, 1], (input, [other = none]) => {
    const set = new ItemSet();
    for (const item of other) set.add(item);
    return input.filter((item) => !set.has(item));
  }),
  union: ofCollection([1, 1], (input, [other = none]) => distinct([...input, ...other])),
  combine: ofCollection([1, 1], (input, [other = none]) => [...input, ...other]),
};

function needInteger(items: Items | undefined): number {
  const count = integerArg(items);
  if (count === undefined) throw new FhirPathError('an integer is needed here');
  return count;
}
