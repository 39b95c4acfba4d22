// The last vital signs under the banner: value, age, and what is outside its limits by word and shape.
import { useMemo, type ReactElement } from 'react';
import { Link } from 'react-router';
import { VITALS_OLD_MS, vitalStrip, type StripKey, type StripValue } from '../../../core/care/banner/vital-strip.ts';
import { classNames } from '../../parts/class-names.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { Unseen } from '../../parts/layout.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { bannerTexts } from './banner-texts.ts';
import { usePatientChart } from './use-patient-chart.ts';
import styles from './vital-strip.module.css';

const WORD = {
  score: 'news2',
  breaths: 'breath',
  saturation: 'saturation',
  oxygen: 'oxygen',
  pressure: 'pressure',
  pulse: 'heart',
  consciousness: 'consciousness',
  temperature: 'temperature',
  pain: 'pain',
} as const satisfies Readonly<Record<StripKey, string>>;

export function VitalStrip(): ReactElement | null {
  const t = useTexts(bannerTexts);
  const { lasting } = useAgo();
  const { all, now, stay, whole, patientId, mayRead } = usePatientChart();
  const strip = useMemo(() => vitalStrip(all), [all]);
  if (!mayRead('Observation')) return null;
  const newest = Math.max(...strip.map(({ at }) => at));
  // Of somebody at home nothing is expected.
  if (strip.length === 0 && stay === undefined) return null;
  return (
    <section className={styles['strip']} aria-label={t('vitals')}>
      {strip.length === 0 ? (
        <span>{t(whole ? 'noVitals' : 'noVitalsHere')}</span>
      ) : (
        <Link to={`/patient/${patientId}/vitals`} className={styles['when']}>
          {t('vitals')} <bdi dir="ltr">{formatMoment(newest, now)}</bdi>
        </Link>
      )}
      {strip.map((value) => (
        <Value key={value.key} value={value} newest={newest} now={now} />
      ))}
      {strip.length > 0 && stay !== undefined && now - newest > VITALS_OLD_MS && (
        <strong className={styles['old']}>
          <Icon name="clock" size={1} /> {t('vitalsOld', { age: lasting(now - newest) })}
        </strong>
      )}
    </section>
  );
}

function Value({
  value,
  newest,
  now,
}: {
  readonly value: StripValue;
  readonly newest: number;
  readonly now: number;
}): ReactElement {
  const t = useTexts(bannerTexts);
  const { key, words, unit, at, weight, isDisputed, before } = value;
  const arrow =
    before === undefined || String(before) === words ? undefined : before < Number(words) ? 'arrow-up' : 'arrow-down';
  return (
    <span
      className={classNames(
        styles['value'],
        weight >= 3 && styles['critical'],
        weight > 0 && weight < 3 && styles['outside'],
      )}
    >
      <span className={styles['name']}>{t(WORD[key])}</span>{' '}
      <bdi dir="ltr">
        <strong>{words}</strong>
        {unit === '' ? '' : ` ${unit}`}
      </bdi>
      {before !== undefined && (
        <span className={styles['name']}>
          {arrow !== undefined && <Icon name={arrow} size={1} />} ({before})
        </span>
      )}
      {weight > 0 && (
        <>
          <Icon name={weight >= 3 ? 'octagon' : 'triangle'} size={1} />
          <Unseen>{t(weight >= 3 ? 'critical' : 'outside')}</Unseen>
        </>
      )}
      {isDisputed && <strong>{t('disputed')}</strong>}
      {at !== newest && (
        <span className={styles['name']}>
          {' '}
          <bdi dir="ltr">{formatMoment(at, now)}</bdi>
        </span>
      )}
    </span>
  );
}
