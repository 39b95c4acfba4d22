// The invariants by hand against the standard's own FHIRPath, on made-up instances of every type that has one.
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { ElementDef, Invariant, TypeRef } from '../definitions/definitions.ts';
import { definitions } from '../definitions/r4.ts';
import { compileCondition } from '../fhirpath/compile.ts';
import { FhirPathError } from '../fhirpath/fhirpath.ts';
import { handInvariant } from './invariants-by-hand.ts';
import { PATCHES } from './invariants.ts';
import { validateResource } from './validate.ts';
import { Walk } from './walk.ts';

interface Site {
  /** The focus's type. */
  readonly type: string;
  readonly invariant: Invariant;
}

/** Every invariant with the types at whose instances it is judged. */
function sites(): readonly Site[] {
  const found: Site[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const type = definitions.type(name);
    for (const invariant of type?.invariants ?? []) found.push({ type: name, invariant });
    for (const element of type?.elements ?? [])
      for (const ref of element.types) {
        for (const invariant of element.invariants) found.push({ type: ref.code, invariant });
        visit(ref.code);
      }
  };
  for (const name of definitions.resourceTypes) visit(name);
  return found;
}

/** A small generator of chance (mulberry32), so that a seed tells the whole story. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Makes instances whose texts are those that the invariant itself speaks of. */
class Maker {
  private readonly next: (below: number) => number;
  private readonly words: readonly string[];
  constructor(seed: number, expression: string) {
    this.next = chance(seed);
    const quoted = [...expression.matchAll(/'([^']*)'/g)].map((it) => it[1] ?? '');
    this.words = [...quoted.filter((it) => it !== ''), 'other', 'http://unitsofmeasure.org'];
  }

  instance(type: string, depth: number): JsonObject {
    const made: Record<string, JsonValue> = definitions.resourceTypes.includes(type) ? { resourceType: type } : {};
    for (const element of definitions.type(type)?.elements ?? []) {
      if (element.name === 'contained' || element.name === 'text') continue;
      const wanted = element.min > 0 || this.next(3) === 0;
      const ref = element.types[this.next(element.types.length)];
      if (!wanted || ref === undefined || depth <= 0) continue;
      const name = element.choice ? element.name + ref.code.charAt(0).toUpperCase() + ref.code.slice(1) : element.name;
      made[name] = this.values(element, ref, depth);
    }
    return made;
  }

  private values(element: ElementDef, ref: TypeRef, depth: number): JsonValue {
    if (element.max === 1) return this.value(ref.code, depth);
    return Array.from({ length: 1 + this.next(3) }, () => this.value(ref.code, depth));
  }

  private value(type: string, depth: number): JsonValue {
    switch (type) {
      case 'boolean':
        return this.next(2) === 0;
      case 'integer':
      case 'unsignedInt':
      case 'positiveInt':
      case 'decimal':
        return this.next(5) - 1;
      case 'date':
        return this.pick(['2020-01-05', '2020-03-05', '2021-01-01']);
      case 'dateTime':
      case 'instant':
        return this.pick(['2020-01-05T10:00:00Z', '2020-01-05T10:00:00+02:00', '2021-01-01T00:00:00Z']);
      case 'Resource':
        return {
          resourceType: this.pick(['Patient', 'Composition', 'MessageHeader']),
          meta: { versionId: this.pick(['1', '2']) },
        };
      default:
        return definitions.type(type)?.kind === 'primitive' ? this.pick(this.words) : this.instance(type, depth - 1);
    }
  }

  private pick(from: readonly string[]): string {
    return from[this.next(from.length)] ?? '';
  }
}

/** Judged where the container is known (references.ts, check-resource.ts), not by a closure on the element. */
const ELSEWHERE = new Set(['ref-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5']);
/** Judged by the whole resource, which is not made up here: faults.test.ts has cases for them. */
const OF_THE_WHOLE = new Set(['sdf-8', 'sdf-8a']);
/** The text says that the whole name is of that form; FHIRPath's matches() is content with a part of it. */
const isNameRule = (key: string): boolean => /^[a-z]+-0$/.test(key);
/** Where the expression finds nothing to say and the text of the rule does: an empty document has no
 * Composition first, and an item without `repeats` does not repeat. */
