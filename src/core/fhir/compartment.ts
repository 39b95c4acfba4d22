// Which patient a resource is of (http://hl7.org/fhir/R4/compartmentdefinition-patient.html; architecture 4 and 10).
import type { ResourceJson } from '../base/json-types.ts';
import { Bug } from '../base/assert.ts';
import type { ExtractOptions } from './search/extract.ts';

/** `Patient/123`, or '' for a resource of no patient. A Patient's home is itself. Deterministic. */
export function homeCompartment(resource: ResourceJson, options?: ExtractOptions): string {
  throw new Bug(`home of ${resource.resourceType} with ${options?.baseUrls?.length ?? 0} bases is on its way`);
}

/**
 * The reference parameters of `type` that decide the home alone: every resource of `type` that a search by one of them
 * for `Patient/x` finds has the home `Patient/x`, so that a planner may restrict the search to that compartment.
 */
export function homeParams(type: string): readonly string[] {
  throw new Bug(`home params of ${type} are on their way`);
}

/** Every compartment that `resource` is a member of, itself included, as `Patient/1`, `Encounter/2`, `Device/3` …, sorted. */
export function compartmentMembership(resource: ResourceJson, options?: ExtractOptions): readonly string[] {
  throw new Bug(`membership of ${resource.resourceType} with ${options?.baseUrls?.length ?? 0} bases is on its way`);
}
