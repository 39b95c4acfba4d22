// The stays of one patient, and everything that a move has to know of the others.
import { useCallback, useMemo } from 'react';
import { staysOf, type Stay } from '../../../core/care/ward/stays.ts';
import type { Shown } from '../../device/device.ts';
import { usePatientIndex } from '../patients/patient-index.ts';
import { readAll, useSteadyRead } from '../ward/read-all.ts';
import { readStays } from '../ward/read-ward.ts';
import { useWards } from '../ward/use-wards.ts';
import type { Places } from './place-fields.part.tsx';

export interface PatientStays {
  readonly places: Places;
  /** Of the patient, the newest first. */
  readonly own: readonly { readonly shown: Shown; readonly stay: Stay }[];
  /** The Encounter of any stay that goes on. */
  readonly shownOf: (stay: string) => Shown | undefined;
}

/** Undefined until it was read. */
export function usePatientStays(patient: string): PatientStays | undefined {
  const index = usePatientIndex();
  const wards = useWards();
  const live = useSteadyRead(readStays);
  const own = useSteadyRead(
    useCallback((device) => readAll(device, `Encounter?patient=Patient/${patient}`), [patient]),
  );
  return useMemo(() => {
    if (index === undefined || wards === undefined || live === undefined || own === undefined) return undefined;
    const all = new Map([...live, ...own].map((shown) => [shown.key.id, shown]));
    return {
      places: { wards, index, stays: staysOf([...all.values()].map(({ resource }) => resource)) },
      own: own
        .flatMap((shown) => staysOf([shown.resource]).map((stay) => ({ shown, stay })))
        .toSorted((a, b) => (b.stay.from ?? 0) - (a.stay.from ?? 0)),
      shownOf: (stay) => all.get(stay),
    };
  }, [index, wards, live, own]);
}
