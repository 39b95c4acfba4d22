// Critical results that nobody has acknowledged: above everything else on the page.
//
//   LR8  Of seven days or of the stay, whatever period is chosen; older ones are counted in a line.
import type { ReactElement } from 'react';
import { criticalSince, leadingCriticals } from '../../../core/care/results/critical-results.ts';
import { resultValue } from '../../../core/care/results/read-results.ts';
import { conceptWords } from '../../../core/care/banner/allergy-section.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { acknowledgeTexts } from './acknowledge-texts.ts';
import { GradeTag, StateTag, valueWithUnit } from './grade-mark.part.tsx';
import styles from './results.module.css';
import { resultTexts } from './texts.ts';

export function CriticalList({
  stayFrom,
  onAcknowledge,
}: {
  readonly stayFrom: number | undefined;
  readonly onAcknowledge: (shown: Shown) => void;
}): ReactElement | null {
  const a = useTexts(acknowledgeTexts);
  const t = useTexts(resultTexts);
  const { ago } = useAgo();
  const { resources, ofType, now, mayWrite } = usePatientChart();
  const { lead, older } = leadingCriticals(resources, now, stayFrom);
  if (lead.length === 0 && older === 0) return null;
  const shown = new Map(ofType('Observation').map((one) => [one.key.id, one]));
  return (
    <section className={styles['alarm']} aria-labelledby="critical-results" data-part="critical-results">
      {lead.length > 0 && (
        <>
          <h2 id="critical-results">
            <Icon name="octagon" /> {a('criticalTitle', { count: lead.length })}
          </h2>
          <ul className={styles['plain']}>
            {lead.map((one) => {
              const found = shown.get(one.id ?? '');
              if (found === undefined) return null;
              const value = resultValue(found);
              const words = conceptWords(one['code'] ?? null);
              const since = criticalSince(one);
              return (
                <li key={one.id} className={styles['alarmLine']}>
                  <span className={styles['alarmValue']}>
                    <strong>
                      <bdi dir="ltr">
                        {words} {valueWithUnit(value)}
                      </bdi>
                    </strong>{' '}
                    <GradeTag grade={value.grade} /> <StateTag state={value.state} />
                    <span className={styles['quiet']}>
                      {' '}
                      {t('takenAt')} {formatMoment(value.takenAt, now)}
                      {since !== undefined &&
                        `; ${t('reportedAt', { time: formatMoment(since, now) })} (${ago(since, now)})`}
                    </span>
                  </span>
                  {mayWrite('Task') && (
                    <Button
                      look="primary"
                      icon="check"
                      aria-label={a('acknowledgeOf', { what: words })}
                      onClick={() => onAcknowledge(found)}
                    >
                      {a('acknowledge')}
                    </Button>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      )}
      {older > 0 && (
        <p id={lead.length === 0 ? 'critical-results' : undefined} className={styles['alarmLine']}>
          {a('olderCritical', { count: older })}
        </p>
      )}
    </section>
  );
}
