// JSON Patch that signs a note which was kept unsigned: by its author, at that time.
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import type { Recording } from '../../../core/care/banner/write-allergy.ts';
import { elementPatch } from '../../../core/care/summary/element-patch.ts';

export function signPatch(body: ResourceJson, of: Recording): readonly JsonObject[] {
  if (body.resourceType === 'DocumentReference') return elementPatch(body, { docStatus: 'final' });
  return elementPatch(body, {
    status: 'final',
    attester: [{ mode: 'legal', time: of.at, party: { reference: of.recorder.who, display: of.recorder.name } }],
  });
}
