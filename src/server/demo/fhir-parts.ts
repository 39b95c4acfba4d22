// The small pieces that FHIR resources are put together from. No `undefined` ever gets into a resource.
import type { JsonObject, ResourceJson } from '../../core/base/json-types.ts';

/** Everything of ours that needs a URL hangs here: identifier systems, codes, extensions. `.example` can never be registered. */
export const BASE = 'https://holdfast.example/demo';

export const HOSPITAL_NUMBER = `${BASE}/id/hospital-number`;
export const TEMPORARY_NUMBER = `${BASE}/id/temporary-number`;
export const NATIONAL_NUMBER = `${BASE}/id/national-number`;
export const STAFF_NUMBER = `${BASE}/id/staff-number`;
export const ENCOUNTER_NUMBER = `${BASE}/id/encounter-number`;
export const MEMBER_NUMBER = `${BASE}/id/insurance-member`;
export const LABORATORY_NUMBER = `${BASE}/id/laboratory-number`;
export const STUDY_NUMBER = `${BASE}/id/imaging-accession`;
export const LOCAL_CODE = `${BASE}/codes`;
/** When a dose was due (R4 has no element for it); the time it was given stands in `effective[x]`. */
export const DUE_AT = 'https://holdfast.example/fhir/StructureDefinition/due-time';

export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
export const ATC = 'http://www.whocc.no/atc';
export const CVX = 'http://hl7.org/fhir/sid/cvx';
const V3 = 'http://terminology.hl7.org/CodeSystem/v3-';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

export type Json = JsonObject;
export type Resource = ResourceJson & { readonly id: string };

/** On every resource, so that a demonstration is never taken for a record. */
export const DEMO_TAG = {
  system: `${BASE}/tag`,
  code: 'demo',
  display: 'Demonstration data: nobody in it is real',
} as const;
const META: Json = { tag: [DEMO_TAG] };

export function resource(resourceType: string, id: string, body: Json): Resource {
  return { resourceType, id, meta: META, ...body };
}

export const coding = (system: string, code: string, display: string): Json => ({ system, code, display });
export const concept = (system: string, code: string, display: string, text = display): Json => ({
  coding: [{ system, code, display }],
  text,
});
export const snomed = (code: string, display: string, text = display): Json => concept(SNOMED, code, display, text);
export const loinc = (code: string, display: string, text = display): Json => concept(LOINC, code, display, text);
/** A code of HL7's own terminology: `hl7('observation-category', 'laboratory', 'Laboratory')`. */
export const hl7 = (table: string, code: string, display: string): Json => concept(TERMINOLOGY + table, code, display);
export const v3 = (table: string, code: string, display: string): Json => concept(V3 + table, code, display);
export const v3Coding = (table: string, code: string, display: string): Json => coding(V3 + table, code, display);
export const words = (text: string): Json => ({ text });
export const local = (code: string, display: string): Json => concept(LOCAL_CODE, code, display);

export function quantity(value: number, unit: string, code = unit): Json {
  return { value, unit, system: UCUM, code };
}
export const ref = (type: string, id: string, display?: string): Json =>
  display === undefined ? { reference: `${type}/${id}` } : { reference: `${type}/${id}`, display };
/** A reference to a resource that was made by `resource`. */
export const refTo = (target: Resource, display?: string): Json => ref(target.resourceType, target.id, display);
export const period = (start: string, end?: string): Json => (end === undefined ? { start } : { start, end });

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

const escapeXhtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Paragraphs as a narrative. */
export function narrative(paragraphs: readonly string[]): Json {
  const body = paragraphs.map((p) => `<p>${escapeXhtml(p)}</p>`).join('');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${body}</div>` };
}
