// A dose that was charted, with everything that was written of it; undoing it, and ending an infusion that runs.
import { useState, type ReactElement } from 'react';
import type { DoseEntry } from '../../../core/care/medication/dose-entry.ts';
import { endInfusionPatch, undoPatch } from '../../../core/care/medication/write-dose.ts';
import { Button } from '../../parts/button.part.tsx';
import { Row, Stack } from '../../parts/layout.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { DateTimeField, TextField } from '../../parts/text-fields.part.tsx';
import { formatDateTime, formatMoment, fromInputDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { lineTexts } from '../medication/line-texts.ts';
import { amountWords, type LineSpeak } from '../medication/line-words.ts';
import { doseTexts } from './dose-texts.ts';
import type { DoseSpeak } from './dose-words.ts';
import styles from './mar.module.css';

/** Time, dose, site, who and where from, as one line: both sides of a warning read alike (DT37). */
export function entryWords(t: DoseSpeak, line: LineSpeak, entry: DoseEntry, now: number): string {
  const amount = entry.amount === undefined ? entry.amountWords : amountWords(line, entry.amount);
  const wentIn = entry.status === 'given' || entry.status === 'running' || entry.status === 'unclear';
  return [
    formatMoment(entry.at, now),
    wentIn ? amount : `${t(entry.status === 'wasted' ? 'wasted' : 'not-given')}: ${entry.reason}`,
    entry.site,
    entry.by === '' ? '' : t('by', { name: entry.by }),
    t(`source-${entry.source}`),
  ]
    .filter((text) => text !== '')
    .join(' — ');
}

export function EntryItem({ entry }: { readonly entry: DoseEntry }): ReactElement {
  const t = useTexts(doseTexts);
  const line = useTexts(lineTexts);
  const { now, all, mayWrite } = usePatientChart();
  const writing = useWrite();
  const [doing, setDoing] = useState<'undo' | 'end'>();
  const [why, setWhy] = useState('');
  const [time, setTime] = useState(() => toInputDateTime(now));
  const [isTried, setTried] = useState(false);
  const shown = all.find(({ key }) => `MedicationAdministration/${key.id}` === entry.from);
  const ended = fromInputDateTime(time);
  const patch = async (text: string): Promise<void> => {
    if (shown === undefined) return;
    const done = await writing.write([
      {
        kind: 'patch',
        type: 'MedicationAdministration',
        id: shown.key.id,
        ifMatch: shown.versionId,
        patch: { form: 'json-patch', text },
      },
    ]);
    if (done !== undefined) setDoing(undefined);
  };
  const isFuture = ended !== undefined && new Date(ended).getTime() > now + 120_000;
  const end = (early: boolean): void => {
    setTried(true);
    if (shown !== undefined && ended !== undefined && !isFuture)
      void patch(endInfusionPatch(shown.resource, ended, early));
  };
  const mayChange = shown !== undefined && mayWrite('MedicationAdministration');
  return (
    <div className={styles['entry']} data-entry={entry.from}>
      <Stack gap={2}>
        <p>{entryWords(t, line, entry, now)}</p>
        <Row wrap gap={2}>
          {entry.lateAt !== undefined && (
            <Tag tone="warn">{t('writtenLate', { time: formatDateTime(entry.lateAt) })}</Tag>
          )}
          {entry.witness !== '' && <Tag>{t('witnessedBy', { name: entry.witness })}</Tag>}
          {entry.scanned && <Tag tone="ok">{t('wasScanned')}</Tag>}
          {entry.override !== '' && <Tag tone="warn">{t('against', { why: entry.override })}</Tag>}
          {entry.wasted !== undefined && entry.status !== 'wasted' && (
            <Tag>
              {t('wastedAmount')}: {amountWords(line, entry.wasted)}
            </Tag>
          )}
          {entry.endedAt !== undefined && <Tag>{t('ended-at', { time: formatMoment(entry.endedAt, now) })}</Tag>}
          {shown !== undefined && <ConflictMark shown={shown} />}
        </Row>
        {entry.note !== '' && <p>{entry.note}</p>}
        {mayChange && doing === undefined && (
          <Row wrap>
            {entry.status === 'running' && (
              <Button size="small" onClick={() => setDoing('end')}>
                {t('end')}
              </Button>
            )}
            <Button size="small" look="quiet" icon="undo" onClick={() => setDoing('undo')}>
              {t('undo')}
            </Button>
          </Row>
        )}
        {mayChange && doing === 'undo' && (
          <>
            <TextField
              label={t('undoWhy')}
              value={why}
              onChange={setWhy}
              maxLength={300}
              required
              autoFocus
              error={isTried && why.trim() === '' ? t('wordsMissing') : undefined}
            />
            <Row wrap>
              <Button
                look="danger"
                busy={writing.isBusy}
                onClick={() => {
                  setTried(true);
                  if (why.trim() !== '') void patch(undoPatch(shown.resource, why.trim()));
                }}
              >
                {t('undo')}
              </Button>
              <Button onClick={() => setDoing(undefined)}>{t('cancel')}</Button>
            </Row>
          </>
        )}
        {mayChange && doing === 'end' && (
          <>
            <DateTimeField
              label={t('time')}
              value={time}
              onChange={setTime}
              required
              error={isTried && (ended === undefined || isFuture) ? t(isFuture ? 'future' : 'timeMissing') : undefined}
            />
            <Row wrap>
              <Button look="primary" busy={writing.isBusy} onClick={() => end(false)}>
                {t('endDone')}
              </Button>
              <Button busy={writing.isBusy} onClick={() => end(true)}>
                {t('endEarly')}
              </Button>
              <Button onClick={() => setDoing(undefined)}>{t('cancel')}</Button>
            </Row>
          </>
        )}
        <WriteOutcome writing={writing} done={t('undone')} />
      </Stack>
    </div>
  );
}
