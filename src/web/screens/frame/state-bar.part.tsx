// The bar that never goes away: where we stand, how old what is shown is, what only this device has, where a write will be safe.
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Icon } from '../../parts/icon.part.tsx';
import { classNames } from '../../parts/class-names.ts';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { frameTexts } from './frame.texts.ts';
import { isStale, onlyHere, SAFE_TONE, safeAt, STAND_ICON, standOf } from './state-words.ts';
import { useStatus } from './use-device.ts';
import styles from './state-bar.module.css';

export function StateBar(): ReactElement {
  const t = useTexts(frameTexts);
  const { ago } = useAgo();
  const status = useStatus();
  const stand = standOf(status);
  const safe = safeAt(status);
  const unsent = onlyHere(status);
  const { asOf, now, filling } = status;
  const old = isStale(asOf, now);
  const at = asOf === undefined ? '' : formatMoment(asOf, now);
  const conflicts = status.conflicts.S1 + status.conflicts.S2;
  return (
    <section className={classNames(styles['bar'], styles[stand])} aria-label={t('state')}>
      <Link to="/state" className={styles['stand']}>
        <Icon name={STAND_ICON[stand]} />
        <strong>{t(stand)}</strong>
        <span className={styles['is']}>{t(`${stand}Is`)}</span>
      </Link>
      {status.downtime && status.place !== 'live' && (
        <span className={styles['fact']}>
          <Icon name={STAND_ICON[status.place]} size={1} /> {t(status.place)}
        </span>
      )}
      <span className={classNames(styles['fact'], old && styles['marked'])}>
        <Icon name={old ? 'triangle' : 'clock'} size={1} />
        {asOf === undefined ? t('asOfNever') : old ? t('asOfOld', { at, ago: ago(asOf, now) }) : t('asOf', { at })}
      </span>
      {unsent > 0 && (
        <Link to="/state" className={classNames(styles['fact'], styles['marked'])}>
          <Icon name="tablet" size={1} />
          {t('unsent', { count: unsent })}
        </Link>
      )}
      {conflicts > 0 && (
        <Link to="/conflicts" className={classNames(styles['fact'], styles['marked'])}>
          <Icon name="conflict" size={1} />
          <span className={styles['long']}>{t('conflicts', { count: conflicts })}</span>
          <span className={styles['short']} aria-hidden="true">
            {conflicts}
          </span>
        </Link>
      )}
      {filling !== undefined && (
        <span className={styles['fact']}>
          <Icon name="download" size={1} />
          {t('filling', { done: filling.done, of: filling.of })}
        </span>
      )}
      {status.keeping === 'thin' && safe !== 'nowhere' && (
        // CR15: it works, and says on every screen that nothing stays.
        <span className={classNames(styles['fact'], styles['marked'])}>
          <Icon name="octagon" size={1} />
          {t('safeNowhere')}
        </span>
      )}
      <span
        className={classNames(
          styles['fact'],
          styles['safe'],
          SAFE_TONE[safe] === 'danger' ? styles['marked'] : styles['implied'],
        )}
      >
        <Icon name={safe === 'nowhere' ? 'octagon' : safe === 'device' ? 'tablet' : 'check'} size={1} />
        {t(SAFE_WORDS[safe])}
      </span>
    </section>
  );
}

const SAFE_WORDS = { region: 'safeRegion', site: 'safeSite', device: 'safeDevice', nowhere: 'safeNowhere' } as const;
