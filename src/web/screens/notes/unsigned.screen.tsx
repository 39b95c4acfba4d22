// Everything that the person began and did not sign, on whatever record: drafts of this device, and notes that were kept unsigned.
import { useCallback, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { Device, Shown } from '../../device/device.ts';
import { textOf } from '../../../core/care/merge/clinical-words.ts';
import { Card, Page } from '../../parts/layout.part.tsx';
import { EmptyState, Loading } from '../../parts/notice.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import pages from '../chart/pages.module.css';
import { useNow } from '../chart/use-now.ts';
import { patientOf } from '../conflicts/conflict-words.ts';
import { useRead, useStatus } from '../frame/use-device.ts';
import { PatientLine } from '../patients/patient-line.part.tsx';
import { noteDrafts } from './note-drafts.ts';
import { noteTexts } from './texts.ts';

interface Line {
  readonly key: string;
  readonly patient: Shown | undefined;
  readonly words: string;
  readonly at: string | number;
  readonly isDraft: boolean;
}
async function readLines(device: Device, who: string): Promise<readonly Line[]> {
  const drafts = noteDrafts(await device.drafts());
  const found = await device.search(`Composition?status=preliminary&author=${who}&_count=100`);
  const unsigned = found.ok ? found.value.found.filter(({ mode }) => mode === 'match') : [];
  const names = [
    ...new Set([...drafts.map(({ subject }) => subject), ...unsigned.flatMap((one) => patientOf(one.resource) ?? [])]),
  ];
  const patients = await device.read(names.map((name) => ({ type: 'Patient', id: name.slice('Patient/'.length) })));
  const known = new Map(names.map((name, n) => [name, patients[n]] as const));
  return [
    ...drafts.map(({ typed, subject, at }) => ({
      key: typed.id,
      patient: known.get(subject),
      words: typed.texts.join(' ').slice(0, 120),
      at,
      isDraft: true,
    })),
    ...unsigned.map((one) => ({
      key: one.key.id,
      patient: known.get(patientOf(one.resource) ?? ''),
      words: textOf(one.resource['title']),
      at: textOf(one.resource['date']),
      isDraft: false,
    })),
  ];
}

export function UnsignedScreen(): ReactElement {
  const t = useTexts(noteTexts);
  const now = useNow();
  const { session } = useStatus();
  const who = session.kind === 'open' ? session.principal.who : '';
  const read = useCallback((device: Device) => readLines(device, who), [who]);
  const lines = useRead(read, () => true);
  if (lines === undefined) return <Loading />;
  return (
    <Page title={t('drafts')}>
      <Card flush>
        {lines.length === 0 ? (
          <EmptyState title={t('noDrafts')} icon="check-circle" />
        ) : (
          <ul className={pages['list']}>
            {lines.map((line) => (
              <li key={line.key}>
                <div>
                  {line.patient !== undefined && (
                    <PatientLine patient={line.patient.resource} now={now} conflict={line.patient.conflict} />
                  )}
                  <p>
                    <strong>{line.isDraft ? t('draftOf', { time: formatMoment(line.at, now) }) : t('unsigned')}</strong>{' '}
                    <bdi>{line.words}</bdi>
                  </p>
                </div>
                <div className={pages['actions']}>
                  {line.patient !== undefined && (
                    <Link to={`/patient/${line.patient.key.id}/notes`}>{t(line.isDraft ? 'goOn' : 'signNow')}</Link>
                  )}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}
