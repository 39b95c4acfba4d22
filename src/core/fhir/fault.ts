// What is wrong with input, as values. The REST rim turns a list of faults into one OperationOutcome.

/** http://hl7.org/fhir/R4/valueset-issue-type.html, the codes that we use. */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'too-long'
  | 'not-found'
  | 'deleted'
  | 'duplicate'
  | 'multiple-matches'
  | 'conflict'
  | 'not-supported'
  | 'business-rule'
  | 'forbidden'
  | 'login'
  | 'suppressed'
  | 'security'
  | 'processing'
  | 'throttled'
  | 'transient'
  | 'timeout'
  | 'incomplete'
  | 'exception'
  | 'informational';

export interface Fault {
  readonly severity: 'error' | 'warning' | 'information';
  readonly type: IssueType;
  /** The element, as FHIRPath: `Patient.contact[0].name`. Never holds a value of the resource. */
  readonly path: string;
  /** The rule that was broken: an invariant's key (`per-1`), or a short id of ours (`cardinality-max`). */
  readonly rule: string;
  /** One sentence for a person: what is wrong and what to do. Holds no patient data. */
  readonly message: string;
  /** The page of the standard that says so. */
  readonly spec: string;
}
