// A medication line as NHS CUI writes it (MEDi): generic name bold and in lower case, parts divided by em dashes, the dose labelled and
// bold; it wraps between parts and never within one, and is never cut.
import { Fragment, type ReactElement } from 'react';
import type { MedicationLine, LinePart } from '../../../core/care/medication/medication-lines.ts';
import { tallMan } from '../../../core/care/medication/tall-man.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { lineTexts } from './line-texts.ts';
import { partWords } from './line-words.ts';
import styles from './medication.module.css';
import { rulesOf, useContent } from './use-content.ts';

/** A name as it is drawn: with Tall Man letters. Names are read from left to right in every language. */
export function MedicineName({ name }: { readonly name: string }): ReactElement {
  const t = useTexts(lineTexts);
  const rules = rulesOf(useContent());
  return <bdi className={styles['name']}>{name === '' ? t('noName') : tallMan(name, rules?.tallMan ?? new Map())}</bdi>;
}

export function MedicationLineText({ line }: { readonly line: Pick<MedicationLine, 'name' | 'parts'> }): ReactElement {
  return (
    <span className={styles['line']}>
      <MedicineName name={line.name} />
      <LineParts parts={line.parts} />
    </span>
  );
}
export function LineParts({ parts }: { readonly parts: readonly LinePart[] }): ReactElement {
  const t = useTexts(lineTexts);
  return (
    <>
      {parts.map((part, n) => {
        const words = partWords(t, part);
        if (words === '') return null;
        const isFirst = n === 0 && part.kind === 'form';
        return (
          <Fragment key={`${n} ${part.kind}`}>
            {isFirst ? ' ' : ' — '}
            {part.kind === 'dose' ? (
              <span className={styles['part']}>
                <span className={styles['label']}>{t('dose')}</span> <strong>{words}</strong>
              </span>
            ) : (
              <bdi className={styles[part.kind === 'words' || part.kind === 'note' ? 'long' : 'part']}>{words}</bdi>
            )}
          </Fragment>
        );
      })}
    </>
  );
}
