// Everything that the board shows of the patients of some wards, as it is on this device.
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Entry } from '../../../core/care/banner/allergy-section.ts';
import { CRITICAL_WINDOW_MS } from '../../../core/care/results/critical-results.ts';
import { patientsAt } from '../../../core/care/ward/board.ts';
import type { WardPlace } from '../../../core/care/ward/places.ts';
import type { Device, Shown } from '../../device/device.ts';
import { readAll, readOfPatients } from './read-all.ts';

/** Who lies where, and what stands on the row in a word: read first, and quickly. */
export interface WardRead {
  /** Ids of the patients who are, or are to be, on the wards. */
  readonly ids: readonly string[];
  readonly encounters: readonly Shown[];
  readonly patients: readonly Entry[];
  /** Flags, and what else tells whether to resuscitate. */
  readonly flags: readonly Entry[];
  readonly allergies: readonly Entry[];
  readonly tasks: readonly Shown[];
  /** Declared downtimes, also those that are over. */
  readonly downtimes: readonly ResourceJson[];
}
/** What has to be counted: scores, doses and results come a moment later. */
export interface WardBehind {
  readonly scores: readonly Entry[];
  /** Orders and doses, by id of the Patient. */
  readonly medicines: ReadonlyMap<string, readonly Shown[]>;
  /** Requests, reports and results of the last days, by id of the Patient. */
  readonly results: ReadonlyMap<string, readonly Shown[]>;
}

const DAY = 86_400_000;
/** As far as critical results that nobody acknowledged are looked for. */
const CRITICAL_DAYS = CRITICAL_WINDOW_MS / DAY;
const LIVE = 'planned,arrived,triaged,in-progress,onleave,unknown';
const SCORES = 'news2,1104051000000101';
const OPEN_TASKS = 'draft,requested,received,accepted,ready,in-progress,on-hold';
const instantOf = (at: number): string => new Date(at).toISOString();

/** Of all stays that go on or are expected, wherever. */
export const readStays = (device: Device): Promise<readonly Shown[]> => readAll(device, `Encounter?status=${LIVE}`);

export async function readWard(device: Device, wards: readonly WardPlace[]): Promise<WardRead> {
  const places = new Set(wards.flatMap(({ place, beds }) => [place, ...beds.map((bed) => bed.place)]));
  const encounters = await readStays(device);
  const ids = patientsAt(
    encounters.map(({ resource }) => resource),
    places,
  );
  const of = (type: string, rest: string): Promise<readonly Shown[]> =>
    readOfPatients(device, type, 'patient', ids, rest);
  const [patients, flags, consents, allergies, tasks, downtimes] = await Promise.all([
    device.read(ids.map((id) => ({ type: 'Patient', id }))),
    of('Flag', '&status=active'),
    of('Consent', '&status=active'),
    of('AllergyIntolerance', ''),
    of('Task', `&status=${OPEN_TASKS}`),
    readAll(device, 'Flag?identifier=https://holdfast.example/fhir/id/downtime|declared'),
  ]);
  return {
    ids,
    encounters,
    patients: patients.filter((one) => one !== undefined),
    flags: [...flags, ...consents],
    allergies,
    tasks,
    downtimes: downtimes.map(({ resource }) => resource),
  };
}

export async function readBehind(device: Device, ids: readonly string[]): Promise<WardBehind> {
  const { now } = device.status();
  const since = (days: number): string => instantOf(now - days * DAY);
  const of = (type: string, rest: string): Promise<readonly Shown[]> =>
    readOfPatients(device, type, 'patient', ids, rest);
  const [scores, orders, doses, requests, reports, results, done] = await Promise.all([
    of('Observation', `&code=${SCORES}&date=ge${since(3)}`),
    of('MedicationRequest', '&status=active,on-hold,stopped,completed'),
    of('MedicationAdministration', `&effective-time=ge${since(2)}`),
    of('ServiceRequest', '&status=active,on-hold'),
    of('DiagnosticReport', `&date=ge${since(CRITICAL_DAYS)}`),
    of('Observation', `&category:not=vital-signs&date=ge${since(CRITICAL_DAYS)}`),
    of('Task', `&status=completed&modified=ge${since(CRITICAL_DAYS)}`),
  ]);
  return {
    scores,
    medicines: byPatient([...orders, ...doses]),
    results: byPatient([...requests, ...reports, ...results, ...done]),
  };
}

function byPatient(shown: readonly Shown[]): ReadonlyMap<string, readonly Shown[]> {
  const found = new Map<string, Shown[]>();
  for (const one of shown) {
    const { resource } = one;
    const value = resource['subject'] ?? resource['patient'] ?? resource['for'];
    const reference = typeof value === 'object' && value !== null && 'reference' in value ? value['reference'] : '';
    const id = typeof reference === 'string' && reference.startsWith('Patient/') ? reference.slice(8) : undefined;
    if (id === undefined) continue;
    const known = found.get(id);
    if (known === undefined) found.set(id, [one]);
    else known.push(one);
  }
  return found;
}
