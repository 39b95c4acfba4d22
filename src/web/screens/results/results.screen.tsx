// Results of a patient: critical ones that nobody acknowledged, what is waited for, the laboratory as a grid over time, reports as text.
//
//   LR8   Critical ones stand first, whatever period is chosen.
//   LR12  A copy that is not whole never says that there is nothing.
import { useMemo, useState, type ReactElement } from 'react';
import { dateRange } from '../../../core/fhir/instant.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { resultPanels, type ResultRow } from '../../../core/care/results/read-results.ts';
import { reportLines, waitedFor } from '../../../core/care/results/waited-for.ts';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { AcknowledgePanel } from './acknowledge-panel.part.tsx';
import { CriticalList } from './critical-list.part.tsx';
import { ReportList, WaitingList } from './report-list.part.tsx';
import { ResultGrid } from './result-grid.part.tsx';
import { resultTexts } from './texts.ts';
import { TrendPanel } from './trend-panel.part.tsx';
import { useLastLook } from './use-last-look.ts';

const DAY = 86_400_000;
type Period = 'threeDays' | 'stay' | 'everything';

export function ResultsScreen(): ReactElement {
  const t = useTexts(resultTexts);
  const w = useTexts(writeTexts);
  const { patientId, all, resources, now, stay, mayRead } = usePatientChart();
  const look = useLastLook(patientId);
  const [chosen, setPeriod] = useState<Period>();
  const [open, setOpen] = useState<{ readonly panel: string; readonly row: string }>();
  const [acknowledging, setAcknowledging] = useState<string>();
  const stayFrom = stay === undefined ? undefined : dateRange(textOf(at(stay.resource['period'], 'start')))?.lo;
  const period = chosen ?? (stayFrom === undefined ? 'everything' : 'stay');
  // The minute of the clock would make everything anew each time.
  const day = Math.floor(now / 3_600_000) * 3_600_000;
  const from = period === 'everything' ? undefined : period === 'stay' ? stayFrom : day - 3 * DAY;
  const whole = useMemo(() => resultPanels(all), [all]);
  const panels = useMemo(() => (from === undefined ? whole : resultPanels(all, from)), [all, from, whole]);
  const reports = useMemo(() => reportLines(all, from), [all, from]);
  const waiting = useMemo(() => waitedFor(resources), [resources]);
  if (!mayRead('Observation') && !mayRead('DiagnosticReport')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const rowOf = (): ResultRow | undefined =>
    whole.find(({ key }) => key === open?.panel)?.rows.find(({ key }) => key === open?.row);
  const opened = open === undefined ? undefined : rowOf();
  const fresh =
    look === undefined
      ? 0
      : whole.flatMap(({ rows }) => rows.flatMap(({ shown }) => shown)).filter(({ issuedAt }) => issuedAt > look.since)
          .length;
  const toAcknowledge = all.find(({ key }) => key.type === 'Observation' && key.id === acknowledging);
  return (
    <Page
      wide
      title={t('title')}
      actions={
        <Segmented
          label={t('period')}
          hideLabel
          value={period}
          onChange={setPeriod}
          choices={[
            { value: 'threeDays', label: t('threeDays') },
            ...(stayFrom === undefined ? [] : [{ value: 'stay' as const, label: t('stay') }]),
            { value: 'everything', label: t('everything') },
          ]}
        />
      }
    >
      <Stack>
        <CriticalList stayFrom={stayFrom} onAcknowledge={({ key }) => setAcknowledging(key.id)} />
        <PartCopyNote />
        {look !== undefined && fresh > 0 && (
          <Notice>
            {look.isFirst
              ? t('newFirst', { count: fresh })
              : t('newSince', { count: fresh, time: formatMoment(look.since, now) })}
          </Notice>
        )}
        <Card title={t('waiting')} flush>
          <WaitingList lines={waiting} />
        </Card>
        <Card title={t('laboratory')} flush>
          {panels.length === 0 ? (
            <NothingHere whole={t(whole.length === 0 ? 'noLaboratoryEver' : 'noLaboratory')} />
          ) : (
            <ResultGrid
              panels={panels}
              now={now}
              newSince={look?.since}
              onOpen={(row) =>
                setOpen({ panel: panels.find(({ rows }) => rows.includes(row))?.key ?? '', row: row.key })
              }
            />
          )}
        </Card>
        {mayRead('DiagnosticReport') && (
          <Card title={t('reports')} flush>
            <ReportList lines={reports} newSince={look?.since} />
          </Card>
        )}
      </Stack>
      {opened !== undefined && <TrendPanel row={opened} onClose={() => setOpen(undefined)} />}
      {toAcknowledge !== undefined && (
        <AcknowledgePanel
          key={toAcknowledge.key.id}
          shown={toAcknowledge}
          onClose={() => setAcknowledging(undefined)}
        />
      )}
    </Page>
  );
}
