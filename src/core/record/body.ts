// The authored body: the resource's text as it came, but for three things that are not the author's to say.
//
// Invariants (specs/envelope.md)
//   EV11  Only `id`, `meta.versionId` and `meta.lastUpdated` are touched; every other byte stays.
//   EV12  Where a member is cut, and when `meta` goes with it.
//   EV13  A read inserts the two; authoring what a read gave gives back the stored body.
//   EV14  splice = 2 × offset + kind.
//
// Reads never parse: the place to insert is found once, when the body is authored.
import { assert } from '../base/assert.ts';
import { isFhirId } from '../base/id.ts';
import type { MemberSpan, ParsedJson } from '../base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import type { Instant } from '../base/ports.ts';
import type { Body } from './store.ts';

const IN_META = 0;
const NEW_META = 1;

/** A part of the text that goes, and what comes in its place. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

/**
 * The body to keep of `text`, which `parsed` was read from, under `id`.
 * `text` must be a valid resource: an object with `resourceType`, and `meta` absent or an object.
 */
export function authorBody(text: string, parsed: ParsedJson, id: string): Body {
  assert(isFhirId(id), 'a body is authored under a legal id');
  const value = parsed.value;
  assert(isObject(value) && typeof value['resourceType'] === 'string', 'a body is authored of a resource');
  const meta = value['meta'];
  assert(meta === undefined || isObject(meta), 'meta is an object where it stands');

  const idSpan = parsed.members.find((m) => m.name === 'id');
  const idEdit = value['id'] === id ? undefined : editOfId(parsed, idSpan, id);
  const metaEdits = editsOfMeta(parsed);
  const edits = idEdit ? [idEdit, ...metaEdits.edits] : metaEdits.edits;
  const ordered = edits.length > 1 ? [...edits].sort((a, b) => a.from - b.from) : edits;

  const kept = metaEdits.firstKept;
  const idEnd = (idEdit ? idEdit.to : idSpan?.valueEnd) ?? 0;
  // The id's own edit ends where its value ends in the new text; an edit of meta that begins there comes after it.
  const offset =
    kept === undefined
      ? shifted(ordered, idEnd, idEdit?.from === idEdit?.to ? idEdit : undefined)
      : shifted(ordered, kept, undefined);
  return {
    text: applied(text, ordered),
    splice: offset * 2 + (kept === undefined ? NEW_META : IN_META),
    resource: ordered.length === 0 ? (value as ResourceJson) : edited(value, id, meta, kept !== undefined),
  };
}

/** The text that a read answers: the body with `meta.versionId` and `meta.lastUpdated`. */
export function renderStored(stored: {
  readonly text: string;
  readonly splice: number;
  readonly versionId: string;
  readonly lastUpdatedAt: Instant;
}): string {
  const { text, splice } = stored;
  const offset = splice >>> 1;
  const two = `"versionId":"${stored.versionId}","lastUpdated":"${instantText(stored.lastUpdatedAt)}"`;
  return (splice & 1) === NEW_META
    ? `${text.slice(0, offset)},"meta":{${two}}${text.slice(offset)}`
    : `${text.slice(0, offset)}${two},${text.slice(offset)}`;
}

/** `2024-02-29T12:00:00.000Z`. */
export const instantText = (at: Instant): string => new Date(at).toISOString();

function editOfId(parsed: ParsedJson, idSpan: MemberSpan | undefined, id: string): Edit {
  if (idSpan) return { from: idSpan.valueStart, to: idSpan.valueEnd, put: `"${id}"` };
  const type = parsed.members.find((m) => m.name === 'resourceType');
  assert(type !== undefined, 'a body is authored of a resource');
  return { from: type.valueEnd, to: type.valueEnd, put: `,"id":"${id}"` };
}

/** What goes of `meta`, and where in the old text the first member that stays begins (undefined: none stays). */
function editsOfMeta(parsed: ParsedJson): { edits: readonly Edit[]; firstKept: number | undefined } {
  const at = parsed.members.findIndex((m) => m.name === 'meta');
  if (at < 0) return { edits: [], firstKept: undefined };
  const inside = parsed.metaMembers;
  const firstKept = inside.find((m) => !isOurs(m));
  if (firstKept === undefined) return { edits: [cut(parsed.members, at)], firstKept: undefined };
  const edits: Edit[] = [];
  for (let i = 0; i < inside.length; i++) {
    const member = inside[i];
    if (member === undefined || !isOurs(member)) continue;
    // Two of ours that end the list are cut together, from the last that stays.
    let last = i;
    while (last + 1 < inside.length && isOurs(inside[last + 1])) last++;
    const next = inside[last + 1];
    const before = inside[i - 1];
    if (next) edits.push({ from: member.nameStart, to: next.nameStart, put: '' });
    else if (before) edits.push({ from: before.valueEnd, to: inside[last]?.valueEnd ?? 0, put: '' });
    i = last;
  }
  return { edits, firstKept: firstKept.nameStart };
}

/** A resource has `resourceType` at least, so a neighbour there is. */
function cut(members: readonly MemberSpan[], at: number): Edit {
  const member = members[at];
  const before = members[at - 1];
  const next = members[at + 1];
  assert(member !== undefined && (before !== undefined || next !== undefined), 'meta stands beside resourceType');
  if (before) return { from: before.valueEnd, to: member.valueEnd, put: '' };
  return { from: member.nameStart, to: next?.nameStart ?? member.valueEnd, put: '' };
}

const isOurs = (member: MemberSpan | undefined): boolean =>
  member?.name === 'versionId' || member?.name === 'lastUpdated';

/** `edits` in order and apart from each other. */
function applied(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const { from, to, put } of edits) {
    out += text.slice(at, from) + put;
    at = to;
  }
  return at === 0 ? text : out + text.slice(at);
}

/** Where the old offset `at` stands in the edited text. `including`: an insertion at `at` itself that counts as before it. */
function shifted(edits: readonly Edit[], at: number, including: Edit | undefined): number {
  let moved = at;
  for (const edit of edits) {
    const isBefore = edit.from === edit.to ? edit === including || edit.from < at : edit.to <= at;
    if (isBefore) moved += edit.put.length - (edit.to - edit.from);
  }
  return moved;
}

/** The parsed value as parsing the edited text would give it, but for the order of members. */
function edited(value: JsonObject, id: string, meta: JsonValue | undefined, keepsMeta: boolean): ResourceJson {
  const copy: Record<string, JsonValue | undefined> = { ...value, id };
  if (keepsMeta && isObject(meta)) {
    const { versionId: _versionId, lastUpdated: _lastUpdated, ...rest } = meta;
    copy['meta'] = rest;
  } else delete copy['meta'];
  return copy as unknown as ResourceJson;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
