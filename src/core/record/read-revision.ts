// What a revision from elsewhere says, or why it is not read: then it is carried, byte for byte, and is no part of its resource.
//
//   RS34  Every store reads the same revisions: two nodes that hold the same show the same.
import { parseJson } from '../base/json.ts';
import type { JsonObject, JsonValue } from '../base/json-types.ts';
import { isWellFormed } from '../base/utf8.ts';
import { authorBody } from './body.ts';
import { decodeRevision, type RevisionHeader } from './envelope.ts';
import type { Body } from './store.ts';

/**
 * `unread-header`: of a later version, or none. `unread-body`: no JSON, or what no store could keep and find again. `other-body`: a
 * body that is not that of the header, or one where the kind has none.
 */
export type UnreadReason = 'unread-header' | 'unread-body' | 'other-body';
export type ReadRevision =
  | { readonly read: true; readonly header: RevisionHeader; readonly body: Body | undefined }
  | { readonly read: false; readonly reason: UnreadReason };

/**
 * Grows with every change of what is read here, of where a body is spliced, or of whose a resource is: what was written down of a
 * revision under another number is not taken for granted.
 */
export const READING = 1;

/** Bodies are read as deep as anything that was ever accepted. */
const DEPTH_MAX = 1_000;

export function readRevision(header: string, text: string | undefined): ReadRevision {
  const decoded = decodeRevision(header);
  if (!decoded.ok) return unread('unread-header');
  const { type, id, kind } = decoded.value;
  const hasBody = kind === 'put' || kind === 'resolve';
  if ((text !== undefined) !== hasBody) return unread('other-body');
  if (text === undefined) return { read: true, header: decoded.value, body: undefined };
  // U+0000, written out or escaped, is in no resource, and what has it cannot be indexed everywhere.
  if (text.includes('\0') || text.includes(String.raw`\u0000`) || !isWellFormed(text)) return unread('unread-body');
  const parsed = parseJson(text, { depthMax: DEPTH_MAX });
  if (!parsed.ok) return unread('unread-body');
  const { value } = parsed.value;
  if (!isObject(value) || value['resourceType'] !== type || value['id'] !== id) return unread('other-body');
  if (value['meta'] !== undefined && !isObject(value['meta'])) return unread('other-body');
  const body = authorBody(text, parsed.value, id);
  // An authored body has neither `meta.versionId` nor `meta.lastUpdated`.
  return body.text === text ? { read: true, header: decoded.value, body } : unread('other-body');
}

const unread = (reason: UnreadReason): ReadRevision => ({ read: false, reason });
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
