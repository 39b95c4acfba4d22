// From the path of an address to a place (http://hl7.org/fhir/R4/http.html#summary).
import { isFhirId } from '../../core/base/id.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import type { Place } from './ask.ts';
import type { Refusal } from './outcome.ts';

const TYPES: ReadonlySet<string> = new Set(definitions.resourceTypes);
const COMPARTMENTS: ReadonlySet<string> = new Set(['Patient', 'Encounter', 'Practitioner', 'RelatedPerson', 'Device']);

export const isResourceType = (name: string): boolean => TYPES.has(name);

const UNKNOWN_TYPE = err<Refusal>({ kind: 'unknown-type' });
const UNKNOWN_PATH = err<Refusal>({ kind: 'unknown-path' });
const BAD_ID = err<Refusal>({ kind: 'bad-id' });
const isOperation = (part: string): boolean => part.charCodeAt(0) === 0x24;

/** `path` is what follows the base, still percent-encoded: `/Patient/123`, or '' for the base itself. */
export function routePath(path: string): Result<Place, Refusal> {
  if (path === '' || path === '/') return ok({ kind: 'system' });
  let parts = path.split('/');
  if (path.includes('%')) {
    try {
      // Part by part: an escaped slash belongs to its part.
      parts = parts.map(decodeURIComponent);
    } catch {
      return err({ kind: 'bad-request' });
    }
  }
  if (parts[0] === '') parts.shift();
  if (parts.at(-1) === '') parts.pop();
  const [type = '', second, third, fourth] = parts;
  if (!TYPES.has(type)) return parts.length === 1 ? systemPlace(type) : UNKNOWN_TYPE;
  if (second === undefined) return ok({ kind: 'type', type });
  if (parts.length === 2) {
    if (second === '_search') return ok({ kind: 'type search', type });
    if (second === '_history') return ok({ kind: 'type history', type });
    if (isOperation(second)) return ok({ kind: 'type operation', type, operation: second });
    return isFhirId(second) ? ok({ kind: 'instance', type, id: second }) : BAD_ID;
  }
  if (!isFhirId(second)) return BAD_ID;
  const id = second;
  if (third === '_history') {
    if (parts.length === 3) return ok({ kind: 'instance history', type, id });
    if (fourth === undefined || !isFhirId(fourth)) return BAD_ID;
    if (parts.length === 4) return ok({ kind: 'version', type, id, versionId: fourth });
    const operation = parts[4] ?? '';
    if (parts.length === 5 && isOperation(operation))
      return ok({ kind: 'version operation', type, id, versionId: fourth, operation });
    return UNKNOWN_PATH;
  }
  if (third === undefined) return UNKNOWN_PATH;
  if (isOperation(third))
    return parts.length === 3 ? ok({ kind: 'instance operation', type, id, operation: third }) : UNKNOWN_PATH;
  if (!COMPARTMENTS.has(type)) return UNKNOWN_PATH;
  if (third !== '*' && !TYPES.has(third)) return UNKNOWN_TYPE;
  if (parts.length === 3) return ok({ kind: 'compartment', type, id, member: third });
  if (parts.length === 4 && fourth === '_search') return ok({ kind: 'compartment search', type, id, member: third });
  return UNKNOWN_PATH;
}

function systemPlace(part: string): Result<Place, Refusal> {
  if (part === 'metadata') return ok({ kind: 'metadata' });
  if (part === '_search') return ok({ kind: 'system search' });
  if (part === '_history') return ok({ kind: 'system history' });
  if (isOperation(part)) return ok({ kind: 'system operation', operation: part });
  return UNKNOWN_TYPE;
}
