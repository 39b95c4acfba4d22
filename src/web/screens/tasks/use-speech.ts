// How the lines of a handover read in this language.
import { useMemo } from 'react';
import type { LineSpeech } from '../../../core/care/handover/line-words.ts';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { taskTexts } from './texts.ts';

export function useLineSpeech(): LineSpeech {
  const t = useTexts(taskTexts);
  return useMemo(
    () => ({
      line: (kind, values) => t(`line-${kind}`, values),
      by: (name) => `, ${t('by', { name })}`,
      before: (score) => t('line-score-before', { score }),
      due: (when, isOverdue) => t(isOverdue ? 'line-task-overdue' : 'line-task-due', { when }),
      time: (at) => formatDateTime(at),
    }),
    [t],
  );
}
