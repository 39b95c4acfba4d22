// A conflict as FHIR: the parts of a Parameters resource that tell what differs, who wrote it, where and when.
//
//   CW4  Values are JSON text, so that no digit is lost; sides stand in the order in which they are safest to show.
import { parseJson, printJson } from '../../core/base/json.ts';
import type { Instant } from '../../core/base/ports.ts';
import type { JsonObject, JsonValue } from '../../core/base/json-types.ts';
import { COLLISION_WORDS } from '../../core/record/collision-words.ts';
import { mergeHeads } from '../../core/care/merge/merge-heads.ts';
import type { Words } from '../../core/care/merge/notes.ts';
import type { FieldConflict, Merged } from '../../core/care/merge/merged.ts';
import type { Side, Siblings } from '../../core/record/conflicts.ts';
import { instantText } from '../../core/record/body.ts';
import { installOf } from '../../core/record/scope.ts';
import { isObject } from './parameters.ts';

/** A clock that says a time this long after the revision came here was wrong. */
const AHEAD_MAX_MS = 5 * 60_000;

/** What the policies say of the sides that the reader sees. */
export const explained = ({ stored, heads, ancestors }: Siblings, words: Words): Merged =>
  mergeHeads(stored.key.type, heads, ancestors, { words });

/** A site's own words, by kind of note. */
export type ConflictWords = Words;
export const wordsFor = (resuscitation: string | undefined): Words =>
  resuscitation === undefined ? {} : { 'resuscitation-disputed': resuscitation };

/** One open conflict. `isWhole`: with the whole resource of each side. */
export function conflictPart(found: Siblings, isWhole: boolean, words: Words): JsonObject {
  const { stored, heads, hidden, since } = found;
  const { key, home, versionId, severity } = stored;
  const merged = explained(found, words);
  const order = [stored.displayed, ...merged.fields.flatMap(({ sides }) => sides.map(({ head }) => head))];
  const rank = ({ hash }: Side): number => (order.includes(hash) ? order.indexOf(hash) : order.length);
  const ordered = [...heads].sort((a, b) => rank(a) - rank(b) || (a.hash < b.hash ? -1 : 1));
  return {
    name: 'conflict',
    part: [
      ...(severity === undefined ? [] : [{ name: 'severity', valueCode: severity }]),
      { name: 'resource', valueReference: { reference: `${key.type}/${key.id}` } },
      ...(home === '' ? [] : [{ name: 'patient', valueReference: { reference: home } }]),
      { name: 'version', valueString: versionId },
      { name: 'since', valueInstant: instantText(since) },
      { name: 'policy', valueString: merged.policy },
      ...merged.notes.map(({ kind, text, heads: about }) => ({
        name: 'note',
        part: [
          { name: 'kind', valueCode: kind },
          { name: 'text', valueString: text },
          ...about.map((head) => ({ name: 'side', valueString: head })),
        ],
      })),
      ...merged.fields.map(fieldPart),
      ...ordered.map((side) => sidePart(side, side.hash === stored.displayed, isWhole)),
      ...(hidden === 0 ? [] : [{ name: 'hidden', valueInteger: hidden }]),
    ],
  };
}

/** What collides between resources. */
export interface Collided {
  readonly kind: string;
  readonly severity: string;
  readonly names: readonly string[];
  /** When it was found; absent: now. */
  readonly since?: Instant;
}
export const collisionPart = ({ kind, severity, names, since }: Collided): JsonObject => ({
  name: 'collision',
  part: [
    { name: 'severity', valueCode: severity },
    { name: 'kind', valueCode: kind },
    { name: 'text', valueString: COLLISION_WORDS[kind] ?? kind },
    ...names.map((reference) => ({ name: 'resource', valueReference: { reference } })),
    ...(since === undefined ? [] : [{ name: 'since', valueInstant: instantText(since) }]),
  ],
});

const fieldPart = ({ path, severity, base, sides, items = [] }: FieldConflict): JsonObject => ({
  name: 'field',
  part: [
    { name: 'path', valueString: path },
    { name: 'severity', valueCode: severity },
    ...items.map((item) => ({ name: 'item', valueString: item })),
    ...valuePart('base', base),
    ...sides.map(({ head, value, deleted }) => ({
      name: 'value',
      part: [
        { name: 'side', valueString: head },
        ...(deleted === true ? [{ name: 'deleted', valueBoolean: true }] : valuePart('json', value)),
      ],
    })),
  ],
});
const valuePart = (name: string, value: JsonValue | undefined): readonly JsonObject[] =>
  value === undefined ? [] : [{ name, valueString: printJson(value) }];

/** `leads`: what is shown is this side's, or is made up around it. */
function sidePart(side: Side, leads: boolean, isWhole: boolean): JsonObject {
  const { hash, kind, parents, by, authored, receivedAt, origin, text } = side;
  const { wallMs, zoneMin, skew } = authored;
  const isDoubtful = skew?.suspect === true || wallMs - receivedAt > AHEAD_MAX_MS;
  const skewMs = skew?.ms;
  return {
    name: 'side',
    part: [
      { name: 'head', valueString: hash },
      { name: 'leads', valueBoolean: leads },
      { name: 'kind', valueCode: text === undefined && kind !== 'redact' ? 'tombstone' : kind },
      ...parents.map((parent) => ({ name: 'parent', valueString: parent })),
      ...who('who', by?.practitioner),
      ...who('on-behalf-of', by?.onBehalfOf),
      ...(by?.device === undefined ? [] : [{ name: 'device', valueString: by.device }]),
      { name: 'node', valueString: installOf(origin) },
      { name: 'authored', valueInstant: instantAt(wallMs, zoneMin) },
      { name: 'received', valueInstant: instantText(receivedAt) },
      ...(isDoubtful ? [{ name: 'clock-doubtful', valueBoolean: true }] : []),
      ...(skewMs === undefined || skewMs === null || skewMs === 0
        ? []
        : [{ name: 'clock-ahead-seconds', valueDecimal: Math.round(skewMs / 1_000) }]),
      ...(isWhole ? resourcePart(text) : []),
    ],
  };
}

const who = (name: string, reference: string | undefined): readonly JsonObject[] =>
  reference === undefined
    ? []
    : [
        /^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(reference)
          ? { name, valueReference: { reference } }
          : { name, valueReference: { display: reference } },
      ];

function resourcePart(text: string | undefined): readonly JsonObject[] {
  const parsed = text === undefined ? undefined : parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed?.ok === true && isObject(parsed.value.value)
    ? [{ name: 'resource', resource: parsed.value.value }]
    : [];
}

/** By the author's own clock, with its zone. */
function instantAt(wallMs: number, zoneMin: number): string {
  if (zoneMin === 0) return instantText(wallMs);
  const [hours, minutes] = [Math.floor(Math.abs(zoneMin) / 60), Math.abs(zoneMin) % 60];
  const zone = `${zoneMin < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  return instantText(wallMs + zoneMin * 60_000).replace('Z', zone);
}
