// Invariants that have no closure by hand: the standard's own FHIRPath, evaluated at the element.
//
//   1  Empty counts as kept (http://hl7.org/fhirpath/N1: what is unknown is not false); only a clear false breaks a rule.
//   2  What the evaluator cannot do with this input is 'unknown', which the caller reports.
import type { JsonValue } from '../../base/json-types.ts';
import { compileCondition } from '../fhirpath/compile.ts';
import { type FhirPathContext, FhirPathError, type PathNode } from '../fhirpath/fhirpath.ts';
import type { Walk } from './walk.ts';

export type PathVerdict = 'kept' | 'broken' | 'unknown';

/** Judges `value`, an instance of `type` at which the walk stands. */
export function evaluateInvariant(expression: string, value: JsonValue, type: string, walk: Walk): PathVerdict {
  const context: FhirPathContext = {
    resource: walk.resource,
    rootResource: walk.container?.resource ?? walk.resource,
    ...(walk.now === undefined ? {} : { now: walk.now }),
  };
  // Nothing reads the path of the focus here, so none is built.
  const focus: PathNode = { value, type, path: '' };
  try {
    return compileCondition(expression)(context, focus) === false ? 'broken' : 'kept';
  } catch (thrown) {
    if (thrown instanceof FhirPathError) return 'unknown';
    throw thrown;
  }
}
