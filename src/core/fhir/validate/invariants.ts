// The invariants of a type or element as one closure: by hand where there is one, else by the standard's FHIRPath.
//
//   1  A constraint that is wrong as published is patched or left out here, each with the reason (PATCHES).
//   2  An expression is compiled when it is first needed; one that cannot be evaluated is reported, never passed over.
//   3  Warnings of the standard are applied only where they are cheap, the others on demand (`bestPractice`).
import type { JsonValue } from '../../base/json-types.ts';
import type { Invariant } from '../definitions/definitions.ts';
import { handInvariant, type HandInvariant } from './invariants-by-hand.ts';
import { evaluateInvariant } from './invariants-by-path.ts';
import { isObject, type Walk } from './walk.ts';

/** `isWhole`: nothing was found wrong in the value's structure. */
export type InvariantCheck = (value: JsonValue, walk: Walk, isWhole: boolean) => void;

/** Wrong as published in R4 4.0.1. `expression` absent: judged elsewhere or not at all. */
interface Patch {
  readonly expression?: string;
  readonly reason: string;
}
export const PATCHES: ReadonlyMap<string, Patch> = new Map<string, Patch>([
  [
    'ele-1',
    { reason: 'The structure itself: empty objects and arrays, and an id alone, are refused by compile-type.' },
  ],
  ['txt-1', { reason: 'htmlChecks() is no FHIRPath; narrative.ts judges it.' }],
  ['txt-2', { reason: 'htmlChecks() is no FHIRPath; narrative.ts judges it.' }],
  [
    'que-7',
    {
      expression: "operator = 'exists' implies (answer is boolean)",
      reason: 'The type is written Boolean, which is System.Boolean; the element is a FHIR boolean.',
    },
  ],
  [
    'que-12',
    {
      reason: 'Published as count() > 2, while its text says more than one; by hand as the text has it.',
      expression: 'enableWhen.count() > 1 implies enableBehavior.exists()',
    },
  ],
  [
    'ctm-1',
    { reason: 'It resolves references, which an offline record may not be able to; dangling references are accepted.' },
  ],
]);

interface Compiled {
  readonly invariant: Invariant;
  readonly hand: HandInvariant | undefined;
  readonly expression: string;
}

/** One closure for all of them; undefined where nothing is left to check. `type` is the focus's. */
export function compileInvariants(
  invariants: readonly Invariant[],
  type: string,
  spec: string,
): InvariantCheck | undefined {
  const list = invariants.flatMap((it) => prepare(it, type));
  if (list.length === 0) return undefined;
  return (value, walk, isWhole) => {
    for (const it of list) {
      const { invariant, hand } = it;
      if (invariant.severity === 'warning' && hand === undefined && !walk.bestPractice) continue;
      if (invariant.key === 'dom-6' && !walk.bestPractice) continue;
      if (hand !== undefined && isObject(value)) {
        if (!hand(value, walk)) broken(invariant, walk, spec);
      } else if (isWhole) byPath(it, value, type, walk, spec);
    }
  };
}

/** Those that never say no are dropped here, so that they cost nothing. */
const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set(['ref-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5']);

function prepare(invariant: Invariant, type: string): readonly Compiled[] {
  if (JUDGED_ELSEWHERE.has(invariant.key)) return [];
  const patch = PATCHES.get(invariant.key);
  if (patch !== undefined && patch.expression === undefined) return [];
  const hand = handInvariant(invariant.key, type);
  return [{ invariant, hand, expression: patch?.expression ?? invariant.expression }];
}

function byPath(it: Compiled, value: JsonValue, type: string, walk: Walk, spec: string): void {
  const verdict = evaluateInvariant(it.expression, value, type, walk);
  if (verdict === 'broken') broken(it.invariant, walk, spec);
  else if (verdict === 'unknown')
    walk.add(
      'information',
      it.invariant.key,
      'processing',
      'This rule could not be evaluated here, so it was neither found kept nor broken.',
      spec,
    );
}

function broken(invariant: Invariant, walk: Walk, spec: string): void {
  walk.add(invariant.severity, invariant.key, 'invariant', `Rule of the standard: ${sentence(invariant.human)}`, spec);
}

function sentence(human: string): string {
  const text = human.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
