// Where something is safe, after it was saved; or why nothing was.
import type { ReactElement } from 'react';
import type { Saved } from '../../device/device.ts';
import { Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { patientTexts } from './texts.ts';

export function useSafeWords(): (safe: Saved['safe']) => string {
  const t = useTexts(patientTexts);
  return (safe) => t(safe === 'D0' ? 'safeDevice' : safe === 'D1' || safe === 'D1m' ? 'safeSite' : 'safeRegion');
}

export function NotSavedNotice({ text }: { readonly text: string | undefined }): ReactElement | null {
  const t = useTexts(patientTexts);
  if (text === undefined) return null;
  return (
    <Notice tone="danger" title={t('saveFailed')} told="now">
      {text} {t('stillTyped')}
    </Notice>
  );
}
