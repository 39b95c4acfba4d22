// A handover as a Composition (http://hl7.org/fhir/R4/composition.html): four sections, signed by who hands over. Pure.
//
//   WB44  A handover is a Composition of type LOINC 28651-8 with one section for each part of SBAR; attested by its author at the time of signing.
//   WB45  A later one replaces the one before and says so; what was signed is never rewritten.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { idIn, instantOf } from '../ward/stays.ts';
import { instantText } from '../ward/times.ts';
import { PARTS, plainText, type Part } from './prefill-handover.ts';

export const SBAR_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/sbar';
const TYPE = { system: 'http://loinc.org', code: '28651-8', display: 'Nurse Transfer note' };
const OWN = { system: 'https://holdfast.example/fhir/CodeSystem/note', code: 'handover', display: 'Handover (SBAR)' };
/** Section titles in the record, whatever the language of the screen. */
const TITLES: Readonly<Record<Part, string>> = {
  situation: 'Situation',
  background: 'Background',
  assessment: 'Assessment',
  recommendation: 'Recommendation',
};

export interface HandoverText {
  readonly words: string;
  /** What its lines quote: `Observation/1`. */
  readonly sources: readonly string[];
}
export interface HandoverWish {
  /** Id of the Patient. */
  readonly patient: string;
  /** Id of the Encounter. */
  readonly encounter?: string;
  readonly parts: Readonly<Record<Part, HandoverText>>;
  readonly author: { readonly who: string; readonly name: string };
  /** Id of the Composition that it replaces. */
  readonly replaces?: string;
}

/** A new Composition; parts without words have no section. */
export function handoverNote(wish: HandoverWish, now: Instant): JsonObject {
  const { patient, encounter, parts, author, replaces } = wish;
  const party = { reference: author.who, ...(author.name === '' ? {} : { display: author.name }) };
  const when = instantText(now);
  return {
    resourceType: 'Composition',
    status: 'final',
    type: { coding: [TYPE, OWN], text: 'Handover (SBAR)' },
    category: [{ coding: [OWN] }],
    subject: { reference: `Patient/${patient}` },
    ...(encounter === undefined ? {} : { encounter: { reference: `Encounter/${encounter}` } }),
    date: when,
    author: [party],
    title: 'Handover (SBAR)',
    attester: [{ mode: 'professional', time: when, party }],
    ...(replaces === undefined
      ? {}
      : { relatesTo: [{ code: 'replaces', targetReference: { reference: `Composition/${replaces}` } }] }),
    section: PARTS.flatMap((part): readonly JsonObject[] => {
      const { words, sources } = parts[part];
      if (words.trim() === '') return [];
      return [
        {
          title: TITLES[part],
          code: { coding: [{ system: SBAR_SYSTEM, code: part, display: TITLES[part] }] },
          text: { status: 'additional', div: narrative(words) },
          ...(sources.length === 0 ? {} : { entry: [...new Set(sources)].map((reference) => ({ reference })) }),
        },
      ];
    }),
  };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
function narrative(words: string): string {
  const lines = words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return `<div xmlns="http://www.w3.org/1999/xhtml">${lines.map((line) => `<p>${escaped(line)}</p>`).join('')}</div>`;
}

export interface Handover {
  readonly id: string;
  readonly patient: string;
  readonly at: Instant;
  readonly by: string;
  readonly parts: Readonly<Record<Part, string>>;
}

export const isHandover = (resource: ResourceJson): boolean =>
  resource.resourceType === 'Composition' &&
  [...codesOf(resource['type']), ...codesOf(resource['category'])].some(
    (code) => code === OWN.code || code === TYPE.code,
  );

/** Undefined: no handover, or one that was taken back. */
export function readHandover(resource: ResourceJson): Handover | undefined {
  const patient = idIn(resource['subject'], 'Patient');
  const when = instantOf(resource['date']);
  if (!isHandover(resource) || patient === undefined || when === undefined) return undefined;
  if (['entered-in-error', 'preliminary'].includes(textOf(resource['status']))) return undefined;
  const sections = itemsOf(resource['section']).filter(isObject);
  const words = (part: Part): string => {
    const own =
      sections.find((one) => codesOf(one['code']).includes(part)) ??
      sections.find((one) => textOf(one['title']) === TITLES[part]);
    return plainText(at(own as JsonValue | undefined, 'text.div'));
  };
  return {
    id: resource.id ?? '',
    patient,
    at: when,
    by: textOf(at(itemsOf(resource['author'])[0], 'display')),
    parts: {
      situation: words('situation'),
      background: words('background'),
      assessment: words('assessment'),
      recommendation: words('recommendation'),
    },
  };
}

/** The one that counts: the newest that none replaces. */
export function latestHandover(resources: readonly ResourceJson[]): Handover | undefined {
  const replaced = new Set(
    resources.filter(isHandover).flatMap((one) =>
      itemsOf(one['relatesTo'])
        .filter((each) => textOf(at(each, 'code')) === 'replaces')
        .flatMap((each) => idIn(at(each, 'targetReference'), 'Composition') ?? []),
    ),
  );
  return resources
    .flatMap((one) => readHandover(one) ?? [])
    .filter(({ id }) => !replaced.has(id))
    .toSorted((a, b) => b.at - a.at)[0];
}
