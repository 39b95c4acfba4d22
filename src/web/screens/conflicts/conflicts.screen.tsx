// Everything that people must decide: the gravest first, whose it is, what, and since when.
import { useCallback, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import type { ConflictShown, Device, Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Page, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading } from '../../parts/notice.part.tsx';
import { Table } from '../../parts/table.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import { useRead } from '../frame/use-device.ts';
import { PatientLine } from '../patients/patient-line.part.tsx';
import { inOrder, openSince, patientOf, subjectWords } from './conflict-words.ts';
import styles from './conflicts.module.css';
import { conflictTexts } from './texts.ts';
import { useElementName } from './use-element-name.ts';

interface Row {
  readonly conflict: ConflictShown;
  readonly patient: Shown | undefined;
}
export async function readConflicts(device: Device): Promise<readonly Row[]> {
  const conflicts = inOrder(await device.conflicts());
  const names = [...new Set(conflicts.flatMap(({ shown }) => patientOf(shown.resource) ?? []))];
  const patients = await device.read(names.map((name) => ({ type: 'Patient', id: name.slice('Patient/'.length) })));
  const known = new Map(names.map((name, n) => [name, patients[n]] as const));
  return conflicts.map((conflict) => ({ conflict, patient: known.get(patientOf(conflict.shown.resource) ?? '') }));
}

export function ConflictsScreen(): ReactElement {
  const t = useTexts(conflictTexts);
  const now = useNow();
  const navigate = useNavigate();
  const elementName = useElementName();
  const read = useCallback((device: Device) => readConflicts(device), []);
  const rows = useRead(read, () => true);
  if (rows === undefined) return <Loading />;
  const open = ({ conflict: { shown } }: Row): void => void navigate(`/conflict/${shown.key.type}/${shown.key.id}`);
  return (
    <Page title={t('title')}>
      <Stack>
        <p>{t('lead')}</p>
        <Table
          caption={t('title')}
          rows={rows}
          rowKey={({ conflict: { shown } }) => `${shown.key.type}/${shown.key.id}`}
          rowLook={({ conflict: { shown } }) => (shown.severity === 'S1' ? 'alert' : undefined)}
          onOpen={open}
          empty={
            <EmptyState title={t('none')} icon="check-circle">
              {t('noneHere')}
            </EmptyState>
          }
          columns={[
            {
              key: 'what',
              head: t('about'),
              isRowHead: true,
              cell: ({ conflict }) => (
                <Stack gap={1}>
                  <span>
                    <SeverityTag severity={conflict.shown.severity ?? 'S2'} />
                  </span>
                  <span>
                    {elementName(conflict.shown.key.type)} <strong>{subjectWords(conflict.shown.resource)}</strong>
                  </span>
                  <span className={styles['who']}>
                    {t('since')} <bdi dir="ltr">{formatMoment(openSince(conflict), now)}</bdi>
                  </span>
                </Stack>
              ),
            },
            {
              key: 'whose',
              head: t('whose'),
              cell: (row) => (
                <Stack gap={1}>
                  {row.patient === undefined ? (
                    t('noPatient')
                  ) : (
                    <PatientLine patient={row.patient.resource} now={now} conflict={row.patient.conflict} />
                  )}
                  <span>
                    <Button size="small" tabIndex={-1} onClick={() => open(row)}>
                      {t('open')}
                    </Button>
                  </span>
                </Stack>
              ),
            },
          ]}
        />
      </Stack>
    </Page>
  );
}

export function SeverityTag({ severity }: { readonly severity: 'S1' | 'S2' | 'S3' }): ReactElement {
  const t = useTexts(conflictTexts);
  if (severity === 'S1') return <Tag tone="danger">{t('s1')}</Tag>;
  return severity === 'S2' ? <Tag tone="warn">{t('s2')}</Tag> : <Tag>{t('s3')}</Tag>;
}
