// A batch of the trail as a resource of the record, and back: a Binary that no client ever sees (AUDIT_BATCH_LABEL).
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { batchId, decodeBatch, readBatchId, type Batch, type BatchName } from '../../core/access/audit-lines.ts';
import { AUDIT_BATCH_LABEL } from '../../core/access/names.ts';
import type { Body } from '../../core/record/store.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';

/** Version 1 of the lines (specs/audit.md), packed by gzip: they are much alike. */
export const BATCH_CONTENT_TYPE = 'application/vnd.holdfast.audit-1+gzip';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const [SYSTEM = '', CODE = ''] = AUDIT_BATCH_LABEL.split('|');
const UNPACKED_BYTES_MAX = 64_000_000;

/** The body to keep of a batch's text. */
export async function packBatch(name: BatchName, batch: string): Promise<Body> {
  // The lowest level: lines are much alike, and this is most of what a read's audit costs.
  const packed = await zip(batch, { level: 1 });
  const id = batchId(name);
  const meta = { security: [{ system: SYSTEM, code: CODE }] };
  const data = packed.toString('base64');
  const text = JSON.stringify({ resourceType: 'Binary', id, meta, contentType: BATCH_CONTENT_TYPE, data });
  // As `authorBody` would say, without reading the text again: a read inserts before the first member of `meta`.
  const splice = 2 * text.indexOf('"security"');
  return { text, splice, resource: { resourceType: 'Binary', id, meta, contentType: BATCH_CONTENT_TYPE, data } };
}

export interface Unpacked {
  readonly batch: Batch;
  /** What its hash is taken of. */
  readonly text: string;
}

/** The batch that a stored Binary holds; undefined where it is none of this version, or not that of its id. */
export async function unpackBatch(binary: string): Promise<Unpacked | undefined> {
  let resource: ResourceJson & { readonly meta?: unknown; readonly data?: unknown };
  try {
    resource = JSON.parse(binary);
  } catch {
    return undefined;
  }
  const { id = '', data, contentType } = resource;
  if (contentType !== BATCH_CONTENT_TYPE || typeof data !== 'string' || !isLabelled(resource)) return undefined;
  let text: string;
  try {
    text = (await unzip(Buffer.from(data, 'base64'), { maxOutputLength: UNPACKED_BYTES_MAX })).toString('utf8');
  } catch {
    return undefined;
  }
  const batch = decodeBatch(text);
  const name = readBatchId(id);
  if (!batch.ok || name?.journal !== batch.value.journal || name.number !== batch.value.number) return undefined;
  return name.position === undefined ? { batch: batch.value, text } : undefined;
}

function isLabelled({ meta }: { readonly meta?: unknown }): boolean {
  const security = typeof meta === 'object' && meta !== null && 'security' in meta ? meta.security : undefined;
  return Array.isArray(security) && security.some((each) => each?.system === SYSTEM && each?.code === CODE);
}
