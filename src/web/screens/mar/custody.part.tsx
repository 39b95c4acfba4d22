// Who charts the doses (CR7): the line over the chart, and taking custody, which nobody has to permit.
import type { ReactElement } from 'react';
import { custodyState, type CustodyState } from '../../../core/care/medication/custody-here.ts';
import { holdersOf } from '../../../core/care/medication/mar-custody.ts';
import { Button } from '../../parts/button.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useStatus } from '../frame/use-device.ts';
import styles from './mar.module.css';
import { marTexts } from './texts.ts';

/** Of the stay that goes on. */
export function useCustody(): CustodyState {
  const { ofType, stay, asOf, stale } = usePatientChart();
  const { self, siteCode, place } = useStatus();
  const tasks = ofType('Task').map(({ key, resource }) => ({ name: `Task/${key.id}`, body: resource }));
  const holders = stay === undefined ? [] : holdersOf(`Encounter/${stay.key.id}`, tasks);
  return custodyState(holders, { device: self, siteCode, place, asOf, stale });
}

export function CustodyLine({ custody }: { readonly custody: CustodyState }): ReactElement {
  const t = useTexts(marTexts);
  const { patientId, stay, mayWrite, now, whole } = usePatientChart();
  const writing = useWrite();
  if (stay === undefined) return <Notice tone={whole ? 'info' : 'warn'}>{t(whole ? 'noStay' : 'noStayHere')}</Notice>;
  const words = ((): string => {
    switch (custody.kind) {
      case 'nobody':
        return custody.since === undefined
          ? t('custody-nobody')
          : `${t('custody-nobody')} ${t('notShown', { time: custody.since === 0 ? '—' : formatMoment(custody.since, now) })}`;
      case 'here':
      case 'site':
        return t(`custody-${custody.kind}`);
      case 'elsewhere':
        return t('custody-elsewhere', {
          where: custody.on === 'paper' ? t('onPaper') : custody.where,
          time: custody.since === undefined || custody.since === 0 ? '—' : formatMoment(custody.since, now),
        });
      case 'several':
        return t('custody-several', { where: custody.where.join(', ') });
    }
  })();
  const isSafe = custody.kind === 'here' || custody.kind === 'site';
  const take = (where: 'this-device' | 'site' | 'paper'): void => {
    void writing.run((device) => device.takeCustody(patientId, where));
  };
  return (
    <div data-part="custody">
      <Notice
        tone={isSafe ? 'ok' : custody.kind === 'nobody' ? (custody.since === undefined ? 'info' : 'warn') : 'danger'}
        told="polite"
        actions={
          mayWrite('MedicationAdministration') ? (
            <span className={styles['custody']} role="group" aria-label={t('custody')}>
              {custody.kind !== 'here' && (
                <Button size="small" busy={writing.isBusy} onClick={() => take('this-device')}>
                  {t('takeHere')}
                </Button>
              )}
              {custody.kind !== 'site' && (
                <Button size="small" busy={writing.isBusy} onClick={() => take('site')}>
                  {t('takeSite')}
                </Button>
              )}
              {(custody.kind !== 'elsewhere' || custody.on !== 'paper') && (
                <Button size="small" busy={writing.isBusy} onClick={() => take('paper')}>
                  {t('takePaper')}
                </Button>
              )}
            </span>
          ) : undefined
        }
      >
        {words}
      </Notice>
      <WriteOutcome writing={writing} />
    </div>
  );
}
