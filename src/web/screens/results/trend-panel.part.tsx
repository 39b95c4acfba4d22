// One test over time: its line in one unit with the reference band, every value with what stands beside it, who acknowledged what.
//
//   LR1  A line is of one unit: the row is.
import { useState, type ReactElement } from 'react';
import { acknowledgementsOf } from '../../../core/care/results/critical-results.ts';
import type { ResultRow, ResultValue } from '../../../core/care/results/read-results.ts';
import { Button } from '../../parts/button.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { Table, type Column } from '../../parts/table.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { TrendChart } from '../../parts/trend-chart.part.tsx';
import { formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { VersionPanel } from '../chart/version-panel.part.tsx';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { acknowledgeTexts } from './acknowledge-texts.ts';
import { GradeTag, StateTag, valueWithUnit } from './grade-mark.part.tsx';
import styles from './results.module.css';
import { resultTexts } from './texts.ts';

const DAY = 86_400_000;
/** Bloods are daily at most on a ward: what is a week apart is not one line. */
const GAP_MS = 7 * DAY;

export function TrendPanel({ row, onClose }: { readonly row: ResultRow; readonly onClose: () => void }): ReactElement {
  const t = useTexts(resultTexts);
  const w = useTexts(writeTexts);
  const { now } = usePatientChart();
  const [versions, setVersions] = useState<ResultValue>();
  const points = row.shown
    .filter(({ number, comparator }) => number !== undefined && comparator === '')
    .flatMap(({ takenAt, number }) => (number === undefined ? [] : [{ at: takenAt, value: number }]))
    .toReversed();
  const range = row.shown[0]?.range;
  const band = {
    ...(range?.low === undefined ? {} : { low: Number(range.low) }),
    ...(range?.high === undefined ? {} : { high: Number(range.high) }),
  };
  const hasBand = band.low !== undefined || band.high !== undefined;
  const differ = new Set(row.shown.map((one) => one.range?.text ?? '')).size > 1;
  const title = row.unit === '' ? row.words : `${row.words} (${row.unit})`;
  const columns: readonly Column<ResultValue>[] = [
    {
      key: 'at',
      head: t('takenAt'),
      cell: ({ takenAt, issuedAt }) => (
        <>
          {formatDateTime(takenAt)}
          <span className={styles['quiet']}> {t('reportedAt', { time: formatMoment(issuedAt, now) })}</span>
        </>
      ),
      isRowHead: true,
    },
    {
      key: 'value',
      head: t('value'),
      cell: (one) => (
        <>
          <strong dir="auto">{one.value === '' ? one.absent : valueWithUnit(one)}</strong>{' '}
          <StateTag state={one.state} />
          {one.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
        </>
      ),
    },
    {
      key: 'grade',
      head: t('said'),
      cell: (one) => (
        <>
          <GradeTag grade={one.grade} />
          {one.comments.map((text) => (
            <p key={text}>{text}</p>
          ))}
          <Acknowledgements of={one.name} />
        </>
      ),
    },
    { key: 'range', head: t('range'), cell: (one) => <span dir="ltr">{one.range?.text ?? ''}</span> },
    {
      key: 'more',
      head: t('changesOf'),
      cell: (one) =>
        one.state === 'final' ? (
          ''
        ) : (
          <Button size="small" icon="history" onClick={() => setVersions(one)}>
            {t('changesOf')}
          </Button>
        ),
    },
  ];
  if (versions !== undefined) {
    const id = versions.name.slice('Observation/'.length);
    return <VersionPanel of={{ type: 'Observation', id }} what={title} onClose={() => setVersions(undefined)} />;
  }
  return (
    <SidePanel open onClose={onClose} size="large" title={t('trendOf', { what: row.words })} about={<Who />}>
      <Stack>
        {points.length < 2 ? (
          <p className={styles['quiet']}>{t('noTrend')}</p>
        ) : (
          <TrendChart
            label={title}
            lines={[{ name: row.words, unit: row.unit, points }]}
            gapMs={GAP_MS}
            height={200}
            hideTable
            {...(hasBand ? { band } : {})}
          />
        )}
        {differ && hasBand && <p className={styles['quiet']}>{t('rangesDiffer')}</p>}
        <Table
          dense
          caption={title}
          columns={row.values.some(({ state }) => state !== 'final') ? columns : columns.slice(0, -1)}
          rows={row.values}
          rowKey={({ name }) => name}
          empty=""
        />
      </Stack>
    </SidePanel>
  );
}

function Acknowledgements({ of }: { readonly of: string }): ReactElement | null {
  const a = useTexts(acknowledgeTexts);
  const { resources, now } = usePatientChart();
  const lines = acknowledgementsOf(of, resources);
  if (lines.length === 0) return null;
  return (
    <ul className={styles['plain']} aria-label={a('acknowledgements')}>
      {lines.map((line) => (
        <li key={line.name}>
          {a('ackLine', { time: formatMoment(line.written, now), name: line.by, value: line.readBack || line.value })}
          {line.toldBy !== '' && (line.how === 'phone' || line.how === 'in-person') && (
            <>
              {'; '}
              {a('toldLine', { how: a(line.how), name: line.toldBy, time: formatMoment(line.told, now) })}
            </>
          )}
          {line.action !== '' && <>. {line.action}</>}
          {line.informed !== '' && <> ({line.informed})</>}
        </li>
      ))}
    </ul>
  );
}
