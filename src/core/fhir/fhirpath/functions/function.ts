// What a table of functions holds, and the few forms that most functions have.
import type { JsonValue } from '../../../base/json-types.ts';
import { numberOf } from '../../../base/json.ts';
import { itemsCode, single, type Code, type Env } from '../code.ts';
import { FhirPathError } from '../fhirpath.ts';
import { classOf, none, type Item, type Items } from '../item.ts';
import { namedShape, type Shape } from '../shapes.ts';
import { typeNameOf, type Ast } from '../parse.ts';

/** Where a function is called. Arguments are code: a lambda runs them for each item, others once in the outer context. */
export interface CallSite {
  readonly name: string;
  readonly at: number;
  readonly focus: Code;
  readonly args: readonly Code[];
  readonly argAsts: readonly Ast[];
  readonly focusAst: Ast | undefined;
}
export interface FunctionRule {
  /** The fewest and the most arguments. */
  readonly arity: readonly [number, number];
  /** Called once, when the expression is compiled. */
  readonly make: (site: CallSite) => Code;
}
export type FunctionTable = Readonly<Record<string, FunctionRule>>;

/** A function of the collection before the point and of plain arguments. */
export function ofCollection(
  arity: readonly [number, number],
  run: (input: Items, args: readonly Items[], env: Env) => Items,
): FunctionRule {
  return {
    arity,
    make: ({ focus, args }) => {
      return itemsCode((env) => {
        const input = focus.items(env);
        env.spend(input.length);
        const values = args.map((arg) => arg.items(env));
        for (const value of values) env.spend(value.length);
        return run(input, values, env);
      });
    },
  };
}

/** A function of one item: empty for none, an error for several. */
export function ofItem(
  arity: readonly [number, number],
  run: (input: Item, args: readonly Items[], env: Env) => Items,
): FunctionRule {
  return ofCollection(arity, (input, args, env) => {
    const item = single(input);
    return item === undefined ? none : run(item, args, env);
  });
}

/** The argument that the arity promises. */
export function arg(site: CallSite, at: number): Code {
  const code = site.args[at];
  if (code === undefined) throw new FhirPathError(`${site.name} needs more arguments`, site.at);
  return code;
}

/** The type that an argument names. */
export function typeArg(site: CallSite, at: number): Shape {
  const ast = site.argAsts[at];
  const name = ast === undefined ? undefined : typeNameOf(ast);
  const shape = name === undefined ? undefined : namedShape(name.namespace, name.name);
  if (shape === undefined) throw new FhirPathError(`${site.name} needs the name of a type`, site.at);
  return shape;
}

/** The text of an item of class String, Date, DateTime or Time. Throws for another; undefined for a value that is not there. */
export function textOf(item: Item): string | undefined {
  if (typeof item.value === 'string') return item.value;
  if (item.value === null) return undefined;
  throw new FhirPathError('a string is needed here');
}

/** A string argument; undefined when it is empty. */
export function textArg(items: Items | undefined): string | undefined {
  const item = single(items ?? none);
  return item === undefined ? undefined : textOf(item);
}

/** A number argument; undefined when it is empty. */
export function numberArg(items: Items | undefined): number | undefined {
  const item = single(items ?? none);
  if (item === undefined || item.value === null) return undefined;
  const number = numberOf(item.value);
  if (number === undefined) throw new FhirPathError('a number is needed here');
  return number;
}

/** An integer argument; undefined when it is empty. */
export function integerArg(items: Items | undefined): number | undefined {
  const number = numberArg(items);
  if (number !== undefined && !Number.isInteger(number)) throw new FhirPathError('an integer is needed here');
  return number;
}

export const isInteger = (item: Item): boolean => classOf(item) === 'Integer';

/** A member of an item's JSON object, own members only. */
export function jsonMember(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}
