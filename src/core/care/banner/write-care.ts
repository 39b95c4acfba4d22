// Isolation and decisions on resuscitation as they are put down and ended: the Flag that the ward sees, and the Consent behind a decision.
//
//   CH59  A decision is a Flag and a Consent in one commit, ended together; isolation is a Flag. Ending leaves them to be read, with the time.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { at, textOf } from '../merge/clinical-words.ts';
import { elementPatch } from '../summary/element-patch.ts';
import type { Recording } from './write-allergy.ts';

const SNOMED = 'http://snomed.info/sct';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';
const FLAGS = 'https://holdfast.example/fhir/CodeSystem/flag';

const flagOf = (category: JsonObject, code: JsonObject, of: Recording): ResourceJson => ({
  resourceType: 'Flag',
  status: 'active',
  category: [category],
  code,
  subject: { reference: of.subject },
  period: { start: of.at },
  ...(of.encounter === undefined ? {} : { encounter: { reference: of.encounter } }),
  author: { reference: of.recorder.who, display: of.recorder.name },
});

/** `words`: which isolation and why. Without an id. */
export const isolationFlag = (words: string, of: Recording): ResourceJson =>
  flagOf(
    { coding: [{ system: `${TERMINOLOGY}/flag-category`, code: 'safety', display: 'Safety' }] },
    { coding: [{ system: SNOMED, code: '40174006', display: 'Isolation procedure' }], text: words.trim() },
    of,
  );

export interface CodeDecision {
  readonly limits: boolean;
  /** In the words of who decides. */
  readonly words: string;
}
/** Flag and Consent of one decision, without ids; a Consent only where resuscitation is limited. */
export function decisionResources(decision: CodeDecision, of: Recording): readonly ResourceJson[] {
  const [code, display] = decision.limits ? ['304253006', 'Not for resuscitation'] : ['304252001', 'For resuscitation'];
  const flag = flagOf(
    { coding: [{ system: FLAGS, code: 'flag-resuscitation', display: 'Resuscitation' }], text: 'Resuscitation' },
    { coding: [{ system: SNOMED, code, display }], text: decision.words.trim() },
    of,
  );
  if (!decision.limits) return [flag];
  const consent: ResourceJson = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${TERMINOLOGY}/consentscope`, code: 'adr', display: 'Advanced Care Directive' }] },
    category: [
      { coding: [{ system: `${TERMINOLOGY}/consentcategorycodes`, code: 'dnr', display: 'Do Not Resuscitate' }] },
    ],
    patient: { reference: of.subject },
    dateTime: of.at,
    performer: [{ reference: of.recorder.who, display: of.recorder.name }],
    policyRule: { text: decision.words.trim() },
    provision: { type: 'deny', code: [{ text: 'Cardiopulmonary resuscitation' }] },
  };
  return [flag, consent];
}

/** JSON Patch that ends a Flag or a Consent at `at`. */
export function endOf(body: ResourceJson, of: Recording): readonly JsonObject[] {
  if (body.resourceType === 'Consent') return elementPatch(body, { status: 'inactive' });
  const start = textOf(at(body, 'period.start'));
  return elementPatch(body, { status: 'inactive', period: { ...(start === '' ? {} : { start }), end: of.at } });
}
