// What lies behind: one line of time, or by kind.
import { useState, type ReactElement } from 'react';
import { historyLines, type HistoryKind, type HistoryLine } from '../../../core/care/summary/history-lines.ts';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from './outcome.part.tsx';
import { pageTexts } from './page-texts.ts';
import styles from './pages.module.css';
import { usePatientChart } from './use-patient-chart.ts';
import { writeTexts } from './write-texts.ts';

const KINDS = [
  ['stays', ['stay', 'visit'], 'noStays'],
  ['procedures', ['procedure'], 'noProcedures'],
  ['immunisations', ['immunisation'], 'noImmunisations'],
  ['family', ['family'], 'noFamily'],
  ['social', ['social'], 'noSocial'],
] as const satisfies readonly (readonly [string, readonly HistoryKind[], string])[];

export function HistoryScreen(): ReactElement {
  const t = useTexts(pageTexts);
  const { all } = usePatientChart();
  const [view, setView] = useState<'timeline' | 'kinds'>('timeline');
  const lines = historyLines(all);
  return (
    <Page title={t('history')}>
      <Stack>
        <Segmented
          label={t('history')}
          hideLabel
          value={view}
          onChange={setView}
          choices={[
            { value: 'timeline', label: t('timeline') },
            { value: 'kinds', label: `${t('stays')}, ${t('procedures')} …` },
          ]}
        />
        {view === 'timeline' ? (
          <Card title={t('timeline')} flush>
            {lines.length === 0 ? <NothingHere /> : <Timeline lines={lines} />}
          </Card>
        ) : (
          KINDS.map(([title, kinds, none]) => {
            const own = lines.filter(({ kind }) => kinds.some((one) => one === kind));
            return (
              <Card key={title} title={t(title)} flush>
                {own.length === 0 ? <NothingHere whole={t(none)} /> : <Timeline lines={own} />}
              </Card>
            );
          })
        )}
        {lines.length > 0 && <PartCopyNote />}
      </Stack>
    </Page>
  );
}

const TITLE = {
  stay: 'stays',
  visit: 'stays',
  procedure: 'procedures',
  immunisation: 'immunisations',
  family: 'family',
  social: 'social',
} as const;

function Timeline({ lines }: { readonly lines: readonly HistoryLine[] }): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  return (
    <ol className={styles['timeline']}>
      {lines.map((line) => (
        <li key={line.name}>
          <div>
            <bdi dir="ltr">
              {line.from === '' ? t('noTime') : formatDate(line.from)}
              {line.to !== '' && formatDate(line.to) !== formatDate(line.from) && ` – ${formatDate(line.to)}`}
            </bdi>
            <div className={styles['quiet']}>{t(TITLE[line.kind])}</div>
          </div>
          <div>
            <div className={styles['head']}>
              <strong>
                <bdi>{line.words}</bdi>
              </strong>
              {line.isOngoing && <Tag tone="info">{t('ongoing')}</Tag>}
              {line.isNotDone && <Tag>{t('notDone')}</Tag>}
              {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
            </div>
            {line.details.map((text) => (
              <p key={text} dir="auto">
                {text}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}
