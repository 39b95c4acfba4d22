// By which rules medicines are checked here, or that they are not: on the screen and on what is printed from it (DT32, C12).
import type { ReactElement } from 'react';
import { Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { checkTexts } from './check-texts.ts';
import styles from './medication.module.css';
import { rulesInForce, useContent } from './use-content.ts';

export function ContentNote(): ReactElement {
  const t = useTexts(checkTexts);
  const content = useContent();
  const inForce = rulesInForce(content);
  if (inForce === undefined) return <p role="status">{t('opening')}</p>;
  if (inForce.state === 'no-checks') {
    return (
      <Notice tone="danger" title={<span className={styles['noChecks']}>{t('noChecks')}</span>}>
        {t(inForce.why)}
      </Notice>
    );
  }
  const isDemonstration = content.state === 'active' && content.open.manifest.purpose === 'demonstration';
  return <p className={styles['muted']}>{t(isDemonstration ? 'by' : 'byCare', { content: inForce.content })}</p>;
}