const STRICTER = new Set(['bdl-11', 'bdl-12', 'que-13']);
const ROUNDS = 150;

test('[FV26] what is written by hand means what the standard says', () => {
  const seed = 20240229;
  let judged = 0;
  let broken = 0;
  const differ: string[] = [];
  const keys = new Set<string>();
  for (const { type, invariant } of sites()) {
    const hand = handInvariant(invariant.key, type);
    if (hand === undefined || ELSEWHERE.has(invariant.key) || PATCHES.has(invariant.key)) continue;
    if (isNameRule(invariant.key) || OF_THE_WHOLE.has(invariant.key)) continue;
    // Inherited ones are judged once each, at a few types.
    const name = `${invariant.key} ${invariant.expression}`;
    if (keys.has(name) && judged % 7 !== 0) continue;
    keys.add(name);
    const condition = compileCondition(invariant.expression);
    const maker = new Maker(seed, invariant.expression);
    for (let round = 0; round < ROUNDS; round++) {
      const value = maker.instance(type, 3);
      const resource = { resourceType: 'Basic', ...value } as ResourceJson;
      let byPath: boolean | undefined;
      try {
        byPath = condition({ resource }, { value, type, path: '' });
      } catch (thrown) {
        if (thrown instanceof FhirPathError) continue;
        throw thrown;
      }
      const byHand = hand(value, new Walk(resource, () => undefined, {}));
      judged++;
      if (byPath === false) broken++;
      if (byPath === undefined && STRICTER.has(invariant.key)) continue;
      if (byHand !== (byPath ?? true))
        differ.push(`seed ${seed}: ${name} on ${type}, by hand ${byHand}: ${JSON.stringify(value).slice(0, 600)}`);
    }
  }
  expect([...new Map(differ.map((it) => [it.split(' ')[2], it])).values()]).toEqual([]);
  expect(keys.size).toBeGreaterThan(80);
  expect(judged).toBeGreaterThan(10_000);
  expect(broken).toBeGreaterThan(1_000);
});

test('[FV26] every invariant at error level is judged: by hand, by its expression, or as its patch says', () => {
  const unjudged: string[] = [];
  for (const { type, invariant } of sites()) {
    if (invariant.severity !== 'error' || PATCHES.has(invariant.key)) continue;
    if (handInvariant(invariant.key, type) !== undefined) continue;
    try {
      compileCondition(invariant.expression);
    } catch {
      unjudged.push(`${invariant.key} of ${type}`);
    }
  }
  expect(unjudged).toEqual([]);
});

test('[FV27] each patch says why, is needed, and its expression can be read', () => {
  const keys = new Set(sites().map((it) => it.invariant.key));
  for (const [key, { reason, expression }] of PATCHES) {
    expect(keys.has(key), key).toBe(true);
    expect(reason).toMatch(/\.$/);
    if (expression !== undefined) compileCondition(expression);
  }
});

test('[FV27] codes at all levels, two conditions, and an operator are judged as the text of the rule says', () => {
  const rules = (value: JsonValue) => validateResource(value).map((it) => it.rule);
  const system = (inner: string) => ({
    resourceType: 'CodeSystem',
    status: 'draft',
    content: 'complete',
    concept: [{ code: 'a', concept: [{ code: inner }] }, { code: 'b' }],
  });
  expect(rules(system('c'))).toEqual([]);
  expect(rules(system('b'))).toEqual(['csd-1']);
  const enableWhen = [
    { question: '1', operator: 'exists', answerBoolean: true },
    { question: '1', operator: '=', answerString: 'x' },
  ];
  const questionnaire = (more: JsonObject) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [{ linkId: '1', type: 'string', enableWhen, ...more }],
  });
  expect(rules(questionnaire({}))).toEqual(['que-12']);
  expect(rules(questionnaire({ enableBehavior: 'all' }))).toEqual([]);
  const exists = [{ question: '1', operator: 'exists', answerString: 'x' }];
  expect(rules(questionnaire({ enableWhen: exists }))).toEqual(['que-7']);
});
