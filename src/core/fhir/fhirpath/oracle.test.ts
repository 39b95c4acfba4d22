// Every invariant and search expression of R4 on the official examples, against npm's `fhirpath` with its R4 model.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { compile } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { expect, test } from 'vitest';
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import { definitions } from '../definitions/r4.ts';
import { compileCondition, compilePath } from './compile.ts';
import { pushChildren, rootItem, type Item } from './item.ts';

const folder = '../shared/conformance/fhir-r4-examples/instances';
const isThere = existsSync(folder);
const note = isThere ? '' : ` (skipped: ${folder} is not here)`;
/** Each rule is asked of so many elements of a type: npm's evaluator takes a third of a millisecond for each. */
const askedMax = 12;

/** What npm's evaluator answers otherwise, and why ours is kept. */
const explained: readonly {
  readonly why: string;
  readonly fits: (key: string, npm: string, ours: string) => boolean;
}[] = [
  {
    why: 'npm refuses `as` of several items; R4 writes its own rules and search parameters (dom-3, context-quantity) as filters',
    fits: (_key, npm) => npm.includes("Expected singleton on left side of 'as'"),
  },
  {
    why: 'npm throws on a bare number as the focus',
    fits: (_key, npm) => npm.includes('getDecimal is not a function'),
  },
  {
    why: 'npm resolves only through a server and asynchronously; ours finds what is in the resource, and types',
    fits: (_key, npm) => npm.includes('asynchronous function "resolve"'),
  },
  {
    why: 'the stand-in for `resolve() is X` that npm is asked with does not look into contained resources',
    fits: (_key, npm, ours) => npm === '[]' && ours.startsWith('[{"reference":"#'),
  },
  { why: 'npm does not take xhtml for a primitive, so narrative has no value', fits: (key) => key === 'ele-1 xhtml' },
];

const examples = (): readonly ResourceJson[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as ResourceJson);

type Oracle = (focus: JsonValue, variables: Readonly<Record<string, unknown>>) => unknown;
const oracles = new Map<string, Oracle>();
function oracle(base: string | undefined, expression: string): Oracle {
  const key = `${base ?? ''}|${expression}`;
  const known = oracles.get(key);
  if (known !== undefined) return known;
  const options = { async: false, traceFn: () => undefined } as const;
  const made = compile(base === undefined ? expression : { base, expression }, r4, options) as Oracle;
  oracles.set(key, made);
  return made;
}
/** The values as text, or the error. */
function answer(run: () => unknown): string {
  try {
    return JSON.stringify(run());
  } catch (thrown) {
    return `error: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

class Differences {
  compared = 0;
  readonly used = new Set<string>();
  readonly unexplained: string[] = [];

  add(key: string, where: string, ours: string, npm: string): void {
    this.compared++;
    if (ours === npm) return;
    const reason = explained.find(({ fits }) => fits(key, npm, ours));
    if (reason === undefined)
      this.unexplained.push(`${key} on ${where}: ours ${ours.slice(0, 200)}, npm ${npm.slice(0, 200)}`);
    else this.used.add(reason.why);
  }
}

/** Every element of a resource but those of contained resources, which are asked as their own. */
function walk(item: Item, visit: (item: Item) => void): void {
  visit(item);
  const children: Item[] = [];
  pushChildren(children, item);
  for (const child of children) if (!child.shape.isResource) walk(child, visit);
}

test.skipIf(!isThere)(`[FP22] [FP25] invariants on the official examples${note}`, () => {
  const differences = new Differences();
  const asked = new Map<string, number>();
  for (const resource of examples()) {
    walk(rootItem(resource), (item) => {
      // npm has no way to be given what stands beside a primitive.
      if (item.extra !== undefined) return;
      const { shape, parent } = item;
      const element =
        parent === undefined
          ? undefined
          : definitions.type(parent.shape.name)?.elements.find(({ name }) => name === item.name);
      for (const { key, expression } of [
        ...(definitions.type(shape.name)?.invariants ?? []),
        ...(element?.invariants ?? []),
      ]) {
        const id = `${key} ${shape.name}`;
        const times = (asked.get(id) ?? 0) + 1;
        asked.set(id, times);
        if (times > askedMax) continue;
        const ours = answer(() => compilePath(expression)({ resource }, item).map(({ value }) => value));
        const condition = answer(() =>
          [compileCondition(expression)({ resource }, item)].filter((value) => value !== undefined),
        );
        if (condition !== ours) differences.unexplained.push(`${id} as a condition: ${condition}, in full ${ours}`);
        const npm = answer(() => oracle(shape.name, expression)(item.value, { resource, rootResource: resource }));
        differences.add(id, `${resource.resourceType}/${resource.id ?? ''} ${item.path}`, ours, npm);
      }
    });
  }
  expect(differences.unexplained).toEqual([]);
  expect(differences.compared).toBeGreaterThan(3_000);
  expect(asked.size).toBeGreaterThan(500);
});

test.skipIf(!isThere)(`[FP22] search expressions on the official examples${note}`, () => {
  const differences = new Differences();
  for (const resource of examples()) {
    for (const { code, expression } of definitions.searchParams(resource.resourceType).values()) {
      if (expression === '') continue;
      const ours = answer(() => compilePath(expression)({ resource }).map(({ value }) => value));
      // Its `resolve` is asynchronous; the type of a relative reference is what R4 means here.
      const asked = expression.replaceAll(
        /resolve\(\) is (\w+)/g,
        (_all, type: string) => `(reference.matches('(^|/)${type}/[^/]+$') or type = '${type}')`,
      );
      const npm = answer(() => oracle(undefined, asked)(resource, {}));
      differences.add(`${resource.resourceType}.${code}`, `${resource.resourceType}/${resource.id ?? ''}`, ours, npm);
    }
  }
  expect(differences.unexplained).toEqual([]);
  expect(differences.compared).toBeGreaterThan(8_000);
});
