// Who somebody is, in two lines: NHS CUI Patient Banner order (PAB-0016, PAB-0042), Patient Name and Patient Identification Number Display.
//
//   WB16  Wherever a patient stands in a list, name, birth with age, sex and a number stand with them: never a name alone (DT30).
import type { ReactElement, ReactNode } from 'react';
import { Link } from 'react-router';
import type { Instant } from '../../../core/base/ports.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { identityLines, type IdentityLines } from '../../../core/care/banner/identity-lines.ts';
import { Tag } from '../../parts/tag.part.tsx';
import { ageText } from '../../texts/clinical-age.ts';
import { formatDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './patients.module.css';
import { patientTexts } from './texts.ts';

/** `CLARKE, Joan (Mrs)`. */
export function nameText({ name }: IdentityLines): string {
  const both = [name.family, name.given].filter((part) => part !== '').join(', ');
  return name.title === '' ? both : `${both} (${name.title})`;
}
/** `J C`: for a screen on a wall. */
export const initialsOf = ({ name }: IdentityLines): string =>
  [name.given, name.family]
    .flatMap((part) => part.split(/[\s-]+/))
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();

export function PatientLine({
  patient,
  now,
  to,
  conflict = false,
  marks,
  linkMark,
}: {
  readonly patient: ResourceJson;
  readonly now: Instant;
  readonly to?: string;
  readonly conflict?: boolean;
  readonly marks?: ReactNode;
  readonly linkMark?: string;
}): ReactElement {
  const t = useTexts(patientTexts);
  const lines = identityLines(patient, conflict);
  const name = nameText(lines) || t('noName');
  const born = lines.birthTime ?? lines.birthDate;
  const until = typeof lines.died === 'string' ? Date.parse(lines.died) : now;
  const guessed = lines.birthDate !== undefined && lines.birthDate.length === 4;
  return (
    <div className={styles['line']}>
      <div className={styles['name']}>
        {to === undefined ? (
          <bdi>{name}</bdi>
        ) : (
          <Link to={to} data-row-link={linkMark}>
            <bdi>{name}</bdi>
          </Link>
        )}
        {lines.native !== undefined && (
          <bdi className={styles['native']} dir="auto">
            {lines.native}
          </bdi>
        )}
      </div>
      <div className={styles['details']}>
        <span>
          <span className={styles['label']}>{t('born')}</span>{' '}
          {born === undefined ? (
            t('birthUnknown')
          ) : (
            <bdi>
              {guessed ? `${t('about')} ` : ''}
              {formatDate(lines.birthDate ?? born)} ({ageText(born, Number.isNaN(until) ? now : until) || '–'})
            </bdi>
          )}
        </span>
        <span>{t(lines.gender === 'not-recorded' ? 'genderNotRecorded' : lines.gender)}</span>
        {lines.numbers.slice(0, 2).map((number) => (
          <span key={number.text}>
            <span className={styles['label']}>{t(`number-${number.kind}`)}</span> <bdi dir="ltr">{number.text}</bdi>
          </span>
        ))}
        {lines.numbers.length === 0 && <span>{t('noNumber')}</span>}
        {lines.died !== undefined && (
          <span className={styles['died']}>
            {t('died')} {lines.died !== true && <bdi dir="ltr">{formatDate(lines.died)}</bdi>}
          </span>
        )}
        {conflict && <Tag tone="warn">{t('identityDisputed')}</Tag>}
        {marks}
      </div>
    </div>
  );
}
