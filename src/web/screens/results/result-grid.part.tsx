// Results as a grid: a row a test, grouped by panel; the latest with its change, then every time, newest first.
//
//   LR4  The latest with the one before and the change.
//   LR5  What was cancelled or entered in error has no value, and says so.
import { useState, type ReactElement } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import {
  changeOf,
  momentsOf,
  type ResultPanel,
  type ResultRow,
  type ResultValue,
} from '../../../core/care/results/read-results.ts';
import { Button } from '../../parts/button.part.tsx';
import { classNames } from '../../parts/class-names.ts';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDate, formatMoment, formatTime } from '../../texts/clinical-dates.ts';
import { unitWord } from '../../texts/clinical-numbers.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { GradeMark, plainValue, StateTag } from './grade-mark.part.tsx';
import styles from './results.module.css';
import { resultTexts } from './texts.ts';

const COLUMNS = 8;
const WAYS = { up: '↑', down: '↓', same: '=', unknown: '' } as const;

export function ResultGrid({
  panels,
  now,
  newSince,
  onOpen,
}: {
  readonly panels: readonly ResultPanel[];
  readonly now: Instant;
  readonly newSince: Instant | undefined;
  readonly onOpen: (row: ResultRow) => void;
}): ReactElement {
  const t = useTexts(resultTexts);
  const [isWide, setWide] = useState(false);
  const moments = momentsOf(panels);
  const shown = isWide ? moments : moments.slice(0, COLUMNS);
  const isNew = ({ issuedAt }: ResultValue): boolean => newSince !== undefined && issuedAt > newSince;
  return (
    <>
      <div className={styles['scroll']} tabIndex={0} role="region" aria-label={t('gridLabel')}>
        <table className={styles['grid']}>
          <thead>
            <tr>
              <th scope="col">{t('test')}</th>
              <th scope="col">{t('latest')}</th>
              {shown.map((at) => (
                <th key={at} scope="col" className={styles['time']}>
                  <span>{formatDate(at)}</span> <span>{formatTime(at)}</span>
                </th>
              ))}
            </tr>
          </thead>
          {panels.map((panel) => (
            <tbody key={panel.key}>
              <tr>
                <th scope="rowgroup" colSpan={shown.length + 2} className={styles['panel']}>
                  <span>{panel.words === '' ? t('otherPanel') : panel.words}</span>
                </th>
              </tr>
              {panel.rows.map((row) => (
                <tr key={row.key} data-test={row.words}>
                  <th scope="row">
                    <button type="button" className={styles['open']} onClick={() => onOpen(row)}>
                      {row.words}
                    </button>
                    <span className={styles['quiet']} dir="ltr">
                      {row.shown[0]?.range?.text ?? ''} {unitWord(row.unit)}
                    </span>
                  </th>
                  <td className={styles['latest']}>
                    <Latest row={row} now={now} isNew={row.shown[0] !== undefined && isNew(row.shown[0])} />
                  </td>
                  {shown.map((at) => (
                    <td key={at}>
                      {row.values
                        .filter(({ takenAt }) => takenAt === at)
                        .map((one) => (
                          <Cell key={one.name} value={one} />
                        ))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
      {moments.length > shown.length && (
        <Button size="small" onClick={() => setWide(true)}>
          {t('olderColumns', { count: moments.length - shown.length })}
        </Button>
      )}
    </>
  );
}

function Cell({ value }: { readonly value: ResultValue }): ReactElement {
  const w = useTexts(writeTexts);
  return (
    <div className={classNames(styles['cell'], value.number === undefined && styles['words'])}>
      <span dir="auto" className={styles['value']}>
        {plainValue(value) || value.absent}
      </span>
      <GradeMark grade={value.grade} />
      <StateTag state={value.state} />
      {value.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
    </div>
  );
}

function Latest({
  row,
  now,
  isNew,
}: {
  readonly row: ResultRow;
  readonly now: Instant;
  readonly isNew: boolean;
}): ReactElement {
  const t = useTexts(resultTexts);
  const [latest] = row.shown;
  const change = changeOf(row);
  const [newest] = row.values;
  return (
    <>
      {latest !== undefined && (
        <div className={styles['cell']}>
          <Cell value={latest} />
          {isNew && <Tag tone="info">{t('new')}</Tag>}
        </div>
      )}
      {latest === undefined && newest !== undefined && <StateTag state={newest.state} />}
      {change !== undefined && (
        <div className={styles['change']}>
          {change.way !== 'unknown' && (
            <strong>
              <span aria-hidden="true">{WAYS[change.way]}</span> {t(change.way)}{' '}
              {change.way !== 'same' && <bdi dir="ltr">{change.by?.replace('-', '\u2212')}</bdi>}
            </strong>
          )}{' '}
          <span className={styles['quiet']}>
            {t('before', { value: plainValue(change.before) })}{' '}
            <bdi className={styles['moment']}>{formatMoment(change.before.takenAt, now)}</bdi>
          </span>
        </div>
      )}
    </>
  );
}
