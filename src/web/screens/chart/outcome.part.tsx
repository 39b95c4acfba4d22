// What came of a write, and what a list without lines says.
import type { ReactElement, ReactNode } from 'react';
import type { Durability } from '../../../core/sync/ports.ts';
import type { NotSaved } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { bannerTexts } from './banner-texts.ts';
import styles from './pages.module.css';
import { useNow } from './use-now.ts';
import type { Drafting } from './use-draft.ts';
import { usePatientChart } from './use-patient-chart.ts';
import type { Writing } from './use-write.ts';
import { writeTexts } from './write-texts.ts';

/** `Kept on this device alone …`, by the class that it has now (CH26). */
export function useSafety(): (safe: Durability) => string {
  const t = useTexts(writeTexts);
  return (safe) => t(safe === 'D0' ? 'safeDevice' : safe === 'D1' || safe === 'D1m' ? 'safeSite' : 'safeRegion');
}
export function useRefusal(): (refusal: NotSaved) => string {
  const t = useTexts(writeTexts);
  return ({ kind, text }) => {
    switch (kind) {
      case 'stale':
      case 'forbidden':
      case 'disk':
      case 'locked':
      case 'contended':
        return t(kind);
      case 'invalid':
      case 'not-found':
      case 'too-large':
        return `${text} ${t('stillTyped')}`;
    }
  };
}

/** Refused: why. Done: where it is safe. Neither: nothing. */
export function WriteOutcome({
  writing,
  done,
}: {
  readonly writing: Writing;
  readonly done?: ReactNode;
}): ReactElement | null {
  const t = useTexts(writeTexts);
  const safety = useSafety();
  const refused = useRefusal();
  if (writing.refusal !== undefined) {
    return (
      <Notice tone="danger" title={t('notSaved')} told="now">
        {refused(writing.refusal)}
      </Notice>
    );
  }
  if (writing.safe === undefined) return null;
  return (
    <Notice tone={writing.safe === 'D0' ? 'warn' : 'ok'} told="polite" title={done}>
      {safety(writing.safe)}
    </Notice>
  );
}

/** Under a form: that its draft is kept, that an old one was found, that it cannot be kept. */
export function DraftLine<T>({
  draft,
  onDiscard,
}: {
  readonly draft: Drafting<T>;
  readonly onDiscard?: () => void;
}): ReactElement {
  const t = useTexts(writeTexts);
  const now = useNow();
  if (draft.isLost) {
    return (
      <Notice tone="danger" told="now">
        {t('draftNotKept')}
      </Notice>
    );
  }
  const at = draft.keptAt ?? draft.foundAt;
  // The line has its place from the beginning: a button that moved under the finger would not be pressed.
  return (
    <div role="status" className={styles['draft']} data-part="draft">
      {at !== undefined && t(draft.keptAt === undefined ? 'draftFound' : 'draftKept', { time: formatMoment(at, now) })}{' '}
      {at !== undefined && onDiscard !== undefined && (
        <Button size="small" look="quiet" icon="delete" onClick={onDiscard}>
          {t('discard')}
        </Button>
      )}
    </div>
  );
}

/** CH23: of a copy that is not whole, never "none". `whole`: what to say of one that is. */
export function NothingHere({ whole }: { readonly whole?: string }): ReactElement {
  const t = useTexts(writeTexts);
  const b = useTexts(bannerTexts);
  const { whole: isWhole, stale, asOf, now } = usePatientChart();
  const age = asOf === undefined ? b('asOfNever') : b('asOf', { time: formatMoment(asOf, now) });
  return (
    <p className={styles['nothing']} data-part="nothing-here">
      {isWhole ? (
        `${whole ?? t('nothing')}${stale ? `. ${age}.` : ''}`
      ) : (
        <>
          <Icon name="question" /> <strong>{t('nothingHere')}.</strong> {t('mayBeMore')}
        </>
      )}
    </p>
  );
}
/** Above a list that has lines: that it may not be all. */
export function PartCopyNote(): ReactElement | null {
  const t = useTexts(writeTexts);
  const { whole } = usePatientChart();
  return whole ? null : <Notice tone="warn">{t('mayBeMore')}</Notice>;
}
