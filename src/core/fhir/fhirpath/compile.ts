// FHIRPath expressions to closures over plain JSON.
//
// Invariants (specs/fhirpath.md)
//   FP4  What is wrong with an expression itself (unknown function, type or constant, number of arguments) is thrown when it
//        is compiled, before any resource is seen.
//   FP5  A compiled path holds no state between calls, beyond what it learned of types.
//   FP6  It reads no clock and changes nothing.
//
// To follow an expression: `read-tokens.ts`, `parse.ts`, this file, then `functions/` by section of the standard.
import type { ResourceJson } from '../../base/json-types.ts';
import { JsonNumber } from '../../base/json.ts';
import { constantCode, Env, itemsCode, selfCode, single, type Code } from './code.ts';
import { FhirPathError, type CompiledPath, type FhirPathContext, type PathNode } from './fhirpath.ts';
import { conversion } from './functions/conversion.ts';
import { existence } from './functions/existence.ts';
import { constantItems, fhir } from './functions/fhir.ts';
import { filtering, isType, keepType } from './functions/filtering.ts';
import type { CallSite, FunctionRule } from './functions/function.ts';
import { math } from './functions/math.ts';
import { strings } from './functions/strings.ts';
import { tree } from './functions/tree.ts';
import { integerItems, itemOf, none, stringItems, systemItems, yes, no, type Item, type Items } from './item.ts';
import { MemberPath } from './member-path.ts';
import { membership, operators, signed } from './operators.ts';
import { parseFhirPath, type Ast } from './parse.ts';
import { namedShape, type Shape } from './shapes.ts';
import { readDate, readTime } from './temporal.ts';

const functions: ReadonlyMap<string, FunctionRule> = new Map(
  [existence, filtering, conversion, strings, math, tree, fhir].flatMap((table) => Object.entries(table)),
);

// All expressions of R4 are about 1,500; those of clients (patches) must not fill the memory.
const compiled = new Map<string, Code>();
const compiledMax = 5_000;

/**
 * An expression as a function. Compiled once and kept. Throws `FhirPathError` for an expression that is wrong. The root's type may
 * be named for the reader; nothing depends on it, for each value says its own type.
 */
export function compilePath(expression: string, _rootType?: string): CompiledPath {
  const code = codeOf(expression);
  return (context: FhirPathContext, focus?: PathNode) => code.items(new Env(context, focusOf(focus)));
}

/**
 * An expression as a condition: true, false, or undefined when it is empty. Faster than `compilePath`, for it need not say
 * what it found. Throws as `compilePath` does, and when the result is several items.
 */
export function compileCondition(
  expression: string,
): (context: FhirPathContext, focus?: PathNode) => boolean | undefined {
  const code = codeOf(expression);
  return (context, focus) => code.truth(new Env(context, focusOf(focus)));
}

/**
 * A parsed expression for those that must find their way back in the JSON (`Item.parent`, `key`, `index`): the patches. The
 * expression is a client's, so it gets `stepsMax` steps and is not kept.
 */
export function compileItems(ast: Ast, stepsMax: number): (resource: ResourceJson) => readonly Item[] {
  const code = compile(ast);
  return (resource) => code.items(new Env({ resource }, undefined, stepsMax));
}

const focusOf = (focus: PathNode | undefined): Item | undefined => (focus === undefined ? undefined : itemOf(focus));

function codeOf(expression: string): Code {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const ast = parseFhirPath(expression);
  if (!ast.ok) throw new FhirPathError(ast.error.message, ast.error.offset);
  const code = compile(ast.value);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(expression, code);
  return code;
}

function compile(ast: Ast): Code {
  switch (ast.kind) {
    case 'empty':
      return constantCode(none);
    case 'literal':
      return constantCode(literalItems(ast));
    case 'constant':
      return compileConstant(ast.name, ast.at);
    case 'variable':
      if (ast.name === '$this') return selfCode;
      return itemsCode(ast.name === '$index' ? (env) => integerItems(env.index) : (env) => env.total);
    case 'member':
      return compileMember(ast.name, ast.focus);
    case 'call':
      return compileCall(ast);
    case 'index':
      return compileIndex(compile(ast.focus), compile(ast.index));
    case 'sign':
      return signed(ast.operator, compile(ast.operand));
    case 'binary':
      if (ast.operator === 'in') return membership(compile(ast.left), unionParts(ast.right).map(compile));
      return operators[ast.operator](compile(ast.left), compile(ast.right), ast.right);
    case 'type': {
      const operand = compile(ast.operand);
      const shape = knownShape(ast.type.namespace, ast.type.name, ast.at);
      return ast.operator === 'as' ? keepType(operand, shape) : itemsCode((env) => isType(operand.items(env), shape));
    }
  }
}

