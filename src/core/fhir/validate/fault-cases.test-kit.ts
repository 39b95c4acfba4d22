// What the tables of faults are made of: a case a line, and the smallest resources to plant a fault in.
import type { JsonObject } from '../../base/json-types.ts';

export type Case = readonly [title: string, value: JsonObject, path: string, rule: string];
export type Section = readonly [rule: string, cases: readonly Case[]];

export const patient = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', ...more });
export const observation = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...more,
});
export const condition = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/1' },
  ...more,
});
export const bundle = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Bundle', type: 'collection', ...more });
export const structure = (more: JsonObject): JsonObject => ({
  resourceType: 'StructureDefinition',
  url: 'http://x.org/y',
  name: 'Y',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  ...more,
});
export const div = (inner: string): JsonObject =>
  patient({ text: { status: 'generated', div: `<div>${inner}</div>` } });
export const own = (text: string): JsonObject => JSON.parse(text) as JsonObject;
export const deep = (levels: number): JsonObject => {
  let item: JsonObject = { linkId: 'x', type: 'group' };
  for (let at = 0; at < levels; at++) item = { linkId: `${at}`, type: 'group', item: [item] };
  return { resourceType: 'Questionnaire', status: 'draft', item: [item] };
};
