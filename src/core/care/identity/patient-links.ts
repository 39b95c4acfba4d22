// Which records are of one person, as `Patient.link` says it (http://hl7.org/fhir/R4/patient.html#links). Pure.
//
//   ID20  Nothing is moved or rewritten: what is one person's is found through the links whenever it is asked for.
//   ID21  Links that contradict each other still join the records; who is shown is then the lowest id, the same at every node.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';

export interface LinksOfPatient {
  readonly id: string;
  /** Ids of patients: this record was given up for them. */
  readonly replacedBy: readonly string[];
  /** Ids of patients that were given up for this one. */
  readonly replaces: readonly string[];
}
/** What people must decide. */
export type LinkFault =
  /** One record was given up for several others. */
  | { readonly kind: 'competing'; readonly id: string; readonly survivors: readonly string[] }
  /** Each is given up for another in turn. */
  | { readonly kind: 'circle'; readonly ids: readonly string[] };

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function linksOf(patient: ResourceJson): LinksOfPatient {
  const of = (type: string): readonly string[] => [
    ...new Set(
      linkEntries(patient)
        .filter((link) => link['type'] === type)
        .flatMap((link) => patientId(link['other']) ?? []),
    ),
  ];
  return { id: patient.id ?? '', replacedBy: of('replaced-by'), replaces: of('replaces') };
}

const linkEntries = (patient: JsonObject): readonly JsonObject[] => {
  const links = patient['link'];
  return Array.isArray(links) ? links.filter(isObject) : [];
};

function patientId(other: JsonValue | undefined): string | undefined {
  const reference = isObject(other) ? other['reference'] : undefined;
  return typeof reference === 'string' ? /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1] : undefined;
}

/** Where in `patient.link` the links of `type` to `other` stand, from the last to the first. */
export const placesOfLink = (patient: JsonObject, type: 'replaces' | 'replaced-by', other: string): readonly number[] =>
  linkEntries(patient)
    .map((link, at) => (link['type'] === type && patientId(link['other']) === other ? at : -1))
    .filter((at) => at >= 0)
    .toReversed();

/** All ids that `links` names. */
export const neighboursOf = ({ replacedBy, replaces }: LinksOfPatient): readonly string[] => [
  ...new Set([...replacedBy, ...replaces]),
];

/** `given up -> for whom`, over all links of `records`, whichever side they stand on. */
function arrows(records: readonly LinksOfPatient[]): ReadonlyMap<string, ReadonlySet<string>> {
  const to = new Map<string, Set<string>>();
  const arrow = (from: string, into: string): void => {
    if (from === into) return;
    const known = to.get(from);
    if (known === undefined) to.set(from, new Set([into]));
    else known.add(into);
  };
  for (const { id, replacedBy, replaces } of records) {
    for (const other of replacedBy) arrow(id, other);
    for (const other of replaces) arrow(other, id);
  }
  return to;
}

/** Which of the records that are of one person is shown: the one that the others were given up for, else the lowest id. */
export function survivorOf(records: readonly LinksOfPatient[]): string | undefined {
  const to = arrows(records);
  const ids = records.map(({ id }) => id).toSorted();
  const ends = ids.filter((id) => !to.has(id));
  return ends.length === 1 && faultsOf(records).length === 0 ? ends[0] : ids[0];
}

/** In the order of ids. [] where the links of one person's records agree. */
export function faultsOf(records: readonly LinksOfPatient[]): readonly LinkFault[] {
  const to = arrows(records);
  const faults: LinkFault[] = [];
  for (const id of [...to.keys()].toSorted()) {
    const survivors = [...(to.get(id) ?? [])].toSorted();
    if (survivors.length > 1) faults.push({ kind: 'competing', id, survivors });
  }
  const circle = [...to.keys()].filter((id) => reaches(id, id, to)).toSorted();
  if (circle.length > 0) faults.push({ kind: 'circle', ids: circle });
  return faults;
}

function reaches(from: string, target: string, to: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>();
  const next = [...(to.get(from) ?? [])];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (id === target) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    next.push(...(to.get(id) ?? []));
  }
  return false;
}

/** Why `source` may not be given up for `target`, in words; undefined: it may. `records`: all that are of either person. */
export function mergeFault(source: string, target: string, records: readonly LinksOfPatient[]): string | undefined {
  if (source === target) return 'A record is not merged into itself.';
  const to = arrows(records);
  const before = to.get(source);
  if (before?.has(target) === true) return 'These two are merged already.';
  if (before !== undefined)
    return 'The source was merged into another record before: undo that first, or merge its survivor.';
  if (to.has(target)) return 'The target was itself merged into another record: merge into that one.';
  if (reaches(target, source, to)) return 'The target was merged into the source: undo that first.';
  return undefined;
}
