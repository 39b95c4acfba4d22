// The lines of a handover in words: what the screen's language adds around what was recorded. Pure.
import type { Instant } from '../../base/ports.ts';
import { PARTS, type HandoverLine, type Part, type Prefilled } from './prefill-handover.ts';

export interface LineSpeech {
  readonly line: (
    kind: HandoverLine['kind'],
    values: Readonly<Record<'words' | 'when' | 'by' | 'before', string>>,
  ) => string;
  readonly by: (name: string) => string;
  readonly before: (score: number) => string;
  readonly due: (when: string, isOverdue: boolean) => string;
  readonly time: (at: Instant) => string;
}

/** One line as it stands in the field. */
export function lineText(line: HandoverLine, speech: LineSpeech): string {
  const { kind, words, at, by, before, isOverdue } = line;
  const time = at === undefined ? '' : speech.time(at);
  const when = kind === 'task' ? (time === '' ? '' : speech.due(time, isOverdue === true)) : time || '?';
  return speech.line(kind, {
    words: words.replaceAll('\n', ' '),
    when,
    by: by === undefined ? '' : speech.by(by),
    before: before === undefined ? '' : speech.before(before),
  });
}

/** All four parts as texts, and what each quotes. */
export const partTexts = (
  prefilled: Prefilled,
  speech: LineSpeech,
): Readonly<Record<Part, { readonly words: string; readonly sources: readonly string[] }>> => {
  const of = (part: Part): { readonly words: string; readonly sources: readonly string[] } => ({
    words: prefilled[part].map((line) => lineText(line, speech)).join('\n'),
    sources: prefilled[part].flatMap(({ source }) => (source === '' ? [] : [source])),
  });
  const [situation, background, assessment, recommendation] = PARTS.map(of);
  const none = { words: '', sources: [] };
  return {
    situation: situation ?? none,
    background: background ?? none,
    assessment: assessment ?? none,
    recommendation: recommendation ?? none,
  };
};
