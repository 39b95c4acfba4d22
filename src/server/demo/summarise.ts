// What is in a demo hospital: counts by type, and who of the cast is there. For the start-up line, the README and tests.
import { INPATIENT_CAST, OUTPATIENT_CAST } from './cast.ts';
import type { DemoBatch } from './generate-demo.ts';

export interface DemoSummary {
  readonly total: number;
  readonly batches: number;
  /** Resource type to count, commonest first. */
  readonly byType: ReadonlyMap<string, number>;
  /** Patient id to what the patient shows. */
  readonly cast: ReadonlyMap<string, string>;
}
/** Counts while batches pass by: `add` each one, then read `summary`. Keeps counts only. */
export function demoSummary(): { add(batch: DemoBatch): void; summary(): DemoSummary } {
  const counts = new Map<string, number>();
  const cast = new Map<string, string>();
  const roles = new Map([...INPATIENT_CAST, ...OUTPATIENT_CAST].map((r) => [r.id, r.shows] as const));
  let total = 0;
  let batches = 0;
  return {
    add(batch) {
      batches++;
      total += batch.resources.length;
      for (const r of batch.resources) {
        counts.set(r.resourceType, (counts.get(r.resourceType) ?? 0) + 1);
        const shows = r.resourceType === 'Patient' ? roles.get(r.id.replace(/^h\d+-/, '')) : undefined;
        if (shows !== undefined) cast.set(r.id, shows);
      }
    },
    summary: () => ({ total, batches, byType: new Map([...counts].sort((a, b) => b[1] - a[1])), cast }),
  };
}
