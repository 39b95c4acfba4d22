// A chart as it crosses from the worker to the page: with the text of each resource and not its members, which the page makes of the text.
// A large record crosses as some long strings in place of a hundred thousand small objects.
//
//   BD33  Whatever crosses is plain data, and is on the other side what it was on this one.
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Chart, Shown } from './device.ts';

export interface CrossingChart extends Omit<Chart, 'patient' | 'all'> {
  /** Where the patient stands in `all`; -1: nowhere. */
  readonly patientAt: number;
  readonly all: readonly Omit<Shown, 'resource'>[];
}

export function crossing({ patient, all, ...rest }: Chart): CrossingChart {
  return {
    ...rest,
    patientAt: patient === undefined ? -1 : all.indexOf(patient),
    all: all.map(({ resource: _resource, ...shown }) => shown),
  };
}

export function crossed({ patientAt, all, ...rest }: CrossingChart): Chart {
  // It was read strictly once: from here on the platform's own reader says the same.
  const whole = all.map((shown): Shown => ({ ...shown, resource: JSON.parse(shown.text) as ResourceJson }));
  return { ...rest, patient: whole[patientAt], all: whole };
}
