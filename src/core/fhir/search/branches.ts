// A search parameter's expression as the plain paths that it walks, each with the FHIR type at its end.
//
//   FS8  Paths are typed from the definitions alone: which JSON member a choice has, what may repeat, where references
//        may point. An expression that is more than paths, unions, casts and simple filters has no branches (undefined)
//        and is left to FHIRPath.
import { definitions } from '../definitions/r4.ts';
import type { ElementDef, TypeRef } from '../definitions/definitions.ts';
import { parseFhirPath, typeNameOf, type Ast } from '../fhirpath/parse.ts';

/** One member of the JSON. `index`: only that item. `only`: only items whose member `name` equals `value`. */
export interface Edge {
  readonly member: string;
  readonly index?: number;
  readonly only?: { readonly name: string; readonly value: string };
}
export interface Branch {
  /** `%resource`: walk from the resource instead of the focus. */
  readonly fromResource: boolean;
  readonly edges: readonly Edge[];
  /** The FHIR type at the end: `CodeableConcept`, `Observation.component`, `Resource`. */
  readonly type: string;
  /** May give more than one value. */
  readonly many: boolean;
  /** The required binding's value set, of a code. */
  readonly binding?: string;
  /** Where a Reference or canonical may point; absent: anywhere. */
  readonly targets?: readonly string[];
  /** `where(resolve() is Patient)`. */
  readonly only?: string;
}

/** The branches of `expression` from a focus of `type`; undefined where it is not made of paths. Duplicates are dropped. */
export function branchesOf(expression: string, type: string): readonly Branch[] | undefined {
  const parsed = parseFhirPath(expression);
  if (!parsed.ok) return undefined;
  const found = branchesOfAst(parsed.value, [root(type)], type);
  if (found === undefined) return undefined;
  const seen = new Map(found.map((branch) => [JSON.stringify(branch), branch]));
  return [...seen.values()];
}

const root = (type: string): Branch => ({ fromResource: false, edges: [], type, many: false });

type Branches = readonly Branch[] | undefined;

/** `start` is the focus that a name without one refers to. */
function branchesOfAst(ast: Ast, start: readonly Branch[], type: string): Branches {
  switch (ast.kind) {
    case 'constant': {
      if (ast.name !== 'resource') return undefined;
      const resource = type.split('.')[0] ?? type;
      return [{ ...root(resource), fromResource: true }];
    }
    case 'member': {
      if (ast.focus === undefined && isRoot(ast.name, type)) return start;
      const focus = ast.focus === undefined ? start : branchesOfAst(ast.focus, start, type);
      return focus?.flatMap((branch) => memberOf(branch, ast.name));
    }
    case 'index': {
      const focus = branchesOfAst(ast.focus, start, type);
      if (ast.index.kind !== 'literal' || ast.index.type !== 'Integer') return undefined;
      const index = Number(ast.index.text);
      return focus?.map((branch) => ({ ...branch, many: false, edges: changeLast(branch.edges, { index }) }));
    }
    case 'binary': {
      if (ast.operator !== '|') return undefined;
      const left = branchesOfAst(ast.left, start, type);
      const right = branchesOfAst(ast.right, start, type);
      return left === undefined || right === undefined ? undefined : [...left, ...right];
    }
    case 'type': {
      if (ast.operator !== 'as') return undefined;
      return cast(branchesOfAst(ast.operand, start, type), ast.type.name);
    }
    case 'call':
      return callOf(ast, start, type);
    default:
      return undefined;
  }
}

function isRoot(name: string, type: string): boolean {
  return name === type || name === 'Resource' || name === 'DomainResource';
}

function callOf(ast: Extract<Ast, { kind: 'call' }>, start: readonly Branch[], type: string): Branches {
  const [argument] = ast.args;
  const focus = ast.focus === undefined ? start : branchesOfAst(ast.focus, start, type);
  if (focus === undefined || argument === undefined || ast.args.length !== 1) return undefined;
  if (ast.name === 'as' || ast.name === 'ofType') {
    const name = typeNameOf(argument);
    return name === undefined ? undefined : cast(focus, name.name);
  }
  if (ast.name === 'extension' && argument.kind === 'literal') {
    const only = { name: 'url', value: argument.text };
    return focus.flatMap((branch) => memberOf(branch, 'extension')).map((branch) => filtered(branch, only));
  }
  if (ast.name !== 'where') return undefined;
  const target = resolvedType(argument);
  if (target !== undefined) return focus.map((branch) => ({ ...branch, only: target }));
  const only = memberEquals(argument);
  return only === undefined ? undefined : focus.map((branch) => filtered(branch, only));
}

/** `resolve() is Patient`. */
function resolvedType(ast: Ast): string | undefined {
  if (ast.kind !== 'type' || ast.operator !== 'is') return undefined;
  const { operand } = ast;
  return operand.kind === 'call' && operand.name === 'resolve' && operand.focus === undefined
    ? ast.type.name
    : undefined;
}
/** `system='phone'`. */
function memberEquals(ast: Ast): { readonly name: string; readonly value: string } | undefined {
  if (ast.kind !== 'binary' || ast.operator !== '=') return undefined;
  const { left, right } = ast;
  if (left.kind !== 'member' || left.focus !== undefined || right.kind !== 'literal') return undefined;
  return right.type === 'String' ? { name: left.name, value: right.text } : undefined;
}

function changeLast(edges: readonly Edge[], change: Partial<Edge>): readonly Edge[] {
  return edges.map((edge, i) => (i === edges.length - 1 ? { ...edge, ...change } : edge));
}
const filtered = (branch: Branch, only: { readonly name: string; readonly value: string }): Branch => ({
  ...branch,
  edges: changeLast(branch.edges, { only }),
});

/** R4 writes a type's name in more than one way: `as DateTime` of a dateTime. */
function cast(branches: Branches, name: string): Branches {
  const plain = name.toLowerCase();
  return branches?.filter((branch) => branch.type.toLowerCase() === plain);
}

function memberOf(branch: Branch, name: string): readonly Branch[] {
  const element = definitions.type(branch.type)?.elements.find((element) => element.name === name);
  return element === undefined ? [] : element.types.map((ref) => step(branch, element, ref));
}

function step(branch: Branch, element: ElementDef, ref: TypeRef): Branch {
  const member = element.choice ? element.name + ref.code.charAt(0).toUpperCase() + ref.code.slice(1) : element.name;
  return {
    fromResource: branch.fromResource,
    edges: [...branch.edges, { member }],
    type: ref.code,
    many: branch.many || element.max > 1,
    ...(element.binding === undefined ? undefined : { binding: element.binding }),
    ...(ref.targets === undefined || ref.targets.includes('Resource') ? undefined : { targets: ref.targets }),
  };
}
