// A scanned wristband opens its patient; one that nobody here has says so, and what was read.
import { useEffect, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { patientInScan } from '../../../core/care/identity/read-wristband.ts';
import { Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientIndex } from './patient-index.ts';
import { useRecentPatients } from './recent-patients.ts';
import { patientTexts } from './texts.ts';

/** `onScan` for a ScanListener; `notice` stands where a scan led nowhere. */
export function usePatientScan(): { readonly onScan: (code: string) => void; readonly notice: ReactNode } {
  const t = useTexts(patientTexts);
  const index = usePatientIndex();
  const navigate = useNavigate();
  const { remember } = useRecentPatients();
  const [missed, miss] = useState<string>();
  const [scanned, scan] = useState<string>();
  // A scan that comes before everybody was read waits for that: it never reads as nobody.
  useEffect(() => {
    if (scanned === undefined || index === undefined) return;
    scan(undefined);
    const id = patientInScan(scanned, index.entries.values());
    miss(id === undefined ? scanned : undefined);
    if (id === undefined) return;
    remember(id);
    void navigate(`/patient/${id}`);
  }, [scanned, index, remember, navigate]);
  const notice =
    missed === undefined ? null : (
      <Notice tone="warn" icon="scan" told="now">
        {t('scanUnknown', { number: missed })}
      </Notice>
    );
  return { onScan: scan, notice };
}
