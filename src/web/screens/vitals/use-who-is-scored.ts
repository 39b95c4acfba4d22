// Whether this patient has a score, and by which scale the last set was judged.
import { factsOf } from '../../../core/care/medication/patient-facts.ts';
import type { SaturationScale } from '../../../core/care/vitals/news2.ts';
import { vitalSets, type VitalSet } from '../../../core/care/vitals/read-vitals.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';

export function useWhoIsScored(): {
  readonly age: number | undefined;
  readonly isPregnant: boolean;
  readonly scale: SaturationScale;
  readonly sets: readonly VitalSet[];
} {
  const { resources, ofType, now } = usePatientChart();
  const { age, pregnant } = factsOf(resources, now);
  const sets = vitalSets(ofType('Observation'));
  const scale = sets.find(({ score }) => score !== undefined)?.score?.scale ?? 1;
  return { age, isPregnant: pregnant !== undefined, scale, sets };
}
