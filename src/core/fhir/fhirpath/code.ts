// What an expression is compiled to, and what it runs in.
//
//   1  Each piece of code can answer as items, as a truth value, or merely whether it has any: the last two without making items
//      where they can. All three agree: `truth` is the singleton evaluation of `items`, `exists` its length.
//   2  An Env lives for one evaluation. Lambdas change `self`, `index` and `total` and put them back.
//   3  Work is bounded: an expression may come from a client.
import type { JsonObject } from '../../base/json-types.ts';
import { FhirPathError, type FhirPathContext } from './fhirpath.ts';
import { booleanItems, none, pushDescendants, rootItem, type Item, type Items } from './item.ts';

/** True, false, or empty. */
export type Truth = boolean | undefined;
export interface Code {
  readonly items: (env: Env) => Items;
  readonly truth: (env: Env) => Truth;
  readonly exists: (env: Env) => boolean;
}

const stepsMaxDefault = 2_000_000;

export class Env {
  /** `$this`: one item in lambdas; in `iif` one or none. */
  self: Items;
  /** `$index`, `$total`. */
  index = 0;
  total: Items = none;
  readonly context: FhirPathContext;
  /** %context: where evaluation began. */
  readonly origin: Items;
  private stepsLeft: number;
  private resourceItem: Item | undefined;
  private rootResourceItem: Item | undefined;
  private below: Items | undefined;

  constructor(context: FhirPathContext, focus: Item | undefined, stepsMax = stepsMaxDefault) {
    this.stepsLeft = stepsMax;
    this.context = context;
    this.origin = [focus ?? this.resource(context)];
    this.self = this.origin;
  }

  resource(context: FhirPathContext = this.context): Item {
    this.resourceItem ??= rootItem(context.resource);
    return this.resourceItem;
  }

  rootResource(): Item {
    const { rootResource, resource } = this.context;
    if (rootResource === undefined || (rootResource as JsonObject) === resource) return this.resource();
    this.rootResourceItem ??= rootItem(rootResource);
    return this.rootResourceItem;
  }

  /** `%resource.descendants()`: rules ask for it once for each contained resource. */
  resourceDescendants(): Items {
    if (this.below === undefined) {
      const found: Item[] = [];
      pushDescendants(found, this.resource());
      this.below = found;
    }
    this.spend(this.below.length);
    return this.below;
  }

  spend(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) throw new FhirPathError('the expression takes too many steps on this resource');
  }

  truthOn(code: Code, item: Item, index: number): Truth {
    const { self, index: outer } = this;
    this.spend(1);
    this.self = [item];
    this.index = index;
    const truth = code.truth(this);
    this.self = self;
    this.index = outer;
    return truth;
  }

  itemsOn(code: Code, focus: Items, index: number): Items {
    const { self, index: outer } = this;
    this.spend(1);
    this.self = focus;
    this.index = index;
    const items = code.items(this);
    this.self = self;
    this.index = outer;
    return items;
  }
}

/** The one item; undefined when there is none. Throws when there are several. */
export function single(items: Items): Item | undefined {
  if (items.length > 1) throw new FhirPathError('one value is needed here, and there are several');
  return items[0];
}

/** Singleton evaluation of collections (N1): one item that is no boolean counts as true. */
export function truthOf(items: Items): Truth {
  const item = single(items);
  if (item === undefined) return undefined;
  if (typeof item.value === 'boolean') return item.value;
  // A boolean that has only extensions has no value to be true.
  return item.value === null && item.shape.systemClass === 'Boolean' ? undefined : true;
}

export function itemsCode(items: (env: Env) => Items): Code {
  return { items, truth: (env) => truthOf(items(env)), exists: (env) => items(env).length > 0 };
}

export function truthCode(truth: (env: Env) => Truth): Code {
  return { items: (env) => booleanItems(truth(env)), truth, exists: (env) => truth(env) !== undefined };
}

export const constantCode = (items: Items): Code => itemsCode(() => items);
export const selfCode: Code = itemsCode((env) => env.self);
