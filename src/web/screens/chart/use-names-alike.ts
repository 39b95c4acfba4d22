// Other people on this device whose name is like this patient's (DT27): told in the banner, where one chart could be taken for another's.
import { useEffect, useState } from 'react';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { usePatientIndex } from '../patients/patient-index.ts';
import { nameText } from '../patients/patient-line.part.tsx';
import { alikeHere } from '../patients/similar-names.part.tsx';

const TOLD_MAX = 3;

/** `CLARK, Joanne (Ms)`. Looked for after the chart is drawn: nobody waits for it. */
export function useNamesAlike(patientId: string): readonly string[] {
  const index = usePatientIndex();
  const [alike, setAlike] = useState<readonly string[]>([]);
  useEffect(() => {
    if (index === undefined) return undefined;
    const timer = setTimeout(() => {
      setAlike(
        alikeHere(index, patientId)
          .slice(0, TOLD_MAX)
          .flatMap((id) => {
            const shown = index.shown.get(id);
            return shown === undefined ? [] : [nameText(identityLines(shown.resource, shown.conflict))];
          }),
      );
    });
    return () => clearTimeout(timer);
  }, [index, patientId]);
  return alike;
}
