// What the banner says of allergies: one of the four titles of the NHS CUI (PAB-0064 to PAB-0072), and how far it may be believed.
//
//   CH4  Known allergies | No known allergies | Allergies not recorded | Allergies unavailable: exactly one, and the last only
//        where there is no copy at all (CR1).
//   CH5  A stale or incomplete copy shows every allergy that it knows, as of when; a stale denial is not confirmed since then (CR1).
//   CH6  Unverified and disputed entries count, and say that they are (CR3). Refuted ones and errors do not.
//   CH7  A denial beside an allergy says nothing; a denial of one kind ("no known drug allergy") is no denial of all.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { at, codesOf, deniesAllergy, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

/** What is shown of a resource, as screens have it. */
export interface Entry {
  readonly resource: ResourceJson;
  readonly conflict: boolean;
}
export type AllergyTitle = 'known' | 'none-known' | 'not-recorded' | 'unavailable';
export interface AllergyLine {
  /** `AllergyIntolerance/1` */
  readonly name: string;
  /** As its author named it. */
  readonly substance: string;
  readonly reactions: readonly string[];
  readonly criticality: 'high' | 'low' | 'unable-to-assess' | 'not-said';
  /** The worst of its reactions. */
  readonly severity?: 'mild' | 'moderate' | 'severe';
  /** Not confirmed by anybody (CR3). */
  readonly isUnverified: boolean;
  readonly isDisputed: boolean;
  readonly isIntolerance: boolean;
}
export interface AllergySection {
  readonly title: AllergyTitle;
  /** The gravest first, then by name. */
  readonly lines: readonly AllergyLine[];
  /** "No known drug allergy": statements of one kind, said beside and never as the title. */
  readonly partDenials: readonly string[];
  /** may-be-incomplete: what is known stands, more may exist. not-confirmed: the denial is old. */
  readonly caveat?: 'may-be-incomplete' | 'not-confirmed';
  /** With `caveat`: since when; absent where this device never heard from a site. */
  readonly since?: Instant;
}

/** SNOMED CT and HL7 IPS codes that deny every allergy. */
const DENIES_ALL: ReadonlySet<string> = new Set(['716186003', '160244002', 'no-known-allergies']);
/** Words of a denial that is not coded, of one kind alone. */
const ONE_KIND = /drug|medic|food|latex|environment|animal|insect|\bnkda\b/i;
const ENDED: ReadonlySet<string> = new Set(['inactive', 'resolved']);
const WITHDRAWN: ReadonlySet<string> = new Set(['refuted', 'entered-in-error']);
const RANK = { high: 0, 'unable-to-assess': 1, 'not-said': 2, low: 3 } as const;
const SEVERITIES = ['severe', 'moderate', 'mild'] as const;

/** In words, as the author chose them; '' where nothing is named. */
export function conceptWords(value: JsonObject[string]): string {
  if (!isObject(value)) return '';
  const text = textOf(value['text']);
  if (text !== '') return text;
  const displays = itemsOf(value['coding']).map((coding) => textOf(at(coding, 'display')));
  return displays.find((display) => display !== '') ?? codesOf(value).find((code) => code !== '') ?? '';
}

/** Counts in checks and stands in the banner: neither ended nor withdrawn. */
export function isLiveAllergy(body: ResourceJson): boolean {
  return (
    body.resourceType === 'AllergyIntolerance' &&
    !codesOf(body['verificationStatus']).some((code) => WITHDRAWN.has(code)) &&
    !codesOf(body['clinicalStatus']).some((code) => ENDED.has(code))
  );
}
/** Denies every allergy, now. */
export function isLiveDenial(body: ResourceJson): boolean {
  return isLiveAllergy(body) && deniesAllergy(body) && !isPartDenial(body);
}
function isPartDenial(body: ResourceJson): boolean {
  const codes = codesOf(body['code']).filter((code) => code !== '');
  return codes.length > 0 ? !codes.some((code) => DENIES_ALL.has(code)) : ONE_KIND.test(conceptWords(body['code']));
}

/** How an allergy reads. `entry` is no denial. */
export function allergyLine({ resource, conflict }: Entry): AllergyLine {
  const criticality = textOf(resource['criticality']);
  const reactions = itemsOf(resource['reaction']);
  const severities = reactions.map((one) => textOf(at(one, 'severity')));
  const severity = SEVERITIES.find((each) => severities.includes(each));
  return {
    name: `AllergyIntolerance/${resource.id ?? ''}`,
    substance: conceptWords(resource['code']),
    reactions: [
      ...new Set(
        reactions.flatMap((one) => itemsOf(at(one, 'manifestation')).map((each) => conceptWords(each))).filter(Boolean),
      ),
    ],
    criticality:
      criticality === 'high' || criticality === 'low' || criticality === 'unable-to-assess' ? criticality : 'not-said',
    ...(severity === undefined ? {} : { severity }),
    isUnverified: !codesOf(resource['verificationStatus']).includes('confirmed'),
    isDisputed: conflict,
    isIntolerance: textOf(resource['type']) === 'intolerance',
  };
}

export interface Copy {
  readonly held: 'whole' | 'filling' | 'identity' | 'unknown';
  readonly asOf?: Instant;
  readonly isStale: boolean;
}

/** What the banner says. `entries` may hold resources of any type. */
export function allergySection(entries: readonly Entry[], copy: Copy): AllergySection {
  const live = entries.filter(({ resource }) => isLiveAllergy(resource));
  const known = live.filter(({ resource }) => !deniesAllergy(resource));
  // A denial that two sides do not agree on denies nothing.
  const denied = live.some(({ resource, conflict }) => !conflict && isLiveDenial(resource));
  const partDenials = live
    .filter(({ resource }) => deniesAllergy(resource) && isPartDenial(resource))
    .map(({ resource }) => conceptWords(resource['code']));
  const lines = known.map(allergyLine).sort(graver);
  // While it fills, what says nothing of allergies has not come: of them there is no copy yet.
  const hasNone = copy.held === 'unknown' || (copy.held === 'filling' && lines.length === 0 && !denied);
  const title: AllergyTitle =
    lines.length > 0 ? 'known' : hasNone ? 'unavailable' : denied ? 'none-known' : 'not-recorded';
  const isPart = copy.isStale || copy.held === 'filling' || copy.held === 'unknown';
  if (!isPart || title === 'unavailable') return { title, lines, partDenials };
  return {
    title,
    lines,
    partDenials,
    caveat: title === 'none-known' ? 'not-confirmed' : 'may-be-incomplete',
    ...(copy.asOf === undefined ? {} : { since: copy.asOf }),
  };
}

function graver(a: AllergyLine, b: AllergyLine): number {
  const bySeverity = Number(b.severity === 'severe') - Number(a.severity === 'severe');
  return RANK[a.criticality] - RANK[b.criticality] || bySeverity || (a.substance < b.substance ? -1 : 1);
}
