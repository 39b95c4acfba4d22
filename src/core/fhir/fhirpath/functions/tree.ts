// http://hl7.org/fhirpath/N1/#tree-navigation and #utility-functions
import { itemsCode, type Env } from '../code.ts';
import { FhirPathError } from '../fhirpath.ts';
import { Item, none, pushChildren, pushDescendants, systemItems, type Items } from '../item.ts';
import { typeInfoShape } from '../shapes.ts';
import { printInstant } from '../temporal.ts';
import { arg, ofCollection, type FunctionTable } from './function.ts';

function children(items: Items, env: Env): Items {
  const found: Item[] = [];
  for (const item of items) pushChildren(found, item);
  env.spend(found.length);
  return found;
}

function descendants(items: Items, env: Env): Items {
  const found: Item[] = [];
  for (const item of items) {
    pushDescendants(found, item);
    env.spend(found.length);
  }
  return found;
}

/** The clock that was handed in: the core has none of its own. */
function nowText(env: Env): string {
  const { now } = env.context;
  if (now === undefined) throw new FhirPathError('now(), today() and timeOfDay() need a clock, and none was given');
  return printInstant(now);
}

export const tree: FunctionTable = {
  children: ofCollection([0, 0], (input, _args, env) => children(input, env)),
  descendants: {
    arity: [0, 0],
    make: ({ focus, focusAst }) => {
      if (focusAst?.kind === 'constant' && focusAst.name === 'resource')
        return itemsCode((env) => env.resourceDescendants());
      return itemsCode((env) => descendants(focus.items(env), env));
    },
  },
  aggregate: {
    arity: [1, 2],
    make: (site) => {
      const step = arg(site, 0);
      return itemsCode((env) => {
        const outer = env.total;
        let total = site.args[1]?.items(env) ?? none;
        for (const [i, item] of site.focus.items(env).entries()) {
          env.total = total;
          total = env.itemsOn(step, [item], i);
        }
        env.total = outer;
        return total;
      });
    },
  },
  // A trace goes nowhere: it would show a patient's data.
  trace: { arity: [1, 2], make: ({ focus }) => focus },
  now: ofCollection([0, 0], (_input, _args, env) => systemItems(nowText(env), 'DateTime')),
  today: ofCollection([0, 0], (_input, _args, env) => systemItems(nowText(env).slice(0, 10), 'Date')),
  timeOfDay: ofCollection([0, 0], (_input, _args, env) => systemItems(nowText(env).slice(11, -1), 'Time')),
  type: ofCollection([0, 0], (input) =>
    input.map(({ shape }) => {
      const { namespace } = shape;
      const name = namespace === 'System' ? shape.name.slice('System.'.length) : shape.name;
      return new Item({ namespace, name }, typeInfoShape, undefined, undefined, '', '', -1);
    }),
  ),
};
