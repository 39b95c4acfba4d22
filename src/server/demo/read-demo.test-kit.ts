// A whole demo hospital in memory, and ways to ask it questions as a clinician would.
import type { JsonValue } from '../../core/base/json-types.ts';
import { SNOMED, type Resource } from './fhir-parts.ts';
import { generateDemo, type DemoBatch, type DemoOptions } from './generate-demo.ts';

/** A Wednesday afternoon, and a Sunday night at ten past two. */
export const AFTERNOON = Date.UTC(2026, 2, 11, 14, 20);
export const NIGHT = Date.UTC(2026, 5, 7, 2, 10);

/** Walks into a value: `at(r, 'code', 'coding', 0, 'code')`. */
export function at(value: unknown, ...path: readonly (string | number)[]): JsonValue | undefined {
  let here: unknown = value;
  for (const step of path)
    here = typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[step] : undefined;
  return here as JsonValue | undefined;
}
export const text = (value: unknown, ...path: readonly (string | number)[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};
export const list = (value: unknown, ...path: readonly (string | number)[]): readonly JsonValue[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly JsonValue[]) : [];
};
export const amount = (value: unknown, ...path: readonly (string | number)[]): number => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : Number.NaN;
};
export const time = (value: unknown, ...path: readonly (string | number)[]): number => Date.parse(text(value, ...path));
export const code = (r: unknown): string => text(r, 'code', 'coding', 0, 'code');

export interface Demo {
  readonly now: number;
  readonly batches: readonly DemoBatch[];
  readonly all: readonly Resource[];
  of(type: string): readonly Resource[];
  get(reference: string): Resource | undefined;
  /** Resources about a patient, by `subject` or `patient`. */
  about(patient: string, type: string): readonly Resource[];
  readonly patients: readonly Resource[];
}
export function readDemo(options: DemoOptions): Demo {
  const batches = [...generateDemo(options)];
  const all = batches.flatMap((b) => b.resources);
  const byType = new Map<string, Resource[]>();
  const byReference = new Map<string, Resource>();
  const byPatient = new Map<string, Resource[]>();
  const push = (map: Map<string, Resource[]>, key: string, r: Resource): void => {
    const there = map.get(key);
    if (there === undefined) map.set(key, [r]);
    else there.push(r);
  };
  for (const r of all) {
    push(byType, r.resourceType, r);
    byReference.set(`${r.resourceType}/${r.id}`, r);
    const who = text(r, 'subject', 'reference') || text(r, 'patient', 'reference');
    push(byPatient, `${who.slice('Patient/'.length)} ${r.resourceType}`, r);
  }
  return {
    now: options.now,
    batches,
    all,
    of: (type) => byType.get(type) ?? [],
    get: (reference) => byReference.get(reference),
    about: (patient, type) => byPatient.get(`${patient} ${type}`) ?? [],
    patients: byType.get('Patient') ?? [],
  };
}
export const ageOf = (demo: Demo, patient: Resource): number =>
  (demo.now - time(patient, 'birthDate')) / (365.25 * 86_400_000);
export const hasProblem = (demo: Demo, patient: string, ...codes: readonly string[]): boolean =>
  demo
    .about(patient, 'Condition')
    .some(
      (c) =>
        text(c, 'code', 'coding', 0, 'system') === SNOMED &&
        codes.includes(code(c)) &&
        text(c, 'clinicalStatus', 'coding', 0, 'code') === 'active',
    );
/** ATC codes of what is taken now or was given in this record (what is on hold left out). */
export const medicinesOf = (demo: Demo, patient: string): readonly Resource[] =>
  demo.about(patient, 'MedicationRequest').filter((m) => text(m, 'status') !== 'on-hold');
export const atc = (r: unknown): string => text(r, 'medicationCodeableConcept', 'coding', 0, 'code');
export function references(value: unknown, found: string[] = []): readonly string[] {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      if (name === 'reference' && typeof item === 'string') found.push(item);
      else references(item, found);
    }
  return found;
}
