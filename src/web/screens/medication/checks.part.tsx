// Safety checks as they stand: each finding by shape and word, what was not checked by name, and NO CHECKS where the checker cannot run.
import type { ReactElement, ReactNode } from 'react';
import type { Checked, Finding, NotChecked } from '../../../core/care/medication/finding.ts';
import { plainNumber } from '../../../core/care/medication/medication-lines.ts';
import { classNames } from '../../parts/class-names.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { formatDate, formatDateTime } from '../../texts/clinical-dates.ts';
import type { Texts } from '../../texts/define-texts.ts';
import { useTexts, type Speak } from '../../texts/use-texts.ts';
import { checkTexts } from './check-texts.ts';
import { lineTexts } from './line-texts.ts';
import { amountWords, type LineSpeak } from './line-words.ts';
import styles from './medication.module.css';

export type CheckSpeak = typeof checkTexts extends Texts<infer English> ? Speak<English> : never;
const SHAPES = { severe: 'octagon', moderate: 'triangle', minor: 'info' } as const;

/** One finding in words; what the content says in its own words stands behind it. */
export function findingWords(t: CheckSpeak, line: LineSpeak, finding: Finding): string {
  const held = (isHeld: boolean): string => (isHeld ? ` ${t('isHeld')}` : '');
  switch (finding.kind) {
    case 'allergy': {
      const { allergy, reaction, unverified, words } = finding;
      const name = `${allergy.name}${unverified ? ` (${t('unverified')})` : ''}`;
      const said = t(finding.how === 'same' ? 'allergySame' : 'allergyCrosses', { name, reaction });
      return `${said.trim()} ${words}`.trim();
    }
    case 'allergies-not-recorded':
      return t('allergiesNotRecorded');
    case 'allergies-stale':
      return finding.asOf === undefined
        ? t('allergiesStaleNever')
        : t('allergiesStale', { time: formatDateTime(finding.asOf) });
    case 'same-medicine':
      return t('sameMedicine', { name: finding.other.name }) + held(finding.held);
    case 'same-class':
      return `${t('sameClass', { name: finding.other.name })}${held(finding.held)} ${finding.words}`;
    case 'interaction':
      return `${t('interaction', { name: finding.other.name })}${held(finding.held)} ${finding.words}`;
    case 'dose-high':
    case 'day-high': {
      const { asked, most, unit, by } = finding;
      const why = {
        age: t('byAge'),
        weight: t('byWeight', { kg: plainNumber(finding.weightKg ?? 0) }),
        kidneys: t('byKidneys'),
        together: t('byTogether'),
      }[by];
      return t(finding.kind, {
        asked: amountWords(line, { value: asked, unit }),
        most: amountWords(line, { value: most, unit }),
        by: why,
      });
    }
    case 'dose-low': {
      const { asked, least, unit } = finding;
      return t('dose-low', {
        asked: amountWords(line, { value: asked, unit }),
        least: amountWords(line, { value: least, unit }),
      });
    }
    case 'weight-missing':
    case 'age-missing':
    case 'kidneys-missing':
    case 'pregnancy-not-recorded':
      return t(finding.kind);
    case 'weight-old':
      return t('weight-old', { kg: plainNumber(finding.weightKg), days: finding.days });
    case 'kidneys': {
      const how = finding.estimated ? t('estimatedHere') : '';
      return `${t('kidneys', { egfr: finding.egfr, date: formatDate(finding.at), how })} ${finding.words}`;
    }
    case 'kidneys-old':
      return t('kidneys-old', { egfr: finding.egfr, days: finding.days });
    case 'pregnancy':
    case 'age':
      return `${t(finding.kind)} ${finding.words}`;
  }
}
export function notCheckedWords(t: CheckSpeak, one: NotChecked): string {
  switch (one.what) {
    case 'medicine':
      return t('ncMedicine', { name: one.name });
    case 'other-medicine':
      return t('ncOther', { name: one.name });
    case 'allergy':
      return t('ncAllergy', { name: one.name });
    case 'dose': {
      const why = {
        age: 'whyAge',
        unit: 'whyUnit',
        route: 'whyRoute',
        words: 'whyWords',
        'no-bounds': 'whyNoBounds',
      } as const;
      return t('ncDose', { why: t(why[one.why]) });
    }
    case 'day':
      return t('ncDay');
    case 'kidneys':
      return t('ncKidneys');
  }
}

/** `checked` undefined: the content is being opened. `isDemonstration`: said on every result. */
export function Checks({
  checked,
  isDemonstration,
}: {
  readonly checked: Checked | undefined;
  readonly isDemonstration: boolean;
}): ReactElement {
  const t = useTexts(checkTexts);
  const line = useTexts(lineTexts);
  if (checked === undefined) return <p role="status">{t('opening')}</p>;
  if (checked.state === 'no-checks') {
    return (
      <Notice tone="danger" told="polite" title={<span className={styles['noChecks']}>{t('noChecks')}</span>}>
        {t(checked.why)}
      </Notice>
    );
  }
  const isClean = checked.findings.length === 0 && checked.notChecked.length === 0;
  return (
    <div className={styles['list']} data-part="checks" aria-live="polite">
      {checked.findings.map((finding, n) => (
        <Line
          key={`${n} ${finding.kind}`}
          look={finding.weight}
          icon={SHAPES[finding.weight]}
          grade={t(finding.weight)}
        >
          {findingWords(t, line, finding)}
        </Line>
      ))}
      {checked.notChecked.map((one, n) => (
        <Line key={`${n} ${one.what}`} look="unchecked" icon="question" grade={t('notChecked')}>
          {notCheckedWords(t, one)}
        </Line>
      ))}
      {isClean && (
        <Line look="minor" icon="check" grade={t('nothingFound')}>
          {''}
        </Line>
      )}
      <p className={styles['muted']}>{t(isDemonstration ? 'by' : 'byCare', { content: checked.content })}</p>
    </div>
  );
}
function Line({
  look,
  icon,
  grade,
  children,
}: {
  readonly look: 'severe' | 'moderate' | 'minor' | 'unchecked';
  readonly icon: 'octagon' | 'triangle' | 'info' | 'question' | 'check';
  readonly grade: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={classNames(styles['finding'], styles[look])} data-weight={look}>
      <Icon name={icon} />
      <div>
        <span className={styles['grade']}>{grade}</span> <span>{children}</span>
      </div>
    </div>
  );
}
