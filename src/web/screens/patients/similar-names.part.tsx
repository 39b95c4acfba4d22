// Patients with like names, side by side, before one of them is opened.
//
//   WB26  Whoever's name is like another's is marked in every list, and is opened only after both were shown beside each other (DT27).
import { useMemo, type ReactElement } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { nameLikeness, type NameLikeness } from '../../../core/care/ward/names-alike.ts';
import { Button } from '../../parts/button.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { PatientIndex } from './patient-index.ts';
import { PatientLine } from './patient-line.part.tsx';
import styles from './patients.module.css';
import { patientTexts } from './texts.ts';

const SHOWN_MAX = 12;
const ORDER: readonly NameLikeness[] = ['same-name', 'like-name'];

/** Ids of the others on this device whose whole name is like that of `id`; the gravest first. */
export function alikeHere(index: PatientIndex, id: string): readonly string[] {
  const entry = index.entries.get(id);
  if (entry === undefined || entry.family.length === 0) return [];
  const found: { readonly id: string; readonly rank: number }[] = [];
  for (const other of index.entries.values()) {
    if (other.id === id || !other.isActive) continue;
    const how = nameLikeness(entry, other);
    const rank = how === undefined ? -1 : ORDER.indexOf(how);
    if (rank >= 0) found.push({ id: other.id, rank });
  }
  return found.toSorted((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1)).map((one) => one.id);
}

/** Of those in a list, who is like another in it or elsewhere on this device. */
export const useAlike = (
  index: PatientIndex | undefined,
  ids: readonly string[],
): ReadonlyMap<string, readonly string[]> => {
  const named = ids.join(' ');
  return useMemo(() => {
    if (index === undefined) return new Map();
    return new Map(
      named.split(' ').flatMap((id): readonly (readonly [string, readonly string[]])[] => {
        const alike = id === '' ? [] : alikeHere(index, id);
        return alike.length === 0 ? [] : [[id, alike]];
      }),
    );
  }, [index, named]);
};

export function AlikeMark({ count }: { readonly count: number }): ReactElement {
  const t = useTexts(patientTexts);
  return (
    <Tag tone="warn" strong icon="users">
      {t('alike')}: {t('alikeMany', { count })}
    </Tag>
  );
}

/** `wanted`: who was to be opened; it stands first and is marked. */
export function SimilarNames({
  wanted,
  alike,
  index,
  now,
  onOpen,
  onClose,
  action,
}: {
  readonly wanted: string;
  readonly alike: readonly string[];
  readonly index: PatientIndex;
  readonly now: Instant;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
  readonly action: string;
}): ReactElement {
  const t = useTexts(patientTexts);
  const candidates = [wanted, ...alike].slice(0, SHOWN_MAX).flatMap((id) => index.shown.get(id) ?? []);
  return (
    <Dialog open onClose={onClose} title={t('alikeTitle')} size="large">
      <p>{t('alikeWhat')}</p>
      <div className={styles['compare']}>
        {candidates.map(({ key, resource, conflict }) => (
          <div key={key.id} className={styles['candidate']} data-wanted={key.id === wanted}>
            {key.id === wanted && <Tag tone="info">{t('thisOne')}</Tag>}
            <PatientLine patient={resource} conflict={conflict} now={now} />
            <Button look={key.id === wanted ? 'primary' : 'plain'} onClick={() => onOpen(key.id)}>
              {action}
            </Button>
          </div>
        ))}
      </div>
      {alike.length + 1 > SHOWN_MAX && <p>{t('more', { count: alike.length + 1 - SHOWN_MAX })}</p>}
    </Dialog>
  );
}
