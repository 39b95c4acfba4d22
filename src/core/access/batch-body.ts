// A batch of the audit as a resource of the record, and back: a Binary that no client ever sees (AUDIT_BATCH_LABEL). Packing is its
// caller's.
import type { JsonValue, ResourceJson } from '../base/json-types.ts';
import type { Body } from '../record/store.ts';
import { batchId, type BatchName } from './audit-lines.ts';
import { AUDIT_BATCH_LABEL } from './names.ts';

/** Version 1 of the lines (specs/audit.md), packed by gzip: they are much alike. */
export const BATCH_CONTENT_TYPE = 'application/vnd.holdfast.audit-1+gzip';
const [SYSTEM = '', CODE = ''] = AUDIT_BATCH_LABEL.split('|');

/** `packed`: the batch's text, gzip, base64. */
export function batchBody(name: BatchName, packed: string): Body {
  const meta = { security: [{ system: SYSTEM, code: CODE }] };
  const resource = { resourceType: 'Binary', id: batchId(name), meta, contentType: BATCH_CONTENT_TYPE, data: packed };
  const text = JSON.stringify(resource);
  // As `authorBody` would say, without reading the text again: a read inserts before the first member of `meta`.
  return { text, splice: 2 * text.indexOf('"security"'), resource };
}

/** What `batchBody` was made of; undefined where it is no batch of this version. */
export function readBatchBody(binary: string): { readonly id: string; readonly packed: string } | undefined {
  let resource: ResourceJson;
  try {
    resource = JSON.parse(binary) as ResourceJson;
  } catch {
    return undefined;
  }
  const { id = '' } = resource;
  const data = resource['data'];
  if (resource['contentType'] !== BATCH_CONTENT_TYPE || typeof data !== 'string') return undefined;
  return isLabelled(resource['meta']) ? { id, packed: data } : undefined;
}

function isLabelled(meta: JsonValue | undefined): boolean {
  const security = typeof meta === 'object' && meta !== null && 'security' in meta ? meta.security : undefined;
  if (!Array.isArray(security)) return false;
  return (security as readonly { readonly system?: unknown; readonly code?: unknown }[]).some(
    (each) => each?.system === SYSTEM && each?.code === CODE,
  );
}
