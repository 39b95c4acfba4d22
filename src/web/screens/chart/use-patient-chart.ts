// What every page of a patient's chart may ask of the chart it stands in.
//
//   CH1  Inside the chart frame the copy has been read: a page never has to tell "not read yet" from "empty".
//   CH2  A copy that is older than 30 minutes, or of which no time is known, is stale (DT6).
import { createContext, useContext } from 'react';
import { assert } from '../../../core/base/assert.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Chart, Shown } from '../../device/device.ts';

export interface PatientChart {
  /** `cast-sepsis` */
  readonly patientId: string;
  /** `Patient/cast-sepsis`: what new resources refer to. */
  readonly subject: string;
  readonly chart: Chart;
  /** As `chart.all`, the newest version of each. */
  readonly all: readonly Shown[];
  /** The same, for the rules of `core/care`. */
  readonly resources: readonly ResourceJson[];
  readonly ofType: (type: string) => readonly Shown[];
  /** The stay that goes on; of several the one that began last. */
  readonly stay?: Shown;
  /** By this device's best clock; ticks each minute. */
  readonly now: Instant;
  /** When the site last told everything that it had. */
  readonly asOf?: Instant;
  /** Older than 30 minutes, or of no known time (DT6). */
  readonly stale: boolean;
  /** Everything that the person may see is here: else an empty list is not the word "none". */
  readonly whole: boolean;
  /** The person who is signed in, as author of what is written. */
  readonly me?: { readonly who: string; readonly name: string };
  /** Whether some role of the person reads (writes) resources of the type at all: what to draw. The device judges each write. */
  readonly mayRead: (type: string) => boolean;
  readonly mayWrite: (type: string) => boolean;
}

export const PatientChartContext = createContext<PatientChart | undefined>(undefined);

/** Of the page's patient. Only inside the chart frame. */
export function usePatientChart(): PatientChart {
  const found = useContext(PatientChartContext);
  assert(found !== undefined, 'pages of a patient stand inside the chart frame');
  return found;
}
