// What stands in the cells of a patient's row.
import type { ReactElement } from 'react';
import type { AllergySection } from '../../../core/care/banner/allergy-section.ts';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import type { PatientRow } from '../../../core/care/ward/board.ts';
import type { RowTag, TagKind } from '../../../core/care/ward/alerts.ts';
import type { ShownScore } from '../../../core/care/ward/scores.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { Icon, type IconName } from '../../parts/icon.part.tsx';
import { Unseen } from '../../parts/layout.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import type { Tone } from '../../parts/tones.ts';
import { useAgo } from '../../texts/ago.ts';
import { formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { nameText } from '../patients/patient-line.part.tsx';
import { wardTexts } from './texts.ts';
import type { RowExtras } from './use-board.ts';
import styles from './ward-board.module.css';

const TAGS: Readonly<Record<TagKind, { readonly tone: Tone; readonly icon: IconName; readonly strong: boolean }>> = {
  'cpr-disputed': { tone: 'danger', icon: 'octagon', strong: true },
  'not-for-cpr': { tone: 'info', icon: 'heart', strong: true },
  isolation: { tone: 'warn', icon: 'isolation', strong: true },
  'unknown-person': { tone: 'warn', icon: 'question', strong: false },
  falls: { tone: 'neutral', icon: 'triangle', strong: false },
  other: { tone: 'neutral', icon: 'flag', strong: false },
};

export function AlertTag({ tag }: { readonly tag: RowTag }): ReactElement {
  const t = useTexts(wardTexts);
  const { tone, icon, strong } = TAGS[tag.kind];
  const words: Readonly<Record<TagKind, string>> = {
    'cpr-disputed': t('cprDisputed'),
    'not-for-cpr': t('notForCpr'),
    isolation: tag.words === '' ? t('isolation') : `${t('isolation')}: ${tag.words}`,
    'unknown-person': t('unknownPerson'),
    falls: t('falls'),
    other: tag.words,
  };
  return (
    <Tag tone={tone} icon={icon} strong={strong}>
      {words[tag.kind]}
    </Tag>
  );
}

/** CR1: what is known stands, and says how far it may be believed. */
export function AllergyWords({ section }: { readonly section: AllergySection }): ReactElement {
  const t = useTexts(wardTexts);
  const since = section.since === undefined ? '?' : formatDateTime(section.since);
  if (section.title === 'known') {
    return (
      <span className={styles['allergies']}>
        <Icon name="allergy" /> <span className={styles['quiet']}>{t('allergy')}</span>{' '}
        <strong>{section.lines.map(({ substance }) => substance).join(', ')}</strong>
        {section.caveat !== undefined && (
          <span className={styles['quiet']}> ({t('allergiesMaybe', { when: since })})</span>
        )}
      </span>
    );
  }
  const words =
    section.title === 'unavailable'
      ? t('allergiesUnavailable')
      : section.title === 'not-recorded'
        ? t('allergiesMissing')
        : section.caveat === 'not-confirmed'
          ? t('allergiesDeniedSince', { when: since })
          : t('allergiesDenied');
  return (
    <span className={styles['allergies']}>
      {section.title === 'none-known' ? words : <strong>{words}</strong>}
      {section.title === 'not-recorded' && section.caveat !== undefined && (
        <span className={styles['quiet']}> ({t('allergiesMaybe', { when: since })})</span>
      )}
    </span>
  );
}

/** DT27: on both, and with whom. */
export function NameAlert({
  row,
  rows,
}: {
  readonly row: PatientRow;
  readonly rows: ReadonlyMap<string, PatientRow>;
}): ReactElement | null {
  const t = useTexts(wardTexts);
  const [first] = row.alike;
  if (first === undefined) return null;
  const others = row.alike.map(({ id, how }) => {
    const other = rows.get(id)?.patient;
    const name = other === undefined ? '?' : nameText(identityLines(other.resource, false));
    return t(`alike-${how}`, { name });
  });
  return (
    <span className={styles['alike']}>
      <Tag tone="warn" strong icon="users">
        {t('alert')}
      </Tag>{' '}
      {others.join('; ')}
    </span>
  );
}

const TREND: Readonly<Record<ShownScore['trend'], IconName>> = {
  up: 'arrow-up',
  down: 'arrow-down',
  same: 'arrow-level',
  first: 'dot',
};
const BAND: Readonly<Record<ShownScore['band'], Tone>> = { low: 'neutral', medium: 'warn', high: 'danger' };

export function ScoreCell({
  score,
  now,
  isReading,
}: {
  /** Not read yet: nothing is said of it. */
  readonly isReading: boolean;
  readonly score: ShownScore | undefined;
  readonly now: Instant;
}): ReactElement {
  const t = useTexts(wardTexts);
  const { ago } = useAgo();
  if (isReading) return <span className={styles['quiet']}>{t('reading')}</span>;
  if (score === undefined) return <span className={styles['quiet']}>{t('scoreNone')}</span>;
  const trend =
    score.trend === 'up'
      ? t('scoreUp')
      : score.trend === 'down'
        ? t('scoreDown')
        : score.trend === 'same'
          ? t('scoreSame')
          : '';
  return (
    <div className={styles['cells']}>
      <span className={styles['score']}>
        <Tag tone={BAND[score.band]} strong={score.band !== 'low'}>
          {score.score}
        </Tag>
        <Icon name={TREND[score.trend]} />
        <Unseen>{trend}</Unseen>
      </span>
      <span className={styles['quiet']}>
        {ago(score.at, now)}
        {score.before === undefined ? '' : ` · ${t('scoreBefore', { score: score.before })}`}
      </span>
      {score.isOld && <Tag tone="warn">{t('scoreOld')}</Tag>}
    </div>
  );
}

/** CR9: an overdue dose while a downtime is reconciled is unknown, never nothing. */
export function DosesCell({
  extras,
  now,
}: {
  readonly extras: RowExtras | undefined;
  readonly now: Instant;
}): ReactElement {
  const t = useTexts(wardTexts);
  const counts = extras?.doses;
  if (counts === undefined) return <span className={styles['quiet']}>{t('reading')}</span>;
  const { due, overdue, unknown, disputed, nextDueAt } = counts;
  return (
    <div className={styles['cells']}>
      {unknown > 0 && (
        <Tag tone="danger" icon="question" strong>
          {extras?.why?.kind === 'elsewhere'
            ? t('dosesElsewhere', { count: unknown, where: extras.why.where })
            : extras?.why?.kind === 'unheard'
              ? t('dosesUnheard', { count: unknown, when: formatMoment(extras.why.since, now) })
              : t('dosesUnknown', { count: unknown })}
        </Tag>
      )}
      {disputed > 0 && (
        <Tag tone="danger" strong>
          {t('dosesDisputed', { count: disputed })}
        </Tag>
      )}
      {overdue > 0 && (
        <Tag tone="danger" icon="clock">
          {t('dosesOverdue', { count: overdue })}
        </Tag>
      )}
      {due > 0 && (
        <Tag tone="warn" icon="pill">
          {t('dosesDue', { count: due })}
        </Tag>
      )}
      {due + overdue + unknown + disputed === 0 && <span className={styles['quiet']}>{t('dosesNone')}</span>}
      {nextDueAt !== undefined && (
        <span className={styles['quiet']}>{t('dosesNext', { when: formatMoment(nextDueAt, now) })}</span>
      )}
    </div>
  );
}

export function ResultsCell({ extras }: { readonly extras: RowExtras | undefined }): ReactElement {
  const t = useTexts(wardTexts);
  const counts = extras?.results;
  if (counts === undefined) return <span className={styles['quiet']}>{t('reading')}</span>;
  const { pending, fresh, critical } = counts;
  return (
    <div className={styles['cells']}>
      {critical > 0 && (
        <Tag tone="danger" strong>
          {t('resultsCritical', { count: critical })}
        </Tag>
      )}
      {fresh > 0 ? (
        <Tag tone="info" icon="flask">
          {t('resultsNew', { count: fresh })}
        </Tag>
      ) : (
        <span className={styles['quiet']}>{t('resultsNone')}</span>
      )}
      {pending > 0 && <span className={styles['quiet']}>{t('resultsPending', { count: pending })}</span>}
    </div>
  );
}

export function TasksCell({ row }: { readonly row: PatientRow }): ReactElement {
  const t = useTexts(wardTexts);
  const { open, due, overdue } = row.taskCount;
  return (
    <div className={styles['cells']}>
      {overdue > 0 && (
        <Tag tone="danger" icon="clock">
          {t('tasksOverdue', { count: overdue })}
        </Tag>
      )}
      {due > 0 && (
        <Tag tone="warn" icon="task">
          {t('tasksDue', { count: due })}
        </Tag>
      )}
      {overdue + due === 0 && (
        <span className={styles['quiet']}>{open > 0 ? t('tasksOpen', { count: open }) : t('tasksNone')}</span>
      )}
    </div>
  );
}
