// Wards and their beds, as Locations tell them (http://hl7.org/fhir/R4/location.html). Pure.
//
//   WB2  Beds stand in the order of their numbers, not of their letters; rooms and bays between ward and bed do not count.
import type { ResourceJson } from '../../base/json-types.ts';
import { codesOf, textOf } from '../merge/clinical-words.ts';
import { idIn } from './stays.ts';

export interface Bed {
  /** `Location/1`. */
  readonly place: string;
  /** Without the name of the ward before it: `Bay 1 bed 2`. */
  readonly label: string;
  /** Closed, or in cleaning: nobody is put into it. */
  readonly isClosed: boolean;
}
export interface WardPlace {
  /** `Location/1`. */
  readonly place: string;
  readonly name: string;
  readonly beds: readonly Bed[];
  /** `Organization/1` that runs it. */
  readonly organization?: string;
}

const typeOf = (location: ResourceJson): readonly string[] => codesOf(location['physicalType']);
const nameOf = (location: ResourceJson): string => textOf(location['name']);
const CLOSED: ReadonlySet<string> = new Set(['C', 'H', 'I', 'K']);

/** Wards in the order of their names; a place is a ward where it says so, or where beds stand in it directly. */
export function wardsOf(locations: readonly ResourceJson[]): readonly WardPlace[] {
  const byId = new Map(locations.map((location) => [location.id ?? '', location]));
  const wards = new Map<string, Bed[]>();
  const isGone = (location: ResourceJson): boolean => location['status'] === 'inactive';
  for (const location of locations)
    if (typeOf(location).includes('wa') && !isGone(location)) wards.set(location.id ?? '', []);
  for (const location of locations) {
    if (!typeOf(location).includes('bd') || isGone(location)) continue;
    const ward = wardAbove(location, byId, wards);
    if (ward === undefined) continue;
    const name = nameOf(byId.get(ward) ?? location);
    const beds = wards.get(ward) ?? [];
    wards.set(ward, beds);
    beds.push({
      place: `Location/${location.id ?? ''}`,
      label: labelOf(nameOf(location), name),
      isClosed:
        location['status'] === 'suspended' || codesOf(location['operationalStatus']).some((code) => CLOSED.has(code)),
    });
  }
  return [...wards]
    .map(([id, beds]) => {
      const location = byId.get(id);
      const organization = idIn(location?.['managingOrganization'], 'Organization');
      return {
        place: `Location/${id}`,
        name: location === undefined ? '' : nameOf(location),
        beds: beds.toSorted((a, b) => inOrder(a.label, b.label) || (a.place < b.place ? -1 : 1)),
        ...(organization === undefined ? {} : { organization: `Organization/${organization}` }),
      };
    })
    .toSorted((a, b) => inOrder(a.name, b.name));
}

function wardAbove(
  bed: ResourceJson,
  byId: ReadonlyMap<string, ResourceJson>,
  wards: ReadonlyMap<string, unknown>,
): string | undefined {
  const seen = new Set<string>();
  const direct = idIn(bed['partOf'], 'Location');
  for (let id = direct; id !== undefined && !seen.has(id); id = idIn(byId.get(id)?.['partOf'], 'Location')) {
    if (wards.has(id)) return id;
    seen.add(id);
  }
  return direct;
}

function labelOf(name: string, ward: string): string {
  const rest = name.startsWith(ward) && ward !== '' ? name.slice(ward.length).replace(/^[\s,:–-]+/, '') : name;
  return rest === '' ? name : `${rest.charAt(0).toUpperCase()}${rest.slice(1)}`;
}

/** `Bed 2` before `Bed 10`. */
export function inOrder(a: string, b: string): number {
  const [one, other] = [piecesOf(a), piecesOf(b)];
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [x, y] = [one[i], other[i]];
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? -1 : 1;
    if (x === y) continue;
    const [m, n] = [Number(x), Number(y)];
    if (Number.isNaN(m) || Number.isNaN(n)) return x < y ? -1 : 1;
    if (m !== n) return m - n;
  }
  return 0;
}
const piecesOf = (text: string): readonly string[] => text.toLowerCase().match(/\d+|\D+/g) ?? [];

/** The ward that a bed, or the ward itself, is of. */
export const wardOfPlace = (wards: readonly WardPlace[], place: string): WardPlace | undefined =>
  wards.find((ward) => ward.place === place || ward.beds.some((bed) => bed.place === place));
export const bedOfPlace = (wards: readonly WardPlace[], place: string): Bed | undefined =>
  wards.flatMap(({ beds }) => beds).find((bed) => bed.place === place);
