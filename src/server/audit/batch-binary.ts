// A batch of the trail as a resource of the record, and back, packed by this platform (`core/access/batch-body.ts`).
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { decodeBatch, readBatchId, type Batch, type BatchName } from '../../core/access/audit-lines.ts';
import { batchBody, readBatchBody } from '../../core/access/batch-body.ts';
import type { Body } from '../../core/record/store.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const UNPACKED_BYTES_MAX = 64_000_000;

/** The body to keep of a batch's text. */
export async function packBatch(name: BatchName, batch: string): Promise<Body> {
  // The lowest level: lines are much alike, and this is most of what a read's audit costs.
  const packed = await zip(batch, { level: 1 });
  return batchBody(name, packed.toString('base64'));
}

export interface Unpacked {
  readonly batch: Batch;
  /** What its hash is taken of. */
  readonly text: string;
}

/** The batch that a stored Binary holds; undefined where it is none of this version, or not that of its id. */
export async function unpackBatch(binary: string): Promise<Unpacked | undefined> {
  const body = readBatchBody(binary);
  if (body === undefined) return undefined;
  let text: string;
  try {
    text = (await unzip(Buffer.from(body.packed, 'base64'), { maxOutputLength: UNPACKED_BYTES_MAX })).toString('utf8');
  } catch {
    return undefined;
  }
  const batch = decodeBatch(text);
  const name = readBatchId(body.id);
  if (!batch.ok || name?.journal !== batch.value.journal || name.number !== batch.value.number) return undefined;
  return name.position === undefined ? { batch: batch.value, text } : undefined;
}
