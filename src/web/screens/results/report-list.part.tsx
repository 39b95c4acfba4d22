// Reports that are read as text, and what is still waited for.
//
//   LR6   Waited for, with how long.
//   LR13  The text is here; the pictures are said where they are (CR18).
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { ReportLine, WaitedFor } from '../../../core/care/results/waited-for.ts';
import { Tag } from '../../parts/tag.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { StateTag } from './grade-mark.part.tsx';
import styles from './results.module.css';
import { resultTexts } from './texts.ts';

const isPriority = (text: string): text is 'routine' | 'urgent' | 'asap' | 'stat' =>
  ['routine', 'urgent', 'asap', 'stat'].includes(text);

export function WaitingList({ lines }: { readonly lines: readonly WaitedFor[] }): ReactElement {
  const t = useTexts(resultTexts);
  const { lasting } = useAgo();
  const { now, patientId } = usePatientChart();
  if (lines.length === 0) return <NothingHere whole={t('noWaiting')} />;
  return (
    <ul className={styles['list']}>
      {lines.map((line) => (
        <li key={line.name}>
          <strong>{line.words}</strong>{' '}
          {isPriority(line.priority) && line.priority !== 'routine' && <Tag tone="warn">{t(line.priority)}</Tag>}
          {line.hasPreliminary && <Tag tone="info">{t('hasPreliminary')}</Tag>}
          {line.isHeld && <Tag tone="warn">{t('held')}</Tag>}
          {line.since !== undefined && (
            <span className={styles['quiet']}> {t('waitingFor', { time: lasting(now - line.since) })}</span>
          )}
        </li>
      ))}
      <li>
        <Link to={`/patient/${patientId}/orders`}>{t('toOrders')}</Link>
      </li>
    </ul>
  );
}

export function ReportList({
  lines,
  newSince,
}: {
  readonly lines: readonly ReportLine[];
  readonly newSince: number | undefined;
}): ReactElement {
  const t = useTexts(resultTexts);
  const w = useTexts(writeTexts);
  const { now } = usePatientChart();
  if (lines.length === 0) return <NothingHere whole={t('noReports')} />;
  return (
    <ul className={styles['list']}>
      {lines.map((line) => (
        <li key={line.name}>
          <div>
            <strong>{line.words}</strong> <StateTag state={line.state} />
            {newSince !== undefined && Date.parse(line.issued) > newSince && <Tag tone="info">{t('new')}</Tag>}
            {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}{' '}
            <span className={styles['quiet']}>
              {line.done !== '' && t('done', { time: formatMoment(line.done, now) })}
              {line.issued !== '' && `; ${t('reportedAt', { time: formatMoment(line.issued, now) })}`}
              {line.by.length > 0 && `; ${line.by.join(', ')}`}
            </span>
          </div>
          <p className={styles['text']} dir="auto">
            {line.state === 'cancelled' ? t('cancelled') : line.conclusion === '' ? t('noConclusion') : line.conclusion}
          </p>
          {line.studies.map((study) => (
            <p key={study.accession} className={styles['quiet']} data-part="pictures">
              {t('pictures', { count: study.pictures ?? 0, what: study.modality, number: study.accession })}
            </p>
          ))}
          {line.attachments > 0 && <p className={styles['quiet']}>{t('attachments', { count: line.attachments })}</p>}
        </li>
      ))}
    </ul>
  );
}
