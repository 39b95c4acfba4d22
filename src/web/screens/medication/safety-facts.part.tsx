// What stands over every order and every chart of doses: allergies with reaction, weight with date, kidneys (DT18, DT32), as the record
// has them and of the age that they have (CR1).
import type { ReactElement } from 'react';
import { factsOf } from '../../../core/care/medication/patient-facts.ts';
import { plainNumber } from '../../../core/care/medication/medication-lines.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { formatDate, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import styles from './medication.module.css';
import { prescribeTexts } from './prescribe-texts.ts';

export function SafetyFacts(): ReactElement {
  const t = useTexts(prescribeTexts);
  const { resources, now, stale, asOf, whole } = usePatientChart();
  const facts = factsOf(resources, now);
  const isOld = stale || !whole;
  const time = asOf === undefined ? t('never') : formatMoment(asOf, now);
  const allergies = ((): string => {
    if (facts.allergyStatus === 'known') {
      const told = facts.allergies.map((one) => {
        const more = [one.reaction, one.unverified ? t('unverified') : ''].filter((word) => word !== '').join(', ');
        return more === '' ? one.words : `${one.words} (${more})`;
      });
      return isOld ? `${told.join('; ')}: ${t('asOfMay', { time })}` : told.join('; ');
    }
    if (facts.allergyStatus === 'not-recorded') return t('allergiesNotRecorded');
    return isOld ? t('noneKnownStale', { time }) : t('noneKnown');
  })();
  const { weight, kidneys } = facts;
  return (
    <dl className={styles['facts']} data-part="safety-facts">
      <div className={styles['fact']}>
        <dt className={styles['muted']}>
          <Icon name="allergy" /> {t('allergies')}
        </dt>
        <dd>
          <strong>{allergies}</strong>
        </dd>
      </div>
      <div className={styles['fact']}>
        <dt className={styles['muted']}>{t('weight')}</dt>
        <dd>
          {weight === undefined
            ? t(whole ? 'unknown' : 'notInCopy')
            : t('weightKnown', { kg: plainNumber(weight.value), date: formatDate(weight.at) })}
        </dd>
      </div>
      <div className={styles['fact']}>
        <dt className={styles['muted']}>{t('kidneys')}</dt>
        <dd>
          {kidneys === undefined
            ? t(whole ? 'unknown' : 'notInCopy')
            : t('kidneysKnown', { egfr: Math.round(kidneys.value), date: formatDate(kidneys.at) })}
        </dd>
      </div>
    </dl>
  );
}
