// Staff at work: each reads and writes in turn, thinks in between, and goes on whatever becomes of the servers. Whoever's
// server does not answer takes the device in the pocket and writes there.
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededChance } from '../test/simulator/seeded-chance.ts';
import type { Client } from './http-client.ts';
import type { DurabilityClass, Ledger } from './ledger.ts';
import { doseText, hashOf, problemOf, problemText, vitalText, type Chart } from './people.ts';
import type { ServingTier, Tally } from './tally.ts';

/** A device in the hand: it keeps what it acknowledges on its own disk until somebody above has it. */
export interface Handheld {
  readonly name: string;
  /** Resolves when its disk has it; rejects where it refuses. */
  write(text: string): Promise<void>;
  /** Whether it showed something. */
  read(path: string): Promise<boolean>;
  queued(): number;
  close(): Promise<void>;
}
export interface Workplace {
  /** The node's name. */
  readonly node: string;
  readonly tier: 'region' | 'site';
  readonly charts: readonly Chart[];
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly nowMs: () => number;
  readonly seed: number;
  readonly thinkMs: number;
}
type Lane = ReturnType<Tally['lane']>;

const CONFLICT_STATUSES = new Set([409, 412]);

/** What to do next: the same for the same seed and person, whatever the servers answered (DR9). */
export interface Step {
  readonly kind: 'read-patient' | 'read-vitals' | 'read-allergies' | 'vital' | 'dose' | 'problem';
  readonly chart: Chart;
  readonly mark: string;
  readonly thinkMs: number;
  readonly chance: SeededChance;
}
export function* stepsOf(person: string, place: Pick<Workplace, 'charts' | 'seed' | 'thinkMs'>): Generator<Step> {
  const chance = new SeededChance(place.seed ^ hashOf(person));
  for (let n = 0; ; n += 1) {
    const chart = chance.pick(place.charts);
    if (chart === undefined) return;
    const roll = chance.next();
    const kind =
      roll < 0.2
        ? 'read-patient'
        : roll < 0.45
          ? 'read-vitals'
          : roll < 0.6
            ? 'read-allergies'
            : roll < 0.85
              ? 'vital'
              : roll < 0.95
                ? 'dose'
                : 'problem';
    yield {
      kind,
      chart,
      mark: `${person.replaceAll(/[^a-z0-9]+/gi, '-')}.${String(place.seed)}.${String(n)}.`,
      thinkMs: place.thinkMs * (0.25 + 1.5 * chance.next()),
      chance: new SeededChance(chance.below(2 ** 31)),
    };
  }
}

const pathOf = (step: Step): string =>
  step.kind === 'read-patient'
    ? `Patient/${step.chart.patient}`
    : step.kind === 'read-vitals'
      ? `Observation?patient=Patient/${step.chart.patient}&_sort=-_lastUpdated&_count=20`
      : `AllergyIntolerance?patient=Patient/${step.chart.patient}`;

/** Somebody at a workstation of the node; `handheld` is what is in the pocket. */
export async function workAtDesk(
  person: string,
  place: Workplace,
  client: Client,
  handheld: Handheld | undefined,
  stopped: AbortSignal,
): Promise<void> {
  const lane = place.tally.lane({ name: place.node, tier: place.tier });
  for (const step of stepsOf(person, place)) {
    await rest(step.thinkMs, stopped);
    if (stopped.aborted) return;
    const why = step.kind.startsWith('read') ? await readAt(client, pathOf(step)) : await writeAt(client, step, place);
    if (why === undefined) {
      lane.served();
      continue;
    }
    if (stopped.aborted) return;
    lane.failed(`${place.node}: ${why}`);
    if (handheld !== undefined) await workByHand(person, step, place, handheld);
  }
}

/** Somebody on the ward with a device alone. */
export async function workAtBedside(
  person: string,
  place: Workplace,
  handheld: Handheld,
  stopped: AbortSignal,
): Promise<void> {
  for (const step of stepsOf(person, place)) {
    await rest(step.thinkMs, stopped);
    if (stopped.aborted) return;
    await workByHand(person, step, place, handheld);
  }
}

async function workByHand(person: string, step: Step, place: Workplace, handheld: Handheld): Promise<void> {
  const lane: Lane = place.tally.lane({ name: `${place.node}: devices`, tier: 'device' });
  try {
    if (step.kind.startsWith('read')) {
      const shown = await handheld.read(pathOf(step));
      if (shown) lane.served();
      else lane.failed(`${handheld.name}: has no copy`);
      return;
    }
    // Ids of the device's own: nobody else can have given them.
    const type = step.kind === 'dose' ? 'MedicationAdministration' : 'Observation';
    const id = `${person.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${step.mark.split('.').slice(1, 3).join('-')}`;
    const text =
      type === 'Observation' ? vitalText(step.chart, step.mark, step.chance, id) : doseText(step.chart, step.mark, id);
    await handheld.write(text);
    acknowledge(place, step, { type, id, by: handheld.name, tier: 'device', durability: 'D0' });
    lane.served();
  } catch (error) {
    lane.failed(`${handheld.name}: ${error instanceof Error ? error.message.slice(0, 80) : 'unknown'}`);
  }
}

/** Why it failed; `undefined`: it was served. */
async function readAt(client: Client, path: string): Promise<string | undefined> {
  try {
    const { status } = await client.send('GET', `/fhir/${path}`);
    return status === 200 ? undefined : `${String(status)} to a read`;
  } catch (error) {
    return wordOf(error);
  }
}

async function writeAt(client: Client, step: Step, place: Workplace): Promise<string | undefined> {
  const isUpdate = step.kind === 'problem';
  const type = isUpdate ? 'Condition' : step.kind === 'dose' ? 'MedicationAdministration' : 'Observation';
  const text = isUpdate
    ? problemText(step.chart, step.mark)
    : step.kind === 'dose'
      ? doseText(step.chart, step.mark)
      : vitalText(step.chart, step.mark, step.chance);
  const path = isUpdate ? `/fhir/Condition/${problemOf(step.chart)}` : `/fhir/${type}`;
  try {
    const { status, headers } = await client.send(isUpdate ? 'PUT' : 'POST', path, text, { prefer: 'return=minimal' });
    // A colleague was faster: that is an answer, and the write was not taken.
    if (CONFLICT_STATUSES.has(status)) return undefined;
    if (status !== 200 && status !== 201) return `${String(status)} to a write`;
    const id = isUpdate
      ? problemOf(step.chart)
      : (/\/([A-Za-z0-9.-]+)\/_history\//.exec(headers.location ?? '')?.[1] ?? '');
    acknowledge(place, step, { type, id, by: place.node, tier: place.tier, durability: 'D1' });
    return undefined;
  } catch (error) {
    place.ledger.unanswered();
    return wordOf(error);
  }
}

const acknowledge = (
  place: Workplace,
  step: Step,
  by: { type: string; id: string; by: string; tier: ServingTier; durability: DurabilityClass },
): void =>
  place.ledger.acknowledge({
    ...by,
    mark: step.mark,
    atMs: place.nowMs(),
    home: step.chart.home,
    patient: step.chart.patient,
  });

const wordOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'unknown';

const rest = (ms: number, stopped: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal: stopped }).catch(() => undefined);