const unionParts = (ast: Ast): readonly Ast[] =>
  ast.kind === 'binary' && ast.operator === '|' ? [...unionParts(ast.left), ...unionParts(ast.right)] : [ast];

function knownShape(namespace: string | undefined, name: string, at: number): Shape {
  const shape = namedShape(namespace, name);
  if (shape === undefined) throw new FhirPathError('this type is not known', at);
  return shape;
}

function literalItems(ast: Extract<Ast, { kind: 'literal' }>): Items {
  const { type, text } = ast;
  switch (type) {
    case 'Boolean':
      return text === 'true' ? yes : no;
    case 'String':
      return stringItems(text);
    case 'Integer': {
      const items = integerItems(Number(text));
      if (items.length === 0) throw new FhirPathError('this integer has more than 32 bits', ast.at);
      return items;
    }
    case 'Decimal':
      // Its trailing zeros count in an equivalence.
      return systemItems(String(Number(text)) === text ? Number(text) : new JsonNumber(text), 'Decimal');
    case 'Quantity':
      return systemItems({ value: Number(text), unit: ast.unit ?? '1', calendar: ast.calendar === true }, 'Quantity');
    case 'Date':
    case 'DateTime':
    case 'Time': {
      const exists = type === 'Time' ? readTime(text) : readDate(text);
      if (exists === undefined) throw new FhirPathError('there is no such date or time', ast.at);
      return systemItems(text, type);
    }
  }
}

const fixedConstants: ReadonlyMap<string, string> = new Map([
  ['ucum', 'http://unitsofmeasure.org'],
  ['sct', 'http://snomed.info/sct'],
  ['loinc', 'http://loinc.org'],
]);

function compileConstant(name: string, at: number): Code {
  const fixed = fixedConstants.get(name);
  if (fixed !== undefined) return constantCode(stringItems(fixed));
  if (name.startsWith('vs-')) return constantCode(stringItems(`http://hl7.org/fhir/ValueSet/${name.slice(3)}`));
  if (name.startsWith('ext-'))
    return constantCode(stringItems(`http://hl7.org/fhir/StructureDefinition/${name.slice(4)}`));
  return itemsCode(constantItems(name, at));
}

function compileMember(name: string, focus: Ast | undefined): Code {
  if (focus !== undefined) {
    const before = compile(focus);
    return before instanceof MemberPath ? before.extended(name) : new MemberPath(before.items, [name]);
  }
  // `Patient.name`: a path may begin with the type of its focus; elements never begin with a capital letter.
  const shape = /^[A-Z]/.test(name) ? namedShape('FHIR', name) : undefined;
  if (shape === undefined) return new MemberPath(selfCode.items, [name]);
  return new MemberPath((env) => ofShape(env.self, shape), []);
}

function ofShape(items: Items, shape: Shape): Items {
  const first = items[0];
  if (items.length === 1 && first !== undefined) return first.shape.isA(shape) ? items : none;
  return items.filter((item) => item.shape.isA(shape));
}

function compileIndex(focus: Code, index: Code): Code {
  return itemsCode((env) => {
    const at = single(index.items(env))?.value;
    if (typeof at !== 'number' || !Number.isInteger(at)) throw new FhirPathError('an index must be one integer');
    const item = focus.items(env)[at];
    return item === undefined ? none : [item];
  });
}

const typeFunctions = new Set(['is', 'as', 'ofType']);

function compileCall(ast: Extract<Ast, { kind: 'call' }>): Code {
  const rule = functions.get(ast.name);
  if (rule === undefined) throw new FhirPathError('this function is not known', ast.at);
  const [fewest, most] = rule.arity;
  if (ast.args.length < fewest || ast.args.length > most) {
    throw new FhirPathError(`${ast.name} takes ${fewest === most ? fewest : `${fewest} to ${most}`} arguments`, ast.at);
  }
  const site: CallSite = {
    name: ast.name,
    at: ast.at,
    focus: ast.focus === undefined ? selfCode : compile(ast.focus),
    // A type's name is no path: `ofType(System.String)` must not be looked up as members.
    args: typeFunctions.has(ast.name) ? [] : ast.args.map(compile),
    argAsts: ast.args,
    focusAst: ast.focus,
  };
  return rule.make(site);
}
