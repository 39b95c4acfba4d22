// Beside whatever people must decide: says so, and leads to where it is decided.
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Shown } from '../../device/device.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './conflicts.module.css';
import { conflictTexts } from './texts.ts';

/** Draws nothing where nothing is disputed. */
export function ConflictMark({ shown }: { readonly shown: Pick<Shown, 'key' | 'conflict'> }): ReactElement | null {
  const t = useTexts(conflictTexts);
  if (!shown.conflict) return null;
  return (
    <Link className={styles['mark']} to={`/conflict/${shown.key.type}/${shown.key.id}`}>
      <Icon name="conflict" size={1} />
      {t('mark')}
    </Link>
  );
}
