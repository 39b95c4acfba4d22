// What a result says of itself: a shape and words for each grade.
//
//   LR2  By the interpretation recorded; what only the printed range says is said so.
//   LR3  Critical, outside and usual differ by shape and words, not by colour alone.
import type { ReactElement } from 'react';
import { isCriticalGrade, type Grade, type ResultValue } from '../../../core/care/results/read-results.ts';
import { classNames } from '../../parts/class-names.ts';
import { Unseen } from '../../parts/layout.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatNumber } from '../../texts/clinical-numbers.ts';
import { unitWord } from '../../texts/clinical-numbers.ts';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './results.module.css';
import { resultTexts } from './texts.ts';

/** Letters as laboratories print them; HH and LL stand on dark ground. */
const LETTERS: Readonly<Record<Grade, string>> = {
  'critical-high': '▲▲ HH',
  'critical-low': '▼▼ LL',
  critical: '!! AA',
  high: '▲ H',
  low: '▼ L',
  abnormal: '◆ A',
  normal: '',
  'above-range': '△ ?',
  'below-range': '▽ ?',
  none: '',
};

/** Short, for a cell; the words are read to whoever does not see it. */
export function GradeMark({ grade }: { readonly grade: Grade }): ReactElement | null {
  const t = useTexts(resultTexts);
  const letters = LETTERS[grade];
  if (letters === '') return null;
  return (
    <span
      className={classNames(styles['mark'], isCriticalGrade(grade) ? styles['critical'] : styles['outside'])}
      title={t(grade)}
      data-grade={grade}
    >
      <span aria-hidden="true" dir="ltr">
        {letters}
      </span>
      <Unseen>{t(grade)}</Unseen>
    </span>
  );
}

/** In words. */
export function GradeTag({ grade }: { readonly grade: Grade }): ReactElement | null {
  const t = useTexts(resultTexts);
  if (grade === 'none') return null;
  if (grade === 'normal') return <Tag tone="ok">{t(grade)}</Tag>;
  return (
    <Tag tone={isCriticalGrade(grade) ? 'danger' : 'warn'} strong={isCriticalGrade(grade)}>
      {t(grade)}
    </Tag>
  );
}

export function StateTag({ state }: { readonly state: ResultValue['state'] }): ReactElement | null {
  const t = useTexts(resultTexts);
  return state === 'final' ? null : <Tag tone={state === 'preliminary' ? 'info' : 'warn'}>{t(state)}</Tag>;
}

/** `>= 90`, `4.10`, `No growth`: as reported, without the unit. */
export const plainValue = ({ comparator, value, number }: ResultValue): string => {
  const text = number === undefined ? value : formatNumber(value);
  return comparator === '' ? text : `${comparator.replace('>=', '≥').replace('<=', '≤')} ${text}`;
};
export const valueWithUnit = (one: ResultValue): string =>
  one.unit === '' ? plainValue(one) : `${plainValue(one)}\u00a0${unitWord(one.unit)}`;
