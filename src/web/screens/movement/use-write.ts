// A write of a form: once, told where it is safe, and why not where it failed.
import { useState } from 'react';
import type { NotSaved, Saved } from '../../device/device.ts';
import type { Change } from '../../../core/engine/engine.ts';
import { useToast } from '../../parts/toast.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { useSafeWords } from '../patients/save-line.part.tsx';
import { movementTexts } from './texts.ts';

export interface Writing {
  readonly isSaving: boolean;
  /** Of the last write that failed. */
  readonly failure: string | undefined;
  /** `said`: what is told when it was written, with where it is safe; `undo` takes it back. */
  readonly write: (changes: readonly Change[], said: string, undo?: (saved: Saved) => void) => Promise<boolean>;
}

export function useWrite(): Writing {
  const t = useTexts(movementTexts);
  const device = useDevice();
  const tell = useToast();
  const safeWords = useSafeWords();
  const [isSaving, saving] = useState(false);
  const [failure, fail] = useState<string>();
  const write = async (changes: readonly Change[], said: string, undo?: (saved: Saved) => void): Promise<boolean> => {
    if (isSaving) return false;
    saving(true);
    fail(undefined);
    try {
      const done = await device.save(changes);
      if (!done.ok) {
        fail(words(done.error));
        return false;
      }
      const saved = done.value;
      tell({
        text: `${said}. ${safeWords(saved.safe)}`,
        ...(undo === undefined ? {} : { undo: () => undo(saved), forMs: 20_000 }),
      });
      return true;
    } finally {
      saving(false);
    }
  };
  const words = ({ kind, text }: NotSaved): string =>
    kind === 'stale' || kind === 'contended' ? t('sameTime') : kind === 'forbidden' ? `${t('refused')} ${text}` : text;
  return { isSaving, failure, write };
}
