// Both forms of patch, by the names that the engine gives them.
import type { Result } from '../../base/result.ts';
import type { Fault } from '../fault.ts';
import { applyFhirPathPatch } from './fhirpath-patch.ts';
import { applyJsonPatch } from './json-patch.ts';

/** The text of a resource and of a patch; the resource's new text, or what is wrong. */
export type Patcher = (text: string, patchText: string) => Result<string, readonly Fault[]>;

export const patchers: Readonly<Record<'json-patch' | 'fhirpath-patch', Patcher>> = {
  'json-patch': applyJsonPatch,
  'fhirpath-patch': applyFhirPathPatch,
};
